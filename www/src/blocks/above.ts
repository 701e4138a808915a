// Which events a block can only see, and which field a value stands beside.
//
// In: a block in its workspace. Out: names. Never here: the engine; it says which fields those events have.
import type { Block } from "blockly/core";

/** The names that an `event is` block holds. */
function named(block: Block): string[] {
  const names: string[] = [];
  for (const input of block.inputList)
    for (const part of input.fieldRow) if (part.name?.startsWith("EVENT")) names.push(String(part.getValue()));
  return names;
}

/** The events that a condition asks for, as far as all of it must hold. */
function askedBy(block: Block | null): string[] {
  if (!block) return [];
  if (block.type === "event_is") return named(block);
  if (block.type !== "logic_operation" || block.getFieldValue("OP") !== "AND") return [];
  for (const child of block.getChildren(true)) {
    const found = askedBy(child);
    if (found.length) return found;
  }
  return [];
}

/** The events that are chosen above a block: in its own `and`, or in an `if` around it; none: any. */
export function eventsAbove(block: Block | null): string[] {
  for (let at = block; at; at = at.getSurroundParent()) {
    const found =
      at.type === "controls_if"
        ? at.inputList
            .filter(({ name }) => name.startsWith("IF"))
            .map((input) => askedBy(input.connection?.targetBlock() ?? null))
            .find((names) => names.length > 0)
        : askedBy(at);
    if (found?.length) return found;
  }
  return [];
}

/** The field that a value is compared with. */
export function fieldBeside(block: Block | null): string | null {
  for (let at = block?.getSurroundParent() ?? null; at; at = at.getSurroundParent()) {
    const field = at.getDescendants(true).find(({ type }) => type === "event_field");
    if (field) return String(field.getFieldValue("NAME"));
    if (at.type === "logic_operation" || at.type === "controls_if") return null;
  }
  return null;
}
