//! From the parser's events to documents.
//!
//! In: a text. Out: documents in flat arenas, or everything that is wrong up to the first mistake that ends reading. Never here: recursion (open
//! collections are a list), copies of what an alias stands for, words for the parser's own errors (`advice` has them).

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use super::error::{Place, YamlError, YamlErrorKind};
use super::walk::{BYTE_ORDER_MARK, Spot, Walk};
use super::{Content, Document, NodeData, NodeId, Scalar, Style, Tag, advice, character, mistake, resolve};
use crate::limits;

/// Reads a stream of documents; none beside a mistake that is no doubled key.
pub(super) fn read(text: &str) -> (Vec<Document>, Vec<YamlError>) {
    let mut reader = Reader::new(text);
    let end = character::refused(text).map_or_else(|| reader.events(text), Err);
    reader.errors.extend(end.err());
    reader.errors.sort_by_key(|error| error.place.span);
    if reader.errors.iter().any(|error| error.kind != YamlErrorKind::DuplicateKey) {
        reader.documents.clear();
    }
    (reader.documents, reader.errors)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// By indentation.
    Block,
    /// In brackets or braces.
    Flow,
    /// One pair inside brackets: `[a: b]`.
    Pair,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Mapping,
}

/// A collection that is not closed yet.
struct Open {
    node: NodeId,
    kind: Kind,
    form: Form,
    start: Spot,
    /// The parser's number of its anchor, or 0.
    anchor: usize,
    /// A key that waits for its value.
    key: Option<NodeId>,
    /// Levels below, aliases followed.
    height: usize,
    /// Nodes before it, aliases followed.
    weight_before: usize,
}

/// What an alias may stand for.
#[derive(Clone, Copy)]
struct Anchored {
    node: NodeId,
    height: usize,
    weight: usize,
}

/// What comes before a node: where its line entry begins, and where it stands itself if it is empty.
struct Before {
    entry: Spot,
    empty: Spot,
}

struct Reader<'t> {
    walk: Walk<'t>,
    /// Where the last node or bracket ended.
    ended: Spot,
    documents: Vec<Document>,
    open: Vec<Open>,
    anchors: FxHashMap<usize, Anchored>,
    /// Nodes so far, aliases followed.
    weight: usize,
    errors: Vec<YamlError>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Reader<'t> {
        let walk = Walk::new(text);
        Reader {
            ended: walk.here(),
            walk,
            documents: Vec::new(),
            open: Vec::new(),
            anchors: FxHashMap::default(),
            weight: 0,
            errors: Vec::new(),
        }
    }

    fn events(&mut self, text: &'t str) -> Result<(), YamlError> {
        for event in Parser::new_from_str(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)) {
            match event {
                Ok((event, marks)) => self.event(event, marks)?,
                Err(error) => {
                    let bracket = self.open.iter().rev().find(|open| open.form == Form::Flow);
                    let bracket = bracket.map(|open| open.start.to(open.start.offset + 1));
                    return Err(advice::explain(text, error.marker().index(), error.info(), bracket));
                }
            }
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, marks: Marks) -> Result<(), YamlError> {
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
            Event::DocumentStart(_) => self.document(),
            Event::StreamEnd => {
                self.walk.document();
                self.errors.extend(self.walk.tab.take().map(mistake::tab));
                let comments = std::mem::take(&mut self.walk.comments);
                if let Some(last) = self.documents.last_mut() {
                    last.comments.extend(comments);
                }
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag, marks)?,
            Event::Alias(anchor) => self.alias(anchor, marks)?,
            Event::SequenceStart(anchor, tag) => self.collection(Kind::Sequence, anchor, tag, marks)?,
            Event::MappingStart(anchor, tag) => self.collection(Kind::Mapping, anchor, tag, marks)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
        Ok(())
    }

    fn document(&mut self) {
        let start = self.walk.document();
        self.errors.extend(start.directive.map(mistake::directive));
        if let Some(last) = self.documents.last_mut() {
            last.comments.extend(self.walk.comments.drain(..start.comments_before));
        }
        self.anchors.clear();
        self.documents.push(Document::default());
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Cow<'_, saphyr_parser::Tag>>,
        marks: Marks,
    ) -> Result<(), YamlError> {
        let Before { entry, empty } = self.before();
        let nothing = style == ScalarStyle::Plain && text.is_empty();
        let tag_place = self.properties(anchor, tag.is_some());
        if !nothing {
            self.gap();
        }
        let bare = nothing && anchor == 0 && tag.is_none();
        let start = if bare { empty } else { self.walk.here() };
        if bare && self.open.last().is_some_and(|open| open.kind == Kind::Mapping && open.key.is_none()) {
            self.errors.push(mistake::no_key(start.to(start.offset)));
        }
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        match style {
            Style::Plain if nothing => {}
            Style::Plain => self.walk.forward_to_char(marks.end.index()),
            Style::Single | Style::Double => self.walk.quoted(),
            Style::Literal | Style::Folded => {
                self.walk.block_text(marks.end.index());
                let mut lines = self.walk.since(start).split(['\n', '\r']).skip(1);
                if lines.any(|line| line.starts_with(|c: char| !c.is_whitespace())) {
                    self.errors.push(mistake::not_indented(start.to(start.offset + 1)));
                }
            }
        }
        let end = if bare { start } else { self.walk.here() };
        if self.in_brackets() && style == Style::Plain && (text.contains('?') || text.starts_with(':')) {
            self.errors.push(mistake::refused_in_brackets(start.to(end.offset), self.walk.since(start)));
        }
        let tag = self.scalar_tag(tag.as_deref(), tag_place, text);
        let text = match style {
            Style::Literal | Style::Folded => self.walk.without_added_end(start, text),
            Style::Plain | Style::Single | Style::Double => text,
        };
        let content = Content::Scalar(Scalar { text: text.into(), style, tag });
        let node = self.add(content, entry, start, end)?;
        self.anchors.insert(anchor, Anchored { node, height: 0, weight: 1 });
        self.attach(node);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, marks: Marks) -> Result<(), YamlError> {
        let Before { entry, .. } = self.before();
        self.gap();
        let start = self.walk.here();
        self.walk.forward_to_char(marks.end.index());
        let place = start.to(self.walk.here().offset);
        let Some(&Anchored { node: target, height, weight }) = self.anchors.get(&anchor) else {
            let name = self.walk.since(start);
            return Err(if self.open.iter().any(|open| open.anchor == anchor) {
                mistake::self_alias(place, name)
            } else {
                mistake::unknown_alias(place, name)
            });
        };
        if self.open.len() + height > limits::YAML_DEPTH {
            return Err(mistake::too_deep(place));
        }
        // The node itself is counted when it is added.
        self.weight += weight - 1;
        let end = self.walk.here();
        let node = self.add(Content::Alias(target), entry, start, end)?;
        self.raise(height);
        self.attach(node);
        Ok(())
    }

    fn collection(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<Cow<'_, saphyr_parser::Tag>>,
        marks: Marks,
    ) -> Result<(), YamlError> {
        let Before { entry, .. } = self.before();
        let tag_place = self.properties(anchor, tag.is_some());
        self.gap();
        let start = self.walk.here();
        let form = match kind {
            Kind::Sequence if self.walk.take('[') => Form::Flow,
            Kind::Sequence => Form::Block,
            // A key may be in braces itself: then the mapping that it begins ends, for the parser, where it starts.
            Kind::Mapping if marks.end.index() > start.chars && self.walk.take('{') => Form::Flow,
            Kind::Mapping if self.in_brackets() => Form::Pair,
            Kind::Mapping => Form::Block,
        };
        if self.open.len() >= limits::YAML_DEPTH {
            return Err(mistake::too_deep(start.to(start.offset + 1)));
        }
        self.collection_tag(kind, tag.as_deref(), tag_place);
        let content = match kind {
            Kind::Sequence => Content::Sequence(Vec::new()),
            Kind::Mapping => Content::Mapping(Vec::new()),
        };
        let weight_before = self.weight;
        let node = self.add(content, entry, start, self.walk.here())?;
        self.open.push(Open { node, kind, form, start, anchor, key: None, height: 1, weight_before });
        Ok(())
    }

    fn close(&mut self) {
        let Some(open) = self.open.last() else { return };
        let (kind, form, node) = (open.kind, open.form, open.node);
        if form == Form::Flow {
            self.gap();
            self.walk.take(',');
            self.gap();
            self.walk.take(if kind == Kind::Sequence { ']' } else { '}' });
            self.ended = self.walk.here();
        }
        // The parser ends what is indented where the next line begins.
        let end = self.ended;
        let Some(open) = self.open.pop() else { return };
        let Some(document) = self.documents.last_mut() else { return };
        if let Some(data) = document.nodes.get_mut(node as usize) {
            data.place = open.start.to(end.offset);
            data.end_line = end.at.line;
        }
        if kind == Kind::Mapping {
            self.errors.extend(duplicates(document, node));
        }
        let weight = self.weight - open.weight_before;
        self.anchors.insert(open.anchor, Anchored { node, height: open.height, weight });
        self.raise(open.height);
        self.attach(node);
    }

    /// The collection that is open has `height` levels inside one of its members.
    fn raise(&mut self, height: usize) {
        if let Some(open) = self.open.last_mut() {
            open.height = open.height.max(height + 1);
        }
    }

    /// Over what stands between the last node and the next: a dash, a comma, a colon.
    fn before(&mut self) -> Before {
        let behind_last = self.walk.here();
        let Some(open) = self.open.last() else {
            self.gap();
            let here = self.walk.here();
            return Before { entry: here, empty: behind_last };
        };
        let (kind, form, is_value) = (open.kind, open.form, open.key.is_some());
        self.gap();
        if form == Form::Flow && !is_value && self.walk.take(',') {
            self.gap();
        }
        let entry = self.walk.here();
        let taken = match (kind, form) {
            (Kind::Sequence, Form::Block) => self.walk.take_indicator('-'),
            (Kind::Sequence, Form::Flow | Form::Pair) => false,
            (Kind::Mapping, _) if !is_value => self.walk.take_indicator('?'),
            (Kind::Mapping, Form::Block) => self.walk.take_indicator(':'),
            (Kind::Mapping, Form::Flow | Form::Pair) => self.walk.take(':'),
        };
        if form != Form::Block
            && taken
            && is_value
            && matches!(self.walk.next(), Some(',' | '[' | ']' | '{' | '}'))
            && self.last_is_plain()
        {
            self.errors.push(mistake::refused_in_brackets(entry.to(entry.offset + 1), ":"));
        }
        Before { entry, empty: if taken || !is_value { self.walk.here() } else { behind_last } }
    }

    /// Over blanks and comments; between brackets a tab indents nothing.
    fn gap(&mut self) {
        self.walk.gap();
        let tab = self.walk.tab.take().filter(|_| !self.in_brackets());
        self.errors.extend(tab.map(mistake::tab));
    }

    fn in_brackets(&self) -> bool {
        self.open.last().is_some_and(|open| open.form != Form::Block)
    }

    fn last_is_plain(&self) -> bool {
        let last = self.documents.last().and_then(|document| document.nodes.last());
        last.is_some_and(|node| matches!(&node.content, Content::Scalar(Scalar { style: Style::Plain, .. })))
    }

    /// Over an anchor and a tag; where the tag is.
    fn properties(&mut self, anchor: usize, tag: bool) -> Option<Place> {
        let mut place = None;
        for _ in 0..usize::from(anchor > 0) + usize::from(tag) {
            self.gap();
            let start = self.walk.here();
            let is_tag = self.walk.next() == Some('!');
            self.walk.property();
            let property = start.to(self.walk.here().offset);
            if is_tag {
                place = Some(property);
            } else {
                self.errors.extend(mistake::refused_anchor(property, self.walk.since(start)));
            }
        }
        place
    }

    fn add(&mut self, content: Content, entry: Spot, start: Spot, end: Spot) -> Result<NodeId, YamlError> {
        let place = start.to(end.offset);
        self.ended = end;
        self.weight += 1;
        if self.weight > limits::YAML_NODES {
            return Err(mistake::too_many(place));
        }
        let comments = std::mem::take(&mut self.walk.comments);
        let Some(document) = self.documents.last_mut() else { return Ok(0) };
        document.comments.extend(comments);
        let id = NodeId::try_from(document.nodes.len()).unwrap_or(NodeId::MAX);
        document.nodes.push(NodeData { content, place, entry: entry.at, end_line: end.at.line });
        Ok(id)
    }

    fn attach(&mut self, node: NodeId) {
        let Some(document) = self.documents.last_mut() else { return };
        let Some(open) = self.open.last_mut() else {
            document.root = node;
            return;
        };
        match document.nodes.get_mut(open.node as usize).map(|parent| &mut parent.content) {
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping(pairs)) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
            Some(Content::Scalar(_) | Content::Alias(_)) | None => {}
        }
    }

    fn scalar_tag(&mut self, tag: Option<&saphyr_parser::Tag>, place: Option<Place>, text: &str) -> Option<Tag> {
        let (tag, place) = (tag?, place?);
        let name = name_of(tag);
        let Some(tag) = Tag::ALL.iter().copied().find(|known| name.as_deref() == Some(known.name())) else {
            self.errors.push(mistake::unknown_tag(place, self.walk.cut(place)));
            return None;
        };
        match resolve::tagged(tag, text) {
            Ok(_) => Some(tag),
            Err(found) => {
                let error = mistake::mismatch(place, tag, text, found);
                self.errors.push(error);
                None
            }
        }
    }

    fn collection_tag(&mut self, kind: Kind, tag: Option<&saphyr_parser::Tag>, place: Option<Place>) {
        let (Some(tag), Some(place)) = (tag, place) else { return };
        let own = if kind == Kind::Sequence { "seq" } else { "map" };
        if name_of(tag).as_deref() != Some(own) {
            self.errors.push(mistake::unknown_tag(place, self.walk.cut(place)));
        }
    }
}

/// The name of a tag of YAML's own.
fn name_of(tag: &saphyr_parser::Tag) -> Option<String> {
    format!("{}{}", tag.handle, tag.suffix).strip_prefix("tag:yaml.org,2002:").map(str::to_string)
}

/// Keys of the mapping that stand twice. By their text, as `yaml.v3` and `yaml.v2` when it is strict: `1` and `'1'` are the same.
fn duplicates(document: &Document, mapping: NodeId) -> Vec<YamlError> {
    let Some(Content::Mapping(pairs)) = document.nodes.get(mapping as usize).map(|node| &node.content) else {
        return Vec::new();
    };
    let mut seen: FxHashMap<&str, Place> = FxHashMap::default();
    let mut errors = Vec::new();
    for (key, _) in pairs {
        let key = document.node(*key);
        let Some(scalar) = key.scalar() else { continue };
        let first = *seen.entry(scalar.text.as_ref()).or_insert(key.place());
        if first != key.place() {
            errors.push(mistake::duplicate(key.place(), first, &scalar.text));
        }
    }
    errors
}
