import { expect, test } from "vitest";
import type { Row } from "../engine/types.ts";
import { cellText, canSort, eventText, fieldsFor, isBuiltIn, lookOf, presetFields, shortTime, standardColumns, summary } from "./columns.ts";

const row = (change: Partial<Row> = {}): Row => ({
  index: 30,
  time: "2025-03-04T07:04:56.231Z",
  host: "ws01.example.org",
  id: "22",
  event: "sysmon.dns_query",
  decision: "kept",
  rule: null,
  tags: [],
  alerts: 0,
  changed: false,
  cells: [],
  ...change,
});

test("one kind of event shows its telling fields, all of them what they share", () => {
  expect(standardColumns("sysmon.network_connect")).toContain("DestinationPort");
  expect(standardColumns(null)).toContain("summary");
  expect(standardColumns("4688")).toEqual(standardColumns(null));
});

test("the engine is asked for fields only, each once", () => {
  const asked = fieldsFor(["time", "Image", "summary", "host"]);
  expect(asked.filter((name) => name === "Image")).toHaveLength(1);
  expect(asked.some(isBuiltIn)).toBe(false);
  expect(fieldsFor(["time", "decision"])).toEqual([]);
});

test("a summary says what the event is about, without what is not there", () => {
  const columns = ["QueryName", "Image", "message"];
  const cells = ["a.example.com", "C:\\a.exe", "Dns query:\nMore"];
  expect(summary(row({ cells }), columns)).toBe("a.example.com by C:\\a.exe");
  expect(summary(row({ cells: [null, "C:\\a.exe", null] }), columns)).toBe("C:\\a.exe");
  expect(summary(row({ event: null, cells: [null, null, "Dns query:\nMore"] }), columns)).toBe("Dns query: More");
});

test("cells are looked up by the columns that they were asked with", () => {
  expect(cellText("User", row({ cells: ["x", "SYSTEM"] }), ["Image", "User"], [])).toBe("SYSTEM");
  expect(cellText("User", row({ cells: ["x"] }), ["Image"], [])).toBe("");
  expect(cellText("why", row({ decision: "dropped", rule: 1 }), [], [{ name: "a" }, { name: "b" }])).toBe("b");
  expect(cellText("why", row({ tags: ["one", "two"] }), [], [])).toBe("one, two");
});

test("times, events and decisions are short and never colour alone", () => {
  expect(shortTime("2025-03-04T07:04:56.231Z")).toBe("2025-03-04 07:04:56");
  expect(shortTime("yesterday")).toBe("yesterday");
  expect(eventText(row())).toBe("22 dns_query");
  expect(eventText(row({ event: null }))).toBe("22");
  expect(lookOf(row({ decision: "dropped", alerts: 2 }))).toMatchObject({ word: "dropped", sign: "✕" });
  expect(lookOf(row({ alerts: 2, tags: ["x"] })).word).toBe("2 alerts");
  expect(lookOf(row({ tags: ["x"] })).word).toBe("tagged");
});

test("a new rule asks first for what tells the event apart and is in it", () => {
  expect(presetFields("sysmon.dns_query", ["UtcTime", "QueryName", "Image"])).toEqual(["Image", "QueryName"]);
  expect(presetFields("sysmon.dns_query", ["QueryName"])).toEqual(["QueryName"]);
  expect(presetFields(null, ["winlog.event_id", "x"])).toEqual(["winlog.event_id"]);
});

test("what the engine cannot sort by has no button for it", () => {
  expect(canSort("summary")).toBe(false);
  expect(canSort("time")).toBe(true);
  expect(canSort("Image")).toBe(true);
});
