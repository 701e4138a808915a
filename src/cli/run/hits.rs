//! Hits of alerts, counted: by level, by alert, by host, by technique.
//!
//! In: an alert that was raised on an event, again and again. Out: counts with their first and last times, in one order whatever came first;
//! as text for people and as data for JSON. Never here: what a hit is, which the decider says; memory that grows with the events.
//!
//! A hit is an alert on an event, however many messages it sends.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::told::{RuleName, rule_name};
use crate::ast::{RuleSeverity, Timestamp};
use crate::bytecode::Module;
use crate::cli::source::plural;
use crate::cli::table::{self, safe};
use crate::pipeline::Who;

/// Hosts that are counted one by one; endpoints write their names.
const HOSTS: usize = 10_000;
/// Bytes of a host's name that are kept, far more than any has.
const HOST_BYTES: usize = 256;
/// Hosts and techniques that people are shown.
const TOLD: usize = 25;

/// A number of hits, and when they came.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    hits: u64,
    first: Option<(i64, String)>,
    last: Option<(i64, String)>,
}

impl Seen {
    fn hit(&mut self, time: Option<&(i64, String)>) {
        self.hits += 1;
        self.reach(time);
    }

    fn reach(&mut self, time: Option<&(i64, String)>) {
        let Some(time) = time else { return };
        if self.first.as_ref().is_none_or(|first| time.0 < first.0) {
            self.first = Some(time.clone());
        }
        // Of equal times that one which is told first.
        if self.last.as_ref().is_none_or(|last| time.0 > last.0) {
            self.last = Some(time.clone());
        }
    }

    fn add(&mut self, later: &Seen) {
        self.hits += later.hits;
        self.reach(later.first.as_ref());
        self.reach(later.last.as_ref());
    }

    /// The times, as the events have them.
    fn times(&self) -> (Option<&str>, Option<&str>) {
        fn of(time: Option<&(i64, String)>) -> Option<&str> {
            time.map(|(_, text)| text.as_str())
        }
        (of(self.first.as_ref()), of(self.last.as_ref()))
    }
}

/// All hits of a run.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Hits {
    /// Events on which there was one.
    events: u64,
    rules: FxHashMap<u32, Seen>,
    /// In the order in which they came, so that the same ones have room with any number of threads.
    hosts: Vec<(String, Seen)>,
    host_at: FxHashMap<String, usize>,
    /// Hits on hosts for which there was no room, or that had no name.
    other_hosts: Seen,
}

impl Hits {
    /// Counts the alerts that were raised on an event, each once.
    pub(super) fn note(&mut self, rules: &[u32], who: &Who<'_>) {
        if rules.is_empty() {
            return;
        }
        let time = who.time.as_ref().and_then(|text| Some((Timestamp::parse(text)?.nanoseconds()?, text.clone())));
        self.events += 1;
        for rule in rules {
            self.rules.entry(*rule).or_default().hit(time.as_ref());
        }
        let host = self.host(who.host.as_deref().unwrap_or_default());
        rules.iter().for_each(|_| host.hit(time.as_ref()));
    }

    fn host(&mut self, name: &str) -> &mut Seen {
        let at = match self.host_at.get(name) {
            Some(at) => Some(*at),
            None if name.is_empty() || name.len() > HOST_BYTES || self.hosts.len() >= HOSTS => None,
            None => {
                self.hosts.push((name.to_string(), Seen::default()));
                self.host_at.insert(name.to_string(), self.hosts.len() - 1);
                Some(self.hosts.len() - 1)
            }
        };
        match at.and_then(|at| self.hosts.get_mut(at)) {
            Some((_, seen)) => seen,
            None => &mut self.other_hosts,
        }
    }

    /// Adds what came later.
    pub(super) fn add(&mut self, later: &Hits) {
        self.events += later.events;
        for (rule, seen) in &later.rules {
            self.rules.entry(*rule).or_default().add(seen);
        }
        for (host, seen) in &later.hosts {
            self.host(host).add(seen);
        }
        self.other_hosts.add(&later.other_hosts);
    }

    /// In order, with the rules' names.
    pub(super) fn counted<'m>(&'m self, module: &'m Module) -> Counted<'m> {
        let mut rules: Vec<RuleHits<'m>> = self
            .rules
            .iter()
            .map(|(rule, seen)| {
                let (first, last) = seen.times();
                RuleHits { rule: rule_name(module, *rule), hits: seen.hits, first, last }
            })
            .collect();
        // The gravest first, of equal ones the most frequent.
        rules.sort_by(|a, b| {
            (b.rule.severity, b.hits, a.rule.name, a.rule.id).cmp(&(a.rule.severity, a.hits, b.rule.name, b.rule.id))
        });
        let mut levels: BTreeMap<Option<RuleSeverity>, (u64, u64)> = BTreeMap::new();
        let mut techniques: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for rule in &rules {
            let mut of_rule: Vec<&str> = rule.rule.techniques.iter().map(String::as_str).collect();
            of_rule.sort_unstable();
            of_rule.dedup();
            let add = |sum: &mut (u64, u64)| *sum = (sum.0 + rule.hits, sum.1 + 1);
            add(levels.entry(rule.rule.severity).or_default());
            of_rule.into_iter().for_each(|technique| add(techniques.entry(technique).or_default()));
        }
        let mut hosts: Vec<HostHits<'m>> = self
            .hosts
            .iter()
            .map(|(host, seen)| {
                let (first, last) = seen.times();
                HostHits { host, hits: seen.hits, first, last }
            })
            .collect();
        hosts.sort_by(|a, b| (b.hits, a.host).cmp(&(a.hits, b.host)));
        let mut techniques: Vec<TechniqueHits<'m>> =
            techniques.into_iter().map(|(technique, (hits, rules))| TechniqueHits { technique, hits, rules }).collect();
        techniques.sort_by(|a, b| (b.hits, a.technique).cmp(&(a.hits, b.technique)));
        Counted {
            hits: rules.iter().map(|rule| rule.hits).sum(),
            events: self.events,
            levels: levels
                .into_iter()
                .rev()
                .map(|(level, (hits, rules))| LevelHits {
                    level: level.map_or("none", RuleSeverity::word),
                    hits,
                    rules,
                })
                .collect(),
            rules,
            hosts,
            other_hosts: self.other_hosts.hits,
            techniques,
        }
    }
}

/// Hits, as they are told.
#[derive(Debug, Serialize)]
pub(super) struct Counted<'m> {
    hits: u64,
    events: u64,
    levels: Vec<LevelHits>,
    pub(super) rules: Vec<RuleHits<'m>>,
    hosts: Vec<HostHits<'m>>,
    #[serde(skip_serializing_if = "none")]
    other_hosts: u64,
    techniques: Vec<TechniqueHits<'m>>,
}

#[derive(Debug, Serialize)]
struct LevelHits {
    level: &'static str,
    hits: u64,
    rules: u64,
}

/// Hits of one alert.
#[derive(Debug, Serialize)]
pub(super) struct RuleHits<'m> {
    #[serde(flatten)]
    pub(super) rule: RuleName<'m>,
    pub(super) hits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<&'m str>,
}

#[derive(Debug, Serialize)]
struct HostHits<'m> {
    host: &'m str,
    hits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<&'m str>,
}

#[derive(Debug, Serialize)]
struct TechniqueHits<'m> {
    technique: &'m str,
    hits: u64,
    rules: u64,
}

fn none(count: &u64) -> bool {
    *count == 0
}

impl Counted<'_> {
    /// In one sentence.
    pub(super) fn summed(&self) -> String {
        let (hits, alerts) = (plural(self.hits, "hit"), plural(self.rules.len() as u64, "alert"));
        format!("{hits} of {alerts} on {}", plural(self.events, "event"))
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        let mut out = format!("{}\n", self.summed());
        if self.hits == 0 {
            return out;
        }
        let mut part = |header: &[&str], rows: Vec<Vec<String>>, left: usize, what: &str| {
            if !rows.is_empty() {
                out.push('\n');
                out.push_str(&table::columns(header, &rows));
            }
            if left > 0 {
                out.push_str(&format!("… and {left} more {what}\n"));
            }
        };
        let time = |time: Option<&str>| safe(time.unwrap_or("-"));
        let levels = self.levels.iter().map(|row| vec![row.hits.to_string(), row.rules.to_string(), row.level.into()]);
        part(&["HITS", "ALERTS", "LEVEL"], levels.collect(), 0, "");
        let rules = self.rules.iter().map(|row| {
            let level = row.rule.severity.map_or("none", RuleSeverity::word).to_string();
            vec![row.hits.to_string(), level, time(row.first), time(row.last), safe(row.rule.name)]
        });
        part(&["HITS", "LEVEL", "FIRST", "LAST", "ALERT"], rules.collect(), 0, "");
        let left = self.hosts.len().saturating_sub(TOLD);
        let hosts = self.hosts.iter().take(TOLD);
        let hosts = hosts.map(|row| vec![row.hits.to_string(), time(row.first), time(row.last), safe(row.host)]);
        let unnamed = (self.other_hosts > 0).then(|| {
            let rest = ["-".to_string(), "-".to_string(), "(no name, or no room for it)".to_string()];
            std::iter::once(self.other_hosts.to_string()).chain(rest).collect()
        });
        part(&["HITS", "FIRST", "LAST", "HOST"], hosts.chain(unnamed).collect(), left, "hosts");
        let left = self.techniques.len().saturating_sub(TOLD);
        let techniques = self.techniques.iter().take(TOLD);
        let techniques =
            techniques.map(|row| vec![row.hits.to_string(), row.rules.to_string(), safe(row.technique)]).collect();
        part(&["HITS", "ALERTS", "TECHNIQUE"], techniques, left, "techniques");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(host: &str, second: u32) -> Who<'static> {
        let time = Some(format!("2026-03-01T10:00:{second:02}.000Z"));
        Who { time, host: Some(host.to_string()), ..Who::default() }
    }

    /// Hits, host by host, of the rules 0 and 1.
    fn counted(events: &[(&str, u32)]) -> Hits {
        let mut hits = Hits::default();
        events.iter().for_each(|(host, second)| hits.note(&[0, 1], &who(host, *second)));
        hits
    }

    #[test]
    fn parts_come_to_what_the_whole_is() {
        let events = [("a", 5), ("b", 1), ("", 3), ("a", 9), ("c", 9), ("b", 7)];
        let whole = counted(&events);
        let mut parts = counted(&events[..3]);
        parts.add(&counted(&events[3..]));
        assert_eq!((whole.events, &whole.rules, &whole.hosts), (parts.events, &parts.rules, &parts.hosts));
        assert_eq!(whole.other_hosts, parts.other_hosts);
        let (first, last) = whole.rules[&0].times();
        assert_eq!((first, last), (Some("2026-03-01T10:00:01.000Z"), Some("2026-03-01T10:00:09.000Z")));
        assert_eq!((whole.rules[&1].hits, whole.hosts[0].1.hits), (6, 4));
    }

    #[test]
    fn hosts_beyond_the_room_are_counted_together() {
        let mut hits = Hits::default();
        for host in 0..HOSTS + 5 {
            hits.note(&[0], &who(&host.to_string(), 1));
        }
        hits.note(&[0], &who("0", 2));
        hits.note(&[0], &who(&"x".repeat(HOST_BYTES + 1), 3));
        assert_eq!((hits.hosts.len(), hits.hosts[0].1.hits, hits.other_hosts.hits), (HOSTS, 2, 6));
    }
}
