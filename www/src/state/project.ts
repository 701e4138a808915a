// The project that is open: its files, and which of them is being edited.
//
// In: files from an example, from `blocksieve serve`, from disk or from a link. Out: signals that the page is drawn from.
// Never here: where files come from and go to (files/), what they mean (the engine).
import { computed, signal } from "@preact/signals";
import type { Diagnostic, RuleFile, Settings, Table } from "../engine/types.ts";

/** Where the project lives. */
export type Home =
  | { kind: "example"; name: string }
  | { kind: "server"; name: string; readOnly: boolean }
  | { kind: "browser"; name: string };

export interface ProjectFile {
  /** Its path in the project, with slashes. */
  name: string;
  /** As it would be saved now. */
  text: string;
  /** As it was opened or saved last; null: never. */
  saved: string | null;
  /** What the server calls that state of it. */
  revision: string | null;
  /**
   * The other side: of a text its workspace, with places, stray blocks and notes that text has no room for; of a workspace the text
   * that was written last; of a rule of Sigma the rules of ours, as text or as a workspace. Null: nobody looked at it yet, or it has none.
   */
  other: string | null;
  /** How its bytes stand for text, and whether a mark stands before it, where that is not UTF-8 without one. */
  encoding: { name: string; mark: boolean } | null;
  /**
   * The text of Sigma as somebody wrote it, of which is kept what was not changed when blocks are written as Sigma. Null: there is none, or it
   * is the file's own.
   */
  sigma: string | null;
  /** Was the other side edited last, to something that the file cannot be kept as yet? Then it is what counts. */
  unfinished: boolean;
}

/** A file as it comes from somewhere. */
export const fileFrom = (name: string, text: string, saved: string | null, revision: string | null = null): ProjectFile => ({
  name,
  text,
  saved,
  revision,
  other: null,
  encoding: null,
  sigma: null,
  unfinished: false,
});

/** What counts of it: what the engine compiles. Of Sigma it knows nothing: those are compiled as what was made of them. */
export const liveText = ({ name, text, other, unfinished }: ProjectFile): string => (isSigma(name) ? (other ?? "") : unfinished && other !== null ? other : text);

export type FileKind = "rules" | "sysmon" | "table" | "template" | "tests" | "settings" | "other";

const DRAWN = [".blocks.json", ".blocks.xml"];

/** Is it a workspace, not text? */
export const isDrawn = (name: string): boolean => DRAWN.some((ending) => name.endsWith(ending));

const isTests = (name: string): boolean => /\.test\.ya?ml$/.test(name);

/** Is it kept as Sigma? Other files in YAML do not get into a project (files/recognise.ts). */
export const isSigma = (name: string): boolean => /\.ya?ml$/.test(name) && !isTests(name);

/** What is said of Sigma's log sources and fields, for the files beside it and below. */
export const SIGMA_SETTINGS = "sigma.toml";
const isSigmaSettings = (name: string): boolean => name === SIGMA_SETTINGS || name.endsWith(`/${SIGMA_SETTINGS}`);

/** What a file is, by its name. */
export function kindOf(name: string): FileKind {
  if (name === "blocksieve.toml" || isSigmaSettings(name)) return "settings";
  if (name.endsWith(".rule") || isDrawn(name) || isSigma(name)) return "rules";
  if (name.endsWith(".xml")) return "sysmon";
  if (name.endsWith(".csv")) return "table";
  if (/(^|\/)templates\/.*\.(txt|html)$/.test(name)) return "template";
  if (isTests(name)) return "tests";
  return "other";
}

/** The file that holds the tests of a rule file. */
export const testsOf = (name: string): string => name.replace(/(\.rule|\.blocks\.json|\.blocks\.xml|\.ya?ml)$/, "") + ".test.yaml";

export const home = signal<Home>({ kind: "browser", name: "untitled" });
export const files = signal<ProjectFile[]>([]);
/** The name of the file that is edited. */
export const current = signal<string | null>(null);
/** A template, with the paths of its files. */
export interface Template {
  name: string;
  subject: string;
  text: string;
  html: string | null;
}

/** What blocksieve.toml says, without the texts of tables and templates. */
export type Manifest = Omit<Settings, "tables" | "templates" | "today"> & { tables: Omit<Table, "text">[]; templates?: Template[] };
export const NO_MANIFEST: Manifest = { winlogbeat: "8.17", tables: [] };
export const manifest = signal<Manifest>(NO_MANIFEST);
/** What is wrong with blocksieve.toml. */
export const manifestFault = signal<Diagnostic | null>(null);

export const fileOf = (name: string): ProjectFile | undefined => files.value.find((file) => file.name === name);
export const ruleFiles = computed(() => files.value.filter(({ name }) => kindOf(name) === "rules"));
export const currentFile = computed(() => files.value.find(({ name }) => name === current.value) ?? null);
export const isDirty = (file: ProjectFile): boolean => file.text !== file.saved || file.unfinished;
export const dirty = computed(() => files.value.filter(isDirty));

/** What the engine is told of the project besides its rules. */
export const settings = computed((): Settings => {
  const text = (path: string): string => files.value.find(({ name }) => name === path)?.text ?? "";
  const { templates, ...rest } = manifest.value;
  return {
    ...rest,
    tables: rest.tables.map((table) => ({ ...table, text: text(table.file) })),
    ...(templates === undefined ? {} : { templates: templates.map(({ name }) => name) }),
    today: new Date().toISOString().slice(0, 10),
  };
});

/** The rule files as the engine takes them. */
export const engineFiles = (): RuleFile[] => ruleFiles.value.map((file) => ({ name: file.name, text: liveText(file) }));

/** Changes or adds one file; the list stays in path order. */
export function put(name: string, change: Partial<Omit<ProjectFile, "name">>): void {
  const old = fileOf(name) ?? fileFrom(name, "", null);
  const rest = files.value.filter((file) => file.name !== name);
  files.value = [...rest, { ...old, ...change }].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The same for many at once. */
export function putAll(changes: { name: string; change: Partial<Omit<ProjectFile, "name">> }[]): void {
  const all = new Map(files.value.map((file) => [file.name, file]));
  for (const { name, change } of changes) all.set(name, { ...(all.get(name) ?? fileFrom(name, "", null)), ...change });
  files.value = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function remove(name: string): void {
  files.value = files.value.filter((file) => file.name !== name);
  if (current.value === name) current.value = ruleFiles.value[0]?.name ?? null;
}
