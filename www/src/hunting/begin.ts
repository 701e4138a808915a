// Where a hunt begins, for other parts of the page: an event, several, GUIDs.
//
// In: numbers of events. Out: the hunting view, with the processes that caused them. Never here: the hunt.
import type { BoardQuery } from "../engine/board.ts";
import { engine } from "../engine/client.ts";
import { isRefused } from "../engine/types.ts";
import { go, link, view } from "../state/link.ts";
import { toast } from "../ui/Toast.tsx";
import { ALL_SHOWN, changeOf, MOST_GUIDS, stateOf } from "./link.ts";
import { sentence } from "./words.ts";

/** Events that a hunt begins with at once; more are said as a condition. */
export const MOST_EVENTS = 1_000;

/** Does an event name the process that caused it? */
export const canBegin = (fields: readonly { name: string; value: string }[]): boolean =>
  fields.some(({ name, value }) => /^(Source)?ProcessGuid$/i.test(name) && /[1-9a-f]/i.test(value));

/** Begins a hunt with the processes that caused these events. `isMore`: beside those that it begins with already. */
export async function huntFrom(events: readonly number[], isMore = false): Promise<void> {
  let guids: string[] = [];
  for (let at = 0; ; ) {
    const begun = await engine.huntBegin({ events: [...events], where: "" }, at);
    if (isRefused(begun)) return toast(sentence(begun.error), [], true);
    guids = begun.guids;
    at = begun.done;
    if (begun.done >= begun.of) break;
  }
  if (guids.length === 0) return toast("No process is named as the cause: only events of Sysmon name processes by GUID.", [], true);
  if (guids.length > MOST_GUIDS) return toast(`A hunt begins with ${MOST_GUIDS} processes at most here; these are ${guids.length}. Say it as a condition.`, [], true);
  const now = stateOf(link.peek());
  const met = isMore && view.peek() === "hunting" ? [...now.request.met, ...guids] : guids;
  const change = isMore ? { met: [...new Set(met)] } : { start: [], met, where: "", through: [] };
  go({ view: "hunting", ...changeOf({ ...ALL_SHOWN, ...change }) });
}

/** The same with the events that the table beside the rules shows. */
export async function huntFromShown(count: number): Promise<void> {
  await huntFrom((await engine.rows(0, count, [])).map(({ index }) => index));
}

/** The same with the events that meet a query. */
export async function huntFromQuery(query: BoardQuery, count: number): Promise<void> {
  await huntFrom((await engine.boardRows(query, 0, count, null, [])).map(({ index }) => index));
}
