// A hunt in the engine's thread: which events the second module takes, portion by portion.
//
// In: the calls `hunt*` of the page. Out: their answers as JSON. Never here: which processes are linked (src/hunt/), and events that are
// kept. A call takes events for a while only, so that other calls come between.
import type { Engine as Door } from "../../wasm/pkg/blocksieve.js";
import { EVERYTHING, type BoardWanted } from "./board.ts";
import { ready } from "./boards.ts";
import { joined } from "./carried.ts";
import { cellsOf } from "./column.ts";
import type { HuntBegun, HuntFrom, HuntProgress } from "./hunting.ts";
import { more } from "./more.ts";
import type { Diagnostic } from "./types.ts";

/** How long a call takes events, in milliseconds; and how many, and how many bytes of them, go over at once. */
const WHILE = 60;
const PORTION = 512;
const BYTES = 1 << 20;

/** The events that link processes. */
const LINKING = new Set(["sysmon.process_create", "sysmon.create_remote_thread", "sysmon.process_access"]);
const NOBODY: HuntBegun = { guids: [], events: 0, nameless: 0 };

const state = {
  /** Of these events the links are read, or being read; null: there are other events now. */
  linking: null as Uint32Array | null,
  /** How many of them are read. */
  read: 0,
  begin: new Uint32Array() as Uint32Array,
  /** The condition of the last walk, and the events that meet it; what is known of them: nothing, what boards know, which they are. */
  about: "",
  ahead: "nothing" as "nothing" | "boards" | "all",
  gather: new Uint32Array() as Uint32Array,
};

const OTHER_EVENTS = new Set(["addEvents", "addLines", "clearEvents", "setProject"]);

/** Notes what the engine is told. */
export function noteHunt(call: string): void {
  if (OTHER_EVENTS.has(call)) state.linking = null;
}

/** The numbers of the events whose cell is like that. */
function rowsWhere(column: Uint8Array, is: (texts: string[]) => boolean): Uint32Array {
  const { ids, cells } = cellsOf(column);
  const wanted = cells.map(is);
  const found: number[] = [];
  ids.forEach((id, row) => void (wanted[id] && found.push(row)));
  return Uint32Array.from(found);
}

const meeting = (door: Door, condition: string): Uint32Array => rowsWhere(door.column(`?${condition}`), (texts) => texts.length > 0);

/** Hands events over while there is time; how many are done then. */
function portions(door: Door, rows: Uint32Array, from: number, take: (carried: Uint8Array, rows: Uint32Array, isFirst: boolean) => void): HuntProgress {
  const end = performance.now() + WHILE;
  let at = from;
  let isFirst = from === 0;
  do {
    const begin = at;
    const each: Uint8Array[] = [];
    let bytes = 0;
    while (at < rows.length && each.length < PORTION && bytes < BYTES) {
      const one = door.carried(rows[at++] ?? 0);
      each.push(one);
      bytes += one.length;
    }
    take(joined(each), rows.subarray(begin, at), isFirst);
    isFirst = false;
  } while (at < rows.length && performance.now() < end);
  return { done: at, of: rows.length };
}

const checked = <T>(answer: string): T => {
  const known = JSON.parse(answer) as T | { error: string };
  if (typeof known === "object" && known !== null && "error" in known) throw new Error(known.error);
  return known as T;
};

export async function huntRead(door: Door, from: number): Promise<string> {
  const second = await more();
  if (state.linking === null) {
    second.huntForget();
    state.linking = rowsWhere(door.column("@event"), ([name]) => name !== undefined && LINKING.has(name));
    state.read = 0;
  }
  const rows = state.linking;
  if (from === 0 && state.read === rows.length) return JSON.stringify({ done: rows.length, of: rows.length });
  const progress = portions(door, rows, state.read, (carried, _, isFirst) => checked(second.huntRead(carried, isFirst)));
  state.read = progress.done;
  return JSON.stringify(progress);
}

export async function huntBegin(door: Door, { events, where }: HuntFrom, from: number): Promise<string> {
  const second = await more();
  let diagnostics: Diagnostic[] = [];
  if (from === 0) {
    state.begin = Uint32Array.from(events);
    if (where.trim() !== "") {
      // Asked for what is wrong with it; what is shown stays as it is.
      diagnostics = JSON.parse(second.huntCondition(where)) as Diagnostic[];
      if (diagnostics.some(({ severity }) => severity === "error")) return JSON.stringify({ ...NOBODY, done: 0, of: 0, diagnostics });
      state.begin = rowsWhere(door.column(`!${where}`), (texts) => texts.length > 0);
    }
  }
  let begun: HuntBegun = NOBODY;
  const progress = portions(door, state.begin, from, (carried, _, isFirst) => (begun = checked(second.huntBegin(carried, isFirst))));
  return JSON.stringify({ ...begun, ...progress, diagnostics });
}

export async function huntWalk(_: Door, request: unknown): Promise<string> {
  const answer = (await more()).huntWalk(JSON.stringify(request));
  state.about = (JSON.parse(answer) as { about?: string }).about ?? "";
  state.ahead = "nothing";
  return answer;
}

/** What boards know of all events once they counted a hunt over time. */
const OVER_TIME: BoardWanted = { steps: 1, series: "hunt", tops: [] };

export async function huntGather(door: Door, from: number): Promise<string> {
  // Of a million events either takes seconds when it is asked for the first time: a call each.
  if (state.ahead === "nothing") {
    await ready(door, EVERYTHING, OVER_TIME, null);
    state.ahead = "boards";
    return JSON.stringify({ done: 0, of: 1 });
  }
  if (state.ahead === "boards") {
    state.gather = meeting(door, state.about);
    state.ahead = "all";
    return JSON.stringify({ done: 0, of: Math.max(state.gather.length, 1) });
  }
  const second = await more();
  return JSON.stringify(portions(door, state.gather, from, (carried, rows, isFirst) => checked(second.huntGather(carried, rows, isFirst))));
}

export const huntEnd = async (): Promise<string> => (await more()).huntEnd();
