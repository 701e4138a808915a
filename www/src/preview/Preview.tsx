// The sample events, and what the rules do to them.
//
// In: the state of the preview. Out: its parts, laid out for the room there is. Keyboard: j and k go from event to event.
import { useEffect, useRef, useState } from "preact/hooks";
import { broken } from "../engine/client.ts";
import { sampleEvents } from "../files/examples.ts";
import { addEvents, chosen, couldNotRead, decided, loading, refusal } from "../state/preview.ts";
import { ConfigSummary } from "../configuration/Summary.tsx";
import { isOpen as isConfiguration } from "../state/configuration.ts";
import { Detail } from "./Detail.tsx";
import { Filters } from "./Filters.tsx";
import { Head } from "./Head.tsx";
import { Summary } from "./Summary.tsx";
import { Table } from "./Table.tsx";
import { ask, reading } from "./take.ts";
import { detailSize, follow, isBeside, isNarrow, room, setDetailSize, step, total } from "./view.ts";
import "./preview.css";

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function Preview() {
  const root = useRef<HTMLDivElement>(null);
  useEffect(follow, []);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      // Hidden, it has no width; then nothing is to be laid out.
      if (element.clientWidth > 0) room.value = element.clientWidth;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
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
  const isOpen = chosen.value !== null && total.value > 0;
  const isBusy = loading.value.length > 0 || reading.value !== null;
  return (
    <div class={`ev ${isNarrow.value ? "narrow" : ""} ${isBeside.value ? "beside" : ""}`} ref={root} onKeyDown={key}>
      <Head />
      {total.value > 0 ? (
        <>
          {isConfiguration.value ? <ConfigSummary /> : <Summary />}
          <Filters />
          <div class={isOpen ? "ev-split open" : "ev-split"} style={{ "--detail": `${detailSize.value}%` }}>
            <Table />
            {isOpen && <Border />}
            {isOpen && <Detail close={close} />}
          </div>
        </>
      ) : isBusy || (decided.value === null && refusal.value === null && broken.value === null) ? (
        <div class="ev-waiting" aria-hidden="true">
          {Array.from({ length: 9 }, (_, at) => (
            <span key={at} class="ev-skeleton" />
          ))}
        </div>
      ) : (
        <Empty />
      )}
    </div>
  );
}

export function Empty() {
  const [isAsked, setAsked] = useState(false);
  const sample = async (): Promise<void> => {
    setAsked(true);
    try {
      const { name, bytes } = await sampleEvents();
      await addEvents(name, bytes);
    } catch (error) {
      couldNotRead("the sample events", String(error));
    }
    setAsked(false);
  };
  return (
    <div class="ev-empty">
      <h3>See what your rules do</h3>
      <p>Add events of your own, or drop files anywhere on this page: EVTX, event XML, JSON lines or arrays, CSV, also packed (.gz, .zst).</p>
      <p>
        <strong>Nothing is uploaded.</strong> Events are read in this browser and stay in it.
      </p>
      <div class="ev-empty-ways">
        <button type="button" class="primary" onClick={ask}>
          Add events…
        </button>
        <button type="button" disabled={isAsked} onClick={() => void sample()}>
          Load sample events
        </button>
      </div>
    </div>
  );
}

const STEP = 5;

/** The border between the table and the chosen event. */
function Border() {
  const bar = useRef<HTMLDivElement>(null);
  const isAcross = isBeside.value;
  const drag = (event: PointerEvent): void => {
    const whole = bar.current?.parentElement?.getBoundingClientRect();
    if (!whole || !bar.current) return;
    const target = bar.current;
    target.setPointerCapture(event.pointerId);
    const move = ({ clientX, clientY }: PointerEvent): void =>
      setDetailSize(isAcross ? ((whole.right - clientX) / whole.width) * 100 : ((whole.bottom - clientY) / whole.height) * 100);
    target.addEventListener("pointermove", move);
    target.addEventListener("lostpointercapture", () => target.removeEventListener("pointermove", move), { once: true });
  };
  const key = (event: KeyboardEvent): void => {
    const by = { ArrowUp: STEP, ArrowLeft: STEP, ArrowDown: -STEP, ArrowRight: -STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setDetailSize(detailSize.value + by);
  };
  return (
    <div
      ref={bar}
      class="ev-border"
      role="separator"
      tabIndex={0}
      aria-label="Size of the chosen event"
      aria-orientation={isAcross ? "vertical" : "horizontal"}
      aria-valuenow={Math.round(detailSize.value)}
      aria-valuemin={20}
      aria-valuemax={80}
      onPointerDown={drag}
      onKeyDown={key}
    />
  );
}
