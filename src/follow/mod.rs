//! Events as they come: from files that grow and rotate, from standard input, from whatever else gives events in an order that
//! can be named.
//!
//! In: a [`Source`]. Out: its records to a [`Sink`], and its positions: what they say and what the sink was given always agree, for a
//! source stops at the border of a record only. Never here: rules, decisions, printing; a position that is stored before the sink
//! says so.
//!
//! | who | does what |
//! | --- | --- |
//! | the sink | takes records, and breaks off when it has enough for one batch |
//! | the caller | writes out what came of the batch, then gives [`Source::positions`] to a [`Commit`], then calls [`Source::committed`] |
//! | the source | goes on from its positions at the next [`Source::poll`]; after a restart from those of [`Source::restore`] |
//!
//! So everything is read at least once, and only what was in the batch in flight twice.
//!
//! | file | what |
//! | --- | --- |
//! | `files/` | files that grow and rotate |
//! | `standard.rs` | standard input, or any other stream that comes once |
//! | `state.rs` | positions in a file of their own |
//! | `wake.rs` | how a source that did not wait for the next look says that it has something |

pub mod files;
pub mod standard;
pub mod state;
pub mod wake;

use std::collections::BTreeMap;

use crate::diagnostic::Code;
use crate::event::read::{self, EventReader};

/// Positions by their names. What they mean knows the source alone.
pub type Positions = BTreeMap<String, Vec<u8>>;

/// Who takes what a source gives. Breaking off behind a record ends one [`Source::poll`]; that record was taken.
pub trait Sink: read::Sink {
    /// Something that people should know.
    fn notice(&mut self, notice: Notice);
}

/// Something that happened to an input, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub kind: Kind,
    /// The input's name.
    pub input: String,
    /// What happened.
    pub message: String,
    /// The way out, where one is needed.
    pub help: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing is lost.
    Note,
    /// This input, or a part of it, is not read.
    Warning(Code),
}

/// What there is after a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Polled {
    /// Nothing will ever come again.
    Ended,
    /// Nothing now.
    Idle,
    /// More can be had at once.
    More,
}

/// What is not read yet of one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The input's name.
    pub input: String,
    /// Bytes of it that are there and were not given to the sink.
    pub bytes: u64,
}

/// Where events come from.
pub trait Source {
    /// One word, before the names of its positions: `files`.
    fn name(&self) -> &'static str;

    /// Goes on where an earlier process had come to. Before the first poll, at most once; only what [`Source::positions`] gave.
    fn restore(&mut self, positions: &Positions) -> Result<(), BadPosition>;

    /// Gives the sink what is there. It does not wait, and ends when there is nothing more, when the sink breaks off, or when much was
    /// read.
    fn poll(&mut self, reader: &mut EventReader, sink: &mut dyn Sink) -> Polled;

    /// Where it has come to: all that is needed to go on, and nothing that the sink was not given.
    fn positions(&self) -> Positions;

    /// What [`Source::positions`] said last is stored. A source that tells the sender that it may forget does it here.
    fn committed(&mut self);

    /// What is not read yet, input by input, in the order of their names.
    fn lag(&self) -> Vec<Lag>;

    /// Files and connections that are open.
    fn open(&self) -> usize;

    /// Records, or lines, that were read by earlier processes, of each input that is there.
    fn before(&self) -> Vec<u64> {
        Vec::new()
    }

    /// What it was told to read and is not there, with the reason and the way out.
    fn missing(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Positions that this program did not write, or a newer one did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPosition {
    /// Its name.
    pub name: String,
}

impl std::fmt::Display for BadPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the position \"{}\" cannot be understood", self.name)
    }
}

impl std::error::Error for BadPosition {}

/// What is stored at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Where all sources have come to, under their names: `files/12`. These are all there are; what is not among them is forgotten.
    pub positions: Positions,
    /// What alerts remember, at these positions; opaque here. `None`: they remember nothing.
    pub remembered: Option<Vec<u8>>,
}

/// Where positions are stored.
pub trait Commit {
    /// What was stored last; nothing, at the first start.
    fn restore(&mut self) -> std::io::Result<Batch>;

    /// Stores a batch: all of it or nothing, whatever happens. When it is back, the batch is safe.
    fn commit(&mut self, batch: &Batch) -> std::io::Result<()>;
}

/// Stores nothing: after a restart everything is read again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forget;

impl Commit for Forget {
    fn restore(&mut self) -> std::io::Result<Batch> {
        Ok(Batch::default())
    }

    fn commit(&mut self, _: &Batch) -> std::io::Result<()> {
        Ok(())
    }
}

/// The positions of a source, under its name.
pub fn named(source: &dyn Source) -> Positions {
    let name = source.name();
    source.positions().into_iter().map(|(key, position)| (format!("{name}/{key}"), position)).collect()
}

/// Of the positions of all sources those of one, as it gave them.
pub fn own(name: &str, positions: &Positions) -> Positions {
    let before = format!("{name}/");
    let own = |(key, position): (&String, &Vec<u8>)| Some((key.strip_prefix(&before)?.to_string(), position.clone()));
    positions.iter().filter_map(own).collect()
}

/// The positions of all sources, as one batch.
pub fn batch(sources: &[Box<dyn Source>]) -> Batch {
    Batch { positions: sources.iter().flat_map(|source| named(source.as_ref())).collect(), remembered: None }
}

/// Gives each source its own positions.
pub fn restore(sources: &mut [Box<dyn Source>], positions: &Positions) -> Result<(), BadPosition> {
    sources.iter_mut().try_for_each(|source| source.restore(&own(source.name(), positions)))
}
