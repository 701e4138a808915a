import { expect, test } from "vitest";
import { changed, hashOf, partsOf, valueOf, valuesOf } from "./link.ts";

test("the view's parts stand beside rules and token, which stay", () => {
  const hash = "#token=a-b_c&rules=1.AbC-_&view=dashboards&board=file";
  expect(partsOf(hash)).toEqual([["view", "dashboards"], ["board", "file"]]);
  expect(hashOf(hash, [["view", "hunting"]])).toBe("#token=a-b_c&rules=1.AbC-_&view=hunting");
  expect(hashOf(hash, [])).toBe("#token=a-b_c&rules=1.AbC-_");
  expect(hashOf("", [])).toBe("");
});

test("values come back as they were, whatever letters they have", () => {
  const value = `msg.image:C:\\a & b=c\\#é"+%20 \u202e.exe`;
  expect(valuesOf(partsOf(hashOf("", [["is", value], ["is", "x:y"]])), "is")).toEqual([value, "x:y"]);
});

test("a change replaces, adds and takes away", () => {
  const parts = changed([["view", "dashboards"], ["is", "a:1"], ["rest", "1"]], { is: ["a:1", "b:2"], rest: null, where: "x exists" });
  expect(parts).toEqual([["view", "dashboards"], ["is", "a:1"], ["is", "b:2"], ["where", "x exists"]]);
  expect(valueOf(parts, "rest")).toBe(null);
});

test("an anchor is no state", () => {
  expect(partsOf("#editor")).toEqual([]);
});
