//! `test --watch`: the tests again whenever a file changes.
//!
//! In: what is named, and the files that tests take events from. Out: a call for each state of the files that lasts for one look: who writes
//! several files, or one in pieces, is not caught in the middle. Never here: what is run. It looks again and again and trusts no
//! notification.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::cli::{files, project};

/// Between two looks.
const EVERY: Duration = Duration::from_millis(300);

/// What tells that a file may be another: its length, and when it was changed.
type Marks = BTreeMap<PathBuf, Option<(u64, SystemTime)>>;

/// The files as they are, but for the one that is written here.
pub(super) fn marks(named: &[String], samples: &[PathBuf], own: Option<&Path>) -> Marks {
    let own = own.and_then(|own| std::path::absolute(own).ok());
    let is_own = |path: &PathBuf| own.is_some() && std::path::absolute(path).ok() == own;
    let mark = |path: PathBuf| {
        let mark = std::fs::metadata(&path).ok().and_then(|meta| Some((meta.len(), meta.modified().ok()?)));
        (path, mark)
    };
    let mut files: Vec<PathBuf> = samples.to_vec();
    for path in named.iter().map(Path::new) {
        let folder = project::find(path).or_else(|| {
            let own = if path.is_dir() { Some(path) } else { path.parent() };
            own.map(|own| if own.as_os_str().is_empty() { PathBuf::from(".") } else { own.to_path_buf() })
        });
        // What cannot be read now is told by whoever reads the tests.
        files.extend(folder.and_then(|folder| files::below(&folder, |_| true).ok()).unwrap_or_default());
    }
    files.into_iter().filter(|path| !is_own(path)).map(mark).collect()
}

/// Waits until the files are others than before, and stay so for a look. Out: which.
pub(super) fn wait(before: &Marks, look: impl Fn() -> Marks) -> Vec<PathBuf> {
    let mut last = before.clone();
    loop {
        std::thread::sleep(EVERY);
        let now = look();
        let steady = now == last;
        last = now;
        if steady && last != *before {
            let paths: std::collections::BTreeSet<&PathBuf> = before.keys().chain(last.keys()).collect();
            return paths.into_iter().filter(|path| before.get(*path) != last.get(*path)).cloned().collect();
        }
    }
}
