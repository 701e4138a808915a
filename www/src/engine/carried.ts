// Events carried one after the other, as one file of them.
//
// In: events, each carried alone (src/event/carry.rs). Out: bytes that hold all of them. Never here: what is in them.

/** Bytes that carried events begin with. */
const MAGIC = 8;

/** Each is what a file of that event alone would be. */
export function joined(each: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(each.reduce((sum, { length }, at) => sum + (at === 0 ? length : Math.max(length - MAGIC, 0)), 0));
  let at = 0;
  each.forEach((one, number) => {
    const part = one.subarray(number === 0 ? 0 : MAGIC);
    all.set(part, at);
    at += part.length;
  });
  return all;
}
