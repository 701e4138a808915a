// The colours of rules, on the examples and on the words of the grammar.
import { StringStream } from "@codemirror/language";
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { rules } from "./language.ts";

const grammar = readFileSync("../grammar/rule.pest", "utf8");

/** Every token that is no blank, with its kind. */
function tokens(text: string): [string, string | null][] {
  const state = rules.startState?.(4) ?? { depth: 0, before: "", quote: "" };
  const found: [string, string | null][] = [];
  for (const line of text.split("\n")) {
    const stream = new StringStream(line, 4, 4);
    while (!stream.eol()) {
      stream.start = stream.pos;
      const kind = rules.token(stream, state);
      expect(stream.pos).toBeGreaterThan(stream.start);
      if (stream.current().trim()) found.push([stream.current(), kind]);
    }
  }
  return found;
}

test("a rule in its parts", () => {
  const text = `filter "a \\" b" { // why
  severity high
  if event is sysmon.dns_query and Image == 'C:\\x' and QueryStatus >= -5 and winlog.event_id in [1, 10.0.0.0/8] { drop }
}`;
  expect(tokens(text).filter(([piece]) => !/^[{}[\],]$/.test(piece))).toEqual([
    ["filter", "definitionKeyword"],
    ['"a \\" b"', "string"],
    ["// why", "lineComment"],
    ["severity", "propertyName"],
    ["high", "atom"],
    ["if", "keyword"],
    ["event", "modifier"],
    ["is", "operatorKeyword"],
    ["sysmon.dns_query", "typeName"],
    ["and", "keyword"],
    ["Image", "variableName"],
    ["==", "compareOperator"],
    ["'C:\\x'", "string"],
    ["and", "keyword"],
    ["QueryStatus", "variableName"],
    [">=", "compareOperator"],
    ["-5", "number"],
    ["and", "keyword"],
    ["winlog.event_id", "variableName"],
    ["in", "operatorKeyword"],
    ["1", "number"],
    ["10.0.0.0/8", "number"],
    ["drop", "controlKeyword"],
  ]);
});

test("names of events in a list, and what stands behind it", () => {
  const kinds = new Map(tokens("if event is any [\n sysmon.file_create,\n sysmon.dns_query,\n] and Image is missing"));
  expect(kinds.get("sysmon.file_create")).toBe("typeName");
  expect(kinds.get("sysmon.dns_query")).toBe("typeName");
  expect(kinds.get("Image")).toBe("variableName");
  expect(kinds.get("missing")).toBe("atom");
});

test("every reserved word of the grammar is coloured as a word of the language", () => {
  const list = /reserved = _\{([^}]*)\}/.exec(grammar)?.[1] ?? "";
  const words = [...list.matchAll(/"(\w+)"/g)].map(([, word]) => word ?? "");
  expect(words.length).toBeGreaterThan(30);
  const plain = words.filter((word) => ["variableName", "invalid", null].includes(tokens(`${word} `)[0]?.[1] ?? null));
  expect(plain).toEqual([]);
});

test("a field that begins like a word is a field", () => {
  const kinds = tokens("event.code ends_at tag.name Owner");
  expect(kinds.map(([, kind]) => kind)).toEqual(Array(4).fill("variableName"));
});

test("the examples have no token that is not of the language", () => {
  for (const folder of ["filters", "classify", "alerts"])
    for (const name of readdirSync(`../examples/sysmon/${folder}`).filter((each) => each.endsWith(".rule"))) {
      const text = readFileSync(`../examples/sysmon/${folder}/${name}`, "utf8");
      expect(tokens(text).filter(([, kind]) => kind === "invalid")).toEqual([]);
    }
});
