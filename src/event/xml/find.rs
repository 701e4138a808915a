//! Where events begin and end.
//!
//! In: bytes that hold events in a row, with anything between them. Out: the span of the next one. Never here: what it says.
//!
//! In XML a `<` is always the start of markup, but in comments and CDATA sections, which no event log has: an event ends at the
//! first `</Event>` behind its `<Event`, with the prefix of a namespace or without. If the next event begins before, the first one
//! was cut short.

use std::sync::LazyLock;

use memchr::memmem;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An event from its first byte to behind its last.
    Event(usize, usize),
    /// An event that is cut short by the next one, which begins at the second offset.
    Cut(usize, usize),
    /// An event begins here; its end has not been read yet.
    Open(usize),
    /// No event begins before this offset; what is behind it may be the start of one.
    Nothing(usize),
}

const NAME: &[u8] = b"Event";
static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(NAME));
/// Bytes of the longest prefix of a namespace that is looked for.
const PREFIX: usize = 32;
/// Bytes that may belong to a tag of which the last byte has not been read: `</PREFIX:Event >`.
const TAG: usize = PREFIX + NAME.len() + 5;

/// A tag of the element `Event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    /// It opens at this offset; its name ends before the second.
    Start(usize, usize),
    /// It closes, and this is behind it.
    End(usize),
}

/// The first event at or after `from`. Of an event that begins there and was open the last time, so many bytes need not be
/// searched again.
pub(crate) fn next_event(bytes: &[u8], from: usize, searched: usize) -> Found {
    let mut open = None;
    // What stands at the end of what was searched may go on behind it.
    let mut at = from;
    while let Some(tag) = next_tag(bytes, at) {
        match (tag, open) {
            (Tag::Start(start, behind), None) => {
                open = Some(start);
                at = behind.max((from + searched).saturating_sub(TAG));
            }
            (Tag::Start(next, _), Some(start)) => return Found::Cut(start, next),
            (Tag::End(end), Some(start)) => return Found::Event(start, end),
            (Tag::End(end), None) => at = end,
        }
    }
    match open {
        Some(start) => Found::Open(start),
        None => Found::Nothing(from.max(bytes.len().saturating_sub(TAG))),
    }
}

/// Does a tag, of which this is the rest, close itself: `<Event xmlns='x'/>`? Then there is nothing in it.
fn closes_itself(rest: &[u8]) -> bool {
    memchr::memchr2(b'<', b'>', rest).is_some_and(|end| rest.get(..=end).is_some_and(|tag| tag.ends_with(b"/>")))
}

/// Does an event begin somewhere in these bytes?
pub(crate) fn has_event(bytes: &[u8]) -> bool {
    !matches!(next_event(bytes, 0, 0), Found::Nothing(_))
}

/// The first tag of an `Event` whose name stands at or behind `from`; `<EventData>` is none.
fn next_tag(bytes: &[u8], from: usize) -> Option<Tag> {
    let rest = bytes.get(from..)?;
    FINDER.find_iter(rest).find_map(|at| tag(bytes, from + at))
}

/// The tag whose name `Event` stands at this offset.
fn tag(bytes: &[u8], name: usize) -> Option<Tag> {
    let mut opens = name;
    if name.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b':') {
        let before = bytes.get(name.saturating_sub(PREFIX + 1)..name - 1).unwrap_or_default();
        let letters = before
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
        opens -= letters.count() + 1;
    }
    let before = bytes.get(..opens)?;
    let behind = bytes.get(name + NAME.len()..)?;
    if before.ends_with(b"<") {
        let start = matches!(behind.first(), Some(b'>' | b' ' | b'\t' | b'\r' | b'\n'));
        return (start && !closes_itself(behind)).then_some(Tag::Start(opens - 1, name + NAME.len()));
    }
    if before.ends_with(b"</") {
        let space = behind.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        return (behind.get(space) == Some(&b'>')).then_some(Tag::End(name + NAME.len() + space + 1));
    }
    None
}
