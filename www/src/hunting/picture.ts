// The processes of a hunt as a drawing, for reports.
//
// In: the forest. Out: a scene, so many lines at most; what is left out is counted in it. Values come from endpoints: shown plainly, cut.
import { fitted, type Item, type Scene } from "../charts/scene.ts";
import { plain } from "../ui/plain.ts";
import { type Forest, isStart, nameOf, rowsOf } from "./forest.ts";

const LINES = 150;
const HEIGHT = 19;
const INDENT = 20;
const DEEP = 18;

export function treeScene(forest: Forest, width: number): Scene {
  const open = new Map([...forest.nodes].map(([guid, { children }]) => [guid, children.length > 0]));
  const { rows } = rowsOf(forest, { open, more: new Map(), most: 20 * LINES });
  const processes = rows.flatMap(({ item, level }) => (item.is === "process" ? [{ process: item.node.process, level }] : []));
  const shown = processes.slice(0, LINES);
  const items: Item[] = [];
  shown.forEach(({ process, level }, at) => {
    const left = 12 + (Math.min(level, DEEP) - 1) * INDENT;
    const middle = at * HEIGHT + 12;
    if (level > 1) {
      let above = at - 1;
      while (above > 0 && (shown[above]?.level ?? 0) >= level) above--;
      items.push({ is: "line", x: left - INDENT + 5, y: above * HEIGHT + 18, toX: left - INDENT + 5, toY: middle, ink: "line" });
      items.push({ is: "line", x: left - INDENT + 5, y: middle, toX: left - 3, toY: middle, ink: "line" });
    }
    const ink = isStart(process) ? "hunted" : process.stop !== null ? "none" : "bar";
    items.push({ is: "rect", x: left, y: middle - 5, width: 10, height: 10, ink, pattern: process.stop !== null ? "hollow" : "solid" });
    const words = [process.created ?? process.first_seen ?? "", process.user ?? "", process.command_line ?? ""].filter((each) => each !== "").join("  ");
    const name = plain(nameOf(process).slice(0, 60));
    items.push({ is: "text", x: left + 15, y: middle + 4, text: name, ink: "text", anchor: "start", size: 12, isBold: true });
    const from = left + 24 + name.length * 7.4;
    items.push({ is: "text", x: from, y: middle + 4, text: fitted(plain(words.slice(0, 400)).replace(/\s+/g, " "), width - from - 8, 11), ink: "faint", anchor: "start", size: 11 });
  });
  const rest = forest.nodes.size - shown.length;
  if (rest > 0) items.push({ is: "text", x: 12, y: shown.length * HEIGHT + 16, text: `${rest} more processes`, ink: "faint", anchor: "start", size: 12 });
  return { width, height: (shown.length + (rest > 0 ? 1 : 0)) * HEIGHT + 10, items };
}
