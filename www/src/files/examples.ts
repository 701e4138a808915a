// The examples that ship with the page.
//
// In: nothing. Out: whole projects, single rules of them, the sample events.
import { current, fileFrom, files, home, kindOf } from "../state/project.ts";
import { readManifest } from "./manifest.ts";

const texts = import.meta.glob<string>("../../../examples/sysmon/{blocksieve.toml,{filters,classify,alerts,tables,templates}/*}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const EVENTS = new URL("../../../examples/sysmon/events/sysmon.ndjson", import.meta.url);
const ROOT = "../../../examples/sysmon/";

interface Ready {
  name: string;
  text: string;
}

const named = (all: Record<string, string>, root: string): Ready[] =>
  Object.entries(all).map(([path, text]) => ({ name: path.slice(root.length), text }));

function openReady(title: string, ready: Ready[], first: string): void {
  files.value = ready
    .map(({ name, text }) => fileFrom(name, text, text))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  home.value = { kind: "example", name: title };
  readManifest();
  current.value = first;
}

/** Opens the Sysmon example: predefined filters, classification, the alert, lookup tables. */
export const openExample = (): void => openReady("Sysmon", named(texts, ROOT), "filters/dns-windows-services.rule");

/** The same rules, kept as blocks. */
export async function openDrawnExample(): Promise<void> {
  const { drawn } = await import("./drawn.ts");
  const rest = named(texts, ROOT).filter(({ name }) => !name.endsWith(".rule"));
  const blocks = named(drawn, ROOT.replace("sysmon/", "sysmon-blocks/"));
  openReady("Sysmon, as blocks", [...rest, ...blocks], "filters/dns-windows-services.blocks.json");
}

/** The rules of the example, one by one, with the names they carry. */
export const readyRules = (): (Ready & { title: string })[] =>
  named(texts, ROOT)
    .filter(({ name }) => name.endsWith(".rule"))
    .map((each) => ({ ...each, title: /^(?:filter|classify|alert) "([^"]+)"/m.exec(each.text)?.[1] ?? each.name }));

const sigma = import.meta.glob<string>("../../../examples/sigma/*.yml", { query: "?raw", import: "default", eager: true });

/** Rules of Sigma, of our own writing. */
export const sigmaRules = (): (Ready & { title: string })[] =>
  // The last title is that of the correlation, where there is one.
  named(sigma, "../../../examples/sigma/").map((each) => ({ ...each, title: [...each.text.matchAll(/^title: (.+)$/gm)].at(-1)?.[1] ?? each.name }));

/** Its tables and blocksieve.toml, for rules that need them. */
export const readyTables = (): Ready[] => named(texts, ROOT).filter(({ name }) => ["table", "template", "settings"].includes(kindOf(name)));

/** The configurations of Sysmon that ship. */
export const CONFIGURATIONS = [
  { name: "security.xml", label: "Security", hint: "any endpoint" },
  { name: "security-and-forensics.xml", label: "Security and Forensics", hint: "few, important ones" },
];

/** The example's sample events. */
export async function sampleEvents(): Promise<{ name: string; bytes: Uint8Array }> {
  const answer = await fetch(EVENTS);
  return { name: "sysmon.ndjson", bytes: new Uint8Array(await answer.arrayBuffer()) };
}
