// The configuration of Sysmon that is open, and what it does to the sample events.
//
// In: the file that is open, edits of its text, sample events. Out: its nodes, what is wrong with it, a row for each event, why the
// chosen one is logged or not. Never here: how that looks; rules of ours, which have nothing to do with it.
//
// A configuration that has errors decides nothing. One that cannot be read shows the parts of the last state that could be.
import { computed, effect, signal, untracked } from "@preact/signals";
import type { ConfigExplained, ConfigNode, ConfigRow, ConfigSums } from "../engine/configuration.ts";
import { engine } from "../engine/client.ts";
import { type Diagnostic, isRefused } from "../engine/types.ts";
import { chosen, EVERYTHING, loaded, selection } from "./preview.ts";
import { current, currentFile, fileOf, kindOf, put } from "./project.ts";
import { pane, tab } from "./show.ts";

export interface Configuration {
  name: string;
  text: string;
  /** Goes up when the text changed by another hand than the text editor's. */
  textVersion: number;
  /** Would Sysmon take it? */
  taken: boolean;
  schema: string;
  nodes: ConfigNode[];
  /** Are the nodes those of an earlier text? */
  isBehind: boolean;
  /** Goes up with each answer of the engine. */
  version: number;
}

/** Is a configuration the file that is open? */
export const isOpen = computed(() => current.value !== null && kindOf(current.value) === "sysmon");
export const configuration = signal<Configuration | null>(null);
/** Findings about it. */
export const findings = signal<Diagnostic[]>([]);
/** The node that is shown, by its number. */
export const node = signal<number | null>(null);
/** A part that is to be shown, by its name; another object is another wish. */
export const wanted = signal<{ block: string } | null>(null);

/** What becomes of each event, by its index; null: they are not decided. */
export const rows = signal<(ConfigRow | null)[] | null>(null);
export const sums = signal<ConfigSums | null>(null);
/** Why the chosen event is logged or not. */
export const why = signal<ConfigExplained | null>(null);

/** Which events are shown. */
export type Shown = { is: "all" } | { is: "logged" } | { is: "not" } | { is: "differs" } | { is: "name"; name: string | null };
export const ALL: Shown = { is: "all" };
export const shown = signal<Shown>(ALL);

// An answer counts only if nothing was edited since its question.
let edition = 0;

function take(name: string, text: string, isFresh: boolean): void {
  const mine = ++edition;
  void engine.setConfig(name, text).then((answer) => {
    if (mine !== edition) return;
    const old = isFresh ? null : configuration.peek();
    findings.value = answer.diagnostics;
    configuration.value = {
      name,
      text,
      textVersion: (configuration.peek()?.textVersion ?? 0) + Number(isFresh),
      taken: answer.taken,
      schema: answer.schema === "" ? (old?.schema ?? "") : answer.schema,
      nodes: answer.nodes ?? old?.nodes ?? [],
      isBehind: answer.nodes === null,
      version: (configuration.peek()?.version ?? 0) + 1,
    };
    const { nodes } = configuration.value;
    if (node.peek() === null || isFresh || (node.peek() ?? 0) >= nodes.length) node.value = nodes.length ? 0 : null;
  });
}

/** Shows the file that is open, if it is a configuration. */
export function open(): void {
  const file = currentFile.value;
  if (!file || kindOf(file.name) !== "sysmon") {
    edition++;
    configuration.value = null;
    findings.value = [];
    node.value = null;
    return;
  }
  if (tab.peek() !== "blocks" && tab.peek() !== "text") tab.value = "blocks";
  take(file.name, file.text, true);
}

/** The text editor says what it holds now. */
export function editText(text: string): void {
  const old = configuration.peek();
  if (!old || old.text === text) return;
  configuration.value = { ...old, text };
  put(old.name, { text });
  take(old.name, text, false);
}

/** Shows a part, among blocks. */
export function showPart(block: string): void {
  tab.value = "blocks";
  pane.value = "editor";
  node.value = Number.parseInt(block, 10);
  wanted.value = { block };
}

// What becomes of events

/** Events that are decided at once: between two such questions others are answered. */
const AT_ONCE = 1_000;
/** Rules that never decided, and names, that are told. */
const MOST = 500;

let deciding = 0;

async function decide(all: number): Promise<void> {
  const mine = ++deciding;
  const told: (ConfigRow | null)[] = [];
  for (let from = 0; from === 0 || from < all; from += AT_ONCE) {
    const answer = await engine.configDecide(from, Math.min(from + AT_ONCE, all));
    if (mine !== deciding) return;
    if (isRefused(answer)) return forget();
    told.push(...answer);
  }
  const counted = await engine.configSums(MOST);
  if (mine !== deciding) return;
  rows.value = told;
  sums.value = isRefused(counted) ? null : counted;
}

function forget(): void {
  rows.value = null;
  sums.value = null;
}

const fits = (row: ConfigRow | null, wish: Shown): boolean => {
  if (wish.is === "all") return true;
  if (row === null) return false;
  if (wish.is === "name") return row.logged && row.name === wish.name;
  return wish.is === "logged" ? row.logged : wish.is === "not" ? !row.logged : row.agrees === false;
};

/** The events that fit, by their index. */
export const fitting = (all: readonly (ConfigRow | null)[], wish: Shown): number[] =>
  all.flatMap((row, index) => (fits(row, wish) ? [index] : []));

let explaining = 0;

/** Keeps decisions in step with text and events. */
export function follow(): void {
  effect(() => {
    const now = configuration.value;
    const all = loaded.value.reduce((sum, { events }) => sum + events, 0);
    void now?.version;
    untracked(() => {
      if (now?.taken && fileOf(now.name)) return void decide(all);
      deciding++;
      forget();
    });
  });
  effect(() => {
    const all = rows.value;
    const wish = shown.value;
    untracked(() => {
      const { among: _, ...rest } = selection.value;
      if (all === null || wish.is === "all") {
        if (selection.value.among) selection.value = { ...EVERYTHING, ...rest };
      } else selection.value = { ...rest, among: fitting(all, wish) };
    });
  });
  // Without a configuration nothing is chosen by it.
  effect(() => {
    if (!isOpen.value) shown.value = ALL;
  });
  effect(() => {
    const index = chosen.value;
    const mine = ++explaining;
    if (index === null || rows.value === null || !rows.value[index]) {
      why.value = null;
      return;
    }
    void engine.configExplain(index).then((answer) => {
      if (mine === explaining) why.value = isRefused(answer) ? null : answer;
    });
  });
}
