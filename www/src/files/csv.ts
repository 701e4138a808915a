// CSV as rows of cells, and one cell changed without touching the rest.
//
// In: the text of a table's file. Out: its lines; comments (`#`) and empty lines stay as they are. The engine has the reader
// that counts; this one is for showing.

export interface Line {
  /** The line as it stands; a quoted cell may hold line breaks. */
  raw: string;
  /** `null`: a comment, or empty. */
  cells: string[] | null;
}

const BREAK = /\r?\n/y;

/** Cuts a text into lines of cells. */
export function read(text: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  while (at < text.length) {
    const begin = at;
    const end = text.indexOf("\n", at);
    const first = text.slice(at, end < 0 ? text.length : end).replace(/\r$/, "");
    if (first.startsWith("#") || first === "") {
      at = end < 0 ? text.length : end + 1;
      lines.push({ raw: first, cells: null });
      continue;
    }
    const cells: string[] = [];
    for (;;) {
      let cell = "";
      if (text[at] === '"') {
        at++;
        for (; at < text.length; at++) {
          if (text[at] !== '"') cell += text[at];
          else if (text[at + 1] === '"') cell += text[at++];
          else break;
        }
        at++;
      }
      while (at < text.length && text[at] !== "," && text[at] !== "\n" && text[at] !== "\r") cell += text[at++];
      cells.push(cell);
      if (text[at] !== ",") break;
      at++;
    }
    lines.push({ raw: text.slice(begin, at), cells });
    BREAK.lastIndex = at;
    at = BREAK.test(text) ? BREAK.lastIndex : at + 1;
  }
  return lines;
}

const quoted = (cell: string): string => (/[",\r\n]|^#|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Cells as a line. */
export const lineOf = (cells: string[]): string => cells.map(quoted).join(",");

/** The text again. */
export const write = (lines: Line[]): string => lines.map(({ raw }) => `${raw}\n`).join("");

/** A text that a spreadsheet takes for no formula: those begin with one of these, whatever stands before. */
const guarded = (cell: string): string => (/^[\s"]*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);

/** Cells of what endpoints wrote as a line for spreadsheets; numbers stay numbers. */
export const safeLineOf = (cells: readonly (string | number)[]): string =>
  cells.map((cell) => (typeof cell === "number" ? String(cell) : quoted(guarded(cell)))).join(",");
