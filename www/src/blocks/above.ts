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

/** The events that a condition asks for: one of them it must be. None: any. */
function askedBy(block: Block | null): string[] {
  if (!block) return [];
  if (block.type === "event_is") return block.getFieldValue("OP") === "IS" ? named(block) : [];
  if (block.type !== "logic_operation") return [];
  const members = block.getChildren(true).map(askedBy);
  if (block.getFieldValue("OP") === "AND") return members.find((names) => names.length > 0) ?? [];
  return members.every((names) => names.length > 0) ? [...new Set(members.flat())] : [];
}

/** The condition under which a statement in this input of an `if` runs. */
function conditionOf(block: Block, input: string): Block | null {
  return input.startsWith("DO") ? block.getInputTargetBlock(input.replace("DO", "IF")) : null;
}

/** The input of `parent` that `child`, or a statement above it in its row, stands in. */
const inputOf = (parent: Block, child: Block): string =>
  parent.inputList.find(({ connection }) => {
    for (let at = connection?.targetBlock() ?? null; at; at = at.getNextBlock()) if (at === child) return true;
    return false;
  })?.name ?? "";

/** The events that are chosen above a block: in its own `and`, or in an `if` around it; none: any. */
export function eventsAbove(block: Block | null): string[] {
  let below = block;
  for (let at = block?.getSurroundParent() ?? null; at; at = at.getSurroundParent()) {
    const isAll = at.type === "logic_operation" && at.getFieldValue("OP") === "AND";
    const condition = at.type === "controls_if" && below ? conditionOf(at, inputOf(at, below)) : isAll ? at : null;
    const found = askedBy(condition);
    if (found.length) return found;
    below = at;
  }
  return [];
}

/** The kind of the rule that a block is in. */
export function kindAbove(block: Block | null): "filter" | "classify" | "alert" | null {
  const type = block?.getRootBlock().type ?? "";
  return type === "rule_filter" ? "filter" : type === "rule_classify" ? "classify" : type === "rule_alert" ? "alert" : null;
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
