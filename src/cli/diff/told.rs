//! Differences told: to people, and as JSON.
//!
//! In: what was counted. Out: texts; the same for the same input. Never here: counting. `markdown.rs` writes from the same rows.

use serde_json::json;

use super::compare::{Difference, Kind};
use super::tally::{Changes, Example, Group, Tally};
use super::{Differ, Half, RuleSums};
use crate::bytecode::RuleCode;
use crate::cli::source::{Totals, plural};
use crate::cli::{Failure, table};
use crate::diagnostic::render;

/// Rows of a table by host or event; the rest is one line.
pub(super) const ROWS: usize = 20;

/// All that there is to tell.
pub(super) struct Told<'a> {
    differ: &'a Differ<'a>,
    pub(super) inputs: u64,
}

/// A rule, and what it came to in each version that has it.
pub(super) struct RuleRow<'a> {
    pub(super) rule: &'a RuleCode,
    pub(super) old: Option<RuleSums>,
    pub(super) new: Option<RuleSums>,
}

impl RuleRow<'_> {
    /// In which version it is, where it is not in both.
    pub(super) fn only(&self) -> Option<&'static str> {
        match (self.old, self.new) {
            (None, Some(_)) => Some("added"),
            (Some(_), None) => Some("removed"),
            (_, _) => None,
        }
    }
}

impl<'a> Told<'a> {
    pub(super) fn new(differ: &'a Differ<'a>, totals: &Totals) -> Self {
        Self { differ, inputs: totals.inputs }
    }

    pub(super) fn tally(&self) -> &'a Tally {
        &self.differ.tally
    }

    fn halves(&self) -> [&'a Half<'a>; 2] {
        [&self.differ.old, &self.differ.new]
    }

    pub(super) fn labels(&self) -> [&'a str; 2] {
        self.halves().map(|half| half.side.label.as_str())
    }

    pub(super) fn compared(&self) -> u64 {
        self.differ.compared
    }

    pub(super) fn is_changed(&self) -> bool {
        self.tally().changes.events > 0
    }

    /// A rule by its number among all.
    pub(super) fn rule(&self, at: usize) -> Option<&'a RuleCode> {
        let pair = self.differ.pairs.all.get(at)?;
        match (pair.new, pair.old) {
            (Some(rule), _) => self.differ.new.side.module().rules.get(rule as usize),
            (None, Some(rule)) => self.differ.old.side.module().rules.get(rule as usize),
            (None, None) => None,
        }
    }

    /// All rules, in the order of the new version; then those that are gone.
    pub(super) fn rules(&self) -> Vec<RuleRow<'a>> {
        let sums = |half: &Half<'_>, rule: Option<u32>| rule.and_then(|rule| half.rules.get(rule as usize).copied());
        let rows = self.differ.pairs.all.iter().enumerate().filter_map(|(at, pair)| {
            let [old, new] = self.halves();
            Some(RuleRow { rule: self.rule(at)?, old: sums(old, pair.old), new: sums(new, pair.new) })
        });
        rows.collect()
    }

    /// The numbers of both versions, side by side.
    pub(super) fn totals(&self) -> Vec<(&'static str, u64, u64)> {
        let [old, new] = self.halves().map(|half| &half.counts);
        let mut rows = vec![
            ("events dropped", old.dropped, new.dropped),
            ("events kept", old.kept, new.kept),
            ("bytes dropped", old.bytes_dropped, new.bytes_dropped),
            ("alerts", old.alerts, new.alerts),
        ];
        let [before, after] = self.halves().map(|half| half.rules.len() as u64);
        let more = [
            ("alerts that stay quiet", old.quiet, new.quiet),
            ("events on which a rule failed", old.failed, new.failed),
            ("events that a rule cannot decide", old.undecidable, new.undecidable),
            ("records damaged and skipped", old.damaged, new.damaged),
        ];
        rows.extend(more.into_iter().filter(|(_, old, new)| old + new > 0));
        rows.push(("rules", before, after));
        rows
    }

    /// By whom, and about what: `by filter "x"`, `suspicious, by classify "y"`.
    pub(super) fn who(&self, difference: &Difference) -> Vec<(&'static str, String)> {
        let name = |at: Option<usize>| {
            at.and_then(|at| self.rule(at)).map(|rule| format!("{} \"{}\"", rule.kind.word(), table::safe(&rule.name)))
        };
        let (old, new) = (name(difference.old), name(difference.new));
        let mut words = Vec::new();
        if !difference.what.is_empty() {
            words.push(("", table::safe(&difference.what)));
        }
        match difference.kind {
            Kind::NewlyDropped | Kind::TagGained => words.extend(new.map(|new| ("by", new))),
            Kind::NewlyKept | Kind::TagLost => words.extend(old.map(|old| ("no more by", old))),
            Kind::ByAnother => {
                words.extend(new.map(|new| ("by", new)));
                words.extend(old.map(|old| ("and no more by", old)));
            }
            Kind::AlertGained | Kind::AlertOtherwise => words.extend(new.map(|new| ("of", new))),
            Kind::AlertLost => words.extend(old.map(|old| ("of", old))),
            Kind::Field => {
                words.extend(new.map(|new| ("by", new)));
                words.extend(old.map(|old| ("before by", old)));
            }
        }
        words
    }

    /// What somebody should know who believes the numbers, a line each: other agents, failures, what was not compared.
    pub(super) fn gaps(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let [old, new] = self.halves().map(|half| half.side.module().agent);
        if old != new {
            lines.push(format!(
                "the old rules are for Winlogbeat {old}, the new ones for {new}: each saw the event as its agent sends it"
            ));
        }
        for (half, which) in self.halves().into_iter().zip(["old", "new"]) {
            for (rule, sums) in half.side.module().rules.iter().zip(&half.rules) {
                let (kind, name) = (rule.kind.word(), table::safe(&rule.name));
                let why = sums.why.unwrap_or_default();
                if sums.failed > 0 {
                    let events = plural(sums.failed, "event");
                    lines.push(format!("{which} rules: {kind} \"{name}\" failed on {events}: {why}"));
                }
                if sums.undecidable > 0 {
                    let events = plural(sums.undecidable, "event");
                    lines.push(format!("{which} rules: {kind} \"{name}\" cannot be decided for {events}: {why}"));
                }
            }
        }
        if self.differ.uncompared > 0 {
            let events = plural(self.differ.uncompared, "event");
            lines.push(format!("{events} could be read by one version only, and were not compared"));
        }
        lines
    }

    /// One line that says what it comes to.
    pub(super) fn verdict(&self) -> String {
        let events = plural(self.compared(), "event");
        let changes = &self.tally().changes;
        if !self.is_changed() {
            return format!("Nothing changes: both versions decide {events} alike.");
        }
        let alerts = |count: u64, how: &str| (count, format!("{} {how}", plural(count, "alert")));
        let events_of = |count: u64, how: &str| (count, format!("{count} {how}"));
        let parts = [
            events_of(changes.newly_dropped, "newly dropped"),
            events_of(changes.newly_kept, "newly kept"),
            events_of(changes.dropped_by_another, "dropped by another filter"),
            alerts(changes.alerts_gained, "gained"),
            alerts(changes.alerts_lost, "lost"),
            alerts(changes.alerts_otherwise, "sent otherwise"),
            events_of(changes.tags_changed, "tagged otherwise"),
            events_of(changes.fields_changed, "with other fields"),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, told)| told).collect();
        format!("{} of {events} decided differently: {}.", changes.events, parts.join(", "))
    }

    pub(super) fn human(&self) -> String {
        let [old, new] = self.labels().map(table::safe);
        let mut out = format!("old: {old}\nnew: {new}\n{}\n\n", self.verdict());
        let rows: Vec<Vec<String>> = self
            .totals()
            .into_iter()
            .map(|(what, old, new)| vec![what.to_string(), old.to_string(), new.to_string(), signed(old, new)])
            .collect();
        out.push_str(&table::columns(&["", "OLD", "NEW", "CHANGE"], &rows));
        for kind in Kind::ALL {
            let groups = self.tally().of(kind);
            if groups.is_empty() {
                continue;
            }
            let count: u64 = groups.iter().map(|(_, group)| group.count).sum();
            out.push_str(&format!("\n{}: {count}{}\n", kind.title(), bytes_of(kind, &groups)));
            for (difference, group) in groups {
                let words: Vec<String> =
                    self.who(difference).into_iter().map(|(word, name)| joined(word, &name)).collect();
                out.push_str(&format!("  {}  {}\n", group.count, words.join(", ")));
                for example in &group.examples {
                    out.push_str(&format!("       {}\n", self.example(example)));
                    for line in example.why.iter().flat_map(|why| why.lines()) {
                        out.push_str(&format!("         {line}\n"));
                    }
                }
                let more = group.events.saturating_sub(group.examples.len() as u64);
                if more > 0 && !group.examples.is_empty() {
                    out.push_str(&format!("       … and {more} more\n"));
                }
            }
        }
        for (what, counts) in [("EVENT", &self.tally().events), ("HOST", &self.tally().hosts)] {
            if !counts.is_empty() {
                out.push('\n');
                out.push_str(&by(what, largest(counts)));
            }
        }
        let rules = self.changed_rules();
        if !rules.is_empty() {
            out.push('\n');
            let rows: Vec<Vec<String>> = rules
                .iter()
                .map(|row| {
                    let (events, alerts) = two(row);
                    let only = row.only().map(|only| format!(" ({only})")).unwrap_or_default();
                    vec![events, alerts, format!("{} \"{}\"{only}", row.rule.kind.word(), table::safe(&row.rule.name))]
                })
                .collect();
            out.push_str(&table::columns(&["EVENTS", "ALERTS", "RULE"], &rows));
        }
        let gaps = self.gaps();
        if !gaps.is_empty() {
            out.push('\n');
            gaps.iter().for_each(|line| out.push_str(&format!("{line}\n")));
        }
        out
    }

    fn example(&self, example: &Example) -> String {
        let text = |text: &Option<String>| table::safe(text.as_deref().unwrap_or("-"));
        let place = table::safe(&example.place);
        format!("{place}  {}  {}  {}", text(&example.time), text(&example.host), table::safe(&example.event))
    }

    /// Rules that only one version has, or that come to another number.
    pub(super) fn changed_rules(&self) -> Vec<RuleRow<'a>> {
        let same = |row: &RuleRow<'_>| match (row.old, row.new) {
            (Some(old), Some(new)) => (old.events, old.alerts) == (new.events, new.alerts),
            (_, _) => false,
        };
        self.rules().into_iter().filter(|row| !same(row)).collect()
    }

    pub(super) fn json(&self) -> Result<String, Failure> {
        let rule = |at: Option<usize>| at.and_then(|at| self.rule(at)).map(|rule| rule.name.as_str());
        let groups: Vec<serde_json::Value> = Kind::ALL
            .into_iter()
            .flat_map(|kind| self.tally().of(kind))
            .map(|(difference, group)| {
                let mut row = json!({
                    "change": difference.kind.word(), "count": group.count, "events": group.events, "bytes": group.bytes, "examples": group.examples,
                });
                for (key, name) in [("old_rule", rule(difference.old)), ("new_rule", rule(difference.new))] {
                    if let Some(name) = name {
                        row[key] = json!(name);
                    }
                }
                if !difference.what.is_empty() {
                    let key = if difference.kind == Kind::Field { "field" } else { "tag" };
                    row[key] = json!(difference.what);
                }
                row
            })
            .collect();
        let counted = |counts: &std::collections::BTreeMap<String, Changes>, key: &str| {
            let rows = counts.iter().map(|(name, changes)| {
                let mut row = json!(changes);
                row[key] = json!(name);
                row
            });
            rows.collect::<Vec<_>>()
        };
        let rules: Vec<serde_json::Value> = self
            .rules()
            .iter()
            .map(|row| {
                let mut told = json!({ "name": row.rule.name, "kind": row.rule.kind });
                for (key, value) in [
                    ("id", row.rule.id.as_ref().map(|id| json!(id))),
                    ("old", row.old.map(|old| json!(old))),
                    ("new", row.new.map(|new| json!(new))),
                ] {
                    if let Some(value) = value {
                        told[key] = value;
                    }
                }
                told
            })
            .collect();
        let [old, new] = self.halves().map(|half| json!({ "rules": half.side.label, "counts": half.counts }));
        let document = json!({
            "version": 1, "changed": self.is_changed(), "inputs": self.inputs, "compared": self.compared(),
            "uncompared": self.differ.uncompared, "old": old, "new": new, "changes": self.tally().changes, "groups": groups,
            "events": counted(&self.tally().events, "event"), "hosts": counted(&self.tally().hosts, "host"), "rules": rules,
        });
        let text = serde_json::to_string_pretty(&document).map_err(std::io::Error::other)?;
        Ok(format!("{}\n", render::ascii_json(text)))
    }
}

fn joined(word: &str, name: &str) -> String {
    if word.is_empty() { name.to_string() } else { format!("{word} {name}") }
}

/// Bytes matter where an event is no more, or is there again.
fn bytes_of(kind: Kind, groups: &[(&Difference, &Group)]) -> String {
    let bytes: u64 = groups.iter().map(|(_, group)| group.bytes).sum();
    match kind {
        Kind::NewlyDropped => format!(" ({} saved)", plural(bytes, "byte")),
        Kind::NewlyKept => format!(" ({} added)", plural(bytes, "byte")),
        _ => String::new(),
    }
}

/// `+3`, `-3`, `=`.
pub(super) fn signed(old: u64, new: u64) -> String {
    match i128::from(new) - i128::from(old) {
        0 => "=".to_string(),
        by => format!("{by:+}"),
    }
}

/// Events and alerts of a rule, before and after.
pub(super) fn two(row: &RuleRow<'_>) -> (String, String) {
    let text = |of: fn(&RuleSums) -> u64| {
        let one = |sums: &Option<RuleSums>| sums.as_ref().map_or("-".to_string(), |sums| of(sums).to_string());
        format!("{} -> {}", one(&row.old), one(&row.new))
    };
    let alerts = if row.rule.kind == crate::ast::RuleKind::Alert { text(|sums| sums.alerts) } else { "-".to_string() };
    (text(|sums| sums.events), alerts)
}

/// Those with most changes first.
pub(super) fn largest(counts: &std::collections::BTreeMap<String, Changes>) -> Vec<(&str, &Changes)> {
    let mut rows: Vec<(&str, &Changes)> = counts.iter().map(|(name, changes)| (name.as_str(), changes)).collect();
    rows.sort_by_key(|(_, changes)| std::cmp::Reverse(changes.events));
    rows
}

/// The columns of changes by something.
pub(super) const COLUMNS: [&str; 8] = ["DROPPED", "KEPT", "ANOTHER", "GAINED", "LOST", "OTHERWISE", "TAGS", "FIELDS"];

/// One row of them.
pub(super) fn cells(changes: &Changes) -> [u64; 8] {
    [
        changes.newly_dropped,
        changes.newly_kept,
        changes.dropped_by_another,
        changes.alerts_gained,
        changes.alerts_lost,
        changes.alerts_otherwise,
        changes.tags_changed,
        changes.fields_changed,
    ]
}

/// Only columns in which there is something.
pub(super) fn used(rows: &[(&str, &Changes)]) -> Vec<usize> {
    (0..COLUMNS.len()).filter(|column| rows.iter().any(|(_, changes)| cells(changes)[*column] > 0)).collect()
}

fn by(what: &str, counts: Vec<(&str, &Changes)>) -> String {
    let used = used(&counts);
    let mut header: Vec<&str> = used.iter().map(|column| COLUMNS[*column]).collect();
    header.extend(["BYTES KEPT", what]);
    let rows: Vec<Vec<String>> = counts
        .iter()
        .take(ROWS)
        .map(|(name, changes)| {
            let numbers = cells(changes);
            let mut row: Vec<String> = used.iter().map(|column| numbers[*column].to_string()).collect();
            row.extend([signed(changes.bytes_saved, changes.bytes_added), table::safe(name)]);
            row
        })
        .collect();
    let mut out = table::columns(&header, &rows);
    if counts.len() > ROWS {
        out.push_str(&format!("… and {} more; --format json has them\n", counts.len() - ROWS));
    }
    out
}
