//! Whether a test notices.
//!
//! In: a program, tests that pass on it, a mutant. Out: a verdict. Each test that could notice runs, up to the first that fails, or whose
//! stored decisions would be others. Never
//! here: an event decided by anything but the machine.

use rustc_hash::FxHashSet;

use super::edit::{edited, is_same};
use super::{Memo, Mutant};
use crate::bytecode;
use crate::ir::Program;
use crate::origin::Sources;
use crate::testing::{Bench, Case, Observer, Rules};
use crate::vm::{Options, Outcome, Prepared};

/// What became of a mutant.
pub enum Verdict {
    /// This test, by its index, fails on it.
    Killed(usize),
    /// It does the same as the rules do, whatever the event: no test can notice.
    Equal,
    /// No test fails on it; the mutant, ready to run.
    Survives(Box<(Program, Prepared)>),
}

/// Judges the mutants of a program.
pub struct Judge<'a> {
    bench: &'a Bench<'a>,
    sources: &'a Sources,
    cases: &'a [&'a Case],
    /// Of each test what it does on the rules as they are.
    before: Vec<Before>,
}

/// A test on the rules as they are.
struct Before {
    /// The sites that its events ask.
    asked: FxHashSet<u32>,
    /// Where these are compared with stored ones.
    decisions: Option<Vec<String>>,
}

/// Which conditions are asked.
#[derive(Default)]
struct Asked(FxHashSet<u32>);

impl Observer for Asked {
    fn options(&self) -> Options {
        Options { trace: true, ..Options::default() }
    }

    fn asks_why(&self) -> bool {
        false
    }

    fn decided(&mut self, _: &Case, outcome: &Outcome) {
        self.0.extend(outcome.trace.iter().map(|step| step.site));
    }
}

/// Whether a test fails is enough.
struct Briefly;

impl Observer for Briefly {
    fn asks_why(&self) -> bool {
        false
    }
}

impl<'a> Judge<'a> {
    /// `bench`: the rules, on which the tests pass; `sources`: their texts.
    pub fn new(bench: &'a Bench<'a>, sources: &'a Sources, cases: &'a [&'a Case]) -> Self {
        let before = cases.iter().map(|case| {
            let mut asked = Asked::default();
            let outcome = bench.case(case, &mut asked).ok();
            Before { asked: asked.0, decisions: outcome.and_then(|outcome| outcome.decisions) }
        });
        let before = before.collect();
        Self { bench, sources, cases, before }
    }

    /// Runs the tests on a mutant.
    pub fn verdict(&self, mutant: &Mutant, memo: &mut Memo) -> Verdict {
        let of_rules = self.bench.rules;
        let Some(program) = edited(of_rules.program, &mutant.edit) else { return Verdict::Equal };
        let module = bytecode::compile(&program, self.sources);
        if is_same(of_rules.prepared.module(), &module) {
            return Verdict::Equal;
        }
        // The verifier takes whatever the compiler makes; a step that it refuses is no mutant.
        let Ok(prepared) = Prepared::new(module) else { return Verdict::Equal };
        let bench = self.bench.on(Rules { program: &program, prepared: &prepared, ..of_rules });
        let tests = self.cases.iter().zip(&self.before).enumerate();
        let may = tests.filter(|(_, (_, before))| match &mutant.concerns {
            Some(sites) => sites.iter().any(|site| before.asked.contains(site)),
            None => true,
        });
        let mut may: Vec<_> = may.collect();
        // Most often it is the one that noticed the last mutant of the rule.
        may.sort_by_key(|(at, _)| Some(*at) != memo.noticed);
        for (at, (case, before)) in may {
            let Ok(outcome) = bench.case(case, &mut Briefly) else { continue };
            if !outcome.passed() || outcome.decisions != before.decisions {
                memo.noticed = Some(at);
                return Verdict::Killed(at);
            }
        }
        Verdict::Survives(Box::new((program, prepared)))
    }
}
