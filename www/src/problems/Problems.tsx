// What the compiler found, in all files: errors first. One line when there is nothing.
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Diagnostic, Severity } from "../engine/types.ts";
import { diagnostics } from "../state/document.ts";
import { findings as ofConfiguration } from "../state/configuration.ts";
import { current, kindOf, manifestFault } from "../state/project.ts";
import { show } from "../state/show.ts";
import { announce } from "../ui/announce.tsx";
import { applyFix, canFix } from "../text/findings.ts";
import { editFile } from "../files/EditFile.tsx";
import "./problems.css";

const ORDER: Severity[] = ["error", "warning", "note"];
const SIGNS: Record<Severity, string> = { error: "✖", warning: "▲", note: "ℹ" };
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

/** Findings from elsewhere, such as the check of the server. */
export const further = signal<Diagnostic[]>([]);
export const all = computed(() => {
  const fault = manifestFault.value;
  const known = new Set(diagnostics.value.map(keyOf));
  const more = further.value.filter((found) => !known.has(keyOf(found)));
  return [...(fault ? [fault] : []), ...ofConfiguration.value, ...diagnostics.value, ...more];
});
const keyOf = ({ file, code, message }: Diagnostic): string => `${file}\n${code}\n${message}`;

const folded = signal(false);

function words(found: Diagnostic[]): string {
  const parts = ORDER.map((severity) => [severity, found.filter((each) => each.severity === severity).length] as const)
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => count(number, severity));
  return parts.length ? parts.join(", ") : "No problems";
}

/** Groups of files: the one that is open first, then those with errors. */
function grouped(found: Diagnostic[]): [string, Diagnostic[]][] {
  const groups = new Map<string, Diagnostic[]>();
  for (const severity of ORDER)
    for (const each of found) if (each.severity === severity) groups.set(each.file, [...(groups.get(each.file) ?? []), each]);
  return [...groups].sort(([a], [b]) => Number(b === current.value) - Number(a === current.value));
}

export function Problems() {
  const found = all.value;
  const summary = words(found);
  useEffect(() => announce(summary), [summary]);
  if (!found.length)
    return (
      <div class="problems clean">
        <span class="problems-sign kept" aria-hidden="true">
          ✓
        </span>
        No problems
      </div>
    );
  return (
    <section class="problems" aria-label="Problems">
      <button
        type="button"
        class="problems-head quiet"
        aria-expanded={!folded.value}
        aria-controls="problems-list"
        onClick={() => (folded.value = !folded.value)}
      >
        <span aria-hidden="true">{folded.value ? "▸" : "▾"}</span> {summary}
      </button>
      {!folded.value && (
        <div id="problems-list" class="problems-list">
          {grouped(found).map(([file, group]) => (
            <div key={file} role="group" aria-label={file}>
              <h3>{file || "The project"}</h3>
              <ul>
                {group.map((each, at) => (
                  <Problem key={`${at} ${keyOf(each)}`} {...each} />
                ))}
              </ul>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

function Problem(found: Diagnostic) {
  const { code, severity, message, label, help, title, range, file, related } = found;
  const go = (): void => {
    if (kindOf(file) === "rules" || kindOf(file) === "sysmon") void show(found);
    else void editFile(file, found);
  };
  return (
    <li class={`problem ${severity}`}>
      <span class="problems-sign" aria-hidden="true">
        {SIGNS[severity]}
      </span>
      <div class="problem-text">
        <span class="hidden-label">{severity}: </span>
        {message}
        {label !== null && <span class="problem-label"> — {label}</span>}
        {help !== null && <div class="problem-help">{help}</div>}
        {related.map((place, at) => (
          <div key={at} class="problem-help">
            {place.label}{" "}
            <button type="button" class="link" onClick={() => void show(place)}>
              {place.file}
              {place.range && `:${place.range.line}`}
            </button>
          </div>
        ))}
        <details class="problem-code">
          <summary>{code}</summary>
          {title}
        </details>
      </div>
      <div class="problem-ways">
        {canFix(found) && (
          <button type="button" onClick={() => void applyFix(found)} title={found.fix?.replacement ?? ""}>
            Fix
          </button>
        )}
        <button type="button" onClick={go} aria-label={`Show: ${message}`}>
          Show{range && <span class="problem-line"> {range.line}</span>}
        </button>
      </div>
    </li>
  );
}
