//! Decisions that are stored beside test files.
//!
//! In: what came of tests with `snapshot: true`, the files beside. Out: differences; where somebody asks for it, the files as they should be.
//! Never here: a file that is written unasked, or without a word about it.

use std::io::Write;
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::suite::{Suite, TestFile, shown};
use crate::cli::{Failure, style};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::Origin;
use crate::testing::snapshot::{Snapshots, on_one_line};
use crate::testing::{Outcome, Refused};

/// Lines of a difference that are told.
const MOST: usize = 40;

/// Compares decisions with the stored ones, or stores them.
pub(super) fn settle(suite: &mut Suite, outcomes: &mut [Outcome], update: bool, filtered: bool) -> Result<(), Failure> {
    let mut findings = Vec::new();
    for file in &suite.files {
        let path = file.snapshot();
        let mut stored = match read(&path) {
            Ok(stored) => stored,
            Err(message) => {
                let help = "restore it as it was, or remove it and let `blocksieve test --update` write it anew";
                findings.push(Diagnostic::new(Code::BadTest, Origin::whole(file.source), message).help(help));
                continue;
            }
        };
        let before = stored.clone();
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.origin.source == file.source) {
            let Some(decisions) = &outcome.decisions else { continue };
            if update {
                stored.set(&outcome.name, decisions);
            } else {
                let (difference, diff) = match stored.get(&outcome.name) {
                    Some(stored) => match changed(stored, decisions) {
                        Some(diff) => ("its decisions are others than the stored ones", diff),
                        None => continue,
                    },
                    None => ("its decisions are not stored yet", changed(&[], decisions).unwrap_or_default()),
                };
                let way_out = "`blocksieve test --update` stores those that came";
                outcome.differences.push(format!("{difference} ({}); {way_out}", shown(&path)));
                outcome.trees.push(diff);
            }
        }
        stale(file, &mut stored, update, filtered, &mut findings);
        if update && stored != before {
            write(&path, &stored)?;
        }
    }
    for path in suite.orphans.iter().filter(|_| !filtered) {
        if update {
            std::fs::remove_file(path).map_err(|error| {
                Failure::unusable(
                    format!("{} cannot be removed: {error}", shown(path)),
                    "look whether the folder may be written to",
                )
            })?;
            writeln!(style::stderr(), "removed {}", shown(path))?;
        } else {
            let source = suite.sources.add(shown(path), "");
            let message = "there are stored decisions, and no file of tests beside them";
            let help = "`blocksieve test --update` removes them; if the tests have another name now, name these so";
            findings.push(Diagnostic::new(Code::BadTest, Origin::whole(source), message).help(help));
        }
    }
    suite.refused.extend(findings.into_iter().map(Refused::other));
    Ok(())
}

/// Decisions of tests that are there no more.
fn stale(file: &TestFile, stored: &mut Snapshots, update: bool, filtered: bool, findings: &mut Vec<Diagnostic>) {
    // Of a file that cannot be read whole, or of which not all is meant, nobody knows which are there.
    let Some(_) = file.names.as_ref().filter(|_| !filtered) else { return };
    let snapshots = file.cases.iter().filter(|case| case.snapshot);
    let names: Vec<&str> = snapshots.map(|case| case.name.as_str()).collect();
    let stale: Vec<String> = stored.stale(&names).into_iter().map(String::from).collect();
    for name in stale {
        if update {
            stored.remove(&name);
        } else {
            let message =
                format!("there are stored decisions of \"{name}\", and no test of this name with `snapshot: true`");
            let help = "`blocksieve test --update` forgets them; a test that has another name now gets its own";
            findings.push(Diagnostic::new(Code::BadTest, Origin::whole(file.source), message).help(help));
        }
    }
}

/// What is stored, or why nobody can say.
fn read(path: &Path) -> Result<Snapshots, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Snapshots::read(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Snapshots::default()),
        Err(error) => Err(format!("its stored decisions, {}, cannot be read: {error}", shown(path))),
    }
}

fn write(path: &Path, stored: &Snapshots) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::unusable(
            format!("{} cannot be written: {error}", shown(path)),
            "look whether the folder may be written to",
        )
    };
    let what = if stored.is_empty() {
        std::fs::remove_file(path).map_err(failed)?;
        "removed"
    } else {
        std::fs::write(path, stored.write()).map_err(failed)?;
        "wrote"
    };
    writeln!(style::stderr(), "{what} {}", shown(path))?;
    Ok(())
}

/// What is another, line by line; `None`: nothing.
fn changed(stored: &[String], decisions: &[String]) -> Option<String> {
    let came: Vec<String> = decisions.iter().map(|line| on_one_line(line)).collect();
    if stored == came {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) =
        (stored.iter().map(String::as_str).collect(), came.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&old, &new);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(1) {
        for op in &group {
            for change in diff.iter_changes(op) {
                let mark = match change.tag() {
                    ChangeTag::Delete => "-",
                    ChangeTag::Insert => "+",
                    ChangeTag::Equal => " ",
                };
                lines.push(format!("{mark} {}", change.value()));
            }
        }
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    if more > 0 {
        lines.push(format!("… {more} more lines"));
    }
    Some(lines.join("\n") + "\n")
}
