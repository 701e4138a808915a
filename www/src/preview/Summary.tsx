// What the rules do to the sample, in one look; live.
import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Decided } from "../engine/types.ts";
import { compareFromHere, decided, latency, refusal, rules, selection } from "../state/preview.ts";
import { current } from "../state/project.ts";
import { show } from "../state/show.ts";
import { announce } from "../ui/announce.tsx";
import { bytes, count, counted, duration, share } from "./numbers.ts";
import { ruleCountText } from "./rule-count.ts";
import { choose } from "./view.ts";

const PAUSE = 700;

/** "Drops 1,204 of 10,000 events, 38 % of bytes." and what changed. */
function said({ dropped, events, bytesDropped, bytes: all, since }: Decided): string {
  const changes = since ? changesOf(since) : [];
  return `Drops ${count(dropped)} of ${counted(events, "event")}, ${share(bytesDropped, all)} of bytes.${changes.length ? ` ${changes.join(", ")}.` : ""}`;
}

function changesOf({ dropped, kept, alerted, silenced }: NonNullable<Decided["since"]>): string[] {
  return [
    ...(dropped ? [`+${count(dropped)} dropped`] : []),
    ...(kept ? [`${count(kept)} no longer dropped`] : []),
    ...(alerted ? [`+${count(alerted)} ${alerted === 1 ? "alert" : "alerts"}`] : []),
    ...(silenced ? [`${count(silenced)} ${silenced === 1 ? "alert" : "alerts"} silenced`] : []),
  ];
}

/** Says the new decisions once somebody pauses; not those of the first look. */
function useAnnounced(): void {
  useEffect(() => {
    let before: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = effect(() => {
      const now = decided.value;
      if (!now) return;
      const text = said(now);
      if (before !== null && text !== before) {
        clearTimeout(timer);
        timer = setTimeout(() => announce(text), PAUSE);
      }
      before = text;
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, []);
}

export function Summary() {
  useAnnounced();
  const now = decided.value;
  if (refusal.value) {
    return (
      <div class="ev-fault" role="alert">
        <p>
          Nothing is decided: {refusal.value.error}
          {refusal.value.help !== null && `; ${refusal.value.help}`}
        </p>
      </div>
    );
  }
  if (!now || now.events === 0) return null;
  const changes = now.since ? changesOf(now.since) : [];
  return (
    <div class="ev-summary">
      <p class="ev-drops">
        Drops <strong>{count(now.dropped)}</strong> of {counted(now.events, "event")},{" "}
        <strong>{share(now.bytesDropped, now.bytes)}</strong> of bytes
        {latency.value && (
          <span class="ev-took" title={`The engine took ${duration(latency.value.engine)} of that`}>
            {duration(latency.value.whole)}
          </span>
        )}
      </p>
      <div
        class="ev-bar"
        role="img"
        aria-label={`${share(now.dropped, now.events)} of events and ${share(now.bytesDropped, now.bytes)} of bytes are dropped`}
        title={`${bytes(now.bytesDropped)} of ${bytes(now.bytes)}`}
      >
        <div style={{ width: `${now.bytes ? (now.bytesDropped / now.bytes) * 100 : 0}%` }} />
      </div>
      <p class="ev-since">
        <span>{counted(now.tagged, "event")} tagged</span>
        <span>{now.alerted === 1 ? "1 event alerts" : `${count(now.alerted)} events alert`}</span>
        {now.failed > 0 && <span class="ev-bad">rules failed on {count(now.failed)}</span>}
        {changes.length > 0 && (
          <>
            <button type="button" class="ev-link" aria-pressed={selection.value.decision === "changed"} onClick={() => choose({ decision: "changed" })}>
              {changes.join(", ")}
            </button>
            <button type="button" class="ev-link" onClick={() => void compareFromHere()} title="Later changes are compared with the decisions as they are now">
              compare from here
            </button>
          </>
        )}
      </p>
      <OwnRules now={now} />
    </div>
  );
}

const MOST = 3;

/** What the rules of the file do that is edited. */
function OwnRules({ now }: { now: Decided }) {
  const own = rules.value.flatMap((rule, at) => {
    const did = now.rules[at];
    return rule.place.file === current.value && did ? [{ rule, did, at }] : [];
  });
  if (!own.length) return null;
  return (
    <ul class="ev-own" aria-label="What the rules of the open file do">
      {own.slice(0, MOST).map(({ rule, did, at }) => (
        <li key={at} class={did.never === null ? "" : "ev-never"}>
          <button type="button" class="ev-link" onClick={() => (did.never === null ? choose({ rule: at, decision: "all" }) : void show(rule.place))}>
            {rule.name}
          </button>{" "}
          {ruleCountText(rule, did, now)}
        </li>
      ))}
      {own.length > MOST && <li>and {counted(own.length - MOST, "more rule", "more rules")} of this file</li>}
    </ul>
  );
}
