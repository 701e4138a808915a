//! Files that nobody would miss: tests under a name by which no tests are found, and decisions of tests that are there no more.
//!
//! In: a folder whose tests are meant. Out: such files. Never here: changing them.

use std::path::{Path, PathBuf};

use super::suite::{ENDINGS, is_tests, on_disk};
use crate::cli::{Failure, files};
use crate::testing::snapshot::Snapshots;

/// How stored decisions end.
pub(super) const STORED: &str = ".test.snap";

/// What lies in a folder, or below it.
#[derive(Default)]
pub(super) struct PassedOver {
    /// Tests by what they say, and not by their name.
    pub(super) misnamed: Vec<PathBuf>,
    /// Stored decisions without a file of tests beside them.
    pub(super) orphans: Vec<PathBuf>,
}

impl PassedOver {
    pub(super) fn look(&mut self, folder: &Path) -> Result<(), Failure> {
        let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let is_yaml = |path: &Path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let other = files::below(folder, |path| is_yaml(path) && !is_tests(path))?;
        self.misnamed.extend(other.into_iter().filter(|path| reads_as_tests(&text(path))));
        let stored = files::below(folder, |path| on_disk(path).ends_with(STORED))?;
        let is_alone = |path: &PathBuf| {
            let stem = on_disk(path);
            let stem = stem.strip_suffix(STORED).unwrap_or(&stem);
            !ENDINGS.iter().any(|ending| path.with_file_name(format!("{stem}{ending}")).symlink_metadata().is_ok())
        };
        self.orphans.extend(stored.into_iter().filter(|path| is_alone(path) && Snapshots::wrote(&text(path))));
        Ok(())
    }
}

/// Does it begin as a file of tests does: `tests:`, and below it a list of names? Lists of other things have other keys.
fn reads_as_tests(text: &str) -> bool {
    let says = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut lines = text.lines().filter(says).skip_while(|line| line.trim_end() != "tests:").skip(1);
    lines.next().is_some_and(|line| line.trim_start().starts_with("- name:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_by_how_they_begin() {
        assert!(reads_as_tests("# of dns.rule\ntests:\n  # the first\n\n  - name: a\n    event: {}\n"));
        assert!(reads_as_tests("tests:\n- name: a\n"));
        // A job of that name, a list of something else, no list.
        assert!(!reads_as_tests("stages: [test]\ntests:\n  script:\n    - make test\n"));
        assert!(!reads_as_tests("tests:\n  - dns\n"));
        assert!(!reads_as_tests("  tests:\n    - name: a\n"));
        assert!(!reads_as_tests("mutants:\n  - rule: a\n"));
        assert!(!reads_as_tests(""));
    }
}
