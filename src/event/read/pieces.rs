//! A file of lines in pieces, for those that read several at once.
//!
//! In: a file of lines. Out: pieces of whole lines, one after the other, to a [`Pieces`]; or, where it is short, its records as ever. Who takes
//! a piece reads it by [`EventReader::piece`] and gets out of it what the file's reader would. Never here: threads.
//!
//! Where a record goes over several lines, or a line is beyond the limit, pieces end: from there on the file is read as ever, from bytes
//! that were given out already.

use std::io::{Cursor, Read, Result};
use std::sync::Arc;

use super::lines::{goes_on, is_markup, may_go_on};
use super::{EventReader, ReadError, ReadStats, Sink};
use crate::limits::RECORD_BYTES;

/// Bytes of a piece, until a longer line comes: what a core has at hand while it decides.
const PIECE: usize = if cfg!(test) { 1 << 9 } else { 1 << 18 };
/// Files of less are read as ever.
const LONG: usize = if cfg!(test) { PIECE } else { 1 << 20 };

/// Some whole lines of a file.
#[derive(Debug)]
pub struct Piece {
    file: Arc<str>,
    bytes: Vec<u8>,
    /// Lines before it.
    number: u64,
    /// Offset of its first byte in the file.
    offset: u64,
    /// There is nothing behind it.
    last: bool,
}

/// A file whose pieces are to be read.
pub struct PieceSource<'s> {
    file: Arc<str>,
    input: &'s mut (dyn Read + Send),
    /// Read, and not yet given out.
    carry: Vec<u8>,
    number: u64,
    offset: u64,
    ended: bool,
}

/// Who reads pieces, in whatever order, and tells of them in theirs.
pub trait Pieces {
    /// Reads and tells of all pieces.
    fn read(&mut self, source: &mut PieceSource<'_>) -> Taken;

    /// What was counted of those that were told of, since it was asked last.
    fn stats(&mut self) -> ReadStats;
}

/// How the reading of pieces ended.
#[derive(Debug)]
pub enum Taken {
    /// There are no more.
    All,
    /// Nobody wants more.
    Enough,
    /// From here on the file is to be read as ever.
    Rest(Rest),
    /// What was read was told, and no more can be read.
    Failed(std::io::Error),
}

/// What of a file was given out and is to be read again.
#[derive(Debug)]
pub struct Rest {
    bytes: Vec<u8>,
    number: u64,
    offset: u64,
}

/// Where a piece cannot be read on.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    at: usize,
    number: u64,
}

impl Piece {
    /// What is left of it.
    pub fn rest(&self, until: Until) -> Rest {
        let bytes = self.bytes.get(until.at..).unwrap_or_default().to_vec();
        Rest { bytes, number: until.number, offset: self.offset + until.at as u64 }
    }

    /// Its memory.
    pub fn into_memory(self) -> Vec<u8> {
        self.bytes
    }
}

impl Rest {
    /// The piece behind it belongs to it.
    pub fn append(&mut self, piece: &Piece) {
        self.bytes.extend_from_slice(&piece.bytes);
    }
}

impl PieceSource<'_> {
    /// The next piece, in memory that was used before or is new; none at the file's end, or where a line is beyond the limit: see
    /// [`PieceSource::rest`].
    pub fn next(&mut self, mut bytes: Vec<u8>) -> Result<Option<Piece>> {
        bytes.clear();
        bytes.append(&mut self.carry);
        let read = if self.ended { Ok(()) } else { self.fill(&mut bytes) };
        let whole = if self.ended { bytes.len() } else { whole_lines(&bytes) };
        self.carry.extend_from_slice(bytes.get(whole..).unwrap_or_default());
        bytes.truncate(whole);
        if whole == 0 {
            return read.map(|()| None);
        }
        let (number, offset) = (self.number, self.offset);
        self.number += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        self.offset += whole as u64;
        // What cannot be read is told of when there is nothing else to give.
        Ok(Some(Piece { file: self.file.clone(), bytes, number, offset, last: self.ended && read.is_ok() }))
    }

    /// What was read and not given out, if anything was.
    pub fn rest(&mut self) -> Option<Rest> {
        let bytes = std::mem::take(&mut self.carry);
        (!bytes.is_empty()).then_some(Rest { bytes, number: self.number, offset: self.offset })
    }

    /// Reads until there is a piece with a line's end in it, or a line beyond the limit.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        while bytes.len() < PIECE || bytes.len() <= RECORD_BYTES && whole_lines(bytes) == 0 {
            let wanted = if bytes.len() < PIECE { PIECE - bytes.len() } else { PIECE };
            if self.input.take(wanted as u64).read_to_end(bytes)? < wanted {
                self.ended = true;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Bytes of the lines that are there to their ends, as many as fit into a piece.
fn whole_lines(bytes: &[u8]) -> usize {
    let within = bytes.get(..PIECE).and_then(|piece| memchr::memrchr(b'\n', piece));
    within.or_else(|| memchr::memrchr(b'\n', bytes)).map_or(0, |at| at + 1)
}

impl EventReader {
    /// Reads a file of lines in pieces, if the sink takes them.
    pub(super) fn lines_in_pieces(
        &mut self,
        file: &Arc<str>,
        input: &mut (dyn Read + Send),
        sink: &mut dyn Sink,
    ) -> std::result::Result<(), ReadError> {
        while sink.pieces().is_some() && self.buffer.rest().len() < LONG && self.buffer.fill(input)? {}
        let Some(pieces) = sink.pieces().filter(|_| self.buffer.rest().len() >= LONG) else {
            return self.lines(file, input, sink);
        };
        self.skip_mark();
        let (carry, offset) = (self.buffer.rest().to_vec(), self.buffer.offset());
        let mut source = PieceSource { file: file.clone(), input, carry, number: 0, offset, ended: false };
        let taken = pieces.read(&mut source);
        self.stats.add(&pieces.stats());
        let rest = match taken {
            Taken::All => source.rest(),
            Taken::Enough => None,
            Taken::Failed(error) => return Err(error.into()),
            Taken::Rest(mut rest) => {
                rest.bytes.append(&mut source.carry);
                Some(rest)
            }
        };
        let Some(rest) = rest else { return Ok(()) };
        self.buffer.begin_at(rest.offset);
        self.lines_from(file, &mut Cursor::new(rest.bytes).chain(input), sink, rest.number)
    }

    /// Reads a piece. Gives where it cannot be read on.
    pub fn piece(&mut self, piece: &Piece, sink: &mut dyn Sink) -> Option<Until> {
        let (mut at, mut number) = (0, piece.number);
        while let Some(rest) = piece.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let end = memchr::memchr(b'\n', rest);
            let (line, behind) = rest.split_at(end.unwrap_or(rest.len()));
            let next = behind.trim_ascii_start().first().copied();
            let odd = line.len() > RECORD_BYTES
                || is_markup(line)
                || may_go_on(line) && (goes_on(line, next) || next.is_none() && !piece.last);
            if odd {
                return Some(Until { at, number });
            }
            number += 1;
            let (offset, bytes) = (piece.offset + at as u64, line.len() + usize::from(end.is_some()));
            if self.whole_line(&piece.file, line, number, (offset, bytes as u64), sink).is_break() {
                return None;
            }
            at += bytes;
        }
        None
    }
}
