//! A file that is read in one go or in several.
//!
//! In: an open file, packed or not. Out: its stream from an offset on, and of a packed one again from a later offset without unpacking
//! all before it; prints of the bytes that were given, whatever stands in the file by then. Never here: records.

use std::io::{Read, Result, Seek, SeekFrom};

use super::print::{Content, PRINT, Print};
use crate::event::read::{ReadError, plain};

/// The stream. It keeps what stands behind the last offset that was gone back to, and a little before it.
pub(super) struct Kept {
    inner: Box<dyn Read>,
    /// Offset of the first byte that is kept.
    start: u64,
    bytes: Vec<u8>,
    /// How many of them were given since.
    given: usize,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept {{ start: {}, bytes: {} }}", self.start, self.bytes.len())
    }
}

impl Kept {
    /// The stream from an offset on.
    pub(super) fn new(content: Content<'_>, offset: u64) -> std::result::Result<Kept, ReadError> {
        let mut file = content.file.try_clone()?;
        let start = offset.saturating_sub(PRINT);
        let mut inner: Box<dyn Read> = if content.packed {
            file.seek(SeekFrom::Start(0))?;
            let mut inner = plain(Box::new(file))?;
            std::io::copy(&mut (&mut inner).take(start), &mut std::io::sink())?;
            inner
        } else {
            file.seek(SeekFrom::Start(start))?;
            Box::new(file)
        };
        let mut bytes = Vec::new();
        (&mut inner).take(offset - start).read_to_end(&mut bytes)?;
        Ok(Kept { inner, start, given: bytes.len(), bytes })
    }

    /// Gives again what stands from an offset on; `false`: it is not kept.
    pub(super) fn back_to(&mut self, offset: u64) -> bool {
        let keep = offset.saturating_sub(PRINT).saturating_sub(self.start);
        let Ok(keep) = usize::try_from(keep) else { return false };
        let Some(given) = offset.checked_sub(self.start).and_then(|given| usize::try_from(given).ok()) else {
            return false;
        };
        if given > self.bytes.len() {
            return false;
        }
        self.bytes.drain(..keep);
        self.start += keep as u64;
        self.given = given - keep;
        true
    }

    /// What the bytes before an offset are, if they are kept.
    pub(super) fn before(&self, offset: u64) -> Option<Print> {
        let from = offset.saturating_sub(PRINT).checked_sub(self.start)?;
        let to = offset.checked_sub(self.start)?;
        self.bytes.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?).map(Print::of)
    }

    /// What the first bytes up to an offset are, if they are kept.
    pub(super) fn head(&self, offset: u64) -> Option<Print> {
        let length = usize::try_from(offset.min(PRINT)).ok()?;
        self.bytes.get(..length).filter(|_| self.start == 0).map(Print::of)
    }
}

impl Read for Kept {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let rest = self.bytes.get(self.given..).unwrap_or_default();
        if rest.is_empty() {
            let read = self.inner.read(buffer)?;
            self.bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
            self.given += read;
            return Ok(read);
        }
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_read_ahead_is_given_again_without_unpacking_anew() {
        let path = std::env::temp_dir().join(format!("blocksieve-kept-{}", std::process::id()));
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n % 253) as u8).collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&bytes).unwrap();
        std::fs::write(&path, gzip.finish().unwrap()).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let mut kept = Kept::new(Content { file: &file, packed: true }, 5000).unwrap();
        let mut ahead = vec![0; 20_000];
        kept.read_exact(&mut ahead).unwrap();
        assert_eq!(ahead, bytes[5000..25_000]);
        assert_eq!(kept.before(7000), Some(Print::of(&bytes[5976..7000])));
        assert!(kept.back_to(7000));
        let mut rest = Vec::new();
        kept.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, bytes[7000..]);
        assert!(!kept.back_to(100));
        // What was emptied meanwhile was read all the same.
        std::fs::write(&path, &bytes[..3000]).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let mut kept = Kept::new(Content { file: &file, packed: false }, 500).unwrap();
        kept.read_exact(&mut ahead[..2000]).unwrap();
        std::fs::write(&path, "").unwrap();
        assert_eq!(kept.before(2500), Some(Print::of(&bytes[1476..2500])));
        assert_eq!(kept.head(2500), Some(Print::of(&bytes[..1024])));
        std::fs::remove_file(path).unwrap();
    }
}
