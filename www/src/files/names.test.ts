// Names of files, and what files are.
import { expect, test } from "vitest";
import { endingOf, faultOfName, free, renamed, slug, stemOf } from "./names.ts";
import { recognise } from "./recognise.ts";

const none = (): boolean => false;

test("titles become names", () => {
  expect(slug("Sysmon: routine DNS of Windows")).toBe("sysmon-routine-dns-of-windows");
  expect(slug("Größe & Übel")).toBe("gro-e-ubel");
  expect(slug("…")).toBe("rule");
});

test("a taken name gets a number before its ending", () => {
  const taken = new Set(["filters/a.blocks.json", "filters/a-2.blocks.json"]);
  expect(free("filters/a.blocks.json", (name) => taken.has(name))).toBe("filters/a-3.blocks.json");
  expect(free("filters/b.rule", (name) => taken.has(name))).toBe("filters/b.rule");
});

test("endings", () => {
  expect(endingOf("filters/a.blocks.json")).toBe(".blocks.json");
  expect(stemOf("filters/a.test.yaml")).toBe("a");
  expect(renamed("filters/a.b.rule", ".blocks.xml")).toBe("filters/a.b.blocks.xml");
});

test("names that not every system can keep are refused", () => {
  for (const wrong of ["", "a", "../a.rule", "/a.rule", "a//b.rule", "a\\b.rule", "a:b.rule", "con.rule", "x\u0000.rule", `${"x".repeat(200)}.rule`])
    expect(faultOfName(wrong, none), wrong).not.toBeNull();
  for (const right of ["a.rule", "filters/über.rule", "console.rule", "blocksieve.toml", "tables/a.csv"])
    expect(faultOfName(right, none), right).toBeNull();
  expect(faultOfName("a.rule", () => true)).toContain("already");
});

test("what a file is", () => {
  expect(recognise("x.rule", "")).toEqual({ is: "rules", ending: ".rule" });
  expect(recognise("x.txt", '// a\nfilter "a" {}')).toEqual({ is: "rules", ending: ".rule" });
  expect(recognise("x.json", '{"blocks":{"languageVersion":0,"blocks":[]}}')).toEqual({ is: "rules", ending: ".blocks.json" });
  expect(recognise("x.json", '{"winlog":{"event_id":1}}')).toEqual({ is: "events" });
  expect(recognise("x.xml", '<xml><block type="rule_filter"/></xml>')).toEqual({ is: "rules", ending: ".blocks.xml" });
  expect(recognise("x.xml", '<xml><block type="logmanager_rule"/></xml>')).toEqual({ is: "logmanager" });
  expect(recognise("x.xml", "<Events><Event/></Events>")).toEqual({ is: "events" });
  expect(recognise("winlogbeat.yml", "winlogbeat.event_logs:")).toEqual({ is: "winlogbeat" });
  expect(recognise("a.test.yaml", "cases:")).toEqual({ is: "tests" });
  expect(recognise("p/blocksieve.toml", "")).toEqual({ is: "settings" });
  expect(recognise("x.bin", "\u0000")).toEqual({ is: "unknown" });
});
