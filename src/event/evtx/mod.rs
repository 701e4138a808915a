//! Windows' binary event log, read as the agent would have sent it.
//!
//! In: an EVTX file. Out: its records in their own order (a log that was full goes on at its start), each as a tree in the
//! shape of Winlogbeat 8, and the place of all that is damaged. Memory: one chunk of 64 KiB and what is made of it. Never
//! here: the message text, and whatever else Windows keeps in the providers' files; a test on it is undecidable.
//!
//! The `evtx` crate reads the binary form. It shows records as XML or JSON only; the XML is Windows' own rendering, in order
//! and with repeated names, and so what `agent` starts from.

mod agent;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

use ::evtx::err::EvtxError;
use ::evtx::{EvtxChunkData, EvtxParser, EvtxRecord, ParserSettings};

use super::read::{DamageKind, Damaged, ReadError, ReadStats, Record, RecordPlace, RecordSource, Sink};
use super::{EventView, Layout, MapView, Raw, Slot, Value};

/// Bytes before the first chunk, of a chunk, of a record's head, and of its head and foot.
const FILE_HEAD: u64 = 4096;
const CHUNK: u64 = 65_536;
const RECORD_HEAD: u64 = 24;
const RECORD_FRAME: u64 = 28;

/// One record, seen through a layout.
#[derive(Clone, Copy, Debug)]
pub struct RecordView<'a> {
    map: MapView<'a>,
    lost: &'a [Option<&'static str>],
}

impl EventView for RecordView<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        self.map.raw(slot)
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        self.map.leaves(visit);
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        let reason = self.lost.get(usize::from(slot.0)).copied().flatten()?;
        matches!(self.map.raw(slot), Raw::Absent | Raw::Null).then_some(reason)
    }
}

/// What the agent sends and EVTX does not hold: a path with all below it, and why.
const LOST: &[(&str, &str)] = &[
    ("message", "EVTX does not hold the message text"),
    ("event.action", "EVTX holds the number of the task, not its text"),
    ("winlog.task", "EVTX holds the number of the task, not its text"),
    ("winlog.opcode", "EVTX holds the number of the provider's own opcode, not its text"),
    ("winlog.keywords", "EVTX holds the bits of the provider's own keywords, not their texts"),
    ("winlog.user.name", "EVTX holds the SID of the account, not its name"),
    ("winlog.user.domain", "EVTX holds the SID of the account, not its domain"),
    ("winlog.user.type", "EVTX holds the SID of the account, not its type"),
    ("event.created", "only the agent knows when it read the event"),
    ("event.original", "only the agent knows whether it keeps the XML"),
    ("agent", "EVTX knows of no agent"),
];

/// Slot by slot, why it cannot be decided when it is absent.
fn lost_slots(layout: &Layout) -> Vec<Option<&'static str>> {
    let below =
        |path: &str, lost: &str| path.strip_prefix(lost).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let reason = |path: &String| LOST.iter().find(|(lost, _)| below(path, lost)).map(|(_, reason)| *reason);
    layout.iter().map(|(_, field)| field.paths.iter().find_map(reason)).collect()
}

/// An error with all that lies behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{}: {error}", text.trim_end_matches('.'));
        source = error.source();
    }
    text
}

/// Reads a file from where `input` stands, which is its start.
pub(super) fn read<R: Read + Seek>(
    file: &Arc<str>,
    mut input: R,
    layout: &Layout,
    sink: &mut dyn Sink,
    stats: &mut ReadStats,
) -> Result<(), ReadError> {
    let length = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    stats.bytes += length;
    let settings = Arc::new(ParserSettings::new().indent(false));
    let lost = lost_slots(layout);
    let mut reading = Reading { file, layout, lost: &lost, settings, sink, stats };
    let mut parser = EvtxParser::from_read_seek(&mut input).map_err(|error| ReadError::Evtx(chain(&error)))?;
    for chunk in parser.chunks() {
        let done = match chunk {
            Ok(chunk) => {
                let number = chunk.number.unwrap_or(0);
                reading.chunk(chunk, number)
            }
            Err(error) => {
                let number = match &error {
                    EvtxError::FailedToParseChunk { chunk_id, .. } => Some(*chunk_id),
                    _other => None,
                };
                reading.bad_chunk(number, chain(&error));
                ControlFlow::Continue(())
            }
        };
        if done.is_break() {
            return Ok(());
        }
    }
    drop(parser);
    // The crate passes over a chunk that the file does not hold whole. What is there of it is read, and the cut reported.
    let tail = length.saturating_sub(FILE_HEAD) % CHUNK;
    if tail > 0 {
        input.seek(SeekFrom::Start(length - tail))?;
        let mut bytes = Vec::new();
        input.take(CHUNK).read_to_end(&mut bytes)?;
        reading.cut_chunk(bytes, length.saturating_sub(FILE_HEAD) / CHUNK);
    }
    Ok(())
}

/// What all records of one file share.
struct Reading<'a> {
    file: &'a Arc<str>,
    layout: &'a Layout,
    lost: &'a [Option<&'static str>],
    settings: Arc<ParserSettings>,
    sink: &'a mut dyn Sink,
    stats: &'a mut ReadStats,
}

impl Reading<'_> {
    fn chunk(&mut self, mut data: EvtxChunkData, number: u64) -> ControlFlow<()> {
        let base = FILE_HEAD + number.saturating_mul(CHUNK);
        let mut chunk = match data.parse(self.settings.clone()) {
            Ok(chunk) => chunk,
            Err(error) => {
                self.bad_chunk(Some(number), chain(&error));
                return ControlFlow::Continue(());
            }
        };
        for record in chunk.iter() {
            match record {
                Ok(record) => self.record(record, base)?,
                Err(error) => self.bad_record(&error, base),
            }
        }
        ControlFlow::Continue(())
    }

    fn record(&mut self, record: EvtxRecord<'_>, base: u64) -> ControlFlow<()> {
        let number = record.event_record_id;
        let offset = base + record.binxml_offset.saturating_sub(RECORD_HEAD);
        let bytes = u64::from(record.binxml_size) + RECORD_FRAME;
        let xml = record.into_xml_bytes().map_err(|error| chain(&error));
        let event = match xml.and_then(|xml| agent::view(&xml.data)) {
            Ok(event) => event,
            Err(reason) => {
                self.damaged(Some(number), offset, DamageKind::Record, reason);
                return ControlFlow::Continue(());
            }
        };
        let Value::Map(members) = &event else { return ControlFlow::Continue(()) };
        self.stats.events += 1;
        let view = RecordView { map: MapView::new(self.layout, members), lost: self.lost };
        self.sink.event(Record {
            view: &view,
            place: RecordPlace { file: self.file, number, offset },
            bytes,
            source: RecordSource::Value(&event),
            winlogbeat: true,
        })
    }

    fn bad_record(&mut self, error: &EvtxError, base: u64) {
        let (number, offset) = match error {
            EvtxError::FailedToReadRecordAt { offset, .. } => (None, base.saturating_add(*offset)),
            EvtxError::FailedToParseRecord { record_id, .. } => (Some(*record_id), base),
            _other => (None, base),
        };
        self.damaged(number, offset, DamageKind::Record, chain(error));
    }

    fn bad_chunk(&mut self, number: Option<u64>, reason: String) {
        let offset = FILE_HEAD + number.unwrap_or(0).saturating_mul(CHUNK);
        self.damaged(number.map(|number| number + 1), offset, DamageKind::Chunk, reason);
    }

    /// A chunk of which the file holds only the start.
    fn cut_chunk(&mut self, bytes: Vec<u8>, number: u64) {
        if bytes.iter().all(|byte| *byte == 0) {
            return;
        }
        let reason = format!("the file ends {} bytes into a chunk of {CHUNK}", bytes.len());
        if let Ok(data) = EvtxChunkData::new(bytes, false)
            && self.chunk(data, number).is_break()
        {
            return;
        }
        self.bad_chunk(Some(number), reason);
    }

    fn damaged(&mut self, number: Option<u64>, offset: u64, kind: DamageKind, reason: String) {
        self.stats.damaged += 1;
        self.sink.damaged(Damaged { file: self.file.clone(), number, offset, kind, reason });
    }
}
