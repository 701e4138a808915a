// What the real Blockly saves, Blocksieve reads: every block, in every state, with values that are hard to keep.
//
// Each block is built in code, put into the smallest whole rule and saved in both formats; both give the same text, and
// every value comes back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert, file } from "./blocksieve.mjs";
import { blocksOf, ruleAround } from "./rules.mjs";
import { fillInputs, JSON_TEXTS, make, TEXTS, variants } from "./samples.mjs";
import { Blockly, definition, FORMATS, quietly } from "./support.mjs";

/**
 * Blocks that come back as other blocks that mean the same, since the tree behind both has one form.
 * @type {Record<string, string>}
 */
const REWRITTEN = {
  lists_create_with: "a list of texts alone is a lists_texts",
  logic_negate: "the opposite of a test is a choice of its block",
  logic_operation: "what has one member is that member",
  math_number: "a number block keeps every digit",
};

/** Every variant of a block in one workspace, a rule for each. */
function rulesOf(entry, texts) {
  const workspace = new Blockly.Workspace();
  const expected = [];
  quietly(() => {
    for (const { workspace: alone, block } of variants(entry, texts, true)) {
      const state = Blockly.serialization.blocks.save(block, { saveIds: false });
      const copy = Blockly.serialization.blocks.append(state, workspace);
      const hat = ruleAround(copy, `rule ${expected.length}`);
      hat.moveBy(0, 100 * expected.length);
      expected.push(fieldsOf(copy));
      alone.dispose();
    }
  });
  return { workspace, expected };
}

function fieldsOf(block) {
  const { fields } = Blockly.serialization.blocks.save(block, { addInputBlocks: false, addNextBlocks: false });
  return fields && { ...fields };
}

function saved(workspace, entry, format) {
  return file(
    `${entry.type}.${format}`,
    quietly(() => FORMATS[format].save(workspace)),
  );
}

for (const entry of definition.blocks) {
  test(`${entry.type}: JSON and XML give the same text, and its values come back`, () => {
    const { workspace, expected } = rulesOf(entry, TEXTS);
    const path = saved(workspace, entry, "json");
    const text = convert("text", path);
    assert.equal(convert("text", saved(workspace, entry, "xml")), text);
    assert.equal(convert("text", file(`${entry.type}.rule`, text)), text);
    if (!(entry.type in REWRITTEN)) assert.deepEqual(written(path, entry.type), expected);
  });

  if (!Object.values(entry.parts).some(({ field }) => field === "text")) continue;
  test(`${entry.type}: texts that XML cannot carry come back from JSON`, () => {
    const { workspace, expected } = rulesOf(entry, JSON_TEXTS);
    assert.deepEqual(written(saved(workspace, entry, "json"), entry.type), expected);
  });
}

test("a math_number comes back as a number with the digits that Blockly saves, up to 2^53", () => {
  const workspace = new Blockly.Workspace();
  const numbers = [0, -1.5, 4663, 1e-7, 2 ** 53 - 1, -(2 ** 53 - 1)];
  for (const number of numbers) {
    const block = workspace.newBlock("math_number");
    block.setFieldValue(number, "NUM");
    ruleAround(block, `rule ${number}`).moveBy(0, 100 * numbers.indexOf(number));
  }
  const back = written(saved(workspace, { type: "math_number" }, "json"), "number").map(({ NUM }) => Number(NUM));
  assert.deepEqual(back, numbers);
});

test("an `and` of three in one block and as Blockly chains it are the same condition", () => {
  const flat = new Blockly.Workspace();
  fillInputs(make(flat, "logic_operation", { itemCount: 3 }));
  const chain = new Blockly.Workspace();
  const outer = make(chain, "logic_operation");
  outer.getInput("A").connection.connect(make(chain, "logic_operation").outputConnection);
  fillInputs(outer);
  fillInputs(outer.getInputTargetBlock("A"));
  const [one, other] = [flat, chain].map((workspace) => {
    ruleAround(workspace.getTopBlocks()[0], "x");
    return convert("text", saved(workspace, { type: "chain" }, "json"));
  });
  assert.match(one, / and .* and /s);
  assert.equal(other, one);
});

/** The fields of the blocks of a type, as the program writes them: one block a rule. */
function written(path, type) {
  const { blocks } = JSON.parse(convert("blockly-json", path)).blocks;
  return blocks.map((hat) => blocksOf(hat, type).map(({ fields }) => fields)[0]);
}
