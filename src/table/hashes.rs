//! Columns of hashes.
//!
//! In: columns of which the project says that they hold hashes. Out: what may not stand in them. A hash in such a table stands
//! for one file, so that somebody can look at the file and vouch for it. Never here: whether a rule drops, tags or alerts.
//!
//! | what | why it is refused |
//! | --- | --- |
//! | a hash of the wrong length or digits | it is never equal to that of an event |
//! | all zeros | Sysmon writes them where there is no hash |
//! | the hash of an empty file | whoever empties a file, or makes one, has it |
//! | the same hash twice | which of two remarks holds? (a warning) |
//! | an IMPHASH | it is made of the names of imported functions: hundreds of files have one, among them tools of intruders beside components of Windows |

use super::{Column, Findings, Sheet};
use crate::ast::HashKind;
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Fold;
use crate::origin::{Origin, SourceId};

/// The kinds that a table may hold, the one that counts most first. Of several hashes of one event only the first kind
/// that it has is taken.
pub const KINDS: [HashKind; 3] = [HashKind::Sha256, HashKind::Sha1, HashKind::Md5];

/// The name of a kind, with its article.
pub fn one(kind: HashKind) -> &'static str {
    match kind {
        HashKind::Md5 => "an MD5",
        HashKind::Sha1 => "a SHA1",
        HashKind::Sha256 => "a SHA256",
        HashKind::Imphash => "an IMPHASH",
    }
}

/// Why no table of hashes may hold an IMPHASH, as a sentence.
pub const NO_IMPHASH: &str =
    "one IMPHASH covers hundreds of files, and tools of intruders share theirs with components of Windows";

/// Why no table of hashes may hold such a one.
const NOTHING: &str = "it stands for no file that somebody could have looked at";

/// The hash that a column holds, by its name.
pub fn kind(column: &str) -> Option<HashKind> {
    HashKind::ALL.into_iter().find(|kind| column.eq_ignore_ascii_case(kind.word()))
}

/// The hash of no bytes at all.
fn of_nothing(kind: HashKind) -> Option<&'static str> {
    match kind {
        HashKind::Md5 => Some("D41D8CD98F00B204E9800998ECF8427E"),
        HashKind::Sha1 => Some("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"),
        HashKind::Sha256 => Some("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"),
        HashKind::Imphash => None,
    }
}

/// What is wrong with a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The diagnostic's code.
    pub code: Code,
    /// One sentence without a final stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// Says what is wrong with a hash of this kind, if anything is.
pub fn wrong(kind: HashKind, value: &str) -> Option<Wrong> {
    let word = kind.word();
    // Without a way out in the middle, which lets the compiler look at many digits at once: there may be a million of these.
    let digits = value.bytes().fold(true, |all, byte| all & byte.is_ascii_hexdigit());
    let good = digits && value.len() == kind.digits();
    if !good {
        let bad = value.chars().find(|c| !c.is_ascii_hexdigit());
        let why = match bad {
            Some(c) => format!("`{c}` is no hexadecimal digit"),
            None => format!("it has {} digits", value.len()),
        };
        let other = KINDS.into_iter().find(|other| bad.is_none() && value.len() == other.digits());
        let help = match other {
            Some(other) => format!("if it is {}, put it into the column for that", one(other)),
            None => format!("copy it again: {} has {} hexadecimal digits", one(kind), kind.digits()),
        };
        return Some(Wrong { code: Code::BadHash, message: format!("this is not {}: {why}", one(kind)), help });
    }
    if value.bytes().all(|byte| byte == b'0') {
        return Some(Wrong {
            code: Code::HashOfNothing,
            message: format!("this {word} is all zeros, which Sysmon writes where there is no hash"),
            help: NOTHING.to_string(),
        });
    }
    if of_nothing(kind).is_some_and(|nothing| value.eq_ignore_ascii_case(nothing)) {
        return Some(Wrong {
            code: Code::HashOfNothing,
            message: format!("this is the {word} of an empty file, and every empty file has it"),
            help: NOTHING.to_string(),
        });
    }
    None
}

/// The form in which hashes are written into a table: as Sysmon writes them, so that a search for one in events finds both.
pub fn written(value: &str) -> String {
    value.to_ascii_uppercase()
}

/// Looks for what is refused in the columns of hashes. `text` is what the sheet was read from.
pub fn check(source: SourceId, text: &str, sheet: &Sheet, findings: &mut Findings) {
    let hashes = || sheet.columns.iter().enumerate().filter_map(|(at, column)| Some((at, column, column.hash?)));
    if hashes().next().is_none() {
        return;
    }
    for (column, place) in sheet.columns.iter().zip(&sheet.header) {
        if kind(&column.name) == Some(HashKind::Imphash) {
            findings.push(Code::ImphashListed, || {
                Diagnostic::new(Code::ImphashListed, Origin::span(source, *place), "a column of IMPHASHes")
                    .help(format!("take it out: {NO_IMPHASH}"))
            });
        }
    }
    for (at, column, kind) in hashes() {
        let place = |row: usize| Origin::span(source, sheet.place(text, at, row));
        for (row, value) in column.values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
            if let Some(Wrong { code, message, help }) = wrong(kind, value) {
                let help = if code == Code::HashOfNothing { format!("take the row out: {help}") } else { help };
                findings.push(code, || Diagnostic::new(code, place(row), message).help(help));
            }
        }
        for (first, later) in repeated(column) {
            findings.push(Code::DuplicateHash, || {
                let message = format!("this {} is in the table already", kind.word());
                Diagnostic::new(Code::DuplicateHash, place(later), message)
                    .related(place(first), "here")
                    .help("take one of the two rows out")
            });
        }
    }
}

/// Rows whose hash an earlier row has: the first one, and each of them, in the order of the file.
pub(crate) fn repeated(column: &Column) -> Vec<(usize, usize)> {
    let value = |row: u32| column.values.get(row as usize).unwrap_or_default();
    let order = |a: u32, b: u32| Fold::Ascii.order(value(a), value(b));
    let rows = (0..).zip(column.values.iter()).filter(|(_, value)| !value.is_empty());
    // The first digits tell most apart, without looking at the texts again.
    let mut rows: Vec<(u64, u32)> = rows.map(|(row, value)| (first_digits(value), row)).collect();
    rows.sort_unstable_by(|(a, m), (b, n)| a.cmp(b).then_with(|| order(*m, *n)).then(m.cmp(n)));
    let mut repeated = Vec::new();
    for equal in rows.chunk_by(|(a, m), (b, n)| a == b && order(*m, *n).is_eq()) {
        if let [(_, first), later @ ..] = equal {
            repeated.extend(later.iter().map(|(_, later)| (*first as usize, *later as usize)));
        }
    }
    crate::order::sort_by_key(&mut repeated, |(_, later)| *later);
    repeated
}

/// The first sixteen characters, hexadecimal digits by their value: a number that equal hashes share.
fn first_digits(value: &str) -> u64 {
    let digit = |c: char| u64::from(c.to_digit(16).unwrap_or(0));
    value.chars().take(16).fold(0, |number, c| number << 4 | digit(c))
}
