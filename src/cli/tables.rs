//! The files of lookup tables.
//!
//! In: what the project file says of a table. Out: the table, and what is wrong with it, at its place in either file. Never
//! here: how a file is taken apart, and what may stand in it.

use std::io::Read;

use super::project::TableFile;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::limits::TABLE_BYTES;
use crate::origin::{Origin, Sources};
use crate::table::{Encoding, Findings, Sheet, TableDef, hashes, sheet};

/// A table's file, read.
#[derive(Debug)]
pub(super) struct Opened {
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

/// Reads a table for the checker.
pub(super) fn load(table: &TableFile, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> TableDef {
    let columns = open(table, sources, diagnostics).map_or(Vec::new(), |opened| opened.sheet.columns);
    TableDef { name: table.name.clone(), key: table.key.text.clone(), columns }
}

/// Reads a table. `None`: there is nothing that could be used, and `diagnostics` says why.
pub(super) fn open(table: &TableFile, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Option<Opened> {
    let name = table.path.display().to_string().replace('\\', "/");
    let bytes = match bytes(table, &name) {
        Ok(bytes) => bytes,
        Err(found) => {
            diagnostics.push(*found);
            return None;
        }
    };
    // The text of a large table is kept only if there is something to show of it.
    let source = sources.next();
    let (encoding, text) = match Encoding::decode(bytes) {
        Ok(decoded) => decoded,
        Err(fault) => {
            sources.add(name, "");
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
        sources.add(name, text.as_str());
        diagnostics.extend(found);
    }
    (!sheet.columns.is_empty()).then_some(Opened { encoding, text, sheet, key, whole })
}

fn bytes(table: &TableFile, name: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
    let fault = |code, message: String| {
        Box::new(Diagnostic::new(code, table.file.origin, format!("lookup table \"{}\": {message}", table.name)))
    };
    let unreadable = |error: std::io::Error| {
        let found = fault(Code::Unreadable, format!("{name} cannot be read: {error}"));
        Box::new(found.help("the path begins at the folder of the project file"))
    };
    let too_large = || {
        let found = fault(Code::TableTooLarge, format!("{name} has more than {TABLE_BYTES} bytes"));
        Box::new(found.help("split it into several tables, and ask each of them"))
    };
    let mut file = std::fs::File::open(&table.path).map_err(unreadable)?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let length = usize::try_from(length).ok().filter(|length| *length <= TABLE_BYTES).ok_or_else(too_large)?;
    let mut bytes = Vec::with_capacity(length);
    // What is no file has no length. One byte more tells what is too large from what just fits.
    file.by_ref().take(TABLE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > TABLE_BYTES {
        return Err(too_large());
    }
    Ok(bytes)
}

/// The number of the column with just this name: rules name the key so too.
fn exactly(sheet: &Sheet, name: &str) -> Option<usize> {
    sheet.columns.iter().position(|column| column.name == name)
}

/// The number of a column that the project file names.
fn column(
    table: &TableFile,
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
fn mark(table: &TableFile, sheet: &mut Sheet, diagnostics: &mut Vec<Diagnostic>) {
    for word in &table.hashes {
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
