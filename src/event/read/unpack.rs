//! Streams as they are when unpacked.
//!
//! In: a stream and how it is packed. Out: a stream. Never here: archives of several files; what the bytes say.

use std::io::{Error, ErrorKind, Read, Result};

use super::detect::Packed;

/// Opens one layer.
pub(super) fn unpack<'r>(packed: Packed, input: &'r mut dyn Read) -> Result<Box<dyn Read + 'r>> {
    Ok(match packed {
        Packed::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
        Packed::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(input);
            Box::new(decoder.map_err(|error| Error::new(ErrorKind::InvalidData, error.to_string()))?)
        }
        Packed::Utf16Le => Box::new(Utf16::new(input, u16::from_le_bytes)),
        Packed::Utf16Be => Box::new(Utf16::new(input, u16::from_be_bytes)),
        Packed::Not(_) => Box::new(input),
    })
}

/// UTF-16 as UTF-8. The mark at the start goes; an unpaired surrogate becomes U+FFFD, and so does half a unit at the end.
struct Utf16<'r> {
    input: &'r mut dyn Read,
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
    fn new(input: &'r mut dyn Read, unit: fn([u8; 2]) -> u16) -> Self {
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
