//! How many events hold which values.
//!
//! In: events and fields. Out: a row for each value, or combination of values, that came: most first, then in their order. A list counts
//! for each of its members. Values count as they are written. Never here: which events.

use std::io::Write;

use super::super::table;
use super::summary::{self, Summary};
use super::tally::Tally;
use super::{Output, Trouble};
use crate::ast::Number;
use crate::event::json::Damage;
use crate::event::read::Record;
use crate::event::{EventView, Layout, Raw, Value, write};
use crate::limits::VALUE_MEMBERS;
use crate::search::{self, Column, Search, What};
use crate::sysmon::Catalogue;

/// The name of the count itself.
pub(super) const COUNT: &str = "count";
/// Different values, or combinations, that are told apart, and bytes of them.
const VALUES: usize = 1_000_000;
const BYTES: usize = 256 << 20;
/// Characters of a value in a table.
const CHARACTERS: usize = 100;

/// One combination: field by field its value, if it has one.
type Values = Vec<Option<String>>;

/// Counts events by fields.
pub(super) struct Count<'c> {
    names: Vec<String>,
    what: Vec<What>,
    catalogue: &'c Catalogue,
    /// As JSON, a line each.
    lines: bool,
    counts: Tally<Values>,
    texts: Vec<Vec<String>>,
    /// Events whose lists have more combinations than the limit.
    left_out: u64,
}

impl<'c> Count<'c> {
    pub(super) fn new(fields: &[Column], lines: bool, catalogue: &'c Catalogue) -> Self {
        let names = fields.iter().map(|field| field.name.clone()).collect();
        let what = fields.iter().map(|field| field.what).collect();
        Self { names, what, catalogue, lines, counts: Tally::new(VALUES, BYTES), texts: Vec::new(), left_out: 0 }
    }

    pub(super) fn event(&mut self, search: &mut Search<'_>, record: &Record<'_>) -> Result<(), Trouble> {
        if !search.texts(record.view, &mut self.texts) {
            return Err(Damage { at: 0, reason: "a value that was read is malformed" }.into());
        }
        for (texts, what) in self.texts.iter_mut().zip(&self.what) {
            if *what == What::Event {
                texts.push(event(record.view, self.catalogue));
            }
        }
        let combinations = self.texts.iter().map(|texts| texts.len().max(1)).try_fold(1, usize::checked_mul);
        let Some(combinations) = combinations.filter(|combinations| *combinations <= VALUE_MEMBERS) else {
            self.left_out += 1;
            return Ok(());
        };
        for combination in 0..combinations {
            let mut rest = combination;
            let mut bytes = 0;
            let values: Values = self
                .texts
                .iter()
                .map(|texts| {
                    let at = rest % texts.len().max(1);
                    rest /= texts.len().max(1);
                    texts.get(at).inspect(|text| bytes += text.len()).cloned()
                })
                .collect();
            self.counts.add(values.as_slice(), bytes);
        }
        Ok(())
    }

    /// Writes the counts, the first so many; says whether some could not be told apart.
    pub(super) fn finish(self, limit: Option<u64>, out: &mut Output, summary: &mut Summary) -> std::io::Result<bool> {
        let all = self.counts.most_first();
        let shown = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(all.len()).min(all.len());
        let counts = all.get(..shown).unwrap_or_default();
        if self.lines {
            for (values, count) in counts {
                let names = std::iter::once(COUNT).chain(self.names.iter().map(String::as_str)).map(String::from);
                let values = values.iter().map(|value| value.clone().map_or(Value::Null, Value::Text));
                let count = Value::Number(Number::Int(i128::from(*count)));
                let line = Value::Map(names.zip(std::iter::once(count).chain(values)).collect());
                out.write_all(write::json(&line).as_bytes())?;
                out.write_all(b"\n")?;
            }
        } else {
            let mut header = vec!["COUNT"];
            header.extend(self.names.iter().map(String::as_str));
            let width = counts.first().map_or(0, |(_, count)| count.to_string().len()).max(5);
            let row = |(values, count): &(&Values, u64)| {
                let cells = values.iter().map(|value| table::cut(&cell(value.as_deref()), CHARACTERS));
                std::iter::once(format!("{count:>width$}")).chain(cells).collect()
            };
            let rows: Vec<Vec<String>> = counts.iter().map(row).collect();
            out.write_all(table::columns(&header, &rows).as_bytes())?;
        }
        let hidden = (all.len() - shown) as u64;
        summary.notes.push((hidden, "other values, not shown".to_string()));
        let beyond = format!("of values beyond the first {}, which are not told apart", all.len());
        summary.notes.push((self.counts.beyond, beyond));
        let left_out = format!("not counted: more than {VALUE_MEMBERS} combinations of values in their lists");
        summary.notes.push((self.left_out, left_out));
        Ok(self.counts.beyond + self.left_out > 0)
    }
}

/// The event's name, as the table has it.
fn event(view: &dyn EventView, catalogue: &Catalogue) -> String {
    let (mut first, mut second) = (String::new(), String::new());
    let id = search::text(view.raw(Layout::EVENT_ID), &mut first).unwrap_or("-");
    let provider = match view.raw(Layout::PROVIDER) {
        Raw::Absent | Raw::Null | Raw::Text("") | Raw::Json(b"") => view.raw(Layout::CHANNEL),
        provider => provider,
    };
    summary::name(id, search::text(provider, &mut second).unwrap_or_default(), catalogue)
}

/// A value for people: `-` is one that is missing; a text that could be mistaken stands in quotes.
fn cell(value: Option<&str>) -> String {
    match value {
        None => "-".to_string(),
        Some(text) if text.is_empty() || text == "-" || text.starts_with('"') => format!("{text:?}"),
        Some(text) => table::safe(text),
    }
}
