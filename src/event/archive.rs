//! Files of several files: zip, tar, tar inside of gzip.
//!
//! In: a file. Out: its members that may hold events, one stream after the other, as in a folder: those whose names say so, and all
//! of them where none does. Never here: what the streams say; members that are archives themselves.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use super::input;

/// What kind of archive a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// zip
    Zip,
    /// tar
    Tar,
    /// tar inside of gzip
    TarGzip,
}

/// Where the mark of a tar archive stands.
const TAR_MARK: std::ops::Range<usize> = 257..262;

impl Archive {
    /// The kind of a file, by its content; `None`: it is no archive. The file is at its start again.
    pub fn of(file: &mut File) -> Result<Option<Archive>> {
        let start = start(&mut *file)?;
        file.seek(SeekFrom::Start(0))?;
        let kind = match start.as_slice() {
            [b'P', b'K', 3, 4, ..] => Some(Archive::Zip),
            [0x1f, 0x8b, ..] => {
                // What is damaged is found out by whoever reads it.
                let inside = self::start(flate2::read::MultiGzDecoder::new(&mut *file)).unwrap_or_default();
                (inside.get(TAR_MARK) == Some(b"ustar")).then_some(Archive::TarGzip)
            }
            bytes => (bytes.get(TAR_MARK) == Some(b"ustar")).then_some(Archive::Tar),
        };
        file.seek(SeekFrom::Start(0))?;
        Ok(kind)
    }

    /// Calls `each` with the name and content of every member that may hold events.
    pub fn members(self, file: &mut File, each: &mut dyn FnMut(&str, &mut dyn Read) -> Result<()>) -> Result<()> {
        match self {
            Archive::Zip => zip_members(file, each),
            Archive::Tar => {
                let all = !tar_has_events(&mut *file)?;
                file.seek(SeekFrom::Start(0))?;
                tar_members(file, all, each)
            }
            Archive::TarGzip => {
                let all = !tar_has_events(flate2::read::MultiGzDecoder::new(&mut *file))?;
                file.seek(SeekFrom::Start(0))?;
                tar_members(flate2::read::MultiGzDecoder::new(file), all, each)
            }
        }
    }
}

/// The first bytes, as many as the longest mark needs.
fn start(input: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(TAR_MARK.end as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What macOS puts into archives besides the files.
fn is_chaff(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || file.starts_with("._") || file == ".DS_Store"
}

fn zip_members(file: &mut File, each: &mut dyn FnMut(&str, &mut dyn Read) -> Result<()>) -> Result<()> {
    let damaged = |error: zip::result::ZipError| Error::new(ErrorKind::InvalidData, error.to_string());
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    let names: Vec<String> = archive.file_names().filter(|name| !is_chaff(name)).map(String::from).collect();
    let all = !names.iter().any(|name| input::may_hold_events(name.as_ref()));
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(damaged)?;
        let name = member.name().to_string();
        if member.is_file() && !is_chaff(&name) && (all || input::may_hold_events(name.as_ref())) {
            each(&name, &mut member)?;
        }
    }
    Ok(())
}

fn tar_has_events(input: impl Read) -> Result<bool> {
    for entry in tar::Archive::new(input).entries()? {
        if input::may_hold_events(&entry?.path()?) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tar_members(input: impl Read, all: bool, each: &mut dyn FnMut(&str, &mut dyn Read) -> Result<()>) -> Result<()> {
    for entry in tar::Archive::new(input).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let name = path.display().to_string();
        let file = entry.header().entry_type().is_file();
        if file && !is_chaff(&name) && (all || input::may_hold_events(&path)) {
            each(&name, &mut entry)?;
        }
    }
    Ok(())
}
