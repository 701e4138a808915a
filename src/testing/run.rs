//! Tests on rules.
//!
//! In: tests that were read, rules, and the files and templates around them. Out: for each test what came otherwise, a sentence a
//! difference, and how the rules that matter came to it. Never here: deciding; the machine does, and `explain` says why.
//!
//! The events of one test come one after the other to one pipeline: what it remembers goes on from event to event, and never from test to
//! test. Why something came otherwise is asked in a second run, up to the event: a test that passes pays nothing for it.
//!
//! | file | what |
//! | --- | --- |
//! | `given.rs` | the events of a test, out of its file and others |
//! | `forms.rs` | what is missing from an event of no known form |
//! | `known.rs` | the rules and fields that a test names |
//! | `names.rs` | the names of fields in its events |
//! | `compare.rs` | what came, beside what is expected |
//! | `alerts.rs` | the same of what alerts send |
//! | `told.rs` | rules and their conditions in words |

mod alerts;
mod compare;
mod forms;
mod given;
mod known;
mod names;
mod told;

use std::sync::Arc;

use rustc_hash::FxHashSet;

pub(super) use compare::{Came, came};

use super::Rules;
use super::case::Case;
use super::outside::{Nothing, Outside};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::read::Record;
use crate::origin::Origin;
use crate::pipeline::Pipeline;
use crate::sysmon::Catalogue;
use crate::vm::{self, Options};
use compare::Compare;
use given::Stop;
use known::Known;

/// What came of a test.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
    /// What came otherwise; nothing: it passed.
    pub differences: Vec<String>,
    /// The rules that matter to what came otherwise, each with its conditions and what they saw, as lines.
    pub trees: Vec<String>,
    /// What could not be checked here, for want of files or templates.
    pub unchecked: Vec<String>,
    /// The decisions, a line an event, where they are compared with stored ones.
    pub decisions: Option<Vec<String>>,
    /// How many events it ran over.
    pub events: u64,
}

impl Outcome {
    /// Did everything that could be checked come as expected?
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Who looks on while tests run.
pub trait Observer {
    /// How the machine decides.
    fn options(&self) -> Options {
        Options::default()
    }

    /// Is anybody interested in why something came otherwise?
    fn asks_why(&self) -> bool {
        true
    }

    /// An event of a test was decided.
    fn decided(&mut self, case: &Case, outcome: &vm::Outcome) {
        let _ = (case, outcome);
    }
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// Runs tests, in their order, where there are no files and no templates. One that cannot run is told, and has no outcome.
pub fn run(cases: &[Case], rules: Rules<'_>) -> (Vec<Outcome>, Vec<Diagnostic>) {
    Bench::new(rules, &Nothing).run(cases, &mut Unobserved)
}

/// Rules, and the files and templates around their tests.
pub struct Bench<'a> {
    pub(super) rules: Rules<'a>,
    outside: &'a dyn Outside,
    catalogue: Arc<Catalogue>,
    /// The paths that the rules read; where those are changed one step, the paths that they read before.
    read: Arc<FxHashSet<String>>,
}

impl<'a> Bench<'a> {
    /// For these rules.
    pub fn new(rules: Rules<'a>, outside: &'a dyn Outside) -> Self {
        let fields = rules.prepared.module().layout.iter();
        let read = fields.flat_map(|(_, field)| field.paths.iter().cloned()).collect();
        Self { rules, outside, catalogue: Arc::new(Catalogue::standard()), read: Arc::new(read) }
    }

    /// The same for other rules.
    pub(super) fn on<'b>(&'b self, rules: Rules<'b>) -> Bench<'b> {
        let (catalogue, read) = (Arc::clone(&self.catalogue), Arc::clone(&self.read));
        Bench { rules, outside: self.outside, catalogue, read }
    }

    /// The events of a test; none where they cannot be read.
    pub(super) fn events(&self, case: &Case, take: &mut dyn FnMut(&Record<'_>)) {
        // The test has told whoever ran it.
        if let Ok(chosen) = self.choose(case) {
            let _ = self.each(case, &chosen, &self.rules.prepared.module().layout, &mut |_, record| take(record));
        }
    }

    /// Runs tests, in their order. One that cannot run is told, and has no outcome.
    pub fn run(&self, cases: &[Case], observer: &mut dyn Observer) -> (Vec<Outcome>, Vec<Diagnostic>) {
        let (mut outcomes, mut found) = (Vec::with_capacity(cases.len()), Vec::new());
        for case in cases {
            match self.case(case, observer) {
                Ok(outcome) => outcomes.push(outcome),
                Err(findings) => found.extend(findings),
            }
        }
        (outcomes, found)
    }

    /// Runs one test.
    ///
    /// # Errors
    /// Why it cannot run.
    pub fn case(&self, case: &Case, observer: &mut dyn Observer) -> Result<Outcome, Vec<Diagnostic>> {
        let known = Known::of(case, self)?;
        let outcome = |differences, trees, unchecked| Outcome {
            name: case.name.clone(),
            origin: case.origin,
            differences,
            trees,
            unchecked,
            decisions: None,
            events: 0,
        };
        let no_files = || {
            let unchecked = "its events, which are in another file; `blocksieve test` reads it";
            Ok(outcome(Vec::new(), Vec::new(), vec![unchecked.to_string()]))
        };
        let chosen = match self.choose(case) {
            Ok(chosen) => chosen,
            Err(Stop::NoFiles) => return no_files(),
            Err(Stop::Found(found)) => return Err(found),
        };
        let mut pipeline = self.pipeline(case, observer.options())?;
        let layout = pipeline.layout().clone();
        let mut compare = Compare::new(self, case, &known);
        let ran = self.each(case, &chosen, &layout, &mut |event, record| {
            pipeline.decide(record.view);
            observer.decided(case, pipeline.outcome());
            compare.event(event, record, &pipeline);
        });
        match ran {
            Ok(()) => {}
            Err(Stop::NoFiles) => return no_files(),
            Err(Stop::Found(found)) => return Err(found),
        }
        let compared = compare.finish();
        let (differences, trees) = if compared.findings.is_empty() || !observer.asks_why() {
            (compared.findings.into_iter().map(|finding| finding.text).collect(), Vec::new())
        } else {
            self.why(case, &chosen, compared.findings)?
        };
        Ok(Outcome {
            decisions: case.snapshot.then_some(compared.decisions),
            events: compared.events,
            ..outcome(differences, trees, compared.unchecked)
        })
    }

    fn pipeline(&self, case: &Case, options: Options) -> Result<Pipeline<'_>, Vec<Diagnostic>> {
        Pipeline::new(self.rules.prepared, &self.catalogue, options).map_err(|error| {
            let help = "split the rules over several projects";
            vec![Diagnostic::new(Code::BadTest, case.origin, error.to_string()).help(help)]
        })
    }
}
