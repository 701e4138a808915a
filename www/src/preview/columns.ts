// Which columns the table shows for which events, and what stands in them.
//
// In: the event that is chosen above the table, rows. Out: names of columns; texts of cells. Two kinds: those that each row has
// (time, decision, ...), and fields, which the engine is asked for. Never here: how a cell looks.
import type { ConfigRow } from "../engine/configuration.ts";
import type { Row } from "../engine/types.ts";
import { count } from "./numbers.ts";

/** Columns that need no field. */
export const BUILT_IN = ["time", "decision", "event", "summary", "why", "host", "number", "logged", "named"] as const;
export type BuiltIn = (typeof BUILT_IN)[number];
export const isBuiltIn = (name: string): name is BuiltIn => (BUILT_IN as readonly string[]).includes(name);

const TITLES: Record<BuiltIn, string> = {
  time: "Time",
  decision: "Decision",
  event: "Event",
  summary: "Summary",
  why: "Rule or tags",
  host: "Host",
  number: "No.",
  logged: "Sysmon",
  named: "RuleName",
};
export const titleOf = (name: string): string => (isBuiltIn(name) ? TITLES[name] : name);

const SORTED: readonly string[] = ["time", "decision", "event", "host"];
/** Can the engine sort by it? */
export const canSort = (name: string): boolean => !isBuiltIn(name) || SORTED.includes(name);

const WIDTHS: Record<BuiltIn, number> = { time: 154, decision: 98, event: 150, summary: 380, why: 150, host: 150, number: 70, logged: 112, named: 190 };
/** The columns while a configuration of Sysmon is open: what rules do gives way to what the configuration does. */
export const ofConfiguration = (columns: readonly string[]): string[] =>
  columns.map((name) => (name === "decision" ? "logged" : name === "why" ? "named" : name));

/** The width that a column has at first. */
export function widthOf(name: string): number {
  if (isBuiltIn(name)) return WIDTHS[name];
  if (/Guid$/i.test(name)) return 320;
  if (/Port$|Id$|^Initiated$|^Protocol$|Status$|Access$/.test(name)) return 110;
  return /Image|Line|Filename|Object|Path|Details|Results|Query/.test(name) ? 260 : 180;
}

/** Sysmon's events: the fields that tell them apart, the most telling one first. */
const TELLING: Record<string, readonly string[]> = {
  "sysmon.process_create": ["Image", "CommandLine", "ParentImage", "User", "IntegrityLevel"],
  "sysmon.file_creation_time": ["Image", "TargetFilename", "CreationUtcTime", "PreviousCreationUtcTime"],
  "sysmon.network_connect": ["Image", "DestinationIp", "DestinationPort", "Protocol", "DestinationHostname", "User"],
  "sysmon.state_change": ["State", "Version"],
  "sysmon.process_terminate": ["Image", "User"],
  "sysmon.driver_load": ["ImageLoaded", "Signed", "Signature", "SignatureStatus"],
  "sysmon.image_load": ["Image", "ImageLoaded", "Signed", "Signature", "SignatureStatus"],
  "sysmon.create_remote_thread": ["SourceImage", "TargetImage", "StartFunction", "StartModule"],
  "sysmon.raw_access_read": ["Image", "Device"],
  "sysmon.process_access": ["SourceImage", "TargetImage", "GrantedAccess", "CallTrace"],
  "sysmon.file_create": ["Image", "TargetFilename", "User"],
  "sysmon.registry_add_delete": ["Image", "EventType", "TargetObject", "User"],
  "sysmon.registry_value_set": ["Image", "TargetObject", "Details", "User"],
  "sysmon.registry_rename": ["Image", "TargetObject", "NewName"],
  "sysmon.file_create_stream_hash": ["Image", "TargetFilename", "Contents"],
  "sysmon.config_change": ["Configuration", "ConfigurationFileHash"],
  "sysmon.pipe_created": ["Image", "PipeName", "User"],
  "sysmon.pipe_connected": ["Image", "PipeName", "User"],
  "sysmon.wmi_filter": ["Operation", "Name", "Query", "User"],
  "sysmon.wmi_consumer": ["Operation", "Name", "Destination", "User"],
  "sysmon.wmi_binding": ["Operation", "Consumer", "Filter", "User"],
  "sysmon.dns_query": ["Image", "QueryName", "QueryStatus", "QueryResults", "User"],
  "sysmon.file_delete": ["Image", "TargetFilename", "User", "IsExecutable"],
  "sysmon.clipboard_change": ["Image", "ClientInfo"],
  "sysmon.process_tampering": ["Image", "Type", "User"],
  "sysmon.file_delete_detected": ["Image", "TargetFilename", "User", "IsExecutable"],
  "sysmon.file_block_executable": ["Image", "TargetFilename", "User"],
  "sysmon.file_block_shredding": ["Image", "TargetFilename", "User"],
  "sysmon.file_executable_detected": ["Image", "TargetFilename", "User"],
  "sysmon.error": ["ID", "Description"],
};

/** What the summary of an event is made of; "> " and the like stand before a value, where it is there. */
const SUMMARY: Record<string, readonly (readonly [before: string, field: string])[]> = {
  "sysmon.process_create": [["", "CommandLine"]],
  "sysmon.network_connect": [["", "DestinationIp"], [":", "DestinationPort"], [" ", "DestinationHostname"], [" by ", "Image"]],
  "sysmon.dns_query": [["", "QueryName"], [" by ", "Image"]],
  "sysmon.process_access": [["", "SourceImage"], [" → ", "TargetImage"], [" ", "GrantedAccess"]],
  "sysmon.create_remote_thread": [["", "SourceImage"], [" → ", "TargetImage"]],
  "sysmon.image_load": [["", "ImageLoaded"], [" by ", "Image"]],
  "sysmon.driver_load": [["", "ImageLoaded"], [" ", "SignatureStatus"]],
  "sysmon.process_terminate": [["", "Image"]],
  "sysmon.registry_value_set": [["", "TargetObject"], [" = ", "Details"]],
  "sysmon.registry_rename": [["", "TargetObject"], [" → ", "NewName"]],
  "sysmon.registry_add_delete": [["", "EventType"], [" ", "TargetObject"]],
  "sysmon.raw_access_read": [["", "Device"], [" by ", "Image"]],
  "sysmon.state_change": [["", "State"], [" version ", "Version"]],
  "sysmon.config_change": [["", "Configuration"]],
  "sysmon.wmi_filter": [["", "Operation"], [" ", "Name"], [" ", "Query"]],
  "sysmon.wmi_consumer": [["", "Operation"], [" ", "Name"], [" ", "Destination"]],
  "sysmon.wmi_binding": [["", "Operation"], [" ", "Consumer"], [" → ", "Filter"]],
  "sysmon.process_tampering": [["", "Type"], [" ", "Image"]],
  "sysmon.clipboard_change": [["", "Image"], [" ", "ClientInfo"]],
  "sysmon.file_create_stream_hash": [["", "TargetFilename"], [" ", "Contents"]],
  "sysmon.pipe_created": [["", "PipeName"], [" by ", "Image"]],
  "sysmon.pipe_connected": [["", "PipeName"], [" by ", "Image"]],
  "sysmon.error": [["", "ID"], [": ", "Description"]],
};
/** The files' events, and what the table above does not have: a file, else the message. */
const OTHERWISE = [["", "TargetFilename"], [" by ", "Image"]] as const;
const MESSAGE = "message";

const summaryFields = [
  ...new Set([...Object.values(SUMMARY).flat(), ...OTHERWISE].map(([, field]) => field).concat(MESSAGE)),
];

/** The columns at first: of one event its telling fields, else what all events have. */
export function standardColumns(event: string | null): string[] {
  const telling = event === null ? undefined : TELLING[event];
  return telling ? ["time", "decision", "why", ...telling, "host"] : ["time", "decision", "event", "why", "summary", "host"];
}

/** The field that tells an event best from others of its kind, then the program: what a new rule asks for at first. */
export function presetFields(event: string | null, present: readonly string[]): string[] {
  const preset: Record<string, readonly string[]> = {
    "sysmon.process_create": ["Image", "CommandLine"],
    "sysmon.network_connect": ["Image", "DestinationPort"],
    "sysmon.dns_query": ["Image", "QueryName"],
    "sysmon.process_access": ["SourceImage", "TargetImage", "GrantedAccess"],
    "sysmon.create_remote_thread": ["SourceImage", "TargetImage"],
    "sysmon.image_load": ["Image", "ImageLoaded"],
    "sysmon.driver_load": ["ImageLoaded", "Signature"],
    "sysmon.process_terminate": ["Image"],
  };
  const telling = event === null ? [] : (preset[event] ?? TELLING[event]?.slice(0, 2) ?? []);
  const wanted = telling.filter((name) => present.includes(name));
  return wanted.length ? wanted : present.filter((name) => name === "Image" || name === "winlog.event_id").slice(0, 2);
}

/** Fields to ask the engine for, so that these columns can be shown. */
export function fieldsFor(columns: readonly string[]): string[] {
  const own = columns.filter((name) => !isBuiltIn(name));
  const more = columns.includes("summary") ? summaryFields : [];
  return [...new Set([...own, ...more])];
}

const LONGEST = 400;

/** One line about an event. */
export function summary(row: Row, columns: readonly string[]): string {
  const value = (field: string): string | null => row.cells[columns.indexOf(field)] ?? null;
  const parts = SUMMARY[row.event ?? ""] ?? OTHERWISE;
  let text = "";
  for (const [before, field] of parts) {
    const found = value(field);
    if (found !== null && found !== "" && found !== "-") text += (text === "" ? "" : before) + found;
  }
  if (text === "") text = value(MESSAGE) ?? "";
  return text.slice(0, LONGEST).replace(/\s+/g, " ");
}

/** "2025-03-04 07:04:56": what stands in a narrow column; the whole is its title. */
export function shortTime(time: string | null): string {
  if (time === null) return "";
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(time);
  return parts ? `${parts[1]} ${parts[2]}` : time;
}

/** "22 dns_query", "22" where the catalogue has no name for it. */
export function eventText(row: Pick<Row, "id" | "event">): string {
  const name = row.event?.replace(/^sysmon\./, "") ?? "";
  return [row.id ?? "", name].filter((part) => part !== "").join(" ");
}

/** What a decision looks like: a sign, a word, and what its colour is called. */
export interface Look {
  sign: string;
  word: string;
  look: "dropped" | "kept" | "tagged" | "alerted" | "damaged";
}

/** The most that happened to it. */
export function lookOf(row: Pick<Row, "decision" | "tags" | "alerts">): Look {
  if (row.decision === "damaged") return { sign: "!", word: "damaged", look: "damaged" };
  if (row.decision === "dropped") return { sign: "✕", word: "dropped", look: "dropped" };
  if (row.alerts > 0) return { sign: "▲", word: row.alerts === 1 ? "alert" : `${count(row.alerts)} alerts`, look: "alerted" };
  if (row.tags.length > 0) return { sign: "#", word: "tagged", look: "tagged" };
  return { sign: "✓", word: "kept", look: "kept" };
}

/** The rule that dropped it, or its tags. */
export const whyText = (row: Row, rules: readonly { name: string }[]): string =>
  row.rule !== null ? (rules[row.rule]?.name ?? "") : row.tags.join(", ");

/** What a configuration of Sysmon does to an event. */
export const loggedText = (config: ConfigRow | null): string => (config === null ? "" : config.logged ? "logged" : "not logged");

/** What a column says of a row. */
export function cellText(name: string, row: Row, columns: readonly string[], rules: readonly { name: string }[], config: ConfigRow | null = null): string {
  if (!isBuiltIn(name)) return row.cells[columns.indexOf(name)] ?? "";
  const texts: Record<BuiltIn, () => string> = {
    time: () => shortTime(row.time),
    decision: () => lookOf(row).word,
    event: () => eventText(row),
    summary: () => summary(row, columns),
    why: () => whyText(row, rules),
    host: () => row.host ?? "",
    number: () => count(row.index + 1),
    logged: () => loggedText(config),
    named: () => (config?.logged ? (config.name ?? "") : ""),
  };
  return texts[name]();
}
