//! Where events begin and end.
//!
//! In: bytes that hold events in a row, with anything between them. Out: the span of the next one. Never here: what it says.
//!
//! In XML a `<` is always the start of markup, but in comments and CDATA sections, which no event log has: an event ends at the
//! first `</Event>` behind its `<Event`. If the next event begins before, the first one was cut short.

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

const START: &[u8] = b"<Event";
const END: &[u8] = b"</Event>";

/// The first event at or after `from`. Of an event that begins there and was open the last time, so many bytes need not be
/// searched again.
pub(crate) fn next_event(bytes: &[u8], from: usize, searched: usize) -> Found {
    let Some(start) = start_of(bytes, from) else {
        return Found::Nothing(from.max(bytes.len().saturating_sub(START.len())));
    };
    // What ends at the last byte that was searched may go on behind it.
    let body = (start + START.len()).max((from + searched).saturating_sub(END.len()));
    let end = bytes.get(body..).and_then(|rest| memmem::find(rest, END)).map(|at| body + at + END.len());
    // Only what stands before the end can be the start of another event.
    let next = start_of(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes), body);
    match (next, end) {
        (Some(next), _) => Found::Cut(start, next),
        (None, Some(end)) => Found::Event(start, end),
        (None, None) => Found::Open(start),
    }
}

/// The one event in these bytes.
pub(crate) fn find_event(bytes: &[u8]) -> Option<&[u8]> {
    match next_event(bytes, 0, 0) {
        Found::Event(start, end) => bytes.get(start..end),
        Found::Cut(..) | Found::Open(_) | Found::Nothing(_) => None,
    }
}

/// `<Event` and the end of that name: `<EventData>` is no event.
fn start_of(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    memmem::find_iter(rest, START)
        .map(|at| from + at)
        .find(|at| matches!(bytes.get(at + START.len()), Some(b'>' | b' ' | b'\t' | b'\r' | b'\n')))
}
