// Saving: to disk, in another form, as an archive.
import { strToU8, zipSync } from "fflate";
import { engine } from "../engine/client.ts";
import type { Diagnostic, Form } from "../engine/types.ts";
import { settled } from "../state/document.ts";
import { currentFile, dirty, files, fileOf, home, isDrawn, isSigma, kindOf, liveText, type ProjectFile, put } from "../state/project.ts";
import { asSigma } from "../state/sigma.ts";
import { announce } from "../ui/announce.tsx";
import { download } from "../ui/copy.ts";
import { toast } from "../ui/Toast.tsx";
import { convertTo } from "./actions.ts";
import { saveToDisk } from "./disk.ts";
import { baseOf, renamed, slug } from "./names.ts";
import { saveServed } from "./served.ts";

export type SaveForm = Form | "winlogbeat" | "sigma";

export const SAVE_FORMS: { form: SaveForm; label: string; ending: string }[] = [
  { form: "text", label: "Text", ending: ".rule" },
  { form: "blockly-json", label: "Blocks, JSON", ending: ".blocks.json" },
  { form: "blockly-xml", label: "Blocks, XML", ending: ".blocks.xml" },
  { form: "logmanager-xml", label: "Log manager XML", ending: ".xml" },
  { form: "winlogbeat", label: "Winlogbeat YAML", ending: ".yml" },
  { form: "sigma", label: "Sigma YAML", ending: ".yml" },
];

/** Saves the file that is open. */
export async function save(): Promise<void> {
  const file = currentFile.value;
  if (file) await saveFile(file.name);
}

export async function saveFile(name: string): Promise<void> {
  // What was typed last may still be on its way.
  await settled();
  const file = fileOf(name);
  if (!file) return;
  if (file.unfinished && isSigma(name)) {
    const why = await asSigma(file, liveText(file));
    toast(`${baseOf(name)} is not saved: Sigma cannot say this${placeIn(why.diagnostics)} Nothing is lost: File, Save as keeps it as text or blocks.`, [], true);
    return;
  }
  if (file.unfinished) {
    const what = isDrawn(name) ? "its text is no whole rule yet, so it cannot be kept as blocks" : "its blocks are no whole rule yet, so they cannot be kept as text";
    toast(`${baseOf(name)} is not saved: ${what}. Nothing is lost; finish it, then save.`, [], true);
    return;
  }
  const isServed = home.value.kind === "server";
  const data = await written(file);
  if (data === null) return toast(`${name} is not saved: ${file.encoding?.name ?? ""} has no room for a character in it. Take it out, or declare another encoding.`, [], true);
  if (!(await (isServed ? saveServed(name) : saveToDisk(name, data, false)))) return;
  if (!isServed) put(name, { saved: file.text });
  toast(`${name} saved`);
}

/**
 * What is written of a file: its text, or bytes where it is kept in another encoding than UTF-8. Null: that encoding has no room for a
 * character. Lines of a configuration, or of Sigma, end as they did, where all ended alike.
 */
async function written({ name, text, saved, encoding }: ProjectFile): Promise<string | Uint8Array<ArrayBuffer> | null> {
  const isCrlf = (kindOf(name) === "sysmon" || isSigma(name)) && saved?.includes("\r\n") === true && !/(^|[^\r])\n/.test(saved);
  const whole = isCrlf ? text.replace(/\r?\n/g, "\r\n") : text;
  if (encoding === null) return whole;
  const bytes = await engine.configBytes(whole, encoding.name, encoding.mark);
  return bytes.length ? (bytes as Uint8Array<ArrayBuffer>) : null;
}

/** Saves all files of a served project that were changed. */
export async function saveAll(): Promise<void> {
  await settled();
  const unfinished = dirty.value.filter((file) => file.unfinished).map(({ name }) => baseOf(name));
  const names = dirty.value.filter((file) => !file.unfinished).map(({ name }) => name);
  if (unfinished.length) toast(`Not saved, since it is no whole rule yet: ${unfinished.join(", ")}. Nothing is lost.`, [], true);
  let saved = 0;
  for (const name of names) saved += Number(await saveServed(name));
  if (saved) toast(`${saved} ${saved === 1 ? "file" : "files"} saved`);
}

/** Saves the open file in another form. */
export async function saveAs(form: SaveForm, ending: string): Promise<void> {
  const file = currentFile.value;
  if (!file) return;
  let text: string | null;
  if (form === "winlogbeat") {
    const made = await engine.winlogbeat({ version: null, whole: false, observe: false, file: file.name });
    text = made.yaml;
    if (text === null) toast(`Winlogbeat cannot have this: ${made.diagnostics[0]?.message ?? "it has an error"}`, [], true);
  } else if (form === "sigma") text = await sigmaOf(file);
  else text = await convertTo(file.name, isSigma(file.name) ? liveText(file) : file.text, form);
  if (text === null) return;
  const name = renamed(file.name, ending);
  if (await saveToDisk(name, text, true)) announce(`${name} saved`);
}

/** The rules of a file as Sigma's. Null, and a message, where Sigma has no words. */
async function sigmaOf(file: ProjectFile): Promise<string | null> {
  // As it stands, where it is that already.
  if (isSigma(file.name) && !file.unfinished) return file.text;
  const made = await asSigma(file, liveText(file));
  if (made.text === null) toast(`Sigma cannot say this${placeIn(made.diagnostics)}`, [], true);
  return made.text;
}

/** What the first error says, with its line. */
function placeIn(found: Diagnostic[]): string {
  const first = found.find(({ severity }) => severity === "error");
  const line = first?.range ? ` (line ${first.range.line} of its text)` : "";
  return `${line}: ${first?.message ?? "it has an error"}.${first?.help ? ` Way out: ${first.help}.` : ""}`;
}

/** The project as an archive. */
export async function zipOf(all: ProjectFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const each = all.map(async (file): Promise<[string, Uint8Array]> => {
    const data = (await written(file)) ?? file.text;
    return [file.name, typeof data === "string" ? strToU8(data) : data];
  });
  // Without times two archives of the same files are the same.
  return zipSync(Object.fromEntries(await Promise.all(each)), { mtime: new Date(1980, 0, 1, 12) });
}

export async function saveArchive(): Promise<void> {
  const name = slug(home.value.name);
  download(`${name}.zip`, await zipOf(files.value), "application/zip");
  if (home.value.kind !== "server") files.value = files.value.map((file) => ({ ...file, saved: file.text }));
  announce(`${name}.zip saved`);
}

