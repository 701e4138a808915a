//! A changed table on its way into its file.
//!
//! In: a file that is to be changed, then its new text. Out: the file, the old one or the new one, whoever looks when. Never
//! here: what is changed.
//!
//! The new file is made beside the old one as `.NAME.lock`, and whoever makes it alone may change the table, from before it is
//! read until it is moved into its place. A second change waits for the first. An editor knows nothing of this: so the old
//! file is compared once more before it goes.

use std::io::ErrorKind;
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
    /// The new file.
    lock: PathBuf,
    /// Is it still ours? Once it is in its place, one of this name is somebody else's.
    held: bool,
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
        let start = Instant::now();
        loop {
            match std::fs::OpenOptions::new().write(true).create_new(true).open(&lock) {
                Ok(_) => return Ok(Self { path, lock, held: true }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && start.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(Failure::unusable(
                        format!("{} is being changed by somebody else, or a change was interrupted", path.display()),
                        format!("try again; if no other blocksieve runs, delete {}", lock.display()),
                    ));
                }
                Err(error) => return Err(cannot_write(&path, &error)),
            }
        }
    }

    /// Puts the new bytes in the place of the old ones.
    pub(super) fn write(mut self, old: &[u8], new: &[u8]) -> Result<(), Failure> {
        let now = std::fs::read(&self.path).map_err(|error| cannot_write(&self.path, &error))?;
        if now != old {
            return Err(Failure::unusable(
                format!("{} was changed meanwhile; nothing was written", self.path.display()),
                "look at it, and run the command again",
            ));
        }
        self.held = false;
        replace(&self.path, &self.lock, new)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.held {
            // If it cannot be removed, the next change says so.
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

    #[test]
    fn one_changes_at_a_time_and_nothing_is_left_beside() {
        let path = file("place");
        let place = Place::take(&path).unwrap();
        let second = Place::take_within(&path, Duration::ZERO).unwrap_err();
        assert!(second.message.contains("is being changed by somebody else"), "{}", second.message);
        assert!(second.help.contains(".t.csv.lock"), "{}", second.help);
        place.write(b"old", b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        // Given up: the next one need not wait.
        drop(Place::take(&path).unwrap());
        drop(Place::take_within(&path, Duration::ZERO).unwrap());
        assert_eq!(names(&path), ["t.csv"]);
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
        assert_eq!(names(&path), ["t.csv"]);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
