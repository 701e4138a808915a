// The rule language, as far as colours, brackets and indentation need it.
//
// In: lines of a rule file. Out: a kind for each token. Never here: whether it is right; the engine says that. The words are
// those of grammar/rule.pest, and a test holds this to it.
import type { StreamParser, StringStream } from "@codemirror/language";

export const KINDS = ["filter", "classify", "alert"];
export const META = ["id", "reason", "author", "owner", "ticket", "status", "techniques", "references", "labels", "falsepositives", "severity", "expires", "allow"];
export const ACTIONS = ["drop", "keep", "stop", "tag", "untag", "set", "remove", "send", "disabled"];
const LOGIC = ["if", "else", "and", "or", "not"];
const OPERATORS = ["contains", "starts", "ends", "with", "like", "matches", "in", "exists", "is", "has", "cased", "any-dash"];
const QUANTIFIERS = ["all", "any", "some", "of", "strictly", "table", "column", "lookup", "hash", "field", "wide", "event"];
/** Words that are part of a phrase only beside another one. */
const PHRASES: Record<string, RegExp> = {
  using: /^\s+template\b/,
  template: /^\s*["']/,
  to: /^\s*\[/,
  fields: /^\s+[\w@]/,
  tags: /^\s*\[/,
  lower: /^\s+case\b/,
  upper: /^\s+case\b/,
  title: /^\s+case\b/,
  case: /^\s+of\b/,
  number: /^\s+of\b/,
  length: /^\s+of\b/,
  file: /^\s+name\s+of\b/,
  name: /^\s+of\b/,
  folder: /^\s+of\b/,
  year: /^\s+of\b/,
  month: /^\s+of\b/,
  day: /^\s+of\b/,
  weekday: /^\s+of\b/,
  hour: /^\s+of\b/,
  minute: /^\s+of\b/,
  base64: /^\s+of\b/,
  tamper: /^\s+events\b/,
};
const STATES = ["missing", "blank"];
const HARD = new Map<string, string>(
  [
    ...KINDS.map((word) => [word, "definitionKeyword"] as const),
    ...ACTIONS.map((word) => [word, "controlKeyword"] as const),
    ...LOGIC.map((word) => [word, "keyword"] as const),
    ...OPERATORS.map((word) => [word, "operatorKeyword"] as const),
    ...QUANTIFIERS.map((word) => [word, "modifier"] as const),
    ["true", "bool"] as const,
    ["false", "bool"] as const,
  ],
);

/** Words that complete as they stand. */
export const WORDS = [...HARD.keys()].filter((word) => !["of", "with", "has", "starts", "ends"].includes(word));
export const WORD_PHRASES = [
  "starts with",
  "ends with",
  "event is",
  "event is any [",
  "has tag",
  "has any tag",
  "has all tags",
  "is missing",
  "is blank",
  "lower case of",
  "length of",
  "file name of",
  "folder of",
  "all of",
  "some of",
  "not exists",
];

export interface State {
  /** Open brackets. */
  depth: number;
  /** What the last word was: after `is` comes a state, after `event is` a name. */
  before: string;
  /** Inside a string that goes on in the next line. */
  quote: string;
}

/** Does the token that is being read begin its line? */
const isStart = (stream: StringStream): boolean => /^\s*$/.test(stream.string.slice(0, stream.start));

function string(stream: StringStream, state: State): string {
  while (!stream.eol()) {
    const letter = stream.next();
    if (letter === "\\" && state.quote === '"') stream.next();
    else if (letter === state.quote) {
      state.quote = "";
      break;
    }
  }
  return "string";
}

/** A day with a clock; what begins with a digit; what has a colon. */
const BARE = [
  /^\d{4}-\d\d-\d\d \d\d:(?:[\w.:+-]|\/(?!\/))*/,
  /^-?\d(?:[\w.:+-]|\/(?!\/))*/,
  /^[0-9a-fA-F]*:(?:[\w.:+-]|\/(?!\/))*/,
];

function token(stream: StringStream, state: State): string | null {
  if (state.quote) return string(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.match("//")) {
    stream.skipToEnd();
    return "lineComment";
  }
  const next = stream.peek() ?? "";
  if (next === "'" || next === '"') {
    stream.next();
    state.quote = next;
    state.before = "string";
    return string(stream, state);
  }
  // A number, an address, a network, a time.
  if (BARE.some((bare) => stream.match(bare))) {
    state.before = "number";
    return "number";
  }
  if (stream.match("any-dash")) {
    state.before = "";
    return "operatorKeyword";
  }
  if (stream.match(/^[A-Za-z_@][\w@]*(?:\.[\w@]+)*/)) return word(stream, state);
  if (stream.match(/^(?:==|!=|<=|>=|<|>|=)/)) {
    state.before = "";
    return "compareOperator";
  }
  stream.next();
  if ("{[(".includes(next)) {
    state.depth++;
    return next === "{" ? "brace" : next === "[" ? "squareBracket" : "paren";
  }
  if ("}])".includes(next)) {
    state.depth = Math.max(0, state.depth - 1);
    state.before = "";
    return next === "}" ? "brace" : next === "]" ? "squareBracket" : "paren";
  }
  return next === "," ? "separator" : "invalid";
}

function word(stream: StringStream, state: State): string {
  const found = stream.current();
  const { before } = state;
  const rest = stream.string.slice(stream.pos);
  state.before = found;
  if (before === "event is" && (found === "any" || found === "not")) {
    state.before = found === "any" ? "event is any" : before;
    return "modifier";
  }
  if (before === "event is any") {
    state.before = before;
    return "typeName";
  }
  if (before === "event is") return "typeName";
  if (found === "is" && before === "event") {
    state.before = "event is";
    return "operatorKeyword";
  }
  if (before === "is" && STATES.includes(found)) return "atom";
  if (before === "is" && !HARD.has(found)) return "atom";
  if (META.includes(found) && isStart(stream) && /^\s*(?:["'[\d]|tamper\b|[a-z]+\s*$)/.test(rest)) return "propertyName";
  if (before === "allow" && found === "tamper") return "propertyName";
  if (before === "tamper" && found === "events") return "propertyName";
  if (before === "severity") return "atom";
  if (before === "send" && !HARD.has(found)) return "atom";
  const phrase = PHRASES[found];
  if (phrase?.test(rest)) return "modifier";
  if (!found.includes(".")) {
    const hard = HARD.get(found);
    if (hard !== undefined && (hard !== "modifier" || !["table", "column", "lookup", "hash"].includes(found) || /^\s/.test(rest))) return hard;
  }
  return "variableName";
}

/** Reads rules token by token. */
export const rules: StreamParser<State> = {
  name: "blocksieve",
  startState: () => ({ depth: 0, before: "", quote: "" }),
  copyState: (state) => ({ ...state }),
  token,
  indent: (state, after, context) => {
    if (state.quote) return null;
    const closes = /^\s*[}\])]/.test(after) ? 1 : 0;
    return Math.max(0, state.depth - closes) * context.unit;
  },
  languageData: {
    commentTokens: { line: "//" },
    closeBrackets: { brackets: ["(", "[", "{", "'", '"'] },
    indentOnInput: /^\s*[}\])]$/,
    wordChars: "@.",
  },
};
