// What a screen reader is told when something changed that nobody moved to.
import { signal } from "@preact/signals";

const said = signal("");

/** Says it, once the person pauses. */
export function announce(text: string): void {
  said.value = text;
}

export const Announcer = () => (
  <div class="hidden-label" role="status" aria-live="polite">
    {said.value}
  </div>
);
