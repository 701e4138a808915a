// Signs of the chosen event, and what completion knows of a rule.
import { expect, test } from "vitest";
import { eventsOf } from "./complete.ts";
import { innermost } from "./marks.ts";
import { aboutMark } from "./marks-text.ts";

const sign = (start: number, end: number) => ({ start, end, state: "true" as const, about: "" });

test("a sign stands before a test, not before what holds tests", () => {
  const all = [sign(0, 50), sign(3, 20), sign(25, 50), sign(30, 40)];
  expect(innermost(all).map(({ start }) => start)).toEqual([3, 30]);
});

test("a mark in words", () => {
  const place = { file: "a.rule", range: null, block: null, field: null };
  const mark = { ...place, state: "false" as const, seen: [{ field: "Image", value: null }], reason: null, hint: "it was asked with capitals" };
  expect(aboutMark(mark)).toBe("false\nImage: absent\nit was asked with capitals");
});

test("the events that a rule asks for", () => {
  expect(eventsOf("if event is sysmon.dns_query and a == 1 { drop }")).toEqual(["sysmon.dns_query"]);
  expect(eventsOf("if event is any [\n sysmon.file_create,\n sysmon.dns_query,\n] {}")).toEqual(["sysmon.file_create", "sysmon.dns_query"]);
  expect(eventsOf("if Image exists { drop }")).toEqual([]);
});
