// What the rules became: the instructions that decide.
import { signal } from "@preact/signals";
import { engine } from "../engine/client.ts";
import { diagnostics } from "../state/document.ts";
import { rules } from "../state/preview.ts";
import { current } from "../state/project.ts";
import { tab } from "../state/show.ts";
import { copy } from "../ui/copy.ts";
import { useAnswer } from "./answer.ts";
import "./tabs.css";

const isAll = signal(false);

export function ListingTab() {
  const answer = useAnswer(() => {
    void rules.value;
    void diagnostics.value;
    return tab.value === "listing" ? engine.listing(isAll.value ? null : current.value) : null;
  }).value;
  const text = answer.is === "here" ? answer.value : "";
  return (
    <div class="code-tab">
      <div class="toolbar" role="group" aria-label="Listing">
        <label class="check">
          <input type="checkbox" checked={isAll.value} onChange={() => (isAll.value = !isAll.value)} />
          all rules
        </label>
        <span class="toolbar-end">
          <button type="button" disabled={!text} onClick={() => void copy(text, "Listing")}>
            Copy
          </button>
        </span>
      </div>
      {answer.is === "failed" && <p class="banner">There is no listing: {answer.why}.</p>}
      {text ? (
        <pre class="listing" tabIndex={0} aria-label="Instructions">
          {text}
        </pre>
      ) : (
        answer.is === "here" && <p class="empty">There are no instructions: the rule has an error, or the file is empty. The problems below say where.</p>
      )}
    </div>
  );
}
