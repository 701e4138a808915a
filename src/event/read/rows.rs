//! CSV with a header: what EvtxECmd writes, and flat tables.
//!
//! In: a stream. Out: an event a row, numbered from 1 behind the header. A row that is no row is reported, and the next one is
//! read. Never here: which form a row has.

use std::io::{Error, ErrorKind, Read};
use std::sync::Arc;

use super::object::At;
use super::{EventReader, ReadError, Sink};
use crate::event::agent::Form;
use crate::event::shape::Shape;
use crate::limits::RECORD_BYTES;

/// A stream of which one row may take so many bytes and no more: a quote that never closes would take all of it.
struct Bounded<R> {
    inner: R,
    /// Bytes that may still be read for this row.
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(Error::new(ErrorKind::InvalidData, "a row beyond the limit: a quote may not be closed"));
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
        let begun = std::io::Cursor::new(self.buffer.rest().to_vec());
        let mut rows = csv::ReaderBuilder::new().from_reader(Bounded { inner: begun.chain(input), left: RECORD_BYTES });
        let header = rows.headers().map_err(|error| Error::new(ErrorKind::InvalidData, error.to_string()))?.clone();
        let mut row = csv::StringRecord::new();
        let mut number = 0;
        loop {
            rows.get_mut().left = RECORD_BYTES;
            number += 1;
            let before = rows.position().byte();
            match rows.read_record(&mut row) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    let offset = error.position().map_or(before, csv::Position::byte);
                    let fatal = error.is_io_error();
                    self.damaged(file, number, offset, &said(&error), sink);
                    if fatal {
                        return Ok(());
                    }
                    continue;
                }
            }
            let offset = row.position().map_or(before, csv::Position::byte);
            let bytes = rows.position().byte() - offset;
            self.stats.bytes += bytes;
            let at = At { file, number, offset, bytes };
            if self.row(&header, &row, at, sink).is_break() {
                return Ok(());
            }
        }
    }

    fn row(
        &mut self,
        header: &csv::StringRecord,
        row: &csv::StringRecord,
        at: At<'_>,
        sink: &mut dyn Sink,
    ) -> std::ops::ControlFlow<()> {
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

fn said(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("a row of {len} cells under a header of {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_string(),
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => "no row of CSV".to_string(),
    }
}
