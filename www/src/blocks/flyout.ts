// What a search for blocks found, in the flyout beside the toolbox.
import * as Blockly from "blockly/core";
import { announce } from "../ui/announce.tsx";
import { find } from "./find.ts";

/** Shows what is found; nothing typed closes it. */
export function showFound(workspace: Blockly.WorkspaceSvg, text: string): void {
  const flyout = workspace.getFlyout();
  if (!flyout) return;
  workspace.getToolbox()?.clearSelection();
  if (text.trim() === "") {
    flyout.hide();
    return;
  }
  const found = find(text);
  announce(found.length === 1 ? "1 block found" : `${found.length} blocks found`);
  flyout.show((found.length ? found : [{ kind: "label", text: "No block is called that." }]) as never);
}

/** Moves to the first block that was found. */
export function focusFound(workspace: Blockly.WorkspaceSvg): void {
  const flyout = workspace.getFlyout();
  if (flyout?.isVisible()) Blockly.getFocusManager().focusTree(flyout.getWorkspace());
}

/** A search is over when somebody goes on in the workspace; gives what stops that. */
export function closeFound(workspace: Blockly.WorkspaceSvg): () => void {
  // Not on the svg itself: a browser lets an svg that listens for focus have it, and then Blockly takes it from its blocks.
  const around = workspace.getInjectionDiv();
  const svg = workspace.getParentSvg();
  const close = ({ target }: Event): void => {
    const flyout = workspace.getFlyout();
    if (!(target instanceof Node) || !svg.contains(target)) return;
    if (flyout?.isVisible() && !workspace.getToolbox()?.getSelectedItem()) flyout.hide();
  };
  around.addEventListener("pointerdown", close, true);
  around.addEventListener("focusin", close);
  return () => {
    around.removeEventListener("pointerdown", close, true);
    around.removeEventListener("focusin", close);
  };
}
