// The processes of a hunt as a tree, and the tree as rows.
//
// In: a hunt, what is unfolded. Out: rows in their order, each with its place. Never here: how a row looks. Parents that are not among the
// processes leave their children at the top; where processes are each other's parents, the first is at the top. Nothing recurses: a
// chain may be as long as there are processes.
import type { HuntCross, HuntDocument, HuntProcess, HuntThings } from "../engine/hunting.ts";

export interface Node {
  process: HuntProcess;
  children: Node[];
  /** Threads and accesses that it had part in. */
  cross: HuntCross[];
  /** It or a process below it is one that the hunt began with. */
  leads: boolean;
}

export interface Forest {
  tops: Node[];
  nodes: Map<string, Node>;
}

export const isStart = ({ round, stop }: HuntProcess): boolean => round === 0 && stop === null;

/** Did the walk stop there, with something behind it? */
export const isDoor = ({ stop, children_not_shown, code_put_in }: HuntProcess): boolean => stop !== null && (children_not_shown > 0 || code_put_in);

export function forestOf({ processes, stopped, cross }: HuntDocument): Forest {
  const nodes = new Map<string, Node>();
  for (const process of [...stopped, ...processes]) nodes.set(process.guid, { process, children: [], cross: [], leads: false });
  for (const each of cross) for (const guid of new Set([each.from, each.to])) nodes.get(guid)?.cross.push(each);
  const parentOf = ({ process }: Node): Node | undefined =>
    process.parent === null || process.parent === process.guid ? undefined : nodes.get(process.parent);
  // Ways up that come back: the first of each circle is at its top. Each process is looked at once.
  const circles = new Set<Node>();
  const done = new Set<Node>();
  const order = new Map([...nodes.values()].map((node, at) => [node, at]));
  const place = (node: Node): number => order.get(node) ?? 0;
  for (const node of nodes.values()) {
    const way = new Set<Node>();
    let at: Node | undefined = node;
    for (; at && !done.has(at) && !way.has(at); at = parentOf(at)) way.add(at);
    if (at && way.has(at)) {
      let first = at;
      for (let next = parentOf(at); next && next !== at; next = parentOf(next)) if (place(next) < place(first)) first = next;
      circles.add(first);
    }
    for (const each of way) done.add(each);
  }
  const tops: Node[] = [];
  for (const node of nodes.values()) {
    const parent = parentOf(node);
    if (!parent || circles.has(node)) tops.push(node);
    else parent.children.push(node);
  }
  for (const node of nodes.values()) {
    if (!isStart(node.process)) continue;
    const seen = new Set<Node>();
    for (let at: Node | undefined = node; at && !at.leads && !seen.has(at); at = parentOf(at)) {
      at.leads = true;
      seen.add(at);
    }
  }
  return { tops, nodes };
}

/** What stands in one line. */
export type Item =
  | { is: "process"; node: Node }
  | { is: "things"; node: Node; things: HuntThings }
  | { is: "thing"; thing: HuntThings["things"][number] }
  | { is: "crosses"; node: Node }
  | { is: "cross"; node: Node; cross: HuntCross }
  /** So many more; `id` is what shows them. */
  | { is: "more"; count: number; what: string }
  | { is: "beyond"; count: number }
  /** The walk stopped here: what hides behind it. */
  | { is: "through"; node: Node };

export interface TreeRow {
  id: string;
  level: number;
  /** Its place among those beside it, from 1, and how many these are. */
  at: number;
  of: number;
  /** Null: there is nothing below it. */
  isOpen: boolean | null;
  item: Item;
}

/** Lines below one that are shown at first, and how many more each time. */
export const FEW_CHILDREN = 40;
export const FEW_THINGS = 10;
const MORE = 5;
/** Processes of a hunt that are all unfolded at first; of larger ones only the way to where it began. */
const UNFOLDED = 150;

export interface Folds {
  /** By id of a row: unfolded or not, where somebody said so. */
  open: ReadonlyMap<string, boolean>;
  /** By id of a row: how many times more was asked for. */
  more: ReadonlyMap<string, number>;
  /** Rows at most. */
  most: number;
}

/** The rows, and how many more there are. */
export function rowsOf(forest: Forest, folds: Folds): { rows: TreeRow[]; left: number } {
  const isSmall = forest.nodes.size <= UNFOLDED;
  const rows: TreeRow[] = [];
  let left = 0;
  /** Rows to come, the next one last. */
  const stack: Omit<TreeRow, "isOpen">[] = [];
  const push = (items: { id: string; item: Item }[], level: number, owner: string, few: number, what: string, beyond = 0): void => {
    const most = few * (1 + MORE * (folds.more.get(owner) ?? 0));
    const shown = items.slice(0, most);
    const rest = items.length - shown.length;
    if (rest > 0) shown.push({ id: `${owner}+`, item: { is: "more", count: rest, what } });
    else if (beyond > 0) shown.push({ id: `${owner}+`, item: { is: "beyond", count: beyond } });
    for (let at = shown.length - 1; at >= 0; at--) {
      const each = shown[at];
      if (each) stack.push({ ...each, level, at: at + 1, of: shown.length });
    }
  };
  push(forest.tops.map((node) => ({ id: node.process.guid, item: { is: "process", node } })), 1, "", FEW_CHILDREN, "processes");
  for (let next = stack.pop(); next; next = stack.pop()) {
    const isOpen = opened(next.item, next.id, folds.open, isSmall);
    if (rows.length < folds.most) rows.push({ ...next, isOpen });
    else left++;
    if (isOpen !== true) continue;
    const { item, id, level } = next;
    if (item.is === "process") {
      const { process, children, cross } = item.node;
      push(children.map((node) => ({ id: node.process.guid, item: { is: "process", node } })), level + 1, id, FEW_CHILDREN, "children");
      const own: { id: string; item: Item }[] = isDoor(process) ? [{ id: `${id} through`, item: { is: "through", node: item.node } }] : [];
      const things = process.things.filter(() => process.stop === null).map((things) => ({ id: `${id} ${things.kind}`, item: { is: "things" as const, node: item.node, things } }));
      own.push(...things);
      if (cross.length > 0) own.push({ id: `${id} cross`, item: { is: "crosses", node: item.node } });
      // What it did stands before what it started. Both are below it: their places are counted together.
      const below = children.length > 0 ? stack.slice(-Math.min(children.length, stack.length)).filter((each) => each.level === level + 1) : [];
      const all = own.length + below.length;
      below.forEach((each) => ((each.of = all), (each.at += own.length)));
      for (let at = own.length - 1; at >= 0; at--) {
        const each = own[at];
        if (each) stack.push({ ...each, level: level + 1, at: at + 1, of: all });
      }
    } else if (item.is === "things")
      push(item.things.things.map((thing, at) => ({ id: `${id} ${at}`, item: { is: "thing", thing } })), level + 1, id, FEW_THINGS, item.things.kind, item.things.beyond);
    else if (item.is === "crosses")
      push(item.node.cross.map((cross, at) => ({ id: `${id} ${at}`, item: { is: "cross", node: item.node, cross } })), level + 1, id, FEW_THINGS, "threads and accesses");
  }
  return { rows, left };
}

function opened(item: Item, id: string, open: Folds["open"], isSmall: boolean): boolean | null {
  if (item.is === "process") {
    const { node } = item;
    const { things, stop } = node.process;
    if (node.children.length + node.cross.length + (stop === null ? things.length : 0) === 0 && !isDoor(node.process)) return null;
    return open.get(id) ?? (isSmall ? node.children.length > 0 || isDoor(node.process) : node.leads);
  }
  return item.is === "things" || item.is === "crosses" ? (open.get(id) ?? false) : null;
}

/** A process in a few words: its file, or its id where nothing else is known. */
export const nameOf = ({ image, guid }: { image: string | null; guid: string }): string => {
  const file = image?.split(/[\\/]/).pop();
  return file === undefined || file === "" ? (image ?? guid) : file;
};

/** What one process did to another. */
export const crossWords = ({ how, rights }: HuntCross): string =>
  how === "thread" ? "remote thread" : how === "created" ? "created" : rights === null ? "access" : `access ${rights}`;
