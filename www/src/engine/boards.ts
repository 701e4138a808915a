// Boards: the columns that the second module counts by are brought over from the engine, each once.
//
// In: calls of boards, and word of what changed. Out: answers as JSON. Columns cross when a call needs them for the first time, or when what
// they are made of changed since. Never here: counting, and what a column holds.
import type { Engine as Door } from "../../wasm/pkg/blocksieve.js";
import type { More } from "../../wasm/pkg/more/blocksieve.js";
import type { BoardQuery, BoardWanted } from "./board.ts";
import { more } from "./more.ts";

/** What changed since the second module was told: nothing, the rules or their decisions, or the events. */
let changed: "nothing" | "rules" | "events" = "nothing";

const OF_EVENTS = new Set(["addEvents", "addLines", "clearEvents", "setProject"]);
const OF_RULES = new Set(["setFile", "removeFile", "decide", "setBaseline"]);

/** Notes what the engine is told. */
export function noteChange(call: string): void {
  if (OF_EVENTS.has(call)) changed = "events";
  else if (OF_RULES.has(call) && changed === "nothing") changed = "rules";
}

interface Sort {
  column: string;
  descending: boolean;
}

/** The second module with all columns that a call needs; a column of other events than the rest makes it ask for the rest again. */
export async function ready(door: Door, query: BoardQuery, wanted: BoardWanted | null, sort: Sort | null): Promise<More> {
  const module = await more();
  if (changed !== "nothing") module.boardForget(changed === "events");
  changed = "nothing";
  const given = [query, wanted, sort].map((each) => JSON.stringify(each)) as [string, string, string];
  for (let round = 0; round < 2; round++) {
    const needs = JSON.parse(module.boardNeeds(...given)) as string[] | { error: string };
    if (!Array.isArray(needs)) throw new Error(needs.error);
    if (!needs.length) break;
    for (const asked of needs) module.boardColumn(asked, door.column(asked));
  }
  return module;
}

export async function board(door: Door, query: BoardQuery, wanted: BoardWanted): Promise<string> {
  return (await ready(door, query, wanted, null)).board(JSON.stringify(query), JSON.stringify(wanted));
}

export async function boardRows(
  door: Door,
  query: BoardQuery,
  from: number,
  to: number,
  sort: Sort | null,
  columns: string[],
): Promise<string> {
  const module = await ready(door, query, null, sort ?? { column: "time", descending: false });
  return door.rowsOf(module.boardOrder(JSON.stringify(query), from, to, JSON.stringify(sort)), JSON.stringify(columns));
}

export async function boardHealth(door: Door, query: BoardQuery): Promise<string> {
  return (await ready(door, query, null, null)).boardHealth(JSON.stringify(query));
}
