// What the compiler found, on the blocks it is about.
import type { WorkspaceSvg } from "blockly/core";
import type { Diagnostic } from "../engine/types.ts";
import { blockAt } from "../state/document.ts";

const WORDS = { error: "Error", warning: "Warning", note: "Note" } as const;

/** One finding, as a warning bubble has it. */
export const warningText = ({ severity, code, message, help }: Diagnostic): string =>
  `${WORDS[severity]} ${code}: ${message}.${help === null ? "" : `\n${help}.`}`;

/** Puts findings on their blocks, and takes those away that are no longer there. Gives what stands on no block. */
export function showWarnings(workspace: WorkspaceSvg, found: Diagnostic[]): Diagnostic[] {
  const byBlock = new Map<string, Diagnostic[]>();
  const elsewhere: Diagnostic[] = [];
  for (const diagnostic of found) {
    const id = blockAt(diagnostic);
    if (id === null || !workspace.getBlockById(id)) elsewhere.push(diagnostic);
    // A note that a block stands alone says what everybody sees.
    else if (diagnostic.severity !== "note") byBlock.set(id, [...(byBlock.get(id) ?? []), diagnostic]);
  }
  for (const block of workspace.getAllBlocks(false)) {
    const own = byBlock.get(block.id);
    const isError = own?.some(({ severity }) => severity === "error") ?? false;
    block.setWarningText(own ? own.map(warningText).join("\n\n") : null, "compiler");
    block.getSvgRoot().classList.toggle("has-error", isError);
    block.getSvgRoot().classList.toggle("has-warning", own !== undefined && !isError);
  }
  return elsewhere;
}
