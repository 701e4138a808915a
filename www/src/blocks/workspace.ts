// The Blockly workspace: made once, and kept in step with the document.
//
// In: an element, signals. Out: edits of the document; blocks that show what the compiler and the chosen event say. Never here:
// what blocks mean.
import { WorkspaceSearch } from "@blockly/plugin-workspace-search";
import { effect, signal, untracked } from "@preact/signals";
import * as Blockly from "blockly/core";
import * as English from "blockly/msg/en";
import { registerBlocks } from "../../blocks/register.mjs";
import { behind, blockAt, diagnostics, document as opened, editBlocks } from "../state/document.ts";
import { covered, onBlocks } from "../state/coverage.ts";
import { explained } from "../state/preview.ts";
import { current } from "../state/project.ts";
import { canShow, tab } from "../state/show.ts";
import { theme } from "../ui/theme.ts";
import { buttons } from "./buttons.ts";
import { followPaste, keepClipboard } from "./clipboard.ts";
import { blocks as definition } from "./definition.ts";
import { closeFound } from "./flyout.ts";
import { clearMarks, showCoverage, showMarks } from "./marks.ts";
import { registerMenu } from "./menu.ts";
import { pick } from "./picker.ts";
import { blocklyTheme } from "./themes.ts";
import { categoryOf, toolbox } from "./toolbox.ts";
import { showBeginning, showBlock as showIn } from "./view.ts";
import { showWarnings } from "./warnings.ts";

/** Are marks of the chosen event drawn? */
export const lit = signal(true);
/** What Blockly said of a workspace that it could not load. */
export const loadError = signal<string | null>(null);
/** Is there no block at all? */
export const isEmpty = signal(true);
/** Is there something to undo, to redo? */
export const steps = signal({ undo: false, redo: false });

let registered = false;

function register(): void {
  if (registered) return;
  registered = true;
  Blockly.setLocale(English as unknown as Record<string, string>);
  registerBlocks(Blockly, definition as never, {
    suggest: pick as never,
    buttons: buttons as never,
    style: ({ type }) => `${categoryOf(type)}_blocks`,
  });
  keepClipboard();
  registerMenu();
}

/** How often blocks came from elsewhere: what is drawn on them has to be drawn anew. */
const loads = signal(0);
let only: Blockly.WorkspaceSvg | null = null;

/** Selects and shows a block, and a field of it. `false`: it is not here. */
export function showBlock(id: string, field: string | null = null): boolean {
  const workspace = only;
  const block = workspace?.getBlockById(id);
  if (!workspace || !block) return false;
  // The tab may only now be coming up.
  requestAnimationFrame(() => !block.isDisposed() && showIn(workspace, block, field));
  return true;
}

/** Makes the workspace in an element, and gives what takes it away. */
export function inject(element: HTMLElement): { workspace: Blockly.WorkspaceSvg; dispose: () => void } {
  register();
  const workspace = Blockly.inject(element, {
    toolbox: toolbox() as never,
    media: "./media/",
    sounds: false,
    renderer: "thrasos",
    theme: blocklyTheme(theme.peek()),
    // Del, the menu and the toolbox take blocks away; a can would lie over them.
    trashcan: false,
    comments: true,
    collapse: true,
    disable: true,
    modalInputs: false,
    zoom: { controls: true, wheel: true, pinch: true, startScale: 0.9, maxScale: 2.5, minScale: 0.25 },
    move: { scrollbars: true, drag: true, wheel: true },
    grid: { spacing: 24, length: 1, colour: "#8885", snap: false },
  });
  only = workspace;
  const search = new WorkspaceSearch(workspace);
  search.init();
  const stop = [
    follow(workspace),
    closeFound(workspace),
    followPaste(workspace, element),
    effect(() => workspace.setTheme(blocklyTheme(theme.value))),
    effect(() => {
      const file = current.value;
      const found = diagnostics.value.filter((diagnostic) => diagnostic.file === file);
      void opened.value;
      void loads.value;
      showWarnings(workspace, found);
    }),
    effect(() => {
      void opened.value?.links;
      void loads.value;
      const tested = onBlocks.value && covered.value?.file === current.value ? covered.value : null;
      if (onBlocks.value) tested === null ? clearMarks(workspace) : showCoverage(workspace, tested.covered.pieces);
      else if (lit.value && explained.value) showMarks(workspace, explained.value.marks);
      else clearMarks(workspace);
    }),
    // Blocks that are behind the text, or the Sigma, must not write over it.
    effect(() => {
      const now = opened.value;
      workspace.setIsReadOnly(now !== null && now.live !== "blocks" && !now.same && behind.value.length > 0);
    }),
    canShow("blocks", (place) => {
      const id = place.file === current.value ? blockAt(place) : null;
      return id !== null && showBlock(id, place.field);
    }),
    // A hidden workspace has no size.
    effect(() => {
      if (tab.value === "blocks") requestAnimationFrame(() => Blockly.svgResize(workspace));
      else workspace.hideChaff();
    }),
  ];
  const sized = new ResizeObserver(() => Blockly.svgResize(workspace));
  sized.observe(element);
  return {
    workspace,
    dispose() {
      only = null;
      sized.disconnect();
      for (const each of stop) each();
      search.dispose();
      workspace.dispose();
    },
  };
}

/** Keeps blocks and document in step; gives what stops it. */
function follow(workspace: Blockly.WorkspaceSvg): () => void {
  let file: string | null = null;
  let version = -1;
  let frame = 0;
  let wasHidden = true;
  // Changes that a load makes: the document knows of them already.
  const groups = new Set<string>();
  let shown = "";
  const stopLoading = effect(() => {
    const now = opened.value;
    const cameUp = wasHidden;
    wasHidden = tab.value !== "blocks";
    if (!now || wasHidden || (now.name === file && now.blocksVersion === version)) return;
    const isOther = now.name !== file;
    file = now.name;
    version = now.blocksVersion;
    // Opened twice is loaded once, or there would be a step to undo that nobody made.
    if (!isOther && shown === now.blocks) return;
    shown = now.blocks;
    const group = Blockly.utils.idGenerator.genUid();
    groups.add(group);
    load(workspace, now.blocks, isOther, group);
    // What changed behind the tab may lie elsewhere now.
    if (isOther || cameUp) requestAnimationFrame(() => showBeginning(workspace));
    loads.value = untracked(() => loads.value) + 1;
  });
  const count = (): void => {
    isEmpty.value = workspace.getTopBlocks(false).length === 0;
    const [undo, redo] = [workspace.getUndoStack().length > 0, workspace.getRedoStack().length > 0];
    if (steps.peek().undo !== undo || steps.peek().redo !== redo) steps.value = { undo, redo };
  };
  const send = (): void => {
    frame = 0;
    if (workspace.isDragging()) {
      frame = requestAnimationFrame(send);
      return;
    }
    count();
    // What could not be loaded is not written over by what is left of it.
    if (loadError.peek() === null) {
      shown = JSON.stringify(Blockly.serialization.workspaces.save(workspace));
      void editBlocks(shown);
    }
  };
  const changed = (event: Blockly.Events.Abstract): void => {
    if (event.isUiEvent || event.type === Blockly.Events.FINISHED_LOADING || !event.workspaceId) return;
    if (groups.has(event.group)) {
      count();
      return;
    }
    frame ||= requestAnimationFrame(send);
  };
  workspace.addChangeListener(changed);
  return () => {
    stopLoading();
    workspace.removeChangeListener(changed);
    cancelAnimationFrame(frame);
  };
}

/** Another file begins anew; the same file from another hand is a step that can be undone, and is seen from where it was. */
function load(workspace: Blockly.WorkspaceSvg, blocks: string, isOther: boolean, group: string): void {
  const { scrollX, scrollY } = workspace;
  const hadFocus = workspace.getInjectionDiv().contains(document.activeElement);
  const selected = hadFocus ? Blockly.getSelected()?.id : undefined;
  Blockly.Events.setGroup(group);
  try {
    Blockly.serialization.workspaces.load(JSON.parse(blocks) as Record<string, unknown>, workspace, { recordUndo: !isOther });
    loadError.value = null;
  } catch (error) {
    loadError.value = error instanceof Error ? error.message : String(error);
  } finally {
    Blockly.Events.setGroup(false);
  }
  isEmpty.value = workspace.getTopBlocks(false).length === 0;
  if (isOther) {
    workspace.clearUndo();
    steps.value = { undo: false, redo: false };
    return;
  }
  workspace.scroll(scrollX, scrollY);
  const again = selected === undefined ? null : workspace.getBlockById(selected);
  if (again) Blockly.getFocusManager().focusNode(again);
}
