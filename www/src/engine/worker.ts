// The engine's thread: loads the module and answers one call after the other.
//
// In: messages that name a call of `Engine` and its arguments. Out: one answer each, in the same order. Never here: the
// page, the network (but for the modules beside this script), anything that is kept beyond the engine's own state.
import init, { Engine as Door } from "../../wasm/pkg/blocksieve.js";
import type { Answer, Call } from "./protocol.ts";
import type { Loaded } from "./types.ts";

interface EvtxReader {
  default: () => Promise<unknown>;
  read: (bytes: Uint8Array) => Uint8Array;
}

/** The reader of EVTX is loaded when the first such file comes. */
async function evtx(): Promise<EvtxReader["read"]> {
  const [load] = Object.values(import.meta.glob<EvtxReader>("../../wasm/pkg/evtx/blocksieve_evtx.js"));
  if (!load) throw new Error("this page was built without the reader of EVTX files");
  const reader = await load();
  await reader.default();
  return reader.read;
}

const EVTX_MAGIC = "ElfFile\0";
const isEvtx = (bytes: Uint8Array): boolean => [...EVTX_MAGIC].every((letter, at) => bytes[at] === letter.charCodeAt(0));

const ready = init().then(() => new Door());

/** What crosses is text: what is no text or bytes already goes as JSON. */
const sent = (value: unknown): unknown =>
  typeof value === "string" || typeof value === "number" || value === null || value instanceof Uint8Array
    ? value
    : JSON.stringify(value);

async function answer({ call, args }: Call): Promise<unknown> {
  const door = await ready;
  if (call === "addEvents") {
    const [file, bytes] = args as [string, Uint8Array];
    if (!isEvtx(bytes)) {
      const loaded = JSON.parse(door.addEvents(file, bytes)) as Loaded;
      if (!loaded.needsEvtx) return loaded;
    }
    return JSON.parse(door.addEvents(file, (await evtx())(bytes)));
  }
  const method = (door as unknown as Record<string, (...args: unknown[]) => unknown>)[call];
  if (typeof method !== "function") throw new Error(`the engine has no call ${call}`);
  const result = method.apply(door, args.map(sent));
  return typeof result === "string" && call !== "version" && call !== "listing" ? JSON.parse(result) : result;
}

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
      reply = { id: data.id, failure: error instanceof Error ? error.message : String(error) };
    }
    postMessage(reply);
  });
});
