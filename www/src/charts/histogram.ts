// Counts over time as a drawing.
//
// In: counts of the engine, a size. Out: a scene with axes, where each time stands, and the same as rows of a table. Series that share
// events out (the groups) are stacked; those that overlap (a hunt's) stand one in the other, ever narrower.
import type { OverTime } from "../engine/board.ts";
import { count } from "../preview/numbers.ts";
import type { Ink, Item, Pattern, Scene } from "./scene.ts";
import { countTicks, iso, rangeText, ticksOf } from "./time.ts";

export interface SeriesLook {
  label: string;
  about: string;
  ink: Ink;
  pattern: Pattern;
}

const LOOKS: Record<string, SeriesLook> = {
  suspicious: { label: "Suspicious", about: "tagged as suspicious", ink: "suspicious", pattern: "solid" },
  security: { label: "Security", about: "what Sysmon's configuration has a name for, and kinds that are about security", ink: "security", pattern: "stripes" },
  forensic: { label: "Forensic", about: "what else is good to have in an investigation", ink: "forensic", pattern: "dots" },
  none: { label: "No group", about: "no classify rule puts them into a group", ink: "none", pattern: "hollow" },
  all: { label: "All", about: "all events", ink: "all", pattern: "hollow" },
  technique: { label: "Technique known", about: "the rule name holds a technique of MITRE ATT&CK", ink: "technique", pattern: "stripes" },
  hunted: { label: "Hunted", about: "events of the hunt", ink: "hunted", pattern: "solid" },
};

export const lookOf = (name: string): SeriesLook => LOOKS[name] ?? { label: name, about: name, ink: "none", pattern: "hollow" };

export const LEFT = 46;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 22;
const FONT = 11;

/** Where times stand on the chart. */
export interface Scale {
  from: number;
  to: number;
  step: number;
  steps: number;
  left: number;
  width: number;
  top: number;
  height: number;
}

export function scaleOf({ from, step, series }: OverTime, width: number, height: number): Scale {
  const steps = Math.max(...series.map(({ counts }) => counts.length), 1);
  return { from, to: from + steps * step, step, steps, left: LEFT, width: Math.max(width - LEFT - RIGHT, 10), top: TOP, height: Math.max(height - TOP - BOTTOM, 10) };
}

export const xOf = (scale: Scale, time: number): number => scale.left + ((time - scale.from) / (scale.to - scale.from)) * scale.width;
/** The step at a place of the chart. */
export const stepAt = (scale: Scale, x: number): number =>
  Math.min(Math.max(Math.floor(((x - scale.left) / scale.width) * scale.steps), 0), scale.steps - 1);

/** The order in which they are stacked: what matters most stands on the line. */
const totals = (over: OverTime, isStacked: boolean, steps: number): number[] =>
  Array.from({ length: steps }, (_, at) => {
    const counts = over.series.map(({ counts }) => counts[at] ?? 0);
    return isStacked ? counts.reduce((sum, each) => sum + each, 0) : Math.max(...counts, 0);
  });

export function histogramScene(over: OverTime, width: number, height: number, isStacked: boolean): Scene {
  const scale = scaleOf(over, width, height);
  const items: Item[] = [];
  const marks = countTicks(Math.max(...totals(over, isStacked, scale.steps), 0));
  const top = marks.at(-1) ?? 1;
  const yOf = (value: number): number => scale.top + scale.height - (value / top) * scale.height;
  for (const mark of marks) {
    items.push({ is: "line", x: scale.left, y: yOf(mark), toX: scale.left + scale.width, toY: yOf(mark), ink: "line" });
    items.push({ is: "text", x: scale.left - 6, y: yOf(mark) + FONT * 0.35, text: count(mark), ink: "faint", anchor: "end", size: FONT });
  }
  let taken = -Infinity;
  for (const { at, label } of ticksOf(scale.from, scale.to, scale.width / 84)) {
    const x = xOf(scale, at);
    items.push({ is: "line", x, y: scale.top + scale.height, toX: x, toY: scale.top + scale.height + 4, ink: "faint" });
    const half = (label.length * FONT * 0.55) / 2;
    const middle = Math.min(Math.max(x, half + 2), width - half - 2);
    if (middle - half < taken + 8) continue;
    taken = middle + half;
    items.push({ is: "text", x: middle, y: height - 5, text: label, ink: "faint", anchor: "middle", size: FONT });
  }
  const wide = scale.width / scale.steps;
  const gap = wide > 8 ? 2 : wide > 4 ? 1 : 0;
  for (let at = 0; at < scale.steps; at++) {
    let below = 0;
    over.series.forEach(({ name, counts }, nth) => {
      const value = counts[at] ?? 0;
      if (value === 0) return;
      const { ink, pattern } = lookOf(name);
      const share = isStacked ? 1 : 1 - nth * 0.22;
      const y = yOf(below + value);
      // What is there is seen, however many others there are.
      const tall = Math.max(yOf(below) - y, 1.5);
      const size = Math.max((wide - gap) * share, 1);
      items.push({ is: "rect", x: scale.left + at * wide + (wide - size) / 2, y: yOf(below) - tall, width: size, height: tall, ink, pattern });
      if (isStacked) below += value;
    });
  }
  return { width, height, items };
}

/** The legend of an export: on the page it is made of buttons. */
export function legendScene(over: OverTime, width: number): Scene {
  const items: Item[] = [];
  let x = LEFT;
  let y = 14;
  for (const { name, count: all } of over.series) {
    const { label, ink, pattern } = lookOf(name);
    const text = `${label} ${count(all)}`;
    const needed = 22 + text.length * 7;
    if (x + needed > width) {
      x = LEFT;
      y += 20;
    }
    items.push({ is: "rect", x, y: y - 10, width: 12, height: 12, ink, pattern });
    items.push({ is: "text", x: x + 18, y, text, ink: "text", anchor: "start", size: 12 });
    x += needed + 14;
  }
  return { width, height: y + 10, items };
}

/** The counts as rows: begin, end, one number a series. */
export function histogramRows({ from, step, series }: OverTime): { head: string[]; rows: (string | number)[][] } {
  const steps = Math.max(...series.map(({ counts }) => counts.length), 0);
  const rows = Array.from({ length: steps }, (_, at) => [
    iso(from + at * step),
    iso(from + (at + 1) * step),
    ...series.map(({ counts }) => counts[at] ?? 0),
  ]);
  return { head: ["from", "to", ...series.map(({ name }) => name)], rows };
}

/** What one step holds, in words. */
export function stepWords({ from, step, series }: OverTime, at: number): string {
  const parts = series.flatMap(({ name, counts }) => ((counts[at] ?? 0) > 0 ? [`${lookOf(name).label} ${count(counts[at] ?? 0)}`] : []));
  return `${rangeText(from + at * step, from + (at + 1) * step)}: ${parts.length ? parts.join(", ") : "nothing"}`;
}
