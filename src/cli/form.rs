//! The dresses of a rule, as commands write them.
//!
//! In: definitions, the workspaces that they were drawn in, their project. Out: text in a [`Form`], which is read again and must be
//! the same tree. Never here: files.

use std::path::PathBuf;

use super::load::Loaded;
use super::{Exit, Failure, sigma};
use crate::ast::Definition;
use crate::blockly::Registry;
use crate::diagnostic::Diagnostic;
use crate::source::DrawnIn;
use crate::source::blockly::{Format, Outside};
use crate::target;

pub(super) use crate::target::name;

/// How rules are written down: [`target::Form`], and Sigma, which the browser's first module does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// As a workspace.
    Blockly(Format),
    /// As the log manager exports it.
    LogManager,
    /// As Sigma's YAML.
    Sigma,
}

impl Form {
    fn of_target(self) -> Option<target::Form> {
        Some(match self {
            Form::Text => target::Form::Text,
            Form::Blockly(format) => target::Form::Blockly(format),
            Form::LogManager => target::Form::LogManager,
            Form::Sigma => return None,
        })
    }

    /// The ending of its files.
    pub(super) fn ending(self) -> &'static str {
        self.of_target().map_or("yml", target::Form::ending)
    }
}

/// A definition in a form, laid out as `old` is; else what the form cannot hold.
pub(super) fn write(
    definition: &Definition,
    form: Form,
    old: Option<&DrawnIn>,
    loaded: &Loaded,
) -> Result<String, Vec<Diagnostic>> {
    match form.of_target() {
        Some(form) => target::write(definition, form, old, registry(loaded)),
        None => write_sigma(definition, None, loaded),
    }
}

/// A definition as Sigma, by the `sigma.toml` of `onto`: a file of Sigma and its text, of which is kept what says the same.
pub(super) fn write_sigma(
    definition: &Definition,
    onto: Option<&(PathBuf, String)>,
    loaded: &Loaded,
) -> Result<String, Vec<Diagnostic>> {
    match onto {
        Some((path, text)) => target::sigma::write(definition, &sigma::setup_of_file(path, loaded), Some(text)),
        // What is Sigma's already was not changed since it was read, with whatever files it was.
        None => match loaded.sources.get(definition.source).filter(|_| loaded.sigma.contains(&definition.source)) {
            Some(own) => Ok(own.text.to_string()),
            None => target::sigma::write(definition, &sigma::setup_of(definition, loaded), None),
        },
    }
}

/// What the project says of the log manager's uuids.
pub(super) fn registry(loaded: &Loaded) -> &Registry {
    loaded.project.as_ref().map_or(Outside::NOTHING.registry, |project| &project.registry)
}

/// Is what was written the same rules, read as they will be? Who writes Sigma has asked that, and told where it is not.
pub(super) fn says_the_same(definition: &Definition, form: Form, text: &str, loaded: &Loaded) -> bool {
    form.of_target().is_none_or(|form| target::says_the_same(definition, form, text, registry(loaded)))
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
