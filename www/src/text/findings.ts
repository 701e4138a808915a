// Findings of the compiler as marks of a text, and fixes applied.
import type { Diagnostic } from "../engine/types.ts";
import { document as opened, editSigma, editText, rangeOf } from "../state/document.ts";
import { fileOf, isSigma, put } from "../state/project.ts";
import type { Spot } from "../state/show.ts";
import { compileFile } from "../state/compile.ts";
import type { Finding } from "./editor.ts";

const SEVERITY = { error: "error", warning: "warning", note: "info" } as const;

const isOpen = (file: string): boolean => opened.value?.name === file;

/** Can the page apply it? Only where it is a piece of text: of the text that is the file's, or one that is shown. */
export const canFix = ({ fix, side }: Diagnostic & Spot): boolean =>
  fix !== null && fix.range !== null && (!isSigma(fix.file) || side === "sigma" || isOpen(fix.file));

/** Replaces what a fix replaces. */
export async function applyFix({ fix, side }: Diagnostic & Spot): Promise<void> {
  if (!fix?.range) return;
  const { start, end } = fix.range;
  const now = opened.value;
  const ofSigma = isSigma(fix.file);
  const isShown = now?.name === fix.file && (ofSigma || now.live === "text");
  const text = !isShown ? fileOf(fix.file)?.text : side === "sigma" ? now.sigma : now.text;
  if (text === undefined || text === null || (ofSigma && !isShown && side !== "sigma")) return;
  const fixed = text.slice(0, start) + fix.replacement + text.slice(end);
  if (isShown) await (side === "sigma" ? editSigma(fixed) : editText(fixed, true));
  else {
    put(fix.file, { text: fixed, ...(ofSigma ? { sigma: null, unfinished: false } : {}) });
    await compileFile(fix.file, fixed);
  }
}

/** Those of one file, as the text editor marks them. */
export function findingsOf(file: string, all: (Diagnostic & Spot)[]): Finding[] {
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
