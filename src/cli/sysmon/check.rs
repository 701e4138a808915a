//! `blocksieve sysmon check`: everything that Sysmon refuses, or that can hardly be meant.
//!
//! In: configurations. Out: all findings on standard output in the format asked for. Status 1 if one is an error (or, with `--deny-warnings`, a warning).

use std::io::Write;

use super::args::CheckArgs;
use crate::cli::args::FindingsFormat;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure, report};
use crate::diagnostic::Severity;
use crate::origin::Sources;

pub(super) fn run(args: &CheckArgs, style: Style) -> Result<Exit, Failure> {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let files = super::files(&args.configs)?;
    for file in &files {
        found.extend(super::read(file, &mut sources)?.1);
    }
    let mut out = style::stdout();
    out.write_all(report::render_as(args.format, &found, &sources, style.stdout_colors).as_bytes())?;
    if args.format == FindingsFormat::Human {
        out.write_all(super::closing(&found, files.len()).as_bytes())?;
    }
    out.finish()?;
    let worst = found.iter().map(|diagnostic| diagnostic.severity).max();
    let bar = if args.deny_warnings { Severity::Warning } else { Severity::Error };
    Ok(if worst >= Some(bar) { Exit::Findings } else { Exit::Clean })
}
