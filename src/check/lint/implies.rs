//! When one test makes another sure, or impossible.
//!
//! In: two tests of a program. Out: yes, or not known. Never here: an answer that does not hold for every event of which the
//! field has one value. Only this language's own meaning is known; tests of other dialects imply themselves.
//!
//! Texts are compared in the form in which the machine compares them, so that what is read here is what runs. A pattern of text and
//! stars is read as the plain test that it is; regular expressions imply themselves.

use ipnet::IpNet;

use super::terms::{Lit, Term, Volatile};
use crate::ast::{Function, Number, RuleKind};
use crate::dialect::{Dialect, Fold};
use crate::event::{Layout, Slot};
use crate::fold::fold;
use crate::ir::{Bound, Check, Cmp, From, Piece, Program, Set, Test, Through, Where};
use crate::sysmon::{Catalogue, FieldType};

/// Lists whose product is larger are not compared.
const PAIRS: usize = 20_000;

/// Knows the program that tests are of.
#[derive(Clone, Copy)]
pub(super) struct Engine<'a> {
    pub program: &'a Program,
    pub catalogue: &'a Catalogue,
    pub volatile: &'a Volatile,
    /// Only events are meant of which every field that is asked for is there and of its type.
    pub present: bool,
}

/// A test on text, as plainly as it can be said.
enum Texts<'a> {
    /// Equal to one of these.
    Equal(Vec<&'a str>, Fold),
    /// One of these (or, with the flag, all) stands there.
    Placed(Where, Vec<&'a str>, bool, Fold),
}

impl Engine<'_> {
    /// Is there a pair in it that cannot hold together? Gives the first; the same twice if one cannot hold by itself.
    pub(super) fn never(&self, kind: RuleKind, term: &Term) -> Option<(Lit, Lit)> {
        let steady: Vec<Lit> = self.steady(kind, term);
        steady.iter().enumerate().find_map(|(at, a)| {
            if self.of_all(self.program.test_of(a.site), 0) == Some(!a.yes) && (a.yes || self.present) {
                return Some((*a, *a));
            }
            let other = steady[..at].iter().find(|b| self.implies(**b, Lit { yes: !a.yes, ..*a }))?;
            Some((*other, *a))
        })
    }

    /// Does the one term hold wherever the other does? Both are of rules of this kind.
    pub(super) fn covers(&self, kind: RuleKind, wide: &Term, narrow: &Term) -> bool {
        let steady = self.steady(kind, narrow);
        wide.iter().all(|want| {
            !self.volatile.holds(kind, self.program.test_of(want.site))
                && steady.iter().any(|have| self.implies(*have, *want))
        })
    }

    fn steady(&self, kind: RuleKind, term: &Term) -> Vec<Lit> {
        term.iter().copied().filter(|lit| !self.volatile.holds(kind, self.program.test_of(lit.site))).collect()
    }

    /// Does `b` hold wherever `a` does?
    pub(super) fn implies(&self, a: Lit, b: Lit) -> bool {
        let (x, y) = (self.program.sites[a.site.index()].test, self.program.sites[b.site.index()].test);
        if x == y {
            return a.yes == b.yes;
        }
        self.tests_imply(&self.program.tests[x.index()], a.yes, &self.program.tests[y.index()], b.yes)
    }

    /// The same of tests, each of which holds or does not.
    pub(super) fn tests_imply(&self, x: &Test, holds: bool, y: &Test, other: bool) -> bool {
        if x == y {
            return holds == other;
        }
        match (holds, other) {
            (true, true) => self.within(x, y),
            (false, false) => self.within(y, x),
            (true, false) => self.apart(x, y),
            (false, true) => complements(x, y) || self.present && self.exhaust(x, y),
        }
    }

    /// Does `b` hold wherever `a` does? Of a list of values too, for the value that met `a` meets `b`.
    fn within(&self, a: &Test, b: &Test) -> bool {
        match (&a.check, &b.check) {
            (Check::EventIs(events), Check::EventIs(others)) => {
                return events.iter().all(|event| others.contains(event));
            }
            (Check::EventIs(events), Check::In(set)) => {
                return self.ids(events, b).is_some_and(|ids| ids.iter().all(|id| set.numbers.contains(id)));
            }
            (Check::EventIs(_), _) => return false,
            (_, _) => {}
        }
        if !ours(a) || !ours(b) || a.subject.from != b.subject.from {
            return false;
        }
        // A test that holds has found a value.
        if matches!(b.check, Check::Exists) && b.subject.through.is_empty() && !matches!(a.check, Check::Blank) {
            return true;
        }
        if a.subject.through != b.subject.through {
            return false;
        }
        match (&a.check, &b.check) {
            (Check::In(x), Check::In(y)) => set_within(x, y),
            (Check::In(x), Check::Order(cmp, Bound::Number(bound))) if only(x, &x.numbers) => {
                x.numbers.iter().all(|number| meets(*number, *cmp, *bound))
            }
            (Check::Order(c, Bound::Number(x)), Check::Order(d, Bound::Number(y))) => order_within(*c, *x, *d, *y),
            (x, y) => match (texts(x), texts(y)) {
                (Some(x), Some(y)) => texts_within(&x, &y),
                (_, _) => false,
            },
        }
    }

    /// Can both never hold of one value?
    fn apart(&self, a: &Test, b: &Test) -> bool {
        match (&a.check, &b.check) {
            (Check::EventIs(events), Check::EventIs(others)) => {
                return !events.iter().any(|event| others.contains(event));
            }
            (Check::EventIs(events), Check::In(set)) => {
                return only(set, &set.numbers)
                    && self.ids(events, b).is_some_and(|ids| !ids.iter().any(|id| set.numbers.contains(id)));
            }
            (Check::In(_), Check::EventIs(_)) => return self.apart(b, a),
            (_, _) => {}
        }
        let From::Slot(slot) = a.subject.from else { return false };
        // Two texts are two values to the agent too.
        let texts_only = |test: &Test| matches!(&test.check, Check::In(set) if only(set, &set.texts)) && !test.every;
        let agents = a.dialect == b.dialect && a.dialect != Dialect::LogManager && texts_only(a) && texts_only(b);
        if !(agents || ours(a) && ours(b)) || a.subject != b.subject || !self.single(slot) {
            return false;
        }
        match (&a.check, &b.check) {
            (Check::In(x), Check::In(y)) if only(x, &x.numbers) && only(y, &y.numbers) => {
                small(x.numbers.len(), y.numbers.len()) && !x.numbers.iter().any(|number| y.numbers.contains(number))
            }
            (Check::In(x), Check::In(y)) if only(x, &x.bools) && only(y, &y.bools) => {
                !x.bools.iter().any(|value| y.bools.contains(value))
            }
            (Check::In(x), Check::In(y)) if only(x, &x.networks) && only(y, &y.networks) => {
                let meet = |a: &IpNet, b: &IpNet| a.contains(b) || b.contains(a);
                small(x.networks.len(), y.networks.len())
                    && !x.networks.iter().any(|a| y.networks.iter().any(|b| meet(a, b)))
            }
            (Check::In(x), Check::Order(cmp, Bound::Number(bound)))
            | (Check::Order(cmp, Bound::Number(bound)), Check::In(x))
                if only(x, &x.numbers) =>
            {
                !x.numbers.iter().any(|number| meets(*number, *cmp, *bound))
            }
            (Check::Order(c, Bound::Number(x)), Check::Order(d, Bound::Number(y))) => ranges_apart(*c, *x, *d, *y),
            (Check::Class(x), Check::Class(y)) => x != y,
            (Check::Blank, other) | (other, Check::Blank) => never_blank(other),
            (x, y) => match (texts(x), texts(y)) {
                (Some(x), Some(y)) => texts_apart(&x, &y),
                (_, _) => false,
            },
        }
    }

    /// The ids of events, if the test is one of the event's id.
    fn ids(&self, events: &[u32], test: &Test) -> Option<Vec<Number>> {
        let id = test.subject.from == From::Slot(Layout::EVENT_ID) && test.subject.through.is_empty() && ours(test);
        id.then(|| events.iter().filter_map(|event| self.program.events.get(*event as usize)))
            .map(|events| events.map(|event| Number::Int(event.id.into())).collect())
    }

    /// Has the field one value in every event that the catalogue knows?
    fn single(&self, slot: Slot) -> bool {
        self.kind(slot).is_some_and(|kind| kind != FieldType::Texts)
    }

    pub(super) fn kind(&self, slot: Slot) -> Option<FieldType> {
        let field = self.program.layout.get(slot)?;
        self.catalogue.resolve(&field.name).def.map(|def| def.kind)
    }

    fn is_number(&self, slot: Slot) -> bool {
        matches!(self.kind(slot), Some(FieldType::Number | FieldType::Hex))
    }

    /// Does an order hold of every number from this one up that its field can hold, or of none?
    pub(super) fn of_all(&self, test: &Test, low: i128) -> Option<bool> {
        let (Check::Order(cmp, Bound::Number(bound)), From::Slot(slot), true) =
            (&test.check, test.subject.from, ours(test))
        else {
            return None;
        };
        let most = match test.subject.through.as_slice() {
            [] if self.is_number(slot) => super::super::shapes::most(&self.program.layout.get(slot)?.name),
            [Through::Function(Function::LengthOf)] => u64::MAX.into(),
            _ => return None,
        };
        // An order that holds at both ends holds in between.
        let low = meets(Number::Int(low), *cmp, *bound);
        (low == meets(Number::Int(most), *cmp, *bound)).then_some(low)
    }

    /// Of these two, does one hold of every value that their field can have?
    fn exhaust(&self, a: &Test, b: &Test) -> bool {
        let From::Slot(slot) = a.subject.from else { return false };
        if !ours(a) || !ours(b) || a.subject != b.subject || !a.subject.through.is_empty() {
            return false;
        }
        match (&a.check, &b.check) {
            (Check::In(x), Check::In(y)) => {
                let has = |value: bool| x.bools.contains(&value) || y.bools.contains(&value);
                self.kind(slot) == Some(FieldType::Boolean) && has(true) && has(false)
            }
            (Check::Order(c, Bound::Number(x)), Check::Order(d, Bound::Number(y))) => {
                // No number is left by both.
                self.is_number(slot) && ranges_apart(opposite(*c), *x, opposite(*d), *y)
            }
            (_, _) => false,
        }
    }
}

fn ours(test: &Test) -> bool {
    test.dialect == Dialect::Ours && !test.every
}

fn small(a: usize, b: usize) -> bool {
    a.saturating_mul(b) <= PAIRS
}

/// Of these two, one always holds.
fn complements(a: &Test, b: &Test) -> bool {
    let pair = matches!((&a.check, &b.check), (Check::Blank, Check::Exists) | (Check::Exists, Check::Blank));
    pair && ours(a) && ours(b) && a.subject == b.subject && a.subject.through.is_empty()
}

/// Does it hold literals of one kind, and are they these?
pub(super) fn only<T>(set: &Set, these: &[T]) -> bool {
    let kinds = [set.texts.len(), set.numbers.len(), set.bools.len(), set.networks.len(), set.times.len()];
    !these.is_empty() && kinds.iter().filter(|kind| **kind > 0).count() == 1
}

fn set_within(a: &Set, b: &Set) -> bool {
    let folds = match (a.fold, b.fold) {
        (None, _) => true,
        (Some(a), Some(b)) => a == b || a == Fold::Cased && b == Fold::Simple,
        (Some(_), None) => false,
    };
    let text = |text: &String| match (a.fold, b.fold) {
        (Some(Fold::Cased), Some(Fold::Simple)) => b.texts.binary_search(&fold(text)).is_ok(),
        (_, _) => b.texts.binary_search(text).is_ok(),
    };
    folds
        && small(a.numbers.len(), b.numbers.len())
        && small(a.networks.len(), b.networks.len())
        && small(a.times.len(), b.times.len())
        && a.texts.iter().all(text)
        && a.numbers.iter().all(|number| b.numbers.contains(number))
        && a.bools.iter().all(|value| b.bools.contains(value))
        && a.times.iter().all(|time| b.times.contains(time))
        && a.networks.iter().all(|net| b.networks.iter().any(|other| other.contains(net)))
}

fn meets(number: Number, cmp: Cmp, bound: Number) -> bool {
    number.partial_cmp(&bound).is_some_and(|order| cmp.holds(order))
}

/// Is what is `c x` also `d y`?
fn order_within(c: Cmp, x: Number, d: Cmp, y: Number) -> bool {
    let upward = |cmp: Cmp| matches!(cmp, Cmp::Greater | Cmp::GreaterOrEqual);
    let Some(order) = x.partial_cmp(&y) else { return false };
    if upward(c) != upward(d) {
        return false;
    }
    let strict = matches!(c, Cmp::Less | Cmp::Greater) || matches!(d, Cmp::LessOrEqual | Cmp::GreaterOrEqual);
    if order.is_eq() { strict } else { order.is_gt() == upward(c) }
}

/// What holds of numbers of which this does not.
fn opposite(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Less => Cmp::GreaterOrEqual,
        Cmp::LessOrEqual => Cmp::Greater,
        Cmp::Greater => Cmp::LessOrEqual,
        Cmp::GreaterOrEqual => Cmp::Less,
    }
}

/// Is nothing both `c x` and `d y`?
fn ranges_apart(c: Cmp, x: Number, d: Cmp, y: Number) -> bool {
    let (low, high) = match (c, d) {
        (Cmp::Greater | Cmp::GreaterOrEqual, Cmp::Less | Cmp::LessOrEqual) => (x, y),
        (Cmp::Less | Cmp::LessOrEqual, Cmp::Greater | Cmp::GreaterOrEqual) => (y, x),
        (_, _) => return false,
    };
    let open = matches!(c, Cmp::Less | Cmp::Greater) || matches!(d, Cmp::Less | Cmp::Greater);
    low.partial_cmp(&high).is_some_and(|order| order.is_gt() || order.is_eq() && open)
}

fn never_blank(check: &Check) -> bool {
    let blank = |text: &str| text.is_empty() || text == "-";
    match check {
        Check::In(set) => !set.texts.iter().any(|text| blank(text)),
        Check::Text { needles, all, compare, .. } => {
            let whole = |needle: &String| !"-".contains(needle.as_str());
            !compare.any_dash && if *all { needles.iter().any(whole) } else { needles.iter().all(whole) }
        }
        other => matches!(other, Check::Class(_) | Check::Order(..)),
    }
}

fn texts(check: &Check) -> Option<Texts<'_>> {
    match check {
        Check::In(set) if only(set, &set.texts) => {
            Some(Texts::Equal(set.texts.iter().map(String::as_str).collect(), set.fold?))
        }
        Check::Text { place, needles, all, compare } if !compare.any_dash => {
            Some(Texts::Placed(*place, needles.iter().map(String::as_str).collect(), *all, compare.fold))
        }
        Check::Like { patterns, all, compare } if !compare.any_dash => match patterns.as_slice() {
            [pattern] => match pattern.0.as_slice() {
                [Piece::Text(text)] => Some(Texts::Equal(vec![text], compare.fold)),
                [Piece::Text(text), Piece::Any] => Some(Texts::Placed(Where::Start, vec![text], *all, compare.fold)),
                [Piece::Any, Piece::Text(text)] => Some(Texts::Placed(Where::End, vec![text], *all, compare.fold)),
                [Piece::Any, Piece::Text(text), Piece::Any] => {
                    Some(Texts::Placed(Where::Inside, vec![text], *all, compare.fold))
                }
                _ => None,
            },
            _ => None,
        },
        // Only text has a place in text.
        _other => None,
    }
}

fn placed(text: &str, needle: &str, place: Where) -> bool {
    match place {
        Where::Inside => text.contains(needle),
        Where::Start => text.starts_with(needle),
        Where::End => text.ends_with(needle),
    }
}

/// Of all of them, or of one.
fn quantified<T>(items: &[T], all: bool, holds: impl FnMut(&T) -> bool) -> bool {
    if all { items.iter().all(holds) } else { items.iter().any(holds) }
}

fn texts_within(a: &Texts<'_>, b: &Texts<'_>) -> bool {
    let (Texts::Equal(left, own) | Texts::Placed(_, left, _, own)) = a;
    let (Texts::Equal(right, other) | Texts::Placed(_, right, _, other)) = b;
    if !small(left.len(), right.len()) {
        return false;
    }
    let read = |text: &str| match (own, other) {
        (own, other) if own == other => Some(text.to_string()),
        (Fold::Cased, Fold::Simple) => Some(fold(text)),
        (_, _) => None,
    };
    let Some(left) = left.iter().map(|text| read(text)).collect::<Option<Vec<String>>>() else { return false };
    match (a, b) {
        (Texts::Equal(..), Texts::Equal(..)) => left.iter().all(|text| right.contains(&text.as_str())),
        (Texts::Equal(..), Texts::Placed(place, needles, all, _)) => {
            left.iter().all(|text| quantified(needles, *all, |needle| placed(text, needle, *place)))
        }
        (Texts::Placed(..), Texts::Equal(..)) => false,
        (Texts::Placed(own, _, every, _), Texts::Placed(place, needles, all, _)) => {
            let sure = |have: &String, want: &str| match (own, place) {
                (_, Where::Inside) => have.contains(want),
                (Where::Start, Where::Start) | (Where::End, Where::End) => placed(have, want, *place),
                (_, _) => false,
            };
            match every {
                true => quantified(needles, *all, |want| left.iter().any(|have| sure(have, want))),
                false => left.iter().all(|have| quantified(needles, *all, |want| sure(have, want))),
            }
        }
    }
}

/// Everything in lower case: two that are apart there are apart as written.
fn texts_apart(a: &Texts<'_>, b: &Texts<'_>) -> bool {
    let (Texts::Equal(left, _) | Texts::Placed(_, left, _, _)) = a;
    let (Texts::Equal(right, _) | Texts::Placed(_, right, _, _)) = b;
    if !small(left.len(), right.len()) {
        return false;
    }
    let low = |texts: &[&str]| texts.iter().map(|text| fold(text)).collect::<Vec<String>>();
    let (left, right) = (low(left), low(right));
    match (a, b) {
        (Texts::Equal(..), Texts::Equal(..)) => !left.iter().any(|text| right.contains(text)),
        (Texts::Equal(..), Texts::Placed(place, _, all, _)) => {
            !left.iter().any(|text| quantified(&right, *all, |needle| placed(text, needle, *place)))
        }
        (Texts::Placed(place, _, all, _), Texts::Equal(..)) => {
            !right.iter().any(|text| quantified(&left, *all, |needle| placed(text, needle, *place)))
        }
        (Texts::Placed(place, _, every, _), Texts::Placed(other, _, all, _)) if place == other => {
            let differ = |x: &String, y: &String| match place {
                Where::Inside => false,
                Where::Start | Where::End => !placed(x, y, *place) && !placed(y, x, *place),
            };
            // Of all that have to be there, one that cannot is enough.
            quantified(&left, !*every, |x| quantified(&right, !*all, |y| differ(x, y)))
        }
        (Texts::Placed(..), Texts::Placed(..)) => false,
    }
}
