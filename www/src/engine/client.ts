// The engine, as the page sees it: every call is a promise.
//
// In: calls. Out: answers, in the order of the calls. Never here: what an answer means. When the module fails (it should
// not), every later call fails too and `broken` says why, so that the page can offer to begin anew without losing rules.
import { signal } from "@preact/signals";
import type { Answer, Call } from "./protocol.ts";
import type { Engine } from "./types.ts";

/** A call of the engine, from afar. */
export type Remote = {
  [K in keyof Engine]: (...args: Parameters<Engine[K]>) => Promise<ReturnType<Engine[K]>>;
};

/** Why the engine does not answer any more. */
export const broken = signal<string | null>(null);

/** How long the last call of each name took in the engine, in milliseconds. */
export const took = new Map<keyof Engine, number>();

interface Waiting {
  call: keyof Engine;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

const waiting = new Map<number, Waiting>();
let next = 0;
let worker: Worker | null = null;

function start(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (!asked) return;
    if ("failure" in data) {
      asked.reject(new Error(data.failure));
      // After a trap the module's memory is in no known state.
      if (data.isTrap) fail(data.failure);
    } else {
      took.set(asked.call, data.milliseconds);
      asked.resolve(data.result);
    }
  });
  made.addEventListener("error", (event) => fail(event.message || "the engine could not be loaded"));
  return made;
}

function fail(why: string): void {
  broken.value = why;
  for (const { reject } of waiting.values()) reject(new Error(why));
  waiting.clear();
}

/** Bytes are handed over, not copied: the page has no more use for them. Those that are part of something larger are copied. */
const moved = (args: unknown[]): ArrayBuffer[] =>
  args.flatMap((arg) =>
    arg instanceof Uint8Array && arg.buffer instanceof ArrayBuffer && arg.byteLength === arg.buffer.byteLength ? [arg.buffer] : [],
  );

function send(call: keyof Engine, args: unknown[]): Promise<unknown> {
  if (broken.value !== null) return Promise.reject(new Error(broken.value));
  worker ??= start();
  const id = next++;
  const message: Call = { id, call, args };
  return new Promise((resolve, reject) => {
    waiting.set(id, { call, resolve, reject });
    worker?.postMessage(message, moved(args));
  });
}

export const engine = new Proxy({} as Remote, {
  get: (_, call) => (...args: unknown[]) => send(call as keyof Engine, args),
});
