//! `blocksieve lookup check`: everything that is wrong in lookup tables.
//!
//! In: a project, perhaps one table of it. Out: all findings on standard output in the format asked for, and for people a
//! closing line. Status 1 if there is a warning or an error. Never here: rules.

use std::io::Write;

use super::args::LookupCheckArgs;
use crate::cli::args::FindingsFormat;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure, report, tables};
use crate::diagnostic::{self, Severity, render};

pub(super) fn run(args: &LookupCheckArgs, style: Style) -> Result<Exit, Failure> {
    let (mut named, only) = super::which(&args.which, style)?;
    // What is wrong with the project file but concerns no table is not asked for with one table.
    let mut found = if only.is_none() { std::mem::take(&mut named.diagnostics) } else { Vec::new() };
    let files = only.map_or_else(|| named.settings.tables.clone(), |table| vec![table]);
    let mut rows = 0;
    for table in &files {
        let opened = tables::open(table, &mut named.sources, &mut found);
        rows += opened.map_or(0, |opened| opened.sheet.rows.len());
    }
    diagnostic::sort(&mut found);
    let mut out = style::stdout();
    out.write_all(report::render_as(args.format, &found, &named.sources, style.stdout_colors).as_bytes())?;
    if args.format == FindingsFormat::Human {
        let s = |count: usize| if count == 1 { "" } else { "s" };
        let counts = format!("{} table{}, {rows} row{} checked", files.len(), s(files.len()), s(rows));
        if found.is_empty() {
            writeln!(out, "{counts}: clean")?;
        } else {
            writeln!(out, "{counts}: {}", render::summary(&found))?;
        }
    }
    out.finish()?;
    let grave = found.iter().any(|found| found.severity >= Severity::Warning);
    Ok(if grave { Exit::Findings } else { Exit::Clean })
}
