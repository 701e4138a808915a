//! A table's file put together again with rows added or taken away.
//!
//! In: the text of a file and its [`Sheet`], without faults. Out: the text with the change. Every byte that belongs to no
//! changed row stays: the header, comments, quotes, line ends, a missing last line end. Never here: which change, and files.
//!
//! Comment lines belong to the row below them and go where it goes. With a blank line between they belong to what stands
//! above; those before the header and behind the last row stay there.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Sheet;
use super::scan::{self, Line, Scanner};
use crate::dialect::Fold;

/// A file in pieces, which one after the other are the file.
#[derive(Clone, Debug)]
pub struct Document<'t> {
    /// Everything up to the first row.
    head: Cow<'t, str>,
    rows: Vec<Row<'t>>,
    /// Comments behind the last row.
    tail: &'t str,
    separator: u8,
    line_end: &'static str,
    /// The last line has no line end.
    open: bool,
}

#[derive(Clone, Debug)]
struct Row<'t> {
    /// Its number in the sheet.
    number: usize,
    /// The comments that belong to it.
    above: &'t str,
    /// Its line, or lines.
    text: Cow<'t, str>,
    /// Comments and blank lines that only stand behind it.
    below: Cow<'t, str>,
}

impl<'t> Document<'t> {
    /// Takes a text without faults apart.
    pub fn new(text: &'t str, separator: u8) -> Self {
        let mut document = Self {
            head: Cow::Borrowed(""),
            rows: Vec::new(),
            tail: "",
            separator,
            line_end: if first_line(text).ends_with("\r\n") { "\r\n" } else { "\n" },
            open: !text.is_empty() && !text.ends_with('\n'),
        };
        let mut scanner = Scanner::new(text, separator);
        let (mut cells, mut faults) = (Vec::new(), Vec::new());
        let slice = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
        // Where what stands between two rows begins, and where a row that follows would take it from.
        let (mut between, mut above, mut header) = (0, 0, false);
        while let Some((line, range)) = scanner.next(&mut cells, &mut faults) {
            match line {
                Line::Comment => {}
                Line::Blank => above = range.end,
                Line::Row if !header => {
                    header = true;
                    document.head = Cow::Borrowed(slice(0..range.end));
                    (between, above) = (range.end, range.end);
                }
                Line::Row => {
                    document.behind(slice(between..above));
                    let number = document.rows.len();
                    let text = Cow::Borrowed(slice(range.clone()));
                    document.rows.push(Row {
                        number,
                        above: slice(above..range.start),
                        text,
                        below: Cow::Borrowed(""),
                    });
                    (between, above) = (range.end, range.end);
                }
            }
            cells.clear();
            faults.clear();
        }
        document.behind(slice(between..above));
        document.tail = slice(above..text.len());
        document
    }

    /// Adds what stands behind the last row so far, or behind the header.
    fn behind(&mut self, text: &'t str) {
        let place = self.rows.last_mut().map_or(&mut self.head, |row| &mut row.below);
        append(place, text);
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row behind the others; its number is the next one of the sheet.
    pub fn add(&mut self, number: usize, cells: &[String]) {
        let mut text = String::new();
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                text.push(char::from(self.separator));
            }
            text.push_str(&scan::written(cell, self.separator));
        }
        if text.is_empty() {
            // An empty line would be no row.
            text.push_str("\"\"");
        }
        text.push_str(self.line_end);
        self.rows.push(Row { number, above: "", text: Cow::Owned(text), below: Cow::Borrowed("") });
    }

    /// Takes rows away, by their numbers in the sheet, with the comments that belong to them.
    pub fn remove(&mut self, numbers: &BTreeSet<usize>) {
        let mut kept: Vec<Row<'t>> = Vec::with_capacity(self.rows.len());
        for row in self.rows.drain(..) {
            if numbers.contains(&row.number) {
                append(kept.last_mut().map_or(&mut self.head, |row| &mut row.below), &row.below);
            } else {
                kept.push(row);
            }
        }
        self.rows = kept;
    }

    /// Sorts rows by the values of these columns, ignoring case; equal ones stay in their order. The sheet must have the rows
    /// that were added, too. Says whether one was moved.
    pub fn sort(&mut self, sheet: &Sheet, by: &[usize]) -> bool {
        let order = |a: &Row<'_>, b: &Row<'_>| {
            let value = |row: &Row<'_>, column: usize| sheet.value(column, row.number);
            let orders = by.iter().map(|column| Fold::Simple.order(value(a, *column), value(b, *column)));
            orders.fold(Ordering::Equal, Ordering::then)
        };
        let moved = !self.rows.is_sorted_by(|a, b| order(a, b).is_le());
        self.rows.sort_by(order);
        moved
    }

    /// Where a row stands now, from 0, by its number in the sheet.
    pub fn place(&self, number: usize) -> Option<usize> {
        self.rows.iter().position(|row| row.number == number)
    }

    /// How many comment lines belong to a row.
    pub fn comments(&self, number: usize) -> usize {
        self.rows.iter().find(|row| row.number == number).map_or(0, |row| row.above.lines().count())
    }

    /// The file.
    pub fn write(&self) -> String {
        let rows = self.rows.iter().flat_map(|row| [row.above, &row.text, &row.below]);
        let mut out = String::new();
        for piece in
            std::iter::once(self.head.as_ref()).chain(rows).chain([self.tail]).filter(|piece| !piece.is_empty())
        {
            // What was the last line may no longer be.
            if !out.is_empty() && !out.ends_with('\n') {
                out.push_str(self.line_end);
            }
            out.push_str(piece);
        }
        if self.open {
            let end = if out.ends_with("\r\n") { 2 } else { usize::from(out.ends_with('\n')) };
            out.truncate(out.len() - end);
        } else if !out.ends_with('\n') {
            out.push_str(self.line_end);
        }
        out
    }
}

fn append(place: &mut Cow<'_, str>, text: &str) {
    if !text.is_empty() {
        place.to_mut().push_str(text);
    }
}

fn first_line(text: &str) -> &str {
    text.split_inclusive('\n').next().unwrap_or_default()
}
