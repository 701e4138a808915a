//! What a condition comes to once everything that never holds is taken for false, and findings of one kind put together.
//!
//! In: conditions with their places, and what is known to hold for no event. Out: whether a drop behind them takes every event. Never here: why
//! something never holds; `lints` and the reader of the configuration say that.

use rustc_hash::FxHashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::libbeat::config::Places;
use crate::libbeat::{Condition, Constant};
use crate::origin::{Origin, Span};

/// More places than this say nothing new.
const PLACES: usize = 20;

/// What a condition comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Comes {
    Always,
    Never,
    /// It holds for the events of one channel, for all of them and for no others.
    Channel(String),
    /// It depends on the event.
    Open,
}

/// The events that come as far as a list of processors.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    of: Comes,
    /// What never holds, and so lets them come.
    leaves: Vec<Origin>,
}

impl Scope {
    pub(super) fn every() -> Scope {
        Scope { of: Comes::Always, leaves: Vec::new() }
    }

    pub(super) fn of_channel(name: &str) -> Scope {
        Scope { of: Comes::Channel(name.to_string()), leaves: Vec::new() }
    }

    /// Those of them for which a condition holds.
    pub(super) fn with(&self, (comes, leaves): &(Comes, Vec<Origin>)) -> Scope {
        let of = match (&self.of, comes) {
            (own, Comes::Always) => own.clone(),
            (Comes::Always, channel @ Comes::Channel(_)) => channel.clone(),
            (own @ Comes::Channel(_), other) if own == other => own.clone(),
            _ => Comes::Open,
        };
        let leaves = self.leaves.iter().chain(leaves).take(PLACES).copied().collect();
        Scope { of, leaves }
    }

    /// Those of them for which it does not hold.
    pub(super) fn without(&self, (comes, leaves): &(Comes, Vec<Origin>)) -> Scope {
        let comes = if *comes == Comes::Never { Comes::Always } else { Comes::Open };
        self.with(&(comes, leaves.clone()))
    }

    /// What is wrong with a drop of these events: that they are all, where that can hardly be meant.
    pub(super) fn dropped(&self, origin: Origin) -> Option<Diagnostic> {
        let what = match &self.of {
            Comes::Always => "this drops every event".to_string(),
            Comes::Channel(name) => format!("this drops every event of `{name}`"),
            Comes::Never | Comes::Open => return None,
        };
        if self.leaves.is_empty() {
            return None;
        }
        let found = Diagnostic::new(Code::AgentAlways, origin, what)
            .help("`not` around what never holds is true for every event: mend what never holds");
        Some(self.leaves.iter().fold(found, |found, leaf| found.related(*leaf, "never holds")))
    }
}

/// Places where something never holds, none inside of another, in order.
#[derive(Debug, Default)]
pub(super) struct NeverPlaces(Vec<Span>);

impl NeverPlaces {
    pub(super) fn of<'d>(found: impl Iterator<Item = &'d Diagnostic>) -> NeverPlaces {
        let never = found.filter(|found| found.code == Code::AgentNever);
        let mut spans: Vec<Span> = never.filter_map(|found| found.primary.origin.as_span()).collect();
        spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let mut outer: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            if outer.last().is_none_or(|last| last.end < span.end) {
                outer.push(span);
            }
        }
        NeverPlaces(outer)
    }

    fn has(&self, origin: Origin) -> bool {
        let Some(span) = origin.as_span() else { return false };
        let before = self.0.partition_point(|own| own.start <= span.start);
        before.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|own| span.end <= own.end)
    }
}

/// What a condition comes to; and the leaves that never hold. As deep as the condition.
pub(super) fn fold(
    condition: &Condition,
    places: Option<&Places>,
    never: &[&NeverPlaces],
    leaves: &mut Vec<Origin>,
) -> Comes {
    let part = |at: usize| places.and_then(|places| places.parts.get(at));
    match condition {
        Condition::True => Comes::Always,
        Condition::And(members) => {
            let mut all = Comes::Always;
            for (at, member) in members.iter().enumerate() {
                all = match (all, fold(member, part(at), never, leaves)) {
                    (Comes::Never, _) | (_, Comes::Never) => Comes::Never,
                    (Comes::Always, other) | (other, Comes::Always) => other,
                    (own, other) if own == other => own,
                    _ => Comes::Open,
                };
            }
            all
        }
        Condition::Or(members) => {
            let mut any = Comes::Never;
            for (at, member) in members.iter().enumerate() {
                any = match (any, fold(member, part(at), never, leaves)) {
                    (Comes::Always, _) | (_, Comes::Always) => Comes::Always,
                    (Comes::Never, Comes::Never) => Comes::Never,
                    // One channel, or what never holds: that a channel goes is what is written.
                    _ => Comes::Open,
                };
            }
            any
        }
        Condition::Not(inner) => match fold(inner, part(0), never, leaves) {
            Comes::Always => Comes::Never,
            Comes::Never => Comes::Always,
            Comes::Channel(_) | Comes::Open => Comes::Open,
        },
        leaf => {
            if let Some(places) = places.filter(|places| never.iter().any(|never| never.has(places.origin))) {
                leaves.push(places.origin);
                return Comes::Never;
            }
            match leaf {
                Condition::Equals(field, Constant::Text(name)) if field == "winlog.channel" => {
                    Comes::Channel(name.clone())
                }
                _ => Comes::Open,
            }
        }
    }
}

/// What never holds in one condition, for one reason, is said once.
pub(super) fn grouped(found: Vec<Diagnostic>, mut conditions: Vec<Span>) -> Vec<Diagnostic> {
    conditions.sort_by_key(|span| span.start);
    let mut firsts: FxHashMap<(u32, String), usize> = FxHashMap::default();
    let mut kept: Vec<(Diagnostic, usize)> = Vec::with_capacity(found.len());
    for finding in found {
        let span = finding.primary.origin.as_span().filter(|_| finding.code == Code::AgentNever);
        let condition = span.and_then(|span| {
            let before = conditions.partition_point(|own| own.start <= span.start);
            before.checked_sub(1).and_then(|at| conditions.get(at)).filter(|own| span.end <= own.end)
        });
        if let Some(condition) = condition {
            match firsts.get(&(condition.start, finding.message.clone())).and_then(|at| kept.get_mut(*at)) {
                Some((_, more)) => {
                    *more += 1;
                    continue;
                }
                None => {
                    firsts.insert((condition.start, finding.message.clone()), kept.len());
                }
            }
        }
        kept.push((finding, 0));
    }
    let counted = kept.into_iter().map(|(mut finding, more)| {
        if more > 0 {
            finding.message.push_str(&format!("; {more} more like it in this condition"));
        }
        finding
    });
    counted.collect()
}
