// The toolbox: every block under its category, with something sensible in its inputs.
//
// In: the parsed grammar/blocks.json. Out: a category toolbox as Blockly takes it. Never here: Blockly itself.
import { nameOf } from "./rows.mjs";

/** @typedef {import("./register.mjs").Definition} Definition */
/** @typedef {{ type: string, fields?: Record<string, string>, extraState?: object }} Shadow */

/** What stands in an input where nothing better is said below, by the first of its checks that is named here. */
const BY_CHECK = {
  Every: { type: "event_field" },
  Test: { type: "text_test_substring" },
  Boolean: { type: "event_is" },
  Value: { type: "text" },
};

const field = (name) => ({ type: "event_field", fields: { NAME: name } });
const text = (value) => ({ type: "text", fields: { TEXT: value } });

/** @type {Record<string, Shadow>} */
const BY_PART = {
  "field_set.VALUE": text("security"),
  "function_lookup_search.TEXT": { type: "event_hash" },
  "ip_test_class.VALUE": field("DestinationIp"),
  "list_some_member.TEST": { type: "logic_compare" },
  "lists_every.VALUE": field("tags"),
  "logic_is_in.B": { type: "lists_texts" },
  "lookup_value.TEXT": field("Image"),
  "math_number_create.VALUE": field("ProcessId"),
  "path_part.VALUE": field("Image"),
  "text_base64.VALUE": text("powershell"),
  "text_change_case.TEXT": field("Image"),
  "text_length.VALUE": field("CommandLine"),
  "text_test_regex.FIND": text("^C:"),
  "text_test_wildcard.FIND": text("*.exe"),
  "time_part.VALUE": field("UtcTime"),
};

/**
 * @param {Definition} definition
 * @returns {object} what Blockly.inject takes as `toolbox`
 */
export function toolbox(definition) {
  const contents = definition.categories.map(({ name, colour }) => ({
    kind: "category",
    name,
    colour: String(colour),
    contents: definition.blocks
      .filter((entry) => entry.category === name && entry.written !== false)
      .map((entry) => ({ kind: "block", type: entry.type, ...inputsOf(definition, entry) })),
  }));
  return { kind: "categoryToolbox", contents };
}

/**
 * What stands in an input until somebody puts a block there, with what stands in its own inputs.
 * @param {Definition} definition
 * @param {string} type of the block that has the input
 * @param {string} name of the part, without its number
 * @returns {object} a block's state
 */
export function shadowFor(definition, type, name) {
  const part = definition.blocks.find((entry) => entry.type === type).parts[name];
  const check = Object.keys(BY_CHECK).find((each) => part.check.includes(each));
  const shadow = BY_PART[`${type}.${name}`] ?? BY_CHECK[check];
  const entry = definition.blocks.find((each) => each.type === shadow.type);
  return { ...shadow, ...inputsOf(definition, entry) };
}

/** The shadows of a new block, by input. */
function inputsOf(definition, entry) {
  const values = Object.entries(entry.parts).filter(([, part]) => part.input === "value");
  const inputs = values.flatMap(([name, part]) =>
    Array.from({ length: timesOf(entry, part) }, (_, number) => [
      nameOf(name, part, number),
      { shadow: shadowFor(definition, entry.type, name) },
    ]),
  );
  return inputs.length ? { inputs: Object.fromEntries(inputs) } : {};
}

function timesOf(entry, { repeat }) {
  if (!repeat) return 1;
  return entry.extra.find(({ name }) => name === repeat.count).absent + (repeat.plus ?? 0);
}
