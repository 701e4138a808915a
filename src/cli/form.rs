//! The dresses of a rule, as commands write them.
//!
//! In: definitions, the workspaces that they were drawn in, their project. Out: text in a [`Form`], which is read again and must be
//! the same tree. Never here: files.

use super::load::Loaded;
use super::{Exit, Failure};
use crate::ast::Definition;
use crate::blockly::Registry;
use crate::diagnostic::Diagnostic;
use crate::source::DrawnIn;
use crate::source::blockly::Outside;
use crate::target;

pub(super) use crate::target::{Form, name};

/// A definition in a form, laid out as `old` is; else what the form cannot hold.
pub(super) fn write(
    definition: &Definition,
    form: Form,
    old: Option<&DrawnIn>,
    loaded: &Loaded,
) -> Result<String, Vec<Diagnostic>> {
    target::write(definition, form, old, registry(loaded))
}

/// What the project says of the log manager's uuids.
pub(super) fn registry(loaded: &Loaded) -> &Registry {
    loaded.project.as_ref().map_or(Outside::NOTHING.registry, |project| &project.registry)
}

/// Is what was written the same rules, read as they will be?
pub(super) fn says_the_same(definition: &Definition, form: Form, text: &str, loaded: &Loaded) -> bool {
    target::says_the_same(definition, form, text, registry(loaded))
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
