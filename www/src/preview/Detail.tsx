// The event that is chosen: what it is, what became of it and why, and rules that can be made of it.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { EventDetail } from "../engine/types.ts";
import { chosen, detail, rules, selected } from "../state/preview.ts";
import { manifest } from "../state/project.ts";
import { plain } from "../ui/plain.ts";
import { show } from "../state/show.ts";
import { announce } from "../ui/announce.tsx";
import { eventText } from "./columns.ts";
import { Fields, Stored } from "./Fields.tsx";
import { ConfigFate, ConfigWhy } from "../configuration/Why.tsx";
import { isOpen as isConfiguration } from "../state/configuration.ts";
import { canBegin, huntFrom } from "../hunting/begin.ts";
import { hasBegin, stateOf } from "../hunting/link.ts";
import { link, view } from "../state/link.ts";
import { make } from "./Make.tsx";
import { Message } from "./Message.tsx";
import { count } from "./numbers.ts";
import { OutsideOf } from "./Outside.tsx";
import { cursor, isShown, picked, step } from "./view.ts";
import { askWhitelist } from "./Whitelist.tsx";
import { Tags, Why } from "./Why.tsx";

type Tab = "fields" | "why" | "stored" | "tags" | "message";
const TABS: { name: Tab; label: string; body: ComponentType<{ event: EventDetail }> }[] = [
  { name: "fields", label: "Fields", body: Fields },
  { name: "why", label: "Why", body: Why },
  { name: "stored", label: "Stored", body: Stored },
  { name: "tags", label: "Tags", body: Tags },
  { name: "message", label: "Message", body: Message },
];
const tab = signal<Tab>("fields");

/** The events that one can go through from the chosen one. */
export interface Walk {
  line: number | null;
  count: number;
  step: (by: number) => Promise<void>;
  isShown: boolean;
}

const selectedWalk = (): Walk => ({ line: cursor.value, count: selected.value.count, step, isShown: isShown.value });

export function Detail({ close, walk }: { close: () => void; walk?: Walk }) {
  const event = detail.value;
  const isReady = event !== null && event.index === chosen.value;
  // Whoever goes from event to event by keyboard stays where the focus is.
  useEffect(() => {
    if (isReady) announce(`${event.title ?? `Event ${event.id ?? ""}`}, ${event.decision}`);
  }, [isReady, event?.index]);
  const { line, count: all, step: stepBy, isShown: isAmong } = walk ?? selectedWalk();
  return (
    <section class="ev-detail" aria-label="The chosen event" aria-busy={!isReady}>
      <header class="ev-detail-head">
        <div class="ev-detail-title">
          <h3>{event ? (event.title ?? (event.id === null ? "Event" : `Event ${event.id}`)) : "Event"}</h3>
          {event && <span class="ev-meta">{plain([eventText(event), event.host ?? "", event.time ?? ""].filter(Boolean).join(" · "))}</span>}
        </div>
        <div class="ev-steps">
          <button type="button" class="quiet" aria-label="Previous event" title="Previous event (k)" disabled={line === 0} onClick={() => void stepBy(-1)}>
            <span aria-hidden="true">↑</span>
          </button>
          <button type="button" class="quiet" aria-label="Next event" title="Next event (j)" disabled={line !== null && line >= all - 1} onClick={() => void stepBy(1)}>
            <span aria-hidden="true">↓</span>
          </button>
          <button type="button" class="quiet" aria-label="Close the event" title="Close (Esc)" onClick={close}>
            <span aria-hidden="true">✕</span>
          </button>
        </div>
      </header>
      {event ? (
        <>
          {!isAmong && <p class="ev-help ev-away">It is not among the events that are shown above.</p>}
          {isConfiguration.value ? <ConfigFate /> : <Fate event={event} />}
          <OutsideOf event={event} />
          <Ways event={event} />
          <Parts event={event} />
        </>
      ) : (
        <div class="ev-waiting" aria-hidden="true">
          {Array.from({ length: 5 }, (_, at) => (
            <span key={at} class="ev-skeleton" />
          ))}
        </div>
      )}
    </section>
  );
}

/** A rule's name, which opens its file. */
export function RuleLink({ rule }: { rule: number }) {
  const found = rules.value[rule];
  if (!found) return <span>a rule that is gone</span>;
  return (
    <button type="button" class="ev-link" title={found.place.file} onClick={() => void show(found.place)}>
      {found.name}
    </button>
  );
}

function Fate({ event }: { event: EventDetail }) {
  const alerts = event.rules.filter(({ rule, acted }) => acted && rules.value[rule]?.kind === "alert");
  if (event.decision === "dropped")
    return (
      <p class="ev-fate dropped">
        <span aria-hidden="true">✕ </span>Dropped{event.rule !== null && " by "}
        {event.rule !== null && <RuleLink rule={event.rule} />}
      </p>
    );
  if (event.decision === "damaged")
    return (
      <p class="ev-fate damaged">
        <span aria-hidden="true">! </span>Damaged: parts of it cannot be read, so it is kept as it is.
      </p>
    );
  return (
    <p class={`ev-fate ${alerts.length ? "alerted" : "kept"}`}>
      <span aria-hidden="true">{alerts.length ? "▲ " : "✓ "}</span>
      Kept
      {event.tags.length > 0 && `, tagged ${[...new Set(event.tags.map(({ tag }) => tag))].join(", ")}`}
      {alerts.length > 0 && ", alert by "}
      {alerts.map(({ rule }, at) => (
        <>
          {at > 0 && ", "}
          <RuleLink rule={rule} />
        </>
      ))}
    </p>
  );
}

function Ways({ event }: { event: EventDetail }) {
  const hasHash = event.fields.some(({ name, value }) => /^hash(es)?$/i.test(name) && value !== "" && value !== "-");
  const tables = hasHash ? manifest.value.tables.filter(({ hashes }) => hashes.length > 0) : [];
  const isNoise = event.decision === "kept" && !event.rules.some(({ rule, acted }) => acted && rules.value[rule]?.kind === "alert");
  const number = picked.value.length;
  return (
    <div class="ev-ways" role="group" aria-label="What to do with this event">
      <button type="button" class={isNoise ? "primary" : ""} onClick={() => void make("filter", event)}>
        Make a filter{number > 0 && ` of ${count(number)} ${number === 1 ? "field" : "fields"}`}…
      </button>
      <button type="button" title="Silence alerts like this, keep the events" onClick={() => void make("silence", event)}>
        Silence alerts…
      </button>
      <button type="button" onClick={() => void make("alert", event)}>
        Make an alert…
      </button>
      {tables.length > 0 && (
        <button type="button" title="Whitelist the hash of this event's file" onClick={() => askWhitelist(event, tables)}>
          Whitelist hash…
        </button>
      )}
      {canBegin(event.fields) && (
        <button type="button" title="Everything that has to do with the process that caused this event" onClick={() => void huntFrom([event.index])}>
          Hunt from here
        </button>
      )}
      {canBegin(event.fields) && view.value === "hunting" && hasBegin(stateOf(link.value)) && (
        <button type="button" title="Beside the processes that the hunt begins with already" onClick={() => void huntFrom([event.index], true)}>
          Add to the hunt
        </button>
      )}
    </div>
  );
}

function Parts({ event }: { event: EventDetail }) {
  const label = ({ name, label: text }: (typeof TABS)[number]): string =>
    name === "tags" ? `${text} ${count(event.tags.length)}` : name === "why" && event.undecidable.length ? `${text} ?` : text;
  const key = (pressed: KeyboardEvent): void => {
    const at = TABS.findIndex(({ name }) => name === tab.value);
    const by = pressed.key === "ArrowRight" ? 1 : pressed.key === "ArrowLeft" ? -1 : 0;
    const next = TABS[(at + by + TABS.length) % TABS.length];
    if (by === 0 || !next) return;
    pressed.preventDefault();
    pressed.stopPropagation();
    tab.value = next.name;
    document.getElementById(`ev-tab-${next.name}`)?.focus();
  };
  const own = TABS.find(({ name }) => name === tab.value)?.body ?? Fields;
  const Body = own === Why && isConfiguration.value ? ConfigWhy : own;
  return (
    <>
      <div class="ev-tabs" role="tablist" aria-label="About the event" onKeyDown={key}>
        {TABS.map((each) => (
          <button
            key={each.name}
            type="button"
            role="tab"
            id={`ev-tab-${each.name}`}
            aria-selected={tab.value === each.name}
            aria-controls="ev-panel"
            tabIndex={tab.value === each.name ? 0 : -1}
            onClick={() => (tab.value = each.name)}
          >
            {label(each)}
          </button>
        ))}
      </div>
      <div class="ev-panel" role="tabpanel" id="ev-panel" aria-labelledby={`ev-tab-${tab.value}`} tabIndex={0}>
        <Body event={event} />
      </div>
    </>
  );
}
