import { expect, it } from "vitest";
import { cut } from "./cut.ts";

const folder = (name: string, count: number): { name: string; rows: { name: string }[] } => ({ name, rows: Array.from({ length: count }, (_, at) => ({ name: `${name}/${at}` })) });
const sizes = (most: number, open: string | null): number[] => cut([folder("a", 3), folder("b", 4)], most, open).map(({ rows }) => rows.length);

it("the first files of the first folders are listed, and the one that is open", () => {
  expect(sizes(10, null)).toEqual([3, 4]);
  expect(sizes(4, null)).toEqual([3, 1]);
  expect(sizes(2, null)).toEqual([2, 0]);
  expect(sizes(2, "b/3")).toEqual([2, 1]);
  expect(sizes(2, "a/1")).toEqual([2, 0]);
  expect(cut([folder("a", 3)], 1, "a/2")[0]?.rows.map(({ name }) => name)).toEqual(["a/0", "a/2"]);
});
