//! Tests beside the rules.
//!
//! In: the texts of test files; a sample event. Out: which tests pass, what of the rules they made run, and a test more that expects what the
//! rules do now. Never here: what a
//! test means; that is `testing/`.

use super::Session;
use super::locate::Locate;
use super::wire::{Converted, CoverGrade, Covered, CoveredPiece, NotCovered, RuleFile, TestResult, Tested};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::origin::{Origin, Sources};
use crate::testing::coverage::{Counter, Grade, Totals};
use crate::testing::{self, Bench, Nothing, Rules};

impl Session {
    fn rules(&self) -> Option<Rules<'_>> {
        let project = &self.project;
        let (program, prepared) = (project.program()?, project.prepared()?);
        Some(Rules { program, prepared, agent: project.agent })
    }

    /// Runs the tests of a file on the rules as they are.
    pub fn test(&self, file: &str, text: &str) -> Tested {
        let mut sources = Sources::default();
        let source = sources.add(file, text);
        let (cases, mut found) = testing::read(source, text);
        let outcomes = match self.rules() {
            Some(rules) => {
                let (outcomes, more) = testing::run(&cases, rules);
                found.extend(more);
                outcomes
            }
            None => {
                found.push(no_rules(Origin::whole(source)));
                Vec::new()
            }
        };
        diagnostic::sort(&mut found);
        let mut locate = Locate::new(&sources);
        let diagnostics = locate.diagnostics(&found);
        let mut results = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            let passed = outcome.passed();
            let testing::Outcome { name, origin, differences, trees, mut unchecked, decisions, .. } = outcome;
            if decisions.is_some() {
                unchecked.push("its decisions, which `blocksieve test` compares with stored ones".to_string());
            }
            results.push(TestResult { name, place: locate.place(origin), passed, differences, trees, unchecked });
        }
        Tested { results, diagnostics }
    }

    /// What the tests of some files made run of the rules of one. A test that cannot run here, or not whole, is told by [`Session::test`] and
    /// counts as far as it runs.
    pub fn coverage(&self, tests: &[RuleFile], file: &str) -> Covered {
        let project = &self.project;
        let (Some(rules), Some(definition)) = (self.rules(), project.definition(file)) else {
            return Covered::default();
        };
        let definitions = std::slice::from_ref(definition);
        let counter = Counter::new(rules.program, definitions);
        let mut counting = counter.begin();
        for tests in tests {
            let mut sources = Sources::default();
            let source = sources.add(tests.name.as_str(), tests.text.as_str());
            let (cases, _) = testing::read(source, &tests.text);
            Bench::new(rules, &Nothing).run(&cases, &mut counting);
        }
        let coverage = counter.coverage(&counting.end(), |_| true);
        let mut locate = Locate::new(project.sources());
        let conditions = Totals::of(&coverage.rules).conditions;
        let mut covered = Covered { conditions: conditions.all, both: conditions.seen, ..Covered::default() };
        for rule in &coverage.rules {
            covered.pieces.push(CoveredPiece {
                place: locate.place(rule.origin),
                depth: 0,
                text: rule.title(),
                grade: if rule.acted > 0 { CoverGrade::Whole } else { CoverGrade::Never },
                told: format!("ran {}×, did something {}×", rule.ran, rule.acted),
            });
            for piece in &rule.pieces {
                let (grade, told) = match piece.seen.told() {
                    None => (CoverGrade::Uncounted, String::new()),
                    Some((grade, told)) => (grade_of(grade), told),
                };
                let (place, text) = (locate.place(piece.origin), piece.text.clone());
                covered.pieces.push(CoveredPiece { place, depth: piece.depth + 1, text, grade, told });
            }
            for missing in rule.missing() {
                covered.missing.push(NotCovered { place: locate.place(missing.origin), hint: missing.hint() });
            }
        }
        covered
    }

    /// A test that expects what the rules do to an event now, put behind those of a test file.
    pub fn draft_test(&self, index: usize, text: &str) -> Converted {
        let mut sources = Sources::default();
        let source = sources.add("tests", text);
        let whole = Origin::whole(source);
        let drafted = match self.rules() {
            None => Err(vec![no_rules(whole)]),
            Some(rules) => {
                let title = self.title(index).unwrap_or_else(|| "event".to_string());
                let layout = &rules.prepared.module().layout;
                let drafted = self.state.samples().record(index, layout, |record| {
                    testing::draft(source, text, record, &title, rules).map(|drafted| drafted.text)
                });
                let none =
                    || Diagnostic::new(Code::BadTest, whole, "there is no such event").help("choose another event");
                drafted.unwrap_or_else(|| Err(vec![none()]))
            }
        };
        match drafted {
            Ok(text) => Converted { text: Some(text), diagnostics: Vec::new() },
            Err(found) => Converted { text: None, diagnostics: Locate::new(&sources).diagnostics(&found) },
        }
    }
}

fn grade_of(grade: Grade) -> CoverGrade {
    match grade {
        Grade::Whole => CoverGrade::Whole,
        Grade::Partly => CoverGrade::Partly,
        Grade::Never => CoverGrade::Never,
        Grade::Uncounted => CoverGrade::Uncounted,
    }
}

fn no_rules(origin: Origin) -> Diagnostic {
    Diagnostic::new(Code::BadTest, origin, "the rules do not compile").help("mend what is said of them")
}
