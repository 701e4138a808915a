//! Sysmon's own configuration, with Sysmon's own meaning.
//!
//! In: the bytes of a configuration, and events. Out: the configuration with the place of everything in it, what is wrong or doubtful about it, and for
//! each event whether it would be logged, by what, and under which name. Never here: this language's rules; a configuration is a document of its own. No
//! files, no clock.
//!
//! ```text
//! bytes ─ encoding ─> text ─ document ─> elements ─ read, bind ─> Config ─ twin ──────────> Decision
//!                                                                 └─ findings, stats, diff └─ decide (the same, faster)
//! ```
//!
//! | file | what |
//! | --- | --- |
//! | `encoding.rs` | bytes to text, as Sysmon tells encodings apart |
//! | `document.rs` | XML as a flat tree with the place of each element, attribute and comment |
//! | `model.rs` | what a configuration consists of |
//! | `read/`, `bind.rs` | elements become nodes, rules and filters; fields get their positions |
//! | `event.rs` | the fields of an event as Sysmon's filters see them |
//! | `twin.rs` | whether an event is logged, said as plainly as it can be |
//! | `decide.rs` | the same, fast |
//! | `environment.rs` | variables in values |
//! | `findings/` | what Sysmon accepts and nobody can mean |
//! | `write.rs` | text again |
//! | `explain.rs` | a decision in words and places, and what never decided |
//! | `stats.rs`, `diff.rs`, `merge.rs` | what is in a configuration; what is different between two; several as one |

mod bind;
pub mod decide;
pub mod diff;
mod document;
mod encoding;
pub mod environment;
mod event;
pub mod explain;
mod findings;
pub mod merge;
mod model;
mod read;
pub mod stats;
pub mod twin;
pub mod write;

pub use document::{Attribute, Comment, Document, Element, ElementId};
pub use encoding::{Decoded, Encoding, decode, encode, marked};
pub use event::{EventFields, Plain, Slots, Viewed};
pub use model::{
    Condition, Config, Decision, Filter, FilterAt, Group, Item, Node, OnMatch, Placed, PutIn, Relation, Rule, Schema,
    Setting, Why,
};
pub use read::{OPTIONS, read, read_text};
