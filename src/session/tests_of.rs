//! Tests beside the rules.
//!
//! In: the text of a test file; a sample event. Out: which tests pass, and a test more that expects what the rules do now. Never here: what a
//! test means; that is `testing/`.

use super::Session;
use super::locate::Locate;
use super::wire::{Converted, TestResult, Tested};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::origin::{Origin, Sources};
use crate::testing::{self, Rules};

impl Session {
    fn rules(&self) -> Option<Rules<'_>> {
        let project = &self.project;
        let (program, prepared) = (project.program()?, project.prepared()?);
        Some(Rules { program, prepared, agent: project.agent, observer: None })
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
        for testing::Outcome { name, origin, differences } in outcomes {
            results.push(TestResult { name, place: locate.place(origin), passed: differences.is_empty(), differences });
        }
        Tested { results, diagnostics }
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

fn no_rules(origin: Origin) -> Diagnostic {
    Diagnostic::new(Code::BadTest, origin, "the rules do not compile").help("mend what is said of them")
}
