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

mod draft;
mod file;
mod run;
#[cfg(test)]
mod tests;

pub use draft::{Drafted, draft};
pub use file::{Case, Decision, Expected, Named, read};
pub use run::{Outcome, run};

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
