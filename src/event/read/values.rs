//! JSON objects in one array, or one after the other, over several lines each or many on one.
//!
//! In: a stream. Out: an event for each object, numbered from 1. What is no object is reported; after damage the reading goes on
//! at the next object that is an event. Never here: memory beyond the longest record, recursion.

use std::io::Read;
use std::sync::Arc;

use super::buffer::Buffer;
use super::detect::{UTF8_MARK, is_record_line};
use super::extent::{Credit, End, Extent};
use super::object::At;
use super::{EventReader, ReadError, Sink};
use crate::event::agent::Form;
use crate::event::json::skip_space;
use crate::event::shape::Shape;
use crate::limits::RECORD_BYTES;

/// Where the reader stands between records.
#[derive(Clone, Copy, Debug)]
struct Gap {
    /// Records and damage so far.
    number: u64,
    /// Bytes of the line so far.
    column: usize,
    /// The brackets of what was around the records come behind them.
    wrapped: bool,
    /// Arrays that are open around the records.
    open: u64,
    /// Behind damage nobody knows how many are.
    damaged: bool,
    credit: Credit,
}

impl Gap {
    /// Behind that many records.
    fn behind(number: u64) -> Self {
        Self { number, column: 0, wrapped: false, open: 0, damaged: false, credit: Credit::new() }
    }
}

/// Bytes of the longest line `Record N`, with its end.
const RECORD_LINE: usize = 32;
/// Bytes at the start of an answer to a search in which its hits begin.
const ANSWER_HEAD: usize = 64 << 10;
/// Bytes kept before an object: white space, a comma, white space.
const BEFORE: usize = 4 << 10;

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
        let result = self.values_of(file, &mut buffer, input, sink, 0);
        self.buffer = buffer;
        result
    }

    /// Reads on behind so many records.
    pub(super) fn values_of(
        &mut self,
        file: &Arc<str>,
        buffer: &mut Buffer,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
        behind: u64,
    ) -> Result<(), ReadError> {
        let mut gap = Gap::behind(behind);
        // The walk over the next object, as far as it was walked over already.
        let mut walked: Option<Extent> = None;
        while self.next_object(file, buffer, input, sink, &mut gap)? {
            gap.number += 1;
            let offset = buffer.offset();
            let mut extent = walked.take().and_then(|extent| extent.of(offset)).unwrap_or_else(|| Extent::new(offset));
            let end = loop {
                match extent.find(buffer.rest(), offset, &mut gap.credit) {
                    End::At(end) => break Some((end - offset) as usize),
                    End::Lost => break None,
                    End::More if buffer.rest().len() > RECORD_BYTES => break None,
                    End::More if buffer.fill(input)? => {}
                    End::More => break None,
                }
            };
            let rest = buffer.rest();
            let Some(end) = end.filter(|end| *end <= RECORD_BYTES) else {
                // The answer to a search may have any length; its hits are records.
                let sound = (extent.walked() - offset) as usize;
                if let Some(first) = hits(rest.get(..sound.min(rest.len())).unwrap_or_default()) {
                    gap.number -= 1;
                    gap.wrapped = true;
                    gap.open += 1;
                    self.advance(buffer, first, &mut gap);
                    continue;
                }
                let length = end.unwrap_or(rest.len());
                if extent.is_too_deep() {
                    self.damaged(file, gap.number, extent.walked(), "nested too deeply", sink);
                } else if length > RECORD_BYTES && !(end.is_none() && extent.is_damaged()) {
                    self.too_large(file, gap.number, offset, length as u64, sink);
                } else {
                    self.damaged(file, gap.number, offset, "an object that does not close", sink);
                }
                gap.damaged = true;
                walked = self.recover(buffer, input, &mut gap, extent, end)?;
                continue;
            };
            let at = At { file, number: gap.number, offset, bytes: end as u64, by_line: false };
            let before = self.stats.records();
            match self.object(rest.get(..end).unwrap_or_default(), at, sink) {
                Ok(flow) => {
                    gap.number += (self.stats.records() - before).saturating_sub(1);
                    self.advance(buffer, end, &mut gap);
                    if flow.is_break() {
                        return Ok(());
                    }
                }
                Err(damage) => {
                    self.damaged(file, gap.number, offset + damage.at as u64, damage.reason, sink);
                    if extent.is_damaged() {
                        gap.damaged = true;
                        walked = self.recover(buffer, input, &mut gap, extent, Some(end))?;
                    } else {
                        self.advance(buffer, end, &mut gap);
                    }
                }
            }
        }
        if gap.open > 0 && !gap.damaged {
            let reason = "an array that does not close: what stood behind this place is lost";
            self.damaged(file, gap.number + 1, buffer.offset(), reason, sink);
        }
        Ok(())
    }

    fn advance(&mut self, buffer: &mut Buffer, bytes: usize, gap: &mut Gap) {
        gap.credit.earn(bytes);
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
                        self.advance(buffer, passed, gap);
                        return Ok(true);
                    }
                    b'\n' => gap.column = 0,
                    b'[' => (gap.column, gap.open) = (gap.column + 1, gap.open + 1),
                    b']' => (gap.column, gap.open) = (gap.column + 1, gap.open.saturating_sub(1)),
                    b' ' | b'\t' | b'\r' | b',' => gap.column += 1,
                    // Files that were put one behind the other each begin with a mark.
                    0xef => {
                        let rest = buffer.rest().get(passed..).unwrap_or_default();
                        if rest.len() < UTF8_MARK.len() && UTF8_MARK.starts_with(rest) && !buffer.has_ended() {
                            wants_more = true;
                            break;
                        }
                        if rest.starts_with(UTF8_MARK) {
                            passed += UTF8_MARK.len();
                            continue;
                        }
                        self.no_object(file, buffer, passed, sink, gap, &mut told);
                    }
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
            self.advance(buffer, passed, gap);
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
            gap.damaged = true;
            self.damaged(file, gap.number, buffer.offset() + at as u64, "no object", sink);
        }
    }

    /// Goes on behind the start of a damaged object, to the next one that is an event, or a damaged one: at the start of a line as far
    /// in as the damaged one, or behind `},`. What is known of its extent is given back. Where the damaged one ends, none is
    /// looked for behind that.
    fn recover(
        &mut self,
        buffer: &mut Buffer,
        input: &mut dyn Read,
        gap: &mut Gap,
        lost: Extent,
        end: Option<usize>,
    ) -> Result<Option<Extent>, ReadError> {
        let end = end.map(|end| buffer.offset() + end as u64);
        // Another that begins inside of it, and of which it was found out that it is no event.
        let mut other: Option<Extent> = None;
        // Bytes of the buffer that were looked at, of an object's start on.
        let mut looked = 1;
        loop {
            let rest = buffer.rest();
            let most = end.map_or(rest.len(), |end| rest.len().min((end - buffer.offset()) as usize));
            let Some(start) = rest.get(looked..most).and_then(|rest| memchr::memchr(b'{', rest)).map(|at| looked + at)
            else {
                if end.is_some_and(|end| end <= buffer.offset() + rest.len() as u64) {
                    self.advance(buffer, most, gap);
                    return Ok(None);
                }
                // What stands before an object says whether it can be one: some of it stays in the buffer.
                let passed = rest.len().saturating_sub(BEFORE);
                self.advance(buffer, passed, gap);
                looked = buffer.rest().len();
                if !buffer.fill(input)? {
                    self.advance(buffer, looked, gap);
                    return Ok(None);
                }
                continue;
            };
            looked = start + 1;
            let Some(by) = sign(rest.get(..start).unwrap_or_default(), gap.column) else { continue };
            let at = buffer.offset() + start as u64;
            let inside = [Some(&lost), other.as_ref()].into_iter().flatten().find(|extent| extent.is_open(at));
            if let Some(extent) = inside {
                // It ends no more than the one around it.
                if by == Sign::Line {
                    let extent = extent.clone();
                    self.advance(buffer, start, gap);
                    return Ok(Some(extent));
                }
                continue;
            }
            let mut extent = Extent::new(at);
            let found = loop {
                let rest = buffer.rest().get(start..).unwrap_or_default();
                match extent.find(rest, at, &mut gap.credit) {
                    End::More if buffer.rest().len() <= RECORD_BYTES && buffer.fill(input)? => {}
                    found => break found,
                }
            };
            let takes = match found {
                End::At(end) => {
                    let length = (end - at) as usize;
                    let object = buffer.rest().get(start..start + length).unwrap_or_default();
                    let takes = match self.objects.shaper.object(object) {
                        Ok(Shape::AsItStands(Form::Other)) => false,
                        Ok(_) => true,
                        Err(_) => by == Sign::Line || extent.walked() > lost.walked(),
                    };
                    if !takes && !extent.is_damaged() {
                        looked = start + length;
                    }
                    takes
                }
                // The last one may go on in what is not read yet.
                End::More => true,
                End::Lost => by == Sign::Line || extent.walked() > lost.walked(),
            };
            if takes {
                self.advance(buffer, start, gap);
                // The walk is over; whoever comes next begins anew.
                return Ok(Some(extent).filter(|_| !matches!(found, End::At(_))));
            }
            other = Some(extent);
        }
    }
}

/// By what an object is taken for one that may be a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// It begins a line, as far in as the damaged one.
    Line,
    /// It stands behind `},`.
    Comma,
}

fn sign(before: &[u8], column: usize) -> Option<Sign> {
    let line = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if line == column && before.len() > line && before.get(before.len() - line - 1) == Some(&b'\n') {
        return Some(Sign::Line);
    }
    let comma = before.trim_ascii_end().strip_suffix(b",").map(<[u8]>::trim_ascii_end);
    comma.is_some_and(|before| before.ends_with(b"}")).then_some(Sign::Comma)
}
