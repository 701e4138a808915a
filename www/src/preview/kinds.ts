// Kinds of events to choose from.
import type { EventCount } from "../engine/types.ts";

export interface KindChoice {
  /** What is selected by: a name of the catalogue, or an id. */
  value: string;
  label: string;
  events: number;
}

/** Those with a name, then the ids of the others; an id stands for all events that have it, with a name or without. */
export function kindsOf(counts: readonly EventCount[]): KindChoice[] {
  const named: KindChoice[] = [];
  const ids = new Map<string, number>();
  for (const { event, title, id, count } of counts) {
    if (event === null) ids.set(id, 0);
    else named.push({ value: event, label: `${id} ${title ?? event}`, events: count });
  }
  for (const { id, count } of counts) {
    const sum = ids.get(id);
    if (sum !== undefined) ids.set(id, sum + count);
  }
  // Without an id there is nothing to select by.
  ids.delete("");
  return [...named, ...[...ids].map(([id, events]) => ({ value: id, label: `Id ${id}, any provider`, events }))];
}
