// The most frequent values of a field: as a drawing for export, and as rows of a table.
import type { Top } from "../engine/board.ts";
import { count, share } from "../preview/numbers.ts";
import { plain } from "../ui/plain.ts";
import { fitted, type Item, type Scene } from "./scene.ts";

const ROW = 24;

/** Bars with their values. `whole`: the events that shares are of. */
export function topScene(top: Top, whole: number, width: number): Scene {
  const items: Item[] = [];
  const largest = Math.max(...top.values.map((each) => each.count), 1);
  const label = width * 0.5;
  const room = width - label - 110;
  top.values.forEach(({ value, count: number }, at) => {
    const y = at * ROW;
    items.push({ is: "text", x: 8, y: y + 16, text: fitted(value === "" ? "empty" : plain(value), label - 16, 12), ink: "text", anchor: "start", size: 12, isMono: true });
    items.push({ is: "rect", x: label, y: y + 5, width: Math.max((number / largest) * room, 1.5), height: ROW - 9, ink: "bar", pattern: "solid" });
    items.push({ is: "text", x: label + (number / largest) * room + 6, y: y + 16, text: `${count(number)}  ${share(number, whole)}`, ink: "text", anchor: "start", size: 12 });
  });
  return { width, height: Math.max(top.values.length * ROW, ROW) + 6, items };
}

export const topRows = (top: Top): { head: string[]; rows: (string | number)[][] } => ({
  head: [top.field, "events"],
  rows: [...top.values.map(({ value, count: number }) => [value, number]), ...(top.absent > 0 ? [["(none)", top.absent]] : [])],
});
