// A button that opens a menu: arrows move, letters jump, Escape closes.
//
// In: entries, of which some have entries of their own; those replace the list, so that it works on a narrow screen too.
// Out: the call of the entry that was chosen. Never here: what entries mean.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import "./ui.css";

export type MenuEntry =
  | { label: string; hint?: string; disabled?: boolean; danger?: boolean; run: () => void }
  | { label: string; hint?: string; disabled?: boolean; entries: MenuEntry[] }
  | { heading: string }
  | "line";

type Choice = Extract<MenuEntry, { label: string }>;
const isChoice = (entry: MenuEntry): entry is Choice => typeof entry === "object" && "label" in entry;

interface Props {
  /** What the button shows. */
  children: ComponentChildren;
  /** The name of the button, where what it shows does not say it. */
  label?: string;
  entries: () => MenuEntry[];
  class?: string;
  /** Opens to the left of the button's right border. */
  fromRight?: boolean;
  tabIndex?: number;
}

export function Menu({ children, label, entries, class: look, fromRight = false, tabIndex }: Props) {
  const [path, setPath] = useState<string[] | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0, room: 400 });
  const id = useId();

  const items = (): HTMLElement[] => [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const close = (back = true): void => {
    setPath(null);
    if (back) button.current?.focus();
  };
  const open = (): void => {
    const box = button.current?.getBoundingClientRect();
    if (!box) return;
    const below = innerHeight - box.bottom;
    setPlace({ left: fromRight ? box.right : box.left, top: box.bottom + 3, room: Math.max(below - 12, 160) });
    setPath([]);
  };
  // A change of the list puts the focus on its first entry; on the one that led to it when coming back.
  const came = useRef<string | null>(null);
  useEffect(() => {
    if (path === null) return;
    const all = items();
    const first = all.find((item) => !item.classList.contains("menu-back"));
    (all.find((item) => item.dataset["label"] === came.current) ?? first)?.focus();
    came.current = null;
  }, [path]);
  useEffect(() => {
    if (path === null) return;
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setPath(null);
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, [path]);

  let shown = path === null ? [] : entries();
  for (const step of path ?? []) {
    const next = shown.find((entry) => isChoice(entry) && entry.label === step);
    if (next && isChoice(next) && "entries" in next) shown = next.entries;
  }
  const back = (): void => {
    came.current = path?.at(-1) ?? null;
    setPath((path ?? []).slice(0, -1));
  };
  const choose = (entry: Choice): void => {
    if (entry.disabled) return;
    if ("entries" in entry) setPath([...(path ?? []), entry.label]);
    else {
      close();
      entry.run();
    }
  };
  const key = (event: KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = (index: number): void => all[(index + all.length) % all.length]?.focus();
    const jump = event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== " ";
    if (event.key === "ArrowDown") to(at + 1);
    else if (event.key === "ArrowUp") to(at - 1);
    else if (event.key === "Home") to(0);
    else if (event.key === "End") to(-1);
    else if (event.key === "Escape" || (event.key === "ArrowLeft" && path?.length)) path?.length ? back() : close();
    else if (event.key === "ArrowRight" && all[at]?.getAttribute("aria-haspopup")) all[at]?.click();
    else if (event.key === "Tab") return setPath(null);
    else if (jump) {
      const begins = (item: HTMLElement): boolean =>
        (item.dataset["label"] ?? "").toLowerCase().startsWith(event.key.toLowerCase());
      [...all.slice(at + 1), ...all.slice(0, at + 1)].find(begins)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={root}>
      <button
        ref={button}
        type="button"
        class={look ?? ""}
        aria-haspopup="menu"
        aria-expanded={path !== null}
        aria-controls={id}
        {...(label === undefined ? {} : { "aria-label": label, title: label })}
        {...(tabIndex === undefined ? {} : { tabIndex })}
        onClick={() => (path === null ? open() : close())}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || path !== null) return;
          event.preventDefault();
          event.stopPropagation();
          open();
        }}
      >
        {children}
      </button>
      {path !== null && (
        <div
          class={`menu-list ${fromRight ? "from-right" : ""}`}
          role="menu"
          id={id}
          aria-label={path.at(-1) ?? label ?? ""}
          style={{ left: `${place.left}px`, top: `${place.top}px`, maxHeight: `${place.room}px` }}
          onKeyDown={key}
        >
          {path.length > 0 && (
            <button type="button" role="menuitem" class="menu-back" tabIndex={-1} data-label="" onClick={back}>
              <span aria-hidden="true">‹</span> {path.at(-1)}
            </button>
          )}
          {shown.map((entry, at) =>
            entry === "line" ? (
              <div key={at} role="separator" />
            ) : isChoice(entry) ? (
              <button
                key={at}
                type="button"
                role="menuitem"
                tabIndex={-1}
                class={"danger" in entry && entry.danger ? "danger" : ""}
                data-label={entry.label}
                aria-disabled={entry.disabled ?? false}
                onPointerMove={(event) => event.currentTarget.focus()}
                {...("entries" in entry ? { "aria-haspopup": "menu" as const } : {})}
                onClick={() => choose(entry)}
              >
                <span>{entry.label}</span>
                {entry.hint !== undefined && <span class="menu-hint">{entry.hint}</span>}
                {"entries" in entry && <span aria-hidden="true">›</span>}
              </button>
            ) : (
              <div key={at} class="menu-heading" role="presentation">
                {entry.heading}
              </div>
            ),
          )}
        </div>
      )}
    </div>
  );
}
