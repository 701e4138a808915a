//! What is known of Sysmon: its events and their fields.
//!
//! In: nothing but the facts of Sysmon's manifest (schema 4.90) and of real events. Out: a [`Catalogue`], a value that is
//! passed to whoever needs names; what the names of rules and lists of hashes say; and the normaliser. Never here: rules.

mod catalogue;
pub mod components;
pub mod config;
mod elsewhere;
mod events;
mod fields;
pub mod gist;
pub mod hashes;
pub mod normalise;
pub(crate) mod retired;
pub mod rule_name;
pub mod tags;
#[cfg(test)]
mod tests;

pub use catalogue::{Carries, Catalogue, EventDef, EventIndex, FieldDef, FieldType, Resolved};
pub use elsewhere::known_elsewhere;
#[cfg(feature = "templates")]
pub(crate) use elsewhere::names_elsewhere;
pub(crate) use events::{
    CHANNEL, LINUX, WINDOWS as PROVIDER, field_of_message_name, fields_of, has_field, is_of_sysmon, is_provider,
};
pub(crate) use fields::{as_windows, kind_of};
