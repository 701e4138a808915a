//! The editor's engine: a project that changes with every key, and sample events that its rules are tried on.
//!
//! In: texts of rule files as somebody edits them, settings, bytes of event files. Out: plain serde types ([`wire`]) that say what the
//! rules are, what is wrong with them and what they do to each event. Never here: meaning of its own, files, the network, the clock,
//! JavaScript; `wasm/` puts it behind the browser's door, and the tests run it on the host.
//!
//! | file | what |
//! | --- | --- |
//! | `project.rs` | the files, and what they compile to together |
//! | `documents.rs` | one file in another dress: blocks, text, forms, Winlogbeat |
//! | `sigma.rs` | rules of Sigma as text of ours, and back |
//! | `tests_of.rs` | test files on the rules |
//! | `messages.rs` | what alerts say of an event |
//! | `help.rs` | events and fields to choose from |
//! | `configuration/` | a configuration of Sysmon, which is a document beside the project |
//! | `hunting/` | a hunt over the events, step by step |
//! | `board/` | counts over the events, as dashboards show them |
//! | `samples/` | the events, and what the rules do to them |
//! | `locate.rs` | places as JavaScript counts |
//! | `wire.rs` | what crosses to the page |

pub mod board;
pub mod configuration;
mod documents;
mod help;
pub mod hunting;
mod locate;
#[cfg(feature = "templates")]
mod messages;
mod project;
pub mod samples;
#[cfg(feature = "sigma")]
mod sigma;
mod tests_of;
pub mod wire;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;

pub use project::{Collect, Project, Settings};

use samples::Samples;
use wire::Refused;

/// What a page works with.
pub struct Session {
    project: Project,
    state: samples::State,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// Without rules and without events.
    pub fn new() -> Self {
        let project = Project::new();
        let state = samples::State::new(Samples::new(project.agent, &project.catalogue));
        Self { project, state }
    }

    /// The rules.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Replaces all rules and settings.
    pub fn set_project(&mut self, files: Vec<wire::RuleFile>, settings: Settings) -> wire::Compiled {
        self.project = Project::of(files, settings);
        self.project.told()
    }

    /// Replaces one file, or adds it.
    pub fn set_file(&mut self, name: &str, text: &str) -> wire::Compiled {
        self.project.set(name, text);
        self.project.told()
    }

    /// Takes one file away.
    pub fn remove_file(&mut self, name: &str) -> wire::Compiled {
        self.project.remove(name);
        self.project.told()
    }
}

/// A refusal without more to say.
pub(crate) fn refused(error: impl Into<String>, help: impl Into<String>) -> Refused {
    Refused { error: error.into(), help: Some(help.into()) }
}
