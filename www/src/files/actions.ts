// What people do with files of the project: new, rename, duplicate, delete, replace the whole.
//
// In: the wish. Out: the state, the engine told, and the server where the project is one's on disk. Never here: dialogs.
import { engine } from "../engine/client.ts";
import type { Kind } from "../engine/types.ts";
import { compileAll, compileFile } from "../state/compile.ts";
import { current, fileFrom, fileOf, files, type Home, home, kindOf, put, type ProjectFile, remove, testsOf } from "../state/project.ts";
import { toEditor } from "../state/show.ts";
import { announce } from "../ui/announce.tsx";
import { toast } from "../ui/Toast.tsx";
import { baseOf, FOLDERS, free, slug } from "./names.ts";
import { readManifest } from "./manifest.ts";
import { moveServed, removeServed, saveServed } from "./served.ts";
import { shown, told } from "./told.ts";

export const taken = (name: string): boolean => fileOf(name) !== undefined;

/** What a new rule says: it compiles and does little, so that it can be changed from there. */
export function template(kind: Kind, name: string): string {
  const title = name.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  const body: Record<Kind, string> = {
    filter: `    if event is sysmon.dns_query and QueryName == 'noise.example.com' {\n        drop\n    }`,
    classify: `    if event is sysmon.process_create and Image ends with '\\example.exe' {\n        tag "example"\n    }`,
    alert: `    if has tag "example" {\n        send mail to ["soc@example.org"]\n    }`,
  };
  return `${kind} "${title}" {\n    reason "Say why"\n${body[kind]}\n}\n`;
}

/** Adds a file of rules and opens it. */
export async function addRules(name: string, text: string): Promise<string> {
  const own = free(name, taken);
  put(own, { text });
  await compileFile(own, text);
  current.value = own;
  toEditor();
  return own;
}

export const newRule = (kind: Kind, title: string): Promise<string> =>
  addRules(`${FOLDERS[kind]}/${slug(title)}.rule`, template(kind, title));

/** Renames a file, and with rules their tests. */
export async function rename(old: string, name: string): Promise<void> {
  if (!taken(old) || old === name) return;
  const isCurrent = current.value === old;
  const tests = testsOf(old);
  const all: [string, string][] = [[old, name], ...(kindOf(old) === "rules" && taken(tests) ? [[tests, testsOf(name)] as [string, string]] : [])];
  for (const [from, to] of all) {
    const moved = home.value.kind === "server" ? await moveServed(from, to) : { saved: null, revision: null };
    const file = fileOf(from);
    if (!moved || !file) continue;
    put(to, { text: file.text, other: file.other, encoding: file.encoding, unfinished: file.unfinished, ...moved });
    if (isCurrent && from === old) current.value = to;
    remove(from);
  }
  if (!taken(name)) return;
  readManifest();
  await compileAll();
  announce(`Renamed to ${baseOf(name)}`);
}

export async function duplicate(name: string): Promise<void> {
  const file = fileOf(name);
  if (file) await addRules(free(name, taken), file.text);
}

/** Takes a file away; the message offers it back. */
export async function erase(name: string): Promise<void> {
  const file = fileOf(name);
  if (!file) return;
  if (home.value.kind === "server" && !(await removeServed(name))) return;
  const wasCurrent = current.value === name;
  remove(name);
  await told(name);
  toast(`${baseOf(name)} deleted`, [
    {
      label: "Undo",
      run: () => {
        put(name, { ...file, ...(file.revision === null ? {} : { saved: null, revision: null }) });
        if (wasCurrent) current.value = name;
        void told(name);
        if (file.revision !== null) void saveServed(name);
      },
    },
  ]);
}

/** Keeps a text that was edited outside the rule editor: a table, tests, the project file. */
export async function write(name: string, text: string): Promise<void> {
  put(name, { text });
  await told(name);
}

/** Shows another project. */
export async function replaceProject(where: Home, all: Pick<ProjectFile, "name" | "text">[], change: Partial<ProjectFile> = {}, first?: string): Promise<void> {
  current.value = null;
  files.value = all
    .map(({ name, text }) => ({ ...fileFrom(name, text, null), ...change }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  home.value = where;
  await shown(first);
}

/** The rules of a file in another form; `null` and a message where it cannot be. */
export async function convertTo(name: string, text: string, form: Parameters<typeof engine.convert>[2]): Promise<string | null> {
  const { text: made, diagnostics } = await engine.convert(name, text, form);
  if (made === null) toast(`That form cannot hold this: ${diagnostics[0]?.message ?? "it has an error"}`, [], true);
  return made;
}
