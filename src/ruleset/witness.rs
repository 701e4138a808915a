//! Which tests must hold for a rule to do anything.
//!
//! In: a rule's code and the atoms of its tests. Out: what it needs: one of these atoms, or nothing that can be looked up. Never here:
//! how events are searched.
//!
//! The code is walked backwards. Whoever acts from an instruction on goes one of its ways; what both ways need is needed: the sum of
//! what each of them needs. Where a way is open only if a test holds, that test is as good as all that lies behind it. Of the sums
//! that result the rarest few are kept. Jumps go only forward, so one pass does it, whatever a rule looks like.

use crate::bytecode::{Instr, Module};
use crate::event::Slot;
use crate::ir::{Asks, Check, From, Test};

use super::atom::{Atom, Table, slots};

/// What a rule needs to do anything.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Need {
    /// Nothing that can be looked up.
    Always,
    /// One of these; none at all where it never does anything.
    One(Vec<Atom>),
}

/// So many sums are kept at an instruction.
const KEPT: usize = 4;
/// A sum of more tests is no help.
const TESTS: usize = 256;

/// Tests, by number and in order, one of which must hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sum {
    tests: Vec<u32>,
    share: f32,
}

/// What is needed from an instruction on: one of each of these sums. None of them: it may act without any test.
type Sums = Vec<Sum>;

/// What a rule reads.
pub(super) struct Reads {
    /// The slots, each once.
    pub(super) slots: Vec<Slot>,
    /// Nothing else: neither any field there is, nor what was counted before.
    pub(super) plain: bool,
}

/// What a rule's tests read.
pub(super) fn reads(module: &Module, rule: u32) -> Reads {
    let mut reads = Reads { slots: Vec::new(), plain: true };
    for instr in code_of(module, rule) {
        let (Instr::JumpIfFalse { site, .. } | Instr::JumpIfTrue { site, .. }) = instr else { continue };
        match test_at(module, *site) {
            Some((_, test)) => reads_of(test, &mut reads),
            None => reads.plain = false,
        }
    }
    crate::order::sort(&mut reads.slots);
    reads.slots.dedup();
    reads
}

fn reads_of(test: &Test, reads: &mut Reads) {
    // Typed values, and those of other dialects, are read in more ways than one.
    reads.plain &= !matches!(test.subject.from, From::Typed(..));
    let mut add = |found: Option<Vec<Slot>>| match found {
        Some(found) => reads.slots.extend(found),
        None => reads.plain = false,
    };
    add(slots(&test.subject));
    match &test.check {
        Check::Field(_, other, _) => add(slots(other)),
        Check::Some(element) => add(Some(vec![element.list])),
        Check::HasTag { agent, .. } => add(Some(agent.iter().copied().collect())),
        // It may make up a host's time.
        Check::Remembered(..) => reads.plain = false,
        Check::Exists
        | Check::Blank
        | Check::Order(..)
        | Check::Text { .. }
        | Check::Like { .. }
        | Check::Matches { .. }
        | Check::In(_)
        | Check::Class(_)
        | Check::Table(_)
        | Check::EventIs(_)
        | Check::Acted(_) => {}
    }
}

fn code_of(module: &Module, rule: u32) -> &[Instr] {
    let code = module.rules.get(rule as usize);
    code.and_then(|code| module.code.get(code.start as usize..code.end as usize)).unwrap_or_default()
}

fn test_at(module: &Module, site: u32) -> Option<(u32, &Test)> {
    let test = module.sites.get(site as usize)?.test;
    Some((test, module.tests.get(test as usize)?))
}

/// What a rule needs.
pub(super) fn need(module: &Module, rule: u32, table: &Table) -> Need {
    let code = code_of(module, rule);
    let start = module.rules.get(rule as usize).map_or(0, |rule| rule.start as usize);
    // Behind the last instruction nothing happens any more: no test is needed for what cannot be. A step that was noted makes a
    // difference to the `when` behind it, so there are two answers for each instruction of a rule that has any.
    let has_steps = code.iter().any(|instr| matches!(instr, Instr::Step(_)));
    let never = || vec![Sum::default()];
    let mut from: Vec<[Sums; 2]> = vec![[never(), never()]; code.len() + 1];
    for (at, instr) in code.iter().enumerate().rev() {
        let to = |to: u32| (to as usize).saturating_sub(start).min(code.len());
        for stepped in 0..=usize::from(has_steps) {
            let next = |at: usize, stepped: usize| from.get(at).map_or(&[][..], |both| &both[stepped]);
            let sums = match *instr {
                Instr::JumpIfFalse { site, to: target } => {
                    branch(module, site, next(at + 1, stepped), next(to(target), stepped), table)
                }
                Instr::JumpIfTrue { site, to: target } => {
                    branch(module, site, next(to(target), stepped), next(at + 1, stepped), table)
                }
                Instr::Jump { to: target } => next(to(target), stepped).to_vec(),
                Instr::Keep => never(),
                Instr::Step(_) => next(at + 1, 1).to_vec(),
                // Counting is doing; without a step there is nothing to count.
                Instr::When { context, to: target } => match module.contexts.get(context as usize).map(|c| &c.asks) {
                    Some(Asks::Steps { .. }) if stepped == 0 => next(to(target), 0).to_vec(),
                    Some(Asks::Steps { .. } | Asks::Events(_) | Asks::Distinct(..) | Asks::Mark) | None => Vec::new(),
                },
                Instr::Name(_)
                | Instr::Tag(_)
                | Instr::Untag(_)
                | Instr::Set(_)
                | Instr::Remove(_)
                | Instr::Send(_)
                | Instr::Remember(_)
                | Instr::Forget(_)
                | Instr::Drop
                | Instr::Stop => Vec::new(),
            };
            from[at][stepped] = sums;
        }
    }
    match from.first().and_then(|both| both[0].first()) {
        None => Need::Always,
        Some(sum) => {
            let known = |test: &u32| table.of(module, *test).map(|known| known.atoms.clone()).unwrap_or_default();
            let mut atoms: Vec<Atom> = sum.tests.iter().flat_map(known).collect();
            crate::order::sort(&mut atoms);
            atoms.dedup();
            Need::One(atoms)
        }
    }
}

/// What is needed before a test, of what is needed where it holds and where it does not.
fn branch(module: &Module, site: u32, holds: &[Sum], fails: &[Sum], table: &Table) -> Sums {
    let test = module.sites.get(site as usize).map(|site| site.test);
    let mut sums: Sums = Vec::new();
    for fail in fails {
        // Where it fails, this is needed; where it holds, the test itself is.
        if let Some(share) = test.and_then(|test| table.of(module, test)).map(|known| known.share) {
            sums.extend(test.and_then(|test| fail.and(&Sum { tests: vec![test], share }, module, table)));
        }
        for hold in holds {
            sums.extend(fail.and(hold, module, table));
        }
    }
    crate::order::sort_by(&mut sums, |a, b| a.share.total_cmp(&b.share).then_with(|| a.tests.cmp(&b.tests)));
    sums.dedup();
    sums.truncate(KEPT);
    sums
}

impl Sum {
    /// One of these or one of those.
    fn and(&self, other: &Sum, module: &Module, table: &Table) -> Option<Sum> {
        let mut tests = self.tests.clone();
        tests.extend(&other.tests);
        if tests.len() > TESTS {
            return None;
        }
        crate::order::sort(&mut tests);
        tests.dedup();
        let share = tests.iter().filter_map(|test| table.of(module, *test).map(|known| known.share)).sum();
        Some(Sum { tests, share })
    }
}
