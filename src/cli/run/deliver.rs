//! `run --deliver`: how far each input was read.
//!
//! In: the records of inputs, in order, with what rules decided. Out: only those records that were not read before; their alerts go out by
//! `outgoing`. Never here: messages.
//!
//! How far an input was read is kept by its path, as the number of its records up to the last event, with a fingerprint:
//!
//! | the file now | what is read |
//! | --- | --- |
//! | begins as it did, and is not shorter | what is behind the records that were read |
//! | begins otherwise, or is shorter | all of it; a record that was read before gives the same id, which is passed over |
//! | standard input | all of it |

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bytecode::Module;
use crate::cli::args::{RunArgs, Show};
use crate::cli::outgoing::{Outgoing, Project};
use crate::cli::run::remembered::Restored;
use crate::cli::{Exit, Failure, style};
use crate::event::read::Record;
use crate::pipeline::Pipeline;

/// Bytes of a file's fingerprint, at most.
const HEAD: u64 = 4096;

/// How far an input was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Bytes that the fingerprint is of.
    head: u32,
    print: [u8; 16],
    /// Bytes of the file.
    length: u64,
    /// Records up to the last event, damaged ones too.
    records: u64,
}

/// The beginning of a file. That of an EVTX file changes with each record; its first records do not.
fn head(path: &Path) -> std::io::Result<(Vec<u8>, u64)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(HEAD).read_to_end(&mut bytes)?;
    if bytes.starts_with(b"ElfFile\0") {
        const RECORDS: u64 = 4096 + 512;
        bytes.clear();
        file.seek(SeekFrom::Start(RECORDS))?;
        // One small record is enough; behind the last one the chunk may still be filled.
        file.take(128).read_to_end(&mut bytes)?;
    }
    Ok((bytes, length))
}

fn fingerprint(bytes: &[u8]) -> [u8; 16] {
    let mut print = [0; 16];
    print.copy_from_slice(&Sha256::digest(bytes)[..16]);
    print
}

/// The input that is being read.
#[derive(Debug, Default)]
struct Current {
    /// Its name among the positions; none: it has no position.
    key: Option<String>,
    at: Option<Position>,
    /// Records that were read before.
    skip: u64,
    /// Records so far.
    seen: u64,
}

/// Alerts on their way out, and what was read.
pub(in crate::cli) struct Feed {
    out: Outgoing,
    known: BTreeMap<String, Vec<u8>>,
    /// Positions that are not kept yet.
    moved: BTreeMap<String, Vec<u8>>,
    current: Current,
    /// Records that were passed over, for they were read before.
    passed: u64,
    /// These are the last events: what is kept quiet is told now.
    last: bool,
}

/// What `run` delivers by, if it is to deliver, and what it shows: nothing, where messages go to standard output.
pub(super) fn prepare(
    args: &RunArgs,
    project: Option<Project>,
    pipeline: &mut Pipeline<'_>,
    module: &Module,
    show: Vec<Show>,
) -> Result<(Option<Feed>, Vec<Show>), Failure> {
    let Some(project) = project else { return Ok((None, show)) };
    let output = project.takes_output();
    if output && (args.format.is_some() || args.show.iter().any(|show| *show != Show::None)) {
        return Err(Failure::unusable(
            "standard output cannot have both decisions and messages",
            "leave --show and --format out, or name a file in [deliver.file]",
        ));
    }
    let mut out = Outgoing::open(&args.delivery, args.state.as_deref(), module, project, false)?;
    let Restored { contexts, told } = out.remembered(module)?;
    if let Some(contexts) = contexts {
        pipeline.resume(contexts);
    }
    if let Some((code, line)) = told {
        writeln!(style::stderr(), "{line}")?;
        out.exit.note(if code.is_some() { Exit::Partial } else { Exit::Clean });
    }
    let known = out.positions()?;
    let (moved, current) = (BTreeMap::new(), Current::default());
    let feed = Feed { out, known, moved, current, passed: 0, last: args.last };
    Ok((Some(feed), if output { vec![Show::None] } else { show }))
}

impl Feed {
    /// An input begins.
    pub(super) fn begins(&mut self, file: Option<&Path>, member: Option<&str>) {
        self.leave();
        self.current = Current::default();
        let Some(path) = file else { return };
        let (Ok(whole), Ok((head, length))) = (path.canonicalize(), head(path)) else { return };
        let mut key = whole.display().to_string();
        if let Some(member) = member {
            key.push('!');
            key.push_str(member);
        }
        let before: Option<Position> = self.known.get(&key).and_then(|bytes| postcard::from_bytes(bytes).ok());
        let same = before.filter(|before| {
            let begins = head.get(..before.head as usize).is_some_and(|head| fingerprint(head) == before.print);
            begins && length >= before.length
        });
        let skip = same.map_or(0, |before| before.records);
        let at = Position { head: head.len() as u32, print: fingerprint(&head), length, records: skip };
        self.current = Current { key: Some(key), at: Some(at), skip, seen: 0 };
    }

    /// A record comes. Was it read before?
    pub(super) fn was_read(&mut self) -> bool {
        self.current.seen += 1;
        let before = self.current.seen <= self.current.skip;
        self.passed += u64::from(before);
        before
    }

    /// Takes what was decided for an event; keeps a batch now and then.
    pub(super) fn event(
        &mut self,
        pipeline: &Pipeline<'_>,
        module: &Module,
        record: &Record<'_>,
    ) -> Result<(), Failure> {
        self.out.event(pipeline, module, record);
        if let Some(at) = &mut self.current.at {
            at.records = self.current.seen;
        }
        if self.out.is_due() {
            self.keep(pipeline, module)?;
        }
        Ok(())
    }

    /// Notes how far the input was read that is left.
    fn leave(&mut self) {
        if let Current { key: Some(key), at: Some(at), .. } = &self.current
            && let Ok(bytes) = postcard::to_allocvec(at)
            && self.known.get(key) != Some(&bytes)
        {
            self.known.insert(key.clone(), bytes.clone());
            self.moved.insert(key.clone(), bytes);
        }
    }

    fn keep(&mut self, pipeline: &Pipeline<'_>, module: &Module) -> Result<(), Failure> {
        self.leave();
        self.out.keep(std::mem::take(&mut self.moved), pipeline.contexts(), module)
    }

    /// Keeps the rest, while it is known what alerts remember.
    pub(super) fn end(&mut self, pipeline: &mut Pipeline<'_>, module: &Module) -> Result<(), Failure> {
        if self.last {
            let closed = pipeline.contexts_mut().close_all();
            self.out.closings(&closed, pipeline.contexts(), module);
        }
        self.keep(pipeline, module)
    }

    /// Sends what can be sent, and says what came of it. Standard output is free by now.
    pub(super) fn finish(self, quiet: bool) -> Result<Exit, Failure> {
        self.out.finish(self.passed, quiet)
    }
}
