// What a rule did to the sample, in words.
import type { Decided, Kind, Rule, RuleCount } from "../engine/types.ts";
import { count, counted, share } from "./numbers.ts";

const DOES: Record<Kind, string> = { filter: "drops", classify: "acts on", alert: "alerts on" };

/** "drops 1,204 (38 % of bytes), 310 by it alone; and 12 that earlier filters drop already"; or why it never did anything. */
export function ruleCountText({ kind }: Pick<Rule, "kind">, did: RuleCount, whole: Pick<Decided, "bytes">): string {
  if (did.never !== null) return `Never matched: ${did.never}`;
  const parts = [
    kind === "filter" ? `drops ${count(did.acted)} (${share(did.bytes, whole.bytes)} of bytes)` : `${DOES[kind]} ${counted(did.acted, "event")}`,
  ];
  if (kind === "filter") {
    const alone = did.alone === did.acted ? "by it alone" : did.alone === 0 ? "all of them by later filters too" : `${count(did.alone)} by it alone`;
    if (did.acted > 0) parts[0] += `, ${alone}`;
    if (did.also > 0) parts.push(did.acted > 0 ? `and ${count(did.also)} that earlier filters drop already` : `earlier filters drop all ${count(did.also)} already`);
  }
  if (did.undecidable > 0) parts.push(`${count(did.undecidable)} cannot be decided`);
  if (did.failed > 0) parts.push(`failed on ${count(did.failed)}`);
  return parts.join("; ");
}
