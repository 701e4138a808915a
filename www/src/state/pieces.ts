// Files in pieces: a log of a gigabyte is never in memory as a whole.
//
// In: a file. Out: its bytes in pieces that end where lines end, with the number of lines before each; and what came of all pieces together.
// Never here: what the lines are; the engine says whether it can go on from piece to piece.
import type { Loaded } from "../engine/types.ts";

/** Bytes of a piece, about: the engine takes a tenth of a second for it, and answers other calls in between. */
export const PIECE = 4 * 1024 * 1024;
/** Damaged records that are listed. */
const LISTED = 20;

export interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  /** Lines before it. */
  after: number;
  /** Where it ends in the file. */
  end: number;
}

const NEWLINE = 10;

function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

/** The pieces of a file, one after the other. A line that is longer than a piece makes a longer one. */
export async function* piecesOf(file: Blob, size = PIECE): AsyncGenerator<Piece> {
  let start = 0;
  let after = 0;
  let most = size;
  while (start < file.size) {
    const end = Math.min(start + most, file.size);
    const read = new Uint8Array(await file.slice(start, end).arrayBuffer());
    const length = end === file.size ? read.length : read.lastIndexOf(NEWLINE) + 1;
    if (length === 0) {
      most *= 2;
      continue;
    }
    const bytes = length === read.length ? read : read.slice(0, length);
    const lines = linesIn(bytes);
    start += length;
    yield { bytes, after, end: start };
    after += lines;
    most = size;
  }
}

/** What came of a file up to a piece, and of that piece. */
export function together(before: Loaded, piece: Loaded): Loaded {
  const forms = new Map(before.forms.map(({ form, events }) => [form, events]));
  for (const { form, events } of piece.forms) forms.set(form, (forms.get(form) ?? 0) + events);
  const damaged = [...before.damaged, ...piece.damaged];
  return {
    ...before,
    forms: [...forms].map(([form, events]) => ({ form, events })),
    events: before.events + piece.events,
    bytes: before.bytes + piece.bytes,
    damaged: damaged.slice(0, LISTED),
    moreDamaged: before.moreDamaged + piece.moreDamaged + Math.max(damaged.length - LISTED, 0),
    error: before.error ?? piece.error,
    left: before.left + piece.left,
  };
}
