// A new rule out of an event: which fields it asks for, what it says, how many events it would meet.
//
// In: an event, fields that were chosen. Out: a new file of the project, opened in the editor. The engine writes the rule.
import { useEffect, useRef, useState } from "preact/hooks";
import { engine } from "../engine/client.ts";
import { type Draft, type DraftRequest, type EventDetail, isRefused, type Kind, type Refused } from "../engine/types.ts";
import { addRules } from "../files/actions.ts";
import { FOLDERS } from "../files/names.ts";
import { countOf, EVERYTHING } from "../state/preview.ts";
import { openDialog } from "../ui/Dialog.tsx";
import { toast } from "../ui/Toast.tsx";
import { presetFields } from "./columns.ts";
import { conditionOf } from "./condition.ts";
import { count, counted } from "./numbers.ts";
import { picked, total } from "./view.ts";
import { plain } from "../ui/plain.ts";

type What = DraftRequest["what"];
const KINDS: Record<What, Kind> = { filter: "filter", silence: "classify", alert: "alert" };
const TITLES: Record<What, string> = {
  filter: "Make a filter from this event",
  silence: "Silence alerts like this, keep the events",
  alert: "Make an alert from this event",
};
const ABOUT: Record<What, string> = {
  filter: "The agent drops events in which all of the chosen fields have these values.",
  silence: "Events in which all of the chosen fields have these values are tagged as whitelisted: they are kept, and raise no predefined alert.",
  alert: "Events in which all of the chosen fields have these values raise an alert.",
};

const PAUSE = 150;

/** Asks for the rule and adds it. */
export async function make(what: What, event: EventDetail): Promise<void> {
  const draft = await openDialog<Draft>(TITLES[what], (close) => <Make what={what} event={event} close={close} />, true);
  if (!draft) return;
  const name = await addRules(`${FOLDERS[KINDS[what]]}/${draft.file}.rule`, draft.text);
  picked.value = [];
  toast(`${name} added`);
}

interface Met {
  all: number | null;
  kept: number | null;
  alerted: number | null;
}

const said: Record<What, (met: Met) => string> = {
  filter: ({ kept }) => (kept === null ? "" : `; ${count(kept)} of them are kept now`),
  silence: ({ alerted }) => `; ${alerted === null ? "" : alerted === 0 ? "none of them alerts now" : `${counted(alerted, "event")} of them alert now`}`,
  alert: ({ alerted }) => `; ${alerted === null ? "" : `${count(alerted)} of them alert already`}`,
};
const VERBS: Record<What, string> = { filter: "Drops", silence: "Tags", alert: "Alerts on" };

function Make({ what, event, close }: { what: What; event: EventDetail; close: (draft: Draft | null) => void }) {
  const usable = event.fields.filter(({ type }) => type !== "map" && type !== "null");
  const names = usable.map(({ name }) => name);
  const preset = picked.value.filter((name) => names.includes(name));
  const [fields, setFields] = useState(preset.length ? preset : presetFields(event.event, names));
  const [draft, setDraft] = useState<Draft | Refused | null>(null);
  const [met, setMet] = useState<Met | null>(null);
  const [words, setWords] = useState("");
  const asked = useRef(0);
  useEffect(() => {
    const mine = ++asked.current;
    setMet(null);
    const timer = setTimeout(() => {
      void engine.draft({ index: event.index, what, fields }).then(async (answer) => {
        if (mine !== asked.current) return;
        setDraft(answer);
        const where = isRefused(answer) ? null : conditionOf(answer.text);
        if (where === null) return;
        const [all = null, kept = null, alerted = null] = await countOf([
          { ...EVERYTHING, where },
          { ...EVERYTHING, where, decision: "kept" },
          { ...EVERYTHING, where, decision: "alerted" },
        ]);
        if (mine === asked.current) setMet({ all, kept, alerted });
      });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [fields, what]);
  const turn = (name: string): void => setFields(fields.includes(name) ? fields.filter((other) => other !== name) : [...fields, name]);
  const own = usable.filter(({ path }) => /^winlog\.(event_data|user_data)\./.test(path));
  const sought = words.trim().toLowerCase();
  const fits = (list: typeof usable): typeof usable => list.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(sought));
  const others = fits(usable.filter((field) => !own.includes(field)));
  return (
    <form
      class="ev-make"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        void engine.draft({ index: event.index, what, fields }).then((answer) => (isRefused(answer) ? setDraft(answer) : close(answer)));
      }}
    >
      <p class="ev-make-about">{ABOUT[what]}</p>
      <div class="ev-make-parts">
        <fieldset>
          <legend>Fields</legend>
          <input type="search" aria-label="Find a field or a value" placeholder="Find a field" value={words} onInput={({ currentTarget }) => setWords(currentTarget.value)} />
          <div class="ev-make-fields">
            {fits(own).map(({ name, value }, at) => (
              <Choice key={at} name={name} value={value} isOn={fields.includes(name)} turn={() => turn(name)} />
            ))}
            {others.length > 0 && (
              <details open={sought !== "" || own.length === 0 || others.some(({ name }) => fields.includes(name))}>
                <summary>{counted(others.length, "more field", "more fields")}</summary>
                {others.map(({ name, value }, at) => (
                  <Choice key={at} name={name} value={value} isOn={fields.includes(name)} turn={() => turn(name)} />
                ))}
              </details>
            )}
          </div>
        </fieldset>
        <div class="ev-make-rule">
          <h3>The rule</h3>
          {draft && isRefused(draft) ? (
            <p class="ev-refused" role="status">
              {draft.error}
              {draft.help !== null && <span class="ev-help"> {draft.help}</span>}
            </p>
          ) : (
            <pre tabIndex={0} aria-label="The text of the rule">
              {plain(draft?.text ?? "")}
            </pre>
          )}
          <p class="ev-make-met" role="status">
            {met !== null && met.all !== null && (
              <>
                {VERBS[what]} <strong>{count(met.all)}</strong> of {counted(total.value, "loaded event")}
                {said[what](met)}.
              </>
            )}
          </p>
          {what === "filter" && met !== null && met.alerted !== null && met.alerted > 0 && (
            <p class="ev-make-ends" role="status">
              <strong>{counted(met.alerted, "alert")}</strong> would end: what the agent drops raises none. To keep the events and end the alerts, use Silence alerts.
            </p>
          )}
        </div>
      </div>
      <div class="dialog-ways">
        <button type="button" onClick={() => close(null)}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={!draft || isRefused(draft)}>
          Add rule
        </button>
      </div>
    </form>
  );
}

const SHORT = 140;

function Choice({ name, value, isOn, turn }: { name: string; value: string; isOn: boolean; turn: () => void }) {
  return (
    <label class="ev-choice">
      <input type="checkbox" checked={isOn} onChange={turn} />
      <span>
        <span class="ev-choice-name">{name}</span>
        <span class="ev-choice-value" title={plain(value.slice(0, 2000))}>
          {value === "" ? <em>empty</em> : plain(value.length > SHORT ? `${value.slice(0, SHORT)}…` : value)}
        </span>
      </span>
    </label>
  );
}
