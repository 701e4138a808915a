// The processes of a hunt as a drawing, for reports.
//
// In: the forest. Out: a scene, so many lines at most; what is left out is counted in it. Threads and accesses are brackets at the right side,
// from the one to the other. Values come from endpoints: shown plainly, cut.
import { fitted, type Ink, type Item, type Scene } from "../charts/scene.ts";
import type { HuntCross } from "../engine/hunting.ts";
import { plain } from "../ui/plain.ts";
import { type Forest, isStart, nameOf, rowsOf } from "./forest.ts";
import { boldWidth, sinceText } from "./words.ts";

const LINES = 150;
const HEIGHT = 19;
const INDENT = 20;
const DEEP = 18;
/** Brackets that are drawn beside each other, and the room of each. */
const LANES = 8;
const LANE = 11;

/** A bracket: from the line of the one to the line of the other. */
interface Bracket {
  from: number;
  to: number;
  ink: Ink;
  lane: number;
}

const inkOf = ({ how }: HuntCross): Ink => (how === "thread" ? "suspicious" : "technique");

/** What goes across, each in a lane where nothing else is at its height; threads first. How many find no room. */
function bracketsOf(forest: Forest, lineOf: ReadonlyMap<string, number>): { brackets: Bracket[]; left: number } {
  const all = new Map<string, { from: number; to: number; ink: Ink }>();
  let left = 0;
  const crosses = [...new Set([...forest.nodes.values()].flatMap(({ cross }) => cross))].filter(({ from, to, how }) => how !== "created" && from !== to);
  for (const cross of crosses) {
    const [from, to] = [lineOf.get(cross.from), lineOf.get(cross.to)];
    if (from === undefined || to === undefined) left++;
    else all.set(`${from} ${to} ${inkOf(cross)}`, { from, to, ink: inkOf(cross) });
  }
  const order = [...all.values()].sort((a, b) => Number(b.ink === "suspicious") - Number(a.ink === "suspicious") || Math.abs(a.from - a.to) - Math.abs(b.from - b.to));
  const taken: [number, number][][] = [];
  const brackets: Bracket[] = [];
  for (const each of order) {
    const [top, bottom] = [Math.min(each.from, each.to), Math.max(each.from, each.to)];
    let lane = 0;
    while (taken[lane]?.some(([first, last]) => top <= last && first <= bottom)) lane++;
    if (lane >= LANES) left++;
    else {
      (taken[lane] ??= []).push([top, bottom]);
      brackets.push({ ...each, lane });
    }
  }
  return { brackets, left };
}

const middleOf = (line: number): number => line * HEIGHT + 12;

export function treeScene(forest: Forest, width: number): Scene {
  const open = new Map([...forest.nodes].map(([guid, { children }]) => [guid, children.length > 0]));
  const { rows } = rowsOf(forest, { open, more: new Map(), most: 20 * LINES });
  const processes = rows.flatMap(({ item, level }) => (item.is === "process" ? [{ process: item.node.process, level }] : []));
  const shown = processes.slice(0, LINES);
  const { brackets, left: hidden } = bracketsOf(forest, new Map(shown.map(({ process }, at) => [process.guid, at])));
  const lanes = Math.max(0, ...brackets.map(({ lane }) => lane + 1));
  const side = lanes === 0 ? width : width - 16 - lanes * LANE;
  const items: Item[] = [];
  /** Where the words of a line end. */
  const ends: number[] = [];
  shown.forEach(({ process, level }, at) => {
    const left = 12 + (Math.min(level, DEEP) - 1) * INDENT;
    const middle = middleOf(at);
    if (level > 1) {
      let above = at - 1;
      while (above > 0 && (shown[above]?.level ?? 0) >= level) above--;
      items.push({ is: "line", x: left - INDENT + 5, y: above * HEIGHT + 18, toX: left - INDENT + 5, toY: middle, ink: "line" });
      items.push({ is: "line", x: left - INDENT + 5, y: middle, toX: left - 3, toY: middle, ink: "line" });
    }
    const ink = isStart(process) ? "hunted" : process.stop !== null ? "none" : "bar";
    items.push({ is: "rect", x: left, y: middle - 5, width: 10, height: 10, ink, pattern: process.stop !== null ? "hollow" : "solid" });
    const words = [sinceText(process), process.user ?? "", process.command_line ?? ""].filter((each) => each !== "").join("  ");
    const name = plain(nameOf(process).slice(0, 60));
    items.push({ is: "text", x: left + 15, y: middle + 4, text: name, ink: "text", anchor: "start", size: 12, isBold: true });
    const from = left + 15 + boldWidth(name, 12) + 12;
    const about = side - from > 40 ? fitted(plain(words.slice(0, 400)).replace(/\s+/g, " "), side - from - 8, 11) : "";
    if (about !== "") items.push({ is: "text", x: from, y: middle + 4, text: about, ink: "faint", anchor: "start", size: 11 });
    ends.push(Math.min(from + [...about].length * 11 * 0.62 + 6, side));
  });
  for (const { from, to, ink, lane } of brackets) {
    const x = side + 8 + lane * LANE;
    // Two brackets of one line stand a little apart.
    const [first, last] = [middleOf(from) + 2, middleOf(to) - 2];
    const [begin, end] = [Math.min(ends[from] ?? side, side), Math.min(ends[to] ?? side, side)];
    items.push({ is: "line", x: begin, y: first, toX: x, toY: first, ink });
    items.push({ is: "line", x, y: first, toX: x, toY: last, ink });
    items.push({ is: "line", x: end, y: last, toX: x, toY: last, ink });
    for (const by of [-4, 4]) items.push({ is: "line", x: end, y: last, toX: end + 6, toY: last + by, ink });
  }
  const notes: { text: string; ink: Ink }[] = [];
  const rest = forest.nodes.size - shown.length;
  if (rest > 0) notes.push({ text: `${rest} more processes`, ink: "faint" });
  if (brackets.some(({ ink }) => ink === "suspicious")) notes.push({ text: "Bracket with an arrow: a remote thread", ink: "suspicious" });
  if (brackets.some(({ ink }) => ink === "technique")) notes.push({ text: "Bracket with an arrow: an access", ink: "technique" });
  if (hidden > 0) notes.push({ text: `${hidden} more ${hidden === 1 ? "thread or access is" : "threads or accesses are"} not drawn`, ink: "faint" });
  notes.forEach(({ text, ink }, at) => {
    const y = (shown.length + at) * HEIGHT + 16;
    const isKey = ink !== "faint";
    if (isKey) items.push({ is: "line", x: 12, y: y - 4, toX: 30, toY: y - 4, ink });
    items.push({ is: "text", x: isKey ? 36 : 12, y, text, ink: isKey ? "text" : "faint", anchor: "start", size: 12 });
  });
  return { width, height: (shown.length + notes.length) * HEIGHT + 10, items };
}
