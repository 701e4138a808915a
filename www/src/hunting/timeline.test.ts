import { expect, test } from "vitest";
import type { HuntDocument, HuntProcess } from "../engine/hunting.ts";
import { nearOf, timelineOf } from "./timeline.ts";

const process = (guid: string, created: string | null, ended: string | null, more: Partial<HuntProcess> = {}): HuntProcess => ({
  guid, round: 1, host: null, pid: null, image: `C:\\${guid}.exe`, command_line: null, current_directory: null, user: null, integrity: null,
  created, ended, first_seen: null, parent: null, parent_pid: null, parent_image: null, parent_command_line: null, hashes: null, virustotal: null,
  techniques: [], events: 0, suspicious: 0, children: 0, children_not_shown: 0, stop: null, code_put_in: false, things: [], ...more,
});
const hunt = (processes: HuntProcess[], more: Partial<HuntDocument> = {}): HuntDocument => ({
  version: 1, query: "", start: [], events_read: 0, events: 0, rounds: [], cut: false, processes, stopped: [], cross: [], step_seconds: 1,
  over_time: [], actions: [], rule_names: [], destinations: [], ports: [], notes: [], ...more,
});

test("a lane goes from the creation of a process to its end, with what it did between", () => {
  const things = [{ kind: "files", things: [{ event: "file_create", what: "x", count: 1, first: "2026-02-03T08:00:50Z" }], beyond: 0 }];
  const cross = [{ from: "a", from_image: "C:\\a.exe", to: "b", to_image: null, how: "thread" as const, rights: null, count: 1, first: "2026-02-03T08:01:00Z" }];
  const time = timelineOf(hunt([process("a", "2026-02-03T08:00:00Z", "2026-02-03T08:01:40Z", { things }), process("b", "2026-02-03T08:00:50Z", null)], { cross }));
  const [a, b] = time?.lanes ?? [];
  expect(a?.from).toBeLessThan(0.02);
  expect(a?.to).toBeGreaterThan(0.95);
  expect(a?.marks.map(({ kind, what }) => [kind, what])).toEqual([["files", "x"], ["cross", "remote thread to b"]]);
  expect([b?.to, b?.isBegun, b?.marks[0]?.what]).toEqual([null, true, "remote thread from a.exe"]);
  expect(a?.marks[0]?.at).toBeCloseTo(b?.from ?? 0, 5);
});

test("a process that was there before does not stretch the picture, and one without a time is counted", () => {
  const stopped = [process("s", "2020-01-01T00:00:00Z", null, { stop: "the system's own" })];
  const time = timelineOf(hunt([process("a", "2026-02-03T08:00:00Z", null), process("b", null, null)], { stopped }));
  expect(time?.lanes.map(({ process: { guid }, from, isBegun }) => [guid, from === 0, isBegun])).toEqual([["s", true, false], ["a", false, true]]);
  expect(time?.undated).toBe(1);
  expect(timelineOf(hunt([process("a", "not a time", null)]))).toBe(null);
});

test("the time around a hunt is that of its events alone, with a step at each side", () => {
  const step = (begins: string, hunted: number) => ({ begins, all: 5, technique: 0, suspicious: 0, hunted });
  const over_time = [step("2020-01-01T00:00:00Z", 0), step("2026-02-03T08:00:00Z", 2), step("2026-02-03T08:01:00Z", 1), step("2026-02-03T09:00:00Z", 0)];
  const near = nearOf(hunt([], { over_time, step_seconds: 60 }));
  expect(near).toEqual({ from: Date.parse("2026-02-03T07:59:00Z"), to: Date.parse("2026-02-03T08:03:00Z") });
  expect(nearOf(hunt([], { over_time: [step("2026-02-03T08:00:00Z", 0)] }))).toBe(null);
  expect(nearOf(undefined)).toBe(null);
});
