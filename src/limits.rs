//! Limits on input, in one place. Each has its own diagnostic; the fast and the slow way meet them alike.

/// Bytes of a definition file.
pub const SOURCE_BYTES: usize = 16 << 20;
/// Characters of one quoted text.
pub const TEXT_CHARS: usize = 65_536;
/// Parentheses, braces, `not`s and `some of`s open at once inside one rule.
pub const DEPTH: usize = 64;
/// Members of one list; longer ones belong into a lookup table.
pub const LIST_ITEMS: usize = 200_000;
/// Bytes of the file of a lookup table.
pub const TABLE_BYTES: usize = 1 << 30;
/// Rules in one file.
pub const RULES: usize = 100_000;
/// Functions applied to one operand.
pub const FUNCTIONS: usize = 4;
/// Bytes of one compiled regular expression.
pub const PATTERN_BYTES: usize = 4 << 20;
/// Bytes of one record of an event file.
pub const RECORD_BYTES: usize = 16 << 20;
/// Keys and members of lists in one event of JSON, at all levels; elements of one of XML; cells of one of CSV.
pub const RECORD_MEMBERS: usize = 131_072;
/// Elements of one event of EVTX. Windows has a hundred values an event at most; lists in them make it a few more. A hostile record
/// repeats lists and templates in each other.
pub const EVTX_ELEMENTS: usize = 4096;
/// Bytes of text of one event of EVTX: sixteen times what its chunk holds.
pub const EVTX_TEXT_BYTES: usize = 1 << 20;
/// Columns in the header of a CSV file.
pub const HEADER_COLUMNS: usize = RECORD_MEMBERS;
/// Bytes of it.
pub const HEADER_BYTES: usize = 1 << 20;
/// Bytes that a zstd stream may ask its reader to look back.
pub const WINDOW_BYTES: usize = 8 << 20;
/// Bytes of one value that a test reads.
pub const VALUE_BYTES: usize = 4 << 20;
/// Members of one list that a test reads.
pub const VALUE_MEMBERS: usize = 65_536;
/// Levels of nesting in one event.
pub const EVENT_DEPTH: usize = 128;
/// Ids of techniques that one rule name gives; the first ones count. Names that people write have one or two.
pub const TECHNIQUES: usize = 64;
/// Events or values that a `when` waits for.
pub const CONTEXT_EVENTS: usize = 10_000;
/// Steps of one `when`.
pub const STEPS: usize = 8;
/// Fields of one key.
pub const KEY_FIELDS: usize = 8;
/// Days that a window is long.
pub const WINDOW_DAYS: usize = 366;
/// Keys that one `when` or `remember` counts for at once; those that had no event for longest are forgotten.
pub const CONTEXT_KEYS: usize = 200_000;
/// Bytes that the events take which one `when` remembers, over all its keys.
pub const CONTEXT_BYTES: usize = 64 << 20;
/// Hosts whose time is followed.
pub const HOSTS: usize = 65_536;
/// Bytes of the values of one key.
pub const KEY_BYTES: usize = 4096;
/// Bytes of one text in YAML. A list in brackets keeps its parser from working in pieces, and costs up to 200 bytes a byte.
pub const YAML_BYTES: usize = 2 << 20;
/// Collections open at once in YAML, aliases followed.
pub const YAML_DEPTH: usize = 64;
/// Values of one text in YAML, aliases followed.
pub const YAML_NODES: usize = 500_000;
/// Bytes of one part of a template.
pub const TEMPLATE_BYTES: usize = 256 << 10;
/// Bytes between the braces of one expression or statement of a template.
pub const TEMPLATE_TAG_BYTES: usize = 1024;
/// Work that one part of an alert may cost: about one for each step of its template, and for 64 bytes that come of it.
pub const TEMPLATE_FUEL: u64 = 500_000;
/// Calls of macros in each other.
pub const TEMPLATE_DEPTH: usize = 50;
/// Characters of one value in an alert; what is longer is cut, with a note.
pub const ALERT_VALUE_CHARS: usize = 4096;
/// Bytes of an alert's text, and of its HTML.
pub const ALERT_PART_BYTES: usize = 512 << 10;
/// Characters of an alert's subject.
pub const ALERT_SUBJECT_CHARS: usize = 200;
/// Elements of one configuration of Sysmon that are open at once.
pub const CONFIG_DEPTH: usize = 64;
/// Elements of one configuration of Sysmon.
pub const CONFIG_ELEMENTS: usize = 1_000_000;
/// Attributes of one of them; each is compared with all before it.
pub const CONFIG_ATTRIBUTES: usize = 64;
/// Characters of a name that Sysmon takes.
pub const CONFIG_NAME_CHARS: usize = 255;
/// Links between processes that a hunt keeps in memory, at most 70 bytes each; of more it reads the events again for each round.
pub const HUNT_LINKS: usize = 4 << 20;
/// Rounds for which a hunt reads the events again.
pub const HUNT_READINGS: usize = 200;
/// Processes that a hunt reaches or stops at.
pub const HUNT_PROCESSES: usize = 100_000;
/// Different files, keys, names or the like that are told of one process, kind by kind; the rest is counted.
pub const HUNT_THINGS: usize = 200;
/// Different values of one field that a hunt counts; the rest is counted together.
pub const HUNT_VALUES: usize = 10_000;
/// Bytes of one value that a hunt keeps; what is longer is cut, and marked.
pub const HUNT_VALUE_BYTES: usize = 4096;
/// Bytes of all values that a hunt keeps; the rest is counted.
pub const HUNT_BYTES: usize = 256 << 20;
