//! What rules ask first, laid out side by side.
//!
//! Most rules end at their first test, and most first tests ask for a text in one field. What such a test needs lies all over a
//! module: in its rule, its code, its site, its test. Here stands in one row a rule what is asked of which field, and what says no without a search.
//!
//! In: a module. Out: rule by rule the test whose no ends it, where it is of that kind. Never here: a yes; a rule that such a test lets through
//! is run as if nobody had asked.

use rustc_hash::FxHashMap;

use super::derived::Derivation;
use super::pairs::{Needle, Text};
use crate::ast::RuleKind;
use crate::bytecode::{Instr, Module, RuleCode};
use crate::dialect::{Dialect, Fold};
use crate::event::Slot;
use crate::ir::{Check, Compare, From, Test, Where};

/// Needles of a test at most whose pairs are looked at.
const FEW: usize = 8;

/// One rule's first test. It does not hold where the field is not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    /// Into the module's tests.
    pub(super) test: u32,
    /// The field.
    pub(super) slot: Slot,
    /// Its needles, one of which has to stand in the folded text: from which on, and how many. None: it asks something else.
    needles: u32,
    count: u32,
}

/// The first tests of a module's rules.
#[derive(Debug, Default)]
pub(super) struct Firsts {
    /// By rule; nothing where there is none of the kind.
    rules: Vec<Option<First>>,
    needles: Vec<Needle>,
}

impl Firsts {
    pub(super) fn new(module: &Module, derivation: &Derivation) -> Self {
        let mut firsts = Self::default();
        // Rules share tests.
        let mut known: FxHashMap<u32, First> = FxHashMap::default();
        for rule in &module.rules {
            let first = first(module, rule).filter(|(_, slot, _)| {
                // Behind the agent it holds what does not stand in the event.
                rule.kind == RuleKind::Filter || !derivation.derives(*slot)
            });
            let first = first.map(|(number, slot, test)| {
                *known.entry(number).or_insert_with(|| {
                    let needles = firsts.needles.len() as u32;
                    firsts.needles.extend(pairs(test));
                    First { test: number, slot, needles, count: firsts.needles.len() as u32 - needles }
                })
            });
            firsts.rules.push(first);
        }
        firsts
    }

    /// What this rule asks first.
    #[inline(always)]
    pub(super) fn of(&self, rule: u32) -> Option<First> {
        self.rules.get(rule as usize).copied().flatten()
    }

    /// Can the test not hold for this folded text of its field? `seen` is what is known of the text in this event.
    #[inline(always)]
    pub(super) fn cannot_hold(&self, first: First, text: &[u8], seen: &mut Text, generation: u32) -> bool {
        match self.needles.get(first.needles as usize..(first.needles + first.count) as usize) {
            None | Some([]) => false,
            Some(needles) => {
                seen.pairs(generation, text).is_some_and(|pairs| !needles.iter().any(|needle| needle.may_be_in(pairs)))
            }
        }
    }
}

/// The first test of a rule with its number and field, if nothing happens where it does not hold.
fn first<'m>(module: &'m Module, rule: &RuleCode) -> Option<(u32, Slot, &'m Test)> {
    let Instr::JumpIfFalse { site, to } = *module.code.get(rule.start as usize)? else { return None };
    let number = module.sites.get(site as usize)?.test;
    let test = module.tests.get(number as usize)?;
    let From::Slot(slot) = test.subject.from else { return None };
    let of_text = matches!(
        test.check,
        Check::Text { .. } | Check::Like { .. } | Check::Matches { .. } | Check::In(_) | Check::Table(_)
    );
    let plain =
        test.subject.through.is_empty() && !test.every && matches!(test.dialect, Dialect::Ours | Dialect::Sigma);
    (to == rule.end && of_text && plain).then_some((number, slot, test))
}

/// The pairs of a test's needles, where one of them has to stand in a folded text and each has pairs.
fn pairs(test: &Test) -> Vec<Needle> {
    match &test.check {
        Check::Text {
            place: Where::Inside,
            needles,
            all,
            compare: Compare { fold: Fold::Simple, any_dash: false },
        } if needles.len() <= FEW && (!*all || needles.len() == 1) => {
            needles.iter().map(|needle| Needle::new(needle)).collect::<Option<_>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
