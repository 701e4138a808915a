// A column that the engine wrote (src/session/samples/columns.rs), read here.
//
// In: its bytes. Out: for each event the number of its cell, and the texts of each cell. Never here: what is asked for.

/** Stands for the number of texts of a cell whose value is malformed. */
const MALFORMED = 0xffff_ffff;

export interface Column {
  ids: Uint32Array;
  /** Texts; none of a malformed one. */
  cells: string[][];
}

export function cellsOf(bytes: Uint8Array): Column {
  if (bytes.length < 8) return { ids: new Uint32Array(), cells: [] };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let at = 0;
  const number = (): number => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const ids = new Uint32Array(number());
  for (let row = 0; row < ids.length; row++) ids[row] = number();
  const cells: string[][] = [];
  const count = number();
  for (let cell = 0; cell < count; cell++) {
    const texts: string[] = [];
    const many = number();
    for (let text = 0; many !== MALFORMED && text < many; text++) {
      const length = number();
      texts.push(decoder.decode(bytes.subarray(at, at + length)));
      at += length;
    }
    cells.push(texts);
  }
  return { ids, cells };
}
