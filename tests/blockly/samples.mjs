// Values that are hard to keep, and blocks that hold them.
//
// In: blocks of blocks.json. Out: workspaces with one block each, in the states that it can have.
import { shadowFor } from "../../www/blocks/register.mjs";
import { Blockly, definition, entryOf, quietly } from "./support.mjs";

/** Texts that both formats carry. */
export const TEXTS = [
  "",
  " two  blanks and a tab\tinside ",
  `it's a "quoted" \`text\``,
  "a line break\nhere",
  "&#10; and &amp; typed, <b> ]]> --> <!-- ?>",
  "line separator \u2028 and paragraph separator \u2029",
  "surrogate pairs 😀 𐍈, a combining e\u0301, a mark \ufeff, right to left עברית",
  "C:\\Windows\\System32\\*.exe %1 %{BKY_X} ${x} {NAME}",
  "␊ ␍ ␛ signs",
];

/** Texts that XML cannot carry, or not as they are; see xml.test.mjs. JSON carries them. */
export const JSON_TEXTS = [
  "CR and LF\r\nhere",
  "a CR alone\rhere",
  "controls \u0000 \u0001 \u001b \u007f",
  "no character \uffff",
];

/** By the kind of a literal. */
export const LITERALS = {
  number: ["18446744073709551615", "-9223372036854775808", "9007199254740993", "0xffffffffffffffff", "-1.5e-7", "007"],
  address: ["255.255.255.255", "::", "FE80:0:0::1", "::ffff:10.0.0.1"],
  network: ["0.0.0.0/0", "10.1.2.3/8", "fe80::/10"],
  time: ["2024-02-29", "2024-01-31T10:00:00+01:00", "2018-09-11 08:09:52.655"],
  any: ["18446744073709551615", "true", "fe80::1", "10.0.0.0/8", "2024-02-29T00:00:00Z"],
};

/**
 * The values that a field is tried with.
 * @param {import("../../www/blocks/fields.mjs").FieldPart} part
 * @param {string[]} texts
 */
export function valuesOf(part, texts) {
  switch (part.field) {
    case "text":
    case "pick":
      return texts;
    case "literal":
      return LITERALS[part.literal];
    case "options":
      return part.options.map(([, key]) => key);
    case "number":
      return [0, -1.5, 4663, 2 ** 53, 1e21];
    default:
      throw new Error(`a field of the kind ${part.field}`);
  }
}

/** The states of extra state that a block is tried in: none, and every count and flag in turn. */
function statesOf(entry) {
  const states = [{}];
  for (const { name, kind } of entry.extra ?? []) {
    const values = kind === "count" ? [1, 2, 4] : [true];
    states.push(...values.map((value) => ({ [name]: value })));
  }
  if (states.length > 1) states.push(Object.assign({}, ...states));
  return states;
}

/**
 * Makes a block in code, as the editor's buttons do.
 * @param {Blockly.Workspace} workspace
 * @param {string} type
 * @param {Record<string, number | true>} [extra]
 */
export function make(workspace, type, extra = {}) {
  const block = workspace.newBlock(type);
  for (const [name, value] of Object.entries(extra)) {
    if (value === true) block.setFlag(name, true);
    else block.setCount(name, value);
  }
  return block;
}

/** Puts a small block into every value input that is empty: what the toolbox has there as a shadow. */
export function fillInputs(block) {
  for (const input of block.inputList) {
    if (input.type !== Blockly.inputs.inputTypes.VALUE || input.connection.isConnected()) continue;
    const state = solid(shadowFor(definition, block.type, partName(entryOf(block.type), input.name)));
    input.connection.connect(Blockly.serialization.blocks.append(state, block.workspace).outputConnection);
  }
}

/** The same state with blocks in place of shadows. */
function solid(state) {
  const inputs = Object.entries(state.inputs ?? {}).map(([name, { shadow }]) => [name, { block: solid(shadow) }]);
  return inputs.length ? { ...state, inputs: Object.fromEntries(inputs) } : state;
}

function partName({ parts }, name) {
  const names = ([key, { repeat }]) =>
    key === name || repeat?.first?.includes(name) || (repeat && name.startsWith(repeat.then));
  return Object.entries(parts).find(names)[0];
}

/**
 * Every block in every state and with every value, alone on a workspace.
 * @param {typeof definition.blocks[number]} entry
 * @param {string[]} texts
 * @returns {Generator<{ workspace: Blockly.Workspace, block: Blockly.Block, values: Record<string, unknown> }>}
 */
export function* variants(entry, texts) {
  const times = Math.max(
    1,
    ...Object.values(entry.parts).map((part) => (part.field ? valuesOf(part, texts).length : 0)),
  );
  for (const extra of statesOf(entry)) {
    for (let turn = 0; turn < times; turn += 1) {
      yield quietly(() => variant(entry, extra, texts, turn));
    }
  }
}

function variant(entry, extra, texts, turn) {
  const workspace = new Blockly.Workspace();
  const block = make(workspace, entry.type, extra);
  const values = {};
  let place = turn;
  for (const field of block.getFields()) {
    if (!field.name) continue;
    const choices = valuesOf(entry.parts[partName(entry, field.name)], texts);
    values[field.name] = choices[place++ % choices.length];
    field.setValue(values[field.name]);
  }
  return { workspace, block, values };
}
