//! What is different between two configurations.
//!
//! In: two configurations. Out: options and rules that only one of them has, by tag; rules that give another name; what happens to events that nothing
//! matches; whether the rules that both have are asked in another order. Never here: events; whoever has some decides them by both.
//!
//! The order says which name an event gets, never whether it is logged. It is no difference where it cannot matter: between rules that give the same name,
//! and between those of exclude nodes that leave none behind.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::explain::{self, Spot, Spots};
use super::model::{Config, Item, Node, OnMatch, Relation};
use crate::origin::Sources;
use crate::sysmon::tags::{TAGS, Tag};

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The version of the schema, or an option.
    Setting {
        /// `schemaversion`, or the option's name.
        name: String,
        /// Before; none where it was not there.
        old: Option<String>,
        /// Now.
        new: Option<String>,
    },
    /// What happens to events of a tag that nothing matches.
    Otherwise {
        /// The tag.
        tag: &'static str,
        /// Are they logged now? They were not before, or the other way round.
        logged: bool,
    },
    /// A rule that was not there.
    Added(Rule),
    /// A rule that is not there any more.
    Removed(Rule),
    /// A rule that gives another name.
    Renamed {
        /// The rule, where it stands now.
        #[serde(flatten)]
        rule: Rule,
        /// The name that it gave before.
        old: Option<String>,
    },
    /// The rules that both have are asked in another order, or in other nodes, so that events may get other names.
    Reordered {
        /// The tag.
        tag: &'static str,
        /// `include`, `exclude`.
        on_match: &'static str,
    },
}

/// A filter outside of Rules, a Rule, or a whole node that wants all of what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The tag.
    pub tag: &'static str,
    /// `include`, `exclude`.
    pub on_match: &'static str,
    /// In one line.
    pub text: String,
    /// The name that it gives.
    pub name: Option<String>,
    /// Where it stands.
    pub at: Spot,
}

/// All changes from one configuration to another: settings, then tag by tag.
pub fn diff(old: &Config, new: &Config, sources: &Sources) -> Vec<Change> {
    let mut changes = settings(old, new);
    let spots = [old, new].map(|config| Spots::new(config, sources));
    for tag in TAGS {
        let (before, now) = (otherwise(old, tag), otherwise(new, tag));
        if before != now {
            changes.push(Change::Otherwise { tag: tag.name, logged: now });
        }
        for on_match in [OnMatch::Exclude, OnMatch::Include] {
            let (before, now) = (rules(old, tag, on_match, &spots[0]), rules(new, tag, on_match, &spots[1]));
            compare(before, now, &mut changes);
            if order(old, new, tag, on_match) {
                changes.push(Change::Reordered { tag: tag.name, on_match: on_match.word() });
            }
        }
    }
    changes
}

fn settings(old: &Config, new: &Config) -> Vec<Change> {
    let all = |config: &Config| -> Vec<(String, String)> {
        let schema = ("schemaversion".to_string(), config.schema.value.to_string());
        let options = config.options.iter().map(|option| (option.name.value.clone(), option.value.clone()));
        std::iter::once(schema).chain(options).collect()
    };
    let (before, now) = (all(old), all(new));
    // The first counts.
    let first = |list: &[(String, String)]| -> FxHashMap<String, String> { list.iter().rev().cloned().collect() };
    let (old_values, new_values) = (first(&before), first(&now));
    let mut names: Vec<&String> = before.iter().chain(&now).map(|(name, _)| name).collect();
    let mut seen = rustc_hash::FxHashSet::default();
    names.retain(|name| seen.insert(*name));
    names
        .into_iter()
        .map(|name| (name, old_values.get(name).cloned(), new_values.get(name).cloned()))
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| Change::Setting { name: name.clone(), old, new })
        .collect()
}

/// Is an event of a tag logged that nothing matches?
pub(super) fn otherwise(config: &Config, tag: &'static Tag) -> bool {
    let nodes: Vec<&Node> = config.nodes_of(tag).map(|(_, node)| node).collect();
    match nodes.as_slice() {
        [] => tag.logged,
        [node] => node.on_match == OnMatch::Exclude,
        [..] => false,
    }
}

/// What of a node can be compared: where one item is enough it falls apart.
fn parts(node: &Node) -> impl Iterator<Item = &[Item]> {
    let together = match node.relation {
        Relation::And => node.items.len().max(1),
        Relation::Or => 1,
    };
    node.items.chunks(together)
}

/// A part in words.
fn text(part: &[Item]) -> String {
    match part {
        [item] => explain::item(item),
        items => {
            let texts: Vec<String> = items.iter().map(explain::item).collect();
            format!("all of ({})", texts.join("), ("))
        }
    }
}

/// The name that a part gives: the last that has one wins.
fn name(part: &[Item]) -> Option<&str> {
    part.iter().flat_map(Item::filters).rev().find_map(|filter| filter.name.as_deref())
}

/// The rules of a tag as they can be compared.
fn rules(config: &Config, tag: &'static Tag, on_match: OnMatch, spots: &Spots) -> Vec<Rule> {
    let nodes = config.nodes_of(tag).map(|(_, node)| node).filter(|node| node.on_match == on_match);
    let parts = nodes.flat_map(|node| parts(node).map(move |part| (node, part)));
    let rule = |(node, part): (&Node, &[Item])| {
        let span = if let [item] = part { item.span() } else { node.span };
        let (text, name) = (text(part), name(part).map(String::from));
        Rule { tag: tag.name, on_match: on_match.word(), text, name, at: spots.of(span) }
    };
    parts.map(rule).collect()
}

/// A rule by which it is known again: its text without regard to case, and its name.
type Key = (String, Option<String>);

/// Are the rules that both have asked in another order, of which a name can tell?
fn order(old: &Config, new: &Config, tag: &'static Tag, on_match: OnMatch) -> bool {
    let [before, now] = [old, new].map(|config| asked(config, tag, on_match));
    let mut counts: FxHashMap<&Key, [usize; 2]> = FxHashMap::default();
    for (side, list) in [&before, &now].into_iter().enumerate() {
        for (key, _) in list {
            if let Some(count) = counts.entry(key).or_default().get_mut(side) {
                *count += 1;
            }
        }
    }
    let turns = |list: &'_ [(Key, Vec<Option<&str>>)]| -> Vec<Key> {
        let mut left: FxHashMap<&Key, usize> = counts.iter().map(|(key, [a, b])| (*key, *a.min(b))).collect();
        let mut both: Vec<&(Key, Vec<Option<&str>>)> = list.iter().collect();
        both.retain(|(key, _)| {
            left.get_mut(key).is_some_and(|left| std::mem::replace(left, left.saturating_sub(1)) > 0)
        });
        // Neighbours that give the same one name may change places.
        for alike in both.chunk_by_mut(|(_, one), (_, other)| one == other && one.len() < 2) {
            alike.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        both.into_iter().map(|(key, _)| key.clone()).collect()
    };
    turns(&before) != turns(&now)
}

/// The rules of a tag in the order in which Sysmon asks them, with all names that an event can have of each.
fn asked<'c>(config: &'c Config, tag: &'static Tag, on_match: OnMatch) -> Vec<(Key, Vec<Option<&'c str>>)> {
    let nodes = config.nodes_of(tag).map(|(_, node)| node).filter(|node| node.on_match == on_match);
    let rule = |part: &'c [Item]| {
        // What one filter excludes has no name; what several exclude together leaves one behind where a later one fails.
        let stays = match (on_match, part) {
            (OnMatch::Include, _) => true,
            (OnMatch::Exclude, [Item::Rule(rule)]) => rule.relation == Relation::And,
            (OnMatch::Exclude, part) => part.len() > 1,
        };
        let mut names: Vec<Option<&str>> =
            part.iter().flat_map(Item::filters).map(|filter| filter.name.as_deref()).filter(|_| stays).collect();
        names.sort_unstable();
        names.dedup();
        if on_match == OnMatch::Exclude && names == [None] {
            names.clear();
        }
        ((text(part).to_ascii_lowercase(), name(part).map(String::from)), names)
    };
    nodes.rev().flat_map(parts).map(rule).collect()
}

/// Rules are compared without regard to case, as Sysmon compares.
fn compare(before: Vec<Rule>, now: Vec<Rule>, changes: &mut Vec<Change>) {
    type Left = FxHashMap<String, VecDeque<Rule>>;
    let mut left: Left = FxHashMap::default();
    let mut order: Vec<String> = Vec::new();
    for rule in before {
        let key = rule.text.to_ascii_lowercase();
        order.push(key.clone());
        left.entry(key).or_default().push_back(rule);
    }
    let mut added = Vec::new();
    for rule in now {
        let same = left.get_mut(&rule.text.to_ascii_lowercase()).filter(|rules| !rules.is_empty());
        match same {
            Some(rules) => {
                // One with the same name, if there is one.
                let at = rules.iter().position(|old| old.name == rule.name).unwrap_or(0);
                let old = rules.remove(at).and_then(|old| old.name);
                if old != rule.name {
                    added.push(Change::Renamed { rule, old });
                }
            }
            None => added.push(Change::Added(rule)),
        }
    }
    for key in order {
        if let Some(rule) = left.get_mut(&key).and_then(VecDeque::pop_front) {
            changes.push(Change::Removed(rule));
        }
    }
    changes.extend(added);
}
