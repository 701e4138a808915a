//! Why an event is logged or not, in words and places.
//!
//! In: a configuration, a decision, the event. Out: an [`Explained`], which people and scripts get alike. Never here: deciding.

use std::collections::BTreeSet;

use serde::Serialize;

use super::event::{EventFields, Viewed};
use super::model::{Config, Decision, Filter, FilterAt, Item, Why};
use super::{OnMatch, Relation, bind, twin};
use crate::origin::{LineColumn, Lines, Sources, Span};

/// Where something stands in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// The configuration.
    pub file: String,
    /// Line and column, from 1.
    #[serde(flatten)]
    pub at: LineColumn,
    /// The same as bytes of the text.
    #[serde(skip)]
    pub span: Span,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.at.line, self.at.column)
    }
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Is it logged?
    pub logged: bool,
    /// The RuleName that it gets; none where it gets none, and of an event that is not logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    /// Where that name is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_at: Option<Spot>,
    /// Why, in one sentence.
    pub why: String,
    /// The node that matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeSpot>,
    /// The Rule in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Spot>,
    /// The filter that decided; where several had to match, the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<FilterSpot>,
    /// What [`nearest`] says, where somebody asked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
}

/// A Rule with `and` that an event meets in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// The Rule in one line.
    pub rule: String,
    /// Where it stands.
    pub at: Spot,
    /// The filters that do not match.
    pub missing: Vec<FilterSpot>,
}

/// A node that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeSpot {
    /// Its tag.
    pub tag: &'static str,
    /// `include`, `exclude`.
    pub on_match: &'static str,
    /// `or`, `and`.
    pub relation: &'static str,
    /// Where it stands.
    pub at: Spot,
}

/// A filter that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilterSpot {
    /// Its field.
    pub field: String,
    /// Its condition.
    pub condition: &'static str,
    /// Its value.
    pub value: String,
    /// The same with variables put in, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<String>,
    /// What the event has there.
    pub seen: String,
    /// Where it stands.
    pub at: Spot,
}

/// Where everything of a configuration stands, for as many questions as there are.
#[derive(Clone, Debug)]
pub struct Spots {
    file: String,
    text: std::sync::Arc<str>,
    lines: Lines,
}

impl Spots {
    /// Of this configuration.
    pub fn new(config: &Config, sources: &Sources) -> Spots {
        let text = config.text.clone();
        Spots { file: sources.name(config.source).to_string(), lines: Lines::new(&text), text }
    }

    /// Where a span begins.
    pub fn of(&self, span: Span) -> Spot {
        let (line, column) = self.lines.position(&self.text, span.start as usize);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Spot { file: self.file.clone(), at: LineColumn { line: number(line), column: number(column) }, span }
    }
}

/// A filter in one line: `Image image "cmd.exe"`.
pub fn described(filter: &Filter) -> String {
    format!("{} {} {:?}", filter.field.value, filter.condition.word(), filter.value.value)
}

/// Where the name of a filter is written: its own, its Rule's or its group's.
fn name_span(config: &Config, at: FilterAt) -> Option<Span> {
    let filter = config.filter(at)?;
    if let Some(own) = &filter.own_name {
        return Some(own.span);
    }
    let node = config.nodes.get(at.node as usize)?;
    if let Some(Item::Rule(rule)) = node.items.get(at.item as usize)
        && let Some(name) = &rule.name
    {
        return Some(name.span);
    }
    config.groups.get(node.group?)?.name.as_ref().map(|name| name.span)
}

/// Explains a decision.
pub fn explain(config: &Config, spots: &Spots, decision: &Decision, event: &dyn EventFields) -> Explained {
    let tag = crate::sysmon::tags::of_event(event.id()).map_or("", |tag| tag.name);
    let mut explained = Explained {
        logged: decision.logged,
        rule_name: config.name_of(decision).filter(|_| decision.logged).map(String::from),
        name_at: decision
            .named
            .filter(|_| decision.logged)
            .and_then(|at| name_span(config, at))
            .map(|span| spots.of(span)),
        why: String::new(),
        node: None,
        rule: None,
        filter: None,
        nearest: None,
    };
    explained.why = match decision.why {
        Why::Always => "no configuration filters such events".to_string(),
        Why::NoNode if decision.logged => format!("no node is about {tag}, which is logged by default"),
        Why::NoNode => format!("no node is about {tag}, which is not logged by default"),
        Why::NoMatch if decision.logged => format!("no exclude rule about {tag} matches"),
        Why::NoMatch => format!("no include rule about {tag} matches"),
        Why::NoneMatches => format!("no rule about {tag} matches, and with several nodes that means: not logged"),
        Why::Matches { node: number, filter: at } => {
            let (Some(node), Some(filter)) = (config.nodes.get(number as usize), config.filter(at)) else {
                return explained;
            };
            explained.filter = Some(filter_spot(filter, spots, event));
            if let Some(Item::Rule(rule)) = node.items.get(at.item as usize) {
                explained.rule = Some(spots.of(rule.span));
            }
            explained.node = Some(NodeSpot {
                tag: node.tag.name,
                on_match: node.on_match.word(),
                relation: node.relation.word(),
                at: spots.of(node.span),
            });
            format!("an {} node about {tag} matches", node.on_match.word())
        }
    };
    explained
}

fn filter_spot(filter: &Filter, spots: &Spots, event: &dyn EventFields) -> FilterSpot {
    let mut buffer = String::new();
    FilterSpot {
        field: filter.field.value.clone(),
        condition: filter.condition.word(),
        value: filter.value.value.clone(),
        compared: filter.compared().filter(|value| *value != filter.value.value).map(String::from),
        seen: event.text(filter.position, &mut buffer).to_string(),
        at: spots.of(filter.span),
    }
}

/// Of an event that no rule includes: of the Rules with `and` that include its kind, the one that lacks the fewest filters and has at least one; of
/// several the first. All rules are gone through, which is for one event and not for thousands.
pub fn nearest(config: &Config, spots: &Spots, decision: &Decision, event: &dyn EventFields) -> Option<Nearest> {
    if decision.logged || !matches!(decision.why, Why::NoMatch | Why::NoneMatches) {
        return None;
    }
    let tag = crate::sysmon::tags::of_event(event.id())?;
    let nodes = config.nodes_of(tag).map(|(_, node)| node);
    let rules = nodes
        .filter(|node| node.on_match == OnMatch::Include && node.bound == event.id())
        .flat_map(|node| &node.items)
        .filter_map(|item| match item {
            Item::Rule(rule) if rule.relation == Relation::And => Some((item, rule)),
            Item::Rule(_) | Item::Filter(_) => None,
        });
    let missing = rules.filter_map(|(item, rule)| {
        let mut buffer = String::new();
        let mut fails = |filter: &&Filter| {
            let text = event.text(filter.position, &mut buffer);
            !filter.compared().is_some_and(|value| twin::compare(filter.condition, value, text))
        };
        let missing: Vec<&Filter> = rule.filters.iter().filter(|filter| fails(filter)).collect();
        (!missing.is_empty() && missing.len() < rule.filters.len()).then_some((item, rule.span, missing))
    });
    let (found, span, missing) = missing.min_by_key(|(.., missing)| missing.len())?;
    let missing = missing.into_iter().map(|filter| filter_spot(filter, spots, event)).collect();
    Some(Nearest { rule: item(found), at: spots.of(span), missing })
}

/// What the parts of a node say of an event, each asked alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Does the node match?
    pub node: bool,
    /// Of each item, whether it does, and whether each of its filters does.
    pub items: Vec<(bool, Vec<bool>)>,
}

/// Asks all parts of a node. Nothing where the event is not one that the node is about.
pub fn met(config: &Config, node: usize, event: &dyn EventFields) -> Option<Met> {
    let whole = config.nodes.get(node).filter(|node| node.tag.ids.contains(&event.id()))?;
    let mut buffer = String::new();
    let mut holds = |filter: &Filter| {
        bind::applies(whole.bound, event.id(), filter)
            && twin::compare(filter.condition, &filter.value.value, event.text(filter.position, &mut buffer))
    };
    let items = whole.items.iter().map(|item| {
        let filters: Vec<bool> = item.filters().iter().map(&mut holds).collect();
        let all = match item {
            Item::Rule(rule) if rule.relation == Relation::And => filters.iter().all(|held| *held),
            Item::Rule(_) | Item::Filter(_) => filters.contains(&true),
        };
        (all, filters)
    });
    Some(Met { items: items.collect(), node: twin::matches(whole, event) })
}

/// Did the event's form lose a field that a filter of its tag asks for?
pub fn lost(config: &Config, event: &Viewed<'_>) -> bool {
    // Hardly any form does, and thousands of filters ask for a few fields. A page has few events and no room for the question.
    #[cfg(not(target_arch = "wasm32"))]
    if !event.lost_any() {
        return false;
    }
    let Some(tag) = crate::sysmon::tags::of_event(event.id()) else { return false };
    config.nodes_of(tag).any(|(_, node)| {
        node.bound == event.id() && node.filters().any(|filter| event.undecidable(filter.position).is_some())
    })
}

/// What decided of a configuration over many events.
#[derive(Clone, Debug, Default)]
pub struct Fired {
    /// Node and item.
    items: BTreeSet<(u32, u32)>,
}

impl Fired {
    /// Takes a decision down.
    pub fn note(&mut self, config: &Config, decision: &Decision) {
        let Why::Matches { node, filter } = decision.why else { return };
        let Some(whole) = config.nodes.get(node as usize) else { return };
        match whole.relation {
            super::Relation::Or => _ = self.items.insert((node, filter.item)),
            // All of it was needed.
            super::Relation::And => self.items.extend((0..).take(whole.items.len()).map(|item| (node, item))),
        }
    }

    /// How many rules there are (filters outside of Rules, and Rules), and those that never decided, in the order of the text.
    pub fn never<'c>(&self, config: &'c Config) -> (usize, Vec<&'c Item>) {
        let all =
            (0..).zip(&config.nodes).flat_map(|(n, node)| (0..).zip(&node.items).map(move |(i, item)| ((n, i), item)));
        let (mut count, mut never) = (0, Vec::new());
        for (at, item) in all {
            count += 1;
            if !self.items.contains(&at) {
                never.push(item);
            }
        }
        (count, never)
    }
}

/// An item in one line.
pub fn item(item: &Item) -> String {
    match item {
        Item::Filter(filter) => described(filter),
        Item::Rule(rule) => {
            let filters: Vec<String> = rule.filters.iter().map(described).collect();
            filters.join(&format!(" {} ", rule.relation.word()))
        }
    }
}
