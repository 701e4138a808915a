//! A configuration as text again.
//!
//! In: a configuration. Out: its own text, or the canonical one: two blanks a level, attributes in double quotes, a filter a line, comments where they
//! stood. Never here: another order. Both decide as the configuration does.

use std::borrow::Cow;

use super::document::{Element, ElementId};
use super::model::Config;
use crate::origin::Span;

/// What the first line says where there is one.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// A value between tags.
pub fn escaped(text: &str) -> String {
    escape(text, false)
}

/// A value of an attribute, without its quotes.
pub fn quoted(text: &str) -> String {
    escape(text, true)
}

fn escape(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            // They would come back as something else.
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' if attribute => out.push_str(&format!("&#{};", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// A text that can stand in a comment: on one line, and without two dashes beside each other.
pub fn comment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '-' && out.ends_with('-') {
            out.push(' ');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// The text as it stands, to be saved as UTF-8: an encoding that it declares otherwise is put right.
pub fn unchanged(config: &Config) -> Cow<'_, str> {
    as_utf8(&config.text)
}

/// A text whose declaration may name another encoding.
pub fn as_utf8(text: &str) -> Cow<'_, str> {
    let start = text.len() - text.trim_start().len();
    let rest = text.get(start..).unwrap_or_default();
    let declaration = rest.strip_prefix("<?xml").and_then(|rest| rest.find("?>")).map(|end| start + 5 + end + 2);
    let Some(end) = declaration else { return Cow::Borrowed(text) };
    let said = text.get(start..end).unwrap_or_default().to_ascii_lowercase();
    if !said.contains("encoding") || said.contains("utf-8") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{DECLARATION}{}", text.get(end..).unwrap_or_default()))
}

/// The canonical text.
pub fn canonical(config: &Config) -> String {
    let mut writer = Writer { config, out: String::with_capacity(config.text.len()), line: true };
    if config.text.trim_start().starts_with("<?xml") {
        writer.out.push_str(DECLARATION);
        writer.out.push('\n');
    }
    writer.all();
    writer.out
}

/// What stands in an element, in its order.
enum Piece {
    Element(ElementId),
    Comment(Span),
}

struct Writer<'c> {
    config: &'c Config,
    out: String,
    /// At the beginning of a line.
    line: bool,
}

/// What is still to be written.
enum Work {
    Piece(Piece, usize),
    Close(ElementId, usize),
}

impl Writer<'_> {
    fn all(&mut self) {
        let document = &self.config.document;
        let root = document.elements.first().map_or(0, |root| root.span.start);
        let outside = |behind: bool| {
            let comments = document.comments.iter().filter(|comment| comment.parent.is_none());
            comments
                .filter(move |comment| (comment.span.start > root) == behind)
                .map(|comment| Piece::Comment(comment.span))
        };
        let pieces: Vec<Piece> = outside(false).chain([Piece::Element(0)]).chain(outside(true)).collect();
        // A worklist: elements can be nested as deep as the limit, comments by their number.
        let mut inside: Vec<Vec<(usize, Span)>> = vec![Vec::new(); document.elements.len()];
        for comment in &document.comments {
            if let Some(list) = comment.parent.and_then(|parent| inside.get_mut(parent)) {
                list.push((comment.after, comment.span));
            }
        }
        let mut work: Vec<Work> = pieces.into_iter().rev().map(|piece| Work::Piece(piece, 0)).collect();
        while let Some(next) = work.pop() {
            match next {
                Work::Piece(Piece::Comment(span), depth) => {
                    self.indent(depth);
                    let text = self.config.text.get(span.range()).unwrap_or_default().to_string();
                    self.out.push_str(&text.replace("\r\n", "\n"));
                    self.end();
                }
                Work::Piece(Piece::Element(id), depth) => {
                    let Some(element) = document.elements.get(id) else { continue };
                    let comments = inside.get(id).map_or(&[][..], Vec::as_slice);
                    self.open(element, depth);
                    let pieces = inside_of(element, comments);
                    let text = element.text.as_ref().map_or("", |text| text.value.as_str());
                    let blank = text.trim_matches([' ', '\t', '\r', '\n']).is_empty();
                    if pieces.is_empty() && blank {
                        self.out.push_str("/>");
                        self.end();
                        continue;
                    }
                    self.out.push('>');
                    if !blank {
                        // What stands beside a value would become a part of it on lines of its own.
                        let inside = element.tag.end as usize..element.span.end as usize;
                        match pieces.is_empty() {
                            true => self.out.push_str(&format!("{}</{}>", escaped(text), element.name.value)),
                            false => self.out.push_str(self.config.text.get(inside).unwrap_or_default()),
                        }
                        self.end();
                        continue;
                    }
                    self.end();
                    work.push(Work::Close(id, depth));
                    work.extend(pieces.into_iter().rev().map(|piece| Work::Piece(piece, depth + 1)));
                }
                Work::Close(id, depth) => {
                    self.indent(depth);
                    let name = document.elements.get(id).map_or("", |element| element.name.value.as_str());
                    self.out.push_str(&format!("</{name}>"));
                    self.end();
                }
            }
        }
    }

    fn open(&mut self, element: &Element, depth: usize) {
        self.indent(depth);
        self.out.push('<');
        self.out.push_str(&element.name.value);
        for attribute in &element.attributes {
            self.out.push_str(&format!(" {}=\"{}\"", attribute.name.value, quoted(&attribute.value.value)));
        }
    }

    fn indent(&mut self, depth: usize) {
        if self.line {
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
        self.line = false;
    }

    fn end(&mut self) {
        self.out.push('\n');
        self.line = true;
    }
}

/// The elements and comments in an element. A comment before the text of a value would hide it, so it comes behind.
fn inside_of(element: &Element, comments: &[(usize, Span)]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(element.children.len() + comments.len());
    let mut comments = comments.iter().peekable();
    for (number, child) in element.children.iter().enumerate() {
        while let Some((_, span)) = comments.next_if(|(after, _)| *after <= number) {
            pieces.push(Piece::Comment(*span));
        }
        pieces.push(Piece::Element(*child));
    }
    pieces.extend(comments.map(|(_, span)| Piece::Comment(*span)));
    pieces
}
