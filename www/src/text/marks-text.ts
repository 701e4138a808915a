// What the chosen event met, in words.
import type { Mark, MarkState } from "../engine/types.ts";
import { plain } from "../ui/plain.ts";

const WORDS: Record<MarkState, string> = { true: "true", false: "false", unreached: "not reached" };

/** A sentence about a mark: its answer, the values it saw, why. */
export function aboutMark({ state, seen, reason, hint }: Mark): string {
  const values = seen.map(({ field, value }) => `${field}: ${value === null ? "absent" : plain(value)}`);
  return [WORDS[state], ...values, reason, hint].filter((part) => part !== null && part !== "").join("\n");
}
