// Workspaces drawn at random, as somebody might leave them: rules with conditions of any depth, blocks that are folded,
// switched off, locked or commented, shadows, notes and blocks that belong to no rule.
//
// In: a seed. Out: a workspace of Blockly; the same seed draws the same. Never here: an expectation.
import { fillInputs, make, partName, readableValuesOf, TEXTS } from "./samples.mjs";
import { Blockly, definition, entryOf } from "./support.mjs";

/** Levels of blocks inside blocks; what is deeper is filled with the smallest that fits. */
const DEPTH = 5;

/** Numbers from a seed: mulberry32. */
function chanceOf(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  return { below, oneIn: (count) => below(count) === 0, oneOf: (list) => list[below(list.length)] };
}

/** @param {number} seed */
export function randomWorkspace(seed) {
  const workspace = new Blockly.Workspace();
  const chance = chanceOf(seed);
  const count = 1 + chance.below(4);
  for (let number = 0; number < count; number += 1) {
    const hat = rule(workspace, chance, `rule ${number}`);
    hat.moveBy(chance.below(500), 1000 * number + chance.below(500));
  }
  if (chance.oneIn(4)) newBlock(workspace, chance, chance.oneOf(definition.blocks.filter(isNoHat))).moveBy(-100, -50);
  if (chance.oneIn(4)) workspaceNote(workspace, chance);
  return workspace;
}

const isNoHat = ({ shape }) => shape !== "hat";

function workspaceNote(workspace, chance) {
  const note = new Blockly.comments.WorkspaceComment(workspace);
  note.setText(chance.oneOf(TEXTS));
  note.moveTo(new Blockly.utils.Coordinate(chance.below(100) - 50, 20));
  if (chance.oneIn(2)) note.setSize(new Blockly.utils.Size(200, 100 + chance.below(50)));
  if (chance.oneIn(4)) note.setCollapsed(true);
  if (chance.oneIn(4)) note.setEditable(false);
  if (chance.oneIn(4)) note.setMovable(false);
  if (chance.oneIn(4)) note.setDeletable(false);
}

/** A rule with lines about it and statements. */
function rule(workspace, chance, name) {
  const kind = chance.oneOf(["filter", "classify", "alert"]);
  const hat = make(workspace, `rule_${kind}`);
  hat.setFieldValue(name, "NAME");
  const lines = definition.blocks.filter((entry) => entry.shape === "metadata" && entry.kinds.includes(kind));
  // Each may stand once.
  const some = lines.filter(() => chance.oneIn(2));
  stack(hat.getInput("META"), some.map((entry) => newBlock(workspace, chance, entry)));
  statements(hat.getInput("DO"), chance, kind, DEPTH);
  dress(hat, chance);
  return hat;
}

function stack(input, blocks) {
  let place = input.connection;
  for (const block of blocks) {
    place.connect(block.previousConnection);
    place = block.nextConnection;
  }
}

/** Statements, or the steps of a correlation: what the input takes. */
function statements(input, chance, kind, depth) {
  const { type, workspace } = input.getSourceBlock();
  const shape = entryOf(type).parts[partName(entryOf(type), input.name)].check[0].toLowerCase();
  const fit = definition.blocks.filter((entry) => entry.shape === shape && entry.kinds.includes(kind));
  const chosen = Array.from({ length: chance.below(4) }, () => chance.oneOf(fit));
  const blocks = chosen
    .filter((entry) => depth > 0 || !holdsStatements(entry))
    .map((entry) => newBlock(workspace, chance, entry, kind, depth - 1));
  stack(input, blocks);
}

const holdsStatements = ({ parts }) => Object.values(parts).some(({ input }) => input === "statements");

/** A block with values in its fields and blocks in its inputs. */
function newBlock(workspace, chance, entry, kind = "classify", depth = 1) {
  const extra = (entry.extra ?? []).filter(() => chance.oneIn(2));
  const block = make(
    workspace,
    entry.type,
    Object.fromEntries(extra.map(({ name, kind }) => [name, kind === "flag" ? true : 1 + chance.below(4)])),
  );
  for (const field of block.getFields()) {
    if (!field.name) continue;
    const name = partName(entry, field.name);
    field.setValue(chance.oneOf(readableValuesOf(entry, name, entry.parts[name], TEXTS)));
  }
  for (const input of block.inputList) {
    if (input.type === Blockly.inputs.inputTypes.STATEMENT) statements(input, chance, kind, depth);
    else if (input.connection && depth > 0 && !chance.oneIn(4)) fill(input, chance, kind, depth);
  }
  fillInputs(block, chance.oneIn(3));
  dress(block, chance);
  return block;
}

/** Puts a block into a value input. */
function fill(input, chance, kind, depth) {
  const block = input.getSourceBlock();
  const { check } = entryOf(block.type).parts[partName(entryOf(block.type), input.name)];
  const fit = definition.blocks.filter(({ output }) => output?.some((each) => check.includes(each)));
  input.connection.connect(newBlock(block.workspace, chance, chance.oneOf(fit), kind, depth - 1).outputConnection);
}

/** What somebody may do to a block without changing what it says. */
function dress(block, chance) {
  const { shape } = entryOf(block.type);
  if (chance.oneIn(8)) block.setCommentText(chance.oneOf(TEXTS.filter((text) => text !== "")));
  if (chance.oneIn(12)) block.setCollapsed(true);
  if (chance.oneIn(12)) block.setMovable(false);
  if (chance.oneIn(12)) block.setDeletable(false);
  if (chance.oneIn(12)) block.setEditable(false);
  if (chance.oneIn(12)) block.setInputsInline(false);
  if (chance.oneIn(12)) block.data = chance.oneOf(TEXTS);
  if ((shape === "hat" || shape === "statement") && chance.oneIn(8)) {
    block.setDisabledReason(true, Blockly.constants.MANUALLY_DISABLED);
  }
}
