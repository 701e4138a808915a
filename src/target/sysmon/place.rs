//! Where rules go in the base.
//!
//! In: alternatives by event, and the base. Out: the base's text with them, read again and looked through: every node that was there is the same. Never
//! here: what the alternatives mean; how text is laid out.
//!
//! | the base has of the tag | the rules go |
//! | --- | --- |
//! | nothing, and it is logged by default | into a new exclude node, whose default is to log too |
//! | nothing, and it is not | nowhere: nothing is logged anyway |
//! | only include nodes without rules, or several nodes of which none includes anything | nowhere, for the same reason |
//! | one include node, or several nodes | into a new exclude node at the end, which Sysmon asks first |
//! | one exclude node with `or` | into that, in front |
//! | one exclude node with `and`, outside of a group, whose filters are all on one field, or which has none | into that, in a group with `or` |
//! | another exclude node with `and` | nowhere: refused |
//! | a rule of the same filters in an exclude node, where one is enough | nowhere: it is dropped already |

use std::collections::BTreeSet;

use super::dnf::{All, Filter};
use super::insert::{self, Edit};
use super::{Alternative, not_in_target};
use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Sources};
use crate::sysmon::config::write::as_utf8;
use crate::sysmon::config::{self, Condition, Config, Encoding, Item, Node, OnMatch, Relation};
use crate::sysmon::fields_of;
use crate::sysmon::tags::Tag;

/// Rules that can stand in one node.
pub(super) struct Group {
    rules: Vec<Alternative>,
    /// The event that the node is bound to.
    bound: u32,
}

/// A filter that every event meets, for a rule that drops all: there is no rule without filters.
fn always() -> Filter {
    Filter::new("UtcTime", Condition::Excludes, "|")
}

/// The alternatives of a tag's events as rules. What holds for one event of a series has to be seen there and nowhere else.
pub(super) fn groups(
    tag: &'static Tag,
    per_event: Vec<(u32, Vec<Alternative>)>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Group> {
    let mut all: Vec<(Alternative, Vec<u32>)> = Vec::new();
    for (id, alternatives) in per_event {
        for mut alternative in alternatives {
            if alternative.all.is_empty() {
                alternative.all.push(always());
            }
            match all.iter_mut().find(|(other, _)| other.all == alternative.all) {
                Some((_, ids)) => ids.push(id),
                None => all.push((alternative, vec![id])),
            }
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for (alternative, ids) in all {
        let bound = tag.ids.iter().copied().find(|id| alternative.all.iter().all(|filter| has(*id, &filter.field)));
        let seen: Vec<u32> = bound.iter().flat_map(|bound| sees(tag, *bound, &alternative.all)).collect();
        // Another rule of the same filter may already say it for the other events.
        if bound.is_none() || seen != ids {
            let names = |ids: &[u32]| ids.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            let message = format!(
                "Sysmon's configuration cannot say this of event {} alone: its `{}` is about {}, and would see it in {}",
                names(&ids),
                tag.name,
                names(tag.ids),
                if seen.is_empty() { "none".to_string() } else { names(&seen) }
            );
            found.push(not_in_target(alternative.origin, message, way_out(&ids, &seen)));
            continue;
        }
        let bound = bound.unwrap_or_default();
        match groups.iter_mut().find(|group| group.bound == bound) {
            Some(group) => group.rules.push(alternative),
            None => groups.push(Group { rules: vec![alternative], bound }),
        }
    }
    groups
}

/// What only this event of its series has in EventType.
const KINDS: [(u32, &str); 7] = [
    (13, "SetValue"),
    (14, "RenameKey"),
    (17, "CreatePipe"),
    (18, "ConnectPipe"),
    (19, "WmiFilterEvent"),
    (20, "WmiConsumerEvent"),
    (21, "WmiBindingEvent"),
];

fn way_out(ids: &[u32], seen: &[u32]) -> String {
    let general = "name all events of the series with `event is`, and fields that they have in one place";
    let kind = KINDS.iter().find(|(id, _)| ids == [*id] && seen.contains(id));
    match kind {
        Some((_, kind)) => format!("{general}; that it is this one says `EventType == '{kind}'` beside them"),
        None => format!("{general}; or add a test of a field that only this event has"),
    }
}

fn has(id: u32, field: &str) -> bool {
    fields_of(id).any(|name| name == field)
}

/// The events of a tag in which a node that is bound to one of them sees all of these fields.
fn sees(tag: &'static Tag, bound: u32, all: &All) -> Vec<u32> {
    let same = |id: u32, field: &str| {
        let place = |id: u32| fields_of(id).position(|name| name == field);
        place(id).is_some() && place(id) == place(bound)
    };
    tag.ids.iter().copied().filter(|id| all.iter().all(|filter| same(*id, &filter.field))).collect()
}

/// What came of it.
#[derive(Default)]
pub(super) struct Placed {
    pub(super) xml: String,
    pub(super) rules: usize,
    /// Names of filters that have a rule in it.
    pub(super) filters: BTreeSet<String>,
    /// Names of filters about tags that the base does not log, and the tag, each pair once.
    pub(super) unlogged: Vec<(String, &'static str)>,
    /// Names of filters of which a rule stands in the base already.
    pub(super) there: BTreeSet<String>,
}

/// Puts the rules of each tag into the base. A tag for which it has no place is one of `found`, and is left out.
pub(super) fn place(
    base: &Config,
    wanted: Vec<(&'static Tag, Vec<Group>)>,
    found: &mut Vec<Diagnostic>,
) -> Result<Placed, Vec<Diagnostic>> {
    let mut edits: Vec<(u32, Vec<Edit>)> = Vec::new();
    let mut new = Vec::new();
    let mut placed = Placed::default();
    for (tag, mut groups) in wanted {
        let nodes: Vec<&Node> = base.nodes_of(tag).map(|(_, node)| node).collect();
        if !logs(tag, &nodes) {
            let names: BTreeSet<String> =
                groups.iter().flat_map(|group| &group.rules).map(|rule| rule.name.clone()).collect();
            placed.unlogged.extend(names.into_iter().map(|name| (name, tag.name)));
            continue;
        }
        for Group { rules, bound } in &mut groups {
            rules.retain(|rule| {
                let there = stands(&nodes, *bound, rule);
                if there {
                    placed.there.insert(rule.name.clone());
                }
                !there
            });
        }
        groups.retain(|group| !group.rules.is_empty());
        match nodes.as_slice() {
            [] if groups.len() > 1 => {
                unreachable_series(tag, base, found);
                continue;
            }
            [_] if groups.is_empty() => {}
            [node] if node.on_match == OnMatch::Exclude => match own(base, node, &groups) {
                Ok(into) => edits.push((node.span.start, into)),
                Err(findings) => {
                    found.extend(findings);
                    continue;
                }
            },
            [] | [_] | [..] => {
                for group in &groups {
                    new.push((0, "<RuleGroup name=\"\" groupRelation=\"or\">".to_string()));
                    new.push((1, format!("<{} onmatch=\"exclude\">", tag.name)));
                    insert::rules(&group.rules, 2, &mut new);
                    new.push((1, format!("</{}>", tag.name)));
                    new.push((0, "</RuleGroup>".to_string()));
                }
            }
        }
        let rules = groups.iter().flat_map(|group| &group.rules);
        placed.rules += rules.clone().count();
        placed.filters.extend(rules.map(|rule| rule.name.clone()));
    }
    // In the order of the text.
    edits.sort_by_key(|(start, _)| *start);
    let mut edits: Vec<Edit> = edits.into_iter().flat_map(|(_, edits)| edits).collect();
    if !new.is_empty() {
        edits.extend(insert::at_the_end(base, &new));
    }
    placed.xml = as_utf8(&insert::apply(base, edits)).into_owned();
    look_through(base, &placed.xml)?;
    Ok(placed)
}

/// Is it dropped already by the same filters in an exclude node?
fn stands(nodes: &[&Node], bound: u32, rule: &Alternative) -> bool {
    let says = |item: &Item| {
        let filters = item.filters();
        let all = match item {
            Item::Filter(_) => true,
            Item::Rule(rule) => rule.relation == Relation::And || filters.len() == 1,
        };
        let same = |wanted: &Filter| {
            filters.iter().any(|filter| {
                filter.field.value == wanted.field
                    && filter.condition == wanted.condition
                    && filter.value.value == wanted.value
            })
        };
        all && filters.len() == rule.all.len() && rule.all.iter().all(same)
    };
    nodes.iter().any(|node| {
        node.on_match == OnMatch::Exclude
            && (node.relation == Relation::Or || one_is_enough(node))
            && sees(node.tag, node.bound, &rule.all) == sees(node.tag, bound, &rule.all)
            && node.items.iter().any(says)
    })
}

/// Is any event of a tag logged?
fn logs(tag: &Tag, nodes: &[&Node]) -> bool {
    match nodes {
        [] => tag.logged,
        [node] if node.on_match == OnMatch::Exclude => true,
        nodes => nodes.iter().any(|node| node.on_match == OnMatch::Include && !node.items.is_empty()),
    }
}

/// Tags that are logged by default have one event each; kept as a finding rather than as a promise.
fn unreachable_series(tag: &Tag, base: &Config, found: &mut Vec<Diagnostic>) {
    let message = format!("the base has no node of `{}`, and several would be needed", tag.name);
    found.push(not_in_target(Origin::whole(base.source), message, "add an exclude node of this tag to the base"));
}

/// The rules in the base's one exclude node.
fn own(base: &Config, node: &Node, groups: &[Group]) -> Result<Vec<Edit>, Vec<Diagnostic>> {
    let tag = node.tag.name;
    let origin = base.origin(node.tag_span);
    if groups.len() > 1 {
        let message = format!("the base has one exclude node of `{tag}`, and these filters need several");
        let help = "a second one would switch all logging of the tag off: give filters for one event of the series alone, or add an include node to the base";
        return Err(vec![not_in_target(origin, message, help)]);
    }
    // The node is bound anew: to the first event that has all fields, old and new.
    let fields: Vec<&str> = node.filters().map(|filter| filter.field.value.as_str()).collect();
    let mut refusals = Vec::new();
    for group in groups {
        let new = group.rules.iter().flat_map(|rule| &rule.all).map(|filter| filter.field.as_str());
        let all: Vec<&str> = fields.iter().copied().chain(new).collect();
        let bound = node.tag.ids.iter().copied().find(|id| all.iter().all(|field| has(*id, field)));
        let moved = |rule: &&Alternative| {
            bound.is_none_or(|bound| sees(node.tag, bound, &rule.all) != sees(node.tag, group.bound, &rule.all))
        };
        let refused = group.rules.iter().filter(moved).map(|rule| {
            let message =
                format!("the base has one exclude node of `{tag}`, about another event of its series than this filter");
            let help = "a second node would switch all logging of the tag off: give filters on fields that the node has already, or add an include node to the base";
            not_in_target(rule.origin, message, help).related(origin, "the node")
        });
        refusals.extend(refused);
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    if node.relation == Relation::And && !(one_is_enough(node) && node.group.is_none()) {
        let message = format!(
            "the one exclude node of `{tag}` in the base wants all of its filters at once, so no other can be added"
        );
        let help = "put it into <RuleGroup groupRelation=\"or\">, its filters into one <Rule groupRelation=\"and\"> where they are needed together";
        return Err(vec![not_in_target(origin, message, help)]);
    }
    let mut lines = Vec::new();
    insert::rules(groups.iter().flat_map(|group| &group.rules), 0, &mut lines);
    Ok(insert::into_node(base, node, &lines))
}

/// What was written has to be the base and rules, and nothing else.
fn look_through(base: &Config, text: &str) -> Result<(), Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let (again, found) = config::read_text(&mut sources, "written", text, Encoding::Utf8);
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    let wrong = |message: String| {
        vec![not_in_target(
            Origin::whole(base.source),
            message,
            "write the base in its canonical layout first: blocksieve import sysmon BASE -o BASE",
        )]
    };
    let Some(again) = again.filter(|_| errors.is_empty()) else {
        let first = errors.first().map_or("it is no configuration", |error| error.message.as_str());
        return Err(wrong(format!("the rules cannot be put into this base: {first}")));
    };
    if again.options.len() != base.options.len() || again.schema.value != base.schema.value {
        return Err(wrong("the rules cannot be put into this base: its options would change".to_string()));
    }
    let mut moved = Vec::new();
    for (index, node) in base.nodes.iter().enumerate() {
        // New nodes come behind all others, new rules in front of those of their node.
        let now = again.nodes.get(index);
        let kept = now.is_some_and(|now| {
            let new = now.items.len().saturating_sub(node.items.len());
            let old = now.items.get(new..).unwrap_or_default();
            let relation = now.relation == node.relation || one_is_enough(node);
            now.tag == node.tag
                && now.on_match == node.on_match
                && relation
                && old.iter().zip(&node.items).all(|(a, b)| same(now, a, node, b))
        });
        if !kept {
            let message = format!(
                "with these rules the node of `{}` in the base would mean something else: it would be bound to another event of its series",
                node.tag.name
            );
            let help = "give filters that use the fields of one event of the series, or add an include node of the tag to the base";
            moved.push(not_in_target(base.origin(node.tag_span), message, help));
        }
    }
    if moved.is_empty() { Ok(()) } else { Err(moved) }
}

/// Is one of the items of a node enough, whatever its relation? Filters on one field are alternatives even where all fields are wanted.
fn one_is_enough(node: &Node) -> bool {
    let field = |item: &Item| match item {
        Item::Filter(filter) => Some(filter.position),
        Item::Rule(_) => None,
    };
    let first = node.items.first().and_then(field);
    node.items.iter().all(|item| field(item).is_some() && field(item) == first)
}

/// Do two items see the same fields of the same events, and say the same of them?
fn same(now: &Node, a: &Item, node: &Node, b: &Item) -> bool {
    let (a, b) = (a.filters(), b.filters());
    let seen = |node: &Node, filter: &config::Filter| -> Vec<bool> {
        let place = |id: u32| fields_of(id).position(|name| name == filter.field.value);
        node.tag
            .ids
            .iter()
            .map(|id| *id == node.bound || (place(*id).is_some() && place(*id) == place(node.bound)))
            .collect()
    };
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.field.value == b.field.value
                && a.condition == b.condition
                && a.value.value == b.value.value
                && a.name == b.name
                && seen(now, a) == seen(node, b)
        })
}
