import { expect, test } from "vitest";
import type { Mark } from "../engine/types.ts";
import { nest, type Placed } from "./marks-tree.ts";

const text = 'filter "x" {\n    if A == 1\n       and B == 2 {\n        drop\n    }\n}';
const at = (piece: string): Placed => {
  const start = text.indexOf(piece);
  const mark: Mark = { file: "x.rule", range: null, block: null, field: null, state: "true", seen: [], reason: null, hint: null };
  return { start, end: start + piece.length, mark };
};
const shape = (nodes: ReturnType<typeof nest>): unknown[] => nodes.map(({ text, inside }) => (inside.length ? [text, ...shape(inside)] : text));

test("pieces stand inside those that hold them, whatever their order", () => {
  const pieces = ["B == 2", text, "A == 1", "A == 1\n       and B == 2", "drop"].map(at);
  expect(shape(nest(pieces, text))).toEqual([['filter "x" {', ["A == 1", "A == 1", "B == 2"], "drop"]]);
});

test("two pieces of the same place keep their order, one inside the other", () => {
  expect(shape(nest([at("drop"), at("drop")], text))).toEqual([["drop", "drop"]]);
});

test("long pieces are cut", () => {
  const long = `A == '${"x".repeat(400)}'`;
  const [node] = nest([{ ...at("drop"), start: 0, end: long.length }], long);
  expect(node?.text).toHaveLength(160);
});
