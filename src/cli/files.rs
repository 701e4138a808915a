//! Files below folders, and their real names.
//!
//! In: a folder. Out: the paths that are wanted, in path order. Never here: what is in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Failure;

/// The files below a folder that are wanted, in path order; what is hidden is passed over. A link to a file is one, and one to nothing too:
/// who reads it says so. Linked folders are not followed.
pub(super) fn below(path: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    walk(path, wanted).collect()
}

/// The same, each when it is asked for.
pub(super) fn walk(path: &Path, wanted: impl Fn(&Path) -> bool) -> impl Iterator<Item = Result<PathBuf, Failure>> {
    let all = ignore::WalkBuilder::new(path)
        .standard_filters(false)
        .hidden(true)
        .sort_by_file_path(std::cmp::Ord::cmp)
        .build();
    all.filter_map(move |entry| match entry {
        Ok(entry) => {
            let is_link = |kind: std::fs::FileType| kind.is_symlink() && !entry.path().is_dir();
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file() || is_link(kind));
            (is_file && wanted(entry.path())).then(|| Ok(entry.into_path()))
        }
        Err(error) => {
            Some(Err(Failure::unusable(format!("{}: {error}", path.display()), "look whether the folder may be read")))
        }
    })
}

/// Folders by the names under which they came, with their real ones: asking for each of thousands of files takes its time.
#[derive(Default)]
pub(super) struct Folders(BTreeMap<PathBuf, PathBuf>);

impl Folders {
    /// The real name of a folder.
    pub(super) fn folder(&mut self, folder: &Path) -> &Path {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.0
            .entry(folder.to_path_buf())
            .or_insert_with(|| folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()))
    }

    /// The real name of a file.
    pub(super) fn real(&mut self, file: &Path) -> PathBuf {
        match (file.parent(), file.file_name()) {
            (Some(folder), Some(name)) if !file.is_symlink() => self.folder(folder).join(name),
            (_, _) => file.canonicalize().unwrap_or_else(|_| file.to_path_buf()),
        }
    }
}
