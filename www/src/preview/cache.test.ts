import { expect, test } from "vitest";
import type { Row } from "../engine/types.ts";
import { PAGE, RowCache } from "./cache.ts";

const row = (index: number): Row => ({
  index,
  time: null,
  host: null,
  id: "22",
  event: "sysmon.dns_query",
  decision: "kept",
  rule: null,
  tags: [],
  alerts: 0,
  changed: false,
  cells: [],
});
const page = (at: number, offset = 0): Row[] => Array.from({ length: PAGE }, (_, line) => row(at * PAGE + line + offset));

test("pages in sight are asked for once, and only as far as there are rows", () => {
  const cache = new RowCache();
  cache.show(1, ["Image"], PAGE * 2 + 3);
  expect(cache.missing(0, 10)).toEqual([0]);
  expect(cache.missing(0, PAGE + 1)).toEqual([1]);
  expect(cache.missing(0, PAGE * 9)).toEqual([2]);
  expect(cache.missing(0, PAGE * 9)).toEqual([]);
});

test("old rows stand until new ones come", () => {
  const cache = new RowCache();
  cache.show(1, [], PAGE);
  cache.missing(0, PAGE);
  cache.put(0, 1, cache.shown, page(0));
  cache.show(2, [], PAGE);
  expect(cache.at(5)).toMatchObject({ row: { index: 5 }, fresh: false });
  expect(cache.missing(0, 1)).toEqual([0]);
  cache.put(0, 2, cache.shown, page(0, 100));
  expect(cache.at(5)).toMatchObject({ row: { index: 105 }, fresh: true });
});

test("rows of a version that is over are not taken", () => {
  const cache = new RowCache();
  cache.show(1, [], PAGE);
  const columns = cache.shown;
  cache.missing(0, 1);
  cache.show(2, [], PAGE);
  expect(cache.put(0, 1, columns, page(0))).toBe(false);
  expect(cache.at(0)).toBeNull();
  expect(cache.missing(0, 1)).toEqual([0]);
});

test("other columns are asked for anew, the old cells keep their names", () => {
  const cache = new RowCache();
  cache.show(1, ["Image"], PAGE);
  cache.put(0, 1, cache.shown, page(0));
  cache.show(1, ["User"], PAGE);
  expect(cache.at(0)).toMatchObject({ columns: ["Image"], fresh: false });
  expect(cache.missing(0, 1)).toEqual([0]);
});

test("lines behind the end are none, also where there were rows once", () => {
  const cache = new RowCache();
  cache.show(1, [], PAGE);
  cache.put(0, 1, cache.shown, page(0));
  cache.show(2, [], 3);
  expect(cache.at(2)?.row.index).toBe(2);
  expect(cache.at(3)).toBeNull();
});

test("it stays small while somebody scrolls through everything", () => {
  const cache = new RowCache();
  cache.show(1, [], PAGE * 1000);
  for (let at = 0; at < 1000; at++) cache.put(at, 1, cache.shown, page(at));
  expect(cache.at(999 * PAGE)?.row.index).toBe(999 * PAGE);
  expect(cache.at(0)).toBeNull();
  expect(cache.missing(0, 1)).toEqual([0]);
});

test("what failed may be asked again", () => {
  const cache = new RowCache();
  cache.show(1, [], 1);
  expect(cache.missing(0, 1)).toEqual([0]);
  cache.failed(0);
  expect(cache.missing(0, 1)).toEqual([0]);
});
