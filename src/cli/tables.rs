//! The files of lookup tables.
//!
//! In: what the project file says of a table. Out: the table, and what is wrong with it, at its place in either file. Never
//! here: how a file is taken apart, and what may stand in it.

use std::io::Read;

use super::project::TableFile;
use crate::diagnostic::{Code, Diagnostic};
use crate::limits::TABLE_BYTES;
use crate::origin::Sources;
use crate::table::{TableDef, opened};

pub(super) use crate::table::opened::Opened;

/// Reads a table for the checker.
pub(super) fn load(table: &TableFile, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> TableDef {
    let columns = open(table, sources, diagnostics).map_or(Vec::new(), |opened| opened.sheet.columns);
    TableDef { name: table.name.clone(), key: table.key.text.clone(), columns }
}

/// Reads a table. `None`: there is nothing that could be used, and `diagnostics` says why.
pub(super) fn open(table: &TableFile, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Option<Opened> {
    let name = table.path.display().to_string().replace('\\', "/");
    match bytes(table, &name) {
        Ok(bytes) => opened::open(&table.declared(), name, bytes, sources, diagnostics),
        Err(found) => {
            diagnostics.push(*found);
            None
        }
    }
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
