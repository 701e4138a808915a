//! The project's folder, and nothing outside of it.
//!
//! In: paths that [`super::path`] let through. Out: files read, listed, written, renamed, removed. Every folder on the way is
//! opened from the one above it, and a link among them, or in the place of the file, is refused; the handles stay within the
//! folder whatever changes meanwhile (`cap-std`). A change is made only on the state that its author saw, and what is written
//! is written beside its place and moved there whole. Never here: HTTP, and what files mean.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use sha2::{Digest, Sha256};

use super::path::{self, DEPTH, EVENTS, Kind, ProjectPath};

/// Bytes of a file that can be opened.
pub(super) const FILE_BYTES: u64 = crate::limits::SOURCE_BYTES as u64;
/// Bytes of a file of events that can be opened.
pub(super) const SAMPLE_BYTES: u64 = 256 << 20;
/// Files of a project that are listed.
pub(super) const FILES: usize = 10_000;
/// What is looked at for that, in all folders.
const ENTRIES: usize = 100_000;
/// A file that is younger may change again without its time telling.
const YOUNG: Duration = Duration::from_secs(2);

/// The state of a file: 32 hexadecimal digits of the hash of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Revision(String);

impl Revision {
    fn of(bytes: &[u8]) -> Revision {
        Revision(Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The text of a file and its state.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) revision: Revision,
}

/// Why nothing was done.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is no such file.
    Missing,
    /// Something on the way is a link.
    Link,
    /// It is a folder, a pipe, a device.
    NoFile,
    /// It has more bytes than this.
    TooLarge(u64),
    /// It is not UTF-8; why.
    NotText(String),
    /// It ends as rules of Sigma do, and holds none.
    NotSigma,
    /// It is not what the author of the change saw: what it is now; none: it is not there.
    Conflict(Option<Content>),
    /// The system refuses.
    System(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::NotFound => Fault::Missing,
            _other => Fault::System(error),
        }
    }
}

/// A file in the list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) kind: Kind,
    /// None: it is too large to be opened, or may not be read.
    pub(super) revision: Option<Revision>,
    pub(super) size: u64,
    #[serde(skip)]
    modified: Option<SystemTime>,
}

/// A file of events in the list.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sample {
    path: String,
    size: u64,
    too_large: bool,
}

/// The folder. One change at a time.
#[derive(Debug)]
pub(super) struct Folder {
    dir: Dir,
    change: Mutex<()>,
}

impl Folder {
    /// Opens it. That it is a link itself does no harm: whoever started the server named it.
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
        Ok(Folder { dir, change: Mutex::new(()) })
    }

    /// Its files in the order of their paths; those whose time and size did not change keep the revision of `before`.
    pub(super) fn list(&self, before: &[Listed]) -> io::Result<Vec<Listed>> {
        let mut files = Vec::new();
        walk(&self.dir, "", 1, &mut 0, &mut |dir, path, name, metadata| {
            let Ok((path, kind)) = ProjectPath::file(path) else { return true };
            let modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
            let mut file =
                Listed { path: path.as_str().to_string(), kind, revision: None, size: metadata.len(), modified };
            let known = before.binary_search_by(|old| old.path.as_str().cmp(&file.path)).ok();
            let known = known.and_then(|at| before.get(at)).filter(|old| old.is_settled(&file));
            file.revision = match known {
                Some(old) => old.revision.clone(),
                None => match read(dir, name, FILE_BYTES) {
                    Ok(bytes) if kind == Kind::Sigma && !is_sigma(&bytes) => return true,
                    Ok(bytes) => Some(Revision::of(&bytes)),
                    // Nobody knows whether it is one.
                    Err(_) if kind == Kind::Sigma => return true,
                    Err(_) => None,
                },
            };
            files.push(file);
            files.len() < FILES
        })?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The text of a file.
    pub(super) fn read(&self, path: &ProjectPath) -> Result<Content, Fault> {
        let (dir, name) = self.enter(path, false)?;
        content(&held(path, read(&dir, name, FILE_BYTES)?)?)
    }

    /// Writes a file whose state is `seen`; none: there is no file yet. Its byte-order mark stays, if it has one.
    pub(super) fn write(&self, path: &ProjectPath, text: &str, seen: Option<&str>) -> Result<Revision, Fault> {
        let _one = self.one_at_a_time();
        if path.is_yaml() && !is_sigma(text.as_bytes()) {
            return Err(Fault::NotSigma);
        }
        let (dir, name) = self.enter(path, seen.is_none())?;
        let old = must_be(&dir, path, name, seen)?;
        let mark: &[u8] = if old.is_some_and(|old| old.starts_with(MARK)) { MARK } else { b"" };
        let bytes = [mark, text.as_bytes()].concat();
        if bytes.len() as u64 > FILE_BYTES {
            return Err(Fault::TooLarge(FILE_BYTES));
        }
        put(&dir, name, &bytes, seen.is_none())?;
        Ok(Revision::of(&bytes))
    }

    /// Gives a file whose state is `seen` another name that is free.
    pub(super) fn rename(&self, from: &ProjectPath, to: &ProjectPath, seen: &str) -> Result<Revision, Fault> {
        let _one = self.one_at_a_time();
        let (from_dir, from_name) = self.enter(from, false)?;
        let bytes = must_be(&from_dir, from, from_name, Some(seen))?.unwrap_or_default();
        let bytes = held(to, bytes)?;
        let (to_dir, to_name) = self.enter(to, true)?;
        must_be(&to_dir, to, to_name, None)?;
        move_new(&from_dir, from_name, &to_dir, to_name)?;
        Ok(Revision::of(&bytes))
    }

    /// Removes a file whose state is `seen`.
    pub(super) fn remove(&self, path: &ProjectPath, seen: &str) -> Result<(), Fault> {
        let _one = self.one_at_a_time();
        let (dir, name) = self.enter(path, false)?;
        must_be(&dir, path, name, Some(seen))?;
        Ok(dir.remove_file(name)?)
    }

    /// The files of events, in the order of their paths.
    pub(super) fn samples(&self) -> io::Result<Vec<Sample>> {
        let mut samples = Vec::new();
        let events = match self.dir.open_dir_nofollow(EVENTS) {
            Ok(events) => events,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(samples),
            // A link, or a file of that name.
            Err(_) if self.dir.symlink_metadata(EVENTS).is_ok_and(|there| !there.is_dir()) => return Ok(samples),
            Err(error) => return Err(error),
        };
        walk(&events, EVENTS, 2, &mut 0, &mut |_, path, _, metadata| {
            if ProjectPath::sample(path).is_ok() {
                let size = metadata.len();
                samples.push(Sample { path: path.to_string(), size, too_large: size > SAMPLE_BYTES });
            }
            samples.len() < FILES
        })?;
        samples.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(samples)
    }

    /// A file of events, open, and its size.
    pub(super) fn sample(&self, path: &ProjectPath) -> Result<(File, u64), Fault> {
        let (dir, name) = self.enter(path, false)?;
        open(&dir, name, SAMPLE_BYTES)
    }

    /// Opens the folder of a file, one by one from the project's; makes those that are not there, if asked to.
    fn enter<'p>(&self, path: &'p ProjectPath, make: bool) -> Result<(Dir, &'p str), Fault> {
        let (folders, name) = path.parts();
        let mut dir = self.dir.try_clone()?;
        for folder in folders {
            dir = match dir.open_dir_nofollow(folder) {
                Ok(next) => next,
                Err(error) => match dir.symlink_metadata(folder) {
                    Ok(there) if there.is_symlink() => return Err(Fault::Link),
                    Ok(there) if there.is_dir() => return Err(error.into()),
                    Ok(_file) => return Err(Fault::NoFile),
                    Err(none) if make && none.kind() == io::ErrorKind::NotFound => {
                        dir.create_dir(folder)?;
                        dir.open_dir_nofollow(folder)?
                    }
                    Err(none) => return Err(none.into()),
                },
            };
        }
        Ok((dir, name))
    }

    /// What another thread left behind when it fell is whole: files are moved into their places.
    fn one_at_a_time(&self) -> MutexGuard<'_, ()> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listed {
    /// Is its revision still that of the file as it is now?
    fn is_settled(&self, now: &Listed) -> bool {
        let young = |time: SystemTime| time.elapsed().map_or(true, |age| age < YOUNG);
        self.size == now.size && self.modified == now.modified && now.modified.is_some_and(|time| !young(time))
    }
}

/// The mark that Windows' editors put before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What is told of each file: its folder, its path in the project, its name, what it is. False ends the walk.
type Visit<'v> = dyn FnMut(&Dir, &str, &str, &Metadata) -> bool + 'v;

/// Goes over the files of a folder and of those in it, but for hidden ones and links. Its depth is bounded.
fn walk(dir: &Dir, prefix: &str, depth: usize, seen: &mut usize, visit: &mut Visit<'_>) -> io::Result<bool> {
    for entry in dir.entries()? {
        let entry = entry?;
        *seen += 1;
        if *seen > ENTRIES {
            return Ok(false);
        }
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| path::plain_name(name).is_ok()) else { continue };
        // Gone since, or not to be looked at: not in the list.
        let Ok(metadata) = dir.symlink_metadata(name) else { continue };
        let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}/{name}") };
        let on = if metadata.is_dir() && depth < DEPTH {
            match dir.open_dir_nofollow(name) {
                Ok(below) => walk(&below, &path, depth + 1, seen, visit)?,
                Err(_unreadable) => true,
            }
        } else {
            !metadata.is_file() || visit(dir, &path, name, &metadata)
        };
        if !on {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Opens a file that is one.
fn open(dir: &Dir, name: &str, limit: u64) -> Result<(File, u64), Fault> {
    let there = dir.symlink_metadata(name)?;
    if there.is_symlink() {
        return Err(Fault::Link);
    }
    if !there.is_file() {
        return Err(Fault::NoFile);
    }
    // Whatever is put in its place now: a link is not followed, a pipe not waited for.
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let file = dir.open_with(name, &options)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Fault::NoFile);
    }
    if metadata.len() > limit {
        return Err(Fault::TooLarge(limit));
    }
    Ok((file, metadata.len()))
}

fn read(dir: &Dir, name: &str, limit: u64) -> Result<Vec<u8>, Fault> {
    let (file, _) = open(dir, name, limit)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(Fault::TooLarge(limit)) } else { Ok(bytes) }
}

fn content(bytes: &[u8]) -> Result<Content, Fault> {
    let text = std::str::from_utf8(bytes.strip_prefix(MARK).unwrap_or(bytes));
    let text = text.map_err(|error| Fault::NotText(format!("it is not UTF-8 from byte {} on", error.valid_up_to())))?;
    Ok(Content { text: text.to_string(), revision: Revision::of(bytes) })
}

/// Are these rules of Sigma?
fn is_sigma(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes.strip_prefix(MARK).unwrap_or(bytes)).is_ok_and(crate::source::sigma::is_sigma)
}

/// What a file holds, if it may be opened by its name: of files in YAML rules of Sigma may, and no others.
fn held(path: &ProjectPath, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    if path.is_yaml() && !is_sigma(&bytes) { Err(Fault::NotSigma) } else { Ok(bytes) }
}

/// The bytes of a file whose state must be `seen`; none: it must not be there.
fn must_be(dir: &Dir, path: &ProjectPath, name: &str, seen: Option<&str>) -> Result<Option<Vec<u8>>, Fault> {
    match (read(dir, name, FILE_BYTES).and_then(|bytes| held(path, bytes)), seen) {
        (Err(Fault::Missing), None) => Ok(None),
        (Err(Fault::Missing), Some(_)) => Err(Fault::Conflict(None)),
        (Err(fault), _) => Err(fault),
        (Ok(bytes), Some(seen)) if Revision::of(&bytes).0 == seen => Ok(Some(bytes)),
        (Ok(bytes), _) => Err(Fault::Conflict(Some(content(&bytes)?))),
    }
}

/// Writes a file beside its place and moves it there. Who looks sees the old file or the new one, also after the power went.
fn put(dir: &Dir, name: &str, bytes: &[u8], new: bool) -> Result<(), Fault> {
    let beside = format!(".{name}.{}.new", std::process::id());
    let write = || -> Result<(), Fault> {
        // What an ended process of the same number left.
        match dir.remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let mut file = dir.open_with(&beside, &options)?;
        file.write_all(bytes)?;
        if !new {
            file.set_permissions(dir.symlink_metadata(name)?.permissions())?;
        }
        file.sync_all()?;
        drop(file);
        if new { move_new(dir, &beside, dir, name) } else { Ok(dir.rename(&beside, dir, name)?) }
    };
    write().inspect_err(|_| {
        // What was left beside is of no use; that it cannot be removed either says nothing new.
        let _ = dir.remove_file(&beside);
    })
}

/// Moves a file to a name that must be free, whoever else makes files at the same time.
fn move_new(from: &Dir, name: &str, to: &Dir, new: &str) -> Result<(), Fault> {
    match from.hard_link(name, to, new) {
        Ok(()) => Ok(from.remove_file(name)?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Fault::Conflict(read(to, new, FILE_BYTES).and_then(|bytes| content(&bytes)).ok()))
        }
        // A file system without links: look, then move.
        Err(_) if to.symlink_metadata(new).is_ok() => Err(Fault::Conflict(None)),
        Err(_) => Ok(from.rename(name, to, new)?),
    }
}

#[cfg(test)]
mod tests;
