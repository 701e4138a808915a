//! Places as JavaScript counts them.
//!
//! In: origins. Out: files, ranges in UTF-16 units with line and column, blocks and fields. Never here: a place that the text could not
//! show; what lies outside of it or inside of a character is moved back.

use std::collections::BTreeMap;

use super::wire;
use crate::diagnostic::render::floor;
use crate::diagnostic::{Diagnostic, Label};
use crate::origin::{Origin, Place, Source, SourceId, Sources, Span};

/// The places of one answer. Each text is walked once.
pub(super) struct Locate<'a> {
    sources: &'a Sources,
    lines: BTreeMap<SourceId, Vec<Line>>,
}

/// Where a line begins.
#[derive(Clone, Copy)]
struct Line {
    byte: usize,
    unit: usize,
}

impl<'a> Locate<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { sources, lines: BTreeMap::new() }
    }

    pub(super) fn place(&mut self, origin: Origin) -> wire::Place {
        let file = self.sources.name(origin.source).to_string();
        let none = wire::Place { file, range: None, block: None, field: None };
        let Some(source) = self.sources.get(origin.source) else { return none };
        match origin.place {
            Place::Whole => none,
            Place::Span(span) => wire::Place { range: Some(self.range(origin.source, source, span)), ..none },
            Place::Block { block, part } => {
                let name = |at: u32| source.blocks.get(at as usize).map(|block| block.name.clone());
                wire::Place { block: name(block), field: part.and_then(name), ..none }
            }
        }
    }

    /// A span of a text, as far as the origin is one.
    pub(super) fn span(&mut self, origin: Origin) -> Option<(usize, usize)> {
        let (span, source) = (origin.as_span()?, self.sources.get(origin.source)?);
        let range = self.range(origin.source, source, span);
        Some((range.start, range.end))
    }

    pub(super) fn diagnostics(&mut self, found: &[Diagnostic]) -> Vec<wire::Diagnostic> {
        found.iter().map(|found| self.diagnostic(found)).collect()
    }

    fn diagnostic(&mut self, found: &Diagnostic) -> wire::Diagnostic {
        let label = |label: &Label| (!label.text.is_empty()).then(|| label.text.clone());
        let mut related = Vec::with_capacity(found.related.len());
        for other in &found.related {
            related.push(wire::Related { place: self.place(other.origin), label: label(other) });
        }
        wire::Diagnostic {
            place: self.place(found.primary.origin),
            code: found.code.to_string(),
            severity: found.severity,
            title: found.code.title(),
            message: found.message.clone(),
            label: label(&found.primary),
            help: found.help.clone(),
            related,
            fix: found
                .fix
                .as_ref()
                .map(|fix| wire::Fix { place: self.place(fix.origin), replacement: fix.replacement.clone() }),
        }
    }

    fn range(&mut self, id: SourceId, source: &Source, span: Span) -> wire::Range {
        let text: &str = &source.text;
        let lines = self.lines.entry(id).or_insert_with(|| starts(text));
        let point = |byte: usize| {
            let byte = floor(text, byte);
            let line = lines.partition_point(|line| line.byte <= byte);
            let begin = lines.get(line.wrapping_sub(1)).copied().unwrap_or(Line { byte: 0, unit: 0 });
            let before = text.get(begin.byte..byte).unwrap_or_default();
            let unit = begin.unit + before.encode_utf16().count();
            (unit, line, 1 + before.chars().count())
        };
        let (start, line, column) = point(span.start as usize);
        let (end, ..) = point(span.end as usize);
        wire::Range { start, end: end.max(start), line, column }
    }
}

fn starts(text: &str) -> Vec<Line> {
    let mut lines = vec![Line { byte: 0, unit: 0 }];
    let mut at = Line { byte: 0, unit: 0 };
    for line in text.split_inclusive('\n') {
        at = Line { byte: at.byte + line.len(), unit: at.unit + line.encode_utf16().count() };
        if line.ends_with('\n') {
            lines.push(at);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_count_as_javascript_does() {
        let mut sources = Sources::default();
        let text = "a😀\nžx\n";
        let id = sources.add("a", text);
        let mut locate = Locate::new(&sources);
        let utf16: Vec<u16> = text.encode_utf16().collect();
        for (start, _) in text.char_indices() {
            for (length, _) in text.get(start..).unwrap().char_indices() {
                let origin = Origin::span(id, Span::new(start, start + length));
                let (from, to) = locate.span(origin).unwrap();
                let slice = String::from_utf16(&utf16[from..to]).unwrap();
                assert_eq!(slice, text[start..start + length]);
            }
        }
        let place = locate.place(Origin::span(id, Span::new(8, 900)));
        assert_eq!(place.range, Some(wire::Range { start: 5, end: 7, line: 2, column: 2 }));
    }
}
