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
    `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><rect width="16" height="16" rx="4" fill="#fff" fill-opacity=".25"/><path d="${path}" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>`,
  )}`;
const PLUS = icon("M8 4v8M4 8h8");
const MINUS = icon("M4 8h8");

const button = (source: string, name: string, press: () => void): Blockly.Field =>
  new Blockly.FieldImage(source, 16, 16, name, press);

/** The least of what is counted. */
function leastOf(entry: BlockEntry, name: string): number {
  const repeats = Object.values(entry.parts).flatMap(({ repeat }) => (repeat?.count === name ? [repeat.least ?? 0] : []));
  return Math.max(0, ...repeats);
}

/** The buttons of a block: one that adds, and one that takes the last away while there is one. */
export function buttons(block: Blockly.Block, entry: BlockEntry): Blockly.Field[] {
  const growing = block as Growing;
  return (entry.extra ?? []).flatMap(({ name, kind }) => {
    const word = WORDS[`${entry.type}.${name}`] ?? "item";
    const label = new Blockly.FieldLabel(word);
    if (kind === "flag") {
      const there = growing.flagOf(name);
      const press = (): void => growing.setFlag(name, !there);
      return [button(there ? MINUS : PLUS, `${there ? "take away" : "add"} ${word}`, press), label];
    }
    const count = growing.countOf(name);
    const plus = button(PLUS, `add ${word}`, () => growing.setCount(name, count + 1));
    const least = Math.max(leastOf(entry, name), name === "elseIfCount" || entry.type === "alert_send" ? 0 : 1);
    const minus = button(MINUS, `take the last ${word} away`, () => growing.setCount(name, count - 1));
    return count > least ? [plus, minus, label] : [plus, label];
  });
}
