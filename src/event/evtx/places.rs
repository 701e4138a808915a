//! Where chunks stand in an EVTX file.
//!
//! In: a reader. Out: the logs in it, nearly always one, and in each what stands where: chunks, and what is none. Chunks stand one behind
//! the other; behind what is no chunk the next one is looked for at any offset, for logs may be put one behind the other, and parts of
//! them be lost. Never here: records.

use std::io::{self, Read, Seek};

use evtx::EvtxChunkHeader;

use super::{CHUNK, CHUNK_HEADER, CHUNK_MAGIC, FILE_HEADER, FILE_MAGIC, read_at};

/// What stands at a place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A chunk, or zeros in its place; the number of its first record, if it can be trusted.
    Chunk { offset: u64, first: u64 },
    /// The header of another log that was put behind the one before.
    Header { bytes: u64 },
    /// Neither; the last thing in the file?
    Gap { offset: u64, bytes: u64, last: bool },
}

/// What bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// A chunk, or nothing but zeros.
    Chunk,
    Header,
    Other,
}

/// What stands at the start of these bytes, a chunk's worth or all that are left.
pub(super) fn first(bytes: &[u8]) -> First {
    if bytes.starts_with(FILE_MAGIC) {
        First::Header
    } else if bytes.starts_with(CHUNK_MAGIC) || bytes.iter().all(|byte| *byte == 0) {
        First::Chunk
    } else {
        First::Other
    }
}

/// Where a chunk or a header begins in these bytes, at or behind `from`.
pub(super) fn next_magic(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    memchr::memmem::find_iter(rest, b"Elf")
        .map(|at| from + at)
        .find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(CHUNK_MAGIC) || rest.starts_with(FILE_MAGIC)))
}

/// The chunks of one log.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) places: Vec<Place>,
}

impl Log {
    /// The place of the chunk with the lowest record number: a full log begins again at its start and writes over its oldest chunk.
    pub(super) fn oldest(&self) -> usize {
        let number = |place: &Place| match place {
            Place::Chunk { first, .. } => *first,
            Place::Header { .. } | Place::Gap { .. } => u64::MAX,
        };
        let lowest = self.places.iter().enumerate().min_by_key(|(_, place)| number(place));
        lowest.filter(|(_, place)| number(place) < u64::MAX).map_or(0, |(at, _)| at)
    }
}

/// The logs of a file of this length, behind its header.
pub(super) fn logs<R: Read + Seek>(reader: &mut R, length: u64) -> io::Result<Vec<Log>> {
    let mut logs = vec![Log::default()];
    let mut bytes = Vec::with_capacity(CHUNK);
    let mut offset = FILE_HEADER;
    while offset < length {
        read_at(reader, offset, CHUNK_HEADER, &mut bytes)?;
        let mut what = first(&bytes);
        // Zeros may end behind the header's bytes.
        let whole = bytes.starts_with(CHUNK_MAGIC);
        if what == First::Chunk && !whole {
            read_at(reader, offset, CHUNK, &mut bytes)?;
            what = first(&bytes);
        }
        let place = match what {
            First::Chunk => Place::Chunk { offset, first: first_record(&bytes) },
            First::Header => {
                logs.push(Log::default());
                Place::Header { bytes: FILE_HEADER.min(length - offset) }
            }
            First::Other => gap(reader, offset, length, &mut bytes)?,
        };
        offset += match place {
            Place::Chunk { .. } => CHUNK as u64,
            Place::Header { bytes } | Place::Gap { bytes, .. } => bytes,
        };
        if let Some(log) = logs.last_mut() {
            log.places.push(place);
        }
    }
    Ok(logs)
}

/// A header whose numbers run backwards says nothing about its place.
fn first_record(bytes: &[u8]) -> u64 {
    match EvtxChunkHeader::from_bytes(bytes.get(..CHUNK_HEADER).unwrap_or_default()) {
        Ok(header) if header.first_event_record_id <= header.last_event_record_id => header.first_event_record_id,
        Ok(_) | Err(_) => u64::MAX,
    }
}

/// What stands here up to the next chunk, or to the end.
fn gap<R: Read + Seek>(reader: &mut R, offset: u64, length: u64, bytes: &mut Vec<u8>) -> io::Result<Place> {
    let mut at = offset + 1;
    while at < length {
        read_at(reader, at, CHUNK, bytes)?;
        if let Some(found) = next_magic(bytes, 0) {
            return Ok(Place::Gap { offset, bytes: at + found as u64 - offset, last: false });
        }
        if bytes.len() < CHUNK {
            break;
        }
        at += (CHUNK - (CHUNK_MAGIC.len() - 1)) as u64;
    }
    Ok(Place::Gap { offset, bytes: length - offset, last: true })
}
