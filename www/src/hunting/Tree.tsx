// The processes of the hunt as a tree: under each what it did and what it started.
//
// In: the forest; what is unfolded. Out: the process that is chosen, doors that are gone through. Keyboard: one stop; up and down move, right
// unfolds and goes down, left folds and goes up, letters jump, Enter chooses. Values come from endpoints: shown plainly, cut.
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { count, counted } from "../preview/numbers.ts";
import { plain } from "../ui/plain.ts";
import { crossWords, isStart, nameOf, rowsOf, type TreeRow } from "./forest.ts";
import { choose, folds, forest, state, through } from "./state.ts";
import { sinceText, timeText } from "./words.ts";

const LONG = 300;
const cut = (text: string, most = LONG): string => plain(text.length > most ? `${text.slice(0, most)}…` : text);
/** Levels that are indented. */
const DEEP = 24;

const KINDS: Record<string, string> = {
  files: "Files",
  registry: "Registry",
  connections: "Connections",
  names: "Names asked for",
  pipes: "Pipes",
  images: "Images loaded",
  other: "Other",
};

export function Tree() {
  const trees = forest.value;
  const folded = folds.value;
  const made = useMemo(() => (trees ? rowsOf(trees, folded) : { rows: [], left: 0 }), [trees, folded]);
  const { rows, left } = made;
  const root = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const typed = useRef({ text: "", at: 0 });
  const id = useId();
  const { process } = state.value;
  const line = rows.findIndex((row) => row.id === cursor);

  useEffect(() => {
    if (line >= 0) root.current?.querySelector(`[data-line="${line}"]`)?.scrollIntoView({ block: "nearest" });
  }, [cursor]);

  const fold = (row: TreeRow, isOpen: boolean): void => {
    folds.value = { ...folded, open: new Map(folded.open).set(row.id, isOpen) };
  };
  const act = (row: TreeRow): void => {
    const { item } = row;
    if (item.is === "process") choose({ process: process === item.node.process.guid ? null : item.node.process.guid });
    else if (item.is === "through") through(item.node.process.guid);
    else if (item.is === "more") {
      const owner = row.id.slice(0, -1);
      folds.value = { ...folded, more: new Map(folded.more).set(owner, (folded.more.get(owner) ?? 0) + 1) };
    } else if (item.is === "cross") {
      const other = item.cross.from === item.node.process.guid ? item.cross.to : item.cross.from;
      if (trees?.nodes.has(other)) choose({ process: other });
    } else if (row.isOpen !== null) fold(row, !row.isOpen);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.target !== root.current || event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return;
    const row = rows[line];
    const to = (at: number): void => setCursor(rows[Math.min(Math.max(at, 0), rows.length - 1)]?.id ?? null);
    const up = (): void => {
      for (let at = line - 1; at >= 0; at--) if ((rows[at]?.level ?? 0) < (row?.level ?? 0)) return to(at);
    };
    if (event.key === "ArrowDown") to(line + 1);
    else if (event.key === "ArrowUp") to(line < 0 ? 0 : line - 1);
    else if (event.key === "Home") to(0);
    else if (event.key === "End") to(rows.length - 1);
    else if (event.key === "PageDown") to(line + 12);
    else if (event.key === "PageUp") to(line - 12);
    else if (event.key === "ArrowRight" && row) {
      if (row.isOpen === false) fold(row, true);
      else if (row.item.is === "through") act(row);
      else if (row.isOpen === true) to(line + 1);
    } else if (event.key === "ArrowLeft" && row) {
      if (row.isOpen === true) fold(row, false);
      else up();
    } else if ((event.key === "Enter" || event.key === " ") && row) act(row);
    else if (event.key === "Escape" && process !== null) choose({ process: null });
    else if (event.key.length === 1 && event.key !== " ") {
      const now = performance.now();
      typed.current = { text: (now - typed.current.at < 700 ? typed.current.text : "") + event.key.toLowerCase(), at: now };
      const { text } = typed.current;
      const from = text.length > 1 ? line : line + 1;
      const order = [...rows.slice(Math.max(from, 0)), ...rows.slice(0, Math.max(from, 0))];
      const found = order.find(({ item }) => item.is === "process" && nameOf(item.node.process).toLowerCase().startsWith(text));
      if (found) setCursor(found.id);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="hunt-tree-room">
      <div
        ref={root}
        class="hunt-tree"
        role="tree"
        aria-label="Processes of the hunt"
        tabIndex={0}
        {...(line >= 0 ? { "aria-activedescendant": `${id}-${line}` } : {})}
        onKeyDown={key}
        onFocus={() => cursor === null && setCursor(process ?? rows[0]?.id ?? null)}
      >
        {rows.map((row, at) => (
          <Line
            key={row.id}
            row={row}
            id={`${id}-${at}`}
            line={at}
            isActive={at === line}
            isChosen={row.item.is === "process" && row.item.node.process.guid === process}
            onFold={() => row.isOpen !== null && fold(row, !row.isOpen)}
            onAct={() => {
              setCursor(row.id);
              act(row);
            }}
          />
        ))}
      </div>
      {left > 0 && (
        <button type="button" class="hunt-left" onClick={() => (folds.value = { ...folded, most: folded.most + 1_000 })}>
          {count(left)} more lines: show {count(Math.min(left, 1_000))}
        </button>
      )}
    </div>
  );
}

interface LineProps {
  row: TreeRow;
  id: string;
  line: number;
  isActive: boolean;
  isChosen: boolean;
  onFold: () => void;
  onAct: () => void;
}

function Line({ row, id, line, isActive, isChosen, onFold, onAct }: LineProps) {
  const { item, level, at, of, isOpen } = row;
  const isDoor = item.is === "through";
  return (
    <div
      id={id}
      class={`hunt-line ${item.is} ${isActive ? "active" : ""} ${isChosen ? "chosen" : ""}`}
      role="treeitem"
      data-line={line}
      aria-level={level}
      aria-posinset={at}
      aria-setsize={of}
      aria-selected={isChosen}
      {...(isOpen === null ? (isDoor ? { "aria-expanded": false } : {}) : { "aria-expanded": isOpen })}
      style={{ "--level": String(Math.min(level, DEEP) - 1) }}
      onClick={onAct}
    >
      <span
        class="hunt-fold"
        aria-hidden="true"
        onClick={(event) => {
          if (isOpen === null) return;
          event.stopPropagation();
          onFold();
        }}
      >
        {isOpen === null ? (isDoor ? "▸" : "") : isOpen ? "▾" : "▸"}
      </span>
      <Words row={row} />
    </div>
  );
}

const Badge = ({ look = "", title, children }: { look?: string; title?: string; children: ComponentChildren }) => (
  <span class={`hunt-badge ${look}`} title={title}>
    {children}
  </span>
);

function Words({ row }: { row: TreeRow }) {
  const { item } = row;
  switch (item.is) {
    case "process": {
      const { process, cross } = item.node;
      const name = nameOf(process);
      const folder = process.image?.endsWith(name) ? process.image.slice(0, -name.length) : "";
      const entered = cross.filter(({ to, from, how }) => to === process.guid && from !== to && (how === "thread" || how === "access"));
      const [first] = entered;
      return (
        <span class="hunt-words">
          <span class="hunt-process">
            <span class="hunt-name" title={plain(process.image ?? process.guid)}>
              <span class="hunt-when">{cut(folder, 120)}</span>
              <strong>{cut(name, 80)}</strong>
            </span>
            {isStart(process) && <Badge look="start">began here</Badge>}
            {process.stop !== null && <Badge look="stop" title={process.stop}>not gone through</Badge>}
            {first && process.stop === null && (
              <Badge look="bad" title={plain(`${crossWords(first)} from ${first.from_image ?? first.from}`)}>
                {first.how === "thread" ? "thread" : "access"} from {cut(nameOf({ image: first.from_image, guid: first.from }), 40)}
                {entered.length > 1 && ` +${entered.length - 1}`}
              </Badge>
            )}
            {process.code_put_in && <Badge look="bad">code put in</Badge>}
            {process.suspicious > 0 && <Badge look="suspicious">{counted(process.suspicious, "suspicious", "suspicious")}</Badge>}
            {process.techniques.slice(0, 4).map(({ id }) => (
              <Badge key={id}>{plain(id)}</Badge>
            ))}
            {process.techniques.length > 4 && <Badge>+{process.techniques.length - 4}</Badge>}
            <span class="hunt-when">
              <time title={plain(process.created ?? process.first_seen ?? "")}>{plain(sinceText(process))}</time>
              {process.ended !== null && <> to {plain(timeText(process.ended))}</>}
              {process.user !== null && <> · {cut(process.user, 60)}</>}
              {process.pid !== null && <> · pid {cut(process.pid, 12)}</>}
            </span>
          </span>
          {process.command_line !== null && <code class="hunt-command">{cut(process.command_line)}</code>}
        </span>
      );
    }
    case "things": {
      const { kind, things, beyond } = item.things;
      const sum = things.reduce((all, each) => all + each.count, beyond);
      return (
        <span class="hunt-words">
          <span class="hunt-kind">{KINDS[kind] ?? kind}</span> {count(things.length)}
          {beyond > 0 && "+"} <span class="hunt-when">{counted(sum, "event")}</span>
        </span>
      );
    }
    case "thing": {
      const { event, what, count: number, first } = item.thing;
      return (
        <span class="hunt-words">
          <span class="hunt-when">{plain(timeText(first))}</span> {plain(event.replaceAll("_", " "))} <code>{what === "" ? "(empty)" : cut(what)}</code>
          {number > 1 && <span class="hunt-when"> {count(number)} times</span>}
        </span>
      );
    }
    case "crosses":
      return (
        <span class="hunt-words">
          <span class="hunt-kind">Threads and accesses</span> {count(item.node.cross.length)}
        </span>
      );
    case "cross": {
      const { cross, node } = item;
      const isFrom = cross.from === node.process.guid;
      const other = isFrom ? { image: cross.to_image, guid: cross.to } : { image: cross.from_image, guid: cross.from };
      return (
        <span class={`hunt-words how-${cross.how}`}>
          <span class="hunt-when">{plain(timeText(cross.first))}</span> {plain(crossWords(cross))} {isFrom ? "→ to" : "← from"} <strong>{cut(nameOf(other), 80)}</strong>{" "}
          <code>{other.guid}</code>
          {cross.count > 1 && <span class="hunt-when"> {count(cross.count)} times</span>}
        </span>
      );
    }
    case "more":
      return (
        <span class="hunt-words hunt-more">
          {count(item.count)} more {item.what}
        </span>
      );
    case "beyond":
      return <span class="hunt-words">and {counted(item.count, "event")} about others</span>;
    case "through": {
      const { process } = item.node;
      return (
        <span class="hunt-words hunt-door">
          {process.code_put_in ? "Code of the hunt may run here. " : ""}
          {process.children_not_shown > 0 && `${counted(process.children_not_shown, "child", "children")} not shown. `}
          <span class="hunt-go">Go through {cut(nameOf(process), 60)}</span>
        </span>
      );
    }
  }
}
