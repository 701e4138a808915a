// What each block said of the chosen event, drawn on the block: an outline, a sign, and the value it saw.
//
// In: marks of the engine, the blocks that they are about. Out: classes and a small label on the blocks' SVG. Nothing of it is
// saved, and nothing of it is an event of the workspace.
import type { BlockSvg, WorkspaceSvg } from "blockly/core";
import type { Mark } from "../engine/types.ts";
import { blockAt } from "../state/document.ts";

const SVG = "http://www.w3.org/2000/svg";
const CLASSES = { true: "met-yes", false: "met-no", unreached: "met-not" } as const;
const SIGNS = { true: "✓", false: "✗", unreached: "" } as const;
const LONGEST = 40;

const drawn = new WeakMap<WorkspaceSvg, Set<BlockSvg>>();

/** What was seen, in one short line. */
export function seenText({ seen, reason }: Mark): string {
  const values = seen.map(({ value }) => value ?? "(absent)").join(", ");
  const text = values !== "" ? values : (reason ?? "");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** All of it, for a tooltip and a screen reader. */
export function markText(mark: Mark): string {
  const said = { true: "yes", false: "no", unreached: "not reached" }[mark.state];
  const seen = mark.seen.map(({ field, value }) => `${field}: ${value ?? "absent"}`);
  return [said, ...seen, ...(mark.reason === null ? [] : [mark.reason]), ...(mark.hint === null ? [] : [mark.hint])].join("; ");
}

/** Takes all marks away. */
export function clearMarks(workspace: WorkspaceSvg): void {
  for (const block of drawn.get(workspace) ?? []) {
    const root = block.isDisposed() ? null : block.getSvgRoot();
    root?.classList.remove(...Object.values(CLASSES));
    root?.querySelector(":scope > .met-label")?.remove();
  }
  drawn.set(workspace, new Set());
}

/** Draws the marks. */
export function showMarks(workspace: WorkspaceSvg, marks: Mark[]): void {
  clearMarks(workspace);
  const blocks = drawn.get(workspace) ?? new Set();
  const done = new Set<string>();
  // Inner pieces come last; a block that is several pieces shows the outermost, which says what it does.
  for (const mark of marks) {
    const id = blockAt(mark);
    const block = id === null || done.has(id) ? null : workspace.getBlockById(id);
    if (!id || !block) continue;
    done.add(id);
    blocks.add(block);
    const root = block.getSvgRoot();
    root.classList.add(CLASSES[mark.state]);
    const isTest = mark.seen.length > 0 || mark.reason !== null || block.outputConnection !== null;
    if (mark.state === "unreached" || !isTest) continue;
    root.append(label(block, mark));
  }
}

function label(block: BlockSvg, mark: Mark): SVGElement {
  const group = document.createElementNS(SVG, "g");
  group.classList.add("met-label");
  const text = document.createElementNS(SVG, "text");
  const seen = seenText(mark);
  text.textContent = seen === "" ? SIGNS[mark.state] : `${SIGNS[mark.state]} ${seen}`;
  text.setAttribute("x", "5");
  text.setAttribute("y", "12");
  const width = 10 + text.textContent.length * 6.3;
  const box = document.createElementNS(SVG, "rect");
  box.setAttribute("width", String(width));
  box.setAttribute("height", "17");
  box.setAttribute("rx", "4");
  const title = document.createElementNS(SVG, "title");
  title.textContent = markText(mark);
  group.append(title, box, text);
  group.setAttribute("transform", `translate(${block.width + 4}, 4)`);
  return group;
}
