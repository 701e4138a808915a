// The events of the selection as a table, with the one that is chosen beside or below it.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { BoardQuery } from "../engine/board.ts";
import { engine } from "../engine/client.ts";
import type { Row, Selection } from "../engine/types.ts";
import { Detail } from "../preview/Detail.tsx";
import { titleOf } from "../preview/columns.ts";
import { COMPACT, EventTable } from "../preview/EventTable.tsx";
import { counted as counts } from "../preview/numbers.ts";
import { huntFromQuery, MOST_EVENTS } from "../hunting/begin.ts";
import { chosen } from "../state/preview.ts";
import { labelOf } from "./list.ts";
import { choose, counted, state, version } from "./state.ts";

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The events of the dashboard. */
export function Events() {
  const result = counted.value;
  if (!result) return null;
  return (
    <EventsOf
      query={result.query}
      count={result.answer.count}
      version={version.value}
      columns={["time", "event", "summary", ...result.board.columns]}
      sort={state.value.sort}
      onSort={(sort) => choose({ sort }, false)}
    >
      {result.answer.count > 0 && result.answer.count <= MOST_EVENTS && (
        <button type="button" title="Everything that has to do with the processes that caused these events" onClick={() => void huntFromQuery(result.query, result.answer.count)}>
          Hunt from these
        </button>
      )}
    </EventsOf>
  );
}

export interface EventsProps {
  query: BoardQuery;
  count: number;
  /** Goes up when rows have to be asked for again. */
  version: number;
  columns: readonly string[];
  sort: Selection["sort"];
  onSort: (sort: Selection["sort"]) => void;
  title?: string;
  /** Buttons of whoever shows it. */
  children?: ComponentChildren;
}

const cursor = signal<number | null>(null);

/** The events of any query. */
export function EventsOf({ query, count, version: edition, columns, sort, onSort, title = "Events", children }: EventsProps) {
  const root = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(1000);
  useEffect(() => {
    // An event of another view would stand here as one of these.
    chosen.value = null;
    cursor.value = null;
    const element = root.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setRoom(element.clientWidth));
    observer.observe(element);
    setRoom(element.clientWidth);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    cursor.value = null;
  }, [edition]);
  const isNarrow = room < 560;
  const rows = (from: number, to: number, names: string[]): Promise<Row[]> => engine.boardRows(query, from, to, sort, names);
  const step = async (by: number): Promise<void> => {
    if (count === 0) return;
    const line = Math.min(Math.max((cursor.value ?? (by > 0 ? -1 : count)) + by, 0), count - 1);
    const [row] = await rows(line, line + 1, []);
    if (!row) return;
    cursor.value = line;
    chosen.value = row.index;
  };
  const close = (): void => {
    chosen.value = null;
    root.current?.querySelector<HTMLElement>(".ev-table")?.focus();
  };
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "j") void step(1);
    else if (event.key === "k") void step(-1);
    else if (event.key === "Escape" && chosen.value !== null) close();
    else return;
    event.preventDefault();
  };
  const isOpen = chosen.value !== null;
  return (
    <section class="board-events" aria-label={title}>
      <div class="chart-head">
        <h3>{title}</h3>
        <span class="chart-about">{counts(count, "event")}. Choose one to see all of it.</span>
        {children && <span class="chart-buttons">{children}</span>}
      </div>
      <div
        class={`ev ${isNarrow ? "narrow" : ""} ${room >= 1000 ? "beside" : ""}`}
        ref={root}
        // Few events take little room, until one of them is opened.
        style={isOpen ? {} : { height: `min(${count * (isNarrow ? 46 : 26) + 62}px, var(--events))` }}
        onKeyDown={key}
      >
        <div class={isOpen ? "ev-split open" : "ev-split"} style={{ "--detail": room >= 1000 ? "42%" : "55%" }}>
          <EventTable
            label={title}
            id="board-row"
            count={count}
            version={edition}
            rows={rows}
            columns={isNarrow ? COMPACT : columns}
            titleOf={(name) => (name.startsWith("msg.") ? labelOf(name) : titleOf(name))}
            sort={sort}
            onSort={onSort}
            cursor={cursor}
            isNarrow={isNarrow}
            selection={query}
            nothing={null}
          />
          {isOpen && <Detail close={close} walk={{ line: cursor.value, count, step, isShown: true }} />}
        </div>
      </div>
    </section>
  );
}
