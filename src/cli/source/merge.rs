//! Several logs as one, by the time of their events.
//!
//! In: files, each in its own order. Out: their records, the one with the earliest `@timestamp` first; of equal times those of the input that
//! was named first. A record without a time comes where it stands in its file. Never here: an order within a file other than its own.
//!
//! Each file is read by a thread of its own, a little ahead of what is taken, so that memory does not grow with the logs.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{Failure, Reading, Run};
use crate::ast::Timestamp;
use crate::event::archive::Archive;
use crate::event::carry;
use crate::event::input::{self, Input};
use crate::event::read::{DamageKind, Damaged, EventReader, ReadError, ReadStats, Record, Sink};
use crate::event::{FieldPath, Layout, Slot};
use crate::explain;

/// Files that are read at once.
const FILES: usize = 512;
/// Records that go from a thread to the one that takes them at once, and how many such lots wait.
const LOT: usize = 64;
const LOTS: usize = 4;

/// What comes from one file.
enum Item {
    Record(Option<i64>, Vec<u8>),
    Damaged(Damaged),
    Ended(ReadStats, Result<(), ReadError>),
}

/// One file at work.
struct Lane {
    name: Arc<str>,
    named: bool,
    waiting: VecDeque<Item>,
    from: Receiver<Vec<Item>>,
    /// The time of its last record that had one.
    time: i64,
}

impl Lane {
    /// The next item, once it is there.
    fn next(&mut self) -> Option<Item> {
        while self.waiting.is_empty() {
            self.waiting.extend(self.from.recv().ok()?);
        }
        self.waiting.pop_front()
    }
}

/// Sends records on.
struct Forward {
    to: SyncSender<Vec<Item>>,
    lot: Vec<Item>,
    time: Option<Slot>,
}

impl Forward {
    fn put(&mut self, item: Item) -> ControlFlow<()> {
        self.lot.push(item);
        if self.lot.len() < LOT {
            return ControlFlow::Continue(());
        }
        self.flush()
    }

    fn flush(&mut self) -> ControlFlow<()> {
        match self.to.send(std::mem::take(&mut self.lot)) {
            Ok(()) => ControlFlow::Continue(()),
            // Nobody takes them any more.
            Err(_) => ControlFlow::Break(()),
        }
    }
}

impl Sink for Forward {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let time = self.time.and_then(|slot| explain::show(record.view.raw(slot)));
        let time = time.and_then(|time| Timestamp::parse(&time)?.nanoseconds());
        match carry::one(&record) {
            Some(frame) => self.put(Item::Record(time, frame)),
            None => self.put(Item::Damaged(Damaged {
                file: record.place.file.clone(),
                number: Some(record.place.number),
                offset: record.place.offset,
                kind: DamageKind::Record,
                reason: "a record that cannot be merged".to_string(),
            })),
        }
    }

    fn damaged(&mut self, damaged: Damaged) {
        // Whether somebody takes it is seen with the next record.
        let _ = self.put(Item::Damaged(damaged));
    }
}

/// The paths of inputs that can be merged.
fn paths(inputs: &[Input]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for input in inputs {
        let path = match input {
            Input::File(path) => path,
            Input::Standard | Input::Member(..) => {
                return Err(Failure::unusable(
                    format!("{} cannot be merged", input.name()),
                    "name files; unpack archives first",
                ));
            }
        };
        // What cannot be opened is told when it is read.
        let archive = File::open(path).and_then(|mut file| Archive::of(&mut file));
        if let Ok(Some(_)) = archive {
            return Err(Failure::unusable(
                format!("{}: an archive cannot be merged", input::shown(&path.display().to_string())),
                "unpack it, and name the files in it",
            ));
        }
        paths.push(path.clone());
    }
    if paths.len() > FILES {
        return Err(Failure::unusable(
            format!("{} files are more than can be merged at once", paths.len()),
            format!("merge at most {FILES}; or leave --merge out, and they are read one behind the other"),
        ));
    }
    Ok(paths)
}

/// Reads all files at once, in the order of time.
pub(super) fn read(
    run: &mut Run<'_>,
    inputs: &[Input],
    named: &dyn Fn(&str) -> bool,
    reading: Reading<'_>,
    reader: &mut EventReader,
) -> Result<(), Failure> {
    let paths = paths(inputs)?;
    std::thread::scope(|scope| {
        let mut lanes: Vec<Lane> = Vec::new();
        for (path, input) in paths.iter().zip(inputs) {
            let name: Arc<str> = input.name().into();
            let (to, from) = sync_channel(LOTS);
            let (waiting, named) = (VecDeque::new(), named(&name));
            lanes.push(Lane { name: Arc::clone(&name), named, waiting, from, time: i64::MIN });
            scope.spawn(move || forward(path, &name, reading, to));
        }
        take(run, lanes, reader);
    });
    // What was read is told by the threads; this one only read it again.
    reader.stats = ReadStats::default();
    Ok(())
}

/// One file's thread.
fn forward(path: &std::path::Path, name: &Arc<str>, reading: Reading<'_>, to: SyncSender<Vec<Item>>) {
    let mut layout = Layout::new();
    let time = "@timestamp".to_string();
    let time = layout.slot(FieldPath { name: time.clone(), paths: vec![time] });
    let mut reader = EventReader::new(&layout, reading.agent).strict(reading.strict);
    let mut forward = Forward { to, lot: Vec::new(), time };
    let result = File::open(path).map_err(ReadError::from).and_then(|file| reader.read_file(name, file, &mut forward));
    let stats = std::mem::take(&mut reader.stats);
    forward.lot.push(Item::Ended(stats, result));
    // Who does not take it any more does not want to know.
    let _ = forward.flush();
}

/// Takes the earliest of what waits, again and again.
fn take(run: &mut Run<'_>, mut lanes: Vec<Lane>, reader: &mut EventReader) {
    let mut heads: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    let mut frames: Vec<Vec<u8>> = vec![Vec::new(); lanes.len()];
    for at in 0..lanes.len() {
        heads.extend(advance(run, &mut lanes[at], &mut frames[at]).map(|time| Reverse((time, at))));
    }
    while let Some(Reverse((_, at))) = heads.pop() {
        reader.again(&lanes[at].name, &frames[at], &mut run.sink);
        if run.sink.over {
            // The threads end as soon as nobody listens.
            return;
        }
        heads.extend(advance(run, &mut lanes[at], &mut frames[at]).map(|time| Reverse((time, at))));
    }
}

/// The next record of a file, and its time; `None`: there is none.
fn advance(run: &mut Run<'_>, lane: &mut Lane, frame: &mut Vec<u8>) -> Option<i64> {
    loop {
        match lane.next()? {
            Item::Record(time, bytes) => {
                lane.time = time.unwrap_or(lane.time);
                *frame = bytes;
                return Some(lane.time);
            }
            Item::Damaged(damaged) => run.sink.damaged(damaged),
            Item::Ended(mut stats, result) => {
                run.note(&lane.name, lane.named, result, &mut stats);
                return None;
            }
        }
    }
}
