// The hunt that the link asks for: made step by step, and what is shown of it.
//
// In: the link, events and rules that changed. Out: signals. Never here: how they look, and which processes are linked. A hunt that is
// not wanted any more ends after its step; what was found stays until the next one is over.
import { computed, effect, signal } from "@preact/signals";
import { type Board, EVERYTHING } from "../engine/board.ts";
import { FEW } from "../charts/TopCard.tsx";
import { engine } from "../engine/client.ts";
import type { Hunted, HuntProgress, HuntStuck } from "../engine/hunting.ts";
import { type Diagnostic, isRefused } from "../engine/types.ts";
import { announce } from "../ui/announce.tsx";
import { counted as counts } from "../preview/numbers.ts";
import { decided, loaded } from "../state/preview.ts";
import { go, link, view } from "../state/link.ts";
import { forestOf, type Folds } from "./forest.ts";
import { ALL_SHOWN, changeOf, hasBegin, type HuntState, keyOf, queryOf, stateOf } from "./link.ts";
import { nearOf } from "./timeline.ts";
import { sentence } from "./words.ts";

export const state = computed((): HuntState => stateOf(link.value));

/** The last hunt that was over; null: there is none. */
export const hunted = signal<Hunted | null>(null);
/** What is being done; null: nothing. */
export const step = signal<(HuntProgress & { what: string }) | null>(null);
/** Why there is no hunt. */
export const stuck = signal<HuntStuck | null>(null);
/** What is wrong with the condition. */
export const findings = signal<Diagnostic[]>([]);

/** Fields that are counted over the events of a hunt, as the log manager's page has them. */
export const CARDS = [
  { field: "msg.action", title: "Hunting-Action", none: null },
  { field: "msg.rulename", title: "Hunting-RuleName", none: null },
  { field: "msg.destinationip", title: "Hunting-Destination IP", none: "None of these events is a connection." },
  { field: "msg.destinationport", title: "Hunting-Destination port", none: "None of these events is a connection." },
] as const;
export const FIRST = { most: FEW, like: "" };
export const wishes = signal<Record<string, { most: number; like: string }>>({});
/** All events over time; the events of the hunt that are shown, and their values. */
export const over = signal<Board | null>(null);
export const shown = signal<Board | null>(null);
/** Are the events over time only those around the hunt? */
export const isNear = signal(false);
/** Goes up when rows have to be asked for again. */
export const version = signal(0);
/** Why the charts have no counts. */
export const fault = signal<string | null>(null);

const NO_FOLDS: Folds = { open: new Map(), more: new Map(), most: 400 };
export const folds = signal<Folds>(NO_FOLDS);
export const forest = computed(() => (hunted.value ? forestOf(hunted.value.hunt) : null));
export const isTimeline = signal(false);

/** Changes the hunt: a step that Back undoes. */
export const choose = (change: Parameters<typeof changeOf>[0], isStep = true): void => go(changeOf(change), isStep);
/** Another hunt. */
export const begin = (change: Parameters<typeof changeOf>[0]): void => go({ view: "hunting", ...changeOf({ ...ALL_SHOWN, ...change }) });
/** Through a process at which the hunt stopped. */
export function through(guid: string): void {
  const { request } = state.peek();
  if (!request.through.includes(guid)) choose({ through: [...request.through, guid] });
}

const STEPS = 96;
let asked = 0;
/** What the hunt that is shown was asked for. */
let made = "";
/** There are other events since then. */
let isOther = false;

async function whole(what: string, mine: number, take: (at: number) => Promise<HuntProgress>): Promise<boolean> {
  step.value = { what, done: 0, of: 1 };
  for (let at = 0; ; ) {
    const progress = await take(at);
    if (mine !== asked) return false;
    step.value = { ...progress, what };
    if (progress.done >= progress.of) return true;
    at = progress.done;
  }
}

/** There is no hunt, and why. */
function none(why: HuntStuck | null): void {
  hunted.value = null;
  stuck.value = why;
  if (why) announce([why.error, why.help ?? ""].map(sentence).join(" ").trim());
}

async function hunt(now: HuntState, mine: number): Promise<void> {
  if (!(await whole("Reading which processes are linked", mine, (at) => engine.huntRead(at)))) return;
  const met = [...now.request.met];
  findings.value = [];
  let inVain: string | null = null;
  if (now.where.trim() !== "") {
    let nobody: string | null = null;
    const isWhole = await whole("Looking for the events to begin with", mine, async (at) => {
      const begun = await engine.huntBegin({ events: [], where: now.where }, at);
      if (isRefused(begun)) throw new Error(begun.error);
      findings.value = begun.diagnostics;
      if (begun.done >= begun.of) {
        met.push(...begun.guids);
        if (begun.of === 0) nobody = "no event meets the condition";
        else if (begun.guids.length === 0) nobody = `none of the ${counts(begun.of, "event")} that meet the condition names the process that caused it`;
      }
      return begun;
    });
    if (!isWhole) return;
    const isWrong = findings.value.some(({ severity }) => severity === "error");
    if (isWrong) {
      // What is wrong is said at the condition, while somebody types it: the last hunt stays.
      if (isOther) hunted.value = null;
      stuck.value = null;
      return;
    }
    if (nobody !== null && now.request.start.length + met.length === 0) return none({ error: nobody, help: "Only events of Sysmon name processes by GUID", begin: [] });
    if (nobody !== null) inVain = `${sentence(nobody)} The hunt begins with the processes that were chosen or pasted.`;
  }
  step.value = { what: "Going from process to process", done: 0, of: 1 };
  const walked = await engine.huntWalk({ ...now.request, met });
  if (mine !== asked) return;
  if ("error" in walked) {
    return none({ ...walked, begin: walked.begin ?? [] });
  }
  if (!(await whole("Reading what they did", mine, (at) => engine.huntGather(at)))) return;
  const answer = await engine.huntEnd();
  if (mine !== asked) return;
  if (isRefused(answer)) throw new Error(answer.error);
  stuck.value = null;
  folds.value = NO_FOLDS;
  hunted.value = inVain === null ? answer : { ...answer, notes: [{ text: inVain, through: [] }, ...answer.notes] };
  const { processes, rounds } = answer.hunt;
  announce(`${counts(processes.length, "process", "processes")} in ${counts(rounds.length, "round")}, ${counts(answer.hunt.events, "event")}`);
}

/** The engine keeps its last hunt until the next one is over: where none is shown, none of its events is counted. */
function unhunted(all: Board): Board {
  if (!all.overTime) return all;
  const series = all.overTime.series.map((each) => (each.name === "hunted" ? { ...each, count: 0, counts: each.counts.map(() => 0) } : each));
  return { ...all, overTime: { ...all.overTime, series } };
}

/** Counts of what is shown. */
async function count(now: HuntState): Promise<void> {
  const near = isNear.peek() ? nearOf(hunted.peek()?.hunt) : null;
  const all = await engine.board({ ...EVERYTHING, ...near }, { steps: STEPS, series: "hunt", tops: [] });
  over.value = isRefused(all) ? null : hunted.peek() ? all : unhunted(all);
  fault.value = isRefused(all) ? all.error : null;
  if (!hunted.peek()) {
    shown.value = null;
    return;
  }
  const wanted = wishes.peek();
  const tops = CARDS.map(({ field }) => ({ field, ...(wanted[field] ?? FIRST) }));
  const some = await engine.board(queryOf(now), { steps: null, series: "hunt", tops });
  shown.value = isRefused(some) ? null : some;
  if (isRefused(some)) fault.value = some.error;
  version.value++;
}

async function look(isForced: boolean): Promise<void> {
  const mine = ++asked;
  const now = state.peek();
  if (isForced) isOther = true;
  try {
    const key = keyOf(now);
    if (isForced || key !== made) {
      // A hunt that is given up is begun anew by the next look.
      made = "";
      if (hasBegin(now)) await hunt(now, mine);
      else {
        none(null);
        findings.value = [];
      }
      if (mine !== asked) return;
      made = key;
      isOther = false;
      step.value = null;
    }
    await count(now);
  } catch (error) {
    if (mine !== asked) return;
    none({ error: error instanceof Error ? error.message : String(error), help: null, begin: [] });
    step.value = null;
  }
}

/** Keeps the hunt in step while it is shown. */
export function follow(): () => void {
  let events: unknown = null;
  const end = effect(() => {
    void state.value;
    void wishes.value;
    void isNear.value;
    const now = [loaded.value, decided.value?.generation ?? null];
    if (!decided.value || view.value !== "hunting") return;
    const isAnother = events !== null && JSON.stringify([loaded.value.length, now[1]]) !== events;
    const isNew = events === null;
    events = JSON.stringify([loaded.value.length, now[1]]);
    void look(isAnother || isNew);
  });
  return () => {
    end();
    // What is under way ends after its step.
    asked++;
    made = "";
    step.value = null;
  };
}
