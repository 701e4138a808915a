//! A test of several events that would notice another count, window, key or time of `suppress`.
//!
//! In: such a mutant. Out: a test with as many events as are enough in one of the two: a second apart, or the last one between the two
//! windows, or with another value in the field that the key lacks. None for steps, and for a `suppress` of what waits for several events.
//! Never here: a test that was not run on both.

use super::suggest::{Fields, Suggester, Target};
use super::values::Put;
use super::{Edit, Memo, Mutant, Wants};
use crate::event::{Value, write};
use crate::ir::{Asks, Context, KeyField, Quiet, StmtId, StmtKind};
use crate::origin::SourceId;
use crate::testing::{Rules, quoted, read, run};

/// Events of a test that is suggested: more are nobody's idea of an example.
const MOST: u32 = 60;
/// Seconds that it may last: January has no more days.
const LONGEST: i64 = 30 * 86_400;

/// The events of a test.
struct Plan<'a> {
    /// The statement that each of them reaches.
    reaches: StmtId,
    count: u32,
    /// Seconds from the first to the last; without it one from each to the next.
    last: Option<i64>,
    /// What is another in each of them.
    each: Option<&'a KeyField>,
    /// What is another in the last of them.
    other: Option<&'a KeyField>,
    /// What none of them may lack.
    key: Vec<&'a KeyField>,
}

impl Suggester<'_> {
    /// The text of a file with a test that notices another count, window or key.
    pub(super) fn several(&self, mutant: &Mutant, mutated: Rules<'_>, memo: &mut Memo) -> Option<String> {
        let program = self.rules.program;
        let rule = program.rules.get(mutant.rule.index())?;
        let plan = match &mutant.edit {
            Edit::Context(at, changed) => self.of_context(*at, |context| Some(asked(context, changed)))?,
            Edit::Key(at, field) => self.of_context(*at, |context| {
                let other = context.by.first()?.get(*field)?;
                Some(Told { other: Some(other), ..Told::default() })
            })?,
            Edit::Quiet(_, changed) => self.of_quiet(rule.quiet.as_ref()?, changed.as_ref(), &rule.body)?,
            Edit::Negate(_) | Edit::Without(..) | Edit::Swap(_) | Edit::Test(..) | Edit::Remove(_) => return None,
        };
        if plan.count == 0 || plan.count > MOST || plan.last.is_some_and(|last| last > LONGEST) {
            return None;
        }
        let mut wants = Wants::new();
        if !self.body(&rule.body, Target::Stmt(plan.reaches), &mut wants) {
            return None;
        }
        let event = self.climbed(mutant.rule, &wants, &wants, 0, memo)?;
        // What has no key is not counted.
        let absent = plan.key.iter().filter(|field| self.text_at(&event, field.slot).is_none());
        let puts: Vec<Put> = absent.map(|field| Put { slot: field.slot, text: Some("x".to_string()) }).collect();
        let event = self.with(&event, &puts);
        let label = mutant.label();
        ["10.0.0.", "x"].into_iter().find_map(|stem| {
            let events: Vec<(i64, Fields)> = (1..=plan.count)
                .map(|number| {
                    let is_last = number == plan.count;
                    let differ = plan.each.into_iter().chain(plan.other.filter(|_| is_last));
                    let text = Some(format!("{stem}{number}"));
                    let puts: Vec<Put> = differ.map(|field| Put { slot: field.slot, text: text.clone() }).collect();
                    let at = match plan.last {
                        Some(last) if is_last => last,
                        Some(_) => 0,
                        None => i64::from(number) - 1,
                    };
                    (at, self.with(&event, &puts))
                })
                .collect();
            let of = |count: u32| format!("[{{ rule: {}, count: {count} }}]", quoted(&rule.name));
            let expects = ["[]".to_string(), of(1), of(2)];
            expects.iter().map(|alerts| written(&label, &events, alerts)).find(|text| self.tells_apart(text, mutated))
        })
    }

    fn of_context<'c>(&'c self, at: u32, told: impl Fn(&'c Context) -> Option<Told<'c>>) -> Option<Plan<'c>> {
        let program = self.rules.program;
        let is = |kind: &StmtKind| matches!(kind, StmtKind::When { context, .. } if *context == at);
        let reaches = StmtId(program.stmts.iter().position(|stmt| is(&stmt.kind))? as u32);
        let context = program.contexts.get(at as usize)?;
        let told = told(context)?;
        let (least, of) = match &context.asks {
            Asks::Events(least) => (*least, None),
            Asks::Distinct(least, fields) => (*least, fields.first()),
            Asks::Steps { .. } | Asks::Mark => return None,
        };
        let each = of.filter(|_| !told.is_same);
        let count = told.count.unwrap_or(least);
        let key = context.by.iter().flatten().chain(of).collect();
        Some(Plan { reaches, count, last: told.last, each, other: told.other, key })
    }

    fn of_quiet<'c>(&'c self, quiet: &'c Quiet, changed: Option<&Quiet>, body: &[StmtId]) -> Option<Plan<'c>> {
        let reaches = self.sends(body)?;
        let missing = |changed: &Quiet| quiet.by.iter().find(|field| !changed.by.contains(field));
        let other = changed.and_then(missing);
        let last = changed.and_then(|changed| between(quiet.length, changed.length));
        Some(Plan { reaches, count: 2, last, each: None, other, key: quiet.by.iter().collect() })
    }

    /// The first `send` that waits for nothing. Nesting is bounded by `limits::DEPTH`.
    fn sends(&self, body: &[StmtId]) -> Option<StmtId> {
        body.iter().find_map(|id| match &self.rules.program.stmts.get(id.index())?.kind {
            StmtKind::Send(_) => Some(*id),
            StmtKind::If { arms, otherwise } => {
                arms.iter().find_map(|(_, body)| self.sends(body)).or_else(|| self.sends(otherwise))
            }
            StmtKind::FirstMatch(rows) => rows.iter().find_map(|row| self.sends(&row.body)),
            StmtKind::When { .. }
            | StmtKind::Drop
            | StmtKind::Keep
            | StmtKind::Stop
            | StmtKind::Tag(_)
            | StmtKind::Untag(_)
            | StmtKind::Set { .. }
            | StmtKind::Remove(_)
            | StmtKind::Remember(_)
            | StmtKind::Forget(_) => None,
        })
    }

    /// Do all tests of a text pass on the rules, and not on the mutant?
    fn tells_apart(&self, text: &str, mutated: Rules<'_>) -> bool {
        let (cases, found) = read(SourceId::default(), text);
        let passes = |rules: Rules<'_>| {
            let (outcomes, found) = run(&cases, rules);
            found.is_empty() && outcomes.iter().all(|outcome| outcome.passed())
        };
        found.is_empty() && !cases.is_empty() && passes(self.rules) && !passes(mutated)
    }
}

/// What tells two contexts apart.
#[derive(Default)]
struct Told<'a> {
    /// Other than the number that is enough.
    count: Option<u32>,
    last: Option<i64>,
    /// No two of the events differ in what is to be distinct.
    is_same: bool,
    other: Option<&'a KeyField>,
}

fn asked<'a>(context: &Context, changed: &Context) -> Told<'a> {
    let (count, is_same) = match (&context.asks, &changed.asks) {
        (Asks::Events(one), Asks::Events(other)) | (Asks::Distinct(one, _), Asks::Distinct(other, _)) => {
            (Some(*one.min(other)), false)
        }
        (Asks::Distinct(..), Asks::Events(_)) => (None, true),
        (Asks::Events(_) | Asks::Distinct(..) | Asks::Steps { .. } | Asks::Mark, _) => (None, false),
    };
    Told { count, last: between(context.length, changed.length), is_same, other: None }
}

/// Seconds in the middle of two lengths.
fn between(one: i64, other: i64) -> Option<i64> {
    (one != other).then(|| (one / 2 + other / 2) / 1_000_000_000)
}

/// A file with one test. An event is written as JSON, which is YAML too.
fn written(label: &str, events: &[(i64, Fields)], alerts: &str) -> String {
    let mut text = format!("tests:\n  - name: {}\n    events:\n", quoted(label));
    for (at, event) in events {
        let mut event = event.clone();
        event.retain(|(name, _)| name != "@timestamp");
        let (day, hour, minute, second) = (1 + at / 86_400, at / 3600 % 24, at / 60 % 60, at % 60);
        let time = format!("2025-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        event.insert(0, ("@timestamp".to_string(), Value::Text(time)));
        text.push_str(&format!("      - {}\n", write::json(&Value::Map(event))));
    }
    text.push_str(&format!("    expect: {{ alerts: {alerts} }}\n"));
    text
}
