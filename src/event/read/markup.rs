//! Event XML.
//!
//! In: a stream that holds events in a row, inside of a root or not. Out: an event each, numbered from 1; one that is cut short or
//! damaged is reported, and the next one is read. JSON objects between them that have a line of their own are records too. Never here: memory beyond the longest record.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::buffer::Buffer;
use super::detect::{UTF8_MARK, is_header};
use super::object::At;
use super::{EventReader, ReadError, Sink};
use crate::event::agent::Form;
use crate::event::json;
use crate::event::xml::{Found, next_event};
use crate::limits::RECORD_BYTES;

/// How far events are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until {
    /// No further once the reader stands here.
    pub(super) offset: u64,
    /// What the stream ends with is the last there is.
    pub(super) last: bool,
}

impl Until {
    const END: Until = Until { offset: u64::MAX, last: true };
}

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
        let result = self.markup_of(file, &mut buffer, input, sink, 0);
        self.buffer = buffer;
        result
    }

    /// Reads on behind so many records.
    pub(super) fn markup_of(
        &mut self,
        file: &Arc<str>,
        buffer: &mut Buffer,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
        behind: u64,
    ) -> Result<(), ReadError> {
        self.encoding = encoding(buffer.rest());
        let mut number = behind;
        let result = self.elements(file, buffer, input, sink, &mut number, Until::END);
        self.encoding = None;
        result
    }

    /// Reads on behind so many records, and counts them on. What was read and not given out stays in the buffer.
    pub(super) fn elements(
        &mut self,
        file: &Arc<str>,
        buffer: &mut Buffer,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
        number: &mut u64,
        until: Until,
    ) -> Result<(), ReadError> {
        let mut between = Between::default();
        // Of an event that is open: how much of it was searched for its end.
        let mut searched = 0;
        loop {
            if buffer.offset() >= until.offset {
                return Ok(());
            }
            let rest = buffer.rest();
            match next_event(rest, 0, searched) {
                Found::Event(start, end) => {
                    searched = 0;
                    if start > 0 {
                        if self.between(file, buffer, start, number, &mut between, sink).is_break() {
                            return Ok(());
                        }
                        continue;
                    }
                    between.begin();
                    *number += 1;
                    let at = At {
                        file,
                        number: *number,
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
                    searched = 0;
                    if start > 0 {
                        if self.between(file, buffer, start, number, &mut between, sink).is_break() {
                            return Ok(());
                        }
                        continue;
                    }
                    between.begin();
                    *number += 1;
                    let offset = buffer.offset() + start as u64;
                    self.damaged(file, *number, offset, CUT, sink);
                    self.stats.bytes += next as u64;
                    buffer.skip(next);
                }
                Found::Open(start) => {
                    if start > 0 {
                        searched = 0;
                        if self.between(file, buffer, start, number, &mut between, sink).is_break() {
                            return Ok(());
                        }
                        continue;
                    }
                    self.stats.bytes += start as u64;
                    buffer.skip(start);
                    searched = buffer.rest().len();
                    let too_long = searched > RECORD_BYTES;
                    if !too_long && buffer.fill(input)? {
                        continue;
                    }
                    if !too_long && !until.last {
                        return Ok(());
                    }
                    *number += 1;
                    let offset = buffer.offset();
                    if too_long {
                        self.too_large(file, *number, offset, searched as u64, sink);
                        // The next event begins behind this one's first byte.
                        self.stats.bytes += searched as u64;
                        buffer.skip(searched);
                        searched = 0;
                        continue;
                    }
                    self.damaged(file, *number, offset, OPEN, sink);
                    self.stats.bytes += searched as u64;
                    return Ok(());
                }
                Found::Nothing(before) => {
                    searched = 0;
                    // A line is looked at whole, unless it is longer than any record.
                    let lines = memchr::memrchr(b'\n', rest.get(..before).unwrap_or_default()).map_or(0, |at| at + 1);
                    let before = if rest.len() > RECORD_BYTES { before } else { lines };
                    if self.between(file, buffer, before, number, &mut between, sink).is_break() {
                        return Ok(());
                    }
                    if !buffer.fill(input)? {
                        if !until.last {
                            return Ok(());
                        }
                        let last = buffer.rest().len();
                        // Nothing more to stop.
                        let _ = self.between(file, buffer, last, number, &mut between, sink);
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Passes over what stands before an event, and reads the JSON objects there that have a line of their own. What is JSON or CSV and
    /// cannot be read is reported, once until the next event.
    fn between(
        &mut self,
        file: &Arc<str>,
        buffer: &mut Buffer,
        bytes: usize,
        number: &mut u64,
        between: &mut Between,
        sink: &mut dyn Sink,
    ) -> ControlFlow<()> {
        let mut at = 0;
        let mut flow = ControlFlow::Continue(());
        while let Some(rest) = buffer.rest().get(at..bytes).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length).unwrap_or_default();
            let whole = std::mem::replace(&mut between.line_begins, line.ends_with(b"\n"));
            let text = line.strip_prefix(UTF8_MARK).unwrap_or(line).trim_ascii_end();
            let object = text.trim_ascii_start();
            let offset = buffer.offset() + (at + line.trim_ascii_end().len() - object.len()) as u64;
            at += length;
            // Of a line in which an event begins the start alone says nothing.
            let whole = whole && (line.ends_with(b"\n") || buffer.has_ended() && at == buffer.rest().len());
            let lost = match object {
                _ if !whole => None,
                [b'{', ..] if json::is_object(object) => {
                    *number += 1;
                    let at = At { file, number: *number, offset, bytes: length as u64, by_line: false };
                    flow = self.json_alone(object, at, sink);
                    None
                }
                [b'{' | b'[', ..] => Some("JSON behind XML that is no object on a line of its own"),
                line if is_header(line) => Some("CSV behind XML, which is not read"),
                [..] => None,
            };
            if let Some(reason) = lost.filter(|_| !std::mem::replace(&mut between.told, true)) {
                *number += 1;
                self.damaged(file, *number, offset, reason, sink);
            }
            if flow.is_break() {
                break;
            }
        }
        self.stats.bytes += at as u64;
        buffer.skip(at);
        flow
    }
}

/// The encoding that the declaration of XML names, if it is none that is read. Text in UTF-16 was turned to UTF-8 already.
fn encoding(start: &[u8]) -> Option<String> {
    let start = start.strip_prefix(UTF8_MARK).unwrap_or(start).trim_ascii_start();
    let declaration = start.strip_prefix(b"<?xml")?;
    let declaration = declaration.get(..memchr::memchr(b'>', declaration)?.min(DECLARATION))?;
    let (_, value) = str::from_utf8(declaration).ok()?.split_once("encoding")?;
    let name = value.split(['\'', '"']).nth(1)?;
    let is_read = ["utf-8", "utf8", "utf-16", "us-ascii", "ascii"].iter().any(|read| name.eq_ignore_ascii_case(read));
    (!is_read).then(|| name.to_string())
}

/// Bytes of the longest declaration that is looked at.
const DECLARATION: usize = 128;

/// What stands between events.
#[derive(Debug)]
struct Between {
    /// A line begins where the reader stands.
    line_begins: bool,
    /// Something that cannot be read was reported.
    told: bool,
}

impl Default for Between {
    fn default() -> Self {
        Self { line_begins: true, told: false }
    }
}

impl Between {
    /// An event begins.
    fn begin(&mut self) {
        *self = Self { line_begins: false, told: false };
    }
}
