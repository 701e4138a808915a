//! A walk over the text beside the parser's events.
//!
//! The parser tells what the nodes are and where plain and block texts end. It tells neither comments nor the exact bytes of the rest: a quoted
//! text ends behind the comment that follows it, a block text begins with its second line, a list under a key behind its first dash. But
//! once every text is known, what lies between two of them is only blanks, comments, indicators, anchors and tags, and that a walk can read.
//!
//! In: the text; for each event what may stand before it. Out: places in bytes, lines and columns, and the comments passed on the way.
//! Never here: recursion, or errors; the parser has accepted what is walked over.

use super::Comment;
use super::error::Place;
use crate::origin::{LineColumn, Span};

/// A position in the text, counted in every way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// In bytes, from 0.
    pub offset: usize,
    /// In characters behind the byte order mark, from 0: the parser's count.
    pub chars: usize,
    /// Line and column.
    pub at: LineColumn,
}

impl Spot {
    /// What stands from here to `end`.
    pub fn to(self, end: usize) -> Place {
        Place { span: Span::new(self.offset, end), at: self.at }
    }
}

/// Before documents.
pub(super) struct Start {
    /// How many of the comments stand before the last marker: they belong to the document before.
    pub comments_before: usize,
    /// A directive other than `%YAML`.
    pub directive: Option<Place>,
}

#[derive(Debug)]
pub(super) struct Walk<'t> {
    text: &'t str,
    here: Spot,
    /// Comments passed since they were last taken.
    pub comments: Vec<Comment>,
    /// The first tab that the last gap held in the indentation of a line.
    pub tab: Option<Place>,
}

pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

impl<'t> Walk<'t> {
    pub fn new(text: &'t str) -> Walk<'t> {
        let offset = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let here = Spot { offset, chars: 0, at: LineColumn { line: 1, column: 1 } };
        Walk { text, here, comments: Vec::new(), tab: None }
    }

    pub fn here(&self) -> Spot {
        self.here
    }

    /// The text from `start` to here.
    pub fn since(&self, start: Spot) -> &'t str {
        self.text.get(start.offset..self.here.offset).unwrap_or_default()
    }

    /// What stands at `place`.
    pub fn cut(&self, place: Place) -> &'t str {
        self.text.get(place.span.range()).unwrap_or_default()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.here.offset..).unwrap_or_default()
    }

    pub fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn step(&mut self) {
        let mut rest = self.rest().chars();
        let Some(character) = rest.next() else { return };
        self.here.offset += character.len_utf8();
        self.here.chars += 1;
        if character == '\n' || character == '\r' && rest.next() != Some('\n') {
            self.here.at = LineColumn { line: self.here.at.line + 1, column: 1 };
        } else {
            self.here.at.column += 1;
        }
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    /// On to the parser's position `chars`.
    pub fn forward_to_char(&mut self, chars: usize) {
        while self.here.chars < chars && self.here.offset < self.text.len() {
            self.step();
        }
    }

    /// On to the byte `offset`.
    pub fn forward_to(&mut self, offset: usize) {
        while self.here.offset < offset.min(self.text.len()) {
            self.step();
        }
    }

    /// Over blanks, line ends and comments.
    pub fn gap(&mut self) {
        let mut indents = self.here.at.column == 1;
        loop {
            match self.next() {
                Some(' ') => self.step(),
                Some('\r' | '\n') => {
                    indents = true;
                    self.step();
                }
                Some('\t') => {
                    if indents {
                        self.tab.get_or_insert(self.here.to(self.here.offset + 1));
                    }
                    self.step();
                }
                Some('#') => {
                    indents = false;
                    self.comment();
                }
                Some(_) | None => break,
            }
        }
    }

    fn comment(&mut self) {
        let start = self.here;
        let before = self.text.get(..start.offset).unwrap_or_default();
        let own_line = before.trim_end_matches([' ', '\t']);
        let own_line = own_line.is_empty() || own_line.ends_with(['\n', '\r']) || own_line == BYTE_ORDER_MARK;
        self.skip_line();
        let text = self.since(start).trim_start_matches('#').trim().into();
        self.comments.push(Comment { place: start.to(self.here.offset), own_line, text });
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|c| c != '\n' && c != '\r') {
            self.step();
        }
    }

    /// `character` if it comes next.
    pub fn take(&mut self, character: char) -> bool {
        let there = self.next() == Some(character);
        if there {
            self.step();
        }
        there
    }

    /// `-`, `?` or `:` if it comes next with a blank behind it.
    pub fn take_indicator(&mut self, indicator: char) -> bool {
        let behind = self.rest().strip_prefix(indicator);
        let there = behind.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if there {
            self.step();
        }
        there
    }

    /// Over an anchor or a tag, with the gap before it.
    pub fn property(&mut self) {
        self.gap();
        if self.rest().starts_with("!<") {
            while self.next().is_some_and(|c| c != '>') {
                self.step();
            }
            self.step();
            return;
        }
        while self.next().is_some_and(|c| !matches!(c, ' ' | '\t' | '\r' | '\n' | ',' | '[' | ']' | '{' | '}')) {
            self.step();
        }
    }

    /// Over a text in quotes.
    pub fn quoted(&mut self) {
        let length = closing_quote(self.rest()).map_or(self.rest().len(), |end| end + 1);
        self.forward_to(self.here.offset + length);
    }

    /// Over a block text that the parser says ends at `chars`, to the end of its last line that is not blank.
    pub fn block_text(&mut self, chars: usize) {
        self.steps(1);
        while self.next().is_some_and(|c| matches!(c, '+' | '-' | '0'..='9' | ' ' | '\t')) {
            self.step();
        }
        if self.next() == Some('#') {
            self.comment();
        }
        let mut end = self.here;
        while self.here.chars < chars && self.here.offset < self.text.len() {
            let blank = matches!(self.next(), Some(' ' | '\t' | '\r' | '\n'));
            self.step();
            if !blank {
                self.skip_line();
                end = self.here;
            }
        }
        self.here = end;
    }

    /// The text that the parser read from the block text that began at `start` and was just passed, as go-yaml reads it: where the file ends
    /// without a line end, the parser adds one.
    pub fn without_added_end<'s>(&self, start: Spot, read: &'s str) -> &'s str {
        let (Some(shorter), true) = (read.strip_suffix('\n'), self.rest().trim().is_empty()) else { return read };
        let raw = self.text.get(start.offset..).unwrap_or_default().replace("\r\n", "\n").replace('\r', "\n");
        let filled = |line: &&str| !line.trim().is_empty();
        let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let indent = match (raw.split('\n').skip(1).find(filled), read.split('\n').find(filled)) {
            (Some(written), Some(read)) => blanks(written).saturating_sub(blanks(read)),
            _ if raw.matches('\n').count() > 1 => return read,
            _ => 0,
        };
        let last = raw.rsplit('\n').next().unwrap_or_default();
        if last.chars().count() >= indent.max(1) { shorter } else { read }
    }

    /// To the first document, or from one to the next: over directives and markers.
    pub fn document(&mut self) -> Start {
        let mut start = Start { comments_before: 0, directive: None };
        loop {
            self.gap();
            let first = self.here.at.column == 1;
            if first && self.next() == Some('%') {
                let line = self.here;
                self.skip_line();
                if self.since(line).split([' ', '\t']).next() != Some("%YAML") {
                    start.directive = Some(line.to(self.here.offset));
                }
            } else if first && self.rest().starts_with("...") && self.ends_at(3) {
                self.steps(3);
                start.comments_before = self.comments.len();
            } else if first && self.rest().starts_with("---") && self.ends_at(3) {
                self.steps(3);
                start.comments_before = self.comments.len();
                return start;
            } else {
                return start;
            }
        }
    }

    fn ends_at(&self, count: usize) -> bool {
        self.rest().as_bytes().get(count).is_none_or(u8::is_ascii_whitespace)
    }
}

/// The byte of the quote that closes the text that begins `quoted` with the one that opens it.
pub(super) fn closing_quote(quoted: &str) -> Option<usize> {
    let bytes = quoted.as_bytes();
    let quote = *bytes.first()?;
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        let escaped = if quote == b'"' { byte == b'\\' } else { byte == quote && bytes.get(at + 1) == Some(&quote) };
        if byte == quote && !escaped {
            return Some(at);
        }
        at += if escaped { 2 } else { 1 };
    }
    None
}
