// What a file is that somebody opened, by its name and by what it holds.
//
// In: a name and a text. Out: what to do with it. Never here: reading it; the engine does that and says what is wrong.

export type Recognised =
  /** Rules in a form that the engine reads, with the ending its name should have. */
  | { is: "rules"; ending: string }
  /** The log manager's export, or other XML that has to be converted first. */
  | { is: "logmanager" }
  | { is: "winlogbeat" }
  /** Rules of Sigma. */
  | { is: "sigma" }
  /** A configuration of Sysmon. Its bytes say how they are to be read. */
  | { is: "sysmon" }
  | { is: "tests" }
  | { is: "table" }
  | { is: "settings" }
  /** What is said of Sigma's log sources and fields. */
  | { is: "sigma-settings" }
  | { is: "events" }
  | { is: "unknown" };

const EVENTS = /\.(evtx|ndjson|jsonl|gz|zst)$/i;

/**
 * Is the root `Sysmon`? Told of any encoding that Sysmon reads, also where the text was made of the bytes as if they were UTF-8: the letters
 * of a tag are then the same, with zeros between them or behind what could not be read.
 */
function isConfiguration(text: string): boolean {
  let rest = text.replace(/[\0\uFEFF\uFFFD]/g, "").trimStart();
  for (let before = /^<[?!]/.exec(rest); before; before = /^<[?!]/.exec(rest)) {
    const whole = /^(<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^[>]*(\[[^]*?\])?[^>]*>)\s*/.exec(rest)?.[0];
    if (whole === undefined) return false;
    rest = rest.slice(whole.length);
  }
  return /^<Sysmon[\s/>]/.test(rest);
}

/** Has a text in YAML at its top what rules, correlations and filters of Sigma have? */
const isSigma = (text: string): boolean => /^(detection|correlation|filter)\s*:/m.test(text) && /^(title|logsource)\s*:/m.test(text);

/** Says what it is. */
export function recognise(name: string, text: string): Recognised {
  const lower = name.toLowerCase();
  if (EVENTS.test(lower)) return { is: "events" };
  if (lower.endsWith(".rule")) return { is: "rules", ending: ".rule" };
  if (/(^|\/)blocksieve\.toml$/.test(lower)) return { is: "settings" };
  if (/(^|\/)sigma\.toml$/.test(lower)) return { is: "sigma-settings" };
  if (/\.test\.ya?ml$/.test(lower)) return { is: "tests" };
  if (lower.endsWith(".csv")) return { is: "table" };
  if (isConfiguration(text)) return { is: "sysmon" };
  const begin = text.replace(/^\uFEFF/, "").trimStart().slice(0, 4096);
  if (begin.startsWith("{") || begin.startsWith("[")) {
    const isWorkspace = /"blocks"\s*:/.test(begin) && /"(type|languageVersion)"\s*:/.test(text);
    return isWorkspace || begin.replace(/\s/g, "") === "{}" ? { is: "rules", ending: ".blocks.json" } : { is: "events" };
  }
  if (begin.startsWith("<")) {
    if (/<(Events?|E)[\s>]/.test(begin)) return { is: "events" };
    if (/https:\/\/developers\.google\.com\/blockly\/xml/.test(begin) || /<xml[\s>]/.test(begin))
      return /type="(rule_filter|rule_classify|rule_alert)"/.test(text) ? { is: "rules", ending: ".blocks.xml" } : { is: "logmanager" };
    return { is: "logmanager" };
  }
  const isYaml = /\.ya?ml$/.test(lower);
  if (isSigma(text)) return { is: "sigma" };
  if (isYaml || /^\s*(winlogbeat\.|processors:|output\.)/m.test(begin)) return { is: "winlogbeat" };
  if (/^\s*(disabled\s+)?(filter|classify|alert)\s+["']/m.test(begin)) return { is: "rules", ending: ".rule" };
  return { is: "unknown" };
}
