//! CSV with a header: what EvtxECmd writes, and flat tables.
//!
//! In: a stream. Out: an event a row, numbered from 1 behind the header. A row that is no row is reported, and the next one is
//! read. Never here: which form a row has.

use std::io::{Error, ErrorKind, Read};
use std::sync::Arc;

use super::object::At;
use super::{DamageKind, Damaged, EventReader, ReadError, Sink};
use crate::event::agent::Form;
use crate::event::shape::Shape;
use crate::limits::{HEADER_BYTES, HEADER_COLUMNS, RECORD_BYTES};

/// A stream of which one row may take so many bytes and no more: a quote that never closes would take all of it.
struct Bounded<R> {
    inner: R,
    /// Bytes that may still be read for this row.
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            // That the stream has just ended is no row that is too long.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(Error::new(ErrorKind::FileTooLarge, "a row beyond the limit")),
            };
        }
        let count = buffer.len().min(self.left);
        let read = self.inner.read(buffer.get_mut(..count).unwrap_or_default())?;
        self.left -= read;
        Ok(read)
    }
}

impl EventReader {
    pub(super) fn rows(&mut self, file: &Arc<str>, input: &mut dyn Read, sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.skip_mark();
        // Of two bytes at the end of a line the second one counts for the next row.
        let two = memchr::memchr(b'\n', self.buffer.rest()).and_then(|at| self.buffer.rest().get(at.checked_sub(1)?));
        let base = self.buffer.offset() + u64::from(two == Some(&b'\r'));
        let begun = std::io::Cursor::new(self.buffer.rest().to_vec());
        let mut rows = csv::ReaderBuilder::new().from_reader(Bounded { inner: begun.chain(input), left: HEADER_BYTES });
        let header = match rows.headers() {
            Ok(header) if header.len() <= HEADER_COLUMNS => header.clone(),
            Ok(header) => {
                let reason = format!("a header of {} columns, beyond the limit of {HEADER_COLUMNS}", header.len());
                self.too_long(file, None, base, reason, sink);
                return Ok(());
            }
            Err(error) if is_too_large(&error) => {
                let reason = format!("a header beyond the limit of {HEADER_BYTES} bytes");
                self.too_long(file, None, base, reason, sink);
                return Ok(());
            }
            Err(error) => return Err(Error::new(ErrorKind::InvalidData, error.to_string()).into()),
        };
        let mut row = csv::StringRecord::new();
        let (mut number, mut read) = (0, rows.position().byte());
        self.stats.bytes += read;
        loop {
            rows.get_mut().left = RECORD_BYTES;
            number += 1;
            let result = rows.read_record(&mut row);
            let (begin, end) = (read, rows.position().byte());
            self.stats.bytes += end - begin;
            read = end;
            let offset = base + begin;
            match result {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) if is_too_large(&error) => {
                    let reason = format!("a row beyond the limit of {RECORD_BYTES} bytes: a quote may not be closed");
                    self.too_long(file, Some(number), offset, reason, sink);
                    return Ok(());
                }
                Err(error) => match error.into_kind() {
                    csv::ErrorKind::Io(error) => return Err(error.into()),
                    kind => {
                        self.damaged(file, number, offset, &said(&kind), sink);
                        continue;
                    }
                },
            }
            let at = At { file, number, offset, bytes: end - begin, by_line: false };
            if self.row(&header, &row, at, sink).is_break() {
                return Ok(());
            }
        }
    }

    /// Reports what is beyond a limit. Where the next row begins, nobody knows.
    fn too_long(&mut self, file: &Arc<str>, number: Option<u64>, offset: u64, reason: String, sink: &mut dyn Sink) {
        self.stats.too_large += 1;
        let reason = format!("{reason}; the rest is lost");
        sink.damaged(Damaged { file: file.clone(), number, offset, kind: DamageKind::TooLarge, reason });
    }

    pub(super) fn row(
        &mut self,
        header: &csv::StringRecord,
        row: &csv::StringRecord,
        at: At<'_>,
        sink: &mut dyn Sink,
    ) -> std::ops::ControlFlow<()> {
        // Somebody put a file of JSON behind the rows; its line has as many commas as a row.
        if row.get(0).is_some_and(|cell| cell.starts_with("{\"")) {
            self.damaged(at.file, at.number, at.offset, "a JSON object among rows of CSV", sink);
            return std::ops::ControlFlow::Continue(());
        }
        let form = match self.objects.shaper.row(header.iter().zip(row)) {
            Ok(Shape::Taken(form)) => form,
            Ok(Shape::AsItStands(_) | Shape::Wrapped(_) | Shape::Several(_)) => {
                self.objects.shaper.as_it_stands();
                Form::Other
            }
            Err(damage) => {
                self.damaged(at.file, at.number, at.offset, damage.reason, sink);
                return std::ops::ControlFlow::Continue(());
            }
        };
        self.taken(&[], None, form, at, sink)
    }
}

fn is_too_large(error: &csv::Error) -> bool {
    matches!(error.kind(), csv::ErrorKind::Io(error) if error.kind() == ErrorKind::FileTooLarge)
}

pub(super) fn said(kind: &csv::ErrorKind) -> String {
    match kind {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("a row of {len} cells under a header of {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_string(),
        _ => "no row of CSV".to_string(),
    }
}
