//! Messages into a file: a line of JSON each.
//!
//! In: messages, up to [`MOST`] at once. Out: lines at the end of a file, written through to the disk together before any of them counts as
//! sent. Never here: what a line says.
//!
//! | what the file ends in | before the next lines |
//! | --- | --- |
//! | whole lines of some of these messages, written before a crash | nothing, and those are not written again |
//! | another whole line, or nothing | nothing |
//! | a whole line of ours without its break | the break |
//! | a part of a line of ours, left by a crash | it is taken away; its message comes again, whole |
//! | anything else | a line break |
//!
//! What could not be written whole is taken back, so that the file never has a part of what is not sent.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use super::config::FileTo;
use super::{Entry, Fault, FaultKind, Target};
use crate::limits::RECORD_BYTES;

/// How a line of ours begins.
const OURS: &str = "{\"id\":\"";

/// Messages that are written at once, at most; so many lines a crash can have left without anybody knowing.
pub const MOST: usize = 100;

/// A file, or standard output.
#[derive(Debug)]
pub struct FileTarget {
    path: Option<PathBuf>,
    /// How long the file was when lines were written to it last. As long as it is that long, nothing else happened to it.
    length: Option<u64>,
}

impl FileTarget {
    /// The folder of the file is there, or is made, where it is in the project's own. Or what is wrong, and the way out: told before anything
    /// is read, as it does not mend itself.
    pub fn prepare(to: &FileTo, folder: &Path) -> Result<(), (String, String)> {
        let Some(written) = &to.path else { return Ok(()) };
        let path = folder.join(written);
        let wrong = |what: String, help: &str| Err((format!("[deliver.file] path = {written:?}: {what}"), help.into()));
        if path.is_dir() {
            return wrong("this is a folder".into(), "name a file in it");
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if parent.is_dir() {
            return Ok(());
        }
        // Where a name is mistyped, folders all over the machine would be no help.
        if !is_within(written, folder) {
            let what = format!("there is no folder {}", parent.display());
            return wrong(what, "make it, or name a file in the project's folder: there it is made");
        }
        std::fs::create_dir_all(parent).or_else(|error| {
            let what = format!("the folder {} cannot be made: {error}", parent.display());
            wrong(what, "make it, or name another file")
        })
    }

    /// Relative to the project's folder.
    pub fn new(to: &FileTo, folder: &Path) -> Self {
        Self { path: to.path.as_ref().map(|path| folder.join(path)), length: None }
    }
}

impl Target for FileTarget {
    fn send(&mut self, entry: &Entry) -> Result<(), Fault> {
        self.send_all(std::slice::from_ref(entry))
    }

    fn most(&self) -> usize {
        MOST
    }

    fn send_all(&mut self, entries: &[Entry]) -> Result<(), Fault> {
        let (result, name) = match &self.path {
            Some(path) => {
                let result = append(path, self.length.take(), entries);
                (result.map(|length| self.length = length), path.display().to_string())
            }
            None => {
                let mut out = io::stdout().lock();
                let lines = lines(entries, &HashSet::new());
                (out.write_all(lines.as_bytes()).and_then(|()| out.flush()), "standard output".to_string())
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

/// Is a path relative to a folder one in it, whatever links are on the way?
fn is_within(written: &Path, folder: &Path) -> bool {
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !written.components().all(plain) {
        return false;
    }
    let path = folder.join(written);
    let there = path.ancestors().skip(1).find(|ancestor| ancestor.exists());
    let real = |path: &Path| if path.as_os_str().is_empty() { Path::new(".") } else { path }.canonicalize();
    match (there.map(real), real(folder)) {
        (Some(Ok(there)), Ok(folder)) => there.starts_with(folder),
        (Some(Ok(_) | Err(_)) | None, Ok(_) | Err(_)) => false,
    }
}

/// The lines of messages, but for those that are there.
fn lines(entries: &[Entry], there: &HashSet<String>) -> String {
    let new = entries.iter().filter(|entry| !there.contains(&entry.message.id));
    new.map(|entry| entry.message.body() + "\n").collect()
}

/// Adds lines; gives how long the file is then, if it is one. `known`: how long it was when it was left whole.
fn append(path: &Path, known: Option<u64>, entries: &[Entry]) -> io::Result<Option<u64>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A pipe or a terminal has no end to look at.
    if !file.metadata()?.is_file() {
        file.write_all(lines(entries, &HashSet::new()).as_bytes())?;
        return Ok(None);
    }
    let length = file.seek(SeekFrom::End(0))?;
    let there = if known == Some(length) { HashSet::new() } else { mend(&mut file)? };
    let start = file.stream_position()?;
    let written = file.write_all(lines(entries, &there).as_bytes());
    if let Err(error) = written {
        // Whoever cannot write may still be able to shorten; if not, the part that is there is mended next time.
        let _ = file.set_len(start);
        return Err(error);
    }
    file.sync_all()?;
    Ok(Some(file.stream_position()?))
}

/// Makes the file end in a whole line, and stands behind it. Gives the ids of its last lines that are ours.
fn mend(file: &mut File) -> io::Result<HashSet<String>> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = last_line(file, length)?;
    let mut end = length;
    if !tail.is_empty() {
        let text = String::from_utf8_lossy(&tail);
        let ours = text.starts_with(OURS) || OURS.starts_with(&*text);
        if ours && serde_json::from_slice::<serde_json::Value>(&tail).is_err() {
            end = length - tail.len() as u64;
            file.set_len(end)?;
        } else {
            file.seek(SeekFrom::End(0))?;
            file.write_all(b"\n")?;
            end += 1;
        }
    }
    let mut there = HashSet::new();
    let mut at = end;
    for _ in 0..MOST {
        // Before the break of the line that ends here.
        let Some(before) = at.checked_sub(1) else { break };
        let line = last_line(file, before)?;
        let text = String::from_utf8_lossy(&line);
        // A line that is not ours ends what we wrote last.
        let Some((id, _)) = text.strip_prefix(OURS).and_then(|rest| rest.split_once('"')) else { break };
        there.insert(id.to_string());
        at = before - line.len() as u64;
    }
    file.seek(SeekFrom::Start(end))?;
    Ok(there)
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
        FileTarget { path: Some(path.clone()), length: None }.send(&entry(id)).unwrap();
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
    fn many_at_once_and_what_a_crash_left_of_them_is_written_once() {
        let path = std::env::temp_dir().join(format!("blocksieve-file-{}-many", std::process::id()));
        let entries: Vec<Entry> = (0..MOST).map(|n| entry(&format!("{n}"))).collect();
        let whole: String = entries.iter().map(|entry| entry.message.body() + "\n").collect();
        let before = format!("{}\n", entry("before").message.body());
        for cut in [0, 1, 40, whole.len() / 3, whole.len() / 2 + 7, whole.len() - 1, whole.len()] {
            std::fs::write(&path, format!("{before}{}", &whole[..cut])).unwrap();
            let mut target = FileTarget { path: Some(path.clone()), length: None };
            target.send_all(&entries).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{before}{whole}"), "cut at {cut}");
            // Nothing happened to it since; and then something did.
            target.send(&entry("next")).unwrap();
            let next = format!("{}\n", entry("next").message.body());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{before}{whole}{next}"));
            std::fs::write(&path, format!("{whole}# mine")).unwrap();
            target.send(&entry("next")).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{whole}# mine\n{next}"));
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let mut target = FileTarget { path: Some("/nowhere/at/all".into()), length: None };
        let fault = target.send(&entry("1")).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Setup);
        assert!(fault.error.starts_with("/nowhere/at/all cannot be written to: "), "{}", fault.error);
    }
}
