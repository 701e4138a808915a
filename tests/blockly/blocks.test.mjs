// Every block of blocks.json in the real Blockly: it registers, keeps what it is given, and comes back from both
// formats.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toolbox } from "../../www/blocks/register.mjs";
import { fieldsOf, fromLine, toLine } from "../../www/blocks/fields.mjs";
import { fillInputs, JSON_TEXTS, make, TEXTS, variants } from "./samples.mjs";
import { Blockly, definition, entryOf, FORMATS, listen, quietly, roundTrip } from "./support.mjs";

const fieldsNow = (block) =>
  Object.fromEntries([...block.getFields()].filter((f) => f.name).map((f) => [f.name, f.getValue()]));

for (const entry of definition.blocks) {
  test(`${entry.type} keeps its values, and comes back from JSON and XML as it was`, () => {
    let tried = 0;
    for (const [format, texts] of [
      ["json", [...TEXTS, ...JSON_TEXTS]],
      ["xml", TEXTS],
    ]) {
      for (const { workspace, block, values } of variants(entry, texts)) {
        assert.deepEqual(fieldsNow(block), values);
        const [again] = FORMATS[format].load(roundTrip(workspace, format)).getTopBlocks();
        assert.deepEqual(fieldsNow(again), values);
        tried += 1;
      }
    }
    assert.ok(tried >= 2);
  });
}

const isEmptyValue = ({ type, connection }) => type === Blockly.inputs.inputTypes.VALUE && !connection.isConnected();

test("every block stands in the toolbox but those that are only read, and the toolbox's blocks load without a word", () => {
  const types = toolbox(definition).contents.flatMap(({ contents }) => contents);
  const written = definition.blocks.filter((entry) => entry.written !== false).map(({ type }) => type);
  assert.deepEqual(types.map(({ type }) => type).sort(), written.sort());
  for (const { kind, ...state } of types) {
    const workspace = new Blockly.Workspace();
    quietly(() => Blockly.serialization.blocks.append(state, workspace));
    for (const format of Object.keys(FORMATS)) roundTrip(workspace, format);
    for (const block of workspace.getAllBlocks(false)) {
      assert.deepEqual(block.inputList.filter(isEmptyValue), [], `${block.type} has an empty input`);
    }
  }
});

test("fields, inputs and blocks have a name for screen readers", () => {
  for (const { type, aria, parts } of definition.blocks) {
    const block = new Blockly.Workspace().newBlock(type);
    assert.equal(block.getAriaRoleDescription(), aria);
    for (const field of block.getFields()) if (field.name) assert.ok(field.getAriaTypeName(), `${type}.${field.name}`);
    for (const input of block.inputList)
      if (input.connection) assert.ok(input.getAriaLabelText(), `${type}.${input.name}`);
    assert.ok(Object.values(parts).every((part) => part.aria));
  }
});

test("the second of several parts is told from the first", () => {
  const block = make(new Blockly.Workspace(), "controls_if", { elseIfCount: 1 });
  assert.equal(block.getInput("IF0").getAriaLabelText(), "condition");
  assert.equal(block.getInput("IF1").getAriaLabelText(), "condition 2");
  const all = new Blockly.Workspace().newBlock("logic_operation");
  assert.equal(all.getInput("B").getAriaLabelText(), "condition 2");
  assert.equal(all.getField("OP").getAriaTypeName(), "and, or");
});

// ---- extra state
// -----------------------------------------------------------------------------------------------------

/**
 * After a load that failed, Blockly leaves its group of events open and undo switched off; an editor must do this
 * too.
 */
function refuses(load, reason) {
  assert.throws(load, reason);
  Blockly.Events.setGroup(false);
  Blockly.Events.setRecordUndo(true);
}

/** Blockly tells of changes, and so remembers them, a moment after they are made. */
const eventsFired = () => new Promise((done) => setTimeout(done, 20));
const state = (block) => Blockly.serialization.blocks.save(block).extraState;
const inputs = (block) => block.inputList.filter((input) => input.connection).map(({ name }) => name);

test("an `and` as Blockly saves it has two conditions, and says nothing of their number", () => {
  const block = new Blockly.Workspace().newBlock("logic_operation");
  assert.deepEqual(inputs(block), ["A", "B"]);
  assert.equal(state(block), undefined);
  assert.equal(block.mutationToDom(), null);
});

test("a number of items that was set is saved, be it the one that is meant without it", () => {
  const block = make(new Blockly.Workspace(), "logic_operation", { itemCount: 2 });
  assert.deepEqual(state(block), { itemCount: 2 });
  assert.equal(
    Blockly.Xml.domToText(block.mutationToDom()).replace(/ xmlns="[^"]*"/, ""),
    '<mutation items="2"></mutation>',
  );
});

test("a flag is saved when it is set, and only then", () => {
  const block = make(new Blockly.Workspace(), "controls_if", { hasElse: true });
  assert.deepEqual(state(block), { hasElse: true });
  assert.equal(block.mutationToDom().getAttribute("else"), "1");
  block.setFlag("hasElse", false);
  assert.equal(state(block), undefined);
});

test("extra state that is text is a mutation, as blocks with XML hooks alone save it", () => {
  const workspace = new Blockly.Workspace();
  const block = Blockly.serialization.blocks.append(
    { type: "controls_if", extraState: '<mutation elseif="2" else="1"></mutation>' },
    workspace,
  );
  assert.deepEqual(inputs(block), ["IF0", "DO0", "IF1", "DO1", "IF2", "DO2", "ELSE"]);
  assert.deepEqual(state(block), { elseIfCount: 2, hasElse: true });
});

test("a number of items that is none is refused with the block's type", () => {
  for (const itemCount of [-1, 1.5, "x", 1e9, null]) {
    const load = () =>
      Blockly.serialization.blocks.append({ type: "lists_texts", extraState: { itemCount } }, new Blockly.Workspace());
    refuses(load, /lists_texts: itemCount is a number from 0 to 200000/);
  }
});

test("rows in the middle come and go where they belong, and the others keep what they hold", () => {
  const workspace = new Blockly.Workspace();
  const block = make(workspace, "alert_send", { itemCount: 2 });
  block.getField("TO1").setValue("kept@example.org");
  block.setFlag("template", true);
  assert.deepEqual(Object.keys(fieldsNow(block)), ["VIA", "ALERT_TEMPLATE", "TO0", "TO1"]);
  block.setFlag("template", false);
  assert.deepEqual(fieldsNow(block), { VIA: "mail", TO0: "", TO1: "kept@example.org" });
});

test("what stands behind the first `and` repeats it, and forgets nothing when one condition is left", () => {
  const block = make(new Blockly.Workspace(), "logic_operation", { itemCount: 4 });
  assert.equal(block.toString(), "? and ? and ? and ?");
  block.getField("OP").setValue("OR");
  assert.equal(block.toString(), "? or ? or ? or ?");
  block.setCount("itemCount", 1);
  assert.equal(block.getFieldValue("OP"), "OR");
  block.setCount("itemCount", 3);
  assert.equal(block.toString(), "? or ? or ?");
});

test("a change of the number of items is undone and redone, with texts and blocks that went", async () => {
  const workspace = new Blockly.Workspace();
  const list = make(workspace, "lists_texts", { itemCount: 3 });
  list.getField("ITEM2").setValue("third");
  const all = make(workspace, "logic_operation", { itemCount: 3 });
  fillInputs(all);
  const before = FORMATS.json.save(workspace);
  await eventsFired();
  for (const [block, count] of [
    [list, 1],
    [all, 2],
  ]) {
    block.setCount("itemCount", count);
    const after = FORMATS.json.save(workspace);
    await eventsFired();
    workspace.undo(false);
    assert.equal(FORMATS.json.save(workspace), before);
    workspace.undo(true);
    assert.equal(FORMATS.json.save(workspace), after);
    workspace.undo(false);
    await eventsFired();
  }
});

// ---- fields
// ----------------------------------------------------------------------------------------------------------

test("a text is edited on one line, and no line break is lost by it", () => {
  for (const text of [...TEXTS, ...JSON_TEXTS, "␛↵", "␛\n\r␍␛"]) {
    const line = toLine(text);
    assert.doesNotMatch(line, /[\n\r]/);
    assert.equal(fromLine(line), text);
  }
  const field = fieldsOf(Blockly)({ field: "text", default: "a\nb", aria: "text" });
  assert.equal(field.getText(), "a↵b");
  assert.equal(field.getValueFromEditorText_(field.getEditorText_("a\r\nb")), "a\r\nb");
});

test("a literal that is none is refused, and Blockly says which", () => {
  const block = new Blockly.Workspace().newBlock("number");
  const { said } = listen(() => block.getField("NUM").setValue("18446744073709551616"));
  assert.deepEqual(said, ["Block type: number, field NUM: no number: 18446744073709551616"]);
  assert.equal(block.getFieldValue("NUM"), "0");
});

test("a choice that is not offered is refused, and Blockly says which", () => {
  const { said } = listen(() =>
    new Blockly.Workspace().newBlock("logic_compare").getField("OP").setValue("no_such_op"),
  );
  assert.match(said.join(), /logic_compare.*OP.*no_such_op/);
});

test("what fits nowhere is not taken: a number is no condition, a filter no statement", () => {
  const workspace = new Blockly.Workspace();
  const bad = { type: "controls_if", inputs: { IF0: { block: { type: "number" } } } };
  refuses(() => Blockly.serialization.blocks.append(bad, workspace), /incompatible|connection/i);
  const hat = entryOf("rule_filter");
  assert.equal(workspace.newBlock(hat.type).previousConnection, null);
});
