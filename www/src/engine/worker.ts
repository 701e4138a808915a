// The engine's thread: loads the module and answers one call after the other.
//
// In: messages that name a call of `Engine` and its arguments. Out: one answer each, in the same order. Never here: the
// page, the network (but for the modules beside this script), anything that is kept beyond the engine's own state.
import init, { Engine as Door } from "../../wasm/pkg/blocksieve.js";
import { board, boardHealth, boardRows, noteChange } from "./boards.ts";
import { joined } from "./carried.ts";
import { huntBegin, huntEnd, huntGather, huntRead, huntWalk, noteHunt } from "./hunt.ts";
import { carry, more, moreAlone, note, warm } from "./more.ts";
import type { Answer, Call } from "./protocol.ts";
import type { Engine, Loaded } from "./types.ts";

// The module's address is said here, where the bundler sees it and gives the file its place.
const MODULE = new URL("../../wasm/pkg/blocksieve_bg.wasm", import.meta.url);
const ready = init({ module_or_path: MODULE }).then(() => new Door());

type Args<K extends keyof Engine> = Parameters<Engine[K]>;

/** Calls that the second module has part in. Their answers are JSON. */
const WITH_MORE: { [K in keyof Engine]?: (door: Door, ...args: Args<K>) => Promise<string> } = {
  async addEvents(door, file, bytes) {
    const answer = door.addEvents(file, bytes, 0);
    return (JSON.parse(answer) as Loaded).needsReader ? door.addEvents(file, await carry(bytes), 0) : answer;
  },
  async addLines(door, file, bytes, after) {
    const answer = door.addEvents(file, bytes, after);
    // A piece with a damaged line is read by the other module, which tells what is wrong with it.
    return after > 0 && (JSON.parse(answer) as Loaded).needsReader ? door.addEvents(file, await carry(bytes), after) : answer;
  },
  winlogbeat: async (_, options) => (await more()).winlogbeat(JSON.stringify(options)),
  importWinlogbeat: async (_, name, text, version) => (await more()).importWinlogbeat(name, text, version),
  importSigma: async (_, files, setup) => (await moreAlone()).importSigma(JSON.stringify(files), setup),
  exportSigma: async (_, name, text, onto, setup, beside) => (await moreAlone()).exportSigma(name, text, onto, setup, JSON.stringify(beside)),
  test: async (_, file, text) => (await more()).test(file, text),
  coverage: async (_, tests, file) => (await more()).coverage(JSON.stringify(tests), file),
  alertPreview: async (door, index, request) => (await more()).alertPreview(door.carried(index), JSON.stringify(request)),
  board,
  boardRows,
  boardHealth,
  boardRule: async (_, query) => (await more()).boardRule(JSON.stringify(query)),
  boardHunted: async (_, rows) => {
    (await more()).boardHunted(Uint32Array.from(rows));
    return "null";
  },
  configText: async (_, bytes) => (await more()).configText(bytes),
  setConfig: async (_, name, text) => (await more()).setConfig(name, text),
  configNode: async (_, node) => (await more()).configNode(node),
  configFind: async (_, words, most) => (await more()).configFind(words, most),
  configDecide: async (door, from, to) => (await more()).configDecide(carriedOf(door, from, to), from === 0),
  configSums: async (_, most) => (await more()).configSums(most),
  configExplain: async (door, index) => (await more()).configExplain(door.carried(index)),
  configMet: async (door, node, index) => (await more()).configMet(node, door.carried(index)),
  huntRead,
  huntBegin,
  huntGuids: async (_, text) => (await more()).huntGuids(text),
  huntWalk,
  huntGather,
  huntEnd,
  huntExport: async (_, form) => (await more()).huntExport(form),
  draftTest: async (door, index, text) => (await more()).draftTest(door.carried(index), text),
};

/** Some events, carried one after the other. */
const carriedOf = (door: Door, from: number, to: number): Uint8Array =>
  joined(Array.from({ length: Math.max(to - from, 0) }, (_, at) => door.carried(from + at)));

/** What crosses is text: what is no text or bytes already goes as JSON. */
const sent = (value: unknown): unknown =>
  typeof value === "string" || typeof value === "number" || value === null || value instanceof Uint8Array
    ? value
    : JSON.stringify(value);

/** Answers that are texts themselves. */
const TEXTS = new Set<keyof Engine>(["version", "listing"]);

async function answer({ call, args }: Call): Promise<unknown> {
  const door = await ready;
  note(call, args);
  noteChange(call);
  noteHunt(call);
  // The one answer of the second module that is bytes.
  if (call === "configBytes") return (await more()).configBytes(...(args as Args<"configBytes">));
  const shared = WITH_MORE[call] as ((door: Door, ...args: unknown[]) => Promise<string>) | undefined;
  if (shared) return JSON.parse(await shared(door, ...args));
  const method = (door as unknown as Record<string, (...args: unknown[]) => unknown>)[call];
  if (typeof method !== "function") throw new Error(`the engine has no call ${call}`);
  const result = method.apply(door, args.map(sent));
  return typeof result === "string" && !TEXTS.has(call) ? JSON.parse(result) : result;
}

/** After the first decisions, until the second module is loaded, in milliseconds: what people look at first goes first. */
const CALM = 1_500;
let isWarm = false;

// One after the other, also where one has to wait for a module.
let last: Promise<void> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Call>) => {
  last = last.then(async () => {
    const start = performance.now();
    let reply: Answer;
    try {
      const result = await answer(data);
      reply = { id: data.id, result, milliseconds: performance.now() - start };
    } catch (error) {
      reply = { id: data.id, failure: error instanceof Error ? error.message : String(error), isTrap: error instanceof WebAssembly.RuntimeError };
    }
    postMessage(reply);
    if (data.call === "decide" && !isWarm) {
      isWarm = true;
      setTimeout(warm, CALM);
    }
  });
});
