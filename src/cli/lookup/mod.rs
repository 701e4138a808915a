//! `blocksieve lookup`: the lookup tables of a project, shown, checked and changed.
//!
//! In: a project, a table of it, what is to be done. Out: rows, findings, or the table's file with a change. Never here: what
//! may stand in a table; and no change of a file that could not be read whole.

mod add;
mod args;
mod check;
mod list;
mod remove;
mod save;

use std::io::Write;
use std::path::Path;

pub(super) use args::LookupArgs;
use args::{LookupCommand, WhichArgs};

use super::project::{self, Settings, TableFile};
use super::style::{self, Style};
use super::tables::{self, Opened};
use super::{Exit, Failure, report};
use crate::diagnostic::{Diagnostic, nearest, render};
use crate::origin::Sources;

pub(super) fn run(args: &LookupArgs, style: Style) -> Result<Exit, Failure> {
    match &args.command {
        LookupCommand::List(args) => list::run(args, style),
        LookupCommand::Check(args) => check::run(args, style),
        LookupCommand::Add(args) => add::run(args, style),
        LookupCommand::Remove(args) => remove::run(args, style),
    }
}

/// A project, as far as its file tells.
struct Named {
    settings: Settings,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
}

impl Named {
    /// The project at a path, or around this folder.
    fn find(path: Option<&str>) -> Result<Self, Failure> {
        let folder = project::find(Path::new(path.unwrap_or(".")));
        let folder = folder.filter(|_| path.is_none_or(|path| Path::new(path).exists())).ok_or_else(|| match path {
            Some(path) if !Path::new(path).exists() => {
                Failure::unusable(format!("{path} does not exist"), "name the folder of a project")
            }
            Some(path) => Failure::unusable(
                format!("{path} belongs to no project: there is no {} in it or above it", project::FILE),
                "name the folder of a project",
            ),
            None => Failure::unusable(
                format!("there is no project here: no {} in this folder or above it", project::FILE),
                "go into the project's folder, or name it with --project",
            ),
        })?;
        let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
        let settings = project::settings(&folder, &mut sources, &mut diagnostics);
        Ok(Self { settings, sources, diagnostics })
    }

    /// A table of it.
    fn table(&self, name: &str) -> Result<&TableFile, Failure> {
        let tables = &self.settings.tables;
        tables.iter().find(|table| table.name == name).ok_or_else(|| {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None if names.is_empty() => format!("name one in {}: [tables.NAME] with file and key", project::FILE),
                None => format!("it has {}", names.join(", ")),
            };
            Failure::unusable(format!("the project has no lookup table \"{name}\""), help)
        })
    }

    /// The same for commands that only show: if the project file could not be read, that is what is said.
    fn shown_table(&self, name: &str, style: Style) -> Result<&TableFile, Failure> {
        if self.settings.tables.is_empty() && self.diagnostics.iter().any(Diagnostic::is_error) {
            self.show(&self.diagnostics, style)?;
            return Err(Failure::unusable("the project file has errors", "mend what is said above"));
        }
        self.table(name)
    }

    /// For commands that change a table: the project's file must be without fault.
    fn need_clean(&self, style: Style) -> Result<(), Failure> {
        if self.diagnostics.iter().any(Diagnostic::is_error) {
            self.show(&self.diagnostics, style)?;
            return Err(Failure::unusable(
                "the project file has errors; nothing was written",
                "mend what is said above",
            ));
        }
        Ok(())
    }

    /// Shows findings on standard error.
    fn show(&self, found: &[Diagnostic], style: Style) -> std::io::Result<()> {
        let text = render::human::render(found, &self.sources, &report::human(style.stderr_colors));
        style::stderr().write_all(text.as_bytes())
    }

    /// Opens a table that is to be changed: one that can be read whole.
    fn open_whole(&mut self, table: &TableFile, style: Style) -> Result<(Opened, usize, Vec<Diagnostic>), Failure> {
        let mut found = Vec::new();
        let opened = tables::open(table, &mut self.sources, &mut found);
        match opened.map(|opened| (opened.key, opened)) {
            Some((Some(key), opened)) if opened.whole => Ok((opened, key, found)),
            Some(_) | None => {
                found.retain(Diagnostic::is_error);
                self.show(&found, style)?;
                Err(Failure::unusable(
                    format!("the table \"{}\" cannot be changed as it is; nothing was written", table.name),
                    "mend what is said above",
                ))
            }
        }
    }
}

/// The project and table that are meant. One word alone is a table of the project here, if it has one of that name, else a
/// project.
fn which(args: &WhichArgs, style: Style) -> Result<(Named, Option<TableFile>), Failure> {
    let given = args.project.project.as_deref();
    let (path, table) = match (given, args.first.as_deref(), args.second.as_deref()) {
        (Some(_), Some(_), Some(_)) => {
            return Err(Failure::unusable(
                "the project is named twice, before the table and with --project",
                "leave one of them out",
            ));
        }
        (None, Some(path), Some(table)) => (Some(path), Some(table)),
        (given, word, _) => (given, word),
    };
    if let (None, Some(word), None) = (given, args.first.as_deref(), args.second.as_deref()) {
        let here = project::find(Path::new(".")).map(|_| Named::find(None)).transpose()?;
        if let Some(named) = here
            && (named.settings.tables.iter().any(|table| table.name == word) || !Path::new(word).exists())
        {
            let table = named.shown_table(word, style)?.clone();
            return Ok((named, Some(table)));
        }
        return Ok((Named::find(Some(word))?, None));
    }
    let named = Named::find(path)?;
    let table = table.map(|table| named.shown_table(table, style)).transpose()?.cloned();
    Ok((named, table))
}

/// A row for people: the names of its columns before what stands in them, empty ones left out.
fn written<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let filled: Vec<_> = cells.filter(|(_, value)| !value.is_empty()).collect();
    let wide = filled.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    filled
        .into_iter()
        .map(|(name, value)| {
            let (name, value) = (super::table::safe(name), super::table::safe(value));
            format!("  {name:wide$}  {value}\n")
        })
        .collect()
}

/// The path of a table's file, as people see it.
fn shown(table: &TableFile) -> String {
    table.path.display().to_string().replace('\\', "/")
}
