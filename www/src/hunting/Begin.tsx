// Where the hunt begins, and how far it goes.
//
// In: the link; what somebody pastes and types. Out: changes of the link. The engine reads GUIDs and says what is none.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Search } from "../boards/Search.tsx";
import { engine } from "../engine/client.ts";
import type { HuntGuids } from "../engine/hunting.ts";
import { plain } from "../ui/plain.ts";
import { nameOf } from "./forest.ts";
import { hasBegin, MOST_GUIDS } from "./link.ts";
import { begin, choose, findings, forest, state } from "./state.ts";

/** What is said of a text that stands before it. */
const ended = (text: string): string => (/[.…]$/.test(text) ? text : `${text}.`);

/** Processes to begin with that are listed one by one. */
const CHIPS = 12;

export function Begin() {
  const { request, where } = state.value;
  const all = [...new Set([...request.start, ...request.met])];
  return (
    <section class="hunt-begin" aria-label="Where the hunt begins">
      <Paste />
      <Search
        label="Condition: begin with the processes that caused such events"
        placeholder="or a condition: RuleName contains 'Credential Dumping'"
        value={where}
        events={[]}
        findings={findings.value}
        whenWrong="What the last hunt found stays until then."
        onChange={(text) => begin({ where: text })}
      />
      {all.length > 0 && (
        <ul class="hunt-chips" aria-label="The hunt begins with">
          {all.slice(0, CHIPS).map((guid) => (
            <Chip key={guid} guid={guid} />
          ))}
          {all.length > CHIPS && <li class="hunt-note">and {all.length - CHIPS} more</li>}
          {where.trim() !== "" && <li class="hunt-note">and the processes that caused events which meet the condition</li>}
        </ul>
      )}
      <Options />
    </section>
  );
}

function Paste() {
  const text = useRef<HTMLTextAreaElement>(null);
  const [found, setFound] = useState<HuntGuids | null>(null);
  const id = useId();
  const submit = async (isMore: boolean): Promise<void> => {
    const answer = await engine.huntGuids(text.current?.value ?? "");
    setFound(answer);
    if (answer.guids.length === 0) return text.current?.focus();
    const { request, where } = state.peek();
    const start = [...new Set([...(isMore ? request.start : []), ...answer.guids])].slice(0, MOST_GUIDS);
    begin(isMore ? { start } : { start, met: [], where: "", through: request.through.filter(() => where === "") });
    if (text.current && answer.faults.length === 0) text.current.value = "";
  };
  const isNone = found !== null && found.guids.length === 0;
  return (
    <form
      class="hunt-paste"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(false);
      }}
    >
      <label for={id}>ProcessGUIDs</label>
      <textarea
        ref={text}
        id={id}
        rows={1}
        spellcheck={false}
        placeholder="Paste one or more, with or without braces, or a query that names them"
        aria-describedby={`${id}-faults`}
        aria-invalid={isNone}
        onInput={() => setFound(null)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey) return;
          event.preventDefault();
          void submit(false);
        }}
      />
      <button type="submit" class="primary">
        Hunt
      </button>
      {hasBegin(state.value) && (
        <button type="button" title="Beside those that the hunt begins with already" onClick={() => void submit(true)}>
          Add
        </button>
      )}
      <ul class="hunt-faults" id={`${id}-faults`} role={found && found.faults.length > 0 ? "alert" : undefined}>
        {isNone && found.faults.length === 0 && <li>There is no GUID in it.</li>}
        {found?.faults.map(({ text: word, why }, at) => (
          <li key={at}>
            <code>{plain(word)}</code> {ended(why)}
          </li>
        ))}
        {found !== null && found.moreFaults > 0 && <li>And {found.moreFaults} more that are none.</li>}
      </ul>
    </form>
  );
}

function Chip({ guid }: { guid: string }) {
  const { request } = state.value;
  const known = forest.value?.nodes.get(guid)?.process;
  const name = known?.image ? plain(nameOf(known)) : null;
  return (
    <li class="ev-chip board-chip">
      <span class="ev-chip-text" title={guid}>
        {name !== null && <strong>{name} </strong>}
        <code>{guid}</code>
      </span>
      <button
        type="button"
        aria-label={`Do not begin with ${name ?? ""} ${guid}`}
        onClick={() => begin({ start: request.start.filter((each) => each !== guid), met: request.met.filter((each) => each !== guid) })}
      >
        <span aria-hidden="true">✕</span>
      </button>
    </li>
  );
}

const DEPTH = "A whole number from 1 to 99999, or nothing for all rounds.";

function Options() {
  const { request } = state.value;
  const { access, maxDepth, stopAt, through } = request;
  const path = useRef<HTMLInputElement>(null);
  const id = useId();
  /** What was typed and is no number of rounds. */
  const [wrong, setWrong] = useState<string | null>(null);
  // Back, or a link: it is not there any more.
  useEffect(() => setWrong(null), [maxDepth]);
  const isAny = stopAt.length + through.length > 0 || access || maxDepth !== null;
  const [isOpen, setOpen] = useState(isAny);
  // What a link or another part of the page chose is seen; what somebody closes stays closed.
  useEffect(() => {
    if (isAny) setOpen(true);
  }, [isAny]);
  return (
    <details class="hunt-options" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>How far</summary>
      <div class="hunt-options-room">
        <label class="board-switch">
          <input type="checkbox" checked={access} onChange={({ currentTarget }) => choose({ access: currentTarget.checked })} />
          Also over process accesses that let in (write memory, create threads)
        </label>
        <label>
          Rounds at most{" "}
          <input
            type="number"
            min={1}
            max={99999}
            class="hunt-depth"
            placeholder="all"
            value={wrong ?? maxDepth ?? ""}
            aria-invalid={wrong !== null}
            aria-describedby={`${id}-depth`}
            onChange={({ currentTarget: { value, validity } }) => {
              const text = value.trim();
              const isNumber = /^[1-9]\d{0,4}$/.test(text);
              const isAll = text === "" && !validity.badInput;
              setWrong(isNumber || isAll ? null : text);
              if (isNumber || isAll) choose({ maxDepth: isAll ? null : Number(text) });
            }}
          />
          <span class="hunt-depth-fault" id={`${id}-depth`} role={wrong === null ? undefined : "alert"}>
            {wrong !== null && DEPTH}
          </span>
        </label>
        <form
          class="hunt-stop"
          onSubmit={(event) => {
            event.preventDefault();
            const text = path.current?.value.trim() ?? "";
            if (text !== "" && !stopAt.includes(text)) choose({ stopAt: [...stopAt, text] });
            if (path.current) path.current.value = "";
          }}
        >
          <label for={id}>Stop at</label>
          <input id={id} ref={path} type="text" spellcheck={false} placeholder="C:\Tools\agent.exe" />
          <button type="submit">Add</button>
        </form>
        {stopAt.length + through.length > 0 && (
          <ul class="hunt-chips" aria-label="Stops at, and goes through">
            {stopAt.map((each) => (
              <li key={`stop ${each}`} class="ev-chip board-chip out">
                <span class="ev-chip-text">stop at {plain(each)}</span>
                <button type="button" aria-label={`Do not stop at ${plain(each)}`} onClick={() => choose({ stopAt: stopAt.filter((other) => other !== each) })}>
                  <span aria-hidden="true">✕</span>
                </button>
              </li>
            ))}
            {through.map((each) => (
              <li key={`through ${each}`} class="ev-chip board-chip">
                <span class="ev-chip-text">through {plain(each)}</span>
                <button type="button" aria-label={`Do not go through ${plain(each)}`} onClick={() => choose({ through: through.filter((other) => other !== each) })}>
                  <span aria-hidden="true">✕</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}
