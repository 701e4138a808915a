//! A row of a lookup table out of an event, as `blocksieve lookup add --event` makes it.
//!
//! In: a record, a table with columns of hashes, a note. Out: the table's file with one row more; or why the file is not whitelisted, in
//! the same words. Never here: saving it.

use crate::event::read::Record;
use crate::origin::{Origin, SourceId, Sources};
use crate::session::project::Table;
use crate::session::wire::{Answer, Refused, TableEdit};
use crate::table::change::{self, FILE_COLUMN, NOTE_COLUMNS, WHY_NOT};
use crate::table::of_event;
use crate::table::opened::{self, Declared, Word};
use crate::table::{Refusal, row};

/// The table with a row for the file of this event.
pub(super) fn whitelist(record: &Record<'_>, table: &Table, note: &str) -> Answer<TableEdit> {
    match add(record, table, note) {
        Ok(edit) => Answer::Done(edit),
        Err(Refusal { message, help, .. }) => Answer::Refused(Refused { error: message, help: Some(help) }),
    }
}

fn add(record: &Record<'_>, table: &Table, note: &str) -> Result<TableEdit, Refusal> {
    let file = of_event::read(record)?;
    let word = |text: &String| Word { text: text.clone(), origin: Origin::whole(SourceId::default()) };
    let (key, hashes) = (word(&table.key), table.hashes.iter().map(word).collect::<Vec<Word>>());
    let declared = Declared { name: &table.name, key: &key, hashes: &hashes };
    let (mut sources, mut found) = (Sources::default(), Vec::new());
    let bytes = table.text.clone().into_bytes();
    let mended = || {
        Refusal::finding(
            format!("the table \"{}\" has errors; nothing was written", table.name),
            "mend what is said of it first",
        )
    };
    let mut opened = opened::open(&declared, table.file.clone(), bytes, &mut sources, &mut found).ok_or_else(mended)?;
    let key = opened.key.filter(|_| opened.whole && !found.iter().any(crate::diagnostic::Diagnostic::is_error));
    let key = key.ok_or_else(mended)?;
    let mut values = vec![file.hash(&opened.sheet)?];
    values.extend(opened.sheet.column(FILE_COLUMN).map(|column| (column, file.file.clone())));
    if !note.trim().is_empty() {
        let column = NOTE_COLUMNS.iter().find_map(|name| opened.sheet.column(name)).ok_or_else(|| {
            Refusal::usage(
                format!("the table \"{}\" has no column for a note", table.name),
                format!("leave the note out, or add a column `{}`", NOTE_COLUMNS.join("` or `")),
            )
        })?;
        values.push((column, note.trim().to_string()));
    }
    let cells = row::new(&opened.sheet, key, values).map_err(|why| change::refused(&why, &opened, &table.file))?;
    if let Some(component) = change::component(&opened.sheet, &cells, Some(&file)) {
        return Err(Refusal::finding(format!("this file is not added: {component}"), WHY_NOT));
    }
    let changed = change::changed(&mut opened, key, &cells)?;
    let names = opened.sheet.columns.iter().map(|column| column.name.as_str());
    let filled = names.zip(&cells).filter(|(_, cell)| !cell.is_empty());
    let added: Vec<String> = filled.map(|(name, cell)| format!("{name}: {cell}")).collect();
    Ok(TableEdit {
        table: table.name.clone(),
        file: table.file.clone(),
        text: changed.text,
        added: format!("line {}: {}", changed.line, added.join(", ")),
    })
}
