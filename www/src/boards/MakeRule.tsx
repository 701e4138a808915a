// A new rule out of a selection: its text, and how many events it would meet, before it is added.
//
// In: the selection. Out: a new file of the project, opened in the rules' view. The engine writes the rule, or says why it cannot be one.
import { useEffect, useState } from "preact/hooks";
import type { BoardQuery } from "../engine/board.ts";
import { engine } from "../engine/client.ts";
import { type Draft, isRefused, type Refused } from "../engine/types.ts";
import { addRules } from "../files/actions.ts";
import { FOLDERS } from "../files/names.ts";
import { conditionOf } from "../preview/condition.ts";
import { count, counted } from "../preview/numbers.ts";
import { total } from "../preview/view.ts";
import { countOf, EVERYTHING } from "../state/preview.ts";
import { openDialog } from "../ui/Dialog.tsx";
import { plain } from "../ui/plain.ts";
import { toast } from "../ui/Toast.tsx";
import { agentQuery } from "./agent.ts";
import { queryOf } from "./link.ts";
import { state } from "./state.ts";

export type What = "filter" | "alert";

const TITLES: Record<What, string> = { filter: "Make a filter from this selection", alert: "Make an alert from this selection" };
const ABOUT: Record<What, string> = {
  filter: "The agent drops these events before they are sent.",
  alert: "Events like these raise an alert.",
};

/** Shows the rule of what is chosen on the dashboard, and adds it. */
export const makeRule = (what: What): Promise<void> => makeRuleOf(what, queryOf(state.peek(), false));

/** The same of any query. Its span of time is left out: a rule is for events to come. */
export async function makeRuleOf(what: What, query: BoardQuery): Promise<void> {
  const timeless = { ...query, from: null, to: null };
  const hadTime = query.from !== null || query.to !== null;
  const draft = await openDialog<Draft>(TITLES[what], (close) => <Make what={what} query={timeless} hadTime={hadTime} close={close} />, true);
  if (!draft) return;
  const name = await addRules(`${FOLDERS[what]}/${draft.file}.rule`, draft.text);
  toast(`${name} added`);
}

interface Met {
  all: number | null;
  kept: number | null;
  alerted: number | null;
}

const NO_CONDITION: Refused = { error: "There is no condition in this selection.", help: "Choose a value or type a condition first." };

function Make({ what, query, hadTime, close }: { what: What; query: BoardQuery; hadTime: boolean; close: (draft: Draft | null) => void }) {
  const [draft, setDraft] = useState<Draft | Refused | null>(null);
  const [met, setMet] = useState<Met | null>(null);
  useEffect(() => {
    let isGone = false;
    const look = async (): Promise<void> => {
      const asked = what === "filter" ? agentQuery(query, await engine.fields(query.events)) : query;
      const made = isRefused(asked) ? asked : ((await engine.boardRule(asked))[what] ?? NO_CONDITION);
      if (isGone) return;
      setDraft(made);
      const where = isRefused(made) ? null : conditionOf(made.text);
      if (where === null) return;
      const [all = null, kept = null, alerted = null] = await countOf([
        { ...EVERYTHING, where },
        { ...EVERYTHING, where, decision: "kept" },
        { ...EVERYTHING, where, decision: "alerted" },
      ]);
      if (!isGone) setMet({ all, kept, alerted });
    };
    look().catch((error: unknown) => !isGone && setDraft({ error: error instanceof Error ? error.message : String(error), help: null }));
    return () => {
      isGone = true;
    };
  }, []);
  const isReady = draft !== null && !isRefused(draft);
  return (
    <form
      class="ev ev-make board-make"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (isReady) close(draft);
      }}
    >
      <p class="ev-make-about">
        {ABOUT[what]}
        {hadTime && " The span of time is left out: a rule is for events to come."}
      </p>
      {draft === null ? (
        <p role="status">…</p>
      ) : isRefused(draft) ? (
        <p class="ev-refused" role="status">
          {draft.error}
          {draft.help !== null && <span class="ev-help"> {draft.help}</span>}
        </p>
      ) : (
        <pre tabIndex={0} aria-label="The text of the rule">
          {plain(draft.text)}
        </pre>
      )}
      <p class="ev-make-met" role="status">
        {met !== null && met.all !== null && (
          <>
            {what === "filter" ? "Drops" : "Alerts on"} <strong>{count(met.all)}</strong> of {counted(total.value, "loaded event")}
            {what === "filter" && met.kept !== null && `; ${count(met.kept)} of them are kept now`}
            {what === "alert" && met.alerted !== null && `; ${count(met.alerted)} of them alert already`}.
          </>
        )}
      </p>
      {what === "filter" && met !== null && (met.alerted ?? 0) > 0 && (
        <p class="ev-make-ends" role="status">
          <strong>{counted(met.alerted ?? 0, "alert")}</strong> would end: what the agent drops raises none.
        </p>
      )}
      <div class="dialog-ways">
        <button type="button" onClick={() => close(null)}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={!isReady}>
          Add rule
        </button>
      </div>
    </form>
  );
}
