// What the page asks of boards: counts over the events that are loaded, cut down by what people clicked and typed.
//
// Values are counted as the language compares them: ignoring case, under the spelling that is the most frequent. A field that holds
// several values counts an event once for each of them. Tags and what rules set are as a condition sees them: as the classify rules set them, of
// events that a filter drops too.
import type { DecisionFilter, Diagnostic, Draft, Refused } from "./types.ts";

/** The events that are counted: those that meet all of it. */
export interface BoardQuery {
  /** Names of the catalogue; none: all events. */
  events: string[];
  /** Milliseconds since 1970: from this time to before that one; null: open. An event without a time meets only two nulls. */
  from: number | null;
  to: number | null;
  terms: BoardTerm[];
  /** Conditions of the language; "": none. */
  where: string;
  decision: DecisionFilter;
  /** Only events of the hunt that was made last. */
  hunted: boolean;
  /** The others: of these `events`, those that do not meet all of the rest. */
  rest: boolean;
}

/** Terms of one field that are not `out` hold together where one of them does. */
export interface BoardTerm {
  /** As rules name it, or one of `@tag`, `@event`, `@host`, `@rule` (that dropped it). */
  field: string;
  /** Null: there is none. */
  value: string | null;
  /** Without, not with. */
  out: boolean;
}

export interface BoardWanted {
  /** Counts over time, in at most so many steps; null: not asked for. */
  steps: number | null;
  /** What the counts over time tell apart: the groups of events, or a hunt's series. */
  series: "group" | "hunt";
  /** The most frequent values of fields; `like`: only those that hold this text. */
  tops: { field: string; most: number; like: string }[];
}

export interface Board {
  /** What is wrong with `where`; with an error in it nothing is counted. */
  diagnostics: Diagnostic[];
  /** Events of the board, before anything is cut away. */
  of: number;
  /** Events that meet the query. */
  count: number;
  /** Those of them without a time. */
  undated: number;
  /** The bytes that they took of their files. */
  bytes: number;
  overTime: OverTime | null;
  /** In the order asked for. */
  tops: Top[];
}

export interface OverTime {
  /** Where the first step begins, in milliseconds since 1970. */
  from: number;
  /** Milliseconds of a step: a round number of seconds, minutes, hours or days (UTC). */
  step: number;
  series: {
    /** `suspicious`, `security`, `forensic`, `none`, each event in one of them; of a hunt: `all`, `technique`, `suspicious`, `hunted`, which overlap. */
    name: string;
    count: number;
    /** One number a step. */
    counts: number[];
  }[];
}

export interface Top {
  field: string;
  /** The most frequent first, equal ones by their text. */
  values: TopValue[];
  /** Different values in all; of those that hold the text that was asked for. */
  distinct: number;
  /** Events that have none: what `FIELD is missing` chooses, and those with an empty list. */
  absent: number;
}

export interface TopValue {
  /** As it is written most often. */
  value: string;
  count: number;
  /** In how many ways it is written, over all events: letters of either case, and such as look alike. */
  spellings: number;
}

/** A host, and how its Sysmon is: times are those of its events of Sysmon, for a machine may live on without it. */
export interface HostHealth {
  host: string;
  /** Its events of Sysmon, and its others. */
  events: number;
  others: number;
  /** Milliseconds since 1970; null: none has a time. */
  first: number | null;
  last: number | null;
  /** Events 4 (state changed), 16 (configuration changed), 255 (error). */
  states: number;
  configurations: number;
  errors: number;
  /** What the last event 4 said: "Started", "Stopped"; null: there is none. */
  state: string | null;
  /** The longest time between two of them, in milliseconds, and where it began. */
  gap: number;
  gapFrom: number | null;
  /** From the last of them to the last event of all hosts, whoever wrote it, in milliseconds; null: there is none of Sysmon, or without a time. */
  silent: number | null;
}

/** A selection as text, and as rules. */
export interface BoardRule {
  /** One condition of the language that means the whole query; null: there is no condition in it. */
  condition: string | null;
  /** Null: there is no condition in it. */
  filter: Draft | Refused | null;
  alert: Draft | Refused | null;
}

/** All events. */
export const EVERYTHING: BoardQuery = { events: [], from: null, to: null, terms: [], where: "", decision: "all", hunted: false, rest: false };
