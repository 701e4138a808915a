// Findings of the compiler as marks of a text, and fixes applied.
import type { Diagnostic } from "../engine/types.ts";
import { document as opened, editText, rangeOf } from "../state/document.ts";
import { fileOf, put } from "../state/project.ts";
import { compileFile } from "../state/compile.ts";
import type { Finding } from "./editor.ts";

const SEVERITY = { error: "error", warning: "warning", note: "info" } as const;

/** Can the page apply it? Only where it is a piece of text. */
export const canFix = ({ fix }: Diagnostic): boolean => fix !== null && fix.range !== null;

/** Replaces what a fix replaces. */
export async function applyFix({ fix }: Diagnostic): Promise<void> {
  if (!fix?.range) return;
  const { start, end } = fix.range;
  const now = opened.value;
  const isOpen = now?.name === fix.file && now.live === "text";
  const text = isOpen ? now.text : fileOf(fix.file)?.text;
  if (text === undefined) return;
  const fixed = text.slice(0, start) + fix.replacement + text.slice(end);
  if (isOpen) await editText(fixed, true);
  else {
    put(fix.file, { text: fixed });
    await compileFile(fix.file, fixed);
  }
}

/** Those of one file, as the text editor marks them. */
export function findingsOf(file: string, all: Diagnostic[]): Finding[] {
  return all
    .filter((found) => found.file === file)
    .map((found) => {
      const range = rangeOf(found) ?? { start: 0, end: 0 };
      return {
        ...range,
        severity: SEVERITY[found.severity],
        title: `${found.code} · ${found.title}`,
        message: found.label === null ? found.message : `${found.message}: ${found.label}`,
        help: found.help,
        fix: canFix(found) ? { label: "Fix it", run: () => void applyFix(found) } : null,
      };
    });
}
