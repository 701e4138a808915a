// The workspace in which a node of a configuration is looked at.
//
// In: the node that is shown, its items, what the chosen event met. Out: blocks, never more than a portion of them and the runs that somebody
// opened. Never here: changes of the configuration.
import { computed, effect, signal, untracked } from "@preact/signals";
import * as Blockly from "blockly/core";
import * as English from "blockly/msg/en";
import { drawMarks, type Drawn } from "../blocks/marks.ts";
import { blocklyTheme } from "../blocks/themes.ts";
import { showBlock, showBeginning } from "../blocks/view.ts";
import type { ConfigMet } from "../engine/configuration.ts";
import { engine } from "../engine/client.ts";
import { isRefused } from "../engine/types.ts";
import { configuration, node, rows, wanted } from "../state/configuration.ts";
import { chosen } from "../state/preview.ts";
import { canShow, tab } from "../state/show.ts";
import { plain } from "../ui/plain.ts";
import { theme } from "../ui/theme.ts";
import { nodeState, register } from "./blocks.ts";
import { type FilterPiece, type Piece, piecesOf, placeOf, portionsOf } from "./pieces.ts";

/** The pieces of the node that is shown, in portions; null: they are still being asked for. */
const content = signal<{ node: number; version: number; portions: Piece[][] } | null>(null);
export const portions = computed(() => (content.value?.node === node.value ? (content.value?.portions ?? []) : []));
export const portion = signal(0);
/** Runs that are open. */
const open = signal<ReadonlySet<string>>(new Set());
/** What the parts of the node say of the chosen event. */
const met = signal<{ node: number; met: ConfigMet } | null>(null);
/** Are marks of the chosen event drawn? */
export const lit = signal(true);

/** So far may the pointer move in a click, in pixels. */
const STILL = 4;

function toggle(id: string): void {
  const now = new Set(open.value);
  if (!now.delete(id)) now.add(id);
  open.value = now;
}

/** Makes the workspace in an element, and gives what takes it away. */
export function inject(element: HTMLElement): { workspace: Blockly.WorkspaceSvg; dispose: () => void } {
  Blockly.setLocale(English as unknown as Record<string, string>);
  register();
  const workspace = Blockly.inject(element, {
    readOnly: true,
    media: "./media/",
    sounds: false,
    renderer: "thrasos",
    theme: blocklyTheme(theme.peek()),
    modalInputs: false,
    zoom: { controls: true, wheel: true, pinch: true, startScale: 0.9, maxScale: 2.5, minScale: 0.25 },
    move: { scrollbars: true, drag: true, wheel: true },
  });
  // A run opens by a click anywhere on it, and by Enter. Blockly takes no clicks on blocks that are only looked at; one that ends elsewhere
  // than it began has moved the workspace.
  let began = { x: 0, y: 0 };
  const down = ({ clientX: x, clientY: y }: PointerEvent): void => void (began = { x, y });
  const click = (event: MouseEvent): void => {
    if (Math.hypot(event.clientX - began.x, event.clientY - began.y) > STILL || !(event.target instanceof Element)) return;
    const id = event.target.closest<SVGElement>("[data-id]")?.dataset["id"];
    const block = id === undefined ? null : workspace.getBlockById(id);
    if (!block) return;
    Blockly.getFocusManager().focusNode(block as Blockly.BlockSvg);
    if (block.type === "sysmon_run") toggle(block.id);
  };
  element.addEventListener("pointerdown", down, true);
  element.addEventListener("click", click);
  const key = (event: KeyboardEvent): void => {
    const focused = Blockly.getFocusManager().getFocusedNode();
    if ((event.key !== "Enter" && event.key !== " ") || !(focused instanceof Blockly.BlockSvg) || focused.type !== "sysmon_run") return;
    event.preventDefault();
    event.stopPropagation();
    toggle(focused.id);
  };
  element.addEventListener("keydown", key, true);
  const sized = new ResizeObserver(() => Blockly.svgResize(workspace));
  sized.observe(element);
  const stop = [
    effect(() => workspace.setTheme(blocklyTheme(theme.value))),
    ask(),
    draw(workspace),
    marks(workspace),
    effect(() => {
      if (tab.value === "blocks") requestAnimationFrame(() => Blockly.svgResize(workspace));
      else workspace.hideChaff();
    }),
    canShow("blocks", ({ file, block }) => {
      if (block === null || configuration.peek()?.name !== file) return false;
      node.value = Number.parseInt(block, 10);
      wanted.value = { block };
      return true;
    }),
  ];
  return {
    workspace,
    dispose() {
      element.removeEventListener("keydown", key, true);
      element.removeEventListener("pointerdown", down, true);
      element.removeEventListener("click", click);
      sized.disconnect();
      for (const each of stop) each();
      workspace.dispose();
    },
  };
}

let asked = 0;

/** Asks for the items of the node that is shown. */
function ask(): () => void {
  return effect(() => {
    const now = configuration.value;
    const number = node.value;
    const mine = ++asked;
    if (!now || number === null) {
      content.value = null;
      return;
    }
    const { version } = now;
    void engine.configNode(number).then((items) => {
      if (mine !== asked || isRefused(items)) return;
      const isOther = content.peek()?.node !== number;
      if (isOther) {
        portion.value = 0;
        open.value = new Set();
      }
      content.value = { node: number, version, portions: portionsOf(piecesOf(number, items)) };
    });
  });
}

/** Draws the portion, and shows the part that is wanted. */
function draw(workspace: Blockly.WorkspaceSvg): () => void {
  let before = "";
  return effect(() => {
    const now = content.value;
    const wish = wanted.value;
    const nodes = configuration.value?.nodes;
    if (tab.value !== "blocks") return;
    if (!now || !nodes) return void clear(workspace);
    const own = nodes[now.node];
    if (!own) return void clear(workspace);
    if (wish && now.node === node.value) {
      const place = placeOf(now.portions, wish.block);
      untracked(() => {
        if (!place) return;
        portion.value = place.portion;
        if (place.run !== null && !open.value.has(place.run)) open.value = new Set([...open.value, place.run]);
      });
    }
    const at = Math.min(portion.value, Math.max(now.portions.length - 1, 0));
    const state = nodeState(now.node, own, now.portions[at] ?? [], open.value);
    const what = `${now.node} ${at}`;
    const isOther = what !== before;
    before = what;
    untracked(() => {
      const { scrollX, scrollY } = workspace;
      const focused = Blockly.getFocusManager().getFocusedNode();
      const had = focused instanceof Blockly.BlockSvg && focused.workspace === workspace ? focused.id : null;
      clear(workspace);
      Blockly.Events.disable();
      try {
        Blockly.serialization.blocks.append(state as never, workspace);
      } finally {
        Blockly.Events.enable();
      }
      drawn.value++;
      const block = wish && node.value === now.node ? workspace.getBlockById(wish.block) : null;
      if (block) {
        wanted.value = null;
        requestAnimationFrame(() => !block.isDisposed() && showBlock(workspace, block as Blockly.BlockSvg, null));
      } else if (isOther) requestAnimationFrame(() => showBeginning(workspace));
      else {
        workspace.scroll(scrollX, scrollY);
        const again = had === null ? null : workspace.getBlockById(had);
        // Blockly itself moves the focus from a block that went, a moment later.
        if (again) requestAnimationFrame(() => setTimeout(() => !again.isDisposed() && Blockly.getFocusManager().focusNode(again as Blockly.BlockSvg)));
      }
    });
  });
}

/** Goes up when blocks were drawn: their marks are gone. */
const drawn = signal(0);

function clear(workspace: Blockly.WorkspaceSvg): void {
  Blockly.Events.disable();
  try {
    workspace.clear();
  } finally {
    Blockly.Events.enable();
  }
}

let askedMet = 0;

/** Draws what the chosen event met. */
function marks(workspace: Blockly.WorkspaceSvg): () => void {
  const stopAsking = effect(() => {
    const [number, index] = [node.value, chosen.value];
    const mine = ++askedMet;
    void configuration.value?.version;
    if (number === null || index === null || !rows.value?.[index]) {
      met.value = null;
      return;
    }
    void engine.configMet(number, index).then((answer) => {
      if (mine === askedMet) met.value = answer === null || isRefused(answer) ? null : { node: number, met: answer };
    });
  });
  const stopDrawing = effect(() => {
    void drawn.value;
    const now = met.value;
    const shown = content.value;
    if (!lit.value || !now || !shown || now.node !== shown.node) return drawMarks(workspace, []);
    drawMarks(workspace, marksOf(now.node, now.met, shown.portions[Math.min(portion.value, shown.portions.length - 1)] ?? []));
  });
  return () => {
    stopAsking();
    stopDrawing();
  };
}

const LONGEST = 40;

/** Conditions that hold for whatever has nothing to do with the value: that one holds says nothing. */
const isNegative = (condition: string): boolean => /^(is not|not |excludes)/.test(condition);

/** What is drawn on the blocks of some pieces. A filter that does not hold is marked only beside one that does: there it is news. */
export function marksOf(number: number, { node: isMet, items, seen }: ConfigMet, pieces: Piece[]): [string, Drawn][] {
  const valueOf = new Map(seen.map(({ field, value }) => [field, plain(value ?? "").replace(/\s+/g, " ")]));
  const holds = (id: string): boolean => {
    const [, item, filter] = id.split(".").map(Number);
    const own = items[item ?? -1];
    return filter === undefined ? (own?.met ?? false) : (own?.filters[filter] ?? false);
  };
  const mark = (isTrue: boolean, label: string, isAtHead = false): Drawn => ({
    isAtHead,
    css: isTrue ? "met-yes" : "met-no",
    about: `For the chosen event: ${isTrue ? "true" : "false"}`,
    label: `${isTrue ? "✓" : "✗"} ${label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label}`.trimEnd(),
  });
  const all: [string, Drawn][] = [[String(number), mark(isMet, isMet ? "matches" : "does not match", true)]];
  const filterMark = ({ id, filter }: FilterPiece, among: boolean): void => {
    const isTrue = holds(id);
    if (isTrue || among) all.push([id, mark(isTrue, valueOf.get(filter.field) ?? "")]);
  };
  const add = (piece: Piece, among: boolean): void => {
    if (piece.kind === "filter") return filterMark(piece, among);
    if (piece.kind === "run") {
      const first = piece.filters.find(({ id }) => holds(id));
      if (first || among) all.push([piece.id, mark(first !== undefined, valueOf.get(piece.field) ?? "", true)]);
      for (const each of piece.filters) filterMark(each, false);
      return;
    }
    const filters = piece.pieces.flatMap((each) => (each.kind === "run" ? each.filters : [each]));
    if (!holds(piece.id) && !filters.some(({ id, filter }) => !isNegative(filter.condition) && holds(id))) return;
    all.push([piece.id, mark(holds(piece.id), holds(piece.id) ? "matches" : "in part", true)]);
    for (const each of piece.pieces) add(each, true);
  };
  for (const piece of pieces) add(piece, false);
  return all;
}
