import { expect, test } from "vitest";
import type { EventCount } from "../engine/types.ts";
import { kindsOf } from "./kinds.ts";

const dns: EventCount = { event: "sysmon.dns_query", title: "Dns query", provider: "Microsoft-Windows-Sysmon", id: "22", count: 31 };
const unknown = (id: string, count: number): EventCount => ({ event: null, title: null, provider: "", id, count });

test("events with a name are chosen by it", () => {
  expect(kindsOf([dns])).toEqual([{ value: "sysmon.dns_query", label: "22 Dns query", events: 31 }]);
});

test("an id counts all events that have it, as the engine selects them", () => {
  expect(kindsOf([dns, unknown("22", 4), unknown("2004", 3)]).slice(1)).toEqual([
    { value: "22", label: "Id 22, any provider", events: 35 },
    { value: "2004", label: "Id 2004, any provider", events: 3 },
  ]);
});

test("what has no id is no choice", () => {
  expect(kindsOf([unknown("", 2)])).toEqual([]);
});
