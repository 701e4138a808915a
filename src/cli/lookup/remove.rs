//! `blocksieve lookup remove`: rows less.
//!
//! In: a table, and keys or hashes of its rows. Out: the table's file without these rows; on standard output which they were. A
//! key that no row has: nothing is changed. Never here: a change of other rows, but for their order.

use std::collections::BTreeSet;
use std::io::Write;

use super::args::RemoveArgs;
use super::save::Place;
use super::{Named, shown, written};
use crate::cli::event;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure};
use crate::diagnostic::nearest;
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::table::change;
use crate::table::edit::Document;
use crate::table::of_event::{self, HashOfFile};
use crate::table::{Sheet, row};

pub(super) fn run(args: &RemoveArgs, style: Style) -> Result<Exit, Failure> {
    let mut named = Named::find(args.project.project.as_deref())?;
    named.need_clean(style)?;
    let table = named.table(&args.table)?.clone();
    // Read before anything is locked: it may be a large log.
    let of_event = match args.event.as_deref().map(|event| hash_of(event, style)) {
        Some(Ok(Ok(event))) => Some(event),
        Some(Ok(Err(exit))) => return Ok(exit),
        Some(Err(failure)) => return Err(failure),
        None => None,
    };
    let place = if args.dry_run { None } else { Some(Place::take(&table.path)?) };
    // A row with a bad hash can be taken out, so errors of that sort do not matter here.
    let (opened, key, found) = named.open_whole(&table, style)?;
    let sheet = &opened.sheet;
    let mut columns = row::finders(sheet, key);
    columns.push(key);
    let mut keys = args.keys.clone();
    if let Some(event) = &of_event {
        let hashes: Vec<String> = event.values().cloned().collect();
        // Of several any will do: without a SHA256 whoever added the file may have had another.
        let rows = row::find_all(sheet, &columns, &hashes);
        let there = hashes.iter().zip(&rows).find(|(_, rows)| !rows.is_empty()).map(|(hash, _)| hash);
        keys.extend(there.or(hashes.first()).cloned());
    }
    let mut gone = BTreeSet::new();
    for (wanted, rows) in keys.iter().zip(row::find_all(sheet, &columns, &keys)) {
        if rows.is_empty() {
            return Err(Failure::unusable(
                format!("no row of \"{}\" has the key {wanted}; nothing was written", table.name),
                match near(sheet, &columns, wanted) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("`blocksieve lookup list {}` shows them", table.name),
                },
            ));
        }
        gone.extend(rows);
    }
    let mut document = Document::new(&opened.text, sheet.separator);
    let comments: usize = gone.iter().map(|row| document.comments(*row)).sum();
    document.remove(&gone);
    let moved = document.sort(sheet, &row::order(sheet, key));
    let text = document.write();
    if change::again(&text)?.rows.len() + gone.len() != sheet.rows.len() {
        return Err(change::fault().into());
    }
    if let Some(place) = place {
        place.write(&opened.encoding.encode(&opened.text), &opened.encoding.encode(&text))?;
    }
    let mut out = style::stdout();
    let verb = if args.dry_run { "would be removed from" } else { "removed from" };
    let lines = sheet.lines(&opened.text);
    for row in &gone {
        writeln!(out, "{verb} {}, line {}:", shown(&table), lines.get(*row).copied().unwrap_or_default())?;
        let cells = sheet.columns.iter().enumerate().map(|(at, column)| (column.name.as_str(), sheet.value(at, *row)));
        out.write_all(written(cells).as_bytes())?;
    }
    out.finish()?;
    let mut err = style::stderr();
    if comments > 0 {
        let s = if comments == 1 { "" } else { "s" };
        writeln!(err, "note: {comments} comment line{s} above went with it")?;
    }
    if moved {
        writeln!(err, "note: the rows were not in the order of their keys; now they are")?;
    }
    let rest = found.iter().filter(|found| found.is_error()).count();
    if rest > 0 {
        writeln!(err, "note: the table had errors; `blocksieve lookup check` shows whether some are left")?;
    }
    Ok(Exit::Clean)
}

/// The hash of an event, or that reading it was in vain.
fn hash_of(event: &str, style: Style) -> Result<Result<HashOfFile, Exit>, Failure> {
    match event::find(event::place(event)?, &Layout::new(), AgentVersion::DEFAULT, style, |_| {}, of_event::read)? {
        Ok(event) => Ok(Ok(event?)),
        Err(exit) => Ok(Err(exit)),
    }
}

/// The key that is nearest to one that is not there.
fn near<'s>(sheet: &'s Sheet, columns: &[usize], wanted: &str) -> Option<&'s str> {
    /// Up to here each key is compared with the wanted one.
    const FEW: usize = 10_000;
    /// Beyond, one that has so many characters in common at its beginning or end.
    const COMMON: usize = 4;
    let ends = |text: &str| {
        let text = text.as_bytes();
        (
            text.get(..COMMON).map(<[u8]>::to_ascii_lowercase),
            text.rchunks(COMMON).next().map(<[u8]>::to_ascii_lowercase),
        )
    };
    let (begin, end) = ends(wanted);
    let alike = |key: &&str| {
        let (a, b) = ends(key);
        sheet.rows.len() <= FEW || a == begin || b == end
    };
    let keys = columns.iter().filter_map(|column| sheet.columns.get(*column)).flat_map(|column| column.values.iter());
    nearest(wanted, keys.filter(|key| !key.is_empty()).filter(alike))
}
