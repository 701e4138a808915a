// Dialogs: one at a time, over the page, with the browser's own element.
//
// In: a title and what is to be shown, which gets a function that closes the dialog with an answer. Out: a promise of that
// answer; `null` where the dialog was closed without one. `Dialogs` stands once in the page.
import { signal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import "./ui.css";

interface Shown {
  title: string;
  wide: boolean;
  body: () => VNode;
  close: (answer: unknown) => void;
}

const stack = signal<Shown[]>([]);

/** Opens a dialog. */
export function openDialog<T>(title: string, body: (close: (answer: T | null) => void) => VNode, wide = false): Promise<T | null> {
  return new Promise((resolve) => {
    const close = (answer: T | null): void => {
      stack.value = stack.value.filter((each) => each !== shown);
      resolve(answer);
    };
    const shown: Shown = { title, wide, body: () => body(close), close: () => close(null) };
    stack.value = [...stack.value, shown];
  });
}

export interface Way<T> {
  label: string;
  answer: T;
  primary?: boolean;
  danger?: boolean;
}

/** Asks which way to go; `null`: none of them. */
export const choose = <T,>(title: string, text: ComponentChildren, ways: Way<T>[]): Promise<T | null> =>
  openDialog<T>(title, (close) => (
    <>
      <div class="dialog-text">{text}</div>
      <div class="dialog-ways">
        <button type="button" autofocus={!ways.some((way) => way.primary)} onClick={() => close(null)}>
          Cancel
        </button>
        {ways.map(({ label, answer, primary, danger }) => (
          <button
            key={label}
            type="button"
            class={primary ? "primary" : danger ? "danger" : ""}
            autofocus={primary ?? false}
            onClick={() => close(answer)}
          >
            {label}
          </button>
        ))}
      </div>
    </>
  ));

/** Says something that needs no answer. */
export const tell = (title: string, text: ComponentChildren): Promise<unknown> =>
  openDialog(title, (close) => (
    <>
      <div class="dialog-text">{text}</div>
      <div class="dialog-ways">
        <button type="button" class="primary" autofocus onClick={() => close(null)}>
          Close
        </button>
      </div>
    </>
  ));

/** Asks for one line of text. `fault` says what is wrong with it, `null`: nothing. */
export const askFor = (
  title: string,
  label: string,
  value: string,
  action: string,
  fault: (text: string) => string | null,
): Promise<string | null> =>
  openDialog<string>(title, (close) => <Line {...{ label, value, action, fault, close }} />);

interface LineProps {
  label: string;
  value: string;
  action: string;
  fault: (text: string) => string | null;
  close: (answer: string | null) => void;
}

function Line({ label, value, action, fault, close }: LineProps) {
  const wrong = useRef(signal<string | null>(null)).current;
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  return (
    <form
      class="dialog-form"
      onSubmit={(event) => {
        event.preventDefault();
        const text = input.current?.value.trim() ?? "";
        wrong.value = fault(text);
        if (wrong.value === null) close(text);
      }}
    >
      <label>
        {label}
        <input
          ref={input}
          type="text"
          autofocus
          onFocus={(event) => event.currentTarget.select()}
          defaultValue={value}
          spellcheck={false}
          aria-invalid={wrong.value !== null}
          aria-describedby={id}
        />
      </label>
      <p class="dialog-fault" id={id} role="alert">
        {wrong.value}
      </p>
      <div class="dialog-ways">
        <button type="button" onClick={() => close(null)}>
          Cancel
        </button>
        <button type="submit" class="primary">
          {action}
        </button>
      </div>
    </form>
  );
}

export const Dialogs = () => (
  <>
    {stack.value.map((shown, at) => (
      <One key={at} {...shown} />
    ))}
  </>
);

function One({ title, wide, body, close }: Shown) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close(null);
      }}
      // A browser may close it without asking, when Escape comes twice.
      onClose={() => close(null)}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={() => close(null)}>
          <span aria-hidden="true">✕</span>
        </button>
      </div>
      {body()}
    </dialog>
  );
}
