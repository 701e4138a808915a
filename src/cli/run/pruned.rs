//! A module without some of its rules.
//!
//! In: a module that was verified, and which of its rules stay. Out: the same with their code, tests and contexts alone, each under a new
//! number, so that the others cost neither memory nor time. Fields, texts and tables stay as they are. Never here: which rules; whether what
//! comes out keeps to the rules of bytecode, which is verified again.

use rustc_hash::FxHashMap;

use crate::bytecode::{Instr, Module, RuleCode, SiteCode};
use crate::ir::{Check, Named};

/// New numbers for what is used, in the order in which it is first met.
#[derive(Default)]
struct Pool {
    new: FxHashMap<u32, u32>,
    old: Vec<u32>,
}

impl Pool {
    fn number(&mut self, old: u32) -> u32 {
        let next = self.old.len() as u32;
        *self.new.entry(old).or_insert_with(|| {
            self.old.push(old);
            next
        })
    }

    /// What has a number, in the order of the numbers.
    fn taken<T: Clone>(&self, of: &[T]) -> Vec<T> {
        self.old.iter().filter_map(|old| of.get(*old as usize)).cloned().collect()
    }
}

/// The rules that stay.
pub(super) fn without(module: Module, stay: &[bool]) -> Module {
    let mut rules = Pool::default();
    for (rule, _) in (0u32..).zip(stay).filter(|(_, stay)| **stay) {
        rules.number(rule);
    }
    let (mut sites, mut tests, mut contexts, mut named) =
        (Pool::default(), Pool::default(), Pool::default(), Pool::default());
    let (mut code, mut at, mut of_sites) = (Vec::new(), Vec::new(), Vec::new());
    let mut kept: Vec<RuleCode> = Vec::with_capacity(rules.old.len());
    for rule in rules.taken(&module.rules) {
        let (start, moved) = (code.len() as u32, code.len() as i64 - i64::from(rule.start));
        // Jumps go forward inside of the rule, so they move as it does.
        let there = |to: u32| (i64::from(to) + moved) as u32;
        let mut site_of = |site: u32| {
            let number = sites.number(site);
            if of_sites.len() as u32 == number {
                of_sites.push(kept.len() as u32);
            }
            number
        };
        for pc in rule.start as usize..rule.end as usize {
            let Some(instr) = module.code.get(pc) else { continue };
            code.push(match *instr {
                Instr::JumpIfFalse { site, to } => Instr::JumpIfFalse { site: site_of(site), to: there(to) },
                Instr::JumpIfTrue { site, to } => Instr::JumpIfTrue { site: site_of(site), to: there(to) },
                Instr::Jump { to } => Instr::Jump { to: there(to) },
                Instr::When { context, to } => Instr::When { context: contexts.number(context), to: there(to) },
                Instr::Remember(index) => Instr::Remember(named.number(index)),
                Instr::Forget(index) => Instr::Forget(named.number(index)),
                same @ (Instr::Name(_)
                | Instr::Tag(_)
                | Instr::Untag(_)
                | Instr::Set(_)
                | Instr::Remove(_)
                | Instr::Send(_)
                | Instr::Step(_)
                | Instr::Drop
                | Instr::Keep
                | Instr::Stop) => same,
            });
            at.extend(module.at.get(pc));
        }
        kept.push(RuleCode { start, end: code.len() as u32, ..rule });
    }
    let sites: Vec<SiteCode> = sites
        .taken(&module.sites)
        .into_iter()
        .zip(of_sites)
        .map(|(site, rule)| SiteCode { test: tests.number(site.test), rule, ..site })
        .collect();
    let mut tests = tests.taken(&module.tests);
    let mut named = named.taken(&module.named);
    let mut renumber = |named: &mut Named| named.context = contexts.number(named.context);
    named.iter_mut().for_each(&mut renumber);
    for test in &mut tests {
        match &mut test.check {
            Check::Remembered(named, _) => renumber(named),
            // Whoever is asked about stays.
            Check::Acted(rule) => *rule = rules.number(*rule),
            Check::Exists
            | Check::Blank
            | Check::Order(..)
            | Check::Text { .. }
            | Check::Like { .. }
            | Check::Matches { .. }
            | Check::In(_)
            | Check::Class(_)
            | Check::Table(_)
            | Check::Field(..)
            | Check::EventIs(_)
            | Check::HasTag { .. }
            | Check::Some(_) => {}
        }
    }
    let contexts = contexts.taken(&module.contexts);
    Module { rules: kept, code, at, sites, tests, named, contexts, ..module }
}
