// What somebody hunts, as the link has it and as the engine is asked.
//
// In: parts of the link; clicks. Out: a hunt, parts of the link again. Never here: the engine, the page.
//
// | key | what |
// | --- | --- |
// | `huntfrom`, `huntmet` | GUIDs to begin with: whatever they are; unless they are the system's own |
// | `huntwhere` | a condition on events to begin with |
// | `huntaccess`, `huntdepth`, `huntstop`, `huntthrough` | the options of `blocksieve hunt` |
// | `huntprocess`, `huntis`, `huntnot`, `huntspan`, `huntsort` | what of its events is shown |
import type { BoardQuery, BoardTerm } from "../engine/board.ts";
import type { HuntRequest } from "../engine/hunting.ts";
import type { Selection } from "../engine/types.ts";
import { type Change, type Parts, valueOf, valuesOf } from "../state/link.ts";

export interface HuntState {
  request: HuntRequest;
  /** Events to begin with. */
  where: string;
  /** The process whose events are shown; null: those of all. */
  process: string | null;
  terms: BoardTerm[];
  from: number | null;
  to: number | null;
  sort: Selection["sort"];
}

/** GUIDs that a link has at most, and other values of one key. */
export const MOST_GUIDS = 5_000;
const MOST = 100;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** A GUID as links have it; null: it is none. */
export const short = (text: string): string | null => {
  const plain = text.trim().replace(/^\{(.*)\}$/, "$1").toLowerCase();
  return GUID.test(plain) ? plain : null;
};
/** A GUID as the engine writes it. */
export const whole = (text: string): string => `{${text.toUpperCase()}}`;

const guids = (text: string | null): string[] => {
  const found = (text ?? "").split(",").flatMap((each) => short(each) ?? []);
  return [...new Set(found)].slice(0, MOST_GUIDS).map(whole);
};
const written = (list: readonly string[]): string | null => list.flatMap((each) => short(each) ?? []).join(",") || null;

const term = (text: string, out: boolean): BoardTerm[] => {
  const at = text.indexOf(":");
  const field = at < 0 ? text : text.slice(0, at);
  return /^@?[\w.@-]{1,200}$/.test(field) ? [{ field, value: at < 0 ? null : text.slice(at + 1), out }] : [];
};
const termText = ({ field, value }: BoardTerm): string => (value === null ? field : `${field}:${value}`);

/** What a link asks for. What it asks for wrongly is left out. */
export function stateOf(parts: Parts): HuntState {
  const depth = valueOf(parts, "huntdepth") ?? "";
  const process = short(valueOf(parts, "huntprocess") ?? "");
  const span = /^(-?\d{1,16})_(-?\d{1,16})$/.exec(valueOf(parts, "huntspan") ?? "");
  const [from, to] = [Number(span?.[1]), Number(span?.[2])];
  const sort = /^(-?)([\w.]{1,100})$/.exec(valueOf(parts, "huntsort") ?? "");
  return {
    request: {
      start: guids(valueOf(parts, "huntfrom")),
      met: guids(valueOf(parts, "huntmet")),
      access: valueOf(parts, "huntaccess") === "1",
      maxDepth: /^[1-9]\d{0,4}$/.test(depth) ? Number(depth) : null,
      stopAt: valuesOf(parts, "huntstop").slice(0, MOST),
      through: valuesOf(parts, "huntthrough").slice(0, MOST),
    },
    where: valueOf(parts, "huntwhere") ?? "",
    process: process === null ? null : whole(process),
    terms: [...valuesOf(parts, "huntis").flatMap((each) => term(each, false)), ...valuesOf(parts, "huntnot").flatMap((each) => term(each, true))].slice(0, MOST),
    ...(span && from < to ? { from, to } : { from: null, to: null }),
    sort: sort ? { column: sort[2] ?? "", descending: sort[1] === "-" } : null,
  };
}

type Changes = Partial<Omit<HuntState, "request"> & HuntRequest>;

/** What a change is in the link. */
export function changeOf(change: Changes): Change {
  const parts: Change = {};
  if (change.start !== undefined) parts["huntfrom"] = written(change.start);
  if (change.met !== undefined) parts["huntmet"] = written(change.met);
  if (change.where !== undefined) parts["huntwhere"] = change.where.trim() || null;
  if (change.access !== undefined) parts["huntaccess"] = change.access ? "1" : null;
  if (change.maxDepth !== undefined) parts["huntdepth"] = change.maxDepth === null ? null : String(change.maxDepth);
  if (change.stopAt !== undefined) parts["huntstop"] = change.stopAt;
  if (change.through !== undefined) parts["huntthrough"] = change.through;
  if (change.process !== undefined) parts["huntprocess"] = change.process === null ? null : short(change.process);
  if (change.terms !== undefined) {
    parts["huntis"] = change.terms.filter(({ out }) => !out).map(termText);
    parts["huntnot"] = change.terms.filter(({ out }) => out).map(termText);
  }
  if (change.from !== undefined || change.to !== undefined)
    parts["huntspan"] = typeof change.from === "number" && typeof change.to === "number" ? `${change.from}_${change.to}` : null;
  if (change.sort !== undefined) parts["huntsort"] = change.sort === null ? null : `${change.sort.descending ? "-" : ""}${change.sort.column}`;
  return parts;
}

/** Another hunt shows all of its events. */
export const ALL_SHOWN: Changes = { process: null, terms: [], from: null, to: null };

/** Is there anything to begin with? */
export const hasBegin = ({ request, where }: HuntState): boolean => request.start.length > 0 || request.met.length > 0 || where.trim() !== "";

/** The part of it that makes another hunt, to be compared. */
export const keyOf = ({ request, where }: HuntState): string => JSON.stringify([request, where.trim()]);

/** The events that the charts and the table are about. */
export const queryOf = ({ process, terms, from, to }: HuntState): BoardQuery => ({
  events: [],
  from,
  to,
  terms,
  where: process === null ? "" : `any processguid == '${process}'`,
  decision: "all",
  hunted: true,
  rest: false,
});
