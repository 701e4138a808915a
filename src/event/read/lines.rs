//! A record a line.
//!
//! In: lines of a stream. Out: an event for each that holds a JSON object, or the XML of an event behind whatever syslog puts
//! before it; damage for every other line. Blank lines are passed over. Never here: memory beyond the longest record.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::detect::UTF8_MARK;
use super::object::At;
use super::{EventReader, ReadError, Sink};
use crate::event::agent::Form;
use crate::event::xml;

impl EventReader {
    pub(super) fn lines(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        self.skip_mark();
        let mut number = 0;
        // The buffer is out of the reader while its lines are read.
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = loop {
            let line = match buffer.next(input) {
                Ok(Some(line)) => line,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            };
            number += 1;
            self.stats.bytes += line.bytes;
            let Some(span) = line.span else {
                self.too_large(file, number, line.offset, line.bytes, sink);
                continue;
            };
            let text = buffer.line(span);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.trim_ascii().is_empty() {
                continue;
            }
            let at = At { file, number, offset: line.offset, bytes: line.bytes };
            if self.line(text, at, sink).is_break() {
                break Ok(());
            }
        };
        self.buffer = buffer;
        result
    }

    /// Passes over the mark that some programs write before UTF-8.
    pub(super) fn skip_mark(&mut self) {
        if self.buffer.rest().starts_with(UTF8_MARK) {
            self.buffer.skip(UTF8_MARK.len());
            self.stats.bytes += UTF8_MARK.len() as u64;
        }
    }

    fn line(&mut self, text: &[u8], at: At<'_>, sink: &mut dyn Sink) -> ControlFlow<()> {
        // Syslog puts its own words before the event.
        if !text.trim_ascii_start().starts_with(b"{")
            && let Some(event) = xml::find_event(text)
        {
            return self.event_text(event, Form::Syslog, at, sink);
        }
        match self.object(text, at, sink) {
            Ok(flow) => flow,
            Err(damage) => {
                self.damaged(at.file, at.number, at.offset + damage.at as u64, damage.reason, sink);
                ControlFlow::Continue(())
            }
        }
    }

    /// Gives the sink the event of this XML.
    pub(super) fn event_text(&mut self, event: &[u8], form: Form, at: At<'_>, sink: &mut dyn Sink) -> ControlFlow<()> {
        let parts = &mut self.objects.shaper.parts;
        parts.clear();
        match xml::take_event(event, parts) {
            Ok(()) => self.taken(&[], Some(event), form, at, sink),
            Err(damage) => {
                self.damaged(at.file, at.number, at.offset + damage.at as u64, damage.reason, sink);
                ControlFlow::Continue(())
            }
        }
    }
}
