//! Findings on their way to a person or a machine.
//!
//! In: diagnostics and their sources. Out: text through one of the renderings. Never here: what they say.

use std::io::Write;

use super::args::FindingsFormat;
use super::style::{self, Style};
use super::{Exit, Failure, table};
use crate::diagnostic::{Code, Diagnostic, render};
use crate::event::read::{DamageKind, Damaged};
use crate::origin::Sources;

/// How people see findings.
pub(super) fn human(colors: bool) -> render::human::Options {
    render::human::Options { colors, ..render::human::Options::default() }
}

/// The findings in this format.
pub(super) fn render_as(format: FindingsFormat, diagnostics: &[Diagnostic], sources: &Sources, colors: bool) -> String {
    match format {
        FindingsFormat::Human => render::human::render(diagnostics, sources, &human(colors)),
        FindingsFormat::Json => render::json::render(diagnostics, sources),
        FindingsFormat::Ndjson => render::json::render_lines(diagnostics, sources),
        FindingsFormat::Sarif => render::sarif::render(diagnostics, sources),
        FindingsFormat::Github => render::github::render(diagnostics, sources),
    }
}

/// For commands that need rules to compile: shows findings on standard error, and fails if one is an error.
pub(super) fn need_clean(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> Result<(), Failure> {
    need(diagnostics, sources, style, "the rules do not compile")
}

/// The same for whatever else has to be understood; `failure` says that it is not.
pub(super) fn need(diagnostics: &[Diagnostic], sources: &Sources, style: Style, failure: &str) -> Result<(), Failure> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    // Notes are for `check`; a run is not the place for advice.
    let shown: Vec<Diagnostic> =
        diagnostics.iter().filter(|d| d.severity > crate::diagnostic::Severity::Note).cloned().collect();
    if !shown.is_empty() {
        style::stderr().write_all(render::human::render(&shown, sources, &human(style.stderr_colors)).as_bytes())?;
    }
    if errors > 0 {
        let s = if errors == 1 { "" } else { "s" };
        return Err(Failure {
            message: format!("{failure}: {errors} error{s}"),
            help: "mend what is said above; `blocksieve explain-code CODE` says more of each".to_string(),
            exit: Exit::Rules,
        });
    }
    Ok(())
}

/// What people are told while events are read: the first things one by one.
#[derive(Debug, Default)]
pub(super) struct Notices {
    told: u64,
}

impl Notices {
    /// How many are told one by one.
    const TOLD: u64 = 20;

    /// Tells people something, the first times.
    pub(super) fn tell(&mut self, message: &str) {
        self.told += 1;
        let text = match self.told {
            told if told <= Self::TOLD => table::safe(message),
            told if told == Self::TOLD + 1 => "… more of this is only counted".to_string(),
            _ => return,
        };
        // A reader of standard error that went away is no reason to stop.
        let _ = writeln!(style::stderr(), "{text}");
    }

    /// Tells of a record that was skipped.
    pub(super) fn damaged(&mut self, damaged: &Damaged) {
        match damaged.kind {
            DamageKind::TooLarge => self.tell(&format!("warning[{}]: {damaged}; skipped", Code::RecordTooLarge)),
            DamageKind::Sums => self.tell(&format!("warning[{}]: {damaged}", Code::DamagedRecord)),
            DamageKind::Record | DamageKind::Chunk => {
                self.tell(&format!("warning[{}]: {damaged}; skipped", Code::DamagedRecord));
            }
        }
    }
}
