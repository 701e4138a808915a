// Marks of a file as a tree: each piece of a rule with the pieces inside it.
//
// In: marks, each with its place in the text. Out: nodes, in the order of the text. Never here: how they look.
import type { Mark } from "../engine/types.ts";

export interface Placed {
  start: number;
  end: number;
  mark: Mark;
}

export interface Node {
  mark: Mark;
  /** What the text says there; of a piece that holds others only its first line. */
  text: string;
  inside: Node[];
}

const LONGEST = 160;

/** Puts pieces inside those that hold them. */
export function nest(placed: readonly Placed[], text: string): Node[] {
  const sorted = [...placed].sort((a, b) => a.start - b.start || b.end - a.end);
  const roots: Node[] = [];
  const open: { end: number; node: Node }[] = [];
  for (const { start, end, mark } of sorted) {
    while ((open.at(-1)?.end ?? Infinity) < end || (open.at(-1)?.end ?? Infinity) <= start) open.pop();
    const node: Node = { mark, text: text.slice(start, end), inside: [] };
    (open.at(-1)?.node.inside ?? roots).push(node);
    open.push({ end, node });
  }
  return roots.map(shortened);
}

function shortened(node: Node): Node {
  const [first = ""] = node.text.split("\n", 1);
  const line = node.inside.length ? first : node.text.replace(/\s+/g, " ");
  return { mark: node.mark, text: line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line.trim(), inside: node.inside.map(shortened) };
}
