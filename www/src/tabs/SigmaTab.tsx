// The rule as Sigma.
//
// In: the document. Out: of a file that is kept as Sigma its YAML, to be edited; of any other rule what it would be as Sigma, or what of it
// Sigma has no words for. Never here: how either is made (state/sigma.ts).
import { computed, signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Diagnostic } from "../engine/types.ts";
import { saveAs } from "../files/save.ts";
import { stemOf } from "../files/names.ts";
import { document as opened, editSigma, unsaid } from "../state/document.ts";
import { fileOf, isSigma, kindOf, liveText } from "../state/project.ts";
import { asSigma, sigmaFindings } from "../state/sigma.ts";
import { canShow, show, type Spot, tab } from "../state/show.ts";
import { CodeView } from "../text/CodeView.tsx";
import { findingsOf } from "../text/findings.ts";
import { copy, download } from "../ui/copy.ts";
import { useAnswer } from "./answer.ts";
import "./tabs.css";

/** Where to go, counted so that the same place can be gone to twice. */
const wanted = signal<{ at: number; turn: number } | null>(null);
const findings = computed(() => (opened.value === null ? [] : findingsOf(opened.value.name, sigmaFindings.value)));

canShow("sigma", (place: Spot) => {
  if (opened.value?.name !== place.file || opened.value.sigma === null) return false;
  tab.value = "sigma";
  if (place.range) wanted.value = { at: place.range.start, turn: (wanted.peek()?.turn ?? 0) + 1 };
  return true;
});

export function SigmaTab() {
  const now = opened.value;
  if (now === null || kindOf(now.name) !== "rules") return <p class="empty">No file is open. Choose a rule on the left, or make a new one.</p>;
  return isSigma(now.name) ? <Kept name={now.name} yaml={now.sigma ?? ""} /> : <Written />;
}

/** The YAML of a file that is kept as Sigma. */
function Kept({ name, yaml }: { name: string; yaml: string }) {
  // CodeMirror is loaded when the tab is first shown.
  const isSeen = useRef(false);
  isSeen.current ||= tab.value === "sigma";
  return (
    <div class="code-tab">
      <div class="toolbar" role="group" aria-label="Sigma">
        <span>The file as it is saved</span>
        <span class="toolbar-end toolbar-group">
          <button type="button" onClick={() => void copy(yaml, "Sigma")}>
            Copy
          </button>
          <button type="button" onClick={() => void saveAs("text", ".rule")} title="The same rule in the language of Blocksieve, as a file of its own">
            Save as text…
          </button>
        </span>
      </div>
      {unsaid.value.length > 0 && <Unsaid found={unsaid.value} what="Sigma cannot say what the rule says now, so this is the text from before, and the file cannot be saved as it is:" />}
      {isSeen.current && (
        <CodeView
          text={yaml}
          language="sigma"
          label="Rule as Sigma"
          name={name}
          findings={findings.value}
          onChange={(text) => void editSigma(text)}
          at={wanted.value?.at}
          turn={wanted.value?.turn}
        />
      )}
    </div>
  );
}

/** A rule of ours as it would be saved as Sigma. */
function Written() {
  const answer = useAnswer(() => {
    const now = opened.value;
    const file = now === null ? undefined : fileOf(now.name);
    if (tab.value !== "sigma" || !now || !file) return null;
    return asSigma(file, liveText(file));
  }).value;
  const made = answer.is === "here" ? answer.value : null;
  const yaml = made?.text ?? null;
  const name = `${stemOf(opened.value?.name ?? "rule")}.yml`;
  return (
    <div class="code-tab">
      <div class="toolbar" role="group" aria-label="Sigma">
        <span>What this rule is in Sigma</span>
        <span class="toolbar-end toolbar-group">
          <button type="button" disabled={yaml === null} onClick={() => void copy(yaml ?? "", "Sigma")}>
            Copy
          </button>
          <button type="button" disabled={yaml === null} onClick={() => download(name, yaml ?? "", "text/yaml")}>
            Download
          </button>
        </span>
      </div>
      {answer.is === "failed" && <p class="banner">This could not be written: {answer.why}.</p>}
      {made !== null && yaml === null && <Unsaid found={made.diagnostics} what="Sigma cannot say this exactly, so nothing is written:" />}
      {yaml !== null && <CodeView text={yaml} language="sigma" label="Rule as Sigma" name={name} />}
    </div>
  );
}

function Unsaid({ found, what }: { found: Diagnostic[]; what: string }) {
  return (
    <div class="cannot">
      <p>{what}</p>
      <ul>
        {found.map((each, at) => (
          <li key={at}>
            {each.message}.
            {each.help !== null && <span class="cannot-help"> {each.help}.</span>}{" "}
            <button type="button" class="link" onClick={() => void show(each)}>
              Show
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
