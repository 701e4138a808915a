//! Records that were read elsewhere, records that are read again, and lines of the agent's own.
//!
//! In: bytes as `event/carry.rs` puts them, one of its frames, or a file. Out: the events, as they were. Never here: trust in any of them; a form
//! that has to be taken apart.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::object::At;
use super::{Damaged, EventReader, ReadError, Sink, read_full};
use crate::event::agent::AgentView;
use crate::event::carry::{self, Frame, Head};
use crate::limits::RECORD_BYTES;

impl EventReader {
    /// Reads carried records.
    pub fn read_carried(&mut self, file: &Arc<str>, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.buffer.reset();
        self.carried(file, &mut Cursor::new(bytes), sink)
    }

    /// Reads a file of which every line is the agent's own. `false`: it is none, and nothing was given to the sink.
    pub fn read_own_lines(&mut self, file: &Arc<str>, bytes: &[u8], sink: &mut dyn Sink) -> bool {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let trimmed = |line: &'_ [u8]| !line.trim_ascii().is_empty();
        let lines = || bytes.split_inclusive(|byte| *byte == b'\n');
        let mut any = false;
        for line in lines().filter(|line| trimmed(line)) {
            any = true;
            if line.len() > RECORD_BYTES || !self.is_own(line.trim_ascii()) {
                return false;
            }
        }
        if !any {
            return false;
        }
        let mut offset = 0;
        for (line, number) in lines().zip(1..) {
            let length = line.len() as u64;
            self.stats.bytes += length;
            let at = At { file, number, offset, bytes: length, by_line: true };
            offset += length;
            // It was scanned above.
            if trimmed(line) && matches!(self.own(line.trim_ascii(), at, sink), Ok(Some(ControlFlow::Break(())))) {
                break;
            }
        }
        true
    }

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
            if self.frame(file, &frame, sink)?.is_break() {
                return Ok(());
            }
        }
    }

    /// Gives the sink what a frame holds.
    fn frame(&mut self, file: &Arc<str>, frame: &[u8], sink: &mut dyn Sink) -> Result<ControlFlow<()>, ReadError> {
        let wrong = |reader: &mut Self, sink: &mut dyn Sink| {
            reader.damaged(file, reader.stats.records() + 1, 0, "a carried record that cannot be read", sink);
            Ok(ControlFlow::Continue(()))
        };
        let place = |Head { number, offset, bytes, form }: Head| {
            Some((At { file, number, offset, bytes, by_line: false }, carry::form(form)?))
        };
        match postcard::from_bytes(frame) {
            Ok(Frame::Parts { head, is_text, record, mut parts }) => {
                let Some((at, form)) = place(head) else { return wrong(self, sink) };
                self.stats.count(form);
                self.stats.bytes += at.bytes;
                self.stats.duplicate_keys += parts.repeated;
                let view = AgentView::new(&self.plan, form, &record, &mut parts);
                Ok(sink.event(at.record(&view, is_text.then_some(&record), form)))
            }
            Ok(Frame::Text { head, text }) => {
                let Some((at, form)) = place(head) else { return wrong(self, sink) };
                self.stats.bytes += at.bytes;
                match self.as_it_stands(&text, Some(form), at, sink) {
                    Ok(flow) => Ok(flow.unwrap_or(ControlFlow::Continue(()))),
                    Err(_) => wrong(self, sink),
                }
            }
            Ok(Frame::Failed { reason }) => Err(ReadError::Io(std::io::Error::other(reason))),
            Ok(Frame::Damaged { number, offset, kind, reason }) => {
                let Some(kind) = carry::kind(kind) else { return wrong(self, sink) };
                self.stats.damaged += 1;
                sink.damaged(Damaged { file: file.clone(), number, offset, kind, reason });
                Ok(ControlFlow::Continue(()))
            }
            Err(_) => wrong(self, sink),
        }
    }

    /// Reads a record again that was read before, from its frame.
    pub fn again(&mut self, file: &Arc<str>, frame: &[u8], sink: &mut dyn Sink) {
        // One record: nothing more to stop, and none of these frames is a failure.
        let _ = self.frame(file, frame, sink);
    }
}
