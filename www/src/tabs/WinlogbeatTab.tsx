// The filters as Winlogbeat's processors, live.
import { signal } from "@preact/signals";
import { engine } from "../engine/client.ts";
import { baseOf, slug } from "../files/names.ts";
import { openWinlogbeat } from "../files/open.ts";
import { diagnostics } from "../state/document.ts";
import { rules } from "../state/preview.ts";
import { current, home, manifest } from "../state/project.ts";
import { show, tab } from "../state/show.ts";
import { CodeView } from "../text/CodeView.tsx";
import { copy, download } from "../ui/copy.ts";
import { useAnswer } from "./answer.ts";
import "./tabs.css";

/** Those between which something changes, and the newest. */
const VERSIONS = ["7.0", "7.4", "7.13", "7.17", "8.0", "8.17", "9.0"];

const version = signal<string | null>(null);
const isOne = signal(true);
const whole = signal(false);
const observe = signal(false);

export function WinlogbeatTab() {
  const answer = useAnswer(() => {
    // Read, so that an edit asks anew.
    void rules.value;
    void diagnostics.value;
    if (tab.value !== "winlogbeat") return null;
    return engine.winlogbeat({
      version: version.value,
      whole: whole.value,
      observe: observe.value,
      file: isOne.value ? current.value : null,
    });
  }).value;
  const made = answer.is === "here" ? answer.value : null;
  const yaml = made?.yaml ?? null;
  const own = manifest.value.winlogbeat;
  const file = whole.value ? "winlogbeat.yml" : `${slug(isOne.value && current.value !== null ? baseOf(current.value).replace(/\..*$/, "") : home.value.name)}.yml`;
  return (
    <div class="code-tab">
      <div class="toolbar" role="group" aria-label="Winlogbeat">
        <label class="check">
          Version
          <select value={version.value ?? ""} onChange={(event) => (version.value = event.currentTarget.value || null)}>
            <option value="">{own} (the project's)</option>
            {VERSIONS.filter((each) => each !== own).map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          Of
          <select value={isOne.value ? "one" : "all"} onChange={(event) => (isOne.value = event.currentTarget.value === "one")}>
            <option value="one">this rule file</option>
            <option value="all">all filters</option>
          </select>
        </label>
        <label class="check" title="A whole winlogbeat.yml instead of its processors alone">
          <input type="checkbox" checked={whole.value} onChange={() => (whole.value = !whole.value)} />
          whole winlogbeat.yml
        </label>
        <label class="check" title="Drop nothing: tag what would be dropped">
          <input type="checkbox" checked={observe.value} onChange={() => (observe.value = !observe.value)} />
          only observe
        </label>
        <span class="toolbar-end toolbar-group">
          <button type="button" disabled={yaml === null} onClick={() => void copy(yaml ?? "", "Configuration")}>
            Copy
          </button>
          <button type="button" disabled={yaml === null} onClick={() => download(file, yaml ?? "", "text/yaml")}>
            Download
          </button>
          <button type="button" onClick={() => void openWinlogbeat()}>
            Open winlogbeat.yml…
          </button>
        </span>
      </div>
      {isOne.value && !rules.value.some(({ kind, place }) => kind === "filter" && place.file === current.value) && made?.diagnostics.length === 0 && (
        <p class="banner">
          No filter of this file runs on the agent: classification and alerts stay behind it.
          <button type="button" onClick={() => (isOne.value = false)}>
            Show all filters
          </button>
        </p>
      )}
      {answer.is === "failed" && <p class="banner">This could not be written: {answer.why}.</p>}
      {made !== null && made.nothing.length > 0 && (
        <p class="banner">
          Nothing of these can be written, so they drop no event on the agent: <b>{made.nothing.join(", ")}</b>
        </p>
      )}
      {made !== null && made.diagnostics.length > 0 && (
        <div class="cannot">
          <p>{yaml === null ? "Winlogbeat cannot do this exactly, so nothing is written:" : "Said while writing:"}</p>
          <ul>
            {made.diagnostics.map((found, at) => (
              <li key={at}>
                {found.message}
                {found.help !== null && <span class="cannot-help"> {found.help}.</span>}{" "}
                {found.file !== "" && (
                  <button type="button" class="link" onClick={() => void show(found)}>
                    Show in {baseOf(found.file)}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
      {yaml !== null && <CodeView text={yaml} language="yaml" label="Winlogbeat configuration" name="winlogbeat" />}
    </div>
  );
}
