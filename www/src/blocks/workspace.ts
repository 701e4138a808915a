// The Blockly workspace: made once, and kept in step with the document.
//
// In: an element, signals. Out: edits of the document; blocks that show what the compiler and the chosen event say. Never here: what
// blocks mean.
// Registers its category.
import "@blockly/toolbox-search";
import { WorkspaceSearch } from "@blockly/plugin-workspace-search";
import { effect, signal } from "@preact/signals";
import * as Blockly from "blockly/core";
import * as English from "blockly/msg/en";
import { registerBlocks } from "../../blocks/register.mjs";
import { blockAt, diagnostics, document as opened, editBlocks } from "../state/document.ts";
import { explained } from "../state/preview.ts";
import { current } from "../state/project.ts";
import { canShow, tab } from "../state/show.ts";
import { theme } from "../ui/theme.ts";
import { buttons } from "./buttons.ts";
import { addToClipboard, keepClipboard } from "./clipboard.ts";
import { blocks as definition } from "./definition.ts";
import { clearMarks, showMarks } from "./marks.ts";
import { suggest } from "./suggest.ts";
import { blocklyTheme, setBlockColours } from "./themes.ts";
import { toolbox } from "./toolbox.ts";
import { showWarnings } from "./warnings.ts";

/** Are marks of the chosen event drawn? */
export const lit = signal(true);
/** What Blockly said of a workspace that it could not load. */
export const loadError = signal<string | null>(null);
/** Is there no block at all? */
export const isEmpty = signal(true);

let registered = false;

function register(): void {
  if (registered) return;
  registered = true;
  Blockly.setLocale(English as unknown as Record<string, string>);
  setBlockColours();
  registerBlocks(Blockly, definition as never, { suggest: suggest as never, buttons: buttons as never });
  keepClipboard();
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
    trashcan: true,
    comments: true,
    collapse: true,
    disable: true,
    zoom: { controls: true, wheel: true, pinch: true, startScale: 0.9, maxScale: 2.5, minScale: 0.25 },
    move: { scrollbars: true, drag: true, wheel: true },
    grid: { spacing: 24, length: 1, colour: "#8885", snap: false },
  });
  const search = new WorkspaceSearch(workspace);
  search.init();
  const stop = [
    follow(workspace),
    effect(() => workspace.setTheme(blocklyTheme(theme.value))),
    effect(() => {
      const file = current.value;
      const found = diagnostics.value.filter((diagnostic) => diagnostic.file === file);
      void opened.value?.links;
      showWarnings(workspace, found);
    }),
    effect(() => {
      void opened.value?.links;
      if (lit.value && explained.value) showMarks(workspace, explained.value.marks);
      else clearMarks(workspace);
    }),
    // A hidden workspace has no size.
    effect(() => {
      if (tab.value === "blocks") requestAnimationFrame(() => Blockly.svgResize(workspace));
    }),
  ];
  const sized = new ResizeObserver(() => Blockly.svgResize(workspace));
  sized.observe(element);
  canShow("blocks", (place) => place.file === current.value && showBlock(workspace, place));
  return {
    workspace,
    dispose() {
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
  const stopLoading = effect(() => {
    const now = opened.value;
    if (!now || tab.value !== "blocks" || (now.name === file && now.blocksVersion === version)) return;
    const isOther = now.name !== file;
    file = now.name;
    version = now.blocksVersion;
    load(workspace, now.blocks, isOther);
  });
  const send = (): void => {
    frame = 0;
    if (workspace.isDragging()) {
      frame = requestAnimationFrame(send);
      return;
    }
    isEmpty.value = workspace.getTopBlocks(false).length === 0;
    void editBlocks(JSON.stringify(Blockly.serialization.workspaces.save(workspace)));
  };
  const changed = (event: Blockly.Events.Abstract): void => {
    if (event.isUiEvent || event.type === Blockly.Events.FINISHED_LOADING || !event.workspaceId) return;
    frame ||= requestAnimationFrame(send);
  };
  workspace.addChangeListener(changed);
  const stopClipboard = addToClipboard(workspace);
  return () => {
    stopLoading();
    stopClipboard();
    workspace.removeChangeListener(changed);
    cancelAnimationFrame(frame);
  };
}

function load(workspace: Blockly.WorkspaceSvg, blocks: string, isOther: boolean): void {
  const selected = Blockly.getSelected()?.id;
  Blockly.Events.disable();
  try {
    Blockly.serialization.workspaces.load(JSON.parse(blocks), workspace);
    loadError.value = null;
  } catch (error) {
    loadError.value = error instanceof Error ? error.message : String(error);
  } finally {
    Blockly.Events.enable();
  }
  workspace.clearUndo();
  isEmpty.value = workspace.getTopBlocks(false).length === 0;
  if (isOther) requestAnimationFrame(() => fit(workspace));
  const again = selected === undefined ? null : workspace.getBlockById(selected);
  if (again && !isOther) Blockly.common.setSelected(again);
}

const LARGEST = 1;

/** Shows all blocks, as large as they are read well. */
export function fit(workspace: Blockly.WorkspaceSvg): void {
  Blockly.svgResize(workspace);
  if (!workspace.getTopBlocks(false).length) return;
  workspace.zoomToFit();
  if (workspace.getScale() > LARGEST) {
    workspace.setScale(LARGEST);
    workspace.scrollCenter();
  }
}

/** Selects a block, brings it into view, and makes it flash. `false`: it is not here. */
function showBlock(workspace: Blockly.WorkspaceSvg, place: { block: string | null; range: { start: number; end: number } | null }): boolean {
  const id = blockAt(place);
  const block = id === null ? null : workspace.getBlockById(id);
  if (!block) return false;
  requestAnimationFrame(() => {
    Blockly.svgResize(workspace);
    workspace.centerOnBlock(block.id, true);
    Blockly.common.setSelected(block);
    const root = block.getSvgRoot();
    root.classList.add("shown");
    setTimeout(() => root.classList.remove("shown"), 1600);
  });
  return true;
}
