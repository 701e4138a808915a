//! What is known of Sysmon: its events and their fields.
//!
//! In: nothing but the facts of Sysmon's manifest (schema 4.90) and of real events. Out: a [`Catalogue`], a value that is
//! passed to whoever needs names. Never here: rules.

mod catalogue;
pub mod components;
mod events;
mod fields;
pub mod hashes;
#[cfg(test)]
mod tests;

pub use catalogue::{Carries, Catalogue, EventDef, EventIndex, FieldDef, FieldType, Resolved};
