//! Tests on rules.
//!
//! In: tests that were read, and rules. Out: for each test what came otherwise, a sentence a difference, with the values that the rules
//! saw. Never here: deciding; the machine does, and `explain` says why.

use std::io::Cursor;
use std::ops::ControlFlow;

use super::Rules;
use super::file::{Case, Decision, Named};
use crate::ast::RuleKind;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::event::read::{Damaged, EventReader, ReadError, Record, Sink};
use crate::event::{EventView, Form};
use crate::explain::{Explained, Step, explain};
use crate::ir::RuleId;
use crate::origin::Origin;
use crate::vm::{Effect, Machine};

/// Tests that are told of one condition; a rule may have hundreds.
const MOST: usize = 4;

/// What came of a test.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub origin: Origin,
    /// What came otherwise; nothing: it passed.
    pub differences: Vec<String>,
}

/// Runs tests, in their order. One that cannot run is told, and has no outcome.
pub fn run(cases: &[Case], rules: Rules<'_>) -> (Vec<Outcome>, Vec<Diagnostic>) {
    let (mut outcomes, mut found) = (Vec::with_capacity(cases.len()), Vec::new());
    for case in cases {
        match differences(case, rules) {
            Ok(differences) => {
                outcomes.push(Outcome { name: case.name.clone(), origin: case.origin, differences });
            }
            Err(findings) => found.extend(findings),
        }
    }
    (outcomes, found)
}

/// What the rules did to one event.
#[derive(Debug, Default)]
pub(super) struct Came {
    pub(super) dropped_by: Option<u32>,
    pub(super) tags: Vec<String>,
    /// Rules that did something, each once, in order.
    pub(super) acted: Vec<u32>,
    /// Alerts that sent something, each once, in order.
    pub(super) sent: Vec<u32>,
}

pub(super) fn came(rules: Rules<'_>, view: &dyn EventView) -> Came {
    let module = rules.prepared.module();
    let mut machine = Machine::new(rules.prepared);
    let outcome = machine.decide(view, rules.options());
    rules.observe(outcome);
    let mut came = Came { dropped_by: outcome.dropped_by, ..Came::default() };
    came.acted.extend(outcome.effects.iter().map(Effect::rule).chain(outcome.dropped_by));
    came.sent.extend(outcome.effects.iter().filter(|it| matches!(it, Effect::Send { .. })).map(Effect::rule));
    if outcome.dropped_by.is_none() {
        came.tags = outcome.effects.tags(module).into_iter().map(str::to_string).collect();
    }
    for rules in [&mut came.acted, &mut came.sent] {
        rules.sort_unstable();
        rules.dedup();
    }
    came
}

fn differences(case: &Case, rules: Rules<'_>) -> Result<Vec<String>, Vec<Diagnostic>> {
    let known = Known::of(case, rules)?;
    let layout = &rules.prepared.module().layout;
    let mut one =
        One { take: Some(|view: &dyn EventView| compare(case, &known, rules, view)), taken: None, wrong: None };
    let mut reader = EventReader::new(layout, rules.agent).strict(true);
    let result = reader.read_file(&"event".into(), Cursor::new(case.event.as_bytes()), &mut one);
    let wrong = match (one.wrong, result) {
        (Some(wrong), _) => wrong,
        (None, Err(ReadError::Form(form))) => form.to_string(),
        (None, Err(ReadError::Io(error))) => error.to_string(),
        (None, Ok(())) => match one.taken {
            Some(differences) => return Ok(differences),
            None => "there is no event in it".to_string(),
        },
    };
    let help = "write it as Winlogbeat sends it: `winlog:` with `provider_name`, `event_id` and `event_data`; or a record \
                of another form that is known";
    Err(vec![Diagnostic::new(Code::BadTest, case.event_origin, wrong).help(help)])
}

/// Takes one record.
struct One<F, T> {
    take: Option<F>,
    taken: Option<T>,
    wrong: Option<String>,
}

impl<F: FnOnce(&dyn EventView) -> T, T> Sink for One<F, T> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if record.form == Form::Other {
            self.wrong = Some("this is no event of a form that is known".to_string());
            return ControlFlow::Break(());
        }
        let Some(take) = self.take.take() else {
            self.wrong = Some("these are several events, and a test has one".to_string());
            return ControlFlow::Break(());
        };
        self.taken = Some(take(record.view));
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.wrong.get_or_insert(damaged.reason);
    }
}

/// The rules that a test names.
#[derive(Default)]
struct Known {
    rule: Option<u32>,
    alerts: Option<Vec<u32>>,
}

impl Known {
    fn of(case: &Case, rules: Rules<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let mut one = |named: &Named, only: Option<RuleKind>| index(named, only, rules, &mut found);
        let known = Self {
            rule: case.expect.rule.as_ref().and_then(|named| one(named, None)),
            alerts: case
                .expect
                .alerts
                .as_ref()
                .map(|alerts| alerts.iter().filter_map(|named| one(named, Some(RuleKind::Alert))).collect()),
        };
        let kind = known.rule.and_then(|rule| rules.program.rules.get(rule as usize)).map(|rule| rule.kind);
        if let (Some((decision, origin)), Some(kind)) = (case.expect.decision, kind)
            && (decision == Decision::Dropped) != (kind == RuleKind::Filter)
        {
            let message = match decision {
                Decision::Dropped => "only a filter drops, and the rule that is named is none",
                Decision::Kept => "the rule that is named is a filter, and of what it drops nothing is kept",
            };
            let help = "name a filter beside `dropped`, a classify rule or an alert beside `kept`, or no rule";
            found.push(Diagnostic::new(Code::BadTest, origin, message).help(help));
        }
        if found.is_empty() { Ok(known) } else { Err(found) }
    }
}

/// The rule of this name, or a finding.
fn index(named: &Named, only: Option<RuleKind>, rules: Rules<'_>, found: &mut Vec<Diagnostic>) -> Option<u32> {
    let all = || rules.program.rules.iter().enumerate().filter(|(_, rule)| only.is_none_or(|only| only == rule.kind));
    let same = all().find(|(_, rule)| rule.name == named.name);
    if let Some((index, _)) = same {
        return Some(index as u32);
    }
    let what = if only.is_some() { "alert" } else { "rule" };
    let help = match nearest(&named.name, all().map(|(_, rule)| rule.name.as_str())) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write the name as it stands in the rule; a rule with an error does not run".to_string(),
    };
    let message = format!("no {what} \"{}\" runs", named.name);
    found.push(Diagnostic::new(Code::BadTest, named.origin, message).help(help));
    None
}

fn compare(case: &Case, known: &Known, rules: Rules<'_>, view: &dyn EventView) -> Vec<String> {
    let came = came(rules, view);
    let teller = Teller { rules, view };
    let mut differences = Vec::new();
    match (case.expect.decision.map(|(decision, _)| decision), came.dropped_by) {
        (Some(Decision::Dropped), None) if known.rule.is_none() => {
            differences.push("it is kept, and dropped is expected".to_string());
        }
        (Some(Decision::Kept), Some(by)) => {
            let why = teller.tests(by, true);
            differences.push(format!("{} drops it, and kept is expected{why}", teller.name(by)));
        }
        (Some(Decision::Dropped | Decision::Kept) | None, _) => {}
    }
    if let Some(rule) = known.rule
        && !came.acted.contains(&rule)
    {
        differences.push(match came.dropped_by {
            Some(by) => format!("{} drops it before {} does anything", teller.name(by), teller.name(rule)),
            None => format!("{} does nothing{}", teller.name(rule), teller.tests(rule, false)),
        });
    }
    // What is dropped has neither tags nor alerts, and that was told.
    let told = came.dropped_by.is_some() && !differences.is_empty();
    if let Some(tags) = case.expect.tags.as_ref().filter(|_| !told) {
        for tag in tags.iter().filter(|tag| !came.tags.contains(&tag.name)) {
            differences.push(format!("the tag \"{}\" is expected, and not set", tag.name));
        }
        for tag in came.tags.iter().filter(|tag| tags.iter().all(|named| named.name != **tag)) {
            differences.push(format!("the tag \"{tag}\" is set, and not expected"));
        }
    }
    if let Some(alerts) = known.alerts.as_ref().filter(|_| !told) {
        for alert in alerts.iter().filter(|alert| !came.sent.contains(alert)) {
            differences.push(format!("{} sends nothing{}", teller.name(*alert), teller.tests(*alert, false)));
        }
        for alert in came.sent.iter().filter(|alert| !alerts.contains(alert)) {
            let why = teller.tests(*alert, true);
            differences.push(format!("{} sends something, and is not expected to{why}", teller.name(*alert)));
        }
    }
    differences
}

/// Says which rule, and what its tests saw.
struct Teller<'a> {
    rules: Rules<'a>,
    view: &'a dyn EventView,
}

impl Teller<'_> {
    fn name(&self, rule: u32) -> String {
        let Some(rule) = self.rules.program.rules.get(rule as usize) else { return String::new() };
        let kind = match rule.kind {
            RuleKind::Filter => "filter",
            RuleKind::Classify => "classify rule",
            RuleKind::Alert => "alert",
        };
        format!("the {kind} \"{}\"", rule.name)
    }

    /// `: ` and the tests of a rule that said so, with what they saw; nothing where none did.
    fn tests(&self, rule: u32, holds: bool) -> String {
        let Some(told) = explain(self.rules.program, self.rules.prepared, RuleId(rule), self.view, None) else {
            return String::new();
        };
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
}

/// Nesting is bounded by `limits::DEPTH`.
fn steps(all: &[Step], holds: bool, found: &mut Vec<String>) {
    for step in all {
        if let Step::Arm { condition, body, taken, .. } = step {
            if let Some(condition) = condition.as_deref().filter(|_| *taken == holds) {
                tests(condition, holds, found);
            }
            steps(body, holds, found);
        }
    }
}

fn tests(condition: &Explained, holds: bool, found: &mut Vec<String>) {
    if condition.members.is_empty() && condition.holds == Some(holds) && condition.site.is_some() {
        let seen: Vec<String> = condition
            .seen
            .iter()
            .map(|seen| format!("{} is {}", seen.field, seen.value.as_deref().unwrap_or("absent")))
            .collect();
        let seen = if seen.is_empty() { String::new() } else { format!(" ({})", seen.join(", ")) };
        found.push(format!("`{}`{seen}", condition.text));
    }
    let inner = if condition.text == "not" { !holds } else { holds };
    condition.members.iter().for_each(|member| tests(member, inner, found));
}
