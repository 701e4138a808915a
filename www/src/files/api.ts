// What the page and `blocksieve serve` say to each other: only types.
//
// The page finds the token in the fragment of its address (`#token=…`) and sends it with each request below /api/ as
// `Authorization: Bearer TOKEN`. Requests with a body are JSON (`Content-Type: application/json`). Nothing but the page's own
// origin may ask. Paths are relative to the project's folder, with slashes; in a query they are encoded once, as
// URLSearchParams does. Texts are UTF-8; their line ends are kept as they are, a byte-order mark stays in the file and is
// not part of the text. A file has at most 16 MiB, and so has a request.
//
// | request | answer |
// | --- | --- |
// | GET /api/project | `ProjectAnswer` |
// | GET /api/file?path=… | `FileAnswer` |
// | PUT /api/file, `SaveRequest` | `ChangeAnswer`; 409 `Conflict` |
// | DELETE /api/file, `RemoveRequest` | `{}`; 409 `Conflict` |
// | POST /api/file/new, `NewRequest` | `ChangeAnswer`; 409 `Conflict` |
// | POST /api/file/rename, `RenameRequest` | `ChangeAnswer` of the new name; 409 `Conflict` |
// | GET /api/events | a stream of `ServerEvent`s, until the page closes it |
// | GET /api/check | `CheckAnswer` |
// | GET /api/samples | `SamplesAnswer` |
// | GET /api/sample?path=… | the bytes of a file of events |
//
// Everything else is a `Refused`, with a status of 400 or more.
import type { Severity, Table } from "../engine/types.ts";

/** The state of a file: a hash of its bytes. Two files of one content have one revision. */
export type Revision = string;

/**
 * What a file is, by its name: rules (`.rule`, `.blocks.json`, `.blocks.xml`), rules of Sigma (`.yml`, `.yaml` that hold some), layout (`.layout.json`), tests
 * (`.test.yaml`, `.test.yml`), table (`.csv`), template (`.txt`, `.html` below a folder `templates`), settings (`blocksieve.toml`, `sigma.toml`), notes (`.md`, which are only read).
 */
export type ServedKind = "rules" | "sigma" | "layout" | "tests" | "table" | "template" | "sysmon" | "settings" | "notes";

export interface ServedFile {
  path: string;
  kind: ServedKind;
  /** Null: it is too large to be opened here, or may not be read. */
  revision: Revision | null;
  /** In bytes. */
  size: number;
}

export interface ProjectAnswer {
  /** The version of this API. A page that knows another one says "reload". */
  api: 1;
  /** That of the program: "0.1.0". */
  version: string;
  /** The folder, as it was named on the command line. */
  folder: string;
  readOnly: boolean;
  /**
   * What blocksieve.toml says, as the engine takes it but for the texts of tables. Null: it cannot be read as it stands;
   * `check` says why. It is told anew with each GET /api/project: ask again when blocksieve.toml changes.
   */
  manifest: ServedManifest | null;
  /** In the order of their paths; at most 10,000. Hidden files and links are not there. */
  files: ServedFile[];
}

export interface ServedManifest {
  name: string | null;
  /** The agent's version, the default where the project names none. */
  winlogbeat: string;
  tables: Omit<Table, "text">[];
  /** The names of templates. Null: there is no blocksieve.toml. */
  templates: string[] | null;
  /** As the file has it. */
  logmanager: unknown;
  /** As the file has it. */
  collect: unknown;
}

export interface FileAnswer {
  text: string;
  revision: Revision;
}

export interface SaveRequest {
  path: string;
  text: string;
  /** The state that was edited; null: the file is new. */
  revision: Revision | null;
}

export interface NewRequest {
  path: string;
  text: string;
}

export interface RenameRequest {
  from: string;
  /** A name that is free; folders are made. */
  to: string;
  /** The state of `from`. */
  revision: Revision;
}

export interface RemoveRequest {
  path: string;
  revision: Revision;
}

export interface ChangeAnswer {
  path: string;
  revision: Revision;
}

export type RefusalCode =
  /** Not asked by the address that was printed. */
  | "host"
  /** Not asked by the editor's own page. */
  | "origin"
  /** The token is missing or wrong, for example after the server was started again. */
  | "token"
  /** The request is not understood, or did not come whole. */
  | "request"
  | "method"
  /** No path of a file in the project. */
  | "path"
  /** A file of a kind that is not opened here, or not written. */
  | "ending"
  /** A link is in the way. */
  | "link"
  /** A folder, or something else that is no file. */
  | "no-file"
  | "missing"
  | "not-text"
  | "too-large"
  | "conflict"
  | "read-only"
  /** The project cannot be checked: it has no rules, for example. */
  | "project"
  /** blocksieve.toml names files outside of the project. */
  | "outside"
  /** Too many pages follow the project. */
  | "busy"
  /** The system refuses: no room, no permission. */
  | "system"
  | "internal";

/** Why nothing was done. Both texts are for people, without markup. */
export interface Refused {
  code: RefusalCode;
  error: string;
  /** The way out. */
  help: string;
}

/** The file is not what the author of the change saw. Nothing was changed. */
export interface Conflict extends Refused {
  code: "conflict";
  /**
   * What it is now; null: it is not there. For a new name that is taken: what has it. A file that cannot be opened any more
   * is refused as that ("not-text", "too-large", "link"), not as a conflict.
   */
  current: FileAnswer | null;
}

/**
 * What GET /api/events tells, as server-sent events: `event: NAME`, `data: JSON`, a blank line. Read it with `fetch`, since
 * EventSource sends no header. `files` comes first, and again if the page was too slow: all files as they are. `changes`
 * comes within about a second of a change, also of one that this page asked for: whoever has that revision already has
 * nothing to do. Lines that begin with a colon only say that the server is still there.
 */
export type ServerEvent =
  | { event: "files"; data: { files: ServedFile[] } }
  | { event: "changes"; data: { changed: ServedFile[]; removed: string[] } };

/** The document of `blocksieve check --format json`; names of files are paths in the project. */
export interface CheckAnswer {
  version: 1;
  summary: { errors: number; warnings: number; notes: number; files: number };
  diagnostics: CheckedDiagnostic[];
}

/** Lines and columns count from 1, columns in characters; bytes from 0, in UTF-8. */
export interface CheckedPosition {
  line: number;
  column: number;
  byte: number;
}

export interface CheckedPlace {
  file: string;
  range: { start: CheckedPosition; end: CheckedPosition } | null;
  block: string | null;
  field: string | null;
  /** Where that block begins in its file. */
  at: CheckedPosition | null;
}

export interface CheckedDiagnostic extends CheckedPlace {
  code: string;
  severity: Severity;
  title: string;
  message: string;
  label: string | null;
  help: string | null;
  related: (CheckedPlace & { label: string | null })[];
  fix: (CheckedPlace & { replacement: string }) | null;
}

export interface SamplesAnswer {
  /** Files of events below `events/`, in the order of their paths. */
  samples: { path: string; size: number; tooLarge: boolean }[];
}
