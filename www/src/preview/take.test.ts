import { expect, test } from "vitest";
import { decoded, isEvents } from "./take.ts";

test("events are known by name or by their beginning", () => {
  expect(isEvents("Sysmon.evtx", "")).toBe(true);
  expect(isEvents("sysmon.json", '{"@timestamp":"2025-03-04T07:00:11.841Z","winlog":{}}')).toBe(true);
  expect(isEvents("sysmon.xml", "<?xml version='1.0'?><Events><Event>")).toBe(true);
});

test("what is of the project stays there", () => {
  expect(isEvents("dns.rule", 'filter "x" {')).toBe(false);
  expect(isEvents("blocksieve.toml", 'name = "x"')).toBe(false);
  expect(isEvents("dns.blocks.json", '{"blocks":{"languageVersion":0,"blocks":[{"type":"rule_filter"}]}}')).toBe(false);
});

test("a CSV is events when its columns are those of events", () => {
  expect(isEvents("out.csv", "RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel\n1,1")).toBe(true);
  expect(isEvents("whitelist.csv", "sha256,sha1,md5,file,added_by,comment\n")).toBe(false);
});

test("what nobody knows is tried, so that the engine says what it is not", () => {
  expect(isEvents("notes.txt", "hello")).toBe(true);
});

test("UTF-16 is read in both orders", () => {
  expect(decoded(new Uint8Array([0xff, 0xfe, 0x7b, 0x00]))).toBe("{");
  expect(decoded(new Uint8Array([0xfe, 0xff, 0x00, 0x7b]))).toBe("{");
  expect(decoded(new TextEncoder().encode("{é"))).toBe("{é");
});
