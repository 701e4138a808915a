// The files of the project as rows: each with its rules and what they do to the sample.
import { computed } from "@preact/signals";
import type { Kind, Rule, RuleCount } from "../engine/types.ts";
import { decided, rules } from "../state/preview.ts";
import { files, type FileKind, isDirty, kindOf, type ProjectFile } from "../state/project.ts";
import { ruleCountText } from "../preview/rule-count.ts";
import { all } from "../problems/Problems.tsx";
import { baseOf, folderOf, rankOf, stemOf } from "../files/names.ts";

export interface RuleRow extends Pick<Rule, "kind" | "name"> {
  count: RuleCount | null;
}

export interface Row {
  name: string;
  kind: FileKind;
  /** What is shown: the name of its rule where it has one, else of the file. */
  title: string;
  rules: RuleRow[];
  dirty: boolean;
  errors: number;
}

export interface Folder {
  name: string;
  rows: Row[];
}

const NUMBER = new Intl.NumberFormat("en-US");
const DONE: Record<Kind, string> = { filter: "dropped", classify: "classified", alert: "alerted" };

/** Files with their rules, and how many errors each has: asked once for all of them. */
const rulesOf = computed(() => {
  const of = new Map<string, RuleRow[]>();
  rules.value.forEach(({ kind, name, place }, at) => {
    const row = { kind, name, count: decided.value?.rules[at] ?? null };
    const rows = of.get(place.file);
    if (rows) rows.push(row);
    else of.set(place.file, [row]);
  });
  return of;
});
const errorsOf = computed(() => {
  const of = new Map<string, number>();
  for (const { file, severity } of all.value) if (severity === "error") of.set(file, (of.get(file) ?? 0) + 1);
  return of;
});

function rowOf(file: ProjectFile): Row {
  const { name } = file;
  const own = rulesOf.value.get(name) ?? [];
  const kind = kindOf(name);
  const [first] = own;
  const title = kind !== "rules" ? baseOf(name) : first && own.length === 1 ? first.name : stemOf(name);
  const errors = errorsOf.value.get(name) ?? 0;
  return { name, kind, title, rules: own, dirty: isDirty(file), errors };
}

/** Folders in the order in which their rules run, the project's own files last. */
export const folders = computed((): Folder[] => {
  const groups = new Map<string, Row[]>();
  for (const file of files.value) {
    const folder = folderOf(file.name);
    const rows = groups.get(folder);
    if (rows) rows.push(rowOf(file));
    else groups.set(folder, [rowOf(file)]);
  }
  return [...groups]
    .map(([name, rows]) => ({ name, rows }))
    .sort((a, b) => Number(a.name === "") - Number(b.name === "") || rankOf(a.name) - rankOf(b.name) || (a.name < b.name ? -1 : 1));
});

/** What a rule did, in a few words; `never`: why it did nothing; `whole`: all of it, in a sentence. */
export function did({ kind, count }: RuleRow): { text: string; never: string | null; whole: string } | null {
  if (!count) return null;
  const whole = ruleCountText({ kind }, count, { bytes: decided.value?.bytes ?? 0 });
  if (count.never !== null) return { text: "never matched", never: count.never, whole };
  const also = count.also > count.acted ? `, ${NUMBER.format(count.also)} also` : "";
  return { text: `${DONE[kind]} ${NUMBER.format(count.acted)}${also}`, never: null, whole };
}
