// Finding a block by words: those on it, its options, what its tooltip says, the language's own words, and what other tools
// call it.
//
// In: words that somebody typed. Out: blocks as a flyout takes them, the best first; where the words are an option's, with that
// option chosen. Never here: Blockly.
import { type BlockEntry, blocks } from "./definition.ts";
import { SNIPPETS } from "./snippets.ts";
import { type Item, items } from "./toolbox.ts";

/** What people call it elsewhere. */
const ALSO: Record<string, string> = {
  rule_filter: "exclude discard suppress noise",
  rule_classify: "label enrich",
  rule_alert: "notify detection",
  logic_compare: "equals is same greater less number =",
  text_test_wildcard: "wildcard glob star question mark",
  text_test_regex: "regex regular expression pattern",
  text_test_substring: "prefix suffix substring begins",
  logic_is_in: "one of cidr network range subnet",
  function_lookup_search: "whitelist allowlist csv lookup hash",
  controls_if: "when then else condition",
  logic_operation: "all any group both",
  filter_drop: "discard exclude delete",
  filter_keep: "include allow exception",
  field_test: "null empty absent present",
  event_is: "event id eventid kind type",
  message_has_tag: "label",
  event_hash: "sha256 md5 checksum",
  ip_network: "cidr subnet range",
  date_time: "date day",
  text: "string",
  lists_texts: "array several values",
};

interface Found {
  item: Item;
  score: number;
}

const wordsOf = (text: string): string[] =>
  text
    .replace(/\{[^}]*\}/g, " ")
    .toLowerCase()
    .split(/[^\p{L}\p{N}=≠<>≤≥]+/u)
    .filter((word) => word !== "");

/** How well words stand in a text: 0 where one of them does not. */
function score(query: string[], words: string[]): number {
  let sum = 0;
  for (const wanted of query) {
    const best = Math.max(0, ...words.map((word) => (word === wanted ? 3 : word.startsWith(wanted) ? 2 : wanted.length > 2 && word.includes(wanted) ? 1 : 0)));
    if (best === 0) return 0;
    sum += best;
  }
  return sum / query.length;
}

/** The option whose words were typed, by its part. */
function chosen(query: string[], entry: BlockEntry): Record<string, string> | null {
  for (const [name, { options }] of Object.entries(entry.parts)) {
    const option = options?.find(([label]) => score(query, wordsOf(label)) >= 2);
    if (option) return { [name]: option[1] };
  }
  return null;
}

function scoreOf(query: string[], entry: BlockEntry): number {
  const shown = wordsOf([...entry.rows, ...Object.values(entry.lead ?? {})].join(" "));
  const options = wordsOf(Object.values(entry.parts).flatMap((part) => part.options?.map(([label]) => label) ?? []).join(" "));
  const called = wordsOf(`${entry.aria} ${entry.type} ${ALSO[entry.type] ?? ""}`);
  const said = wordsOf(`${entry.text} ${entry.tooltip} ${Object.values(entry.parts).map(({ aria }) => aria).join(" ")}`);
  return Math.max(
    // What a block begins with is what people call it.
    score(query, shown) * 8 + (shown[0] === query[0] ? 2 : 0),
    score(query, options) * 6,
    score(query, called) * 5,
    score(query, [...shown, ...options, ...called]) * 4,
    score(query, [...shown, ...options, ...called, ...said]),
  );
}

/** The blocks and ready-made pieces that somebody means. */
export function find(text: string): Item[] {
  const query = wordsOf(text);
  if (!query.length) return [];
  const all = items();
  const found: Found[] = [];
  for (const entry of blocks.blocks) {
    const item = all.get(entry.type);
    const points = item ? scoreOf(query, entry) : 0;
    if (!item || points === 0) continue;
    const option = chosen(query, entry);
    found.push({ score: points, item: option ? { ...item, fields: { ...item.fields, ...option } } : item });
  }
  for (const { label, item } of SNIPPETS) {
    const points = score(query, wordsOf(label));
    if (points > 0) found.push({ score: points * 3, item });
  }
  return found.sort((a, b) => b.score - a.score).map(({ item }) => item);
}
