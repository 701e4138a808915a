// What cuts events away: a condition, switches, chips; and the same as one condition of the language, to copy or to make a rule of.
import { copy } from "../ui/copy.ts";
import { bytes, count, counted as counts } from "../preview/numbers.ts";
import { plain } from "../ui/plain.ts";
import { chipsOf, isCut, isSame, SUSPICIOUS, WHITELISTED } from "./link.ts";
import { labelOf } from "./list.ts";
import { makeRule } from "./MakeRule.tsx";
import { Search } from "./Search.tsx";
import { choose, clear, counted, eventNames, findings, isWrong, loadedOf, rule, state, turn } from "./state.ts";

export function Filters() {
  const now = state.value;
  const has = (term: typeof WHITELISTED): boolean => now.terms.some((each) => isSame(each, term));
  return (
    <section class="board-filters" aria-label="Which events">
      <Search
        label="Where: a condition of the rule language"
        placeholder={`Image ends with '.exe' and not CommandLine contains 'update'`}
        value={now.where}
        events={eventNames.value}
        findings={findings.value}
        onChange={(where) => choose({ where })}
      />
      <div class="board-switches" role="group" aria-label="Switches">
        <Switch label="Omit whitelisted" isOn={has(WHITELISTED)} onTurn={() => turn(WHITELISTED)} />
        <Switch label="Only suspicious" isOn={has(SUSPICIOUS)} onTurn={() => turn(SUSPICIOUS)} />
        {now.board.more.map(({ id, name, title }) => (
          <Switch
            key={id}
            label={`+ ${id} ${title}`}
            number={loadedOf([name])}
            isOn={now.additions.includes(id)}
            onTurn={() => choose({ additions: now.additions.includes(id) ? now.additions.filter((each) => each !== id) : [...now.additions, id] })}
          />
        ))}
        <Switch
          label="What would remain if this filter ran"
          isOn={now.rest}
          isOff={!isCut(now)}
          title={isCut(now) ? "The other events of this dashboard, with the counts before and after" : "Choose something first: without a filter everything remains"}
          onTurn={() => choose({ rest: !now.rest })}
        />
      </div>
      <Shown />
      {isCut(now) && <Condition />}
    </section>
  );
}

interface SwitchProps {
  label: string;
  isOn: boolean;
  isOff?: boolean;
  number?: number;
  title?: string;
  onTurn: () => void;
}

const Switch = ({ label, isOn, isOff = false, number, title, onTurn }: SwitchProps) => (
  <label class={isOn ? "board-switch on" : "board-switch"} {...(title === undefined ? {} : { title })}>
    <input type="checkbox" checked={isOn} disabled={isOff && !isOn} onChange={onTurn} />
    {label}
    {number !== undefined && <span class="boards-count">{count(number)}</span>}
  </label>
);

/** How many of how many, and what leaves the others out. */
function Shown() {
  const now = state.value;
  const result = counted.value;
  const chips = chipsOf(now, labelOf);
  const isHere = result?.board === now.board;
  return (
    <div class="board-shown">
      <span class="board-number">
        {isHere && result && (
          <>
            <strong>{count(result.answer.count)}</strong>
            {result.answer.count === result.answer.of ? ` ${result.answer.of === 1 ? "event" : "events"}` : ` of ${counts(result.answer.of, "event")}`}
            {` · ${bytes(result.answer.bytes)}`}
            {result.query.rest && " would remain"}
          </>
        )}
      </span>
      {chips.map((chip) => {
        // With an error in it, what is shown was counted without it.
        const label = `${plain(chip.label)}${isWrong.value && "where" in chip.without ? ", not counted yet" : ""}`;
        return (
          <span key={chip.title} class={chip.out ? "ev-chip board-chip out" : "ev-chip board-chip"} title={plain(chip.title.slice(0, 2_000))}>
            <span class="ev-chip-text">{label}</span>
            <button type="button" aria-label={`Remove: ${label}`} onClick={() => choose(chip.without)}>
              <span aria-hidden="true">✕</span>
            </button>
          </span>
        );
      })}
      {isHere && result.answer.count > 0 && (
        <button type="button" class="link board-jump" onClick={() => document.querySelector(".board-events")?.scrollIntoView({ behavior: "smooth" })}>
          To the events
        </button>
      )}
      {chips.length > 1 && (
        <button type="button" class="link" onClick={clear}>
          Clear filters
        </button>
      )}
    </div>
  );
}

function Condition() {
  const made = rule.value;
  const condition = made?.condition ?? null;
  return (
    <div class="board-condition">
      <pre tabIndex={0} aria-label="The selection as a condition">
        {isWrong.value ? "The condition above has an error, so there is no selection." : condition !== null ? plain(condition) : made === null ? "…" : "No condition of the language says this."}
      </pre>
      <div class="board-ways">
        <button type="button" disabled={condition === null || isWrong.value} onClick={() => void copy(condition ?? "", "Condition")}>
          Copy
        </button>
        <button type="button" class="primary" disabled={isWrong.value} onClick={() => void makeRule("filter")}>
          Make a filter…
        </button>
        <button type="button" disabled={isWrong.value} onClick={() => void makeRule("alert")}>
          Make an alert…
        </button>
      </div>
    </div>
  );
}
