// Values of events as they are shown: what cannot be seen is written out, as rules write it.
//
// Without it a value could turn the letters around it about (U+202E makes `gpj.exe` of `exe.jpg`), hide a part of itself, or look
// like another one. Lines and tabs stay what they are.
const UNSEEN = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text with escapes for what cannot be seen. */
export const plain = (text: string): string =>
  text.replace(UNSEEN, (letter) => `\\u{${letter.charCodeAt(0).toString(16).toUpperCase()}}`);
