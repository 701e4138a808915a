// A line for a condition of the language, with the completion of the text editor and what is wrong with it.
//
// In: the condition; findings. Out: the condition that was typed, once somebody pauses or presses Enter. Until the editor is loaded a
// plain line stands there.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Diagnostic } from "../engine/types.ts";
import type { LineEditor } from "../text/line.ts";

interface Props {
  label: string;
  placeholder: string;
  value: string;
  /** The events that its fields are of. */
  events: readonly string[];
  findings: readonly Diagnostic[];
  /** What becomes of what is shown while there is an error. */
  whenWrong?: string;
  onChange: (text: string) => void;
}

const PAUSE = 350;

export function Search({ label, placeholder, value, events, findings, whenWrong = "The dashboard shows what it showed before.", onChange }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plainLine = useRef<HTMLInputElement>(null);
  const editor = useRef<LineEditor | null>(null);
  const sent = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef({ onChange, events });
  latest.current = { onChange, events };
  const [isReady, setReady] = useState(false);
  const id = useId();
  const send = (text: string): void => {
    clearTimeout(timer.current);
    if (text === sent.current) return;
    sent.current = text;
    latest.current.onChange(text);
  };
  const later = (text: string): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send(text), PAUSE);
  };
  useEffect(() => {
    let isGone = false;
    const use = ({ makeLine }: typeof import("../text/line.ts")): void => {
      const parent = place.current;
      if (isGone || !parent) return;
      const typed = plainLine.current;
      editor.current = makeLine({ parent, label, placeholder, describedBy: id, events: () => latest.current.events, onChange: later, onEnter: send });
      editor.current.setText(typed?.value ?? sent.current);
      if (typed !== null && typed === document.activeElement) editor.current.focus();
      setReady(true);
    };
    // Where it cannot be loaded the plain line stays.
    import("../text/line.ts").then(use, () => undefined);
    return () => {
      isGone = true;
      clearTimeout(timer.current);
      editor.current?.end();
    };
  }, []);
  useEffect(() => {
    // Changed by another hand: a chip that was removed, Back.
    if (value === sent.current) return;
    clearTimeout(timer.current);
    sent.current = value;
    editor.current?.setText(value);
    if (plainLine.current) plainLine.current.value = value;
  }, [value]);
  useEffect(() => editor.current?.setFindings(value.trim() === "" ? [] : findings), [findings, isReady]);
  const isWrong = findings.some(({ severity }) => severity === "error");
  return (
    <div class="board-search">
      <span class="board-where" aria-hidden="true">
        where
      </span>
      {!isReady && (
        <input
          ref={plainLine}
          type="text"
          class="board-plain"
          aria-label={label}
          aria-describedby={id}
          placeholder={placeholder}
          defaultValue={value}
          spellcheck={false}
          onInput={({ currentTarget }) => later(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") send(event.currentTarget.value);
          }}
        />
      )}
      <div class={isWrong ? "board-line wrong" : "board-line"} ref={place} hidden={!isReady} />
      <ul id={id} class="board-findings" aria-live="polite">
        {value.trim() !== "" &&
          findings.map(({ severity, message, help }, at) => (
            <li key={at} class={severity}>
              <span aria-hidden="true">{severity === "error" ? "✖ " : severity === "warning" ? "⚠ " : "ℹ "}</span>
              <span class="hidden-label">{severity}: </span>
              {message}
              {help !== null && <span class="board-help"> {help}</span>}
            </li>
          ))}
        {isWrong && <li class="board-help">{whenWrong}</li>}
      </ul>
    </div>
  );
}
