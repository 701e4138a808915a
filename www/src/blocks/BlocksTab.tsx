// The rule as blocks.
import { useEffect, useRef } from "preact/hooks";
import type { WorkspaceSvg } from "blockly/core";
import { behind, document as opened } from "../state/document.ts";
import { chosen } from "../state/preview.ts";
import { tab } from "../state/show.ts";
import { fit, inject, isEmpty, lit, loadError } from "./workspace.ts";
import "./blocks.css";

export function BlocksTab() {
  const element = useRef<HTMLDivElement>(null);
  const workspace = useRef<WorkspaceSvg | null>(null);
  useEffect(() => {
    if (!element.current) return;
    const made = inject(element.current);
    workspace.current = made.workspace;
    return made.dispose;
  }, []);
  const on = (act: (workspace: WorkspaceSvg) => void) => () => workspace.current && act(workspace.current);
  return (
    <div class="blocks">
      <div class="blocks-bar" role="toolbar" aria-label="Blocks">
        <button type="button" onClick={on((all) => all.undo(false))} title="Undo (Ctrl+Z)">
          Undo
        </button>
        <button type="button" onClick={on((all) => all.undo(true))} title="Redo (Ctrl+Shift+Z)">
          Redo
        </button>
        <button type="button" onClick={on(fit)} title="Show all blocks">
          Fit
        </button>
        <button type="button" onClick={on((all) => all.cleanUp())} title="Put rules below each other">
          Arrange
        </button>
        {chosen.value !== null && (
          <label class="check">
            <input type="checkbox" checked={lit.value} onChange={() => (lit.value = !lit.value)} />
            what the event met
          </label>
        )}
      </div>
      <Banner />
      <div class="blocks-area" ref={element} aria-label="Blocks of the rule" />
      {opened.value !== null && isEmpty.value && loadError.value === null && (
        <p class="blocks-empty">
          Nothing here yet. Drag a piece from <b>Ready-made</b>, choose another rule on the left, or make a filter from
          an event on the right.
        </p>
      )}
    </div>
  );
}

function Banner() {
  const now = opened.value;
  if (loadError.value !== null)
    return <p class="banner">These blocks cannot be shown: {loadError.value}. The file is kept as it is.</p>;
  if (!now || now.same || !behind.value.length) return null;
  const [first] = behind.value;
  return now.live === "text" ? (
    <p class="banner">
      The text has an error, so the blocks show what it was before.{" "}
      <button type="button" onClick={() => (tab.value = "text")}>
        Go to the text
      </button>
    </p>
  ) : (
    <p class="banner">
      Not finished: {first?.message}. {first?.help}
    </p>
  );
}
