// The list of files, where there are thousands.
//
// In: folders with their rows, in order. Out: the first rows of them. Never here: what a row shows.

interface Rows<T> {
  name: string;
  rows: T[];
}

/** The first files of all folders, as many as there is room for; the one that is open is always among them. */
export function cut<T extends { name: string }>(all: readonly Rows<T>[], most: number, open: string | null): Rows<T>[] {
  let room = most;
  return all.map(({ name, rows }) => {
    const first = rows.slice(0, room);
    room -= first.length;
    const own = rows.slice(first.length).filter((row) => row.name === open);
    return { name, rows: [...first, ...own] };
  });
}
