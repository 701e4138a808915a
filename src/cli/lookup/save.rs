//! A changed table on its way into its file.
//!
//! In: a file that is to be changed, then its new text. Out: the file, the old one or the new one, whoever looks when. Never
//! here: what is changed.
//!
//! Whoever has locked `.NAME.lock` beside the file alone may change the table, from before it is read until the new one is in its place.
//! The lock is the system's: it ends with the process that holds it, however that ends, and a file that is left means nothing. A
//! second change waits for the first. An editor knows nothing of this: so the old file is compared once more before it goes.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cli::Failure;
use crate::cli::compile::{cannot_write, replace};

/// How long another change is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The right to change a file.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// The new file, while it is written.
    beside: PathBuf,
    lock: PathBuf,
    /// Locked as long as it is open.
    _held: File,
}

impl Place {
    /// Waits until nobody else changes the file. A link is followed: it is what it leads to that is changed.
    pub(super) fn take(path: &Path) -> Result<Self, Failure> {
        Self::take_within(path, PATIENCE)
    }

    fn take_within(path: &Path, patience: Duration) -> Result<Self, Failure> {
        let path = path.canonicalize().map_err(|error| {
            Failure::unusable(format!("{} cannot be read: {error}", path.display()), "look whether it is there")
        })?;
        if !path.is_file() {
            return Err(Failure::unusable(
                format!("{} is no file, and cannot be changed", path.display()),
                "name a file in blocksieve.toml",
            ));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let lock = path.with_file_name(format!(".{name}.lock"));
        let beside = path.with_file_name(format!(".{name}.new"));
        let start = Instant::now();
        loop {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&lock);
            let file = file.map_err(|error| cannot_write(&path, &error))?;
            match file.try_lock() {
                // Who held it may have taken it away meanwhile: then it is nobody's lock.
                Ok(()) if is_at(&file, &lock) => return Ok(Self { path, beside, lock, _held: file }),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::unusable(
                        format!("{} is being changed by another blocksieve", path.display()),
                        "nothing was written; try again when it has ended",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(cannot_write(&path, &error)),
            }
        }
    }

    /// Puts the new bytes in the place of the old ones.
    pub(super) fn write(self, old: &[u8], new: &[u8]) -> Result<(), Failure> {
        let now = std::fs::read(&self.path).map_err(|error| cannot_write(&self.path, &error))?;
        if now != old {
            return Err(Failure::unusable(
                format!("{} was changed meanwhile; nothing was written", self.path.display()),
                "look at it, and run the command again",
            ));
        }
        replace(&self.path, &self.beside, new)
    }
}

/// Is this open file the one that stands there?
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let at = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata().map(at), std::fs::metadata(path).map(at)), (Ok(open), Ok(there)) if open == there)
}

/// Elsewhere the file of the lock is never taken away.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

impl Drop for Place {
    fn drop(&mut self) {
        if cfg!(unix) {
            // While it is locked, so that nobody's is taken away. One that is left harms nobody.
            let _ = std::fs::remove_file(&self.lock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("blocksieve-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("t.csv"), "old").unwrap();
        folder.join("t.csv")
    }

    fn names(path: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    /// What stands in the folder afterwards.
    const LEFT: &[&str] = if cfg!(unix) { &["t.csv"] } else { &["t.csv", ".t.csv.lock"] };

    #[test]
    fn one_changes_at_a_time_and_nothing_is_left_beside() {
        let path = file("place");
        let place = Place::take(&path).unwrap();
        let second = Place::take_within(&path, Duration::ZERO).unwrap_err();
        assert!(second.message.contains("is being changed by another blocksieve"), "{}", second.message);
        place.write(b"old", b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        // Given up: the next one need not wait.
        drop(Place::take(&path).unwrap());
        drop(Place::take_within(&path, Duration::ZERO).unwrap());
        assert_eq!(names(&path), LEFT);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn what_an_interrupted_change_left_holds_nobody_up() {
        let path = file("interrupted");
        std::fs::write(path.with_file_name(".t.csv.lock"), "").unwrap();
        std::fs::write(path.with_file_name(".t.csv.new"), "half of a fi").unwrap();
        Place::take_within(&path, Duration::ZERO).unwrap().write(b"old", b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(&path), LEFT);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn what_an_editor_changed_meanwhile_is_left_alone() {
        let path = file("meanwhile");
        let place = Place::take(&path).unwrap();
        std::fs::write(&path, "edited").unwrap();
        let refused = place.write(b"old", b"new").unwrap_err();
        assert!(refused.message.contains("was changed meanwhile"), "{}", refused.message);
        assert_eq!(std::fs::read(&path).unwrap(), b"edited");
        assert_eq!(names(&path), LEFT);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
