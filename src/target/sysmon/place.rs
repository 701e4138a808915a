//! Where rules go in the base.
//!
//! In: alternatives by event, and the base. Out: the base's text with them, read again and looked through: every node that was there is the same. Never
//! here: what the alternatives mean.
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

use std::collections::BTreeSet;

use super::dnf::{All, Filter};
use super::{Alternative, not_in_target};
use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Sources, Span};
use crate::sysmon::config::write::{as_utf8, comment, escaped};
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
            let help = "name all events of the series with `event is`, and fields that they have in one place; or add a test of a field that only this event has";
            found.push(not_in_target(alternative.origin, message, help));
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
pub(super) struct Placed {
    pub(super) xml: String,
    pub(super) rules: usize,
    /// Names of filters that have a rule in it.
    pub(super) filters: BTreeSet<String>,
    /// Names of filters about tags that the base does not log, and the tag, each pair once.
    pub(super) unlogged: Vec<(String, &'static str)>,
}

/// An insertion into the base's text.
struct Edit {
    at: std::ops::Range<usize>,
    text: String,
}

/// Puts the rules of each tag into the base. A tag for which it has no place is one of `found`, and is left out.
pub(super) fn place(
    base: &Config,
    wanted: Vec<(&'static Tag, Vec<Group>)>,
    found: &mut Vec<Diagnostic>,
) -> Result<Placed, Vec<Diagnostic>> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut new = String::new();
    let mut placed = Placed { xml: String::new(), rules: 0, filters: BTreeSet::new(), unlogged: Vec::new() };
    for (tag, groups) in wanted {
        let nodes: Vec<&Node> = base.nodes_of(tag).map(|(_, node)| node).collect();
        let rules = groups.iter().map(|group| group.rules.len()).sum::<usize>();
        let names: BTreeSet<String> =
            groups.iter().flat_map(|group| &group.rules).map(|rule| rule.name.clone()).collect();
        match nodes.as_slice() {
            nodes if !logs(tag, nodes) => {
                placed.unlogged.extend(names.into_iter().map(|name| (name, tag.name)));
                continue;
            }
            [] if groups.len() > 1 => {
                unreachable_series(tag, base, found);
                continue;
            }
            [node] if node.on_match == OnMatch::Exclude => match own(base, node, &groups) {
                Ok(edit) => edits.push(edit),
                Err(finding) => {
                    found.push(*finding);
                    continue;
                }
            },
            [] | [_] | [..] => {
                for group in &groups {
                    new.push_str(&format!(
                        "    <RuleGroup name=\"\" groupRelation=\"or\">\n      <{} onmatch=\"exclude\">\n",
                        tag.name
                    ));
                    written(&group.rules, &mut new);
                    new.push_str(&format!("      </{}>\n    </RuleGroup>\n", tag.name));
                }
            }
        }
        placed.rules += rules;
        placed.filters.extend(names);
    }
    if !new.is_empty() {
        edits.push(at_the_end(base, &new));
    }
    // From behind, so that places before stay.
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.at.start));
    let mut text = base.text.to_string();
    let windows = base.text.contains("\r\n");
    for Edit { at, text: new } in edits {
        let new = new.replace("\r\n", "\n");
        text.replace_range(at, &if windows { new.replace('\n', "\r\n") } else { new });
    }
    placed.xml = as_utf8(&text).into_owned();
    look_through(base, &placed.xml)?;
    Ok(placed)
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
fn own(base: &Config, node: &Node, groups: &[Group]) -> Result<Edit, Box<Diagnostic>> {
    let tag = node.tag.name;
    let origin = base.origin(node.tag_span);
    if groups.len() > 1 {
        let message = format!("the base has one exclude node of `{tag}`, and these filters need several");
        let help = "a second one would switch all logging of the tag off: give filters for one event of the series alone, or add an include node to the base";
        return Err(Box::new(not_in_target(origin, message, help)));
    }
    // The node is bound anew: to the first event that has all fields, old and new.
    let fields: Vec<&str> = node.filters().map(|filter| filter.field.value.as_str()).collect();
    for group in groups {
        let new = group.rules.iter().flat_map(|rule| &rule.all).map(|filter| filter.field.as_str());
        let all: Vec<&str> = fields.iter().copied().chain(new).collect();
        let bound = node.tag.ids.iter().copied().find(|id| all.iter().all(|field| has(*id, field)));
        let moved = |rule: &&Alternative| {
            bound.is_none_or(|bound| sees(node.tag, bound, &rule.all) != sees(node.tag, group.bound, &rule.all))
        };
        if let Some(rule) = group.rules.iter().find(moved) {
            let message =
                format!("the base has one exclude node of `{tag}`, about another event of its series than this filter");
            let help = "a second node would switch all logging of the tag off: give filters on fields that the node has already, or add an include node to the base";
            return Err(Box::new(not_in_target(rule.origin, message, help).related(origin, "the node")));
        }
    }
    let mut rules = String::new();
    for group in groups {
        written(&group.rules, &mut rules);
    }
    let whole = base.text.get(node.span.range()).unwrap_or_default();
    let empty = node.span == node.tag_span;
    if node.relation == Relation::And && !(one_is_enough(node) && node.group.is_none()) {
        let message = format!(
            "the one exclude node of `{tag}` in the base wants all of its filters at once, so no other can be added"
        );
        let help = "put it into <RuleGroup groupRelation=\"or\">, its filters into one <Rule groupRelation=\"and\"> where they are needed together";
        return Err(Box::new(not_in_target(origin, message, help)));
    }
    let opening = base.text.get(node.tag_span.range()).unwrap_or_default();
    let opening = if empty { format!("{}>", opening.trim_end_matches("/>").trim_end()) } else { opening.to_string() };
    let inside =
        if empty { String::new() } else { whole.get(node.tag_span.range().len()..).unwrap_or_default().to_string() };
    let close = if empty { format!("      </{tag}>") } else { inside };
    let text =
        format!("{opening}\n{rules}{}", if empty { close } else { close.trim_start_matches(['\r', '\n']).to_string() });
    let text = match node.relation {
        Relation::Or => text,
        Relation::And => format!("<RuleGroup name=\"\" groupRelation=\"or\">\n      {text}\n    </RuleGroup>"),
    };
    Ok(Edit { at: node.span.range(), text })
}

/// New nodes as the last of the base.
fn at_the_end(base: &Config, new: &str) -> Edit {
    let filtering = base
        .document
        .elements
        .iter()
        .rev()
        .find(|element| element.parent == Some(0) && element.name.value == "EventFiltering");
    let block = |text: &str| format!("  <EventFiltering>\n{text}  </EventFiltering>");
    let end_of = |span: Span| span.end as usize;
    // The beginning of the line of a closing tag, if only blanks stand before it.
    let closing = |span: Span| {
        let text = base.text.get(span.range()).unwrap_or_default();
        let tag = span.start as usize + text.rfind("</").unwrap_or(0);
        let line = base.text.get(..tag).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let blank = base.text.get(line..tag).is_some_and(|text| text.trim().is_empty());
        if blank { line } else { tag }
    };
    match (filtering, base.document.elements.first()) {
        (Some(element), _) if element.span == element.tag => {
            Edit { at: element.span.range(), text: block(new).trim_start().to_string() }
        }
        (Some(element), _) => {
            let at = closing(element.span);
            let before = if base.text.get(..at).is_some_and(|text| text.ends_with('\n')) { "" } else { "\n" };
            Edit { at: at..at, text: format!("{before}{new}") }
        }
        (None, Some(root)) if root.span == root.tag => {
            let tag = base.text.get(root.tag.range()).unwrap_or_default().trim_end_matches("/>").trim_end();
            Edit { at: root.span.range(), text: format!("{tag}>\n{}\n</Sysmon>", block(new)) }
        }
        (None, Some(root)) => {
            let at = closing(root.span);
            let before = if base.text.get(..at).is_some_and(|text| text.ends_with('\n')) { "" } else { "\n" };
            Edit { at: at..at, text: format!("{before}{}\n", block(new)) }
        }
        // A configuration has a root.
        (None, None) => Edit { at: end_of(base.schema.span)..end_of(base.schema.span), text: String::new() },
    }
}

/// Rules as text, each filter of the program under its name.
fn written(rules: &[Alternative], out: &mut String) {
    let mut name = None;
    for rule in rules {
        if name != Some(&rule.name) {
            out.push_str(&format!("        <!-- {} -->\n", comment(&rule.name)));
            name = Some(&rule.name);
        }
        out.push_str("        <Rule groupRelation=\"and\">\n");
        for Filter { field, condition, value } in &rule.all {
            out.push_str(&format!("          <{field} condition=\"{condition}\">{}</{field}>\n", escaped(value)));
        }
        out.push_str("        </Rule>\n");
    }
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
            return Err(vec![not_in_target(base.origin(node.tag_span), message, help)]);
        }
    }
    Ok(())
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
