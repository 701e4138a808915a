//! A table with a row more, and the words in which one is refused.
//!
//! In: a table's file, read, and the cells of a row. Out: the file with the row in its place by the order of keys, read again; or a [`Refusal`].
//! Never here: files.

use super::edit::Document;
use super::hashes::NO_IMPHASH;
use super::of_event::HashOfFile;
use super::opened::Opened;
use super::row::{self, Refused};
use super::{Findings, Sheet, sheet};
use crate::diagnostic::render::visible;
use crate::origin::SourceId;
use crate::sysmon::components::{self, File};

/// Why something is not done with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
    /// What was asked for makes no sense, whatever the table holds; else it is a finding about it.
    pub usage: bool,
}

impl Refusal {
    /// What was asked for makes no sense.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), usage: true }
    }

    /// The table, or the row, is not such that it could be done.
    pub fn finding(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), usage: false }
    }
}

/// What is said of components of Windows.
pub const WHY_NOT: &str =
    "nothing was written: intruders run such files too, with the same hash; write a rule for the one case";

/// The column for the file that a hash belongs to.
pub const FILE_COLUMN: &str = "file";
/// Columns for remarks, the first that is there.
pub const NOTE_COLUMNS: [&str; 2] = ["note", "comment"];

/// Why the file of the row counts as a component of Windows, if it does.
pub fn component(sheet: &Sheet, cells: &[String], event: Option<&HashOfFile>) -> Option<components::Component> {
    if row::hash_columns(sheet).is_empty() {
        return None;
    }
    let path = sheet.column(FILE_COLUMN).and_then(|column| cells.get(column)).map_or("", String::as_str);
    let by_hand = File { path, ..File::default() };
    components::component(&event.map_or(by_hand, HashOfFile::facts))
}

/// A refusal of an IMPHASH.
pub fn imphash() -> Refusal {
    Refusal::finding(
        "an IMPHASH does not stand for one file",
        format!("nothing was written: {NO_IMPHASH}; take the SHA256"),
    )
}

/// A refusal in words.
pub fn refused(why: &Refused, opened: &Opened, file: &str) -> Refusal {
    let finding = |message: String, help: String| Refusal::finding(message, help);
    match why {
        Refused::Twice(column) => Refusal::usage(
            format!("there are two values for the column {column}"),
            "leave one of them out; --event gives hash and file",
        ),
        Refused::NoKey(columns) => Refusal::usage(
            "the row has nothing by which it could be found",
            format!("give it a value for {}", columns.join(", or ")),
        ),
        Refused::Hash { value, wrong } => {
            finding(format!("{value}: {}", wrong.message), format!("nothing was written; {}", wrong.help))
        }
        Refused::Imphash => imphash(),
        Refused::Nul(column) => finding(
            format!("the value for the column {column} has a NUL in it, which no table can hold"),
            "nothing was written; give the value by hand".to_string(),
        ),
        Refused::There { column, value, row } => {
            let line = opened.sheet.lines(&opened.text).get(*row).copied().unwrap_or_default();
            let others = opened.sheet.columns.iter().enumerate().filter(|(_, other)| other.hash.is_none());
            let about = others.map(|(at, _)| opened.sheet.value(at, *row)).find(|value| !value.is_empty());
            let about = about.map(|about| format!(": {}", visible(about))).unwrap_or_default();
            finding(
                format!("{column} {value} is in line {line} of {} already{about}", file),
                "nothing was written; `lookup remove` takes the row out".to_string(),
            )
        }
    }
}

/// The file with the row.
pub struct Changed {
    /// The new file.
    pub text: String,
    /// Where the row stands, from 1.
    pub line: usize,
    /// Other rows stand in another order than before.
    pub moved: bool,
}

/// Puts a row into its place.
pub fn changed(opened: &mut Opened, key: usize, cells: &[String]) -> Result<Changed, Refusal> {
    let sheet = &mut opened.sheet;
    let order = row::order(sheet, key);
    let number = sheet.rows.len();
    let mut document = Document::new(&opened.text, sheet.separator);
    let moved = document.sort(sheet, &order);
    for (column, cell) in sheet.columns.iter_mut().zip(cells) {
        column.values.push(cell);
    }
    document.add(number, cells);
    document.sort(sheet, &order);
    let text = document.write();
    let again = again(&text)?;
    let at = document.place(number).filter(|at| *at < again.rows.len());
    let same = |at: usize| cells.iter().enumerate().all(|(column, cell)| again.value(column, at) == cell);
    match at {
        Some(at) if again.rows.len() == number + 1 && same(at) => {
            let line = again.lines(&text).get(at).copied().unwrap_or_default();
            Ok(Changed { text, line, moved })
        }
        Some(_) | None => Err(fault()),
    }
}

/// The text of a table, read once more.
pub fn again(text: &str) -> Result<Sheet, Refusal> {
    let mut findings = Findings::default();
    let sheet = sheet::read(SourceId::default(), text, &mut findings);
    if findings.has_error() { Err(fault()) } else { Ok(sheet) }
}

/// What is said if it is not what it should be.
pub fn fault() -> Refusal {
    Refusal::usage(
        "the changed table would not be read as it should; nothing was written",
        "this is a fault of the program: please report it with the table",
    )
}
