//! What the rules do to every sample event.
//!
//! In: rules, and the store. Out: what became of each event, in a few bytes, and what each rule did to how many. Filters behind the one that
//! drops are asked too, so that people see which rules overlap; what those would do counts for nothing else. Never here: which
//! events are shown.

use rustc_hash::FxHashMap;

use super::store::Samples;
use crate::ast::RuleKind;
use crate::pipeline::{Pipeline, TooManyFields};
use crate::session::wire::{Decided, Decision, RuleCount, Since};
use crate::sysmon::Catalogue;
use crate::vm::{Contexts, Effect, Machine, Options, Outcome, Prepared};

/// No rule, no tags.
pub(super) const NONE: u32 = u32::MAX;

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// The filter that dropped it, or [`NONE`].
    pub(super) dropped: u32,
    /// Its tags behind the agent: index into [`Decisions::tags`].
    pub(super) tags: u32,
    pub(super) alerts: u16,
    pub(super) damaged: bool,
    pub(super) failed: bool,
    pub(super) undecidable: bool,
}

impl Fate {
    pub(super) fn decision(self) -> Decision {
        match (self.damaged, self.dropped) {
            (true, _) => Decision::Damaged,
            (false, NONE) => Decision::Kept,
            (false, _) => Decision::Dropped,
        }
    }
}

/// What became of all of them.
#[derive(Default)]
pub(super) struct Decisions {
    pub(super) fates: Vec<Fate>,
    /// Sets of tags, each once; the first is empty.
    pub(super) tags: Vec<Vec<String>>,
    /// Rule by rule, the events on which it did something, in order.
    pub(super) acted: Vec<Vec<u32>>,
    pub(super) told: Decided,
    /// The columns that hold what the rules read.
    map: Vec<usize>,
}

/// What the rules did before somebody changed them.
pub(super) struct Baseline {
    fates: Vec<Fate>,
    tags: Vec<Vec<String>>,
}

impl Baseline {
    pub(super) fn of(decisions: &Decisions) -> Self {
        Self { fates: decisions.fates.clone(), tags: decisions.tags.clone() }
    }
}

/// Event by event: is it decided otherwise than in the baseline? Events that came later are not.
pub(super) fn changed(now: &Decisions, then: &Baseline) -> Vec<bool> {
    // Sets of tags have other numbers now.
    let index: FxHashMap<&Vec<String>, u32> = now.tags.iter().zip(0..).collect();
    let same: Vec<Option<u32>> = then.tags.iter().map(|tags| index.get(tags).copied()).collect();
    let mut changed = vec![false; now.fates.len()];
    for ((changed, now), then) in changed.iter_mut().zip(&now.fates).zip(&then.fates) {
        let tags = same.get(then.tags as usize).copied().flatten();
        *changed = now.decision() != then.decision() || now.alerts != then.alerts || tags != Some(now.tags);
    }
    changed
}

fn since(now: &Decisions, then: &Baseline) -> Since {
    let mut since = Since::default();
    for (now, then) in now.fates.iter().zip(&then.fates) {
        let (dropped, was) = (now.dropped != NONE, then.dropped != NONE);
        since.dropped += usize::from(dropped && !was);
        since.kept += usize::from(was && !dropped);
        since.alerted += usize::from(now.alerts > 0 && then.alerts == 0);
        since.silenced += usize::from(now.alerts == 0 && then.alerts > 0);
    }
    since
}

/// Runs the rules over all events.
pub(super) fn decide(
    samples: &mut Samples,
    prepared: &Prepared,
    catalogue: &Catalogue,
    baseline: Option<&Baseline>,
) -> Result<Decisions, TooManyFields> {
    let options = Options { preview: true, ..Options::default() };
    let mut pipeline = Pipeline::new(prepared, catalogue, options)?;
    let map = samples.columns_of(&pipeline.layout().clone());
    let rules = prepared.module().rules.len();
    let mut tally = Tally {
        prepared,
        decisions: Decisions {
            fates: Vec::with_capacity(samples.len()),
            tags: vec![Vec::new()],
            acted: vec![Vec::new(); rules],
            map: Vec::new(),
            told: Decided { rules: vec![RuleCount::default(); rules], ..Decided::default() },
        },
        tag_index: FxHashMap::default(),
        kinds: FxHashMap::default(),
    };
    for row in 0..samples.len() {
        let bytes = samples.kept.get(row).map_or(0, |kept| kept.bytes);
        let outcome = pipeline.decide(&samples.view(row, &map));
        tally.count(row as u32, bytes, outcome);
    }
    let mut decisions = tally.finish(samples.len());
    decisions.map = map;
    decisions.told.since = baseline.map(|baseline| since(&decisions, baseline));
    Ok(decisions)
}

/// What alerts remember of the events before one; `None` where no rule remembers anything.
pub(super) fn past(samples: &Samples, decisions: &Decisions, prepared: &Prepared, row: usize) -> Option<Contexts> {
    prepared.module().stamp?;
    let mut machine = Machine::new(prepared);
    for before in 0..row.min(samples.len()) {
        machine.decide(&samples.view(before, &decisions.map), Options::default());
    }
    Some(machine.contexts().clone())
}

struct Tally<'p> {
    prepared: &'p Prepared,
    decisions: Decisions,
    tag_index: FxHashMap<Vec<&'p str>, u32>,
    /// Number of events of each kind, and of those that filters dropped.
    kinds: FxHashMap<Option<u32>, (usize, usize)>,
}

impl<'p> Tally<'p> {
    fn count(&mut self, row: u32, bytes: u64, outcome: &Outcome) {
        let module = self.prepared.module();
        let dropped = outcome.dropped_by.unwrap_or(NONE);
        // What filters behind the one that dropped would do is not done.
        let real = |rule: u32| dropped == NONE || rule <= dropped;
        let told = &mut self.decisions.told;
        told.events += 1;
        told.bytes += bytes;
        let damaged = outcome.damaged();
        let mut fate = Fate { dropped, tags: 0, alerts: 0, damaged, failed: false, undecidable: false };
        if damaged {
            told.damaged += 1;
            fate.dropped = NONE;
            self.decisions.fates.push(fate);
            return;
        }
        let kind = self.kinds.entry(outcome.event).or_default();
        kind.0 += 1;
        let mut act = |rule: u32| {
            if let Some(rows) = self.decisions.acted.get_mut(rule as usize)
                && rows.last() != Some(&row)
            {
                rows.push(row);
                if let Some(count) = told.rules.get_mut(rule as usize) {
                    count.acted += 1;
                    count.bytes += bytes;
                }
            }
        };
        for effect in outcome.effects.iter().filter(|effect| real(effect.rule())) {
            act(effect.rule());
            fate.alerts += u16::from(matches!(effect, Effect::Send { quiet: false, .. }));
        }
        if dropped != NONE {
            act(dropped);
            kind.1 += 1;
            told.dropped += 1;
            told.bytes_dropped += bytes;
            if let Some(count) = told.rules.get_mut(dropped as usize) {
                count.alone += usize::from(outcome.would_drop.is_empty());
            }
            for rule in &outcome.would_drop {
                if let Some(count) = told.rules.get_mut(*rule as usize) {
                    count.also += 1;
                }
            }
        } else {
            told.kept += 1;
            let tags = outcome.effects.tags(module);
            if !tags.is_empty() {
                told.tagged += 1;
                let next = self.decisions.tags.len() as u32;
                fate.tags = match self.tag_index.get(&tags) {
                    Some(at) => *at,
                    None => {
                        self.decisions.tags.push(tags.iter().map(ToString::to_string).collect());
                        self.tag_index.insert(tags, next);
                        next
                    }
                };
            }
        }
        told.alerted += usize::from(fate.alerts > 0);
        for failure in outcome.failures.iter().filter(|failure| real(failure.rule)) {
            fate.failed = true;
            if let Some(count) = told.rules.get_mut(failure.rule as usize) {
                count.failed += 1;
            }
        }
        let mut last = NONE;
        for (rule, ..) in outcome.undecidable.iter().filter(|(rule, ..)| real(*rule)) {
            fate.undecidable = true;
            if *rule != last
                && let Some(count) = told.rules.get_mut(*rule as usize)
            {
                count.undecidable += 1;
            }
            last = *rule;
        }
        told.failed += usize::from(fate.failed);
        told.undecidable += usize::from(fate.undecidable);
        self.decisions.fates.push(fate);
    }

    fn finish(mut self, events: usize) -> Decisions {
        let module = self.prepared.module();
        let counts = module.rules.iter().zip(0..).zip(&mut self.decisions.told.rules);
        for ((rule, index), count) in counts {
            let (mut reached, mut dropped) = (0, 0);
            for (kind, (all, gone)) in &self.kinds {
                if self.prepared.may_act(index, *kind) {
                    reached += all;
                    dropped += gone;
                }
            }
            count.reached = reached;
            if count.acted == 0 && count.also == 0 {
                count.never = Some(never(rule.kind, reached, dropped, events, count));
            }
        }
        self.decisions
    }
}

/// Why a rule never did anything, in a sentence.
fn never(kind: RuleKind, reached: usize, dropped: usize, events: usize, count: &RuleCount) -> String {
    match (events, reached) {
        (0, _) => "there are no events to try it on".to_string(),
        (_, 0) => format!("0 of {events} events are of the kind that it asks for"),
        (_, _) if count.failed > 0 => format!("it failed on {} events, and so changed nothing", count.failed),
        (_, _) if kind != RuleKind::Filter && dropped == reached => {
            format!("filters drop all {reached} events of the kind that it asks for")
        }
        (_, _) => {
            let asked = if kind == RuleKind::Filter { reached } else { reached - dropped };
            let kinds = if reached == events { "" } else { " of the kind that it asks for" };
            format!("none of the {asked} events{kinds} meets its condition")
        }
    }
}
