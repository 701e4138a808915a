// The files of the project, each with what its rules do.
//
// In: files, rules, decisions. Out: another file is opened; files are made, renamed, doubled, deleted. Arrow keys move
// between files; F2 renames, Delete deletes.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Kind } from "../engine/types.ts";
import { duplicate, erase, newRule, rename, taken } from "../files/actions.ts";
import { editFile } from "../files/EditFile.tsx";
import { baseOf, faultOfName } from "../files/names.ts";
import { saveFile } from "../files/save.ts";
import { isOpen as isConfiguration } from "../state/configuration.ts";
import { current, isSigma, testsOf } from "../state/project.ts";
import { pane, tab } from "../state/show.ts";
import { askFor } from "../ui/Dialog.tsx";
import { Menu } from "../ui/Menu.tsx";
import { did as configurationDid, NodeList } from "../configuration/NodeList.tsx";
import { cut } from "./cut.ts";
import { did, type Folder, folders, type Row } from "./rows.ts";
import "./rules.css";

const sought = signal("");
/** The row that the Tab key reaches. */
const reached = signal<string | null>(null);

/** So many files are listed at once: of thousands nobody looks for one with the eyes. */
const MOST = 300;
const most = signal(MOST);
const NUMBER = new Intl.NumberFormat("en-US");

const count = (all: readonly Folder[]): number => all.reduce((sum, { rows }) => sum + rows.length, 0);

const KINDS: { kind: Kind; label: string; hint: string; title: string }[] = [
  { kind: "filter", label: "Filter", hint: "drops events", title: "New filter" },
  { kind: "classify", label: "Classification", hint: "tags events", title: "New classification" },
  { kind: "alert", label: "Alert", hint: "tells somebody", title: "New alert" },
];
const SIGNS: Record<Kind, string> = { filter: "F", classify: "C", alert: "A" };
const KIND_WORDS: Record<Kind, string> = { filter: "filter", classify: "classification", alert: "alert" };

async function make(kind: Kind, title: string): Promise<void> {
  const name = await askFor(title, "Name of the rule", title, "Make it", (text) => (text === "" ? "Give it a name." : null));
  if (name !== null) await newRule(kind, name);
}

export async function askRename(name: string): Promise<void> {
  const other = (text: string): boolean => text !== name && taken(text);
  const wanted = await askFor("Rename file", "Path in the project", name, "Rename", (text) =>
    isSigma(text) === isSigma(name) ? faultOfName(text, other) : "Keep its ending: rules of Sigma end in .yml or .yaml, and no others do. Save as keeps it in another form.",
  );
  if (wanted === null) return;
  await rename(name, wanted);
  reached.value = wanted;
  // The row of the old name is gone, and the focus with it.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-name="${CSS.escape(wanted)}"]`)?.focus());
}

function open({ name, kind }: Row): void {
  reached.value = name;
  if (kind === "rules" || kind === "sysmon") {
    current.value = name;
    pane.value = "editor";
  } else if (kind === "tests") {
    const rule = folders.value.flatMap(({ rows }) => rows).find((row) => row.kind === "rules" && testsOf(row.name) === name);
    if (!rule) return void editFile(name);
    current.value = rule.name;
    tab.value = "tests";
    pane.value = "editor";
  } else void editFile(name);
}

/** Brings the file that is open into view. `scrollIntoView` would also move the place from which Tab goes on. */
function show(list: HTMLElement | null): void {
  const row = list?.querySelector('[aria-current="true"]');
  if (!list || !row) return;
  const [own, all] = [row.getBoundingClientRect(), list.getBoundingClientRect()];
  // What is in a configuration stands below its row.
  if (isConfiguration.peek()) list.scrollTop += own.top - all.top - 4;
  else if (own.top < all.top) list.scrollTop += own.top - all.top;
  else if (own.bottom > all.bottom) list.scrollTop += own.bottom - all.bottom;
}

export function RuleList() {
  const list = useRef<HTMLDivElement>(null);
  const name = current.value;
  useEffect(() => show(list.current), [name]);
  const words = sought.value.toLowerCase();
  const fits = ({ name, kind, title, rules }: Row): boolean =>
    (kind === "sysmon" && name === current.value) || [name, title, ...rules.map((rule) => rule.name)].some((text) => text.toLowerCase().includes(words));
  const found = folders.value.map(({ name, rows }) => ({ name, rows: rows.filter(fits) }));
  const shown = cut(found, most.value, current.value).filter(({ rows }) => rows.length > 0);
  const left = count(found) - count(shown);
  const rows = shown.flatMap((folder) => folder.rows);
  const tabbed = rows.find(({ name }) => name === (reached.value ?? current.value))?.name ?? rows[0]?.name;
  const key = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>(".rule-open") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const name = all[at]?.dataset["name"];
    if (at < 0 || name === undefined) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      const next = all[Math.min(Math.max(to, 0), all.length - 1)];
      reached.value = next?.dataset["name"] ?? null;
      next?.focus();
    } else if (event.key === "F2") void askRename(name);
    else if (event.key === "Delete") {
      (all[at + 1] ?? all[at - 1])?.focus();
      void erase(name);
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <div class="rules-bar">
        <input
          type="search"
          placeholder={isConfiguration.value ? "Find a value" : "Find a rule"}
          aria-label={isConfiguration.value ? "Find a rule or a value" : "Find a rule"}
          value={sought.value}
          onInput={(event) => (sought.value = event.currentTarget.value)}
        />
        <Menu
          class="primary"
          fromRight
          entries={() => KINDS.map(({ kind, label, hint, title }) => ({ label, hint, run: () => void make(kind, title) }))}
        >
          New
        </Menu>
      </div>
      <div class="rules-list" ref={list} onKeyDown={key}>
        {shown.map(({ name, rows: own }) => (
          <div key={name} role="group" aria-label={name || "project"}>
            <h2>{name || "project"}</h2>
            <ul>
              {own.map((row) => (
                <File key={row.name} row={row} isReached={row.name === tabbed} />
              ))}
            </ul>
          </div>
        ))}
        {left > 0 && (
          <p class="rules-left">
            {NUMBER.format(left)} more files. Find one by its words above, or{" "}
            <button type="button" class="link" onClick={() => (most.value += MOST)}>
              list {NUMBER.format(Math.min(MOST, left))} more
            </button>
            .
          </p>
        )}
        {!rows.length && (
          <p class="empty">
            {words ? "No rule has these words." : "No rules yet. Make one with New, or choose an example in the menu File."}
          </p>
        )}
      </div>
    </>
  );
}

function File({ row, isReached }: { row: Row; isReached: boolean }) {
  const { name, kind, title, rules, dirty, errors } = row;
  const isCurrent = name === current.value;
  const [first] = rules;
  return (
    <li class={isCurrent ? "rule current" : "rule"}>
      <button
        type="button"
        class="rule-open quiet"
        data-name={name}
        title={name}
        aria-current={isCurrent}
        tabIndex={isReached ? 0 : -1}
        onClick={() => open(row)}
      >
        <span class={`rule-kind ${first?.kind ?? kind}`} aria-hidden="true">
          {first ? SIGNS[first.kind] : kind === "rules" ? "?" : kind === "sysmon" ? "S" : "▤"}
        </span>
        <span class="rule-text">
          <span class="rule-title">
            {first && <span class="hidden-label">{KIND_WORDS[first.kind]}: </span>}
            {title}
            {dirty && (
              <span class="rule-dirty" title="Not saved">
                {" "}
                ●<span class="hidden-label"> not saved</span>
              </span>
            )}
            {errors > 0 && (
              <span class="rule-errors">
                {" "}
                ✖ {errors}
                <span class="hidden-label"> {errors === 1 ? "error" : "errors"}</span>
              </span>
            )}
          </span>
          {kind === "sysmon" && <span class="rule-did">{isCurrent ? configurationDid() : "configuration of Sysmon"}</span>}
          {rules.map((rule) => {
            const said = did(rule);
            return (
              <span key={rule.name} class={`rule-did ${said?.never === null ? rule.kind : ""}`} title={said?.whole ?? ""}>
                {rules.length > 1 && `${rule.name}: `}
                {said?.text ?? ""}
                {said !== null && said.never !== null && <span class="rule-never">{said.never}</span>}
              </span>
            );
          })}
        </span>
      </button>
      <Menu
        class="rule-more quiet"
        label={`More about ${baseOf(name)}`}
        fromRight
        tabIndex={isReached ? 0 : -1}
        entries={() => [
          ...(dirty ? [{ label: "Save", run: () => void saveFile(name) }] : []),
          { label: "Rename…", hint: "F2", run: () => void askRename(name) },
          ...(kind === "rules" ? [{ label: "Duplicate", run: () => void duplicate(name) }] : []),
          ...(kind === "rules" || kind === "sysmon" ? [] : [{ label: "Edit…", run: () => void editFile(name) }]),
          { label: "Delete", hint: "Del", danger: true, run: () => void erase(name) },
        ]}
      >
        <span aria-hidden="true">⋯</span>
      </Menu>
      {kind === "sysmon" && isCurrent && <NodeList words={sought.value.trim()} />}
    </li>
  );
}
