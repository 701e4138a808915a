// The project of `blocksieve serve`: its files are the folder's.
//
// In: a token; edits; what changes in the folder. Out: files in the state, texts in the folder, findings of `check`. A file that
// was changed here and there is asked about, and neither text is lost. Never here: requests (server.ts).
//
// | in the folder | here unchanged since | here changed since |
// | --- | --- | --- |
// | changed | the new text is shown | said; saving asks |
// | deleted | it goes | stays, not saved |
// | new | it is shown | — |
import { signal } from "@preact/signals";
import { type Finding, further } from "../problems/Problems.tsx";
import { addEvents } from "../state/preview.ts";
import { current, dirty, fileFrom, fileOf, files, home, isDirty, isDrawn, isSigma, kindOf, put, remove, testsOf, type ProjectFile } from "../state/project.ts";
import { choose } from "../ui/Dialog.tsx";
import { toast } from "../ui/Toast.tsx";
import type { ChangeAnswer, CheckAnswer, Conflict, FileAnswer, ProjectAnswer, SamplesAnswer, ServedFile, ServerEvent } from "./api.ts";
import { diagnosticOf } from "./checked.ts";
import { askConflict } from "./Conflict.tsx";
import { baseOf } from "./names.ts";
import { isRefusal, type Refusal, Server, tokenIn } from "./server.ts";
import { shown, told } from "./told.ts";

const API = 1;
/** Texts that are asked for at once. */
const AT_ONCE = 6;
/** Samples that are read without being asked for, in bytes. */
const SAMPLES = 64 * 1024 * 1024;
/** Between two tries to hear from a server that is gone, in milliseconds: at first, and at most. */
const PAUSE = [1_000, 10_000] as const;
/** So many changes at once are those of another program: a branch that was checked out, rules that were fetched. */
const MANY = 12;
/** After a change, until `check` is asked again, in milliseconds. */
const CALM = 400;

/** The server of this page's address, and the folder it has; null: there is none. */
export const folder = signal<string | null>(null);
/** What stands between the page and the server; null: nothing. */
export const trouble = signal<Refusal | null>(null);

let server: Server | null = null;

const isHere = (): boolean => home.peek().kind === "server";
const query = (path: string): string => new URLSearchParams({ path }).toString();
const wants = ({ path, revision }: ServedFile): boolean => revision !== null && kindOf(path) !== "other";

const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(begun) ? begun : `${begun}.`;
};

function refuse(what: string, { error, help }: Refusal): void {
  toast(`${what}: ${sentence(error)} ${sentence(help)}`, [], true);
}

// Loading

/** Opens the project of the address; `false`: the address names no server. */
export async function openServed(hash: string): Promise<boolean> {
  const token = tokenIn(hash);
  if (token === null) return false;
  const isNew = server === null || home.peek().kind !== "server";
  server = new Server(token);
  // The same project behind another token: the server was started again. What is not saved here stays.
  const isOpen = isNew ? await load() : await answers();
  if (isOpen) void listen();
  return isOpen;
}

/** Does the server take the token? The person is told where it does not. */
async function answers(): Promise<boolean> {
  const answer = await server?.ask<ProjectAnswer>("project");
  if (answer && isRefusal(answer)) {
    refuse("The address is not that of the project", answer);
    trouble.value = answer;
  }
  return answer !== undefined && !isRefusal(answer);
}

async function load(): Promise<boolean> {
  const project = await server?.ask<ProjectAnswer>("project");
  if (!project) return false;
  if (isRefusal(project)) {
    refuse("The project is not opened", project);
    return false;
  }
  if ((project.api as number) !== API) {
    toast("The server is of another version than this page. Reload it.", [], true);
    return false;
  }
  const texts = await readAll(project.files.filter(wants));
  await readLayouts(project.files, texts);
  folder.value = project.folder;
  current.value = null;
  files.value = texts.sort((a, b) => (a.name < b.name ? -1 : 1));
  home.value = { kind: "server", name: project.manifest?.name ?? (baseOf(project.folder.replace(/[/\\]+$/, "")) || project.folder), readOnly: project.readOnly };
  await shown();
  void check();
  return true;
}

/** The project of the address again, after another one was looked at. */
export const reopen = (): Promise<boolean> => load();

async function readAll(wanted: ServedFile[]): Promise<ProjectFile[]> {
  const texts: ProjectFile[] = [];
  const left = [...wanted];
  const unread: string[] = [];
  const one = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const answer = await server?.ask<FileAnswer>(`file?${query(next.path)}`);
      if (!answer || isRefusal(answer)) unread.push(`${next.path}: ${answer?.error ?? ""}`);
      else texts.push(fileFrom(next.path, answer.text, answer.text, answer.revision));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  if (unread.length) toast(`Not opened. ${unread.slice(0, 3).join(". ")}${unread.length > 3 ? ` … and ${unread.length - 3} more` : ""}`, [], true);
  return texts;
}

/** Layouts of texts: where their blocks stand, and what text has no room for. Null: a new one is not read yet. */
const layouts = new Map<string, { revision: string; text: string }>();
/** Is it a text of ours? Blocks of Sigma have no places of their own. */
const hasLayout = (name: string): boolean => kindOf(name) === "rules" && !isDrawn(name) && !isSigma(name);
const layoutOf = (name: string): string => testsOf(name).replace(/\.test\.yaml$/, ".layout.json");

/** Blocks stand again where they stood. */
async function readLayouts(all: ServedFile[], texts: ProjectFile[]): Promise<void> {
  layouts.clear();
  for (const { path, kind, revision } of all) {
    if (kind !== "layout" || revision === null) continue;
    const answer = await server?.ask<FileAnswer>(`file?${query(path)}`);
    if (!answer || isRefusal(answer)) continue;
    layouts.set(path, { revision: answer.revision, text: answer.text });
    const own = texts.find(({ name }) => hasLayout(name) && layoutOf(name) === path);
    if (own) own.other = answer.text;
  }
}

/** Does a workspace hold what its text does not: strays, notes? */
function hasMore(workspace: string): boolean {
  try {
    const { blocks, workspaceComments } = JSON.parse(workspace) as { blocks?: { blocks?: { type: string }[] }; workspaceComments?: unknown[] };
    return (workspaceComments?.length ?? 0) > 0 || (blocks?.blocks ?? []).some(({ type }) => !type.startsWith("rule_"));
  } catch {
    return false;
  }
}

/** Keeps the places of a text's blocks, where there is a layout already, or something that the text has no room for. */
async function saveLayout(name: string): Promise<void> {
  const file = fileOf(name);
  if (!server || !file || !hasLayout(name) || file.other === null) return;
  const path = layoutOf(name);
  const old = layouts.get(path);
  if (old ? old.text === file.other : !hasMore(file.other)) return;
  const answer = await (old
    ? change<ChangeAnswer>(server, "file", "PUT", { path, text: file.other, revision: old.revision })
    : change<ChangeAnswer>(server, "file/new", "POST", { path, text: file.other }));
  // Of two layouts either is as good: the next save has the folder's state.
  if (!isRefusal(answer)) layouts.set(path, { revision: answer.revision, text: file.other });
  else if (answer.code !== "conflict") refuse(`The places of the blocks are not saved in ${path}`, answer);
}

/** Reads the project's sample events; `false`: it has none. */
export async function servedSamples(): Promise<boolean> {
  const answer = await server?.ask<SamplesAnswer>("samples");
  if (!answer || isRefusal(answer)) return false;
  let room = SAMPLES;
  const left: string[] = [];
  for (const { path, size, tooLarge } of answer.samples) {
    if (tooLarge || size > room) {
      left.push(path);
      continue;
    }
    const bytes = await server?.bytes(path);
    if (!bytes || isRefusal(bytes)) {
      if (bytes) refuse(path, bytes);
      continue;
    }
    room -= size;
    await addEvents(path, bytes);
  }
  if (left.length) toast(`Too large to be read at once: ${left.slice(0, 3).join(", ")}. Add them with Add events… if you need them.`, [], true);
  return answer.samples.length > 0;
}

// Changing

let last: Promise<unknown> = Promise.resolve();

/**
 * Own changes and what the folder tells come one after the other: it also tells of own changes, often before they are answered.
 * Who asked has a moment to take the answer over.
 */
function turn<T>(act: () => Promise<T>): Promise<T> {
  const mine = last.then(act);
  const calm = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  last = mine.then(calm, calm);
  return mine;
}

const change = <T>(to: Server, path: string, method: string, body: object): Promise<T | Refusal> => turn(() => to.ask<T>(path, method, body));

/** Saves a file into the folder. `false`: it was not saved, and the person knows why. */
export async function saveServed(name: string): Promise<boolean> {
  const file = fileOf(name);
  const at = home.peek();
  if (!server || !file || at.kind !== "server") return false;
  if (at.readOnly) {
    toast("The project is served to be read only. Save the file elsewhere with Save as, or start `blocksieve serve` without --read-only.", [], true);
    return false;
  }
  const { text, revision } = file;
  const answer = await (revision === null
    ? change<ChangeAnswer>(server, "file/new", "POST", { path: name, text })
    : change<ChangeAnswer>(server, "file", "PUT", { path: name, text, revision }));
  if (!isRefusal(answer)) {
    put(name, { saved: text, revision: answer.revision });
    await saveLayout(name);
    checkSoon();
    return true;
  }
  if (answer.code === "conflict") return settle(name, text, answer as Conflict);
  refuse(`${name} is not saved`, answer);
  return false;
}

/** Asks whose text counts, and does that. */
async function settle(name: string, mine: string, { current: theirs }: Conflict): Promise<boolean> {
  const way = await askConflict(name, mine, theirs?.text ?? null);
  if (way === null) return false;
  if (way === "mine") {
    // Saved over what was shown: what changed while the question stood is asked about again.
    put(name, { revision: theirs?.revision ?? null });
    return saveServed(name);
  }
  if (theirs) put(name, fileFrom(name, theirs.text, theirs.text, theirs.revision));
  else remove(name);
  await told(name);
  return false;
}

/** Renames a file in the folder, with its layout. Null: it has its old name, and the person knows why. */
export async function moveServed(old: string, name: string): Promise<Pick<ProjectFile, "saved" | "revision"> | null> {
  const file = fileOf(old);
  if (!server || !file?.revision) return { saved: null, revision: null };
  const answer = await change<ChangeAnswer>(server, "file/rename", "POST", { from: old, to: name, revision: file.revision });
  if (isRefusal(answer)) {
    refuse(`${old} is not renamed`, answer);
    return null;
  }
  const layout = layouts.get(layoutOf(old));
  if (hasLayout(old) && layout !== undefined) {
    const moved = await change<ChangeAnswer>(server, "file/rename", "POST", { from: layoutOf(old), to: layoutOf(name), revision: layout.revision });
    if (isRefusal(moved)) refuse(`The places of the blocks are still in ${layoutOf(old)}`, moved);
    else {
      layouts.delete(layoutOf(old));
      layouts.set(layoutOf(name), { ...layout, revision: moved.revision });
    }
  }
  checkSoon();
  return { saved: file.saved, revision: answer.revision };
}

/** Deletes a file in the folder. `false`: it is still there. */
export async function removeServed(name: string): Promise<boolean> {
  const file = fileOf(name);
  if (!server || !file?.revision) return true;
  const answer = await change<object>(server, "file", "DELETE", { path: name, revision: file.revision });
  if (!isRefusal(answer)) {
    checkSoon();
    return true;
  }
  if (answer.code === "conflict") {
    const theirs = (answer as Conflict).current;
    if (!theirs) return true;
    const sure = await choose(`Delete ${baseOf(name)}?`, "It was changed in the folder since it was opened here.", [
      { label: "Delete it all the same", answer: true, danger: true },
    ]);
    if (sure !== true) return false;
    put(name, { revision: theirs.revision });
    return removeServed(name);
  }
  refuse(`${name} is not deleted`, answer);
  return false;
}

// Following the folder

async function listen(): Promise<void> {
  const mine = server;
  let pause: number = PAUSE[0];
  for (;;) {
    const ended = await (mine as Server).listen((event) => {
      if (mine !== server) return;
      pause = PAUSE[0];
      trouble.value = null;
      void turn(() => hear(event));
    });
    if (mine !== server) return;
    trouble.value = ended;
    // A server that was started again has another token.
    if (ended.code === "token") return;
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, PAUSE[1]);
  }
}

async function hear(event: ServerEvent): Promise<void> {
  if (!isHere()) return;
  const all = event.event === "files" ? event.data.files : event.data.changed;
  const removed =
    event.event === "changes"
      ? event.data.removed
      : files.value.flatMap(({ name, revision }) => (revision !== null && !all.some(({ path }) => path === name) ? [name] : []));
  for (const { path, kind, revision } of all) {
    const old = layouts.get(path);
    // Another hand's layout counts from the next opening; what is seen now is not moved about.
    if (kind === "layout" && revision !== null && old) layouts.set(path, { ...old, revision });
  }
  for (const path of removed) layouts.delete(path);
  const fresh = all.filter((file) => wants(file) && file.revision !== fileOf(file.path)?.revision);
  const isMany = fresh.length + removed.length > MANY;
  let changed = 0;
  for (const { path } of fresh) changed += Number(await changedThere(path, isMany));
  for (const path of removed) changed += Number(await removedThere(path, isMany));
  if (isMany && changed) {
    await shown();
    toast(`${changed} files were changed in the folder and are shown anew.`);
  }
  if (changed) checkSoon();
}

/** The folder has another text; was anything done about it? `isOneOfMany`: who asks has all of them compiled, and says so. */
async function changedThere(name: string, isOneOfMany: boolean): Promise<boolean> {
  const answer = await server?.ask<FileAnswer>(`file?${query(name)}`);
  if (!answer || isRefusal(answer)) return false;
  const { text, revision } = answer;
  const here = fileOf(name);
  if (here?.revision === revision) return false;
  if (here && here.text === text) put(name, { saved: text, revision });
  else if (here && isDirty(here)) {
    const compare = (): void => void settle(name, fileOf(name)?.text ?? "", { code: "conflict", error: "", help: "", current: answer });
    toast(`${name} was changed in the folder, and here too.`, [{ label: "Compare", run: compare }], true);
    return false;
  } else {
    put(name, fileFrom(name, text, text, revision));
    if (isOneOfMany) return true;
    await told(name);
    toast(here ? `${name} was changed in the folder and is shown anew.` : `${name} is new in the folder.`);
  }
  return true;
}

async function removedThere(name: string, isOneOfMany: boolean): Promise<boolean> {
  const here = fileOf(name);
  if (!here || here.revision === null) return false;
  if (isDirty(here)) {
    put(name, { saved: null, revision: null });
    toast(`${name} was deleted in the folder. Your changes to it are kept here; save it to have it again.`, [], true);
    return true;
  }
  remove(name);
  if (isOneOfMany) return true;
  await told(name);
  toast(`${name} was deleted in the folder.`);
  return true;
}

// Checking

let timer: ReturnType<typeof setTimeout> | undefined;

function checkSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void check(), CALM);
}

/** What `blocksieve check` says of the folder. Of files that are changed here the page itself knows better. */
async function check(): Promise<void> {
  const answer = await server?.ask<CheckAnswer>("check");
  if (!isHere() || !answer || isRefusal(answer)) {
    further.value = [];
    return;
  }
  const changed = new Set(dirty.value.map(({ name }) => name));
  further.value = answer.diagnostics
    .filter(({ file }) => !changed.has(file))
    .map((found): Finding => ({
      ...diagnosticOf(found, (name) => fileOf(name)?.text ?? ""),
      ...(isSigma(found.file) ? { side: "sigma" } : {}),
    }));
}
