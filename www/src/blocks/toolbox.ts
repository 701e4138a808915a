// The toolbox: blocks by what an analyst wants to do, and ready-made pieces first.
//
// In: the blocks of the language. Out: what Blockly takes as a toolbox. Never here: what stands in a block's inputs when it is
// new; www/blocks/toolbox.mjs knows that.
import { toolbox as plain } from "../../blocks/toolbox.mjs";
import { blocks } from "./definition.ts";
import { SNIPPETS } from "./snippets.ts";

/** A block, or a label, as a flyout takes it. */
export interface Item {
  kind: string;
  type?: string;
  fields?: Record<string, unknown>;
  [key: string]: unknown;
}

interface Category {
  name: string;
  colour: string;
  /** In their order. */
  types: string[];
}

export type CategoryKey =
  | "ready"
  | "start"
  | "event"
  | "combine"
  | "compare"
  | "fields"
  | "values"
  | "lists"
  | "decide"
  | "tag"
  | "remember"
  | "functions"
  | "about";

export const CATEGORIES: Record<CategoryKey, Category> = {
  ready: { name: "Ready-made", colour: "#8a2f5c", types: [] },
  start: { name: "Start a rule", colour: "#2b4a94", types: ["rule_filter", "rule_classify", "rule_alert"] },
  event: { name: "Which event", colour: "#7b3590", types: ["event_is", "message_has_tag"] },
  combine: {
    name: "If, and, or, not",
    colour: "#33566f",
    types: ["controls_if", "logic_operation", "logic_negate", "list_some_member", "test_strictly", "logic_boolean"],
  },
  compare: {
    name: "Compare a field",
    colour: "#236741",
    types: [
      "text_test_substring",
      "logic_compare",
      "logic_is_in",
      "function_lookup_search",
      "text_test_wildcard",
      "text_test_regex",
      "ip_test_class",
      "field_test",
    ],
  },
  fields: {
    name: "Fields",
    colour: "#5a3da8",
    types: ["event_field", "event_hash", "event_any_field", "event_any_processguid"],
  },
  values: { name: "Texts and numbers", colour: "#0f6570", types: ["text", "number", "ip", "ip_network", "date_time", "math_number"] },
  lists: { name: "Lists", colour: "#6d4a22", types: ["lists_texts", "lists_values", "lists_create_with", "lists_every"] },
  decide: { name: "Keep or drop", colour: "#a02a24", types: ["filter_drop", "filter_keep", "rule_stop"] },
  tag: {
    name: "Tag, set, send",
    colour: "#94480a",
    types: ["message_add_tag", "message_remove_tag", "field_set", "field_remove", "alert_send"],
  },
  remember: {
    name: "From event to event",
    colour: "#7a2f7a",
    types: [
      "alert_threshold",
      "alert_distinct",
      "alert_correlation",
      "alert_step",
      "context_remember",
      "context_forget",
      "context_remembered",
      "rule_acted",
    ],
  },
  functions: {
    name: "Functions",
    colour: "#5d6010",
    types: ["path_part", "lookup_value", "text_change_case", "text_length", "math_number_create", "time_part", "text_base64"],
  },
  about: {
    name: "About the rule",
    colour: "#4a5a6e",
    types: ["rule_note", "rule_list", "rule_severity", "rule_expires", "rule_suppress", "rule_allow_finding", "rule_allow_tamper_events"],
  },
};

const entries = Object.entries(CATEGORIES) as [CategoryKey, Category][];

/** Where a block belongs. A block that nobody sorted in is told by a test. */
export const categoryOf = (type: string): CategoryKey => entries.find(([, { types }]) => types.includes(type))?.[0] ?? "functions";

/** Every block that a person may take, as the flyout makes it. */
export function items(): Map<string, Item> {
  const { contents } = plain(blocks as never) as { contents: { contents: Item[] }[] };
  return new Map(contents.flatMap((category) => category.contents.map((item) => [item.type ?? "", item] as const)));
}

/** What Blockly.inject takes as `toolbox`. */
export function toolbox(): object {
  const all = items();
  const contentsOf = (key: CategoryKey, types: string[]): Item[] =>
    key === "ready"
      ? SNIPPETS.flatMap(({ label, item }) => [{ kind: "label", text: label }, item])
      : types.flatMap((type) => all.get(type) ?? []);
  return {
    kind: "categoryToolbox",
    contents: entries.map(([key, { name, types }]) => ({
      kind: "category",
      name,
      categorystyle: `${key}_category`,
      contents: contentsOf(key, types),
    })),
  };
}
