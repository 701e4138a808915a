import { expect, test } from "vitest";
import { joined } from "./carried.ts";
import { cellsOf } from "./column.ts";

/** Bytes of a column, as src/session/samples/columns.rs writes them; null: a malformed cell. */
function column(ids: number[], cells: (string[] | null)[]): Uint8Array {
  const bytes: number[] = [];
  const number = (value: number): void => void bytes.push(...new Uint8Array(Uint32Array.of(value).buffer));
  number(ids.length);
  ids.forEach(number);
  number(cells.length);
  for (const texts of cells) {
    number(texts === null ? 0xffff_ffff : texts.length);
    for (const text of texts ?? []) {
      const letters = new TextEncoder().encode(text);
      number(letters.length);
      bytes.push(...letters);
    }
  }
  return Uint8Array.from(bytes);
}

test("a column has a cell for each event, and each cell its texts", () => {
  const { ids, cells } = cellsOf(column([0, 1, 0, 2], [["ä", "b"], [], null]));
  expect([...ids]).toEqual([0, 1, 0, 2]);
  expect(cells).toEqual([["ä", "b"], [], []]);
  expect(cellsOf(new Uint8Array())).toEqual({ ids: new Uint32Array(), cells: [] });
});

test("events that are carried one by one are one file, whose bytes begin once with what they all begin with", () => {
  const one = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 10, 11);
  const other = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 12);
  expect([...joined([one, other])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12]);
  expect([...joined([])]).toEqual([]);
  // An event that is gone leaves nothing.
  expect([...joined([one, new Uint8Array()])]).toEqual([...one]);
});
