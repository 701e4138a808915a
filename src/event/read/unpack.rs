//! Streams as they are when unpacked.
//!
//! In: a stream and how it is packed. Out: a stream. Never here: archives of several files; what the bytes say.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::detect::Packed;
use crate::limits::WINDOW_BYTES;

/// Opens one layer.
pub(super) fn unpack<'r>(packed: Packed, input: Box<dyn Read + 'r>) -> Box<dyn Read + 'r> {
    match packed {
        Packed::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
        Packed::Zstd => {
            let mut frame = FrameDecoder::new();
            frame.set_max_window_size(WINDOW_BYTES as u64);
            Box::new(Zstd { input: BufReader::new(input), frame, open: false })
        }
        Packed::Utf16Le => Box::new(Utf16::new(input, u16::from_le_bytes)),
        Packed::Utf16Be => Box::new(Utf16::new(input, u16::from_be_bytes)),
        Packed::Not(_) => input,
    }
}

/// One frame of zstd after the other; programs that work in parallel write many, and some that only say something to themselves.
struct Zstd<'r> {
    input: BufReader<Box<dyn Read + 'r>>,
    frame: FrameDecoder,
    open: bool,
}

impl Zstd<'_> {
    /// Begins the next frame; `false`: there is none.
    fn begin(&mut self) -> Result<bool> {
        loop {
            if self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.frame.reset(&mut self.input) {
                Ok(()) => {
                    self.open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    std::io::copy(&mut (&mut self.input).take(length.into()), &mut std::io::sink())?;
                }
                Err(error) => return Err(damaged(&error)),
            }
        }
    }
}

impl Read for Zstd<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if !self.open && !self.begin()? {
                return Ok(0);
            }
            if self.frame.can_collect() == 0 && !self.frame.is_finished() {
                let blocks = BlockDecodingStrategy::UptoBlocks(1);
                self.frame.decode_blocks(&mut self.input, blocks).map_err(|error| damaged(&error))?;
            }
            match self.frame.read(buffer)? {
                0 if self.frame.is_finished() => {
                    self.open = false;
                    let (told, is) = (self.frame.get_checksum_from_data(), self.frame.get_calculated_checksum());
                    if told.zip(is).is_some_and(|(told, is)| told != is) {
                        return Err(Error::new(
                            ErrorKind::InvalidData,
                            "the sum of a zstd frame does not fit its bytes",
                        ));
                    }
                }
                0 => {}
                count => return Ok(count),
            }
        }
    }
}

fn damaged(error: &FrameDecoderError) -> Error {
    if let FrameDecoderError::WindowSizeTooBig { requested, .. } = error {
        let reason = format!(
            "zstd: the stream asks for {requested} bytes of memory, beyond the limit of {WINDOW_BYTES}; unpack it to a file first (`zstd -d`)"
        );
        return Error::new(ErrorKind::FileTooLarge, reason);
    }
    Error::new(ErrorKind::InvalidData, format!("zstd: {error}"))
}

/// UTF-16 as UTF-8. The mark at the start goes; an unpaired surrogate becomes U+FFFD, and so does half a unit at the end.
struct Utf16<'r> {
    input: Box<dyn Read + 'r>,
    unit: fn([u8; 2]) -> u16,
    /// Bytes that were read and not yet decoded.
    read: Vec<u8>,
    /// Text that was decoded and not yet given out, from this offset on.
    text: String,
    given: usize,
    begun: bool,
    ended: bool,
}

impl<'r> Utf16<'r> {
    fn new(input: Box<dyn Read + 'r>, unit: fn([u8; 2]) -> u16) -> Self {
        Self { input, unit, read: Vec::new(), text: String::new(), given: 0, begun: false, ended: false }
    }

    fn decode(&mut self) -> Result<()> {
        let mut bytes = [0; 8192];
        let count = self.input.read(&mut bytes)?;
        self.ended = count == 0;
        self.read.extend_from_slice(bytes.get(..count).unwrap_or_default());
        let mut units: Vec<u16> = self.read.chunks_exact(2).map(|pair| (self.unit)([pair[0], pair[1]])).collect();
        // The second half of a pair may come with the next bytes.
        if !self.ended && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            units.pop();
        }
        self.read.drain(..units.len() * 2);
        self.text.clear();
        self.given = 0;
        let mut decoded = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).peekable();
        if !self.begun && decoded.peek().is_some() {
            self.begun = true;
            decoded.next_if_eq(&'\u{feff}');
        }
        self.text.extend(decoded);
        if self.ended && !self.read.is_empty() {
            self.read.clear();
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        Ok(())
    }
}

impl Read for Utf16<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            match self.decode() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => other?,
            }
        }
        let rest = self.text.as_bytes().get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}
