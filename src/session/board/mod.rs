//! Counts over the events that are loaded, cut down by what people clicked and typed: what dashboards show.
//!
//! In: columns of the engine's module (`samples/columns.rs`), each taken over once, and a query. Out: plain serde types ([`wire`]):
//! counts over time, the most frequent values, how the hosts are, which events in which order, and the query as a condition of the
//! language. What one part of a query chooses is kept, so that a click costs only what it changed. Never here: records, and what a rule
//! means.
//!
//! | file | what |
//! | --- | --- |
//! | `bits.rs` | a set of events |
//! | `column.rs` | what all events hold of one thing |
//! | `names.rs` | which column a name stands for |
//! | `query.rs` | the events that meet a query |
//! | `over_time.rs` | counts in steps of time |
//! | `top.rs` | the most frequent values |
//! | `health.rs` | hosts |
//! | `order.rs` | events in an order |
//! | `rule.rs` | the query as a condition, and as rules |
//! | `wire.rs` | what crosses to the page |

mod bits;
mod column;
mod health;
mod names;
mod order;
mod over_time;
mod query;
mod rule;
#[cfg(test)]
mod tests;
mod top;
pub mod wire;

use std::rc::Rc;

use rustc_hash::FxHashMap;

use self::bits::Bits;
use self::column::Column;
use self::names::Names;
use self::query::Part;
use self::wire::{Apart, Board, BoardQuery, BoardRule, BoardSort, BoardWanted, HostHealth};
use super::wire::{Answer, Diagnostic};
use super::{Session, refused};
use crate::ast::Timestamp;
use crate::diagnostic::Severity;

/// Sets of events that are kept.
const KEPT: usize = 128;

/// A column, and whether it is of the rules as they are.
struct Held {
    column: Column,
    fresh: bool,
}

/// What is known of the events.
#[derive(Default)]
pub struct Boards {
    /// By what the engine was asked for.
    columns: FxHashMap<String, Held>,
    /// Number of events.
    rows: usize,
    /// Event by event in units of 100 nanoseconds since 1970, or [`UNDATED`].
    times: Vec<i64>,
    /// Event by event.
    bytes: Vec<u32>,
    /// Events by their times, those without one at the end.
    by_time: Vec<u32>,
    /// What parts of queries chose.
    sets: FxHashMap<Part, Rc<Bits>>,
    hunted: Vec<u32>,
    ordered: Option<order::Ordered>,
}

/// Stands for no time.
const UNDATED: i64 = i64::MIN;
/// Units of time in a millisecond.
const MILLISECOND: i64 = 10_000;

impl Boards {
    /// Events came or went: all columns are asked for anew. The events of the hunt keep their numbers.
    pub fn forget(&mut self) {
        *self = Self { hunted: std::mem::take(&mut self.hunted), ..Self::default() };
    }

    /// The rules or their decisions changed: what they have part in is asked for anew.
    pub fn rules_changed(&mut self) {
        self.columns.iter_mut().filter(|(name, _)| names::is_of_rules(name)).for_each(|(_, held)| held.fresh = false);
    }

    /// What has to be asked of the engine before a call; hand over what it gives with [`Boards::take`].
    pub fn needs(
        &self,
        session: &Session,
        query: &BoardQuery,
        wanted: Option<&BoardWanted>,
        sort: Option<&BoardSort>,
    ) -> Vec<String> {
        let names = Names::of(session);
        let mut all = vec![names::TIME.to_string(), names::BYTES.to_string()];
        self.parts(&names, query).iter().for_each(|part| all.extend(part.column().map(str::to_string)));
        if let Some(wanted) = wanted {
            all.extend(wanted.tops.iter().map(|top| names.column(&top.field)));
            all.extend(self.series(&names, wanted));
        } else if sort.is_none() {
            all.extend(names::HEALTH.map(str::to_string));
        }
        all.extend(sort.map(|sort| names.sorted(&sort.column)));
        let missing = |name: &String| self.columns.get(name).is_none_or(|held| !held.fresh);
        all.retain(missing);
        names::asked(all)
    }

    fn series(&self, names: &Names, wanted: &BoardWanted) -> Vec<String> {
        match (wanted.steps, wanted.series) {
            (None, _) => Vec::new(),
            (Some(_), Apart::Group) => vec![names.column("msg.group")],
            (Some(_), Apart::Hunt) => vec![names.column("msg.technique"), names.column("@tag")],
        }
    }

    /// Takes over what the engine gave for something that it was asked for. Of other events than what is known, it is known alone.
    pub fn take(&mut self, asked: &str, bytes: &[u8]) {
        let Some(columns) = Column::read_all(bytes) else { return };
        let names = names::single(asked);
        if columns.len() != names.len() {
            // It cannot be asked for, or rules do not compile: what was known of it stays.
            self.columns.iter_mut().filter(|(name, _)| names.contains(name)).for_each(|(_, held)| held.fresh = true);
            return;
        }
        for (name, column) in names.into_iter().zip(columns) {
            if column.rows() != self.rows {
                let rows = column.rows();
                self.forget();
                self.rows = rows;
            }
            self.ordered = None;
            self.sets.retain(|part, _| part.column() != Some(&name));
            match name.as_str() {
                names::TIME => {
                    let times = column.map(|cell| time_of(&column, cell));
                    self.times = (0..column.rows()).map(|row| at(&times, column.cell(row), UNDATED)).collect();
                    self.by_time = (0..column.rows() as u32).collect();
                    let times = &self.times;
                    self.by_time.sort_by_key(|row| match at(times, *row as usize, UNDATED) {
                        UNDATED => i64::MAX,
                        time => time,
                    });
                }
                names::BYTES => {
                    let bytes =
                        column.map(|cell| column.cell_text(cell).and_then(|text| text.parse().ok()).unwrap_or(0));
                    self.bytes = (0..column.rows()).map(|row| at(&bytes, column.cell(row), 0)).collect();
                }
                _ => {}
            }
            self.columns.insert(name, Held { column, fresh: true });
        }
    }

    /// The events of the hunt that was made last.
    pub fn hunted(&mut self, rows: &[u32]) {
        self.hunted = rows.to_vec();
        self.sets.retain(|part, _| !part.is_hunted());
        self.ordered = None;
    }

    fn column(&self, name: &str) -> Result<&Column, String> {
        self.columns.get(name).map(|held| &held.column).ok_or_else(|| name.to_string())
    }

    /// The milliseconds of an event; `None`: it has no time.
    fn milliseconds(&self, row: usize) -> Option<i64> {
        let time = at(&self.times, row, UNDATED);
        (time != UNDATED).then(|| time.div_euclid(MILLISECOND))
    }

    /// Counts.
    pub fn board(&mut self, session: &Session, query: &BoardQuery, wanted: &BoardWanted) -> Answer<Board> {
        let mut board = Board {
            diagnostics: session.said_of_condition(&query.condition),
            of: 0,
            count: 0,
            undated: 0,
            bytes: 0,
            over_time: None,
            tops: Vec::new(),
        };
        if has_error(&board.diagnostics) {
            return Answer::Done(board);
        }
        match self.fill(&Names::of(session), query, wanted, &mut board) {
            Ok(()) => Answer::Done(board),
            Err(missing) => Answer::Refused(unknown(&missing)),
        }
    }

    fn fill(
        &mut self,
        names: &Names,
        query: &BoardQuery,
        wanted: &BoardWanted,
        board: &mut Board,
    ) -> Result<(), String> {
        let (of, rows) = self.rows(names, query)?;
        board.of = of;
        board.count = rows.count();
        rows.each(|row| {
            board.undated += usize::from(at(&self.times, row, UNDATED) == UNDATED);
            board.bytes += u64::from(at(&self.bytes, row, 0));
        });
        for top in &wanted.tops {
            board.tops.push(top::top(self.column(&names.column(&top.field))?, &rows, top));
        }
        if let Some(steps) = wanted.steps {
            board.over_time = Some(self.over_time(names, &rows, steps, wanted.series)?);
        }
        Ok(())
    }

    /// The events that meet a query, in an order, from one place to before another.
    pub fn order(
        &mut self,
        session: &Session,
        query: &BoardQuery,
        from: usize,
        to: usize,
        sort: Option<&BoardSort>,
    ) -> Vec<u32> {
        if has_error(&session.said_of_condition(&query.condition)) {
            return Vec::new();
        }
        let ordered = self.ordered(&Names::of(session), query, sort).unwrap_or_default();
        let to = to.min(ordered.len());
        ordered.get(from.min(to)..to).unwrap_or_default().to_vec()
    }

    /// How the hosts are.
    pub fn health(&mut self, session: &Session, query: &BoardQuery) -> Vec<HostHealth> {
        self.hosts(&Names::of(session), query).unwrap_or_default()
    }

    /// The query as a condition, and as rules.
    pub fn rule(&self, session: &Session, query: &BoardQuery) -> BoardRule {
        rule::rule(session, query)
    }
}

impl Session {
    /// What is to be said of a condition that somebody typed.
    pub fn said_of_condition(&self, typed: &str) -> Vec<Diagnostic> {
        self.project.condition(typed).1
    }
}

/// Is there an error among them?
fn has_error(found: &[Diagnostic]) -> bool {
    found.iter().any(|found| found.severity == Severity::Error)
}

fn at<T: Copy>(all: &[T], at: usize, otherwise: T) -> T {
    all.get(at).copied().unwrap_or(otherwise)
}

/// Units of 100 nanoseconds since 1970.
fn time_of(column: &Column, cell: usize) -> i64 {
    let text = column.cell_text(cell);
    let time = text.as_deref().and_then(Timestamp::parse);
    let units = |time: Timestamp| {
        time.seconds.checked_mul(1000 * MILLISECOND)?.checked_add(i64::from(time.nanos) / (1_000_000 / MILLISECOND))
    };
    time.and_then(units).unwrap_or(UNDATED)
}

fn unknown(column: &str) -> super::wire::Refused {
    match column.strip_prefix('+') {
        Some(field) => refused(
            format!(
                "{} is set by the rules, and they do not compile",
                if field == "meta.tags" { "a tag" } else { field }
            ),
            "mend what is said of them",
        ),
        None => refused(format!("events cannot be counted by {}", column.trim_start_matches('=')), "choose a field"),
    }
}
