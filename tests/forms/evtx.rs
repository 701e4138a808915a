//! Windows' binary event log, one chunk of it.

use crate::events::{EVENTS, Made, V};

// What the builder of the reader's own tests takes from its parent.
const CHUNK: usize = 65_536;
const CHUNK_HEADER: usize = 512;
const FILE_HEADER: u64 = 4096;
const RECORD_MAGIC: &[u8] = b"\x2a\x2a\0\0";

#[allow(dead_code)]
#[path = "../../src/event/evtx/made.rs"]
mod made;

use made::{Chunk, Element, NULL, Piece, Sub, Text, Typed, string, u16_, u32_};

/// The first three groups are little-endian numbers.
fn guid(text: &str) -> Typed {
    let hex: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let mut bytes: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect();
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    (0x0f, bytes)
}

/// Tenths of microseconds since 1601.
fn file_time(text: &str) -> Typed {
    let time: jiff::Timestamp = text.parse().unwrap();
    let since_1601 = (time.as_nanosecond() / 100) as u64 + 116_444_736_000_000_000;
    (0x11, since_1601.to_le_bytes().to_vec())
}

fn typed(value: V) -> Typed {
    match value {
        V::Text("") => NULL,
        V::Text(text) => string(text),
        V::Number(number) => u32_(number),
        V::Truth(truth) => (0x0d, u32::from(truth).to_le_bytes().to_vec()),
        V::Guid(text) => guid(text),
        V::Hex(number) => (0x15, number.to_le_bytes().to_vec()),
    }
}

fn add(chunk: &mut Chunk, made: &Made) {
    let mut values = vec![
        u16_(made.id as u16),
        (0x04, vec![made.version as u8]),
        (0x04, vec![4]),
        (0x15, made.keywords.to_le_bytes().to_vec()),
        file_time(made.time),
        (0x0a, made.record.to_le_bytes().to_vec()),
        u32_(made.pid),
        u32_(made.tid),
        made.guid.map_or(NULL, guid),
        // S-1-5-18
        made.sid.map_or(NULL, |_| (0x13, vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0])),
    ];
    let header = values.len();
    values.extend(made.data.iter().map(|(_, value)| typed(*value)));
    let names: Vec<[(&str, Piece<'_>); 1]> = made.data.iter().map(|(name, _)| [("Name", Text(name))]).collect();
    let subs: Vec<[Piece<'_>; 1]> =
        (0..made.data.len()).map(|at| [Sub((header + at) as u16, values[header + at].0)]).collect();
    let data: Vec<Piece<'_>> = names
        .iter()
        .zip(&subs)
        .zip(made.data)
        .map(|((name, value), (own, _))| Element("Data", if own.is_empty() { &[] } else { name }, value))
        .collect();
    let system = [
        Element("Provider", &[("Name", Text(made.provider)), ("Guid", Sub(8, 0x0f))], &[]),
        Element("EventID", &[], &[Sub(0, 0x06)]),
        Element("Version", &[], &[Sub(1, 0x04)]),
        Element("Level", &[], &[Sub(2, 0x04)]),
        Element("Keywords", &[], &[Sub(3, 0x15)]),
        Element("TimeCreated", &[("SystemTime", Sub(4, 0x11))], &[]),
        Element("EventRecordID", &[], &[Sub(5, 0x0a)]),
        Element("Execution", &[("ProcessID", Sub(6, 0x08)), ("ThreadID", Sub(7, 0x08))], &[]),
        Element("Channel", &[], &[Text(made.channel)]),
        Element("Computer", &[], &[Text(made.computer)]),
        Element("Security", &[("UserID", Sub(9, 0x13))], &[]),
    ];
    let event = [Element("System", &[], &system), Element("EventData", &[], &data)];
    chunk.record(&Element("Event", &[], &event), &values);
}

pub fn evtx() -> Vec<u8> {
    let mut chunk = Chunk::new();
    EVENTS.iter().for_each(|made| add(&mut chunk, made));
    chunk.file()
}
