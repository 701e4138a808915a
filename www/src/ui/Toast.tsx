// Short messages at the bottom of the page, some with a way back ("Undo"). They go by themselves, but not while somebody
// points at them or has the focus in them.
import { signal } from "@preact/signals";
import { announce } from "./announce.tsx";
import "./ui.css";

export interface Action {
  label: string;
  run: () => void;
}

interface Shown {
  id: number;
  text: string;
  bad: boolean;
  actions: Action[];
}

const SHORT = 5_000;
const LONG = 14_000;

const shown = signal<Shown[]>([]);
let next = 0;
let held = false;

const drop = (id: number): void => {
  shown.value = shown.value.filter((each) => each.id !== id);
};

/** Shows a message, and says it. `bad`: something did not work. */
export function toast(text: string, actions: Action[] = [], bad = false): void {
  const id = next++;
  shown.value = [...shown.value.slice(-2), { id, text, bad, actions }];
  announce(text);
  const end = (): void => {
    if (held) setTimeout(end, SHORT);
    else drop(id);
  };
  setTimeout(end, actions.length || bad ? LONG : SHORT);
}

export const Toasts = () => (
  <div
    class="toasts"
    onPointerEnter={() => (held = true)}
    onPointerLeave={() => (held = false)}
    onFocusIn={() => (held = true)}
    onFocusOut={() => (held = false)}
  >
    {shown.value.map(({ id, text, bad, actions }) => (
      <div key={id} class={bad ? "toast bad" : "toast"}>
        <span>{text}</span>
        {actions.map(({ label, run }) => (
          <button
            key={label}
            type="button"
            onClick={() => {
              held = false;
              drop(id);
              run();
            }}
          >
            {label}
          </button>
        ))}
        <button type="button" class="quiet" aria-label="Dismiss" onClick={() => ((held = false), drop(id))}>
          <span aria-hidden="true">✕</span>
        </button>
      </div>
    ))}
  </div>
);
