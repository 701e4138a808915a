//! What came, beside what is expected.
//!
//! In: each event of a test as it was decided. Out: sentences about what came otherwise, each with the rule and the event to ask why. Never
//! here: the words of conditions; running anything.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Bench;
use super::alerts::Alerts;
use super::given::At;
use super::known::Known;
use super::told::{name, plural};
use crate::bytecode::{Instr, Module};
use crate::event::read::Record;
use crate::event::{EventView, Value, find, without, write};
use crate::ir::RuleId;
use crate::pipeline::{Pipeline, agents_text};
use crate::testing::case::{Bound, Budget, Case, Decision, Measure};
use crate::vm::{self, Effect, Machine, Options, Prepared};

/// Events of one test that are told of; a sample may have thousands.
const MOST: u64 = 3;

/// What the rules did to one event.
#[derive(Debug, Default)]
pub(in crate::testing) struct Came {
    pub(in crate::testing) dropped_by: Option<u32>,
    pub(in crate::testing) tags: Vec<String>,
    /// Rules that did something, each once, in order.
    pub(in crate::testing) acted: Vec<u32>,
    /// Alerts that sent something, each once, in order.
    pub(in crate::testing) sent: Vec<u32>,
}

impl Came {
    fn of(module: &Module, outcome: &vm::Outcome) -> Self {
        let mut came = Came { dropped_by: outcome.dropped_by, ..Came::default() };
        came.acted.extend(outcome.effects.iter().map(Effect::rule).chain(outcome.dropped_by));
        let sends = outcome.effects.iter().filter(|it| matches!(it, Effect::Send { quiet: false, .. }));
        came.sent.extend(sends.map(Effect::rule));
        if outcome.dropped_by.is_none() {
            came.tags = outcome.effects.tags(module).into_iter().map(str::to_string).collect();
        }
        for rules in [&mut came.acted, &mut came.sent] {
            rules.sort_unstable();
            rules.dedup();
        }
        came
    }
}

/// What rules do to an event before which there was none.
pub(in crate::testing) fn came(prepared: &Prepared, view: &dyn EventView) -> Came {
    let mut machine = Machine::new(prepared);
    Came::of(prepared.module(), machine.decide(view, Options::default()))
}

/// Which rule is asked why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspect {
    Rule(u32),
    /// Some filter should have dropped it.
    NearestFilter,
}

/// Whom to ask why something came otherwise, and on which event.
#[derive(Clone, Debug)]
pub(super) struct Why {
    pub(super) event: u64,
    pub(super) suspect: Suspect,
    /// The sentence goes on with the tests that hold, or that do not.
    pub(super) says: Option<bool>,
}

/// Something that came otherwise.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) text: String,
    pub(super) why: Option<Why>,
}

impl Finding {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), why: None }
    }

    pub(super) fn why(mut self, event: u64, suspect: Suspect, says: Option<bool>) -> Self {
        self.why = Some(Why { event, suspect, says });
        self
    }
}

/// Sums over the events of a test.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) events: u64,
    bytes: u64,
    /// By filter: events and bytes.
    dropped: Vec<(u64, u64)>,
    /// Of each rule: it did something.
    acted: Vec<bool>,
}

/// What came of all of it.
pub(super) struct Compared {
    pub(super) findings: Vec<Finding>,
    pub(super) unchecked: Vec<String>,
    pub(super) decisions: Vec<String>,
    pub(super) events: u64,
}

/// Takes the events of one test.
pub(super) struct Compare<'c> {
    bench: &'c Bench<'c>,
    case: &'c Case,
    known: &'c Known,
    sums: Sums,
    alerts: Alerts<'c>,
    findings: Vec<Finding>,
    /// Events that differ.
    differing: u64,
    /// The event that the rule of the test was last concerned with.
    concerned: Option<u64>,
    decisions: Vec<String>,
    unchecked: BTreeSet<String>,
}

impl<'c> Compare<'c> {
    pub(super) fn new(bench: &'c Bench<'c>, case: &'c Case, known: &'c Known) -> Self {
        let rules = bench.rules.prepared.module().rules.len();
        let sums = Sums { dropped: vec![(0, 0); rules], acted: vec![false; rules], ..Sums::default() };
        Self {
            bench,
            case,
            known,
            sums,
            alerts: Alerts::new(bench, case, known),
            findings: Vec::new(),
            differing: 0,
            concerned: None,
            decisions: Vec::new(),
            unchecked: BTreeSet::new(),
        }
    }

    /// An event was decided.
    pub(super) fn event(&mut self, at: &At, record: &Record<'_>, pipeline: &Pipeline<'_>) {
        let prepared = self.bench.rules.prepared;
        let outcome = pipeline.outcome();
        let came = Came::of(prepared.module(), outcome);
        self.sums.events += 1;
        self.sums.bytes += record.bytes;
        for rule in &came.acted {
            if let Some(acted) = self.sums.acted.get_mut(*rule as usize) {
                *acted = true;
            }
        }
        if let Some((events, bytes)) = came.dropped_by.and_then(|by| self.sums.dropped.get_mut(by as usize)) {
            *events += 1;
            *bytes += record.bytes;
        }
        if self.known.rule.is_some_and(|rule| prepared.concerns(RuleId(rule), record.view)) {
            self.concerned = Some(at.index);
        }
        if self.case.snapshot {
            self.decisions.push(decision(at, record, pipeline));
        }
        self.alerts.event(at, record, pipeline, &mut self.unchecked);
        let mut findings = self.differences(at, record, pipeline, &came);
        if findings.is_empty() {
            return;
        }
        self.differing += 1;
        if self.differing <= MOST {
            if !at.label.is_empty() {
                findings.iter_mut().for_each(|finding| finding.text.insert_str(0, &format!("{}: ", at.label)));
            }
            self.findings.append(&mut findings);
        }
    }

    /// What of one event came otherwise.
    fn differences(&self, at: &At, record: &Record<'_>, pipeline: &Pipeline<'_>, came: &Came) -> Vec<Finding> {
        let (expect, rules) = (&self.case.expect, self.bench.rules);
        let decision = expect.decision.map(|(decision, _)| decision);
        let rule = |suspect: u32, says: bool| (Suspect::Rule(suspect), Some(says));
        let mut found = Vec::new();
        let mut tell = |text: String, (suspect, says): (Suspect, Option<bool>)| {
            found.push(Finding::new(text).why(at.index, suspect, says));
        };
        match (decision, came.dropped_by) {
            (Some(Decision::Dropped), None) if self.known.rule.is_none() => {
                tell("it is kept, and dropped is expected".to_string(), (Suspect::NearestFilter, None));
            }
            (Some(Decision::Kept), Some(by)) => {
                tell(format!("{} drops it, and kept is expected", name(rules, by)), rule(by, true));
            }
            (Some(Decision::Dropped | Decision::Kept) | None, _) => {}
        }
        // Of several events one is enough, but for what drops them.
        let each = self.case.is_single() || decision == Some(Decision::Dropped);
        if let Some(wanted) = self.known.rule
            && each
            && !came.acted.contains(&wanted)
        {
            match came.dropped_by {
                Some(by) => {
                    let text = format!("{} drops it before {} does anything", name(rules, by), name(rules, wanted));
                    tell(text, (Suspect::Rule(by), None));
                }
                None => tell(format!("{} does nothing", name(rules, wanted)), rule(wanted, false)),
            }
        }
        // What is dropped has neither tags nor fields, and that was told.
        if came.dropped_by.is_some() && !found.is_empty() {
            return found;
        }
        let module = rules.prepared.module();
        if let Some(tags) = &expect.tags {
            for tag in tags.iter().filter(|tag| !came.tags.contains(&tag.name)) {
                let text = format!("the tag \"{}\" is expected, and not set", tag.name);
                found.push(self.suspected(text, at, sets_tag(module, &tag.name)));
            }
            for tag in came.tags.iter().filter(|tag| tags.iter().all(|named| named.name != **tag)) {
                let text = format!("the tag \"{tag}\" is set, and not expected");
                let setter = pipeline.outcome().effects.iter().rev().find_map(|effect| match effect {
                    Effect::Tag { rule, text, .. } => {
                        module.texts.get(*text as usize).filter(|text| *text == tag).map(|_| *rule)
                    }
                    Effect::Name { .. }
                    | Effect::Untag { .. }
                    | Effect::Set { .. }
                    | Effect::Remove { .. }
                    | Effect::Send { .. } => None,
                });
                found.push(self.suspected(text, at, setter));
            }
        }
        if !expect.fields.is_empty() {
            match came.dropped_by {
                Some(by) => {
                    let text = format!("{} drops it, and nothing is stored", name(rules, by));
                    found.push(Finding::new(text).why(at.index, Suspect::Rule(by), Some(true)));
                }
                None => self.fields(at, record, pipeline, &mut found),
            }
        }
        found
    }

    fn suspected(&self, text: String, at: &At, rule: Option<u32>) -> Finding {
        match rule {
            Some(rule) => Finding::new(text).why(at.index, Suspect::Rule(rule), None),
            None => Finding::new(text),
        }
    }

    fn fields(&self, at: &At, record: &Record<'_>, pipeline: &Pipeline<'_>, found: &mut Vec<Finding>) {
        let module = self.bench.rules.prepared.module();
        let whole = record.view.whole();
        let stored = pipeline.stored(record.view, agents_text(record));
        let (Ok(whole), Ok(stored)) = (whole, stored) else {
            found.push(Finding::new("a value of the event is malformed, so nothing is stored of it"));
            return;
        };
        let removals = pipeline.outcome().effects.iter().filter_map(|effect| match effect {
            Effect::Remove { removal, .. } => module.removals.get(*removal as usize),
            Effect::Name { .. }
            | Effect::Tag { .. }
            | Effect::Untag { .. }
            | Effect::Set { .. }
            | Effect::Send { .. } => None,
        });
        let removed: Vec<&str> = removals.flat_map(|removal| &removal.paths).map(String::as_str).collect();
        let event = if removed.is_empty() { whole } else { Cow::Owned(without(&whole, &removed)) };
        for ((named, expected), paths) in self.case.expect.fields.iter().zip(&self.known.fields) {
            let is_stored = ["msg.", "meta."].iter().any(|top| named.name.starts_with(top));
            let value = if is_stored {
                find(&stored, &named.name)
            } else {
                paths.iter().find_map(|path| find(&event, path)).or_else(|| find(&stored, &named.name))
            };
            if !same(expected, value) {
                let came = value.filter(|value| **value != Value::Null).map_or("absent".to_string(), shown);
                let expected = if *expected == Value::Null { "absent".to_string() } else { shown(expected) };
                let text = format!("`{}` is {came}, and {expected} is expected", named.name);
                found.push(self.suspected(text, at, sets_field(module, &named.name)));
            }
        }
    }

    /// All events came.
    pub(super) fn finish(mut self) -> Compared {
        if self.differing > MOST {
            let more = self.differing - MOST;
            let text =
                if more == 1 { "one more event differs".to_string() } else { format!("{more} more events differ") };
            self.findings.push(Finding::new(text));
        }
        let each = self.case.is_single() || self.case.expect.decision.is_some_and(|(it, _)| it == Decision::Dropped);
        let rules = self.bench.rules;
        if let Some(wanted) = self.known.rule.filter(|rule| !each && self.sums.acted.get(*rule as usize) != Some(&true))
        {
            let whom = match self.sums.events {
                1 => "the event".to_string(),
                events => format!("any of the {events} events"),
            };
            let text = format!("{} does nothing to {whom}", name(rules, wanted));
            let finding = Finding::new(text);
            self.findings.push(match self.concerned {
                Some(event) => finding.why(event, Suspect::Rule(wanted), Some(false)),
                None => finding,
            });
        }
        // Of one event that is dropped, everything was told.
        let single_told = self.case.is_single()
            && !self.findings.is_empty()
            && self.sums.dropped.iter().any(|(events, _)| *events > 0);
        if !single_told {
            self.findings.extend(self.alerts.finish());
        }
        for (budget, rule) in self.case.expect.budget.iter().zip(&self.known.budget) {
            self.findings.extend(self.budget(budget, *rule));
        }
        let Self { findings, unchecked, decisions, sums, .. } = self;
        Compared { findings, unchecked: unchecked.into_iter().collect(), decisions, events: sums.events }
    }

    fn budget(&self, budget: &Budget, rule: Option<u32>) -> Option<Finding> {
        let of = |pick: fn(&(u64, u64)) -> u64| match rule {
            Some(rule) => self.sums.dropped.get(rule as usize).map_or(0, pick),
            None => self.sums.dropped.iter().map(pick).sum(),
        };
        let (came, all, unit) = match budget.of {
            Measure::Dropped => (of(|sum| sum.0), self.sums.events, "events"),
            Measure::DroppedBytes => (of(|sum| sum.1), self.sums.bytes, "bytes"),
            Measure::Alerts => (self.alerts.sent(rule), self.sums.events, "events"),
        };
        let (left, right) = match budget.percent {
            true => (u128::from(came) * 100, u128::from(budget.number) * u128::from(all)),
            false => (u128::from(came), u128::from(budget.number)),
        };
        let holds = match budget.bound {
            Bound::AtLeast => left >= right,
            Bound::AtMost => left <= right,
            Bound::Exactly => left == right,
        };
        if holds {
            return None;
        }
        let by = rule.map_or(String::new(), |rule| format!(" by {}", name(self.bench.rules, rule)));
        let percent = came as f64 * 100.0 / (all.max(1)) as f64;
        let are = if came == 1 { "is" } else { "are" };
        let mut text = match budget.of {
            Measure::Dropped | Measure::DroppedBytes => {
                format!("{came} of {all} {unit} {are} dropped{by} ({percent:.1} %), and {} is expected", budget.text)
            }
            Measure::Alerts => {
                format!(
                    "{} of alerts {are} sent{by} of {all} events, and {} is expected",
                    plural(came, "message"),
                    budget.text
                )
            }
        };
        if rule.is_none() && came > 0 {
            let mut most: Vec<(u64, u32)> = match budget.of {
                Measure::Dropped => (0..).zip(&self.sums.dropped).map(|(rule, sum)| (sum.0, rule)).collect(),
                Measure::DroppedBytes => (0..).zip(&self.sums.dropped).map(|(rule, sum)| (sum.1, rule)).collect(),
                Measure::Alerts => self.alerts.by_rule(),
            };
            most.sort_by_key(|(count, rule)| (std::cmp::Reverse(*count), *rule));
            let most: Vec<String> = most
                .iter()
                .filter(|(count, _)| *count > 0)
                .take(3)
                .map(|(count, rule)| format!("{count} by {}", name(self.bench.rules, *rule)))
                .collect();
            text.push_str(&format!("; {}", most.join(", ")));
        }
        Some(Finding::new(text))
    }
}

/// The first rule that sets a tag behind the agent.
fn sets_tag(module: &Module, tag: &str) -> Option<u32> {
    let sets = |instr: &Instr| match instr {
        Instr::Tag(text) => module.texts.get(*text as usize).is_some_and(|text| text == tag),
        _other => false,
    };
    first(module, &sets)
}

fn sets_field(module: &Module, field: &str) -> Option<u32> {
    let sets = |instr: &Instr| match instr {
        Instr::Set(set) => {
            let slot = module.sets.get(*set as usize).map(|(slot, _)| *slot);
            slot.and_then(|slot| module.layout.get(slot)).is_some_and(|to| to.name == field)
        }
        _other => false,
    };
    first(module, &sets)
}

fn first(module: &Module, does: &dyn Fn(&Instr) -> bool) -> Option<u32> {
    (0..).zip(&module.rules).find_map(|(index, rule)| {
        let code = module.code.get(rule.start as usize..rule.end as usize).unwrap_or_default();
        (rule.kind != crate::ast::RuleKind::Filter && code.iter().any(does)).then_some(index)
    })
}

/// Is it what was written? Texts, numbers and booleans by their text.
fn same(expected: &Value, came: Option<&Value>) -> bool {
    match (expected, came) {
        (Value::Null, None | Some(Value::Null)) => true,
        (Value::List(expected), Some(Value::List(came))) => {
            expected.len() == came.len() && expected.iter().zip(came).all(|(a, b)| same(a, Some(b)))
        }
        (Value::Map(expected), Some(Value::Map(came))) => {
            expected.len() == came.len() && expected.iter().all(|(key, value)| same(value, find(came, key)))
        }
        (expected, Some(came)) => text(expected).is_some() && text(expected) == text(came),
        (_, None) => false,
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.text())),
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn shown(value: &Value) -> String {
    match text(value) {
        Some(text) => format!("\"{text}\""),
        None => write::json(value),
    }
}

/// An event and what became of it, on one line.
fn decision(at: &At, record: &Record<'_>, pipeline: &Pipeline<'_>) -> String {
    use std::fmt::Write;
    let (outcome, who) = (pipeline.outcome(), pipeline.who(record.view));
    let module = pipeline.module();
    let rule = |rule: u32| module.rules.get(rule as usize).map_or("?", |rule| rule.name.as_str());
    let event = who.event.or(who.event_id.as_deref()).unwrap_or("no event id");
    let mut line = format!("{} {event}: ", at.short);
    match outcome.dropped_by {
        Some(by) => line.push_str(&format!("dropped by \"{}\"", rule(by))),
        None => line.push_str("kept"),
    }
    if outcome.dropped_by.is_none() {
        let tags = outcome.effects.tags(module);
        if !tags.is_empty() {
            let _ = write!(line, "; tags {}", tags.join(", "));
        }
        for effect in outcome.effects.iter() {
            if let Effect::Send { rule: by, send, quiet, .. } = effect {
                let via = module.sends.get(*send as usize).map_or("?", |send| send.via.as_str());
                let quiet = if *quiet { ", quiet" } else { "" };
                let _ = write!(line, "; alert \"{}\" ({via}{quiet})", rule(*by));
            }
        }
    }
    line
}
