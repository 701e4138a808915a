//! Decisions of `run`, told: as JSON, as rows of a table, and what a run comes to.
//!
//! In: decisions and counts. Out: texts, and data that are written as JSON. Never here: what is decided, and where it is written.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::alert::data::Threshold;
use crate::ast::{RuleKind, RuleSeverity};
use crate::bytecode::Module;
use crate::cli::{source, table};

/// A rule, as decisions name it.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct RuleName<'m> {
    pub(in crate::cli) name: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) id: Option<&'m str>,
    pub(in crate::cli) kind: RuleKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) severity: Option<RuleSeverity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) status: Option<&'m str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(in crate::cli) techniques: &'m [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(in crate::cli) labels: &'m [String],
}

/// An alert that was raised.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct Alert<'m> {
    pub(in crate::cli) rule: RuleName<'m>,
    pub(in crate::cli) via: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) template: Option<&'m str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(in crate::cli) to: &'m [String],
    /// The same was sent so short a time ago that this is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::cli) quiet: bool,
    /// What was counted, where a `when` told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) threshold: Option<Threshold>,
}

/// A rule that failed, or cannot be decided.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct Notice<'m> {
    pub(in crate::cli) rule: RuleName<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) test: Option<&'m str>,
    pub(in crate::cli) why: &'static str,
}

/// One decision, as JSON says it.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct Decision<'m> {
    pub(in crate::cli) file: &'m str,
    /// Line, or record id.
    pub(in crate::cli) record: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) event: Option<&'m str>,
    pub(in crate::cli) decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) rule: Option<RuleName<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) agent_tags: Vec<&'m str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) tags: Vec<&'m str>,
    /// By which rules, tag by tag.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::cli) tagged_by: BTreeMap<&'m str, &'m str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) removed: Vec<&'m str>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub(in crate::cli) set: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) alerts: Vec<Alert<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) failed: Vec<Notice<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) undecidable: Vec<Notice<'m>>,
}

/// Counts over a run.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::cli) struct Counts {
    pub(in crate::cli) events: u64,
    pub(in crate::cli) dropped: u64,
    pub(in crate::cli) kept: u64,
    pub(in crate::cli) alerts: u64,
    /// Alerts that were not sent, as the same were a short time ago.
    #[serde(skip_serializing_if = "none")]
    pub(in crate::cli) quiet: u64,
    pub(in crate::cli) bytes: u64,
    pub(in crate::cli) bytes_dropped: u64,
    pub(in crate::cli) damaged: u64,
    pub(in crate::cli) failed: u64,
    pub(in crate::cli) undecidable: u64,
}

impl Counts {
    /// Adds what was counted elsewhere.
    pub(in crate::cli) fn add(&mut self, other: &Counts) {
        self.events += other.events;
        self.dropped += other.dropped;
        self.kept += other.kept;
        self.alerts += other.alerts;
        self.quiet += other.quiet;
        self.bytes += other.bytes;
        self.bytes_dropped += other.bytes_dropped;
        self.damaged += other.damaged;
        self.failed += other.failed;
        self.undecidable += other.undecidable;
    }
}

fn none(count: &u64) -> bool {
    *count == 0
}

/// What one rule did over a run.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct RuleCount<'m> {
    #[serde(flatten)]
    pub(in crate::cli) rule: RuleName<'m>,
    /// Events on which it dropped, tagged, set, removed or sent.
    pub(in crate::cli) events: u64,
}

pub(in crate::cli) fn rule_name(module: &Module, index: u32) -> RuleName<'_> {
    let rule = &module.rules[index as usize];
    RuleName {
        name: &rule.name,
        id: rule.id.as_deref(),
        kind: rule.kind,
        severity: rule.severity,
        status: rule.status.as_deref(),
        techniques: &rule.techniques,
        labels: &rule.labels,
    }
}

pub(in crate::cli) fn row(decision: &Decision<'_>, place: &str) -> Vec<String> {
    let event = match (decision.event, &decision.event_id) {
        (Some(name), Some(id)) => format!("{id} {}", name.trim_start_matches("sysmon.")),
        (_, Some(id)) => id.clone(),
        (_, None) => "-".to_string(),
    };
    let mut by: Vec<String> = decision.rule.iter().map(|rule| rule.name.to_string()).collect();
    by.extend(decision.alerts.iter().map(told_by));
    if !decision.tags.is_empty() {
        by.push(format!("[{}]", decision.tags.join(", ")));
    }
    let word = if decision.alerts.iter().all(|alert| alert.quiet) { decision.decision } else { "alert" };
    let safe = |text: &Option<String>| table::safe(text.as_deref().unwrap_or("-"));
    vec![
        table::safe(place),
        safe(&decision.time),
        safe(&decision.host),
        table::safe(&event),
        word.to_string(),
        table::safe(&by.join("; ")),
    ]
}

fn told_by(alert: &Alert<'_>) -> String {
    let how = if alert.quiet { "quiet" } else { alert.via };
    match &alert.threshold {
        Some(threshold) => {
            let key: Vec<&str> = threshold.key.values().filter_map(serde_json::Value::as_str).collect();
            let of = if key.is_empty() { String::new() } else { format!(" of {}", key.join(", ")) };
            format!("{} ({how}: {}{of})", alert.rule.name, threshold.distinct.unwrap_or(threshold.count))
        }
        None => format!("{} ({how})", alert.rule.name),
    }
}

/// Rules without any event that are named.
const IDLE: usize = 5;

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "0 %".to_string() } else { format!("{:.1} %", part as f64 * 100.0 / whole as f64) }
}

/// Of rules, what each did; of rules too, on how many events each could not be decided, and why.
pub(in crate::cli) fn summary(
    counts: &Counts,
    rules: &[&RuleCount<'_>],
    cannot: &[(&RuleCount<'_>, &(u64, &'static str))],
    totals: &source::Totals,
) -> String {
    let plural = |n: u64, word: &str| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
    let mut out = format!(
        "{} from {}: {} dropped ({}; {} of bytes), {} kept, {}\n",
        plural(counts.events, "event"),
        plural(totals.inputs, "input"),
        counts.dropped,
        percent(counts.dropped, counts.events),
        percent(counts.bytes_dropped, counts.bytes),
        counts.kept,
        plural(counts.alerts, "alert"),
    );
    if counts.quiet > 0 {
        out.truncate(out.trim_end().len());
        out.push_str(&format!(", and {} that stayed quiet\n", counts.quiet));
    }
    let most = rules.iter().map(|rule| rule.events).max().unwrap_or(0).to_string().len();
    for rule in rules.iter().filter(|rule| rule.events > 0) {
        out.push_str(&format!("  {:>most$}  {} {:?}\n", rule.events, rule.rule.kind.word(), rule.rule.name));
    }
    // The rules that did nothing are the ones to look at, as long as they can be looked at.
    let idle: Vec<&RuleCount<'_>> = rules.iter().copied().filter(|rule| rule.events == 0).collect();
    match idle.as_slice() {
        [] => {}
        few if few.len() <= IDLE => {
            for rule in few {
                out.push_str(&format!("  {:>most$}  {} {:?}\n", 0, rule.rule.kind.word(), rule.rule.name));
            }
        }
        many => out.push_str(&format!("  {:>most$}  by {} other rules\n", 0, many.len())),
    }
    for (rule, (count, why)) in cannot.iter().filter(|(_, (count, _))| *count > 0) {
        out.push_str(&format!("  {:?} cannot be decided for {}: {why}\n", rule.rule.name, plural(*count, "event")));
    }
    if counts.damaged > 0 {
        out.push_str(&format!("  {} damaged and skipped\n", plural(counts.damaged, "record")));
    }
    if totals.stats.duplicate_keys > 0 {
        out.push_str(&format!(
            "  {} in records; the first counts\n",
            plural(totals.stats.duplicate_keys, "repeated key")
        ));
    }
    out
}
