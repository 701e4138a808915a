//! Where a node came from.
//!
//! In: nothing. Out: small copyable places that every node of every stage carries, and the table of sources that turns a
//! place into a file, a line and a column. Never here: reading files; a [`Source`] is made from text somebody else read.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A half-open range of bytes in the text of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`; offsets beyond 4 GiB are clamped (the size limit of a source is far below).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Index of a source in [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// The place inside one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// The source as a whole (a missing section, say).
    Whole,
    /// Bytes of a text.
    Span(Span),
    /// A block of a drawn definition, by index into [`Source::blocks`], with the field or input of it, if one is meant.
    Block {
        /// Index into [`Source::blocks`].
        block: u32,
        /// Index into [`Source::blocks`] too: the name of the field or input.
        part: Option<u32>,
    },
}

/// A source and the place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// Which source.
    pub source: SourceId,
    /// Where in it.
    pub place: Place,
}

impl Origin {
    /// Bytes `span` of `source`.
    pub fn span(source: SourceId, span: Span) -> Self {
        Self { source, place: Place::Span(span) }
    }

    /// The source as a whole.
    pub fn whole(source: SourceId) -> Self {
        Self { source, place: Place::Whole }
    }

    /// The span, if the place is one.
    pub fn as_span(&self) -> Option<Span> {
        match self.place {
            Place::Span(span) => Some(span),
            Place::Whole | Place::Block { .. } => None,
        }
    }
}

/// One definition file, already read: its name as the user gave it and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as given, `<stdin>`, or a name made up by a test.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Blocks and their parts, for [`Place::Block`]; empty for text.
    pub blocks: Vec<BlockName>,
}

/// A block of a drawn definition, or a field or input of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockName {
    /// The block's id, or the part's name.
    pub name: String,
    /// The first byte of the block in the text, where it is known; none of a part.
    pub start: Option<u32>,
}

impl From<&str> for BlockName {
    fn from(name: &str) -> Self {
        Self { name: name.to_string(), start: None }
    }
}

/// Line and column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Where the lines of a text begin and how many characters stand before its bytes, for as many questions as there are: each costs the same, however
/// long a line is.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The first byte of each line.
    starts: Vec<usize>,
    /// Characters that begin before each [`Lines::STEP`]th byte.
    chars: Vec<usize>,
}

impl Lines {
    const STEP: usize = 1024;

    /// Of a text. All questions are about the same one.
    pub fn new(text: &str) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        let mut chars = vec![0];
        let mut sum = 0;
        for piece in text.as_bytes().chunks(Self::STEP) {
            sum += begin(piece);
            chars.push(sum);
        }
        Self { starts, chars }
    }

    /// Line and column of a byte, from 1.
    pub fn position(&self, text: &str, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= byte);
        (line, 1 + self.before(text, byte) - self.before(text, self.start(line).min(byte)))
    }

    /// The first byte of a line, from 1; beyond all text for one that is not there.
    pub fn start(&self, line: usize) -> usize {
        self.starts.get(line.wrapping_sub(1)).copied().unwrap_or(usize::MAX)
    }

    /// Characters that begin before a byte.
    fn before(&self, text: &str, byte: usize) -> usize {
        let step = byte / Self::STEP;
        let rest = text.as_bytes().get(step * Self::STEP..byte).unwrap_or_default();
        self.chars.get(step).copied().unwrap_or(0) + begin(rest)
    }
}

/// Characters that begin in these bytes of a text.
fn begin(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// All sources of a run, so that a place can be shown to a person.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// Adds a source and gives its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = self.next();
        self.list.push(Source { name: name.into(), text: text.into(), blocks: Vec::new() });
        id
    }

    /// The id that the next source will get: for one that is worth keeping only if there is something to say of it.
    pub fn next(&self) -> SourceId {
        SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX))
    }

    /// Adds a drawn source: its text, and the ids of blocks and names of their parts that places refer to by index.
    pub fn add_drawn(
        &mut self,
        name: impl Into<String>,
        text: impl Into<Arc<str>>,
        blocks: Vec<BlockName>,
    ) -> SourceId {
        let id = self.add(name, text);
        if let Some(source) = self.list.get_mut(id.0 as usize) {
            source.blocks = blocks;
        }
        id
    }

    /// Puts another text in the place of a source's. Places in the old one mean nothing any more.
    pub fn replace(&mut self, id: SourceId, text: impl Into<Arc<str>>) {
        if let Some(source) = self.list.get_mut(id.0 as usize) {
            source.text = text.into();
            source.blocks.clear();
        }
    }

    /// Says which names of blocks and of their parts the places of a source refer to.
    pub fn name_blocks(&mut self, id: SourceId, blocks: Vec<BlockName>) {
        if let Some(source) = self.list.get_mut(id.0 as usize) {
            source.blocks = blocks;
        }
    }

    /// The source with this id.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    /// The name of a source; `<unknown>` for an id that is not from this table.
    pub fn name(&self, id: SourceId) -> &str {
        self.get(id).map_or("<unknown>", |source| source.name.as_str())
    }

    /// All sources in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.list.iter().enumerate().map(|(i, source)| (SourceId(i as u32), source))
    }

    /// Where a byte of a source stands.
    pub fn line_column(&self, id: SourceId, byte: u32) -> LineColumn {
        let text = self.get(id).map_or("", |source| &source.text);
        let mut end = (byte as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        LineColumn {
            line: 1 + before.bytes().filter(|&b| b == b'\n').count() as u32,
            column: 1 + before[line_start..].chars().count() as u32,
        }
    }

    /// `file:line:column`, or `file#block.part`, or the file alone.
    pub fn describe(&self, origin: Origin) -> String {
        let name = self.name(origin.source);
        match origin.place {
            Place::Whole => name.to_string(),
            Place::Span(span) => {
                let at = self.line_column(origin.source, span.start);
                format!("{name}:{}:{}", at.line, at.column)
            }
            Place::Block { block, part } => {
                let label =
                    |i: u32| self.get(origin.source).and_then(|s| s.blocks.get(i as usize)).map_or("?", |b| &b.name);
                match part {
                    Some(part) => format!("{name}#{}.{}", label(block), label(part)),
                    None => format!("{name}#{}", label(block)),
                }
            }
        }
    }
}

/// Describes many places, in any order: each text is walked over once.
#[derive(Debug)]
pub struct Locator<'a> {
    sources: &'a Sources,
    /// Per source, once a place in it was asked for.
    lines: Vec<Option<Lines>>,
}

impl<'a> Locator<'a> {
    /// For these sources.
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, lines: vec![None; sources.list.len()] }
    }

    /// What [`Sources::describe`] says.
    pub fn describe(&mut self, origin: Origin) -> String {
        let (Place::Span(span), Some(source), Some(lines)) =
            (origin.place, self.sources.get(origin.source), self.lines.get_mut(origin.source.0 as usize))
        else {
            return self.sources.describe(origin);
        };
        let mut end = (span.start as usize).min(source.text.len());
        while !source.text.is_char_boundary(end) {
            end -= 1;
        }
        let (line, column) = lines.get_or_insert_with(|| Lines::new(&source.text)).position(&source.text, end);
        format!("{}:{line}:{column}", source.name)
    }
}

#[cfg(test)]
mod locator_tests {
    use super::*;

    #[test]
    fn the_locator_says_what_the_sources_say_in_any_order() {
        let mut sources = Sources::default();
        let id = sources.add("a", "é\nxy\n\nz é z");
        let mut locator = Locator::new(&sources);
        for byte in [0, 2, 3, 4, 6, 7, 9, 11, 3, 99] {
            let origin = Origin::span(id, Span::new(byte, byte));
            assert_eq!(locator.describe(origin), sources.describe(origin), "{byte}");
        }
    }
}
