// The process that is chosen in the tree: all that is known of it, and where to go from there.
import type { ComponentChildren } from "preact";
import { counted } from "../preview/numbers.ts";
import { Outside } from "../preview/Outside.tsx";
import { copy } from "../ui/copy.ts";
import { plain } from "../ui/plain.ts";
import { isDoor, isStart, nameOf } from "./forest.ts";
import { begin, choose, forest, hunted, shown, state, through } from "./state.ts";

const Row = ({ name, value, canCopy = false }: { name: string; value: string | null; canCopy?: boolean }) =>
  value === null || value === "" ? null : (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="hunt-value">{plain(value)}</span>
        {canCopy && (
          <button type="button" class="quiet hunt-copy" aria-label={`Copy ${name}`} title="Copy the value" onClick={() => void copy(value, name)}>
            <svg aria-hidden="true" width="13" height="13" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5">
              <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" />
              <path d="M3.5 10.5h-1a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h7a1 1 0 0 1 1 1v1" />
            </svg>
          </button>
        )}
      </dd>
    </div>
  );

const Way = ({ go, children, title }: { go: () => void; children: ComponentChildren; title?: string }) => (
  <button type="button" title={title} onClick={go}>
    {children}
  </button>
);

export function Process() {
  const { process: guid, request, terms, from } = state.value;
  const node = guid === null ? undefined : forest.value?.nodes.get(guid);
  if (!node) {
    return (
      <section class="hunt-side" aria-label="The chosen process">
        <p class="hunt-note">
          {guid === null
            ? "Choose a process: what is known of it stands here, and the charts and events below are its own."
            : "The process that the link names is not in this hunt."}
        </p>
      </section>
    );
  }
  const { process } = node;
  const round = hunted.value?.hunt.rounds.findIndex((found) => found.some((each) => each.guid === guid)) ?? -1;
  const led = round < 0 ? undefined : hunted.value?.hunt.rounds[round]?.find((each) => each.guid === guid);
  const leader = led && forest.value?.nodes.get(led.from)?.process;
  const { image } = process;
  // Threads and accesses from others: no events of its own, but about it.
  const isWhole = terms.length === 0 && from === null;
  const others = isWhole ? (shown.value?.count ?? 0) - process.events : 0;
  return (
    <section class="hunt-side" aria-label="The chosen process">
      <header>
        <h4>{plain(nameOf(process))}</h4>
        <button type="button" class="quiet" aria-label="Choose no process" title="Choose none (Esc)" onClick={() => choose({ process: null })}>
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      <p class="hunt-note">
        {isStart(process) ? "The hunt began here." : led ? `Found in round ${round + 1}${leader ? ` from ${plain(nameOf(leader))}` : ""}.` : ""}
        {process.stop !== null && ` Not gone through: ${process.stop}.`} {counted(process.events, "event")} of its own,{" "}
        {counted(process.suspicious, "suspicious", "suspicious")}; {counted(process.children, "child", "children")}.
        {others > 0 && ` Below also ${counted(others, "event")} of others that ${others === 1 ? "names" : "name"} it.`}
      </p>
      <Outside virustotal={process.virustotal} techniques={process.techniques} />
      <dl class="hunt-about">
        <Row name="ProcessGUID" value={process.guid} canCopy />
        <Row name="Image" value={image} canCopy />
        <Row name="CommandLine" value={process.command_line} canCopy />
        <Row name="CurrentDirectory" value={process.current_directory} />
        <Row name="User" value={process.user} />
        <Row name="Integrity" value={process.integrity} />
        <Row name="Computer" value={process.host} />
        <Row name="ProcessId" value={process.pid} />
        <Row name="Created" value={process.created} />
        <Row name="Ended" value={process.ended} />
        <Row name="First seen" value={process.created === null ? process.first_seen : null} />
        <Row name="Hashes" value={process.hashes} canCopy />
        <Row name="ParentImage" value={process.parent_image} />
        <Row name="ParentProcessGUID" value={process.parent} canCopy />
        <Row name="ParentCommandLine" value={process.parent_command_line} canCopy />
      </dl>
      <div class="board-ways">
        {isDoor(process) && <Way go={() => through(process.guid)}>Go through it</Way>}
        <Way go={() => begin({ start: [process.guid], met: [], where: "" })}>Hunt from this one</Way>
        {image !== null && process.stop === null && !request.stopAt.includes(image) && (
          <Way title={plain(image)} go={() => choose({ stopAt: [...request.stopAt, image] })}>
            Stop at this image
          </Way>
        )}
      </div>
    </section>
  );
}
