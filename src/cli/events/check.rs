//! Inputs, one by one.
//!
//! In: how the reading of each went. Out: a row or a line each: which forms it holds, how many events, what is damaged, how many keys
//! and names come again, and of EVTX whether the sums of its chunks fit. Never here: reading.

use std::collections::BTreeMap;
use std::io::Write;

use super::super::table;
use super::Output;
use crate::event::Form;
use crate::event::read::{DamageKind, ReadError, ReadStats};

/// Rows that are laid out together.
const ROWS: usize = 1000;

/// Says what each input holds.
pub(super) struct Check {
    /// As JSON, a line each.
    lines: bool,
    rows: Vec<Vec<String>>,
    /// Chunks of the input at hand whose sums do not fit.
    sums: u64,
}

/// One input, as JSON says it.
#[derive(serde::Serialize)]
struct Line<'i> {
    input: &'i str,
    /// Events by form.
    forms: BTreeMap<&'static str, u64>,
    events: u64,
    damaged: u64,
    repeated: u64,
    /// Chunks whose sums do not fit, where there are chunks.
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong_sums: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Check {
    pub(super) fn new(lines: bool) -> Self {
        Self { lines, rows: Vec::new(), sums: 0 }
    }

    /// Something is damaged.
    pub(super) fn damaged(&mut self, kind: DamageKind) {
        self.sums += u64::from(kind == DamageKind::Sums);
    }

    /// An input was read.
    pub(super) fn input(
        &mut self,
        input: &str,
        stats: &ReadStats,
        error: Option<&ReadError>,
        out: &mut Output,
    ) -> std::io::Result<()> {
        let sums = std::mem::take(&mut self.sums);
        let there = Form::ALL.into_iter().filter(|form| stats.of(*form) > 0);
        let line = Line {
            input,
            forms: there.map(|form| (form.word(), stats.of(form))).collect(),
            events: stats.events,
            // Records of a chunk whose sums do not fit are read.
            damaged: (stats.damaged + stats.too_large).saturating_sub(sums),
            repeated: stats.duplicate_keys,
            wrong_sums: (stats.of(Form::Evtx) > 0 || sums > 0).then_some(sums),
            error: error.map(ToString::to_string),
        };
        if self.lines {
            serde_json::to_writer(&mut *out, &line).map_err(std::io::Error::from)?;
            return out.write_all(b"\n");
        }
        self.rows.push(row(&line));
        if self.rows.len() >= ROWS { self.flush(out) } else { Ok(()) }
    }

    fn flush(&mut self, out: &mut Output) -> std::io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let text = table::columns(&["FORM", "EVENTS", "DAMAGED", "REPEATED", "SUMS", "INPUT"], &self.rows);
        self.rows.clear();
        out.write_all(text.as_bytes())
    }

    pub(super) fn finish(mut self, out: &mut Output) -> std::io::Result<()> {
        self.flush(out)
    }
}

fn row(line: &Line<'_>) -> Vec<String> {
    let forms = match line.forms.first_key_value() {
        None if line.error.is_some() => "cannot be read".to_string(),
        None => "-".to_string(),
        Some((form, _)) if line.forms.len() == 1 => (*form).to_string(),
        Some(_) => line.forms.iter().map(|(form, count)| format!("{form} {count}")).collect::<Vec<_>>().join(", "),
    };
    let sums = match line.wrong_sums {
        None => "-".to_string(),
        Some(0) => "fit".to_string(),
        Some(wrong) => format!("{wrong} wrong"),
    };
    vec![
        forms,
        line.events.to_string(),
        line.damaged.to_string(),
        line.repeated.to_string(),
        sums,
        table::safe(line.input),
    ]
}
