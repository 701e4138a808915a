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
  "↵ ␍ ␛ signs",
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
  whole: ["1", "60", "18446744073709551615"],
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

/** What may stand in a field of a rule that is read, where that is less than what the field holds. */
const READABLE = {
  "rule_allow_finding.CODE": ["BS0436", "bs402"],
  "rule_expires.DATE": ["2024-02-29", "2099-12-31"],
  "test_strictly.AS": ["8.17", "8.14", "logmanager"],
};

export function readableValuesOf({ type }, name, part, texts) {
  const values = READABLE[`${type}.${name}`] ?? valuesOf(part, texts);
  // A name has at least one character.
  return part.field === "pick" ? values.filter((value) => value !== "") : values;
}

/** The states of extra state that a block is tried in: none, and every count and flag in turn. */
function statesOf(entry, readable) {
  const states = [{}];
  for (const { name, kind } of entry.extra ?? []) {
    const counts = [1, 2, 4].filter((count) => !readable || count >= leastOf(entry, name));
    const values = kind === "count" ? counts : [true];
    states.push(...values.map((value) => ({ [name]: value })));
  }
  if (states.length > 1) states.push(Object.assign({}, ...states));
  return states;
}

/** As many as there are parts with names of their own: an `and` has two. */
const leastOf = ({ parts }, count) =>
  Math.max(0, ...Object.values(parts).map(({ repeat }) => (repeat?.count === count ? (repeat.first?.length ?? 0) : 0)));

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

/**
 * Puts a small block into every value input that is empty: what the toolbox has there as a shadow.
 * @param {Blockly.Block} block
 * @param {boolean} [shadows] leaves it a shadow
 */
export function fillInputs(block, shadows = false) {
  for (const input of block.inputList) {
    if (input.type !== Blockly.inputs.inputTypes.VALUE || input.connection.isConnected()) continue;
    const shadow = shadowFor(definition, block.type, partName(entryOf(block.type), input.name));
    if (shadows) input.connection.setShadowState(shadow);
    else input.connection.connect(Blockly.serialization.blocks.append(solid(shadow), block.workspace).outputConnection);
  }
}

/** The same state with blocks in place of shadows. */
function solid(state) {
  const inputs = Object.entries(state.inputs ?? {}).map(([name, { shadow }]) => [name, { block: solid(shadow) }]);
  return inputs.length ? { ...state, inputs: Object.fromEntries(inputs) } : state;
}

export function partName({ parts }, name) {
  const names = ([key, { repeat }]) =>
    key === name || repeat?.first?.includes(name) || (repeat && name.startsWith(repeat.then));
  return Object.entries(parts).find(names)[0];
}

/**
 * A block in every state and with every value, each alone on a workspace.
 * @param {typeof definition.blocks[number]} entry
 * @param {string[]} texts
 * @param {boolean} [readable] only what a rule may hold
 * @returns {Generator<{ workspace: Blockly.Workspace, block: Blockly.Block, values: Record<string, unknown> }>}
 */
export function* variants(entry, texts, readable = false) {
  const choicesOf = ([name, part]) => [
    name,
    readable ? readableValuesOf(entry, name, part, texts) : valuesOf(part, texts),
  ];
  const fields = Object.entries(entry.parts).filter(([, part]) => part.field);
  const choices = Object.fromEntries(fields.map(choicesOf));
  const times = Math.max(1, ...Object.values(choices).map(({ length }) => length));
  for (const extra of statesOf(entry, readable)) {
    for (let turn = 0; turn < times; turn += 1) yield quietly(() => variant(entry, extra, choices, turn));
  }
}

function variant(entry, extra, choices, turn) {
  const workspace = new Blockly.Workspace();
  const block = make(workspace, entry.type, extra);
  const values = {};
  let place = turn;
  for (const field of block.getFields()) {
    if (!field.name) continue;
    const ofField = choices[partName(entry, field.name)];
    values[field.name] = ofField[place % ofField.length];
    field.setValue(values[field.name]);
    place += 1;
  }
  return { workspace, block, values };
}
