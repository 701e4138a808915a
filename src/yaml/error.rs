//! What is wrong with a text in YAML, as data.
//!
//! In: facts found while reading. Out: [`YamlError`]s. Never here: codes of diagnostics. Whoever reads a source of rules turns these into
//! diagnostics of its own: the place is a span of the text, the message one sentence, the help the way out.

use crate::origin::{LineColumn, Span};

/// Where something stands in the text as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its bytes.
    pub span: Span,
    /// Where it begins; the column counts characters, and a byte order mark is none.
    pub at: LineColumn,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// Which sort of mistake.
    pub kind: YamlErrorKind,
    /// Where.
    pub place: Place,
    /// What was found: one sentence without a final stop.
    pub message: String,
    /// The way out.
    pub help: String,
    /// The other place that belongs to it: the first of two equal keys.
    pub other: Option<Place>,
}

impl YamlError {
    pub(super) fn new(
        kind: YamlErrorKind,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> YamlError {
        YamlError { kind, place, message: message.into(), help: help.into(), other: None }
    }
}

/// Sorts of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum YamlErrorKind {
    /// More bytes than [`crate::limits::YAML_BYTES`].
    TooLarge,
    /// More collections open at once than [`crate::limits::YAML_DEPTH`], aliases followed.
    TooDeep,
    /// More nodes than [`crate::limits::YAML_NODES`], aliases followed.
    TooManyNodes,
    /// A character that must be written as an escape.
    Character,
    /// A tab where blanks indent.
    Tab,
    /// A line that does not stand under what it belongs to.
    Indentation,
    /// A key without its colon, or without a blank behind it.
    Colon,
    /// `: ` or ` #` inside a text without quotes.
    Unquoted,
    /// A text that begins with `@`, `%` or a backtick.
    Reserved,
    /// A quote that is never closed, or text behind the one that closes.
    Quote,
    /// A backslash in double quotes that begins no escape.
    Escape,
    /// The line of `|` or `>`.
    BlockText,
    /// `[ ]` or `{ }` that do not match, or a comma that is missing between them.
    Bracket,
    /// `*name` without `&name` before it.
    Alias,
    /// A collection that holds an alias of itself.
    SelfAlias,
    /// `&` without a name.
    Anchor,
    /// `!tag` of an unknown name.
    Tag,
    /// A value that is not of its tag's type.
    TagMismatch,
    /// `%…`, `---` or `...` where it cannot stand.
    Directive,
    /// The same key twice in one mapping.
    DuplicateKey,
    /// A key that is a collection, asked for as text.
    KeyNotText,
    /// `<<` with something that is no mapping.
    Merge,
    /// A key before the `<<` that brings it too.
    MergeOrder,
    /// Anything else.
    Syntax,
}
