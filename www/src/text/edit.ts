// Small changes of texts, as CodeMirror takes them.

/** The one change that makes `after` of `before`: what is the same at both ends stays. */
export function smallestChange(before: string, after: string): { from: number; to: number; insert: string } {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/** The bracket that closes the one at `open`, quotes and comments passed over; null: none. */
export function closing(text: string, open: number): number | null {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const letter = text[at];
    if (letter === "'") {
      at = text.indexOf("'", at + 1);
      if (at < 0) return null;
    } else if (letter === '"') {
      at++;
      while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    } else if (letter === "/" && text[at + 1] === "/") {
      at = text.indexOf("\n", at);
      if (at < 0) return null;
    } else if (letter === "{" || letter === "[" || letter === "(") depth++;
    else if (letter === "}" || letter === "]" || letter === ")") {
      depth--;
      if (depth === 0) return at;
    }
  }
  return null;
}
