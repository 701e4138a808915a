//! The agent's configuration, read as libbeat reads it.
//!
//! In: the text of a `winlogbeat.yml`, or a list of processors alone. Out: the processors with their places, what `event_logs` select, and findings:
//! an error where the agent would not start, a warning where it passes over something or a condition cannot mean what it says. Never here: rules of
//! ours, and files.
//!
//! `settings` is what go-ucfg makes of the YAML (dotted keys, `$`), `condition`, `processor` and `inputs` what libbeat makes of that.

mod condition;
mod inputs;
mod processor;
mod settings;

use super::{Condition, Processor};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::origin::{Origin, SourceId, Span};
use crate::yaml::{self, YamlError};

pub use inputs::{EventIds, EventLog};

use settings::{Kind, Setting};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub origin: Origin,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `winlogbeat.event_logs`, in order.
    pub event_logs: Vec<EventLog>,
    /// The global `processors`, which run behind those of an event log.
    pub processors: Vec<Entry>,
}

/// An entry of a list of processors.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// Where its condition and the parts of it stand, if it has one.
    pub when: Option<Places>,
    /// Where the entry stands.
    pub origin: Origin,
    /// The comment lines above it.
    pub comments: Vec<Located<String>>,
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// One of those that need no branches.
    Simple(Processor),
    /// `if`, `then`, `else`.
    If {
        /// Which way to go.
        condition: Condition,
        /// Where it holds.
        then: Vec<Entry>,
        /// Where it does not.
        otherwise: Vec<Entry>,
    },
    /// A processor that is not understood here.
    Other {
        /// Its name.
        name: String,
        /// The entry as written.
        text: String,
    },
}

/// Where a condition and its parts stand: one part for each member of `or` and `and`, one for `not`.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// The condition.
    pub origin: Origin,
    /// Its parts.
    pub parts: Vec<Places>,
}

impl Entry {
    /// The entry as processors that do the same. `None` if a part of it is not understood.
    pub fn processors(&self) -> Option<Vec<Processor>> {
        Some(match &self.action {
            Action::Simple(processor) => vec![processor.clone()],
            Action::If { condition, then, otherwise } => vec![Processor::If {
                condition: condition.clone(),
                then: processors(then)?,
                otherwise: processors(otherwise)?,
            }],
            Action::Other { .. } => return None,
        })
    }
}

/// Entries as processors that do the same. `None` if a part of one is not understood.
pub fn processors(entries: &[Entry]) -> Option<Vec<Processor>> {
    let all: Option<Vec<Vec<Processor>>> = entries.iter().map(Entry::processors).collect();
    all.map(|all| all.concat())
}

/// What reading needs to know, and what it finds.
struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    version: AgentVersion,
    findings: Vec<Diagnostic>,
}

/// Reads a configuration of an agent of this version.
///
/// ```
/// use blocksieve::dialect::AgentVersion;
/// use blocksieve::libbeat::config;
/// use blocksieve::origin::SourceId;
/// let text = "processors:\n- drop_event.when.equals.winlog.event_id: '5'\n";
/// let (config, findings) = config::read(SourceId(0), text, AgentVersion::DEFAULT);
/// assert!(findings.is_empty());
/// assert_eq!(config.processors.len(), 1);
/// ```
pub fn read(source: SourceId, text: &str, version: AgentVersion) -> (Config, Vec<Diagnostic>) {
    let mut reader = Reader { source, text, version, findings: Vec::new() };
    let config = reader.config();
    crate::diagnostic::sort(&mut reader.findings);
    (config, reader.findings)
}

/// Reads a condition alone, as it stands below `when`.
pub fn read_condition(source: SourceId, text: &str, version: AgentVersion) -> (Option<Condition>, Vec<Diagnostic>) {
    let mut reader = Reader { source, text, version, findings: Vec::new() };
    let condition =
        reader.document(|reader, root| reader.is_sound(&root).then(|| reader.condition(&root)).flatten()).flatten();
    crate::diagnostic::sort(&mut reader.findings);
    (condition.map(|(condition, _)| condition), reader.findings)
}

impl<'t> Reader<'t> {
    fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// The agent does not start.
    fn refuse(&mut self, origin: Origin, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::new(Code::AgentRefuses, origin, message).help(help));
    }

    /// The agent passes over it.
    fn ignored(&mut self, origin: Origin, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::new(Code::AgentIgnores, origin, message).help(help));
    }

    fn origin(&self, place: yaml::Place) -> Origin {
        Origin::span(self.source, place.span)
    }

    fn yaml_error(&mut self, error: YamlError) {
        let mut finding = Diagnostic::new(Code::BadYaml, self.origin(error.place), error.message).help(error.help);
        if let Some(other) = error.other {
            finding = finding.related(self.origin(other), "the other");
        }
        self.report(finding);
    }

    /// The settings of the first document.
    fn document<T>(&mut self, then: impl FnOnce(&mut Self, Setting<'_>) -> T) -> Option<T> {
        let documents = match yaml::read(self.text) {
            Ok(documents) => documents,
            Err(errors) => {
                errors.into_iter().for_each(|error| self.yaml_error(error));
                return None;
            }
        };
        let first = documents.first()?;
        if let Some(second) = documents.get(1) {
            let origin = self.origin(second.root().place());
            self.ignored(origin, "the agent reads the first document only", "put all settings into one document");
        }
        let root = self.settings(first.root())?;
        Some(then(self, root))
    }

    fn config(&mut self) -> Config {
        let read = self.document(|reader, root| match &root.kind {
            // A list of processors that was cut out of a configuration.
            Kind::List(_) => Config { event_logs: Vec::new(), processors: reader.processors(&root) },
            Kind::Map(_) => {
                let processors = root.get("processors").map(|list| reader.processors(list)).unwrap_or_default();
                let logs = root.get("winlogbeat").and_then(|beat| beat.get("event_logs"));
                if logs.is_none() && root.get("processors").is_none() && !root.broken {
                    reader.nothing(root.origin);
                }
                Config { event_logs: logs.map(|logs| reader.event_logs(logs)).unwrap_or_default(), processors }
            }
            Kind::Null => {
                reader.nothing(root.origin);
                Config::default()
            }
            _ => {
                reader.refuse(
                    root.origin,
                    format!("a configuration is a mapping, and this is {}", root.is()),
                    "begin with `processors:`",
                );
                Config::default()
            }
        });
        if read.is_none() && self.findings.is_empty() {
            self.nothing(Origin::span(self.source, Span { start: 0, end: 0 }));
        }
        read.unwrap_or_default()
    }

    /// Most likely this is another file than the one that was meant.
    fn nothing(&mut self, origin: Origin) {
        self.report(
            Diagnostic::new(Code::AgentNothing, origin, "neither `processors` nor `winlogbeat.event_logs` is here")
                .help("is this the file that Winlogbeat reads? one that is put together of several must be whole"),
        );
    }
}

#[cfg(test)]
mod tests;
