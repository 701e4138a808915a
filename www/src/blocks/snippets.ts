// Pieces of rules that people most often begin with.
import type { Item } from "./toolbox.ts";

interface Snippet {
  label: string;
  item: Item;
}

type State = Record<string, unknown>;

const field = (name: string): State => ({ block: { type: "event_field", fields: { NAME: name } } });
const text = (value: string): State => ({ block: { type: "text", fields: { TEXT: value } } });
const event = (name: string): State => ({ block: { type: "event_is", fields: { OP: "IS", EVENT: name } } });
const test = (type: string, name: string, value: string): State => ({
  block: { type: "text_test_substring", fields: { TYPE: type }, inputs: { VALUE: field(name), FIND: text(value) } },
});
const equals = (name: string, value: string): State => ({
  block: { type: "logic_compare", fields: { OP: "EQ" }, inputs: { A: field(name), B: text(value) } },
});
const inTable = (name: string, table: string): State => ({
  block: { type: "function_lookup_search", fields: { OP: "IN", TABLE: table }, inputs: { TEXT: field(name) } },
});
const inputOf = (at: number): string => ["A", "B"][at] ?? `MEMBER${at}`;
const all = (...members: State[]): State => ({
  block: {
    type: "logic_operation",
    extraState: { itemCount: members.length },
    fields: { OP: "AND" },
    inputs: Object.fromEntries(members.map((member, at) => [inputOf(at), member])),
  },
});
const rule = (kind: string, name: string, condition: State, does: State): Item => ({
  kind: "block",
  type: `rule_${kind}`,
  fields: { NAME: name },
  inputs: { DO: { block: { type: "controls_if", inputs: { IF0: condition, DO0: { block: does } } } } },
});
const drop: State = { type: "filter_drop" };

export const SNIPPETS: Snippet[] = [
  {
    label: "Drop DNS queries for a domain",
    item: rule("filter", "DNS: a domain", all(event("sysmon.dns_query"), test("ENDSWITH", "QueryName", ".example.org")), drop),
  },
  {
    label: "Drop connections of a program",
    item: rule(
      "filter",
      "Network: a program",
      all(event("sysmon.network_connect"), equals("Image", "C:\\Program Files\\Tool\\tool.exe")),
      drop,
    ),
  },
  {
    label: "Drop a program that another one starts",
    item: rule(
      "filter",
      "Processes: one program starts another",
      all(
        event("sysmon.process_create"),
        equals("Image", "C:\\Windows\\System32\\conhost.exe"),
        equals("ParentImage", "C:\\Program Files\\Tool\\tool.exe"),
      ),
      drop,
    ),
  },
  {
    label: "Drop files that a program writes in a folder",
    item: rule(
      "filter",
      "Files: a program's own folder",
      all(
        event("sysmon.file_create"),
        equals("Image", "C:\\Program Files\\Tool\\tool.exe"),
        test("BEGINSWITH", "TargetFilename", "C:\\ProgramData\\Tool\\"),
      ),
      drop,
    ),
  },
  {
    label: "Tag command lines that hold a word",
    item: rule(
      "classify",
      "Command line: a word",
      all(event("sysmon.process_create"), test("CONTAINS", "CommandLine", "-enc")),
      { type: "message_add_tag", fields: { TAG: "suspicious" } },
    ),
  },
  {
    label: "Tag programs of a table",
    item: rule("classify", "Programs of a table", all(event("sysmon.process_create"), inTable("Image", "")), {
      type: "message_add_tag",
      fields: { TAG: "whitelisted" },
    }),
  },
  {
    label: "Send mail for a tag",
    item: rule(
      "alert",
      "Alert: a tag",
      { block: { type: "message_has_tag", fields: { OF: "ANY", TAG: "suspicious" } } },
      { type: "alert_send", extraState: { template: true }, fields: { VIA: "mail", ALERT_TEMPLATE: "sysmon" } },
    ),
  },
];
