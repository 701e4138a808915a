//! The members of a list, one by one, in either of its forms.
//!
//! In: a [`RawList`]. Out: raw values. Never here: decoding.

use std::collections::HashSet;

use super::{Damage, classify, parse, skip_space, value_end};
use crate::event::{Raw, RawList, RawMap, Value};

/// Walks the members of a list. Where the list is no JSON, [`Raw::Malformed`] comes once, and nothing after it.
#[derive(Clone, Debug)]
pub struct Members<'a>(State<'a>);

#[derive(Clone, Debug)]
enum State<'a> {
    Values(std::slice::Iter<'a, Value>),
    Json { bytes: &'a [u8], at: usize },
    Done,
}

impl<'a> RawList<'a> {
    /// The members in order.
    pub fn members(self) -> Members<'a> {
        Members(match self {
            RawList::Values(values) => State::Values(values.iter()),
            RawList::Json(bytes) => State::Json { bytes, at: 0 },
        })
    }
}

impl RawMap<'_> {
    /// Is there no member?
    pub fn is_empty(self) -> bool {
        match self {
            RawMap::Values(members) => members.is_empty(),
            RawMap::Json(bytes) => bytes.get(skip_space(bytes, 1)) == Some(&b'}'),
        }
    }

    /// The number of its keys, equal ones counted once; the map is read whole for it.
    pub fn keys(self) -> Result<usize, Damage> {
        let distinct = |members: &[(String, Value)]| members.iter().map(|(key, _)| key).collect::<HashSet<_>>().len();
        match self {
            RawMap::Values(members) => Ok(distinct(members)),
            RawMap::Json(bytes) => match parse(bytes)? {
                Value::Map(members) => Ok(distinct(&members)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => Ok(0),
            },
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        match &mut self.0 {
            State::Values(values) => values.next().map(Value::raw),
            State::Json { bytes, at } => {
                let bytes = *bytes;
                match next_member(bytes, *at) {
                    Step::Member(raw, next) => {
                        *at = next;
                        Some(raw)
                    }
                    Step::End => {
                        self.0 = State::Done;
                        None
                    }
                    Step::Malformed => {
                        self.0 = State::Done;
                        Some(Raw::Malformed)
                    }
                }
            }
            State::Done => None,
        }
    }
}

enum Step<'a> {
    Member(Raw<'a>, usize),
    End,
    Malformed,
}

/// The member behind `at`, where 0 is the start of the list and anything else the end of the member before.
fn next_member(bytes: &[u8], at: usize) -> Step<'_> {
    let mut start = skip_space(bytes, at);
    match bytes.get(start) {
        Some(b'[') if at == 0 => {
            start = skip_space(bytes, start + 1);
            if bytes.get(start) == Some(&b']') {
                return Step::End;
            }
        }
        Some(b',') if at > 0 => start = skip_space(bytes, start + 1),
        Some(b']') if at > 0 => return Step::End,
        Some(_) | None => return Step::Malformed,
    }
    let Ok(end) = value_end(bytes, start, 1) else { return Step::Malformed };
    match bytes.get(start..end) {
        Some(value) => Step::Member(classify(value), end),
        None => Step::Malformed,
    }
}
