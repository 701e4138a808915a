// A node of the configuration as blocks.
import type { WorkspaceSvg } from "blockly/core";
import { useEffect, useRef } from "preact/hooks";
import { fit } from "../blocks/view.ts";
import { configuration, findings, node } from "../state/configuration.ts";
import { chosen } from "../state/preview.ts";
import { show, tab } from "../state/show.ts";
import { counted, count } from "../preview/numbers.ts";
import { rulesOf } from "./pieces.ts";
import { inject, lit, portion, portions } from "./view.ts";
import "../blocks/blocks.css";
import "./configuration.css";

export function ConfigBlocks() {
  const element = useRef<HTMLDivElement>(null);
  const workspace = useRef<WorkspaceSvg | null>(null);
  useEffect(() => {
    if (!element.current) return;
    const made = inject(element.current);
    workspace.current = made.workspace;
    return made.dispose;
  }, []);
  const now = configuration.value;
  const own = now?.nodes[node.value ?? -1];
  const toText = (): void => {
    if (now && own) {
      tab.value = "text";
      void show({ file: now.name, range: own.range, block: null, field: null });
    }
  };
  return (
    <div class="blocks">
      <div class="blocks-bar">
        {own && (
          <span class="config-title">
            <strong>{own.tag}</strong> {own.onMatch}: {counted(own.rules, "rule")}
            {own.filters !== own.rules && `, ${counted(own.filters, "filter")}`}
          </span>
        )}
        <Portions />
        <span class="blocks-gap" />
        <button type="button" onClick={() => workspace.current && fit(workspace.current)} title="Show all blocks">
          Fit
        </button>
        {own && (
          <button type="button" onClick={toText} title="Show it in the text">
            Line {count(own.range.line)}
          </button>
        )}
        {chosen.value !== null && (
          <label class="check">
            <input type="checkbox" checked={lit.value} onChange={() => (lit.value = !lit.value)} />
            Show what the event met
          </label>
        )}
      </div>
      <Banner />
      <div class="blocks-area" ref={element} />
      {now && !now.nodes.length && !now.isBehind && <p class="blocks-empty config-empty">This configuration has no node: Sysmon logs what it logs by default.</p>}
    </div>
  );
}

/** From portion to portion of a large node. */
function Portions() {
  const all = portions.value;
  const at = Math.min(portion.value, all.length - 1);
  if (all.length < 2) return null;
  const { from, to } = rulesOf(all, at);
  const { to: last } = rulesOf(all, all.length - 1);
  return (
    <span class="config-portions" role="group" aria-label="Part of the node that is drawn">
      <button type="button" aria-label="The rules before these" disabled={at === 0} onClick={() => (portion.value = at - 1)}>
        ‹
      </button>
      <span aria-live="polite">
        {count(from)} to {count(to)} of {count(last)}
      </span>
      <button type="button" aria-label="The rules behind these" disabled={at === all.length - 1} onClick={() => (portion.value = at + 1)}>
        ›
      </button>
    </span>
  );
}

function Banner() {
  const now = configuration.value;
  const first = findings.value.find(({ severity }) => severity === "error");
  if (!now || now.taken || !first) return null;
  return (
    <p class="banner">
      {now.isBehind ? "The text cannot be read. " : "Sysmon would refuse this configuration, so no event is decided. "}
      {now.isBehind && now.nodes.length > 0 && "The blocks show the last state that could be. "}
      <button type="button" onClick={() => ((tab.value = "text"), void show(first))}>
        Go to the text
      </button>
    </p>
  );
}
