//! What holds for every table: it is read as the csv crate reads it, and comes back byte for byte.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::table::edit::Document;
use crate::table::scan;

/// A value as a cell, quoted where it must be or where it need not be.
fn cell() -> impl Strategy<Value = String> {
    let plain = "[a-c0-2ž]{0,3}";
    let inside = proptest::collection::vec(
        prop_oneof![Just("\"\""), Just(","), Just("\n"), Just("\r\n"), Just("a"), Just(" "), Just("#"), Just("ž")],
        0..5,
    );
    prop_oneof![3 => plain.boxed(), 1 => inside.prop_map(|parts| format!("\"{}\"", parts.concat())).boxed()]
}

/// Comments and blank lines.
fn between(end: &'static str) -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![Just("# a, \"b"), Just("#"), Just(""), Just("  ")], 0..4)
        .prop_map(move |lines| lines.into_iter().map(|line| format!("{line}{end}")).collect())
}

/// A table of three columns with line ends of one sort, perhaps without the last.
fn table() -> impl Strategy<Value = String> {
    (prop_oneof![Just("\n"), Just("\r\n")], any::<bool>()).prop_flat_map(|(end, open)| {
        let row =
            (between(end), cell(), cell(), cell()).prop_map(move |(above, a, b, c)| format!("{above}{a},{b},{c}{end}"));
        (between(end), proptest::collection::vec(row, 0..8), between(end)).prop_map(move |(head, rows, tail)| {
            let text = format!("{head}k,v,w{end}{}{tail}", rows.concat());
            if open { text.strip_suffix(end).unwrap_or(&text).to_string() } else { text }
        })
    })
}

/// Rows as the csv crate reads them.
fn peer(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_string).collect());
    rows.collect()
}

/// The table with its rows sorted by their first column.
fn sorted(text: &str) -> String {
    let (sheet, _) = read(text);
    let mut document = Document::new(text, sheet.separator);
    document.sort(&sheet, &[0]);
    document.write()
}

proptest! {
    #[test]
    fn rows_are_those_of_the_csv_crate(text in table()) {
        // To that crate a line of blanks is a row of one cell, and so is a comment without a line end.
        let blank = |line: &&str| line.trim_end().is_empty() && line.starts_with(' ');
        let text = text.split_inclusive('\n').filter(|line| !blank(line)).collect::<String>() + "\n";
        let (sheet, told) = read(&text);
        prop_assert!(told.iter().all(|told| told.contains("BS0505")), "{told:?}");
        prop_assert_eq!(rows(&sheet), peer(&text));
    }

    #[test]
    fn a_file_taken_apart_is_the_file(text in table()) {
        prop_assert_eq!(Document::new(&text, b',').write(), text);
    }

    #[test]
    fn a_row_added_and_taken_away_again_leaves_the_same_bytes(text in table(), key in "[a-c0-2 ,\"\n#]{1,4}", value in "[a\r\n\", #]{0,3}") {
        let text = sorted(&text);
        let (mut sheet, _) = read(&text);
        let before = sheet.clone();
        let number = sheet.rows.len();
        let cells = [key, value, String::new()];
        for (column, cell) in sheet.columns.iter_mut().zip(&cells) {
            column.values.push(cell);
        }
        let mut document = Document::new(&text, b',');
        document.add(number, &cells);
        prop_assert_eq!(document.clone().sort(&sheet, &[0]), document.sort(&sheet, &[0]));
        let place = document.place(number).unwrap();
        let more = document.write();

        // One row more, which is the one that was added; the others are untouched, and the order holds.
        let (again, told) = read(&more);
        prop_assert_eq!(told, Vec::<String>::new());
        let mut all = rows(&again);
        prop_assert_eq!(all.remove(place), cells.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(all, rows(&before));
        let mut other = Document::new(&more, b',');
        prop_assert!(!other.sort(&again, &[0]), "{more:?}");
        prop_assert_eq!(other.write(), more.clone());

        let mut less = Document::new(&more, b',');
        less.remove(&BTreeSet::from([place]));
        prop_assert_eq!(less.write(), text);
    }

    #[test]
    fn what_is_taken_away_is_gone_and_all_else_is_as_it_was(text in table(), picks in proptest::collection::btree_set(0..8usize, 0..4)) {
        let (sheet, _) = read(&text);
        let gone: BTreeSet<usize> = picks.into_iter().filter(|row| *row < sheet.rows.len()).collect();
        let mut document = Document::new(&text, b',');
        document.remove(&gone);
        let less = document.write();
        let kept: Vec<Vec<&str>> = rows(&sheet).into_iter().enumerate().filter(|(row, _)| !gone.contains(row)).map(|(_, row)| row).collect();
        let again = read(&less).0;
        prop_assert_eq!(rows(&again), kept);
        // Each line that is left is a line of the file, in its order.
        let mut lines = text.lines();
        prop_assert!(less.lines().all(|line| lines.any(|old| old == line)), "{text:?}\n{less:?}");
    }

    #[test]
    fn a_cell_that_is_written_is_read_again(value in "[a ,;\t\"\r\n#ž]{0,6}", separator in prop_oneof![Just(b','), Just(b';'), Just(b'\t')]) {
        let at = char::from(separator);
        let text = format!("k{at}v\n{}{at}x\n", scan::written(&value, separator));
        let (sheet, told) = read(&text);
        prop_assert_eq!(told, Vec::<String>::new());
        prop_assert_eq!(rows(&sheet), [[value.as_str(), "x"]]);
    }

    #[test]
    fn no_bytes_make_it_panic(text in "[a,;\t\"\r\n# \u{0}ž=]{0,60}", row in 0..5usize) {
        let (sheet, _) = read_with(&text, &["a"]);
        for column in &sheet.columns {
            prop_assert_eq!(column.values.len(), sheet.rows.len());
        }
        let mut document = Document::new(&text, sheet.separator.max(b','));
        document.remove(&BTreeSet::from([row]));
        document.write();
    }
}
