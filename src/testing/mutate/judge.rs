//! Whether a test notices.
//!
//! In: a program, tests that pass on it, a mutant. Out: a verdict. Each test that could notice runs, up to the first that fails. Never
//! here: an event decided by anything but the machine.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Mutant;
use super::edit::{edited, is_same};
use crate::bytecode;
use crate::dialect::AgentVersion;
use crate::ir::{Program, RuleId};
use crate::origin::Sources;
use crate::testing::{Case, Observe, Rules, run};
use crate::vm::{Outcome, Prepared};

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
    program: &'a Program,
    sources: &'a Sources,
    prepared: &'a Prepared,
    agent: AgentVersion,
    cases: &'a [Case],
    /// Per test: the sites that its events ask.
    asked: Vec<FxHashSet<u32>>,
    /// The test that noticed the last mutant of a rule: most often it is the one that notices the next.
    noticed: RefCell<FxHashMap<RuleId, usize>>,
}

#[derive(Default)]
struct Asked(RefCell<FxHashSet<u32>>);

impl Observe for Asked {
    fn decided(&self, outcome: &Outcome) {
        self.0.borrow_mut().extend(outcome.trace.iter().map(|step| step.site));
    }
}

impl<'a> Judge<'a> {
    /// `prepared`: what the program compiles to. The tests pass on it.
    pub fn new(
        program: &'a Program,
        sources: &'a Sources,
        prepared: &'a Prepared,
        agent: AgentVersion,
        cases: &'a [Case],
    ) -> Self {
        let asked = cases.iter().map(|case| {
            let asked = Asked::default();
            run(std::slice::from_ref(case), Rules { program, prepared, agent, observer: Some(&asked) });
            asked.0.into_inner()
        });
        let asked = asked.collect();
        Self { program, sources, prepared, agent, cases, asked, noticed: RefCell::default() }
    }

    /// Runs the tests on a mutant.
    pub fn verdict(&self, mutant: &Mutant) -> Verdict {
        let Some(program) = edited(self.program, &mutant.edit) else { return Verdict::Equal };
        let module = bytecode::compile(&program, self.sources);
        if is_same(self.prepared.module(), &module) {
            return Verdict::Equal;
        }
        // The verifier takes whatever the compiler makes; a step that it refuses is no mutant.
        let Ok(prepared) = Prepared::new(module) else { return Verdict::Equal };
        let rules = Rules { program: &program, prepared: &prepared, agent: self.agent, observer: None };
        let may = |at: usize| match &mutant.concerns {
            Some(sites) => self.asked.get(at).is_none_or(|asked| sites.iter().any(|site| asked.contains(site))),
            None => true,
        };
        let first = self.noticed.borrow().get(&mutant.rule).copied();
        let order = first.into_iter().chain((0..self.cases.len()).filter(|at| Some(*at) != first));
        for at in order.filter(|at| may(*at)) {
            let Some(case) = self.cases.get(at) else { continue };
            let (outcomes, _) = run(std::slice::from_ref(case), rules);
            if outcomes.iter().any(|outcome| !outcome.differences.is_empty()) {
                self.noticed.borrow_mut().insert(mutant.rule, at);
                return Verdict::Killed(at);
            }
        }
        Verdict::Survives(Box::new((program, prepared)))
    }
}
