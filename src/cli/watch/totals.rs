//! What was counted since the start, over all sets of rules that were at work.
//!
//! In: the counts of each set. Out: sums, and texts of them for people. Never here: metrics' own form.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ast::RuleKind;
use crate::cli::run::runner::Runner;
use crate::cli::run::told::{Counts, RuleCount, rule_name, summary};
use crate::cli::source::{self, plural};
use crate::event::read::ReadStats;
use crate::follow::Lag;

/// What one rule did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ByRule {
    pub(super) acted: u64,
    pub(super) raised: u64,
    pub(super) cannot: (u64, &'static str),
}

/// Sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) counts: Counts,
    /// By kind and name.
    pub(super) rules: BTreeMap<(RuleKind, String), ByRule>,
    pub(super) reloads: u64,
    pub(super) reload_failures: u64,
    /// Warnings, by code.
    pub(super) warnings: BTreeMap<String, u64>,
    /// Keys that alerts forgot, events that came late for them, events that they could not count.
    pub(super) uncounted: (u64, u64, u64),
}

/// What became of the messages of one channel.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cli) struct Way {
    /// Its name.
    pub(in crate::cli) channel: &'static str,
    /// Messages that were taken since the start.
    pub(in crate::cli) sent: u64,
    /// Attempts that failed since the start.
    pub(in crate::cli) failures: u64,
    /// Does it fail now?
    pub(in crate::cli) fails: bool,
    /// Messages that wait.
    pub(in crate::cli) waiting: u64,
    /// Messages that are dead.
    pub(in crate::cli) dead: u64,
}

impl Totals {
    /// With what the rules that are at work have counted.
    pub(super) fn with(&self, runner: &Runner<'_>) -> Totals {
        let mut totals = self.clone();
        let tally = runner.tally();
        totals.counts.add(&tally.counts);
        let (forgotten, late, uncounted) = runner.uncounted().sums();
        let before = self.uncounted;
        totals.uncounted = (before.0 + forgotten, before.1 + late, before.2 + uncounted);
        let each = runner.module().rules.iter().zip(&tally.acted).zip(tally.raised.iter().zip(&tally.cannot));
        for ((rule, acted), (raised, cannot)) in each {
            let entry = totals.rules.entry((rule.kind, rule.name.clone())).or_default();
            entry.acted += acted;
            entry.raised += raised;
            entry.cannot = if cannot.0 > 0 { (entry.cannot.0 + cannot.0, cannot.1) } else { entry.cannot };
        }
        totals
    }

    /// What it all comes to, as `run` tells it. Rules that are not at work any more are not named.
    pub(super) fn summary(&self, runner: &Runner<'_>, inputs: usize, duplicate_keys: u64) -> String {
        let module = runner.module();
        let of = |index: usize| {
            let rule = module.rules.get(index)?;
            self.rules.get(&(rule.kind, rule.name.clone())).copied()
        };
        let count = module.rules.len();
        let rules: Vec<RuleCount<'_>> = (0..count)
            .map(|at| RuleCount { rule: rule_name(module, at as u32), events: of(at).unwrap_or_default().acted })
            .collect();
        let cannot: Vec<(u64, &'static str)> = (0..count).map(|at| of(at).unwrap_or_default().cannot).collect();
        let stats = ReadStats { duplicate_keys, ..ReadStats::default() };
        let totals = source::Totals { inputs: inputs as u64, stats, ..source::Totals::default() };
        let (named, cannot): (Vec<_>, Vec<_>) = (rules.iter().collect(), rules.iter().zip(&cannot).collect());
        summary(&self.counts, &named, &cannot, &totals)
    }
}

/// When the next line of state is due, and since when it counts.
#[derive(Debug)]
pub(super) struct Status {
    every: Option<Duration>,
    last: Instant,
    events: u64,
}

/// Inputs whose lag is named in a line of state.
const NAMED: usize = 3;

impl Status {
    pub(super) fn new(seconds: u64) -> Self {
        let every = (seconds > 0).then(|| Duration::from_secs(seconds));
        Self { every, last: Instant::now(), events: 0 }
    }

    /// Is a line due?
    pub(super) fn is_due(&self) -> bool {
        self.every.is_some_and(|every| self.last.elapsed() >= every)
    }

    /// One line. `ways`: what became of messages, where they are delivered.
    pub(super) fn line(&mut self, counts: &Counts, lag: &[Lag], open: usize, ways: Option<&[Way]>) -> String {
        let seconds = self.last.elapsed().as_secs_f64();
        let rate = (counts.events - self.events) as f64 / seconds.max(0.001);
        (self.last, self.events) = (Instant::now(), counts.events);
        let delivered = ways.map(delivered).unwrap_or_default();
        format!(
            "state: {} ({rate:.1}/s), {} dropped, {}, {} damaged, {} failed; lag {}; {} open{delivered}",
            plural(counts.events, "event"),
            counts.dropped,
            plural(counts.alerts, "alert"),
            counts.damaged,
            counts.failed,
            behind(lag),
            plural(open as u64, "file"),
        )
    }
}

/// What became of messages: sums, and the ways of sending that fail.
fn delivered(ways: &[Way]) -> String {
    let sum = |of: fn(&Way) -> u64| ways.iter().map(of).sum::<u64>();
    let fails: Vec<&str> = ways.iter().filter(|way| way.fails).map(|way| way.channel).collect();
    let fails = if fails.is_empty() { String::new() } else { format!(" ({} fails)", fails.join(", ")) };
    let (sent, waiting, dead) = (sum(|way| way.sent), sum(|way| way.waiting), sum(|way| way.dead));
    format!("; delivery: {sent} sent, {waiting} waiting, {dead} dead{fails}")
}

/// How much is not read yet: all of it, and the inputs that lag most.
fn behind(lag: &[Lag]) -> String {
    let mut lagging: Vec<&Lag> = lag.iter().filter(|lag| lag.bytes > 0).collect();
    lagging.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.input.cmp(&b.input)));
    let all: u64 = lagging.iter().map(|lag| lag.bytes).sum();
    let mut told = plural(all, "byte");
    let (named, more) = lagging.split_at(lagging.len().min(NAMED));
    let mut each: Vec<String> = named.iter().map(|lag| format!("{} {}", lag.input, lag.bytes)).collect();
    if !more.is_empty() {
        each.push(format!("{} more", more.len()));
    }
    if !each.is_empty() {
        told.push_str(&format!(" ({})", each.join(", ")));
    }
    crate::cli::table::safe(&told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_state_names_the_inputs_that_lag_most() {
        let lag = |input: &str, bytes| Lag { input: input.to_string(), bytes };
        assert_eq!(behind(&[]), "0 bytes");
        assert_eq!(behind(&[lag("a", 0), lag("b", 1)]), "1 byte (b 1)");
        let many = [lag("a", 1), lag("b", 5), lag("c", 5), lag("d", 2), lag("e", 3)];
        assert_eq!(behind(&many), "16 bytes (b 5, c 5, e 3, 2 more)");
        let counts = Counts { events: 1, dropped: 2, alerts: 3, damaged: 4, failed: 5, ..Counts::default() };
        let way = |channel, fails| Way { channel, sent: 5, failures: 9, fails, waiting: 2, dead: 1 };
        let line = Status::new(1).line(&counts, &[], 6, Some(&[way("mail", true), way("file", false)]));
        assert!(line.ends_with("; 6 files open; delivery: 10 sent, 4 waiting, 2 dead (mail fails)"), "{line}");
        let line = Status::new(1).line(&counts, &[], 6, None);
        assert!(line.starts_with("state: 1 event ("), "{line}");
        assert!(line.ends_with("/s), 2 dropped, 3 alerts, 4 damaged, 5 failed; lag 0 bytes; 6 files open"), "{line}");
    }
}
