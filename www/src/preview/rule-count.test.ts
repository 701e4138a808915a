import { expect, test } from "vitest";
import type { RuleCount } from "../engine/types.ts";
import { ruleCountText } from "./rule-count.ts";

const did = (change: Partial<RuleCount>): RuleCount => ({
  acted: 0,
  bytes: 0,
  alone: 0,
  also: 0,
  reached: 0,
  undecidable: 0,
  failed: 0,
  never: null,
  ...change,
});

test("a filter says what it drops, alone and beside others", () => {
  const text = ruleCountText({ kind: "filter" }, did({ acted: 1204, bytes: 38, alone: 310, also: 12 }), { bytes: 100 });
  expect(text).toBe("drops 1,204 (38\u00a0% of bytes), 310 by it alone; and 12 that earlier filters drop already");
});

test("other rules say on how many events they act, and what went wrong", () => {
  expect(ruleCountText({ kind: "alert" }, did({ acted: 1 }), { bytes: 100 })).toBe("alerts on 1 event");
  const text = ruleCountText({ kind: "classify" }, did({ acted: 2, undecidable: 3, failed: 4 }), { bytes: 100 });
  expect(text).toBe("acts on 2 events; 3 cannot be decided; failed on 4");
});

test("one that never matched says why", () => {
  const never = "0 of 362 events are of the kind that it asks for";
  expect(ruleCountText({ kind: "filter" }, did({ never }), { bytes: 100 })).toBe(`Never matched: ${never}`);
});
