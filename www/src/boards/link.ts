// What somebody chose on a dashboard: as the link has it, and as the engine is asked.
//
// In: parts of the link; clicks. Out: a selection, a query, parts of the link again. Never here: the engine, the page.
import type { BoardQuery, BoardTerm } from "../engine/board.ts";
import type { Selection } from "../engine/types.ts";
import { FARTHEST, rangeText } from "../charts/time.ts";
import { type Change, type Parts, valueOf } from "../state/link.ts";
import { type BoardDefinition, boardNamed } from "./list.ts";

export interface BoardState {
  board: BoardDefinition;
  /** Ids of additions that are switched on. */
  additions: number[];
  terms: BoardTerm[];
  from: number | null;
  to: number | null;
  where: string;
  /** What would remain if this filter ran. */
  rest: boolean;
  sort: Selection["sort"];
}

/** Terms of a link; beyond that it is no link of ours. */
const MOST_TERMS = 200;

export const WHITELISTED: BoardTerm = { field: "@tag", value: "whitelisted", out: true };
export const SUSPICIOUS: BoardTerm = { field: "@tag", value: "suspicious", out: false };

/** `FIELD:VALUE`, or `FIELD` alone: it has none. */
const term = (text: string, out: boolean): BoardTerm | null => {
  const at = text.indexOf(":");
  const field = at < 0 ? text : text.slice(0, at);
  return /^@?[\w.@-]{1,200}$/.test(field) ? { field, value: at < 0 ? null : text.slice(at + 1), out } : null;
};
const written = ({ field, value }: BoardTerm): string => (value === null ? field : `${field}:${value}`);

export const isSame = (one: BoardTerm, other: BoardTerm): boolean =>
  one.field === other.field && one.value === other.value && one.out === other.out;

const time = (text: string | null): number | null => {
  if (text === null || !/^-?\d{1,16}$/.test(text)) return null;
  const found = Number(text);
  return Math.abs(found) <= FARTHEST ? found : null;
};

/** What a link asks for. What it asks for wrongly is left out. */
export function stateOf(parts: Parts): BoardState {
  const board = boardNamed(valueOf(parts, "board"));
  const wanted = (valueOf(parts, "with") ?? "").split(",").map(Number);
  const terms: BoardTerm[] = [];
  for (const [key, value] of parts) {
    const found = key === "is" || key === "not" ? term(value, key === "not") : null;
    if (found && terms.length < MOST_TERMS && !terms.some((each) => isSame(each, found))) terms.push(found);
  }
  const sort = /^(-?)([\w.]{1,100})$/.exec(valueOf(parts, "sort") ?? "");
  const [from, to] = [time(valueOf(parts, "from")), time(valueOf(parts, "to"))];
  return {
    board,
    additions: board.more.map(({ id }) => id).filter((id) => wanted.includes(id)),
    terms,
    ...(from !== null && to !== null && from >= to ? { from: null, to: null } : { from, to }),
    where: valueOf(parts, "where") ?? "",
    rest: valueOf(parts, "rest") === "1",
    sort: sort ? { column: sort[2] ?? "", descending: sort[1] === "-" } : null,
  };
}

/** What a change of the selection is in the link. Additions are those of the board that is shown. */
export function changeOf(change: Partial<Omit<BoardState, "board">> & { board?: string }): Change {
  const parts: Change = {};
  if (change.board !== undefined) Object.assign(parts, { view: "dashboards", board: change.board, with: null, sort: null });
  if (change.additions !== undefined) parts["with"] = change.additions.join(",") || null;
  if (change.terms !== undefined) {
    parts["is"] = change.terms.filter(({ out }) => !out).map(written);
    parts["not"] = change.terms.filter(({ out }) => out).map(written);
  }
  if (change.from !== undefined) parts["from"] = change.from === null ? null : String(change.from);
  if (change.to !== undefined) parts["to"] = change.to === null ? null : String(change.to);
  if (change.where !== undefined) parts["where"] = change.where.trim() === "" ? null : change.where;
  if (change.rest !== undefined) parts["rest"] = change.rest ? "1" : null;
  if (change.sort !== undefined) parts["sort"] = change.sort === null ? null : `${change.sort.descending ? "-" : ""}${change.sort.column}`;
  return parts;
}

/** The events that it is about: those of the board, and the additions that are on. */
export const eventsOf = ({ board, additions }: BoardState): string[] =>
  [...board.events, ...board.more.filter(({ id }) => additions.includes(id))].map(({ name }) => name);

/** What the engine is asked. */
export const queryOf = (state: BoardState, isRest = state.rest): BoardQuery => ({
  events: eventsOf(state),
  from: state.from,
  to: state.to,
  terms: state.terms,
  where: state.where,
  decision: "all",
  hunted: false,
  rest: isRest && isCut(state),
});

/** Is anything cut away? */
export const isCut = ({ terms, from, to, where }: BoardState): boolean => terms.length > 0 || from !== null || to !== null || where.trim() !== "";

/** A click on a value: the same click again takes it back, the other one turns it round. */
export function turned(terms: readonly BoardTerm[], clicked: BoardTerm): BoardTerm[] {
  const others = terms.filter((each) => each.field !== clicked.field || each.value !== clicked.value);
  return terms.some((each) => isSame(each, clicked)) ? others : [...others, clicked];
}

/** Terms with one of them taken away. */
export const without = (terms: readonly BoardTerm[], gone: BoardTerm): BoardTerm[] => terms.filter((each) => !isSame(each, gone));

export interface Chip {
  label: string;
  /** What it means, where the label does not say it all. */
  title: string;
  out: boolean;
  without: Partial<Omit<BoardState, "board">>;
}

const SHORT = 60;
const short = (text: string): string => (text.length > SHORT ? `${text.slice(0, SHORT - 20)}…${text.slice(-19)}` : text);

/** All that cuts events away, each removable. Terms of one field that hold together stand together. */
export function chipsOf(state: BoardState, labelOf: (field: string) => string): Chip[] {
  const { terms, from, to, where } = state;
  const ordered = [...terms].sort((a, b) => order(terms, a) - order(terms, b));
  const chips = ordered.map((each): Chip => {
    const first = terms.find((other) => other.field === each.field && !other.out);
    const isOr = !each.out && first !== undefined && first !== each;
    const value = each.value === null ? "none" : each.value === "" ? "empty" : each.value;
    const words = each.out ? "is not" : "is";
    return {
      label: `${isOr ? "or " : ""}${labelOf(each.field)} ${words} ${short(value)}`,
      title: `${each.field} ${words} ${value}`,
      out: each.out,
      without: { terms: without(terms, each) },
    };
  });
  if (from !== null || to !== null) {
    const label = rangeText(from, to);
    chips.push({ label, title: `${label} (UTC)`, out: false, without: { from: null, to: null } });
  }
  if (where.trim() !== "") chips.push({ label: `where ${short(where.trim().replace(/\s+/g, " "))}`, title: where, out: false, without: { where: "" } });
  return chips;
}

const order = (terms: readonly BoardTerm[], each: BoardTerm): number => terms.findIndex(({ field, out }) => field === each.field && out === each.out);
