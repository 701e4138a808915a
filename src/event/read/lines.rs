//! A record a line.
//!
//! In: lines of a stream. Out: an event for each that holds a JSON object, or the XML of an event, behind whatever syslog puts
//! before it. Blank lines, and lines of syslog that hold neither, are passed over; every other line is damage. From the first record
//! on that goes over several lines, or the first array, records are read as `values.rs` reads them, or as `markup.rs` does. Never here: memory beyond the
//! longest record.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::detect::{UTF8_MARK, is_syslog};
use super::markup::{CUT, OPEN};
use super::object::At;
use super::{EventReader, ReadError, Sink};
use crate::event::agent::{Form, Source};
use crate::event::json;
use crate::event::xml::{self, Document, Found};

impl EventReader {
    /// Reads a stream from its first line on.
    pub(super) fn lines(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        self.skip_mark();
        self.lines_from(file, input, sink, 0)
    }

    /// Reads on behind so many lines.
    pub(super) fn lines_from(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
        mut number: u64,
    ) -> Result<(), ReadError> {
        // The buffer is out of the reader while its lines are read.
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = loop {
            let mut next = buffer.next(input);
            if let Ok(Some(line)) = &next
                && let Some(span) = line.span
                && is_markup(buffer.line(span))
            {
                // XML over several lines, behind records of a line each.
                buffer.back(line.bytes as usize);
                break self.markup_of(file, &mut buffer, input, sink, number);
            }
            if let Ok(Some(line)) = &next
                && line.span.is_some_and(|span| may_go_on(buffer.line(span)))
            {
                let bytes = line.bytes as usize;
                buffer.back(bytes);
                let behind = buffer.behind(bytes, input);
                match behind.map(|behind| goes_on(buffer.rest().get(..bytes).unwrap_or_default(), behind)) {
                    // Somebody put records laid out for people, or an array, behind those of a line each.
                    Ok(true) => break self.values_of(file, &mut buffer, input, sink, number),
                    Ok(false) => next = buffer.next(input),
                    Err(error) => next = Err(error),
                }
            }
            let line = match next {
                Ok(Some(line)) => line,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            };
            number += 1;
            let Some(span) = line.span else {
                self.stats.bytes += line.bytes;
                self.too_large(file, number, line.offset, line.bytes, sink);
                continue;
            };
            if self.whole_line(file, buffer.line(span), number, (line.offset, line.bytes), sink).is_break() {
                break Ok(());
            }
        };
        self.buffer = buffer;
        result
    }

    /// Reads a line that is within the limit and does not go on behind its end.
    #[inline]
    pub(super) fn whole_line(
        &mut self,
        file: &Arc<str>,
        text: &[u8],
        number: u64,
        (offset, bytes): (u64, u64),
        sink: &mut dyn Sink,
    ) -> ControlFlow<()> {
        self.stats.bytes += bytes;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        // Files that were put one behind the other each begin with a mark.
        let offset = offset + if text.starts_with(UTF8_MARK) { UTF8_MARK.len() as u64 } else { 0 };
        let text = text.strip_prefix(UTF8_MARK).unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return ControlFlow::Continue(());
        }
        self.line(text, At { file, number, offset, bytes, by_line: true }, sink)
    }

    /// Passes over the mark that some programs write before UTF-8.
    pub(super) fn skip_mark(&mut self) {
        if self.buffer.rest().starts_with(UTF8_MARK) {
            self.buffer.skip(UTF8_MARK.len());
            self.stats.bytes += UTF8_MARK.len() as u64;
        }
    }

    pub(super) fn line(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink) -> ControlFlow<()> {
        if text.trim_ascii_start().starts_with(b"{") {
            return self.json(text, at, sink);
        }
        if xml::has_event(text) {
            return self.text(text, at, sink);
        }
        // Syslog puts its own words before what it carries; most of what it carries are no events.
        if !is_syslog(text) {
            self.damaged(at.file, at.number, at.offset, "neither JSON nor the XML of an event", sink);
            return ControlFlow::Continue(());
        }
        match memchr::memchr(b'{', text).map(|start| (start, text.get(start..).unwrap_or_default())) {
            Some((start, object)) if object.starts_with(b"{\"") && json::is_object(object) => {
                self.json(object, At { offset: at.offset + start as u64, ..at }, sink)
            }
            _ => {
                self.stats.passed += 1;
                ControlFlow::Continue(())
            }
        }
    }

    fn json(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink) -> ControlFlow<()> {
        match self.object(text, at, sink) {
            Ok(flow) => flow,
            Err(damage) => {
                // A file without an end of its last line, and behind it one that begins with a mark.
                if let Some(end) = memchr::memmem::find(text, b"}\xef\xbb\xbf{").map(|end| end + 1) {
                    let (one, rest) = text.split_at(end);
                    let rest = rest.strip_prefix(UTF8_MARK).unwrap_or(rest);
                    let behind = (text.len() - rest.len()) as u64;
                    self.json_alone(one, At { bytes: behind, ..at }, sink)?;
                    let bytes = at.bytes - behind;
                    return self.json_alone(rest, At { offset: at.offset + behind, bytes, ..at }, sink);
                }
                self.damaged(at.file, at.number, at.offset + damage.at as u64, damage.reason, sink);
                ControlFlow::Continue(())
            }
        }
    }

    pub(super) fn json_alone(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink) -> ControlFlow<()> {
        self.object(text, at, sink).unwrap_or_else(|damage| {
            self.damaged(at.file, at.number, at.offset + damage.at as u64, damage.reason, sink);
            ControlFlow::Continue(())
        })
    }

    /// The events in a line of text: nearly always one.
    fn text(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink) -> ControlFlow<()> {
        let mut from = 0;
        loop {
            let offset = |start: usize| at.offset + start as u64;
            match xml::next_event(text, from, 0) {
                Found::Event(start, end) => {
                    let last = !xml::has_event(text.get(end..).unwrap_or_default());
                    // What stands between events counts for the one behind it, what stands behind the last for that.
                    let bytes = if last { at.bytes - from as u64 } else { (end - from) as u64 };
                    let event = text.get(start..end).unwrap_or_default();
                    self.event_text(event, Form::Syslog, At { offset: offset(start), bytes, ..at }, sink)?;
                    from = end;
                }
                Found::Cut(start, next) => {
                    self.damaged(at.file, at.number, offset(start), CUT, sink);
                    from = next;
                }
                Found::Open(start) => {
                    self.damaged(at.file, at.number, offset(start), OPEN, sink);
                    return ControlFlow::Continue(());
                }
                Found::Nothing(_) => return ControlFlow::Continue(()),
            }
        }
    }

    /// Gives the sink the event of this XML.
    pub(super) fn event_text(&mut self, event: &[u8], form: Form, at: At<'_>, sink: &mut dyn Sink) -> ControlFlow<()> {
        // Bytes that nobody reads are looked at only where that is asked for, or where they may well be in another encoding.
        if (self.strict || self.encoding.is_some())
            && let Err(error) = str::from_utf8(event)
        {
            let place = at.offset + error.valid_up_to() as u64;
            let reason = match &self.encoding {
                Some(encoding) => format!("not UTF-8: the file says that it is {encoding}; convert it to UTF-8 first"),
                None => "not UTF-8".to_string(),
            };
            self.damaged(at.file, at.number, place, &reason, sink);
            return ControlFlow::Continue(());
        }
        let parts = &mut self.objects.shaper.parts;
        parts.clear();
        match xml::take_event(Document::of(Source::Record, event, (0, event.len())), parts) {
            Ok(()) => self.taken(event, Some(event), form, at, sink),
            Err(damage) => {
                self.damaged(at.file, at.number, at.offset + damage.at as u64, damage.reason, sink);
                ControlFlow::Continue(())
            }
        }
    }
}

/// Does event XML begin on this line that goes on behind it?
pub(super) fn is_markup(line: &[u8]) -> bool {
    let text = line.strip_prefix(UTF8_MARK).unwrap_or(line).trim_ascii_start();
    match text {
        [b'<', b'?', b'x', b'm', b'l', ..] | [b'<', b'E', b'v', b'e', b'n', b't', b's', ..] => true,
        [b'<', b'E', b'v', b'e', b'n', b't', ..] => matches!(xml::next_event(text, 0, 0), Found::Open(_)),
        [..] => false,
    }
}

/// May a record begin on this line that goes on behind it?
pub(super) fn may_go_on(line: &[u8]) -> bool {
    match line.strip_prefix(UTF8_MARK).unwrap_or(line).trim_ascii() {
        [b'{', .., b'}'] => false,
        [b'{' | b'[', ..] => true,
        [..] => false,
    }
}

/// Does it, by what stands around the end of the line? A line that is cut short has the next record behind it.
pub(super) fn goes_on(line: &[u8], behind: Option<u8>) -> bool {
    let text = line.strip_prefix(UTF8_MARK).unwrap_or(line).trim_ascii();
    match text {
        [b'['] => behind == Some(b'{'),
        [b'[', inside @ ..] => inside.trim_ascii_start().starts_with(b"{"),
        [.., b'[' | b':'] => !matches!(behind, None | Some(b'{' | b'<')),
        [..] => matches!(behind, Some(b'"' | b'}' | b']')),
    }
}
