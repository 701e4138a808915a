// Counts over time, on which a span of time can be chosen.
//
// In: counts; what to call when a span or a series is chosen. Out: those calls. Mouse: drag a span, click one step. Keyboard: arrows
// move from step to step and say what is there, with Shift they take a span, Enter chooses it, Escape gives it up.
import { useEffect, useRef, useState } from "preact/hooks";
import type { OverTime } from "../engine/board.ts";
import { count } from "../preview/numbers.ts";
import { Drawing, Swatch } from "./Drawing.tsx";
import { histogramRows, histogramScene, legendScene, lookOf, scaleOf, stepAt, stepWords } from "./histogram.ts";
import { headScene, saveCsv, savePng } from "./paint.ts";
import { lengthText, rangeText } from "./time.ts";
import { Menu } from "../ui/Menu.tsx";
import "./charts.css";

export interface HistogramProps {
  over: OverTime;
  title: string;
  /** What a picture says of the events that it shows. */
  about: readonly string[];
  /** Series that share events out are stacked; others stand one in the other. */
  isStacked: boolean;
  onSpan: (from: number, to: number) => void;
  /** A click on a series in the legend; `isOut`: with Alt or Shift. */
  onSeries?: (name: string, isOut: boolean) => void;
  /** Series that are chosen. */
  chosen?: readonly string[];
  /** Buttons of whoever shows it. */
  children?: preact.ComponentChildren;
}

const HEIGHT = 190;
/** Less than that is a click, in pixels. */
const DRAG = 4;

export function Histogram({ over, title, about, isStacked, onSpan, onSeries, chosen = [], children }: HistogramProps) {
  const plot = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  const [cursor, setCursor] = useState<number | null>(null);
  const [span, setSpan] = useState<{ from: number; to: number } | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  useEffect(() => {
    const element = plot.current;
    if (!element) return;
    const look = (): void => setWidth(Math.max(element.clientWidth, 200));
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, []);
  // Other counts: what was under way on the old ones means nothing here.
  useEffect(() => {
    setSpan(null);
    setCursor(null);
    setPointed(null);
  }, [over.from, over.step, over.series[0]?.counts.length]);

  const scale = scaleOf(over, width, HEIGHT);
  const scene = histogramScene(over, width, HEIGHT, isStacked);
  const wide = scale.width / scale.steps;
  const choose = (one: number, other: number): void => {
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    setSpan(null);
    onSpan(scale.from + first * scale.step, scale.from + (last + 1) * scale.step);
  };
  const at = (event: PointerEvent): number => stepAt(scale, event.clientX - (plot.current?.getBoundingClientRect().left ?? 0));
  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const target = event.currentTarget as HTMLElement;
    const begin = event.clientX;
    const first = at(event);
    let last = first;
    let isDrag = false;
    target.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent): void => {
      isDrag ||= Math.abs(moved.clientX - begin) >= DRAG;
      last = at(moved);
      if (isDrag) setSpan({ from: first, to: last });
    };
    const stop = (): void => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", up);
      target.removeEventListener("pointercancel", cancel);
    };
    const up = (): void => {
      stop();
      choose(first, last);
    };
    const cancel = (): void => {
      stop();
      setSpan(null);
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", up);
    target.addEventListener("pointercancel", cancel);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = cursor ?? -1;
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, PageDown: now + 10, PageUp: now - 10, Home: 0, End: scale.steps - 1 }[event.key];
    if (to !== undefined) {
      const next = Math.min(Math.max(to, 0), scale.steps - 1);
      setCursor(next);
      setSpan(event.shiftKey ? { from: span?.from ?? Math.max(now, 0), to: next } : null);
    } else if ((event.key === "Enter" || event.key === " ") && cursor !== null) choose(span?.from ?? cursor, span?.to ?? cursor);
    else if (event.key === "Escape" && (span !== null || cursor !== null)) {
      setSpan(null);
      setCursor(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = pointed ?? cursor;
  const words =
    span !== null
      ? rangeText(scale.from + Math.min(span.from, span.to) * scale.step, scale.from + (Math.max(span.from, span.to) + 1) * scale.step)
      : shown !== null
        ? stepWords(over, shown)
        : null;
  const { head, rows } = histogramRows(over);
  const seen = rows.filter(([, , ...counts]) => counts.some((each) => each !== 0));
  return (
    <figure class="chart" aria-label={title}>
      <figcaption class="chart-head">
        <h3>{title}</h3>
        <ul class="chart-legend" aria-label="Series">
          {over.series.map(({ name, count: all }) => {
            const look = lookOf(name);
            const body = (
              <>
                <Swatch ink={look.ink} pattern={look.pattern} />
                {look.label} <strong>{count(all)}</strong>
              </>
            );
            return (
              <li key={name}>
                {onSeries ? (
                  <button
                    type="button"
                    class="quiet"
                    title={`${look.about}. Click: only these; with Alt or Shift: without them`}
                    aria-pressed={chosen.includes(name)}
                    onClick={(event) => onSeries(name, event.altKey || event.shiftKey)}
                  >
                    {body}
                  </button>
                ) : (
                  <span title={look.about}>{body}</span>
                )}
              </li>
            );
          })}
        </ul>
        <span class="chart-buttons">
          {children}
          <Menu
            label={`Export ${title}`}
            class="quiet"
            fromRight
            entries={() => [
              { label: "Picture (PNG)", run: () => void savePng(title, [headScene(title, about, 1000), legendScene(over, 1000), histogramScene(over, 1000, 260, isStacked)]) },
              { label: "Table (CSV)", run: () => saveCsv(title, { head, rows }) },
            ]}
          >
            <span aria-hidden="true">⤓</span>
          </Menu>
        </span>
      </figcaption>
      <div
        ref={plot}
        class="chart-plot"
        role="slider"
        tabIndex={0}
        aria-label={`${title}: arrows move over the steps, with Shift they take a span, Enter zooms in`}
        aria-valuemin={0}
        aria-valuemax={scale.steps - 1}
        aria-valuenow={cursor ?? 0}
        aria-valuetext={span !== null || cursor !== null ? (words ?? "") : `${scale.steps} steps of ${lengthText(scale.step)}`}
        onKeyDown={key}
        onPointerDown={press}
        onPointerMove={(event) => setPointed(at(event))}
        onPointerLeave={() => setPointed(null)}
      >
        <Drawing scene={scene} />
        {span !== null && (
          <span
            class="chart-span"
            style={{
              left: `${scale.left + Math.min(span.from, span.to) * wide}px`,
              width: `${(Math.abs(span.to - span.from) + 1) * wide}px`,
              top: `${scale.top}px`,
              height: `${scale.height}px`,
            }}
          />
        )}
        {shown !== null && span === null && (
          <span class="chart-cursor" style={{ left: `${scale.left + shown * wide}px`, width: `${Math.max(wide, 1)}px`, top: `${scale.top}px`, height: `${scale.height}px` }} />
        )}
      </div>
      <div class="chart-foot">
        <span class="chart-words">{words ?? `${rangeText(scale.from, scale.to)} UTC, ${lengthText(scale.step)} a step. Drag over a span, or click a step, to zoom in.`}</span>
        <details class="chart-table">
          <summary>As a table</summary>
          <div class="chart-table-room" tabIndex={0} role="region" aria-label={`${title} as a table`}>
            <table>
              <caption class="hidden-label">{title}, steps with events</caption>
              <thead>
                <tr>
                  <th scope="col">From (UTC)</th>
                  {over.series.map(({ name }) => (
                    <th key={name} scope="col">
                      {lookOf(name).label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {seen.map(([from, , ...counts]) => (
                  <tr key={String(from)}>
                    <th scope="row">{String(from).replace("T", " ").replace(/(\.000)?Z$/, "")}</th>
                    {counts.map((each, nth) => (
                      <td key={nth}>{count(Number(each))}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      </div>
    </figure>
  );
}
