// Reading blocksieve.toml.
//
// In: the text of the file. Out: settings, or what is wrong with it and where; then the settings stay what they were.
// Never here: an exception.
import { parse, TomlError } from "smol-toml";
import type { Diagnostic } from "../engine/types.ts";
import { fileOf, type Manifest, manifest, manifestFault, NO_MANIFEST, type Template } from "../state/project.ts";

export const MANIFEST = "blocksieve.toml";

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === "string");

/** Something the file says that is not what is asked for. */
class Wrong extends Error {
  readonly help: string;
  readonly key: string;
  constructor(message: string, help: string, key: string) {
    super(message);
    this.help = help;
    this.key = key;
  }
}

/** Builds a finding about the file. */
export function fault(text: string, message: string, help: string, line: number, column: number): Diagnostic {
  const lines = text.split("\n").slice(0, line - 1);
  const start = Math.min(lines.reduce((sum, each) => sum + each.length + 1, 0) + column - 1, text.length);
  return {
    file: MANIFEST,
    range: { start, end: start, line, column },
    block: null,
    field: null,
    code: MANIFEST,
    severity: "error",
    title: "The project file is not as it should be",
    message,
    label: null,
    help,
    related: [],
    fix: null,
  };
}

function table(name: string, value: unknown): Manifest["tables"][number] {
  const key = `tables.${name}`;
  if (!isTable(value)) throw new Wrong(`${key} is no table`, `write [${key}] and below it file and key`, key);
  const { file, key: column, hashes = [] } = value;
  if (typeof file !== "string") throw new Wrong(`${key} does not say its file`, `add: file = "tables/${name}.csv"`, key);
  if (typeof column !== "string") throw new Wrong(`${key} does not say its key`, "name the column that is looked up", key);
  if (!isTexts(hashes)) throw new Wrong(`${key}: hashes is no list of columns`, 'write it as ["sha256"]', key);
  return { name, file, key: column, hashes };
}

function template(name: string, value: unknown): Template {
  const key = `templates.${name}`;
  if (!isTable(value)) throw new Wrong(`${key} is no table`, `write [${key}] and below it subject and text`, key);
  const { subject, text, html = null } = value;
  if (typeof subject !== "string") throw new Wrong(`${key} does not say its subject`, 'add: subject = "{{ rule.name }} on {{ host }}"', key);
  if (typeof text !== "string") throw new Wrong(`${key} does not say its text`, `add: text = "templates/${name}.txt"`, key);
  if (html !== null && typeof html !== "string") throw new Wrong(`${key}: html is no file`, `write html = "templates/${name}.html"`, key);
  return { name, subject, text, html };
}

/** What the text says. */
export function manifestOf(text: string): { manifest: Manifest } | { fault: Diagnostic } {
  try {
    const { name, winlogbeat = "8.17", tables = {}, templates = {}, logmanager, collect } = parse(text);
    if (name !== undefined && typeof name !== "string") throw new Wrong("name is no text", 'write it as name = "office"', "name");
    if (typeof winlogbeat !== "string")
      throw new Wrong("winlogbeat is no text", 'write the version in quotes: winlogbeat = "8.17"', "winlogbeat");
    if (!isTable(tables)) throw new Wrong("tables is no table", "write one section a table: [tables.NAME]", "tables");
    if (!isTable(templates)) throw new Wrong("templates is no table", "write one section a template: [templates.NAME]", "templates");
    return {
      manifest: {
        winlogbeat,
        templates: Object.entries(templates).map(([each, value]) => template(each, value)),
        tables: Object.entries(tables).map(([each, value]) => table(each, value)),
        ...(name === undefined ? {} : { name }),
        ...(logmanager === undefined ? {} : { logmanager }),
        ...(collect === undefined ? {} : { collect }),
      },
    };
  } catch (error) {
    if (error instanceof TomlError) {
      const [message] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
      return { fault: fault(text, message ?? "", "mend the line; until then the settings from before hold", error.line, error.column) };
    }
    if (error instanceof Wrong) {
      const { key } = error;
      const at = text.split("\n").findIndex((line) => line.trim() === `[${key}]` || line.trim().startsWith(`${key.split(".")[0]} `));
      return { fault: fault(text, error.message, error.help, Math.max(at, 0) + 1, 1) };
    }
    return { fault: fault(text, String(error), "this is a fault of the page; please report it with the file", 1, 1) };
  }
}

/** Takes over what the project's blocksieve.toml says. */
export function readManifest(): void {
  const file = fileOf(MANIFEST);
  const read = file ? manifestOf(file.text) : { manifest: NO_MANIFEST };
  if ("manifest" in read) manifest.value = read.manifest;
  manifestFault.value = "fault" in read ? read.fault : null;
}
