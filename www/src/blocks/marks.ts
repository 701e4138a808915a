// What each block said of the chosen event, or what the tests saw of it, drawn on the block: an outline, a sign, a few words.
//
// In: marks and coverage of the engine, the blocks that they are about. Out: classes and a small label on the blocks' SVG, a line in their
// tooltips and for screen readers. Nothing of it is saved, and nothing of it is an event of the workspace.
import * as Blockly from "blockly/core";
import type { BlockSvg, WorkspaceSvg } from "blockly/core";
import type { CoveredPiece, CoverGrade, Mark } from "../engine/types.ts";
import { blockAt } from "../state/document.ts";
import { aboutMark } from "../text/marks-text.ts";
import { plain } from "../ui/plain.ts";

const SVG = "http://www.w3.org/2000/svg";
const CLASSES = { true: "met-yes", false: "met-no", unreached: "met-not" } as const;
const COVERED: Record<CoverGrade, string> = { whole: "met-yes", partly: "met-partly", never: "met-no", uncounted: "met-not" };
/** The sign of a grade; what is not counted has none. */
export const SIGN: Record<CoverGrade, string> = { whole: "✓", partly: "◐", never: "✗", uncounted: "" };
const SIGNS = { true: "✓", false: "✗", unreached: "" } as const;
const LONGEST = 34;
const LETTER = 6.7;

/** What is drawn on, with the tooltip that it had. */
const drawn = new WeakMap<WorkspaceSvg, { block: BlockSvg; tooltip: string }[]>();

/** What was seen, in one short line. */
export function seenText({ seen, reason }: Mark): string {
  const values = seen.map(({ value }) => value ?? "(absent)").join(", ");
  const text = plain(values === "" ? (reason ?? "") : values).replace(/\s+/g, " ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** The mark of each block. Of several on one block the first is the outermost, which says what the block as a whole does. */
export function marksByBlock(marks: Mark[], blockOf: (mark: Mark) => string | null): Map<string, Mark> {
  const found = new Map<string, Mark>();
  for (const mark of marks) {
    const id = blockOf(mark);
    const other = id === null ? undefined : found.get(id);
    if (id === null || (other && (other.seen.length > 0 || mark.seen.length === 0 || other.state !== mark.state))) continue;
    found.set(id, mark);
  }
  return found;
}

function clear(block: BlockSvg, tooltip: string): void {
  if (block.isDisposed()) return;
  const root = block.getSvgRoot();
  root.classList.remove(...Object.values(CLASSES), ...Object.values(COVERED));
  root.querySelector(":scope > .met-label")?.remove();
  block.setTooltip(tooltip);
  block.getFocusableElement().removeAttribute("aria-description");
}

/** Takes all marks away. */
export function clearMarks(workspace: WorkspaceSvg): void {
  for (const { block, tooltip } of drawn.get(workspace) ?? []) clear(block, tooltip);
  drawn.delete(workspace);
}

/** What is drawn on a block. */
export interface Drawn {
  css: string;
  about: string;
  /** Nothing: there is no label. */
  label: string;
  /** Does the label stand behind the first line, not beside all that is in the block? */
  isAtHead?: boolean;
}

/** Draws on blocks, by their ids; what was drawn before is gone. */
export function drawMarks(workspace: WorkspaceSvg, all: Iterable<[string, Drawn]>): void {
  clearMarks(workspace);
  const blocks: { block: BlockSvg; tooltip: string }[] = [];
  for (const [id, { css, about, label: words, isAtHead = false }] of all) {
    const block = workspace.getBlockById(id);
    if (!block) continue;
    const tooltip = block.getTooltip();
    blocks.push({ block, tooltip });
    block.getSvgRoot().classList.add(css);
    block.setTooltip(`${about}\n\n${tooltip}`);
    block.getFocusableElement().setAttribute("aria-description", about);
    if (words !== "" && !block.isCollapsed()) block.getSvgRoot().append(label(words, placeOf(block, isAtHead)));
  }
  drawn.set(workspace, blocks);
}

/** Draws what the chosen event met. */
export function showMarks(workspace: WorkspaceSvg, marks: Mark[]): void {
  const all = [...marksByBlock(marks, blockAt)].map(([id, mark]): [string, Drawn] => {
    // What an `and` or an `if` saw stands on the tests in it.
    const seen = mark.seen.length > 0 ? seenText(mark) : "";
    const words = mark.state === "unreached" ? "" : `${SIGNS[mark.state]} ${seen}`.trimEnd();
    return [id, { css: CLASSES[mark.state], about: `For the chosen event: ${aboutMark(mark)}`, label: words }];
  });
  drawMarks(workspace, all);
}

/** The coverage of each block; of several pieces on one the last counted, which is the innermost. */
export function piecesByBlock(pieces: CoveredPiece[], blockOf: (piece: CoveredPiece) => string | null): Map<string, CoveredPiece> {
  const found = new Map<string, CoveredPiece>();
  for (const piece of pieces) {
    const id = piece.told === "" ? null : blockOf(piece);
    if (id !== null) found.set(id, piece);
  }
  return found;
}

/** Draws what the tests saw. */
export function showCoverage(workspace: WorkspaceSvg, pieces: CoveredPiece[]): void {
  const all = [...piecesByBlock(pieces, blockAt)].map(([id, { grade, told }]): [string, Drawn] => [
    id,
    { css: COVERED[grade], about: `By the tests: ${told}`, label: grade === "uncounted" ? "" : `${SIGN[grade]} ${told}` },
  ]);
  drawMarks(workspace, all);
}

/** Behind the block, or behind the last field of its first line. */
function placeOf(block: BlockSvg, isAtHead: boolean): { x: number; y: number } {
  const last = block.inputList[0]?.fieldRow.at(-1);
  const root = isAtHead ? last?.getSvgRoot() : null;
  if (!last || !root) return { x: block.width + 5, y: 3 };
  const { x, y } = Blockly.utils.svgMath.getRelativeXY(root);
  return { x: x + last.getSize().width + 9, y: y - 1 };
}

function label(words: string, { x, y }: { x: number; y: number }): SVGElement {
  const group = document.createElementNS(SVG, "g");
  group.classList.add("met-label");
  group.setAttribute("aria-hidden", "true");
  const text = document.createElementNS(SVG, "text");
  text.textContent = words;
  text.setAttribute("x", "5");
  text.setAttribute("y", "12.5");
  const box = document.createElementNS(SVG, "rect");
  box.setAttribute("width", String(10 + [...words].length * LETTER));
  box.setAttribute("height", "17");
  box.setAttribute("rx", "4");
  group.append(box, text);
  group.setAttribute("transform", `translate(${x}, ${y})`);
  return group;
}
