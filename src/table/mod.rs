//! Lookup tables: CSV files that rules look values up in.
//!
//! In: the bytes of a file, and what the project says of its columns. Out: columns of texts, and every fault with its place;
//! and the file again with rows added or taken away. Never here: which files there are, reading and writing them, and how a
//! key is compared.
//!
//! | file | what |
//! | --- | --- |
//! | `scan.rs` | lines and cells |
//! | `sheet.rs` | a file as header, columns and rows |
//! | `hashes.rs` | columns of hashes: what is refused in them |
//! | `row.rs` | a row that is to be added, and why it may not be |
//! | `opened.rs` | a whole file, with what its project says of it |
//! | `of_event.rs` | the hash and the file of an event |
//! | `change.rs` | a file with a row more, and the words of refusals |
//! | `edit.rs` | the file put together again, byte for byte but for what was changed |

pub mod change;
pub mod edit;
pub mod hashes;
pub mod of_event;
pub mod opened;
pub mod row;
pub mod scan;
pub mod sheet;

pub use change::Refusal;
pub use sheet::Sheet;

use std::borrow::Cow;

use crate::ast::HashKind;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::origin::{Origin, SourceId};
use crate::source::{self, NotText};
use crate::texts::Texts;

/// Findings that are shown of one table; the rest is counted.
pub const FINDINGS: usize = 20;

/// A lookup table as the project gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableDef {
    /// Its name.
    pub name: String,
    /// The column that counts where a rule names none.
    pub key: String,
    /// Its columns, each with as many values. None: the file could not be read, and somebody was told.
    pub columns: Vec<Column>,
}

/// A column, row by row as it stands in the file. An empty value is no key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The hash that it holds, where the project says that it holds hashes.
    pub hash: Option<HashKind>,
    /// Its values.
    pub values: Texts,
}

impl TableDef {
    /// A table of these columns, none of hashes; the first is the key.
    pub fn new(name: &str, columns: &[(&str, &[&str])]) -> Self {
        let column = |(name, values): &(&str, &[&str])| Column {
            name: (*name).to_string(),
            hash: None,
            values: values.iter().collect(),
        };
        let key = columns.first().map_or("", |(name, _)| *name).to_string();
        Self { name: name.to_string(), key, columns: columns.iter().map(column).collect() }
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// How a file encodes its text. Kept when the file is written again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a mark.
    #[default]
    Utf8,
    /// UTF-8 with a byte-order mark, as Excel writes it.
    Utf8Mark,
    /// UTF-16 with a mark, little-endian, as PowerShell and Excel's "Unicode text" write it.
    Utf16Le,
    /// UTF-16 with a mark, big-endian.
    Utf16Be,
}

impl Encoding {
    /// The text of a file, and how it is encoded.
    pub fn decode(bytes: Vec<u8>) -> Result<(Self, String), NotText> {
        let encoding = match bytes.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => Self::Utf8Mark,
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            _without_mark => Self::Utf8,
        };
        Ok((encoding, source::decode_owned(bytes)?))
    }

    /// The bytes of a text: those that it was decoded from.
    pub fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 => Cow::Borrowed(text.as_bytes()),
            Self::Utf8Mark => Cow::Owned([b"\xef\xbb\xbf", text.as_bytes()].concat()),
            Self::Utf16Le => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        }
    }
}

/// What was found in one table: the first of it, and how much more there is.
#[derive(Debug, Default)]
pub struct Findings {
    shown: Vec<Diagnostic>,
    /// The gravest code of those that are not shown, and their number.
    more: Option<(Code, usize)>,
}

impl Findings {
    /// Adds a finding of this code. It is made only if it will be shown: a bad table may have millions.
    pub fn push(&mut self, code: Code, make: impl FnOnce() -> Diagnostic) {
        if self.shown.len() < FINDINGS {
            self.shown.push(make());
            return;
        }
        let (gravest, count) = self.more.unwrap_or((code, 0));
        let gravest = if code.severity() > gravest.severity() { code } else { gravest };
        self.more = Some((gravest, count + 1));
    }

    /// Is one of them an error?
    pub fn has_error(&self) -> bool {
        let more = self.more.map(|(code, _)| code.severity());
        self.shown.iter().map(|found| found.severity).chain(more).any(|severity| severity == Severity::Error)
    }

    /// Those that are shown, and one that tells how many are not.
    pub fn finish(self, source: SourceId) -> Vec<Diagnostic> {
        let mut shown = self.shown;
        if let Some((code, count)) = self.more {
            let s = if count == 1 { "" } else { "s" };
            let message = format!("{count} more finding{s} in this table");
            let rest = Diagnostic::new(code, Origin::whole(source), message);
            shown.push(rest.help("mend those above, and check again"));
        }
        shown
    }
}

#[cfg(test)]
mod tests;
