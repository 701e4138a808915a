// What the page and the engine say to each other.
//
// The engine is the library built to WASM, in a worker; these are the shapes of its answers. Offsets in texts are UTF-16
// units, as JavaScript counts. Numbers of events and rules cross as decimal text; only counts, indexes and offsets are
// JavaScript's numbers.

import type { HuntBegun, HuntForm, HuntFrom, HuntGuids, HuntProgress, HuntRequest, HuntStuck, HuntWalked, Hunted } from "./hunting.ts";
import type { Board, BoardQuery, BoardRule, BoardWanted, HostHealth } from "./board.ts";
import type { ConfigExplained, ConfigFound, ConfigItem, ConfigMet, ConfigRow, ConfigSums, ConfigText, Configured } from "./configuration.ts";

export type Kind = "filter" | "classify" | "alert";
export type Severity = "error" | "warning" | "note";

/** A file of the project that holds rules: `filters/dns.rule`, `x.blocks.json`, `x.blocks.xml`. */
export interface RuleFile {
  name: string;
  text: string;
}

/** What blocksieve.toml says, and the tables' files, read by the page. */
export interface Settings {
  /** The agent's version: "8.17". */
  winlogbeat: string;
  tables: Table[];
  /** The names of its templates; missing: there is no blocksieve.toml that could name any. */
  templates?: string[];
  /** The log manager's registry, as blocksieve.toml has it. */
  logmanager?: unknown;
  /** What a whole winlogbeat.yml collects, as blocksieve.toml has it. */
  collect?: unknown;
  name?: string;
  /** "2026-11-26": for rules that expire. */
  today?: string;
}

export interface Table {
  name: string;
  /** The path of its file in the project. */
  file: string;
  key: string;
  hashes: string[];
  /** The CSV file. */
  text: string;
}

// Rules

/** A place in a file: a range of its text, or a block of its workspace; neither: the file as a whole. */
export interface Place {
  file: string;
  range: { start: number; end: number; line: number; column: number } | null;
  block: string | null;
  /** The field or input of that block. */
  field: string | null;
}

export interface Diagnostic extends Place {
  code: string;
  severity: Severity;
  title: string;
  message: string;
  label: string | null;
  help: string | null;
  related: (Place & { label: string | null })[];
  fix: (Place & { replacement: string }) | null;
}

/** A rule of the project that compiles, in the order in which rules run. */
export interface Rule {
  kind: Kind;
  name: string;
  id: string | null;
  /** Where it begins. */
  place: Place;
  /** The events it asks for by name; none: any. */
  events: string[];
}

export interface Compiled {
  diagnostics: Diagnostic[];
  /** Those without errors; the others do not run. */
  rules: Rule[];
}

// Documents: functions of one text, nothing of them stays in the engine

/** A file as blocks. */
export interface Drawn {
  /** What Blockly loads, as JSON; null: there are errors. */
  blocks: string | null;
  links: Link[];
  diagnostics: Diagnostic[];
}

/** A block and what it is in the text. */
export interface Link {
  block: string;
  start: number;
  end: number;
}

/** Blocks as text. */
export interface Texted {
  text: string | null;
  links: Link[];
  diagnostics: Diagnostic[];
}

export type Form = "text" | "blockly-json" | "blockly-xml" | "logmanager-xml";

export interface Converted {
  text: string | null;
  diagnostics: Diagnostic[];
}

export interface WinlogbeatOptions {
  /** "7.0" to "9"; null: the project's. */
  version: string | null;
  /** A whole winlogbeat.yml. */
  whole: boolean;
  /** Tags instead of drops. */
  observe: boolean;
  /** Only this file's filters; null: all. */
  file: string | null;
}

export interface WinlogbeatText {
  yaml: string | null;
  /** Names of filters of which nothing can be written. */
  nothing: string[];
  diagnostics: Diagnostic[];
}

// Events

/** What came of one file of events. */
export interface Loaded {
  file: string;
  /** Forms, with the number of events of each. */
  forms: { form: string; events: number }[];
  events: number;
  bytes: number;
  damaged: { number: string | null; reason: string }[];
  /** How many more were damaged than are listed. */
  moreDamaged: number;
  /** Why it could not be read, or not to its end; with the forms that are known where it has none of them. */
  error: string | null;
  /** These are not the agent's own lines: the other module reads them, and carries them to this one. */
  needsReader: boolean;
  /** Events beyond the limit of what the page holds. */
  left: number;
}

/** An event of the sample by name or id, and how many of it there are. */
export interface EventCount {
  /** `sysmon.dns_query`, or null where the catalogue has no name for it. */
  event: string | null;
  /** What the product calls it. */
  title: string | null;
  provider: string;
  id: string;
  count: number;
}

// Decisions

export interface Decided {
  /** Goes up with every change of rules or events. */
  generation: number;
  events: number;
  bytes: number;
  dropped: number;
  bytesDropped: number;
  kept: number;
  tagged: number;
  alerted: number;
  damaged: number;
  failed: number;
  undecidable: number;
  /** In the order of `Compiled.rules`. */
  rules: RuleCount[];
  /** Against the baseline: events dropped now and not then, and the other way round. Null: there is none. */
  since: { dropped: number; kept: number; alerted: number; silenced: number } | null;
}

export interface RuleCount {
  /** Events on which it did something: dropped first of all, tagged, set, sent. */
  acted: number;
  bytes: number;
  /** A filter: events that only it would drop. */
  alone: number;
  /** A filter: events that an earlier filter dropped, and it would too. */
  also: number;
  /** Events of the kinds that it asks for. */
  reached: number;
  undecidable: number;
  failed: number;
  /** Why it never did anything, in a sentence; null: it did. */
  never: string | null;
}

export type DecisionFilter = "all" | "dropped" | "kept" | "tagged" | "alerted" | "changed" | "undecidable" | "damaged";

export interface Selection {
  decision: DecisionFilter;
  /** Only events on which this rule (index) did something. */
  rule: number | null;
  /** Only this event: a name of the catalogue, or an id. */
  event: string | null;
  /** Free text: every word must stand somewhere in the event, ignoring case. */
  text: string;
  /** Conditions of the language behind that, empty: none. */
  where: string;
  sort: { column: string; descending: boolean } | null;
  /** Only these events, by their index, in rising order. */
  among?: number[];
}

export interface Selected {
  count: number;
  /** What is wrong with `where`. */
  diagnostics: Diagnostic[];
}

export interface Row {
  /** The event's number in the sample, which stays the same whatever is selected. */
  index: number;
  time: string | null;
  host: string | null;
  id: string | null;
  event: string | null;
  decision: "dropped" | "kept" | "damaged";
  /** Index into the rules of the one that dropped it. */
  rule: number | null;
  tags: string[];
  alerts: number;
  changed: boolean;
  /** In the order of the columns asked for; null: absent. */
  cells: (string | null)[];
}

export type ValueType = "text" | "number" | "boolean" | "null" | "list" | "map";

export interface FieldValue {
  /** Its path in the agent's event: `winlog.event_data.Image`. */
  path: string;
  /** How rules name it: `Image`. */
  name: string;
  type: ValueType;
  value: string;
}

export interface EventDetail {
  index: number;
  file: string;
  record: string;
  form: string;
  time: string | null;
  host: string | null;
  id: string | null;
  event: string | null;
  /** The event's name for people: "DNS query". */
  title: string | null;
  decision: "dropped" | "kept" | "damaged";
  rule: number | null;
  /** In the order of the event. */
  fields: FieldValue[];
  /** `msg.*` and what else the log manager stores; empty where it was dropped. */
  stored: FieldValue[];
  tags: { tag: string; kind: Kind; rule: string; because: string[] }[];
  /** Every rule that saw it. */
  rules: { rule: number; verdict: string; acted: boolean; reached: boolean }[];
  /** Why some tests cannot be answered. */
  undecidable: { rule: number; test: string; why: string }[];
}

export type MarkState = "true" | "false" | "unreached";

/** What one block, or one piece of text, said of one event. */
export interface Mark extends Place {
  state: MarkState;
  /** The values seen, with the field as the rule names it. */
  seen: { field: string; value: string | null }[];
  reason: string | null;
  hint: string | null;
}

export interface Explained {
  /** Of every rule of one file, blocks before those inside them. */
  marks: Mark[];
  /** One a rule of that file. */
  verdicts: { rule: string; kind: Kind; verdict: string; decidedBy: string | null }[];
}

// Help while drawing and writing

export interface FieldInfo {
  /** As rules write it. */
  name: string;
  /** Its type: "text", "number", "time", "hashes", ... */
  type: string;
  /** One line about it. */
  about: string;
  /** Is it in all the events asked about? */
  always: boolean;
  /** Where it comes from: the event's own data, every event, or the normaliser. */
  group: "event" | "common" | "msg";
}

export interface EventInfo {
  name: string;
  id: string;
  title: string;
  provider: string;
}

export interface ValueCount {
  value: string;
  count: number;
}

// New rules out of events

export interface DraftRequest {
  index: number;
  /** A filter that drops; a classify rule that tags `whitelisted`, so that no predefined alert comes of it; an alert. */
  what: "filter" | "silence" | "alert";
  /** Fields as rules name them. */
  fields: string[];
}

export interface Draft {
  /** A name for its file, without an ending. */
  file: string;
  text: string;
}

/** A template of the project, with the texts of its files. */
export interface TemplateText {
  name: string;
  subject: string;
  text: string;
  html: string | null;
}

export interface MessageRequest {
  /** The file of the event, for commands. */
  file: string;
  record: number;
  templates: TemplateText[];
}

/** What an alert says of an event. */
export interface Message {
  /** Index into the rules. */
  rule: number;
  /** "mail". */
  via: string;
  to: string[];
  /** The template that the rule names. */
  template: string | null;
  subject: string;
  text: string;
  html: string | null;
  /** What is wrong with the template. */
  problems: string[];
}

export interface TableEdit {
  table: string;
  /** The path of the table's file. */
  file: string;
  /** The whole new file. */
  text: string;
  /** What was added, for people. */
  added: string;
}

/** Why something cannot be done, and the way out. */
export interface Refused {
  error: string;
  help: string | null;
}

/** Is it a refusal? */
export const isRefused = (answer: object): answer is Refused => "error" in answer && "help" in answer && !("file" in answer);

// Tests of rules

export interface TestResult {
  name: string;
  place: Place;
  passed: boolean;
  /** What was expected and what came, one sentence a difference. */
  differences: string[];
  /** The rules that matter to it, with their conditions and what they saw, as lines. */
  trees: string[];
  /** What could not be checked here, one sentence each: a page has no files beside the tests. */
  unchecked: string[];
}

export interface Tested {
  results: TestResult[];
  diagnostics: Diagnostic[];
}

/** How much of it the tests made run: a condition true and false, or one of them only; a statement reached or not. */
export type CoverGrade = "whole" | "partly" | "never" | "uncounted";

/** A block, or a piece of text, and what the tests saw of it. */
export interface CoveredPiece extends Place {
  /** 0: the rule itself. */
  depth: number;
  /** What stands there, on one line. */
  text: string;
  grade: CoverGrade;
  /** "true 3×, false 1×"; nothing of a mere word. */
  told: string;
}

/** What tests made run of the rules of one file. */
export interface Covered {
  /** Outer pieces before inner ones. */
  pieces: CoveredPiece[];
  /** What no test showed, each with the event that it takes. */
  missing: NotCovered[];
  conditions: number;
  /** Those that were true and false. */
  both: number;
}

export interface NotCovered extends Place {
  hint: string;
}

/**
 * Every call of the engine. In the worker each is a function that returns at once; the page gets promises.
 */
export interface Engine {
  version(): string;

  /** Replaces all rules and settings. */
  setProject(files: RuleFile[], settings: Settings): Compiled;
  /** Replaces one file, or adds it, in path order. */
  setFile(name: string, text: string): Compiled;
  removeFile(name: string): Compiled;

  toBlocks(name: string, text: string, layout: string | null): Drawn;
  toText(name: string, blocks: string): Texted;
  format(name: string, text: string): Converted;
  convert(name: string, text: string, to: Form): Converted;
  winlogbeat(options: WinlogbeatOptions): WinlogbeatText;
  importWinlogbeat(name: string, text: string, version: string | null): Converted;
  /** Files of Sigma that belong together, each as text of ours. `setup`: the project's sigma.toml. */
  importSigma(files: RuleFile[], setup: string | null): Converted[];
  /**
   * A file of ours as Sigma. `onto`: the text of Sigma that it was made of, of which is kept what was not changed; `beside`: texts of Sigma that
   * were read together with it and have to do with it.
   */
  exportSigma(name: string, text: string, onto: string | null, setup: string | null, beside: string[]): Converted;
  listing(file: string | null): string;

  addEvents(file: string, bytes: Uint8Array): Loaded;
  /**
   * A piece of a file of the agent's own lines, which ends where a line ends, behind so many lines of it that were read before. The first one
   * says `needsReader` where its lines are none: then the file goes to `addEvents` as a whole.
   */
  addLines(file: string, bytes: Uint8Array, after: number): Loaded;
  clearEvents(): void;
  eventCounts(): EventCount[];

  decide(): Decided | Refused;
  /** The decisions as they are become what `since` compares with. */
  setBaseline(): void;
  select(selection: Selection): Selected;
  rows(from: number, to: number, columns: string[]): Row[];
  /** Where the event stands in the selection; null: it is not in it. */
  positionOf(index: number): number | null;
  event(index: number): EventDetail | Refused;
  explain(index: number, file: string): Explained | Refused;

  events(): EventInfo[];
  /** Fields of these events (names of the catalogue), of any where there are none. */
  fields(events: string[]): FieldInfo[];
  values(field: string, prefix: string, most: number): ValueCount[];

  draft(request: DraftRequest): Draft | Refused;
  whitelist(index: number, table: string, note: string): TableEdit | Refused;

  test(file: string, text: string): Tested;
  /** What the tests of these files made run of the rules of one; tests that cannot run here count as far as they run. */
  coverage(tests: RuleFile[], file: string): Covered;
  /** A test that expects what the rules do to the event now, to be put behind `text`. */
  draftTest(index: number, text: string): Converted;

  /** What the alerts that fire on an event say of it, a message for each `send`. */
  alertPreview(index: number, request: MessageRequest): Message[];

  // Boards: counts over the events as they are, with the rules and decisions as they are.

  board(query: BoardQuery, wanted: BoardWanted): Board | Refused;
  /** Events that meet the query, from one place to before another; null: in the order of the input. Columns as those of `rows`. */
  boardRows(query: BoardQuery, from: number, to: number, sort: { column: string; descending: boolean } | null, columns: string[]): Row[];
  boardRule(query: BoardQuery): BoardRule;
  /** By the names of the hosts. */
  boardHealth(query: BoardQuery): HostHealth[];
  /** The events (by their index) of the hunt that was made last, which a query can ask for. */
  boardHunted(rows: number[]): void;

  // A configuration of Sysmon: one is open at a time, beside the project.

  configText(bytes: Uint8Array): ConfigText | Refused;
  /** None at all where the encoding has no room for a character. */
  configBytes(text: string, encoding: string, mark: boolean): Uint8Array;
  setConfig(name: string, text: string): Configured;
  configNode(node: number): ConfigItem[] | Refused;
  /** Parts that have these words in their field, value or name. */
  configFind(words: string, most: number): ConfigFound;
  /** What becomes of these events; null: not Sysmon's. From the first event on the sums begin anew. */
  configDecide(from: number, to: number): (ConfigRow | null)[] | Refused;
  configSums(most: number): ConfigSums | Refused;
  configExplain(index: number): ConfigExplained | Refused;
  /** Null: the node is not about such events. */
  configMet(node: number, index: number): ConfigMet | null | Refused;

  // A hunt, step by step: each call takes events for a while and says how many are done; from `from` 0 on the step begins anew.

  /** The events that link processes; once they are read, until there are other events. */
  huntRead(from: number): HuntProgress;
  /** The processes that caused some events. */
  huntBegin(from: HuntFrom, at: number): (HuntProgress & HuntBegun & { diagnostics: Diagnostic[] }) | Refused;
  huntGuids(text: string): HuntGuids;
  huntWalk(request: HuntRequest): HuntWalked | HuntStuck;
  /** The events of the processes that the walk reached. */
  huntGather(from: number): HuntProgress;
  huntEnd(): Hunted | Refused;
  /** The last hunt that was over. */
  huntExport(form: HuntForm): string | Refused;
}
