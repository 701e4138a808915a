//! Values, each once.
//!
//! In: raw values of views, and the record that they are of. Out: small numbers, and the values again, borrowed. Logs repeat themselves:
//! most values stand in thousands of events. What is long and stands in the record as it was read stays there. Never here: which event or
//! field a value is of.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::chunks::Chunks;
use crate::ast::Number;
use crate::event::{Raw, RawList, RawMap, Value, json};

/// Bytes of an undecoded text up to which it is decoded at once; a longer one stays as it stands, where its record has it.
const DECODED: usize = 512;
/// The same where no record has it, so that limits are met where they would be.
const KEPT: usize = 65_536;

/// The number of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ValueId(pub(super) u32);

/// What stands undecoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    Text,
    List,
    Map,
}

/// Records, one behind the other.
pub(super) type Records = Chunks<Vec<u8>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Absent,
    Null,
    Malformed,
    Bool(bool),
    Number(u32),
    Text(u32, u32),
    Raw(Form, u32, u32),
    /// The same, in a record.
    Line(Form, u32, u32),
    Owned(u32),
    /// It is looked for in the whole record.
    Whole,
}

/// A value, and the number of the reason why a test on it cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    kind: Kind,
    why: u8,
}

/// The records that were read, and the text of one of them.
#[derive(Clone, Copy)]
pub(super) struct Lines<'l> {
    pub(super) records: &'l Records,
    /// The text as it is read now.
    pub(super) text: &'l [u8],
    /// Where it begins among the records.
    pub(super) start: u32,
}

impl Lines<'_> {
    /// Where a part of the text stands among the records.
    fn place(&self, part: &[u8]) -> Option<u32> {
        let (text, part) = (self.text.as_ptr_range(), part.as_ptr_range());
        let inside = text.start <= part.start && part.end <= text.end;
        inside.then(|| (part.start as usize - text.start as usize) as u32 + self.start)
    }
}

/// All values.
#[derive(Default)]
pub(super) struct Pool {
    entries: Vec<Entry>,
    index: HashTable<u32>,
    all: All,
    scratch: String,
}

/// What entries point to.
#[derive(Default)]
struct All {
    /// Decoded texts.
    texts: Chunks<String>,
    /// What stands as it is, and in no record.
    raws: Records,
    numbers: Vec<Number>,
    owned: Vec<Value>,
    /// Why tests cannot be decided; number 0 stands for no reason.
    whys: Vec<&'static str>,
}

impl Pool {
    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        let All { texts, raws, numbers, .. } = &self.all;
        let each = size_of::<Entry>() + size_of::<u32>() + 1;
        texts.items() + raws.items() + self.entries.capacity() * each + numbers.capacity() * size_of::<Number>()
    }

    /// Stores a value.
    pub(super) fn put(&mut self, raw: Raw<'_>, why: Option<&'static str>, lines: Lines<'_>) -> ValueId {
        let why = why.map_or(0, |why| self.all.why_number(why));
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let id = match raw {
            Raw::Absent => self.plain(Kind::Absent, why, lines),
            Raw::Null => self.plain(Kind::Null, why, lines),
            Raw::Bool(value) => self.plain(Kind::Bool(value), why, lines),
            Raw::Malformed => self.plain(Kind::Malformed, why, lines),
            Raw::Number(number) => {
                let bytes = number_bytes(&number);
                let same = |all: &All, kind: Kind| match kind {
                    Kind::Number(at) => all.numbers.get(at as usize).is_some_and(|known| number_bytes(known) == bytes),
                    _ => false,
                };
                let new = |all: &mut All| {
                    all.numbers.push(number);
                    Some(Kind::Number(all.numbers.len() as u32 - 1))
                };
                self.one(&bytes, NUMBER, why, lines, same, new)
            }
            Raw::Text(text) => self.text(text, why, lines),
            Raw::Json(bytes) => {
                let most = if lines.place(bytes).is_some() { DECODED } else { KEPT };
                if bytes.len() <= most && json::decode_string(bytes, &mut scratch).is_ok() {
                    self.text(&scratch, why, lines)
                } else {
                    self.raw(bytes, Form::Text, why, lines)
                }
            }
            Raw::List(RawList::Json(bytes)) => self.raw(bytes, Form::List, why, lines),
            Raw::Map(RawMap::Json(bytes)) => self.raw(bytes, Form::Map, why, lines),
            Raw::List(RawList::Values(values)) => self.own(Value::List(values.to_vec()), why),
            Raw::Map(RawMap::Values(members)) => self.own(Value::Map(members.to_vec()), why),
        };
        self.scratch = scratch;
        id
    }

    /// Stands for a value that is looked for in the whole record.
    pub(super) fn whole(&mut self, lines: Lines<'_>) -> ValueId {
        self.plain(Kind::Whole, 0, lines)
    }

    /// Is it such a one?
    pub(super) fn is_whole(&self, id: ValueId) -> bool {
        self.entries.get(id.0 as usize).is_some_and(|entry| entry.kind == Kind::Whole)
    }

    /// A value; `records` are those that it was put with.
    pub(super) fn get<'a>(&'a self, id: ValueId, records: &'a Records) -> Raw<'a> {
        let Some(entry) = self.entries.get(id.0 as usize) else { return Raw::Absent };
        let all = &self.all;
        match entry.kind {
            Kind::Absent | Kind::Whole => Raw::Absent,
            Kind::Null => Raw::Null,
            Kind::Malformed => Raw::Malformed,
            Kind::Bool(value) => Raw::Bool(value),
            Kind::Number(at) => all.numbers.get(at as usize).map_or(Raw::Absent, |number| Raw::Number(*number)),
            Kind::Text(start, length) => Raw::Text(all.texts.get(start, length).unwrap_or_default()),
            Kind::Raw(form, start, length) => form.raw(all.raws.get(start, length)),
            Kind::Line(form, start, length) => form.raw(records.get(start, length)),
            Kind::Owned(at) => all.owned.get(at as usize).map_or(Raw::Absent, Value::raw),
        }
    }

    /// Why a test on it cannot be decided.
    pub(super) fn why(&self, id: ValueId) -> Option<&'static str> {
        let number = self.entries.get(id.0 as usize)?.why;
        self.all.whys.get(usize::from(number).checked_sub(1)?).copied()
    }

    fn push(&mut self, kind: Kind, why: u8) -> u32 {
        self.entries.push(Entry { kind, why });
        self.entries.len() as u32 - 1
    }

    /// The value that has these bytes, or a new one.
    fn one(
        &mut self,
        bytes: &[u8],
        tag: u8,
        why: u8,
        lines: Lines<'_>,
        same: impl Fn(&All, Kind) -> bool,
        new: impl FnOnce(&mut All) -> Option<Kind>,
    ) -> ValueId {
        let hash = hash_of(tag, bytes, why);
        let is = |id: &u32| {
            self.entries.get(*id as usize).is_some_and(|entry| entry.why == why && same(&self.all, entry.kind))
        };
        if let Some(id) = self.index.find(hash, is) {
            return ValueId(*id);
        }
        // Four gigabytes are far beyond what samples may take.
        let kind = new(&mut self.all).unwrap_or(Kind::Malformed);
        let id = self.push(kind, why);
        let Self { entries, index, all, .. } = self;
        index.insert_unique(hash, id, |id| entries.get(*id as usize).map_or(0, |entry| all.hash(entry, lines.records)));
        ValueId(id)
    }

    fn plain(&mut self, kind: Kind, why: u8, lines: Lines<'_>) -> ValueId {
        self.one(&[], plain_tag(kind), why, lines, |_, other| other == kind, |_| Some(kind))
    }

    fn text(&mut self, text: &str, why: u8, lines: Lines<'_>) -> ValueId {
        let same = |all: &All, kind: Kind| match kind {
            Kind::Text(start, length) => all.texts.get(start, length) == Some(text),
            _ => false,
        };
        let new = |all: &mut All| Some(Kind::Text(all.texts.push(text, text.len())?, text.len() as u32));
        self.one(text.as_bytes(), TEXT, why, lines, same, new)
    }

    fn raw(&mut self, bytes: &[u8], form: Form, why: u8, lines: Lines<'_>) -> ValueId {
        let place = lines.place(bytes);
        if let (Some(start), Form::Map) = (place, form) {
            // No two events have the same data.
            return ValueId(self.push(Kind::Line(form, start, bytes.len() as u32), why));
        }
        let same = |all: &All, kind: Kind| match kind {
            Kind::Raw(of, start, length) => of == form && all.raws.get(start, length) == Some(bytes),
            Kind::Line(of, start, length) => of == form && lines.records.get(start, length) == Some(bytes),
            _ => false,
        };
        let new = |all: &mut All| {
            let length = bytes.len() as u32;
            Some(match place {
                Some(start) => Kind::Line(form, start, length),
                None => Kind::Raw(form, all.raws.push(bytes, bytes.len())?, length),
            })
        };
        self.one(bytes, form as u8, why, lines, same, new)
    }

    /// A value of its own: they are rare, and each stands once more for every event.
    fn own(&mut self, value: Value, why: u8) -> ValueId {
        let at = self.all.owned.len() as u32;
        self.all.owned.push(value);
        ValueId(self.push(Kind::Owned(at), why))
    }
}

impl Form {
    fn raw(self, bytes: Option<&[u8]>) -> Raw<'_> {
        let bytes = bytes.unwrap_or_default();
        match self {
            Form::Text => Raw::Json(bytes),
            Form::List => Raw::List(RawList::Json(bytes)),
            Form::Map => Raw::Map(RawMap::Json(bytes)),
        }
    }
}

impl All {
    fn why_number(&mut self, why: &'static str) -> u8 {
        let known = self.whys.iter().position(|known| *known == why);
        let at = known.unwrap_or_else(|| {
            self.whys.push(why);
            self.whys.len() - 1
        });
        // There are a handful of reasons.
        at as u8 + 1
    }

    fn hash(&self, entry: &Entry, records: &Records) -> u64 {
        let of = |tag: u8, bytes: &[u8]| hash_of(tag, bytes, entry.why);
        match entry.kind {
            Kind::Text(start, length) => of(TEXT, self.texts.get(start, length).unwrap_or_default().as_bytes()),
            Kind::Raw(form, start, length) => of(form as u8, self.raws.get(start, length).unwrap_or_default()),
            Kind::Line(form, start, length) => of(form as u8, records.get(start, length).unwrap_or_default()),
            Kind::Number(at) => self.numbers.get(at as usize).map_or(0, |number| of(NUMBER, &number_bytes(number))),
            kind => of(plain_tag(kind), &[]),
        }
    }
}

// Tags of hashes; those below are the forms'.
const TEXT: u8 = 3;
const NUMBER: u8 = 4;

fn plain_tag(kind: Kind) -> u8 {
    match kind {
        Kind::Absent => 5,
        Kind::Null => 6,
        Kind::Malformed => 7,
        Kind::Bool(value) => 8 + u8::from(value),
        Kind::Whole => 10,
        Kind::Number(_) | Kind::Text(..) | Kind::Raw(..) | Kind::Line(..) | Kind::Owned(_) => 11,
    }
}

/// What makes a number equal to another: its kind and its bits.
fn number_bytes(number: &Number) -> [u8; 17] {
    let (kind, bits) = match number {
        Number::Int(value) => (0, value.to_le_bytes()),
        Number::Float(value) => (1, u128::from(value.to_bits()).to_le_bytes()),
    };
    let mut bytes = [kind; 17];
    bytes.iter_mut().zip(bits).for_each(|(byte, bit)| *byte = bit);
    bytes
}

fn hash_of(tag: u8, bytes: &[u8], why: u8) -> u64 {
    let mut hasher = FxHasher::default();
    (tag, bytes, why).hash(&mut hasher);
    hasher.finish()
}
