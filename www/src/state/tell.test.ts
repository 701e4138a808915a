import { expect, it } from "vitest";
import type { Compiled } from "../engine/types.ts";
import { oneAtATime } from "./tell.ts";

const NONE: Compiled = { diagnostics: [], rules: [] };

it("while one edit is told, only the last of the others waits", async () => {
  const sent: string[] = [];
  const ends: (() => void)[] = [];
  const tell = oneAtATime((name, text) => {
    sent.push(`${name} ${text}`);
    return new Promise((resolve) => ends.push(() => resolve(NONE)));
  });
  const calm = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const first = tell("a", "1");
  await calm();
  const others = [tell("a", "2"), tell("b", "1"), tell("a", "3")];
  await calm();
  expect(sent).toEqual(["a 1"]);
  for (let at = 0; at < 3; at++) {
    ends[at]?.();
    await calm();
  }
  expect(await Promise.all([first, ...others])).toEqual([NONE, NONE, NONE, NONE]);
  expect(sent).toEqual(["a 1", "a 3", "b 1"]);
});

it("a call that fails fails alone", async () => {
  const tell = oneAtATime((name) => (name === "bad" ? Promise.reject(new Error("no")) : Promise.resolve(NONE)));
  const bad = tell("bad", "");
  const good = tell("good", "");
  await expect(bad).rejects.toThrow("no");
  expect(await good).toEqual(NONE);
});
