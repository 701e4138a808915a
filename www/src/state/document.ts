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
import { signal } from "@preact/signals";
import { engine } from "../engine/client.ts";
import type { Diagnostic, Link } from "../engine/types.ts";
import { decideSoon } from "./preview.ts";
import { currentFile, isDrawn, put } from "./project.ts";

export interface Document {
  name: string;
  live: "text" | "blocks";
  text: string;
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

// An answer counts only if nothing was edited since its question.
let edition = 0;

/** Shows another file. */
export async function open(): Promise<void> {
  const mine = ++edition;
  const file = currentFile.value;
  if (!file) {
    document.value = null;
    return;
  }
  const { name, text } = file;
  const drawn = await engine.toBlocks(name, text, null);
  const blocks = drawn.blocks ?? EMPTY;
  const texted = isDrawn(name) && drawn.blocks ? await engine.toText(name, blocks) : null;
  if (mine !== edition) return;
  const isSame = drawn.blocks !== null && texted?.text !== null;
  behind.value = isSame ? [] : [...drawn.diagnostics, ...(texted?.diagnostics ?? [])];
  const old = document.value;
  document.value = {
    name,
    live: isDrawn(name) ? "blocks" : "text",
    text: isDrawn(name) ? (texted?.text ?? "") : text,
    blocks,
    same: isSame,
    links: texted?.links ?? drawn.links,
    textVersion: (old?.textVersion ?? 0) + 1,
    blocksVersion: (old?.blocksVersion ?? 0) + 1,
  };
}

/** The text editor says what it holds now. */
export async function editText(text: string, fromOutside = false): Promise<void> {
  const old = document.value;
  if (!old || (old.live === "text" && old.text === text)) return;
  const mine = ++edition;
  const { name } = old;
  document.value = { ...old, live: "text", text, same: false, textVersion: old.textVersion + (fromOutside ? 1 : 0) };
  if (!isDrawn(name)) put(name, { text });
  const compiled = await engine.setFile(name, text);
  if (mine !== edition) return;
  diagnostics.value = compiled.diagnostics;
  // What the rules do now is what people wait for, so it is asked before the other side.
  decideSoon(compiled);
  const drawn = await engine.toBlocks(name, text, old.blocks === EMPTY ? null : old.blocks);
  if (mine !== edition) return;
  behind.value = drawn.blocks === null ? drawn.diagnostics : [];
  const now = document.value;
  if (!now || drawn.blocks === null) return;
  document.value = { ...now, blocks: drawn.blocks, links: drawn.links, same: true, blocksVersion: now.blocksVersion + 1 };
  if (isDrawn(name)) put(name, { text: drawn.blocks });
}

/** The workspace says what it holds now. */
export async function editBlocks(blocks: string): Promise<void> {
  const old = document.value;
  if (!old || (old.live === "blocks" && old.blocks === blocks)) return;
  const mine = ++edition;
  const { name } = old;
  document.value = { ...old, live: "blocks", blocks, same: false };
  if (isDrawn(name)) put(name, { text: blocks });
  const compiled = await engine.setFile(name, blocks);
  if (mine !== edition) return;
  diagnostics.value = compiled.diagnostics;
  decideSoon(compiled);
  const texted = await engine.toText(name, blocks);
  if (mine !== edition) return;
  behind.value = texted.text === null ? texted.diagnostics : [];
  const now = document.value;
  if (!now || texted.text === null) return;
  document.value = { ...now, text: texted.text, links: texted.links, same: true, textVersion: now.textVersion + 1 };
  if (!isDrawn(name)) put(name, { text: texted.text });
}

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
