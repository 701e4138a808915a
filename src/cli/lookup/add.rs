//! `blocksieve lookup add`: a row more.
//!
//! In: a table, and values or an event. Out: the table's file with one row more, in its place by the order of keys; on standard
//! output what was done. Refused: what the table holds already, what is no hash of a file, and components of Windows unless
//! they are forced. Never here: a change of other rows, but for their order.

use std::io::Write;

use super::args::AddArgs;
use super::save::Place;
use super::{Named, shown, written};
use crate::ast::HashKind;
use crate::cli::event;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure};
use crate::diagnostic::{Diagnostic, nearest};
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::table::Sheet;
use crate::table::change::{FILE_COLUMN, NOTE_COLUMNS, WHY_NOT, changed, component, imphash, refused};
use crate::table::hashes;
use crate::table::of_event::{self, HashOfFile};
use crate::table::row;

/// What a command can do besides.
const INSIST: &str = ", or insist with --force";

pub(super) fn run(args: &AddArgs, style: Style) -> Result<Exit, Failure> {
    if args.values.is_empty() && args.event.is_none() {
        return Err(Failure::unusable(
            "nothing is said of the row that is to be added",
            "write COLUMN=VALUE, or name an event with --event FILE:N",
        ));
    }
    let mut named = Named::find(args.project.project.as_deref())?;
    named.need_clean(style)?;
    let table = named.table(&args.table)?.clone();
    // Read before anything is locked: it may be a large log.
    let of_event = match &args.event {
        Some(event) => {
            match event::find(
                event::place(event)?,
                &Layout::new(),
                AgentVersion::DEFAULT,
                style,
                |_| {},
                of_event::read,
            )? {
                Ok(event) => Some(event?),
                Err(exit) => return Ok(exit),
            }
        }
        None => None,
    };
    let place = if args.dry_run { None } else { Some(Place::take(&table.path)?) };
    let (mut opened, key, found) = named.open_whole(&table, style)?;
    if found.iter().any(Diagnostic::is_error) {
        named.show(&found, style)?;
        return Err(Failure::unusable("the table has errors; nothing was written", "mend what is said above"));
    }
    let values = values(args, &opened.sheet, of_event.as_ref())?;
    let cells = row::new(&opened.sheet, key, values).map_err(|why| refused(&why, &opened, &shown(&table)))?;
    let component = component(&opened.sheet, &cells, of_event.as_ref());
    if let Some(component) = component.as_ref().filter(|_| !args.force) {
        return Err(Failure {
            message: format!("this file is not added: {component}"),
            help: format!("{WHY_NOT}{INSIST}"),
            exit: Exit::Findings,
        });
    }
    let changed = changed(&mut opened, key, &cells)?;
    let mut out = style::stdout();
    let verb = if args.dry_run { "would be added to" } else { "added to" };
    if let Some(place) = place {
        place.write(&opened.encoding.encode(&opened.text), &opened.encoding.encode(&changed.text))?;
    }
    writeln!(out, "{verb} {}, line {}:", shown(&table), changed.line)?;
    let names = opened.sheet.columns.iter().map(|column| column.name.as_str());
    out.write_all(written(names.zip(cells.iter().map(String::as_str))).as_bytes())?;
    out.finish()?;
    notes(args, &opened.sheet, &cells, component.is_some(), changed.moved)?;
    Ok(Exit::Clean)
}

/// What is worth knowing of a row that was added.
fn notes(args: &AddArgs, sheet: &Sheet, cells: &[String], component: bool, moved: bool) -> Result<(), Failure> {
    let mut err = style::stderr();
    if component {
        writeln!(err, "note: this is a component of Windows; what intruders do with it will be whitelisted too")?;
    }
    let of = |kind| sheet.columns.iter().position(|column| column.hash == Some(kind)).and_then(|at| cells.get(at));
    let [best, ..] = hashes::KINDS;
    let weak = row::hash_columns(sheet).into_iter().find(|at| cells.get(*at).is_some_and(|cell| !cell.is_empty()));
    let weak = weak.and_then(|at| sheet.columns.get(at)?.hash);
    if let (Some(kind), Some(none)) = (weak, of(best))
        && none.is_empty()
    {
        let whose = if args.event.is_some() { "the event has no SHA256: " } else { "" };
        writeln!(err, "note: {whose}{} is meant for events without {}", hashes::one(kind), hashes::one(best))?;
    }
    if moved {
        writeln!(err, "note: the rows were not in the order of their keys; now they are")?;
    }
    Ok(())
}

/// What the row is made of: column and value.
fn values(args: &AddArgs, sheet: &Sheet, event: Option<&HashOfFile>) -> Result<Vec<(usize, String)>, Failure> {
    let mut values = Vec::new();
    if let Some(event) = event {
        values.push(event.hash(sheet)?);
        // A table need not have a column for the file.
        values.extend(sheet.column(FILE_COLUMN).map(|column| (column, event.file.clone())));
    }
    for value in &args.values {
        values.push(match pasted(value) {
            Some(list) => of_event::best(&list, sheet, "that was pasted")?,
            None => by_hand(value, sheet)?,
        });
    }
    if let Some(note) = &args.note {
        let column = NOTE_COLUMNS.iter().find_map(|name| sheet.column(name)).ok_or_else(|| {
            Failure::unusable(
                format!("the table \"{}\" has no column for a note", args.table),
                format!("leave --note out, or add a column `{}`", NOTE_COLUMNS.join("` or `")),
            )
        })?;
        values.push((column, note.clone()));
    }
    Ok(values)
}

/// What Sysmon calls `Hashes`, `SHA1=…,MD5=…,SHA256=…,IMPHASH=…`: the hashes of which one may be taken. `None`: it is no such list.
fn pasted(text: &str) -> Option<Vec<(HashKind, String)>> {
    let kind = |part: &str| hashes::kind(part.split_once('=')?.0.trim());
    let list = text.contains(',') && text.split(',').all(|part| kind(part).is_some());
    list.then(|| of_event::hashes_of(&text.replace(' ', "")))
}

/// `COLUMN=VALUE`, or a hash alone where its length tells which it is.
fn by_hand(text: &str, sheet: &Sheet) -> Result<(usize, String), Failure> {
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(kind) = hashes::KINDS.into_iter().find(|kind| hex && text.len() == kind.digits()) {
        // 32 digits may be an IMPHASH as well.
        if hashes::KINDS.last() == Some(&kind) {
            return Err(Failure::unusable(
                format!("{text} may be an MD5 or an IMPHASH"),
                format!("write {}={text} if it is one", kind.word()),
            ));
        }
        let column = sheet.columns.iter().position(|column| column.hash == Some(kind));
        return column.map(|column| (column, text.to_string())).ok_or_else(|| no_column(kind.word(), sheet));
    }
    let Some((name, value)) = text.split_once('=') else {
        return Err(Failure::unusable(
            format!("{text} does not say which column is meant"),
            format!("write COLUMN={text}; the columns are {}", names(sheet).join(", ")),
        ));
    };
    match sheet.column(name.trim()) {
        Some(column) => Ok((column, value.to_string())),
        None if !row::hash_columns(sheet).is_empty() && name.trim().eq_ignore_ascii_case("IMPHASH") => {
            Err(imphash().into())
        }
        None => Err(no_column(name.trim(), sheet)),
    }
}

fn no_column(name: &str, sheet: &Sheet) -> Failure {
    let names = names(sheet);
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("it has {}", names.join(", ")),
    };
    Failure::unusable(format!("the table has no column {name}"), help)
}

fn names(sheet: &Sheet) -> Vec<&str> {
    sheet.columns.iter().map(|column| column.name.as_str()).collect()
}
