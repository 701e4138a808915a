// The sample events and what the rules do to them.
//
// In: files of events, and rules that changed. Out: decisions, the rows that are selected, the event that is chosen and what
// each block said of it. Never here: how that looks.
import { effect, signal } from "@preact/signals";
import { engine, took } from "../engine/client.ts";
import { isRefused } from "../engine/types.ts";
import type { Compiled, Decided, Diagnostic, EventCount, EventDetail, Explained, Loaded, Refused, Rule, Selected, Selection } from "../engine/types.ts";
import { piecesOf, together } from "./pieces.ts";
import { current } from "./project.ts";

export const rules = signal<Rule[]>([]);
export const decided = signal<Decided | null>(null);
/** Why nothing is decided. */
export const refusal = signal<Refused | null>(null);
/** From an edit to its decisions, in milliseconds, as the page saw it; and the engine's share. */
export const latency = signal<{ whole: number; engine: number } | null>(null);

export const loaded = signal<Loaded[]>([]);
export const eventCounts = signal<EventCount[]>([]);
/** Files that are being read. */
export const loading = signal<string[]>([]);
/** How far the file is that is read in pieces. */
export const readUpTo = signal<{ bytes: number; of: number } | null>(null);

export const EVERYTHING: Selection = {
  decision: "all",
  rule: null,
  event: null,
  text: "",
  where: "",
  sort: null,
};
export const selection = signal<Selection>(EVERYTHING);
/** How many events are selected; goes up in `version` when rows have to be asked for again. */
export const selected = signal<{ count: number; version: number; diagnostics: Diagnostic[] }>({
  count: 0,
  version: 0,
  diagnostics: [],
});

/** The number of the event that is chosen. */
export const chosen = signal<number | null>(null);
export const detail = signal<EventDetail | null>(null);
export const explained = signal<Explained | null>(null);

const unread = (file: string, error: string): Loaded => ({
  file,
  forms: [],
  events: 0,
  bytes: 0,
  damaged: [],
  moreDamaged: 0,
  error,
  needsReader: false,
  left: 0,
});

/** A file could not even be handed to the engine. */
export function couldNotRead(file: string, why: string): void {
  loaded.value = [...loaded.value, unread(file, why)];
}

/** Files up to this size are read as a whole, where they are not the agent's own lines. */
const WHOLE = 1024 * 1024 * 1024;

/** Has the engine read a file; the agent's own lines piece by piece, so that it answers in between. */
async function readAll(file: string, bytes: Uint8Array | Blob): Promise<Loaded> {
  if (bytes instanceof Uint8Array) return engine.addEvents(file, bytes);
  let all: Loaded | null = null;
  for await (const piece of piecesOf(bytes)) {
    const read = await engine.addLines(file, piece.bytes, piece.after);
    if (read.needsReader) {
      if (bytes.size <= WHOLE) return engine.addEvents(file, new Uint8Array(await bytes.arrayBuffer()));
      const most = "of other forms than the agent's own lines a page can hold 1 GiB";
      return unread(file, `it is larger than that: ${most}. Use \`blocksieve run\` for it, or a part of it`);
    }
    all = all ? together(all, read) : read;
    readUpTo.value = { bytes: piece.end, of: bytes.size };
  }
  return all ?? engine.addEvents(file, new Uint8Array());
}

/** Reads events; what is wrong with them stands in `loaded`. The bytes go to the engine and are gone here. */
export async function addEvents(file: string, bytes: Uint8Array | Blob): Promise<void> {
  loading.value = [...loading.value, file];
  try {
    const result = await readAll(file, bytes);
    loaded.value = [...loaded.value, result];
    // A file without events changes nothing, so what was compared with stays.
    if (result.events === 0) return;
    eventCounts.value = await engine.eventCounts();
    await decide();
    await compareFromHere();
  } catch (error) {
    couldNotRead(file, error instanceof Error ? error.message : String(error));
  } finally {
    readUpTo.value = null;
    const at = loading.value.indexOf(file);
    loading.value = loading.value.filter((_, other) => other !== at);
  }
}

/** The decisions as they are become what later ones are compared with. */
export async function compareFromHere(): Promise<void> {
  await engine.setBaseline();
  await decide();
}

export async function clearEvents(): Promise<void> {
  await engine.clearEvents();
  loaded.value = [];
  eventCounts.value = [];
  chosen.value = null;
  selection.value = EVERYTHING;
  decided.value = null;
  await decide();
}

let compiledAt = 0;
let running = false;
let again = false;

/** After a change of rules: decides as soon as the engine is free; of several changes only the last one counts. */
export function decideSoon(compiled: Compiled): void {
  rules.value = compiled.rules;
  compiledAt = performance.now() - (took.get("setFile") ?? 0);
  if (running) {
    again = true;
    return;
  }
  running = true;
  void (async () => {
    do {
      again = false;
      await decide();
    } while (again);
    running = false;
  })();
}

export async function decide(): Promise<void> {
  const start = compiledAt || performance.now();
  compiledAt = 0;
  const answer = await engine.decide();
  if (isRefused(answer)) {
    refusal.value = answer;
    return;
  }
  refusal.value = null;
  decided.value = answer;
  latency.value = { whole: performance.now() - start, engine: (took.get("decide") ?? 0) + (took.get("setFile") ?? 0) };
  await select();
}

// The last selection that the engine could follow: a condition with a fault leaves what was shown before.
let applied: Selection = EVERYTHING;

const isApplied = (result: Selected): boolean => !result.diagnostics.some(({ severity }) => severity === "error");

let selecting: Promise<void> = Promise.resolve();
let isWaiting = false;

/** Asks for the selected events anew. Where one question is under way already, one more waits behind it, with what is wanted then. */
function select(): Promise<void> {
  if (isWaiting) return selecting;
  isWaiting = true;
  selecting = selecting.then(selectNow, selectNow);
  return selecting;
}

async function selectNow(): Promise<void> {
  isWaiting = false;
  const wanted = selection.value;
  const result = await engine.select(wanted);
  if (isApplied(result)) applied = wanted;
  selected.value = { count: result.count, version: selected.peek().version + 1, diagnostics: result.diagnostics };
}

/** How many events each of these selections has; null where its condition has a fault. What is shown stays as it is. */
export async function countOf(selections: Selection[]): Promise<(number | null)[]> {
  // All of them are sent at once, with the way back behind them, so that no other question comes between.
  const answers = selections.map((each) => engine.select(each));
  const back = [engine.select(applied), engine.select(selection.value)];
  const results = await Promise.all(answers);
  await Promise.all(back);
  return results.map((result) => (isApplied(result) ? result.count : null));
}

let asked = 0;

/** What is to be known of the chosen event. */
async function look(index: number | null, file: string | null): Promise<void> {
  const mine = ++asked;
  if (index === null) {
    detail.value = null;
    explained.value = null;
    return;
  }
  const [event, marks] = await Promise.all([engine.event(index), file === null ? null : engine.explain(index, file)]);
  if (mine !== asked) return;
  detail.value = isRefused(event) ? null : event;
  explained.value = marks === null || isRefused(marks) ? null : marks;
}

/** Keeps what is shown in step with what is chosen. */
export function follow(): void {
  effect(() => {
    // Read here, so that a change of either starts anew.
    void selection.value;
    if (decided.peek()) void select();
  });
  effect(() => {
    void decided.value;
    void look(chosen.value, current.value);
  });
}
