//! What alerts remember from event to event, typed.
//!
//! In: nothing. Out: the part of the program that counts. Never here: how; `vm/context/` counts, and its slow twin beside `ir/twin.rs`.

use serde::{Deserialize, Serialize};

use crate::event::Slot;

/// One thing that is counted: a threshold, a correlation, or a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// What `remembered` and `forget` call it.
    pub name: Option<String>,
    /// Whose it is: the alert's name and a sum of what it says, so that what was counted is never taken for what another one counts. Empty for
    /// a mark, which belongs to its name.
    pub rule: String,
    /// For people: `3 distinct User within 60 seconds by Computer`.
    pub text: String,
    /// What has to come.
    pub asks: Asks,
    /// The length of the window in nanoseconds, 1 or more.
    pub length: i64,
    /// The window begins with the first event, otherwise it slides.
    pub from_first_hit: bool,
    /// The fields of the key; of a correlation, those of each step.
    pub by: Vec<Vec<KeyField>>,
}

/// A field whose value is a part of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyField {
    /// As written.
    pub name: String,
    /// Where it is read.
    pub slot: Slot,
}

/// What a [`Context`] waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asks {
    /// So many events, 1 or more.
    Events(u32),
    /// So many different values of the fields, 1 or more.
    Distinct(u32, Vec<KeyField>),
    /// So many steps, 1 to [`limits::STEPS`](crate::limits::STEPS), each by an event of its own.
    Steps {
        /// One after the other.
        ordered: bool,
        /// How many.
        count: u8,
    },
    /// Nothing: others ask whether it is remembered, and how often.
    Mark,
}

/// Where the machine reads when and where an event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// `@timestamp`.
    pub time: Slot,
    /// `winlog.computer_name`.
    pub host: Slot,
    /// `winlog.record_id`.
    pub record: Slot,
}

/// What a statement or test names: a context, and the key that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Named {
    /// Index into [`Program::contexts`](super::Program::contexts).
    pub context: u32,
    /// The fields of the key.
    pub by: Vec<KeyField>,
}

/// How long an alert stays quiet after it was sent, and what makes it the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// Nanoseconds, 1 or more.
    pub length: i64,
    /// Fields that make it the same; a missing one has a value of its own.
    pub by: Vec<KeyField>,
}
