// Why an event was dropped, kept, tagged: what each rule said, and each piece of the open file's rules.
import type { EventDetail, Kind, Mark } from "../engine/types.ts";
import { document as opened, rangeOf } from "../state/document.ts";
import { explained, rules } from "../state/preview.ts";
import { current } from "../state/project.ts";
import { show } from "../state/show.ts";
import { RuleLink } from "./Detail.tsx";
import { nest, type Node, type Placed } from "./marks-tree.ts";
import { counted } from "./numbers.ts";
import { plain } from "../ui/plain.ts";

const KINDS: Record<Kind, string> = { filter: "filter", classify: "classification", alert: "alert" };

export function Why({ event }: { event: EventDetail }) {
  const acted = event.rules.filter((each) => each.acted);
  const reached = event.rules.filter((each) => each.reached && !each.acted);
  const others = event.rules.filter((each) => !each.reached && !each.acted);
  return (
    <>
      {event.undecidable.length > 0 && (
        <div class="ev-undecidable">
          <h4>Cannot be decided</h4>
          <ul>
            {event.undecidable.map(({ rule, test, why }, at) => (
              <li key={at}>
                <code>{test}</code> of <RuleLink rule={rule} />: {why}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Verdicts title="Rules that did something" verdicts={acted} nothing="No rule did anything to this event." />
      <OpenFile />
      {reached.length > 0 && <Verdicts title="Rules that looked at it" verdicts={reached} />}
      {others.length > 0 && (
        <details class="ev-more">
          <summary>{counted(others.length, "rule")} not reached</summary>
          <List verdicts={others} />
        </details>
      )}
    </>
  );
}

type Verdicts = EventDetail["rules"];

function Verdicts({ title, verdicts, nothing }: { title: string; verdicts: Verdicts; nothing?: string }) {
  return (
    <>
      <h4>{title}</h4>
      {verdicts.length ? <List verdicts={verdicts} /> : <p class="ev-help">{nothing}</p>}
    </>
  );
}

function List({ verdicts }: { verdicts: Verdicts }) {
  return (
    <ul class="ev-verdicts">
      {verdicts.map(({ rule, verdict, acted, reached }) => {
        const kind = rules.value[rule]?.kind;
        return (
          <li key={rule} class={acted ? `acted ${kind ?? ""}` : ""}>
            <span class="ev-sign" aria-hidden="true">
              {acted ? { filter: "✕", classify: "#", alert: "▲" }[kind ?? "filter"] : reached ? "✗" : "·"}
            </span>
            <span>
              <RuleLink rule={rule} /> <small>{kind ? KINDS[kind] : ""}</small>
              <br />
              {verdict}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** What each piece of the open file's rules said. */
function OpenFile() {
  const marks = explained.value?.marks ?? [];
  const doc = opened.value;
  if (!doc || doc.name !== current.value || !marks.length) return null;
  const placed = marks.flatMap((mark): Placed[] => {
    const range = rangeOf(mark);
    return mark.file === doc.name && range ? [{ ...range, mark }] : [];
  });
  if (!placed.length) return null;
  return (
    <>
      <h4>Piece by piece: {doc.name}</h4>
      <Tree nodes={nest(placed, doc.text)} />
    </>
  );
}

const SIGNS: Record<Mark["state"], string> = { true: "✓", false: "✗", unreached: "·" };
const WORDS: Record<Mark["state"], string> = { true: "true", false: "false", unreached: "not reached" };

function Tree({ nodes }: { nodes: Node[] }) {
  return (
    <ul class="ev-tree">
      {nodes.map(({ mark, text, inside }, at) => (
        <li key={at} class={mark.state}>
          <div class="ev-piece">
            <span class="ev-sign" aria-hidden="true">
              {SIGNS[mark.state]}
            </span>
            <span class="hidden-label">{WORDS[mark.state]}: </span>
            <button type="button" class="ev-link ev-code" onClick={() => void show(mark)}>
              {text}
            </button>
            {mark.seen.map(({ field, value }, seen) => (
              <span key={seen} class="ev-seen">
                {field}: {value === null ? <em>absent</em> : plain(value)}
              </span>
            ))}
            {mark.reason !== null && <span class="ev-seen">{mark.reason}</span>}
            {mark.hint !== null && <span class="ev-help">{mark.hint}</span>}
          </div>
          {inside.length > 0 && <Tree nodes={inside} />}
        </li>
      ))}
    </ul>
  );
}

/** Tags with the rules that set them, and their reasons. */
export function Tags({ event }: { event: EventDetail }) {
  if (!event.tags.length) return <p class="ev-help">{event.decision === "dropped" ? "A dropped event gets no tags." : "No rule tags this event."}</p>;
  return (
    <ul class="ev-verdicts">
      {event.tags.map(({ tag, kind, rule, because }, at) => {
        const index = rules.value.findIndex((each) => each.name === rule && each.kind === kind);
        return (
          <li key={at} class="acted classify">
            <span class="ev-sign" aria-hidden="true">
              #
            </span>
            <span>
              <strong>{tag}</strong> by {index >= 0 ? <RuleLink rule={index} /> : rule} <small>{KINDS[kind]}</small>
              {because.map((reason, each) => (
                <div key={each}>{reason}</div>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
