import { expect, test } from "vitest";
import { conditionOf } from "./condition.ts";

const draft = (condition: string, does: string): string =>
  `filter "Dns query: {a}" {\n    reason "Noise"\n    if ${condition} {\n        ${does}\n    }\n}\n`;

test("the condition of a draft, also over several lines", () => {
  const condition = "event is sysmon.dns_query\n       and Image == 'C:\\a.exe'";
  expect(conditionOf(draft(condition, "drop"))).toBe(condition);
  expect(conditionOf(draft(condition, 'tag "whitelisted"'))).toBe(condition);
  expect(conditionOf(draft(condition, 'send mail using template "sysmon"'))).toBe(condition);
});

test("braces in values end nothing", () => {
  expect(conditionOf(draft("CommandLine == 'if x {' and A == '} {'", "drop"))).toBe("CommandLine == 'if x {' and A == '} {'");
});

test("a rule that asks for nothing has none", () => {
  expect(conditionOf('filter "x" {\n    drop\n}\n')).toBeNull();
});
