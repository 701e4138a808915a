//! Messages into a file: a line of JSON each.
//!
//! In: messages. Out: lines at the end of a file, each written through to the disk before it counts as sent. Never here: what a line says.
//!
//! | what the file ends in | before the next line |
//! | --- | --- |
//! | a whole line of this very message, written before a crash | nothing, and that is all |
//! | another whole line, or nothing | nothing |
//! | a whole line of ours without its break | the break; if it is this very message, that is all |
//! | a part of a line of ours, left by a crash | it is taken away; its message comes again, whole |
//! | anything else | a line break |

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::config::FileTo;
use super::{Entry, Fault, FaultKind, Target};
use crate::limits::RECORD_BYTES;

/// How a line of ours begins.
const OURS: &str = "{\"id\":\"";

/// A file, or standard output.
#[derive(Debug)]
pub struct FileTarget {
    path: Option<PathBuf>,
}

impl FileTarget {
    /// Relative to the project's folder.
    pub fn new(to: &FileTo, folder: &Path) -> Self {
        Self { path: to.path.as_ref().map(|path| folder.join(path)) }
    }
}

impl Target for FileTarget {
    fn send(&mut self, entry: &Entry) -> Result<(), Fault> {
        let line = entry.message.body();
        let (result, name) = match &self.path {
            Some(path) => (append(path, &entry.message.id, &line), path.display().to_string()),
            None => {
                let mut out = io::stdout().lock();
                let result = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
                (result, "standard output".to_string())
            }
        };
        result.map_err(|error| {
            let kind = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FaultKind::Down,
                _other => FaultKind::Setup,
            };
            Fault::new(kind, format!("{name} cannot be written to: {error}"))
        })
    }
}

fn append(path: &Path, id: &str, line: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let is_file = file.metadata()?.is_file();
    // A pipe or a terminal has no end to look at.
    if is_file && mend(&mut file, id)? {
        return file.sync_all();
    }
    let mut bytes = Vec::with_capacity(line.len() + 1);
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    if is_file { file.sync_all() } else { Ok(()) }
}

/// Makes the file end in a whole line, and stands behind it. Is the last line this very message?
fn mend(file: &mut File, id: &str) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = last_line(file, length)?;
    let is_it = |line: &serde_json::Value| line.get("id").and_then(serde_json::Value::as_str) == Some(id);
    if tail.is_empty() {
        let line = last_line(file, length.saturating_sub(1))?;
        file.seek(SeekFrom::End(0))?;
        return Ok(serde_json::from_slice(&line).is_ok_and(|line| is_it(&line)));
    }
    let start = length - tail.len() as u64;
    let text = String::from_utf8_lossy(&tail);
    let ours = text.starts_with(OURS) || OURS.starts_with(&*text);
    let whole = serde_json::from_slice::<serde_json::Value>(&tail).ok();
    if ours && whole.is_none() {
        file.set_len(start)?;
        file.seek(SeekFrom::Start(start))?;
        return Ok(false);
    }
    file.seek(SeekFrom::End(0))?;
    file.write_all(b"\n")?;
    Ok(whole.is_some_and(|line| is_it(&line)))
}

/// What stands behind the last line break before `length`.
fn last_line(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    const PIECE: u64 = 64 << 10;
    let mut tail = Vec::new();
    let mut end = length;
    // No line of ours is longer than a record and what is said of it.
    while end > 0 && length - end <= 4 * RECORD_BYTES as u64 {
        let start = end.saturating_sub(PIECE);
        file.seek(SeekFrom::Start(start))?;
        let mut piece = Vec::new();
        Read::by_ref(file).take(end - start).read_to_end(&mut piece)?;
        let from = memchr::memrchr(b'\n', &piece).map_or(0, |at| at + 1);
        tail.splice(0..0, piece.iter().skip(from).copied());
        if from > 0 || tail.is_empty() {
            break;
        }
        end = start;
    }
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::{Channel, Message};

    fn entry(id: &str) -> Entry {
        let message = Message {
            id: id.into(),
            rule: "r".into(),
            via: Channel::File,
            to: Vec::new(),
            subject: "s".into(),
            text: String::new(),
            html: None,
            data: serde_json::json!({ "a": "x".repeat(10) }),
            time: None,
        };
        Entry { message, created: 0, queued: 0, attempts: 0 }
    }

    /// What the file holds after a message went into one that held `before`.
    fn after(name: &str, before: &str, id: &str) -> String {
        let path = std::env::temp_dir().join(format!("blocksieve-file-{}-{name}", std::process::id()));
        std::fs::write(&path, before).unwrap();
        FileTarget { path: Some(path.clone()) }.send(&entry(id)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        text
    }

    #[test]
    fn a_line_a_message_whatever_a_crash_left() {
        let line = |id: &str| format!("{}\n", entry(id).message.body());
        let (one, two) = (line("1"), line("2"));
        assert_eq!(after("empty", "", "1"), one);
        assert_eq!(after("whole", &one, "2"), format!("{one}{two}"));
        assert_eq!(after("same", &format!("{two}{one}"), "1"), format!("{two}{one}"), "it was there already");
        for cut in 1..two.len() - 1 {
            assert_eq!(after("part", &format!("{one}{}", &two[..cut]), "2"), format!("{one}{two}"), "cut at {cut}");
        }
        assert_eq!(after("break", two.trim_end(), "2"), two, "only its break was missing");
        assert_eq!(after("other", "# mine", "1"), format!("# mine\n{one}"), "what is not ours stays");
        let long = "y".repeat(200_000);
        assert_eq!(after("long", &format!("{one}{{\"id\":\"3{long}"), "2"), format!("{one}{two}"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let mut target = FileTarget { path: Some("/nowhere/at/all".into()) };
        let fault = target.send(&entry("1")).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Setup);
        assert!(fault.error.starts_with("/nowhere/at/all cannot be written to: "), "{}", fault.error);
    }
}
