import { expect, test } from "vitest";
import type { FieldInfo } from "../engine/types.ts";
import { agentName, agentQuery } from "./agent.ts";
import { queryOf, stateOf, WHITELISTED } from "./link.ts";

const field = (name: string, group: FieldInfo["group"]): FieldInfo => ({ name, group, type: "text", about: "", always: true });
const fields = [field("User", "event"), field("TargetFilename", "event"), field("@timestamp", "common"), field("msg.technique", "msg")];

test("fields are asked for as the agent has them", () => {
  expect(["msg.username", "msg.targetfilename", "msg.computer", "@host", "QueryName"].map((name) => agentName(name, fields))).toEqual(["User", "TargetFilename", "winlog.computer_name", "@host", "QueryName"]);
  // What only the log manager makes stays: the engine says so.
  expect(agentName("msg.technique", fields)).toBe("msg.technique");
});

test("tags are set behind the agent", () => {
  const query = queryOf(stateOf([["is", "msg.username:bob"]]));
  expect(agentQuery(query, fields)).toEqual({ ...query, terms: [{ field: "User", value: "bob", out: false }] });
  expect(agentQuery({ ...query, terms: [...query.terms, WHITELISTED] }, fields)).toMatchObject({ error: expect.stringContaining("whitelisted") });
});
