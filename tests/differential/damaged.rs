//! Damaged copies of event files of every form: nothing panics, every reading ends, and what the damage did not touch is read as before.
//!
//! The files are those of `tests/forms/files` and, where it is there, those of the corpus (the folder is that of `BLOCKSIEVE_CORPUS`, else
//! `../shared/corpus`). `BLOCKSIEVE_COPIES` says how many copies are made; 600 by default. The seed is fixed: what fails fails again.
#![cfg(all(feature = "evtx", feature = "cli"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use blocksieve::dialect::AgentVersion;
use blocksieve::event::archive::Archive;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::event::{FieldPath, Layout};

/// A small generator of numbers (xorshift).
struct Seed(u64);

impl Seed {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// One event as it was read: where it stood, and all that rules see of it.
struct Seen {
    place: Range<usize>,
    event: String,
}

#[derive(Default)]
struct Keep {
    events: Vec<Seen>,
    damaged: usize,
}

impl Sink for Keep {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        for slot in 0..layout().len() {
            let _ = record.view.undecidable(blocksieve::event::Slot(slot as u16));
        }
        let start = record.place.offset as usize;
        // An event that cannot be read whole is damage of a value that nobody has asked for.
        let event = record.view.whole().map(|members| format!("{members:?}")).unwrap_or_default();
        self.events.push(Seen { place: start..start + record.bytes as usize, event });
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {
        self.damaged += 1;
    }
}

fn layout() -> Layout {
    let mut layout = Layout::new();
    for path in ["winlog.event_data.Image", "winlog.event_data.Hashes", "message", "log.level", "tags", "host.name"] {
        layout.slot(FieldPath { name: path.to_string(), paths: vec![path.to_string()] });
    }
    layout
}

/// Reads bytes as a file; `None`: nobody knows what they are.
fn read(bytes: &[u8]) -> Option<Keep> {
    let mut keep = Keep::default();
    EventReader::new(&layout(), AgentVersion::DEFAULT).read_file(&"in".into(), Cursor::new(bytes), &mut keep).ok()?;
    Some(keep)
}

/// Bytes that are more than this slow the test down and show nothing new.
const MOST: u64 = 2 << 20;

/// The files to damage, by name.
fn samples() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let mut folders = vec![root.join("tests/forms/files")];
    if corpus.is_dir() {
        folders.extend(["derived", "evtx", "json", "sigma/regression_data"].map(|folder| corpus.join(folder)));
    } else {
        eprintln!("skipped: no corpus at {}", corpus.display());
    }
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    let mut samples = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut add = |name: String, stream: &mut dyn Read| {
            let mut bytes = Vec::new();
            stream.take(MOST).read_to_end(&mut bytes).unwrap();
            if read(&bytes).is_some_and(|keep| !keep.events.is_empty()) {
                samples.push((name, bytes));
            }
        };
        let mut file = std::fs::File::open(&path).unwrap();
        match Archive::of(&mut file).unwrap() {
            Some(archive) => {
                archive.members(&mut file, &mut |member, stream| add(member.into(), stream.unwrap())).unwrap()
            }
            None => add(name, &mut file),
        }
    }
    samples
}

/// What is done to a copy.
#[derive(Debug)]
enum Damage {
    Cut(usize),
    Flip(usize, u8),
    Zeros(Range<usize>),
    Noise(Range<usize>),
    Gone(Range<usize>),
    Twice(Range<usize>),
}

impl Damage {
    fn any(seed: &mut Seed, length: usize) -> Damage {
        let start = seed.below(length);
        let longest = [1, 8, 64, 4096][seed.below(4)];
        let range = start..length.min(start + 1 + seed.below(longest));
        match seed.below(9) {
            0 | 1 => Damage::Cut(start),
            2..=4 => Damage::Flip(start, 1 << seed.below(8)),
            5 => Damage::Zeros(range),
            6 => Damage::Noise(range),
            7 => Damage::Gone(range),
            _ => Damage::Twice(range),
        }
    }

    /// The damaged copy, and the bytes of the original that were touched.
    fn copy(&self, bytes: &[u8], seed: &mut Seed) -> (Vec<u8>, Range<usize>) {
        let mut copy = bytes.to_vec();
        let touched = match self {
            Damage::Cut(at) => {
                copy.truncate(*at);
                *at..bytes.len()
            }
            Damage::Flip(at, bit) => {
                copy[*at] ^= bit;
                *at..*at + 1
            }
            Damage::Zeros(range) => {
                copy[range.clone()].fill(0);
                range.clone()
            }
            Damage::Noise(range) => {
                copy[range.clone()].iter_mut().for_each(|byte| *byte = seed.below(256) as u8);
                range.clone()
            }
            Damage::Gone(range) => {
                copy.drain(range.clone());
                range.clone()
            }
            Damage::Twice(range) => {
                let again = copy[range.clone()].to_vec();
                copy.splice(range.end..range.end, again);
                range.end..range.end
            }
        };
        (copy, touched)
    }
}

/// Bytes of an EVTX file's header, and of one of its chunks.
const EVTX: (usize, usize) = (4096, 65_536);

/// How many records can be lost besides those that are touched. Of an EVTX file only those of the chunks that are touched.
fn may_be_lost(bytes: &[u8], damage: &Damage, touched: &Range<usize>, record: &Range<usize>) -> usize {
    const ANY: usize = usize::MAX;
    if bytes.starts_with(b"ElfFile\0") {
        // Records share the templates of their chunk; and what is put in or taken out moves all chunks behind it.
        let chunk = |at: usize| at.saturating_sub(EVTX.0) / EVTX.1;
        let moved = matches!(damage, Damage::Gone(_) | Damage::Twice(_));
        let shared = (chunk(touched.start)..=chunk(touched.end)).contains(&chunk(record.start));
        return if shared || moved && record.start >= touched.start { ANY } else { 0 };
    }
    if touched.start < 4096.min(bytes.len() / 2) {
        // The start says what the file is.
        return ANY;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let lines =
        text.first() == Some(&b'<') || text.split(|byte| *byte == b'\n').next().unwrap_or_default().ends_with(b"}");
    match text.first() {
        // Quotes of CSV reach over rows.
        Some(b'E' | b'R') if text.contains(&b',') && !text.starts_with(b"Record 1\n") => ANY,
        _ if lines && text.first() != Some(&b'[') => 0,
        // The next member of a list, or of records that have several lines, may go with a damaged one.
        _ => 1,
    }
}

#[test]
fn what_damage_does_not_touch_is_read_as_before() {
    let copies = std::env::var("BLOCKSIEVE_COPIES").map_or(600, |count| count.parse().unwrap());
    let samples = samples();
    let mut originals: Vec<Option<Vec<Seen>>> = (0..samples.len()).map(|_| None).collect();
    let mut seed = Seed(0x0dd_ba11_5eed);
    let (mut lost, mut besides, mut unknown, mut damaged) = (0, 0, 0, 0);
    for copy in 0..copies {
        // Each file in turn, so that every form has its share.
        let which = copy % samples.len();
        let (name, bytes) = &samples[which];
        let original = originals[which].get_or_insert_with(|| read(bytes).unwrap().events);
        let damage = Damage::any(&mut seed, bytes.len());
        let (copy, touched) = damage.copy(bytes, &mut seed);
        let Some(keep) = read(&copy) else {
            // Only the start says what a file is.
            assert!(touched.start < 4096, "{name}: {damage:?}: nobody knows it any more");
            unknown += 1;
            continue;
        };
        damaged += keep.damaged;
        let mut there: BTreeMap<&str, usize> = BTreeMap::new();
        keep.events.iter().for_each(|seen| *there.entry(&seen.event).or_default() += 1);
        let mut far = 0;
        let near =
            |seen: &Seen| seen.place.start.saturating_sub(2) <= touched.end && touched.start <= seen.place.end + 2;
        // Two records may say the same: what is there is the one that was not touched.
        let in_order = original.iter().filter(|seen| !near(seen)).chain(original.iter().filter(|seen| near(seen)));
        for seen in in_order {
            match there.get_mut(seen.event.as_str()) {
                Some(count) if *count > 0 => *count -= 1,
                _ if near(seen) => lost += 1,
                _ => {
                    far += 1;
                    let most = may_be_lost(bytes, &damage, &touched, &seen.place);
                    assert!(far <= most, "{name}: {damage:?}: the record at {:?} is lost", seen.place);
                }
            }
        }
        besides += far;
    }
    println!(
        "{copies} copies of {} files: {lost} records touched and lost, {besides} besides; {damaged} told as damage, {unknown} files \
         unknown",
        samples.len()
    );
}
