//! A table's file as header, columns and rows.
//!
//! In: text. Out: a [`Sheet`] of all rows that have as many cells as the header, and every fault with its place, one after the
//! other: one bad line hides no other. Never here: what a column is for.

use rustc_hash::FxHashMap;

use super::scan::{self, Cell, Fault, Line, Scanner};
use super::{Column, Findings};
use crate::diagnostic::{Code, Diagnostic};
use crate::fold;
use crate::origin::{Origin, SourceId, Span};
use crate::texts::Texts;

/// A file, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What separates its cells.
    pub separator: u8,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Where their names stand.
    pub header: Vec<Span>,
    /// The byte at which each row begins.
    pub rows: Vec<u32>,
}

impl Sheet {
    /// The number of the column with this name, ignoring case where only one has it then.
    pub fn column(&self, name: &str) -> Option<usize> {
        let exact = self.columns.iter().position(|column| column.name == name);
        let folded = fold::fold(name);
        exact.or_else(|| self.columns.iter().position(|column| fold::fold(&column.name) == folded))
    }

    /// A value.
    pub fn value(&self, column: usize, row: usize) -> &str {
        self.columns.get(column).and_then(|column| column.values.get(row)).unwrap_or_default()
    }

    /// Where a cell stands in the text that this was read from.
    pub fn place(&self, text: &str, column: usize, row: usize) -> Span {
        let start = self.rows.get(row).map_or(text.len(), |start| *start as usize);
        let (mut cells, mut faults) = (Vec::new(), Vec::new());
        Scanner::at(text, self.separator, start).next(&mut cells, &mut faults);
        cells.get(column).map_or(Span::new(start, start), |cell| Span::new(cell.start, cell.end))
    }

    /// The line on which each row begins, from 1.
    pub fn lines(&self, text: &str) -> Vec<usize> {
        let (mut line, mut from) = (1, 0);
        let mut lines = Vec::with_capacity(self.rows.len());
        for start in self.rows.iter().map(|start| *start as usize) {
            let between = text.as_bytes().get(from..start).unwrap_or_default();
            line += memchr::memchr_iter(b'\n', between).count();
            lines.push(line);
            from = start;
        }
        lines
    }
}

/// Reads a table. `source` is what places refer to.
pub fn read(source: SourceId, text: &str, findings: &mut Findings) -> Sheet {
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        findings.push(Code::BadTable, || {
            bad(source, Span::new(at, at + 1), "a NUL byte: this is no text").help("save the table as \"CSV UTF-8\"")
        });
        return Sheet::default();
    }
    let (separator, other) = scan::separator(text);
    let mut reader = Reader { source, text, sheet: Sheet { separator, ..Sheet::default() }, findings };
    reader.read(other);
    reader.sheet
}

struct Reader<'a> {
    source: SourceId,
    text: &'a str,
    sheet: Sheet,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    fn read(&mut self, other: Option<u8>) {
        let mut scanner = Scanner::new(self.text, self.sheet.separator);
        let (mut cells, mut faults) = (Vec::new(), Vec::new());
        let mut header = None;
        while let Some((line, range)) = scanner.next(&mut cells, &mut faults) {
            faults.drain(..).for_each(|fault| self.fault(fault));
            let span = Span::new(range.start, range.end);
            match (line, header) {
                (Line::Comment | Line::Blank, _) => {}
                (Line::Row, None) if for_excel(self.text.get(range).unwrap_or_default()) => {
                    let help = "take it out: what separates the cells is told by the header";
                    self.bad(self.line(span), "this line is meant for Excel, and is no header", help);
                }
                (Line::Row, None) => {
                    header = Some(span);
                    self.header(&cells, span, other);
                }
                (Line::Row, Some(header)) => self.row(&cells, span, header),
            }
            cells.clear();
        }
        if header.is_none() {
            let help = "begin with the names of the columns, such as `sha256,file,comment`";
            self.bad(Span::new(0, 0), "there is no header, so no column has a name", help);
        }
        if let (Some(header), [], false) = (header, self.sheet.rows.as_slice(), self.findings.has_error()) {
            let place = Origin::span(self.source, self.line(header));
            self.findings.push(Code::EmptyTable, || {
                Diagnostic::new(Code::EmptyTable, place, "the table has no rows, so nothing is in it")
                    .help("add some with `blocksieve lookup add`, or leave it until there are some")
            });
        }
    }

    fn header(&mut self, cells: &[Cell], span: Span, other: Option<u8>) {
        if let Some(other) = other {
            let message = format!("both `,` and `{}` stand in the header", char::from(other));
            let help = "separate the cells by one of them; put a name that holds the other in double quotes";
            self.bad(self.line(span), message, help);
        }
        let mut names: FxHashMap<String, Span> = FxHashMap::default();
        for (number, cell) in cells.iter().enumerate() {
            let (name, place) = (cell.text(self.text), Span::new(cell.start, cell.end));
            let before = names.get(&fold::fold(&name)).copied();
            names.entry(fold::fold(&name)).or_insert(place);
            if name.is_empty() {
                let help = "give it one, or take away the separator that makes it";
                self.bad(place, format!("column {} has no name", number + 1), help);
            } else if let Some(first) = before {
                let source = self.source;
                self.findings.push(Code::BadTable, || {
                    bad(source, place, format!("there is a column \"{name}\" already"))
                        .related(Origin::span(source, first), "here")
                        .help("give each column a name of its own; case makes no difference")
                });
            }
            self.sheet.columns.push(Column { name: name.into_owned(), hash: None, values: Texts::default() });
            self.sheet.header.push(place);
        }
    }

    fn row(&mut self, cells: &[Cell], span: Span, header: Span) {
        let (have, want) = (cells.len(), self.sheet.columns.len());
        if have != want {
            let (row, header, source) = (self.line(span), Origin::span(self.source, self.line(header)), self.source);
            let separator = char::from(self.sheet.separator);
            self.findings.push(Code::BadTable, || {
                let s = if have == 1 { "" } else { "s" };
                let help = if have > want {
                    format!("put a value that holds `{separator}` in double quotes")
                } else {
                    format!("write the `{separator}` of empty cells too")
                };
                bad(source, row, format!("this row has {have} cell{s}, and the header {want}"))
                    .related(header, "the header")
                    .help(help)
            });
            return;
        }
        self.sheet.rows.push(span.start);
        for (column, cell) in self.sheet.columns.iter_mut().zip(cells) {
            column.values.push(&cell.text(self.text));
        }
    }

    fn fault(&mut self, fault: Fault) {
        let (at, message, help) = match fault {
            Fault::Unclosed(at) => {
                (at, "a quote that is never closed", "close it; a quote inside of quotes is written twice")
            }
            Fault::Stray(at) => (
                at,
                "a quote inside of a value that does not begin with one",
                "put the whole value in double quotes, and write each quote inside of it twice",
            ),
            Fault::Behind(at) => (
                at,
                "something stands behind the closing quote",
                "put all of the value between the quotes; a quote inside of quotes is written twice",
            ),
            Fault::Return(at) => {
                (at, "a carriage return that ends no line", "save the table with the line ends of Windows or Unix")
            }
        };
        self.bad(Span::new(at, at + 1), message, help);
    }

    fn bad(&mut self, span: Span, message: impl Into<String>, help: &str) {
        let source = self.source;
        self.findings.push(Code::BadTable, || bad(source, span, message).help(help));
    }

    /// Without the line end.
    fn line(&self, span: Span) -> Span {
        let line = self.text.get(span.range()).unwrap_or_default();
        Span::new(span.start as usize, span.start as usize + line.trim_end_matches(['\r', '\n']).len())
    }
}

/// `sep=;`, by which Excel is told what separates the cells.
fn for_excel(line: &str) -> bool {
    let (word, rest) = line.trim_end().split_at_checked(4).unwrap_or_default();
    word.eq_ignore_ascii_case("sep=") && rest.len() <= 1
}

fn bad(source: SourceId, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::BadTable, Origin::span(source, span), message)
}
