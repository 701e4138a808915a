//! Filters as processors of Winlogbeat, which decide on an endpoint as the machine decides on the agent's event.
//!
//! In: a checked program and what it is written for. Out: a configuration, or every test and statement that Winlogbeat of that version cannot say
//! exactly, each with the way out. Never here: approximations, files, and rules of other kinds than filters.
//!
//! | file | what |
//! | --- | --- |
//! | `flow.rs` | statements: what ends a rule, branches |
//! | `test.rs`, `value.rs`, `number.rs`, `network.rs` | one test as a condition |
//! | `strict.rs` | tests that are libbeat's own already |
//! | `shape.rs` | what stands at a path of the agent's event |
//! | `pattern.rs`, `digits.rs` | regular expressions for Go |
//! | `truth.rs` | conditions with constants folded away |
//! | `old.rs` | what Winlogbeat before 7.4 has to be told otherwise |
//! | `group.rs` | guards asked once |
//! | `file.rs`, `yaml.rs` | the configuration around them, and how it is written |
//!
//! What an agent sends is taken for granted where the manual's table says so: data of events are texts, Sysmon's numbers are written as Sysmon writes
//! them, every event names its provider, `tags` is a list.

mod digits;
mod file;
mod flow;
mod group;
mod network;
mod number;
mod old;
mod pattern;
mod shape;
mod strict;
mod test;
#[cfg(test)]
mod tests;
mod truth;
mod value;
mod yaml;

pub use flow::WOULD_DROP;

use crate::diagnostic::Diagnostic;
use crate::ir::Program;
use crate::sysmon::Catalogue;

/// The channel that Sysmon logs to.
pub const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

/// What is written. The version is the program's agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Winlogbeat {
    /// Tags `would_drop:RULE` instead of drops.
    pub observe: bool,
    /// Winlogbeat 7 with Elastic's module script, which takes events apart: the filters stand before it.
    pub module: bool,
    /// A whole file that collects these channels; a list of processors alone where there are none.
    pub channels: Vec<String>,
    /// Where a whole file sends the events: `HOST:PORT`.
    pub hosts: Vec<String>,
    /// What the filters are called in the first line.
    pub name: String,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The configuration.
    pub yaml: String,
    /// Names of filters that are no part of it, because they can do nothing to any event.
    pub nothing: Vec<String>,
}

/// Writes the filters of a program.
///
/// # Errors
/// Every test and statement that this version of Winlogbeat cannot say exactly.
pub fn write(program: &Program, catalogue: &Catalogue, options: &Winlogbeat) -> Result<Written, Vec<Diagnostic>> {
    let flow::Flowed { entries, nothing } = flow::entries(program, catalogue, options)?;
    let entries = if program.agent < old::CASE_COUNTS { old::entries(entries) } else { entries };
    let yaml = file::write(program, options, &group::guards(entries), &nothing);
    Ok(Written { yaml, nothing })
}

/// Why something cannot be said to libbeat.
#[derive(Debug)]
struct Refused {
    /// What: the end of a sentence that begins "Winlogbeat cannot say".
    what: String,
    /// The way out.
    help: String,
}

impl Refused {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Refused {
        Refused { what: what.into(), help: help.into() }
    }
}

fn refuse<T>(what: impl Into<String>, help: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::new(what, help))
}
