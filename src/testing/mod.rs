//! Tests of rules: events, and what the rules are expected to do to them.
//!
//! In: the text of a test file, rules that are ready to run, and who brings other files and templates. Out: each test with what came
//! otherwise and why, and findings about the file; or a test more, made of an event. Never here: files, threads, printing, another
//! meaning of rules than the pipeline's.
//!
//! [`read`] gives the tests of a file. A [`Bench`] runs them on rules: [`Bench::run`] one after the other, [`Bench::case`] a single one, so
//! that several threads can share it. An [`Observer`] sees every event as the machine decided it.
//!
//! ```yaml
//! tests:
//!   - name: Windows resolves the names of its updates
//!     event:
//!       winlog:
//!         provider_name: Microsoft-Windows-Sysmon
//!         event_id: '22'
//!         event_data: { QueryName: 'au.windowsupdate.com' }
//!     expect: { decision: dropped, rule: DNS of Windows services }
//! ```
//!
//! grammar/tests.md has all keys, grammar/tests.schema.json their schema.
//!
//! | file | what |
//! | --- | --- |
//! | `case.rs` | a test as data |
//! | `file.rs` | the file as tests |
//! | `outside.rs` | the files and templates that tests need |
//! | `run.rs` | tests on rules |
//! | `snapshot.rs` | decisions that are stored beside a test file |
//! | `draft.rs` | an event as a test |
//! | `coverage/` | what of the rules the tests made run |
//! | `mutate/` | rules changed one step at a time, and whether a test notices |

mod case;
pub mod coverage;
mod draft;
mod file;
pub mod mutate;
mod outside;
mod run;
pub mod snapshot;
#[cfg(test)]
mod tests;

pub use case::{AlertExpected, Bound, Budget, Case, Decision, Expected, Given, Measure, Named, Sample, Written};
use draft::quoted;
pub use draft::{Drafted, draft};
pub use file::{Refused, read, read_each};
pub use outside::{Message, NotRead, Nothing, Outside};
pub use run::{Bench, Observer, Outcome, Unobserved, run};

use crate::dialect::AgentVersion;
use crate::ir::Program;
use crate::vm::Prepared;

/// The rules that are tested.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What they say.
    pub program: &'a Program,
    /// The module made of them.
    pub prepared: &'a Prepared,
    /// The agent that sends the events.
    pub agent: AgentVersion,
}
