//! What is meant by the paths of the command line, where that is not what stands there.
//!
//! In: what was named. Out: the project that is meant; or why it cannot be meant, and the way out. Never here: reading rules.

use std::path::Path;

use super::files::{below, walk};
use super::load::is_rules;
use super::{Failure, project};

/// What is meant by a path: itself, or where it is a folder in no project, the project below it, if all rules below it are of that one. Those of
/// several are no one set of rules: tables and templates differ, and names may be there twice.
pub(super) fn by(named: &str) -> Result<String, Failure> {
    let path = Path::new(named);
    if named == "-" || !path.is_dir() || project::find(path).is_some() {
        return Ok(named.to_string());
    }
    let files = below(path, |file| file.file_name().is_some_and(|name| name == project::FILE))?;
    let folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let shown = |path: &Path| path.strip_prefix(".").unwrap_or(path).display().to_string();
    let (message, help) = match folders.as_slice() {
        [] => return Ok(named.to_string()),
        [only] if below(path, is_rules)?.iter().all(|file| file.starts_with(only)) => {
            return Ok(only.display().to_string());
        }
        [only] => (
            format!("{} holds the project {}, and rules beside it", path.display(), shown(only)),
            "name the project, or the rules beside it",
        ),
        several => {
            let names: Vec<String> = several.iter().map(|folder| shown(folder)).collect();
            let count = several.len();
            (
                format!("{} is no project, and holds {count} of them: {}", path.display(), names.join(", ")),
                "run the command once for each project",
            )
        }
    };
    Err(Failure::unusable(message, help))
}

/// The project around this folder, where nothing is named. `command`: which one asks.
pub(super) fn here(command: &str) -> Result<String, Failure> {
    let found = project::as_named(Path::new(".")).ok_or_else(|| {
        Failure::unusable(
            format!("there is no project here: no {} in this folder or above it", project::FILE),
            format!("name a project, a folder or files, as in `blocksieve {command} examples/sysmon`"),
        )
    })?;
    Ok(found.display().to_string())
}

/// Refuses events where rules are named, and rules where events are.
pub(super) fn not_swapped(command: &str, rules: &[String], events: &[String]) -> Result<(), Failure> {
    let holds_rules = |path: &String| {
        let path = Path::new(path);
        if path.is_dir() { matches!(walk(path, is_rules).next(), Some(Ok(_))) } else { is_rules(path) }
    };
    let may_be_rules = |path: &String| path == "-" || path.ends_with(".bsm") || holds_rules(path);
    // A module is none of the events, in whatever place it is named.
    let is_module_or_rules = |path: &String| path.ends_with(".bsm") || holds_rules(path);
    if rules.iter().any(may_be_rules) || !events.iter().any(is_module_or_rules) {
        return Ok(());
    }
    let (rules, events) = (rules.join(" "), events.join(" "));
    Err(Failure::unusable(
        format!("{rules} holds no rules, and --events names some: the two are swapped"),
        format!("write: blocksieve {command} {events} --events {rules}"),
    ))
}
