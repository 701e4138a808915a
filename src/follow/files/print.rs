//! Which file is which, whatever it is called.
//!
//! In: an open file. Out: the system's number of it, where the system has one; prints of some of its bytes. Never here: names of
//! files.
//!
//! A number alone says little: file systems give it to the next file, network drives make up new ones. So a file is known by what its
//! first bytes are, and the last ones that were read.

use std::fs::{File, Metadata};
use std::io::{Read, Result, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::read::{ReadError, plain};

/// Bytes that a print is made of, where there are as many.
pub(super) const PRINT: u64 = 1024;

/// The start of an EVTX file, and where its first record begins; so many bytes of it, for behind the last record the chunk may still be filled.
const EVTX: &[u8] = b"ElfFile\0";
const FIRST_RECORD: u64 = 4096 + 512;
const RECORD: u64 = 128;

/// The system's number of a file, as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) device: u64,
    pub(super) file: u64,
}

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Option<Identity> {
        use std::os::unix::fs::MetadataExt;
        Some(Identity { device: metadata.dev(), file: metadata.ino() })
    }

    /// Other systems have none that costs nothing to ask for.
    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Option<Identity> {
        None
    }
}

/// How long a file is, and when it was changed: as long as both are the same nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) changed: u128,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Stamp { size: metadata.len(), changed: changed.map_or(0, |time| time.as_nanos()) }
    }
}

/// What some bytes of a file are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Print {
    pub(super) length: u16,
    sum: [u8; 16],
}

impl Print {
    pub(super) fn of(bytes: &[u8]) -> Print {
        let mut sum = [0; 16];
        for (to, from) in sum.iter_mut().zip(Sha256::digest(bytes)) {
            *to = from;
        }
        // Of nothing the print is nothing.
        if bytes.is_empty() { Print::default() } else { Print { length: bytes.len() as u16, sum } }
    }
}

/// The bytes of an open file, as they stand or unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content<'f> {
    pub(super) file: &'f File,
    pub(super) packed: bool,
}

impl<'f> Content<'f> {
    /// The stream from an offset on. There is one at a time.
    pub(super) fn from(self, offset: u64) -> std::result::Result<Box<dyn Read + 'f>, ReadError> {
        let mut file = self.file;
        if !self.packed {
            file.seek(SeekFrom::Start(offset))?;
            return Ok(Box::new(file));
        }
        file.seek(SeekFrom::Start(0))?;
        let mut stream = plain(Box::new(file))?;
        std::io::copy(&mut (&mut stream).take(offset), &mut std::io::sink())?;
        Ok(stream)
    }

    /// So many bytes at an offset; fewer at the end of the file.
    pub(super) fn bytes(self, offset: u64, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let stream = self.from(offset).map_err(|error| match error {
            ReadError::Io(error) => error,
            ReadError::Form(form) => std::io::Error::other(form.to_string()),
        })?;
        stream.take(count).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What its first bytes are, up to an offset. Those of an EVTX file change with each record that is written; its first record does not.
    pub(super) fn head(self, offset: u64) -> Result<Print> {
        if !self.packed && self.bytes(0, EVTX.len() as u64)? == EVTX {
            return Ok(Print::of(&self.bytes(FIRST_RECORD, offset.min(RECORD))?));
        }
        Ok(Print::of(&self.bytes(0, offset.min(PRINT))?))
    }

    /// What the bytes before an offset are. Fewer than asked for: it ends before.
    pub(super) fn tail(self, offset: u64) -> Result<Print> {
        let count = offset.min(PRINT);
        Ok(Print::of(&self.bytes(offset - count, count)?))
    }

    /// Does it have these bytes at its start, and those before the offset?
    pub(super) fn fits(self, head: Print, tail: Print, offset: u64) -> Result<bool> {
        Ok(self.head(u64::from(head.length))? == head && self.tail(offset)? == tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_known_by_its_first_bytes_and_the_last_that_were_read() {
        let path = std::env::temp_dir().join(format!("blocksieve-print-{}", std::process::id()));
        let bytes: Vec<u8> = (0..5000_u32).map(|n| (n % 251) as u8).collect();
        let open = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            File::open(&path).unwrap()
        };
        let file = open(&bytes);
        let content = Content { file: &file, packed: false };
        let (head, tail) = (content.head(4000).unwrap(), content.tail(4000).unwrap());
        assert_eq!((head.length, tail.length), (1024, 1024));
        assert_eq!(content.head(10).unwrap().length, 10);
        assert_eq!(content.tail(0).unwrap(), Print::default());
        for (change, fits) in [(0, false), (1023, false), (2000, true), (2976, false), (3999, false), (4000, true)] {
            let mut other = bytes.clone();
            other[change] ^= 1;
            let file = open(&other);
            assert_eq!(Content { file: &file, packed: false }.fits(head, tail, 4000).unwrap(), fits, "{change}");
        }
        let file = open(&bytes[..3999]);
        assert!(!Content { file: &file, packed: false }.fits(head, tail, 4000).unwrap(), "shorter");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&bytes).unwrap();
        let file = open(&gzip.finish().unwrap());
        assert!(Content { file: &file, packed: true }.fits(head, tail, 4000).unwrap(), "packed");
        std::fs::remove_file(path).unwrap();
    }
}
