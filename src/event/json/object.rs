//! The members of an object as they stand, one by one.
//!
//! In: bytes and the span of an object. Out: keys and spans of values, in order. Never here: decoding, recursion, memory.

use super::{Damage, find_quote_or_escape, skip_space, string_end, value_end};

/// A span of bytes.
pub(crate) type Span = (usize, usize);

/// Walks the members of the object whose `{` is at the start of the span; an error comes once and ends the walk.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Levels open around the members.
    open: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    First,
    Later,
    Done,
}

/// A member: the inside of its key, and its value from first to last byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) key: Span,
    /// The key has escapes.
    pub(crate) escaped: bool,
    pub(crate) value: Span,
}

impl<'a> Object<'a> {
    /// The object at this offset, with `open` levels open around it.
    pub(crate) fn new(bytes: &'a [u8], at: usize, open: usize) -> Self {
        Self { bytes, at, open: open + 1, state: State::First }
    }

    /// Offset behind what was walked so far; behind the object, once the walk has ended well.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn step(&mut self) -> Result<Option<Member>, Damage> {
        let bytes = self.bytes;
        let mut at = skip_space(bytes, self.at);
        match (self.state, bytes.get(at)) {
            (State::First, Some(b'{')) => {
                at = skip_space(bytes, at + 1);
                if bytes.get(at) == Some(&b'}') {
                    self.at = at + 1;
                    return Ok(None);
                }
            }
            (State::Later, Some(b'}')) => {
                self.at = at + 1;
                return Ok(None);
            }
            (State::Later, Some(b',')) => at = skip_space(bytes, at + 1),
            (State::First, _) => return Err(Damage::new(at, "no object")),
            (State::Later | State::Done, Some(_)) => {
                return Err(Damage::new(at, "neither a comma nor the end of the object"));
            }
            (State::Later | State::Done, None) => return Err(Damage::new(at, "an object that does not close")),
        }
        if bytes.get(at) != Some(&b'"') {
            let reason = if at < bytes.len() { "a key is missing" } else { "an object that does not close" };
            return Err(Damage::new(at, reason));
        }
        let open = || Damage::new(at, "a text that does not end");
        let stop = find_quote_or_escape(bytes, at + 1).ok_or_else(open)?;
        let escaped = bytes.get(stop) == Some(&b'\\');
        let end = if escaped { string_end(bytes, at + 1).ok_or_else(open)? } else { stop };
        let key = (at + 1, end);
        at = skip_space(bytes, end + 1);
        if bytes.get(at) != Some(&b':') {
            return Err(Damage::new(at, "a colon is missing"));
        }
        at = skip_space(bytes, at + 1);
        let end = value_end(bytes, at, self.open)?;
        self.at = end;
        self.state = State::Later;
        Ok(Some(Member { key, escaped, value: (at, end) }))
    }
}

/// Calls `visit` with the keys of the object at the start of these bytes, as they stand.
pub(crate) fn keys(bytes: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<(), Damage> {
    for member in Object::new(bytes, 0, 0) {
        let (start, end) = member?.key;
        visit(bytes.get(start..end).unwrap_or_default());
    }
    Ok(())
}

impl Iterator for Object<'_> {
    type Item = Result<Member, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        let step = self.step().transpose();
        if !matches!(step, Some(Ok(_))) {
            self.state = State::Done;
        }
        step
    }
}

/// The members of a list as spans, one by one; an error comes once and ends the walk.
#[derive(Clone, Debug)]
pub(crate) struct Array<'a> {
    bytes: &'a [u8],
    at: usize,
    open: usize,
    state: State,
}

impl<'a> Array<'a> {
    /// The list at this offset, with `open` levels open around it.
    pub(crate) fn new(bytes: &'a [u8], at: usize, open: usize) -> Self {
        Self { bytes, at, open: open + 1, state: State::First }
    }

    fn step(&mut self) -> Result<Option<Span>, Damage> {
        let bytes = self.bytes;
        let mut at = skip_space(bytes, self.at);
        match (self.state, bytes.get(at)) {
            (State::First, Some(b'[')) => {
                at = skip_space(bytes, at + 1);
                if bytes.get(at) == Some(&b']') {
                    return Ok(None);
                }
            }
            (State::Later, Some(b']')) => return Ok(None),
            (State::Later, Some(b',')) => at = skip_space(bytes, at + 1),
            (State::First, _) => return Err(Damage::new(at, "no list")),
            (State::Later | State::Done, _) => return Err(Damage::new(at, "neither a comma nor the end of the list")),
        }
        let end = value_end(bytes, at, self.open)?;
        self.at = end;
        self.state = State::Later;
        Ok(Some((at, end)))
    }
}

impl Iterator for Array<'_> {
    type Item = Result<Span, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        let step = self.step().transpose();
        if !matches!(step, Some(Ok(_))) {
            self.state = State::Done;
        }
        step
    }
}
