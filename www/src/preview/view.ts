// How the events are shown: columns, widths, sizes, where the cursor is. Kept by the browser, of no meaning to the rules.
import { computed, effect, signal, untracked } from "@preact/signals";
import { engine } from "../engine/client.ts";
import { chosen, decided, EVERYTHING, loaded, rules, selected, selection } from "../state/preview.ts";
import type { Selection } from "../engine/types.ts";
import { ALL, shown } from "../state/configuration.ts";
import { standardColumns } from "./columns.ts";

const KEY = "blocksieve.events.";

function kept<T>(name: string, isIt: (value: unknown) => value is T, otherwise: T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY + name) ?? "null");
    return isIt(value) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(KEY + name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isWidths = (value: unknown): value is Record<string, number> =>
  isMap(value) && Object.values(value).every((width) => typeof width === "number" && width >= 40 && width <= 4000);
const isLists = (value: unknown): value is Record<string, string[]> =>
  isMap(value) && Object.values(value).every((list) => Array.isArray(list) && list.every((name) => typeof name === "string"));
const isSize = (value: unknown): value is number => typeof value === "number" && value >= 20 && value <= 80;

/** Columns that somebody chose, by event; "*": all events. */
const ownColumns = signal(kept("columns", isLists, {}));
/** Widths that somebody chose. */
export const widths = signal(kept("widths", isWidths, {}));
/** How much of the room the chosen event takes, in percent. */
export const detailSize = signal(kept("detail", isSize, 55));

const columnsKey = (): string => selection.value.event ?? "*";
export const columns = computed((): string[] => ownColumns.value[columnsKey()] ?? standardColumns(selection.value.event));
export const areOwn = computed(() => ownColumns.value[columnsKey()] !== undefined);

/** Shows other columns; null: those that are standard. */
export function setColumns(names: string[] | null): void {
  const { [columnsKey()]: _, ...rest } = ownColumns.value;
  ownColumns.value = names === null || !names.length ? rest : { ...rest, [columnsKey()]: names };
  keep("columns", ownColumns.value);
}

export function setWidth(name: string, width: number): void {
  widths.value = { ...widths.value, [name]: Math.round(Math.min(Math.max(width, 48), 1600)) };
  keep("widths", widths.value);
}

export function setDetailSize(percent: number): void {
  detailSize.value = Math.min(Math.max(percent, 20), 80);
  keep("detail", detailSize.value);
}

/** The width of the whole part, in pixels. */
export const room = signal(600);
/** Rows of two lines, the chosen event over them. */
export const isNarrow = computed(() => room.value < 460);
/** The chosen event beside the table, not below it. */
export const isBeside = computed(() => room.value >= 1100);

/** The line of the table that the keyboard is on. */
export const cursor = signal<number | null>(null);
/** Is the chosen event among those that are selected? */
export const isShown = signal(true);
/** Fields of the chosen event that a new rule is to ask for, in the order in which they were chosen. */
export const picked = signal<string[]>([]);

export function pick(name: string): void {
  picked.value = picked.value.includes(name) ? picked.value.filter((other) => other !== name) : [...picked.value, name];
}

/** Changes what is selected. */
export function choose(change: Partial<Selection>): void {
  selection.value = { ...selection.value, ...change };
}

/** Takes all filters away; the order stays. */
export function clearFilters(): void {
  shown.value = ALL;
  selection.value = { ...EVERYTHING, sort: selection.value.sort };
}

/** What leaves events out, as chips that can be removed. */
export const active = computed(() => {
  const { decision, event, rule, text, where } = selection.value;
  return { decision: decision !== "all", event: event !== null, rule: rule !== null, text: text.trim() !== "", where: where.trim() !== "" };
});

export const total = computed(() => loaded.value.reduce((sum, { events }) => sum + events, 0));

/** Chooses the event that many lines further. */
export async function step(by: number): Promise<void> {
  const { count } = selected.value;
  if (count === 0) return;
  const line = Math.min(Math.max((cursor.value ?? (by > 0 ? -1 : count)) + by, 0), count - 1);
  const [row] = await engine.rows(line, line + 1, []);
  if (!row) return;
  cursor.value = line;
  chosen.value = row.index;
}

/** Keeps the cursor on the chosen event, and the chosen rule the same when rules come and go. */
export function follow(): () => void {
  let ruleIs: string | null = null;
  const nameOf = (index: number | null): string | null => {
    const rule = index === null ? undefined : rules.peek()[index];
    return rule ? `${rule.place.file}\n${rule.name}` : null;
  };
  const ends = [
    effect(() => {
      void selected.value.version;
      const index = chosen.value;
      if (index === null) return;
      void engine.positionOf(index).then((line) => {
        if (chosen.peek() !== index) return;
        isShown.value = line !== null;
        if (line !== null) cursor.value = line;
      });
    }),
    effect(() => {
      void chosen.value;
      picked.value = [];
    }),
    effect(() => {
      ruleIs = nameOf(selection.value.rule);
    }),
    effect(() => {
      const now = rules.value;
      untracked(() => {
        if (ruleIs === null || nameOf(selection.value.rule) === ruleIs) return;
        const at = now.findIndex((rule) => `${rule.place.file}\n${rule.name}` === ruleIs);
        choose({ rule: at < 0 ? null : at });
      });
    }),
    effect(() => {
      // Filters that need what is not there any more would leave an empty table that nobody understands.
      const is = decided.value;
      const { decision } = selection.peek();
      if (is && ((decision === "undecidable" && is.undecidable === 0) || (decision === "damaged" && is.damaged === 0)))
        choose({ decision: "all" });
    }),
  ];
  return () => ends.forEach((end) => end());
}
