//! Lists of mutants that are accepted, beside what is named.
//!
//! In: the paths that were named, the rules. Out: the entries of the lists, and findings: a list that cannot be read, an entry that names no
//! rule, or no mutant of it. Never here: whether a test notices one.

use std::path::{Path, PathBuf};

use crate::cli::load::Checked;
use crate::cli::{Failure, files, load};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::ir::Rule;
use crate::origin::{Origin, Sources};
use crate::testing::mutate::{Listed, Mutant, mutants, read_listed};

/// The endings of lists.
const ENDINGS: [&str; 2] = [".mutants.yaml", ".mutants.yml"];

/// All lists together.
pub(super) struct Lists {
    pub(super) entries: Vec<Listed>,
    /// Their texts.
    pub(super) sources: Sources,
    /// What is wrong with how they are written.
    pub(super) found: Vec<Diagnostic>,
}

impl Lists {
    /// Reads the lists of what is named.
    pub(super) fn load(named: &[String]) -> Result<Self, Failure> {
        let is_list = |path: &Path| {
            let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
            ENDINGS.iter().any(|ending| name.ends_with(ending))
        };
        let mut files: Vec<PathBuf> = Vec::new();
        for path in named.iter().map(Path::new) {
            if path.is_dir() {
                files.append(&mut files::below(path, is_list)?);
                continue;
            }
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let endings = super::suite::ENDINGS.into_iter().chain(load::RULE_ENDINGS);
            let stem = endings.into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
            let beside = ENDINGS.map(|ending| path.with_file_name(format!("{stem}{ending}")));
            files.extend(beside.into_iter().filter(|file| file.is_file()));
        }
        files.sort();
        files.dedup();
        let (mut entries, mut sources, mut found) = (Vec::new(), Sources::default(), Vec::new());
        for file in files {
            let bytes = std::fs::read(&file).map_err(|error| {
                Failure::unusable(format!("{} cannot be read: {error}", file.display()), "look whether it may be read")
            })?;
            let name = file.strip_prefix(".").unwrap_or(&file).display().to_string().replace('\\', "/");
            match crate::source::decode(&bytes) {
                Ok(text) => {
                    let source = sources.add(name, text.as_str());
                    let (mut listed, mut findings) = read_listed(source, &text);
                    entries.append(&mut listed);
                    found.append(&mut findings);
                }
                Err(fault) => {
                    let source = sources.add(name, "");
                    found.push(fault.diagnostic(source));
                }
            }
        }
        Ok(Self { entries, sources, found })
    }

    /// All that can be said of them without running a test.
    pub(super) fn faults(&self, checked: &Checked) -> Vec<Diagnostic> {
        let mut found = self.found.clone();
        if !self.entries.is_empty() {
            let rules: Vec<Origin> =
                self.entries.iter().filter_map(|entry| Some(rule(entry, checked)?.origin)).collect();
            let all = mutants(&checked.program, &checked.definitions, |origin| rules.contains(&origin)).mutants;
            found.extend(self.entries.iter().filter_map(|entry| names_nothing(entry, checked, &all, &|_| true)));
        }
        diagnostic::sort(&mut found);
        found
    }
}

fn rule<'c>(entry: &Listed, checked: &'c Checked) -> Option<&'c Rule> {
    checked.program.rules.iter().find(|rule| rule.name == entry.rule)
}

/// Is this the mutant of an entry?
pub(super) fn is_of(entry: &Listed, mutant: &Mutant, checked: &Checked) -> bool {
    let name = checked.program.rules.get(mutant.rule.index()).map(|rule| rule.name.as_str());
    name == Some(entry.rule.as_str()) && mutant.label() == entry.mutant
}

/// That an entry names no rule, or no mutant of it. `wanted`: the rules whose mutants are known.
pub(super) fn names_nothing(
    entry: &Listed,
    checked: &Checked,
    all: &[Mutant],
    wanted: &dyn Fn(Origin) -> bool,
) -> Option<Diagnostic> {
    let Some(rule) = rule(entry, checked) else {
        let names = checked.program.rules.iter().map(|rule| rule.name.as_str());
        let help = diagnostic::nearest(&entry.rule, names).map_or_else(
            || "write the name as it stands in the rule".to_string(),
            |near| format!("did you mean \"{near}\"?"),
        );
        return Some(stale(entry, &format!("no rule \"{}\" runs", entry.rule), &help));
    };
    if !wanted(rule.origin) || all.iter().any(|mutant| is_of(entry, mutant, checked)) {
        return None;
    }
    let message = format!("the rule has no mutant \"{}\"", entry.mutant);
    Some(stale(entry, &message, "the rule was changed; take the entry out, or write it as --mutate does now"))
}

/// A finding about an entry.
pub(super) fn stale(entry: &Listed, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::BadTest, entry.origin, message.to_string()).help(help.to_string())
}
