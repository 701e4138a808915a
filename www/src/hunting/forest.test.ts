import { expect, test } from "vitest";
import type { HuntDocument, HuntProcess } from "../engine/hunting.ts";
import { type Folds, forestOf, rowsOf } from "./forest.ts";

const NONE: HuntProcess = {
  guid: "", round: 1, host: null, pid: null, image: null, command_line: null, current_directory: null, user: null, integrity: null,
  created: null, ended: null, first_seen: null, parent: null, parent_pid: null, parent_image: null, parent_command_line: null,
  hashes: null, virustotal: null, techniques: [], events: 0, suspicious: 0, children: 0, children_not_shown: 0, stop: null,
  code_put_in: false, things: [],
};
const EMPTY: HuntDocument = {
  version: 1, query: "", start: [], events_read: 0, events: 0, rounds: [], cut: false, processes: [], stopped: [], cross: [], step_seconds: 1,
  over_time: [], actions: [], rule_names: [], destinations: [], ports: [], notes: [],
};
/** `a<b`: a is b's child. */
const hunt = (...links: string[]): HuntDocument => ({
  ...EMPTY,
  processes: links.map((link) => ({ ...NONE, guid: link[0] ?? "", parent: link[2] ?? null, image: `C:\\${link[0]}.exe` })),
});
const folds = (change: Partial<Folds> = {}): Folds => ({ open: new Map(), more: new Map(), most: 1_000, ...change });
const drawn = (document: HuntDocument, change: Partial<Folds> = {}): string[] =>
  rowsOf(forestOf(document), folds(change)).rows.map(({ level, id, at, of }) => `${" ".repeat(level - 1)}${id} ${at}/${of}`);

test("children stand below their parents, those without one at the top", () => {
  expect(drawn(hunt("a", "b<a", "c<b", "d<a", "e<x"))).toEqual(["a 1/2", " b 1/2", "  c 1/1", " d 2/2", "e 2/2"]);
});

test("processes that are each other's parents are all shown, once", () => {
  expect(drawn(hunt("a<b", "b<a"))).toEqual(["a 1/1", " b 1/1"]);
  expect(drawn(hunt("a<a"))).toEqual(["a 1/1"]);
  expect(drawn(hunt("c<a", "a<b", "b<a")).length).toEqual(3);
});

test("what a process did stands before what it started, folded", () => {
  const document = hunt("a", "b<a");
  const [first] = document.processes;
  if (first) first.things = [{ kind: "files", things: [{ event: "file_create", what: "x", count: 1, first: null }], beyond: 3 }];
  expect(drawn(document)).toEqual(["a 1/1", " a files 1/2", " b 2/2"]);
  expect(drawn(document, { open: new Map([["a files", true]]) })).toEqual(["a 1/1", " a files 1/2", "  a files 0 1/2", "  a files+ 2/2", " b 2/2"]);
  expect(drawn(document, { open: new Map([["a", false]]) })).toEqual(["a 1/1"]);
});

test("of many children some are shown, and more when asked for", () => {
  const document = { ...EMPTY, processes: [{ ...NONE, guid: "p" }, ...Array.from({ length: 300 }, (_, at) => ({ ...NONE, guid: `c${at}`, parent: "p" }))] };
  const open = new Map([["p", true]]);
  const few = rowsOf(forestOf(document), folds({ open }));
  expect([few.rows.length, few.rows.at(-1)?.item]).toEqual([42, { is: "more", count: 260, what: "children" }]);
  const more = rowsOf(forestOf(document), folds({ open, more: new Map([["p", 1]]) }));
  expect(more.rows.length).toBe(242);
  expect(rowsOf(forestOf(document), folds({ open, most: 10 })).left).toEqual(32);
});

test("a chain of thirty thousand is no matter", () => {
  const document = { ...EMPTY, processes: Array.from({ length: 30_000 }, (_, at) => ({ ...NONE, guid: `p${at}`, parent: at === 0 ? null : `p${at - 1}`, round: at === 29_999 ? 0 : 1 })) };
  // Their times may be forged: the other way round is no matter either.
  forestOf({ ...document, processes: document.processes.toReversed() });
  const forest = forestOf(document);
  const { rows, left } = rowsOf(forest, folds());
  expect([rows.length, left]).toEqual([1_000, 29_000]);
});
