//! Positions in a file of their own.
//!
//! In: a batch. Out: a file that holds it, the one before or this one, whoever looks when and whatever happens: the new one is
//! written beside it, brought to the disk, and put in its place. Only its owner may read it: what alerts remember are values of
//! events. Never here: what a position means.
//!
//! Whoever holds `FILE.lock` alone may use the file, as long as the process lives; the lock is the system's and ends with it.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::{Batch, Commit, Positions};
use crate::private;

/// The form of the file; another number is another form.
const VERSION: u32 = 1;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    blocksieve_positions: u32,
    positions: std::collections::BTreeMap<String, String>,
    /// What alerts remember.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remembered: Option<String>,
}

/// The file.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    beside: PathBuf,
    /// Locked as long as it is open.
    _held: File,
    last: Option<Batch>,
}

impl StateFile {
    /// Takes the file for this process. It need not be there yet; its folder must.
    pub fn open(path: &Path) -> Result<Self> {
        let beside = |ending: &str| {
            let mut name = path.file_name().unwrap_or_default().to_os_string();
            name.push(ending);
            path.with_file_name(name)
        };
        let lock = private::open(&beside(".lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::new(ErrorKind::ResourceBusy, "another blocksieve uses it"),
            TryLockError::Error(error) => error,
        })?;
        Ok(Self { path: path.to_path_buf(), beside: beside(".new"), _held: lock, last: None })
    }
}

impl Commit for StateFile {
    fn restore(&mut self) -> Result<Batch> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Batch::default()),
            Err(error) => return Err(error),
        };
        let invalid = |why: String| Error::new(ErrorKind::InvalidData, why);
        if text.starts_with(b"SQLite format 3\0") {
            return Err(invalid("it is that of a program that delivers: say --deliver".to_string()));
        }
        let written: Written =
            serde_json::from_slice(&text).map_err(|error| invalid(format!("no state of blocksieve watch: {error}")))?;
        if written.blocksieve_positions != VERSION {
            return Err(invalid(format!(
                "of version {}, and this program reads {VERSION}",
                written.blocksieve_positions
            )));
        }
        let decoded = written.positions.into_iter().map(|(name, text)| match BASE64.decode(text) {
            Ok(bytes) => Ok((name, bytes)),
            Err(error) => Err(invalid(format!("the position \"{name}\": {error}"))),
        });
        let remembered = written.remembered.map(|text| BASE64.decode(text)).transpose();
        let remembered = remembered.map_err(|error| invalid(format!("what alerts remember: {error}")))?;
        Ok(Batch { positions: decoded.collect::<Result<Positions>>()?, remembered })
    }

    fn commit(&mut self, batch: &Batch) -> Result<()> {
        if self.last.as_ref() == Some(batch) {
            return Ok(());
        }
        let positions = batch.positions.iter().map(|(name, bytes)| (name.clone(), BASE64.encode(bytes))).collect();
        let remembered = batch.remembered.as_ref().map(|bytes| BASE64.encode(bytes));
        let text = serde_json::to_string_pretty(&Written { blocksieve_positions: VERSION, positions, remembered })?;
        let mut file = private::open(&self.beside)?;
        // A crash may have left one.
        file.set_len(0)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        drop(file);
        std::fs::rename(&self.beside, &self.path)?;
        sync_folder(&self.path)?;
        self.last = Some(batch.clone());
        Ok(())
    }
}

/// Brings to the disk that the file has a new content.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("blocksieve-state-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_was_committed_last_is_restored() {
        let folder = folder("last");
        let path = folder.join("state");
        let mut state = StateFile::open(&path).unwrap();
        assert_eq!(state.restore().unwrap(), Batch::default());
        for bytes in [b"one".to_vec(), vec![0, 255]] {
            let positions = Positions::from([("files/1".to_string(), bytes.clone())]);
            let batch = Batch { positions, remembered: Some(bytes) };
            state.commit(&batch).unwrap();
            assert_eq!(state.restore().unwrap(), batch);
        }
        assert!(!folder.join("state.new").exists());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it_and_what_lies_beside_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder("private");
        let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        // One that a crash left, and a state of before, may have been for all to read.
        for name in ["state.new", "state"] {
            std::fs::write(folder.join(name), "longer than what is written in its place ".repeat(20)).unwrap();
            std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        let mut state = StateFile::open(&folder.join("state")).unwrap();
        let batch = Batch { remembered: Some(b"secret".to_vec()), ..Batch::default() };
        state.commit(&batch).unwrap();
        assert_eq!((mode("state"), mode("state.lock")), (0o600, 0o600));
        assert_eq!(state.restore().unwrap(), batch);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn two_processes_never_use_one_file_and_what_is_no_state_is_refused() {
        let folder = folder("two");
        let path = folder.join("state");
        let mut state = StateFile::open(&path).unwrap();
        assert_eq!(StateFile::open(&path).unwrap_err().to_string(), "another blocksieve uses it");
        for (text, why) in [
            ("{", "no state of blocksieve watch"),
            ("SQLite format 3\0 and so on", "say --deliver"),
            ("{\"blocksieve_positions\":2,\"positions\":{}}", "of version 2"),
            ("{\"blocksieve_positions\":1,\"positions\":{\"a\":\"?\"}}", "the position \"a\""),
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(state.restore().unwrap_err().to_string().contains(why), "{text}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
