//! The events that meet a query.
//!
//! In: a query, columns. Out: a set of events, made of the sets that its parts choose; each of those is kept for the next query. A value
//! that is malformed meets no term, as it meets no condition. Never here: counting.

use std::rc::Rc;

use super::bits::Bits;
use super::column::Column;
use super::names::{self, Names};
use super::wire::BoardQuery;
use super::{Boards, KEPT, MILLISECOND, UNDATED, at};
use crate::session::wire::DecisionFilter;

/// What a part of a query asks of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Part {
    column: String,
    asks: Asks,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Asks {
    /// One of these values; `None`: no value.
    OneOf(Vec<Option<String>>),
    /// None of these.
    NoneOf(Vec<Option<String>>),
    /// A word of the engine's own.
    Word(&'static str),
    /// From this time on and before that one, in milliseconds.
    Time(Option<i64>, Option<i64>),
    Hunted,
}

impl Part {
    pub(super) fn is_hunted(&self) -> bool {
        self.asks == Asks::Hunted
    }

    /// The column, where the part is about one.
    pub(super) fn column(&self) -> Option<&str> {
        (!self.column.is_empty()).then_some(&self.column)
    }
}

/// How the engine calls what became of an event; `None`: it does not matter.
fn word(decision: DecisionFilter) -> Option<&'static str> {
    match decision {
        DecisionFilter::All => None,
        DecisionFilter::Dropped => Some("dropped"),
        DecisionFilter::Kept => Some("kept"),
        DecisionFilter::Tagged => Some("tagged"),
        DecisionFilter::Alerted => Some("alerted"),
        DecisionFilter::Changed => Some("changed"),
        DecisionFilter::Undecidable => Some("undecidable"),
        DecisionFilter::Damaged => Some("damaged"),
    }
}

impl Boards {
    /// The parts of a query; the first is which events it is about, if it is about some only.
    pub(super) fn parts(&self, names: &Names, query: &BoardQuery) -> Vec<Part> {
        let mut parts = Vec::new();
        if !query.events.is_empty() {
            let events = query.events.iter().cloned().map(Some).collect();
            parts.push(Part { column: names::EVENT.to_string(), asks: Asks::OneOf(events) });
        }
        if query.from.is_some() || query.to.is_some() {
            parts.push(Part { column: String::new(), asks: Asks::Time(query.from, query.to) });
        }
        for term in &query.terms {
            let column = names.column(&term.field);
            let same = |part: &&mut Part| {
                part.column == column
                    && matches!((&part.asks, term.out), (Asks::OneOf(_), false) | (Asks::NoneOf(_), true))
            };
            // The events of the board are a part of their own.
            let own = usize::from(!query.events.is_empty());
            match parts.iter_mut().skip(own).find(same).map(|part| &mut part.asks) {
                Some(Asks::OneOf(values) | Asks::NoneOf(values)) => values.push(term.value.clone()),
                Some(Asks::Word(_) | Asks::Time(..) | Asks::Hunted) | None => {
                    let values = vec![term.value.clone()];
                    let asks = if term.out { Asks::NoneOf(values) } else { Asks::OneOf(values) };
                    parts.push(Part { column, asks });
                }
            }
        }
        let condition = query.condition.trim();
        if !condition.is_empty() {
            let asks = Asks::OneOf(vec![Some("1".to_string())]);
            parts.push(Part { column: names.condition(condition), asks });
        }
        if let Some(word) = word(query.decision) {
            parts.push(Part { column: names::DECISION.to_string(), asks: Asks::Word(word) });
        }
        if query.hunted {
            parts.push(Part { column: String::new(), asks: Asks::Hunted });
        }
        parts
    }

    /// How many events the board is about, and those of them that meet the query.
    ///
    /// # Errors
    ///
    /// The column that is not known.
    pub(super) fn rows(&mut self, names: &Names, query: &BoardQuery) -> Result<(usize, Rc<Bits>), String> {
        self.column(names::TIME)?;
        self.column(names::BYTES)?;
        let parts = self.parts(names, query);
        let (events, others) = parts.split_at(usize::from(!query.events.is_empty()));
        let of = match events.first() {
            Some(events) => self.set(events)?,
            None => Rc::new(Bits::all(self.rows)),
        };
        let mut rows: Option<Bits> = None;
        for part in others {
            let set = self.set(part)?;
            rows.get_or_insert_with(|| Bits::all(self.rows)).and(&set);
        }
        let count = of.count();
        let Some(mut rows) = rows else {
            let rows = if query.rest { Rc::new(Bits::none(self.rows)) } else { of };
            return Ok((count, rows));
        };
        if query.rest {
            let mut rest = (*of).clone();
            rest.and_not(&rows);
            rows = rest;
        } else {
            rows.and(&of);
        }
        Ok((count, Rc::new(rows)))
    }

    fn set(&mut self, part: &Part) -> Result<Rc<Bits>, String> {
        if let Some(known) = self.sets.get(part) {
            return Ok(known.clone());
        }
        let set = Rc::new(match &part.asks {
            Asks::OneOf(values) => one_of(self.column(&part.column)?, values, true),
            Asks::NoneOf(values) => one_of(self.column(&part.column)?, values, false),
            Asks::Word(word) => one_of(self.column(&part.column)?, &[Some((*word).to_string())], true),
            Asks::Time(from, to) => self.between(*from, *to),
            Asks::Hunted => self.hunted_ones(),
        });
        if self.sets.len() >= KEPT {
            self.sets.clear();
        }
        self.sets.insert(part.clone(), set.clone());
        Ok(set)
    }

    pub(super) fn hunted_ones(&self) -> Bits {
        let mut hunted = Bits::none(self.rows);
        self.hunted.iter().for_each(|row| hunted.insert(*row as usize));
        hunted
    }

    fn between(&self, from: Option<i64>, to: Option<i64>) -> Bits {
        let units = |milliseconds: i64| milliseconds.saturating_mul(MILLISECOND);
        let (from, to) = (from.map_or(UNDATED + 1, units), to.map_or(i64::MAX, units));
        Bits::of(self.rows, |row| {
            let time = at(&self.times, row, UNDATED);
            time >= from && time < to && time != UNDATED
        })
    }
}

/// The events that hold one of some values, or none of them.
fn one_of(column: &Column, values: &[Option<String>], one: bool) -> Bits {
    let absent = values.contains(&None);
    let values: Vec<u32> = values.iter().flatten().filter_map(|value| column.value(value)).collect();
    column.events(|cell| {
        let held = column.values(cell);
        let has = held.is_empty() && absent || held.iter().any(|value| values.contains(value));
        !column.is_malformed(cell) && has == one
    })
}
