// The dashboards: a row of them, what cuts events away, the chart over time, a card for each field, the events.
//
// In: boards/state.ts. Out: changes of the link. Never here: what is counted.
import { useEffect, useRef } from "preact/hooks";
import { broken } from "../engine/client.ts";
import { Histogram } from "../charts/Histogram.tsx";
import { TopCard } from "../charts/TopCard.tsx";
import { decided, eventCounts, loading, refusal } from "../state/preview.ts";
import { Head } from "../preview/Head.tsx";
import { count, counted as counts } from "../preview/numbers.ts";
import { Empty } from "../preview/Preview.tsx";
import { ask as addEvents, reading } from "../preview/take.ts";
import { total } from "../preview/view.ts";
import { announce } from "../ui/announce.tsx";
import { Events } from "./Events.tsx";
import { Filters } from "./Filters.tsx";
import { Health } from "./Health.tsx";
import { eventsOf, isCut } from "./link.ts";
import { ALL_EVENTS, BOARDS, idsOf } from "./list.ts";
import { Rest } from "./Rest.tsx";
import { about, choose, clear, counted, everyValue, fault, FIRST, follow, isBusy, isWrong, loadedOf, state, turn, wishes } from "./state.ts";
import "../preview/preview.css";
import "./boards.css";

export function Boards() {
  useEffect(follow, []);
  const now = state.value;
  const result = counted.value;
  const isHere = result !== null && result.board === now.board;
  useEffect(() => {
    if (isHere) announce(`${now.board.title}: ${counts(result.answer.count, "event")}`);
  }, [isHere, result?.answer.count]);
  if (total.value === 0) {
    const isReading = loading.value.length > 0 || reading.value !== null || (decided.value === null && refusal.value === null && broken.value === null);
    return (
      <div class="boards">
        <List />
        <div class="ev board-loaded">
          <Head />
          {isReading ? <Waiting /> : <Empty />}
        </div>
      </div>
    );
  }
  return (
    <div class="boards">
      <List />
      <div class="board-body" aria-busy={isBusy.value}>
        <header class="board-head">
          <div>
            <h2>{now.board.title}</h2>
            <p class="board-help">
              {now.board.about}
              {now.board.events !== ALL_EVENTS && ` Events ${idsOf([...now.board.events, ...now.board.more.filter(({ id }) => now.additions.includes(id))])}.`}
            </p>
          </div>
          <div class="ev board-loaded">
            <Head />
          </div>
        </header>
        <Filters />
        {fault.value !== null && (
          <p class="board-fault" role="alert">
            Nothing could be counted: {fault.value}
          </p>
        )}
        {isHere && now.board.hasHealth && <Health />}
        {!isHere ? fault.value === null && (isWrong.value ? <Faulty /> : <Waiting />) : result.answer.of === 0 ? <NotLoaded /> : <Content />}
      </div>
    </div>
  );
}

/** The row of dashboards, with how many events each has. */
function List() {
  const row = useRef<HTMLElement>(null);
  const now = state.value.board;
  useEffect(() => {
    row.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [now, eventCounts.value]);
  const key = (event: KeyboardEvent): void => {
    const all = [...(row.current?.querySelectorAll("button") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0 || at < 0) return;
    event.preventDefault();
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <nav class="boards-list" aria-label="Dashboards" ref={row} onKeyDown={key}>
      {BOARDS.map((board) => {
        const number = loadedOf(board.events.map(({ name }) => name));
        return (
          <button
            key={board.name}
            type="button"
            class={number === 0 ? "none" : ""}
            title={`${board.title}: events ${idsOf(board.events)}`}
            {...(board === now ? { "aria-current": "page" as const } : {})}
            onClick={() => choose({ board: board.name })}
          >
            {board.short} <span class="boards-count">{count(number)}</span>
          </button>
        );
      })}
    </nav>
  );
}

const Waiting = () => (
  <div class="ev-waiting" role="status" aria-label="Counting">
    {Array.from({ length: 6 }, (_, at) => (
      <span key={at} class="ev-skeleton" aria-hidden="true" />
    ))}
  </div>
);

function Content() {
  const result = counted.value;
  if (!result) return null;
  const { board, query, answer } = result;
  const now = state.value;
  const lines = about.value;
  const groups = now.terms.filter(({ field, out }) => field === "msg.group" && !out).map(({ value }) => value ?? "none");
  const tops = board.fields.flatMap((field, at) => {
    const top = answer.tops[at];
    return top ? [{ ...field, top }] : [];
  });
  const wish = (field: string): { most: number; like: string } => wishes.value[field] ?? FIRST;
  const isAsked = (field: string): boolean => now.terms.some((term) => term.field === field) || wish(field).like !== "";
  const empty = tops.filter(({ top }) => top.values.length === 0 && !isAsked(top.field));
  return (
    <>
      {now.rest && <Rest />}
      {answer.count === 0 ? (
        <NoneLeft />
      ) : (
        <>
          {answer.overTime && answer.overTime.series.some((each) => each.count > 0) ? (
            <Histogram
              over={answer.overTime}
              title={now.rest ? "Events over time, what would remain" : "Events over time"}
              about={lines}
              isStacked
              onSpan={(from, to) => choose({ from, to })}
              onSeries={(name, out) => turn({ field: "msg.group", value: name === "none" ? null : name, out })}
              chosen={groups}
            >
              {(now.from !== null || now.to !== null) && (
                <>
                  <button type="button" onClick={() => choose(wider(now.from, now.to))}>
                    Zoom out
                  </button>
                  <button type="button" onClick={() => choose({ from: null, to: null })}>
                    All the time
                  </button>
                </>
              )}
            </Histogram>
          ) : (
            <p class="board-help">None of these events has a time, so there is no chart over time.</p>
          )}
          {answer.undated > 0 && <p class="board-help">{counts(answer.undated, "event")} without a time: counted below, not on the chart.</p>}
          <div class="board-cards">
            {tops
              .filter((each) => !empty.includes(each))
              .map(({ field, label, isWide, top }) => (
                <TopCard
                  key={field}
                  title={label}
                  top={top}
                  whole={answer.count}
                  isWide={isWide ?? false}
                  about={lines}
                  terms={now.terms}
                  onTerm={turn}
                  wish={wish(field)}
                  onWish={(next) => (wishes.value = { ...wishes.value, [field]: next })}
                  every={() => everyValue(query, field)}
                />
              ))}
          </div>
          {empty.length > 0 && <p class="board-help">None of these events has: {empty.map(({ label }) => label).join(", ")}.</p>}
          <Events />
        </>
      )}
    </>
  );
}

/** Three times as long, around the same middle. */
function wider(from: number | null, to: number | null): { from: number | null; to: number | null } {
  if (from === null || to === null) return { from: null, to: null };
  return { from: from - (to - from), to: to + (to - from) };
}

function NotLoaded() {
  const now = state.value;
  const others = BOARDS.filter((board) => board !== now.board && loadedOf(board.events.map(({ name }) => name)) > 0);
  const off = now.board.more.filter(({ id, name }) => !now.additions.includes(id) && loadedOf([name]) > 0);
  return (
    <div class="board-empty">
      <h3>No events of these kinds are loaded</h3>
      <p>
        This dashboard is about {now.board.events.map(({ id, title }) => `${id} ${title}`).join(", ")}; none of the {counts(total.value, "loaded event")} is one.
        {eventsOf(now).length > 0 && !now.board.hasHealth && " Sysmon logs them only where its configuration asks for them."}
      </p>
      <div class="board-ways">
        <button type="button" class="primary" onClick={addEvents}>
          Add events…
        </button>
        {off.map(({ id, title }) => (
          <button key={id} type="button" onClick={() => choose({ additions: [...now.additions, id] })}>
            Show {id} {title}
          </button>
        ))}
        {others[0] && (
          <button type="button" onClick={() => choose({ board: others[0]?.name ?? "overview" })}>
            To {others[0].short}
          </button>
        )}
      </div>
    </div>
  );
}

const Faulty = () => (
  <div class="board-empty">
    <h3>Nothing is counted</h3>
    <p>The condition above has an error. Mend it, or take it away.</p>
    <div class="board-ways">
      <button type="button" onClick={() => choose({ where: "" })}>
        Take the condition away
      </button>
    </div>
  </div>
);

function NoneLeft() {
  const now = state.value;
  const result = counted.value;
  return (
    <div class="board-empty">
      <h3>{now.rest ? "Nothing would remain" : "No event is like that"}</h3>
      <p>
        {now.rest
          ? `A filter of this selection would drop all ${counts(result?.answer.of ?? 0, "event")} of this dashboard.`
          : `${counts(result?.answer.of ?? 0, "event")} of these kinds ${result?.answer.of === 1 ? "is" : "are"} loaded; what is chosen above leaves none of them. Remove one of its parts.`}
      </p>
      <div class="board-ways">
        {now.rest && (
          <button type="button" onClick={() => choose({ rest: false })}>
            Show what it drops
          </button>
        )}
        {isCut(now) && (
          <button type="button" onClick={clear}>
            Clear filters
          </button>
        )}
      </div>
    </div>
  );
}

