//! What stands at a path of the agent's event: what can be said exactly of it depends on that.
//!
//! In: a path and the agent's version. Out: a [`Shape`]. Never here: an event.

use crate::dialect::AgentVersion;
use crate::sysmon::{Catalogue, FieldType};

/// What stands at a path, if anything does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any text.
    Text,
    /// A text of decimal digits without leading zeros, or `-`.
    Decimal,
    /// A text of `0x` and hexadecimal digits, or `-`.
    Hex,
    /// The text `true` or `false`, or `-`.
    Truth,
    /// An integer, not negative.
    Integer,
    /// A time, of which libbeat can only say that it is there.
    Time,
    /// A text, or a list of texts.
    Texts,
}

impl Shape {
    /// Of a path.
    pub(super) fn of(path: &str, version: AgentVersion, catalogue: &Catalogue) -> Shape {
        let id = if version.has_text_ids() { Shape::Decimal } else { Shape::Integer };
        match path {
            "winlog.event_id" | "event.code" => return id,
            "winlog.record_id" | "winlog.process.pid" | "winlog.process.thread.id" | "winlog.version" => {
                return Shape::Integer;
            }
            "@timestamp" | "event.created" => return Shape::Time,
            _ => {}
        }
        let data = path.starts_with("winlog.event_data.");
        match catalogue.resolve(path).def.map(|def| def.kind) {
            Some(FieldType::Number) => Shape::Decimal,
            Some(FieldType::Hex) => Shape::Hex,
            Some(FieldType::Boolean) => Shape::Truth,
            Some(FieldType::Texts) => Shape::Texts,
            Some(
                FieldType::Text
                | FieldType::Path
                | FieldType::Guid
                | FieldType::Time
                | FieldType::Address
                | FieldType::Hashes,
            ) => Shape::Text,
            None if data || path.starts_with("winlog.user_data.") => Shape::Text,
            None => Shape::Texts,
        }
    }
}
