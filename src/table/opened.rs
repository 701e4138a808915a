//! A table's file, read as its project says.
//!
//! In: the bytes of a file, and what the project says of its columns. Out: its sheet, and what is wrong with it, at its place in either.
//! Never here: finding and reading the file.

use super::{Encoding, Findings, Sheet, TableDef, hashes, sheet};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::{Origin, Sources};

/// A word of the project file, and its place there.
#[derive(Clone, Debug)]
pub struct Word {
    /// As written.
    pub text: String,
    /// Where.
    pub origin: Origin,
}

/// What the project says of a table.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// Its name.
    pub name: &'a str,
    /// The column that is meant where a rule names none.
    pub key: &'a Word,
    /// Its columns of hashes.
    pub hashes: &'a [Word],
}

/// A table's file, read.
#[derive(Debug)]
pub struct Opened {
    /// Its encoding.
    pub encoding: Encoding,
    /// Its text.
    pub text: String,
    /// The text, taken apart; its columns of hashes are marked.
    pub sheet: Sheet,
    /// The number of the column that the project calls the key.
    pub key: Option<usize>,
    /// Can it be trusted to be whole, that is, is each row one of the sheet?
    pub whole: bool,
}

/// Reads a table for the checker. Without columns where nothing of it can be used.
pub fn load(
    table: &Declared<'_>,
    file: String,
    bytes: Vec<u8>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> TableDef {
    let columns = open(table, file, bytes, sources, diagnostics).map_or(Vec::new(), |opened| opened.sheet.columns);
    TableDef { name: table.name.to_string(), key: table.key.text.clone(), columns }
}

/// Reads a table; `file` is what people call its file. `None`: there is nothing that could be used, and `diagnostics` says why.
pub fn open(
    table: &Declared<'_>,
    file: String,
    bytes: Vec<u8>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Opened> {
    // The text of a large table is kept only if there is something to show of it.
    let source = sources.next();
    let (encoding, text) = match Encoding::decode(bytes) {
        Ok(decoded) => decoded,
        Err(fault) => {
            sources.add(file, "");
            diagnostics.push(fault.diagnostic(source));
            return None;
        }
    };
    let mut findings = Findings::default();
    let mut sheet = sheet::read(source, &text, &mut findings);
    let whole = !findings.has_error();
    let mut key = None;
    if !sheet.columns.is_empty() {
        key = column(table, &table.key.text, table.key.origin, &sheet, exactly, diagnostics);
        mark(table, &mut sheet, diagnostics);
        hashes::check(source, &text, &sheet, &mut findings);
    }
    let found = findings.finish(source);
    if !found.is_empty() {
        sources.add(file, text.as_str());
        diagnostics.extend(found);
    }
    (!sheet.columns.is_empty()).then_some(Opened { encoding, text, sheet, key, whole })
}

/// The number of the column with just this name: rules name the key so too.
fn exactly(sheet: &Sheet, name: &str) -> Option<usize> {
    sheet.columns.iter().position(|column| column.name == name)
}

/// The number of a column that the project file names.
fn column(
    table: &Declared<'_>,
    name: &str,
    origin: Origin,
    sheet: &Sheet,
    find: fn(&Sheet, &str) -> Option<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let found = find(sheet, name);
    if found.is_none() {
        let names: Vec<&str> = sheet.columns.iter().map(|column| column.name.as_str()).collect();
        let message = format!("the lookup table \"{}\" has no column \"{name}\"", table.name);
        diagnostics.push(Diagnostic::new(Code::UnknownColumn, origin, message).help(
            match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("it has {}", names.join(", ")),
            },
        ));
    }
    found
}

/// Marks the columns that the project file calls hashes.
fn mark(table: &Declared<'_>, sheet: &mut Sheet, diagnostics: &mut Vec<Diagnostic>) {
    for word in table.hashes {
        let kind = hashes::kind(&word.text);
        if kind.is_some_and(|kind| !hashes::KINDS.contains(&kind)) {
            let found = Diagnostic::new(Code::ImphashListed, word.origin, "an IMPHASH does not stand for one file");
            diagnostics.push(found.help(format!("take it out: {}", hashes::NO_IMPHASH)));
            continue;
        }
        let Some(kind) = kind else {
            let message = format!("the name \"{}\" does not tell which hash the column holds", word.text);
            let found = Diagnostic::new(Code::BadProject, word.origin, message);
            diagnostics.push(found.help("call the column sha256, sha1 or md5"));
            continue;
        };
        if let Some(at) = column(table, &word.text, word.origin, sheet, Sheet::column, diagnostics)
            && let Some(column) = sheet.columns.get_mut(at)
        {
            column.hash = Some(kind);
        }
    }
}
