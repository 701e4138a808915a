// What the open configuration does to the sample events, in one look; and which of them are shown.
import { useEffect, useId } from "preact/hooks";
import type { ConfigSums } from "../engine/configuration.ts";
import { count, counted, share } from "../preview/numbers.ts";
import { configuration, fitting, rows, showPart, type Shown, shown, sums } from "../state/configuration.ts";
import { announce } from "../ui/announce.tsx";
import { plain } from "../ui/plain.ts";
import "./configuration.css";

/** Names, and rules that never decided, that are listed. */
const LISTED = 12;

export function ConfigSummary() {
  const now = sums.value;
  const open = configuration.value;
  const said = now ? `Logs ${count(now.logged)} of ${counted(now.events, "event")} of Sysmon.` : "";
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => announce(said), 700);
    return () => clearTimeout(timer);
  }, [said]);
  if (open && !open.taken)
    return (
      <div class="ev-fault" role="status">
        <p>No event is decided: {open.isBehind ? "the configuration cannot be read" : "Sysmon would refuse this configuration"}.</p>
      </div>
    );
  if (!now || !rows.value) return null;
  return (
    <div class="ev-summary config-summary">
      <p class="ev-drops">
        Sysmon would log <strong>{count(now.logged)}</strong> of {counted(now.events, "event")}
        {now.events > 0 && <>, {share(now.logged, now.events)}</>}
      </p>
      <p class="ev-since">
        <span>
          RuleName as recorded: {count(now.agree)} of {count(now.agree + now.differ)}
        </span>
        {now.other > 0 && <span>{counted(now.other, "event")} of others</span>}
        {now.lost > 0 && <span class="ev-warn">of {count(now.lost)} a field that is asked for was lost</span>}
      </p>
      <div class="config-more">
        <ByEvent sums={now} />
        <Names sums={now} />
        <Never sums={now} />
      </div>
    </div>
  );
}

function ByEvent({ sums: { byEvent } }: { sums: ConfigSums }) {
  if (!byEvent.length) return null;
  return (
    <details>
      <summary>By event</summary>
      <table class="config-table">
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Logged</th>
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          {byEvent.map(({ id, tag, events, logged }) => (
            <tr key={id}>
              <th scope="row">
                {id} {tag ?? "always logged"}
              </th>
              <td>{count(logged)}</td>
              <td>{count(events)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Names({ sums: { names } }: { sums: ConfigSums }) {
  if (!names.length) return null;
  return (
    <details>
      <summary>{counted(names.length, "RuleName")}</summary>
      <ul class="config-list">
        {names.slice(0, LISTED).map(({ name, events }) => (
          <li key={name}>
            <button type="button" class="ev-link" onClick={() => (shown.value = { is: "name", name })}>
              {name === null ? "none" : plain(name)}
            </button>{" "}
            {count(events)}
          </li>
        ))}
        {names.length > LISTED && <li>and {count(names.length - LISTED)} more</li>}
      </ul>
    </details>
  );
}

function Never({ sums: { rules, never, neverFired } }: { sums: ConfigSums }) {
  if (!rules) return null;
  return (
    <details>
      <summary>
        {count(never)} of {counted(rules, "rule")} never decided
      </summary>
      <ul class="config-list">
        {neverFired.slice(0, LISTED * 4).map(({ block, tag, text }) => (
          <li key={block}>
            {tag}:{" "}
            <button type="button" class="ev-link" onClick={() => showPart(block)}>
              {plain(text)}
            </button>
          </li>
        ))}
        {never > LISTED * 4 && <li>and {count(never - LISTED * 4)} more</li>}
      </ul>
    </details>
  );
}

const WORDS: { wish: Shown; label: string }[] = [
  { wish: { is: "all" }, label: "All" },
  { wish: { is: "logged" }, label: "Logged" },
  { wish: { is: "not" }, label: "Not logged" },
  { wish: { is: "differs" }, label: "Another name" },
];

/** Which events are shown, by what becomes of them. */
export function ConfigDecisions() {
  const name = useId();
  const all = rows.value;
  if (!all) return null;
  const now = shown.value;
  const wishes = now.is === "name" ? [...WORDS, { wish: now, label: now.name === null ? "No name" : plain(now.name) }] : WORDS;
  return (
    <fieldset class="ev-decisions">
      <legend class="hidden-label">Show events by what the configuration does</legend>
      {wishes.map(({ wish, label }) => (
        <label key={label} class={now.is === wish.is ? "chosen" : ""}>
          <input type="radio" name={name} class="hidden-label" checked={now.is === wish.is} onChange={() => (shown.value = wish)} />
          <span class="config-wish">{label}</span> <span class="ev-count">{count(fitting(all, wish).length)}</span>
        </label>
      ))}
    </fieldset>
  );
}
