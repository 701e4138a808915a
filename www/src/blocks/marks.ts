// What each block said of the chosen event, drawn on the block: an outline, a sign, and the value it saw.
//
// In: marks of the engine, the blocks that they are about. Out: classes and a small label on the blocks' SVG, a line in their
// tooltips and for screen readers. Nothing of it is saved, and nothing of it is an event of the workspace.
import type { BlockSvg, WorkspaceSvg } from "blockly/core";
import type { Mark } from "../engine/types.ts";
import { blockAt } from "../state/document.ts";
import { aboutMark } from "../text/marks-text.ts";
import { blocks as definition } from "./definition.ts";
import { plain } from "../ui/plain.ts";

const SVG = "http://www.w3.org/2000/svg";
const CLASSES = { true: "met-yes", false: "met-no", unreached: "met-not" } as const;
const SIGNS = { true: "✓", false: "✗", unreached: "" } as const;
const LONGEST = 34;
const LETTER = 6.7;

const tooltips = new Map(definition.blocks.map(({ type, tooltip }) => [type, tooltip]));
const drawn = new WeakMap<WorkspaceSvg, Map<string, BlockSvg>>();

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

function clear(block: BlockSvg): void {
  if (block.isDisposed()) return;
  const root = block.getSvgRoot();
  root.classList.remove(...Object.values(CLASSES));
  root.querySelector(":scope > .met-label")?.remove();
  block.setTooltip(tooltips.get(block.type) ?? "");
  block.getFocusableElement().removeAttribute("aria-description");
}

/** Takes all marks away. */
export function clearMarks(workspace: WorkspaceSvg): void {
  for (const block of drawn.get(workspace)?.values() ?? []) clear(block);
  drawn.delete(workspace);
}

/** Draws the marks. */
export function showMarks(workspace: WorkspaceSvg, marks: Mark[]): void {
  clearMarks(workspace);
  const blocks = new Map<string, BlockSvg>();
  for (const [id, mark] of marksByBlock(marks, blockAt)) {
    const block = workspace.getBlockById(id);
    if (!block) continue;
    blocks.set(id, block);
    const about = `For the chosen event: ${aboutMark(mark)}`;
    block.getSvgRoot().classList.add(CLASSES[mark.state]);
    block.setTooltip(`${about}\n\n${tooltips.get(block.type) ?? ""}`);
    block.getFocusableElement().setAttribute("aria-description", about);
    if (mark.state !== "unreached" && !block.isCollapsed()) block.getSvgRoot().append(label(block, mark));
  }
  drawn.set(workspace, blocks);
}

function label(block: BlockSvg, mark: Mark): SVGElement {
  const group = document.createElementNS(SVG, "g");
  group.classList.add("met-label");
  group.setAttribute("aria-hidden", "true");
  const text = document.createElementNS(SVG, "text");
  // What an `and` or an `if` saw stands on the tests in it.
  const seen = mark.seen.length > 0 ? seenText(mark) : "";
  text.textContent = seen === "" ? SIGNS[mark.state] : `${SIGNS[mark.state]} ${seen}`;
  text.setAttribute("x", "5");
  text.setAttribute("y", "12.5");
  const box = document.createElementNS(SVG, "rect");
  box.setAttribute("width", String(10 + [...text.textContent].length * LETTER));
  box.setAttribute("height", "17");
  box.setAttribute("rx", "4");
  group.append(box, text);
  group.setAttribute("transform", `translate(${block.width + 5}, 3)`);
  return group;
}
