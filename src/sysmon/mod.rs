//! What is known of Sysmon: its events and their fields.
//!
//! In: nothing but the facts of Sysmon's manifest (schema 4.90) and of real events. Out: a [`Catalogue`], a value that is
//! passed to whoever needs names. Never here: rules.

mod catalogue;
mod events;
mod fields;
#[cfg(test)]
mod tests;

pub use catalogue::{Carries, Catalogue, EventDef, EventIndex, FieldDef, FieldType, Resolved};
pub(crate) use events::{CHANNEL, WINDOWS as PROVIDER, field_of_message_name, fields_of, has_field, is_provider};
