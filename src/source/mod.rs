//! Where rules come from. Each reader turns one form into an [`ast::Definition`](crate::ast::Definition) plus diagnostics.
//!
//! What they share is here: [`decode`], from the bytes of a file to text, and [`parse`], which finds the reader by what the text
//! begins like.

pub mod blockly;
#[cfg(feature = "sigma")]
pub mod sigma;
pub mod text;
pub mod winlogbeat;

use crate::ast::Definition;
use crate::blockly::{BlockId, Registry, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, SourceId, Sources};

/// What a definition file held.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its rules.
    pub definition: Definition,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// The workspace, where the rules are drawn.
    pub drawn: Option<DrawnIn>,
}

/// The workspace that a definition was drawn in.
#[derive(Clone, Debug)]
pub struct DrawnIn {
    /// How it was saved.
    pub format: blockly::Format,
    /// The workspace.
    pub workspace: Workspace,
    /// Blocks that are no part of a rule.
    pub aside: Vec<BlockId>,
    /// Is it an export of the log manager?
    pub manager: bool,
}

impl DrawnIn {
    /// Was a disabled block inside a rule left out of it?
    pub fn has_left_out(&self) -> bool {
        let tops: rustc_hash::FxHashSet<BlockId> = self.workspace.tops.iter().copied().collect();
        self.aside.iter().any(|id| !tops.contains(id))
    }
}

/// Reads rules, drawn or as text, whichever `text` begins like. It is the text of `source`, which gets the names of its blocks.
/// `registry` says what the log manager's uuids stand for.
pub fn parse(sources: &mut Sources, source: SourceId, text: &str, registry: &Registry) -> Parsed {
    let Some(format) = blockly::format(text) else {
        let (definition, diagnostics) = text::parse(source, text);
        return Parsed { definition, diagnostics, drawn: None };
    };
    let name = sources.name(source);
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    let outside = blockly::Outside { name: stem(file), registry };
    let (drawn, diagnostics) = blockly::read(source, text, format, outside);
    let blockly::Drawn { definition, workspace, aside, manager, names } = drawn;
    sources.name_blocks(source, names);
    Parsed { definition, diagnostics, drawn: Some(DrawnIn { format, workspace, aside, manager }) }
}

/// The endings of definition files.
const ENDINGS: [&str; 7] = [".rule", ".blocks.json", ".blocks.xml", ".json", ".xml", ".yml", ".yaml"];

/// The name of a definition file without its ending.
pub fn stem(file: &str) -> &str {
    ENDINGS.iter().find_map(|ending| file.strip_suffix(ending)).filter(|stem| !stem.is_empty()).unwrap_or(file)
}

/// Bytes that are no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotText {
    /// What is wrong, one sentence without a final stop.
    pub message: String,
    /// The way out.
    pub help: &'static str,
}

impl NotText {
    /// As a finding about a source.
    pub fn diagnostic(&self, source: SourceId) -> Diagnostic {
        Diagnostic::new(Code::NotUtf8, Origin::whole(source), self.message.as_str()).help(self.help)
    }
}

/// The text of a definition file: UTF-8 with or without a mark, or UTF-16 with one, as Windows PowerShell writes it. The mark
/// is left out.
pub fn decode(bytes: &[u8]) -> Result<String, NotText> {
    decode_owned(bytes.to_vec())
}

/// The same of bytes that nobody needs any more. Those of a large file are not copied.
pub fn decode_owned(bytes: Vec<u8>) -> Result<String, NotText> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, "UTF-16LE", u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, "UTF-16BE", u16::from_be_bytes);
    }
    let mut bytes = bytes;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    // Every other byte of the beginning is zero, as ASCII looks in UTF-16.
    let head = bytes.get(..64).unwrap_or(&bytes);
    let zeros = |first: usize| head.iter().skip(first).step_by(2).all(|byte| *byte == 0);
    if head.len() >= 4 && zeros(0) != zeros(1) {
        return Err(not_text("this file looks like UTF-16 without a byte-order mark".to_string()));
    }
    String::from_utf8(bytes).map_err(|error| {
        if let Some(kind) = binary(error.as_bytes()) {
            let message = format!("this file is no text: it begins like {kind}");
            return NotText { message, help: "name files of rules here; event logs come behind --events" };
        }
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        not_text(format!("this file is not UTF-8 from byte {good} on, in line {line}"))
    })
}

/// What a file that is no text begins like, if it is one that people have beside their rules.
fn binary(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 6] = [
        (b"ElfFile\0", "a Windows event log"),
        (b"\x1f\x8b", "a gzip file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"PK\x03\x04", "a zip file"),
        (b"\x89PNG", "a picture"),
        (b"MZ", "a program"),
    ];
    KINDS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind)
}

fn utf16(rest: &[u8], name: &str, unit: fn([u8; 2]) -> u16) -> Result<String, NotText> {
    let (pairs, odd) = rest.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().copied().map(unit)).collect::<Result<String, _>>();
    match text {
        Ok(text) if odd.is_empty() => Ok(text),
        Ok(_) | Err(_) => Err(not_text(format!("this file begins like {name}, but is none to its end"))),
    }
}

fn not_text(message: String) -> NotText {
    NotText { message, help: "save the file as UTF-8" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_and_utf16_with_their_marks() {
        // D62, D63.
        assert_eq!(decode(b"drop \xc3\xbc"), Ok("drop ü".to_string()));
        assert_eq!(decode(b"\xef\xbb\xbfdrop"), Ok("drop".to_string()));
        assert_eq!(decode(b"\xff\xfed\0\xfc\0"), Ok("dü".to_string()));
        assert_eq!(decode(b"\xfe\xff\0d\0\xfc"), Ok("dü".to_string()));
        assert_eq!(decode(b""), Ok(String::new()));
        assert_eq!(decode(b"\0\0\0\0").as_deref(), Ok("\0\0\0\0"));
    }

    #[test]
    fn anything_else_is_one_clear_line() {
        let line = |bytes: &[u8]| decode(bytes).map_err(|not_text| format!("{} / {}", not_text.message, not_text.help));
        let expected = |message: &str| Err(format!("{message} / save the file as UTF-8"));
        assert_eq!(line(b"d\0r\0o\0p\0"), expected("this file looks like UTF-16 without a byte-order mark"));
        assert_eq!(line(b"\0d\0r\0o\0p"), expected("this file looks like UTF-16 without a byte-order mark"));
        assert_eq!(line(b"drop \xfc"), expected("this file is not UTF-8 from byte 5 on, in line 1"));
        assert_eq!(line(b"\xff\xfed\0r"), expected("this file begins like UTF-16LE, but is none to its end"));
        let log = line(b"ElfFile\0\0\0\0\0\xf0\0").unwrap_err();
        assert_eq!(
            log,
            "this file is no text: it begins like a Windows event log / name files of rules here; event logs come behind --events"
        );
        assert_eq!(line(b"\xfe\xff\xd8\0"), expected("this file begins like UTF-16BE, but is none to its end"));
    }
}
