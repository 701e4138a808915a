// Findings of `blocksieve check` as the page has findings.
//
// In: places in bytes of UTF-8. Out: places in UTF-16 units, as the engine gives them.
import type { Diagnostic, Place } from "../engine/types.ts";
import type { CheckedDiagnostic, CheckedPlace } from "./api.ts";

/** The unit of a text that begins at a byte of it; the end where the text is shorter. */
export function unitAt(text: string, byte: number): number {
  let bytes = 0;
  let at = 0;
  for (const letter of text) {
    if (bytes >= byte) break;
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += letter.length;
  }
  return at;
}

function placeOf({ file, range, block, field }: CheckedPlace, textOf: (name: string) => string): Place {
  if (!range) return { file, range, block, field };
  const text = textOf(file);
  const { start, end } = range;
  return { file, block, field, range: { start: unitAt(text, start.byte), end: unitAt(text, end.byte), line: start.line, column: start.column } };
}

export const diagnosticOf = (found: CheckedDiagnostic, textOf: (name: string) => string): Diagnostic => {
  const { code, severity, title, message, label, help, related, fix } = found;
  return {
    ...placeOf(found, textOf),
    code,
    severity,
    title,
    message,
    label,
    help,
    related: related.map((each) => ({ ...placeOf(each, textOf), label: each.label })),
    fix: fix && { ...placeOf(fix, textOf), replacement: fix.replacement },
  };
};
