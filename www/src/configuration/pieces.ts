// The items of a node as pieces to be shown: filters of the same field and condition that follow each other are a run.
//
// In: items as the engine has them. Out: pieces with the names that their blocks have, cut into portions that a page can draw at once.
// Never here: blocks.
import type { ConfigFilter, ConfigItem } from "../engine/configuration.ts";

export interface FilterPiece {
  kind: "filter";
  id: string;
  filter: ConfigFilter;
}

/** Filters of the same field and condition. */
export interface RunPiece {
  kind: "run";
  id: string;
  field: string;
  condition: string;
  filters: FilterPiece[];
}

export interface RulePiece {
  kind: "rule";
  id: string;
  relation: string;
  name: string | null;
  pieces: (FilterPiece | RunPiece)[];
}

export type Piece = FilterPiece | RunPiece | RulePiece;

/** So many make a run; fewer are seen as well without. */
const LEAST = 4;
/** A run has no more than these, so that opening one draws no more. */
export const MOST = 100;

/** Runs among filters. */
function runs(filters: FilterPiece[]): (FilterPiece | RunPiece)[] {
  const pieces: (FilterPiece | RunPiece)[] = [];
  for (let at = 0; at < filters.length; ) {
    const first = filters[at] as FilterPiece;
    const { field, condition } = first.filter;
    let end = at + 1;
    while (end - at < MOST && filters[end]?.filter.field === field && filters[end]?.filter.condition === condition) end++;
    const same = filters.slice(at, end);
    if (same.length >= LEAST) pieces.push({ kind: "run", id: `run ${first.id}`, field, condition, filters: same });
    else pieces.push(...same);
    at = end;
  }
  return pieces;
}

/** The pieces of a node, in the order of its text. */
export function piecesOf(node: number, items: ConfigItem[]): Piece[] {
  const pieces: Piece[] = [];
  let alone: FilterPiece[] = [];
  const flush = (): void => {
    pieces.push(...runs(alone));
    alone = [];
  };
  items.forEach(({ relation, name, filters }, at) => {
    const id = `${node}.${at}`;
    if (relation === null) return void alone.push(...filters.map((filter): FilterPiece => ({ kind: "filter", id, filter })));
    flush();
    const inside = filters.map((filter, number): FilterPiece => ({ kind: "filter", id: `${id}.${number}`, filter }));
    pieces.push({ kind: "rule", id, relation, name, pieces: runs(inside) });
  });
  flush();
  return pieces;
}

/** Blocks that a piece takes while its runs are closed. */
const sizeOf = (piece: Piece): number => (piece.kind === "rule" ? 1 + piece.pieces.length : 1);

/** Blocks of one portion, runs closed; a single Rule may have more. */
export const PORTION = 100;

/** Pieces that are drawn at once. */
export function portionsOf(pieces: Piece[]): Piece[][] {
  const portions: Piece[][] = [];
  let size = PORTION;
  for (const piece of pieces) {
    if (size + sizeOf(piece) > PORTION) {
      portions.push([]);
      size = 0;
    }
    portions.at(-1)?.push(piece);
    size += sizeOf(piece);
  }
  return portions;
}

/** The run and the portion that a part is in; null: it is not there. */
export function placeOf(portions: Piece[][], id: string): { portion: number; run: string | null } | null {
  const isIn = (piece: Piece): string | null | false => {
    if (piece.id === id) return null;
    if (piece.kind === "filter") return false;
    if (piece.kind === "run") return piece.filters.some((filter) => filter.id === id) && piece.id;
    for (const inside of piece.pieces) {
      const found = isIn(inside);
      if (found !== false) return found;
    }
    return false;
  };
  for (const [portion, pieces] of portions.entries())
    for (const piece of pieces) {
      const run = isIn(piece);
      if (run !== false) return { portion, run };
    }
  return null;
}

/** How many rules there are before and in a portion: "1 to 150". */
export function rulesOf(portions: Piece[][], portion: number): { from: number; to: number } {
  const rules = (pieces: Piece[]): number => pieces.reduce((sum, piece) => sum + (piece.kind === "run" ? piece.filters.length : 1), 0);
  const before = portions.slice(0, portion).reduce((sum, pieces) => sum + rules(pieces), 0);
  return { from: before + 1, to: before + rules(portions[portion] ?? []) };
}
