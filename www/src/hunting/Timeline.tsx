// The processes of the hunt over time: a lane each, what they did as marks.
//
// In: the hunt. Out: the process that is chosen. Each lane is a button that says in words what it shows.
import { useMemo, useState } from "preact/hooks";
import { rangeText } from "../charts/time.ts";
import { count, counted } from "../preview/numbers.ts";
import { plain } from "../ui/plain.ts";
import { isStart, nameOf } from "./forest.ts";
import { choose, hunted, state } from "./state.ts";
import { type Lane, timelineOf } from "./timeline.ts";
import { timeText } from "./words.ts";

const FEW = 40;
const KINDS = ["files", "registry", "connections", "names", "pipes", "images", "other", "cross"];
const LABELS: Record<string, string> = { names: "DNS names", cross: "threads, accesses", other: "other" };

export function Timeline() {
  const document = hunted.value?.hunt;
  const time = useMemo(() => (document ? timelineOf(document) : null), [document]);
  const [most, setMost] = useState(FEW);
  if (!time) return <p class="hunt-note">No event of this hunt has a time.</p>;
  const lanes = time.lanes.slice(0, most);
  const left = time.lanes.length - lanes.length;
  const seen = new Set(time.lanes.flatMap(({ marks }) => marks.map(({ kind }) => kind)));
  return (
    <div class="hunt-timeline">
      <p class="hunt-note">
        {rangeText(time.from, time.to)} UTC.{" "}
        <span class="hunt-legend">
          {KINDS.filter((kind) => seen.has(kind)).map((kind) => (
            <span key={kind}>
              <i class={`hunt-mark ${kind}`} aria-hidden="true" /> {LABELS[kind] ?? kind}
            </span>
          ))}
        </span>
      </p>
      <div class="hunt-lanes" role="group" aria-label="Processes over time">
        <div class="hunt-axis" aria-hidden="true">
          {time.ticks.map(({ at, label }) => (
            <span key={at} style={{ left: `${at * 100}%` }}>
              {label}
            </span>
          ))}
        </div>
        {lanes.map((lane) => (
          <One key={lane.process.guid} lane={lane} ticks={time.ticks.map(({ at }) => at)} />
        ))}
      </div>
      {left > 0 && (
        <button type="button" class="hunt-left" onClick={() => setMost(most + 200)}>
          {count(left)} more processes
        </button>
      )}
      {time.undated > 0 && <p class="hunt-note">{counted(time.undated, "process", "processes")} without a time.</p>}
    </div>
  );
}

function One({ lane, ticks }: { lane: Lane; ticks: number[] }) {
  const { process, from, isBegun, to, marks, left } = lane;
  const isChosen = state.value.process === process.guid;
  const name = plain(nameOf(process));
  const words = [
    name,
    isBegun ? `from ${plain(timeText(process.created))}` : "begun before",
    process.ended === null ? "its end was not read" : `to ${plain(timeText(process.ended))}`,
    marks.length > 0 ? counted(marks.length + left, "thing that it did", "things that it did") : "",
    process.stop === null ? "" : "not gone through",
  ];
  return (
    <button
      type="button"
      class={`hunt-lane ${isChosen ? "chosen" : ""} ${process.stop !== null ? "stop" : ""} ${isStart(process) ? "start" : ""}`}
      aria-pressed={isChosen}
      aria-label={words.filter((each) => each !== "").join(", ")}
      onClick={() => choose({ process: isChosen ? null : process.guid })}
    >
      <span class="hunt-lane-name" title={plain(process.image ?? process.guid)}>
        {name}
      </span>
      <span class="hunt-lane-room">
        {ticks.map((at) => (
          <i key={at} class="hunt-tick" style={{ left: `${at * 100}%` }} />
        ))}
        <i class={`hunt-bar ${isBegun ? "" : "before"} ${to === null ? "open" : ""}`} style={{ left: `${from * 100}%`, width: `${Math.max((to ?? 1) - from, 0) * 100}%` }} />
        {marks.map(({ at, kind, what }, number) => (
          <i key={number} class={`hunt-mark ${kind}`} title={plain(what.slice(0, 300))} style={{ left: `${at * 100}%` }} />
        ))}
      </span>
    </button>
  );
}
