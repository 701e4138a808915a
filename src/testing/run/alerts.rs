//! What alerts send, beside what is expected.
//!
//! In: each event of a test as it was decided. Out: sentences about messages that came otherwise. A message is one `send`; what was kept
//! quiet is none, and is counted beside them by the same marks. Never here: who gets it; the messages that sum up a quiet time, which come when it is over.

use std::collections::{BTreeMap, BTreeSet};

use super::Bench;
use super::compare::{Finding, Suspect};
use super::given::At;
use super::known::Known;
use super::told::{name, plural};
use crate::alert::data::Threshold;
use crate::alert::{Alert, Decided};
use crate::event::read::Record;
use crate::explain::became;
use crate::ir::RuleId;
use crate::pipeline::{Pipeline, agents_text};
use crate::testing::case::{AlertExpected, Case};
use crate::testing::outside::Message;
use crate::vm::Effect;

/// Messages of one alert that are told of.
const MOST: usize = 3;

/// Of one alert.
#[derive(Clone, Debug, Default)]
struct Sent {
    messages: u64,
    /// How many of them by each way.
    by: BTreeMap<String, u64>,
    /// The first event on which it sent something.
    first: Option<u64>,
    /// The last event that it was concerned with.
    concerned: Option<u64>,
}

/// Of what a test expects of an alert.
#[derive(Clone, Debug, Default)]
struct Met {
    messages: u64,
    /// Such messages that were kept quiet.
    quiet: u64,
    /// What the first others that were sent said, where it was not that.
    others: Vec<String>,
}

pub(super) struct Alerts<'c> {
    bench: &'c Bench<'c>,
    expected: Option<&'c [AlertExpected]>,
    named: &'c [u32],
    sent: Vec<Sent>,
    met: Vec<Met>,
}

impl<'c> Alerts<'c> {
    pub(super) fn new(bench: &'c Bench<'c>, case: &'c Case, known: &'c Known) -> Self {
        let expected = case.expect.alerts.as_deref();
        Self {
            bench,
            expected,
            named: known.alerts.as_deref().unwrap_or_default(),
            sent: vec![Sent::default(); bench.rules.prepared.module().rules.len()],
            met: vec![Met::default(); expected.map_or(0, <[AlertExpected]>::len)],
        }
    }

    /// Messages of one alert, or of all.
    pub(super) fn sent(&self, rule: Option<u32>) -> u64 {
        match rule {
            Some(rule) => self.sent.get(rule as usize).map_or(0, |sent| sent.messages),
            None => self.sent.iter().map(|sent| sent.messages).sum(),
        }
    }

    pub(super) fn by_rule(&self) -> Vec<(u64, u32)> {
        (0..).zip(&self.sent).map(|(rule, sent)| (sent.messages, rule)).collect()
    }

    pub(super) fn event(
        &mut self,
        at: &At,
        record: &Record<'_>,
        pipeline: &Pipeline<'_>,
        unchecked: &mut BTreeSet<String>,
    ) {
        let outcome = pipeline.outcome();
        for rule in self.named {
            if self.bench.rules.prepared.concerns(RuleId(*rule), record.view)
                && let Some(sent) = self.sent.get_mut(*rule as usize)
            {
                sent.concerned = Some(at.index);
            }
        }
        for effect in outcome.effects.iter() {
            let Effect::Send { rule, send, fired, quiet } = effect else { continue };
            let Some(sent) = self.sent.get_mut(*rule as usize) else { continue };
            let module = pipeline.module();
            let via = module.sends.get(*send as usize).map_or("?", |send| send.via.as_str());
            if !*quiet {
                sent.messages += 1;
                *sent.by.entry(via.to_string()).or_default() += 1;
                sent.first.get_or_insert(at.index);
            }
            let fired = fired.and_then(|fired| outcome.fired.get(fired as usize));
            let counted = fired.and_then(|fired| Threshold::of(module, fired));
            let mut message: Option<Result<Message, ()>> = None;
            let expected = self.expected.unwrap_or_default().iter().zip(self.named).zip(&mut self.met);
            for ((expected, _), met) in expected.filter(|((_, named), _)| *named == rule) {
                let mut other = |said: String| {
                    if !*quiet {
                        met.other(said);
                    }
                };
                if expected.via.as_ref().is_some_and(|wanted| wanted != via) {
                    other(format!("it is sent by {via}"));
                    continue;
                }
                let value = |field: &str| counted.as_ref().and_then(|counted| counted.key.get(field)?.as_str());
                let unlike_key = expected.key.iter().find(|(field, wanted)| {
                    // Keys are compared without regard to case.
                    value(field).is_none_or(|value| value.to_lowercase() != wanted.to_lowercase())
                });
                if let Some((field, _)) = unlike_key {
                    other(match (value(field), &counted) {
                        (Some(value), _) => format!("{field} is \"{value}\""),
                        (None, Some(counted)) if !counted.key.is_empty() => {
                            let names: Vec<&str> = counted.key.iter().map(|(name, _)| name.as_str()).collect();
                            format!("it counts by {}", names.join(", "))
                        }
                        (None, _) => "it counts by no field".to_string(),
                    });
                    continue;
                }
                if expected.is_of_words() {
                    let message = message
                        .get_or_insert_with(|| says(self.bench, record, pipeline, *rule, *send, fired).ok_or(()));
                    match message {
                        Ok(message) => {
                            if let Some(said) = unlike(expected, message) {
                                other(said);
                                continue;
                            }
                        }
                        Err(()) => {
                            let what = "what alerts say by their templates; `blocksieve test` fills them in";
                            unchecked.insert(what.to_string());
                        }
                    }
                }
                if *quiet { met.quiet += 1 } else { met.messages += 1 }
            }
        }
    }

    /// What came otherwise.
    pub(super) fn finish(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let Some(expected) = self.expected else { return found };
        let rules = self.bench.rules;
        for ((expected, rule), met) in expected.iter().zip(self.named).zip(&self.met) {
            let Some(sent) = self.sent.get(*rule as usize) else { continue };
            let alert = name(rules, *rule);
            let asks_more = expected.via.is_some() || !expected.key.is_empty() || expected.is_of_words();
            let such = if asks_more { "such message" } else { "message" };
            let finding = match expected.count {
                Some(count) if met.messages != count => {
                    let ways = if asks_more { String::new() } else { sent.ways() };
                    let text = format!("{alert} sends {}{ways}, and {}", plural(met.messages, such), expect(count));
                    let text = match met.others.as_slice() {
                        [] => text,
                        others => format!("{text}; of others {}", others.join("; ")),
                    };
                    let event = if met.messages > count { sent.first } else { sent.concerned };
                    Some(Finding::new(text).asked(event, *rule, None))
                }
                None if met.messages == 0 => Some(match met.others.as_slice() {
                    [] => Finding::new(format!("{alert} sends nothing")).asked(sent.concerned, *rule, Some(false)),
                    others => Finding::new(format!("no message of {alert} is as expected: {}", others.join("; "))),
                }),
                Some(_) | None => None,
            };
            found.extend(finding);
            if let Some(quiet) = expected.quiet.filter(|quiet| *quiet != met.quiet) {
                let kept = plural(met.quiet, such);
                found.push(Finding::new(format!("{alert} keeps {kept} quiet, and {}", expect(quiet))));
            }
        }
        for (rule, sent) in (0..).zip(&self.sent) {
            let is_alert =
                rules.program.rules.get(rule as usize).is_some_and(|it| it.kind == crate::ast::RuleKind::Alert);
            if is_alert && sent.messages > 0 && !self.named.contains(&rule) {
                let text = format!("{} sends something, and is not expected to", name(rules, rule));
                found.push(Finding::new(text).asked(sent.first, rule, Some(true)));
            }
        }
        found
    }
}

impl Sent {
    /// How many by each way, where there are several: who expects one alert may not think of its two messages.
    fn ways(&self) -> String {
        if self.by.len() < 2 {
            return String::new();
        }
        let ways: Vec<String> = self.by.iter().map(|(via, count)| format!("{count} by {via}")).collect();
        format!(" ({})", ways.join(", "))
    }
}

fn expect(count: u64) -> String {
    if count == 1 { "1 is expected".to_string() } else { format!("{count} are expected") }
}

impl Met {
    fn other(&mut self, said: String) {
        if self.others.len() < MOST && !self.others.contains(&said) {
            self.others.push(said);
        }
    }
}

impl Finding {
    fn asked(self, event: Option<u64>, rule: u32, says: Option<bool>) -> Self {
        match event {
            Some(event) => self.why(event, Suspect::Rule(rule), says),
            None => self,
        }
    }
}

/// What is not in a message, and is expected there.
fn unlike(expected: &AlertExpected, message: &Message) -> Option<String> {
    if let Some(why) = message.failed.first() {
        return Some(format!("its template could not be filled in: {why}"));
    }
    if let Some(missing) = expected.subject.iter().find(|part| !message.subject.contains(*part)) {
        return Some(format!("\"{missing}\" is not in the subject \"{}\"", message.subject));
    }
    let missing = expected.body.iter().find(|part| !message.body.contains(*part))?;
    let lines = message.body.lines().filter(|line| !line.trim().is_empty());
    // The line that is most like it says what came instead.
    let like = |line: &&str| strsim::sorensen_dice(line, missing);
    let near = lines.max_by(|a, b| like(a).total_cmp(&like(b))).unwrap_or_default();
    Some(format!("\"{missing}\" is not in the text; the nearest line is \"{}\"", near.trim()))
}

/// What an alert says of an event.
fn says(
    bench: &Bench<'_>,
    record: &Record<'_>,
    pipeline: &Pipeline<'_>,
    rule: u32,
    send: u32,
    fired: Option<&crate::vm::Fired>,
) -> Option<Message> {
    let text = agents_text(record);
    let stored = pipeline.stored(record.view, text).unwrap_or_default();
    let who = pipeline.who(record.view);
    let module = pipeline.module();
    let decided = Decided {
        module,
        outcome: pipeline.outcome(),
        who: &who,
        file: record.place.file,
        record: record.place.number,
        stored: &stored,
    };
    let mut alert = Alert::of(&decided, rule, Some(send))?;
    alert.count(module, fired);
    if let Ok(became) = became(bench.rules.program, bench.rules.prepared, record.view, text, None) {
        alert.explain(&became.tags);
    }
    bench.outside.message(&alert)
}
