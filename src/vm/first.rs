//! What rules ask first, laid out side by side.
//!
//! Most rules end at their first test, and most first tests look for a text in one field. What such a test needs lies all over a
//! module: in its rule, its code, its site, its test, its matcher. Here it stands in one row a rule.
//!
//! In: a module. Out: rule by rule the test whose no ends it, where it is of that kind. Never here: an answer to any other test; a rule that such a test lets through is run as if nobody had asked.

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use super::derived::Derivation;
use super::pairs::{Needle, Text};
use crate::ast::RuleKind;
use crate::bytecode::{Instr, Module, RuleCode};
use crate::dialect::{Dialect, Fold};
use crate::event::Slot;
use crate::ir::{Check, Compare, From, Where};

/// Needles of a test at most.
const FEW: usize = 8;

/// One rule's first test.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    /// Into the module's tests.
    pub(super) test: u32,
    /// The field.
    pub(super) slot: Slot,
    /// Is the text folded before it is compared?
    pub(super) folded: bool,
    place: Place,
    needles: u32,
    count: u8,
}

/// Where a needle is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Inside,
    Start,
    End,
    Whole,
}

/// The first tests of a module's rules.
#[derive(Debug, Default)]
pub(super) struct Firsts {
    /// By rule; nothing where there is none of the kind.
    rules: Vec<Option<First>>,
    /// Needles that may stand anywhere, and their pairs.
    finders: Vec<Finder<'static>>,
    pairs: Vec<Option<Needle>>,
    /// All others, one behind the other, and where each begins and ends.
    texts: Vec<u8>,
    bounds: Vec<(u32, u32)>,
}

impl Firsts {
    pub(super) fn new(module: &Module, derivation: &Derivation) -> Self {
        let mut firsts = Self { rules: Vec::with_capacity(module.rules.len()), ..Self::default() };
        // Rules share tests, and a test's needles may be long.
        let mut known: FxHashMap<u32, First> = FxHashMap::default();
        for rule in &module.rules {
            let first = first(module, rule).filter(|(_, asked)| {
                // Behind the agent it holds what does not stand in the event.
                rule.kind == RuleKind::Filter || !derivation.derives(asked.slot)
            });
            let first = first.map(|(test, asked)| *known.entry(test).or_insert_with(|| firsts.add(test, asked)));
            firsts.rules.push(first);
        }
        firsts
    }

    fn add(&mut self, test: u32, asked: Asked<'_>) -> First {
        let needles = if asked.place == Place::Inside { self.finders.len() } else { self.bounds.len() } as u32;
        for needle in asked.needles {
            if asked.place == Place::Inside {
                self.finders.push(Finder::new(needle).into_owned());
                self.pairs.push(Needle::new(needle));
            } else {
                let start = self.texts.len() as u32;
                self.texts.extend_from_slice(needle.as_bytes());
                self.bounds.push((start, self.texts.len() as u32));
            }
        }
        let Asked { slot, folded, place, .. } = asked;
        First { test, slot, folded, place, needles, count: asked.needles.len() as u8 }
    }

    /// What this rule asks first.
    #[inline(always)]
    pub(super) fn of(&self, rule: u32) -> Option<First> {
        self.rules.get(rule as usize).copied().flatten()
    }

    /// Does the test hold for this text? `seen` is what is known of the field's text in this event.
    pub(super) fn holds(&self, first: First, text: &[u8], seen: Option<&mut Text>, generation: u32) -> bool {
        let needles = first.needles as usize..first.needles as usize + usize::from(first.count);
        if first.place == Place::Inside {
            let pairs = seen.filter(|_| first.folded).and_then(|seen| seen.search(generation, text));
            return needles.into_iter().any(|at| {
                let may_be = match (pairs, self.pairs.get(at)) {
                    (Some(pairs), Some(Some(needle))) => needle.may_be_in(pairs),
                    (None, _) | (_, None | Some(None)) => true,
                };
                may_be && self.finders.get(at).is_some_and(|finder| finder.find(text).is_some())
            });
        }
        self.bounds.get(needles).unwrap_or_default().iter().any(|(start, end)| {
            let needle = self.texts.get(*start as usize..*end as usize).unwrap_or_default();
            match first.place {
                Place::Start => text.starts_with(needle),
                Place::End => text.ends_with(needle),
                Place::Whole | Place::Inside => text == needle,
            }
        })
    }
}

/// A test of the kind.
struct Asked<'m> {
    slot: Slot,
    folded: bool,
    place: Place,
    needles: &'m [String],
}

/// The first test of a rule, if nothing happens where it does not hold.
fn first<'m>(module: &'m Module, rule: &RuleCode) -> Option<(u32, Asked<'m>)> {
    let Instr::JumpIfFalse { site, to } = *module.code.get(rule.start as usize)? else { return None };
    if to != rule.end {
        return None;
    }
    let number = module.sites.get(site as usize)?.test;
    let test = module.tests.get(number as usize)?;
    let From::Slot(slot) = test.subject.from else { return None };
    let whole = test.subject.through.is_empty() && !test.every;
    if !whole || !matches!(test.dialect, Dialect::Ours | Dialect::Sigma) {
        return None;
    }
    let (place, needles, fold) = match &test.check {
        Check::Text { place, needles, all, compare: Compare { fold, any_dash: false } }
            if !*all || needles.len() == 1 =>
        {
            let place = match place {
                Where::Inside => Place::Inside,
                Where::Start => Place::Start,
                Where::End => Place::End,
            };
            (place, needles, *fold)
        }
        Check::In(set) if set.numbers.len() + set.bools.len() + set.networks.len() + set.times.len() == 0 => {
            (Place::Whole, &set.texts, set.fold?)
        }
        _ => return None,
    };
    let folded = match fold {
        Fold::Cased => false,
        Fold::Simple => true,
        Fold::Ascii => return None,
    };
    (needles.len() <= FEW).then_some((number, Asked { slot, folded, place, needles }))
}
