// What Blocksieve writes, the real Blockly loads without a word, and saves as it was.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { convert, file } from "./blocksieve.mjs";
import { definition, FORMATS, quietly } from "./support.mjs";

const here = new URL(".", import.meta.url);
const root = new URL("../../", here);

/** The examples whose names end so. */
const examples = (ending) =>
  readdirSync(new URL("examples/", root), { recursive: true })
    .filter((path) => path.endsWith(ending))
    .map((path) => fileURLToPath(new URL(`examples/${path}`, root)))
    .sort();

const inText = examples(".rule");
const drawn = examples(".blocks.json");
const short = (path) => path.slice(fileURLToPath(root).length);

const everything = fileURLToPath(new URL("everything.rule", here));

/** The examples of blocks.json, a rule or a condition each. */
function snippets() {
  const rule = (text, number) =>
    /^(filter|classify|alert) /.test(text)
      ? text.replace(/"x"/, `"rule ${number}"`)
      : `classify "rule ${number}" { if ${text} { tag "t" } }`;
  return definition.blocks.map(({ example }, number) => rule(example, number)).join("\n");
}

function blockTypes(text) {
  return new Set([...text.matchAll(/"type": ?"([^"]+)"/g)].map(([, type]) => type));
}

function comesThrough(path) {
  const text = convert("text", path);
  for (const [format, to] of [
    ["json", "blockly-json"],
    ["xml", "blockly-xml"],
  ]) {
    const { save, load, same } = FORMATS[format];
    const written = convert(to, path);
    const again = quietly(() => save(load(written)));
    assert.deepEqual(same(again), same(written), `${format}: Blockly saves another file`);
    assert.equal(
      quietly(() => save(load(again))),
      again,
      `${format}: a second save differs`,
    );
    assert.equal(convert("text", file(`again.${format}`, again)), text, `${format}: another text`);
  }
}

test("there are examples to try", () => {
  for (const paths of [inText, drawn]) assert.ok(paths.length >= 20, paths.join());
});

for (const path of [...inText, everything]) test(`${short(path)} as blocks`, () => comesThrough(path));

for (const path of drawn) {
  test(`${short(path)} is as Blockly saves it`, () => {
    const { save, load, same } = FORMATS.json;
    const text = readFileSync(path, "utf8");
    const again = quietly(() => save(load(text)));
    assert.deepEqual(same(again), same(text));
    assert.equal(convert("blockly-json", file("again.blocks.json", again)), text);
    comesThrough(path);
  });
}

const times = (count, each) => Array.from({ length: count }, (_, number) => each(number));
const isOne = (number) => `Image == 'C:\\${number}'`;

// Blockly loads more. But each statement stands inside the one before: with Node's stack saving fails between 1000 and
// 2000 in a row, and from about 1000 on an indented JSON has more bytes than a definition file may. Blockly takes a
// quarter of a minute for a list of 20,000 texts.
for (const [what, statements] of Object.entries({
  "five hundred statements in a row": times(500, () => 'tag "t"').join("\n"),
  "five hundred conditions": `if ${times(500, isOne).join(" or ")} { tag "t" }`,
  "two hundred else if": times(200, (number) => `if ${isOne(number)} { tag "t" }`).join(" else "),
  "a list of a thousand": `if Image in [${times(1000, (number) => `'${number}'`)}] { tag "t" }`,
  "as deep as text may be": `${"if Image exists { ".repeat(63)}tag "t"${" }".repeat(63)}`,
})) {
  test(`${what} as blocks`, () => comesThrough(file("long.rule", `classify "long" { ${statements} }`)));
}

test("the examples of blocks.json as blocks", () => comesThrough(file("snippets.rule", snippets())));

test("every block is written somewhere here, but those that are only read", () => {
  const written = [everything, file("snippets.rule", snippets())].map((path) => convert("blockly-json", path)).join();
  const types = definition.blocks.filter((entry) => entry.written !== false).map(({ type }) => type);
  assert.deepEqual([...blockTypes(written)].sort(), types.sort());
});
