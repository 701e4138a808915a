//! The mutants of what alerts count, remember and suppress.
//!
//! In: a `when`, a `remember`, a `suppress`, each as its author wrote it and as the program has it. Out: each of them changed by one step in
//! both. Never here: a window that no rule could have, of less than a second or of more than the longest.

use super::plan::Planner;
use super::{Change, Edit};
use crate::ast::{self, Length, Unit};
use crate::ir::{Asks, Named, Quiet, Rule};
use crate::limits;
use crate::origin::Origin;
use crate::target::text;

const NANOSECONDS: i64 = 1_000_000_000;

impl Planner<'_> {
    /// A `when`.
    pub(super) fn counted(&mut self, at: u32, origin: Origin) {
        let Some(context) = self.program.contexts.get(at as usize) else { return };
        let Some((definition, when)) = self.places.when(origin) else { return };
        let written = |when: &ast::When| format!("when {}", text::window(definition, when));
        let before = written(when);
        let with = |asks: ast::Asks| written(&ast::When { asks, ..when.clone() });
        let asking = |asks: Asks| {
            let mut changed = context.clone();
            changed.asks = asks;
            Edit::Context(at, changed)
        };
        let mut found: Vec<(Change, String, Edit)> = Vec::new();
        match (&context.asks, &when.asks) {
            (Asks::Events(least), ast::Asks::Events(count)) => {
                for other in around(*least) {
                    let after = with(ast::Asks::Events(ast::At { value: u64::from(other), ..*count }));
                    found.push((Change::Threshold, after, asking(Asks::Events(other))));
                }
            }
            (Asks::Distinct(least, fields), ast::Asks::Distinct(count, names)) => {
                for other in around(*least) {
                    let after = with(ast::Asks::Distinct(ast::At { value: u64::from(other), ..*count }, names.clone()));
                    found.push((Change::Threshold, after, asking(Asks::Distinct(other, fields.clone()))));
                }
                found.push((Change::Distinct, with(ast::Asks::Events(*count)), asking(Asks::Events(*least))));
            }
            (Asks::Steps { ordered, count }, ast::Asks::Steps { steps, .. }) => {
                let after = with(ast::Asks::Steps { ordered: !ordered, steps: steps.clone() });
                found.push((Change::Order, after, asking(Asks::Steps { ordered: !ordered, count: *count })));
            }
            (Asks::Events(_) | Asks::Distinct(..) | Asks::Steps { .. } | Asks::Mark, _) => return,
        }
        for length in other_lengths(when.within.value) {
            let mut changed = context.clone();
            changed.length = nanoseconds(length);
            let within = ast::At { value: length, ..when.within };
            let after = written(&ast::When { within, ..when.clone() });
            found.push((Change::Window, after, Edit::Context(at, changed)));
        }
        for (field, name) in when.by.iter().enumerate() {
            found.push((Change::Key, left_out(&name.name), Edit::Key(at, field)));
        }
        for (change, after, edit) in found {
            self.add(change, before.clone(), after, origin, edit, None);
        }
    }

    /// A `remember`; of one name only the first, for what it remembers is one.
    pub(super) fn remembered(&mut self, named: &Named, origin: Origin) {
        let Some(context) = self.program.contexts.get(named.context as usize) else { return };
        let Some(length) = self.places.remembers(origin) else { return };
        if !self.remembered.insert(named.context) {
            return;
        }
        let written = |length: Length| format!("remember {:?} for {length}", context.name.as_deref().unwrap_or("?"));
        let before = written(length);
        for other in other_lengths(length) {
            let mut changed = context.clone();
            changed.length = nanoseconds(other);
            let edit = Edit::Context(named.context, changed);
            self.add(Change::Window, before.clone(), written(other), origin, edit, None);
        }
        let names: Vec<&str> = named.by.iter().map(|field| field.name.as_str()).collect();
        for (field, name) in names.iter().enumerate() {
            let before = format!("{before} by {}", names.join(", "));
            self.add(Change::Key, before, left_out(name), origin, Edit::Key(named.context, field), None);
        }
    }

    /// The `suppress` of a rule. A key that is not written has no mutants.
    pub(super) fn suppressed(&mut self, rule: &Rule) {
        let Some(quiet) = &rule.quiet else { return };
        let Some((length, by, origin)) = self.places.suppress(rule.origin) else { return };
        let written = |length: Length| format!("suppress for {length}");
        let before = written(length.value);
        let own = self.rule;
        self.add(Change::Drop, before.clone(), String::new(), origin, Edit::Quiet(own, None), None);
        for other in other_lengths(length.value) {
            let changed = Quiet { length: nanoseconds(other), by: quiet.by.clone() };
            self.add(Change::Window, before.clone(), written(other), origin, Edit::Quiet(own, Some(changed)), None);
        }
        let names: Vec<&str> = by.iter().map(|field| field.name.as_str()).collect();
        for (field, name) in names.iter().enumerate() {
            let mut changed = quiet.clone();
            if field < changed.by.len() {
                changed.by.remove(field);
            }
            let before = format!("{before} by {}", names.join(", "));
            self.add(Change::Key, before, left_out(name), origin, Edit::Quiet(own, Some(changed)), None);
        }
    }
}

/// One less, where one is left, and one more.
fn around(least: u32) -> impl Iterator<Item = u32> {
    [least.saturating_sub(1), least.saturating_add(1)].into_iter().filter(move |other| *other > 0 && *other != least)
}

/// Half as long, and twice; where a rule may have it.
fn other_lengths(length: Length) -> impl Iterator<Item = Length> {
    let half = match length.count {
        count if count % 2 == 0 => Length { count: count / 2, unit: length.unit },
        _ => {
            let shorter = Unit::ALL.into_iter().rev().find(|unit| unit.seconds() < length.unit.seconds());
            let unit = shorter.unwrap_or(length.unit);
            Length { count: length.seconds() / unit.seconds() / 2, unit }
        }
    };
    let twice = Length { count: length.count.saturating_mul(2), unit: length.unit };
    let most = limits::WINDOW_DAYS as u64 * Unit::Days.seconds();
    [half, twice].into_iter().filter(move |length| (1..=most).contains(&length.seconds()))
}

fn nanoseconds(length: Length) -> i64 {
    i64::try_from(length.seconds()).unwrap_or(i64::MAX).saturating_mul(NANOSECONDS)
}

/// What a label says of a key without this field: a key may be too long to be written twice.
fn left_out(name: &str) -> String {
    format!("not by {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_twice_are_written_as_a_rule_would() {
        let of = |count, unit| other_lengths(Length { count, unit }).map(|it| it.to_string()).collect::<Vec<_>>();
        assert_eq!(of(10, Unit::Minutes), ["5 minutes", "20 minutes"]);
        assert_eq!(of(5, Unit::Minutes), ["150 seconds", "10 minutes"]);
        assert_eq!(of(1, Unit::Hours), ["30 minutes", "2 hours"]);
        assert_eq!(of(1, Unit::Days), ["12 hours", "2 days"]);
        // There is no half of a second, and nothing longer than the longest.
        assert_eq!(of(1, Unit::Seconds), ["2 seconds"]);
        assert_eq!(of(limits::WINDOW_DAYS as u64, Unit::Days).len(), 1);
    }
}
