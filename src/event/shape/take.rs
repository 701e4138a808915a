//! What all forms of JSON need: members of maps as pieces, attributes of elements, times.
//!
//! In: a record and its parts so far. Out: pieces. Never here: which form it is.

use std::sync::Arc;

use crate::event::agent::{Head, Kind, Pair, Parts, Piece, Source};
use crate::event::json::{Array, Damage, Object, TOO_MANY, has_too_many};

/// A record, and the parts that it is taken into.
pub(super) struct Take<'t> {
    pub(super) record: &'t [u8],
    pub(super) parts: &'t mut Parts,
}

impl Piece {
    /// A piece of the record.
    pub(crate) fn record(kind: Kind, (start, end): (usize, usize)) -> Piece {
        Piece { kind, source: Source::Record, start: start as u32, end: end as u32 }
    }

    /// A JSON value by its span in these bytes.
    pub(crate) fn json(bytes: &[u8], (start, end): (usize, usize), source: Source) -> Piece {
        let kind = match bytes.get(start) {
            Some(b'"') => {
                return Piece {
                    kind: Kind::Json,
                    source,
                    start: start as u32 + 1,
                    end: (end as u32).saturating_sub(1),
                };
            }
            Some(b'{') => Kind::Map,
            Some(b'[') => Kind::List,
            _ if bytes.get(start..end) == Some(b"null") => Kind::Null,
            Some(_) | None => Kind::Scalar,
        };
        Piece { kind, source, start: start as u32, end: end as u32 }
    }

    /// Where it stands.
    pub(crate) fn span(self) -> (usize, usize) {
        (self.start as usize, self.end as usize)
    }

    /// Is there nothing in it?
    pub(crate) fn is_empty(self) -> bool {
        self.kind == Kind::Null || self.start == self.end
    }
}

impl Parts {
    /// A piece with escapes, without them.
    pub(crate) fn unescaped(&mut self, record: &[u8], piece: Piece) -> Result<Piece, Damage> {
        if memchr::memchr(b'\\', self.bytes(record, piece)).is_none() {
            return Ok(piece);
        }
        let mut text = String::new();
        self.decode(record, piece, &mut text)?;
        Ok(self.text(&text))
    }
}

impl Take<'_> {
    pub(super) fn bytes(&self, piece: Piece) -> &[u8] {
        self.parts.bytes(self.record, piece)
    }

    /// The members of a map.
    pub(super) fn members(&mut self, map: Piece) -> Result<Vec<Pair>, Damage> {
        let mut members = Vec::new();
        if map.kind != Kind::Map {
            return Ok(members);
        }
        let mut escaped = Vec::new();
        {
            let bytes = self.whole(map.source);
            let mut object = Object::new(bytes, map.start as usize, 1);
            for member in &mut object {
                let member = member?;
                let key = (member.key.0 as u32, member.key.1 as u32);
                let name = Piece { kind: Kind::Json, source: map.source, start: key.0, end: key.1 };
                if member.escaped {
                    escaped.push(members.len());
                }
                members.push(Pair { name, value: Piece::json(bytes, member.value, map.source) });
            }
            // A document in a text ends where its object does.
            if object.at() < map.end as usize {
                return Err(Damage::new(object.at(), "something behind the end of the object"));
            }
        }
        for at in escaped {
            if let Some(member) = members.get_mut(at) {
                member.name = self.parts.unescaped(self.record, member.name)?;
            }
        }
        Ok(members)
    }

    /// Calls `each` with every key, as it stands, and value of a map.
    pub(super) fn each(&self, map: Piece, mut each: impl FnMut(&[u8], Piece)) -> Result<(), Damage> {
        if map.kind != Kind::Map {
            return Ok(());
        }
        let bytes = self.whole(map.source);
        for member in Object::new(bytes, map.start as usize, 1) {
            let member = member?;
            let key = bytes.get(member.key.0..member.key.1).unwrap_or_default();
            each(key, Piece::json(bytes, member.value, map.source));
        }
        Ok(())
    }

    /// The members of a list.
    pub(super) fn list(&self, list: Piece) -> Result<Vec<Piece>, Damage> {
        let bytes = self.whole(list.source);
        Array::new(bytes, list.start as usize, 1)
            .map(|span| span.map(|span| Piece::json(bytes, span, list.source)))
            .collect()
    }

    /// The first member of this name.
    pub(super) fn member(&self, map: Piece, name: &[u8]) -> Result<Option<Piece>, Damage> {
        if map.kind != Kind::Map {
            return Ok(None);
        }
        let bytes = self.whole(map.source);
        for member in Object::new(bytes, map.start as usize, 1) {
            let member = member?;
            if bytes.get(member.key.0..member.key.1) == Some(name) {
                return Ok(Some(Piece::json(bytes, member.value, map.source)));
            }
        }
        Ok(None)
    }

    fn whole(&self, source: Source) -> &[u8] {
        match source {
            Source::Record => self.record,
            Source::Inner => &self.parts.inner,
            Source::Scratch => self.parts.scratch.as_bytes(),
        }
    }

    /// Decodes a text into the place for inner documents; `None`: it is no text, or empty.
    pub(super) fn open(&mut self, text: Piece) -> Result<Option<Piece>, Damage> {
        let mut decoded = String::new();
        if !self.parts.decode(self.record, text, &mut decoded)? || decoded.trim().is_empty() {
            return Ok(None);
        }
        if has_too_many(decoded.as_bytes()) {
            return Err(Damage::new(text.start as usize, TOO_MANY));
        }
        self.parts.inner = Arc::new(decoded.into_bytes());
        let bytes = &self.parts.inner;
        let start = bytes.len() - bytes.trim_ascii_start().len();
        let end = bytes.trim_ascii_end().len();
        Ok(Some(Piece::json(bytes, (start, end), Source::Inner)))
    }

    /// Puts a piece of the header.
    pub(super) fn put(&mut self, head: Head, piece: Piece) {
        // A value that is wrapped up again: `{"#text": 1, ...}`, `{"Value": 1}`.
        if piece.kind == Kind::Map {
            for name in [b"#text".as_slice(), b"Value", b"value", b"_text", b"$t"] {
                if let Ok(Some(inside)) = self.member(piece, name) {
                    return self.parts.put(head, inside);
                }
            }
            return;
        }
        self.parts.put(head, piece);
    }

    /// Puts a time, as the agent writes it.
    pub(super) fn put_time(&mut self, piece: Piece) {
        self.parts.put_time(self.record, piece);
    }
}
