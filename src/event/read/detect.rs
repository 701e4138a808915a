//! How bytes are packed, and how records stand in them, by their content.
//!
//! In: the first bytes of a file or stream. Out: a [`Packed`], or an [`UnknownForm`] that says what it looks like and the way
//! out. Never here: names of files; which form a record has.

use super::values::hits;
use crate::event::agent::Form;
use crate::event::carry::MAGIC;
use crate::event::{json, xml};

/// How records stand in unpacked bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// A record a line: a JSON object, or text that holds the XML of an event.
    Lines,
    /// JSON objects in one array, or over several lines each.
    Values,
    /// XML: events in a row, with or without a root around them.
    Markup,
    /// CSV with a header.
    Rows,
    /// Windows' binary event log.
    Evtx,
    /// Records taken apart by another module.
    Carried,
}

/// Are the bytes packed, and how?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packed {
    Gzip,
    Zstd,
    Utf16Le,
    Utf16Be,
    /// They are not.
    Not(Layer),
}

/// Bytes that are in no form that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownForm {
    /// What they look like, if that is known.
    pub looks_like: Option<&'static str>,
    /// What to do.
    pub way_out: &'static str,
}

impl UnknownForm {
    pub(super) const PACKED_TOO_OFTEN: UnknownForm =
        UnknownForm { looks_like: Some("a file that is packed many times over"), way_out: UNPACK };

    #[cfg(not(feature = "evtx"))]
    pub(super) const NO_EVTX: UnknownForm =
        UnknownForm { looks_like: Some("EVTX"), way_out: "this program was built without the feature `evtx`" };
}

impl std::fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.looks_like {
            Some(what) => write!(f, "this looks like {what}, which is not read")?,
            None => write!(f, "events of an unknown form")?,
        }
        write!(f, "; known forms: {}", known_forms())
    }
}

/// All forms that are known, in one word each.
pub fn known_forms() -> String {
    let known: Vec<&str> = Form::ALL.iter().filter(|form| **form != Form::Other).map(|form| form.word()).collect();
    known.join(", ")
}

/// The start of an EVTX file.
pub(super) const EVTX_MAGIC: &[u8; 8] = b"ElfFile\0";

/// The mark that some programs write before UTF-8.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

const UNPACK: &str = "unpack it first";
const CONVERT: &str = "convert it to one of these first";

/// Starts of what is not read, what it is, and the way out.
const REFUSED: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a zip archive inside of a stream", UNPACK),
    (b"BZh", "bzip2", UNPACK),
    (b"\xfd7zXZ\0", "xz", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"0\0\0\0LfLe", "an event log of Windows XP (.evt)", "convert it to EVTX with wevtutil first"),
    (b"PAR1", "Parquet", CONVERT),
    (b"SQLite format 3", "an SQLite database", CONVERT),
];

/// Bytes that are enough to tell the form of text that is no XML, unless a first line of JSON is longer.
pub(super) const ENOUGH: usize = 4096;

/// How these bytes are packed or stand. `None`: more of them are needed, and there may be more (`all` says that there are none).
pub(super) fn detect(start: &[u8], all: bool) -> Result<Option<Packed>, UnknownForm> {
    // The longest mark that is looked for has sixteen bytes.
    if start.len() < 16 && !all {
        return Ok(None);
    }
    match start {
        [0x1f, 0x8b, ..] => return Ok(Some(Packed::Gzip)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => return Ok(Some(Packed::Zstd)),
        [0xff, 0xfe, ..] | [b'{' | b'<' | b'[' | b' ' | b'\r' | b'\n', 0, ..] => return Ok(Some(Packed::Utf16Le)),
        [0xfe, 0xff, ..] | [0, b'{' | b'<' | b'[' | b' ' | b'\r' | b'\n', ..] => return Ok(Some(Packed::Utf16Be)),
        _ if start.starts_with(MAGIC) => return Ok(Some(Packed::Not(Layer::Carried))),
        _ if start.starts_with(EVTX_MAGIC) => return Ok(Some(Packed::Not(Layer::Evtx))),
        _ => {}
    }
    for (magic, what, way_out) in REFUSED {
        if start.starts_with(magic) {
            return Err(UnknownForm { looks_like: Some(what), way_out });
        }
    }
    let text = start.strip_prefix(UTF8_MARK).unwrap_or(start).trim_ascii_start();
    let layer = match text.first() {
        None if all => Some(Layer::Lines),
        None => None,
        Some(b'[') => Some(Layer::Values),
        Some(b'{') => object(text, all),
        Some(b'<') => markup(text, all)?,
        Some(_) => other(text, all)?,
    };
    Ok(layer.map(Packed::Not))
}

/// Text that begins with an object: a record a line; or objects one after the other, laid out for people or not, or the answer to a
/// search?
fn object(text: &[u8], all: bool) -> Option<Layer> {
    let line_end = memchr::memchr(b'\n', text);
    let line = text.get(..line_end.unwrap_or(text.len())).unwrap_or_default();
    // Hits are numbered one by one, and the answer that holds them may be of any length.
    if hits(line.get(..line.len().min(ENOUGH)).unwrap_or_default()).is_some() {
        return Some(Layer::Values);
    }
    if let Some(end) = json::object_end(line) {
        let behind = line.get(end..).unwrap_or_default();
        // The mark of a file that was put behind this one, of which not all has come.
        if matches!(behind, [0xef] | [0xef, 0xbb]) && line_end.is_none() && !all {
            return None;
        }
        return match behind.strip_prefix(UTF8_MARK).unwrap_or(behind).trim_ascii_start().first() {
            Some(b'{' | b',') => Some(Layer::Values),
            None if line_end.is_none() && !all => None,
            Some(_) | None => Some(Layer::Lines),
        };
    }
    let Some(line_end) = line_end else { return all.then_some(Layer::Lines) };
    // The first line is no object. If the next one begins with one, the first is damaged.
    match text.get(line_end..).unwrap_or_default().trim_ascii_start().first() {
        Some(b'{') => Some(Layer::Lines),
        Some(_) => Some(Layer::Values),
        None if all => Some(Layer::Lines),
        None => None,
    }
}

fn markup(text: &[u8], all: bool) -> Result<Option<Layer>, UnknownForm> {
    if is_syslog(text) {
        return Ok(Some(Layer::Lines));
    }
    if xml::has_event(text) {
        return Ok(Some(Layer::Markup));
    }
    if text.len() < ENOUGH && !all {
        return Ok(None);
    }
    Err(UnknownForm { looks_like: Some("XML without events"), way_out: "give what `wevtutil qe /f:xml` writes" })
}

/// Text that begins with neither JSON nor XML.
fn other(text: &[u8], all: bool) -> Result<Option<Layer>, UnknownForm> {
    let line_end = memchr::memchr(b'\n', text);
    if line_end.is_none() && text.len() < ENOUGH && !all {
        return Ok(None);
    }
    let (line, behind) = text.split_at(line_end.unwrap_or(text.len()));
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if is_header(line) {
        return Ok(Some(Layer::Rows));
    }
    if is_syslog(line) {
        return Ok(Some(Layer::Lines));
    }
    if is_record_line(line) {
        match behind.trim_ascii_start().first() {
            Some(b'{') => return Ok(Some(Layer::Values)),
            Some(b'<') => return Ok(Some(Layer::Markup)),
            None if !all => return Ok(None),
            Some(_) | None => {}
        }
    }
    if xml::has_event(text) {
        return Ok(Some(Layer::Lines));
    }
    if text.len() < ENOUGH && !all {
        return Ok(None);
    }
    let looks_like = match text {
        _ if memchr::memchr(0, text).is_some() => Some("a binary file"),
        _ if line.starts_with(b"LogName=") || line.starts_with(b"EventCode=") => Some("text that Splunk exports"),
        _ => None,
    };
    Err(UnknownForm { looks_like, way_out: "give EVTX, event XML, or JSON of one of these" })
}

/// The line that evtx_dump writes before each record that it lays out for people: `Record 12`.
pub(super) fn is_record_line(line: &[u8]) -> bool {
    let number = line.trim_ascii().strip_prefix(b"Record ");
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

/// Does a line begin as those of syslog do: with a priority (`<14>`), or with a time?
pub(super) fn is_syslog(line: &[u8]) -> bool {
    const MONTHS: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match line {
        [b'<', rest @ ..] => matches!(digits(rest), count @ 1..=3 if rest.get(count) == Some(&b'>')),
        [a, b, c, b' ', b' ' | b'0'..=b'3', b'0'..=b'9', b' ', ..] => MONTHS.contains(&&[*a, *b, *c]),
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..] => digits(line) == 4,
        [..] => false,
    }
}

/// Is this the header of a CSV file that holds events?
pub(super) fn is_header(line: &[u8]) -> bool {
    let names: Vec<&[u8]> = line.split(|byte| *byte == b',').map(|name| name.trim_ascii()).collect();
    let has = |wanted: &[u8]| {
        names
            .iter()
            .any(|name| name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name) == wanted)
    };
    names.len() > 2 && [b"EventId".as_slice(), b"EventID", b"Event_ID", b"EventCode"].iter().any(|id| has(id))
}
