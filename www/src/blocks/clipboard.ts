// Copying and pasting blocks: within the page, from one browser tab to another, and as text of a rule.
//
// In: what Blockly copied; what the system's clipboard holds. Out: the browser's storage, which all tabs of the page see, and the
// system's clipboard, where a rule is its text and any other block is JSON. Pasted text of rules, or of a condition, becomes blocks.
import * as Blockly from "blockly/core";
import { engine } from "../engine/client.ts";
import { recognise } from "../files/recognise.ts";
import { announce } from "../ui/announce.tsx";
import { toast } from "../ui/Toast.tsx";

const KEY = "blocksieve.clipboard";
const NAME = "pasted.rule";

interface Kept {
  /** What the system's clipboard got; null: it took nothing. */
  text: string | null;
  data: Blockly.ICopyData;
}

type State = Blockly.serialization.blocks.State;

let kept: Kept | null = null;

function keep(copied: Kept): void {
  kept = copied;
  try {
    localStorage.setItem(KEY, JSON.stringify(copied));
  } catch {
    // A browser that keeps nothing copies within the tab.
  }
}

function keptAnywhere(): Kept | null {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === null ? kept : (JSON.parse(stored) as Kept);
  } catch {
    return kept;
  }
}

const stateOf = (data: Blockly.ICopyData): State | null => ("blockState" in data ? (data.blockState as State) : null);

/** A block for the system's clipboard: a rule as its text, anything else as Blockly's JSON. */
async function textOf(data: Blockly.ICopyData): Promise<string | null> {
  const state = stateOf(data);
  if (!state) return null;
  const workspace = JSON.stringify({ blocks: { languageVersion: 0, blocks: [state] } });
  if (!state.type.startsWith("rule_")) return workspace;
  return (await engine.toText("copied.blocks.json", workspace)).text ?? workspace;
}

async function copied(): Promise<void> {
  const data = Blockly.clipboard.getLastCopiedData();
  if (!data) return;
  keep({ text: null, data });
  const text = await textOf(data);
  if (text === null) return;
  try {
    await navigator.clipboard.writeText(text);
    keep({ text, data });
  } catch {
    // Without leave to use the system's clipboard, tabs of this page still have it.
  }
}

/** Copies a block, from a menu. */
export function copyBlock(block: Blockly.BlockSvg): void {
  Blockly.clipboard.copy(block, block.getRelativeToSurfaceXY());
  announce("Block copied");
  void copied();
}

/** A text of rules; what is Sigma's as ours. Null, and a message, where that cannot be. */
async function ours(text: string): Promise<string | null> {
  if (recognise("pasted", text).is !== "sigma") return text;
  const [made] = await engine.importSigma([{ name: "pasted.yml", text }], null);
  const fault = made?.diagnostics.find(({ severity }) => severity === "error");
  if (made?.text == null) toast(`This Sigma is not pasted${fault?.range ? `, line ${fault.range.line}` : ""}: ${fault?.message ?? "it holds no rule of its own"}.`, [], true);
  return made?.text ?? null;
}

/** Blocks of a text: of rules, of a condition, or a workspace as JSON. */
export async function blocksIn(text: string): Promise<State[]> {
  const top = (blocks: string): State[] => {
    const parsed = JSON.parse(blocks) as { blocks?: { blocks?: State[] } } | null;
    return parsed?.blocks?.blocks ?? [];
  };
  if (text.trimStart().startsWith("{")) {
    try {
      return top(text);
    } catch {
      return [];
    }
  }
  const rules = await engine.toBlocks(NAME, text, null);
  if (rules.blocks !== null) return top(rules.blocks);
  const condition = await engine.toBlocks(NAME, `classify "pasted" { if ${text.trim()} { tag "pasted" } }`, null);
  const within = (state: State | undefined, input: string): State | undefined => state?.inputs?.[input]?.block;
  const found = condition.blocks === null ? undefined : within(within(top(condition.blocks)[0], "DO"), "IF0");
  return found ? [found] : [];
}

/** Puts blocks where they are seen, as one step that can be undone. */
function place(workspace: Blockly.WorkspaceSvg, states: State[]): void {
  const { left, top } = workspace.getMetricsManager().getViewMetrics(true);
  Blockly.Events.setGroup(true);
  try {
    let below = top + 40;
    for (const state of states) {
      const { id: _, ...rest } = state;
      const block = Blockly.serialization.blocks.append({ ...rest, x: left + 40, y: below }, workspace, { recordUndo: true });
      if (block instanceof Blockly.BlockSvg) {
        below += block.getHeightWidth().height + 24;
        Blockly.common.setSelected(block);
      }
    }
  } finally {
    Blockly.Events.setGroup(false);
  }
}

/** Pastes a text, or what was copied last where the text is that, or nothing. */
export async function paste(workspace: Blockly.WorkspaceSvg, text: string): Promise<void> {
  const last = keptAnywhere();
  if (last && (text === "" || text === last.text)) {
    Blockly.clipboard.paste(last.data, workspace);
    return;
  }
  const rules = await ours(text);
  if (rules === null) return;
  const states = rules.trim() === "" ? [] : await blocksIn(rules);
  if (states.length) {
    place(workspace, states);
    announce(states.length === 1 ? "1 block pasted" : `${states.length} blocks pasted`);
  } else if (last?.text === null) Blockly.clipboard.paste(last.data, workspace);
  else toast("The clipboard holds no blocks and no text of a rule.");
}

/** Pastes from a menu, where the browser has to be asked for the clipboard. */
export async function pasteFromMenu(workspace: Blockly.WorkspaceSvg): Promise<void> {
  const text = await navigator.clipboard.readText().catch(() => "");
  await paste(workspace, text);
}

/** Copying keeps for other tabs too; pasting is the browser's event, which brings the system's clipboard along. */
export function keepClipboard(): void {
  const { registry } = Blockly.ShortcutRegistry;
  const { names } = Blockly.ShortcutItems;
  for (const name of [names.COPY, names.CUT]) {
    const shortcut = registry.getRegistry()[name];
    const callback = shortcut?.callback;
    if (!shortcut || !callback) continue;
    registry.unregister(name);
    registry.register(
      {
        ...shortcut,
        callback: (...given) => {
          const done = callback(...given);
          if (done) void copied();
          return done;
        },
      },
      true,
    );
  }
  registry.unregister(names.PASTE);
}

/** Lets the element paste into the workspace; gives what stops it. */
export function followPaste(workspace: Blockly.WorkspaceSvg, element: HTMLElement): () => void {
  const pasted = (event: ClipboardEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("input, textarea, [contenteditable=true]") || !element.contains(document.activeElement)) return;
    event.preventDefault();
    void paste(workspace, event.clipboardData?.getData("text/plain") ?? "");
  };
  document.addEventListener("paste", pasted);
  return () => document.removeEventListener("paste", pasted);
}
