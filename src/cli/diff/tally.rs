//! Differences, counted: in all, by host, by event, by rule; and a few events to look at.
//!
//! In: the differences of one event after the other. Out: sums. Never here: comparing, printing.
//!
//! Memory does not grow with the log: there are as many groups as rules, tags and fields give, each with a few examples, and at most
//! [`KEYS`] hosts and kinds of event; what comes after them is counted under [`OTHERS`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::compare::{Difference, Kind};

/// Hosts, or kinds of event, that are counted one by one.
pub(super) const KEYS: usize = 10_000;
/// What the others are counted under.
pub(super) const OTHERS: &str = "(others)";

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Changes {
    /// Events with any difference.
    pub(super) events: u64,
    pub(super) newly_dropped: u64,
    pub(super) newly_kept: u64,
    pub(super) dropped_by_another: u64,
    pub(super) tags_changed: u64,
    pub(super) fields_changed: u64,
    pub(super) alerts_gained: u64,
    pub(super) alerts_lost: u64,
    pub(super) alerts_otherwise: u64,
    /// Bytes of events that are newly dropped.
    pub(super) bytes_saved: u64,
    /// Bytes of events that are newly kept.
    pub(super) bytes_added: u64,
}

impl Changes {
    fn note(&mut self, found: &[Difference], bytes: u64) {
        let of = |kind: Kind| found.iter().filter(|difference| difference.kind == kind).count() as u64;
        let tags = of(Kind::TagGained) + of(Kind::TagLost);
        self.events += u64::from(!found.is_empty());
        self.newly_dropped += of(Kind::NewlyDropped);
        self.newly_kept += of(Kind::NewlyKept);
        self.dropped_by_another += of(Kind::ByAnother);
        self.tags_changed += u64::from(tags > 0);
        self.fields_changed += u64::from(of(Kind::Field) > 0);
        self.alerts_gained += of(Kind::AlertGained);
        self.alerts_lost += of(Kind::AlertLost);
        self.alerts_otherwise += of(Kind::AlertOtherwise);
        self.bytes_saved += bytes * of(Kind::NewlyDropped);
        self.bytes_added += bytes * of(Kind::NewlyKept);
    }
}

/// An event to look at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Example {
    /// Where it stands, as `explain` takes it.
    pub(super) place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<String>,
    /// Which one, for people.
    pub(super) event: String,
    pub(super) bytes: u64,
    /// The conditions of the rule that matters, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// Differences of one kind, by the same rules, about the same thing.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// Differences: of alerts, more than one an event.
    pub(super) count: u64,
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) examples: Vec<Example>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) changes: Changes,
    pub(super) groups: BTreeMap<Difference, Group>,
    pub(super) hosts: BTreeMap<String, Changes>,
    pub(super) events: BTreeMap<String, Changes>,
}

impl Tally {
    /// Counts what was found for one event. `example` makes one of it for a group that has fewer than `most`.
    pub(super) fn note(
        &mut self,
        found: Vec<Difference>,
        bytes: u64,
        (host, event): (&str, &str),
        most: usize,
        example: &mut dyn FnMut(&Difference) -> Example,
    ) {
        if found.is_empty() {
            return;
        }
        self.changes.note(&found, bytes);
        slot(&mut self.hosts, host).note(&found, bytes);
        slot(&mut self.events, event).note(&found, bytes);
        let mut shown = BTreeSet::new();
        for difference in found {
            let group = self.groups.entry(difference.clone()).or_default();
            group.count += 1;
            // Two alerts of one rule are two, and the event is one.
            if shown.insert(difference.clone()) {
                group.events += 1;
                group.bytes += bytes;
                if group.examples.len() < most {
                    group.examples.push(example(&difference));
                }
            }
        }
    }

    /// The groups of one kind, the largest first.
    pub(super) fn of(&self, kind: Kind) -> Vec<(&Difference, &Group)> {
        let mut groups: Vec<_> = self.groups.iter().filter(|(difference, _)| difference.kind == kind).collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
        groups
    }
}

fn slot<'m>(map: &'m mut BTreeMap<String, Changes>, key: &str) -> &'m mut Changes {
    let known = map.contains_key(key) || map.len() < KEYS;
    map.entry(if known { key } else { OTHERS }.to_string()).or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_beyond_the_limit_are_counted_together_and_none_is_lost() {
        let mut tally = Tally::default();
        let dropped = Difference { kind: Kind::NewlyDropped, old: None, new: Some(0), what: String::new() };
        let example = |_: &Difference| Example {
            place: "a:1".to_string(),
            time: None,
            host: None,
            event: "22".to_string(),
            bytes: 7,
            why: None,
        };
        for host in 0..KEYS + 5 {
            tally.note(vec![dropped.clone()], 7, (&format!("h{host}"), "22"), 2, &mut { example });
        }
        tally.note(vec![dropped.clone()], 7, ("h0", "22"), 2, &mut { example });
        let all = (KEYS + 6) as u64;
        assert_eq!((tally.hosts.len(), tally.hosts[OTHERS].events, tally.hosts["h0"].events), (KEYS + 1, 5, 2));
        assert_eq!(tally.hosts.values().map(|changes| changes.newly_dropped).sum::<u64>(), all);
        assert_eq!((tally.changes.events, tally.changes.bytes_saved), (all, 7 * all));
        let group = &tally.groups[&dropped];
        assert_eq!((group.count, group.bytes, group.examples.len()), (all, 7 * all, 2));
    }

    #[test]
    fn two_alerts_of_one_rule_for_one_event_are_two_alerts_of_one_event() {
        let mut tally = Tally::default();
        let lost = Difference { kind: Kind::AlertLost, old: Some(0), new: None, what: String::new() };
        let example = |_: &Difference| Example {
            place: "a:1".to_string(),
            time: None,
            host: None,
            event: "22".to_string(),
            bytes: 7,
            why: None,
        };
        tally.note(vec![lost.clone(), lost.clone()], 7, ("h", "22"), 3, &mut { example });
        assert_eq!((tally.changes.events, tally.changes.alerts_lost), (1, 2));
        let group = &tally.groups[&lost];
        assert_eq!((group.count, group.events, group.bytes, group.examples.len()), (2, 1, 7, 1));
    }
}
