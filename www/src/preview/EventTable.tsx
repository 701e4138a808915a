// The events as a table of which only the rows in sight exist.
//
// In: how many events there are; their rows, which whoever shows the table is asked for as they come in sight. Out: the event that is
// chosen, the order. Keyboard: one stop, the arrows move between rows, Enter opens; another stop for the columns' heads.
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Row, Selection } from "../engine/types.ts";
import { rows as configRows } from "../state/configuration.ts";
import { chosen, rules } from "../state/preview.ts";
import { PAGE, RowCache, type Known } from "./cache.ts";
import { canSort, cellText, eventText, fieldsFor, loggedText, lookOf, summary, titleOf, whyText, widthOf } from "./columns.ts";
import { setWidth, widths } from "./view.ts";
import { plain } from "../ui/plain.ts";

const LOW = 26;
const TALL = 46;
/** Rows beyond what is in sight, above and below. */
const SPARE = 8;
/** Questions that may be under way at once: whoever drags the scroll bar does not want all that flies by. */
const AT_ONCE = 3;
export const COMPACT = ["time", "decision", "event", "summary", "why"];

type Sort = Selection["sort"];

export interface Props {
  label: string;
  /** What the ids of its rows begin with: a page may have several tables. */
  id: string;
  count: number;
  /** Goes up when rows have to be asked for again. */
  version: number;
  rows: (from: number, to: number, columns: string[]) => Promise<Row[]>;
  columns: readonly string[];
  /** What a column is called, where that is not what it is called everywhere. */
  titleOf?: (column: string) => string;
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** The line that the keyboard is on. */
  cursor: Signal<number | null>;
  /** Rows of two lines. */
  isNarrow: boolean;
  /** What a configuration of Sysmon does stands in place of what rules do. */
  isConfiguration?: boolean;
  /** Another object: from the top. */
  selection: unknown;
  /** What is shown where there is no event. */
  nothing: ComponentChildren;
}

export function EventTable(props: Props) {
  const { label, id, count: all, version, rows: ask, columns: shown, cursor, isNarrow, isConfiguration = false, selection, nothing } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const cache = useRef(new RowCache()).current;
  const waiting = useRef(0);
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  const [sight, setSight] = useState({ top: 0, height: 600 });

  const height = isNarrow ? TALL : LOW;
  if (all === 0) cache.clear();
  cache.show(version, fieldsFor(shown), all);
  const first = Math.max(Math.floor(sight.top / height) - SPARE, 0);
  const last = Math.min(Math.ceil((sight.top + sight.height) / height) + SPARE, all);

  useEffect(() => {
    if (waiting.current >= AT_ONCE) return;
    const asked = cache.shown;
    for (const page of cache.missing(first, last)) {
      waiting.current++;
      ask(page * PAGE, (page + 1) * PAGE, [...asked])
        .then(
          (rows) => cache.put(page, version, asked, rows),
          () => cache.failed(page),
        )
        .then(() => {
          waiting.current--;
          redraw(undefined);
        });
    }
  });

  useEffect(() => {
    const element = scroll.current;
    if (!element) return;
    const look = (): void => setSight({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);

  // Other events or another order: from the top, unless an event is chosen, which is then shown.
  useEffect(() => {
    const element = scroll.current;
    if (element && chosen.peek() === null) element.scrollTop = 0;
  }, [selection]);
  const line = cursor.value;
  // An event that is opened takes room from the table.
  const isOpen = chosen.value !== null;
  useEffect(() => {
    if (line !== null) reveal(line);
  }, [line, height, isOpen]);

  const head = (): number => scroll.current?.querySelector<HTMLElement>(".ev-heads")?.offsetHeight ?? 0;
  const reveal = (at: number): void => {
    const element = scroll.current;
    if (!element) return;
    const room = element.clientHeight - head();
    if (at * height < element.scrollTop) element.scrollTop = at * height;
    else if ((at + 1) * height > element.scrollTop + room) element.scrollTop = (at + 1) * height - room;
  };

  const follow = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const open = (at: number): void => {
    const known = cache.at(at);
    if (known) chosen.value = known.row.index;
    else void ask(at, at + 1, []).then(([row]) => row && (chosen.value = row.index));
  };
  const key = (event: KeyboardEvent): void => {
    const element = scroll.current;
    if (!element || event.target !== element || event.ctrlKey || event.metaKey || event.altKey || all === 0) return;
    const page = Math.max(Math.floor((sight.height - head()) / height) - 1, 1);
    const now = line ?? -1;
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: all - 1 }[event.key];
    if (to !== undefined) {
      const next = Math.min(Math.max(to, 0), all - 1);
      cursor.value = next;
      // An event that is open follows the keyboard, once it rests.
      if (chosen.value !== null) {
        clearTimeout(follow.current);
        follow.current = setTimeout(() => open(next), 80);
      }
    } else if ((event.key === "Enter" || event.key === " ") && line !== null) open(line);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft")
      element.scrollLeft += event.key === "ArrowRight" ? 80 : -80;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const own = shown.map((name) => widths.value[name] ?? widthOf(name));
  const wide = shown.includes("summary") ? shown.indexOf("summary") : shown.length - 1;
  const template = own.map((width, at) => (at === wide ? `minmax(${width}px, 1fr)` : `${width}px`)).join(" ");
  const rows: { at: number; known: Known | null }[] = [];
  for (let at = first; at < last; at++) rows.push({ at, known: cache.at(at) });
  const isRendered = line !== null && line >= first && line < last;
  return (
    <div
      ref={scroll}
      class={isNarrow ? "ev-table compact" : "ev-table"}
      role="grid"
      aria-label={label}
      aria-rowcount={all + 1}
      aria-colcount={shown.length}
      tabIndex={0}
      {...(isRendered ? { "aria-activedescendant": `${id}-${line}` } : {})}
      style={{ "--columns": template, "--row": `${height}px` }}
      onKeyDown={key}
      onFocus={(event) => {
        if (event.target === scroll.current && line === null && all > 0) cursor.value = Math.min(Math.floor(sight.top / height), all - 1);
      }}
    >
      <div class="ev-inner" style={isNarrow ? {} : { minWidth: `${own.reduce((sum, width) => sum + width, 0)}px` }}>
        <Heads names={shown} sizes={own} titleOf={props.titleOf ?? titleOf} sort={props.sort} onSort={props.onSort} />
        <div role="rowgroup" class="ev-body" style={{ height: `${all * height}px` }}>
          {rows.map(({ at, known }) => (
            <Line
              key={at}
              id={id}
              at={at}
              known={known}
              names={shown}
              top={at * height}
              isActive={at === line}
              isConfiguration={isConfiguration}
              onOpen={() => ((cursor.value = at), open(at))}
            />
          ))}
        </div>
      </div>
      {all === 0 && nothing}
    </div>
  );
}

interface HeadsProps extends Pick<Props, "sort" | "onSort"> {
  names: readonly string[];
  sizes: readonly number[];
  titleOf: (column: string) => string;
}

function Heads({ names, sizes, titleOf, sort, onSort }: HeadsProps) {
  const group = useRef<HTMLDivElement>(null);
  const turn = (name: string): void => {
    if (!canSort(name)) return;
    const next = sort?.column !== name ? { column: name, descending: false } : sort.descending ? null : { column: name, descending: true };
    onSort(next);
  };
  const key = (event: KeyboardEvent, at: number, name: string): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) setWidth(name, (sizes[at] ?? 100) + step * 16);
    else {
      const all = [...(group.current?.querySelectorAll<HTMLElement>("button.ev-head-name") ?? [])];
      all[at + step]?.focus();
    }
  };
  const drag = (event: PointerEvent, name: string, size: number): void => {
    const grip = event.currentTarget as HTMLElement;
    const from = event.clientX;
    grip.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent): void => setWidth(name, size + moved.clientX - from);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", () => grip.removeEventListener("pointermove", move), { once: true });
  };
  return (
    <div role="rowgroup" class="ev-heads" ref={group}>
      <div role="row" class="ev-line" aria-rowindex={1}>
        {names.map((name, at) => {
          const order = sort?.column === name ? (sort.descending ? "descending" : "ascending") : null;
          return (
            <div key={name} role="columnheader" class="ev-cell" {...(canSort(name) ? { "aria-sort": order ?? "none" } : {})}>
              <button
                type="button"
                class="ev-head-name"
                tabIndex={at === 0 ? 0 : -1}
                title={canSort(name) ? `Sort by ${titleOf(name)}. Shift and arrows change the width` : `${titleOf(name)}. Shift and arrows change the width`}
                onClick={() => turn(name)}
                onKeyDown={(event) => key(event, at, name)}
              >
                {titleOf(name)}
                {order !== null && <span aria-hidden="true"> {order === "ascending" ? "▲" : "▼"}</span>}
              </button>
              <span class="ev-grip" aria-hidden="true" onPointerDown={(event) => drag(event, name, sizes[at] ?? 100)} onDblClick={() => setWidth(name, widthOf(name))} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface LineProps {
  id: string;
  at: number;
  known: Known | null;
  names: readonly string[];
  top: number;
  isActive: boolean;
  isConfiguration: boolean;
  onOpen: () => void;
}

function Line({ id, at, known, names, top, isActive, isConfiguration, onOpen }: LineProps) {
  const row = known?.row ?? null;
  const config = row && isConfiguration ? (configRows.value?.[row.index] ?? null) : null;
  const look = row ? (isConfiguration ? (config?.logged === false ? "dropped" : "kept") : lookOf(row).look) : null;
  const isChosen = row !== null && row.index === chosen.value;
  const classes = [
    "ev-line",
    look ?? "unknown",
    isActive ? "active" : "",
    isChosen ? "chosen" : "",
    row?.changed ? "changed" : "",
    at % 2 ? "odd" : "",
  ];
  return (
    <div
      role="row"
      id={`${id}-${at}`}
      class={classes.join(" ")}
      aria-rowindex={at + 2}
      aria-selected={isChosen}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onOpen}
    >
      {names.map((name) => (
        <div key={name} role="gridcell" class={`ev-cell ev-of-${/^[a-z]+$/.test(name) ? name : "field"}`}>
          {row && known ? <Cell name={name} row={row} columns={known.columns} /> : <span class="ev-skeleton" />}
        </div>
      ))}
    </div>
  );
}

function Cell({ name, row, columns: asked }: { name: string; row: Row; columns: readonly string[] }) {
  const config = configRows.value?.[row.index] ?? null;
  if (name === "logged") {
    if (config === null) return null;
    return (
      <span class={`ev-decision ${config.logged ? "kept" : "dropped"}`}>
        <span aria-hidden="true">{config.logged ? "✓ " : "✕ "}</span>
        {loggedText(config)}
      </span>
    );
  }
  if (name === "decision") {
    const { sign, word, look } = lookOf(row);
    const by = whyText(row, rules.value);
    return (
      <span class={`ev-decision ${look}`} title={by === "" ? word : row.rule !== null ? `Dropped by ${by}` : `${word}: ${by}`}>
        <span aria-hidden="true">{sign} </span>
        {word}
        {row.changed && (
          <span class="ev-changed" title="Changed since the baseline">
            {" "}
            Δ<span class="hidden-label"> changed</span>
          </span>
        )}
      </span>
    );
  }
  const text = `${name === "named" && config?.agrees === false ? "≠ " : ""}${plain(cellText(name, row, asked, rules.value, config))}`;
  const whole = name === "named" && config?.agrees === false ? `${text.slice(2)}, another one than the event has with it` : name === "time" ? (row.time ?? "") : name === "event" ? `${eventText(row)}${row.event ? ` (${row.event})` : ""}` : name === "summary" ? plain(summary(row, asked)) : text;
  return (
    <span class="ev-text" title={whole}>
      {text}
    </span>
  );
}

