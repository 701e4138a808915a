// Showing a place: whoever can show it says so here, so that lists of places need not know editors.
import { showView } from "./link.ts";
import { current, fileOf } from "./project.ts";
import type { Place } from "../engine/types.ts";
import { signal } from "@preact/signals";

export type TabName = "blocks" | "text" | "sigma" | "winlogbeat" | "tests" | "listing";
export type PaneName = "rules" | "editor" | "events";

/** Which tab of the editor is open. */
export const tab = signal<TabName>("blocks");
/** On a narrow screen: what is shown. */
export const pane = signal<PaneName>("editor");

/** Shows the editor, from whichever view. */
export function toEditor(): void {
  showView("rules");
  pane.value = "editor";
}

/** A place, of the text of Sigma where it says so, else of the rules of ours. */
export type Spot = Place & { side?: "sigma" };

type Shower = (place: Spot) => boolean;
const showers = new Map<TabName, Set<Shower>>();

/** Says how a tab shows a place of the file that is open; gives what takes that back. */
export function canShow(name: TabName, shower: Shower): () => void {
  const all = showers.get(name) ?? new Set();
  showers.set(name, all.add(shower));
  return () => void all.delete(shower);
}

/** Opens the file and shows the place, in the tab that is open if it can. */
export async function show(place: Spot): Promise<void> {
  toEditor();
  const isOther = place.file !== current.value && fileOf(place.file) !== undefined;
  if (isOther) current.value = place.file;
  const order: TabName[] = place.side === "sigma" ? ["sigma"] : tab.value === "text" ? ["text", "blocks"] : ["blocks", "text"];
  // A file that is only being opened shows itself a little later.
  for (let tries = 0; tries < 40; tries++) {
    for (const name of order)
      if ([...(showers.get(name) ?? [])].some((shower) => shower(place))) {
        tab.value = name;
        return;
      }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
