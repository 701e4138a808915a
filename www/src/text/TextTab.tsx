// The rule as text.
//
// In: the document, its findings, what the chosen event met. Out: edits of the text. CodeMirror is loaded when the tab is
// first shown.
import { computed, effect, signal, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { engine } from "../engine/client.ts";
import { behind, diagnostics, document as opened, editText, rangeOf } from "../state/document.ts";
import { chosen, explained } from "../state/preview.ts";
import { canShow, show, type Spot, tab } from "../state/show.ts";
import { announce } from "../ui/announce.tsx";
import { toast } from "../ui/Toast.tsx";
import type { TextEditor } from "./editor.ts";
import { findingsOf } from "./findings.ts";
import { aboutMark } from "./marks-text.ts";
import "./text.css";

/** Are the signs of the chosen event shown? */
const lit = signal(true);
const openName = computed(() => opened.value?.name ?? null);
/** Where to go once there is an editor. */
let wanted: { start: number; end: number } | null = null;
let editor: TextEditor | null = null;

/** Shows a piece of the text of the file that is open. */
export function showText(range: { start: number; end: number }): void {
  tab.value = "text";
  if (editor) requestAnimationFrame(() => editor?.select(range.start, range.end));
  else wanted = range;
}

canShow("text", (place: Spot) => {
  if (opened.value?.name !== place.file) return false;
  const range = rangeOf(place);
  if (!range) return place.block === null && tab.value === "text";
  showText(range);
  return true;
});

async function format(): Promise<void> {
  const now = opened.value;
  if (!now) return;
  const { text } = await engine.format(now.name, now.text);
  if (text === null) toast("This text has an error, so it cannot be laid out. The first problem below says where.", [], true);
  else if (text === now.text) announce("Already formatted");
  else {
    await editText(text, true);
    announce("Formatted");
  }
}

export function TextTab() {
  const place = useRef<HTMLDivElement>(null);
  const isSeen = useRef(false);
  isSeen.current ||= tab.value === "text";
  const isOpen = isSeen.current;
  useEffect(() => {
    if (!isOpen || !place.current) return;
    const parent = place.current;
    const ends: (() => void)[] = [];
    void import("./editor.ts").then(({ make }) => {
      if (!parent.isConnected) return;
      const made = make({
        parent,
        label: "Rule as text",
        language: "rules",
        onChange: (text) => void editText(text),
        onFormat: () => void format(),
      });
      editor = made;
      ends.push(...follow(made), () => {
        editor = null;
        made.end();
      });
    });
    return () => ends.forEach((end) => end());
  }, [isOpen]);
  return (
    <div class="text-tab">
      <div class="toolbar" role="group" aria-label="Text">
        <button type="button" onClick={() => void format()} title="Lay out the text (Shift+Alt+F)">
          Format
        </button>
        <button type="button" onClick={() => editor?.search()} title="Find and replace (Ctrl+F)">
          Find
        </button>
        {chosen.value !== null && (
          <label class="check">
            <input type="checkbox" checked={lit.value} onChange={() => (lit.value = !lit.value)} />
            what the event met
          </label>
        )}
        <span class="toolbar-end">{opened.value?.name}</span>
      </div>
      <Banner />
      <div class="text-area" ref={place} hidden={opened.value === null || isBehindSigma()} />
      {opened.value === null && <p class="empty">No file is open. Choose a rule on the left, or make a new one.</p>}
    </div>
  );
}

/** Is there no text, since what stands in Sigma is no rule? */
const isBehindSigma = (): boolean => opened.value?.live === "sigma" && !opened.value.same && behind.value.length > 0;

/** Keeps the editor in step with the state. */
function follow(made: TextEditor): (() => void)[] {
  let name: string | null = null;
  let version = -1;
  return [
    effect(() => {
      const now = opened.value;
      if (!now || (now.name === name && now.textVersion === version)) return;
      const isFresh = now.name !== name;
      made.setText(now.text, isFresh);
      if (isFresh) made.setFindings(untracked(() => findingsOf(now.name, diagnostics.value)));
      name = now.name;
      version = now.textVersion;
      if (wanted) made.select(wanted.start, wanted.end);
      wanted = null;
    }),
    effect(() => {
      const file = openName.value;
      const all = diagnostics.value;
      if (file !== null) untracked(() => made.setFindings(findingsOf(file, all)));
    }),
    effect(() => {
      const marks = explained.value;
      const file = openName.value;
      if (!lit.value || chosen.value === null || !marks) return made.setSigns([]);
      // While somebody types the signs move with the text; new ones come with the next decisions.
      untracked(() =>
        made.setSigns(
          marks.marks
            .filter((mark) => mark.file === file)
            .flatMap((mark) => {
              const range = rangeOf(mark);
              return range ? [{ ...range, state: mark.state, about: aboutMark(mark) }] : [];
            }),
        ),
      );
    }),
  ];
}

function Banner() {
  const now = opened.value;
  const [first] = behind.value;
  if (isBehindSigma())
    return (
      <p class="banner">
        The Sigma text has an error, so there is no rule to show.
        <button type="button" onClick={() => (tab.value = "sigma")}>
          Go to Sigma
        </button>
      </p>
    );
  if (!now || now.same || now.live !== "blocks" || !first) return null;
  return (
    <p class="banner">
      The blocks are not finished, so this is the text from before: {first.message}.{" "}
      <button type="button" onClick={() => void show(first)}>
        Show the block
      </button>
    </p>
  );
}
