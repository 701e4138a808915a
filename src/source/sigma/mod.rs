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

/// Is a text in YAML one of Sigma's, or meant to be? Other files of the same ending stand beside rules: tests, configurations of the agent.
///
/// What decides are the names at the left of a document, in quotes or not; a rule that lacks one of its parts, or misspells it, is a rule all the
/// same, which whoever reads it says. A document in braces is one where it has the names somewhere.
pub fn is_sigma(text: &str) -> bool {
    let mut found = [false; 4];
    let mut indent = None;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let inside = line.trim_start_matches(' ');
        if inside.is_empty() || inside.starts_with('#') {
            continue;
        }
        if line.starts_with("---") {
            indent = None;
            continue;
        }
        let depth = line.len() - inside.len();
        if inside.starts_with('{') && indent.is_none() {
            let has = |key: &str| text.contains(key);
            return has("logsource") && has("detection") || has("title") && has("correlation");
        }
        if *indent.get_or_insert(depth) != depth {
            continue;
        }
        let Some((key, _)) = inside.split_once(':') else { continue };
        match key.trim().trim_matches(['"', '\'']) {
            "logsource" | "Logsource" | "logSource" => return true,
            "detection" | "detections" | "Detection" | "correlation" => found[0] = true,
            "title" | "id" | "status" | "level" => found[1] = true,
            "filter" => found[2] = true,
            "action" if ["global", "reset", "repeat"].iter().any(|action| inside.ends_with(action)) => found[3] = true,
            _other => {}
        }
    }
    let [detection, named, filter, action] = found;
    // A detection alone is one where it says how it is joined.
    detection && (named || text.contains("condition:")) || filter && named || action
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
