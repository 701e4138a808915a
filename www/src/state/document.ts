// The file that is edited, as text and as blocks at once.
//
// In: edits of either side. Out: the other side, what the engine says of it, and a link from each block to its text.
// Never here: how either side looks.
//
// One side is live: the one that was edited last, and it is what the engine compiles. The other is made of it when it can
// be: a rule with a fault has no other side, which then shows what it was and says that it is behind.
//
// | live  | the other side            | the file, when it is kept as text | when it is kept as blocks |
// | ----- | ------------------------- | --------------------------------- | ------------------------- |
// | text  | `toBlocks`, laid out as before | the text, as typed           | the blocks, once there are some |
// | blocks | `toText`, canonical      | that text, once there is one       | the blocks                |
//
// A file that is kept as Sigma has a third side, its YAML. Any of the three may be live; blocks and text are made of each other as above,
// both of the YAML by way of the text, and the YAML of whichever of both was edited, onto the YAML that somebody wrote last. The file
// is the YAML; its rules of ours stand beside it (`other`), and are what the engine compiles.
//
// Until there is one, the file says that it is unfinished and keeps what was edited (state/project.ts), so that nothing is lost
// when another file is opened, or the page is left.
import { signal } from "@preact/signals";
import { engine } from "../engine/client.ts";
import { type Compiled, type Diagnostic, isRefused, type Link } from "../engine/types.ts";
import { decideSoon } from "./preview.ts";
import { currentFile, fileOf, isDrawn, isSigma, kindOf, liveText, type ProjectFile, put } from "./project.ts";
import { isSlow, tellFile } from "./tell.ts";
import { asSigma, isNamed, noteMade, readSigma, sigmaFindings, tellOf, withoutIdle } from "./sigma.ts";

export interface Document {
  name: string;
  live: "text" | "blocks" | "sigma";
  text: string;
  /** The YAML of a file that is kept as Sigma; null: it is not. */
  sigma: string | null;
  /** A workspace, as JSON. */
  blocks: string;
  /** Is the text what the blocks say (or the other way round)? */
  same: boolean;
  links: Link[];
  /** Goes up when the text changed by another hand than the text editor's. */
  textVersion: number;
  /** Goes up when the blocks changed by another hand than the workspace's. */
  blocksVersion: number;
}

const EMPTY = "{}";

export const document = signal<Document | null>(null);
/** Findings about all files. */
export const diagnostics = signal<Diagnostic[]>([]);
/** What the last conversion said, where it could not be made. */
export const behind = signal<Diagnostic[]>([]);
/** Why what was edited cannot be said in Sigma, where the file is kept as that. */
export const unsaid = signal<Diagnostic[]>([]);

// An answer counts only if nothing was edited since its question.
let edition = 0;

let pending: Promise<unknown> = Promise.resolve();

/** After all edits were taken over. */
export const settled = (): Promise<unknown> => pending;

/** How long somebody has to stop typing YAML before all of it is read, in milliseconds. */
const CALM = 120;

const errorsIn = (found: Diagnostic[]): Diagnostic[] => found.filter(({ severity }) => severity === "error");

/** Shows another file. */
export async function open(): Promise<void> {
  const mine = ++edition;
  const file = currentFile.value;
  // A configuration of Sysmon has a state of its own (state/configuration.ts).
  if (!file || kindOf(file.name) === "sysmon") {
    document.value = null;
    behind.value = [];
    unsaid.value = [];
    return;
  }
  const { live, sides } = await sidesOf(file);
  if (mine !== edition) return;
  behind.value = sides.same ? [] : sides.found;
  unsaid.value = [];
  const old = document.value;
  document.value = {
    name: file.name,
    live,
    text: sides.text,
    sigma: isSigma(file.name) ? file.text : null,
    blocks: sides.blocks,
    same: sides.same,
    links: sides.links,
    textVersion: (old?.textVersion ?? 0) + 1,
    blocksVersion: (old?.blocksVersion ?? 0) + 1,
  };
  // Why its Sigma is behind nobody knows any more.
  if (isSigma(file.name) && file.unfinished) void toSigma(file.name, liveText(file), mine);
}

const isWorkspace = (rules: string): boolean => rules.trimStart().startsWith("{");

async function sidesOf(file: ProjectFile): Promise<{ live: Document["live"]; sides: Sides }> {
  const { name, unfinished, other } = file;
  if (isSigma(name)) {
    if (other === null) return { live: "sigma", sides: { ...NOTHING, found: errorsOf(name) } };
    const isDrawing = isWorkspace(other);
    return { live: !unfinished ? "sigma" : isDrawing ? "blocks" : "text", sides: await (isDrawing ? ofBlocks(name, other, null) : ofText(name, other, null)) };
  }
  const live = unfinished === isDrawn(name) ? "text" : "blocks";
  return { live, sides: await (live === "text" ? ofText(name, liveText(file), isDrawn(name) ? file.text : other) : ofBlocks(name, liveText(file), isDrawn(name) ? null : file.text)) };
}

interface Sides extends Pick<Document, "text" | "blocks" | "same" | "links"> {
  found: Diagnostic[];
}

const NOTHING: Sides = { text: "", blocks: EMPTY, same: false, links: [], found: [] };

/** Both sides of a text; `before`: the workspace that it stood in. */
async function ofText(name: string, text: string, before: string | null): Promise<Sides> {
  const { blocks, links, diagnostics: found } = await engine.toBlocks(name, text, before);
  return { text, blocks: blocks ?? before ?? EMPTY, same: blocks !== null, links, found };
}

/** Both sides of a workspace; `before`: the text that it was, while it is none. */
async function ofBlocks(name: string, given: string, before: string | null): Promise<Sides> {
  // XML becomes what Blockly loads.
  const drawn = await engine.toBlocks(name, given, null);
  const blocks = drawn.blocks ?? EMPTY;
  const texted = drawn.blocks === null ? null : await engine.toText(name, blocks);
  const found = [...drawn.diagnostics, ...(texted?.diagnostics ?? [])];
  return { text: texted?.text ?? before ?? "", blocks, same: texted !== null && texted.text !== null, links: texted?.links ?? drawn.links, found };
}

/** Has the file still what an edit made of it? Another edit, or another hand, may have been faster than the engine. */
const stillHas = (name: string, live: string): boolean => {
  const file = fileOf(name);
  return file !== undefined && liveText(file) === live;
};

/** What the file becomes of an edit of its rules: those alone, until Sigma has it, where it is kept as that. */
const ofEdit = (name: string, rules: string): Partial<ProjectFile> => {
  const file = fileOf(name);
  return { other: rules, unfinished: true, sigma: file?.sigma ?? file?.text ?? null };
};

/** Takes over what the engine says of all files. */
function heard(compiled: Compiled): void {
  decideSoon(compiled);
  diagnostics.value = withoutIdle(compiled.diagnostics, compiled.rules);
}

/** Writes rules into the YAML of their file. */
async function toSigma(name: string, rules: string, mine: number): Promise<void> {
  const file = fileOf(name);
  // What was edited again meanwhile comes by itself.
  if (!file || liveText(file) !== rules) return;
  const made = await asSigma(file, rules);
  if (made.text !== null && stillHas(name, rules)) put(name, { text: made.text, unfinished: false });
  if (mine !== edition) return;
  unsaid.value = made.text === null ? made.diagnostics : [];
  const now = document.value;
  if (now && made.text !== null) document.value = { ...now, sigma: made.text };
  if (made.text !== null && isNamed(name)) await readOthers(name);
}

/** After a rule changed that correlations count: they hold its condition too. */
async function readOthers(name: string): Promise<void> {
  const changed = await readSigma();
  const compiled = await tellOf(changed);
  if (compiled && !isRefused(compiled)) heard(compiled);
  if (changed.includes(name) && document.value?.name === name) await open();
}

/** The editor of the YAML says what it holds now. */
export function editSigma(text: string): Promise<void> {
  const old = document.value;
  if (!old || old.sigma === null || old.sigma === text) return Promise.resolve();
  const mine = ++edition;
  const { name } = old;
  document.value = { ...old, live: "sigma", sigma: text, same: false };
  unsaid.value = [];
  put(name, { text, sigma: null, unfinished: false });
  return follow(readSoon(name, old.blocks, mine));
}

/** Files whose YAML was edited and is not read yet. */
const unread = new Set<string>();
let typed = 0;

async function readSoon(name: string, layout: string, mine: number): Promise<void> {
  const last = ++typed;
  unread.add(name);
  await new Promise((resolve) => setTimeout(resolve, CALM));
  // Whoever typed after this has all of it read.
  if (last !== typed) return;
  const only = unread.size === 1 ? name : null;
  unread.clear();
  const changed = await readSigma(only);
  const tell = async (): Promise<void> => {
    const compiled = await tellOf(changed);
    if (compiled && !isRefused(compiled)) heard(compiled);
  };
  const show = (): Promise<void> => {
    if (mine === edition) return showRead(name, layout, mine);
    // Another file was opened meanwhile, or this one again, before it was read.
    return changed.includes(document.value?.name ?? "") ? open() : Promise.resolve();
  };
  for (const step of isSlow() ? [show, tell] : [tell, show]) await step();
}

/** Shows what the YAML is as text and as blocks. */
async function showRead(name: string, layout: string, mine: number): Promise<void> {
  const rules = fileOf(name)?.other ?? null;
  const sides = rules === null ? NOTHING : await (isWorkspace(rules) ? ofBlocks(name, rules, null) : ofText(name, rules, layout === EMPTY ? null : layout));
  const now = document.value;
  if (mine !== edition || !now) return;
  const { found, ...both } = sides;
  behind.value = sides.same ? [] : rules === null ? errorsOf(name) : found;
  if (sides.same) document.value = { ...now, ...both, textVersion: now.textVersion + 1, blocksVersion: now.blocksVersion + 1 };
  // Blocks show what was there before; a text that is only one of filters has none.
  else if (rules !== null || !behind.value.length) document.value = { ...now, text: rules ?? "", textVersion: now.textVersion + 1 };
}

/** What is wrong with the Sigma of a file. */
const errorsOf = (name: string): Diagnostic[] => errorsIn(sigmaFindings.value).filter((found) => found.file === name);

/** The text editor says what it holds now. */
export function editText(text: string, fromOutside = false): Promise<void> {
  const old = document.value;
  if (!old || (old.live === "text" && old.text === text)) return Promise.resolve();
  const mine = ++edition;
  const { name } = old;
  // Asked before anything is drawn: the engine works meanwhile.
  const asked = isSlow() ? null : tellFile(name, text);
  document.value = { ...old, live: "text", text, same: false, textVersion: old.textVersion + (fromOutside ? 1 : 0) };
  put(name, isSigma(name) ? ofEdit(name, text) : isDrawn(name) ? { other: text, unfinished: true } : { text, unfinished: false });
  const run = async (): Promise<void> => {
    // What the rules do now is what people wait for, so it is asked before the other side.
    const compiled = await asked;
    if (compiled && mine === edition) heard(compiled);
    const drawn = await engine.toBlocks(name, text, old.blocks === EMPTY ? null : old.blocks);
    if (isSigma(name)) {
      if (drawn.blocks !== null) noteMade(name, text);
    } else if (drawn.blocks !== null && stillHas(name, text))
      put(name, isDrawn(name) ? { text: drawn.blocks, unfinished: false } : { other: drawn.blocks });
    if (mine !== edition) return;
    behind.value = drawn.blocks === null ? drawn.diagnostics : [];
    const now = document.value;
    if (now && drawn.blocks !== null)
      document.value = { ...now, blocks: drawn.blocks, links: drawn.links, same: true, blocksVersion: now.blocksVersion + 1 };
  };
  return follow(run().then(() => afterEdit(name, text, asked === null, mine)));
}

/** The workspace says what it holds now. */
export function editBlocks(blocks: string): Promise<void> {
  const old = document.value;
  if (!old || (old.live === "blocks" && old.blocks === blocks)) return Promise.resolve();
  const mine = ++edition;
  const { name } = old;
  const asked = isSlow() ? null : tellFile(name, blocks);
  document.value = { ...old, live: "blocks", blocks, same: false };
  put(name, isSigma(name) ? ofEdit(name, blocks) : isDrawn(name) ? { text: blocks, unfinished: false } : { other: blocks, unfinished: true });
  const run = async (): Promise<void> => {
    const compiled = await asked;
    if (compiled && mine === edition) heard(compiled);
    const texted = await engine.toText(name, blocks);
    if (isSigma(name)) {
      if (texted.text !== null) noteMade(name, texted.text);
    } else if (texted.text !== null && stillHas(name, blocks)) put(name, isDrawn(name) ? { other: texted.text } : { text: texted.text, unfinished: false });
    if (mine !== edition) return;
    behind.value = texted.text === null ? texted.diagnostics : [];
    const now = document.value;
    if (now && texted.text !== null) document.value = { ...now, text: texted.text, links: texted.links, same: true, textVersion: now.textVersion + 1 };
  };
  return follow(run().then(() => afterEdit(name, blocks, asked === null, mine)));
}

/** What comes after the other side of an edit: the third one, and the engine, where it has to wait. */
async function afterEdit(name: string, rules: string, isUntold: boolean, mine: number): Promise<void> {
  if (isSigma(name)) await toSigma(name, rules, mine);
  if (!isUntold) return;
  const compiled = await tellFile(name, rules);
  if (mine === edition) heard(compiled);
}

function follow(run: Promise<void>): Promise<void> {
  pending = Promise.allSettled([pending, run]);
  return run;
}

/** What keeps the other side from being made: the first error. */
export const obstacle = (): Diagnostic | undefined => errorsIn(behind.value)[0] ?? behind.value[0];

/** The block that a place is, or is in: itself, or the smallest one whose text holds it. */
export function blockAt(place: { block: string | null; range: { start: number; end: number } | null }): string | null {
  if (place.block !== null) return place.block;
  const { range } = place;
  if (!range) return null;
  const around = (document.value?.links ?? []).filter(({ start, end }) => start <= range.start && range.end <= end);
  around.sort((a, b) => a.end - a.start - (b.end - b.start));
  return around[0]?.block ?? null;
}

/** The text of a block, or of a place in the text. */
export function rangeOf(place: {
  block: string | null;
  range: { start: number; end: number } | null;
}): { start: number; end: number } | null {
  if (place.range) return { start: place.range.start, end: place.range.end };
  const link = (document.value?.links ?? []).find(({ block }) => block === place.block);
  return link ? { start: link.start, end: link.end } : null;
}
