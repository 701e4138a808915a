// A border between two columns that can be moved, by pointer or by arrow keys. Where it stands is remembered.
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const STEP = 24;

interface Props {
  /** The custom property `--width-NAME` that it sets on the container. */
  name: string;
  label: string;
  container: RefObject<HTMLElement | null>;
  fromRight?: boolean;
}

export function Splitter({ name, label, container, fromRight = false }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState<number | null>(() => {
    const kept = Number(localStorage.getItem(`blocksieve.width.${name}`));
    return kept > 0 ? kept : null;
  });
  const set = (wanted: number): void => {
    const most = (container.current?.clientWidth ?? 1200) * 0.7;
    const next = Math.round(Math.min(Math.max(wanted, 120), most));
    setWidth(next);
    localStorage.setItem(`blocksieve.width.${name}`, String(next));
  };
  useEffect(() => {
    if (width !== null) container.current?.style.setProperty(`--width-${name}`, `${width}px`);
    // Blockly and the table measure themselves.
    dispatchEvent(new Event("resize"));
  }, [width]);
  const measured = (): number => {
    const pane = fromRight ? bar.current?.nextElementSibling : bar.current?.previousElementSibling;
    return pane?.getBoundingClientRect().width ?? 300;
  };
  const drag = (event: PointerEvent): void => {
    const from = event.clientX;
    const begun = measured();
    const target = event.currentTarget as HTMLElement;
    target.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent): void => set(begun + (moved.clientX - from) * (fromRight ? -1 : 1));
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), { once: true });
  };
  const key = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowLeft" ? -STEP : event.key === "ArrowRight" ? STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    set(measured() + step * (fromRight ? -1 : 1));
  };
  return (
    <div
      ref={bar}
      class="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width ?? 300}
      aria-valuemin={120}
      aria-valuemax={2400}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={key}
    />
  );
}
