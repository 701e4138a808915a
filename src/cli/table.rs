//! Columns for people.
//!
//! In: rows of cells. Out: lines with the cells under each other, control characters made visible, long cells cut. Never
//! here: colours of one terminal or another.

pub(super) use crate::diagnostic::render::{cut, cut_end};

/// Most characters of a cell that is not the last of its row.
const WIDEST: usize = 48;

/// One cell, safe for a terminal: control characters and the marks that turn text around are shown as `\u{…}`.
pub(super) fn safe(text: &str) -> String {
    crate::diagnostic::render::visible(text).into_owned()
}

/// Lays rows out under a header. The last column is never cut.
pub(super) fn columns(header: &[&str], rows: &[Vec<String>]) -> String {
    columns_of(header, rows, WIDEST)
}

/// The same with so many characters at most in a cell that is not the last.
pub(super) fn columns_of(header: &[&str], rows: &[Vec<String>], widest: usize) -> String {
    // A place that is cut leads nowhere.
    let widest_of = |column: usize| if header.get(column) == Some(&"RECORD") { usize::MAX } else { widest };
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(header.get(column).map(|cell| cell.chars().count())).max().unwrap_or(0).min(widest_of(column))
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (column, cell) in cells.enumerate() {
            if column > 0 {
                text.push_str("  ");
            }
            if column + 1 == header.len() {
                text.push_str(cell);
            } else {
                let cell = cut(cell, widest_of(column));
                let pad = widths.get(column).copied().unwrap_or(0).saturating_sub(cell.chars().count());
                text.push_str(&cell);
                text.extend(std::iter::repeat_n(' ', pad));
            }
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line(&mut header.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_under_each_other_and_the_last_is_never_cut() {
        let rows = vec![vec!["1".into(), "a".repeat(60), "b".repeat(60)], vec!["20".into(), "c".into(), "d".into()]];
        let text = columns(&["n", "first", "last"], &rows);
        assert!(text.contains(&"b".repeat(60)) && text.contains('…') && !text.contains(&"a".repeat(60)));
        assert!(text.lines().next().is_some_and(|line| line.starts_with("n   first")));
    }
}
