//! Files that hold what was in events: only their owner may read them.
//!
//! In: a path. Out: the file, open for writing, made with mode 0600 where the system has modes; one that was there with another has that one
//! from then on. Never here: what is written.

use std::fs::{File, OpenOptions};
use std::io::Result;
use std::path::Path;

/// Opens a file to write to, and makes it if it is not there; whoever made it, only its owner may read it from then on.
pub fn open(path: &Path) -> Result<File> {
    let file = create(path)?;
    narrow(&file)?;
    Ok(file)
}

/// The same, but one that is there keeps its mode: whose it is, is not known yet.
pub fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes away what others may do with it.
#[cfg(unix)]
pub fn narrow(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata()?;
    let mode = metadata.permissions().mode() & 0o777;
    // A device or a pipe is not ours to change.
    if metadata.is_file() && mode & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(mode & 0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub fn narrow(_: &File) -> Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_the_owners_alone_whoever_made_it() {
        let path = std::env::temp_dir().join(format!("blocksieve-private-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        drop(open(&path).unwrap());
        assert_eq!(mode(), 0o600);
        for (before, after) in [(0o644, 0o600), (0o666, 0o600), (0o640, 0o600), (0o700, 0o700)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(before)).unwrap();
            drop(open(&path).unwrap());
            assert_eq!(mode(), after);
        }
        std::fs::remove_file(path).unwrap();
    }
}
