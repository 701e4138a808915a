// Rules of Sigma in the project: what they are as rules of ours.
//
// In: files in Sigma's YAML, and the sigma.toml beside or above each. Out: rules of ours in the state (`other` of each file), findings in
// the texts of Sigma; rules of ours as Sigma. Never here: what Sigma means: the engine's second module knows that, and a project without
// Sigma does not ask it.
//
// Correlations and filters name rules of other files, so all files that go by the same sigma.toml are read together.
import { signal } from "@preact/signals";
import { engine } from "../engine/client.ts";
import type { Compiled, Converted, Diagnostic, Refused, Rule } from "../engine/types.ts";
import { engineFiles, fileOf, files, isSigma, liveText, type ProjectFile, putAll, settings, SIGMA_SETTINGS } from "./project.ts";
import type { Spot } from "./show.ts";

/** A finding in a text of Sigma. */
export type SigmaFinding = Diagnostic & Spot;

/** What is wrong with files of Sigma, and with what sigma.toml says. */
export const sigmaFindings = signal<SigmaFinding[]>([]);

/** What each file is in the text of ours that its Sigma became. */
const made = new Map<string, string>();

/** Says what a file's Sigma is in the text of ours, where it was made of that. */
export const noteMade = (name: string, text: string): void => void made.set(name, text);

/** The sigma.toml that a file goes by: the nearest beside it or above. Null: none. */
export function settingsOf(name: string, has: (name: string) => boolean): string | null {
  const folders = name.split("/").slice(0, -1);
  for (let depth = folders.length; depth >= 0; depth--) {
    const path = [...folders.slice(0, depth), SIGMA_SETTINGS].join("/");
    if (has(path)) return path;
  }
  return null;
}

const own = (name: string): string | null => settingsOf(name, (path) => fileOf(path) !== undefined);

/** A finding stands in the text of Sigma, or in the sigma.toml, which the engine knows by no other name. */
const placed = (found: Diagnostic, setup: string | null): SigmaFinding => ({
  ...found,
  file: found.file === SIGMA_SETTINGS && setup !== null ? setup : found.file,
  side: "sigma",
  related: found.related.map((place) => ({ ...place, side: "sigma" })),
});

async function readGroup(setup: string | null, group: ProjectFile[]): Promise<{ file: ProjectFile; answer: Converted; found: SigmaFinding[] }[]> {
  const answers = await engine.importSigma(
    group.map(({ name, text }) => ({ name, text })),
    setup === null ? null : (fileOf(setup)?.text ?? null),
  );
  return group.flatMap((file, at) => {
    const answer = answers[at];
    return answer ? [{ file, answer, found: answer.diagnostics.map((each) => placed(each, setup)) }] : [];
  });
}

/** What of a text of Sigma matters to others: how its rules are named, and whether it names rules of others. */
interface Names {
  text: string;
  own: string[];
  titles: string[];
  counts: boolean;
  filters: boolean;
}

const known = new Map<string, Names>();

function namesIn({ name, text }: ProjectFile): Names {
  const old = known.get(name);
  if (old?.text === text) return old;
  const all = (pattern: RegExp): string[] => [...text.matchAll(pattern)].flatMap(([, each]) => (each === undefined ? [] : [each]));
  const own = all(/^(?:name|id)\s*:[ \t]*['"]?([^'"#\s]+)/gm);
  const titles = all(/^title\s*:[ \t]*(.*?)[ \t]*\r?$/gm);
  const made = { text, own, titles, counts: /^correlation\s*:/m.test(text), filters: /^filter\s*:/m.test(text) };
  known.set(name, made);
  return made;
}

/** Other files of Sigma that have to do with a file: filters, correlations that count its rules, and rules that it counts, also by way of others. */
export function relatedTo(file: ProjectFile, all: readonly ProjectFile[]): ProjectFile[] {
  const found = new Set([file]);
  const links = (one: Names, other: Names): boolean => (one.counts || one.filters) && other.own.some((name) => one.text.includes(name));
  let fresh = [namesIn(file)];
  while (fresh.length) {
    const next: Names[] = [];
    for (const each of all) {
      if (found.has(each) || !isSigma(each.name) || each.name === file.name) continue;
      const names = namesIn(each);
      if (!names.filters && !fresh.some((one) => links(one, names) || links(names, one))) continue;
      found.add(each);
      next.push(names);
    }
    fresh = next;
  }
  found.delete(file);
  return [...found];
}

/** What was read last. */
const read = new Map<string, Names>();

/**
 * The files that have to be read after one of them changed: it alone, with those that have to do with it or have its title, if it is a rule
 * that others call as before. Null: all of them.
 */
function readAfter(name: string, all: readonly ProjectFile[]): Set<ProjectFile> | null {
  const file = all.find((each) => each.name === name);
  const before = read.get(name);
  if (!file || !before) return null;
  const now = namesIn(file);
  const isPlain = [before, now].every(({ counts, filters, own }) => !counts && !filters && own.join("\n") === before.own.join("\n"));
  if (!isPlain) return null;
  const titles = new Set([...before.titles, ...now.titles]);
  const alike = all.filter((each) => isSigma(each.name) && namesIn(each).titles.some((title) => titles.has(title)));
  return new Set([file, ...relatedTo(file, all), ...alike]);
}

/**
 * Reads files of Sigma anew, and says which have other rules now. The engine is not told. `only`: the one that was changed since the last time;
 * null: perhaps all were.
 */
export async function readSigma(only: string | null = null): Promise<string[]> {
  const groups = new Map<string | null, ProjectFile[]>();
  const paths = new Set(files.value.flatMap(({ name }) => (name.endsWith(SIGMA_SETTINGS) ? [name] : [])));
  const wanted = only === null ? null : readAfter(only, files.value);
  for (const file of files.value) {
    if (!isSigma(file.name) || (wanted && !wanted.has(file))) continue;
    const setup = settingsOf(file.name, (path) => paths.has(path));
    const group = groups.get(setup);
    if (group) group.push(file);
    else groups.set(setup, [file]);
  }
  if (!groups.size) {
    for (const all of [made, read, known]) all.clear();
    if (sigmaFindings.peek().length) sigmaFindings.value = [];
    return [];
  }
  const answers = (await Promise.all([...groups].map(([setup, group]) => readGroup(setup, group)))).flat();
  const now = new Map(files.value.map((file) => [file.name, file]));
  const changes: { name: string; change: { other: string | null } }[] = [];
  for (const { file: asked, answer } of answers) {
    const file = now.get(asked.name);
    read.set(asked.name, namesIn(asked));
    // Of what was changed meanwhile this says nothing, and what was edited as rules of ours counts as that.
    if (!file || file.text !== asked.text || file.unfinished) continue;
    const { text } = answer;
    if (text === null ? file.other === null : file.other !== null && made.get(file.name) === text) continue;
    if (text === null) made.delete(file.name);
    else made.set(file.name, text);
    changes.push({ name: file.name, change: { other: text } });
  }
  for (const all of [made, read, known]) for (const name of all.keys()) if (!now.has(name)) all.delete(name);
  const own = new Set(answers.map(({ file }) => file.name));
  const others = wanted === null ? [] : sigmaFindings.value.filter(({ file }) => !own.has(file) && now.has(file));
  sigmaFindings.value = [...others, ...answers.flatMap(({ found }) => found)];
  if (changes.length) putAll(changes);
  return changes.map(({ name }) => name);
}

/** Tells the engine of files that have other rules now. Null: there are none. */
export async function tellOf(changed: string[]): Promise<Compiled | Refused | null> {
  const [first] = changed;
  if (first === undefined) return null;
  const file = fileOf(first);
  return changed.length === 1 && file ? engine.setFile(first, liveText(file)) : engine.setProject(engineFiles(), settings.value);
}

/** Are there rules that have to be read again when this file is another one? */
export function isNamed(name: string): boolean {
  const file = fileOf(name);
  if (!file) return false;
  const all = files.value;
  return namesIn(file).counts || relatedTo(file, all).some((other) => namesIn(other).counts);
}

/** Rules of ours as Sigma. Of the text that they were made of, what was not changed stays as it was. */
export async function asSigma(file: ProjectFile, rules: string): Promise<Converted> {
  const { name, text, sigma } = file;
  const onto = sigma ?? (isSigma(name) && text !== "" ? text : null);
  const setup = own(name);
  const beside = onto === null || !isSigma(name) ? [] : relatedTo(file, files.value).filter((other) => own(other.name) === setup);
  const answer = await engine.exportSigma(name, rules, onto, setup === null ? null : (fileOf(setup)?.text ?? null), beside.map(({ text: other }) => other));
  const endsWide = onto?.includes("\r\n") === true && !/(^|[^\r])\n/.test(onto);
  return { ...answer, text: endsWide && answer.text !== null ? answer.text.replace(/\r?\n/g, "\r\n") : answer.text };
}

/** What is said of the spelling that a rule has in our text, not of the rule: Sigma has escapes of its own. */
const OF_SPELLING = ["BS0402", "BS0403", "BS0404", "BS0410"];
const UNKNOWN_FIELD = "BS0200";

/** Findings without those that are idle about rules of Sigma. Of what channels other than Sysmon's hold nobody has a list. */
export function withoutIdle(all: Diagnostic[], rules: Rule[]): Diagnostic[] {
  if (!all.some(({ file }) => isSigma(file))) return all;
  const named = new Map<string, Rule[]>();
  for (const rule of rules) if (isSigma(rule.place.file)) named.set(rule.place.file, [...(named.get(rule.place.file) ?? []), rule]);
  const asksSysmon = ({ file, range }: Diagnostic): boolean => {
    const before = (named.get(file) ?? []).filter(({ place }) => !range || !place.range || place.range.start <= range.start);
    return before.at(-1)?.events.length !== 0;
  };
  return all.filter((found) => !isSigma(found.file) || !(OF_SPELLING.includes(found.code) || (found.code === UNKNOWN_FIELD && !asksSysmon(found))));
}
