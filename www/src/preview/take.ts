// Files that were chosen or dropped: events go to the engine, the rest to the project.
//
// In: files and folders of the browser. Out: events in the sample, one file after the other; rules and tables in the project.
// Never here: what a form of events is; the engine finds that by content.
import { signal } from "@preact/signals";
import type { Loaded } from "../engine/types.ts";
import { addFiles, mayReplace } from "../files/open.ts";
import { replaceProject } from "../files/actions.ts";
import type { Opened } from "../files/disk.ts";
import { MANIFEST } from "../files/manifest.ts";
import { baseOf, folderOf } from "../files/names.ts";
import { recognise } from "../files/recognise.ts";
import { shown } from "../files/told.ts";
import { addEvents, couldNotRead, loaded } from "../state/preview.ts";
import { toast } from "../ui/Toast.tsx";
import { count, counted } from "./numbers.ts";

export interface Given {
  /** With its folders, where a folder was given. */
  path: string;
  file: globalThis.File;
}

/** What is being read. */
export const reading = signal<{ name: string; at: number; of: number } | null>(null);

const BEGIN = 64 * 1024;
/** Files that are looked at at the same time. */
const AT_ONCE = 64;
const EVENTS = /\.(evtx|ndjson|jsonl|gz|zst|zip|log)$/i;

/** The beginning of a file, as text. */
export function decoded(head: Uint8Array): string {
  const [first, second] = head;
  const encoding = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(head);
}

/** Is it of events? What is not known as something else is, so that the engine says what it is not. */
export function isEvents(name: string, head: string): boolean {
  if (EVENTS.test(name)) return true;
  if (/\.csv$/i.test(name)) {
    // A table of the project has columns of its own; one of events names what each event has.
    const header = head.split(/\r?\n/, 1)[0] ?? "";
    return [/\bevent_?id\b/i, /\b(provider|channel|computer|payload)/i].every((part) => part.test(header));
  }
  const found = recognise(name, head).is;
  return found === "events" || found === "unknown";
}

/** A file as one of the project; null: it is of events. */
async function asOpened(each: Given): Promise<Opened | null> {
  const { path, file } = each;
  if (EVENTS.test(path)) return null;
  // Thousands of small ones are read once each.
  const head = new Uint8Array(await file.slice(0, BEGIN).arrayBuffer());
  if (isEvents(path, decoded(head))) return null;
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  return { ...each, hasMark, text: file.size > BEGIN ? await file.text() : new TextDecoder().decode(head) };
}

let last: Promise<void> = Promise.resolve();

/** Takes them in, after those that are still being read. */
export function take(given: Given[]): Promise<void> {
  last = last.then(() => takeNow(given));
  return last;
}

async function takeNow(given: Given[]): Promise<void> {
  const events: Given[] = [];
  const others: Opened[] = [];
  for (let from = 0; from < given.length; from += AT_ONCE) {
    const some = given.slice(from, from + AT_ONCE);
    const found = await Promise.allSettled(some.map(asOpened));
    found.forEach((each, at) => {
      const own = some[at] as Given;
      if (each.status === "rejected") couldNotRead(own.path, `the browser cannot read it: ${String(each.reason)}`);
      else if (each.value === null) events.push(own);
      else others.push(each.value);
    });
  }
  if (others.length) await takeProject(others);
  const before = loaded.value.length;
  try {
    for (const [at, { path, file }] of events.entries()) {
      reading.value = { name: path, at: at + 1, of: events.length };
      await takeEvents(path, file);
    }
  } finally {
    reading.value = null;
  }
  const now = loaded.value.slice(before);
  if (events.length) toast(saidOf(now, events), [], now.some(({ error, damaged }) => error !== null || damaged.length > 0));
}

async function takeEvents(path: string, file: globalThis.File): Promise<void> {
  try {
    await addEvents(path, file);
  } catch (error) {
    couldNotRead(path, `the browser cannot read it: ${String(error)}`);
  }
}

/** A folder with a project file is a project; files of rules alone join the one that is open. */
async function takeProject(files: Opened[]): Promise<void> {
  const manifest = files.find(({ path }) => baseOf(path) === MANIFEST);
  // Rules of Sigma come by the thousand, in folders that say what they are about.
  const staysIn = ({ path, text }: Opened): boolean => ["sigma", "sigma-settings"].includes(recognise(path, text).is);
  if (!manifest) return addFiles(files.map((each) => (staysIn(each) ? each : { ...each, path: baseOf(each.path) })));
  if (!(await mayReplace("Open another project"))) return;
  const root = folderOf(manifest.path);
  const inside = files.filter(({ path }) => root === "" || path.startsWith(`${root}/`));
  await replaceProject({ kind: "browser", name: baseOf(root) || "project" }, []);
  await addFiles(inside.map((each) => ({ ...each, path: root === "" ? each.path : each.path.slice(root.length + 1) })), true);
  await shown();
}

/** What came of them, in one line; the list above the table has it file by file. */
function saidOf(now: Loaded[], of: Given[]): string {
  const what = of.length === 1 ? baseOf(of[0]?.path ?? "") : counted(of.length, "file");
  const events = now.reduce((sum, each) => sum + each.events, 0);
  const damaged = now.reduce((sum, each) => sum + each.damaged.length + each.moreDamaged, 0);
  const unread = now.filter(({ error, events: own }) => error !== null && own === 0).length;
  const cut = now.filter(({ error, events: own }) => error !== null && own > 0).length;
  if (of.length === 1 && unread) return `${what} could not be read`;
  const faults = [
    ...(damaged ? [counted(damaged, "damaged record")] : []),
    ...(unread ? [`${counted(unread, "file")} could not be read`] : []),
    ...(cut ? [`${counted(cut, "file")} not to the end`] : []),
  ];
  return [`${what}: ${counted(events, "event")} added`, ...faults].join("; ");
}

/** Asks for files. */
export function ask(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.addEventListener("change", () => {
    const chosen = [...(input.files ?? [])];
    if (chosen.length) void take(chosen.map((file) => ({ path: file.name, file })));
  });
  input.click();
}

/** The public collection of Sigma's rules has some thousands. */
const FILES = 10_000;

const entriesOf = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));
const fileOf = (entry: FileSystemFileEntry): Promise<globalThis.File> => new Promise((resolve, reject) => entry.file(resolve, reject));

async function walk(entry: FileSystemEntry, into: Given[]): Promise<void> {
  if (into.length >= FILES) return;
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) into.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
  else if (entry.isDirectory && !entry.name.startsWith(".")) {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // Browsers hand over a hundred at a time, until there is none.
    for (let some = await entriesOf(reader); some.length; some = await entriesOf(reader)) for (const each of some) await walk(each, into);
  }
}

/** Takes what was dropped, folders with all that is in them. */
export async function takeDropped(transfer: DataTransfer): Promise<void> {
  // The list is gone once this function waits for something.
  const entries = [...transfer.items].flatMap((item) => (item.kind === "file" ? [item.webkitGetAsEntry()] : []));
  const plain = [...transfer.files];
  const given: Given[] = [];
  for (const [at, entry] of entries.entries()) {
    try {
      if (entry) await walk(entry, given);
      else if (plain[at]) given.push({ path: plain[at].name, file: plain[at] });
    } catch (error) {
      couldNotRead(entry?.name ?? "a dropped file", `the browser cannot read it: ${String(error)}`);
    }
  }
  if (given.length >= FILES) couldNotRead("the dropped folder", `it has more than ${count(FILES)} files; the first of them were read`);
  await take(given);
}
