// What can stand here: words, events, fields, tags, tables, and values that the loaded events have.
//
// In: the text before the cursor, and the engine's lists. Out: proposals. Never here: whether the result compiles.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { engine } from "../engine/client.ts";
import type { EventInfo } from "../engine/types.ts";
import { files, manifest } from "../state/project.ts";
import { ACTIONS, KINDS, META, WORD_PHRASES, WORDS } from "./language.ts";

const MOST = 30;
let known: Promise<EventInfo[]> | null = null;
const events = (): Promise<EventInfo[]> => (known ??= engine.events());

/** The rule around a place: from the last line that begins one. */
function ruleAround(text: string, at: number): string {
  const begins = [...text.matchAll(/^(?:disabled\s+)?(?:filter|classify|alert)\b/gm)].map(({ index }) => index);
  const from = begins.filter((index) => index <= at).at(-1) ?? 0;
  const to = begins.find((index) => index > at) ?? text.length;
  return text.slice(from, to);
}

/** Names of events that a rule asks for. */
export function eventsOf(rule: string): string[] {
  const found = [...rule.matchAll(/\bevent\s+is\s+(?:any\s*\[([^\]]*)\]|([\w.]+))/g)];
  return [...new Set(found.flatMap(([, list, one]) => (list ?? one ?? "").split(/[\s,]+/)).filter((name) => name.includes(".")))];
}

const quoted = (before: string): { field: string; typed: string; quote: string } | null => {
  const found =
    /(?:^|[\s(])([A-Za-z_@][\w@.]*)\s+(?:cased\s+|any-dash\s+|not\s+)*(?:==|!=|contains|starts\s+with|ends\s+with|in)\s*(?:any\s*|all\s*)?(?:\[(?:[^\]'"]|'[^']*'|"[^"]*")*)?(['"])([^'"]*)$/.exec(
      before,
    );
  return found ? { field: found[1] ?? "", quote: found[2] ?? "'", typed: found[3] ?? "" } : null;
};

const escaped = (value: string, quote: string): string =>
  quote === '"' ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"') : value;

const TAG = /\b(?:tag|untag|has\s+(?:any\s+|all\s+)?tags?)\s+(?:\[\s*)?(?:"[^"]*"\s*,\s*)*"([^"]*)$/;
const TABLE = /\b(?:table|lookup)\s+"([^"]*)$/;
const TEMPLATE = /\btemplate\s+"([^"]*)$/;
const EVENT = /\bevent\s+is\s+(?:not\s+)?(?:any\s*\[[^\]]*?)?([\w.]*)$/;

function tagsOfProject(): string[] {
  const found = new Set<string>();
  for (const { text } of files.value)
    for (const [, tag] of text.matchAll(/\btag\s+"([^"\n]+)"/g)) if (tag !== undefined) found.add(tag);
  return [...found].sort();
}

/** Inside of a rule. */
export function complete(context: CompletionContext): Promise<CompletionResult | null> {
  const rule = (): string => ruleAround(context.state.doc.toString(), context.pos);
  return completeWith(context, () => eventsOf(rule()), () => {
    const isTop = !rule().includes("{");
    return [
      ...WORDS.map((label) => ({ label, type: "keyword", boost: ACTIONS.includes(label) || (isTop && KINDS.includes(label)) ? 1 : 0 })),
      ...WORD_PHRASES.map((label) => ({ label, type: "keyword" })),
      ...META.map((label) => ({ label, type: "property", boost: -1 })),
    ];
  });
}

/** Inside of a condition that stands alone, about these events. */
export const completeCondition = (context: CompletionContext, about: readonly string[]): Promise<CompletionResult | null> =>
  completeWith(
    context,
    () => {
      const named = eventsOf(context.state.doc.toString());
      return named.length ? named : [...about];
    },
    () => [...WORDS.filter((label) => !ACTIONS.includes(label) && !KINDS.includes(label)), ...WORD_PHRASES].map((label) => ({ label, type: "keyword" })),
  );

async function completeWith(context: CompletionContext, about: () => string[], words: () => Completion[]): Promise<CompletionResult | null> {
  const { pos, state } = context;
  const line = state.doc.lineAt(pos);
  const before = state.sliceDoc(Math.max(0, pos - 2000), pos);
  const comment = /^(?:[^'"]|'[^']*'|"(?:[^"\\]|\\.)*")*?\/\//.test(line.text.slice(0, pos - line.from));
  if (comment) return null;

  const tag = TAG.exec(before);
  if (tag) return { from: pos - (tag[1] ?? "").length, options: tagsOfProject().map((label) => ({ label, type: "constant" })) };
  const table = TABLE.exec(before);
  if (table) return { from: pos - (table[1] ?? "").length, options: manifest.value.tables.map(({ name }) => ({ label: name, type: "constant" })) };
  const template = TEMPLATE.exec(before);
  if (template)
    return { from: pos - (template[1] ?? "").length, options: (manifest.value.templates ?? []).map(({ name }) => ({ label: name, type: "constant" })) };
  const value = quoted(before);
  if (value) {
    const found = await engine.values(value.field, value.typed, MOST);
    const options = found
      .filter((each) => value.quote === '"' || !each.value.includes("'"))
      .map((each): Completion => ({ label: escaped(each.value, value.quote), detail: `${each.count} ×`, type: "text" }));
    return options.length ? { from: pos - value.typed.length, options, filter: false } : null;
  }
  const event = EVENT.exec(before);
  if (event) {
    const options = (await events()).map(({ name, title, id }): Completion => ({ label: name, detail: `${id} ${title}`, type: "class" }));
    return { from: pos - (event[1] ?? "").length, options };
  }
  const word = context.matchBefore(/[A-Za-z_@][\w@.-]*/);
  if (!word && !context.explicit) return null;
  const fields = await engine.fields(about());
  const options: Completion[] = [
    ...fields.map(({ name, type, about: info, always, group }) => ({
      label: name,
      detail: always ? type : `${type}, not in every event`,
      info,
      type: "variable",
      boost: group === "event" ? 2 : group === "common" ? 1 : 0,
    })),
    ...words(),
  ];
  return { from: word?.from ?? pos, options, validFor: /^[\w@.-]*$/ };
}
