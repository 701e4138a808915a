// What went wrong between Blockly and its readers elsewhere, held against both: the real Blockly and Blocksieve.
//
// Each test begins with the number of the case and where it was met.
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert, file, run } from "./blocksieve.mjs";
import { Blockly, FORMATS, listen, quietly } from "./support.mjs";

const text = (value) => ({ type: "text", fields: { TEXT: value } });
const image = { type: "event_field", id: "image", fields: { NAME: "Image" } };
const drop = { type: "filter_drop", id: "drop" };

/** Image = value */
const isImage = (value, more = {}) => ({
  type: "logic_compare",
  id: "compare",
  fields: { OP: "EQ" },
  inputs: { A: { block: image }, B: { block: text(value) } },
  ...more,
});

/** if condition: drop */
const dropIf = (condition, more = {}) => ({
  type: "controls_if",
  id: "if",
  inputs: { IF0: condition, DO0: { block: drop } },
  ...more,
});

const filter = (statement, more = {}) => ({
  type: "rule_filter",
  id: "filter",
  fields: { NAME: "x" },
  inputs: { DO: { block: statement } },
  ...more,
});

/** The same as a shadow, in which only shadows may stand. */
const shadow = ({ inputs = {}, ...state }) => ({
  ...state,
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, { block }]) => [name, { shadow: shadow(block) }])),
});

const workspaceOf = (...blocks) => ({ blocks: { languageVersion: 0, blocks } });
const simple = (more) => workspaceOf(filter(dropIf({ block: isImage("a") }), more));

/** What the program makes of a file, as text. */
const textOf = (content) => convert("text", file("case.txt", content));

/** A workspace as Blockly saves it, in both formats. */
function savedBy(state) {
  const workspace = FORMATS.json.load(JSON.stringify(state));
  return Object.values(FORMATS).map(({ save }) => quietly(() => save(workspace)));
}

/** The text of a state: the program's, the same from the state and from what Blockly saves of it in both formats. */
function agreed(state) {
  const [own, ...others] = [JSON.stringify(state), ...savedBy(state)].map(textOf);
  for (const other of others) assert.equal(other, own);
  return own;
}

/** The findings of a file that is refused. */
function refusal(content) {
  const { status, out, err } = run("convert", "--to", "text", file("case.txt", content));
  assert.equal(status, 2, err);
  assert.equal(out, "");
  return err;
}

test("D50, blockly#2899: a namespace that strayed onto a shadow changes nothing", () => {
  const [, plain] = savedBy(workspaceOf(filter(dropIf({ shadow: shadow(isImage("a")) }))));
  const strayed = plain.replace("<shadow ", '<shadow xmlns="http://www.w3.org/1999/xhtml" ');
  assert.notEqual(strayed, plain);
  assert.equal(textOf(strayed), textOf(plain));
  assert.equal(FORMATS.xml.save(FORMATS.xml.load(strayed)), plain);
});

test("D51, blockly#6188: quotes and line breaks in a comment", () => {
  for (const comment of [`it's\nfine`, `"quoted"\n\n]]> &#10; <b>`, "😀\u2028é\ttab"]) {
    const state = simple({ icons: { comment: { text: comment, pinned: false, height: 80, width: 160 } } });
    for (const saved of [JSON.stringify(state), ...savedBy(state)]) {
      for (const [format, to] of [
        ["json", "blockly-json"],
        ["xml", "blockly-xml"],
      ]) {
        const [hat] = FORMATS[format].load(convert(to, file("case.txt", saved))).getTopBlocks();
        assert.equal(hat.getCommentText(), comment);
      }
    }
    agreed(state);
  }
});

test("D52, blockly#2584: a line break and a typed &#10; stay what they are", () => {
  for (const value of ["foo&#10;bar", "foo\nbar", "foo\r\nbar"]) {
    const state = workspaceOf(filter(dropIf({ block: isImage(value) })));
    const [json, xml] = savedBy(state);
    const saves = value.includes("\r") ? [json] : [json, xml];
    for (const saved of saves) {
      const workspace = FORMATS.json.load(convert("blockly-json", file("case.txt", saved)));
      const [block] = workspace.getBlocksByType("text");
      assert.equal(block.getFieldValue("TEXT"), value);
    }
  }
});

test("D53, blockly#9588: a block that does not fit is an error with both ids", () => {
  const state = workspaceOf(filter(dropIf({ block: { type: "number", id: "five", fields: { NUM: "5" } } })));
  assert.throws(() => Blockly.serialization.workspaces.load(state, new Blockly.Workspace()), /five/);
  const err = refusal(JSON.stringify(state));
  assert.match(err, /five/);
  assert.match(err, /\bif\b/);
});

test("D54, blockly#6091: a collapsed block means what it means unfolded", () => {
  const folded = agreed(workspaceOf(filter(dropIf({ block: isImage("a", { collapsed: true }) }, { collapsed: true }))));
  assert.equal(folded, agreed(simple()));
});

test("D55, blockly#7779: a shadow counts when it is alone, and a block wins over it, in both formats", () => {
  const alone = agreed(workspaceOf(filter(dropIf({ shadow: shadow(isImage("a")) }))));
  assert.match(alone, /Image == 'a'/);
  const covered = agreed(workspaceOf(filter(dropIf({ shadow: shadow(isImage("a")), block: isImage("b") }))));
  assert.match(covered, /Image == 'b'/);
});

test("D56, blockly#3638: a choice that is not offered is an error with the block, the field and what is offered", () => {
  const state = workspaceOf(filter(dropIf({ block: isImage("a", { fields: { OP: "EQUALS" } }) })));
  const { said } = listen(() => Blockly.serialization.workspaces.load(state, new Blockly.Workspace()));
  assert.match(said.join(), /EQUALS/);
  const err = refusal(JSON.stringify(state));
  for (const word of ["compare", "OP", "EQUALS", "EQ"]) assert.ok(err.includes(word), err);
});

test("D57, blockly#3025: an unknown block is an error with its id and type, and the rules beside it are still read", () => {
  const unknown = filter({ type: "no_such_block", id: "who" }, { id: "second", fields: { NAME: "second" } });
  const wrong = filter(dropIf({ block: isImage("a", { id: "third", fields: { OP: "NO" } }) }), { id: "f3" });
  const renamed = (block, id) =>
    JSON.parse(JSON.stringify(block).replaceAll(/"id":"(if|drop|image)"/g, `"id":"$1${id}"`));
  const err = refusal(JSON.stringify(workspaceOf(filter(dropIf({ block: isImage("a") })), unknown, renamed(wrong, 3))));
  for (const word of ["who", "no_such_block", "third"]) assert.ok(err.includes(word), err);
});

test("D58, scratch-gui#1008: names of variables that differ by case only", () => {
  const variables = [
    { name: "x", id: "one" },
    { name: "X", id: "two" },
  ];
  const state = JSON.stringify({ ...simple(), variables });
  const names = FORMATS.json.load(state).getVariableMap().getAllVariables();
  assert.deepEqual(
    names.map((variable) => variable.getName()),
    ["x", "X"],
  );
  assert.equal(textOf(state), textOf(JSON.stringify(simple())));
});

test("D59, scratch-blocks#918: XML on one line and indented", () => {
  const [, line] = savedBy(simple());
  const indented = line.replaceAll(/>(?=<(?!\/field))/g, ">\n   ");
  assert.notEqual(indented, line);
  assert.equal(textOf(indented), textOf(line));
  assert.equal(FORMATS.xml.save(FORMATS.xml.load(indented)), line);
});

test("D60, blockly#1271: a variable with a name that XML has to escape", () => {
  const variable = { name: `a<b&"c"`, id: "v" };
  const json = JSON.stringify({ ...simple(), variables: [variable] });
  const workspace = FORMATS.json.load(json);
  const [, xml] = savedBy(simple());
  const variables = Blockly.Xml.domToText(Blockly.Xml.variablesToDom(workspace.getVariableMap().getAllVariables()));
  const withVariable = xml.replace(/(<xml [^>]*>)/, (root) => root + variables.replace(/ xmlns="[^"]*"/, ""));
  assert.match(withVariable, /a&lt;b&amp;"c"/);
  assert.equal(textOf(withVariable), textOf(xml));
  assert.equal(textOf(json), textOf(xml));
  const kept = FORMATS.json
    .load(convert("blockly-json", file("case.txt", json)))
    .getVariableMap()
    .getAllVariables();
  assert.deepEqual(
    kept.map((each) => each.getName()),
    [variable.name],
  );
});

test("disabled rules and statements, as Blockly has said it before and since May 2024", () => {
  const since = agreed(
    workspaceOf(filter(dropIf({ block: isImage("a") }, { disabledReasons: ["MANUALLY_DISABLED"] }))),
  );
  assert.match(since, /disabled if/);
  assert.equal(agreed(workspaceOf(filter(dropIf({ block: isImage("a") }, { enabled: false })))), since);
  assert.match(agreed(simple({ disabledReasons: ["MANUALLY_DISABLED"] })), /disabled filter/);
});

test("what may not be moved, edited or deleted, and data of other tools, change nothing", () => {
  const locked = { deletable: false, movable: false, editable: false, data: "x\ny", inline: false };
  assert.equal(agreed(simple(locked)), agreed(simple()));
});

test("an empty workspace is a definition without rules", () => {
  const [json, xml] = savedBy({});
  assert.equal(json, "{}");
  assert.equal(textOf(json), textOf(xml));
});
