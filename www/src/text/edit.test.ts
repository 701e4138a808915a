// Changes of texts.
import { expect, test } from "vitest";
import { closing, smallestChange } from "./edit.ts";

const applied = (before: string, { from, to, insert }: { from: number; to: number; insert: string }): string =>
  before.slice(0, from) + insert + before.slice(to);

test("the smallest change leaves both ends alone", () => {
  expect(smallestChange("if a == 1 { drop }", "if a == 12 { drop }")).toEqual({ from: 9, to: 9, insert: "2" });
  for (const [before, after] of [["", "x"], ["aa", "aaa"], ["abc", ""], ["same", "same"], ["äöü", "äü"]] as const)
    expect(applied(before, smallestChange(before, after))).toBe(after);
});

test("a bracket in quotes or in a comment closes nothing", () => {
  const text = `{ '}' "\\"}" // }\n (]) }`;
  expect(closing("{ '}' \"\\\"}\" // }\n [x] }", 0)).toBe(22);
  expect(closing(text.slice(0, 12), 0)).toBeNull();
});
