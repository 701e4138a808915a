//! Records carried as bytes: from the module that reads every form to the engine beside it, which knows the agent's own lines only; and
//! within the engine.
//!
//! In: records as a reader gives them. Out: bytes, or the record with everything that it was: form, place, parts, text, so that
//! nothing of it is seen otherwise. Never here: trust in the bytes; a piece that points outside of its record is empty, and what
//! cannot be read is damage.
//!
//! | bytes | are |
//! | --- | --- |
//! | 8 | [`MAGIC`], the last of them the version |
//! | 4, then as many | the length of a frame, little-endian, and the frame: a [`Frame`] as postcard writes it |

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Layout;
use super::agent::{Form, Parts};
use super::read::{DamageKind, Damaged, EventReader, ReadError, Record, Sink};
use crate::dialect::AgentVersion;
use crate::limits::RECORD_BYTES;

/// What carried records begin with.
pub const MAGIC: &[u8; 8] = b"BSCARRY\x01";

/// Bytes of a frame at most: a record may be decoded into several times its size.
pub(super) const FRAME_BYTES: usize = 8 * RECORD_BYTES;

/// Where a record stood, and what it was.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) form: u8,
}

/// One record, or what was wrong.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Frame {
    /// A record that was taken apart. `is_text`: its bytes are its text.
    Parts {
        head: Head,
        is_text: bool,
        record: Vec<u8>,
        parts: Box<Parts>,
    },
    /// A record that is read as it stands.
    Text {
        head: Head,
        text: Vec<u8>,
    },
    Damaged {
        number: Option<u64>,
        offset: u64,
        kind: u8,
        reason: String,
    },
    /// Reading ended here.
    Failed {
        reason: String,
    },
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

/// The record alone, as one frame without its length. `None`: it has neither parts nor a text.
pub fn one(record: &Record<'_>) -> Option<Vec<u8>> {
    let (number, offset) = (record.place.number, record.place.offset);
    let head = Head { number, offset, bytes: record.bytes, form: record.form as u8 };
    let frame = match (record.view.parts(), record.text) {
        (Some((bytes, parts)), text) => {
            Frame::Parts { head, is_text: text == Some(bytes), record: bytes.to_vec(), parts: Box::new(parts.clone()) }
        }
        (None, Some(text)) => Frame::Text { head, text: text.to_vec() },
        (None, None) => return None,
    };
    postcard::to_allocvec(&frame).ok()
}

/// A record that is one frame already, carried alone.
pub fn carried(frame: &[u8]) -> Vec<u8> {
    let length = u32::try_from(frame.len()).unwrap_or_default();
    [MAGIC, length.to_le_bytes().as_slice(), frame].concat()
}

/// All that a file holds, whatever its form and packing, carried.
pub fn carry(bytes: &[u8]) -> Vec<u8> {
    let file: Arc<str> = Arc::from("");
    let mut carrier = Carrier::default();
    // Who reads what is carried says which fields are asked for, and for which agent.
    let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
    if let Err(error) = reader.read_file(&file, Cursor::new(bytes), &mut carrier) {
        let reason = match error {
            ReadError::Form(form) => format!("{form}; {}", form.way_out),
            ReadError::Io(error) => error.to_string(),
        };
        carrier.frame(&Frame::Failed { reason });
    }
    carrier.finish()
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

    fn frame(&mut self, frame: &Frame) {
        if let Ok(frame) = postcard::to_allocvec(frame) {
            self.put(&frame);
        }
    }

    /// All that was carried.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl Sink for Carrier {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        match one(&record) {
            Some(frame) => self.put(&frame),
            None => {
                let (number, offset) = (Some(record.place.number), record.place.offset);
                let reason = "a record that cannot be carried".to_string();
                let file = record.place.file.clone();
                self.damaged(Damaged { file, number, offset, kind: DamageKind::Record, reason });
            }
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        let kind = KINDS.iter().position(|kind| *kind == damaged.kind).unwrap_or_default() as u8;
        let Damaged { number, offset, reason, .. } = damaged;
        self.frame(&Frame::Damaged { number, offset, kind, reason });
    }
}
