// What the compiler found, on the blocks it is about; and which blocks are no part of a rule.
import type { BlockSvg, WorkspaceSvg } from "blockly/core";
import type { Diagnostic } from "../engine/types.ts";
import { blockAt } from "../state/document.ts";

const WORDS = { error: "Error", warning: "Warning", note: "Note" } as const;
const LOOSE = "Not part of a rule: it does nothing. Drag it into one, or leave it here for later.";

const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** One finding, as a warning bubble has it. */
export const warningText = ({ severity, code, message, help }: Diagnostic): string =>
  `${WORDS[severity]} ${code}: ${sentence(message)}${help === null ? "" : `\n${sentence(help)}`}`;

/** Findings by the block they are on; a note that a block stands alone says what everybody sees. */
export function byBlock(found: Diagnostic[]): Map<string, Diagnostic[]> {
  const all = new Map<string, Diagnostic[]>();
  for (const diagnostic of found) {
    const id = diagnostic.severity === "note" ? null : blockAt(diagnostic);
    if (id !== null) all.set(id, [...(all.get(id) ?? []), diagnostic]);
  }
  return all;
}

const shown = new WeakMap<BlockSvg, string>();

/** Puts findings on their blocks, and takes those away that are no longer there. */
export function showWarnings(workspace: WorkspaceSvg, found: Diagnostic[]): void {
  const all = byBlock(found);
  for (const block of workspace.getAllBlocks(false)) {
    const own = all.get(block.id) ?? [];
    const isLoose = block.getParent() === null && (block.previousConnection !== null || block.outputConnection !== null);
    const text = [...own.map(warningText), ...(isLoose ? [LOOSE] : [])].join("\n\n");
    const isError = own.some(({ severity }) => severity === "error");
    const { classList } = block.getSvgRoot();
    classList.toggle("has-error", isError);
    classList.toggle("has-warning", own.length > 0 && !isError);
    classList.toggle("is-loose", isLoose);
    if ((shown.get(block) ?? "") === text) continue;
    shown.set(block, text);
    block.setWarningText(text === "" ? null : text, "compiler");
  }
}
