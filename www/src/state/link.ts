// What is shown, as the address says it behind `#`: which view, and what somebody chose in it. So a link opens what its sender saw,
// and the browser's Back undoes a step.
//
// In: the address, changes. Out: a signal, and the address in step with it. What others put there (`rules=`, `token=`) stays as it is.
// Never here: what a key means, but for `view`.
//
// | key | whose |
// | --- | --- |
// | `view` | here: `dashboards`, `hunting`; none: the rules |
// | `board`, `with`, `is`, `not`, `from`, `to`, `where`, `rest`, `sort` | boards/link.ts |
// | those that begin with `hunt` | hunting/ |
import { computed, signal } from "@preact/signals";
import { KEY as RULES } from "../files/share.ts";

const OTHERS = ["token", RULES];

export type ViewName = "rules" | "dashboards" | "hunting";
const isView = (name: string | null): name is ViewName => name === "dashboards" || name === "hunting";

/** Each key with what it has, in order. */
export type Parts = readonly (readonly [key: string, value: string])[];
/** New values of some keys; null: none. */
export type Change = Record<string, string | readonly string[] | null>;

const all = (hash: string): [string, string][] => [...new URLSearchParams(hash.replace(/^#/, ""))];

/** What an address has of the view. An old anchor (`#editor`) is no state. */
export const partsOf = (hash: string): Parts => all(hash).filter(([key, value]) => !OTHERS.includes(key) && value !== "");

/** The address with other parts; what is not the view's stays in front. */
export function hashOf(hash: string, parts: Parts): string {
  const others = all(hash).filter(([key]) => OTHERS.includes(key));
  const text = new URLSearchParams([...others, ...parts].map(([key, value]) => [key, value])).toString();
  return text === "" ? "" : `#${text}`;
}

/** Parts with some of them changed: those that were there stay in their order. */
export function changed(parts: Parts, change: Change): Parts {
  const kept = parts.filter(([key]) => !(key in change));
  const added = Object.entries(change).flatMap(([key, value]) =>
    (value === null ? [] : typeof value === "string" ? [value] : value).filter((each) => each !== "").map((each) => [key, each] as const),
  );
  return [...kept, ...added];
}

const address = (): string => (typeof location === "undefined" ? "" : location.hash);

/** The parts as they are now. */
export const link = signal<Parts>(partsOf(address()));
/** The first value of a key; null: there is none. */
export const valueOf = (parts: Parts, key: string): string | null => parts.find(([name]) => name === key)?.[1] ?? null;
/** All values of a key. */
export const valuesOf = (parts: Parts, key: string): string[] => parts.flatMap(([name, value]) => (name === key ? [value] : []));

export const view = computed((): ViewName => {
  const name = valueOf(link.value, "view");
  return isView(name) ? name : "rules";
});

/** Changes what is shown. `isStep`: Back comes back to what was before. */
export function go(change: Change, isStep = true): void {
  const next = changed(link.peek(), change);
  const hash = hashOf(address(), next);
  if (hash === hashOf(address(), link.peek())) return;
  const whole = location.pathname + location.search + hash;
  if (isStep) history.pushState(null, "", whole);
  else history.replaceState(null, "", whole);
  link.value = next;
}

export const showView = (name: ViewName): void => go({ view: name === "rules" ? null : name });

/** Takes a key of others out of the address, once it was read. */
export function forget(key: string): void {
  const left = all(address()).filter(([name]) => name !== key);
  const text = new URLSearchParams(left).toString();
  history.replaceState(null, "", location.pathname + location.search + (text === "" ? "" : `#${text}`));
}

/** Back, forward, and addresses that were typed. */
export function follow(): void {
  const look = (): void => {
    const now = partsOf(address());
    if (JSON.stringify(now) !== JSON.stringify(link.peek())) link.value = now;
  };
  addEventListener("popstate", look);
  addEventListener("hashchange", look);
}
