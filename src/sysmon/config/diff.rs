//! What is different between two configurations.
//!
//! In: two configurations. Out: options and rules that only one of them has, by tag; rules that give another name; what happens to events that nothing
//! matches. Never here: events; whoever has some decides them by both.
//!
//! The order of nodes and rules is no difference here, though it can decide which name an event gets: that shows on events.

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
fn otherwise(config: &Config, tag: &'static Tag) -> bool {
    let nodes: Vec<&Node> = config.nodes_of(tag).map(|(_, node)| node).collect();
    match nodes.as_slice() {
        [] => tag.logged,
        [node] => node.on_match == OnMatch::Exclude,
        [..] => false,
    }
}

/// The rules of a tag as they can be compared: nodes in which one is enough fall apart.
fn rules(config: &Config, tag: &'static Tag, on_match: OnMatch, spots: &Spots) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (_, node) in config.nodes_of(tag).filter(|(_, node)| node.on_match == on_match) {
        let rule = |text: String, items: &[Item], span| Rule {
            tag: tag.name,
            on_match: on_match.word(),
            text,
            // The last that has one wins.
            name: items
                .iter()
                .flat_map(Item::filters)
                .rev()
                .find_map(|filter| filter.name.as_deref().map(String::from)),
            at: spots.of(span),
        };
        match node.relation {
            Relation::And if node.items.len() > 1 => {
                let texts: Vec<String> = node.items.iter().map(explain::item).collect();
                rules.push(rule(format!("all of ({})", texts.join("), (")), &node.items, node.span));
            }
            Relation::And | Relation::Or => {
                rules.extend(
                    node.items.iter().map(|item| rule(explain::item(item), std::slice::from_ref(item), item.span())),
                );
            }
        }
    }
    rules
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
