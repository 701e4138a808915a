//! Files of several files: zip, tar, tar inside of gzip.
//!
//! In: a file. Out: its members that may hold events, one stream after the other, as in a folder: those whose names say so, and all
//! of them where none does. Never here: what the streams say; members that are archives themselves.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use super::input;
use super::read::read_full;

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

/// Who takes the members.
pub type Each<'a> = dyn FnMut(&str, Result<&mut dyn Read>) + 'a;

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

    /// Calls `each` with the name and content of every member that may hold events, or with the reason why a member cannot be
    /// opened. An error is one of the whole archive.
    pub fn members(self, file: &mut File, each: &mut Each<'_>) -> Result<()> {
        match self {
            Archive::Zip => zip_members(file, each),
            Archive::Tar => {
                // What is damaged is told by the reading itself.
                let all = !tar_has_events(&mut *file).unwrap_or(false);
                file.seek(SeekFrom::Start(0))?;
                tar_members(file, all, each)
            }
            Archive::TarGzip => {
                let all = !tar_has_events(flate2::read::MultiGzDecoder::new(&mut *file)).unwrap_or(false);
                file.seek(SeekFrom::Start(0))?;
                tar_members(flate2::read::MultiGzDecoder::new(file), all, each)
            }
        }
    }
}

/// The first bytes, as many as the longest mark needs.
fn start(mut input: impl Read) -> Result<Vec<u8>> {
    let mut bytes = vec![0; TAR_MARK.end];
    let read = read_full(&mut input, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// What macOS puts into archives besides the files.
fn is_chaff(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || file.starts_with("._") || file == ".DS_Store"
}

fn zip_members(file: &mut File, each: &mut Each<'_>) -> Result<()> {
    let damaged = |error: zip::result::ZipError| Error::new(ErrorKind::InvalidData, error.to_string());
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    let names: Vec<String> = archive.file_names().filter(|name| !is_chaff(name)).map(String::from).collect();
    let all = !names.iter().any(|name| input::may_hold_events(name.as_ref()));
    for at in 0..archive.len() {
        let name = archive.name_for_index(at).unwrap_or_default().to_string();
        if name.ends_with('/') || is_chaff(&name) || !(all || input::may_hold_events(name.as_ref())) {
            continue;
        }
        match archive.by_index(at) {
            Ok(mut member) if member.is_file() => each(&name, Ok(&mut member)),
            Ok(_link) => {}
            Err(error) => each(&name, Err(damaged(error))),
        }
    }
    Ok(())
}

fn tar_has_events(input: impl Read) -> Result<bool> {
    for entry in tar::Archive::new(input).entries()? {
        let entry = entry?;
        let path = entry.path()?;
        if !is_chaff(&path.display().to_string()) && input::may_hold_events(&path) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tar_members(input: impl Read, all: bool, each: &mut Each<'_>) -> Result<()> {
    for entry in tar::Archive::new(input).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let name = path.display().to_string();
        let file = entry.header().entry_type().is_file();
        if file && !is_chaff(&name) && (all || input::may_hold_events(&path)) {
            each(&name, Ok(&mut entry));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zip(members: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in members {
            if let Some(folder) = name.strip_suffix('/') {
                writer.add_directory(folder, zip::write::SimpleFileOptions::default()).unwrap();
            } else {
                writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
                writer.write_all(content.as_bytes()).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    fn tar(members: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in members {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            if name.ends_with('/') {
                header.set_entry_type(tar::EntryType::Directory);
            }
            header.set_cksum();
            builder.append_data(&mut header, name, content.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The kind of a file with these bytes, and `NAME=CONTENT` of each member, or how it ended.
    fn read(bytes: &[u8]) -> (Option<Archive>, Vec<String>) {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("blocksieve-archive-{}-{number}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let mut file = File::open(&path).unwrap();
        let _ = std::fs::remove_file(&path);
        let kind = Archive::of(&mut file).unwrap();
        assert_eq!(file.stream_position().unwrap(), 0);
        let mut told = Vec::new();
        if let Some(kind) = kind {
            let result = kind.members(&mut file, &mut |name, stream| {
                let mut text = String::new();
                match stream.and_then(|stream| stream.read_to_string(&mut text)) {
                    Ok(_) => told.push(format!("{name}={text}")),
                    Err(_) => told.push(format!("{name} cannot be read")),
                }
            });
            told.extend(result.is_err().then(|| "damaged".to_string()));
        }
        (kind, told)
    }

    const MEMBERS: [(&str, &str); 8] = [
        ("logs/", ""),
        ("logs/a.json", "1"),
        ("readme.txt", "2"),
        ("__MACOSX/logs/._a.json", "3"),
        ("logs/._a.json", "4"),
        ("logs/.DS_Store", "5"),
        ("logs/B.EVTX", "6"),
        ("logs/c.ndjson.gz", "7"),
    ];

    #[test]
    fn members_that_may_hold_events_are_given_in_their_order() {
        for (bytes, kind) in
            [(zip(&MEMBERS), Archive::Zip), (tar(&MEMBERS), Archive::Tar), (gzip(&tar(&MEMBERS)), Archive::TarGzip)]
        {
            let (is, members) = read(&bytes);
            assert_eq!(is, Some(kind));
            assert_eq!(members, ["logs/a.json=1", "logs/B.EVTX=6", "logs/c.ndjson.gz=7"], "{kind:?}");
        }
    }

    #[test]
    fn where_no_name_says_so_all_files_are_given() {
        let members = [("data", "1"), ("__MACOSX/x.json", "2"), ("notes.txt", "3")];
        for bytes in [zip(&members), tar(&members), gzip(&tar(&members))] {
            assert_eq!(read(&bytes).1, ["data=1", "notes.txt=3"]);
        }
    }

    #[test]
    fn what_is_no_archive_is_none() {
        for bytes in [b"{\"a\":1}".to_vec(), Vec::new(), gzip(b"{}"), b"\x1f\x8b".to_vec(), b"PK".to_vec()] {
            assert_eq!(read(&bytes).0, None);
        }
    }

    #[test]
    fn damage_costs_as_little_as_it_can() {
        // A member of a zip archive: only that one.
        let mut bytes = zip(&[("a.json", &"1".repeat(100)), ("b.json", "2")]);
        bytes[0] = b'X';
        bytes[1] = b'X';
        assert_eq!(read(&bytes).0, None, "the mark at the start is gone");
        let mut bytes = zip(&[("c.json", "0"), ("a.json", &"1".repeat(100)), ("b.json", "2")]);
        let second = memchr::memmem::find_iter(&bytes, b"PK\x03\x04").nth(1).unwrap();
        bytes[second] = b'X';
        assert_eq!(read(&bytes).1, ["c.json=0", "a.json cannot be read", "b.json=2"]);
        // An archive that is cut off has no list of its members; a tar archive has those before the cut.
        let bytes = zip(&MEMBERS);
        assert_eq!(read(&bytes[..bytes.len() / 2]).1, ["damaged"]);
        let bytes = tar(&[("a.json", "1"), ("b.json", &"2".repeat(5000))]);
        assert_eq!(read(&bytes[..1536 + 100]).1[0], "a.json=1");
    }
}
