// What the dashboard shows: the selection of the link, and what the engine counted of it.
//
// In: the link, events and rules that changed. Out: signals. Never here: how they look. Of several changes while the engine counts only
// the last one is asked for; what was counted stays until then.
import { batch, computed, effect, signal } from "@preact/signals";
import type { Board, BoardQuery, BoardRule, BoardTerm, BoardWanted, HostHealth, Top } from "../engine/board.ts";
import { engine } from "../engine/client.ts";
import { type Diagnostic, isRefused, type Refused } from "../engine/types.ts";
import { FEW } from "../charts/TopCard.tsx";
import { decided, eventCounts, loaded, refusal } from "../state/preview.ts";
import { go, link } from "../state/link.ts";
import { type BoardState, changeOf, eventsOf, isCut, queryOf, stateOf, turned } from "./link.ts";
import type { BoardDefinition } from "./list.ts";

/** Steps of the chart at most. */
const STEPS = 96;
/** Kinds of events that "before and after" lists. */
const KINDS = 60;

export const state = computed((): BoardState => stateOf(link.value));

/** What each card shows of its field: how many values, only those that hold a text. Of one visit, not of the link. */
export const wishes = signal<Record<string, { most: number; like: string }>>({});
export const FIRST = { most: FEW, like: "" };

/** What was counted, and of what. */
export interface Counted {
  board: BoardDefinition;
  query: BoardQuery;
  answer: Board;
}
export const counted = signal<Counted | null>(null);
/** What is wrong with the condition; what was counted is then of the one before. */
export const findings = signal<Diagnostic[]>([]);
/** Events of the board before anything is cut away, and what the rest has, by kind; null: nobody asked. */
export const sides = signal<{ before: Board; after: Board } | null>(null);
export const rule = signal<BoardRule | null>(null);
export const health = signal<HostHealth[] | null>(null);
/** Why nothing was counted. */
export const fault = signal<string | null>(null);
/** Is the engine asked right now? */
export const isBusy = signal(false);
/** Goes up when rows have to be asked for again. */
export const version = signal(0);

export const isWrong = computed(() => findings.value.some(({ severity }) => severity === "error"));

/** How many events of these kinds are loaded. */
export function loadedOf(names: readonly string[]): number {
  let sum = 0;
  for (const { event, count } of eventCounts.value) if (event !== null && names.includes(event)) sum += count;
  return sum;
}

/** Changes the selection: a step that Back undoes. */
export const choose = (change: Parameters<typeof changeOf>[0], isStep = true): void => go(changeOf(change), isStep);
export const turn = (term: BoardTerm): void => choose({ terms: turned(state.peek().terms, term) });
export const clear = (): void => choose({ terms: [], from: null, to: null, where: "", rest: false });

/** All events, as they are. */
const EVERYTHING: BoardQuery = { events: [], from: null, to: null, terms: [], where: "", decision: "all", hunted: false, rest: false };
const BY_EVENT: BoardWanted = { steps: null, series: "group", tops: [{ field: "@event", most: KINDS, like: "" }] };

/** The counts of both sides of a filter. */
async function bothSides(now: BoardState): Promise<{ before: Board; after: Board } | null> {
  const [before, after] = await Promise.all([
    engine.board({ ...EVERYTHING, events: eventsOf(now) }, BY_EVENT),
    engine.board(queryOf(now, true), BY_EVENT),
  ]);
  return isRefused(before) || isRefused(after) ? null : { before, after };
}

/** More values than any column has. */
const ALL = 4_000_000;

/** All values of a field; null: the engine gives none. */
export async function everyValue(query: BoardQuery, field: string): Promise<Top | null> {
  const answer = await engine.board(query, { steps: null, series: "group", tops: [{ field, most: ALL, like: "" }] });
  return isRefused(answer) ? null : (answer.tops[0] ?? null);
}

async function ask(): Promise<Refused | null> {
  const now = state.peek();
  const query = queryOf(now);
  const wanted = wishes.peek();
  const tops = now.board.fields.map(({ field }) => ({ field, ...(wanted[field] ?? FIRST) }));
  const answer = await engine.board(query, { steps: STEPS, series: "group", tops });
  if (isRefused(answer)) return answer;
  findings.value = now.where.trim() === "" ? [] : answer.diagnostics;
  if (answer.diagnostics.some(({ severity }) => severity === "error")) {
    // What is shown may be of another dashboard.
    if (counted.peek()?.board !== now.board) counted.value = null;
    rule.value = null;
    return null;
  }
  const [made, both, hosts] = await Promise.all([
    isCut(now) ? engine.boardRule(queryOf(now, false)) : null,
    now.rest && isCut(now) ? bothSides(now) : null,
    now.board.hasHealth ? engine.boardHealth(EVERYTHING) : null,
  ]);
  batch(() => {
    counted.value = { board: now.board, query, answer };
    version.value++;
    rule.value = made;
    sides.value = both;
    health.value = hosts;
  });
  return null;
}

let running = false;
let again = false;

async function askSoon(): Promise<void> {
  if (running) {
    again = true;
    return;
  }
  running = true;
  isBusy.value = true;
  do {
    again = false;
    try {
      const refused = await ask();
      fault.value = refused && `${refused.error}${refused.help === null ? "" : ` ${refused.help}`}`;
    } catch (error) {
      fault.value = error instanceof Error ? error.message : String(error);
    }
  } while (again);
  running = false;
  isBusy.value = false;
}

/** Keeps counts in step while a dashboard is shown. */
export function follow(): () => void {
  return effect(() => {
    void state.value;
    void wishes.value;
    const all = loaded.value.reduce((sum, { events }) => sum + events, 0);
    // Tags, groups and drops are what rules decided.
    void decided.value?.generation;
    if (all === 0) counted.value = null;
    else if (decided.value !== null || refusal.value !== null) void askSoon();
  });
}

/** What a picture says of the events that it shows. */
export const about = computed((): string[] => {
  const now = counted.value;
  if (!now) return [];
  const { count, of } = now.answer;
  const lines = [`${count.toLocaleString("en-US")} of ${of.toLocaleString("en-US")} events${now.query.rest ? ", what would remain" : ""}`];
  const condition = rule.value?.condition ?? null;
  if (condition !== null && isCut(state.value)) lines.push(condition.replace(/\s+/g, " "));
  return lines;
});

export const eventNames = computed(() => eventsOf(state.value));
