// Hunting: from a suspicious event to all that has to do with it.
//
// In: hunting/state.ts. Out: changes of the link. Never here: which processes are linked.
import { useEffect } from "preact/hooks";
import { EventsOf } from "../boards/Events.tsx";
import { SUSPICIOUS, turned } from "../boards/link.ts";
import { everyValue } from "../boards/state.ts";
import { Histogram } from "../charts/Histogram.tsx";
import { TopCard } from "../charts/TopCard.tsx";
import { type BoardTerm, EVERYTHING } from "../engine/board.ts";
import { broken } from "../engine/client.ts";
import { Head } from "../preview/Head.tsx";
import { count, counted } from "../preview/numbers.ts";
import { Empty } from "../preview/Preview.tsx";
import { reading } from "../preview/take.ts";
import { total } from "../preview/view.ts";
import { decided, loading, refusal } from "../state/preview.ts";
import { plain } from "../ui/plain.ts";
import { Begin } from "./Begin.tsx";
import { nameOf } from "./forest.ts";
import { queryOf } from "./link.ts";
import { Process } from "./Process.tsx";
import { Summary } from "./Result.tsx";
import { begin, CARDS, choose, fault, FIRST, follow, forest, hunted, isNear, isTimeline, over, shown, state, step, stuck, version, wishes } from "./state.ts";
import { Timeline } from "./Timeline.tsx";
import { nearOf } from "./timeline.ts";
import { Tree } from "./Tree.tsx";
import { sentence } from "./words.ts";
import "../preview/preview.css";
import "../boards/boards.css";
import "./hunting.css";

export function Hunting() {
  useEffect(follow, []);
  if (total.value === 0) {
    const isReading = loading.value.length > 0 || reading.value !== null || (decided.value === null && refusal.value === null && broken.value === null);
    return (
      <div class="boards">
        <div class="ev board-loaded hunt-empty">
          <h2>Sysmon Hunting</h2>
          <Head />
          {isReading ? <Waiting /> : <Empty />}
        </div>
      </div>
    );
  }
  const isAny = hunted.value !== null;
  return (
    <div class="boards">
      <div class="board-body">
        <header class="board-head">
          <div>
            <h2>Sysmon Hunting</h2>
            <p class="board-help">From processes to their parents, children and what put code into them, until nothing new appears; and all that they did.</p>
          </div>
          <div class="ev board-loaded">
            <Head />
          </div>
        </header>
        <Begin />
        <Progress />
        <Stuck />
        {isAny && <Summary />}
        {isAny && <Processes />}
        {fault.value !== null && (
          <p class="board-fault" role="alert">
            {sentence(`Not all could be counted: ${plain(fault.value)}`)}
          </p>
        )}
        <OverTime />
        <Cards />
        {isAny ? <HuntEvents /> : step.value === null && <Suspicious />}
      </div>
    </div>
  );
}

const Waiting = () => (
  <div class="ev-waiting" role="status" aria-label="Reading">
    {Array.from({ length: 6 }, (_, at) => (
      <span key={at} class="ev-skeleton" aria-hidden="true" />
    ))}
  </div>
);

function Progress() {
  const now = step.value;
  return (
    <div class="hunt-progress" role="status">
      {now && (
        <>
          <progress max={Math.max(now.of, 1)} value={now.done} aria-label={now.what} />
          <span>
            {now.what}
            {now.of > 1 && `: ${count(now.done)} of ${counted(now.of, "event")}`}…
          </span>
        </>
      )}
    </div>
  );
}

function Stuck() {
  const now = stuck.value;
  if (!now || step.value) return null;
  const { request } = state.value;
  return (
    <div class="hunt-stuck" role="alert">
      <p>
        {sentence(plain(now.error))} {now.help !== null && <span>{sentence(plain(now.help))}</span>}
      </p>
      {now.begin.length > 0 && (
        <button type="button" onClick={() => begin({ start: [...new Set([...request.start, ...now.begin])] })}>
          Begin with {now.begin.length === 1 ? "it" : `these ${count(now.begin.length)}`} nevertheless
        </button>
      )}
    </div>
  );
}

function Processes() {
  const isTime = isTimeline.value;
  return (
    <section class="hunt-processes" aria-label="Processes">
      <div class="chart-head">
        <h3>Processes</h3>
        <div class="hunt-switch" role="group" aria-label="Processes as">
          <button type="button" aria-pressed={!isTime} onClick={() => (isTimeline.value = false)}>
            Tree
          </button>
          <button type="button" aria-pressed={isTime} onClick={() => (isTimeline.value = true)}>
            Timeline
          </button>
        </div>
      </div>
      <div class="hunt-split">
        {isTime ? <Timeline /> : <Tree />}
        <Process />
      </div>
    </section>
  );
}

/** What the pictures of a hunt say that they show. */
function about(): string[] {
  const now = hunted.value;
  if (!now) return [];
  const lines = [`${count(now.hunt.processes.length)} processes, ${count(now.hunt.events)} of ${count(now.hunt.events_read)} events`];
  const { process } = state.value;
  if (process !== null) lines.push(`Only ${nameOf(forest.value?.nodes.get(process)?.process ?? { image: null, guid: process })} ${process}`);
  return lines;
}

function OverTime() {
  const answer = over.value?.overTime;
  const now = state.value;
  if (!answer || !answer.series.some((each) => each.count > 0)) return null;
  return (
    <Histogram over={answer} title="Events over time" about={about()} isStacked={false} onSpan={(from, to) => hunted.value && choose({ from, to })}>
      {nearOf(hunted.value?.hunt) !== null && (
        <button type="button" aria-pressed={isNear.value} title="Only the time of the hunt's events" onClick={() => (isNear.value = !isNear.value)}>
          Time of the hunt
        </button>
      )}
      {now.from !== null && (
        <button type="button" onClick={() => choose({ from: null, to: null })}>
          All the time
        </button>
      )}
    </Histogram>
  );
}

const WHY = "No data: this chart shows events of the hunt only. Choose an event, paste a ProcessGUID, or type a condition.";

const UNKNOWN = "No data: no event names a process of this hunt.";

function Cards() {
  const now = state.value;
  const answer = hunted.value ? shown.value : null;
  return (
    <>
      {answer && <Chosen />}
      <div class="board-cards hunt-cards">
        {CARDS.map(({ field, title, none }, at) => {
          const counts = answer?.tops[at];
          const wish = wishes.value[field] ?? FIRST;
          // What only some events have is told of those alone.
          const top = counts && none !== null ? { ...counts, absent: 0 } : counts;
          const isNone = top !== undefined && none !== null && top.values.length === 0 && wish.like === "" && !now.terms.some((term) => term.field === field);
          const isUnknown = hunted.value?.hunt.events === 0;
          return !top || isNone || isUnknown ? (
            <figure key={field} class="chart card hunt-none" aria-label={title}>
              <figcaption class="chart-head">
                <h3>{title}</h3>
              </figcaption>
              <p class="hunt-note">{isUnknown ? UNKNOWN : isNone ? none : hunted.value || step.value ? "…" : WHY}</p>
            </figure>
          ) : (
            <TopCard
              key={field}
              title={title}
              top={top}
              whole={(answer?.count ?? 0) - (none === null || !counts ? 0 : counts.absent)}
              about={about()}
              terms={now.terms}
              onTerm={(term) => choose({ terms: turned(now.terms, term) })}
              wish={wish}
              onWish={(wanted) => (wishes.value = { ...wishes.value, [field]: wanted })}
              every={() => everyValue(queryOf(now), field)}
            />
          );
        })}
      </div>
    </>
  );
}

const termWords = ({ field, value, out }: BoardTerm): string => {
  const name = field.replace(/^msg\./, "");
  return value === null ? `has ${out ? "a" : "no"} ${name}` : `${name} ${out ? "is not" : "is"} ${plain(value.slice(0, 80))}`;
};

/** What of the hunt's events the charts and the table show. */
function Chosen() {
  const { process, terms, from } = state.value;
  if (process === null && terms.length === 0 && from === null) return null;
  const name = process === null ? null : plain(nameOf(forest.value?.nodes.get(process)?.process ?? { image: null, guid: process }));
  return (
    <p class="board-shown">
      <span class="board-number">
        Below: <strong>{count(shown.value?.count ?? 0)}</strong> of {counted(hunted.value?.hunt.events ?? 0, "event")} of the hunt
      </span>
      {name !== null && (
        <span class="ev-chip board-chip">
          <span class="ev-chip-text">process {name}</span>
          <button type="button" aria-label={`Show the events of all processes, not only of ${name}`} onClick={() => choose({ process: null })}>
            <span aria-hidden="true">✕</span>
          </button>
        </span>
      )}
      {terms.map((each) => (
        <span key={`${each.field} ${each.value} ${each.out}`} class={`ev-chip board-chip ${each.out ? "out" : ""}`}>
          <span class="ev-chip-text">
            {termWords(each)}
          </span>
          <button type="button" aria-label={`Take away ${each.field}`} onClick={() => choose({ terms: terms.filter((other) => other !== each) })}>
            <span aria-hidden="true">✕</span>
          </button>
        </span>
      ))}
      {from !== null && (
        <span class="ev-chip board-chip">
          <span class="ev-chip-text">a span of time</span>
          <button type="button" aria-label="Show all the time" onClick={() => choose({ from: null, to: null })}>
            <span aria-hidden="true">✕</span>
          </button>
        </span>
      )}
    </p>
  );
}

const COLUMNS = ["time", "event", "Image", "ProcessGuid", "ParentProcessGuid", "summary", "msg.rulename", "host"];

function HuntEvents() {
  const answer = shown.value;
  const now = state.value;
  if (!answer) return null;
  return (
    <EventsOf
      title="Hunting-Events"
      query={queryOf(now)}
      count={answer.count}
      version={version.value}
      columns={COLUMNS}
      sort={now.sort}
      onSort={(sort) => choose({ sort }, false)}
    />
  );
}

const SUSPICIOUS_EVENTS = { ...EVERYTHING, terms: [SUSPICIOUS] };

/** Events to begin with. */
function Suspicious() {
  const number = over.value?.overTime?.series.find(({ name }) => name === "suspicious")?.count ?? 0;
  if (number === 0) return <p class="hunt-note">No event is tagged as suspicious. Choose one among the events of a dashboard or of the rules, and hunt from there.</p>;
  return (
    <EventsOf
      title="Suspicious events, to begin with"
      query={SUSPICIOUS_EVENTS}
      count={number}
      version={version.value}
      columns={["time", "event", "summary", "msg.rulename", "ProcessGuid", "host"]}
      sort={null}
      onSort={() => undefined}
    />
  );
}
