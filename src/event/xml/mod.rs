//! Windows' XML of events: one event, many in a row, or inside of `<Events>`; rendered or not; that of Sysmon for Linux.
//!
//! In: bytes. Out: where each event stands ([`next_event`]); the parts of one ([`take_event`]). The XML is read by quick-xml.
//! Never here: files; what the agent makes of the parts.

mod event;
mod find;
mod plain;
#[cfg(test)]
mod tests;

pub(crate) use event::{Document, take_data, take_event};
pub(crate) use find::{Found, has_event, next_event};
