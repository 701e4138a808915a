//! `blocksieve lookup list`: the tables of a project, or the rows of one.
//!
//! In: a project, perhaps a table of it and a text to look for. Out: a list on standard output. A row that could not be read
//! is told of on standard error, and the list ends with status 3. Never here: the order of rows; it is that of the file.

use std::io::Write;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::args::{ListArgs, ListFormat};
use crate::cli::project::TableFile;
use crate::cli::style::{self, Style};
use crate::cli::table::{columns_of, safe};
use crate::cli::tables::{self, Opened};
use crate::cli::{Exit, Failure};
use crate::diagnostic::Diagnostic;
use crate::fold::fold;
use crate::table::{Sheet, scan};

pub(super) fn run(args: &ListArgs, style: Style) -> Result<Exit, Failure> {
    let (mut named, only) = super::which(&args.which, style)?;
    let mut found = std::mem::take(&mut named.diagnostics);
    let mut exit = Exit::Clean;
    let files = only.clone().map_or_else(|| named.settings.tables.clone(), |table| vec![table]);
    let mut opened = Vec::new();
    for table in &files {
        match tables::open(table, &mut named.sources, &mut found) {
            Some(read) => {
                exit.note(if read.whole { Exit::Clean } else { Exit::Partial });
                opened.push((table, read));
            }
            None => exit.note(Exit::Unusable),
        }
    }
    found.retain(Diagnostic::is_error);
    named.show(&found, style)?;
    let mut out = style::stdout();
    match (&only, opened.as_slice()) {
        (Some(_), [(table, opened)]) => rows(table, opened, args, &mut out)?,
        (Some(_), _) => {}
        (None, all) => listed(all, args, &mut out)?,
    }
    out.finish()?;
    Ok(exit)
}

/// A table, as `--format json` has it.
#[derive(Serialize)]
struct Listed<'a> {
    table: &'a str,
    rows: usize,
    key: &'a str,
    columns: Vec<&'a str>,
    hashes: Vec<&'a str>,
    file: String,
}

/// The tables. Nothing is cut, for people copy it. `--where` is looked for in their names.
fn listed(all: &[(&TableFile, Opened)], args: &ListArgs, out: &mut impl Write) -> Result<(), Failure> {
    let wanted = args.filter.as_deref().map(fold);
    let all = all.iter().filter(|(table, _)| wanted.as_ref().is_none_or(|text| fold(&table.name).contains(text)));
    let all: Vec<Listed<'_>> = all
        .map(|(table, opened)| Listed {
            table: &table.name,
            rows: opened.sheet.rows.len(),
            key: &table.key.text,
            columns: opened.sheet.columns.iter().map(|column| column.name.as_str()).collect(),
            hashes: table.hashes.iter().map(|word| word.text.as_str()).collect(),
            file: super::shown(table),
        })
        .collect();
    let cells = |listed: &Listed<'_>| {
        let Listed { table, rows, key, columns, hashes, file } = listed;
        [
            (*table).to_string(),
            rows.to_string(),
            (*key).to_string(),
            columns.join(", "),
            hashes.join(", "),
            file.clone(),
        ]
    };
    let header = ["table", "rows", "key", "columns", "hashes", "file"];
    match args.format {
        ListFormat::Json => writeln!(out, "{}", serde_json::to_string_pretty(&all).map_err(std::io::Error::other)?)?,
        ListFormat::Csv => {
            csv(header.into_iter(), out)?;
            for listed in &all {
                csv(cells(listed).iter().map(String::as_str), out)?;
            }
        }
        ListFormat::Table => {
            let rows: Vec<Vec<String>> =
                all.iter().map(|listed| cells(listed).map(|cell| safe(&cell)).to_vec()).collect();
            out.write_all(columns_of(&header, &rows, usize::MAX).as_bytes())?;
        }
    }
    Ok(())
}

/// A table with its rows, as `--format json` has it.
#[derive(Serialize)]
struct Document<'a> {
    table: &'a str,
    file: String,
    rows: Vec<Row<'a>>,
}

/// A row of it.
#[derive(Serialize)]
struct Row<'a> {
    line: usize,
    cells: Cells<'a>,
}

/// Values by their columns, in the order of the file.
struct Cells<'a>(&'a Sheet, usize);

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.columns.len()))?;
        for (at, column) in self.0.columns.iter().enumerate() {
            map.serialize_entry(&column.name, self.0.value(at, self.1))?;
        }
        map.end()
    }
}

/// The rows of one table.
fn rows(table: &TableFile, opened: &Opened, args: &ListArgs, out: &mut impl Write) -> Result<(), Failure> {
    let sheet = &opened.sheet;
    let wanted = args.filter.as_deref().map(fold);
    let cells = |row: usize| (0..sheet.columns.len()).map(move |column| sheet.value(column, row));
    let holds = |row: usize| wanted.as_ref().is_none_or(|text| cells(row).any(|cell| fold(cell).contains(text)));
    let lines = sheet.lines(&opened.text);
    let numbered = lines.into_iter().enumerate().filter(|(row, _)| holds(*row));
    let names = sheet.columns.iter().map(|column| column.name.as_str());
    match args.format {
        ListFormat::Json => {
            let rows = numbered.map(|(row, line)| Row { line, cells: Cells(sheet, row) }).collect();
            let document = Document { table: &table.name, file: super::shown(table), rows };
            writeln!(out, "{}", serde_json::to_string_pretty(&document).map_err(std::io::Error::other)?)?;
        }
        ListFormat::Csv => {
            csv(names, out)?;
            for (row, _) in numbered {
                csv(cells(row), out)?;
            }
        }
        ListFormat::Table => {
            let header: Vec<String> = names.map(safe).collect();
            let header: Vec<&str> = std::iter::once("line").chain(header.iter().map(String::as_str)).collect();
            let line = |(row, line): (usize, usize)| {
                std::iter::once(line.to_string()).chain(cells(row).map(safe)).collect::<Vec<String>>()
            };
            out.write_all(columns_of(&header, &numbered.map(line).collect::<Vec<_>>(), usize::MAX).as_bytes())?;
        }
    }
    Ok(())
}

fn csv<'a>(cells: impl Iterator<Item = &'a str>, out: &mut impl Write) -> std::io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        out.write_all(scan::written(cell, b',').as_bytes())?;
    }
    out.write_all(b"\n")
}
