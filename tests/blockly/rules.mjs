// The smallest whole rule around a block.
//
// In: a block alone on a workspace. Out: the same block inside a rule, all its inputs filled. Never here: a rule that
// makes sense; it can be read, that is all.
import { Blockly, entryOf } from "./support.mjs";
import { fillInputs, make } from "./samples.mjs";

/** Where a value stands, by its type or else by the first check that its output offers. */
const HOLDERS = {
  event_any_field: ["text_test_substring", "VALUE"],
  event_field: ["logic_compare", "A"],
  event_hash: ["logic_compare", "A"],
  ip_network: ["logic_is_in", "B"],
  lookup_value: ["logic_compare", "A"],
  math_number_create: ["logic_compare", "A"],
  path_part: ["logic_compare", "A"],
  text_base64: ["text_test_substring", "FIND"],
  text_change_case: ["logic_compare", "A"],
  text_length: ["logic_compare", "A"],
  time_part: ["logic_compare", "A"],
  Boolean: ["controls_if", "IF0"],
  Every: ["logic_compare", "A"],
  List: ["text_test_substring", "FIND"],
  Value: ["logic_compare", "B"],
};

/** What a rule does when nothing else is said. */
const DEEDS = { filter: "filter_drop", classify: "message_add_tag", alert: "alert_send" };

/**
 * Puts a block into a rule of its own.
 * @param {Blockly.Block} block
 * @param {string} name of the rule
 * @returns {Blockly.Block} the block that begins the rule
 */
export function ruleAround(block, name) {
  const { shape, kinds } = entryOf(block.type);
  fillInputs(block);
  if (shape === "hat") return withDeed(block, kinds[0]);
  if (shape === "step") return ruleAround(correlating(block), name);
  if (shape === "value") return ruleAround(holding(block), name);
  const kind = kinds.includes("classify") ? "classify" : kinds[0];
  const hat = make(block.workspace, `rule_${kind}`);
  hat.setFieldValue(name, "NAME");
  connect(hat, shape === "metadata" ? "META" : "DO", block);
  return withDeed(hat, kind);
}

function holding(block) {
  const { output } = entryOf(block.type);
  const [type, input] = HOLDERS[block.type] ?? HOLDERS[output[0]];
  const holder = make(block.workspace, type);
  connect(holder, input, block);
  return holder;
}

/** A correlation has two steps at least. */
function correlating(step) {
  const correlation = make(step.workspace, "alert_correlation");
  const second = make(step.workspace, "alert_step");
  fillInputs(second);
  step.nextConnection.connect(second.previousConnection);
  connect(correlation, "STEPS", step);
  return correlation;
}

function withDeed(hat, kind) {
  if (!hat.getInputTargetBlock("DO")) connect(hat, "DO", make(hat.workspace, DEEDS[kind]));
  return hat;
}

function connect(parent, input, child) {
  const { connection } = parent.getInput(input);
  if (!connection.connect(child.outputConnection ?? child.previousConnection)) {
    throw new Error(`${child.type} does not fit ${parent.type}.${input}`);
  }
}

/**
 * The states of all blocks of a type inside a state that was saved, in the order in which they are drawn.
 * @param {object} state
 * @param {string} type
 * @returns {object[]}
 */
export function blocksOf(state, type) {
  const inside = Object.values(state.inputs ?? {}).map(({ block, shadow }) => block ?? shadow);
  const all = [...inside, state.next?.block].filter(Boolean).flatMap((each) => blocksOf(each, type));
  return state.type === type ? [state, ...all] : all;
}
