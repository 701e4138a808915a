// Plus and minus: how a block grows and shrinks.
import * as Blockly from "blockly/core";
import type { BlockEntry } from "./definition.ts";

/** What register.mjs gives to each block that can grow. */
interface Growing extends Blockly.BlockSvg {
  countOf(name: string): number;
  setCount(name: string, count: number): void;
  flagOf(name: string): boolean;
  setFlag(name: string, flag: boolean): void;
}

/** What is counted, in words. */
const WORDS: Record<string, string> = {
  "controls_if.elseIfCount": "else if",
  "controls_if.hasElse": "else",
  "alert_send.template": "template",
  "alert_send.itemCount": "recipient",
  "function_lookup_search.column": "column",
  "event_is.itemCount": "event",
  "message_has_tag.itemCount": "tag",
  "message_add_tag.itemCount": "tag",
  "message_remove_tag.itemCount": "tag",
  "field_remove.itemCount": "field",
  "logic_operation.itemCount": "condition",
};

const icon = (path: string): string =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect x=".5" y=".5" width="15" height="15" rx="4" fill="#fff" fill-opacity=".18" stroke="#fff" stroke-opacity=".7"/><path d="${path}" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`,
  )}`;
const PLUS = icon("M8 4.5v7M4.5 8h7");
const MINUS = icon("M4.5 8h7");

/** A button; the one that stands there afterwards gets the focus back. */
function button(source: string, name: string, change: () => void): Blockly.Field {
  const field: Blockly.FieldImage = new Blockly.FieldImage(source, 16, 16, name, () => {
    const block = field.getSourceBlock();
    const had = Blockly.getFocusManager().getFocusedNode() === field;
    const place = field.name;
    change();
    const now = had && place !== undefined ? block?.getField(place) : null;
    if (now) Blockly.getFocusManager().focusNode(now);
    else if (had && block instanceof Blockly.BlockSvg) Blockly.getFocusManager().focusNode(block);
  });
  field.setTooltip(name);
  return field;
}

/** The least of what is counted. */
function leastOf(entry: BlockEntry, name: string): number {
  const repeats = Object.values(entry.parts).flatMap(({ repeat }) => (repeat?.count === name ? [repeat.least ?? 0] : []));
  return Math.max(0, ...repeats);
}

/** A way to change what a block counts or has. */
export interface Growth {
  label: string;
  /** What it is about. */
  word: string;
  adds: boolean;
  change: () => void;
}

/** All ways of one block, in the order of its buttons. */
export function growths(block: Blockly.Block, entry: BlockEntry): Growth[] {
  const growing = block as Growing;
  return (entry.extra ?? []).flatMap(({ name, kind }): Growth[] => {
    const word = WORDS[`${entry.type}.${name}`] ?? "item";
    if (kind === "flag") {
      const there = growing.flagOf(name);
      const label = there ? `Take “${word}” away` : `Add “${word}”`;
      return [{ label, word, adds: !there, change: () => growing.setFlag(name, !there) }];
    }
    const count = growing.countOf(name);
    const least = Math.max(leastOf(entry, name), name === "elseIfCount" || entry.type === "alert_send" ? 0 : 1);
    const more = /^[aeiou]/.test(word) ? `Add an ${word}` : `Add a ${word}`;
    const plus = { label: more, word, adds: true, change: () => growing.setCount(name, count + 1) };
    const minus = { label: `Take the last ${word} away`, word, adds: false, change: () => growing.setCount(name, count - 1) };
    return count > least ? [plus, minus] : [plus];
  });
}

/** The buttons of a block, with words between them where there are several sorts. */
export function buttons(block: Blockly.Block, entry: BlockEntry): Blockly.Field[] {
  const all = growths(block, entry);
  const several = (entry.extra ?? []).length > 1;
  return all.flatMap(({ label, word, adds, change }, at) => {
    const image = button(adds ? PLUS : MINUS, label, change);
    return several && all[at + 1]?.word !== word ? [image, new Blockly.FieldLabel(word)] : [image];
  });
}
