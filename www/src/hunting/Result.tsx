// What a hunt found, but for its charts: the sum, the rounds, what to know, the query, and ways to hand it on.
import { useState } from "preact/hooks";
import { addRules } from "../files/actions.ts";
import { FOLDERS } from "../files/names.ts";
import { count, counted } from "../preview/numbers.ts";
import type { HuntDocument, HuntReached } from "../engine/hunting.ts";
import { showView } from "../state/link.ts";
import { copy } from "../ui/copy.ts";
import { openDialog } from "../ui/Dialog.tsx";
import { Menu } from "../ui/Menu.tsx";
import { plain } from "../ui/plain.ts";
import { toast } from "../ui/Toast.tsx";
import { save, saveAll, written } from "./exports.ts";
import { nameOf } from "./forest.ts";
import { choose, forest, hunted, through } from "./state.ts";
import { sentence } from "./words.ts";

export function Summary() {
  const now = hunted.value;
  if (!now) return null;
  const { hunt, notes } = now;
  return (
    <section class="hunt-sum" aria-label="The hunt">
      <div class="hunt-sum-head">
        <p>
          <strong>{counted(hunt.processes.length, "process", "processes")}</strong> in <strong>{counted(hunt.rounds.length, "round")}</strong>,{" "}
          <strong>{count(hunt.events)}</strong> of {counted(hunt.events_read, "event")}
          {hunt.stopped.length > 0 && `; not gone through: ${counted(hunt.stopped.length, "process", "processes")}`}
        </p>
        {hunt.events > 0 && (
          <div class="board-ways">
            <Exports />
          </div>
        )}
      </div>
      <Rounds hunt={hunt} />
      {notes.length > 0 && (
        <ul class="hunt-notes" aria-label="To know">
          {notes.map(({ text, through: doors }, at) => (
            <li key={at}>
              {sentence(plain(text))}{" "}
              {doors.map((guid) => (
                <button key={guid} type="button" onClick={() => through(guid)}>
                  Go through {plain(nameOf(forest.value?.nodes.get(guid)?.process ?? { image: null, guid }))}
                </button>
              ))}
            </li>
          ))}
        </ul>
      )}
      <Query query={hunt.query} />
    </section>
  );
}

/** Processes of a round that are named. */
const NAMES = 6;

const relation = ({ how, up }: HuntReached): string =>
  how === "created" ? (up ? "parent of" : "child of") : how === "thread" ? (up ? "created a thread in" : "got a thread from") : up ? "opened" : "was opened by";

function Rounds({ hunt }: { hunt: HuntDocument }) {
  const [isWhole, setWhole] = useState(false);
  const name = (guid: string): string => plain(nameOf(forest.value?.nodes.get(guid)?.process ?? { image: null, guid }));
  if (hunt.rounds.length === 0) return <p class="hunt-note">Nothing else was found.</p>;
  const shown = isWhole ? hunt.rounds : hunt.rounds.slice(0, 8);
  return (
    <>
      <ol class="hunt-rounds" aria-label="Rounds">
        {shown.map((round, at) => (
          <li key={at}>
            {round.slice(0, NAMES).map((reached, number) => (
              <span key={reached.guid}>
                {number > 0 && ", "}
                <button type="button" class="ev-link" title={reached.guid} onClick={() => choose({ process: reached.guid })}>
                  {name(reached.guid)}
                </button>{" "}
                <span class="hunt-when">
                  ({relation(reached)} {name(reached.from)}
                  {reached.stopped && ", not gone through"})
                </span>
              </span>
            ))}
            {round.length > NAMES && ` and ${count(round.length - NAMES)} more`}
          </li>
        ))}
      </ol>
      {!isWhole && hunt.rounds.length > shown.length && (
        <button type="button" class="ev-link" onClick={() => setWhole(true)}>
          {counted(hunt.rounds.length - shown.length, "more round")}
        </button>
      )}
    </>
  );
}

/** Characters of a query that are shown. */
const LONG = 20_000;

function Query({ query }: { query: string }) {
  const isCut = query.length > LONG;
  return (
    <div class="hunt-query">
      <h3>Query</h3>
      <pre tabIndex={0} aria-label="The query that chooses the events of the hunt">
        {plain(isCut ? query.slice(0, LONG) : query)}
        {isCut && "…"}
      </pre>
      <button type="button" onClick={() => void copy(query, "Query")}>
        Copy
      </button>
    </div>
  );
}

type Kind = "filter" | "alert";

async function make(kind: Kind): Promise<void> {
  const text = await written(kind);
  if (text === null) return;
  const isAdded = await openDialog<boolean>(
    kind === "filter" ? "Make a filter of this hunt" : "Make an alert of this hunt",
    (close) => (
      <form
        class="ev ev-make board-make"
        onSubmit={(event) => {
          event.preventDefault();
          close(true);
        }}
      >
        <p class="ev-make-about">
          {kind === "filter" ? "The agent drops the events of these processes, once they were found harmless." : "Whatever else these processes do raises an alert."}{" "}
          Fill in who answers for it.
        </p>
        <pre tabIndex={0} aria-label="The text of the rule">
          {plain(text)}
        </pre>
        <div class="dialog-ways">
          <button type="button" onClick={() => close(null)}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Add rule
          </button>
        </div>
      </form>
    ),
    true,
  );
  if (isAdded !== true) return;
  const name = await addRules(`${FOLDERS[kind]}/hunt.rule`, text);
  showView("rules");
  toast(`${name} added`);
}

const Exports = () => (
  <>
    <Menu
      fromRight
      label="Export the hunt"
      entries={() => [
        { label: "Report with pictures", hint: "zip", run: () => void saveAll() },
        { label: "Report", hint: "Markdown", run: () => void save("markdown") },
        { label: "All of it", hint: "JSON", run: () => void save("json") },
        { label: "Tree", hint: "text", run: () => void save("tree") },
        { label: "Picture", hint: "Mermaid", run: () => void save("mermaid") },
        { label: "Picture", hint: "DOT", run: () => void save("dot") },
        { label: "Rule", hint: "filter", run: () => void save("filter") },
        { label: "Rule", hint: "alert", run: () => void save("alert") },
      ]}
    >
      Export <span aria-hidden="true">▾</span>
    </Menu>
    <button type="button" onClick={() => void make("filter")}>
      Make a filter…
    </button>
    <button type="button" onClick={() => void make("alert")}>
      Make an alert…
    </button>
  </>
);
