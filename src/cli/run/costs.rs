//! `run --profile`: where the time goes.
//!
//! In: what a machine measured, and how long the run took. Out: a text for people, the costliest first, or the same as JSON. Never here: a
//! clock; advice.

use serde::Serialize;

use super::told::{RuleName, rule_name};
use crate::bytecode::Module;
use crate::cli::table;
use crate::vm::{Cost, Profile};

/// Rules and tests that are named.
const NAMED: usize = 10;

/// What a run cost.
#[derive(Debug, Serialize)]
pub(super) struct Costs<'m> {
    /// Nanoseconds from the first byte read to the last event decided.
    whole: u64,
    /// Of them, for deciding; the rest went into reading, and into writing what is shown.
    deciding: u64,
    /// Of those, for finding out which rules could do anything to an event.
    candidates: u64,
    /// The costliest rules.
    rules: Vec<RuleCost<'m>>,
    /// The costliest tests.
    tests: Vec<TestCost<'m>>,
}

/// What a rule cost.
#[derive(Debug, Serialize)]
struct RuleCost<'m> {
    #[serde(flatten)]
    rule: RuleName<'m>,
    /// Events on which it ran.
    events: u64,
    nanoseconds: u64,
}

/// What a test cost.
#[derive(Debug, Serialize)]
struct TestCost<'m> {
    test: &'m str,
    /// The first rule that asks it.
    rule: &'m str,
    /// Rules that ask it.
    rules: usize,
    /// Times that it had to be answered.
    asked: u64,
    nanoseconds: u64,
}

/// The costliest of these, with their numbers.
fn costliest(costs: &[Cost]) -> Vec<(usize, Cost)> {
    let mut all: Vec<(usize, Cost)> = costs.iter().copied().enumerate().filter(|(_, cost)| cost.times > 0).collect();
    all.sort_by(|a, b| b.1.nanoseconds.cmp(&a.1.nanoseconds).then(a.0.cmp(&b.0)));
    all.truncate(NAMED);
    all
}

impl<'m> Costs<'m> {
    pub(super) fn new(module: &'m Module, profile: &Profile, whole: std::time::Duration) -> Self {
        let rules = costliest(&profile.rules).into_iter().map(|(rule, cost)| RuleCost {
            rule: rule_name(module, rule as u32),
            events: cost.times,
            nanoseconds: cost.nanoseconds,
        });
        let tests = costliest(&profile.tests).into_iter().filter_map(|(test, cost)| {
            let mut sites = module.sites.iter().filter(|site| site.test as usize == test);
            let first = sites.next()?;
            let mut rules: Vec<u32> = std::iter::once(first.rule).chain(sites.map(|site| site.rule)).collect();
            rules.sort_unstable();
            rules.dedup();
            let rule = module.rules.get(first.rule as usize).map_or("", |rule| rule.name.as_str());
            let (asked, nanoseconds) = (cost.times, cost.nanoseconds);
            Some(TestCost { test: &first.text, rule, rules: rules.len(), asked, nanoseconds })
        });
        Self {
            whole: u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX),
            deciding: profile.events.nanoseconds,
            candidates: profile.candidates.nanoseconds,
            rules: rules.collect(),
            tests: tests.collect(),
        }
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        let part = |of: u64| format!("{:.0} %", of as f64 * 100.0 / self.whole.max(1) as f64);
        let mut out = format!(
            "{} in all: {} reading and writing, {} looking for the rules that an event concerns, {} running them\n",
            time(self.whole),
            part(self.whole.saturating_sub(self.deciding)),
            part(self.candidates),
            part(self.deciding.saturating_sub(self.candidates)),
        );
        let each = |nanoseconds: u64, times: u64| format!("{} ns", nanoseconds / times.max(1));
        let rules: Vec<Vec<String>> = self
            .rules
            .iter()
            .map(|rule| {
                let name = table::safe(&format!("{} {:?}", rule.rule.kind.word(), rule.rule.name));
                vec![time(rule.nanoseconds), rule.events.to_string(), each(rule.nanoseconds, rule.events), name]
            })
            .collect();
        let tests: Vec<Vec<String>> = self
            .tests
            .iter()
            .map(|test| {
                let others = match test.rules {
                    0 | 1 => String::new(),
                    rules => format!(" and {} more", rules - 1),
                };
                let what = table::safe(&format!("{} in {:?}{others}", short(test.test), test.rule));
                vec![time(test.nanoseconds), test.asked.to_string(), each(test.nanoseconds, test.asked), what]
            })
            .collect();
        out.push_str(&table::columns(&["TIME", "EVENTS", "EACH", "COSTLIEST RULES"], &rules));
        out.push_str(&table::columns(&["TIME", "ASKED", "EACH", "COSTLIEST TESTS"], &tests));
        out
    }
}

fn time(nanoseconds: u64) -> String {
    match nanoseconds {
        0..1_000_000 => format!("{} µs", nanoseconds / 1000),
        1_000_000..10_000_000_000 => format!("{} ms", nanoseconds / 1_000_000),
        _ => format!("{:.1} s", nanoseconds as f64 / 1e9),
    }
}

/// A test's text, cut where it is a long list.
fn short(text: &str) -> String {
    const LONG: usize = 100;
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_string(),
    }
}
