// Keyboard shortcuts, and the dialog that lists them.
import { tell } from "../ui/Dialog.tsx";
import { openFiles } from "./open.ts";
import { home } from "../state/project.ts";
import { save, saveAll } from "./save.ts";

const KEYS: [string, string][] = [
  ["Ctrl+S", "Save the open file"],
  ["Ctrl+Shift+S", "Save all files of a served project"],
  ["Ctrl+O", "Open files"],
  ["Ctrl+Z, Ctrl+Shift+Z", "Undo, redo (blocks and text)"],
  ["Ctrl+F", "Find and replace in the text"],
  ["Shift+Alt+F", "Lay out the text"],
  ["Ctrl+Space", "What can stand here (text)"],
  ["F8", "To the next problem in the text"],
  ["Esc, then Tab", "Leave the text by keyboard"],
  ["← →", "From tab to tab, or move a border"],
  ["↑ ↓", "From rule to rule"],
  ["↑ ↓, Enter", "From event to event in the table, open one"],
  ["j, k, Esc", "Next, previous event; close it"],
  ["← →, with Shift, Enter", "On a chart over time: from step to step, take a span, zoom in"],
  ["Alt or Shift and click", "Leave a value of a dashboard out"],
  ["F2, Del", "Rename, delete a rule in the list"],
  ["?", "This list"],
];

export const showKeys = (): Promise<unknown> =>
  tell(
    "Keyboard shortcuts",
    <dl class="keys">
      {KEYS.map(([keys, what]) => (
        <>
          <dt>{keys}</dt>
          <dd>{what}</dd>
        </>
      ))}
    </dl>,
  );

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Listens for those that hold everywhere. */
export function follow(): void {
  addEventListener("keydown", (event) => {
    const isControl = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const isAll = (event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey && home.value.kind === "server";
    if (isAll && event.key.toLowerCase() === "s") void saveAll();
    else if (isControl && event.key.toLowerCase() === "s") void save();
    else if (isControl && event.key.toLowerCase() === "o") void openFiles();
    else if (event.key === "?" && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) void showKeys();
    else return;
    event.preventDefault();
  });
}
