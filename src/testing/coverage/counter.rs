//! Counting while tests run.
//!
//! In: rules, and each decision of the machine with its trace. Out: [`Coverage`]. Never here: a rule asked by itself; the trace says what was
//! asked, and `explain::marks` what that means for the tree as it was written.
//!
//! A [`Counting`] is an observer of tests. Several can count at a time; their [`Counts`] are added up in any order.

use rustc_hash::FxHashMap;

use super::tree::{self, Of};
use super::{Coverage, Piece, Rule, Seen, Ways};
use crate::ast::{self, CondId, Definition, RuleKind, StmtId};
use crate::explain::{self, answers, fired_at, marks};
use crate::ir::{Program, RuleId, StmtKind};
use crate::origin::{Origin, SourceId};
use crate::testing::{Case, Observer};
use crate::vm::{Effect, Options, Outcome, TraceStep};

/// Rules as they are counted.
pub struct Counter<'a> {
    program: &'a Program,
    /// Of each rule of the program: how it was written.
    written: Vec<Option<(&'a Definition, &'a ast::Rule)>>,
}

/// What was counted, rule by rule.
#[derive(Debug, Default)]
pub struct Counts(Vec<OfRule>);

#[derive(Debug, Default)]
struct OfRule {
    ran: u32,
    acted: u32,
    reached: FxHashMap<StmtId, u32>,
    counted: FxHashMap<Origin, u32>,
    fired: FxHashMap<StmtId, u32>,
    asked: FxHashMap<CondId, Ways>,
}

/// Counts what tests make run, as their observer.
pub struct Counting<'c> {
    counter: &'c Counter<'c>,
    counts: Counts,
}

impl Counts {
    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: Counts) {
        if self.0.is_empty() {
            self.0 = other.0;
            return;
        }
        for (own, other) in self.0.iter_mut().zip(other.0) {
            own.add(other);
        }
    }
}

impl OfRule {
    fn add(&mut self, other: Self) {
        fn sum<K: std::hash::Hash + Eq>(own: &mut FxHashMap<K, u32>, other: FxHashMap<K, u32>) {
            other.into_iter().for_each(|(key, count)| *own.entry(key).or_default() += count);
        }
        self.ran += other.ran;
        self.acted += other.acted;
        sum(&mut self.reached, other.reached);
        sum(&mut self.counted, other.counted);
        sum(&mut self.fired, other.fired);
        for (cond, Ways { yes, no }) in other.asked {
            let ways = self.asked.entry(cond).or_default();
            ways.yes += yes;
            ways.no += no;
        }
    }
}

impl<'a> Counter<'a> {
    /// Of these rules, as written in these definitions.
    pub fn new(program: &'a Program, definitions: &'a [Definition]) -> Self {
        let mut places: FxHashMap<Origin, (&Definition, &ast::Rule)> = FxHashMap::default();
        for definition in definitions {
            places.extend(definition.rules.iter().map(|rule| (rule.origin, (definition, rule))));
        }
        let written: Vec<_> = program.rules.iter().map(|rule| places.get(&rule.origin).copied()).collect();
        Self { program, written }
    }

    /// Begins to count.
    pub fn begin(&self) -> Counting<'_> {
        Counting { counter: self, counts: Counts(self.written.iter().map(|_| OfRule::default()).collect()) }
    }

    /// What was counted: of the rules in the wanted sources, in the order in which they stand there.
    pub fn coverage(&self, counts: &Counts, wanted: impl Fn(SourceId) -> bool) -> Coverage {
        let mut rules: Vec<(Origin, Rule)> = Vec::with_capacity(self.written.len());
        let nothing = OfRule::default();
        for (at, written) in self.written.iter().enumerate() {
            let Some((definition, rule)) = written else { continue };
            let counts = counts.0.get(at).unwrap_or(&nothing);
            if rule.disabled || !wanted(rule.origin.source) {
                continue;
            }
            let pieces = tree::pieces(definition, rule).into_iter().map(|bare| {
                let ways = |cond: CondId| counts.asked.get(&cond).copied().unwrap_or_default();
                let of = |map: &FxHashMap<StmtId, u32>, stmt: StmtId| map.get(&stmt).copied().unwrap_or_default();
                let seen = match bare.of {
                    Of::Word => Seen::Word,
                    Of::Disabled(_) => Seen::Disabled,
                    Of::Statement(stmt) => Seen::Statement(of(&counts.reached, stmt)),
                    Of::When(stmt) => Seen::When {
                        counted: counts.counted.get(&bare.origin).copied().unwrap_or_default(),
                        fired: of(&counts.fired, stmt),
                    },
                    Of::Joined(cond) => Seen::Joined(ways(cond)),
                    Of::Constant(cond) => Seen::Constant(ways(cond)),
                    Of::Condition(cond) => Seen::Condition(ways(cond)),
                };
                Piece { depth: bare.depth, text: bare.text, origin: bare.origin, category: bare.category, seen }
            });
            let pieces = pieces.collect();
            let (kind, name, origin) = (rule.kind, rule.name.value.clone(), rule.origin);
            rules.push((origin, Rule { kind, name, origin, ran: counts.ran, acted: counts.acted, pieces }));
        }
        rules.sort_by_key(|(origin, _)| order(*origin));
        Coverage { rules: rules.into_iter().map(|(_, rule)| rule).collect() }
    }
}

/// By file, then as they stand there.
fn order(origin: Origin) -> (SourceId, u32) {
    let at = match origin.place {
        crate::origin::Place::Whole => 0,
        crate::origin::Place::Span(span) => span.start,
        crate::origin::Place::Block { block, .. } => block,
    };
    (origin.source, at)
}

/// Did this rule run, as far as the rules before it let it?
fn ran(program: &Program, rule: u32, outcome: &Outcome) -> bool {
    let kind = |rule: u32| program.rules.get(rule as usize).map(|rule| rule.kind);
    let stopped = outcome.stopped_by.iter().any(|by| *by < rule && kind(*by) == kind(rule));
    let dropped = outcome.dropped_by.is_some_and(|by| by < rule || kind(rule) != Some(RuleKind::Filter));
    !outcome.malformed && !stopped && !dropped
}

impl Counting<'_> {
    /// What was counted.
    pub fn end(self) -> Counts {
        self.counts
    }
}

impl Observer for Counting<'_> {
    fn options(&self) -> Options {
        Options { trace: true, ..Options::default() }
    }

    fn decided(&mut self, _: &Case, outcome: &Outcome) {
        let Counter { program, written } = self.counter;
        let mut trace: FxHashMap<u32, Vec<TraceStep>> = FxHashMap::default();
        outcome.trace.iter().for_each(|step| trace.entry(step.rule).or_default().push(*step));
        for ((at, written), counts) in (0u32..).zip(written).zip(&mut self.counts.0) {
            let Some((definition, rule)) = written else { continue };
            if !ran(program, at, outcome) {
                continue;
            }
            let acted = outcome.dropped_by == Some(at) || outcome.effects.iter().map(Effect::rule).any(|by| by == at);
            let said = answers(trace.get(&at).into_iter().flatten(), program);
            let fired = fired_at(program, &outcome.tallies, RuleId(at));
            counts.ran += 1;
            counts.acted += u32::from(acted);
            for tally in outcome.tallies.iter().filter(|tally| tally.rule == at) {
                for stmt in &program.stmts {
                    if matches!(stmt.kind, StmtKind::When { context, .. } if context == tally.context) {
                        *counts.counted.entry(stmt.origin).or_default() += 1;
                    }
                }
            }
            for mark in marks(definition, rule, &said, &fired, true, acted) {
                let Some(holds) = mark.holds else { continue };
                match mark.piece {
                    explain::Piece::Rule | explain::Piece::Step(..) => {}
                    explain::Piece::Statement(stmt) => {
                        *counts.reached.entry(stmt).or_default() += 1;
                        if matches!(definition.stmt(stmt).kind, ast::StmtKind::When { .. }) {
                            *counts.fired.entry(stmt).or_default() += u32::from(holds);
                        }
                    }
                    explain::Piece::Condition(cond) => {
                        let ways = counts.asked.entry(cond).or_default();
                        let way = if holds { &mut ways.yes } else { &mut ways.no };
                        *way += 1;
                    }
                }
            }
        }
    }
}
