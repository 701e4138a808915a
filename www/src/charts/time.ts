// Time on a chart: round steps, and their labels. All of it is UTC, as events have it.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((each) => each * DAY),
];

/** The times that a JavaScript date can be. */
export const FARTHEST = 8.64e15;
/** As ISO has it; what no date can be is the nearest one that can. */
export const iso = (at: number): string => new Date(Math.min(Math.max(Math.trunc(at) || 0, -FARTHEST), FARTHEST)).toISOString();
const dayOf = (at: number): string => iso(at).slice(0, -14);
/** The clock, to the second or below only where that is not zero. */
const clockOf = (at: number): string => iso(at).slice(-13, -1).replace(/\.000$/, "").replace(/^(\d\d:\d\d):00$/, "$1");

/** A mark of the axis. */
export interface Tick {
  at: number;
  label: string;
  /** Does a day begin there, or is it the first? */
  isMajor: boolean;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const dayText = (date: Date, hasYear: boolean): string =>
  `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""}${hasYear ? ` ${date.getUTCFullYear()}` : ""}`;
const clockText = (date: Date, step: number): string => iso(date.getTime()).slice(-13, step < MINUTE ? -5 : -8);

/** At most so many marks between two times. */
export function ticksOf(from: number, to: number, most: number): Tick[] {
  const whole = to - from;
  if (!(whole > 0) || most < 1) return [];
  const year = 364 * DAY;
  const step = STEPS.find((each) => whole / each <= most) ?? Math.ceil(whole / most / year) * year;
  const ticks: Tick[] = [];
  let day = "";
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const date = new Date(at);
    const now = dayOf(at);
    const isMajor = now !== day;
    const isFirst = day === "";
    day = now;
    const label = step >= DAY ? dayText(date, isFirst || date.getUTCMonth() === 0) : isMajor ? `${dayText(date, isFirst)} ${clockText(date, step)}` : clockText(date, step);
    ticks.push({ at, label, isMajor });
  }
  return ticks;
}

/** Round numbers from 0 to what holds the largest count. */
export function countTicks(largest: number, most = 3): number[] {
  if (largest <= 0) return [0, 1];
  const rough = largest / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max([1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? 10 * power, 1);
  const ticks: number[] = [];
  for (let at = 0; at < largest + step; at += step) ticks.push(at);
  return ticks;
}

/** A length of time in words: "4 s", "12 min", "5 h 20 min", "3 d 4 h". */
export function lengthText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / SECOND);
  if (seconds < 60) return `${seconds}\u00a0s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}\u00a0min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours}\u00a0h` : `${hours}\u00a0h ${minutes % 60}\u00a0min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days}\u00a0d` : `${days}\u00a0d ${hours % 24}\u00a0h`;
}

/** "2025-03-04 07:15". */
export const timeText = (at: number): string => `${dayOf(at)} ${clockOf(at)}`;

/** From when to when: "2025-03-04 07:15 – 07:16"; days alone where both are midnight. */
export function rangeText(from: number | null, to: number | null): string {
  if (from === null) return to === null ? "all the time" : `before ${timeText(to)}`;
  if (to === null) return `from ${timeText(from)}`;
  if (from % DAY === 0 && to % DAY === 0) return to - from === DAY ? dayOf(from) : `${dayOf(from)} – ${dayOf(to - DAY)}`;
  return `${timeText(from)} – ${dayOf(from) === dayOf(to) ? clockOf(to) : timeText(to)}`;
}
