import { expect, test } from "vitest";
import type { Loaded } from "../engine/types.ts";
import { piecesOf, together } from "./pieces.ts";

async function cut(text: string, size: number): Promise<[string, number, number][]> {
  const pieces: [string, number, number][] = [];
  for await (const { bytes, after, end } of piecesOf(new Blob([text]), size)) pieces.push([new TextDecoder().decode(bytes), after, end]);
  return pieces;
}

test("pieces end where lines end, and know how many came before", async () => {
  expect(await cut("a\nbc\nd\n", 3)).toEqual([
    ["a\n", 0, 2],
    ["bc\n", 1, 5],
    ["d\n", 2, 7],
  ]);
  expect(await cut("a\nbc\nd", 100)).toEqual([["a\nbc\nd", 0, 6]]);
  expect(await cut("", 3)).toEqual([]);
});

test("a line that is longer than a piece is not cut", async () => {
  expect(await cut("abcdefgh\ni\nklm\n", 3)).toEqual([
    ["abcdefgh\ni\n", 0, 11],
    ["klm\n", 2, 15],
  ]);
});

test("what came of pieces adds up", () => {
  const damaged = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => ({ number: String(from + at), reason: "x" }));
  const one: Loaded = { file: "a", forms: [{ form: "x", events: 2 }], events: 2, bytes: 10, damaged: damaged(0, 15), moreDamaged: 0, error: null, needsReader: false, left: 0 };
  const other: Loaded = { ...one, forms: [{ form: "y", events: 1 }, { form: "x", events: 1 }], damaged: damaged(15, 25), moreDamaged: 2, error: "cut", left: 3 };
  expect(together(one, other)).toEqual({
    ...one,
    forms: [{ form: "x", events: 3 }, { form: "y", events: 1 }],
    events: 4,
    bytes: 20,
    damaged: damaged(0, 20),
    moreDamaged: 7,
    error: "cut",
    left: 3,
  });
});
