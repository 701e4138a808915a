//! The records of one chunk.
//!
//! In: a chunk. Out: each of its records taken apart, or what is wrong with it. Of every record that the crate finds it builds a tree, which
//! nobody reads here; so it is asked for the first alone, and that one is pointed at the next as long as headers and records are as they should be.
//! From the first that is not, the crate finds them. An event is there wherever it can be read, whatever else is wrong with its record. Never
//! here: what is in a record.

use std::ops::ControlFlow;
use std::sync::Arc;

use evtx::binxml::value_variant::FileTime;
use evtx::err::EvtxError;
use evtx::{EvtxChunk, EvtxChunkData, EvtxRecord};

use super::record::{Trouble, take};
use super::template::Templates;
use super::{CHUNK, CHUNK_HEADER, RECORD_FRAME, RECORD_HEADER, RECORD_MAGIC, Run, chain};
use crate::event::agent::{AgentView, Form};
use crate::event::read::{DamageKind, Record, RecordPlace};

impl Run<'_> {
    /// The records of a chunk of which this much was in the file.
    pub(super) fn records(&mut self, offset: u64, read: usize, chunk: &EvtxChunkData) -> ControlFlow<()> {
        let (live, last) = (chunk.header.free_space_offset as usize, chunk.header.last_event_record_id);
        let settings = Arc::clone(&self.settings);
        let parse = || EvtxChunk::new(&chunk.data, &chunk.header, Arc::clone(&settings));
        let mut parsed = match parse() {
            Ok(parsed) => parsed,
            Err(error) => {
                self.report(0, offset, format!("a damaged chunk was skipped: {}", chain(&error)), DamageKind::Chunk);
                return ControlFlow::Continue(());
            }
        };
        let data = parsed.data;
        let mut templates = Templates::default();
        let mut given = 0;
        if !self.by_crate
            && let Some(Ok(mut record)) = parsed.iter().next()
        {
            let mut at = (record.binxml_offset as usize).saturating_sub(RECORD_HEADER);
            while at < live.min(data.len()) {
                let Some(header) = RecordHeader::at(data, at) else { break };
                if read < CHUNK && at.saturating_add(header.size) > read {
                    // The cut is reported once, for all that is behind it.
                    return ControlFlow::Continue(());
                }
                header.point(&mut record, at);
                let taken = take(&mut record, &mut templates, &mut self.parts);
                if let Err(Trouble::Damaged(_)) = taken {
                    break;
                }
                self.give(taken, header.number, offset + at as u64, header.size)?;
                given += 1;
                at += header.size;
                if header.number == last || at >= live {
                    return ControlFlow::Continue(());
                }
            }
        }
        // The crate holds a record's tree to more than an event needs. What it gives up is tried by another record of the chunk.
        let mut again = parse().ok().filter(|_| !self.by_crate);
        let mut other = again.as_mut().and_then(|chunk| chunk.iter().find_map(Result::ok));
        // Where the record after the last one begins.
        let mut next = CHUNK_HEADER;
        for (number, item) in parsed.iter().enumerate() {
            let (id, at) = match &item {
                Ok(record) => (record.event_record_id, (record.binxml_offset as usize).saturating_sub(RECORD_HEADER)),
                Err(error) => place(error, data, next),
            };
            let size = record_size(data, at);
            if read < CHUNK && at.saturating_add(size) > read {
                // As above.
                break;
            }
            next = at.saturating_add(size);
            if number < given {
                continue;
            }
            let taken = match item {
                Ok(mut record) => take(&mut record, &mut templates, &mut self.parts),
                Err(error) => {
                    let found = RecordHeader::at(data, at).zip(other.as_mut()).map(|(header, record)| {
                        header.point(record, at);
                        take(record, &mut templates, &mut self.parts)
                    });
                    match found {
                        Some(found @ (Ok(()) | Err(Trouble::TooLarge(_)))) => found,
                        Some(Err(Trouble::Damaged(_))) | None => Err(Trouble::Damaged(chain(&error))),
                    }
                }
            };
            self.give(taken, id, offset + at as u64, size)?;
        }
        ControlFlow::Continue(())
    }

    /// Gives the sink the record that was taken apart, or says what was wrong with it.
    fn give(&mut self, taken: Result<(), Trouble>, number: u64, offset: u64, size: usize) -> ControlFlow<()> {
        match taken {
            Ok(()) => {
                self.stats.count(Form::Evtx);
                self.stats.duplicate_keys += self.parts.repeated;
                let view = AgentView::new(self.plan, Form::Evtx, &[], &mut self.parts);
                self.sink.event(Record {
                    view: &view,
                    place: RecordPlace { file: self.file, number, offset },
                    bytes: size as u64,
                    text: None,
                    form: Form::Evtx,
                })?;
            }
            Err(Trouble::Damaged(reason)) => self.damaged(number, offset, reason),
            Err(Trouble::TooLarge(what)) => {
                self.report(number, offset, format!("the event has {what}"), DamageKind::TooLarge);
            }
        }
        ControlFlow::Continue(())
    }
}

/// What stands before a record's binary XML.
struct RecordHeader {
    /// Of the whole record, in bytes; at least [`RECORD_FRAME`], and it ends within the chunk.
    size: usize,
    number: u64,
    time: jiff::Timestamp,
}

impl RecordHeader {
    /// `None`: none stands there that is as it should be.
    fn at(chunk: &[u8], at: usize) -> Option<Self> {
        let header = chunk.get(at..at.checked_add(RECORD_HEADER)?)?.strip_prefix(RECORD_MAGIC)?;
        let (size, rest) = header.split_first_chunk()?;
        let (number, time) = rest.split_first_chunk()?;
        let size = u32::from_le_bytes(*size) as usize;
        let fits = size >= RECORD_FRAME && at.checked_add(size)? <= chunk.len();
        let time = FileTime(u64::from_le_bytes(*time.first_chunk()?)).to_timestamp()?;
        fits.then_some(Self { size, number: u64::from_le_bytes(*number), time })
    }

    /// Makes a record of the chunk the one whose header stands there.
    fn point(&self, record: &mut EvtxRecord<'_>, at: usize) {
        record.timestamp = self.time;
        record.binxml_offset = (at + RECORD_HEADER) as u64;
        record.binxml_size = (self.size - RECORD_FRAME) as u32;
    }
}

/// Number and offset in the chunk of a record that the crate could not read. It says either the one or the other; `next`
/// is where a record was to be expected.
fn place(error: &EvtxError, chunk: &[u8], next: usize) -> (u64, usize) {
    match error {
        EvtxError::FailedToReadRecordAt { offset, .. } => {
            let at = usize::try_from(*offset).unwrap_or(usize::MAX);
            (record_number(chunk, at).unwrap_or(0), at)
        }
        EvtxError::FailedToParseRecord { record_id, .. } => {
            let rest = chunk.get(next..).unwrap_or_default();
            let at = memchr::memmem::find_iter(rest, RECORD_MAGIC)
                .map(|at| next + at)
                .find(|at| record_number(chunk, *at) == Some(*record_id));
            (*record_id, at.unwrap_or(next))
        }
        EvtxError::InputError(_)
        | EvtxError::SerializationError(_)
        | EvtxError::DeserializationError(_)
        | EvtxError::FailedToParseChunk { .. }
        | EvtxError::CalculationError(_)
        | EvtxError::IoError(_)
        | EvtxError::FailedToCreateRecordModel(_)
        | EvtxError::Unimplemented { .. }
        | EvtxError::InvalidDataSize { .. } => (record_number(chunk, next).unwrap_or(0), next),
    }
}

/// The number in a record's header, where one stands.
fn record_number(chunk: &[u8], at: usize) -> Option<u64> {
    let header = chunk.get(at..at.checked_add(RECORD_HEADER)?)?;
    let number = header.strip_prefix(RECORD_MAGIC)?.get(4..12)?;
    Some(u64::from_le_bytes(number.try_into().ok()?))
}

/// The size that a record says it has, at least that of an empty one.
fn record_size(chunk: &[u8], at: usize) -> usize {
    let size = at.checked_add(4).and_then(|from| chunk.get(from..from.checked_add(4)?));
    let size = size.and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
    (size as usize).max(RECORD_FRAME)
}
