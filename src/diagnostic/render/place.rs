//! From an [`Origin`] to what a rendering says of it.
//!
//! In: places. Out: file, lines, columns, bytes, block and field. Each source's lines are looked for once a rendering, so
//! that thousands of findings in a large file do not count its lines thousands of times. Never here: an index that a place
//! could push out of bounds; offsets beyond the text or inside a character are moved back to where they can be shown.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::origin::{Lines, Origin, Place, Source, SourceId, Sources, Span};

/// A point in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Line, from 1; lines end at LF.
    pub line: usize,
    /// Column in characters (Unicode scalar values), from 1.
    pub column: usize,
    /// Bytes before it in the source.
    pub byte: usize,
}

/// A half-open range of a text: `end` is one past the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The first character.
    pub start: Position,
    /// One past the last.
    pub end: Position,
}

/// A place as renderings speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Where<'a> {
    /// The source's name as the user gave it.
    pub file: &'a str,
    /// Where in its text; `None` for the source as a whole and for drawn blocks.
    pub range: Option<Range>,
    /// The block's id, where it is drawn.
    pub block: Option<&'a str>,
    /// The block's field or input, if one is meant.
    pub field: Option<&'a str>,
    /// Where the block begins in its file.
    pub at: Option<Position>,
}

/// The places of one rendering.
pub struct Places<'a> {
    sources: &'a Sources,
    /// The lines of each source.
    lines: BTreeMap<SourceId, Lines>,
}

impl<'a> Places<'a> {
    /// For places in `sources`.
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, lines: BTreeMap::new() }
    }

    /// The place that `origin` is.
    pub fn find(&mut self, origin: Origin) -> Where<'a> {
        let file = self.sources.name(origin.source);
        let none = Where { file, range: None, block: None, field: None, at: None };
        let Some(source) = self.sources.get(origin.source) else { return none };
        match origin.place {
            Place::Whole => none,
            Place::Span(span) => Where { range: Some(self.range(origin.source, source, span)), ..none },
            Place::Block { block, part } => {
                let name = |i: u32| source.blocks.get(i as usize).map_or("?", |block| block.name.as_str());
                let start = source.blocks.get(block as usize).and_then(|block| block.start);
                let at = start.map(|start| self.range(origin.source, source, Span { start, end: start }).start);
                Where { block: Some(name(block)), field: part.map(name), at, ..none }
            }
        }
    }

    /// Bytes of the text from the start of line `first` to the end of line `last` (both from 1), the last line end included
    /// if there is one.
    #[cfg(feature = "cli")]
    pub(super) fn lines(&mut self, id: SourceId, first: usize, last: usize) -> std::ops::Range<usize> {
        let Some(source) = self.sources.get(id) else { return 0..0 };
        let lines = self.lines_of(id, source);
        let len = source.text.len();
        let start = lines.start(first.max(1)).min(len);
        start..lines.start(last.saturating_add(1)).min(len).max(start)
    }

    fn lines_of(&mut self, id: SourceId, source: &Source) -> &Lines {
        self.lines.entry(id).or_insert_with(|| Lines::new(&source.text))
    }

    fn range(&mut self, id: SourceId, source: &Source, span: Span) -> Range {
        let start = floor(&source.text, span.start as usize);
        let end = floor(&source.text, span.end as usize).max(start);
        let lines = self.lines_of(id, source);
        let position = |byte: usize| {
            let (line, column) = lines.position(&source.text, byte);
            Position { line, column, byte }
        };
        Range { start: position(start), end: position(end) }
    }
}

/// The last character boundary at or before `byte`.
pub(crate) fn floor(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_places_outside_are_moved_in() {
        let mut sources = Sources::default();
        let id = sources.add("a", "ž\r\nübel\n");
        let mut places = Places::new(&sources);
        let mut at = |start, end| {
            let range = places.find(Origin::span(id, Span::new(start, end))).range.unwrap();
            (range.start.line, range.start.column, range.end.line, range.end.column, range.end.byte)
        };
        assert_eq!(at(0, 2), (1, 1, 1, 2, 2));
        assert_eq!(at(1, 2), (1, 1, 1, 2, 2), "inside a character");
        assert_eq!(at(4, 9), (2, 1, 2, 5, 9));
        assert_eq!(at(4, 10), (2, 1, 3, 1, 10), "with its line end");
        assert_eq!(at(900, 901), (3, 1, 3, 1, 10), "beyond the end");
    }

    #[test]
    fn long_lines_are_counted_like_short_ones() {
        let mut sources = Sources::default();
        let id = sources.add("a", format!("é{}\n{}", "ž€x".repeat(1_000), "é".repeat(2_000)));
        let mut places = Places::new(&sources);
        for byte in (0..10_000).step_by(7) {
            let found = places.find(Origin::span(id, Span::new(byte, byte))).range.unwrap().start;
            let expected = sources.line_column(id, found.byte as u32);
            assert_eq!((found.line, found.column), (expected.line as usize, expected.column as usize), "{byte}");
        }
    }

    #[test]
    fn agrees_with_the_sources_own_lines_and_columns() {
        let mut sources = Sources::default();
        let text = "a\n\n  ſ\tK\r\nx";
        let id = sources.add("a", text);
        let mut places = Places::new(&sources);
        for byte in 0..=text.len() as u32 {
            let range = places.find(Origin::span(id, Span { start: byte, end: byte })).range.unwrap();
            let expected = sources.line_column(id, byte);
            assert_eq!((range.start.line, range.start.column), (expected.line as usize, expected.column as usize));
        }
    }

    #[test]
    fn an_unknown_source_or_block_is_still_a_place() {
        let mut sources = Sources::default();
        let id = sources.add("drawn.json", "{}");
        let mut places = Places::new(&sources);
        let unknown = places.find(Origin::whole(SourceId(7)));
        assert_eq!(unknown.file, "<unknown>");
        let block = Origin { source: id, place: Place::Block { block: 3, part: None } };
        assert_eq!(places.find(block).block, Some("?"));
    }
}
