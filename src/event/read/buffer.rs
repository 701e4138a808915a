//! A stream in bounded memory.
//!
//! In: a stream. Out: what is read and not yet given out; or spans of it, a line each, or word of a line beyond the limit, which
//! is skipped without being kept. Never here: what the bytes say.

use std::io::{ErrorKind, Read, Result};

use crate::limits::RECORD_BYTES;

/// Bytes that are read at once, and the buffer's size until a longer line comes.
const CHUNK: usize = 256 << 10;

/// The buffer; used again for every file.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// What is read and not yet given out.
    start: usize,
    end: usize,
    /// Offset in the stream of the buffer's first byte.
    base: u64,
    /// The stream has ended.
    ended: bool,
}

/// A line of the buffer, or of what was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Offset in the stream.
    pub(super) offset: u64,
    /// Bytes of it, with its end.
    pub(super) bytes: u64,
    /// Where it stands, without its end; `None`: it is beyond the limit.
    pub(super) span: Option<(usize, usize)>,
    /// Its end is there; otherwise the stream ended before.
    pub(super) ended: bool,
}

impl Buffer {
    /// Forgets all but the memory.
    pub(super) fn reset(&mut self) {
        (self.start, self.end, self.base, self.ended) = (0, 0, 0, false);
    }

    /// The same, for a stream of which so many bytes were read before.
    pub(super) fn begin_at(&mut self, offset: u64) {
        self.reset();
        self.base = offset;
    }

    /// What is read and not yet given out.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Gives out that many bytes.
    pub(super) fn skip(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Offset in the stream of the first byte that is not yet given out.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Is there nothing more to read?
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes back what was given out last: so many bytes.
    pub(super) fn back(&mut self, count: usize) {
        self.start = self.start.saturating_sub(count);
    }

    /// The first byte, behind so many, that is no white space; `None`: there is none, or the longest record ends before it.
    pub(super) fn behind(&mut self, count: usize, input: &mut dyn Read) -> Result<Option<u8>> {
        let mut passed = count;
        loop {
            let rest = self.rest().get(passed..).unwrap_or_default();
            if let Some(space) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) {
                return Ok(rest.get(space).copied());
            }
            passed += rest.len();
            if passed > RECORD_BYTES || !self.fill(input)? {
                return Ok(None);
            }
        }
    }

    pub(super) fn line(&self, (start, end): (usize, usize)) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Reads once, behind what is there; `false` at the end of the stream.
    pub(super) fn fill(&mut self, input: &mut dyn Read) -> Result<bool> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.bytes.len() {
            // Twice the size, but never more than the longest line and one read.
            let size = (self.bytes.len() * 2).clamp(CHUNK, RECORD_BYTES + CHUNK).max(self.end + 1);
            self.bytes.resize(size, 0);
        }
        while !self.ended {
            match input.read(self.bytes.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => self.ended = true,
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// The next line; `None` at the end of the stream.
    pub(super) fn next(&mut self, input: &mut dyn Read) -> Result<Option<Line>> {
        // Bytes behind `start` in which no line ends.
        let mut searched = 0;
        loop {
            let rest = self.rest();
            let (length, ended) = (rest.len(), self.ended);
            let found = rest.get(searched..).and_then(|rest| memchr::memchr(b'\n', rest)).map(|at| at + searched);
            let line_length = match found {
                Some(at) => at,
                None if length > RECORD_BYTES => return self.skip_line(input).map(Some),
                None if ended && length == 0 => return Ok(None),
                None if ended => length,
                None => {
                    searched = length;
                    self.fill(input)?;
                    continue;
                }
            };
            let bytes = line_length + usize::from(found.is_some());
            let span = (line_length <= RECORD_BYTES).then_some((self.start, self.start + line_length));
            let line = Line { offset: self.offset(), bytes: bytes as u64, span, ended: found.is_some() };
            self.start += bytes;
            return Ok(Some(line));
        }
    }

    /// Reads on to the end of a line that is too long already, and keeps nothing of it.
    fn skip_line(&mut self, input: &mut dyn Read) -> Result<Line> {
        let offset = self.offset();
        let mut bytes = 0;
        loop {
            let rest = self.rest();
            let found = memchr::memchr(b'\n', rest).map(|at| at + 1);
            let count = found.unwrap_or(rest.len());
            bytes += count as u64;
            self.skip(count);
            if found.is_some() || !self.fill(input)? {
                return Ok(Line { offset, bytes, span: None, ended: found.is_some() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that gives few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn lines(bytes: &[u8], step: usize) -> Vec<(u64, Option<String>)> {
        let (mut buffer, mut input, mut all) = (Buffer::default(), Slow(bytes, step), Vec::new());
        while let Some(line) = buffer.next(&mut input).unwrap() {
            let text = line.span.map(|span| String::from_utf8_lossy(buffer.line(span)).into_owned());
            all.push((line.offset, text));
        }
        all
    }

    #[test]
    fn lines_with_their_offsets_however_the_bytes_come() {
        for step in [1, 2, 3, 1000] {
            let all = lines(b"one\ntwo\r\n\nlast", step);
            let text = |text: &str| Some(text.to_string());
            assert_eq!(all, [(0, text("one")), (4, text("two\r")), (9, text("")), (10, text("last"))], "{step}");
            assert_eq!(lines(b"one\n", step).len(), 1);
            assert_eq!(lines(b"", step).len(), 0);
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_skipped_in_bounded_memory_and_the_rest_goes_on() {
        for (length, fits) in [(RECORD_BYTES, true), (RECORD_BYTES + 1, false), (3 * RECORD_BYTES, false)] {
            let mut bytes = vec![b'x'; length];
            bytes.extend(b"\nnext\n");
            let (mut buffer, mut input) = (Buffer::default(), Slow(&bytes, 100_000));
            let first = buffer.next(&mut input).unwrap().unwrap();
            assert_eq!((first.bytes, first.span.is_some()), (length as u64 + 1, fits));
            let second = buffer.next(&mut input).unwrap().unwrap();
            assert_eq!(buffer.line(second.span.unwrap()), b"next");
            assert_eq!(second.offset, length as u64 + 1);
            assert!(buffer.bytes.len() <= RECORD_BYTES + CHUNK);
        }
    }
}
