// What the tests of blocks share: a headless Blockly that knows the blocks, and saving and loading in both formats.
//
// In: grammar/blocks.json, www/blocks, Blockly from www/node_modules. Out: helpers. Never here: an expectation, but
// that Blockly complains about nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { registerBlocks } from "../../www/blocks/register.mjs";

const require = createRequire(new URL("../../www/package.json", import.meta.url));

/** @type {typeof import("blockly/core")} */
export const Blockly = require("blockly/core");
Blockly.setLocale(require("blockly/msg/en"));

/** @type {import("../../www/blocks/register.mjs").Definition} */
export const definition = JSON.parse(readFileSync(new URL("../../grammar/blocks.json", import.meta.url), "utf8"));

/** Everything that Blockly said on the console while `run` ran, and what came of it. */
export function listen(run) {
  const said = [];
  const { warn, error } = console;
  console.warn = console.error = (...words) => said.push(words.map(String).join(" "));
  try {
    return { said, result: run() };
  } finally {
    Object.assign(console, { warn, error });
  }
}

/** Runs it; a word on the console is a failure. */
export function quietly(run) {
  const { said, result } = listen(run);
  assert.deepEqual(said, [], "said on the console");
  return result;
}

quietly(() => registerBlocks(Blockly, definition));

export const entryOf = (type) => definition.blocks.find((entry) => entry.type === type);

/** Both formats in which Blockly saves, each with the way back into a new workspace. */
export const FORMATS = {
  json: {
    save: (workspace) => JSON.stringify(Blockly.serialization.workspaces.save(workspace), null, 2),
    load: (text) => into((workspace) => Blockly.serialization.workspaces.load(JSON.parse(text), workspace)),
    same: (text) => JSON.parse(text),
  },
  xml: {
    save: (workspace) => Blockly.Xml.domToText(Blockly.Xml.workspaceToDom(workspace)),
    load: (text) => into((workspace) => Blockly.Xml.domToWorkspace(Blockly.utils.xml.textToDom(text), workspace)),
    same: (text) => canonical(Blockly.utils.xml.textToDom(text)),
  },
};

function into(fill) {
  const workspace = new Blockly.Workspace();
  quietly(() => fill(workspace));
  return workspace;
}

/**
 * An XML element as data, in which the order of attributes says nothing, nor do blanks between elements. Inside a field
 * or a comment they do.
 */
function canonical(element) {
  const attributes = [...element.attributes].filter(({ name }) => name !== "xmlns");
  return {
    element: element.localName,
    attributes: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
    inside: element.children.length ? [...element.children].map(canonical) : element.textContent,
  };
}

/** Saves, loads into a second workspace and saves again; both saves are the same. Returns the save. */
export function roundTrip(workspace, format) {
  const { save, load } = FORMATS[format];
  const first = quietly(() => save(workspace));
  const second = quietly(() => save(load(first)));
  assert.equal(second, first, `${format}: a second save differs`);
  return first;
}
