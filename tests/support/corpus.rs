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
