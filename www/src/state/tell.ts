// Telling the engine of edits, one at a time.
//
// In: files as they are edited, as fast as somebody types. Out: what the engine says of all rules; of several edits that came while it was at
// work only the last one is told. Never here: what comes of the answer.
import { engine, took } from "../engine/client.ts";
import type { Compiled } from "../engine/types.ts";

/** All rules are compiled with each edit: with thousands that takes longer than people wait for the other side of what they edit. */
const SLOW = 150;
/** Does it take so long? Then the other sides are asked for first. In milliseconds. */
export const isSlow = (): boolean => (took.get("setFile") ?? 0) > SLOW;

interface Waiting {
  text: string;
  answer: Promise<Compiled>;
}

type Send = (name: string, text: string) => Promise<Compiled>;

/** Keeps calls from piling up: while one is under way, one waits for each file, with the text that came last. */
export function oneAtATime(send: Send): Send {
  let last: Promise<unknown> = Promise.resolve();
  const waiting = new Map<string, Waiting>();
  return (name, text) => {
    const early = waiting.get(name);
    if (early) {
      early.text = text;
      return early.answer;
    }
    const answer = last.then(() => {
      const { text: now = text } = waiting.get(name) ?? {};
      waiting.delete(name);
      return send(name, now);
    });
    waiting.set(name, { text, answer });
    last = answer.catch(() => undefined);
    return answer;
  };
}

/** Tells the engine of a file. */
export const tellFile: Send = oneAtATime((name, text) => engine.setFile(name, text));
