//! The folder of real logs and rules, which is no part of the repository: that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`.

use std::path::{Path, PathBuf};

/// The folder of SigmaHQ's rules and regression data; `None`, said aloud, where it is not there.
pub fn sigma() -> Option<PathBuf> {
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let folder = corpus.join("sigma");
    if folder.is_dir() {
        return Some(folder);
    }
    super::tools::skipped(&format!("no rules of Sigma at {}", folder.display()))
}

/// All files below a folder with this ending, in order.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
