//! For people at a terminal: message, place, excerpt with the place underlined, related places, help, the fix as a change.
//!
//! In: diagnostics and sources. Out: text; with colours only if asked for. Never here: a character of a source, a file name
//! or a message that a terminal would obey or hide ([`visible`]); an excerpt longer than some lines, or a line wider
//! than the terminal: of a long line the part around the place is shown, of a place over many lines the first.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin as Header, Patch, Renderer, Snippet};

use super::place::{Places, Range, Where};
use super::visible::{push_visible, visible, visible_lines};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::origin::{Origin, Sources};

/// How it shall look.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// ANSI colours.
    pub colors: bool,
    /// Box-drawing characters instead of `|` and `-->`.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { colors: false, unicode: false, width: 120 }
    }
}

/// A place over more lines than this is shown by its first line.
const LINES: usize = 8;
/// Places of one finding that are this near to each other (in lines) are shown in one excerpt.
const NEAR: usize = 60;
/// Columns taken by line numbers and the frame.
const FRAME: usize = 12;
/// Characters shown before the place, where a line is cut.
const BEFORE: usize = 30;
/// Stand around the number of a header (`file:line:column`) until the report is rendered: the renderer counts columns in
/// the excerpt, which is cut and has escapes, so its own count is replaced by that of the source. No text that was made
/// visible holds these characters.
const HEADER: (char, char) = ('\u{fdd0}', '\u{fdd1}');

/// All findings in the given order, an empty line between them and after the last; nothing at all where there are none.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, options: &Options) -> String {
    let mut reports = Reports {
        places: Places::new(sources),
        sources,
        width: options.width.clamp(40, 1000) - FRAME,
        headers: Vec::new(),
        renderer: if options.colors { Renderer::styled() } else { Renderer::plain() }
            .hyperlink(false)
            // Lines are cut before they get there; this only keeps the renderer from cutting once more.
            .term_width(10_000)
            .decor_style(if options.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii }),
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&reports.one(diagnostic));
        out.push_str("\n\n");
    }
    out
}

struct Reports<'a> {
    places: Places<'a>,
    sources: &'a Sources,
    /// Characters of a line that are shown.
    width: usize,
    /// `file:line:column` of the excerpts of the finding in hand.
    headers: Vec<String>,
    renderer: Renderer,
}

/// A place inside a text, to be underlined.
struct Mark<'a> {
    range: Range,
    kind: AnnotationKind,
    label: &'a str,
}

impl Reports<'_> {
    fn one(&mut self, diagnostic: &Diagnostic) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(visible(&diagnostic.message).into_owned()).id(diagnostic.code.to_string());
        let mut group = Group::with_title(title);

        // Related places that lie near the primary one share its excerpt.
        let primary = self.places.find(diagnostic.primary.origin);
        let (mut marks, mut apart) = (Vec::new(), Vec::new());
        if let Some(range) = primary.range {
            marks.push(Mark { range, kind: AnnotationKind::Primary, label: &diagnostic.primary.text });
        }
        for related in &diagnostic.related {
            match (primary.range, self.places.find(related.origin).range) {
                (Some(first), Some(range))
                    if related.origin.source == diagnostic.primary.origin.source
                        && self.share(related, first, range) =>
                {
                    marks.push(Mark { range, kind: AnnotationKind::Context, label: &related.text });
                }
                _elsewhere => apart.push(related),
            }
        }
        group = self.place(group, diagnostic.primary.origin, primary, &marks);
        if primary.range.is_none() && !diagnostic.primary.text.is_empty() {
            group = group.element(Level::NOTE.message(visible(&diagnostic.primary.text).into_owned()));
        }

        let mut groups = vec![group];
        for related in apart {
            let place = self.places.find(related.origin);
            let text = if related.text.is_empty() { "see also" } else { related.text.as_str() };
            let mark = place.range.map(|range| Mark { range, kind: AnnotationKind::Primary, label: "" });
            let aside = Group::with_title(Level::NOTE.secondary_title(visible(text).into_owned()));
            groups.push(self.place(aside, related.origin, place, mark.as_slice()));
        }
        self.way_out(diagnostic, groups)
    }

    /// Help and fix: the fix as a change of lines below the help where it can be shown so, else in words.
    fn way_out(&mut self, diagnostic: &Diagnostic, mut groups: Vec<Group<'_>>) -> String {
        let help = diagnostic.help.as_deref().map(visible_lines);
        let fix = diagnostic.fix.as_ref();
        if let Some((source, span, replacement, line)) = fix.and_then(|fix| self.patch(fix.origin, &fix.replacement)) {
            let title = Level::HELP.secondary_title(help.unwrap_or_else(|| "write it like this".into()));
            let snippet = Snippet::source(source).line_start(line).patch(Patch::new(span, replacement));
            groups.push(Group::with_title(title).element(snippet));
            return self.finish(&groups);
        }
        let mut words = Vec::new();
        words.extend(help);
        if let Some(fix) = fix {
            let place = self.sources.describe(fix.origin);
            words.push(format!("at {} write `{}`", visible(&place), self.cut(&fix.replacement)));
        }
        // Below the related places if there are some, so that the way out is what is read last.
        let last = groups.pop();
        groups.extend(last.map(|group| group.elements(words.into_iter().map(|text| Level::HELP.message(text)))));
        self.finish(&groups)
    }

    /// Renders and puts the headers in.
    fn finish(&mut self, groups: &[Group<'_>]) -> String {
        let rendered = self.renderer.render(groups);
        let mut parts = rendered.split(HEADER.0);
        let mut out = parts.next().unwrap_or("").to_string();
        for part in parts {
            let Some((number, rest)) = part.split_once(HEADER.1) else { continue };
            let header = number.parse::<usize>().ok().and_then(|number| self.headers.get(number));
            out.push_str(header.map_or("", String::as_str));
            out.push_str(rest.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
        }
        self.headers.clear();
        out
    }

    /// Adds the place of `origin` to a group: its name, and an excerpt with the marks if it lies in a text.
    fn place<'g>(&mut self, group: Group<'g>, origin: Origin, place: Where<'_>, marks: &[Mark<'_>]) -> Group<'g> {
        let Some(range) = place.range else {
            // The line leads those to a block who mend the file by hand; its id leads those who draw.
            let path = match (place.block, place.at) {
                (Some(block), Some(at)) => {
                    let field = place.field.map(|field| format!(".{field}")).unwrap_or_default();
                    format!("{}:{}#{block}{field}", place.file, at.line)
                }
                (_, None) | (None, Some(_)) => self.sources.describe(origin),
            };
            return group.element(Header::path(visible(&path).into_owned()));
        };
        self.headers.push(format!("{}:{}:{}", visible(place.file), range.start.line, range.start.column));
        let header = format!("{}{}{}", HEADER.0, self.headers.len() - 1, HEADER.1);
        let first = marks.iter().map(|mark| mark.range.start.line).min().unwrap_or(range.start.line);
        let last = marks.iter().map(|mark| last_shown(mark.range)).max().unwrap_or(first);
        let (text, spans) = self.excerpt(origin, first, last, marks);
        let mut snippet = Snippet::source(text).line_start(first).path(header);
        for (mark, span) in marks.iter().zip(spans) {
            let label = (!mark.label.is_empty()).then(|| visible(mark.label).into_owned());
            snippet = snippet.annotation(mark.kind.span(span).label(label));
        }
        group.element(snippet)
    }

    /// May a related place stand in the excerpt of the primary one? Not where a line would have to be cut for both.
    fn share(&mut self, related: &Label, first: Range, range: Range) -> bool {
        let lines = |a: usize, b: usize| a.abs_diff(b);
        if lines(first.start.line, range.start.line) > NEAR {
            return false;
        }
        let id = related.origin.source;
        let text = self.sources.get(id).map_or("", |source| &source.text);
        [first, range].iter().all(|range| {
            let line = self.places.lines(id, range.start.line, range.start.line);
            text.get(line).is_some_and(|line| !is_longer(line, self.width))
        })
    }

    /// Lines `first` to `last` as they may be shown, and where in them the marks lie.
    fn excerpt(
        &mut self,
        origin: Origin,
        first: usize,
        last: usize,
        marks: &[Mark<'_>],
    ) -> (String, Vec<std::ops::Range<usize>>) {
        let text = self.sources.get(origin.source).map_or("", |source| &source.text);
        let mut out = String::new();
        // A bound of a mark: which, its byte in the source, its byte in the excerpt.
        let mut bounds: Vec<(usize, usize)> = Vec::with_capacity(marks.len() * 2);
        for mark in marks {
            let line_end = self.places.lines(origin.source, mark.range.start.line, last_shown(mark.range)).end;
            let end = mark.range.end.byte.min(line_end);
            // A line end at the end of a place is not underlined.
            let inside = text.get(mark.range.start.byte..end).unwrap_or("");
            let end = mark.range.start.byte + inside.trim_end_matches(['\r', '\n']).len();
            bounds.push((mark.range.start.byte, usize::MAX));
            bounds.push((end, usize::MAX));
        }
        for number in first..=last {
            let whole = self.places.lines(origin.source, number, number);
            let line = text.get(whole.clone()).unwrap_or("");
            let content = line.trim_end_matches('\n');
            let content = content.strip_suffix('\r').unwrap_or(content);
            let content_end = whole.start + content.len();
            // Bounds of this line; those that a cut leaves out are moved to its edges.
            let earliest =
                bounds.iter().map(|(byte, _)| *byte).filter(|byte| (whole.start..=content_end).contains(byte)).min();
            let (from, to) = window(content, earliest.map(|byte| byte - whole.start), self.width);
            let place = |bounds: &mut Vec<(usize, usize)>, byte: usize, at: usize| {
                for (wanted, found) in bounds.iter_mut() {
                    if *found == usize::MAX && *wanted >= whole.start && *wanted <= byte {
                        *found = at;
                    }
                }
            };
            if from > 0 {
                out.push('…');
            }
            for (i, c) in content[from..to].char_indices() {
                place(&mut bounds, whole.start + from + i, out.len());
                if c == '\t' { out.push_str("    ") } else { push_visible(&mut out, c) }
            }
            let end = out.len();
            // The first byte of the next line is shown there, if that line is.
            let last_byte = if number < last { whole.end.saturating_sub(1) } else { whole.end };
            place(&mut bounds, last_byte.max(content_end), end);
            if to < content.len() {
                out.push('…');
            }
            out.push('\n');
        }
        let spans = bounds
            .chunks(2)
            .map(|pair| match pair {
                [(_, start), (_, end)] => {
                    let start = (*start).min(out.len());
                    start..(*end).min(out.len()).max(start)
                }
                _no_pair => 0..0,
            })
            .collect();
        (out, spans)
    }

    /// The lines that a fix changes, the place in them, the replacement and the first line's number; `None` where the fix
    /// is in no text, changes nothing, or stands in lines too many or too long to be shown.
    fn patch(&mut self, origin: Origin, replacement: &str) -> Option<(String, std::ops::Range<usize>, String, usize)> {
        let range = self.places.find(origin).range?;
        let text = &self.sources.get(origin.source)?.text;
        let (first, last) = (range.start.line, range.end.line);
        let whole = self.places.lines(origin.source, first, last);
        let lines = text.get(whole.clone())?;
        let shown = lines.lines().chain(replacement.lines()).all(|line| !is_longer(line, self.width));
        let count = last - first < LINES && replacement.lines().count() <= LINES;
        let old = text.get(range.start.byte..range.end.byte)?;
        if !shown || !count || old == replacement {
            return None;
        }
        let before = patchable(text.get(whole.start..range.start.byte)?);
        let old = patchable(old);
        let after = patchable(text.get(range.end.byte..whole.end)?);
        let span = before.len()..before.len() + old.len();
        Some((before + &old + &after, span, patchable(replacement), first))
    }

    /// A text on one line, cut where it is long.
    fn cut(&self, text: &str) -> String {
        let (_, to) = window(text, None, self.width);
        let cut = if to < text.len() { "…" } else { "" };
        format!("{}{cut}", visible(&text[..to]))
    }
}

/// The last line that is shown of a place: of one over many lines only the first is.
fn last_shown(range: Range) -> usize {
    // A place that ends with a line end does not reach into the next line.
    let ends_line = range.end.column == 1 && range.end.line > range.start.line;
    let last = range.end.line - usize::from(ends_line);
    if last - range.start.line < LINES { last } else { range.start.line }
}

/// Has it more than `width` characters? Looks at no more of it than it must.
fn is_longer(line: &str, width: usize) -> bool {
    line.len() > width && line.chars().nth(width).is_some()
}

/// The part of a line that is shown: all of it if it is short enough, else `width` characters, from a little before `at`.
fn window(line: &str, at: Option<usize>, width: usize) -> (usize, usize) {
    if !is_longer(line, width) {
        return (0, line.len());
    }
    let at = at.unwrap_or(0);
    let before = &line[..at];
    let near_start = !is_longer(before, width / 2);
    let from = if near_start { 0 } else { before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(byte, _)| byte) };
    let to = line[from..].char_indices().nth(width).map_or(line.len(), |(byte, _)| from + byte);
    (from, to)
}

/// As it may be shown, with line ends kept and tabs as spaces.
fn patchable(text: &str) -> String {
    visible_lines(&text.replace('\t', "    "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::diagnostic::render::sample;
    use crate::origin::Span;

    #[test]
    fn the_sample_set() {
        let (diagnostics, sources) = sample::set();
        insta::assert_snapshot!(render(&diagnostics, &sources, &Options::default()));
    }

    #[test]
    fn with_box_drawing() {
        let (diagnostics, sources) = sample::set();
        insta::assert_snapshot!(render(&diagnostics[2..4], &sources, &Options { unicode: true, ..Options::default() }));
    }

    #[test]
    fn colours_only_when_asked_for_and_then_the_same_text() {
        let (diagnostics, sources) = sample::set();
        let plain = render(&diagnostics, &sources, &Options::default());
        let coloured = render(&diagnostics, &sources, &Options { colors: true, ..Options::default() });
        assert!(!plain.contains('\x1b') && coloured.contains("\x1b[1m"));
        let colour = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
        let without = |text: &str| text.lines().map(|l| l.trim_end().to_string()).collect::<Vec<_>>();
        assert_eq!(without(&colour.replace_all(&coloured, "")), without(&plain));
    }

    #[test]
    fn nothing_of_a_rule_reaches_the_terminal_raw() {
        let (diagnostics, sources) = sample::set();
        let text = render(&diagnostics, &sources, &Options::default());
        let raw: Vec<char> = text.chars().filter(|c| visible(&c.to_string()) != c.to_string() && *c != '\n').collect();
        assert_eq!(raw, Vec::<char>::new());
    }

    #[test]
    fn a_line_of_100_kb_is_cut_around_the_place_and_no_line_is_wider_than_the_terminal() {
        let (diagnostics, sources) = sample::set();
        for width in [60, 120] {
            let text = render(&diagnostics, &sources, &Options { width, ..Options::default() });
            for line in text.lines().filter(|line| line.contains('…') && line.contains(" | ")) {
                assert!(line.chars().count() <= width, "{line}");
            }
        }
    }

    #[test]
    fn a_place_over_many_lines_is_shown_by_its_first() {
        let mut sources = Sources::default();
        let text = format!("filter \"x\" {{\n{}}}\n", "    keep\n".repeat(5000));
        let id = sources.add("a", text.as_str());
        let wide = Diagnostic::new(Code::DoesNothing, Origin::span(id, Span::new(0, text.len())), "no effect");
        insta::assert_snapshot!(render(&[wide], &sources, &Options::default()).trim_end(), @r#"
        warning[BS0407]: no effect
         --> a:1:1
          |
        1 | filter "x" {
          | ^^^^^^^^^^^^
        "#);
    }

    #[test]
    fn places_at_the_end_of_a_text_in_an_empty_text_and_beyond_it() {
        let mut sources = Sources::default();
        let (open, empty) = (sources.add("open", "filter \"x\" {\n"), sources.add("empty", ""));
        let at =
            |id, start, end| Diagnostic::new(Code::Syntax, Origin::span(id, Span::new(start, end)), "expected `}`");
        let all = [at(open, 13, 13), at(open, 12, 13), at(empty, 0, 0), at(empty, 5, 9)];
        insta::assert_snapshot!(render(&all, &sources, &Options::default()));
    }

    #[test]
    fn places_at_the_beginning_of_two_lines_are_marked_each_on_its_own() {
        let mut sources = Sources::default();
        let id = sources.add("a", "one\ntwo\n");
        let at = |start, end| Origin::span(id, Span::new(start, end));
        let twice = Diagnostic::new(Code::DuplicateTest, at(4, 7), "twice").related(at(0, 3), "here");
        insta::assert_snapshot!(render(&[twice], &sources, &Options::default()), @r"
        warning[BS0406]: twice
         --> a:2:1
          |
        1 | one
          | --- here
        2 | two
          | ^^^
        ");
    }

    proptest::proptest! {
        /// Whatever the text and the places: no panic, and nothing raw.
        #[test]
        fn any_text_and_any_place(
            text in "[a-z\t\r\nſž\u{202e}\u{1b}]{0,300}",
            places in proptest::collection::vec((0..400u32, 0..400u32), 3),
            replacement in "[a\n\t\u{1b}]{0,5}",
            width in 0..100usize,
        ) {
            let mut sources = Sources::default();
            let id = sources.add("a", text.as_str());
            let at = |n: usize| Origin::span(id, Span { start: places[n].0, end: places[n].1 });
            let any = Diagnostic::new(Code::Syntax, at(0), "m").label("here").related(at(1), "there").fix(at(2), replacement);
            let shown = render(&[any], &sources, &Options { width, ..Options::default() });
            proptest::prop_assert!(!shown.chars().any(|c| c != '\n' && visible(&c.to_string()) != c.to_string()));
        }
    }
}
