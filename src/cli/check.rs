//! `blocksieve check`: everything that is wrong, or hardly meant, in rules.
//!
//! In: rules; where none are named, the project around this folder. Out: all findings on standard output in the format asked for, and for people a closing line. Status 1 if one
//! is an error (or, with `--deny-warnings`, a warning); what `--deny` names is one. Never here: running them.

use std::io::Write;

use super::args::{CheckArgs, FindingsFormat};
use super::style::{self, Style};
use super::{Exit, Failure, load, meant, report};
use crate::diagnostic::{Severity, render};

pub(super) fn run(args: &CheckArgs, style: Style) -> Result<Exit, Failure> {
    let named = if args.rules.is_empty() { vec![meant::here("check")?] } else { args.rules.clone() };
    // What is not there hides nothing of what is.
    let is_there = |path: &&String| *path == "-" || std::fs::exists(path.as_str()).unwrap_or(true);
    let (there, missing): (Vec<&String>, Vec<&String>) = named.iter().partition(is_there);
    let named: Vec<String> = if there.is_empty() { named.clone() } else { there.into_iter().cloned().collect() };
    let mut checked = load::lint_for(&named, load::For::Each, None)?;
    for finding in checked.diagnostics.iter_mut().filter(|finding| args.deny.contains(&finding.code)) {
        finding.severity = Severity::Error;
    }
    let found = &checked.diagnostics;
    let mut out = style::stdout();
    out.write_all(report::render_as(args.format, found, &checked.sources, style.stdout_colors).as_bytes())?;
    if args.format == FindingsFormat::Human {
        let rules = checked.rules;
        let s = if rules == 1 { "" } else { "s" };
        if found.is_empty() {
            writeln!(out, "{rules} rule{s} checked: clean")?;
        } else {
            writeln!(out, "{rules} rule{s} checked: {}", render::summary(found))?;
        }
    }
    out.finish()?;
    if let [first, rest @ ..] = missing.as_slice() {
        let others = rest.iter().map(|path| format!(", {path}")).collect::<String>();
        let does = if rest.is_empty() { "does" } else { "do" };
        let message = format!("{first}{others} {does} not exist");
        return Err(Failure::unusable(message, "look at the spelling; the other rules were checked"));
    }
    let worst = found.iter().map(|diagnostic| diagnostic.severity).max();
    let bar = if args.deny_warnings { Severity::Warning } else { Severity::Error };
    Ok(if worst >= Some(bar) { Exit::Findings } else { Exit::Clean })
}
