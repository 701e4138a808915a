//! Windows' binary event log: EVTX files as events of the agent.
//!
//! In: a reader of an EVTX file, seekable or not. Out: one [`Record`](super::read::Record) an event, seen as the agent would send it; damaged chunks
//! and records by their place. One chunk (64 KiB) is in memory at a time, whatever the size of the file. Chunks and typed
//! values are the `evtx` crate's work. Never here: rules; what the agent would add of its own.

#[cfg(test)]
mod made;
mod places;
mod record;
mod records;
mod template;
#[cfg(test)]
mod test;
mod text;

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

use evtx::{EvtxChunkData, ParserSettings};

use self::places::{First, Place, first, logs, next_magic};
use super::agent::{AgentPlan, Parts};
use super::read::{DamageKind, Damaged, ReadStats, Sink, read_full};

/// Bytes before the first chunk.
const FILE_HEADER: u64 = 4096;
/// Bytes of a chunk.
const CHUNK: usize = 65_536;
/// Bytes of a chunk before its first record.
const CHUNK_HEADER: usize = 512;
/// Bytes of a record before its binary XML: magic, size, number, time.
const RECORD_HEADER: usize = 24;
/// Those, and the size again behind it.
const RECORD_FRAME: usize = RECORD_HEADER + 4;
const FILE_MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const RECORD_MAGIC: &[u8] = b"\x2a\x2a\0\0";

/// Reads an EVTX file from its oldest record to its newest and gives the sink every event. `file` is what people call it.
///
/// A record's place is its number in the file and the offset of its header; exported files count from 1, so the number is
/// not always `winlog.record_id`. Names that a record repeats are counted as duplicate keys; the first that is not empty
/// counts. An error is one of the reader; everything that is wrong with the bytes goes to the sink.
pub fn read_evtx<R: Read + Seek>(
    mut reader: R,
    file: &Arc<str>,
    plan: &AgentPlan,
    strict: bool,
    sink: &mut dyn Sink,
) -> io::Result<ReadStats> {
    let length = reader.seek(SeekFrom::End(0))?;
    let mut run = Run::new(file, plan, strict, sink);
    let (mut header, mut chunk) = (Vec::new(), Vec::with_capacity(CHUNK));
    read_at(&mut reader, 0, FILE_HEADER as usize, &mut header)?;
    read_at(&mut reader, FILE_HEADER, CHUNK_MAGIC.len(), &mut chunk)?;
    if !run.header(&header, &chunk) {
        return Ok(run.stats);
    }
    for log in logs(&mut reader, length)? {
        let oldest = log.oldest();
        for place in log.places.iter().skip(oldest).chain(log.places.iter().take(oldest)) {
            if let Place::Chunk { offset, .. } = place {
                read_at(&mut reader, *offset, CHUNK, &mut chunk)?;
            }
            if run.place(*place, &mut chunk).is_break() {
                return Ok(run.stats);
            }
        }
    }
    run.end(&header, length);
    Ok(run.stats)
}

/// The same for a stream: its chunks come in the order in which they stand. That is the order of its records, but in a log that was
/// full once and went on at its start. What was read before the stream failed counts.
pub fn read_evtx_stream(
    reader: &mut dyn Read,
    file: &Arc<str>,
    plan: &AgentPlan,
    strict: bool,
    sink: &mut dyn Sink,
) -> (ReadStats, io::Result<()>) {
    let mut run = Run::new(file, plan, strict, sink);
    let result = run.stream(reader);
    (run.stats, result)
}

/// How many chunks the file's header says there are; none, where it is no header.
fn promised_chunks(header: &[u8]) -> u64 {
    let count = header.get(42..44).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes);
    if header.starts_with(FILE_MAGIC) { u64::from(count) } else { 0 }
}

/// Fills the buffer with up to `len` bytes from this offset: fewer at the end of the file.
fn read_at<R: Read + Seek>(reader: &mut R, offset: u64, len: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    reader.seek(SeekFrom::Start(offset))?;
    // At once: what reads to the end of anything begins with small pieces.
    buffer.resize(len, 0);
    let read = read_full(reader, buffer)?;
    buffer.truncate(read);
    Ok(())
}

/// One pass over a file.
struct Run<'a> {
    file: &'a Arc<str>,
    plan: &'a AgentPlan,
    sink: &'a mut dyn Sink,
    /// Sums of chunks are checked.
    strict: bool,
    /// Records are found by the crate alone: slower, and for tests the measure of what finds them otherwise.
    by_crate: bool,
    settings: Arc<ParserSettings>,
    stats: ReadStats,
    /// Of the record at hand.
    parts: Parts,
}

impl<'a> Run<'a> {
    fn new(file: &'a Arc<str>, plan: &'a AgentPlan, strict: bool, sink: &'a mut dyn Sink) -> Self {
        let settings = Arc::new(ParserSettings::default());
        Run {
            file,
            plan,
            sink,
            strict,
            by_crate: false,
            settings,
            stats: ReadStats::default(),
            parts: Parts::default(),
        }
    }

    fn stream(&mut self, reader: &mut dyn Read) -> io::Result<()> {
        let (mut header, mut chunk) = (Vec::new(), Vec::with_capacity(CHUNK));
        reader.take(FILE_HEADER).read_to_end(&mut header)?;
        reader.take(CHUNK as u64).read_to_end(&mut chunk)?;
        if !self.header(&header, &chunk) {
            return Ok(());
        }
        let mut offset = FILE_HEADER;
        // Of what is no chunk: how much was passed over.
        let mut gap = 0;
        while !chunk.is_empty() {
            match first(&chunk) {
                First::Chunk if gap == 0 => {
                    let read = chunk.len() as u64;
                    if self.place(Place::Chunk { offset, first: 0 }, &mut chunk).is_break() {
                        return Ok(());
                    }
                    offset += read;
                    chunk.clear();
                }
                First::Header if gap == 0 => {
                    let bytes = chunk.len().min(FILE_HEADER as usize);
                    _ = self.place(Place::Header { bytes: bytes as u64 }, &mut Vec::new());
                    chunk.drain(..bytes);
                    offset += bytes as u64;
                }
                First::Chunk | First::Header | First::Other => {
                    let found = next_magic(&chunk, usize::from(gap == 0));
                    let ended = chunk.len() < CHUNK;
                    let passed = match found {
                        Some(at) => at,
                        None if ended => chunk.len(),
                        None => chunk.len() - (CHUNK_MAGIC.len() - 1),
                    };
                    gap += passed as u64;
                    chunk.drain(..passed);
                    if found.is_some() || ended {
                        _ = self.place(Place::Gap { offset, bytes: gap, last: found.is_none() }, &mut Vec::new());
                        offset += gap;
                        gap = 0;
                    }
                }
            }
            let wanted = (CHUNK - chunk.len()) as u64;
            reader.take(wanted).read_to_end(&mut chunk)?;
        }
        self.end(&header, offset);
        Ok(())
    }

    /// Reads what stands at a place; of a chunk its bytes.
    fn place(&mut self, place: Place, chunk: &mut Vec<u8>) -> ControlFlow<()> {
        match place {
            Place::Chunk { offset, .. } => return self.next(offset, chunk),
            Place::Header { bytes } => self.stats.bytes += bytes,
            Place::Gap { offset, bytes, last } => {
                self.stats.bytes += bytes;
                if last && bytes < CHUNK as u64 {
                    let reason = "the file is cut short: records after this place are lost".to_string();
                    self.damaged(0, offset + bytes, reason);
                } else {
                    let behind = if last { "nothing that can be read is behind it" } else { "the next chunk is read" };
                    let reason = format!("{bytes} bytes where a chunk should be are none; {behind}");
                    self.report(0, offset, reason, DamageKind::Chunk);
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Looks at the file's header, and at the first bytes behind it. Is there more to read?
    fn header(&mut self, header: &[u8], behind: &[u8]) -> bool {
        self.stats.bytes += header.len() as u64;
        if !header.starts_with(FILE_MAGIC) {
            if !behind.starts_with(CHUNK_MAGIC) {
                self.damaged(0, 0, "this is no EVTX file: it does not begin with ElfFile".to_string());
                return false;
            }
            self.damaged(0, 0, "the file's header is damaged; its chunks are read all the same".to_string());
        }
        let whole = header.len() == FILE_HEADER as usize;
        if !whole {
            let reason = "the file is cut short: it ends inside of its header".to_string();
            self.damaged(0, header.len() as u64, reason);
        }
        whole
    }

    /// Reads the chunk that stands there, the last of a file that was cut short perhaps.
    fn next(&mut self, offset: u64, bytes: &mut Vec<u8>) -> ControlFlow<()> {
        self.stats.bytes += bytes.len() as u64;
        // Windows makes a log grow by several chunks at a time; those without events yet are zeros.
        if bytes.iter().all(|byte| *byte == 0) {
            return ControlFlow::Continue(());
        }
        let (flow, back) = self.chunk(offset, std::mem::take(bytes));
        *bytes = back;
        flow
    }

    /// Holds what was read to what the header promised. A log that is open may hold more chunks, but never fewer. A cut inside of
    /// a chunk was told there.
    fn end(&mut self, header: &[u8], length: u64) {
        let promised = promised_chunks(header);
        let chunks = (length - FILE_HEADER) / CHUNK as u64;
        if promised > chunks && (length - FILE_HEADER).is_multiple_of(CHUNK as u64) {
            let reason =
                format!("the file is cut short: its header promises {promised} chunks, and {chunks} are there");
            self.damaged(0, length, reason);
        }
    }

    fn damaged(&mut self, number: u64, offset: u64, reason: String) {
        self.report(number, offset, reason, DamageKind::Record);
    }

    fn report(&mut self, number: u64, offset: u64, reason: String, kind: DamageKind) {
        let too_large = kind == DamageKind::TooLarge;
        self.stats.damaged += u64::from(!too_large);
        self.stats.too_large += u64::from(too_large);
        // Windows counts from 1; what has no number is said to have none.
        let number = (number > 0).then_some(number);
        self.sink.damaged(Damaged { file: Arc::clone(self.file), number, offset, kind, reason });
    }

    /// The records of one chunk, the last of a file that was cut short perhaps. Gives the buffer back.
    fn chunk(&mut self, offset: u64, mut bytes: Vec<u8>) -> (ControlFlow<()>, Vec<u8>) {
        let read = bytes.len();
        // Names of a cut chunk can stand behind the cut; they read as empty, its records before the cut are whole.
        bytes.resize(CHUNK, 0);
        let flow = match EvtxChunkData::new(bytes, false) {
            Ok(mut chunk) => {
                if read < CHUNK {
                    chunk.header.free_space_offset = chunk.header.free_space_offset.min(read as u32);
                } else if self.strict && !chunk.validate_checksum() {
                    let reason = "the sums of a chunk do not fit its bytes; its records are read all the same";
                    self.report(0, offset, reason.to_string(), DamageKind::Sums);
                }
                let flow = self.records(offset, read, &chunk);
                bytes = chunk.data;
                flow
            }
            Err(error) => {
                if read == CHUNK {
                    self.report(
                        0,
                        offset,
                        format!("a damaged chunk was skipped: {}", chain(&error)),
                        DamageKind::Chunk,
                    );
                }
                bytes = Vec::with_capacity(CHUNK);
                ControlFlow::Continue(())
            }
        };
        if read < CHUNK && flow.is_continue() {
            let reason = "the file is cut short: records after this place are lost";
            self.damaged(0, offset + read as u64, reason.to_string());
        }
        (flow, bytes)
    }
}

/// An error and what it comes from.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
