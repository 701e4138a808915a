//! The dresses of a rule, as commands write them.
//!
//! In: definitions, the workspaces that they were drawn in, their project. Out: text in a [`Form`], which is read again and must be
//! the same tree. Never here: files.

use super::load::Loaded;
use super::{Exit, Failure};
use crate::ast::{self, Definition};
use crate::blockly::Registry;
use crate::diagnostic::Diagnostic;
use crate::origin::Sources;
use crate::source::blockly::{Format, Outside};
use crate::source::{self, DrawnIn};
use crate::target;

/// How rules are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// As a workspace.
    Blockly(Format),
    /// As the log manager exports it.
    LogManager,
}

impl Form {
    /// The ending of its files.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Form::Text => "rule",
            Form::Blockly(Format::Json) => "blocks.json",
            Form::Blockly(Format::Xml) => "blocks.xml",
            Form::LogManager => "xml",
        }
    }
}

/// A definition in a form, laid out as `old` is; else what the form cannot hold.
pub(super) fn write(
    definition: &Definition,
    form: Form,
    old: Option<&DrawnIn>,
    loaded: &Loaded,
) -> Result<String, Vec<Diagnostic>> {
    match form {
        Form::Text => Ok(target::text::write(definition)),
        Form::Blockly(format) => {
            // The log manager's blocks are no place for ours.
            let old = old.filter(|old| !old.manager);
            let old = old.map(|old| target::blockly::Old { workspace: &old.workspace, aside: &old.aside });
            target::blockly::write(definition, format, old)
        }
        Form::LogManager => target::logmanager::write(definition, registry(loaded)),
    }
}

/// What the project says of the log manager's uuids.
pub(super) fn registry(loaded: &Loaded) -> &Registry {
    loaded.project.as_ref().map_or(Outside::NOTHING.registry, |project| &project.registry)
}

/// Is what was written the same rules, read as they will be? The log manager's exports do not hold the rule's name: it is the one that it has here.
pub(super) fn says_the_same(definition: &Definition, form: Form, text: &str, loaded: &Loaded) -> bool {
    let registry = registry(loaded);
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

/// What is said if it is not.
pub(super) fn fault(definition: &Definition, loaded: &Loaded) -> Failure {
    let file = loaded.sources.name(definition.source);
    Failure {
        message: format!("{file}: what would be written does not say the same; nothing was written"),
        help: "this is a fault of the program: please report it with the file".to_string(),
        exit: Exit::Rules,
    }
}

/// The name of the one rule.
pub(super) fn name(definition: &Definition) -> &str {
    definition.rules.first().map_or("", |rule| rule.name.value.as_str())
}
