//! Which rules are meant by what was named: coverage and mutation are about those, though all of the project run.
//!
//! In: the paths that were named. Out: whether a file of rules is among them. Never here: reading files.
//!
//! | what is named | rules that are meant |
//! | --- | --- |
//! | a folder | those below it |
//! | a file of rules | those in it |
//! | a file of tests | those in the file beside it; all that run, where there is none |

use std::path::{Path, PathBuf};

use super::suite::{ENDINGS, is_tests};
use crate::cli::load;

/// The rules that are meant.
pub(super) struct Scope {
    /// Real paths of folders and files.
    paths: Vec<PathBuf>,
    all: bool,
}

/// Links and dots followed.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// The files of rules that a file of tests can stand beside.
pub(super) fn beside_tests(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(stem) = ENDINGS.iter().find_map(|end| name.strip_suffix(end)) else { return Vec::new() };
    let files = load::RULE_ENDINGS.map(|ending| path.with_file_name(format!("{stem}{ending}")));
    files.into_iter().filter(|file| file.is_file()).collect()
}

impl Scope {
    pub(super) fn of(named: &[String]) -> Self {
        let mut scope = Self { paths: Vec::new(), all: false };
        for path in named.iter().map(Path::new) {
            if is_tests(path) && path.is_file() {
                let beside = beside_tests(path);
                scope.all |= beside.is_empty();
                scope.paths.extend(beside.iter().map(|path| real(path)));
            } else {
                scope.paths.push(real(path));
            }
        }
        scope
    }

    /// Is this file of rules meant?
    pub(super) fn holds(&self, file: &str) -> bool {
        let file = real(Path::new(file));
        self.all || self.paths.iter().any(|path| file.starts_with(path))
    }
}
