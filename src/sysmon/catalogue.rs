//! The field catalogue: which events there are, which fields each carries, and under which paths the agent sends them.
//!
//! In: tables of names. Out: look-ups of short names, paths and event names. Never here: a global; a test makes a catalogue
//! of two fields if that is all it needs.

use crate::event::FieldPath;

/// Index of an event in [`Catalogue::events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventIndex(pub u16);

/// What a field holds, as Winlogbeat sends it all text inside `winlog.event_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Any text.
    Text,
    /// The full path of a file.
    Path,
    /// An unsigned number as decimal digits.
    Number,
    /// A number as `0x` and hexadecimal digits.
    Hex,
    /// `true` or `false`.
    Boolean,
    /// A GUID in braces.
    Guid,
    /// `YYYY-MM-DD hh:mm:ss.mmm`, or ISO 8601.
    Time,
    /// An address.
    Address,
    /// `NAME=value,NAME=value`.
    Hashes,
    /// A list of texts.
    Texts,
}

/// One event.
#[derive(Clone, Debug)]
pub struct EventDef {
    /// As a rule names it: `sysmon.process_create`.
    pub name: String,
    /// Windows' providers that log it; compared ignoring case.
    pub providers: Vec<String>,
    /// Channels in which it stands; they count only where an event names no provider.
    pub channels: Vec<String>,
    /// The event id.
    pub id: u32,
    /// What the product calls it: `Process Create`.
    pub title: String,
    /// Short names of the event's own fields, in the product's order.
    pub fields: Vec<String>,
    /// Sysmon 4, 16, 255: their loss would hide tampering.
    pub tamper: bool,
}

/// One field.
#[derive(Clone, Debug)]
pub struct FieldDef {
    /// The short name: `Image`; or a path that is known (`winlog.computer_name`).
    pub name: String,
    /// Other names for it (`SourceProcessGUID` for `SourceProcessGuid`).
    pub aliases: Vec<String>,
    /// Paths in the agent's event, best first.
    pub paths: Vec<String>,
    /// What it holds.
    pub kind: FieldType,
    /// Part of every event of the agent, whatever its channel (`winlog.channel`), not of some.
    pub common: bool,
    /// There only after the normaliser: `msg.*`.
    pub normalised: bool,
    /// One sentence for people.
    pub about: String,
}

/// What a name of a rule stands for.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    /// Where the value stands.
    pub path: FieldPath,
    /// The catalogue's entry; `None` for a path that it does not know.
    pub def: Option<&'a FieldDef>,
}

/// All that is known of events and fields.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The events.
    pub events: Vec<EventDef>,
    /// The fields.
    pub fields: Vec<FieldDef>,
}
