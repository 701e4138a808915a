//! Events out of files and streams, one at a time.
//!
//! In: bytes in one of the forms that [`detect`] knows, from anything that can be read. Out: one call of a [`Sink`] for each
//! record or damage, in the order of the input. Memory stays flat whatever the size: one buffer of lines, one chunk of EVTX
//! (EVTX from what cannot seek is held whole). Never here: paths, printing, decisions.

mod detect;
mod lines;

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

pub use detect::{Form, UnknownForm, detect};
use lines::LineBuffer;

use super::json::{LinePlan, LineScanner};
use super::{EventView, Layout, Value};
use crate::limits::RECORD_BYTES;

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub struct RecordPlace<'a> {
    /// The name that the caller gave the input.
    pub file: &'a Arc<str>,
    /// The line, from 1; for EVTX the record's own id.
    pub number: u64,
    /// Offset of its first byte.
    pub offset: u64,
}

/// The record as it can be written out again.
#[derive(Clone, Copy, Debug)]
pub enum RecordSource<'a> {
    /// The line, without its end.
    Line(&'a [u8]),
    /// The members of the event that the reader built.
    Value(&'a [(String, Value)]),
}

/// One record.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// What rules see.
    pub view: &'a dyn EventView,
    /// Where it stands.
    pub place: RecordPlace<'a>,
    /// Bytes of the input that it takes.
    pub bytes: u64,
    /// What it is written out from.
    pub source: RecordSource<'a>,
    /// Has it the shape of Winlogbeat 7 and later, that is, an object `winlog`?
    pub winlogbeat: bool,
}

/// What kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The record is no record.
    Record,
    /// The record has more than [`RECORD_BYTES`] bytes.
    TooLarge,
    /// A part of an EVTX file that holds many records.
    Chunk,
}

/// A record that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The name that the caller gave the input.
    pub file: Arc<str>,
    /// The line, from 1; for EVTX the record's own id, or the chunk's number from 1. `None`: not known.
    pub number: Option<u64>,
    /// Offset in the file of the record or chunk; for a line, of the byte where it is wrong.
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
}

/// Counts over all inputs of one reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadStats {
    /// Records given to the sink.
    pub events: u64,
    /// Of these, those without an object `winlog`.
    pub without_winlog: u64,
    /// Records (or chunks) skipped because they are damaged.
    pub damaged: u64,
    /// Records skipped because they are beyond the limit.
    pub too_large: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Keys that came again in one map, among those that were looked at; the first counted.
    pub duplicate_keys: u64,
}

impl ReadStats {
    /// Adds the counts of another reading.
    pub fn add(&mut self, other: &ReadStats) {
        self.events += other.events;
        self.without_winlog += other.without_winlog;
        self.damaged += other.damaged;
        self.too_large += other.too_large;
        self.bytes += other.bytes;
        self.duplicate_keys += other.duplicate_keys;
    }
}

/// Why an input could not be read (to its end).
#[derive(Debug)]
pub enum ReadError {
    /// The system says no.
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

/// Reads any number of inputs for one layout, with the same buffers.
#[derive(Debug)]
pub struct EventReader<'p> {
    layout: &'p Layout,
    plan: LinePlan,
    scanner: LineScanner,
    lines: LineBuffer,
    /// Counts so far; the caller may take them away.
    pub stats: ReadStats,
}

impl<'p> EventReader<'p> {
    /// A reader for a layout.
    pub fn new(layout: &'p Layout) -> Self {
        Self {
            layout,
            plan: LinePlan::new(layout),
            scanner: LineScanner::new(),
            lines: LineBuffer::default(),
            stats: ReadStats::default(),
        }
    }

    /// Reads a stream. EVTX is held whole, for its records are given in their own order, which need not be the file's.
    pub fn read(&mut self, file: &Arc<str>, input: &mut dyn Read, sink: &mut dyn Sink) -> Result<(), ReadError> {
        match self.begin(input)? {
            Form::Ndjson => self.read_lines(file, input, sink),
            Form::Evtx => {
                let mut bytes = self.lines.rest().to_vec();
                input.read_to_end(&mut bytes)?;
                self.read_evtx(file, Cursor::new(bytes), sink)
            }
        }
    }

    /// Reads a file, or bytes in memory behind a [`Cursor`], from its start.
    pub fn read_file<R: Read + Seek>(
        &mut self,
        file: &Arc<str>,
        mut input: R,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        match self.begin(&mut input)? {
            Form::Ndjson => self.read_lines(file, &mut input, sink),
            Form::Evtx => {
                input.seek(SeekFrom::Start(0))?;
                self.read_evtx(file, input, sink)
            }
        }
    }

    /// Reads as far as is needed to tell the form.
    fn begin(&mut self, input: &mut dyn Read) -> Result<Form, ReadError> {
        self.lines.reset();
        // Blank bytes at the start, each looked at once however few bytes come at a time.
        let mut blank = 0;
        loop {
            let rest = self.lines.rest();
            let begun = rest.get(blank..).unwrap_or_default();
            blank += begun.len() - begun.trim_ascii_start().len();
            let enough = rest.len() - blank >= 16;
            let full = rest.len() > RECORD_BYTES;
            if enough || full || !self.lines.fill(input)? {
                return detect(self.lines.rest()).map_err(ReadError::Form);
            }
        }
    }

    fn read_lines(&mut self, file: &Arc<str>, input: &mut dyn Read, sink: &mut dyn Sink) -> Result<(), ReadError> {
        if self.lines.rest().starts_with(detect::UTF8_MARK) {
            self.lines.skip(detect::UTF8_MARK.len());
            self.stats.bytes += detect::UTF8_MARK.len() as u64;
        }
        let mut number = 0;
        while let Some(line) = self.lines.next(input)? {
            number += 1;
            self.stats.bytes += line.bytes;
            let damaged =
                |offset, kind, reason| Damaged { file: file.clone(), number: Some(number), offset, kind, reason };
            let Some(span) = line.span else {
                self.stats.too_large += 1;
                let reason = format!("a record of {} bytes, beyond the limit of {RECORD_BYTES}", line.bytes);
                sink.damaged(damaged(line.offset, DamageKind::TooLarge, reason));
                continue;
            };
            let text = self.lines.line(span);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.trim_ascii().is_empty() {
                continue;
            }
            match self.scanner.scan(&self.plan, text) {
                Ok(view) => {
                    self.stats.events += 1;
                    self.stats.duplicate_keys += u64::from(view.duplicate_keys());
                    self.stats.without_winlog += u64::from(!view.has_winlog());
                    let record = Record {
                        view: &view,
                        place: RecordPlace { file, number, offset: line.offset },
                        bytes: line.bytes,
                        source: RecordSource::Line(text),
                        winlogbeat: view.has_winlog(),
                    };
                    if sink.event(record).is_break() {
                        return Ok(());
                    }
                }
                Err(damage) => {
                    self.stats.damaged += 1;
                    let offset = line.offset + damage.at as u64;
                    sink.damaged(damaged(offset, DamageKind::Record, damage.reason.to_string()));
                }
            }
        }
        Ok(())
    }

    #[cfg(feature = "evtx")]
    fn read_evtx<R: Read + Seek>(&mut self, file: &Arc<str>, input: R, sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.stats.add(&super::evtx::read_evtx(input, file, self.layout, sink)?);
        Ok(())
    }

    #[cfg(not(feature = "evtx"))]
    fn read_evtx<R: Read + Seek>(&mut self, _: &Arc<str>, _: R, _: &mut dyn Sink) -> Result<(), ReadError> {
        let _ = self.layout;
        let way_out = "use a build with the feature `evtx`, or convert it to JSON lines first";
        Err(ReadError::Form(UnknownForm { looks_like: Some("EVTX"), way_out }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Raw;

    /// Keeps what it is told, as text.
    #[derive(Default)]
    struct Notes(Vec<String>, usize);

    impl Sink for Notes {
        fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
            let id = match record.view.raw(Layout::EVENT_ID) {
                Raw::Json(text) => String::from_utf8_lossy(text).into_owned(),
                other => format!("{other:?}"),
            };
            self.0.push(format!("{}@{}:{id}", record.place.number, record.place.offset));
            if self.0.len() == self.1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }

        fn damaged(&mut self, damaged: Damaged) {
            self.0.push(damaged.to_string());
        }
    }

    fn read(bytes: &[u8], stop: usize) -> (Result<(), ReadError>, Vec<String>, ReadStats) {
        let layout = Layout::new();
        let mut reader = EventReader::new(&layout);
        let mut notes = Notes(Vec::new(), stop);
        let result = reader.read(&"in".into(), &mut { bytes }, &mut notes);
        let mut again = Notes(Vec::new(), stop);
        let mut seeking = EventReader::new(&layout);
        let _ = seeking.read_file(&"in".into(), Cursor::new(bytes), &mut again);
        assert_eq!((&notes.0, reader.stats), (&again.0, seeking.stats));
        (result, notes.0, reader.stats)
    }

    #[test]
    fn lines_are_numbered_and_blank_ones_passed_over() {
        let text =
            "\u{feff}{\"winlog\":{\"event_id\":\"1\"}}\r\n\r\n{\"EventID\":1}\n{\"winlog\":{\"event_id\":\"3\"}}";
        let (result, notes, stats) = read(text.as_bytes(), 0);
        assert!(result.is_ok());
        assert_eq!(notes, ["1@3:1", "3@34:Absent", "4@48:3"]);
        assert_eq!((stats.events, stats.without_winlog, stats.bytes), (3, 1, text.len() as u64));
    }

    #[test]
    fn a_line_is_given_without_either_kind_of_end() {
        struct Lines(Vec<String>);

        impl Sink for Lines {
            fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
                if let RecordSource::Line(line) = record.source {
                    self.0.push(String::from_utf8_lossy(line).into_owned());
                }
                ControlFlow::Continue(())
            }

            fn damaged(&mut self, _: Damaged) {}
        }

        let (layout, mut lines) = (Layout::new(), Lines(Vec::new()));
        let bytes = b"{\"a\":1}\r\n{\"a\":2}\n{\"a\":3}\r";
        EventReader::new(&layout).read(&"in".into(), &mut bytes.as_slice(), &mut lines).unwrap();
        assert_eq!(lines.0, [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
    }

    #[test]
    fn a_damaged_line_is_reported_with_its_place_and_the_rest_goes_on() {
        let (_, notes, stats) = read(b"{\"a\":1}\n{\"a\":\n{\"winlog\":{\"event_id\":\"3\"}}\n", 0);
        assert_eq!(notes, ["1@0:Absent", "in:2: a value is missing (byte 13)", "3@14:3"]);
        assert_eq!((stats.events, stats.damaged), (2, 1));
    }

    #[test]
    fn whoever_takes_the_events_can_stop() {
        let (result, notes, _) = read(b"{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n", 2);
        assert!(result.is_ok());
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn a_record_beyond_the_limit_is_refused_and_the_rest_goes_on() {
        let mut bytes = b"{\"a\":\"".to_vec();
        bytes.resize(RECORD_BYTES + 100, b'x');
        bytes.extend(b"\"}\n{\"winlog\":{\"event_id\":\"3\"}}\n");
        let (_, notes, stats) = read(&bytes, 0);
        assert_eq!(notes[0], "in:1: a record of 16777319 bytes, beyond the limit of 16777216 (byte 0)");
        assert_eq!(notes.len(), 2);
        assert_eq!((stats.events, stats.too_large, stats.damaged), (1, 1, 0));
    }

    #[test]
    fn nothing_is_no_events_and_no_error() {
        for nothing in ["", "\n\n", "\u{feff}"] {
            let (result, notes, _) = read(nothing.as_bytes(), 0);
            assert!(result.is_ok() && notes.is_empty());
        }
        let (result, _, _) = read(b"\x1f\x8b\x08\0", 0);
        assert!(matches!(result, Err(ReadError::Form(_))));
    }
}
