// Why the chosen event is logged or not under the open configuration.
import type { ConfigSpot } from "../engine/configuration.ts";
import { configuration, rows, showPart, why } from "../state/configuration.ts";
import { chosen } from "../state/preview.ts";
import { show, tab } from "../state/show.ts";
import { plain } from "../ui/plain.ts";

const named = (name: string | null): string => (name === null ? "no name" : `“${plain(name)}”`);

/** What became of it, in one line. */
export function ConfigFate() {
  const row = rows.value?.[chosen.value ?? -1];
  if (row === undefined) return <p class="ev-fate">Nothing is decided.</p>;
  if (row === null) return <p class="ev-fate">No event of Sysmon: a configuration says nothing of it.</p>;
  return (
    <p class={`ev-fate ${row.logged ? "kept" : "dropped"}`}>
      <span aria-hidden="true">{row.logged ? "✓ " : "✕ "}</span>
      {row.logged ? `Logged under ${named(row.name)}` : "Not logged"}
    </p>
  );
}

export function ConfigWhy() {
  const now = why.value;
  const open = configuration.value;
  if (open && !open.taken) return <p class="ev-help">The configuration has errors; Sysmon would refuse it.</p>;
  if (!now) return <p class="ev-help">A configuration says nothing of this event.</p>;
  const { row, node, rule, filter, nameAt, recorded, nearest, missing } = now;
  return (
    <div class="config-why">
      <p>{now.why.charAt(0).toUpperCase() + now.why.slice(1)}.</p>
      {row.lost && <p class="ev-warn">The form that this event came in has lost a field that a rule asks for.</p>}
      <dl>
        <Spot what="Node" spot={node} />
        <Spot what="Rule" spot={rule} />
        <Spot what="Condition" spot={filter} />
        {row.logged && (
          <>
            <dt>RuleName</dt>
            <dd>
              {named(row.name)}
              {nameAt && <Places spot={nameAt} />}
              <br />
              <span class={row.agrees ? "config-same" : "config-other"}>
                {row.agrees ? "✓ The event has the same with it." : `≠ The event has ${recorded === null ? "none" : named(recorded)} with it.`}
              </span>
            </dd>
          </>
        )}
        {!row.logged && recorded !== null && (
          <>
            <dt>Recorded</dt>
            <dd>
              <span class="config-other">{named(recorded)}: another configuration logged it.</span>
            </dd>
          </>
        )}
      </dl>
      {nearest && (
        <>
          <h4>A Rule that it meets in part</h4>
          <dl>
            <Spot what="Rule" spot={nearest} />
            {missing.map((spot, at) => (
              <Spot key={at} what="But" spot={spot} />
            ))}
          </dl>
        </>
      )}
    </div>
  );
}

function Spot({ what, spot }: { what: string; spot: ConfigSpot | null }) {
  if (!spot) return null;
  return (
    <>
      <dt>{what}</dt>
      <dd>
        <code>{plain(spot.text)}</code>
        <Places spot={spot} />
        {spot.seen !== null && (
          <div class="config-seen">
            The event has <code>{plain(spot.seen)}</code>
          </div>
        )}
      </dd>
    </>
  );
}

/** To its block, and to its line. */
function Places({ spot: { block, range, text } }: { spot: ConfigSpot }) {
  const file = configuration.value?.name ?? "";
  const toText = (): void => {
    tab.value = "text";
    void show({ file, range, block: null, field: null });
  };
  return (
    <span class="config-places">
      {" "}
      {block !== null && (
        <button type="button" class="ev-link" aria-label={`Show the block of ${plain(text)}`} onClick={() => showPart(block)}>
          block
        </button>
      )}{" "}
      <button type="button" class="ev-link" aria-label={`Show line ${range.line} of the text`} onClick={toText}>
        line {range.line}
      </button>
    </span>
  );
}
