//! Records that were taken apart elsewhere, and records that are read again.
//!
//! In: bytes as `event/carry.rs` puts them, or a record that a reader gave before. Out: the events, as they were. Never here: trust in
//! either.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::object::At;
use super::{Damaged, EventReader, ReadError, Sink, read_full};
use crate::event::agent::{AgentView, Form};
use crate::event::carry::{self, Frame};

impl EventReader {
    /// Reads carried records behind their magic.
    pub(super) fn carried(
        &mut self,
        file: &Arc<str>,
        input: &mut dyn Read,
        sink: &mut dyn Sink,
    ) -> Result<(), ReadError> {
        let begun = std::io::Cursor::new(self.buffer.rest().to_vec());
        let mut input = begun.chain(input);
        let mut magic = [0; carry::MAGIC.len()];
        let mut offset = read_full(&mut input, &mut magic)? as u64;
        let mut frame = Vec::new();
        loop {
            let mut length = [0; 4];
            let read = read_full(&mut input, &mut length)?;
            if read == 0 {
                return Ok(());
            }
            let length = u32::from_le_bytes(length) as usize;
            frame.clear();
            let whole = read == 4
                && length <= carry::FRAME_BYTES
                && input.by_ref().take(length as u64).read_to_end(&mut frame)? == length;
            if !whole {
                self.damaged(file, self.stats.records() + 1, offset, "carried records that are cut short", sink);
                return Ok(());
            }
            offset += 4 + length as u64;
            if self.frame(file, &frame, sink).is_break() {
                return Ok(());
            }
        }
    }

    /// Gives the sink what a frame holds.
    fn frame(&mut self, file: &Arc<str>, frame: &[u8], sink: &mut dyn Sink) -> ControlFlow<()> {
        let wrong = |reader: &mut Self, sink: &mut dyn Sink| {
            reader.damaged(file, reader.stats.records() + 1, 0, "a carried record that cannot be read", sink);
            ControlFlow::Continue(())
        };
        match postcard::from_bytes(frame) {
            Ok(Frame::Event { number, offset, bytes, form, record, mut parts }) => {
                let Some(form) = carry::form(form) else { return wrong(self, sink) };
                self.stats.count(form);
                self.stats.bytes += bytes;
                self.stats.duplicate_keys += parts.repeated;
                let view = AgentView::new(&self.plan, form, &record, &mut parts);
                let at = At { file, number, offset, bytes, by_line: false };
                sink.event(at.record(&view, None, form))
            }
            Ok(Frame::Damaged { number, offset, kind, reason }) => {
                let Some(kind) = carry::kind(kind) else { return wrong(self, sink) };
                self.stats.damaged += 1;
                sink.damaged(Damaged { file: file.clone(), number, offset, kind, reason });
                ControlFlow::Continue(())
            }
            Err(_) => wrong(self, sink),
        }
    }

    /// Reads a record again that was read before: its text as the sink was given it, or, where it had none, its frame.
    pub fn again(&mut self, file: &Arc<str>, form: Form, record: Again<'_>, sink: &mut dyn Sink) {
        let text = match record {
            Again::Frame(frame) => {
                // One record: nothing more to stop.
                let _ = self.frame(file, frame, sink);
                return;
            }
            Again::Text(text) => text,
        };
        let at = At { file, number: 1, offset: 0, bytes: text.len() as u64, by_line: true };
        let _ = match form {
            Form::Xml | Form::Syslog if text.starts_with(b"<") => self.event_text(text, form, at, sink),
            _ => self.json_alone(text, at, sink),
        };
    }
}

/// A record that was read before.
#[derive(Clone, Copy, Debug)]
pub enum Again<'a> {
    /// Its text.
    Text(&'a [u8]),
    /// Its frame.
    Frame(&'a [u8]),
}
