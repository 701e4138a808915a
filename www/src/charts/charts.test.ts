import { expect, test } from "vitest";
import type { OverTime } from "../engine/board.ts";
import { histogramRows, histogramScene, scaleOf, stepAt, stepWords, xOf } from "./histogram.ts";
import { csvOf, fileName } from "./paint.ts";
import { fitted } from "./scene.ts";
import { countTicks, iso, lengthText, rangeText, ticksOf } from "./time.ts";
import { topRows, topScene } from "./top.ts";

const MINUTE = 60_000;
const SEVEN = Date.UTC(2025, 2, 4, 7);
const over: OverTime = {
  from: SEVEN,
  step: MINUTE,
  series: [
    { name: "suspicious", count: 3, counts: [1, 0, 2] },
    { name: "security", count: 4, counts: [4, 0, 0] },
  ],
};

test("bars of one step stand on each other and are as tall as they count", () => {
  const scene = histogramScene(over, 400, 200, true);
  const bars = scene.items.flatMap((item) => (item.is === "rect" ? [item] : []));
  expect(bars).toHaveLength(3);
  const [suspicious, security, later] = bars;
  expect(security?.height).toBeCloseTo((suspicious?.height ?? 0) * 4);
  expect((security?.y ?? 0) + (security?.height ?? 0)).toBeCloseTo(suspicious?.y ?? 0);
  expect(later?.height).toBeCloseTo((suspicious?.height ?? 0) * 2);
  expect(suspicious?.pattern).not.toBe(security?.pattern);
});

test("one event among a million is seen", () => {
  const scene = histogramScene({ ...over, series: [{ name: "security", count: 1_000_001, counts: [1_000_000, 1] }] }, 400, 200, true);
  expect(scene.items.flatMap((item) => (item.is === "rect" ? [item.height] : [])).every((height) => height >= 1)).toBe(true);
});

test("a place of the chart is a step, and a time a place", () => {
  const scale = scaleOf(over, 346, 200);
  expect(scale.steps).toBe(3);
  expect(stepAt(scale, xOf(scale, SEVEN + 1.5 * MINUTE))).toBe(1);
  expect([stepAt(scale, -50), stepAt(scale, 5_000)]).toEqual([0, 2]);
});

test("steps in words and as rows", () => {
  expect(stepWords(over, 0)).toBe("2025-03-04 07:00 – 07:01: Suspicious 1, Security 4");
  expect(stepWords(over, 1)).toBe("2025-03-04 07:01 – 07:02: nothing");
  expect(histogramRows(over)).toEqual({
    head: ["from", "to", "suspicious", "security"],
    rows: [
      ["2025-03-04T07:00:00.000Z", "2025-03-04T07:01:00.000Z", 1, 4],
      ["2025-03-04T07:01:00.000Z", "2025-03-04T07:02:00.000Z", 0, 0],
      ["2025-03-04T07:02:00.000Z", "2025-03-04T07:03:00.000Z", 2, 0],
    ],
  });
});

test("round marks of time and counts", () => {
  expect(ticksOf(SEVEN, SEVEN + 60 * MINUTE, 6).map(({ label }) => label)).toEqual(["4 Mar 2025 07:00", "07:10", "07:20", "07:30", "07:40", "07:50", "08:00"]);
  expect(ticksOf(SEVEN, SEVEN + 40 * 86_400_000, 6).map(({ label }) => label)[0]).toBe("6 Mar 2025");
  expect(ticksOf(0, 400 * 365 * 86_400_000, 5).length).toBeLessThanOrEqual(6);
  expect(ticksOf(5, 5, 5)).toEqual([]);
  expect(countTicks(7)).toEqual([0, 5, 10]);
  expect(countTicks(1)).toEqual([0, 1]);
  expect(countTicks(1_234_567).at(-1)).toBeGreaterThanOrEqual(1_234_567);
});

test("spans and lengths in words", () => {
  expect(rangeText(SEVEN, SEVEN + 90_500)).toBe("2025-03-04 07:00 – 07:01:30.500");
  expect(rangeText(SEVEN - 7 * 3_600_000, SEVEN + 17 * 3_600_000)).toBe("2025-03-04");
  expect(rangeText(null, SEVEN)).toBe("before 2025-03-04 07:00");
  expect([4_000, 12 * MINUTE, 320 * MINUTE, 76 * 60 * MINUTE].map(lengthText)).toEqual(["4\u00a0s", "12\u00a0min", "5\u00a0h 20\u00a0min", "3\u00a0d 4\u00a0h"]);
});

test("times that no date can be end nothing", () => {
  for (const at of [Infinity, NaN, 1e300, -1e300]) expect(() => iso(at)).not.toThrow();
  expect(() => histogramScene({ from: 8.64e15 - 1, step: 364 * 86_400_000, series: [{ name: "none", count: 1, counts: [1, 0, 0] }] }, 400, 200, true)).not.toThrow();
});

test("a spreadsheet takes nothing that an endpoint wrote for a formula", () => {
  const values = ["=1+1", "+1", "-2", "@x", " =1", "\t=1", '"=1', "a,b", 'q"q', "fine"].map((value) => ({ value, count: 3, spellings: 1 }));
  const lines = csvOf(topRows({ field: "msg.image", values, distinct: 10, absent: 2 })).split("\r\n");
  expect(lines).toEqual(["msg.image,events", "'=1+1,3", "'+1,3", "'-2,3", "'@x,3", "' =1,3", "'\t=1,3", `"'""=1",3`, `"a,b",3`, `"q""q",3`, "fine,3", "(none),2", ""]);
});

test("bars of values: the longest is the most frequent, long values are cut", () => {
  const values = [
    { value: `C:\\${"long\\".repeat(60)}end.exe`, count: 8, spellings: 1 },
    { value: "\u202egpj.exe", count: 2, spellings: 1 },
  ];
  const scene = topScene({ field: "f", values, distinct: 2, absent: 0 }, 10, 760);
  const bars = scene.items.flatMap((item) => (item.is === "rect" ? [item.width] : []));
  expect((bars[0] ?? 0) / (bars[1] ?? 1)).toBeCloseTo(4);
  const texts = scene.items.flatMap((item) => (item.is === "text" ? [item.text] : []));
  expect(texts[0]).toMatch(/^C:\\long.*….*end\.exe$/);
  expect(texts.join("")).not.toContain("\u202e");
});

test("names of files are plain", () => {
  expect(fileName("Events over time, C:\\..\\x/é", "png")).toBe("events-over-time-c-x.png");
  expect(fileName("…", "csv")).toBe("chart.csv");
  expect(fitted("abcdefghij", 30, 10)).toBe("ab…ij");
});
