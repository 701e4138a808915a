import { expect, test } from "vitest";
import type { Parts } from "../state/link.ts";
import { changed } from "../state/link.ts";
import { changeOf, hasBegin, queryOf, short, stateOf, whole } from "./link.ts";

const GUID = "0b1e5a11-4f20-6981-0024-000000001200";
const WRITTEN = "{0B1E5A11-4F20-6981-0024-000000001200}";
const NONE: Parts = [];

test("braces and case of a GUID do not count in a link", () => {
  expect(short(WRITTEN)).toBe(GUID);
  expect(whole(GUID)).toBe(WRITTEN);
  for (const text of ["", "4242", `{${GUID}`, `${GUID}0`]) expect(short(text)).toBe(null);
});

test("what is chosen comes back out of the link", () => {
  const change = {
    start: [WRITTEN],
    met: [WRITTEN],
    where: "Image == 'a'",
    access: true,
    maxDepth: 3,
    stopAt: ["C:\\a.exe", "C:\\b.exe"],
    through: [WRITTEN],
    process: WRITTEN,
    terms: [
      { field: "msg.action", value: "a:b", out: false },
      { field: "msg.rulename", value: null, out: true },
    ],
    from: 1_000,
    to: 2_000,
    sort: { column: "Image", descending: true },
  };
  const state = stateOf(changed(NONE, changeOf(change)));
  const { start, met, access, maxDepth, stopAt, through, ...shown } = change;
  expect(state).toEqual({ request: { start, met, access, maxDepth, stopAt, through }, ...shown });
  expect(hasBegin(state)).toBe(true);
  expect(queryOf(state)).toMatchObject({ hunted: true, where: `any processguid == '${WRITTEN}'`, from: 1_000, to: 2_000 });
});

test("what a link says wrongly is left out", () => {
  const state = stateOf([
    ["huntfrom", `x,${GUID},${GUID.toUpperCase()}`],
    ["huntdepth", "-1"],
    ["huntprocess", "x'] or true or any processguid in ['"],
    ["huntspan", "5_1"],
    ["huntis", "no field:x"],
  ]);
  expect(state.request.start).toEqual([WRITTEN]);
  expect([state.request.maxDepth, state.process, state.from, state.terms]).toEqual([null, null, null, []]);
  expect(hasBegin(stateOf(NONE))).toBe(false);
});
