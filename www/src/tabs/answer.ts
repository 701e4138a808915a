// An answer of the engine that follows what it depends on.
import { signal, type Signal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";

export type Asked<T> = { is: "waiting" } | { is: "here"; value: T } | { is: "failed"; why: string };

/**
 * Asks again whenever a signal changes that `ask` reads before it first waits. `null`: there is nothing to ask now, and the last
 * answer stays.
 */
export function useAnswer<T>(ask: () => Promise<T> | null): Signal<Asked<T>> {
  const answer = useRef(signal<Asked<T>>({ is: "waiting" })).current;
  const latest = useRef(0);
  useSignalEffect(() => {
    const asked = ask();
    if (!asked) return;
    const mine = ++latest.current;
    const take = (now: Asked<T>): void => {
      if (mine === latest.current) answer.value = now;
    };
    asked.then(
      (value) => take({ is: "here", value }),
      (error: unknown) => take({ is: "failed", why: error instanceof Error ? error.message : String(error) }),
    );
  });
  return answer;
}
