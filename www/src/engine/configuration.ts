// What the engine says of a configuration of Sysmon.
//
// A part of a configuration is named by numbers: "3" is a node, "3.14" an item of it, "3.14.2" a filter of that item where it is a
// Rule. Blocks have these names as their ids.
import type { Diagnostic } from "./types.ts";

/** A range of a text in UTF-16 units; line and column of its start from 1. */
export interface Range {
  start: number;
  end: number;
  line: number;
  column: number;
}

/** Bytes of a file as text. */
export interface ConfigText {
  text: string;
  /** "UTF-8", "UTF-16LE", "UTF-16BE", "ISO-8859-1". */
  encoding: string;
  /** Did a mark stand before it? */
  mark: boolean;
}

export interface Configured {
  diagnostics: Diagnostic[];
  /** Would Sysmon take it? Else no event is decided. */
  taken: boolean;
  /** The version of its schema: "4.90". */
  schema: string;
  /** In the order of the text; null: it cannot be read, and the parts of the last one that could be are still there. */
  nodes: ConfigNode[] | null;
}

export interface ConfigNode {
  tag: string;
  /** The ids of the tag's events. */
  events: number[];
  /** "include", "exclude". */
  onMatch: string;
  /** "or", "and". */
  relation: string;
  /** The name of its group. */
  group: string | null;
  /** Filters outside of Rules, and Rules. */
  rules: number;
  /** All its filters. */
  filters: number;
  range: Range;
}

/** A Rule, or a filter alone. */
export interface ConfigItem {
  /** Of a Rule "or", "and"; null: it is a filter alone. */
  relation: string | null;
  /** Of a Rule, its own name. */
  name: string | null;
  filters: ConfigFilter[];
  range: Range;
}

export interface ConfigFilter {
  field: string;
  condition: string;
  value: string;
  /** Its own name. */
  name: string | null;
  range: Range;
}

export interface ConfigFound {
  count: number;
  /** The first of them. */
  parts: ConfigPart[];
}

export interface ConfigPart {
  block: string;
  /** The tag of its node. */
  tag: string;
  /** What it is, in one line. */
  text: string;
  range: Range;
}

/** What becomes of an event of Sysmon. */
export interface ConfigRow {
  logged: boolean;
  /** The RuleName that it gets. */
  name: string | null;
  /** Is that the one that it has with it? Null: it is not logged. */
  agrees: boolean | null;
  /** The filter that decided. */
  block: string | null;
  /** Did its form lose a field that is asked for? */
  lost: boolean;
}

/** What became of all events. */
export interface ConfigSums {
  /** Events of Sysmon. */
  events: number;
  logged: number;
  /** Events of others. */
  other: number;
  /** Logged events that have the RuleName with them. */
  agree: number;
  differ: number;
  lost: number;
  byEvent: ConfigEventSum[];
  /** The most frequent first. */
  names: ConfigNameSum[];
  rules: number;
  /** Rules that never decided. */
  never: number;
  /** The first of these. */
  neverFired: ConfigPart[];
}

export interface ConfigEventSum {
  id: number;
  /** The tag that filters such events. */
  tag: string | null;
  events: number;
  logged: number;
}

export interface ConfigNameSum {
  /** Null: they get none. */
  name: string | null;
  events: number;
}

/** A part that something is said of. */
export interface ConfigSpot {
  /** Null: it is no part of a node. */
  block: string | null;
  /** What it is, in one line. */
  text: string;
  /** What the event has there; of a filter. */
  seen: string | null;
  range: Range;
}

/** Why an event is logged or not. */
export interface ConfigExplained {
  row: ConfigRow;
  /** In one sentence. */
  why: string;
  /** The node that matches. */
  node: ConfigSpot | null;
  /** The Rule in it. */
  rule: ConfigSpot | null;
  /** The filter that decided; where several had to match, the last of them. */
  filter: ConfigSpot | null;
  /** Where the name is written. */
  nameAt: ConfigSpot | null;
  /** The RuleName that the event has with it. */
  recorded: string | null;
  /** A Rule that it meets in part. */
  nearest: ConfigSpot | null;
  /** The filters of that Rule that it does not meet. */
  missing: ConfigSpot[];
}

/** What the parts of one node say of an event, each asked alone. */
export interface ConfigMet {
  node: boolean;
  items: ConfigMetItem[];
  /** The fields that the node asks for, with their values. */
  seen: { field: string; value: string | null }[];
}

export interface ConfigMetItem {
  met: boolean;
  filters: boolean[];
}
