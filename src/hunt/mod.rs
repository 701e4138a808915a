//! Hunting: from some processes to all that have to do with them.
//!
//! In: events, and the GUIDs of processes to begin with. Out: the processes that are reached from them, round by round, and what their
//! events say of each. Never here: files, printing to a terminal, rules.
//!
//! | file | what |
//! | --- | --- |
//! | `guid.rs` | the id of a process, and what is none |
//! | `actor.rs` | which process caused an event |
//! | `roots.rs` | Windows' own processes from which everything descends: the walk stops at them |
//! | `links.rs` | which processes an event links: the first reading |
//! | `walk.rs` | the processes that are reached, round by round |
//! | `gather.rs` | what the events of those processes say: the second reading |
//! | `note.rs` | what whoever reads a hunt should know |
//! | `document.rs` | a hunt as plain data |
//! | `over_time.rs` | counts over time whose number of steps is bounded |
//! | `report/` | a hunt as a tree, a table's rows, JSON, DOT, Mermaid, Markdown, a rule |
//!
//! What links two processes, and in which direction the walk goes along it:
//!
//! | event | link | followed |
//! | --- | --- | --- |
//! | 1 process created | parent, child | both ways |
//! | 8 remote thread created | source, target | both ways |
//! | 10 process accessed with the right to write its memory or create a thread | source, target | both ways, if asked for |
//! | any other | none: it hangs from its process | |
//!
//! An event belongs to a hunt if one of its four GUIDs of processes (`ProcessGuid`, `ParentProcessGuid`, `SourceProcessGuid`,
//! `TargetProcessGuid`) is that of a process that was reached, whoever wrote it and whatever its id; it is what `any processguid in [...]`
//! says of the same GUIDs. What links, and what is told of a process, is in events of Sysmon alone. GUIDs alone link: ids of processes
//! are used again.

mod actor;
mod document;
mod gather;
mod guid;
mod links;
mod note;
mod over_time;
pub mod report;
mod roots;
#[cfg(test)]
mod tests;
mod walk;

pub use actor::Actors;
pub use document::{Counted, Cross, Event, Hunt, Process, Reached, Thing, Things};
pub use gather::Gather;
pub use guid::{Guid, Named};
pub use links::{How, InMemory, Link, LinkReader, Links, Said};
pub use note::{EXAMPLES, Injected, Note, UsedAgain};
pub use over_time::{OverTime, Step};
pub use roots::{Roots, Standing, Stops};
pub use walk::{Broken, Found, Options, Round, Walk, walk};
