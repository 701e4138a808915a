//! The shape of a record: elements, attributes, and the places where its values go.
//!
//! In: the bytes of one chunk and where a stream of binary XML stands in it. Out: a tree of [`Piece`]s, names as text,
//! values as numbers of a substitution. The `evtx` crate decodes and types the values but keeps the trees to itself, so the
//! names are read here. Never here: values, the agent's names. The depth of a tree is at most [`DEPTH`].

use std::collections::hash_map::Entry;
use std::rc::Rc;

use rustc_hash::FxHashMap;

/// Elements open at once, templates in templates included. Real events have five.
pub(super) const DEPTH: usize = 64;
/// Pieces kept for the templates of one chunk. A hostile chunk can name as many templates as it has bytes.
const KEPT: usize = 1 << 17;

/// One part of a stream or of an element's content.
#[derive(Debug)]
pub(super) enum Piece {
    Element(Element),
    Text(String),
    /// The value of this number goes here.
    Value(u16),
    /// The template of this number, counted within the stream, goes here.
    Template(usize),
}

#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    /// Left out where the value of this number is null.
    pub(super) needs: Option<u16>,
    pub(super) attributes: Vec<(String, Vec<Piece>)>,
    pub(super) content: Vec<Piece>,
}

/// Why a stream could not be read.
pub(super) type Fault = &'static str;

const CUT: Fault = "its binary XML goes beyond its chunk";

/// The templates of one chunk, each read once.
#[derive(Default)]
pub(super) struct Templates {
    read: FxHashMap<u32, Rc<[Piece]>>,
    pieces: usize,
}

impl Templates {
    /// The template whose definition stands at this offset of the chunk.
    pub(super) fn at(&mut self, chunk: &[u8], offset: u32) -> Result<Rc<[Piece]>, Fault> {
        if self.pieces > KEPT {
            *self = Self::default();
        }
        match self.read.entry(offset) {
            Entry::Occupied(entry) => Ok(Rc::clone(entry.get())),
            Entry::Vacant(entry) => {
                // Offset of the next definition, the template's GUID, the size of what follows.
                let mut cursor = Cursor { chunk, at: offset as usize };
                cursor.skip(20)?;
                let size = cursor.u32()? as usize;
                let mut reader = Reader { cursor, definition: true, pieces: 0, templates: 0 };
                let end = reader.cursor.at.saturating_add(size);
                let pieces: Rc<[Piece]> = reader.stream(end)?.into();
                self.pieces += reader.pieces;
                Ok(Rc::clone(entry.insert(pieces)))
            }
        }
    }
}

/// The pieces of a stream that is not the definition of a template: `len` bytes at `at`.
pub(super) fn stream(chunk: &[u8], at: usize, len: usize) -> Result<Vec<Piece>, Fault> {
    Reader { cursor: Cursor { chunk, at }, definition: false, pieces: 0, templates: 0 }.stream(at.saturating_add(len))
}

/// Little-endian numbers, one after another; an error instead of a read beyond the end.
struct Cursor<'a> {
    chunk: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(len).ok_or(CUT)?;
        let taken = self.chunk.get(self.at..end).ok_or(CUT)?;
        self.at = end;
        Ok(taken)
    }

    fn skip(&mut self, len: usize) -> Result<(), Fault> {
        self.take(len).map(|_| ())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| CUT)
    }

    fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    /// A number of UTF-16 units and then these.
    fn text(&mut self) -> Result<String, Fault> {
        let units = usize::from(self.u16()?);
        let bytes = self.take(units * 2)?;
        let mut text = String::with_capacity(units);
        super::text::push_utf16(bytes, &mut text);
        Ok(text)
    }

    /// A name: its offset in the chunk; where that is just here, the name itself follows.
    fn name(&mut self) -> Result<String, Fault> {
        let offset = self.u32()? as usize;
        // Offset of the next name, a hash; the text; a NUL.
        let mut there = Cursor { chunk: self.chunk, at: offset };
        there.skip(6)?;
        let name = there.text()?;
        there.skip(2)?;
        if offset == self.at {
            self.at = there.at;
        }
        Ok(name)
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// Elements of a definition say on which value they depend.
    definition: bool,
    pieces: usize,
    templates: usize,
}

/// An element that is not closed yet.
struct Open {
    element: Element,
    /// Between its name and its `>`: values belong to the last attribute.
    head: bool,
}

impl Reader<'_> {
    fn stream(&mut self, end: usize) -> Result<Vec<Piece>, Fault> {
        let mut open: Vec<Open> = Vec::new();
        let mut done: Vec<Piece> = Vec::new();
        while self.cursor.at < end {
            let token = self.cursor.u8()?;
            self.pieces += 1;
            // Bit 0x40: more of the same follows (or, of an element: it has attributes).
            match token & !0x40 {
                0x00 => break,
                0x01 => {
                    if open.len() >= DEPTH {
                        return Err("its elements are nested too deep");
                    }
                    let element = self.element(token & 0x40 != 0)?;
                    open.push(Open { element, head: true });
                }
                0x02 => {
                    if let Some(open) = open.last_mut() {
                        open.head = false;
                    }
                }
                0x03 | 0x04 => {
                    let Some(closed) = open.pop() else { return Err("it closes an element that it did not open") };
                    add(&mut open, &mut done, Piece::Element(closed.element));
                }
                0x05 => {
                    if self.cursor.u8()? != 0x01 {
                        return Err("a literal value is no text");
                    }
                    let text = self.cursor.text()?;
                    add(&mut open, &mut done, Piece::Text(text));
                }
                0x06 => {
                    let name = self.cursor.name()?;
                    let Some(open) = open.last_mut() else { return Err("an attribute without an element") };
                    open.element.attributes.push((name, Vec::new()));
                }
                0x07 => {
                    let text = self.cursor.text()?;
                    add(&mut open, &mut done, Piece::Text(text));
                }
                0x08 => {
                    let unit = self.cursor.u16()?;
                    let mut text = String::new();
                    super::text::push_utf16(&unit.to_le_bytes(), &mut text);
                    add(&mut open, &mut done, Piece::Text(text));
                }
                0x09 => {
                    let text = match self.cursor.name()?.as_str() {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        "apos" => "'",
                        _ => return Err("it names an entity that XML does not have"),
                    };
                    add(&mut open, &mut done, Piece::Text(text.to_string()));
                }
                // Processing instructions say nothing to anybody.
                0x0a => self.cursor.name().map(|_| ())?,
                0x0b => self.cursor.text().map(|_| ())?,
                0x0c => {
                    self.skip_template()?;
                    add(&mut open, &mut done, Piece::Template(self.templates));
                    self.templates += 1;
                }
                0x0d | 0x0e => {
                    let number = self.cursor.u16()?;
                    self.cursor.skip(1)?;
                    add(&mut open, &mut done, Piece::Value(number));
                }
                0x0f => self.cursor.skip(3)?,
                _ => return Err("its binary XML has an unknown token"),
            }
        }
        if open.is_empty() { Ok(done) } else { Err("its binary XML ends inside of an element") }
    }

    fn element(&mut self, attributes: bool) -> Result<Element, Fault> {
        let needs = if self.definition { Some(self.cursor.u16()?).filter(|needs| *needs != u16::MAX) } else { None };
        self.cursor.skip(4)?;
        let name = self.cursor.name()?;
        if attributes {
            self.cursor.skip(4)?;
        }
        Ok(Element { name, needs, attributes: Vec::new(), content: Vec::new() })
    }

    /// Past a template and its values.
    fn skip_template(&mut self) -> Result<(), Fault> {
        self.cursor.skip(5)?;
        let definition = self.cursor.u32()? as usize;
        if definition == self.cursor.at {
            self.cursor.skip(20)?;
            let size = self.cursor.u32()? as usize;
            self.cursor.skip(size)?;
        }
        let values = self.cursor.u32()? as usize;
        let table = self.cursor.take(values.saturating_mul(4))?;
        let sizes = table.chunks_exact(4).map(|entry| match entry {
            [low, high, ..] => usize::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        });
        self.cursor.skip(sizes.sum())
    }
}

/// Adds a piece to where the reader stands.
fn add(open: &mut [Open], done: &mut Vec<Piece>, piece: Piece) {
    match open.last_mut() {
        Some(Open { element, head: true }) => match element.attributes.last_mut() {
            Some((_, value)) => value.push(piece),
            None => element.content.push(piece),
        },
        Some(Open { element, head: false }) => element.content.push(piece),
        None => done.push(piece),
    }
}
