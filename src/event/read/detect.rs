//! What form bytes have, by their content.
//!
//! In: the first bytes of a file or stream. Out: a [`Form`], or an [`UnknownForm`] that says what it looks like and the way
//! out. Never here: names of files.

/// A form of events that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One JSON object a line.
    Ndjson,
    /// Windows' binary event log.
    Evtx,
}

impl Form {
    /// All forms.
    pub const ALL: [Form; 2] = [Form::Ndjson, Form::Evtx];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Form::Ndjson => "Winlogbeat events as JSON, one object a line",
            Form::Evtx => "EVTX",
        }
    }
}

/// Bytes that are in no form that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownForm {
    /// What they look like, if that is known.
    pub looks_like: Option<&'static str>,
    /// What to do.
    pub way_out: &'static str,
}

impl std::fmt::Display for UnknownForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.looks_like {
            Some(what) => write!(f, "this looks like {what}, which is not read")?,
            None => write!(f, "events of an unknown form")?,
        }
        let known = Form::ALL.map(Form::name).join("; ");
        write!(f, "; known forms: {known}")
    }
}

/// The mark that some programs write before UTF-8.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

const UNPACK: &str = "unpack it first";
const LINES: &str = "write one object a line first";
const CONVERT: &str = "convert it to JSON lines in UTF-8 first, or use the EVTX file";

/// Starts of what is not read, what it is, and the way out.
const REFUSED: &[(&[u8], &str, &str)] = &[
    (b"\x1f\x8b", "gzip", UNPACK),
    (b"\x28\xb5\x2f\xfd", "zstd", UNPACK),
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"BZh", "bzip2", UNPACK),
    (b"\xfd7zXZ\0", "xz", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"\xff\xfe", "text in UTF-16", CONVERT),
    (b"\xfe\xff", "text in UTF-16", CONVERT),
    (b"{\0", "text in UTF-16", CONVERT),
    (b"<\0", "text in UTF-16", CONVERT),
    (b"LfLe", "an event log of Windows XP (.evt)", "convert it to EVTX with wevtutil first"),
    (b"PAR1", "Parquet", CONVERT),
    (b"<", "XML", CONVERT),
    (b"[", "one JSON array", LINES),
];

/// The form of what begins with these bytes. An empty input is JSON without a line.
pub fn detect(start: &[u8]) -> Result<Form, UnknownForm> {
    if start.starts_with(b"ElfFile\0") {
        return Ok(Form::Evtx);
    }
    let text = start.strip_prefix(UTF8_MARK).unwrap_or(start).trim_ascii_start();
    for (magic, what, way_out) in REFUSED {
        if start.starts_with(magic) || text.starts_with(magic) {
            return Err(UnknownForm { looks_like: Some(what), way_out });
        }
    }
    match text.split_first() {
        None => Ok(Form::Ndjson),
        // A brace alone on its line opens an object that is laid out for people.
        Some((b'{', inside)) => {
            let line = inside.split(|b| *b == b'\n').next().unwrap_or_default();
            if line.len() < inside.len() && line.trim_ascii().is_empty() {
                Err(UnknownForm { looks_like: Some("JSON over several lines"), way_out: LINES })
            } else {
                Ok(Form::Ndjson)
            }
        }
        Some(_) => Err(UnknownForm {
            looks_like: None,
            way_out: "give EVTX files, or what Winlogbeat writes (one JSON object a line)",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_by_its_first_bytes() {
        assert_eq!(detect(b"ElfFile\0\0\0"), Ok(Form::Evtx));
        assert_eq!(detect(b"{\"winlog\":{}}\n"), Ok(Form::Ndjson));
        assert_eq!(detect(b"\xef\xbb\xbf\n  {\"winlog\":{}}"), Ok(Form::Ndjson));
        assert_eq!(detect(b""), Ok(Form::Ndjson));
        assert_eq!(detect(b"{"), Ok(Form::Ndjson));
    }

    #[test]
    fn other_forms_are_named_with_the_way_out() {
        let looks_like = |start: &[u8]| detect(start).unwrap_err().looks_like;
        assert_eq!(looks_like(b"\x1f\x8b\x08"), Some("gzip"));
        assert_eq!(looks_like(b"\xff\xfe{\0"), Some("text in UTF-16"));
        assert_eq!(looks_like(b"{\0\"\0"), Some("text in UTF-16"));
        assert_eq!(looks_like(b"\xef\xbb\xbf<Event>"), Some("XML"));
        assert_eq!(looks_like(b" [{}]"), Some("one JSON array"));
        assert_eq!(looks_like(b"{\r\n  \"a\": 1\r\n}"), Some("JSON over several lines"));
        assert_eq!(looks_like(b"Date,Time"), None);
        assert_eq!(
            detect(b"PK\x03\x04").unwrap_err().to_string(),
            "this looks like a zip archive, which is not read; known forms: Winlogbeat events as JSON, one object a line; EVTX"
        );
    }
}
