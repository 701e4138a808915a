//! What is in a configuration.
//!
//! In: a configuration. Out: counts by tag, and the techniques that its names speak of. Never here: whether that is much.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::model::{Config, Item, OnMatch};
use crate::sysmon::rule_name::{RuleName, technique_url};
use crate::sysmon::tags::TAGS;

/// Counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// The version of its schema.
    pub schema: String,
    /// How the file is encoded.
    pub encoding: &'static str,
    /// Its options in their order.
    pub options: Vec<(String, String)>,
    /// What is said of each tag; those of which nothing is said are left out.
    pub tags: Vec<TagStats>,
    /// Sums.
    pub total: Counts,
    /// The techniques that names speak of, by id.
    pub techniques: Vec<Technique>,
    /// Names that speak of none.
    pub other_names: Vec<String>,
}

/// Counts of one tag, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Nodes.
    pub nodes: usize,
    /// Filters outside of Rules, and Rules, in include nodes.
    pub include: usize,
    /// The same in exclude nodes.
    pub exclude: usize,
    /// Rules among them.
    pub rules: usize,
    /// Filters, those in Rules too.
    pub filters: usize,
    /// Filters that give a name.
    pub named: usize,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagStats {
    /// Its name.
    pub tag: &'static str,
    /// The ids of its events.
    pub events: &'static [u32],
    /// Counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// Different techniques.
    pub techniques: usize,
    /// Are events logged that nothing matches?
    pub otherwise_logged: bool,
}

/// One technique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Technique {
    /// Its id.
    pub id: String,
    /// What the first name that has one calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Is the id one that ATT&CK has given up?
    pub retired: bool,
    /// Its page, or that of the technique in its place.
    pub url: String,
    /// Filters outside of Rules, and Rules, that speak of it.
    pub rules: usize,
    /// The tags that they are about.
    pub tags: Vec<&'static str>,
}

/// The names that an item gives, each once.
fn names(item: &Item) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let names = item.filters().iter().filter_map(|filter| filter.name.as_deref());
    names.filter(|name| seen.insert(*name)).collect()
}

/// Counts a configuration.
pub fn stats(config: &Config) -> Stats {
    let mut stats = Stats {
        schema: config.schema.value.to_string(),
        encoding: config.encoding.name(),
        options: config.options.iter().map(|option| (option.name.value.clone(), option.value.clone())).collect(),
        ..Stats::default()
    };
    let mut techniques: BTreeMap<String, Technique> = BTreeMap::new();
    let mut other_names: BTreeSet<String> = BTreeSet::new();
    for tag in TAGS {
        let mut counts = Counts::default();
        let mut of_tag: BTreeSet<String> = BTreeSet::new();
        for (_, node) in config.nodes_of(tag) {
            counts.nodes += 1;
            match node.on_match {
                OnMatch::Include => counts.include += node.items.len(),
                OnMatch::Exclude => counts.exclude += node.items.len(),
            }
            for item in &node.items {
                counts.rules += usize::from(matches!(item, Item::Rule(_)));
                counts.filters += item.filters().len();
                counts.named += item.filters().iter().filter(|filter| filter.name.is_some()).count();
                let mut seen: BTreeSet<String> = BTreeSet::new();
                for name in names(item) {
                    let parsed = RuleName::parse(name);
                    let ids = parsed.as_ref().map(|parsed| parsed.techniques.as_slice()).unwrap_or_default();
                    if ids.is_empty() && !other_names.contains(name) {
                        other_names.insert(name.to_string());
                    }
                    for id in ids.iter().filter(|id| !seen.contains(id.as_str())).cloned().collect::<Vec<_>>() {
                        let retired = parsed.as_ref().is_some_and(|parsed| parsed.retired().any(|other| other == id));
                        let technique = techniques.entry(id.clone()).or_insert_with(|| Technique {
                            name: None,
                            retired,
                            url: technique_url(&id),
                            rules: 0,
                            tags: Vec::new(),
                            id: id.clone(),
                        });
                        technique.rules += 1;
                        if technique.name.is_none() && ids.len() == 1 {
                            technique.name = parsed.as_ref().and_then(|parsed| parsed.technique_name.clone());
                        }
                        if !technique.tags.contains(&tag.name) {
                            technique.tags.push(tag.name);
                        }
                        of_tag.insert(id.clone());
                        seen.insert(id);
                    }
                }
            }
        }
        if counts.nodes == 0 {
            continue;
        }
        let one = config.nodes_of(tag).next().filter(|_| counts.nodes == 1);
        stats.tags.push(TagStats {
            tag: tag.name,
            events: tag.ids,
            counts,
            techniques: of_tag.len(),
            otherwise_logged: one.is_some_and(|(_, node)| node.on_match == OnMatch::Exclude),
        });
        let total = &mut stats.total;
        total.nodes += counts.nodes;
        total.include += counts.include;
        total.exclude += counts.exclude;
        total.rules += counts.rules;
        total.filters += counts.filters;
        total.named += counts.named;
    }
    stats.techniques = techniques.into_values().collect();
    stats.other_names = other_names.into_iter().collect();
    stats
}
