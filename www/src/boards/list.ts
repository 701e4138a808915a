// The dashboards, as data: which events each is about, which of them can be switched on beside, and the fields that are counted.
//
// The first five are those of the log manager's own page, with its standard fields; events that page leaves out are additions to those
// (what one process does to another, to Process; what is done to a file, to File) or have dashboards of their own.

/** A field that is counted, with what people call it. */
export interface BoardField {
  /** As rules name it, or `@tag`, `@event`, `@host`, `@rule`. */
  field: string;
  label: string;
  /** Long values: the card takes the room of two. */
  isWide?: boolean;
}

export interface BoardEvent {
  /** Its name in the catalogue. */
  name: string;
  id: number;
  title: string;
}

export interface BoardDefinition {
  name: string;
  title: string;
  /** What stands in the row of dashboards. */
  short: string;
  about: string;
  events: readonly BoardEvent[];
  /** Events that can be switched on. */
  more: readonly BoardEvent[];
  fields: readonly BoardField[];
  /** Columns of its events beside time, event and summary. */
  columns: readonly string[];
  /** Does it have a line for each host? */
  hasHealth?: boolean;
}

const EVENTS: Record<number, readonly [name: string, title: string]> = {
  1: ["process_create", "process create"],
  2: ["file_creation_time", "creation time changed"],
  3: ["network_connect", "network connection"],
  4: ["state_change", "service state changed"],
  5: ["process_terminate", "process terminated"],
  6: ["driver_load", "driver loaded"],
  7: ["image_load", "image loaded"],
  8: ["create_remote_thread", "remote thread"],
  9: ["raw_access_read", "raw disk read"],
  10: ["process_access", "process accessed"],
  11: ["file_create", "file created"],
  12: ["registry_add_delete", "object added or deleted"],
  13: ["registry_value_set", "value set"],
  14: ["registry_rename", "object renamed"],
  15: ["file_create_stream_hash", "stream created"],
  16: ["config_change", "configuration changed"],
  17: ["pipe_created", "pipe created"],
  18: ["pipe_connected", "pipe connected"],
  19: ["wmi_filter", "filter"],
  20: ["wmi_consumer", "consumer"],
  21: ["wmi_binding", "consumer bound to filter"],
  22: ["dns_query", "DNS query"],
  23: ["file_delete", "file deleted, archived"],
  24: ["clipboard_change", "clipboard"],
  25: ["process_tampering", "process tampering"],
  26: ["file_delete_detected", "file deleted"],
  27: ["file_block_executable", "executable blocked"],
  28: ["file_block_shredding", "shredding blocked"],
  29: ["file_executable_detected", "executable detected"],
  255: ["error", "error"],
};

const of = (...ids: number[]): BoardEvent[] =>
  ids.flatMap((id) => {
    const found = EVENTS[id];
    return found ? [{ id, name: `sysmon.${found[0]}`, title: found[1] }] : [];
  });

/** All events of Sysmon. */
export const ALL_EVENTS: readonly BoardEvent[] = of(...Object.keys(EVENTS).map(Number));

const field = (name: string, label: string, isWide = false): BoardField => ({ field: name, label, isWide });

/** The fields of every dashboard about what programs do. */
const STANDARD: readonly BoardField[] = [
  field("msg.action", "Action"),
  field("msg.rulename", "Rule name", true),
  field("msg.username", "User"),
  field("msg.image", "Image", true),
];
const HOST = field("@host", "Host");

export const BOARDS: readonly BoardDefinition[] = [
  {
    name: "overview",
    title: "Sysmon Overview",
    short: "Overview",
    about: "All events of Sysmon.",
    events: ALL_EVENTS,
    more: [],
    fields: [...STANDARD, HOST, field("@tag", "Tag"), field("msg.technique", "Technique"), field("@rule", "Dropped by", true)],
    columns: ["decision", "why", "msg.rulename", "msg.username", "host"],
  },
  {
    name: "file",
    title: "Sysmon File Events",
    short: "File",
    about: "What was done to files: created, deleted, their times changed, streams, blocked.",
    events: of(2, 11, 15, 23, 26, 27),
    more: of(28, 29),
    fields: [field("msg.targetfilename", "Target file", true), ...STANDARD, HOST, field("msg.hash_sha256", "SHA-256", true)],
    columns: ["decision", "msg.rulename", "msg.image", "msg.username", "host"],
  },
  {
    name: "process",
    title: "Sysmon Process Events",
    short: "Process",
    about: "Processes that began, ended, or reached into others.",
    events: of(1, 5, 10),
    more: of(8, 9, 24, 25),
    fields: [
      field("msg.commandline", "Command line", true),
      ...STANDARD,
      field("msg.parentimage", "Parent image", true),
      field("msg.sourceimage", "Source image", true),
      field("msg.targetimage", "Target image", true),
      field("msg.sourceusername", "Source user"),
      field("msg.targetusername", "Target user"),
      field("msg.grantedaccess", "Granted access"),
      HOST,
    ],
    columns: ["decision", "msg.rulename", "msg.parentimage", "msg.username", "host"],
  },
  {
    name: "registry",
    title: "Sysmon Registry Actions",
    short: "Registry",
    about: "Keys and values that were added, set, renamed, deleted.",
    events: of(12, 13, 14),
    more: [],
    fields: [field("msg.targetobject", "Target object", true), ...STANDARD, field("msg.eventtype", "Type"), field("msg.details", "Details", true), HOST],
    columns: ["decision", "msg.rulename", "msg.eventtype", "msg.image", "msg.username", "host"],
  },
  {
    name: "wmi",
    title: "Sysmon WMI Events",
    short: "WMI",
    about: "Filters, consumers, and which consumer a filter was bound to.",
    events: of(19, 20, 21),
    more: [],
    fields: [
      field("msg.filter", "Filter", true),
      field("msg.consumer", "Consumer", true),
      ...STANDARD,
      field("msg.operation", "Operation"),
      field("msg.name", "Name"),
      field("msg.query", "Query", true),
      field("msg.destination", "Destination", true),
      HOST,
    ],
    columns: ["decision", "msg.rulename", "msg.operation", "msg.username", "host"],
  },
  {
    name: "network",
    title: "Network and DNS",
    short: "Network and DNS",
    about: "Connections, and names that were asked for.",
    events: of(3, 22),
    more: [],
    fields: [
      field("msg.destinationip", "Destination IP"),
      field("msg.destinationport", "Destination port"),
      field("msg.destinationhostname", "Destination host"),
      field("msg.queryname", "Query name", true),
      ...STANDARD,
      field("msg.protocol", "Protocol"),
      field("msg.initiated", "Initiated"),
      field("msg.querystatus", "Query status"),
      HOST,
    ],
    columns: ["decision", "msg.rulename", "msg.image", "msg.username", "host"],
  },
  {
    name: "loads",
    title: "Drivers, images and pipes",
    short: "Drivers, images, pipes",
    about: "What was loaded into the kernel and into processes, with its signature; named pipes.",
    events: of(6, 7, 17, 18),
    more: [],
    fields: [
      field("msg.imageloaded", "Image loaded", true),
      field("msg.signature", "Signature"),
      field("msg.signaturestatus", "Signature status"),
      field("msg.signed", "Signed"),
      field("msg.pipename", "Pipe", true),
      ...STANDARD,
      HOST,
      field("msg.hash_sha256", "SHA-256", true),
    ],
    columns: ["decision", "msg.rulename", "msg.signature", "msg.signaturestatus", "msg.image", "host"],
  },
  {
    name: "health",
    title: "Sensor health",
    short: "Sensor health",
    about: "Sysmon started and stopped, got another configuration, or had an error; and hosts that went silent.",
    events: of(4, 16, 255),
    more: [],
    fields: [
      field("msg.action", "Action"),
      HOST,
      field("msg.state", "State"),
      field("msg.version", "Version"),
      field("msg.configuration", "Configuration", true),
      field("msg.configurationfilehash", "Hash of the configuration", true),
      field("msg.id", "Error"),
      field("msg.description", "Description", true),
    ],
    columns: ["decision", "why", "msg.state", "msg.version", "host"],
    hasHealth: true,
  },
];

export const boardNamed = (name: string | null): BoardDefinition => BOARDS.find((each) => each.name === name) ?? (BOARDS[0] as BoardDefinition);

/** What people call a field of any dashboard. */
export const labelOf = (name: string): string => {
  if (name === "@event") return "Event";
  if (name === "msg.group") return "Group";
  for (const board of BOARDS) {
    const found = board.fields.find((each) => each.field === name);
    if (found) return found.label;
  }
  return name.replace(/^(msg\.|@)/, "");
};

/** "2, 11, 15". */
export const idsOf = (events: readonly BoardEvent[]): string => events.map(({ id }) => id).join(", ");
