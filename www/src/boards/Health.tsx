// The hosts, and how Sysmon is on each: when it was last heard of, what it said of itself, and where it went silent.
//
// It is silent where nothing came of it for longer than it ever paused before, while something else went on: other hosts, or other channels
// of the same host.
import { useState } from "preact/hooks";
import type { HostHealth } from "../engine/board.ts";
import { saveCsv } from "../charts/paint.ts";
import { iso, lengthText, timeText } from "../charts/time.ts";
import { count, counted } from "../preview/numbers.ts";
import { Menu } from "../ui/Menu.tsx";
import { plain } from "../ui/plain.ts";
import { health, state, turn } from "./state.ts";

/** Shorter than that nobody is silent, in milliseconds. */
const CALM = 15 * 60_000;
/** Hosts that are shown at first. */
const FEW = 50;

export const isSilent = ({ silent, gap }: Pick<HostHealth, "silent" | "gap">): boolean => silent !== null && silent >= CALM && silent > gap;
/** Does it send, and nothing of Sysmon? */
export const hasNone = ({ events, others }: Pick<HostHealth, "events" | "others">): boolean => events === 0 && others > 0;
/** Does somebody have to look? */
export const isBad = (host: HostHealth): boolean => isSilent(host) || hasNone(host) || host.errors > 0 || (host.state !== null && host.state !== "Started");

export function Health() {
  const [isAll, setAll] = useState(false);
  const hosts = health.value;
  if (!hosts) return null;
  const sorted = [...hosts].sort((a, b) => Number(isBad(b)) - Number(isBad(a)) || (b.silent ?? 0) - (a.silent ?? 0) || (a.host < b.host ? -1 : 1));
  const silent = hosts.filter(isSilent);
  const shown = isAll ? sorted : sorted.slice(0, FEW);
  const time = (at: number | null): string => (at === null ? "" : timeText(Math.floor(at / 1000) * 1000));
  const save = (): void =>
    saveCsv("sensor health", {
      head: ["host", "sysmon_events", "other_events", "first", "last", "silent_seconds", "longest_pause_seconds", "state", "state_changes", "configuration_changes", "errors"],
      rows: sorted.map((each) => [
        each.host,
        each.events,
        each.others,
        each.first === null ? "" : iso(each.first),
        each.last === null ? "" : iso(each.last),
        each.silent === null ? "" : Math.round(each.silent / 1000),
        Math.round(each.gap / 1000),
        each.state ?? "",
        each.states,
        each.configurations,
        each.errors,
      ]),
    });
  return (
    <figure class="chart board-health" aria-label="Hosts">
      <figcaption class="chart-head">
        <h3>Hosts</h3>
        <span class="chart-about">
          {counted(hosts.length, "host")} in all loaded events;{" "}
          {silent.length === 0 ? "none went silent" : <strong class="board-bad">{counted(silent.length, "host")} went silent</strong>}
        </span>
        <span class="chart-buttons">
          <Menu label="Export the hosts" class="quiet" fromRight entries={() => [{ label: "Table (CSV)", run: save }]}>
            <span aria-hidden="true">⤓</span>
          </Menu>
        </span>
      </figcaption>
      <div class="board-rest-room" tabIndex={0} role="region" aria-label="Hosts and how Sysmon is on each">
        <table class="board-table">
          <caption class="hidden-label">Hosts and how Sysmon is on each</caption>
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col" class="board-word">
                Sysmon
              </th>
              <th scope="col">Silent for</th>
              <th scope="col">Longest pause</th>
              <th scope="col">Last of Sysmon (UTC)</th>
              <th scope="col">Of Sysmon</th>
              <th scope="col" title="Events of other channels: they go on where somebody ended Sysmon">
                Others
              </th>
              <th scope="col" title="Event 4: it started or stopped">
                States
              </th>
              <th scope="col" title="Event 16: another configuration">
                Configurations
              </th>
              <th scope="col" title="Event 255">
                Errors
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <tr key={each.host} class={isBad(each) ? "bad" : ""}>
                <th scope="row">
                  <button
                    type="button"
                    class="link board-cut"
                    title={plain(each.host.slice(0, 2_000))}
                    aria-pressed={state.value.terms.some(({ field, value, out }) => field === "@host" && value === each.host && !out)}
                    onClick={(event) => turn({ field: "@host", value: each.host, out: event.altKey || event.shiftKey })}
                  >
                    {each.host === "" ? <em>no name</em> : plain(each.host)}
                  </button>
                </th>
                <td class="board-word">
                  <span class="board-cut" title={plain((each.state ?? "").slice(0, 2_000))}>
                    {each.state === null ? "not said" : each.state === "Started" ? "✓ started" : `✕ ${plain(each.state)}`}
                  </span>
                </td>
                <td class={isSilent(each) || hasNone(each) ? "board-bad" : ""}>
                  {isSilent(each) && <span aria-hidden="true">! </span>}
                  {hasNone(each) ? "none of Sysmon" : each.silent === null ? "no time" : each.silent < 1000 ? "–" : lengthText(each.silent)}
                  {isSilent(each) && <span class="hidden-label">, longer than it ever paused</span>}
                </td>
                <td title={each.gapFrom === null ? "" : `from ${time(each.gapFrom)}`}>{each.gap < 1000 ? "–" : lengthText(each.gap)}</td>
                <td>{time(each.last)}</td>
                <td>{count(each.events)}</td>
                <td>{count(each.others)}</td>
                <td>{count(each.states)}</td>
                <td>{count(each.configurations)}</td>
                <td class={each.errors > 0 ? "board-bad" : ""}>{count(each.errors)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > FEW && (
        <button type="button" class="link card-more" onClick={() => setAll(!isAll)}>
          {isAll ? "Fewer hosts" : `All ${count(sorted.length)} hosts`}
        </button>
      )}
      <p class="board-help">
        Silent: until the last event of all hosts, of whatever channel, no event of its Sysmon came, for at least {lengthText(CALM)} and longer than it ever paused before.
      </p>
    </figure>
  );
}
