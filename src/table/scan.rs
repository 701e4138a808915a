//! A table's text, line by line and cell by cell.
//!
//! In: text. Out: rows with the places of their cells, comments, blank lines, and what breaks the form: CSV as RFC 4180 has it,
//! and what is more generous here:
//!
//! | what | how it is read |
//! | --- | --- |
//! | a line that begins with `#`, outside of quotes | a comment |
//! | a line of blanks | nothing |
//! | blanks around a value or around its quotes | no part of it; blanks that are meant stand inside of quotes |
//! | cells that the header separates by `;` or tabs | as by `,`: European Excel saves so |
//! | a line end | CR LF or LF; inside of quotes it is part of the value |
//!
//! Whatever is left over or left open is a fault, for a quote that is never closed would swallow the rest of the table. Never
//! here: what a value means.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};

/// What a line is. A row may take several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Cells.
    Row,
    /// Begins with `#`.
    Comment,
    /// Nothing but blanks.
    Blank,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its first byte, behind the quote if there is one.
    pub start: usize,
    /// One past its last.
    pub end: usize,
    /// Quotes inside are written twice.
    doubled: bool,
}

impl Cell {
    /// The value.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = text.get(self.start..self.end).unwrap_or_default();
        if self.doubled { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) }
    }
}

/// What breaks the form, with the byte where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A quote that opens a value and is never closed.
    Unclosed(usize),
    /// A quote inside of a value that does not begin with one.
    Stray(usize),
    /// Something behind a closing quote.
    Behind(usize),
    /// A carriage return outside of quotes that ends no line.
    Return(usize),
}

/// Goes through a text.
#[derive(Clone, Debug)]
pub struct Scanner<'t> {
    text: &'t str,
    at: usize,
    separator: u8,
    /// Is there a carriage return without a line feed anywhere? Then each cell is looked through for one.
    returns: bool,
}

impl<'t> Scanner<'t> {
    /// At the beginning of a text whose cells are separated by this byte, which is ASCII.
    pub fn new(text: &'t str, separator: u8) -> Self {
        let bytes = text.as_bytes();
        let returns = memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'));
        Self { text, at: 0, separator, returns }
    }

    /// At a byte at which a line begins, for the places of its cells: carriage returns are not looked for.
    pub fn at(text: &'t str, separator: u8, at: usize) -> Self {
        Self { text, at, separator, returns: false }
    }

    /// The next line or row: what it is, and its bytes with the line end. Cells and faults are added to the lists.
    pub fn next(&mut self, cells: &mut Vec<Cell>, faults: &mut Vec<Fault>) -> Option<(Line, Range<usize>)> {
        let start = self.at;
        let first = *self.text.as_bytes().get(start)?;
        let line = if first == b'#' {
            self.at = self.line_end(start);
            self.stray_return(start..self.at, faults);
            Line::Comment
        } else if (first.is_ascii_whitespace() || first == b'\n') && self.blank_line(start) {
            self.at = self.line_end(start);
            self.stray_return(start..self.at, faults);
            Line::Blank
        } else {
            while self.cell(cells, faults) {}
            Line::Row
        };
        Some((line, start..self.at))
    }

    /// One past the line feed that comes next, or the end.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        memchr(b'\n', rest).map_or(self.text.len(), |at| from + at + 1)
    }

    fn is_blank(&self, byte: u8) -> bool {
        byte == b' ' || byte == b'\t' && self.separator != b'\t'
    }

    fn blank_line(&self, from: usize) -> bool {
        let line = self.text.as_bytes().get(from..self.line_end(from)).unwrap_or_default();
        line.iter().all(|byte| self.is_blank(*byte) || matches!(byte, b'\r' | b'\n'))
    }

    fn skip_blanks(&self, mut at: usize) -> usize {
        while self.text.as_bytes().get(at).is_some_and(|byte| self.is_blank(*byte)) {
            at += 1;
        }
        at
    }

    /// Reads one cell and what ends it. Is there another one in the row?
    fn cell(&mut self, cells: &mut Vec<Cell>, faults: &mut Vec<Fault>) -> bool {
        let bytes = self.text.as_bytes();
        let from = self.skip_blanks(self.at);
        if bytes.get(from) == Some(&b'"') {
            let Some(cell) = self.quoted(from + 1) else {
                faults.push(Fault::Unclosed(from));
                cells.push(Cell { start: from + 1, end: bytes.len(), doubled: false });
                self.at = bytes.len();
                return false;
            };
            cells.push(cell);
            let behind = self.skip_blanks(cell.end + 1);
            let rest = bytes.get(behind..).unwrap_or_default();
            let end = behind + memchr2(self.separator, b'\n', rest).unwrap_or(rest.len());
            let line_end =
                usize::from(bytes.get(end) == Some(&b'\n') && end > behind && bytes.get(end - 1) == Some(&b'\r'));
            if end - line_end > behind {
                faults.push(Fault::Behind(behind));
            }
            return self.after(end);
        }
        let rest = bytes.get(from..).unwrap_or_default();
        let mut end = from + memchr3(self.separator, b'\n', b'"', rest).unwrap_or(rest.len());
        if bytes.get(end) == Some(&b'"') {
            faults.push(Fault::Stray(end));
            let rest = bytes.get(end..).unwrap_or_default();
            end += memchr2(self.separator, b'\n', rest).unwrap_or(rest.len());
        }
        let mut last = end;
        if bytes.get(end) == Some(&b'\n') && last > from && bytes.get(last - 1) == Some(&b'\r') {
            last -= 1;
        }
        if self.returns {
            self.stray_return(from..last, faults);
        }
        while last > from && bytes.get(last - 1).is_some_and(|byte| self.is_blank(*byte)) {
            last -= 1;
        }
        cells.push(Cell { start: from, end: last, doubled: false });
        self.after(end)
    }

    /// Goes behind what ends a cell. Is there another one in the row?
    fn after(&mut self, end: usize) -> bool {
        let another = self.text.as_bytes().get(end) == Some(&self.separator);
        self.at = (end + 1).min(self.text.len());
        another
    }

    /// The value that begins behind a quote, up to the quote that closes it.
    fn quoted(&self, start: usize) -> Option<Cell> {
        let bytes = self.text.as_bytes();
        let (mut at, mut doubled) = (start, false);
        loop {
            at += memchr(b'"', bytes.get(at..)?)?;
            if bytes.get(at + 1) != Some(&b'"') {
                return Some(Cell { start, end: at, doubled });
            }
            doubled = true;
            at += 2;
        }
    }

    /// A carriage return in these bytes that no line feed follows.
    fn stray_return(&self, range: Range<usize>, faults: &mut Vec<Fault>) {
        if !self.returns {
            return;
        }
        let bytes = self.text.as_bytes();
        let mut returns = memchr::memchr_iter(b'\r', bytes.get(range.clone()).unwrap_or_default());
        let stray = returns.find(|at| bytes.get(range.start + at + 1) != Some(&b'\n'));
        faults.extend(stray.map(|at| Fault::Return(range.start + at)));
    }
}

/// What separates the cells, told by the header; the second is another one that stands there too, outside of quotes.
pub fn separator(text: &str) -> (u8, Option<u8>) {
    let (mut commas, mut semicolons, mut tabs, mut quoted) = (false, false, false, false);
    let no_header = |line: &&str| line.starts_with('#') || line.trim().is_empty();
    let start = text.split_inclusive('\n').take_while(no_header).map(str::len).sum();
    for byte in text.bytes().skip(start) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b',' => commas |= !quoted,
            b';' => semicolons |= !quoted,
            b'\t' => tabs |= !quoted,
            _other => {}
        }
    }
    match (commas, semicolons, tabs) {
        (true, true, _) => (b',', Some(b';')),
        (false, true, _) => (b';', None),
        (false, false, true) => (b'\t', None),
        (true, false, _) | (false, false, false) => (b',', None),
    }
}

/// The value as a cell that is read as this value again.
pub fn written(value: &str, separator: u8) -> Cow<'_, str> {
    let special = |byte: u8| byte == separator || matches!(byte, b'"' | b'\r' | b'\n');
    let quoted = value.bytes().any(special) || value.starts_with([' ', '\t', '#']) || value.ends_with([' ', '\t']);
    if quoted { Cow::Owned(format!("\"{}\"", value.replace('"', "\"\""))) } else { Cow::Borrowed(value) }
}
