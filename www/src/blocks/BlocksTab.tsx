// The rule as blocks.
import type { WorkspaceSvg } from "blockly/core";
import { useEffect, useRef, useState } from "preact/hooks";
import { behind, blockAt, document as opened, obstacle } from "../state/document.ts";
import { hasTests, onBlocks } from "../state/coverage.ts";
import { chosen } from "../state/preview.ts";
import { tab } from "../state/show.ts";
import { focusFound, showFound } from "./flyout.ts";
import { fit } from "./view.ts";
import { inject, isEmpty, lit, loadError, showBlock, steps } from "./workspace.ts";
import "./blocks.css";

/** Where there is less room, the toolbox waits behind its button. */
const NARROW = 560;

export function BlocksTab() {
  const element = useRef<HTMLDivElement>(null);
  const workspace = useRef<WorkspaceSvg | null>(null);
  const [hasToolbox, setToolbox] = useState(true);
  useEffect(() => {
    if (!element.current) return;
    const made = inject(element.current);
    workspace.current = made.workspace;
    // Until it has been shown once, a hidden tab has no width.
    const narrow = innerWidth <= 800 || (element.current.clientWidth > 0 && element.current.clientWidth < NARROW);
    if (narrow) setToolbox(false);
    return made.dispose;
  }, []);
  useEffect(() => {
    workspace.current?.getToolbox()?.setVisible(hasToolbox);
    workspace.current?.resize();
  }, [hasToolbox]);
  const on = (act: (workspace: WorkspaceSvg) => void) => () => workspace.current && act(workspace.current);
  return (
    <div class="blocks">
      <div class="blocks-bar">
        <FindBlock on={(act) => on(act)()} />
        <button type="button" aria-pressed={hasToolbox} onClick={() => setToolbox(!hasToolbox)} title="Show or hide the list of blocks">
          Toolbox
        </button>
        <span class="blocks-gap" />
        <button type="button" disabled={!steps.value.undo} onClick={on((all) => all.undo(false))} title="Undo (Ctrl+Z)">
          Undo
        </button>
        <button type="button" disabled={!steps.value.redo} onClick={on((all) => all.undo(true))} title="Redo (Ctrl+Shift+Z)">
          Redo
        </button>
        <button type="button" onClick={on(fit)} title="Show all blocks">
          Fit
        </button>
        <button type="button" onClick={on((all) => all.cleanUp())} title="Put rules below each other">
          Arrange
        </button>
        {hasTests.value && (
          <label class="check">
            <input type="checkbox" checked={onBlocks.value} onChange={() => (onBlocks.value = !onBlocks.value)} />
            Show what the tests saw
          </label>
        )}
        {chosen.value !== null && !onBlocks.value && (
          <label class="check">
            <input type="checkbox" checked={lit.value} onChange={() => (lit.value = !lit.value)} />
            Show what the event met
          </label>
        )}
      </div>
      <Banner />
      <div class="blocks-area" ref={element} />
      {opened.value !== null && isEmpty.value && loadError.value === null && <Empty />}
    </div>
  );
}

const Empty = () => (
  <p class="blocks-empty">
    Drag a rule from <b>Ready-made</b> or <b>Start a rule</b>, choose an example, or make a filter from an event.
  </p>
);

/** Finds blocks by words; what is found stands in the flyout, ready to be dragged. */
function FindBlock({ on }: { on: (act: (workspace: WorkspaceSvg) => void) => void }) {
  const keys = (event: KeyboardEvent & { currentTarget: HTMLInputElement }): void => {
    if (event.key === "ArrowDown" || event.key === "Enter") on(focusFound);
    else if (event.key === "Escape") {
      event.currentTarget.value = "";
      on((workspace) => showFound(workspace, ""));
    } else return;
    event.preventDefault();
  };
  return (
    <input
      type="search"
      class="blocks-find"
      placeholder="Find a block"
      aria-label="Find a block to add"
      onInput={({ currentTarget }) => on((workspace) => showFound(workspace, currentTarget.value))}
      onFocus={({ currentTarget }) => currentTarget.value !== "" && on((workspace) => showFound(workspace, currentTarget.value))}
      onKeyDown={keys}
    />
  );
}

function Banner() {
  const now = opened.value;
  if (loadError.value !== null)
    return <p class="banner">These blocks cannot be shown: {loadError.value}. The file is kept as it is.</p>;
  void behind.value;
  const first = obstacle();
  if (now?.live === "sigma" && !now.same && !first)
    return <p class="banner">There is no rule of its own in this file: filters of Sigma are a part of the rules that they filter.</p>;
  if (!now || now.same || !first) return null;
  if (now.live !== "blocks")
    return (
      <p class="banner">
        The {now.live === "sigma" ? "Sigma text" : "text"} has an error. The blocks show the last state that had none, and wait until it is mended.
        <button type="button" onClick={() => (tab.value = now.live === "sigma" ? "sigma" : "text")}>
          {now.live === "sigma" ? "Go to Sigma" : "Go to the text"}
        </button>
      </p>
    );
  const id = blockAt(first);
  return (
    <p class="banner">
      Not a whole rule yet: {first.message}.{first.help === null ? "" : ` Way out: ${first.help}.`}
      {id !== null && (
        <button type="button" onClick={() => showBlock(id, first.field)}>
          Show the block
        </button>
      )}
    </p>
  );
}
