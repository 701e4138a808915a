//! Files that grow, and what is done to them meanwhile.
//!
//! In: files, folders and globs. Out: every record that is written into any of them, once. Looking at names, sizes and times again and
//! again needs nothing of the system and works on every file system. Never here: a file that is changed, removed or locked.
//!
//! | what happens | what is done |
//! | --- | --- |
//! | it grows | what is whole is read; a record whose end is not there waits |
//! | it is renamed | known by its number: read to its end, by its open handle where its new name is not watched |
//! | a new one takes its name | a file of its own, read from its start, after the old one |
//! | it is emptied or written anew | its length or its first bytes say so: read from its start |
//! | a copy of it appears, packed or not | known by its first bytes and the last that were read: only what is behind them is read |
//! | it is packed | the same; read when nothing changes it any more |
//! | it is taken away | the open handle is read to its end |
//! | one that cannot be read record by record (EVTX, an array) | read once, whole, when nothing changes it any more |
//!
//! | file | what |
//! | --- | --- |
//! | `print.rs` | which file is which |
//! | `position.rs` | what is stored of one |
//! | `file.rs` | one file: what was read of it, and what is now |
//! | `copies.rs` | copies of files that were read under another name |
//! | `whole.rs` | files that can only be read whole |
//! | `kept.rs` | the stream of one, and prints of what it gave |
//! | `sinks.rs` | sinks between a file and whoever takes its records |
//! | `list.rs` | the list of them, held against what is there |
//! | `order.rs` | which of several is read first |
//!
//! Files that are met at once are read oldest first, and a rotated log's younger file waits until its older one was read as far as it was then.

mod copies;
mod file;
mod kept;
mod list;
mod order;
mod position;
mod print;
mod sinks;
#[cfg(test)]
mod tests;
mod whole;

use std::time::{Duration, Instant};

use super::{BadPosition, Lag, Polled, Positions, Sink, Source};
use crate::event::read::{EventReader, ReadStats};
use file::{Did, Known};
use list::List;
use position::Position;

/// What is watched, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files, folders, globs, as people give them.
    pub given: Vec<String>,
    /// Everything that is there is read, and nothing is waited for.
    pub once: bool,
    /// What was not finished is read by a later process: it need not be taken now.
    pub goes_on: bool,
    /// Files that are there at the first poll and are not known are passed over: only what is written from then on is read.
    pub only_new: bool,
    /// How long nothing must have changed a file for it to be finished.
    pub still: Duration,
    /// How often the folders are looked at.
    pub look: Duration,
}

/// Files that are followed.
#[derive(Debug)]
pub struct Files {
    options: Options,
    list: List,
    looked: Option<Instant>,
    /// The file to begin with at the next poll.
    next: usize,
}

impl Files {
    /// Nothing is looked at before the first poll.
    pub fn new(options: Options) -> Self {
        Self { options, list: List::default(), looked: None, next: 0 }
    }
}

/// What was read of one file by this process.
#[derive(Clone, Debug)]
pub struct ReadFile {
    /// The name under which its records were told.
    pub name: String,
    /// What was read.
    pub stats: ReadStats,
    /// Records, or lines, that were read before.
    pub before: u64,
    /// Bytes at its end that are no whole record yet.
    pub rest: u64,
}

impl Files {
    /// The files that are there, in the order in which they are read.
    pub fn read(&self) -> Vec<ReadFile> {
        let here = self.list.files.iter().filter(|file| file.path.is_some());
        here.map(|file| ReadFile {
            name: file.name.to_string(),
            stats: file.stats,
            before: file.before,
            rest: file.lag().map_or(0, |lag| lag.bytes),
        })
        .collect()
    }
}

impl Source for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn restore(&mut self, positions: &Positions) -> Result<(), BadPosition> {
        for (name, bytes) in positions {
            let bad = || BadPosition { name: name.clone() };
            let id = u64::from_str_radix(name, 16).map_err(|_| bad())?;
            let position = Position::decode(bytes).ok_or_else(bad)?;
            self.list.restore(id, position);
        }
        Ok(())
    }

    fn poll(&mut self, reader: &mut EventReader, sink: &mut dyn Sink) -> Polled {
        let now = Instant::now();
        if self.looked.is_none_or(|looked| now.duration_since(looked) >= self.options.look) {
            let first = self.looked.is_none();
            self.list.look(&self.options, first, now, sink);
            self.looked = Some(now);
        }
        let mut polled = if self.options.once { Polled::Ended } else { Polled::Idle };
        let count = self.list.files.len();
        let mut others = self.list.others();
        for step in 0..count {
            let at = (self.next + step) % count;
            // Old ones stand first: what was renamed is read to its end before what took its name.
            match self.list.advance(at, &mut others, (&self.options, now), reader, sink) {
                Did::Nothing => {}
                Did::More | Did::Behind => polled = Polled::More,
                Did::BrokeOff => {
                    // A file that is always busy keeps no other waiting. Read once, each is read to its end.
                    self.next = if self.options.once { at } else { at + 1 };
                    return Polled::More;
                }
            }
        }
        self.next = 0;
        self.list.tidy();
        polled
    }

    fn positions(&self) -> Positions {
        self.list.files.iter().map(|file| (format!("{:016x}", file.id), file.position().encode())).collect()
    }

    fn committed(&mut self) {}

    fn lag(&self) -> Vec<Lag> {
        let mut all: Vec<Lag> = self.list.files.iter().filter_map(Known::lag).collect();
        all.sort_by(|a, b| a.input.cmp(&b.input));
        // The old file and the one that took its name are one input.
        all.dedup_by(|next, lag| {
            let same = next.input == lag.input;
            lag.bytes += if same { next.bytes } else { 0 };
            same
        });
        all
    }

    fn open(&self) -> usize {
        self.list.files.iter().filter(|file| file.is_open()).count()
    }

    fn before(&self) -> Vec<u64> {
        self.read().iter().map(|file| file.before).collect()
    }

    fn missing(&self) -> Vec<String> {
        self.list.missing.iter().map(ToString::to_string).collect()
    }
}
