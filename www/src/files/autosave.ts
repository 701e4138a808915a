// What was being worked on, kept in this browser from one visit to the next. Never events.
//
// In: files, settings, which file is open, as they change. Out: the same after a reload. A project of a server is not kept:
// its files are on disk.
import { effect } from "@preact/signals";
import { current, dirty, files, home, type Home, type ProjectFile } from "../state/project.ts";

const DATABASE = "blocksieve";
const STORE = "work";
const WAIT = 600;
const FORM = 2;
/** Tabs whose work is kept; a new tab begins with the newest. */
const TABS = 8;

/** Each tab keeps its own work, so that two of them do not write over each other. It has the same name after a reload. */
function ownKey(): string {
  const known = sessionStorage.getItem("blocksieve-tab");
  const key = known ?? crypto.randomUUID();
  if (known === null) sessionStorage.setItem("blocksieve-tab", key);
  return key;
}

export interface Kept {
  form: typeof FORM;
  /** When, in milliseconds since 1970. */
  at: number;
  home: Home;
  current: string | null;
  files: ProjectFile[];
}

const isKept = (value: unknown): value is Kept =>
  typeof value === "object" && value !== null && "form" in value && value.form === FORM && "files" in value && Array.isArray(value.files);

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("no database"));
  });
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const opened = await database();
    return await new Promise((resolve) => {
      const asked = act(opened.transaction(STORE, mode).objectStore(STORE));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
    });
  } catch {
    // A browser that keeps nothing (a private window) still edits.
    return null;
  }
}

/** What was kept last time. */
export async function restore(): Promise<Kept | null> {
  const own = await run<unknown>("readonly", (store) => store.get(ownKey()));
  if (isKept(own)) return own;
  const all = ((await run<unknown[]>("readonly", (store) => store.getAll())) ?? []).filter(isKept);
  return all.sort((a, b) => b.at - a.at)[0] ?? null;
}

export const forget = (): Promise<unknown> => run("readwrite", (store) => store.delete(ownKey()));

/** Tabs that were left long ago make room. */
async function prune(): Promise<void> {
  const keys = (await run("readonly", (store) => store.getAllKeys())) ?? [];
  const all = await Promise.all(keys.map(async (key) => ({ key, kept: await run<unknown>("readonly", (store) => store.get(key)) })));
  const age = (kept: unknown): number => (isKept(kept) ? kept.at : 0);
  for (const { key } of all.sort((a, b) => age(b.kept) - age(a.kept)).slice(TABS)) await run("readwrite", (store) => store.delete(key));
}

let isStored = true;

const isUntouched = (): boolean => home.value.kind === "example" && dirty.value.length === 0;

/** Keeps what changes, a moment after it changed. */
export function follow(): void {
  void prune();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const store = async (): Promise<void> => {
    const kept: Kept = { form: FORM, at: Date.now(), home: home.peek(), current: current.peek(), files: files.peek() };
    // An example as it ships need not be kept.
    isStored = (isUntouched() ? await forget().then(() => true) : await run("readwrite", (all) => all.put(kept, ownKey()))) !== null;
  };
  effect(() => {
    void files.value;
    void current.value;
    if (home.value.kind === "server") return;
    isStored = false;
    clearTimeout(timer);
    timer = setTimeout(() => void store(), WAIT);
  });
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && home.value.kind !== "server" && void store());
  addEventListener("beforeunload", (event) => {
    const isLost = home.value.kind === "server" ? dirty.value.length > 0 : !isStored && dirty.value.length > 0;
    if (isLost) event.preventDefault();
  });
}
