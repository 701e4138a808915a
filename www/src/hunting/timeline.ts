// The processes of a hunt over time, a lane each.
//
// In: a hunt. Out: lanes, with what happened when as shares of the whole time; the marks of the axis. Never here: how they look. What has
// no time stands in no lane, and is counted.
import { ticksOf } from "../charts/time.ts";
import type { HuntDocument, HuntProcess } from "../engine/hunting.ts";
import { crossWords, nameOf } from "./forest.ts";

/** Something that happened at a time. */
export interface Mark {
  /** From 0 to 1. */
  at: number;
  /** `files`, `registry`, ..., `cross`. */
  kind: string;
  what: string;
}

export interface Lane {
  process: HuntProcess;
  /** From 0 to 1; null: its creation, or end, was not read. */
  from: number;
  isBegun: boolean;
  to: number | null;
  marks: Mark[];
  /** How many more there are. */
  left: number;
}

export interface Timeline {
  from: number;
  to: number;
  lanes: Lane[];
  ticks: { at: number; label: string; isMajor: boolean }[];
  /** Processes without a time. */
  undated: number;
}

/** Marks of one lane. */
const MARKS = 60;
const TICKS = 5;

const timeOf = (text: string | null): number | null => {
  const at = text === null ? NaN : Date.parse(text);
  return Number.isNaN(at) ? null : at;
};

/** The time around the events of a hunt, as boards ask for it; null: none of its events has a time, or there is no hunt. */
export function nearOf(found: HuntDocument | undefined): { from: number; to: number } | null {
  let [from, to] = [Infinity, -Infinity];
  for (const { begins, hunted } of found?.over_time ?? []) {
    const at = hunted > 0 ? timeOf(begins) : null;
    if (at === null) continue;
    from = Math.min(from, at);
    to = Math.max(to, at);
  }
  const length = (found?.step_seconds ?? 1) * 1_000;
  // A step more at each side: what was just before and after is seen.
  return from <= to ? { from: from - length, to: to + 2 * length } : null;
}

export function timelineOf({ processes, stopped, cross }: HuntDocument): Timeline | null {
  const all = [...stopped, ...processes];
  const begins = new Map<HuntProcess, number>();
  let [from, to] = [Infinity, -Infinity];
  const see = (at: number | null): void => {
    if (at === null) return;
    from = Math.min(from, at);
    to = Math.max(to, at);
  };
  for (const process of all) {
    const begin = timeOf(process.created) ?? timeOf(process.first_seen);
    if (begin === null) continue;
    begins.set(process, begin);
    // Where the walk stopped, a process may be as old as the computer has been running.
    if (process.stop === null) see(begin);
    if (process.stop === null) see(timeOf(process.ended));
    if (process.stop === null) for (const { things } of process.things) for (const { first } of things) see(timeOf(first));
  }
  for (const each of cross) see(timeOf(each.first));
  if (!(from <= to)) return null;
  // The last things happen inside of the picture, not on its border.
  const span = Math.max(to - from, 1_000);
  from -= span * 0.01;
  to = from + span * 1.04;
  const share = (at: number): number => Math.min(Math.max((at - from) / (to - from), 0), 1);
  const crosses = new Map<string, Mark[]>();
  for (const each of cross) {
    const at = timeOf(each.first);
    if (at === null) continue;
    const mark = (guid: string, what: string): void => void crosses.set(guid, [...(crosses.get(guid) ?? []), { at: share(at), kind: "cross", what }]);
    mark(each.from, `${crossWords(each)} to ${nameOf({ image: each.to_image, guid: each.to })}`);
    mark(each.to, `${crossWords(each)} from ${nameOf({ image: each.from_image, guid: each.from })}`);
  }
  const lanes: Lane[] = [];
  for (const [process, begin] of begins) {
    const ended = timeOf(process.ended);
    const did = process.stop !== null ? [] : process.things.flatMap(({ kind, things }) => things.map(({ what, first }) => ({ kind, what, time: timeOf(first) })));
    const marks: Mark[] = did.flatMap(({ kind, what, time }) => (time === null ? [] : [{ at: share(time), kind, what }]));
    marks.push(...(crosses.get(process.guid) ?? []));
    marks.sort((a, b) => a.at - b.at);
    lanes.push({
      process,
      from: share(begin),
      isBegun: process.created !== null && begin >= from,
      to: ended === null ? null : share(ended),
      marks: marks.slice(0, MARKS),
      left: Math.max(marks.length - MARKS, 0),
    });
  }
  const ticks = ticksOf(from, to, TICKS).map((tick) => ({ ...tick, at: share(tick.at) }));
  return { from, to, lanes, ticks, undated: all.length - begins.size };
}
