//! Files with rows added and taken away.

use std::collections::BTreeSet;

use super::*;
use crate::table::edit::Document;

/// The text with a row more, sorted by the first column.
fn added(text: &str, cells: &[&str]) -> String {
    let (mut sheet, told) = read(text);
    assert!(told.is_empty() || sheet.rows.is_empty(), "{told:?}");
    let (number, cells) = (sheet.rows.len(), cells.iter().map(|cell| cell.to_string()).collect::<Vec<_>>());
    for (column, cell) in sheet.columns.iter_mut().zip(&cells) {
        column.values.push(cell);
    }
    let mut document = Document::new(text, sheet.separator);
    document.add(number, &cells);
    document.sort(&sheet, &[0]);
    document.write()
}

/// The text without these rows, numbered from 0.
fn removed(text: &str, rows: &[usize]) -> String {
    let mut document = Document::new(text, read(text).0.separator);
    document.remove(&rows.iter().copied().collect::<BTreeSet<usize>>());
    document.write()
}

#[test]
fn a_row_goes_where_its_key_belongs_and_all_else_stays() {
    let text = "# a list\nk,v\nA,1\n c , \"3\"\n";
    assert_eq!(added(text, &["b", "2"]), "# a list\nk,v\nA,1\nb,2\n c , \"3\"\n");
    assert_eq!(added(text, &["0", "2"]), "# a list\nk,v\n0,2\nA,1\n c , \"3\"\n");
    assert_eq!(added(text, &["D", "2"]), "# a list\nk,v\nA,1\n c , \"3\"\nD,2\n");
}

#[test]
fn a_value_is_quoted_where_it_must_be() {
    for (value, written) in [
        ("x", "x"),
        ("", ""),
        ("a,b", "\"a,b\""),
        ("a\"b", "\"a\"\"b\""),
        ("a\nb", "\"a\nb\""),
        ("a\rb", "\"a\rb\""),
        (" a", "\" a\""),
        ("a\t", "\"a\t\""),
        ("#a", "\"#a\""),
        ("a#", "a#"),
        ("a;b", "a;b"),
    ] {
        assert_eq!(added("k,v\n", &["1", value]), format!("k,v\n1,{written}\n"));
    }
    assert_eq!(added("k;v\n", &["1", "a;b"]), "k;v\n1;\"a;b\"\n");
    assert_eq!(added("k;v\n", &["1", "a,b"]), "k;v\n1;a,b\n");
    // An empty line would be no row.
    assert_eq!(added("k\n", &[""]), "k\n\"\"\n");
}

#[test]
fn line_ends_and_a_missing_last_one_are_kept() {
    assert_eq!(added("k,v\r\na,1\r\n", &["b", "2"]), "k,v\r\na,1\r\nb,2\r\n");
    assert_eq!(added("k,v\r\na,1", &["b", "2"]), "k,v\r\na,1\r\nb,2");
    assert_eq!(added("k,v\na,1", &["0", "2"]), "k,v\n0,2\na,1");
    assert_eq!(added("k,v", &["0", "2"]), "k,v\n0,2");
    assert_eq!(removed("k,v\r\na,1\r\nb,2", &[1]), "k,v\r\na,1");
    assert_eq!(removed("k,v\na,1", &[0]), "k,v");
}

#[test]
fn a_comment_goes_with_the_row_below_and_others_stay() {
    let text =
        "# about all\nk,v\n# a part\n\n# about b\nb,2\n\n# about a\n# and again\na,1\n\n# another part\n\n# the end\n";
    let sorted = "# about all\nk,v\n# a part\n\n# about a\n# and again\na,1\n\n# another part\n\n# about b\nb,2\n\nc,3\n# the end\n";
    assert_eq!(added(text, &["c", "3"]), sorted);
    assert_eq!(
        removed(text, &[0]),
        "# about all\nk,v\n# a part\n\n\n# about a\n# and again\na,1\n\n# another part\n\n# the end\n"
    );
    assert_eq!(removed(text, &[1]), "# about all\nk,v\n# a part\n\n# about b\nb,2\n\n\n# another part\n\n# the end\n");
    let document = Document::new(text, b',');
    assert_eq!((document.comments(0), document.comments(1), document.rows()), (1, 2, 2));
}

#[test]
fn equal_keys_stay_in_their_order_and_case_makes_none() {
    let (sheet, _) = read("k,v\nb,1\nA,2\nB,3\na,4\n");
    let mut document = Document::new("k,v\nb,1\nA,2\nB,3\na,4\n", b',');
    assert!(document.sort(&sheet, &[0]));
    assert_eq!(document.write(), "k,v\nA,2\na,4\nb,1\nB,3\n");
    assert!(!document.sort(&sheet, &[0]), "it is sorted now");
    assert!(document.sort(&sheet, &[1]));
    assert_eq!(document.write(), "k,v\nb,1\nA,2\nB,3\na,4\n");
}
