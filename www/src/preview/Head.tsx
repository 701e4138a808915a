// What is loaded, and the ways to load more.
import { chosen, clearEvents, loaded, loading, readUpTo } from "../state/preview.ts";
import type { Loaded } from "../engine/types.ts";
import { announce } from "../ui/announce.tsx";
import { bytes, count, counted } from "./numbers.ts";
import { ask, reading } from "./take.ts";
import { total } from "./view.ts";

const damagedIn = ({ damaged, moreDamaged }: Loaded): number => damaged.length + moreDamaged;

export function Head() {
  const files = loaded.value;
  const damaged = files.reduce((sum, file) => sum + damagedIn(file), 0);
  const left = files.reduce((sum, file) => sum + file.left, 0);
  const faults = files.filter(({ error }) => error !== null);
  return (
    <div class="ev-head">
      <div class="ev-head-line">
        <h2>Events</h2>
        {files.length > 0 && (
          <details class="ev-files">
            <summary>
              {counted(total.value, "event")} of {counted(files.length, "file")}
              {damaged > 0 && <span class="ev-warn">{counted(damaged, "damaged record")}</span>}
              {left > 0 && <span class="ev-warn">{count(left)} left out</span>}
              {faults.length > 0 && <span class="ev-bad">{counted(faults.length, "file")} with errors</span>}
            </summary>
            <ul>
              {files.map((file, at) => (
                <File key={at} file={file} />
              ))}
            </ul>
          </details>
        )}
        <div class="ev-head-buttons">
          <button type="button" onClick={ask}>
            Add events…
          </button>
          <button
            type="button"
            class="quiet"
            disabled={!files.length}
            onClick={() => {
              chosen.value = null;
              void clearEvents().then(() => announce("Events cleared"));
            }}
          >
            Clear
          </button>
        </div>
      </div>
      <Progress />
      {faults.map((file, at) => (
        <Fault key={at} file={file} />
      ))}
    </div>
  );
}

function Progress() {
  const now = reading.value;
  const name = now?.name ?? loading.value[0];
  if (name === undefined) return null;
  const piece = readUpTo.value;
  const isOneOfMany = now !== null && now.of > 1;
  const done = piece ? { value: piece.bytes, max: piece.of } : isOneOfMany ? { value: now.at - 1, max: now.of } : {};
  return (
    <div class="ev-progress" role="status">
      <progress aria-label="Reading events" {...done} />
      <span>
        Reading {name}
        {isOneOfMany ? ` (${count(now.at)} of ${count(now.of)})` : ""}
        {piece ? `, ${bytes(piece.bytes)} of ${bytes(piece.of)}` : ""}
      </span>
    </div>
  );
}

function Fault({ file }: { file: Loaded }) {
  return (
    <div class="ev-fault" role="alert">
      <p>
        <strong>{file.file}</strong> could not be read{file.events > 0 ? ` to its end; ${counted(file.events, "event")} before that are here` : ""}:{" "}
        {file.error}
      </p>
      <button
        type="button"
        class="quiet"
        aria-label={`Dismiss what is said of ${file.file}`}
        onClick={() => {
          // A file that gave nothing is told once; one that gave events stays in the list.
          loaded.value = loaded.value.flatMap((each) => (each !== file ? [each] : each.events > 0 ? [{ ...each, error: null }] : []));
        }}
      >
        <span aria-hidden="true">✕</span>
      </button>
    </div>
  );
}

function File({ file }: { file: Loaded }) {
  const more = file.moreDamaged;
  return (
    <li>
      <strong>{file.file}</strong>: {counted(file.events, "event")}, {bytes(file.bytes)}
      {file.forms.length > 0 && (
        <span class="ev-forms">
          {" "}
          ({file.forms.map(({ form, events }) => (file.forms.length > 1 ? `${form}: ${count(events)}` : form)).join("; ")})
        </span>
      )}
      {file.left > 0 && <p class="ev-warn">{counted(file.left, "event")} beyond what the page holds were left out.</p>}
      {file.damaged.length > 0 && (
        <details>
          <summary>{counted(file.damaged.length + more, "damaged record")}</summary>
          <ul>
            {file.damaged.map(({ number, reason }, at) => (
              <li key={at}>
                {number !== null && `Record ${number}: `}
                {reason}
              </li>
            ))}
            {more > 0 && <li>{count(more)} more</li>}
          </ul>
        </details>
      )}
    </li>
  );
}
