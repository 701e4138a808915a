//! Elements as Windows writes nearly all of them, with nothing in them that had to be decoded: `<Data Name='Image'>C:\a.exe</Data>`,
//! `<Channel>Security</Channel>`.
//!
//! In: bytes of an event behind a tag. Out: where name and text of the next element stand, without a look at single pieces of markup;
//! nothing, if it is written in any other way: quick-xml reads that. Never here: anything that XML allows and Windows does not write.

use memchr::memchr3;

/// An element: offsets of its name, of its text, and behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) name: (usize, usize),
    pub(super) value: (usize, usize),
    pub(super) end: usize,
}

const OPEN: &[u8] = b"<Data Name=";
const CLOSE: &[u8] = b"</Data>";

/// Behind what only lays out the bytes at `from`.
fn behind_layout(bytes: &[u8], from: usize) -> Option<usize> {
    Some(from + bytes.get(from..)?.iter().take_while(|byte| byte.is_ascii_whitespace()).count())
}

/// The element without attributes with which the bytes at `from` begin.
pub(super) fn element(bytes: &[u8], from: usize) -> Option<Plain> {
    let name = behind_layout(bytes, from)? + 1;
    let rest = bytes.get(name - 1..)?.strip_prefix(b"<")?;
    let length = rest.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let (named, behind) = rest.split_at(length);
    let text = behind.strip_prefix(b">")?;
    let text_length = memchr3(b'<', b'&', b'\r', text)?;
    let close = text.get(text_length..)?.strip_prefix(b"</")?.strip_prefix(named)?;
    let (name_end, value) = (name + length, name + length + 1);
    let value_end = value + text_length;
    // Two brackets and a slash, and the name again.
    let end = value_end + length + 3;
    (length > 0 && close.starts_with(b">")).then_some(Plain { name: (name, name_end), value: (value, value_end), end })
}

/// The value of the event's data with which the bytes at `from` begin.
pub(super) fn value(bytes: &[u8], from: usize) -> Option<Plain> {
    let from = behind_layout(bytes, from)?;
    let name = from + OPEN.len() + 1;
    let quote = match bytes.get(from..name)?.strip_prefix(OPEN) {
        Some([quote @ (b'\'' | b'"')]) => *quote,
        Some(_) | None => return None,
    };
    let rest = bytes.get(name..)?;
    let length = rest.iter().position(|byte| *byte == quote || matches!(byte, b'&' | b'<' | b'\r'))?;
    let (named, behind) = rest.split_at(length);
    // No name, the name that means none, and one with a reference in it are for others.
    if matches!(named, b"" | b"Data") || !matches!(behind, [end, b'>', ..] if *end == quote) {
        return None;
    }
    let name_end = name + length;
    let text = name_end + 2;
    let text_end = text + memchr3(b'<', b'&', b'\r', bytes.get(text..)?)?;
    let close = bytes.get(text_end..)?.starts_with(CLOSE);
    close.then_some(Plain { name: (name, name_end), value: (text, text_end), end: text_end + CLOSE.len() })
}
