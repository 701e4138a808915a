// The nodes of the open configuration, by their event, below its row in the list of files; with words, the rules that have them.
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ConfigFound, ConfigNode } from "../engine/configuration.ts";
import { engine } from "../engine/client.ts";
import { count, counted } from "../preview/numbers.ts";
import { configuration, findings, node, rows, showPart, sums, why } from "../state/configuration.ts";
import { pane, tab } from "../state/show.ts";
import { plain } from "../ui/plain.ts";
import "./configuration.css";

/** Rules that are listed for words. */
const MOST = 100;
const PAUSE = 150;

const found = signal<{ words: string; found: ConfigFound } | null>(null);

/** Keeps what is found in step with words and text. */
function follow(words: string): () => void {
  let mine = true;
  const stop = effect(() => {
    void configuration.value?.version;
    if (words === "") {
      found.value = null;
      return;
    }
    const timer = setTimeout(() => {
      void engine.configFind(words, MOST).then((answer) => {
        if (mine) found.value = { words, found: answer };
      });
    }, PAUSE);
    return () => clearTimeout(timer);
  });
  return () => {
    mine = false;
    stop();
  };
}

/** The nodes of each event, in the order of their first in the text. */
function grouped(nodes: ConfigNode[]): { tag: string; events: number[]; nodes: { at: number; node: ConfigNode }[] }[] {
  const tags = new Map<string, { at: number; node: ConfigNode }[]>();
  nodes.forEach((each, at) => tags.set(each.tag, [...(tags.get(each.tag) ?? []), { at, node: each }]));
  return [...tags]
    .map(([tag, own]) => ({ tag, events: own[0]?.node.events ?? [], nodes: own }))
    .sort((a, b) => (a.events[0] ?? 0) - (b.events[0] ?? 0));
}

export function NodeList({ words }: { words: string }) {
  useEffect(() => follow(words), [words]);
  const now = configuration.value;
  if (!now) return null;
  const groups = grouped(now.nodes).filter(({ tag }) => tag.toLowerCase().includes(words.toLowerCase()));
  const decides = why.value?.row.block;
  return (
    <div class="config-nodes">
      {groups.map(({ tag, events, nodes }) => {
        const own = sums.value?.byEvent.filter((sum) => sum.tag === tag) ?? [];
        const [all, logged] = [own.reduce((sum, { events: of }) => sum + of, 0), own.reduce((sum, { logged: of }) => sum + of, 0)];
        return (
          <section key={tag} aria-label={tag}>
            <h3>
              {tag}{" "}
              <small>
                {events.join(", ")}
                {all > 0 && ` · logs ${count(logged)} of ${count(all)}`}
              </small>
            </h3>
            <ul>
              {nodes.map(({ at, node: each }) => (
                <li key={at}>
                  <button
                    type="button"
                    class="config-node quiet"
                    aria-current={node.value === at}
                    onClick={() => {
                      node.value = at;
                      if (tab.value !== "text") tab.value = "blocks";
                      else showPart(String(at));
                      pane.value = "editor";
                    }}
                  >
                    <span class={`config-does ${each.onMatch}`}>{each.onMatch}</span>
                    <span class="config-count">
                      {counted(each.rules, "rule")}
                      {each.group !== null && each.group !== "" && ` · ${plain(each.group)}`}
                      {faultsIn(at)}
                    </span>
                    {decides !== undefined && decides !== null && Number.parseInt(decides, 10) === at && (
                      <span class="config-decides" title="It decides the chosen event">
                        ◀<span class="hidden-label"> decides the chosen event</span>
                      </span>
                    )}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
      {words !== "" && <Found words={words} />}
    </div>
  );
}

function faultsIn(at: number): string {
  const errors = findings.value.filter(({ block, severity }) => severity === "error" && block !== null && Number.parseInt(block, 10) === at).length;
  return errors ? ` · ✖ ${errors}` : "";
}

function Found({ words }: { words: string }) {
  const now = found.value;
  if (now?.words !== words) return <p class="config-none">Looking …</p>;
  const { count: all, parts } = now.found;
  if (!all) return <p class="config-none">No rule has “{words}” in its field, value or name.</p>;
  return (
    <section aria-label="Rules with these words">
      <h3>
        Rules with “{words}” <small>{all > parts.length ? `${count(parts.length)} of ${count(all)}` : count(all)}</small>
      </h3>
      <ul>
        {parts.map(({ block, tag, text, range }) => (
          <li key={block}>
            <button type="button" class="config-found quiet" title={text} onClick={() => showPart(block)}>
              <small>
                {tag}, line {count(range.line)}
              </small>
              <span>{around(text, words)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Letters before the words that are seen. */
const BEFORE = 8;

/** The words of a line, with what stands around them. */
function around(text: string, words: string): string {
  const at = text.toLowerCase().indexOf(words.toLowerCase());
  return plain(at > BEFORE ? `…${text.slice(at - BEFORE)}` : text);
}

/** What the configuration does to the sample, in a few words. */
export function did(): string {
  const now = configuration.value;
  if (!now) return "configuration of Sysmon";
  if (!now.taken) return "refused";
  const told = sums.value;
  return told && rows.value ? `logs ${count(told.logged)} of ${count(told.events)}` : counted(now.nodes.length, "node");
}
