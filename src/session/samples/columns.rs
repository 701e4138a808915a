//! What all events hold of one thing, for whoever counts.
//!
//! In: what is asked for. Out: bytes that cross to the second module: for each event a number, and once what each number stands for. Equal
//! cells are worked out once. Never here: counting; `session/board/` does that.
//!
//! | asked for | what |
//! | --- | --- |
//! | `@event`, `@decision`, `@rule`, `@bytes` | which event it is, what became of it, the filter that dropped it, its bytes |
//! | `=FIELD` | a field, as the normaliser makes it |
//! | `+FIELD,FIELD` | fields, behind the project's classify rules; one column each |
//! | `?CONDITION`, `!CONDITION` | whether it meets a condition; the same behind the classify rules |
//!
//! A column is the number of events, for each the number of its cell, the number of cells, and for each cell the number of its texts
//! ([`MALFORMED`]: its value is) and each text behind its length. All numbers are `u32`, little-endian.

use rustc_hash::FxHashMap;

use super::decide::NONE;
use super::select::is_of;
use super::{Row, Session, State, search, select};
use crate::origin::Sources;
use crate::search::Search;
use crate::session::wire::DecisionFilter;

/// Stands for the number of texts of a cell whose value is malformed.
pub const MALFORMED: u32 = u32::MAX;

/// What became of an event, in words.
const DECISIONS: [(DecisionFilter, &str); 7] = [
    (DecisionFilter::Dropped, "dropped"),
    (DecisionFilter::Kept, "kept"),
    (DecisionFilter::Tagged, "tagged"),
    (DecisionFilter::Alerted, "alerted"),
    (DecisionFilter::Changed, "changed"),
    (DecisionFilter::Undecidable, "undecidable"),
    (DecisionFilter::Damaged, "damaged"),
];

/// A column that is being written.
#[derive(Default)]
struct Column {
    known: FxHashMap<Vec<u32>, u32>,
    ids: Vec<u32>,
    cells: Vec<u8>,
    count: u32,
}

impl Column {
    /// The next event has what the last one with this key had.
    fn again(&mut self, key: &[u32]) -> bool {
        let found = self.known.get(key).copied();
        self.ids.extend(found);
        found.is_some()
    }

    /// The next event has these texts, and so have others with this key, if there is one.
    fn put<T: AsRef<str>>(&mut self, key: Option<&[u32]>, texts: Option<&[T]>) {
        let mut number = |number: u32| self.cells.extend_from_slice(&number.to_le_bytes());
        number(texts.map_or(MALFORMED, |texts| texts.len() as u32));
        for text in texts.unwrap_or_default() {
            let text = text.as_ref();
            self.cells.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.cells.extend_from_slice(text.as_bytes());
        }
        if let Some(key) = key {
            self.known.insert(key.to_vec(), self.count);
        }
        self.ids.push(self.count);
        self.count += 1;
    }

    fn write(self, out: &mut Vec<u8>) {
        out.reserve(8 + self.ids.len() * 4 + self.cells.len());
        out.extend_from_slice(&(self.ids.len() as u32).to_le_bytes());
        out.extend(self.ids.iter().flat_map(|id| id.to_le_bytes()));
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.cells);
    }
}

impl Session {
    /// What all events hold of something. Nothing at all: it cannot be asked for, or the rules do not compile.
    pub fn column(&mut self, asked: &str) -> Vec<u8> {
        let mut out = Vec::new();
        if asked.starts_with('@') {
            self.own_column(asked).write(&mut out);
        } else {
            self.asked_columns(asked).unwrap_or_default().into_iter().for_each(|column| column.write(&mut out));
        }
        out
    }

    fn own_column(&self, asked: &str) -> Column {
        let State { samples, decisions, changed, .. } = &self.state;
        let mut column = Column::default();
        for (row, kept) in samples.kept.iter().enumerate() {
            let dropped = decisions.fates.get(row).map_or(NONE, |fate| fate.dropped);
            let is = |filter: DecisionFilter| is_of(decisions, changed, filter, row);
            let key = match asked {
                "@event" => [kept.event.map_or(NONE, |event| u32::from(event.0)), kept.id.0],
                "@rule" => [dropped, 0],
                "@bytes" => [kept.bytes as u32, 0],
                _ => [DECISIONS.iter().fold(0, |bits, (filter, _)| bits * 2 + u32::from(is(*filter))), 0],
            };
            if column.again(&key) {
                continue;
            }
            let texts: Vec<String> = match asked {
                "@event" => {
                    let named = kept.event.and_then(|event| self.project.catalogue.event_at(event));
                    let named = named.map(|event| event.name.clone());
                    named.or_else(|| samples.text(kept.id)).into_iter().collect()
                }
                "@rule" => {
                    let rule = self.project.program().and_then(|program| program.rules.get(dropped as usize));
                    rule.map(|rule| rule.name.clone()).into_iter().collect()
                }
                "@bytes" => vec![kept.bytes.to_string()],
                _ => {
                    let words = DECISIONS.iter().filter(|(filter, _)| is(*filter));
                    words.map(|(_, word)| (*word).to_string()).collect()
                }
            };
            column.put(Some(&key), Some(&texts));
        }
        column
    }

    fn asked_columns(&mut self, asked: &str) -> Option<Vec<Column>> {
        let Self { project, state } = self;
        let samples = &mut state.samples;
        let (kind, text) = asked.split_at_checked(1)?;
        let behind = matches!(kind, "+" | "!");
        let is_condition = matches!(kind, "?" | "!");
        let typed = if is_condition { text } else { "true" };
        let (rules, sources) = if behind {
            (project.definitions().to_vec(), project.sources().clone())
        } else {
            (Vec::new(), Sources::default())
        };
        let context = project.context();
        let mut condition = None;
        if behind || is_condition {
            condition = Some(search::condition_behind(rules, sources, "condition", typed, &context).ok()?.value?);
        }
        let fields = if is_condition { Vec::new() } else { search::fields("column", text, &project.catalogue).value? };
        let mut search = Search::new(condition.as_ref(), &fields, &project.catalogue)?;
        let map = samples.columns_of(&search.layout().clone());
        // What the normaliser makes of an event depends on the names of its data; those maps themselves differ from event to event.
        let keys: Vec<usize> = map.iter().copied().filter(|column| !super::store::DATA.contains(column)).collect();
        let mut columns: Vec<Column> = (0..fields.len().max(1)).map(|_| Column::default()).collect();
        let (mut texts, mut key) = (Vec::new(), Vec::new());
        for row in 0..samples.len() {
            let view = samples.view(row, &map);
            if is_condition {
                let met = u32::from(search.asks(&view) == search::Answer::Yes);
                for column in &mut columns {
                    if !column.again(&[met]) {
                        column.put(Some(&[met]), Some(if met == 1 { &["1"] } else { &[] as &[&str] }));
                    }
                }
                continue;
            }
            let names = samples.kept.get(row).and_then(|kept| kept.names);
            let same = if behind { None } else { names };
            key.clear();
            key.extend(same);
            key.push(u32::from(samples.kept.get(row).is_some_and(|kept| kept.stored)));
            key.extend(keys.iter().map(|column| samples.cell(*column, row).0));
            if same.is_some() && columns.iter_mut().all(|column| column.again(&key)) {
                continue;
            }
            if behind && !matches!(search.asks(&view), search::Answer::Yes) {
                // A rule failed; what it would have set is not known.
                columns.iter_mut().for_each(|column| column.put::<String>(None, None));
                continue;
            }
            let well = search.texts(&view, &mut texts);
            let same = same.filter(|_| !view.was_read()).map(|_| key.as_slice());
            for (column, texts) in columns.iter_mut().zip(&texts) {
                column.put(same, well.then_some(texts.as_slice()));
            }
        }
        Some(columns)
    }

    /// Rows of these events.
    pub fn rows_of(&mut self, events: &[u32], columns: &[String]) -> Vec<Row> {
        let Self { project, state } = self;
        let State { samples, decisions, changed, .. } = state;
        select::rows(samples, decisions, changed, events, columns, &project.catalogue)
    }
}
