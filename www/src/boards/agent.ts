// A selection as the agent can ask for it: a filter runs before `msg.*` is made, and before rules set tags.
//
// In: a query, the fields of its events. Out: the same query with the agent's own names, or why there is none. Names that have none stay:
// the engine says what is wrong with them.
import type { BoardQuery } from "../engine/board.ts";
import type { FieldInfo, Refused } from "../engine/types.ts";

/** What is called otherwise behind the agent than in lower case. */
const ACCOUNTS: Record<string, string> = { username: "User", sourceusername: "SourceUser", targetusername: "TargetUser" };

/** What else is stored under a name of its own. */
const HEADER: Record<string, string> = { provider: "winlog.provider_name", channel: "winlog.channel", computer: "winlog.computer_name", message: "message" };

export function agentName(field: string, fields: readonly FieldInfo[]): string {
  const name = field.startsWith("msg.") ? field.slice(4) : null;
  if (name === null) return field;
  const own = (wanted: string): string | undefined => fields.find((each) => each.group === "event" && each.name.toLowerCase() === wanted.toLowerCase())?.name;
  return own(ACCOUNTS[name] ?? name) ?? HEADER[name] ?? field;
}

export function agentQuery(query: BoardQuery, fields: readonly FieldInfo[]): BoardQuery | Refused {
  const tag = query.terms.find(({ field }) => field === "@tag");
  if (tag)
    return {
      error: `The agent does not know the tag "${tag.value ?? ""}": rules set it on what the agent sent.`,
      help: "Choose by what the agent sends, or make an alert of it.",
    };
  return { ...query, terms: query.terms.map((term) => ({ ...term, field: agentName(term.field, fields) })) };
}
