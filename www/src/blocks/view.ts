// What of the workspace is seen.
import * as Blockly from "blockly/core";

/** Between these, text on blocks is read well. */
const LARGEST = 1;
const SMALLEST = 0.8;
const MARGIN = 20;

/** Shows all blocks, no larger than they are read well. */
export function fit(workspace: Blockly.WorkspaceSvg): void {
  Blockly.svgResize(workspace);
  if (!workspace.getTopBlocks(false).length) return;
  workspace.zoomToFit();
  if (workspace.getScale() > LARGEST) {
    workspace.setScale(LARGEST);
    workspace.scrollCenter();
  }
}

/** Shows the beginning of the first rule, in a size that is read well. */
export function showBeginning(workspace: Blockly.WorkspaceSvg): void {
  fit(workspace);
  const [first] = workspace.getTopBlocks(true);
  if (!first) return;
  workspace.setScale(Math.max(SMALLEST, workspace.getScale()));
  showTop(workspace, first);
}

/** A rule is seen from its beginning. */
function showTop(workspace: Blockly.WorkspaceSvg, block: Blockly.BlockSvg): void {
  const { top, left } = block.getBoundingRectangle();
  const scale = workspace.getScale();
  workspace.scroll(MARGIN - left * scale, MARGIN - top * scale);
}

/** Selects a block, brings it into view, and makes it flash. */
export function showBlock(workspace: Blockly.WorkspaceSvg, block: Blockly.BlockSvg, field: string | null): void {
  for (let at = block.getSurroundParent(); at; at = at.getSurroundParent()) if (at.isCollapsed()) at.setCollapsed(false);
  Blockly.svgResize(workspace);
  if (block.getParent() === null) showTop(workspace, block);
  else workspace.centerOnBlock(block.id, true);
  Blockly.getFocusManager().focusNode((field === null ? null : block.getField(field)) ?? block);
  const { classList } = block.getSvgRoot();
  classList.remove("shown");
  requestAnimationFrame(() => classList.add("shown"));
  setTimeout(() => classList.remove("shown"), 1600);
}
