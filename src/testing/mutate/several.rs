//! A test of several events that would notice.
//!
//! In: a mutant of a rule that counts, remembers or suppresses. Out: a test with as many events as are enough in one of the two: a second
//! apart, or the last one between the two windows, or with another value in the field that the key lacks, or in another order; or with one
//! among them for which a changed condition decides. Never here: a test that was not run on both.

use std::collections::{BTreeMap, BTreeSet};

use super::climb::cut_name;
use super::goal::{Goal, Target, decides};
use super::natural::Look;
use super::scene::{Part, Scene};
use super::suggest::{Search, Suggester};
use super::values::Put;
use super::walk::parts;
use super::{Edit, Fields, Memo, Mutant};
use crate::event::{MapView, Value, write};
use crate::ir::{Asks, Check, Context, KeyField, Quiet, SiteId, StmtId};
use crate::origin::SourceId;
use crate::testing::{Rules, quoted, read, run};
use crate::vm::{Effect, Machine, Options};

/// Seconds that it may last: January has no more days.
const LONGEST: i64 = 30 * 86_400;
/// Ways to write other values, so that conditions on them may still hold.
const WAYS: usize = 3;

/// How the events come.
#[derive(Clone, Copy, Default)]
struct Told<'a> {
    /// Seconds up to the late ones.
    last: Option<i64>,
    /// No two of the events differ in what is to be distinct.
    is_same: bool,
    /// What is another in the late ones.
    other: Option<&'a KeyField>,
    /// The last comes first.
    reversed: bool,
    /// So many of the first do not come.
    fewer: usize,
}

impl Suggester<'_> {
    /// The text of a file with a test of several events that notices.
    pub(super) fn several(&self, mutant: &Mutant, mutated: Rules<'_>, memo: &mut Memo) -> Option<String> {
        let program = self.rules.program;
        let rule = program.rules.get(mutant.rule.index())?;
        let (scenes, told) = match &mutant.edit {
            Edit::Context(at, changed) => {
                let context = program.contexts.get(*at as usize)?;
                (self.scenes(*at), asked(context, changed))
            }
            Edit::Key(at, field) => {
                let other = self.scenes(*at).first().and_then(|scene| scene.parts.last()?.by.get(*field));
                (self.scenes(*at), Told { other: Some(other?), ..Told::default() })
            }
            Edit::Quiet(_, changed) => {
                let quiet = rule.quiet.as_ref()?;
                let missing = |changed: &Quiet| quiet.by.iter().find(|field| !changed.by.contains(field));
                let other = changed.as_ref().and_then(missing);
                let last = changed.as_ref().and_then(|changed| between(quiet.length, changed.length));
                (self.quiet(quiet, &rule.body), Told { other, last, ..Told::default() })
            }
            Edit::Test(site, test) if matches!(test.check, Check::Remembered(..)) => {
                let Check::Remembered(named, count) = &test.check else { return None };
                let own = match &program.test_of(SiteId(*site)).check {
                    Check::Remembered(_, own) => *own,
                    _ => return None,
                };
                (self.scenes(named.context), Told { fewer: fewer(own, *count), ..Told::default() })
            }
            edit @ (Edit::Negate(_) | Edit::Without(..) | Edit::Swap(_) | Edit::Test(..) | Edit::Remove(_)) => {
                return self.shown(edit, &rule.body, mutant, mutated, memo);
            }
        };
        scenes.iter().find_map(|scene| {
            (0..WAYS).find_map(|way| {
                let events = self.staged(scene, told, way, memo)?;
                self.noticed(&stamped(scene, told, &events)?, mutant, mutated)
            })
        })
    }

    /// Of a change that one event alone cannot show.
    fn shown(
        &self,
        edit: &Edit,
        body: &[StmtId],
        mutant: &Mutant,
        mutated: Rules<'_>,
        memo: &mut Memo,
    ) -> Option<String> {
        let target = self.target(edit)?;
        let mut scenes: Vec<Scene<'_>> = Vec::new();
        if let Target::Stmt(_) = target {
            // Where a rule sends twice, the number tells.
            let goal = self.reached(target)?;
            scenes.push(Scene::of(vec![Part { goal, by: &[], each: &[], looks_back: false }]));
        }
        let mut contexts = BTreeSet::new();
        self.contexts(body, &mut contexts);
        scenes.extend(contexts.into_iter().flat_map(|at| self.scenes(at)));
        for scene in &scenes {
            for way in 0..WAYS {
                let Some(events) = self.staged(scene, Told::default(), way, memo) else { continue };
                let whole = stamped(scene, Told::default(), &events)?;
                if let Some(text) = self.noticed(&whole, mutant, mutated) {
                    return Some(text);
                }
                if scene.parts.iter().all(|part| part.each.is_empty()) {
                    break;
                }
            }
        }
        scenes.iter().find_map(|scene| self.shown_in(scene, (target, edit), mutant, mutated, memo))
    }

    /// With an event for which the changed condition decides among the others.
    fn shown_in(
        &self,
        scene: &Scene<'_>,
        (target, edit): (Target, &Edit),
        mutant: &Mutant,
        mutated: Rules<'_>,
        memo: &mut Memo,
    ) -> Option<String> {
        let reached = self.reached(target)?;
        let events = self.staged(scene, Told::default(), 0, memo)?;
        // A step that is changed is shown by its own event.
        let is_step = |stmt: &StmtId| {
            let steps = parts(&self.rules.program.stmts.get(stmt.index())?.kind).steps;
            steps.iter().position(|step| decides(self.rules.program, *step, target).is_some())
        };
        let step = (0..self.rules.program.stmts.len() as u32).map(StmtId).find_map(|stmt| is_step(&stmt));
        let goal = match step {
            Some(_) => reached,
            None => Goal::All(vec![reached, scene.besides.clone()]),
        };
        let shows = step.map_or_else(|| scene.shows.clone(), |step| vec![step]);
        shows.into_iter().find_map(|at| {
            let (before, _) = events.split_at_checked(at)?;
            let goals: Vec<Goal> = scene.parts.iter().take(at).map(|part| part.goal.clone()).collect();
            let before: Vec<Fields> = (0i64..).zip(before).map(|(at, event)| timed(at, event)).collect();
            // It begins as what would be enough, so that all that is not asked for stays so.
            let base = events.get(at);
            let body = self.rules.program.rules.get(mutant.rule.index())?.body.as_slice();
            let (program, before) = (mutated.program, (goals.as_slice(), before.as_slice()));
            let search = Search { target, edit, body, program, goal: &goal, before, base };
            let is_alike = step.is_none() && scene.is_alike && events.len() > 1;
            self.search(&search, memo, &mut |event| {
                let part = scene.parts.get(at)?;
                let dressed =
                    |at: usize, keys: &[String]| self.dressed(event, part, at, Told::default(), (0, keys), false);
                let mut one = events.clone();
                *one.get_mut(at)? = dressed(at, &self.keys(scene, &events));
                // Where the condition is about what is counted by, one among others counts alone.
                let keys = self.keys(scene, std::slice::from_ref(event));
                let every = || (0..events.len()).map(|at| dressed(at, &keys)).collect::<Vec<Fields>>();
                let all = is_alike.then(every);
                [Some(one), all]
                    .into_iter()
                    .flatten()
                    .find_map(|events| self.noticed(&stamped(scene, Told::default(), &events)?, mutant, mutated))
            })
        })
    }

    /// The events of a scene.
    fn staged(&self, scene: &Scene<'_>, told: Told<'_>, way: usize, memo: &mut Memo) -> Option<Vec<Fields>> {
        let mut events: Vec<Fields> = Vec::with_capacity(scene.parts.len());
        for (at, part) in scene.parts.iter().enumerate() {
            let event = if part.looks_back {
                let early = scene.parts.len() - scene.late;
                let when = |number: usize| scene.at(None, early, number);
                let before: Vec<Fields> =
                    events.iter().enumerate().map(|(number, event)| timed(when(number), event)).collect();
                // What is remembered is found by its key: it begins with that.
                let keys = self.keys(scene, &events);
                // Those that wait come as they do, whatever is another in them.
                let is_late = scene.wait.is_some() && at >= early;
                let begin =
                    |event: &Fields| timed(when(at), &self.dressed(event, part, at, told, (way, &keys), is_late));
                self.nearest(&part.goal, &before, &begin)?
            } else {
                self.climbed(&part.goal, (&[], &[]), None, 0, memo)?
            };
            let keys = if events.is_empty() {
                self.keys(scene, std::slice::from_ref(&event))
            } else {
                self.keys(scene, &events)
            };
            let is_late = at + scene.late >= scene.parts.len();
            events.push(self.dressed(&event, part, at, told, (way, &keys), is_late));
        }
        Some(events)
    }

    /// What the first event has in the fields of the key, or might have.
    fn keys(&self, scene: &Scene<'_>, events: &[Fields]) -> Vec<String> {
        let (Some(part), Some(event)) = (scene.parts.first(), events.first()) else { return Vec::new() };
        let value = |field: &KeyField| {
            let has = self.text_at(event, field.slot).filter(|text| !text.is_empty());
            has.map_or_else(|| self.look(field.slot).usual(1), str::to_string)
        };
        part.by.iter().map(value).collect()
    }

    /// An event with what it counts by.
    fn dressed(
        &self,
        event: &Fields,
        part: &Part<'_>,
        at: usize,
        told: Told<'_>,
        (way, keys): (usize, &[String]),
        is_late: bool,
    ) -> Fields {
        let mut puts: Vec<Put> = Vec::new();
        let mut put = |field: &KeyField, text: String| puts.push(Put { slot: field.slot, text: Some(text) });
        for (number, field) in part.by.iter().enumerate() {
            // A key that has more fields than the first one's names them all for itself.
            let now = self.text_at(event, field.slot).map(str::to_string);
            let look = self.look(field.slot);
            let key = keys.get(number).cloned().or(now.clone()).unwrap_or_else(|| look.usual(1));
            if is_late && told.other.is_some_and(|other| other.name == field.name) {
                put(field, another(look, &key, 2, way));
            } else if now.as_ref() != Some(&key) {
                put(field, key);
            }
        }
        for field in part.each {
            let (look, now) = (self.look(field.slot), self.text_at(event, field.slot));
            let now = now.map_or_else(|| look.usual(1), str::to_string);
            let number = if told.is_same { 1 } else { 1 + at as u32 };
            put(field, if told.is_same { now } else { another(look, &now, number, way) });
        }
        self.with(event, &puts)
    }

    /// A test of these events, if it notices.
    fn noticed(&self, events: &[(i64, Fields)], mutant: &Mutant, mutated: Rules<'_>) -> Option<String> {
        let is = sent(self.rules, events);
        if is == sent(mutated, events) {
            return None;
        }
        let name = |rule: u32| self.rules.program.rules.get(rule as usize).map_or("", |rule| rule.name.as_str());
        let alerts: Vec<String> =
            is.iter().map(|(rule, count)| format!("{{ rule: {}, count: {count} }}", quoted(name(*rule)))).collect();
        let text = written(&mutant.label(), events, &format!("[{}]", alerts.join(", ")));
        self.tells_apart(&text, mutated).then_some(text)
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

/// Another value for a field: the first way reads best, the others leave more of what conditions may ask for.
fn another(look: Look, now: &str, number: u32, way: usize) -> String {
    let (folder, name) = cut_name(now);
    match way {
        0 => look.usual(number),
        1 if !folder.is_empty() => format!("{folder}tools{number}\\{name}"),
        1 => format!("{number}{name}"),
        _ => format!("{now}{number}"),
    }
}

/// Messages of each alert, all events one after the other.
fn sent(rules: Rules<'_>, events: &[(i64, Fields)]) -> BTreeMap<u32, usize> {
    let mut machine = Machine::new(rules.prepared);
    let mut found: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, event) in events {
        let event = timed(*at, event);
        let outcome = machine.decide(&MapView::new(&rules.prepared.module().layout, &event), Options::default());
        let sends = outcome.effects.iter().filter(|effect| matches!(effect, Effect::Send { quiet: false, .. }));
        sends.for_each(|effect| *found.entry(effect.rule()).or_default() += 1);
    }
    found
}

/// When each comes; `None`: they are none, or take too long.
fn stamped(scene: &Scene<'_>, told: Told<'_>, events: &[Fields]) -> Option<Vec<(i64, Fields)>> {
    let mut events = events.get(told.fewer..)?.to_vec();
    let early = events.len().checked_sub(scene.late)?;
    if told.reversed {
        events.reverse();
    }
    let stamped: Vec<(i64, Fields)> =
        events.into_iter().enumerate().map(|(number, event)| (scene.at(told.last, early, number), event)).collect();
    let is_fit = stamped.last().is_some_and(|(last, _)| *last <= LONGEST);
    is_fit.then_some(stamped)
}

/// Without how many it is enough for only one of the two.
fn fewer(own: u32, other: u32) -> usize {
    own.saturating_sub(other) as usize
}

/// What tells two contexts apart.
fn asked<'a>(context: &Context, changed: &Context) -> Told<'a> {
    let is_same = matches!((&context.asks, &changed.asks), (Asks::Distinct(..), Asks::Events(_)));
    let reversed = matches!(
        (&context.asks, &changed.asks),
        (Asks::Steps { ordered: one, .. }, Asks::Steps { ordered: other, .. }) if one != other
    );
    let fewer = match (&context.asks, &changed.asks) {
        (Asks::Events(own), Asks::Events(other)) | (Asks::Distinct(own, _), Asks::Distinct(other, _)) => {
            fewer(*own, *other)
        }
        (Asks::Events(_) | Asks::Distinct(..) | Asks::Steps { .. } | Asks::Mark, _) => 0,
    };
    Told { last: between(context.length, changed.length), is_same, other: None, reversed, fewer }
}

/// Seconds in the middle of two lengths.
fn between(one: i64, other: i64) -> Option<i64> {
    (one != other).then(|| (one / 2 + other / 2) / 1_000_000_000)
}

/// An event with its time.
fn timed(at: i64, event: &Fields) -> Fields {
    let mut event = event.clone();
    event.retain(|(name, _)| name != "@timestamp");
    let (day, hour, minute, second) = (1 + at / 86_400, at / 3600 % 24, at / 60 % 60, at % 60);
    let time = format!("2025-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    event.insert(0, ("@timestamp".to_string(), Value::Text(time)));
    event
}

/// A file with one test. An event is written as JSON, which is YAML too; those that are the same but for their time, as one.
fn written(label: &str, events: &[(i64, Fields)], alerts: &str) -> String {
    let mut text = format!("tests:\n  - name: {}\n    events:\n", quoted(label));
    for run in events.chunk_by(|(at, event), (next, other)| event == other && *next == at + 1) {
        let Some((at, event)) = run.first() else { continue };
        let json = write::json(&Value::Map(timed(*at, event)));
        match run.len() {
            1 => text.push_str(&format!("      - {json}\n")),
            times => text.push_str(&format!("      - {{ times: {times}, every: 1 second, event: {json} }}\n")),
        }
    }
    text.push_str(&format!("    expect: {{ alerts: {alerts} }}\n"));
    text
}
