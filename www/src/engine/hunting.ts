// What the page and the engine say to each other about a hunt.
//
// A hunt is the document that `blocksieve hunt --format json` writes, with the names that it has there. Its steps are calls that take some
// of the events each (src/session/hunting/), so that other calls come between.

/** Where to begin, and how far to go. */
export interface HuntRequest {
  /** GUIDs to begin with, whatever they are. */
  start: string[];
  /** GUIDs to begin with, unless they are the system's own. */
  met: string[];
  /** Also over accesses with the right to write memory or to create a thread. */
  access: boolean;
  /** Rounds at most. */
  maxDepth: number | null;
  /** Full paths of images at which to stop too. */
  stopAt: string[];
  /** GUIDs or full paths at which not to stop. */
  through: string[];
}

/** The events to begin with: these, or those that meet a condition. */
export interface HuntFrom {
  events: number[];
  where: string;
}

/** How many events of a step are done. */
export interface HuntProgress {
  done: number;
  of: number;
}

/** The processes that caused some events. */
export interface HuntBegun {
  guids: string[];
  events: number;
  /** Those that name no process. */
  nameless: number;
}

/** What was found in a text that somebody pasted. */
export interface HuntGuids {
  guids: string[];
  faults: { text: string; why: string }[];
  moreFaults: number;
}

export interface HuntWalked {
  rounds: number;
  processes: number;
  stopped: number;
  /** A condition: events that name any of them. */
  about: string;
}

/** Why a walk did not come to its end. */
export interface HuntStuck {
  error: string;
  help: string | null;
  /** Processes to begin with nevertheless. */
  begin: string[];
}

export type HuntForm = "json" | "markdown" | "tree" | "dot" | "mermaid" | "filter" | "alert";

export type HuntHow = "created" | "thread" | "access" | "read";

export interface HuntReached {
  guid: string;
  from: string;
  how: HuntHow;
  /** From child to parent, or from target to source. */
  up: boolean;
  stopped: boolean;
}

export interface HuntThings {
  /** `files`, `registry`, `connections`, `names`, `pipes`, `images`, `other`. */
  kind: string;
  things: { event: string; what: string; count: number; first: string | null }[];
  /** Events about others. */
  beyond: number;
}

export interface HuntProcess {
  guid: string;
  /** The round that found it; 0: the hunt began there. */
  round: number;
  host: string | null;
  pid: string | null;
  image: string | null;
  command_line: string | null;
  current_directory: string | null;
  user: string | null;
  integrity: string | null;
  created: string | null;
  ended: string | null;
  first_seen: string | null;
  parent: string | null;
  parent_pid: string | null;
  parent_image: string | null;
  parent_command_line: string | null;
  hashes: string | null;
  virustotal: string | null;
  techniques: { id: string; url: string }[];
  events: number;
  suspicious: number;
  children: number;
  children_not_shown: number;
  /** Why the walk stopped there. */
  stop: string | null;
  /** The walk stopped there, though a process of the hunt put code into it. */
  code_put_in: boolean;
  things: HuntThings[];
}

/** A thread or an access from one process to another. */
export interface HuntCross {
  from: string;
  from_image: string | null;
  to: string;
  to_image: string | null;
  how: HuntHow;
  rights: string | null;
  count: number;
  first: string | null;
}

export interface HuntCounted {
  value: string;
  count: number;
}

export interface HuntDocument {
  version: number;
  /** The condition that chooses the events of the hunt. */
  query: string;
  start: string[];
  events_read: number;
  events: number;
  rounds: HuntReached[][];
  /** It ended because no more rounds were allowed. */
  cut: boolean;
  /** By the time of their creation or first event. */
  processes: HuntProcess[];
  stopped: HuntProcess[];
  cross: HuntCross[];
  step_seconds: number;
  over_time: { begins: string; all: number; technique: number; suspicious: number; hunted: number }[];
  actions: HuntCounted[];
  rule_names: HuntCounted[];
  destinations: HuntCounted[];
  ports: HuntCounted[];
  notes: { note: string; text: string }[];
}

export interface Hunted {
  hunt: HuntDocument;
  /** The numbers of its events, in rising order. */
  rows: number[];
  /** What whoever looks at it should know, and the processes that one may go through to know more. */
  notes: { text: string; through: string[] }[];
}
