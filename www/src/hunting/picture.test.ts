import { expect, test } from "vitest";
import { fitted } from "../charts/scene.ts";
import type { HuntDocument, HuntProcess } from "../engine/hunting.ts";
import { forestOf } from "./forest.ts";
import { treeScene } from "./picture.ts";
import { boldWidth } from "./words.ts";

const one = (guid: string, image: string, parent: string | null, change: Partial<HuntProcess> = {}): HuntProcess => ({
  guid, round: 1, host: null, pid: null, image, command_line: `${image} /all /and /more`, current_directory: null, user: null, integrity: null,
  created: "2025-03-04T07:04:56.231Z", ended: null, first_seen: null, parent, parent_pid: null, parent_image: null, parent_command_line: null,
  hashes: null, virustotal: null, techniques: [], events: 0, suspicious: 0, children: 0, children_not_shown: 0, stop: null, code_put_in: false,
  things: [], ...change,
});
const hunt = (cross: HuntDocument["cross"]): HuntDocument => ({
  version: 1, query: "", start: [], events_read: 0, events: 0, rounds: [], cut: false, stopped: [], cross, step_seconds: 1, over_time: [], actions: [],
  rule_names: [], destinations: [], ports: [], notes: [],
  processes: [one("a", "C:\\cmd.exe", null), one("b", "C:\\whoami.exe", "a"), one("c", "C:\\mmmmmm.exe", "b", { created: null, first_seen: "2024-12-31T23:59:59Z" })],
});
const link = (from: string, to: string, how: "thread" | "access") => ({ from, from_image: null, to, to_image: null, how, rights: null, count: 1, first: null });

test("a name does not touch what is said of it, and words end before the brackets", () => {
  const { items } = treeScene(forestOf(hunt([link("a", "c", "thread")])), 1000);
  const texts = items.flatMap((item) => (item.is === "text" ? [item] : []));
  for (const name of ["cmd.exe", "whoami.exe", "mmmmmm.exe"]) {
    const at = texts.findIndex(({ text }) => text === name);
    const [own, about] = [texts[at], texts[at + 1]];
    expect((about?.x ?? 0) - (own?.x ?? 0), name).toBeGreaterThan(boldWidth(name, 12) + 5);
  }
  const lane = Math.max(...items.flatMap((item) => (item.is === "line" && item.x === item.toX && item.ink === "suspicious" ? [item.x] : [])));
  for (const { x, text, size } of texts) expect(fitted(text, lane - x, size)).toBe(text);
});

test("a process whose creation was not read is seen since its first event", () => {
  const { items } = treeScene(forestOf(hunt([])), 1000);
  expect(items.filter((item) => item.is === "text" && item.text.startsWith("seen since 2024-12-31")).length).toBe(1);
});

test("threads and accesses are drawn from the one process to the other", () => {
  const plainly = treeScene(forestOf(hunt([])), 1000);
  expect(plainly.items.filter(({ ink }) => ink === "suspicious" || ink === "technique")).toEqual([]);
  const { items, height } = treeScene(forestOf(hunt([link("a", "c", "thread"), link("a", "b", "access"), link("a", "x", "access")])), 1000);
  const upright = items.flatMap((item) => (item.is === "line" && item.x === item.toX && item.ink !== "line" ? [item] : []));
  expect(upright.map(({ ink, y, toY }) => [ink, y, toY])).toEqual([
    ["suspicious", 14, 48],
    ["technique", 14, 29],
  ]);
  expect(new Set(upright.map(({ x }) => x)).size).toBe(2);
  // What the colours mean, and what has no line of its own.
  const texts = items.flatMap((item) => (item.is === "text" ? [item.text] : []));
  expect(texts).toContain("1 more thread or access is not drawn");
  expect(height).toBe(plainly.height + 3 * 19);
});
