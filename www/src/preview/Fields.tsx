// The fields of an event: as the agent has it, and as the log manager stores it.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { EventDetail, FieldValue } from "../engine/types.ts";
import { copy } from "../ui/copy.ts";
import { count, counted } from "./numbers.ts";
import { pick, picked } from "./view.ts";
import { plain } from "../ui/plain.ts";

const sought = signal("");
const hasPaths = signal(false);
/** Longer values are cut until somebody wants all of them. */
const LONG = 320;

const isOwn = ({ path }: FieldValue): boolean => /^winlog\.(event_data|user_data)\./.test(path);
const fits = ({ name, path, value }: FieldValue, words: string): boolean => `${name} ${path} ${value}`.toLowerCase().includes(words);

export function Fields({ event }: { event: EventDetail }) {
  const words = sought.value.trim().toLowerCase();
  const found = event.fields.filter((field) => fits(field, words));
  const own = found.filter(isOwn);
  const others = found.filter((field) => !isOwn(field));
  return (
    <>
      <Find />
      {own.length > 0 && <List fields={own} canPick />}
      {others.length > 0 &&
        (own.length === 0 || words !== "" ? (
          <List fields={others} canPick />
        ) : (
          <details class="ev-more">
            <summary>{counted(others.length, "more field", "more fields")} of the record</summary>
            <List fields={others} canPick />
          </details>
        ))}
      {!found.length && <p class="ev-help">No field of this event has that.</p>}
      <p class="ev-help ev-source">
        Record {event.record} of {event.file}, {event.form}
      </p>
    </>
  );
}

export function Stored({ event }: { event: EventDetail }) {
  if (event.decision === "dropped") return <p class="ev-help">Nothing is stored: the filter drops it at the agent.</p>;
  const words = sought.value.trim().toLowerCase();
  const found = event.stored.filter((field) => fits(field, words));
  if (!event.stored.length) return <p class="ev-help">Nothing is stored of it.</p>;
  return (
    <>
      <Find />
      <List fields={found} />
      {!found.length && <p class="ev-help">Nothing that is stored has that.</p>}
    </>
  );
}

function Find() {
  return (
    <div class="ev-find">
      <input
        type="search"
        aria-label="Find a field or a value"
        placeholder="Find a field or a value"
        value={sought.value}
        onInput={({ currentTarget }) => (sought.value = currentTarget.value)}
      />
      <label>
        <input type="checkbox" checked={hasPaths.value} onChange={({ currentTarget }) => (hasPaths.value = currentTarget.checked)} />
        Paths
      </label>
    </div>
  );
}

function List({ fields, canPick = false }: { fields: FieldValue[]; canPick?: boolean }) {
  return (
    <dl class="ev-fields">
      {fields.map((field, at) => (
        <Field key={`${field.path} ${at}`} field={field} canPick={canPick && field.type !== "map" && field.type !== "null"} />
      ))}
    </dl>
  );
}

function Field({ field, canPick }: { field: FieldValue; canPick: boolean }) {
  const { name, path, type, value } = field;
  const [isWhole, setWhole] = useState(false);
  const isLong = value.length > LONG;
  return (
    <div class="ev-field">
      <dt>
        {canPick ? (
          <button
            type="button"
            class="ev-name"
            aria-pressed={picked.value.includes(name)}
            title={`${path}. Choose it for a new rule`}
            onClick={() => pick(name)}
          >
            {picked.value.includes(name) && <span aria-hidden="true">✓ </span>}
            {name}
          </button>
        ) : (
          <span class="ev-name" title={path}>
            {name}
          </span>
        )}
        {type !== "text" && <small class="ev-type">{type}</small>}
        {hasPaths.value && path !== name && <small class="ev-path">{path}</small>}
      </dt>
      <dd>
        <span class="ev-value">
          {value === "" ? <em>empty</em> : plain(isLong && !isWhole ? `${value.slice(0, LONG)}…` : value)}
          {isLong && (
            <button type="button" class="ev-link" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
              {isWhole ? "less" : `all ${count(value.length)} characters`}
            </button>
          )}
        </span>
        <button type="button" class="quiet ev-copy" aria-label={`Copy ${name}`} title="Copy the value" onClick={() => void copy(value, name)}>
          <svg aria-hidden="true" width="13" height="13" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5">
            <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" />
            <path d="M3.5 10.5h-1a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h7a1 1 0 0 1 1 1v1" />
          </svg>
        </button>
      </dd>
    </div>
  );
}
