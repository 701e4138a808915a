// The examples that ship with the page.
import { parse } from "smol-toml";
import { current, files, home, manifest } from "../state/project.ts";
import type { Table } from "../engine/types.ts";

const texts = import.meta.glob<string>("../../../examples/sysmon/{blocksieve.toml,{filters,classify,alerts,tables}/*}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const EVENTS = new URL("../../../examples/sysmon/events/sysmon.ndjson", import.meta.url);
const ROOT = "../../../examples/sysmon/";

/** Opens the Sysmon example: predefined filters, classification, the alert, lookup tables. */
export function openExample(): void {
  const names = Object.keys(texts).map((path) => ({ name: path.slice(ROOT.length), text: texts[path] ?? "" }));
  files.value = names
    .map(({ name, text }) => ({ name, text, saved: text, revision: null }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  home.value = { kind: "example", name: "Sysmon" };
  readManifest(files.value.find(({ name }) => name === "blocksieve.toml")?.text ?? "");
  current.value = "filters/dns-windows-services.rule";
}

/** Takes over what blocksieve.toml says. */
export function readManifest(text: string): void {
  const parsed = parse(text) as {
    winlogbeat?: string;
    tables?: Record<string, { file: string; key: string; hashes?: string[] }>;
    logmanager?: unknown;
  };
  const tables: Omit<Table, "text">[] = Object.entries(parsed.tables ?? {}).map(([name, table]) => ({
    name,
    file: table.file,
    key: table.key,
    hashes: table.hashes ?? [],
  }));
  manifest.value = {
    winlogbeat: parsed.winlogbeat ?? "8.17",
    tables,
    ...(parsed.logmanager === undefined ? {} : { logmanager: parsed.logmanager }),
  };
}

/** The example's sample events. */
export async function sampleEvents(): Promise<{ name: string; bytes: Uint8Array }> {
  const answer = await fetch(EVENTS);
  return { name: "sysmon.ndjson", bytes: new Uint8Array(await answer.arrayBuffer()) };
}
