//! The buffers of one event: values are decoded when a test first reads them, folded when a test first folds them, once.
//!
//! In: raw values. Out: texts, borrowed from the event where they stand ready, else from a buffer that is reused. Never
//! here: which field is which.

use super::Fault;
use crate::event::{Raw, Slot, json};
use crate::fold;
use crate::limits;

/// A piece of a buffer, of one generation.
#[derive(Clone, Copy, Default)]
struct Piece {
    generation: u32,
    start: u32,
    end: u32,
    /// There is no text: that, too, is found out once, and thousands of rules may ask.
    fault: Option<Fault>,
}

impl Piece {
    /// The piece of what was written behind `start`, or of what was not: nothing stays of that.
    fn of(generation: u32, start: usize, written: Result<(), Fault>, buffer: &mut String) -> Self {
        if written.is_err() {
            buffer.truncate(start);
        }
        Self { generation, start: start as u32, end: buffer.len() as u32, fault: written.err() }
    }

    fn text<'b>(&self, buffer: &'b str) -> Result<Option<&'b str>, Fault> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(Some(&buffer[self.start as usize..self.end as usize])),
        }
    }
}

/// The buffers.
pub(super) struct Frame {
    generation: u32,
    texts: Vec<Piece>,
    text: String,
    folds: Vec<Piece>,
    folded: String,
    /// For values that are not a slot's own: members of lists, results of functions.
    pub(super) scratch: Scratch,
}

/// Strings that are reused from value to value.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) member: String,
    pub(super) function: String,
    pub(super) other: String,
    pub(super) canonical: String,
    pub(super) dashed: String,
    pub(super) folded: String,
}

impl Frame {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            generation: 0,
            texts: vec![Piece::default(); slots],
            text: String::new(),
            folds: vec![Piece::default(); slots],
            folded: String::new(),
            scratch: Scratch::default(),
        }
    }

    /// Forgets all values; keeps the buffers.
    pub(super) fn next_event(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.texts.fill(Piece::default());
            self.folds.fill(Piece::default());
            self.generation = 1;
        }
        self.text.clear();
        self.folded.clear();
    }

    /// The text of a raw text value at a slot, decoded.
    pub(super) fn text<'f>(&'f mut self, slot: Slot, raw: Raw<'f>) -> Result<Option<&'f str>, Fault> {
        match raw {
            Raw::Text(text) => checked(text).map(Some),
            Raw::Json(bytes) => {
                if !escaped(bytes) {
                    return plain(bytes).map(Some);
                }
                let generation = self.generation;
                let piece = &mut self.texts[slot.0 as usize];
                if piece.generation != generation {
                    let start = self.text.len();
                    let written = decode(bytes, &mut self.text);
                    *piece = Piece::of(generation, start, written, &mut self.text);
                }
                piece.text(&self.text)
            }
            Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) => Ok(None),
            Raw::Malformed => Err(Fault::Malformed),
        }
    }

    /// The folded text at a slot, where it was asked for before in this event.
    #[cfg(not(target_arch = "wasm32"))]
    #[inline(always)]
    pub(super) fn folded_before(&self, slot: Slot) -> Option<&[u8]> {
        let piece = self
            .folds
            .get(usize::from(slot.0))
            .filter(|piece| piece.generation == self.generation && piece.fault.is_none())?;
        self.folded.as_bytes().get(piece.start as usize..piece.end as usize)
    }

    /// The folded text of a raw text value at a slot.
    pub(super) fn folded<'f>(&'f mut self, slot: Slot, raw: Raw<'f>) -> Result<Option<&'f str>, Fault> {
        let generation = self.generation;
        let at = slot.0 as usize;
        if self.folds[at].generation != generation {
            let start = self.folded.len();
            let written = match raw {
                Raw::Text(text) => checked(text).map(|text| fold::fold_into(text, &mut self.folded)),
                Raw::Json(bytes) if !escaped(bytes) => plain(bytes).map(|text| fold::fold_into(text, &mut self.folded)),
                // An ASCII text with escapes is decoded in place and lowered there; any other is decoded apart.
                Raw::Json(bytes) => decode(bytes, &mut self.folded).map(|()| {
                    if self.folded[start..].is_ascii() {
                        self.folded[start..].make_ascii_lowercase();
                    } else {
                        self.scratch.member.clear();
                        self.scratch.member.push_str(&self.folded[start..]);
                        self.folded.truncate(start);
                        fold::fold_into(&self.scratch.member, &mut self.folded);
                    }
                }),
                Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) => {
                    return Ok(None);
                }
                Raw::Malformed => return Err(Fault::Malformed),
            };
            self.folds[at] = Piece::of(generation, start, written, &mut self.folded);
        }
        self.folds[at].text(&self.folded)
    }
}

fn escaped(bytes: &[u8]) -> bool {
    memchr::memchr(b'\\', bytes).is_some()
}

fn checked(text: &str) -> Result<&str, Fault> {
    if text.len() > limits::VALUE_BYTES { Err(Fault::ValueTooLarge) } else { Ok(text) }
}

fn plain(bytes: &[u8]) -> Result<&str, Fault> {
    json::plain_text(bytes).map_err(|_| Fault::Malformed).and_then(checked)
}

/// Decodes the inside of a JSON string at the end of `out`.
pub(super) fn decode(bytes: &[u8], out: &mut String) -> Result<(), Fault> {
    if bytes.len() > 6 * limits::VALUE_BYTES {
        return Err(Fault::ValueTooLarge);
    }
    let start = out.len();
    json::decode_string(bytes, out).map_err(|_| Fault::Malformed)?;
    if out.len() - start > limits::VALUE_BYTES { Err(Fault::ValueTooLarge) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_beyond_the_limit_is_refused_every_time_and_leaves_nothing_behind() {
        let inside = r"x\\".repeat(limits::VALUE_BYTES);
        let mut frame = Frame::new(1);
        frame.next_event();
        for _ in 0..3 {
            assert!(matches!(frame.text(Slot(0), Raw::Json(inside.as_bytes())), Err(Fault::ValueTooLarge)));
            assert!(matches!(frame.folded(Slot(0), Raw::Json(inside.as_bytes())), Err(Fault::ValueTooLarge)));
        }
        assert_eq!((frame.text.len(), frame.folded.len()), (0, 0));
    }

    #[test]
    fn a_control_character_is_malformed_with_and_without_escapes_beside_it() {
        for inside in [&b"a\tb"[..], b"a\t\\\\b", b"a\xff", b"a\xff\\\\"] {
            let mut frame = Frame::new(1);
            frame.next_event();
            assert!(matches!(frame.text(Slot(0), Raw::Json(inside)), Err(Fault::Malformed)), "{inside:?}");
            assert!(matches!(frame.folded(Slot(0), Raw::Json(inside)), Err(Fault::Malformed)), "{inside:?}");
        }
    }
}
