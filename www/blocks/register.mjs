// Registers the blocks of the language in Blockly.
//
// In: a Blockly, headless or in a page, and the parsed grammar/blocks.json. Out: every block of it is known to that
// Blockly, with its fields, inputs, connections, extra state, colours and labels. Never here: what a block means.
//
// Each block also gets, for code that builds or changes it (a plus button, say): countOf(name), setCount(name, n),
// flagOf(name), setFlag(name, yes). What they change can be undone.
import { ExtraState } from "./extra.mjs";
import { fieldsOf } from "./fields.mjs";
import { rowsOf } from "./rows.mjs";

export { shadowFor, toolbox } from "./toolbox.mjs";

/** @typedef {import("blockly/core").Block} Block */
/** @typedef {import("./rows.mjs").BlockEntry} BlockEntry */
/** @typedef {{ categories: { name: string, colour: number }[], blocks: BlockEntry[] }} Definition */

/**
 * @typedef {object} Page what only a page has
 * @property {import("./fields.mjs").Suggest} [suggest] offers what may stand in a field that somebody types in
 * @property {(block: Block, entry: BlockEntry) => import("blockly/core").Field[]} [buttons] with them a block grows and shrinks
 * @property {(entry: BlockEntry) => string} [style] a block's style in the page's themes, instead of its category's colour
 */

/**
 * @param {typeof import("blockly/core")} Blockly
 * @param {Definition} definition
 * @param {Page} [page]
 */
export function registerBlocks(Blockly, definition, page = {}) {
  const fieldOf = Object.assign(fieldsOf(Blockly, page.suggest), { buttons: page.buttons });
  const colours = Object.fromEntries(definition.categories.map(({ name, colour }) => [name, colour]));
  const blocks = definition.blocks.map((entry) => [
    entry.type,
    blockOf(Blockly, entry, colours[entry.category], fieldOf, page.style),
  ]);
  Blockly.common.defineBlocks(Object.fromEntries(blocks));
}

/** What Blockly lays over a new block of one type. */
function blockOf(Blockly, entry, colour, fieldOf, style) {
  return {
    init() {
      this.extra = new ExtraState(entry);
      /** The inputs of each row that stands, by the row's key. */
      this.rows = new Map();
      this.jsonInit({
        ...connectionsOf(entry),
        colour,
        tooltip: entry.tooltip,
        ariaRoleDescription: entry.aria,
        inputsInline: true,
      });
      if (style) this.setStyle(style(entry));
      layOut(this, entry, fieldOf);
    },
    ...(entry.extra && stateOf(Blockly, entry, fieldOf)),
  };
}

/** @param {BlockEntry} entry */
function connectionsOf({ shape, output, type }) {
  switch (shape) {
    case "hat":
      return { style: { hat: "cap" } };
    case "metadata":
      return { previousStatement: "Metadata", nextStatement: "Metadata" };
    case "statement":
      return { previousStatement: "Statement", nextStatement: "Statement" };
    case "step":
      return { previousStatement: "Step", nextStatement: "Step" };
    case "value":
      return { output };
    default:
      throw new Error(`block ${type} has the shape ${shape}, which there is not`);
  }
}

/** Saving, loading and changing the extra state. */
function stateOf(Blockly, entry, fieldOf) {
  const { createElement, textToDom } = Blockly.utils.xml;
  return {
    saveExtraState() {
      return this.extra.save();
    },
    loadExtraState(state) {
      // A block whose JSON was made from XML hooks carries its mutation as text.
      if (typeof state === "string") return this.domToMutation(textToDom(state));
      this.extra.load(state);
      layOut(this, entry, fieldOf);
    },
    mutationToDom() {
      return this.extra.toDom(createElement("mutation"));
    },
    domToMutation(element) {
      this.extra.fromDom(element);
      layOut(this, entry, fieldOf);
    },
    countOf(name) {
      return this.extra.countOf(name);
    },
    flagOf(name) {
      return this.extra.flagOf(name);
    },
    setCount(name, count) {
      change(Blockly, this, entry, fieldOf, () => this.extra.setCount(name, count));
    },
    setFlag(name, flag) {
      change(Blockly, this, entry, fieldOf, () => this.extra.setFlag(name, flag));
    },
  };
}

/** Changes the extra state as one step that can be undone, with what the fields that go away held. */
function change(Blockly, block, entry, fieldOf, edit) {
  const { Events } = Blockly;
  const state = () => JSON.stringify(block.saveExtraState() ?? {});
  const group = Events.getGroup();
  if (!group) Events.setGroup(true);
  try {
    const before = state();
    edit();
    for (const field of fieldsThatGo(block, entry)) field.setValue(field.default);
    layOut(block, entry, fieldOf);
    Events.fire(new (Events.get(Events.BLOCK_CHANGE))(block, "mutation", null, before, state()));
  } finally {
    Events.setGroup(group);
  }
}

function fieldsThatGo(block, entry) {
  const stay = new Set(rowsOf(entry, block.extra).flatMap(({ cells }) => cells.map(({ name }) => name)));
  return [...block.getFields()].filter((field) => field.name && field.isSerializable() && !stay.has(field.name));
}

/**
 * Takes away the rows that the extra state no longer asks for and adds the new ones. The others stay, with all in
 * them.
 */
function layOut(block, entry, fieldOf) {
  const wanted = rowsOf(entry, block.extra);
  const held = removeRows(block, new Set(wanted.map(({ key }) => key)));
  const inputs = wanted.flatMap((row) => {
    if (!block.rows.has(row.key)) block.rows.set(row.key, addRow(block, row, fieldOf, held));
    return block.rows.get(row.key);
  });
  inputs.forEach((input, place) => {
    const now = block.inputList.indexOf(input);
    if (now !== place) block.moveNumberedInputBefore(now, place);
  });
  layButtons(block, entry, fieldOf);
}

const BUTTONS = "buttons";

/**
 * What a block grows and shrinks by. It stands behind the words of a block that is one line of words, else in a row of its own
 * below all others. Nothing of it is saved.
 */
function layButtons(block, entry, { buttons }) {
  if (!buttons || !entry.extra) return;
  for (const field of block.buttons ?? []) if (!field.disposed) field.getParentInput().removeField(field.name, true);
  if (block.getInput(BUTTONS)) block.removeInput(BUTTONS);
  block.buttons = buttons(block, entry);
  if (!block.buttons.length) return;
  const row = isOneLine(block) ? block.inputList[0] : block.appendEndRowInput(BUTTONS);
  block.buttons.forEach((field, at) => row.appendField(field, `${BUTTONS} ${at}`));
}

/** A single row of words and fields, into which no block goes. */
const isOneLine = ({ inputList }) => inputList.length === 1 && !inputList[0].connection;

/**
 * @returns {Map<string, unknown>} what the fields of the removed rows held; one of them may stand again in another
 * row
 */
function removeRows(block, stay) {
  const gone = [...block.rows].filter(([key]) => !stay.has(key));
  const held = new Map();
  for (const [key, inputs] of gone) {
    for (const field of inputs.flatMap((input) => input.fieldRow))
      if (field.name) held.set(field.name, field.getValue());
    for (const input of inputs) block.removeInput(input.name);
    block.rows.delete(key);
  }
  return held;
}

/**
 * @param {Block} block
 * @param {import("./rows.mjs").Row} row
 * @returns {import("blockly/core").Input[]} the inputs it is made of
 */
function addRow(block, { key, cells }, fieldOf, held) {
  const inputs = [];
  let waiting = [];
  const endInput = (input) => {
    for (const [field, name] of waiting) input.appendField(field, name);
    waiting = [];
    inputs.push(input);
  };
  for (const cell of cells) {
    if (cell.part?.input) endInput(inputOf(block, cell));
    else waiting.push(fieldIn(block, cell, fieldOf, held));
  }
  // A statement input ends its row by itself.
  if (waiting.length || !inputs.length || cells.at(-1).part?.input === "value")
    endInput(block.appendEndRowInput(`row ${key}`));
  return inputs;
}

function inputOf(block, { name, part, number }) {
  const input = part.input === "value" ? block.appendValueInput(name) : block.appendStatementInput(name);
  return input.setCheck(part.check).setAriaLabelProvider(numbered(part.aria, number));
}

/** @returns {[import("blockly/core").Field | string, string?]} */
function fieldIn(block, cell, fieldOf, held) {
  if (cell.text) return [cell.text];
  if (cell.echo) return [block.getField(cell.echo).echo()];
  const field = fieldOf({ ...cell.part, aria: numbered(cell.part.aria, cell.number) });
  field.default = field.getValue();
  if (held.has(cell.name)) field.setValue(held.get(cell.name));
  return [field, cell.name];
}

/** The second of several is told from the first. */
const numbered = (aria, number) => (number ? `${aria} ${number + 1}` : aria);
