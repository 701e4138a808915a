//! Which events are shown, in which order, and what of them.
//!
//! In: a selection, the store, what became of the events. Out: numbers of events; rows of a table; values and how often they stand. Words
//! are searched in each distinct value once, whatever number of events has it. Never here: deciding.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

use super::decide::Decisions;
use super::pool::ValueId;
use super::store::Samples;
use crate::ast::{Number, Timestamp};
use crate::check::Context;
use crate::event::Raw;
use crate::explain;
use crate::search::{self, Column, Search, What};
use crate::session::wire::{DecisionFilter, Row, Selection, Sort, ValueCount};
use crate::sysmon::Catalogue;
use crate::vm::Prepared;

/// The events that a selection leaves, in their order. `condition`: the compiled condition, if there is one.
pub(super) fn select(
    samples: &mut Samples,
    decisions: &Decisions,
    changed: &[bool],
    selection: &Selection,
    condition: Option<&Prepared>,
    catalogue: &Catalogue,
) -> Vec<u32> {
    let mut rows: Vec<u32> = match selection.rule.map(|rule| decisions.acted.get(rule)) {
        Some(acted) => acted.cloned().unwrap_or_default(),
        None => (0..samples.len() as u32).collect(),
    };
    if let Some(among) = &selection.among {
        rows.retain(|row| among.binary_search(row).is_ok());
    }
    rows.retain(|row| is_of(decisions, changed, selection.decision, *row as usize));
    if let Some(event) = selection.event.as_deref() {
        let named = catalogue.event(event).map(|(at, _)| at);
        rows.retain(|row| {
            let Some(kept) = samples.kept.get(*row as usize) else { return false };
            match named {
                Some(event) => kept.event == Some(event),
                None => samples.text(kept.id).as_deref() == Some(event),
            }
        });
    }
    for word in selection.text.split_whitespace() {
        let Some(has) = values_with(samples, word) else { continue };
        let holds = |(_, value): (u32, ValueId)| has.get(value.0 as usize).copied().unwrap_or_default();
        rows.retain(|row| samples.leaves(*row as usize).any(holds));
    }
    if let Some(condition) = condition
        && let Some(mut search) = Search::new(Some(condition), &[], catalogue)
    {
        let map = samples.columns_of(&search.layout().clone());
        rows.retain(|row| search.asks(&samples.view(*row as usize, &map)) == search::Answer::Yes);
    }
    if let Some(sort) = &selection.sort {
        order(samples, decisions, sort, catalogue, &mut rows);
    }
    rows
}

pub(super) fn is_of(decisions: &Decisions, changed: &[bool], filter: DecisionFilter, row: usize) -> bool {
    use crate::session::wire::Decision;
    let Some(fate) = decisions.fates.get(row) else { return filter == DecisionFilter::All };
    match filter {
        DecisionFilter::All => true,
        DecisionFilter::Dropped => fate.decision() == Decision::Dropped,
        DecisionFilter::Kept => fate.decision() == Decision::Kept,
        DecisionFilter::Tagged => fate.tags != 0,
        DecisionFilter::Alerted => fate.alerts > 0,
        DecisionFilter::Changed => changed.get(row).copied().unwrap_or_default(),
        DecisionFilter::Undecidable => fate.undecidable,
        DecisionFilter::Damaged => fate.damaged,
    }
}

/// Which values hold a word, ignoring case; `None`: the word is too long to search for.
fn values_with(samples: &Samples, word: &str) -> Option<Vec<bool>> {
    let word: Regex = RegexBuilder::new(&regex::escape(word)).case_insensitive(true).build().ok()?;
    let holds = |at: usize| match samples.value(ValueId(at as u32)) {
        Raw::Text(text) => word.is_match(text),
        raw @ (Raw::Bool(_) | Raw::Number(_) | Raw::Json(_)) => {
            explain::show(raw).is_some_and(|text| word.is_match(&text))
        }
        // Members of lists are values of their own; of maps too.
        Raw::Absent | Raw::Null | Raw::List(_) | Raw::Map(_) | Raw::Malformed => false,
    };
    Some((0..samples.pool.len()).map(holds).collect())
}

/// What rows are ordered by. Numbers count as numbers, times as times; what is absent comes last.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(in crate::session) enum Key {
    Number(f64),
    Text(String),
    Absent,
}

impl Key {
    pub(in crate::session) fn of(text: Option<String>) -> Self {
        let Some(text) = text else { return Key::Absent };
        if let Some(time) = Timestamp::parse(&text) {
            return Key::Text(time.to_string());
        }
        match Number::parse_text(&text) {
            Some(Number::Int(number)) => Key::Number(number as f64),
            Some(Number::Float(number)) => Key::Number(number),
            None => Key::Text(crate::fold::fold(&text)),
        }
    }

    /// The order of two.
    pub(in crate::session) fn compare(a: &Key, b: &Key, descending: bool) -> Ordering {
        match (a == &Key::Absent, b == &Key::Absent) {
            (false, false) => {
                let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
                if descending { order.reverse() } else { order }
            }
            (a, b) => a.cmp(&b),
        }
    }
}

fn order(samples: &mut Samples, decisions: &Decisions, sort: &Sort, catalogue: &Catalogue, rows: &mut [u32]) {
    let mut keys: Vec<(Key, u32)> = match sort.column.as_str() {
        "time" => rows.iter().map(|row| (Key::of(samples.time(*row as usize)), *row)).collect(),
        "decision" => {
            let rule = |row: &u32| decisions.fates.get(*row as usize).map(|fate| (fate.decision(), fate.dropped));
            let key = |row: &u32| {
                rule(row).map_or(Key::Absent, |(decision, rule)| Key::Text(format!("{decision:?} {rule:010}")))
            };
            rows.iter().map(|row| (key(row), *row)).collect()
        }
        "event" => {
            let id = |row: &u32| samples.kept.get(*row as usize).and_then(|kept| samples.text(kept.id));
            rows.iter().map(|row| (Key::of(id(row)), *row)).collect()
        }
        column => {
            let texts = cells(samples, rows, &[column.to_string()], catalogue);
            texts.into_iter().map(|mut cells| Key::of(cells.pop().flatten())).zip(rows.iter().copied()).collect()
        }
    };
    // Equal ones stay in the order of the input, whichever way they are sorted.
    keys.sort_by(|(a, one), (b, other)| Key::compare(a, b, sort.descending).then(one.cmp(other)));
    for (row, (_, sorted)) in rows.iter_mut().zip(keys) {
        *row = sorted;
    }
}

/// What events hold in columns, as text; several values with commas between.
pub(super) fn cells(
    samples: &mut Samples,
    rows: &[u32],
    columns: &[String],
    catalogue: &Catalogue,
) -> Vec<Vec<Option<String>>> {
    let column = |name: &String| {
        let typed = search::fields("column", name, catalogue);
        let known = typed.value.and_then(|columns| columns.into_iter().next());
        known.unwrap_or_else(|| Column { name: name.clone(), fields: Vec::new(), what: What::Fields })
    };
    let columns: Vec<Column> = columns.iter().map(column).collect();
    let Some(mut search) = Search::new(None, &columns, catalogue) else {
        return rows.iter().map(|_| columns.iter().map(|_| None).collect()).collect();
    };
    let map = samples.columns_of(&search.layout().clone());
    let mut texts = Vec::new();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let well = search.texts(&samples.view(*row as usize, &map), &mut texts);
        let cell = |texts: &Vec<String>| match (well, texts.is_empty()) {
            (false, _) => Some("(malformed)".to_string()),
            (true, true) => None,
            (true, false) => Some(texts.join(", ")),
        };
        found.push(texts.iter().map(cell).collect());
    }
    found
}

/// Rows of the table.
pub(super) fn rows(
    samples: &mut Samples,
    decisions: &Decisions,
    changed: &[bool],
    selected: &[u32],
    columns: &[String],
    catalogue: &Catalogue,
) -> Vec<Row> {
    let cells = cells(samples, selected, columns, catalogue);
    let mut rows = Vec::with_capacity(selected.len());
    for (row, cells) in selected.iter().zip(cells) {
        let at = *row as usize;
        let (Some(kept), Some(fate)) = (samples.kept.get(at), decisions.fates.get(at)) else { continue };
        rows.push(Row {
            index: at,
            time: samples.time(at),
            host: samples.text(kept.host),
            id: samples.text(kept.id),
            event: kept.event.and_then(|event| catalogue.event_at(event)).map(|event| event.name.clone()),
            decision: fate.decision(),
            rule: (fate.dropped != super::decide::NONE).then_some(fate.dropped as usize),
            tags: decisions.tags.get(fate.tags as usize).cloned().unwrap_or_default(),
            alerts: usize::from(fate.alerts),
            changed: changed.get(at).copied().unwrap_or_default(),
            cells,
        });
    }
    rows
}

/// The values of a field over all events, the most frequent first, and by their texts where they are equally frequent.
pub(super) fn values(
    samples: &mut Samples,
    field: &str,
    prefix: &str,
    most: usize,
    context: &Context<'_>,
) -> Vec<ValueCount> {
    let mut counts: rustc_hash::FxHashMap<String, usize> = rustc_hash::FxHashMap::default();
    let resolved = context.catalogue.resolve(field);
    if resolved.def.is_some_and(|def| def.normalised) || resolved.def.is_none() {
        let rows: Vec<u32> = (0..samples.len() as u32).collect();
        for mut cells in cells(samples, &rows, &[field.to_string()], context.catalogue) {
            if let Some(text) = cells.pop().flatten() {
                *counts.entry(text).or_default() += 1;
            }
        }
    } else {
        let mut layout = crate::event::Layout::new();
        let Some(slot) = layout.slot(resolved.path) else { return Vec::new() };
        let map = samples.columns_of(&layout);
        let column = map.get(usize::from(slot.0)).copied().unwrap_or(usize::MAX);
        let mut by_id: rustc_hash::FxHashMap<ValueId, usize> = rustc_hash::FxHashMap::default();
        for row in 0..samples.len() {
            *by_id.entry(samples.cell(column, row)).or_default() += 1;
        }
        for (id, count) in by_id {
            if let Some(text) = samples.text(id) {
                *counts.entry(text).or_default() += count;
            }
        }
    }
    let prefix = crate::fold::fold(prefix);
    let mut found: Vec<ValueCount> = counts
        .into_iter()
        .filter(|(value, _)| prefix.is_empty() || crate::fold::fold(value).contains(&prefix))
        .map(|(value, count)| ValueCount { value, count })
        .collect();
    crate::order::sort_by(&mut found, |a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    found.truncate(most);
    found
}
