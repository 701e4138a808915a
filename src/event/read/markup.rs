//! Event XML.
//!
//! In: a stream that holds events in a row, inside of a root or not. Out: an event each, numbered from 1; one that is cut short or
//! damaged is reported, and the next one is read. Never here: memory beyond the longest record.

use std::io::Read;
use std::sync::Arc;

use super::object::At;
use super::{EventReader, ReadError, Sink};
use crate::event::agent::Form;
use crate::event::xml::{Found, next_event};
use crate::limits::RECORD_BYTES;

/// Why an event is damaged that another one follows before it ends.
pub(super) const CUT: &str = "an event that is cut short by the next one";
/// Why one is damaged of which the end is not there.
pub(super) const OPEN: &str = "an event that does not close";

impl EventReader {
    pub(super) fn markup(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.events(file, &mut buffer, input, sink);
        self.buffer = buffer;
        result
    }

    fn events(
        &mut self,
        file: &Arc<str>,
        buffer: &mut super::Buffer,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let mut number = 0;
        // Of an event that is open: how much of it was searched for its end.
        let mut searched = 0;
        loop {
            let rest = buffer.rest();
            match next_event(rest, 0, searched) {
                Found::Event(start, end) => {
                    number += 1;
                    searched = 0;
                    let at = At {
                        file,
                        number,
                        offset: buffer.offset() + start as u64,
                        bytes: (end - start) as u64,
                        by_line: false,
                    };
                    let flow = self.event_text(rest.get(start..end).unwrap_or_default(), Form::Xml, at, sink);
                    self.stats.bytes += end as u64;
                    buffer.skip(end);
                    if flow.is_break() {
                        return Ok(());
                    }
                }
                Found::Cut(start, next) => {
                    number += 1;
                    searched = 0;
                    let offset = buffer.offset() + start as u64;
                    self.damaged(file, number, offset, CUT, sink);
                    self.stats.bytes += next as u64;
                    buffer.skip(next);
                }
                Found::Open(start) => {
                    self.stats.bytes += start as u64;
                    buffer.skip(start);
                    searched = buffer.rest().len();
                    let too_long = searched > RECORD_BYTES;
                    if !too_long && buffer.fill(input)? {
                        continue;
                    }
                    number += 1;
                    let offset = buffer.offset();
                    if too_long {
                        self.too_large(file, number, offset, searched as u64, sink);
                        // The next event begins behind this one's first byte.
                        self.stats.bytes += searched as u64;
                        buffer.skip(searched);
                        searched = 0;
                        continue;
                    }
                    self.damaged(file, number, offset, OPEN, sink);
                    self.stats.bytes += searched as u64;
                    return Ok(());
                }
                Found::Nothing(before) => {
                    self.stats.bytes += before as u64;
                    buffer.skip(before);
                    searched = 0;
                    if !buffer.fill(input)? {
                        self.stats.bytes += buffer.rest().len() as u64;
                        return Ok(());
                    }
                }
            }
        }
    }
}
