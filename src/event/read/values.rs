//! JSON objects in one array, or one after the other, over several lines each or many on one.
//!
//! In: a stream. Out: an event for each object, numbered from 1. What is no object is reported; after damage the reading goes on
//! at the next object that is an event. Never here: memory beyond the longest record, recursion.

use std::io::Read;
use std::sync::Arc;

use super::buffer::Buffer;
use super::detect::is_record_line;
use super::object::At;
use super::{EventReader, ReadError, Sink};
use crate::event::agent::Form;
use crate::event::json::skip_space;
use crate::event::shape::Shape;
use crate::limits::RECORD_BYTES;

/// Places behind damage at which the next record is looked for.
const TRIES: usize = 64;

/// Finds the end of an object, however its bytes come: it can be asked again when there are more.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    /// Bytes that were looked at.
    at: usize,
    depth: usize,
    quoted: bool,
}

impl Ends {
    /// Offset behind the object that begins at the start of the bytes; `None`: it goes on.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(rest) = bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            if self.quoted {
                let Some(stop) = memchr::memchr2(b'"', b'\\', rest) else {
                    self.at = bytes.len();
                    return None;
                };
                if rest.get(stop) == Some(&b'"') {
                    self.quoted = false;
                    self.at += stop + 1;
                } else if stop + 1 < rest.len() {
                    self.at += stop + 2;
                } else {
                    // What is escaped is still to come.
                    self.at += stop;
                    return None;
                }
                continue;
            }
            self.at += 1;
            match rest.first() {
                Some(b'"') => self.quoted = true,
                Some(b'{' | b'[') => self.depth += 1,
                Some(b'}' | b']') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.at);
                    }
                }
                Some(_) | None => {}
            }
        }
        None
    }
}

/// Where the reader stands between records.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    /// Records and damage so far.
    number: u64,
    /// Bytes of the line so far.
    column: usize,
    /// The brackets of what was around the records come behind them.
    wrapped: bool,
}

/// Bytes of the longest line `Record N`, with its end.
const RECORD_LINE: usize = 32;
/// Bytes at the start of an answer to a search in which its hits begin.
const ANSWER_HEAD: usize = 64 << 10;

/// Behind the bracket that opens the hits of an answer to a search.
pub(super) fn hits(answer: &[u8]) -> Option<usize> {
    const KEY: &[u8] = b"\"hits\"";
    let head = answer.get(..answer.len().min(ANSWER_HEAD))?;
    memchr::memmem::find_iter(head, KEY).find_map(|at| {
        let colon = skip_space(head, at + KEY.len());
        let list = skip_space(head, colon + 1);
        (head.get(colon) == Some(&b':') && head.get(list) == Some(&b'[')).then_some(list + 1)
    })
}

impl EventReader {
    pub(super) fn values(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        self.skip_mark();
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.values_of(file, &mut buffer, input, sink);
        self.buffer = buffer;
        result
    }

    fn values_of(
        &mut self,
        file: &Arc<str>,
        buffer: &mut Buffer,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let mut gap = Gap::default();
        while self.next_object(file, buffer, input, sink, &mut gap)? {
            gap.number += 1;
            let offset = buffer.offset();
            let mut ends = Ends::default();
            let end = loop {
                match ends.find(buffer.rest()) {
                    Some(end) => break Some(end),
                    None if buffer.rest().len() > RECORD_BYTES => break None,
                    None if buffer.fill(input)? => {}
                    None => break None,
                }
            };
            let rest = buffer.rest();
            let Some(end) = end.filter(|end| *end <= RECORD_BYTES) else {
                // The answer to a search may have any length; its hits are records.
                if let Some(first) = hits(rest) {
                    gap.number -= 1;
                    gap.wrapped = true;
                    self.advance(buffer, first);
                    continue;
                }
                let length = end.unwrap_or(rest.len());
                if length > RECORD_BYTES {
                    self.too_large(file, gap.number, offset, length as u64, sink);
                } else {
                    self.damaged(file, gap.number, offset, "an object that does not close", sink);
                }
                let next = self.next_event_in(rest, gap.column).unwrap_or(length);
                self.advance(buffer, next);
                continue;
            };
            let at = At { file, number: gap.number, offset, bytes: end as u64, by_line: false };
            let before = self.stats.records();
            match self.object(rest.get(..end).unwrap_or_default(), at, sink) {
                Ok(flow) => {
                    gap.number += (self.stats.records() - before).saturating_sub(1);
                    self.advance(buffer, end);
                    if flow.is_break() {
                        return Ok(());
                    }
                }
                Err(damage) => {
                    self.damaged(file, gap.number, offset + damage.at as u64, damage.reason, sink);
                    let rest = rest.get(..end).unwrap_or_default();
                    let next = self.next_event_in(rest, gap.column).unwrap_or(end);
                    self.advance(buffer, next);
                }
            }
        }
        Ok(())
    }

    fn advance(&mut self, buffer: &mut Buffer, bytes: usize) {
        self.stats.bytes += bytes as u64;
        buffer.skip(bytes);
    }

    /// Goes on to the next `{`. What is neither that nor between records is reported once. `false`: there is none.
    fn next_object(
        &mut self,
        file: &Arc<str>,
        buffer: &mut Buffer,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
        gap: &mut Gap,
    ) -> Result<bool, ReadError> {
        let mut told = false;
        loop {
            let mut passed = 0;
            let mut wants_more = false;
            while let Some(byte) = buffer.rest().get(passed) {
                match byte {
                    b'{' => {
                        self.advance(buffer, passed);
                        return Ok(true);
                    }
                    b'\n' => gap.column = 0,
                    b' ' | b'\t' | b'\r' | b',' | b'[' | b']' => gap.column += 1,
                    b'}' if gap.wrapped => gap.column += 1,
                    b'R' if gap.column == 0 && !told => {
                        let line = buffer.rest().get(passed..).unwrap_or_default();
                        match memchr::memchr(b'\n', line) {
                            Some(end) if is_record_line(line.get(..end).unwrap_or_default()) => {
                                passed += end;
                                continue;
                            }
                            None if line.len() < RECORD_LINE && !buffer.has_ended() => {
                                wants_more = true;
                                break;
                            }
                            Some(_) | None => self.no_object(file, buffer, passed, sink, gap, &mut told),
                        }
                    }
                    _other => self.no_object(file, buffer, passed, sink, gap, &mut told),
                }
                passed += 1;
            }
            self.advance(buffer, passed);
            if !buffer.fill(input)? && !wants_more {
                return Ok(false);
            }
        }
    }

    /// Reports, once a gap, what is no object.
    fn no_object(
        &mut self,
        file: &Arc<str>,
        buffer: &Buffer,
        at: usize,
        sink: &mut dyn Sink,
        gap: &mut Gap,
        told: &mut bool,
    ) {
        gap.column += 1;
        if !std::mem::replace(told, true) {
            gap.number += 1;
            self.damaged(file, gap.number, buffer.offset() + at as u64, "no object", sink);
        }
    }

    /// Behind the start of a damaged object, the next one that is an event: at the start of a line as far in as the damaged one,
    /// or behind `},`.
    fn next_event_in(&mut self, bytes: &[u8], column: usize) -> Option<usize> {
        let candidates = memchr::memchr_iter(b'{', bytes).filter(|at| {
            let before = bytes.get(..*at).unwrap_or_default();
            let line = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let own_line = before.len() > line && before.get(before.len() - line - 1) == Some(&b'\n');
            let comma = before.trim_ascii_end().strip_suffix(b",").map(<[u8]>::trim_ascii_end);
            *at > 0 && ((own_line && line == column) || comma.is_some_and(|before| before.ends_with(b"}")))
        });
        for at in candidates.take(TRIES) {
            let rest = bytes.get(at..)?;
            // The last one may go on in what is not read yet.
            let Some(end) = Ends::default().find(rest) else { return Some(at) };
            let shape = self.objects.shaper.object(rest.get(..end).unwrap_or_default());
            if !matches!(shape, Ok(Shape::AsItStands(Form::Other)) | Err(_)) {
                return Some(at);
            }
        }
        None
    }
}
