//! Several pieces as one configuration.
//!
//! In: configurations. Out: the text of one that has one include and one exclude node a tag, with `or`, and in it the rules of all pieces in their order,
//! with their comments; and where the pieces say different things. Never here: a choice between them that is not told.
//!
//! | of the pieces | becomes |
//! | --- | --- |
//! | schema version | the highest |
//! | an option | the first that says it; a later one that says something else is told |
//! | a node with `or`, or with one filter | its filters and Rules, as they are written |
//! | a node with `and` of filters on different fields | one Rule with `and` |
//! | another node with `and` | refused: no Rule says that |
//! | the name of a group | a name of each of its filters and Rules that has none |
//! | the same filter with the same name again | left out |
//! | the same filter with another name; or included in one and excluded in another | told |
//! | what nothing matches is logged in one, and dropped in all together; or the other way round | told, once a tag |

use rustc_hash::FxHashMap;

use super::document::ElementId;
use super::model::{Config, Item, Node, OnMatch, Placed, Relation, Schema};
use super::write::{comment, escaped, quoted};
use super::{diff, explain};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, Sources, Span};
use crate::sysmon::tags::{TAGS, Tag};

/// What came of the pieces.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The text of the one configuration.
    pub text: String,
    /// Filters and Rules that were there already.
    pub repeated: usize,
}

/// Puts pieces together. `Err`: what cannot be put together; warnings come along in both cases.
pub fn merge(pieces: &[Config], sources: &Sources) -> (Option<Merged>, Vec<Diagnostic>) {
    let comments = pieces.iter().map(comments_of).collect();
    let mut merge = Merge { pieces, sources, comments, found: Vec::new(), repeated: 0 };
    let text = merge.text();
    let failed = merge.found.iter().any(Diagnostic::is_error);
    let merged = (!failed).then_some(Merged { text, repeated: merge.repeated });
    crate::diagnostic::sort(&mut merge.found);
    (merged, merge.found)
}

struct Merge<'p> {
    pieces: &'p [Config],
    sources: &'p Sources,
    /// Of each piece the comments in an element: how many elements of it stand before, and the place.
    comments: Vec<FxHashMap<ElementId, Vec<(usize, Span)>>>,
    found: Vec<Diagnostic>,
    repeated: usize,
}

fn comments_of(piece: &Config) -> FxHashMap<ElementId, Vec<(usize, Span)>> {
    let mut comments: FxHashMap<ElementId, Vec<(usize, Span)>> = FxHashMap::default();
    for comment in &piece.document.comments {
        if let Some(parent) = comment.parent {
            comments.entry(parent).or_default().push((comment.after, comment.span));
        }
    }
    comments
}

/// A rule that was taken, without its name: where it stands, and the name.
type Seen<'p> = FxHashMap<String, (Origin, Option<&'p str>)>;

impl<'p> Merge<'p> {
    fn text(&mut self) -> String {
        let schema = self.pieces.iter().map(|piece| piece.schema.value).max().unwrap_or(Schema { major: 4, minor: 90 });
        let mut out = format!("<Sysmon schemaversion=\"{schema}\">\n");
        self.options(&mut out);
        out.push_str("  <EventFiltering>\n");
        for tag in TAGS {
            self.switched(tag);
            let mut excluded: Seen<'p> = FxHashMap::default();
            for on_match in [OnMatch::Exclude, OnMatch::Include] {
                let mut seen: Seen<'p> = FxHashMap::default();
                let mut body = String::new();
                let mut any = false;
                for (number, piece) in self.pieces.iter().enumerate() {
                    let comments = self.comments.get_mut(number).map(std::mem::take).unwrap_or_default();
                    for (_, node) in piece.nodes_of(tag).filter(|(_, node)| node.on_match == on_match) {
                        any = true;
                        self.node(piece, &comments, node, &mut seen, &excluded, &mut body);
                    }
                    if let Some(place) = self.comments.get_mut(number) {
                        *place = comments;
                    }
                }
                if !any {
                    continue;
                }
                let (name, on) = (tag.name, on_match.word());
                out.push_str("    <RuleGroup name=\"\" groupRelation=\"or\">\n");
                match body.is_empty() {
                    true => out.push_str(&format!("      <{name} onmatch=\"{on}\"/>\n")),
                    false => out.push_str(&format!("      <{name} onmatch=\"{on}\">\n{body}      </{name}>\n")),
                }
                out.push_str("    </RuleGroup>\n");
                if on_match == OnMatch::Exclude {
                    excluded = seen;
                }
            }
        }
        out.push_str("  </EventFiltering>\n</Sysmon>\n");
        out
    }

    fn options(&mut self, out: &mut String) {
        let mut taken: FxHashMap<&str, (&str, Origin)> = FxHashMap::default();
        for piece in self.pieces {
            self.aside(piece, out);
            for option in &piece.options {
                let origin = piece.origin(option.name.span);
                match taken.get(option.name.value.as_str()) {
                    None => {
                        let name = option.name.value.as_str();
                        match option.value.is_empty() {
                            true => out.push_str(&format!("  <{name}/>\n")),
                            false => out.push_str(&format!("  <{name}>{}</{name}>\n", escaped(&option.value))),
                        }
                        taken.insert(name, (&option.value, origin));
                    }
                    Some((value, first)) if *value != option.value => {
                        let message = format!(
                            "the option `{}` is {value:?} in one piece and {:?} in another: the first counts",
                            option.name.value, option.value
                        );
                        let found = Diagnostic::new(Code::MergeConflict, origin, message);
                        self.found.push(found.related(*first, "the first").help("leave it out of all pieces but one"));
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// What becomes of events of a tag that nothing matches, where a piece alone does something else than all together.
    fn switched(&mut self, tag: &'static Tag) {
        let nodes = |on_match: OnMatch| {
            let all = self.pieces.iter().flat_map(|piece| piece.nodes_of(tag).map(move |(_, node)| (piece, node)));
            all.filter(move |(_, node)| node.on_match == on_match)
        };
        let include = nodes(OnMatch::Include).next();
        // Of each kind there will be one node.
        let logged = include.is_none();
        let other = |(piece, _): &(&Config, &Node)| diff::otherwise(piece, tag) != logged;
        let Some((piece, node)) = nodes(OnMatch::Exclude).find(other) else { return };
        let (origin, name) = (piece.origin(node.tag_span), tag.name);
        let found = match include {
            Some((includes, at)) => {
                let message = format!(
                    "this piece alone logs what its `{name}` node does not match; beside an include node that is dropped"
                );
                Diagnostic::new(Code::DefaultSwitched, origin, message)
                    .related(includes.origin(at.tag_span), "the include node")
                    .help("leave one of them out, or include all that is to be logged")
            }
            None => {
                let message = format!(
                    "this piece alone logs nothing of `{name}`, for it has several exclude nodes; in one node they log what they do not match"
                );
                Diagnostic::new(Code::MergeConflict, origin, message)
                    .help("write an empty include node if nothing of it is to be logged")
            }
        };
        self.found.push(found);
    }

    /// Comments of a piece that stand outside of its nodes and groups.
    fn aside(&self, piece: &Config, out: &mut String) {
        let outside = |parent: Option<ElementId>| match parent.and_then(|id| piece.document.elements.get(id)) {
            None => true,
            Some(element) => matches!(element.name.value.as_str(), "Sysmon" | "EventFiltering"),
        };
        for comment in piece.document.comments.iter().filter(|comment| outside(comment.parent)) {
            self.comment(piece, comment.span, 2, out);
        }
    }

    fn comment(&self, piece: &Config, span: Span, indent: usize, out: &mut String) {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(&piece.text.get(span.range()).unwrap_or_default().replace("\r\n", "\n"));
        out.push('\n');
    }

    fn node(
        &mut self,
        piece: &'p Config,
        comments: &FxHashMap<ElementId, Vec<(usize, Span)>>,
        node: &'p Node,
        seen: &mut Seen<'p>,
        excluded: &Seen<'p>,
        out: &mut String,
    ) {
        let name = self.sources.name(piece.source);
        let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
        let mut body = String::new();
        let of = |element: Option<ElementId>| {
            element.and_then(|element| comments.get(&element)).map(Vec::as_slice).unwrap_or_default()
        };
        // What stands before the node in the group around it, or in the node before the first item.
        let element = |id: ElementId| piece.document.elements.get(id);
        let group = element(node.element).and_then(|element| element.parent).filter(|_| node.group.is_some());
        let number = group.and_then(element).and_then(|group| group.children.binary_search(&node.element).ok());
        let around = of(group);
        let first = around.partition_point(|(after, _)| Some(*after) < number);
        for (_, span) in around.get(first..).unwrap_or_default().iter().take_while(|(after, _)| Some(*after) == number)
        {
            self.comment(piece, *span, 8, &mut body);
        }
        let inside: Vec<Span> = of(Some(node.element)).iter().map(|(_, span)| *span).collect();
        let mut comments = inside.into_iter().peekable();
        if node.relation == Relation::And && node.items.len() > 1 {
            for comment in comments.by_ref() {
                self.comment(piece, comment, 8, &mut body);
            }
            self.all_of(piece, node, &mut body);
        } else {
            for item in &node.items {
                while let Some(comment) = comments.next_if(|comment| comment.end <= item.span().start) {
                    self.comment(piece, comment, 8, &mut body);
                }
                self.item(piece, node, item, seen, excluded, &mut body);
            }
            for comment in comments {
                self.comment(piece, comment, 8, &mut body);
            }
        }
        if !body.is_empty() {
            out.push_str(&format!("        <!-- {} -->\n{body}", comment(file)));
        }
    }

    fn item(
        &mut self,
        piece: &'p Config,
        node: &'p Node,
        item: &'p Item,
        seen: &mut Seen<'p>,
        excluded: &Seen<'p>,
        out: &mut String,
    ) {
        let key = explain::item(item).to_ascii_lowercase();
        let name = item.filters().iter().rev().find_map(|filter| filter.name.as_deref());
        let origin = piece.origin(item.span());
        match seen.get(&key) {
            Some((_, first)) if *first == name && !matches!(item, Item::Rule(_)) => {
                self.repeated += 1;
                return;
            }
            Some((first, other)) if *other != name => {
                let message = format!(
                    "the same rule gives {:?} here and {:?} before: the first counts",
                    name.unwrap_or("-"),
                    other.unwrap_or("-")
                );
                let found = Diagnostic::new(Code::MergeConflict, origin, message);
                self.found.push(found.related(*first, "the first").help("leave one of them out"));
            }
            Some(_) => {}
            None => _ = seen.insert(key.clone(), (origin, name)),
        }
        if node.on_match == OnMatch::Include
            && let Some((other, _)) = excluded.get(&key)
        {
            let found = Diagnostic::new(
                Code::MergeConflict,
                origin,
                "another piece excludes what this rule includes: nothing of it is logged",
            );
            self.found.push(found.related(*other, "excluded here").help("leave one of them out"));
        }
        let text = piece.text.get(item.span().range()).unwrap_or_default();
        let text = self.named(piece, node, item, text.replace("\r\n", "\n"));
        out.push_str(&format!("        {text}\n"));
    }

    /// The text of an item, with the name of its group where it has none of its own.
    fn named(&self, piece: &Config, node: &Node, item: &Item, text: String) -> String {
        let group = node.group.and_then(|group| piece.groups.get(group)).and_then(|group| group.name.as_ref());
        let own = match item {
            Item::Filter(filter) => filter.own_name.is_some(),
            Item::Rule(rule) => rule.name.is_some(),
        };
        let (Some(Placed { value, .. }), false) = (group, own) else { return text };
        let element = piece.document.elements.get(item.element());
        let name = element.map_or(0, |element| element.name.value.len());
        // An empty one that is written is none, and an attribute stands once. What is behind the tag may hold the same text.
        let tag = element.map_or(0, |element| element.tag.range().len());
        let cut = piece.text.get(item.span().range()).and_then(|text| text.get(..tag)).unwrap_or_default();
        let cut = cut.replace("\r\n", "\n").len();
        let (Some(before), Some(tag), Some(behind)) = (text.get(..name + 1), text.get(name + 1..cut), text.get(cut..))
        else {
            return text;
        };
        let tag = tag.replacen(" name=\"\"", "", 1).replacen(" name=''", "", 1);
        format!("{before} name=\"{}\"{tag}{behind}", quoted(value))
    }

    /// A node that wants all of its items, as a Rule.
    fn all_of(&mut self, piece: &Config, node: &Node, out: &mut String) {
        let mut fields: Vec<u16> = Vec::new();
        let apart = node.items.iter().all(|item| match item {
            Item::Filter(filter) => {
                let new = !fields.contains(&filter.position);
                fields.push(filter.position);
                new
            }
            Item::Rule(_) => false,
        });
        if !apart {
            let message = format!(
                "this `{}` wants all of its fields, and has several filters on one of them or a Rule: no Rule says that",
                node.tag.name
            );
            let mut found = Diagnostic::new(Code::MergeConflict, piece.origin(node.tag_span), message);
            found.severity = crate::diagnostic::Severity::Error;
            self.found.push(found.help("write it as Rules in a group with groupRelation=\"or\""));
            return;
        }
        let group = node.group.and_then(|group| piece.groups.get(group)).and_then(|group| group.name.as_ref());
        let name = group.map(|name| format!(" name=\"{}\"", quoted(&name.value))).unwrap_or_default();
        out.push_str(&format!("        <Rule{name} groupRelation=\"and\">\n"));
        for item in &node.items {
            let text = piece.text.get(item.span().range()).unwrap_or_default();
            out.push_str(&format!("          {}\n", text.replace("\r\n", "\n")));
        }
        out.push_str("        </Rule>\n");
    }
}
