//! How far an object goes.
//!
//! In: the bytes from the object's `{` on, however they come. Out: where it ends; or that it does not, and which objects were open
//! when that became clear. Never here: more than one look at a byte that is in its place; more looks behind a byte that is not than
//! [`Credit`] allows; memory beyond [`EVENT_DEPTH`] places; what a value says.
//!
//! The walk holds the bytes to the grammar, but for what a scalar or a text says. Behind the first byte that is out of place brackets and
//! quotes alone are paired, as everywhere where nobody reads what stands in a record. Objects inside of an object are walked with
//! it: whoever goes on with one of those that are open needs no second walk.

use std::collections::VecDeque;

use crate::event::json::{find_quote_or_escape, scalar_end, skip_space};
use crate::limits::{EVENT_DEPTH, RECORD_BYTES};

/// Bytes that may be looked at in vain. Every byte that the reading goes on by earns some, so that work stays in proportion to the
/// input, whatever the input is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credit(usize);

impl Credit {
    const MOST: usize = 2 * RECORD_BYTES;
    const EARNED: usize = 4;

    pub(super) fn new() -> Self {
        Self(Self::MOST)
    }

    pub(super) fn earn(&mut self, bytes: usize) {
        self.0 = self.0.saturating_add(bytes.saturating_mul(Self::EARNED)).min(Self::MOST);
    }
}

/// What a walk found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Offset in the stream behind the object.
    At(u64),
    /// More bytes are needed.
    More,
    /// It is damaged, and nobody knows where it ends.
    Lost,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    KeyOrEnd,
    Key,
    Colon,
    Value,
    ValueOrEnd,
    /// A comma, or the end of what is open.
    After,
    /// More of a number or word.
    Scalar,
}

/// An object or list that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    at: u64,
    is_object: bool,
}

/// The pairing of brackets and quotes behind a byte that is out of place.
#[derive(Clone, Copy, Debug)]
struct Pairing {
    /// Where it began.
    from: u64,
    at: u64,
    depth: usize,
    quoted: bool,
    /// What is wrong with the byte is that it opens one level too many.
    too_deep: bool,
}

/// The walk over one object.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    /// Offset in the stream of the next byte.
    at: u64,
    open: VecDeque<Open>,
    next: Next,
    quoted: bool,
    pairing: Option<Pairing>,
}

impl Extent {
    /// Of the object whose `{` stands at this offset of the stream.
    pub(super) fn new(at: u64) -> Self {
        Self { at, open: VecDeque::new(), next: Next::Value, quoted: false, pairing: None }
    }

    /// Goes on. `bytes` are those of the stream from `offset` on, which is not behind the object's start.
    pub(super) fn find(&mut self, bytes: &[u8], offset: u64, credit: &mut Credit) -> End {
        let from = |at: u64| usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
        if self.pairing.is_none()
            && let Some(end) = self.walk(bytes.get(from(self.at)..).unwrap_or_default())
        {
            return end;
        }
        let Some(pairing) = &mut self.pairing else { return End::More };
        pairing.find(bytes.get(from(pairing.at)..).unwrap_or_default(), credit)
    }

    /// The first byte that is out of place, or else the first that was not walked over.
    pub(super) fn walked(&self) -> u64 {
        self.at
    }

    /// Is a byte out of place?
    pub(super) fn is_damaged(&self) -> bool {
        self.pairing.is_some()
    }

    /// Is it out of place because it opens one level too many?
    pub(super) fn is_too_deep(&self) -> bool {
        self.pairing.is_some_and(|pairing| pairing.too_deep)
    }

    /// Is this the start of an object that is open where the walk stands?
    pub(super) fn is_open(&self, at: u64) -> bool {
        self.place(at).is_some()
    }

    fn place(&self, at: u64) -> Option<usize> {
        let place = self.open.binary_search_by_key(&at, |open| open.at).ok()?;
        self.open.get(place).filter(|open| open.is_object).map(|_| place)
    }

    /// The walk over the object that begins there, as far as this one has come: it is open inside of this one.
    pub(super) fn of(mut self, at: u64) -> Option<Self> {
        let place = self.place(at)?;
        self.open.drain(..place);
        self.pairing = match self.pairing {
            // There is room for another level now.
            Some(pairing) if pairing.too_deep && place > 0 => None,
            Some(pairing) => Some(Pairing { at: pairing.from, depth: self.open.len(), quoted: false, ..pairing }),
            None => None,
        };
        Some(self)
    }

    /// Walks to the object's end, the bytes' end, or a byte that is out of place.
    fn walk(&mut self, bytes: &[u8]) -> Option<End> {
        let (base, mut at) = (self.at, 0);
        let result = loop {
            if self.quoted {
                match text_end(bytes, at) {
                    (behind, true) => (self.quoted, at) = (false, behind),
                    (behind, false) => {
                        at = behind;
                        break Some(End::More);
                    }
                }
                continue;
            }
            let Some(byte) = bytes.get(at) else { break Some(End::More) };
            self.next = match (self.next, byte) {
                (Next::Scalar, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r') => {
                    self.next = Next::After;
                    continue;
                }
                (Next::Scalar, b'"' | b'{' | b'[' | b':') => break None,
                (Next::Scalar, _) => {
                    at = scalar_end(bytes, at + 1);
                    continue;
                }
                (_, b' ' | b'\t' | b'\n' | b'\r') => {
                    at = skip_space(bytes, at + 1);
                    continue;
                }
                (Next::KeyOrEnd | Next::Key, b'"') => {
                    self.quoted = true;
                    Next::Colon
                }
                (Next::Value | Next::ValueOrEnd, b'"') => {
                    self.quoted = true;
                    Next::After
                }
                (Next::Colon, b':') => Next::Value,
                (Next::Value | Next::ValueOrEnd, b'{' | b'[') => {
                    if self.open.len() >= EVENT_DEPTH {
                        break None;
                    }
                    let is_object = *byte == b'{';
                    self.open.push_back(Open { at: base + at as u64, is_object });
                    if is_object { Next::KeyOrEnd } else { Next::ValueOrEnd }
                }
                (Next::KeyOrEnd | Next::ValueOrEnd | Next::After, b'}' | b']') => {
                    let is_object = *byte == b'}';
                    if self.open.back().is_none_or(|open| open.is_object != is_object) {
                        break None;
                    }
                    self.open.pop_back();
                    if self.open.is_empty() {
                        break Some(End::At(base + at as u64 + 1));
                    }
                    Next::After
                }
                (Next::After, b',') => match self.open.back() {
                    Some(Open { is_object: true, .. }) => Next::Key,
                    Some(Open { is_object: false, .. }) | None => Next::Value,
                },
                (Next::Value | Next::ValueOrEnd, b',' | b'}' | b']' | b':') => break None,
                (Next::Value | Next::ValueOrEnd, _) => Next::Scalar,
                (Next::KeyOrEnd | Next::Key | Next::Colon | Next::After, _) => break None,
            };
            at += 1;
        };
        self.at = base + at as u64;
        if result.is_none() {
            let too_deep = self.open.len() >= EVENT_DEPTH && matches!(bytes.get(at), Some(b'{' | b'['));
            let depth = self.open.len();
            self.pairing = Some(Pairing { from: self.at, at: self.at, depth, quoted: false, too_deep });
        }
        result
    }
}

impl Pairing {
    fn find(&mut self, bytes: &[u8], credit: &mut Credit) -> End {
        let allowed = bytes.get(..credit.0.min(bytes.len())).unwrap_or_default();
        let mut at = 0;
        let closed = loop {
            if self.quoted {
                let (behind, ended) = text_end(allowed, at);
                at = behind;
                if !ended {
                    break false;
                }
                self.quoted = false;
            }
            let Some(byte) = allowed.get(at) else { break false };
            at += 1;
            match byte {
                b'"' => self.quoted = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        break true;
                    }
                }
                _other => {}
            }
        };
        self.at += at as u64;
        credit.0 = credit.0.saturating_sub(at);
        match closed {
            true => End::At(self.at),
            false if allowed.len() < bytes.len() => End::Lost,
            false => End::More,
        }
    }
}

/// Behind the text in which `at` stands, and `true`; or, if it goes on behind the bytes, where to go on.
#[inline]
fn text_end(bytes: &[u8], mut at: usize) -> (usize, bool) {
    loop {
        match find_quote_or_escape(bytes, at) {
            None => return (bytes.len(), false),
            Some(stop) if bytes.get(stop) == Some(&b'"') => return (stop + 1, true),
            Some(stop) if stop + 1 < bytes.len() => at = stop + 2,
            // What is escaped is still to come.
            Some(stop) => return (stop, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of the object with which a text begins, byte by byte and at once.
    fn end(text: &str, credit: usize) -> (End, u64) {
        let mut at_once = Extent::new(0);
        let all = at_once.find(text.as_bytes(), 0, &mut Credit(credit));
        let (mut slowly, mut credit, mut last) = (Extent::new(0), Credit(credit), End::More);
        for end in 1..=text.len() {
            last = slowly.find(&text.as_bytes()[..end], 0, &mut credit);
            if last != End::More {
                break;
            }
        }
        assert_eq!((all, at_once.walked()), (last, slowly.walked()), "{text}");
        (all, at_once.walked())
    }

    #[test]
    fn an_object_ends_at_its_own_bracket() {
        for object in [
            "{}",
            r#"{"a":1}"#,
            r#"{"a":"}","b":"\"}\\"}"#,
            "{ \"a\" : [ ] , \"b\" : [ 1 , { \"c\" : null } , [ true ] ]\r\n}",
        ] {
            let end_of_it = End::At(object.len() as u64);
            assert_eq!(end(&format!("{object},{{"), 0).0, end_of_it, "{object}");
            for cut in 1..object.len() {
                assert_eq!(end(&object[..cut], 0).0, End::More, "{}", &object[..cut]);
            }
        }
    }

    #[test]
    fn behind_a_byte_out_of_place_brackets_are_paired_as_far_as_there_is_credit() {
        for (text, out_of_place, ends) in [
            (r#"{"a":}"#, 5, 6),
            (r#"{"a" 1}"#, 5, 7),
            (r#"{"a":1 2}"#, 7, 9),
            (r#"{"a":[1}]}"#, 7, 9),
            (r#"{"a":1,}"#, 7, 8),
            (r#"{,"a":"}"}"#, 1, 10),
            (r#"{"a":[1:2]}"#, 7, 11),
        ] {
            let credit = (ends - out_of_place) as usize;
            assert_eq!(end(text, credit), (End::At(ends), out_of_place), "{text}");
            assert_eq!(end(text, credit - 1), (End::Lost, out_of_place), "{text}");
        }
    }

    #[test]
    fn an_object_that_is_open_inside_goes_on_without_a_second_walk() {
        let text = r#"{"a":{"b":{"c":1},"d":{"e":2"#;
        let mut outer = Extent::new(0);
        assert_eq!(outer.find(text.as_bytes(), 0, &mut Credit(0)), End::More);
        assert!(outer.is_open(5) && outer.is_open(22) && !outer.is_open(10) && !outer.is_open(6));
        let mut inner = outer.clone().of(5).unwrap();
        assert_eq!(inner.find(format!("{text}}}}}").as_bytes(), 0, &mut Credit(0)), End::At(30));
        assert_eq!(outer.find(format!("{text}}}}}").as_bytes(), 0, &mut Credit(0)), End::More);
    }

    #[test]
    fn one_level_too_many_is_none_for_what_is_open_inside() {
        let text = r#"{"a":"#.repeat(EVENT_DEPTH + 1);
        let mut outer = Extent::new(0);
        assert_eq!(outer.find(text.as_bytes(), 0, &mut Credit(0)), End::Lost);
        assert!(outer.is_too_deep());
        let mut inner = outer.of(5).unwrap();
        assert_eq!(inner.find(text.as_bytes(), 0, &mut Credit(0)), End::More);
        assert!(!inner.is_damaged());
    }
}
