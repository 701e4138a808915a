//! Values, each once.
//!
//! In: raw values of views. Out: small numbers, and the values again, borrowed. Logs repeat themselves: most values stand in thousands of
//! events. Never here: which event or field a value is of.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::ast::Number;
use crate::event::{Raw, RawList, RawMap, Value, json};

/// Bytes of an undecoded text up to which it is decoded at once; a longer one stays as it stands, so that limits are met where they
/// would be.
const DECODED: usize = 65_536;

/// The number of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ValueId(pub(super) u32);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Absent,
    Null,
    Bool(bool),
    Number(Number),
    Text(u32, u32),
    Json(usize, usize),
    List(usize, usize),
    Map(usize, usize),
    Owned(u32),
    Malformed,
}

/// A value, and why a test on it cannot be decided, if it cannot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    kind: Kind,
    why: Option<&'static str>,
}

/// All values.
#[derive(Default)]
pub(super) struct Pool {
    entries: Vec<Entry>,
    index: HashTable<u32>,
    /// Decoded texts, one behind the other.
    texts: String,
    /// What stands as it is.
    raws: Vec<u8>,
    owned: Vec<Value>,
    scratch: String,
}

impl Pool {
    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        self.texts.len() + self.raws.len() + self.entries.len() * size_of::<Entry>()
    }

    /// Stores a value.
    pub(super) fn put(&mut self, raw: Raw<'_>, why: Option<&'static str>) -> ValueId {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let id = match raw {
            Raw::Absent => self.plain(Kind::Absent, why),
            Raw::Null => self.plain(Kind::Null, why),
            Raw::Bool(value) => self.plain(Kind::Bool(value), why),
            Raw::Number(number) => self.plain(Kind::Number(number), why),
            Raw::Malformed => self.plain(Kind::Malformed, why),
            Raw::Text(text) => self.text(text, why),
            Raw::Json(bytes) if bytes.len() <= DECODED && json::decode_string(bytes, &mut scratch).is_ok() => {
                self.text(&scratch, why)
            }
            Raw::Json(bytes) => self.raw(bytes, Kind::Json, why),
            Raw::List(RawList::Json(bytes)) => self.raw(bytes, Kind::List, why),
            Raw::Map(RawMap::Json(bytes)) => self.raw(bytes, Kind::Map, why),
            Raw::List(RawList::Values(values)) => self.own(Value::List(values.to_vec()), why),
            Raw::Map(RawMap::Values(members)) => self.own(Value::Map(members.to_vec()), why),
        };
        self.scratch = scratch;
        id
    }

    /// A value.
    pub(super) fn get(&self, id: ValueId) -> Raw<'_> {
        let Some(entry) = self.entries.get(id.0 as usize) else { return Raw::Absent };
        match entry.kind {
            Kind::Absent => Raw::Absent,
            Kind::Null => Raw::Null,
            Kind::Bool(value) => Raw::Bool(value),
            Kind::Number(number) => Raw::Number(number),
            Kind::Malformed => Raw::Malformed,
            Kind::Text(start, end) => Raw::Text(self.texts.get(start as usize..end as usize).unwrap_or_default()),
            Kind::Json(start, end) => Raw::Json(self.bytes_of(start, end)),
            Kind::List(start, end) => Raw::List(RawList::Json(self.bytes_of(start, end))),
            Kind::Map(start, end) => Raw::Map(RawMap::Json(self.bytes_of(start, end))),
            Kind::Owned(at) => self.owned.get(at as usize).map_or(Raw::Absent, Value::raw),
        }
    }

    /// Why a test on it cannot be decided.
    pub(super) fn why(&self, id: ValueId) -> Option<&'static str> {
        self.entries.get(id.0 as usize).and_then(|entry| entry.why)
    }

    fn bytes_of(&self, start: usize, end: usize) -> &[u8] {
        self.raws.get(start..end).unwrap_or_default()
    }

    fn add(&mut self, hash: u64, entry: Entry) -> ValueId {
        let id = self.entries.len() as u32;
        self.entries.push(entry);
        let entries = &self.entries;
        let (texts, raws) = (&self.texts, &self.raws);
        self.index.insert_unique(hash, id, |id| {
            entries.get(*id as usize).map_or(0, |entry| hash_of_entry(entry, texts, raws))
        });
        ValueId(id)
    }

    fn plain(&mut self, kind: Kind, why: Option<&'static str>) -> ValueId {
        let entry = Entry { kind, why };
        let hash = hash_of_entry(&entry, "", &[]);
        let found = self.index.find(hash, |id| self.entries.get(*id as usize) == Some(&entry)).copied();
        found.map_or_else(|| self.add(hash, entry), ValueId)
    }

    fn text(&mut self, text: &str, why: Option<&'static str>) -> ValueId {
        let hash = hash_of(TEXT, text.as_bytes(), why);
        let same = |id: &u32| {
            self.entries.get(*id as usize).is_some_and(|entry| match entry.kind {
                Kind::Text(start, end) => {
                    entry.why == why && self.texts.get(start as usize..end as usize) == Some(text)
                }
                _ => false,
            })
        };
        if let Some(id) = self.index.find(hash, same) {
            return ValueId(*id);
        }
        let start = self.texts.len();
        let Some((start, end)) = u32::try_from(start).ok().zip(u32::try_from(start + text.len()).ok()) else {
            // Four gigabytes are far beyond what samples may take.
            return self.plain(Kind::Malformed, why);
        };
        self.texts.push_str(text);
        self.add(hash, Entry { kind: Kind::Text(start, end), why })
    }

    fn raw(&mut self, bytes: &[u8], kind: fn(usize, usize) -> Kind, why: Option<&'static str>) -> ValueId {
        let tag = tag(&kind(0, 0));
        let hash = hash_of(tag, bytes, why);
        let same = |id: &u32| {
            self.entries.get(*id as usize).is_some_and(|entry| {
                entry.why == why && tag == self::tag(&entry.kind) && raw_bytes(&entry.kind, &self.raws) == Some(bytes)
            })
        };
        if let Some(id) = self.index.find(hash, same) {
            return ValueId(*id);
        }
        let start = self.raws.len();
        self.raws.extend_from_slice(bytes);
        self.add(hash, Entry { kind: kind(start, start + bytes.len()), why })
    }

    /// A value of its own: they are rare, and each stands once more for every event.
    fn own(&mut self, value: Value, why: Option<&'static str>) -> ValueId {
        let entry = Entry { kind: Kind::Owned(self.owned.len() as u32), why };
        self.owned.push(value);
        self.entries.push(entry);
        ValueId(self.entries.len() as u32 - 1)
    }
}

const TEXT: u8 = 4;

fn tag(kind: &Kind) -> u8 {
    match kind {
        Kind::Absent => 0,
        Kind::Null => 1,
        Kind::Bool(_) => 2,
        Kind::Number(_) => 3,
        Kind::Text(..) => TEXT,
        Kind::Json(..) => 5,
        Kind::List(..) => 6,
        Kind::Map(..) => 7,
        Kind::Owned(_) => 8,
        Kind::Malformed => 9,
    }
}

fn raw_bytes<'r>(kind: &Kind, raws: &'r [u8]) -> Option<&'r [u8]> {
    match kind {
        Kind::Json(start, end) | Kind::List(start, end) | Kind::Map(start, end) => raws.get(*start..*end),
        Kind::Absent
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::Text(..)
        | Kind::Owned(_)
        | Kind::Malformed => None,
    }
}

fn hash_of(tag: u8, bytes: &[u8], why: Option<&'static str>) -> u64 {
    let mut hasher = FxHasher::default();
    (tag, bytes, why).hash(&mut hasher);
    hasher.finish()
}

fn hash_of_entry(entry: &Entry, texts: &str, raws: &[u8]) -> u64 {
    let of = |bytes: &[u8]| hash_of(tag(&entry.kind), bytes, entry.why);
    match &entry.kind {
        Kind::Text(start, end) => of(texts.as_bytes().get(*start as usize..*end as usize).unwrap_or_default()),
        Kind::Number(number) => of(number.text().as_bytes()),
        Kind::Bool(value) => of(&[u8::from(*value)]),
        Kind::Owned(at) => of(&at.to_le_bytes()),
        Kind::Absent | Kind::Null | Kind::Malformed => of(&[]),
        kind @ (Kind::Json(..) | Kind::List(..) | Kind::Map(..)) => of(raw_bytes(kind, raws).unwrap_or_default()),
    }
}
