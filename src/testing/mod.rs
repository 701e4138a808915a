//! Tests of rules: events, and what the rules are expected to do to them.
//!
//! In: the text of a test file, rules that are ready to run. Out: each test with what came otherwise, and findings about the file; or a
//! test more, made of an event. Never here: files, printing, another meaning of rules than the pipeline's.
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
//! | key of `expect` | what is expected |
//! | --- | --- |
//! | `decision` | `dropped` by a filter, or `kept` |
//! | `rule` | this filter drops the event, before any other; this classify rule or alert does something |
//! | `tags` | exactly these tags behind the agent, in any order |
//! | `alerts` | exactly these alerts send something, in any order |
//!
//! | file | what |
//! | --- | --- |
//! | `file.rs` | the file as tests |
//! | `run.rs` | tests on rules |
//! | `draft.rs` | an event as a test |
//! | `coverage/` | what of the rules the tests made run |
//! | `mutate/` | rules changed one step at a time, and whether a test notices |

pub mod coverage;
mod draft;
mod file;
pub mod mutate;
mod run;
#[cfg(test)]
mod tests;

pub use draft::{Drafted, draft};
pub use file::{Case, Decision, Expected, Named, read};
pub use run::{Outcome, run};

use crate::dialect::AgentVersion;
use crate::ir::Program;
use crate::vm::{Options, Prepared};

/// The rules that are tested.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What they say.
    pub program: &'a Program,
    /// The module made of them.
    pub prepared: &'a Prepared,
    /// The agent that sends the events.
    pub agent: AgentVersion,
    /// Who sees each decision of the machine; the machine traces if there is somebody.
    pub observer: Option<&'a dyn Observe>,
}

impl Rules<'_> {
    /// How the machine is to decide.
    pub(crate) fn options(&self) -> Options {
        Options { trace: self.observer.is_some(), ..Options::default() }
    }

    /// Tells the observer what became of an event; to be said of each event that a test gives the machine.
    pub(crate) fn observe(&self, outcome: &crate::vm::Outcome) {
        if let Some(observer) = self.observer {
            observer.decided(outcome);
        }
    }
}

/// Somebody who sees what the machine decides while tests run.
pub trait Observe {
    /// One event was decided, with a trace.
    fn decided(&self, outcome: &crate::vm::Outcome);
}
