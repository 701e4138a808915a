// What may stand in a field of a block.
//
// In: a field and its part of blocks.json. Out: fields of the event chosen above it, values out of the loaded events, names of
// the project, each with a line about it. Never here: how they are shown (picker.ts). Anything else may still be typed.
import type { Block, Field } from "blockly/core";
import { engine } from "../engine/client.ts";
import type { EventInfo, FieldInfo } from "../engine/types.ts";
import { files, manifest, ruleFiles } from "../state/project.ts";
import { eventsAbove, fieldBeside, kindAbove } from "./above.ts";
import type { Part } from "./definition.ts";

export interface Offer {
  value: string;
  about: string;
  /** The heading that it stands under. */
  group: string;
}

const MOST = 50;

/** Names in quotes behind words of the language, of all rules. */
function namesBehind(words: RegExp): string[] {
  const found = new Set<string>();
  for (const { text } of ruleFiles.value)
    for (const [, name] of text.matchAll(words)) if (name !== undefined && name !== "") found.add(name);
  return [...found].sort();
}

const plain = (values: string[], group: string, about = ""): Offer[] => values.map((value) => ({ value, about, group }));

/** Tags that rules set or ask for, drawn or written. */
const tags = (): Offer[] =>
  plain(
    [...new Set([...namesBehind(/\b(?:tag|untag|tags?) "([^"\n]+)"/g), ...namesBehind(/"TAG[0-9]*":\s*"([^"\n]+)"/g)])].sort(),
    "Tags of this project",
  );

/** The columns of the table that the same block names. */
function columns(block: Block | null): Offer[] {
  const name = String(block?.getFieldValue("TABLE") ?? "");
  const table = manifest.value.tables.find((each) => each.name === name);
  const text = files.value.find((file) => file.name === table?.file)?.text ?? "";
  const header = text.split(/\r?\n/).find((line) => line !== "" && !line.startsWith("#")) ?? "";
  const names = header.split(/[,;]/).map((value) => value.trim().replaceAll('"', ""));
  return names
    .filter((value) => value !== "")
    .map((value) => ({ value, about: value === table?.key ? "the key" : "", group: `Columns of ${name}` }));
}

const GROUPS: Record<FieldInfo["group"], string> = {
  event: "Data of this event",
  common: "In every event",
  msg: "Made by the log manager",
};

async function fields(block: Block | null): Promise<Offer[]> {
  const events = eventsAbove(block);
  const found = await engine.fields(events);
  // What the log manager makes of an event does not exist yet where filters run.
  const fits = found.filter(({ group }) => group !== "msg" || kindAbove(block) !== "filter");
  const order = Object.keys(GROUPS);
  return fits
    .sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group))
    .map(({ name, type, about, always, group }) => ({
      value: name,
      about: `${type}${always || group !== "event" ? "" : ", not in every event"}. ${about}`,
      group: group === "event" && !events.length ? "Data of events" : GROUPS[group],
    }));
}

let known: Promise<EventInfo[]> | null = null;
const events = async (): Promise<Offer[]> =>
  (await (known ??= engine.events())).map(({ name, id, title, provider }) => ({ value: name, about: `${id}: ${title}`, group: provider }));

const isValue = (field: Field): boolean => /^(TEXT|NUM|IP|NETWORK|TIME|ITEM\d*)$/.test(field.name ?? "");

/** What the loaded events hold in the field that this value is compared with. */
async function values(field: Field, typed: string): Promise<Offer[]> {
  const beside = isValue(field) ? fieldBeside(field.getSourceBlock()) : null;
  if (beside === null) return [];
  const found = await engine.values(beside, typed, MOST);
  return found.map(({ value, count }) => ({
    value,
    about: count === 1 ? "1 event" : `${count} events`,
    group: `${beside} in the loaded events`,
  }));
}

/** Does what is offered depend on what is typed? Otherwise the list is asked for once. */
export const followsTyping = (part: Part): boolean => part.from === undefined;

/** What may stand in the field. */
export async function offers(field: Field, part: Part, typed: string): Promise<Offer[]> {
  const block = field.getSourceBlock();
  switch (part.from) {
    case undefined:
      return values(field, typed);
    case "field":
      return fields(block);
    case "event":
      return events();
    case "tag":
      return tags();
    case "table":
      return manifest.value.tables.map(({ name, file }) => ({ value: name, about: file, group: "Tables of this project" }));
    case "column":
      return columns(block);
    case "channel":
      return plain(["mail", "webhook", "file"], "Ways of sending");
    case "template":
      return plain([...new Set(["sysmon", ...namesBehind(/\btemplate "([^"\n]+)"/g)])], "Templates");
    case "system":
      return plain(["7.17", "8.17", "9.0"], "Winlogbeat");
    default:
      return part.from satisfies never;
  }
}

/** Those in whose name or line every word stands; names that begin with the text come first. */
export function fitting(all: Offer[], typed: string): Offer[] {
  const text = typed.trim().toLowerCase();
  if (text === "") return all;
  const words = text.split(/\s+/);
  const fits = all.filter(({ value, about }) => {
    const whole = `${value} ${about}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
  const rank = ({ value }: Offer): number => {
    const name = value.toLowerCase();
    return name.startsWith(text) || name.includes(`.${text}`) ? 0 : name.includes(text) ? 1 : 2;
  };
  return fits.map((offer, at) => ({ offer, at })).sort((a, b) => rank(a.offer) - rank(b.offer) || a.at - b.at).map(({ offer }) => offer);
}
