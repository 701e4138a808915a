//! Records that were taken apart, carried as bytes: from the module that reads EVTX to the engine beside it, and within the engine where a
//! record has no text of its own.
//!
//! In: a view of a record that knows its parts, or bytes. Out: bytes, or the record with everything that it was: form, place, parts, so that
//! nothing of it is seen otherwise. Never here: trust in the bytes; a piece that points outside of its record is empty, and what
//! cannot be read is damage.
//!
//! | bytes | are |
//! | --- | --- |
//! | 8 | [`MAGIC`], the last of them the version |
//! | 4, then as many | the length of a frame, little-endian, and the frame: a [`Frame`] as postcard writes it |

use serde::{Deserialize, Serialize};

use super::agent::{Form, Parts};
use super::read::{DamageKind, Damaged, Record, Sink};
use crate::limits::RECORD_BYTES;

/// What carried records begin with.
pub const MAGIC: &[u8; 8] = b"BSCARRY\x01";

/// Bytes of a frame at most: a record may be decoded into several times its size.
pub(super) const FRAME_BYTES: usize = 8 * RECORD_BYTES;

/// One record, or what was damaged.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Frame {
    Event { number: u64, offset: u64, bytes: u64, form: u8, record: Vec<u8>, parts: Box<Parts> },
    Damaged { number: Option<u64>, offset: u64, kind: u8, reason: String },
}

/// The kinds of damage by their number in a frame.
const KINDS: [DamageKind; 4] = [DamageKind::Record, DamageKind::TooLarge, DamageKind::Chunk, DamageKind::Sums];

/// The form by its number in a frame.
pub(super) fn form(number: u8) -> Option<Form> {
    Form::ALL.get(usize::from(number)).copied()
}

/// The kind of damage by its number in a frame.
pub(super) fn kind(number: u8) -> Option<DamageKind> {
    KINDS.get(usize::from(number)).copied()
}

/// The record alone, as one frame without its length. `None`: it has no parts to carry, but a text.
pub fn one(record: &Record<'_>) -> Option<Vec<u8>> {
    let (bytes, parts) = record.view.parts()?;
    let frame = Frame::Event {
        number: record.place.number,
        offset: record.place.offset,
        bytes: record.bytes,
        form: record.form as u8,
        record: bytes.to_vec(),
        parts: Box::new(parts.clone()),
    };
    postcard::to_allocvec(&frame).ok()
}

/// Puts records into bytes that any reader of events takes.
#[derive(Debug)]
pub struct Carrier {
    bytes: Vec<u8>,
}

impl Default for Carrier {
    fn default() -> Self {
        Self { bytes: MAGIC.to_vec() }
    }
}

impl Carrier {
    fn put(&mut self, frame: &[u8]) {
        let Ok(length) = u32::try_from(frame.len()) else { return };
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(frame);
    }

    /// All that was carried.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl Sink for Carrier {
    fn event(&mut self, record: Record<'_>) -> std::ops::ControlFlow<()> {
        match one(&record) {
            Some(frame) => self.put(&frame),
            None => {
                let (number, offset) = (Some(record.place.number), record.place.offset);
                let reason = "a record that cannot be carried".to_string();
                let file = record.place.file.clone();
                self.damaged(Damaged { file, number, offset, kind: DamageKind::Record, reason });
            }
        }
        std::ops::ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        let kind = KINDS.iter().position(|kind| *kind == damaged.kind).unwrap_or_default() as u8;
        let Damaged { number, offset, reason, .. } = damaged;
        if let Ok(frame) = postcard::to_allocvec(&Frame::Damaged { number, offset, kind, reason }) {
            self.put(&frame);
        }
    }
}
