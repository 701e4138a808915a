//! Rules of Sigma, read as alerts.
//!
//! In: texts of files in Sigma's YAML, version 2 of its specification: rules, correlations, filters. Out: definitions of ours, and everything that
//! is wrong or cannot be said, with line and column. Never here: files, and an approximation that nobody is told of.
//!
//! `read/` makes a [`model::File`] of a text, which is Sigma's own form and compared with pySigma's; `lower/` makes alerts of the files that are
//! read together, since correlations and filters name rules of other files. `setup` says which events of Windows a log source stands for.

pub mod condition;
mod lower;
pub mod model;
pub mod modifier;
mod read;
pub mod setup;
pub mod value;

pub use lower::definitions;
pub use read::read;
pub use setup::Setup;

use crate::ast::Definition;
use crate::diagnostic::Diagnostic;
use crate::origin::SourceId;

/// The endings of files in which rules of Sigma stand.
pub const ENDINGS: [&str; 2] = [".yml", ".yaml"];

/// Is a text in YAML one of Sigma's? Other files of the same ending stand beside rules: tests, configurations of the agent.
pub fn is_sigma(text: &str) -> bool {
    let starts = |key: &str| {
        text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')))
    };
    ["detection", "correlation", "filter"].iter().any(|key| starts(key)) && (starts("title") || starts("logsource"))
}

/// Reads files that belong together.
pub fn parse<'t>(
    files: impl IntoIterator<Item = (SourceId, &'t str)>,
    setup: &Setup,
) -> (Vec<Definition>, Vec<Diagnostic>) {
    let (mut read, mut found) = (Vec::new(), Vec::new());
    for (source, text) in files {
        let (file, findings) = self::read(source, text);
        read.push(file);
        found.extend(findings);
    }
    let (definitions, more) = definitions(&read, setup);
    found.extend(more);
    crate::diagnostic::sort(&mut found);
    (definitions, found)
}
