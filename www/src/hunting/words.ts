// Words of a hunt: sentences, times, widths of letters.
//
// In: texts and times of the engine. Out: text. Never here: what a hunt found. A time has its year: files of several years may be loaded.

/** A message as a sentence of its own: a capital at its beginning, a full stop at its end. What begins with data stays as it is. */
export function sentence(text: string): string {
  const whole = text.trim();
  if (whole === "") return "";
  // `svchost.exe`, `--from`, a path or a field: no word of ours.
  const isWord = /^[a-z]+(?:'s)?(?=[\s,:;]|$)/.test(whole);
  const begun = isWord ? whole.charAt(0).toUpperCase() + whole.slice(1) : whole;
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** "2025-03-04 07:04:56"; a text that is no time as it is. */
export function timeText(time: string | null): string {
  if (time === null) return "";
  const parts = /^(\d{4,}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(time);
  return parts ? `${parts[1]} ${parts[2]}` : time;
}

/** When a process was created; of one whose creation was not read, since when there are events of it. */
export const sinceText = ({ created, first_seen }: { created: string | null; first_seen: string | null }): string =>
  created !== null ? timeText(created) : first_seen !== null ? `seen since ${timeText(first_seen)}` : "";

/** The pixels that a bold text takes at most, in letters of so many pixels: more than it takes, so that nothing touches it. */
export function boldWidth(text: string, size: number): number {
  let ems = 0;
  for (const letter of text) ems += /[mwMW@%]/.test(letter) ? 1 : /[A-Z]/.test(letter) ? 0.78 : /[ijlIft.,:;'|()[\]]/.test(letter) ? 0.4 : letter > "\u02ff" ? 1.1 : 0.66;
  return ems * size;
}
