import { expect, test } from "vitest";
import { changed, hashOf, partsOf } from "../state/link.ts";
import { changeOf, chipsOf, isCut, queryOf, stateOf, SUSPICIOUS, turned, WHITELISTED } from "./link.ts";
import { ALL_EVENTS, BOARDS, labelOf } from "./list.ts";

const at = (hash: string): ReturnType<typeof stateOf> => stateOf(partsOf(hash));

test("a selection comes back out of its link", () => {
  const terms = [WHITELISTED, { field: "msg.image", value: "C:\\a b\\c:d#é%+&=.exe", out: false }, { field: "msg.rulename", value: null, out: false }, { field: "msg.username", value: "", out: true }];
  const change = changeOf({ board: "file", additions: [28], terms, from: 1_741_071_600_000, to: 1_741_072_000_000, where: "Image exists // why\nor 1", rest: true, sort: { column: "time", descending: true } });
  // The board is chosen first, and takes additions and order of the last one away.
  const hash = hashOf("#token=t", changed([], { ...changeOf({ board: "file" }), ...change, with: "28", sort: "-time" }));
  const state = at(hash);
  expect(state.board.name).toBe("file");
  expect(state.additions).toEqual([28]);
  expect(new Set(state.terms)).toEqual(new Set(terms));
  expect([state.from, state.to]).toEqual([1_741_071_600_000, 1_741_072_000_000]);
  expect(state.where).toBe("Image exists // why\nor 1");
  expect(state.rest).toBe(true);
  expect(state.sort).toEqual({ column: "time", descending: true });
});

test("what a link asks for wrongly is left out", () => {
  const state = at("#view=dashboards&board=nothing&with=1,99&is=&is=a%20b:1&from=x&to=99999999999999999999&sort=a%20b");
  expect(state.board.name).toBe("overview");
  expect(state).toMatchObject({ additions: [], terms: [], from: null, to: null, sort: null, rest: false });
  expect(at("#from=20&to=10")).toMatchObject({ from: null, to: null });
});

test("a click chooses, the same click takes back, the other one turns round", () => {
  const is = { field: "f", value: "v", out: false };
  const not = { ...is, out: true };
  expect(turned([SUSPICIOUS], is)).toEqual([SUSPICIOUS, is]);
  expect(turned([SUSPICIOUS, is], is)).toEqual([SUSPICIOUS]);
  expect(turned([is], not)).toEqual([not]);
  expect(turned([is], { ...is, value: null })).toEqual([is, { ...is, value: null }]);
});

test("a chip for each part, which takes only that part away", () => {
  const state = at("#board=process&is=msg.image:a.exe&not=@tag:whitelisted&is=msg.username:bob&is=msg.image:b.exe&is=msg.rulename&from=1741071600000&to=1741072200000&where=a%20exists");
  const chips = chipsOf(state, labelOf);
  expect(chips.map(({ label }) => label)).toEqual([
    "Image is a.exe",
    "or Image is b.exe",
    "Tag is not whitelisted",
    "User is bob",
    "Rule name is none",
    "2025-03-04 07:00 – 07:10",
    "where a exists",
  ]);
  expect(chips[1]?.without.terms?.map(({ value }) => value)).toEqual(["a.exe", "whitelisted", "bob", null]);
  expect(chips[5]?.without).toEqual({ from: null, to: null });
});

test("the query has the board's events with the additions that are on", () => {
  const state = at("#board=file&with=29,28&is=msg.image:x&rest=1");
  const query = queryOf(state);
  expect(query.events).toHaveLength(8);
  expect(query.events).toContain("sysmon.file_executable_detected");
  expect(query).toMatchObject({ terms: [{ field: "msg.image", value: "x", out: false }], rest: true, where: "", decision: "all", hunted: false });
  expect(queryOf(state, false).rest).toBe(false);
  // Nothing is cut away, so nothing is left over.
  expect(queryOf(at("#board=file&rest=1")).rest).toBe(false);
  expect(isCut(at("#board=file&rest=1"))).toBe(false);
});

test("every event of Sysmon is on the overview and on one dashboard of its own", () => {
  const own = BOARDS.filter(({ name }) => name !== "overview").flatMap(({ events, more }) => [...events, ...more].map(({ id }) => id));
  expect([...own].sort((a, b) => a - b)).toEqual(ALL_EVENTS.map(({ id }) => id).sort((a, b) => a - b));
  expect(ALL_EVENTS.map(({ id }) => id)).toEqual([...Array.from({ length: 29 }, (_, nth) => nth + 1), 255]);
});

test("the page's dashboards have its events", () => {
  const ids = (name: string): number[] => BOARDS.find((each) => each.name === name)?.events.map(({ id }) => id) ?? [];
  expect(ids("file")).toEqual([2, 11, 15, 23, 26, 27]);
  expect(ids("process")).toEqual([1, 5, 10]);
  expect(ids("registry")).toEqual([12, 13, 14]);
  expect(ids("wmi")).toEqual([19, 20, 21]);
});
