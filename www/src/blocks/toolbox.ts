// The toolbox: blocks by what an analyst wants to do, and ready-made pieces first.
//
// In: the blocks of the language. Out: what Blockly takes as a toolbox. Never here: what stands in a block's inputs when it is
// new; www/blocks/toolbox.mjs knows that.
import { toolbox as plain } from "../../blocks/toolbox.mjs";
import { blocks } from "./definition.ts";

interface Item {
  kind: string;
  type?: string;
  [key: string]: unknown;
}

/** Category, colour, the blocks in it in their order. */
const CATEGORIES: [name: string, colour: number, types: string[]][] = [
  ["Start a rule", 230, ["rule_filter", "rule_classify", "rule_alert"]],
  ["Which event", 290, ["event_is", "message_has_tag"]],
  ["If, and, or", 210, ["controls_if", "logic_operation", "logic_negate", "list_some_member", "test_strictly", "logic_boolean"]],
  [
    "Compare a field",
    120,
    [
      "text_test_substring",
      "logic_compare",
      "text_test_wildcard",
      "text_test_regex",
      "logic_is_in",
      "function_lookup_search",
      "ip_test_class",
      "field_test",
    ],
  ],
  ["Fields", 290, ["event_field", "event_hash", "event_any_field", "event_any_processguid"]],
  ["Texts and numbers", 160, ["text", "number", "ip", "ip_network", "date_time"]],
  ["Lists", 260, ["lists_texts", "lists_values", "lists_create_with", "lists_every"]],
  ["Keep or drop", 0, ["filter_drop", "filter_keep", "rule_stop"]],
  ["Tag, set, send", 20, ["message_add_tag", "message_remove_tag", "field_set", "field_remove", "alert_send"]],
  ["Functions", 60, ["path_part", "text_change_case", "text_length", "math_number_create", "lookup_value", "time_part", "text_base64"]],
  [
    "About the rule",
    200,
    ["rule_note", "rule_list", "rule_severity", "rule_expires", "rule_allow_tamper_events"],
  ],
];

const field = (name: string) => ({ block: { type: "event_field", fields: { NAME: name } } });
const text = (value: string) => ({ block: { type: "text", fields: { TEXT: value } } });
const event = (name: string) => ({ block: { type: "event_is", fields: { OP: "IS", EVENT: name } } });
const test = (type: string, name: string, value: string) => ({
  block: { type: "text_test_substring", fields: { TYPE: type }, inputs: { VALUE: field(name), FIND: text(value) } },
});
const equals = (name: string, value: string) => ({
  block: { type: "logic_compare", fields: { OP: "EQ" }, inputs: { A: field(name), B: text(value) } },
});
const all = (...members: object[]) => ({
  block: {
    type: "logic_operation",
    extraState: { itemCount: members.length },
    fields: { OP: "AND" },
    inputs: Object.fromEntries(members.map((member, at) => [["A", "B"][at] ?? `ADD${at}`, member])),
  },
});
const rule = (kind: string, name: string, condition: object, does: object): Item => ({
  kind: "block",
  type: `rule_${kind}`,
  fields: { NAME: name },
  inputs: { DO: { block: { type: "controls_if", inputs: { IF0: condition, DO0: { block: does } } } } },
});

/** What people most often begin with. */
export const SNIPPETS: [label: string, item: Item][] = [
  [
    "Drop DNS queries for a domain",
    rule(
      "filter",
      "DNS: a domain",
      all(event("sysmon.dns_query"), test("ENDSWITH", "QueryName", ".example.org")),
      { type: "filter_drop" },
    ),
  ],
  [
    "Drop connections of a program",
    rule(
      "filter",
      "Network: a program",
      all(event("sysmon.network_connect"), test("ENDSWITH", "Image", "\\program.exe")),
      { type: "filter_drop" },
    ),
  ],
  [
    "Drop processes that a program starts",
    rule(
      "filter",
      "Processes: children of a program",
      all(event("sysmon.process_create"), equals("ParentImage", "C:\\Program Files\\Tool\\tool.exe")),
      { type: "filter_drop" },
    ),
  ],
  [
    "Tag command lines that hold a word",
    rule(
      "classify",
      "Command line: a word",
      all(event("sysmon.process_create"), test("CONTAINS", "CommandLine", "-enc")),
      { type: "message_add_tag", fields: { TAG: "suspicious" } },
    ),
  ],
  [
    "Send mail for a tag",
    rule(
      "alert",
      "Alert: a tag",
      { block: { type: "message_has_tag", fields: { OF: "ANY", TAG: "suspicious" } } },
      { type: "alert_send", extraState: { template: true }, fields: { VIA: "mail", ALERT_TEMPLATE: "sysmon" } },
    ),
  ],
];

/** What Blockly.inject takes as `toolbox`. */
export function toolbox(): object {
  const items = new Map<string, Item>();
  for (const { contents } of (plain(blocks as never) as { contents: { contents: Item[] }[] }).contents)
    for (const item of contents) if (item.type !== undefined) items.set(item.type, item);
  const categories = CATEGORIES.map(([name, colour, types]) => ({
    kind: "category",
    name,
    colour: String(colour),
    contents: types.flatMap((type) => items.get(type) ?? []),
  }));
  const placed = new Set(CATEGORIES.flatMap(([, , types]) => types));
  const rest = [...items.values()].filter(({ type }) => type !== undefined && !placed.has(type));
  return {
    kind: "categoryToolbox",
    contents: [
      { kind: "search", name: "Search", contents: [] },
      {
        kind: "category",
        name: "Ready-made",
        colour: "330",
        contents: SNIPPETS.flatMap(([label, item]) => [{ kind: "label", text: label }, item]),
      },
      ...categories,
      // A block that nobody sorted in is still there.
      ...(rest.length ? [{ kind: "category", name: "Other", colour: "0", contents: rest }] : []),
    ],
  };
}
