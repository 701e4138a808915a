// After files came, changed or went by another hand than the editor's: the engine hears of it, and what is open is shown anew.
import { signal } from "@preact/signals";
import { compileAll, compileFile, forgetFile } from "../state/compile.ts";
import { open as openConfiguration } from "../state/configuration.ts";
import { document as opened, open } from "../state/document.ts";
import { current, fileOf, files, kindOf, ruleFiles } from "../state/project.ts";
import { MANIFEST, readManifest } from "./manifest.ts";
import { folderOf, rankOf } from "./names.ts";

/** Goes up when the whole project was replaced. */
export const replaced = signal(0);

/** One file came, changed or went. */
export async function told(name: string): Promise<void> {
  const file = fileOf(name);
  const kind = kindOf(name);
  if (name === MANIFEST) readManifest();
  if (kind === "rules") await (file ? compileFile(name, file.text) : forgetFile(name));
  else if (kind === "table" || kind === "settings") await compileAll();
  if (file && opened.value?.name === name) await open();
  if (kind === "sysmon" && current.value === name) openConfiguration();
}

/** After the files were replaced: settings, engine, the first file. */
export async function shown(first?: string): Promise<void> {
  readManifest();
  await compileAll();
  const rules = ruleFiles.value;
  const [top] = (rules.length ? [...rules] : files.value.filter(({ name }) => kindOf(name) === "sysmon")).sort((a, b) => rankOf(folderOf(a.name)) - rankOf(folderOf(b.name)));
  const wanted = [current.value, first, top?.name].find((name) => typeof name === "string" && fileOf(name) !== undefined);
  // Who chose a file meanwhile has it.
  current.value = wanted ?? null;
  replaced.value++;
}
