// Tables as rows.
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { lineOf, read, write } from "./csv.ts";

test("the example's tables come back as they were", () => {
  for (const name of readdirSync("../examples/sysmon/tables")) {
    const text = readFileSync(`../examples/sysmon/tables/${name}`, "utf8");
    expect(write(read(text))).toBe(text);
  }
});

test("quotes, commas and line breaks in cells", () => {
  const cells = ['a "b"', "c,d", "e\nf", "", "#g", " h"];
  const [line] = read(`${lineOf(cells)}\n`);
  expect(line?.cells).toEqual(cells);
  expect(read("# x,y\n\r\n1,2\r\n").map((each) => each.cells)).toEqual([null, null, ["1", "2"]]);
});

test("a quote that is never closed ends with the text", () => {
  expect(read('a,"b').map((each) => each.cells)).toEqual([["a", "b"]]);
});
