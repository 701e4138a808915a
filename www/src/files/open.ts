// Opening what people choose or drop: each file becomes part of the project, or the project.
//
// In: files. Out: rules, tables, tests, settings in the state; events to the preview. A file that cannot be used is named, with
// the reason.
import { engine } from "../engine/client.ts";
import { compileAll } from "../state/compile.ts";
import { addEvents } from "../state/preview.ts";
import { showView } from "../state/link.ts";
import { current, dirty, fileOf, files, home, put, putAll } from "../state/project.ts";
import { choose } from "../ui/Dialog.tsx";
import { toast } from "../ui/Toast.tsx";
import { convertTo, replaceProject, taken } from "./actions.ts";
import { askFiles, askFolder, keepHandle, type Opened } from "./disk.ts";
import { MANIFEST, readManifest } from "./manifest.ts";
import { baseOf, endingOf, FOLDERS, free, renamed } from "./names.ts";
import { recognise } from "./recognise.ts";
import { shown } from "./told.ts";
import { isRefused, type Kind } from "../engine/types.ts";

/** May what is open be replaced? Asks where something would be lost. */
export async function mayReplace(what: string): Promise<boolean> {
  if (!dirty.value.length || (home.value.kind === "browser" && !dirty.value.some(({ text }) => text.trim()))) return true;
  const names = dirty.value.map(({ name }) => baseOf(name));
  const some = names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
  const answer = await choose(`${what}?`, `What is open has changes that are not saved: ${some}. They would be lost.`, [
    { label: "Replace it", answer: true, danger: true },
  ]);
  return answer === true;
}

/** The folder that rules of a text belong into. */
const folderFor = (text: string): string => {
  const kind = /^\s*(?:disabled\s+)?(filter|classify|alert)\b/m.exec(text)?.[1] ?? /"?rule_(filter|classify|alert)"?/.exec(text)?.[1];
  return FOLDERS[(kind as Kind | undefined) ?? "filter"];
};

/** As it stands on disk; but what is added to a served project is not in its folder yet. */
const asOpened = (text: string): { text: string; saved?: string } => (home.value.kind === "server" ? { text } : { text, saved: text });

/** The name it gets in the project; in a folder that was opened it keeps its own. */
const placed = (path: string, folder: string, ending: string): string =>
  path.includes("/") ? renamed(path, ending) : `${folder}/${renamed(path, ending)}`;

/** Takes a file into the project. Returns its name there, if it is of rules, or why it is not used. */
async function take({ path, text, file }: Opened): Promise<{ name: string } | { no: string } | null> {
  // Nobody writes rules of that size; if it is not of events, the engine says so.
  if (text === "" && file.size > 0) {
    void addEvents(path, file);
    return null;
  }
  const found = recognise(path, text);
  switch (found.is) {
    case "rules": {
      // Under its own name the file is the one that is there already.
      const name = placed(path, folderFor(text), endingOf(path) === found.ending ? endingOf(path) : found.ending);
      const own = fileOf(name)?.text === text ? name : free(name, taken);
      put(own, asOpened(text));
      keepHandle(path, own);
      return { name: own };
    }
    case "logmanager": {
      const made = await convertTo(path, text, "text");
      if (made === null) return { no: "it is no export of the log manager that is understood" };
      const name = free(placed(path, folderFor(made), ".rule"), taken);
      put(name, { text: made });
      return { name };
    }
    case "winlogbeat":
      return importWinlogbeat(path, text);
    case "sigma":
      // They are taken all at once: `takeSigma`.
      return null;
    case "sysmon":
      return takeConfiguration(path, file);
    case "tests":
      put(path, asOpened(text));
      return null;
    case "table": {
      const name = path.includes("/") ? path : `tables/${path}`;
      put(name, asOpened(text));
      keepHandle(path, name);
      return null;
    }
    case "settings":
      put(MANIFEST, asOpened(text));
      return null;
    case "sigma-settings":
      put(path, asOpened(text));
      return null;
    case "events":
      void addEvents(path, file);
      return null;
    case "unknown":
      return { no: "it is neither rules nor events that are known" };
  }
}

async function takeConfiguration(path: string, file: globalThis.File): Promise<{ name: string } | { no: string }> {
  const read = await engine.configText(new Uint8Array(await file.arrayBuffer()));
  if (isRefused(read)) return { no: read.error };
  const { text, encoding, mark } = read;
  const wanted = placed(path, "config", ".xml");
  const name = fileOf(wanted)?.text === text ? wanted : free(wanted, taken);
  put(name, { ...asOpened(text), encoding: encoding === "UTF-8" && !mark ? null : { name: encoding, mark } });
  keepHandle(path, name);
  return { name };
}

async function importWinlogbeat(path: string, text: string): Promise<{ name: string } | { no: string }> {
  const { text: made, diagnostics } = await engine.importWinlogbeat(path, text, null);
  if (made === null) return { no: diagnostics[0]?.message ?? "it cannot be read as a configuration of Winlogbeat" };
  const name = free(`filters/${renamed(baseOf(path), ".rule")}`, taken);
  put(name, { text: made });
  const left = diagnostics.length;
  if (left) toast(`${left} ${left === 1 ? "part" : "parts"} of ${baseOf(path)} could not be read exactly: ${diagnostics[0]?.message ?? ""}`, [], true);
  return { name };
}

/** Takes files of Sigma. They stay what they are; what their rules are here is found when all are there, since they name each other's. */
async function takeSigma(opened: Opened[]): Promise<string[]> {
  const [names, given]: [string[], Parameters<typeof putAll>[0]] = [[], []];
  const taken = new Map(files.value.map(({ name, text }) => [name, text]));
  const marks = await Promise.all(opened.map((each) => each.hasMark ?? beginsWithMark(each.file)));
  for (const [at, { path, text }] of opened.entries()) {
    const wanted = placed(path, FOLDERS.alert, endingOf(path) === ".yaml" ? ".yaml" : ".yml");
    const name = taken.get(wanted) === text ? wanted : free(wanted, (other) => taken.has(other));
    const change = { ...asOpened(text), sigma: null, other: null, unfinished: false, encoding: marks[at] ? { name: "UTF-8", mark: true } : null };
    taken.set(name, text);
    names.push(name);
    given.push({ name, change });
    keepHandle(path, name);
  }
  putAll(given);
  return names;
}

async function beginsWithMark(file: globalThis.File): Promise<boolean> {
  const [first, second, third] = new Uint8Array(await file.slice(0, 3).arrayBuffer());
  return first === 0xef && second === 0xbb && third === 0xbf;
}

/** So many rules of Sigma take a while, and it is said that they do. */
const MANY = 200;

/** Takes files into the project that is open. `isWhole`: they are all of it, and whoever asked has it compiled. */
export async function addFiles(opened: Opened[], isWhole = false): Promise<void> {
  const isOfSigma = ({ path, text }: Opened): boolean => text !== "" && recognise(path, text).is === "sigma";
  const sigma = opened.filter(isOfSigma);
  const ofSigma = new Set(sigma);
  const not: string[] = [];
  if (sigma.length > MANY) toast(`Reading ${sigma.length.toLocaleString("en-US")} files of Sigma …`);
  let first: string | null = sigma.length ? ((await takeSigma(sigma))[0] ?? null) : null;
  for (const each of opened) {
    if (ofSigma.has(each)) continue;
    const taken = await take(each);
    if (taken === null) continue;
    if ("name" in taken) first ??= taken.name;
    else not.push(`${baseOf(each.path)}: ${taken.no}`);
  }
  readManifest();
  if (!isWhole) await compileAll();
  if (first !== null) {
    current.value = first;
    showView("rules");
  }
  const more = not.length > 3 ? `, and ${not.length - 3} more` : "";
  if (not.length) toast(`Not opened. ${not.slice(0, 3).join(". ")}${more}`, [], true);
}

export async function openFiles(): Promise<void> {
  const opened = await askFiles();
  const isProject = opened.some(({ path }) => baseOf(path) === MANIFEST);
  if (isProject && !(await mayReplace("Open another project"))) return;
  if (isProject) await replaceProject({ kind: "browser", name: "project" }, []);
  await addFiles(opened);
}

export async function openFolder(): Promise<void> {
  const folder = await askFolder();
  if (!folder || !(await mayReplace("Open another project"))) return;
  await replaceProject({ kind: "browser", name: folder.name }, []);
  const wanted = folder.files.filter(({ path, text }) => !["unknown", "events", "logmanager", "winlogbeat"].includes(recognise(path, text).is));
  await addFiles(wanted, true);
  await shown();
  if (!wanted.length) toast(`There is no rule in ${folder.name}. Rules end in .rule, .blocks.json or .blocks.xml, those of Sigma in .yml; configurations of Sysmon in .xml.`, [], true);
}

/** Opens a configuration of Winlogbeat as a new file. */
export async function openWinlogbeat(): Promise<void> {
  const [first] = await askFiles();
  if (!first) return;
  const made = await importWinlogbeat(first.path, first.text);
  if ("no" in made) return toast(`${baseOf(first.path)} was not read: ${made.no}`, [], true);
  await compileAll();
  current.value = made.name;
  showView("rules");
}
