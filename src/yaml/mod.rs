//! YAML, read once for all sources that are written in it.
//!
//! In: a text. Out: its documents as flat trees, in which every value knows how it was written (style, bytes, line and column) and which comments
//! stand beside it; or everything that is wrong, as data. Never here: what keys mean, files, and a guess: a text in which go-yaml would see
//! another structure is refused.
//!
//! The syntax is YAML 1.2 (`saphyr-parser`), the meaning of scalars that of go-yaml v2, which libbeat uses (`resolve` has the table). libbeat
//! reads the first document of a file and no other.
//!
//! | what is written | what happens |
//! | --- | --- |
//! | an alias | the value it stands for, by reference; limits on depth and nodes follow aliases, so no walk of a document is long or deep |
//! | an alias inside what it stands for; of an anchor in another document | refused |
//! | the same key twice, by text | refused, with both places; v2 would take the last without a word, v3 refuses |
//! | `<<` | a key like any other, until [`Node::merged`] is asked |
//! | a key of which nothing is written | refused, as go-yaml mostly does |
//! | a key that is a list or a mapping | read; [`Node::key`] refuses it |
//! | `!!str`, `!!int` and their like | their type; a value that does not fit is refused |
//! | `!other`, `!!binary`, `!` alone | refused; v2 would ignore the first, and take the last for no tag |
//! | control characters | refused, as go-yaml does |
//! | U+0085, U+2028, U+2029, U+FEFF as they are | refused: go-yaml ends lines at the first three, YAML 1.2 does not |
//! | between brackets: `[a?b]`, `[:a]`, `{a:}`; an anchor `&a:` | refused: go-yaml reads something else |
//! | a tab in the indentation, in a line of blanks too | refused, as go-yaml does |
//! | a block text at the end of a file without a line end | without one, as go-yaml reads it |
//! | an empty text | no documents |
//!
//! The parser refuses, and go-yaml does not: a blank that is a tab behind `key:`; further lines of a quoted text, and what stands between
//! brackets, that are not indented deeper than their key; the escape `\'`. go-yaml refuses, and this does not: a document behind `...` without `---`.
//!
//! Reading goes on after what leaves the structure clear (keys, tags) and ends with the first mistake in spelling.

mod advice;
mod character;
mod error;
mod merge;
mod mistake;
mod read;
mod resolve;
mod walk;

pub use error::{Place, YamlError, YamlErrorKind};
pub use resolve::Resolved;

use crate::origin::{LineColumn, Span};

/// Reads a stream of documents.
///
/// # Errors
/// Everything that is wrong, by place; never an empty list.
///
/// ```
/// let documents = blocksieve::yaml::read("- process.name: 'cmd.exe'\n").unwrap();
/// let item = documents[0].root().items()[0];
/// let (key, value) = (item.entries()[0].key, item.entries()[0].value);
/// assert_eq!(key.key().unwrap(), "process.name");
/// assert_eq!((value.place().at.line, value.place().at.column), (1, 17));
/// ```
pub fn read(text: &str) -> Result<Vec<Document>, Vec<YamlError>> {
    let (documents, errors) = read::read(text);
    if errors.is_empty() { Ok(documents) } else { Err(errors) }
}

/// The same for whoever looks for what else is wrong: where keys that stand twice are the only mistakes, the documents come too, each
/// mapping with all that is written in it.
pub fn read_with_doubled_keys(text: &str) -> (Vec<Document>, Vec<YamlError>) {
    read::read(text)
}

type NodeId = u32;

/// One document: values in an arena, and the comments.
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<NodeData>,
    root: NodeId,
    /// In order, at most one a line.
    comments: Vec<Comment>,
}

#[derive(Debug)]
struct NodeData {
    content: Content,
    place: Place,
    /// Where its entry begins: the dash before it, or its own tag or anchor.
    entry: LineColumn,
    end_line: u32,
}

#[derive(Debug)]
enum Content {
    Scalar(Scalar),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// A text and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Escapes and folds undone.
    pub text: Box<str>,
    /// How it was written.
    pub style: Style,
    /// Its tag, if it has one.
    pub tag: Option<Tag>,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; nothing at all, too.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// The tags that a scalar may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `!!str`
    Str,
    /// `!!null`
    Null,
    /// `!!bool`
    Bool,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!timestamp`
    Timestamp,
}

impl Tag {
    const ALL: [Tag; 6] = [Tag::Str, Tag::Null, Tag::Bool, Tag::Int, Tag::Float, Tag::Timestamp];

    /// Its name behind `!!`.
    fn name(self) -> &'static str {
        match self {
            Tag::Str => "str",
            Tag::Null => "null",
            Tag::Bool => "bool",
            Tag::Int => "int",
            Tag::Float => "float",
            Tag::Timestamp => "timestamp",
        }
    }
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of its line.
    pub place: Place,
    /// It has the line to itself.
    pub own_line: bool,
    /// Without `#`s and blanks around.
    pub text: Box<str>,
}

/// A value in its document.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    document: &'a Document,
    id: NodeId,
}

/// What a value is, aliases followed.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// A text, however written.
    Scalar(&'a Scalar),
    /// A list.
    Sequence(Vec<Node<'a>>),
    /// Keys and values in their order; `<<` is a key.
    Mapping(Vec<Entry<'a>>),
}

/// A key and its value.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key.
    pub key: Node<'a>,
    /// The value; an empty scalar if none is written.
    pub value: Node<'a>,
}

impl Document {
    /// The value of the document.
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// All comments, in order.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    fn node(&self, id: NodeId) -> Node<'_> {
        Node { document: self, id }
    }
}

/// Where a document without a value would stand; no document is made without one.
static NOTHING: NodeData = NodeData {
    content: Content::Sequence(Vec::new()),
    place: Place { span: Span { start: 0, end: 0 }, at: LineColumn { line: 1, column: 1 } },
    entry: LineColumn { line: 1, column: 1 },
    end_line: 1,
};

impl<'a> Node<'a> {
    fn data(self) -> &'a NodeData {
        self.document.nodes.get(self.id as usize).unwrap_or(&NOTHING)
    }

    /// Where it is written, quotes and brackets included, tag and anchor not. Of an alias, where the alias stands. A block text ends with its
    /// last line that is not blank.
    pub fn place(self) -> Place {
        self.data().place
    }

    /// What an alias stands for; `None` of anything else.
    pub fn aliased(self) -> Option<Node<'a>> {
        match self.data().content {
            Content::Alias(id) => Some(self.document.node(id)),
            Content::Scalar(_) | Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    /// What it is.
    pub fn value(self) -> Value<'a> {
        let node = |id: &NodeId| self.document.node(*id);
        match &self.aliased().unwrap_or(self).data().content {
            Content::Scalar(scalar) => Value::Scalar(scalar),
            Content::Mapping(pairs) => {
                Value::Mapping(pairs.iter().map(|(key, value)| Entry { key: node(key), value: node(value) }).collect())
            }
            Content::Sequence(items) => Value::Sequence(items.iter().map(node).collect()),
            // An alias never stands for an alias.
            Content::Alias(_) => Value::Sequence(Vec::new()),
        }
    }

    /// Its text, if it is a scalar.
    pub fn scalar(self) -> Option<&'a Scalar> {
        match self.value() {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// Its members; none if it is no list.
    pub fn items(self) -> Vec<Node<'a>> {
        match self.value() {
            Value::Sequence(items) => items,
            Value::Scalar(_) | Value::Mapping(_) => Vec::new(),
        }
    }

    /// Its keys and values; none if it is no mapping.
    pub fn entries(self) -> Vec<Entry<'a>> {
        match self.value() {
            Value::Mapping(entries) => entries,
            Value::Scalar(_) | Value::Sequence(_) => Vec::new(),
        }
    }

    /// Its text, as the key of an entry: `1` and `yes` are texts here.
    ///
    /// # Errors
    /// [`YamlErrorKind::KeyNotText`] for a list or a mapping.
    pub fn key(self) -> Result<&'a str, YamlError> {
        let found = match self.value() {
            Value::Scalar(scalar) => return Ok(&scalar.text),
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        };
        Err(YamlError::new(
            YamlErrorKind::KeyNotText,
            self.place(),
            format!("{found} is the key of an entry"),
            "a key is a text; put it in quotes if it begins with `[` or `{`",
        ))
    }

    /// The comment lines directly above its entry, from the top: in its column or before it, without a blank line between.
    pub fn comments_above(self) -> &'a [Comment] {
        let entry = self.data().entry;
        let comments = &self.document.comments;
        let end = comments.partition_point(|comment| comment.place.at.line < entry.line);
        let above = comments.get(..end).unwrap_or_default();
        let belongs = |(back, comment): &(usize, &Comment)| {
            let line = comment.place.at.line as usize + back + 1;
            comment.own_line && line == entry.line as usize && comment.place.at.column <= entry.column
        };
        let count = above.iter().rev().enumerate().take_while(belongs).count();
        above.get(end - count..).unwrap_or_default()
    }

    /// The comment that follows in the line in which it ends; of a block text, in its first line.
    ///
    /// What is indented ends with its last member. The comment behind `key:` is that of the key.
    pub fn comment_beside(self) -> Option<&'a Comment> {
        let data = self.data();
        let line = match &data.content {
            Content::Scalar(Scalar { style: Style::Literal | Style::Folded, .. }) => data.place.at.line,
            Content::Scalar(_) | Content::Sequence(_) | Content::Mapping(_) | Content::Alias(_) => data.end_line,
        };
        let comments = &self.document.comments;
        let at = comments.binary_search_by_key(&line, |comment| comment.place.at.line).ok()?;
        comments.get(at).filter(|comment| !comment.own_line)
    }
}
