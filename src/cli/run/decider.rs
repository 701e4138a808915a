//! Records decided: what the rules say of each, counted, and told as it is to be shown.
//!
//! In: a pipeline, and records. Out: counts, and for each record the [`Item`]s that people are to see, in order. Never here: where they are
//! written, and by how many threads this is done.

use std::collections::BTreeMap;

use super::hits::Hits;
use super::observed::Observed;
use super::runner::Shown;
use super::timeline::{Fields, Hit};
use super::told::{Alert, Counts, Decision, Notice, RuleName, row, rule_name};
use crate::alert::data::Threshold;
use crate::ast::RuleKind;
use crate::bytecode::Module;
use crate::cli::args::{RunFormat, Show};
use crate::cli::source;
use crate::diagnostic::Code;
use crate::event::read::{Damaged, Record};
use crate::event::{Value, without};
use crate::pipeline::{Pipeline, agents_text};
use crate::vm::{Effect, Outcome};

/// Something that people are to see.
#[derive(Debug)]
pub(in crate::cli) enum Item {
    /// A decision as a row of the table.
    Row(Vec<String>),
    /// A decision as JSON.
    Decision(String),
    /// Anything else that is a line: an event as the log manager stores it, a hit.
    Line(String),
    /// Something about a record.
    Notice(String),
    /// A record that was skipped.
    Damaged(Damaged),
}

/// What a run comes to.
#[derive(Debug)]
pub(in crate::cli) struct Tally {
    pub(in crate::cli) counts: Counts,
    /// Per rule: on how many events it did something.
    pub(in crate::cli) acted: Vec<u64>,
    /// Per rule: how many alerts it raised.
    pub(in crate::cli) raised: Vec<u64>,
    /// Per rule: on how many events it could not be decided, and why.
    pub(in crate::cli) cannot: Vec<(u64, &'static str)>,
    pub(in crate::cli) observed: Observed,
    /// Hits of alerts, where they are counted.
    pub(in crate::cli) hits: Hits,
}

/// Takes what the sink says of a record.
pub(super) type Put<'p> = dyn FnMut(Item) -> std::io::Result<()> + 'p;

pub(in crate::cli) struct Decider<'p> {
    pub(super) pipeline: Pipeline<'p>,
    pub(super) module: &'p Module,
    pub(super) how: Shown,
    pub(super) tally: Tally,
}

impl Tally {
    pub(super) fn new(module: &Module, observed: Observed) -> Self {
        let rules = module.rules.len();
        Self {
            counts: Counts::default(),
            acted: vec![0; rules],
            raised: vec![0; rules],
            cannot: vec![(0, ""); rules],
            observed,
            hits: Hits::default(),
        }
    }

    /// Adds what came later.
    pub(super) fn add(&mut self, later: &Tally) {
        self.counts.add(&later.counts);
        let sum = |to: &mut Vec<u64>, from: &Vec<u64>| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        sum(&mut self.acted, &later.acted);
        sum(&mut self.raised, &later.raised);
        for (to, from) in self.cannot.iter_mut().zip(&later.cannot).filter(|(_, from)| from.0 > 0) {
            *to = (to.0 + from.0, from.1);
        }
        self.observed.add(&later.observed);
        self.hits.add(&later.hits);
    }

    /// What was counted since it was taken last.
    pub(super) fn take(&mut self, module: &Module) -> Tally {
        let begun = Tally::new(module, self.observed.anew());
        std::mem::replace(self, begun)
    }
}

impl<'p> Decider<'p> {
    pub(super) fn new(pipeline: Pipeline<'p>, module: &'p Module, how: Shown, observed: Observed) -> Self {
        Self { pipeline, module, how, tally: Tally::new(module, observed) }
    }

    /// Another one for the same rules, for another thread; nothing is counted or remembered there.
    pub(super) fn another(&self) -> Self {
        Self::new(self.pipeline.another(), self.module, self.how.clone(), self.tally.observed.anew())
    }

    /// Decides a record, counts it, and puts out what is to be seen; `false`: it is damaged.
    pub(super) fn decide(&mut self, record: &Record<'_>, put: &mut Put<'_>) -> std::io::Result<bool> {
        self.pipeline.decide(record.view);
        if self.pipeline.outcome().damaged() {
            self.tally.counts.damaged += 1;
            put(Item::Notice(format!(
                "warning[{}]: {}:{}: a value that was read is malformed; skipped",
                Code::DamagedRecord,
                record.place.file,
                record.place.number
            )))?;
            return Ok(false);
        }
        for notice in self.count(record) {
            put(Item::Notice(notice))?;
        }
        let lines = matches!(self.how.format, RunFormat::Timeline | RunFormat::Csv);
        if lines || self.how.hits {
            self.hits(record, lines && self.how.show.contains(&Show::Alerts), put)?;
        }
        if !lines && self.is_shown() {
            put(self.shown(record)?)?;
        }
        Ok(true)
    }

    /// Counts a record that was skipped.
    pub(super) fn damaged(&mut self) {
        self.tally.counts.damaged += 1;
    }

    /// Counts what was decided; gives what people are told of it.
    fn count(&mut self, record: &Record<'_>) -> Vec<String> {
        let outcome = self.pipeline.outcome();
        let counts = &mut self.tally.counts;
        counts.events += 1;
        counts.bytes += record.bytes;
        match outcome.dropped_by {
            Some(rule) => {
                counts.dropped += 1;
                counts.bytes_dropped += record.bytes;
                self.tally.acted[rule as usize] += 1;
            }
            None => counts.kept += 1,
        }
        self.tally.observed.note(record.view, outcome.dropped_by.is_some());
        let mut last = None;
        let mut alerts = 0;
        for effect in outcome.effects.iter() {
            let rule = effect.rule();
            // What an alert keeps for itself while it counts is nothing to tell of.
            let is_alert = self.module.rules.get(rule as usize).is_some_and(|code| code.kind == RuleKind::Alert);
            if is_alert && matches!(effect, Effect::Set { .. } | Effect::Remove { .. }) {
                continue;
            }
            if last != Some(rule) && outcome.dropped_by != Some(rule) {
                self.tally.acted[rule as usize] += 1;
            }
            last = Some(rule);
            if let Effect::Send { quiet, .. } = effect
                && !self.how.hides(rule)
            {
                alerts += u64::from(!quiet);
                counts.quiet += u64::from(*quiet);
                self.tally.raised[rule as usize] += u64::from(!quiet);
            }
        }
        counts.alerts += alerts;
        counts.failed += u64::from(!outcome.failures.is_empty());
        counts.undecidable += u64::from(!outcome.undecidable.is_empty());
        // A rule's tests stand together; several of them are one event.
        let mut last = None;
        for (rule, _, why) in &outcome.undecidable {
            let entry = &mut self.tally.cannot[*rule as usize];
            *entry = (entry.0 + u64::from(last != Some(*rule)), why);
            last = Some(*rule);
        }
        outcome
            .failures
            .iter()
            .map(|failure| {
                let rule = &self.module.rules[failure.rule as usize];
                let what = if rule.kind == RuleKind::Alert { "was not evaluated" } else { "changed nothing" };
                format!(
                    "warning[{}]: {}:{}: the {} \"{}\" {what}: {}",
                    Code::ValueTooLarge,
                    record.place.file,
                    record.place.number,
                    rule.kind.word(),
                    rule.name,
                    failure.fault.text()
                )
            })
            .collect()
    }

    fn is_shown(&self) -> bool {
        let outcome = self.pipeline.outcome();
        let dropped = outcome.dropped_by.is_some();
        self.how.show.iter().any(|show| match show {
            Show::Dropped => dropped,
            Show::Kept => !dropped,
            Show::Tagged => !outcome.effects.tags(self.module).is_empty(),
            Show::Alerts => self.raised().next().is_some(),
            Show::All => true,
            Show::None => false,
        })
    }

    /// The alerts that are raised on the event and not quiet, in the order of the rules, once for each message.
    fn raised(&self) -> impl Iterator<Item = u32> {
        self.pipeline.outcome().effects.iter().filter_map(|effect| match effect {
            Effect::Send { rule, quiet: false, .. } if !self.how.hides(*rule) => Some(*rule),
            Effect::Send { .. }
            | Effect::Name { .. }
            | Effect::Tag { .. }
            | Effect::Untag { .. }
            | Effect::Set { .. }
            | Effect::Remove { .. } => None,
        })
    }

    /// Counts the alerts that are raised, each once, and puts a line of each out where that is asked for.
    fn hits(&mut self, record: &Record<'_>, lines: bool, put: &mut Put<'_>) -> std::io::Result<()> {
        let mut rules: Vec<u32> = self.raised().collect();
        // An alert's messages stand together.
        rules.dedup();
        if rules.is_empty() {
            return Ok(());
        }
        let who = self.pipeline.who(record.view);
        if self.how.hits {
            self.tally.hits.note(&rules, &who);
        }
        if !lines {
            return Ok(());
        }
        let fields = match record.view.whole() {
            Ok(event) => {
                let outcome = self.pipeline.outcome();
                let removals = outcome.effects.iter().filter_map(|effect| match effect {
                    Effect::Remove { removal, .. } => self.module.removals.get(*removal as usize),
                    Effect::Name { .. }
                    | Effect::Tag { .. }
                    | Effect::Untag { .. }
                    | Effect::Set { .. }
                    | Effect::Send { .. } => None,
                });
                let removed: Vec<&str> = removals.flat_map(|removal| &removal.paths).map(String::as_str).collect();
                // What filters remove stays with the endpoint.
                if removed.is_empty() { Fields::of(&event) } else { Fields::of(&without(&event, &removed)) }
            }
            Err(damage) => {
                let (file, number) = (record.place.file, record.place.number);
                put(Item::Notice(format!(
                    "warning[{}]: {file}:{number}: {damage}; an alert is told without its fields",
                    Code::DamagedRecord
                )))?;
                Fields::default()
            }
        };
        for rule in rules {
            let Some(rule) = self.module.rules.get(rule as usize) else { continue };
            let hit = Hit { rule, who: &who, place: &record.place, fields: &fields };
            put(Item::Line(match self.how.format {
                RunFormat::Csv => hit.row()?,
                RunFormat::Timeline
                | RunFormat::Table
                | RunFormat::Json
                | RunFormat::Ndjson
                | RunFormat::Msg
                | RunFormat::Summary => hit.line(self.how.width),
            }))?;
        }
        Ok(())
    }

    fn rule(&self, index: u32) -> RuleName<'p> {
        rule_name(self.module, index)
    }

    /// The event, or what was decided of it, as people want to see it.
    fn shown(&mut self, record: &Record<'_>) -> std::io::Result<Item> {
        if self.how.format == RunFormat::Msg {
            return Ok(match self.pipeline.stored(record.view, agents_text(record)) {
                Ok(stored) => Item::Line(serde_json::to_string(&Value::Map(stored)).map_err(std::io::Error::from)?),
                Err(damage) => {
                    self.tally.counts.damaged += 1;
                    let (file, number) = (record.place.file, record.place.number);
                    Item::Notice(format!("warning[{}]: {file}:{number}: {damage}; not stored", Code::DamagedRecord))
                }
            });
        }
        let decision = self.decision(record);
        Ok(match self.how.format {
            RunFormat::Table => Item::Row(row(&decision, &source::place(&record.place, self.how.files))),
            RunFormat::Ndjson
            | RunFormat::Json
            | RunFormat::Msg
            | RunFormat::Timeline
            | RunFormat::Csv
            | RunFormat::Summary => Item::Decision(serde_json::to_string(&decision).map_err(std::io::Error::other)?),
        })
    }

    fn decision<'d>(&self, record: &Record<'d>) -> Decision<'d>
    where
        'p: 'd,
    {
        let (module, outcome): (&'p Module, &Outcome) = (self.module, self.pipeline.outcome());
        let who = self.pipeline.who(record.view);
        let mut decision = Decision {
            file: record.place.file,
            record: record.place.number,
            time: who.time,
            host: who.host,
            event_id: who.event_id,
            event: who.event,
            decision: if outcome.dropped_by.is_some() { "dropped" } else { "kept" },
            rule: outcome.dropped_by.map(|rule| self.rule(rule)),
            agent_tags: outcome.effects.agent_tags(module),
            tags: outcome.effects.tags(module),
            tagged_by: BTreeMap::new(),
            removed: Vec::new(),
            set: serde_json::Map::new(),
            alerts: Vec::new(),
            failed: Vec::new(),
            undecidable: Vec::new(),
        };
        for effect in outcome.effects.iter() {
            match effect {
                Effect::Send { rule, .. } if self.how.hides(*rule) => {}
                Effect::Send { rule, send, fired, quiet } => {
                    let fired = fired.and_then(|fired| outcome.fired.get(fired as usize));
                    let send = &module.sends[*send as usize];
                    decision.alerts.push(Alert {
                        rule: self.rule(*rule),
                        via: &send.via,
                        template: send.template.as_deref(),
                        to: &send.to,
                        quiet: *quiet,
                        threshold: fired.and_then(|fired| Threshold::of(module, fired)),
                    });
                }
                Effect::Remove { removal, .. } => {
                    let removal = &module.removals[*removal as usize];
                    decision.removed.extend(removal.paths.iter().map(String::as_str));
                    // What was set before is not there any more.
                    for field in removal.slots.iter().filter_map(|slot| module.layout.get(*slot)) {
                        decision.set.remove(&field.name);
                    }
                }
                Effect::Set { slot, value, .. } => {
                    let name = module.layout.get(*slot).map(|field| field.name.clone()).unwrap_or_default();
                    decision.set.insert(name, serde_json::to_value(value).unwrap_or_default());
                }
                Effect::Tag { rule, text, kind } => {
                    let tag = module.texts.get(*text as usize).map_or("", String::as_str);
                    if *kind != RuleKind::Filter && decision.tags.contains(&tag) {
                        decision.tagged_by.insert(tag, self.rule(*rule).name);
                    }
                }
                Effect::Name { .. } | Effect::Untag { .. } => {}
            }
        }
        let site = |site: u32| module.sites.get(site as usize).map(|site| site.text.as_str());
        decision.failed.extend(outcome.failures.iter().map(|f| Notice {
            rule: self.rule(f.rule),
            test: site(f.site),
            why: f.fault.text(),
        }));
        decision.undecidable.extend(outcome.undecidable.iter().map(|(rule, at, why)| Notice {
            rule: self.rule(*rule),
            test: site(*at),
            why,
        }));
        decision
    }
}
