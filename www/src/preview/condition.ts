// The condition of a rule that was drafted: what stands between its `if` and what it does.
//
// In: the text of a draft, as the engine writes it. Out: the condition, to count events with. Never here: other rules' texts.

/** The condition; null: there is none. */
export function conditionOf(text: string): string | null {
  // The last one that fits is the rule's own, whatever the texts in its condition look like.
  return /\n {4}if ([\s\S]+) \{\n {8}(?:drop|tag|send)\b/.exec(text)?.[1] ?? null;
}
