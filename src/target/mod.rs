//! What rules become besides bytecode. Each target is a pure function of a tree.

pub mod blockly;
pub mod logmanager;
#[cfg(feature = "sigma")]
pub mod sigma;
pub mod sysmon;
pub mod text;
pub mod winlogbeat;

use crate::ast::{self, Definition};
use crate::blockly::Registry;
use crate::diagnostic::Diagnostic;
use crate::origin::Sources;
use crate::source::blockly::{Format, Outside};
use crate::source::{self, DrawnIn};

/// How rules are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As text.
    Text,
    /// As a workspace.
    Blockly(Format),
    /// As the log manager exports it.
    LogManager,
}

impl Form {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Form::Text => "rule",
            Form::Blockly(Format::Json) => "blocks.json",
            Form::Blockly(Format::Xml) => "blocks.xml",
            Form::LogManager => "xml",
        }
    }
}

/// A definition in a form, laid out as `old` is; else what the form cannot hold.
pub fn write(
    definition: &Definition,
    form: Form,
    old: Option<&DrawnIn>,
    registry: &Registry,
) -> Result<String, Vec<Diagnostic>> {
    match form {
        Form::Text => Ok(text::write(definition)),
        Form::Blockly(format) => blockly::write(definition, format, layout(old)),
        Form::LogManager => logmanager::write(definition, registry),
    }
}

/// What a new drawing is laid out as. The log manager's blocks are no place for ours.
pub fn layout(old: Option<&DrawnIn>) -> Option<blockly::Old<'_>> {
    old.filter(|old| !old.manager).map(|old| blockly::Old { workspace: &old.workspace, aside: &old.aside })
}

/// Is what was written the same rules, read as they will be? The log manager's exports do not hold the rule's name: it is the one that it
/// has here.
pub fn says_the_same(definition: &Definition, form: Form, text: &str, registry: &Registry) -> bool {
    let again = match form {
        Form::LogManager => {
            let outside = Outside { name: name(definition), registry };
            source::blockly::read(definition.source, text, Format::Xml, outside).0.definition
        }
        Form::Text | Form::Blockly(_) => {
            let mut sources = Sources::default();
            let id = sources.add("written", text);
            source::parse(&mut sources, id, text, registry).definition
        }
    };
    ast::same(definition, &again)
}

/// The name of the one rule.
pub fn name(definition: &Definition) -> &str {
    definition.rules.first().map_or("", |rule| rule.name.value.as_str())
}
