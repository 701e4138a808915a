//! Small EVTX files made by hand: one chunk, templates defined where they are used.

use super::{CHUNK, CHUNK_HEADER, FILE_HEADER, RECORD_MAGIC};

/// 2024-01-31T10:00:00.1234567Z
pub(super) const TIME: u64 = 133_511_688_001_234_567;
pub(super) const SYSMON: [u8; 16] =
    [0x5f, 0x38, 0x70, 0x57, 0x2a, 0xc2, 0xe0, 0x43, 0xbf, 0x4c, 0x06, 0xf5, 0x69, 0x8f, 0xfb, 0xd9];

/// A value of a template: its type and its bytes.
pub(super) type Typed = (u8, Vec<u8>);

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn string(text: &str) -> Typed {
    (0x01, utf16(text))
}

pub(super) fn strings(texts: &[&str]) -> Typed {
    (0x81, texts.iter().flat_map(|text| utf16(&format!("{text}\0"))).collect())
}

pub(super) fn u16_(number: u16) -> Typed {
    (0x06, number.to_le_bytes().to_vec())
}

pub(super) fn u32_(number: u32) -> Typed {
    (0x08, number.to_le_bytes().to_vec())
}

pub(super) const NULL: Typed = (0x00, Vec::new());

/// One chunk under construction; its offsets are those of the chunk.
pub(super) struct Chunk {
    bytes: Vec<u8>,
    records: u64,
}

impl Chunk {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; CHUNK_HEADER], records: 0 }
    }

    fn name(&mut self, name: &str) {
        let here = self.bytes.len() as u32 + 4;
        self.bytes.extend(here.to_le_bytes());
        // No next name, no hash.
        self.bytes.extend([0; 6]);
        self.bytes.extend((name.len() as u16).to_le_bytes());
        self.bytes.extend(utf16(name));
        self.bytes.extend([0; 2]);
    }

    /// `<name ATTRIBUTES>CONTENT</name>`: attributes by name, and text or the number of a value.
    fn element(&mut self, name: &str, attributes: &[(&str, Piece<'_>)], content: &[Piece<'_>]) {
        self.bytes.push(if attributes.is_empty() { 0x01 } else { 0x41 });
        self.bytes.extend(u16::MAX.to_le_bytes());
        self.bytes.extend([0; 4]);
        self.name(name);
        if !attributes.is_empty() {
            self.bytes.extend([0; 4]);
        }
        for (i, (name, value)) in attributes.iter().enumerate() {
            self.bytes.push(if i + 1 < attributes.len() { 0x46 } else { 0x06 });
            self.name(name);
            self.piece(value);
        }
        self.bytes.push(0x02);
        for piece in content {
            self.piece(piece);
        }
        self.bytes.push(0x04);
    }

    fn piece(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Text(text) => {
                self.bytes.extend([0x05, 0x01]);
                self.bytes.extend((text.encode_utf16().count() as u16).to_le_bytes());
                self.bytes.extend(utf16(text));
            }
            Piece::Value(number, kind) => {
                self.bytes.push(0x0e);
                self.bytes.extend(number.to_le_bytes());
                self.bytes.push(*kind);
            }
            Piece::Element(name, attributes, content) => self.element(name, attributes, content),
        }
    }

    /// A template that is defined here, and its values.
    fn template(&mut self, root: &Piece<'_>, values: &[Typed]) {
        self.bytes.extend([0x0f, 1, 1, 0, 0x0c, 1]);
        self.bytes.extend([7; 4]);
        let definition = self.bytes.len() as u32 + 4;
        self.bytes.extend(definition.to_le_bytes());
        self.bytes.extend([0; 20]);
        let size = self.bytes.len();
        self.bytes.extend([0; 4]);
        self.bytes.extend([0x0f, 1, 1, 0]);
        self.piece(root);
        self.bytes.push(0x00);
        let len = (self.bytes.len() - size - 4) as u32;
        self.bytes[size..size + 4].copy_from_slice(&len.to_le_bytes());
        self.bytes.extend((values.len() as u32).to_le_bytes());
        for (kind, bytes) in values {
            self.bytes.extend((bytes.len() as u16).to_le_bytes());
            self.bytes.extend([*kind, 0]);
        }
        for (_, bytes) in values {
            self.bytes.extend(bytes);
        }
        self.bytes.push(0x00);
    }

    /// A record of this element and these values.
    pub(super) fn record(&mut self, root: &Piece<'_>, values: &[Typed]) {
        self.records += 1;
        let start = self.bytes.len();
        self.bytes.extend(RECORD_MAGIC);
        self.bytes.extend([0; 4]);
        self.bytes.extend(self.records.to_le_bytes());
        self.bytes.extend(TIME.to_le_bytes());
        self.template(root, values);
        let size = (self.bytes.len() - start + 4) as u32;
        self.bytes[start + 4..start + 8].copy_from_slice(&size.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
    }

    /// A file of this one chunk.
    pub(super) fn file(mut self) -> Vec<u8> {
        let end = self.bytes.len() as u32;
        let mut header = b"ElfChnk\0".to_vec();
        for number in [1, self.records, 1, self.records] {
            header.extend(number.to_le_bytes());
        }
        for number in [128, end, end, 0] {
            header.extend(number.to_le_bytes());
        }
        self.bytes[..header.len()].copy_from_slice(&header);
        // Without checksums.
        self.bytes[120] = 4;
        self.bytes.resize(CHUNK, 0);
        let mut file = b"ElfFile\0".to_vec();
        file.resize(FILE_HEADER as usize, 0);
        file.extend(self.bytes);
        file
    }
}

#[derive(Clone, Copy)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Value(u16, u8),
    Element(&'a str, &'a [(&'a str, Piece<'a>)], &'a [Piece<'a>]),
}
pub(super) use Piece::{Element, Text, Value as Sub};

/// The header of an event of Sysmon, and the rest of the event. Values 0 to 3 are id, level, keywords, and the account.
pub(super) fn record(chunk: &mut Chunk, rest: &Piece<'_>, values: &[Typed]) {
    let system = [
        Element("Provider", &[("Name", Text("Microsoft-Windows-Sysmon")), ("Guid", Sub(4, 0x0f))], &[]),
        Element("EventID", &[], &[Sub(0, 0x06)]),
        Element("Version", &[], &[Text("5")]),
        Element("Level", &[], &[Sub(1, 0x06)]),
        Element("Task", &[], &[Text("1")]),
        Element("Opcode", &[], &[Text("0")]),
        Element("Keywords", &[], &[Sub(2, 0x15)]),
        Element("TimeCreated", &[("SystemTime", Sub(5, 0x11))], &[]),
        Element("EventRecordID", &[], &[Text("4711")]),
        Element("Correlation", &[("ActivityID", Sub(6, 0x0f))], &[]),
        Element("Execution", &[("ProcessID", Text("1912")), ("ThreadID", Text("0"))], &[]),
        Element("Channel", &[], &[Text("Microsoft-Windows-Sysmon/Operational")]),
        Element("Computer", &[], &[Text("PC1")]),
        Element("Security", &[("UserID", Sub(3, 0x13))], &[]),
    ];
    let event = [Element("System", &[], &system), *rest];
    chunk.record(&Element("Event", &[("xmlns", Text("x"))], &event), values);
}

/// Values 0 to 6 of [`record`].
pub(super) fn header(id: u16, level: u16, keywords: u64) -> Vec<Typed> {
    vec![
        u16_(id),
        u16_(level),
        (0x15, keywords.to_le_bytes().to_vec()),
        (0x13, vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]),
        (0x0f, SYSMON.to_vec()),
        (0x11, TIME.to_le_bytes().to_vec()),
        NULL,
    ]
}
