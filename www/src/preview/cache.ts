// Rows of the table that are known, page by page.
//
// In: which rows are in sight; rows that came. Out: the row of a line, and which pages have to be asked for. A new version of
// the selection keeps the old rows until new ones stand in their place, so that nothing flickers. Never here: asking.
import type { Row } from "../engine/types.ts";

/** A row, with the columns that its cells are of: columns may have changed since. */
export interface Known {
  row: Row;
  columns: readonly string[];
  /** Is it of the version that is shown now? */
  fresh: boolean;
}

interface Page {
  version: number;
  columns: readonly string[];
  rows: Row[];
}

export const PAGE = 64;
/** Pages that are kept; beyond that those farthest from what is in sight go. */
const MOST = 64;

export class RowCache {
  private pages = new Map<number, Page>();
  private asked = new Set<number>();
  private version = -1;
  private columns: readonly string[] = [];
  private count = 0;

  /** What is shown from now on. */
  show(version: number, columns: readonly string[], count: number): void {
    const isSame = columns.length === this.columns.length && columns.every((name, at) => name === this.columns[at]);
    if (version !== this.version || !isSame) this.asked.clear();
    if (!isSame) this.columns = [...columns];
    this.version = version;
    this.count = count;
  }

  /** The row of a line; null: not known yet, not even as it was. */
  at(line: number): Known | null {
    if (line < 0 || line >= this.count) return null;
    const page = this.pages.get(Math.floor(line / PAGE));
    const row = page?.rows[line % PAGE];
    return page && row ? { row, columns: page.columns, fresh: this.isFresh(page) } : null;
  }

  private isFresh(page: Page): boolean {
    return page.version === this.version && page.columns === this.columns;
  }

  /** Pages to ask for, so that these lines are known; each is named once a version. */
  missing(from: number, to: number): number[] {
    const wanted: number[] = [];
    const last = Math.min(to, this.count) - 1;
    for (let page = Math.floor(Math.max(from, 0) / PAGE); page * PAGE <= last; page++) {
      const known = this.pages.get(page);
      if (this.asked.has(page) || (known && this.isFresh(known))) continue;
      this.asked.add(page);
      wanted.push(page);
    }
    return wanted;
  }

  /** Takes rows over; false: they are of a version or of columns that are not shown any more. */
  put(page: number, version: number, columns: readonly string[], rows: Row[]): boolean {
    if (version !== this.version || columns !== this.columns) return false;
    this.asked.delete(page);
    this.pages.set(page, { version, columns, rows });
    this.trim(page);
    return true;
  }

  /** A question that failed may be asked again. */
  failed(page: number): void {
    this.asked.delete(page);
  }

  /** The columns that questions are asked with. */
  get shown(): readonly string[] {
    return this.columns;
  }

  /** Forgets all rows, as those of other events. */
  clear(): void {
    this.pages.clear();
    this.asked.clear();
  }

  private trim(near: number): void {
    if (this.pages.size <= MOST) return;
    const far = [...this.pages.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const page of far.slice(0, this.pages.size - MOST)) this.pages.delete(page);
  }
}
