// What the compiler found, in all files: errors first. One line when there is nothing.
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Diagnostic, Severity } from "../engine/types.ts";
import { diagnostics } from "../state/document.ts";
import { findings as ofConfiguration } from "../state/configuration.ts";
import { current, kindOf, manifestFault } from "../state/project.ts";
import { sigmaFindings } from "../state/sigma.ts";
import { show, type Spot } from "../state/show.ts";
import { announce } from "../ui/announce.tsx";
import { applyFix, canFix } from "../text/findings.ts";
import { editFile } from "../files/EditFile.tsx";
import "./problems.css";

const ORDER: Severity[] = ["error", "warning", "note"];
const SIGNS: Record<Severity, string> = { error: "✖", warning: "▲", note: "ℹ" };
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

export type Finding = Diagnostic & Spot;

/** Findings from elsewhere, such as the check of the server. */
export const further = signal<Finding[]>([]);
export const all = computed((): Finding[] => {
  const fault = manifestFault.value;
  const own = [...diagnostics.value, ...sigmaFindings.value];
  const known = new Set(own.map(keyOf));
  const more = further.value.filter((found) => !known.has(keyOf(found)));
  return [...(fault ? [fault] : []), ...ofConfiguration.value, ...own, ...more];
});
const keyOf = ({ file, code, message }: Diagnostic): string => `${file}\n${code}\n${message}`;

const folded = signal(false);

function words(found: Diagnostic[]): string {
  const parts = ORDER.map((severity) => [severity, found.filter((each) => each.severity === severity).length] as const)
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => count(number, severity));
  return parts.length ? parts.join(", ") : "No problems";
}

/** So many are shown at once: of a folder of thousands of rules nobody reads more. */
const MOST = 200;

/** Groups of files: the one that is open first, then those with errors. */
function grouped(found: Finding[]): [string, Finding[]][] {
  const groups = new Map<string, Finding[]>();
  const take = (each: Finding): void => {
    const group = groups.get(each.file);
    if (group) group.push(each);
    else groups.set(each.file, [each]);
  };
  const isCurrent = ({ file }: Finding): boolean => file === current.value;
  const sorted = ORDER.flatMap((severity) => found.filter((each) => each.severity === severity));
  [...sorted.filter(isCurrent), ...sorted.filter((each) => !isCurrent(each))].slice(0, MOST).forEach(take);
  return [...groups];
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
          {found.length > MOST && <p class="problems-more">{found.length - MOST} more are not listed: mend some of these, or open the file that you look for.</p>}
        </div>
      )}
    </section>
  );
}

function Problem(found: Finding) {
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
