//! JSON lines, read lazily: one pass over a line finds the values that rules read and leaves them as they stand.
//!
//! In: the bytes of one line and a [`LinePlan`] of a layout. Out: a [`LineView`], or the [`Damage`] that keeps the line from
//! being a record. A line is damaged when its outer object does not close, when something follows it, when an object that
//! was looked into is no JSON, or when more than [`EVENT_DEPTH`](crate::limits::EVENT_DEPTH) levels are open at once. Inside
//! of what nobody reads only brackets and quotes are paired. Never here: files, and any change of what a value says.
//!
//! [`parse`] is the other way: it reads everything, checks everything, and allocates; the measure of the lazy view.

#[cfg(not(target_arch = "wasm32"))]
mod block;
mod count;
mod members;
mod object;
mod parse;
mod plan;
mod predict;
#[cfg(not(target_arch = "wasm32"))]
mod runs;
mod scalar;
mod scan;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use count::{TOO_MANY, has_too_many};
pub use members::Members;
pub(crate) use object::{Array, Object, keys};
pub use parse::parse;
pub use plan::LinePlan;
pub(crate) use scalar::read as scalar;
pub use scan::{LineScanner, LineView};
pub(crate) use text::plain_text;
pub use text::{decode_string, text};

use super::{Raw, RawList, RawMap, Value};

/// Why bytes are no JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset of the byte, from the start of what was read.
    pub at: usize,
    /// What is wrong, in a few words.
    pub reason: &'static str,
}

impl Damage {
    pub(crate) fn new(at: usize, reason: &'static str) -> Self {
        Self { at, reason }
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.at)
    }
}

/// Offset of the first byte at or after `at` that is no white space of JSON.
#[inline]
pub(crate) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Eight bytes at once: the lowest set bit belongs to the first byte that is `byte`.
#[inline(always)]
fn bytes_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let differs = word ^ (ONES * u64::from(byte));
    differs.wrapping_sub(ONES) & !differs & (ONES << 7)
}

/// Eight bytes from `at` on, if there are so many.
#[inline(always)]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

/// Words looked at before a search by vectors, which costs a call, pays.
const SHORT: usize = 4;

/// Offset of the first quote at or after `at`.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
fn find_quote(bytes: &[u8], at: usize) -> Option<usize> {
    // Where it is near, it was found already.
    Some(at + memchr::memchr(b'"', bytes.get(at..)?)?)
}

/// Offset of the first quote at or after `at`.
#[cfg(target_arch = "wasm32")]
#[inline(always)]
fn find_quote(bytes: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..SHORT {
        let Some(word) = word(bytes, at) else { break };
        let hit = bytes_equal(word, b'"');
        if hit != 0 {
            return Some(at + (hit.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    Some(at + memchr::memchr(b'"', bytes.get(at..)?)?)
}

/// Offset of the first quote or backslash at or after `at`.
#[inline(always)]
pub(crate) fn find_quote_or_escape(bytes: &[u8], mut at: usize) -> Option<usize> {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(hits) = block::find_either(bytes, at, b'"', b'\\') {
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize);
        }
        at += block::HEAD;
    }
    for _ in 0..SHORT {
        let Some(word) = word(bytes, at) else { break };
        let hit = bytes_equal(word, b'"') | bytes_equal(word, b'\\');
        if hit != 0 {
            return Some(at + (hit.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    Some(at + memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?)
}

/// Offset of the quote that ends the string whose inside starts at `from`.
#[inline(always)]
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    // A page's module has no vectors.
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(quotes) = block::find(bytes, from, b'"') {
        if quotes == 0 {
            return long_string_end(bytes, from, from + block::BLOCK);
        }
        let end = from + quotes.trailing_zeros() as usize;
        if bytes.get(end.wrapping_sub(1)) != Some(&b'\\') {
            return Some(end);
        }
    }
    long_string_end(bytes, from, from)
}

/// The same for a string without a quote between `from` and `at`.
#[inline(never)]
fn long_string_end(bytes: &[u8], from: usize, mut at: usize) -> Option<usize> {
    loop {
        let end = find_quote(bytes, at)?;
        // A quote behind an odd number of backslashes is escaped. Runs of backslashes are each looked at once.
        let inside = bytes.get(from..end)?;
        if inside.last() != Some(&b'\\') {
            return Some(end);
        }
        let escapes = inside.iter().rev().take_while(|b| **b == b'\\').count();
        if escapes % 2 == 0 {
            return Some(end);
        }
        at = end + 1;
    }
}

/// Offset behind the list or map that starts at `at`, with `open` levels open around it.
fn skip_nested(bytes: &[u8], at: usize, open: usize) -> Result<usize, Damage> {
    skip_levels(bytes, at, open, (0, 0))
}

/// Offset behind the outermost of `levels` maps, at least one, that are open at `at`, between two members, with `open` levels around them.
#[cfg(not(target_arch = "wasm32"))]
fn skip_open(bytes: &[u8], at: usize, open: usize, levels: usize) -> Result<usize, Damage> {
    skip_levels(bytes, at, open, (u128::MAX, levels))
}

fn skip_levels(bytes: &[u8], at: usize, open: usize, within: (u128, usize)) -> Result<usize, Damage> {
    const DEPTH: usize = crate::limits::EVENT_DEPTH;
    // One bit a level, set for a map; there is room for as many as may be open.
    const { assert!(DEPTH <= 128) };
    let ((mut kinds, mut levels), mut next) = (within, at);
    while let Some(byte) = bytes.get(next) {
        match byte {
            b'"' => next = string_end(bytes, next + 1).ok_or(Damage::new(next, "a text that does not end"))?,
            b'{' | b'[' => {
                if open + levels >= DEPTH {
                    return Err(Damage::new(next, "nested too deeply"));
                }
                kinds = kinds << 1 | u128::from(*byte == b'{');
                levels += 1;
            }
            b'}' | b']' => {
                if (kinds & 1 == 1) != (*byte == b'}') {
                    return Err(Damage::new(next, "a bracket of the wrong kind"));
                }
                kinds >>= 1;
                levels -= 1;
                if levels == 0 {
                    return Ok(next + 1);
                }
            }
            _other => {}
        }
        next += 1;
    }
    Err(Damage::new(bytes.len(), "a list or map that does not close"))
}

/// Offset behind the number, `true`, `false` or `null` (or what stands in the place of one) that starts at `at`.
#[inline]
pub(crate) fn scalar_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'{' | b'[' | b':') {
            break;
        }
        at += 1;
    }
    at
}

/// Offset behind the value that starts at `at`, with `open` levels open around it.
#[inline]
fn value_end(bytes: &[u8], at: usize, open: usize) -> Result<usize, Damage> {
    match bytes.get(at) {
        Some(b'"') => Ok(string_end(bytes, at + 1).ok_or(Damage::new(at, "a text that does not end"))? + 1),
        Some(b'{' | b'[') => skip_nested(bytes, at, open),
        Some(_) => {
            let end = scalar_end(bytes, at);
            if end == at { Err(Damage::new(at, "a value is missing")) } else { Ok(end) }
        }
        None => Err(Damage::new(at, "a value is missing")),
    }
}

/// Offset behind the object with which the bytes begin, as far as brackets and quotes tell.
pub(crate) fn object_end(bytes: &[u8]) -> Option<usize> {
    let start = skip_space(bytes, 0);
    if bytes.get(start) == Some(&b'{') { skip_nested(bytes, start, 0).ok() } else { None }
}

/// Is this one object and nothing else, as far as brackets and quotes tell?
pub(crate) fn is_object(bytes: &[u8]) -> bool {
    object_end(bytes).is_some_and(|end| skip_space(bytes, end) == bytes.len())
}

/// A value from its first to its last byte, as a view gives it.
#[inline]
fn classify(value: &[u8]) -> Raw<'_> {
    match value {
        [b'"', inside @ .., b'"'] => Raw::Json(inside),
        [b'{', ..] => Raw::Map(RawMap::Json(value)),
        [b'[', ..] => Raw::List(RawList::Json(value)),
        _other => scalar::read(value),
    }
}

impl Raw<'_> {
    /// The value with everything in it; `None` where there is none.
    pub fn to_value(&self) -> Result<Option<Value>, Damage> {
        Ok(Some(match self {
            Raw::Absent => return Ok(None),
            Raw::Null => Value::Null,
            Raw::Bool(value) => Value::Bool(*value),
            Raw::Number(value) => Value::Number(*value),
            Raw::Text(value) => Value::Text(value.to_string()),
            Raw::Json(inside) => {
                let mut out = String::new();
                decode_string(inside, &mut out)?;
                Value::Text(out)
            }
            Raw::List(RawList::Values(members)) => Value::List(members.to_vec()),
            Raw::Map(RawMap::Values(members)) => Value::Map(members.to_vec()),
            Raw::List(RawList::Json(bytes)) | Raw::Map(RawMap::Json(bytes)) => parse(bytes)?,
            Raw::Malformed => return Err(Damage::new(0, "no value")),
        }))
    }
}
