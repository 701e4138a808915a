// What a rule did to the sample, beside its name.
import type { Rule } from "../engine/types.ts";
import { decided, rules } from "../state/preview.ts";
import { count } from "./numbers.ts";
import { ruleCountText } from "./rule-count.ts";

const SIGNS = { filter: "✕", classify: "#", alert: "▲" } as const;
const WORDS = { filter: "dropped", classify: "tagged", alert: "alerted" } as const;

/** A short count that says the rest when it is pointed at or read out. */
export function RuleCountBadge({ rule }: { rule: Rule }) {
  const now = decided.value;
  const did = now?.rules[rules.value.indexOf(rule)];
  if (!now || !did) return null;
  const text = ruleCountText(rule, did, now);
  return (
    <span class={did.never === null ? `ev-badge ${rule.kind}` : "ev-badge never"} title={text}>
      <span aria-hidden="true">
        {did.never === null ? `${SIGNS[rule.kind]} ${count(did.acted)}` : `0 ${WORDS[rule.kind]}`}
      </span>
      <span class="hidden-label">{text}</span>
    </span>
  );
}
