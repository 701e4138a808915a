// Which events are shown.
//
// In: decisions, kinds of events, rules. Out: the selection. Words and conditions are taken over once somebody pauses.
import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { DecisionFilter, Kind } from "../engine/types.ts";
import { decided, eventCounts, rules, selected, selection } from "../state/preview.ts";
import { ConfigDecisions } from "../configuration/Summary.tsx";
import { ALL, isOpen as isConfiguration, rows as configRows, shown } from "../state/configuration.ts";
import { huntFromShown, MOST_EVENTS } from "../hunting/begin.ts";
import { askColumns } from "./Columns.tsx";
import { kindsOf } from "./kinds.ts";
import { count, counted } from "./numbers.ts";
import { active, choose, clearFilters, isNarrow, total } from "./view.ts";

const PAUSE = 150;
/** On a narrow screen: are all filters shown? */
const isOpen = signal(false);

const WORDS: Record<DecisionFilter, string> = {
  all: "All",
  dropped: "Dropped",
  kept: "Kept",
  tagged: "Tagged",
  alerted: "Alerts",
  changed: "Changed",
  undecidable: "Undecidable",
  damaged: "Damaged",
};

export function Filters() {
  if (total.value === 0) return null;
  const hasMore = !isNarrow.value || isOpen.value;
  return (
    <div class="ev-filters">
      {isConfiguration.value ? <ConfigDecisions /> : <Decisions />}
      <div class="ev-row">
        <Typed label="Search in all values" placeholder="Search events" value={selection.value.text} onChange={(text) => choose({ text })} isSearch />
        {isNarrow.value && (
          <button type="button" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>
            Filters
          </button>
        )}
        {hasMore && <Kinds />}
        {hasMore && !isConfiguration.value && <Rules />}
      </div>
      {hasMore && <Where />}
      <Shown />
    </div>
  );
}

function Decisions() {
  const now = decided.value;
  const name = useId();
  const counts: Record<DecisionFilter, number | null> = {
    all: now?.events ?? null,
    dropped: now?.dropped ?? null,
    kept: now?.kept ?? null,
    tagged: now?.tagged ?? null,
    alerted: now?.alerted ?? null,
    changed: null,
    undecidable: now?.undecidable ?? 0,
    damaged: now?.damaged ?? 0,
  };
  const shown: DecisionFilter[] = ["all", "dropped", "kept", "tagged", "alerted", "changed"];
  for (const rare of ["undecidable", "damaged"] as const) if ((counts[rare] ?? 0) > 0) shown.push(rare);
  return (
    <fieldset class="ev-decisions">
      <legend class="hidden-label">Show events by decision</legend>
      {shown.map((each) => (
        <label key={each} class={selection.value.decision === each ? "chosen" : ""}>
          <input
            type="radio"
            name={name}
            class="hidden-label"
            checked={selection.value.decision === each}
            onChange={() => choose({ decision: each })}
          />
          {WORDS[each]}{" "}
          {counts[each] !== null && <span class="ev-count">{count(counts[each] ?? 0)}</span>}
        </label>
      ))}
    </fieldset>
  );
}

function Kinds() {
  const choices = kindsOf(eventCounts.value);
  const now = selection.value.event;
  const isGone = now !== null && !choices.some(({ value }) => value === now);
  return (
    <select
      aria-label="Kind of event"
      value={now === null ? "all" : `is ${now}`}
      onChange={({ currentTarget: { value } }) => choose({ event: value === "all" ? null : value.slice(3) })}
    >
      <option value="all">All kinds of events</option>
      {isGone && <option value={`is ${now}`}>{now} (0)</option>}
      {choices.map(({ value, label, events }) => (
        <option key={value} value={`is ${value}`}>
          {label} ({count(events)})
        </option>
      ))}
    </select>
  );
}

const GROUPS: { kind: Kind; label: string }[] = [
  { kind: "filter", label: "Filters" },
  { kind: "classify", label: "Classification" },
  { kind: "alert", label: "Alerts" },
];

function Rules() {
  const now = selection.value.rule;
  const counts = decided.value?.rules ?? [];
  return (
    <select
      aria-label="Rule that did something"
      value={now === null ? "all" : String(now)}
      onChange={({ currentTarget: { value } }) => choose({ rule: value === "all" ? null : Number(value) })}
    >
      <option value="all">All rules</option>
      {GROUPS.map(({ kind, label }) => (
        <optgroup key={kind} label={label}>
          {rules.value.map((rule, at) =>
            rule.kind === kind ? (
              <option key={at} value={String(at)}>
                {rule.name} ({count(counts[at]?.acted ?? 0)})
              </option>
            ) : null,
          )}
        </optgroup>
      ))}
    </select>
  );
}

interface TypedProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (text: string) => void;
  isSearch?: boolean;
  isWrong?: boolean;
  describedBy?: string;
}

/** A line of text that is taken over once somebody pauses, or at once with Enter. */
function Typed({ label, placeholder, value, onChange, isSearch = false, isWrong = false, describedBy }: TypedProps) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    // Changed by another hand: a chip that was removed.
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const send = (now: string): void => {
    clearTimeout(timer.current);
    if (now === sent.current) return;
    sent.current = now;
    onChange(now);
  };
  return (
    <input
      {...(isSearch ? { type: "search" as const } : { type: "text" as const })}
      class={isSearch ? "ev-search" : "ev-where-input"}
      aria-label={label}
      placeholder={placeholder}
      value={text}
      spellcheck={false}
      autocomplete="off"
      aria-invalid={isWrong}
      {...(describedBy === undefined ? {} : { "aria-describedby": describedBy })}
      onInput={({ currentTarget }) => {
        const now = currentTarget.value;
        setText(now);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => send(now), PAUSE);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") send(event.currentTarget.value);
      }}
    />
  );
}

function Where() {
  const id = useId();
  const { diagnostics } = selected.value;
  const isWrong = diagnostics.some(({ severity }) => severity === "error");
  return (
    <div class="ev-where">
      <div class="ev-row">
        <span class="ev-where-word" aria-hidden="true">
          where
        </span>
        <Typed
          label="Where: a condition of the rule language"
          placeholder={`Image ends with '.exe' and not has tag "x"`}
          value={selection.value.where}
          onChange={(where) => choose({ where })}
          isWrong={isWrong}
          describedBy={id}
        />
      </div>
      <ul id={id} class="ev-findings" aria-live="polite">
        {selection.value.where.trim() !== "" &&
          diagnostics.map(({ severity, message, help }, at) => (
            <li key={at} class={severity}>
              <span aria-hidden="true">{severity === "error" ? "✖ " : severity === "warning" ? "⚠ " : "ℹ "}</span>
              <span class="hidden-label">{severity}: </span>
              {message}
              {help !== null && <span class="ev-help"> {help}</span>}
            </li>
          ))}
        {isWrong && selection.value.where.trim() !== "" && <li class="ev-help">The table shows what it showed before.</li>}
      </ul>
    </div>
  );
}

const configurationChip = (): string => {
  const now = shown.value;
  const words = { all: "All", logged: "Logged", not: "Not logged", differs: "Another name", name: "" };
  return now.is === "name" ? (now.name ?? "no RuleName") : words[now.is];
};

/** How many of how many, and what leaves the others out. */
function Shown() {
  const { decision, event, rule, text, where } = selection.value;
  const on = active.value;
  const kind = kindsOf(eventCounts.value).find(({ value }) => value === event);
  const chips = [
    ...(on.decision ? [{ label: WORDS[decision], remove: () => choose({ decision: "all" }) }] : []),
    ...(shown.value.is !== "all" && configRows.value !== null ? [{ label: configurationChip(), remove: () => (shown.value = ALL) }] : []),
    ...(on.event ? [{ label: kind?.label ?? event ?? "", remove: () => choose({ event: null }) }] : []),
    ...(on.rule ? [{ label: rules.value[rule ?? -1]?.name ?? "rule", remove: () => choose({ rule: null }) }] : []),
    ...(on.text ? [{ label: `“${text.trim()}”`, remove: () => choose({ text: "" }) }] : []),
    ...(on.where ? [{ label: `where ${where.trim()}`, remove: () => choose({ where: "" }) }] : []),
  ];
  const { count: number } = selected.value;
  return (
    <div class="ev-shown">
      <span class="ev-shown-count">
        {chips.length ? `${count(number)} of ${counted(total.value, "event")}` : `${counted(number, "event")}`}
      </span>
      {chips.map(({ label, remove }, at) => (
        <span key={at} class="ev-chip">
          <span class="ev-chip-text">{label}</span>
          <button type="button" aria-label={`Remove the filter ${label}`} onClick={remove}>
            <span aria-hidden="true">✕</span>
          </button>
        </span>
      ))}
      {chips.length > 1 && (
        <button type="button" class="ev-link" onClick={clearFilters}>
          Clear filters
        </button>
      )}
      {chips.length > 0 && number > 0 && number <= MOST_EVENTS && !isConfiguration.value && (
        <button type="button" class="ev-link" title="Everything that has to do with the processes that caused these events" onClick={() => void huntFromShown(number)}>
          Hunt from these
        </button>
      )}
      {!isNarrow.value && (
        <button type="button" class="quiet ev-columns-button" onClick={askColumns}>
          Columns…
        </button>
      )}
    </div>
  );
}
