//! Rules and their conditions in words.
//!
//! In: a rule and an event on which something came otherwise. Out: what its tests saw, as the end of a sentence, and the whole tree of its
//! conditions. Never here: what is expected.

use std::collections::BTreeSet;

use super::Bench;
use super::compare::{Finding, Suspect};
use super::given::{At, Chosen, Stop};
use crate::ast::RuleKind;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::cut_end;
use crate::event::read::Record;
use crate::explain::{Explained, Explanation, Step, explain, lines};
use crate::ir::RuleId;
use crate::testing::Rules;
use crate::testing::case::Case;
use crate::vm::{Contexts, Options};

/// Tests that are told of one condition; a rule may have hundreds.
const MOST: usize = 4;
/// Most characters of a test in a sentence; the tree has it whole.
const LONGEST: usize = 80;
/// Trees that are told of one test, of a rule the first.
const TREES: usize = 3;

/// A rule by its kind and name.
pub(super) fn name(rules: Rules<'_>, rule: u32) -> String {
    let Some(rule) = rules.program.rules.get(rule as usize) else { return String::new() };
    let kind = match rule.kind {
        RuleKind::Filter => "filter",
        RuleKind::Classify => "classify rule",
        RuleKind::Alert => "alert",
    };
    format!("the {kind} \"{}\"", rule.name)
}

pub(super) fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

impl Bench<'_> {
    /// Runs a test again as far as something came otherwise, and says why: the sentences, and trees.
    pub(super) fn why(
        &self,
        case: &Case,
        chosen: &Chosen,
        mut findings: Vec<Finding>,
    ) -> Result<(Vec<String>, Vec<String>), Vec<Diagnostic>> {
        let wanted: BTreeSet<u64> = findings.iter().filter_map(|finding| Some(finding.why.as_ref()?.event)).collect();
        let mut trees = Vec::new();
        let mut told = BTreeSet::new();
        if !wanted.is_empty() {
            let mut pipeline = self.pipeline(case, Options::default())?;
            let layout = pipeline.layout().clone();
            let remembers = self.rules.prepared.module().stamp.is_some();
            let ran = self.each(case, chosen, &layout, &mut |at: &At, record: &Record<'_>| {
                if wanted.contains(&at.index) {
                    let past = remembers.then(|| pipeline.contexts().clone());
                    for finding in &mut findings {
                        let Some(why) = finding.why.as_ref().filter(|why| why.event == at.index) else { continue };
                        let Some((rule, explanation)) = self.explained(why.suspect, record, past.as_ref()) else {
                            continue;
                        };
                        if let Some(holds) = why.says {
                            finding.text.push_str(&tests(&explanation, holds));
                        }
                        if trees.len() < TREES && told.insert(rule) {
                            let tree = lines(&explanation);
                            trees.push(if at.label.is_empty() { tree } else { format!("{}: {tree}", at.label) });
                        }
                    }
                }
                pipeline.decide(record.view);
            });
            match ran {
                // It could run before.
                Ok(()) | Err(Stop::NoFiles) => {}
                Err(Stop::Found(found)) => return Err(found),
            }
        }
        Ok((findings.into_iter().map(|finding| finding.text).collect(), trees))
    }

    fn explained(&self, suspect: Suspect, record: &Record<'_>, past: Option<&Contexts>) -> Option<(u32, Explanation)> {
        let explain = |rule: u32| explain(self.rules.program, self.rules.prepared, RuleId(rule), record.view, past);
        match suspect {
            Suspect::Rule(rule) => Some((rule, explain(rule)?)),
            // The filter that came nearest to it.
            Suspect::NearestFilter => {
                let filters = (0..).zip(&self.rules.program.rules).filter(|(_, rule)| rule.kind == RuleKind::Filter);
                let concern = filters
                    .map(|(index, _)| index)
                    .filter(|index| self.rules.prepared.concerns(RuleId(*index), record.view));
                let explained = concern.filter_map(|rule| Some((rule, explain(rule)?)));
                // Of several the first.
                explained.min_by_key(|(_, explanation)| std::cmp::Reverse(held(&explanation.steps)))
            }
        }
    }
}

/// How many tests hold. Nesting is bounded by `limits::DEPTH`.
fn held(steps: &[Step]) -> usize {
    fn of(condition: &Explained) -> usize {
        let own = condition.members.is_empty() && condition.site.is_some() && condition.holds == Some(true);
        usize::from(own) + condition.members.iter().map(of).sum::<usize>()
    }
    let arm = |step: &Step| match step {
        Step::Arm { condition, body, .. } => condition.as_deref().map_or(0, of) + held(body),
        Step::Plain { .. } | Step::When { .. } => 0,
    };
    steps.iter().map(arm).sum()
}

/// `: ` and the tests of a rule that said so, with what they saw; nothing where none did.
fn tests(told: &Explanation, holds: bool) -> String {
    let mut tests = Vec::new();
    steps(&told.steps, holds, &mut tests);
    let more = tests.len().saturating_sub(MOST);
    tests.truncate(MOST);
    if tests.is_empty() {
        return String::new();
    }
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    let says = match (holds, tests.len()) {
        (true, 1) => "holds",
        (true, _) => "hold",
        (false, 1) => "does not hold",
        (false, _) => "do not hold",
    };
    format!(": {} {says}{more}", tests.join(", "))
}

/// Nesting is bounded by `limits::DEPTH`.
fn steps(all: &[Step], holds: bool, found: &mut Vec<String>) {
    for step in all {
        if let Step::Arm { condition, body, taken, .. } = step {
            if let Some(condition) = condition.as_deref().filter(|_| *taken == holds) {
                collect(condition, holds, found);
            }
            steps(body, holds, found);
        }
    }
}

fn collect(condition: &Explained, holds: bool, found: &mut Vec<String>) {
    if condition.members.is_empty() && condition.holds == Some(holds) && condition.site.is_some() {
        let seen: Vec<String> = condition
            .seen
            .iter()
            .map(|seen| format!("{} is {}", seen.field, seen.value.as_deref().unwrap_or("absent")))
            .collect();
        let seen = if seen.is_empty() { String::new() } else { format!(" ({})", seen.join(", ")) };
        found.push(format!("`{}`{seen}", cut_end(&condition.text, LONGEST)));
    }
    let inner = if condition.text == "not" { !holds } else { holds };
    condition.members.iter().for_each(|member| collect(member, inner, found));
}
