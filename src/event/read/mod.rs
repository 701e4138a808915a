//! Events out of files and streams, one at a time.
//!
//! In: bytes in one of the forms that are known, packed or not, from anything that can be read. Out: one call of a [`Sink`] for
//! each record or damage, in the order of the input. Memory stays flat whatever the size: one buffer, one record, one chunk of
//! EVTX. Never here: paths, printing, decisions.
//!
//! | file | what |
//! | --- | --- |
//! | `detect.rs` | how the bytes are packed and how records stand in them, by the first bytes |
//! | `unpack.rs` | gzip, zstd, UTF-16 |
//! | `buffer.rs` | a stream in bounded memory; its lines |
//! | `lines.rs` | a record a line: JSON, or text that holds event XML |
//! | `pieces.rs` | lines in pieces, for those that read several at once |
//! | `values.rs` | JSON in one array, or laid out for people |
//! | `extent.rs` | how far one of those objects goes, damaged ones too |
//! | `markup.rs` | event XML |
//! | `rows.rs` | CSV |
//! | `grow.rs` | streams that are not at their end yet, from one record's border to another's |
//! | `carried.rs` | records read elsewhere or before, and lines of the agent's own |
//! | `object.rs` | one JSON object, whatever its form |

mod buffer;
mod carried;
mod detect;
mod extent;
mod grow;
mod lines;
mod markup;
mod object;
mod pieces;
mod rows;
mod stats;
#[cfg(test)]
mod tests;
mod unpack;
mod values;

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

pub use detect::{Layer, UnknownForm, known_forms};
pub use grow::{Began, End, Growing, Place, Reach, Within, plain};
pub use pieces::{Piece, PieceSource, Pieces, Rest, Taken, Until};
pub use stats::ReadStats;

use buffer::Buffer;
use detect::{ENOUGH, EVTX_MAGIC, Packed, detect};
use object::Objects;

use super::agent::{AgentPlan, Form};
use super::json::TOO_MANY;
use super::{EventView, Layout};
use crate::dialect::AgentVersion;
use crate::limits::RECORD_BYTES;

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub struct RecordPlace<'a> {
    /// The name that the caller gave the input.
    pub file: &'a Arc<str>,
    /// The line, from 1, where records stand a line each; for EVTX the record's own id; else the record's number, from 1.
    pub number: u64,
    /// Offset of its first byte, in the stream as it is when unpacked.
    pub offset: u64,
}

/// One record.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// What rules see: the agent's event.
    pub view: &'a dyn EventView,
    /// Where it stands.
    pub place: RecordPlace<'a>,
    /// Bytes of the input that it takes.
    pub bytes: u64,
    /// The record as it stands: a JSON object, or an event's XML; `None`: it has no text of its own.
    pub text: Option<&'a [u8]>,
    /// Its form.
    pub form: Form,
}

/// What kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The record is no record.
    Record,
    /// The record has more than [`RECORD_BYTES`] bytes, or more than [`RECORD_MEMBERS`](crate::limits::RECORD_MEMBERS) keys and
    /// members.
    TooLarge,
    /// A part of the input that may hold many records.
    Chunk,
    /// The sums of a part of the input do not fit its bytes; its records are read all the same.
    Sums,
}

/// A record that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The name that the caller gave the input.
    pub file: Arc<str>,
    /// As [`RecordPlace::number`]. `None`: not known.
    pub number: Option<u64>,
    /// Offset of the byte where it is wrong, or of the record.
    pub offset: u64,
    /// What kind.
    pub kind: DamageKind,
    /// What is wrong, in a few words.
    pub reason: String,
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.number {
            Some(number) => write!(f, "{}:{number}: {} (byte {})", self.file, self.reason, self.offset),
            None => write!(f, "{}: {} (byte {})", self.file, self.reason, self.offset),
        }
    }
}

/// Who takes the events.
pub trait Sink {
    /// A record. Breaking off ends the reading of this input.
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()>;

    /// A record that was skipped.
    fn damaged(&mut self, damaged: Damaged);

    /// Who takes pieces of a file of lines instead of its records, if anybody does.
    fn pieces(&mut self) -> Option<&mut dyn Pieces> {
        None
    }
}

/// Why an input could not be read (to its end).
#[derive(Debug)]
pub enum ReadError {
    /// The system says no, or what is packed is damaged from its start.
    Io(std::io::Error),
    /// Nobody knows the form.
    Form(UnknownForm),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadError::Io(error) => error.fmt(f),
            ReadError::Form(form) => form.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        ReadError::Io(error)
    }
}

/// Fills the bytes as far as the stream goes.
pub(crate) fn read_full(input: &mut impl Read, bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Layers of packing that are opened: text in UTF-16 inside of gzip is two.
const LAYERS: usize = 4;

/// Reads any number of inputs for one layout, with the same buffers.
#[derive(Debug)]
pub struct EventReader {
    plan: AgentPlan,
    objects: Objects,
    buffer: Buffer,
    strict: bool,
    /// The encoding that XML says it has, if it is none that is read.
    encoding: Option<String>,
    /// Counts so far; the caller may take them away.
    pub stats: ReadStats,
}

impl EventReader {
    /// A reader for a layout; events are as this version of the agent would send them.
    pub fn new(layout: &Layout, agent: AgentVersion) -> Self {
        Self {
            plan: AgentPlan::new(layout, agent),
            objects: Objects::new(layout, agent),
            buffer: Buffer::default(),
            strict: false,
            encoding: None,
            stats: ReadStats::default(),
        }
    }

    /// Reads every byte of every record, also those that nobody asks for.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Reads a stream. Of EVTX the chunks come in the order in which they stand, which need not be that of its records.
    pub fn read(&mut self, file: &Arc<str>, input: &mut dyn Read, sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.layer(file, input, sink, LAYERS)
    }

    /// Reads a file, or bytes in memory behind a [`Cursor`], from its start.
    pub fn read_file<R: Read + Seek + Send>(
        &mut self,
        file: &Arc<str>,
        mut input: R,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        // EVTX reads where it wants to; nothing of it needs to be in the buffer.
        let mut magic = [0; EVTX_MAGIC.len()];
        let is_evtx = read_full(&mut input, &mut magic)? == magic.len() && magic == *EVTX_MAGIC;
        input.seek(SeekFrom::Start(0))?;
        if is_evtx {
            return self.evtx(file, input, sink);
        }
        match self.begin(&mut input)? {
            Packed::Not(Layer::Lines) => self.lines_in_pieces(file, &mut input, sink),
            packed => self.packed(file, &mut input, sink, packed, LAYERS),
        }
    }

    fn layer(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
        layers: usize,
    ) -> Result<(), ReadError> {
        let packed = self.begin(input)?;
        self.packed(file, input, sink, packed, layers)
    }

    fn packed(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
        packed: Packed,
        layers: usize,
    ) -> Result<(), ReadError> {
        let Packed::Not(layer) = packed else {
            let Some(layers) = layers.checked_sub(1) else {
                return Err(ReadError::Form(UnknownForm::PACKED_TOO_OFTEN));
            };
            let read = Cursor::new(self.buffer.rest().to_vec());
            let mut whole = read.chain(input);
            let mut unpacked = unpack::unpack(packed, Box::new(&mut whole));
            let (records, bytes) = (self.stats.records(), self.stats.bytes);
            return match self.layer(file, &mut *unpacked, sink, layers) {
                // What was read before the damage is kept.
                Err(ReadError::Io(error)) if self.stats.records() > records => {
                    self.stats.damaged += 1;
                    let reason = format!("what is packed is damaged: {error}; the rest is lost");
                    let (file, offset) = (file.clone(), self.stats.bytes - bytes);
                    sink.damaged(Damaged { file, number: None, offset, kind: DamageKind::Chunk, reason });
                    Ok(())
                }
                result => result,
            };
        };
        match layer {
            Layer::Lines => self.lines(file, input, sink),
            Layer::Values => self.values(file, input, sink),
            Layer::Markup => self.markup(file, input, sink),
            Layer::Rows => self.rows(file, input, sink),
            Layer::Carried => self.carried(file, input, sink),
            Layer::Evtx => {
                let begun = Cursor::new(self.buffer.rest().to_vec());
                self.evtx_stream(file, &mut begun.chain(input), sink)
            }
        }
    }

    /// Reads as far as is needed to tell the form.
    fn begin(&mut self, input: &mut dyn Read) -> Result<Packed, ReadError> {
        self.buffer.reset();
        // Of a long first line more is waited for than what has come last: it is looked at from its start each time.
        let mut next = 0;
        loop {
            let length = self.buffer.rest().len();
            if length >= next {
                next = if length < ENOUGH { 0 } else { length * 2 };
                match detect(self.buffer.rest(), length > RECORD_BYTES) {
                    Ok(Some(packed)) => return Ok(packed),
                    Err(form) => return Err(ReadError::Form(form)),
                    Ok(None) => next = next.min(RECORD_BYTES + 1),
                }
            }
            if !self.buffer.fill(input)? {
                return match detect(self.buffer.rest(), true) {
                    Ok(packed) => Ok(packed.unwrap_or(Packed::Not(Layer::Lines))),
                    Err(form) => Err(ReadError::Form(form)),
                };
            }
        }
    }

    #[cfg(feature = "evtx")]
    fn evtx<R: Read + Seek>(&mut self, file: &Arc<str>, input: R, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let stats = super::evtx::read_evtx(input, file, &self.plan, self.strict, sink)?;
        self.stats.add(&stats);
        Ok(())
    }

    #[cfg(feature = "evtx")]
    fn evtx_stream(&mut self, file: &Arc<str>, input: &mut dyn Read, sink: &mut dyn Sink) -> Result<(), ReadError> {
        let (stats, result) = super::evtx::read_evtx_stream(input, file, &self.plan, self.strict, sink);
        self.stats.add(&stats);
        Ok(result?)
    }

    #[cfg(not(feature = "evtx"))]
    fn evtx_stream(&mut self, _: &Arc<str>, _: &mut dyn Read, _: &mut dyn Sink) -> Result<(), ReadError> {
        Err(ReadError::Form(UnknownForm::NO_EVTX))
    }

    #[cfg(not(feature = "evtx"))]
    fn evtx<R: Read + Seek>(&mut self, _: &Arc<str>, _: R, _: &mut dyn Sink) -> Result<(), ReadError> {
        Err(ReadError::Form(UnknownForm::NO_EVTX))
    }

    /// Reports a record that is beyond the limit.
    fn too_large(&mut self, file: &Arc<str>, number: u64, offset: u64, bytes: u64, sink: &mut dyn Sink) {
        self.stats.too_large += 1;
        let reason = format!("a record of {bytes} bytes, beyond the limit of {RECORD_BYTES}");
        sink.damaged(Damaged { file: file.clone(), number: Some(number), offset, kind: DamageKind::TooLarge, reason });
    }

    /// Reports a record that is damaged, or has too much in it.
    fn damaged(&mut self, file: &Arc<str>, number: u64, offset: u64, reason: &str, sink: &mut dyn Sink) {
        let kind = if reason == TOO_MANY { DamageKind::TooLarge } else { DamageKind::Record };
        match kind {
            DamageKind::TooLarge => self.stats.too_large += 1,
            DamageKind::Record | DamageKind::Chunk | DamageKind::Sums => self.stats.damaged += 1,
        }
        let reason = reason.to_string();
        sink.damaged(Damaged { file: file.clone(), number: Some(number), offset, kind, reason });
    }
}
