//! What is read, and what is told.

use super::*;

/// Reads what must be without fault.
fn good(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let (sheet, told) = read(text);
    assert_eq!(told, Vec::<String>::new(), "{text:?}");
    let rows = rows(&sheet).into_iter().map(|row| row.into_iter().map(str::to_string).collect()).collect();
    (sheet.columns.iter().map(|column| column.name.clone()).collect(), rows)
}

#[test]
fn values_as_rfc_4180_has_them() {
    for (text, values) in [
        ("a,b\n1,2\n", [["1", "2"]]),
        ("a,b\r\n1,2\r\n", [["1", "2"]]),
        ("a,b\n1,2", [["1", "2"]]),
        ("a,b\n,\n", [["", ""]]),
        ("a,b\n\"1\",\"2\"\n", [["1", "2"]]),
        ("a,b\n\"1,5\",\"\"\"2\"\"\"\n", [["1,5", "\"2\""]]),
        ("a,b\r\n\"1\r\n1\",\"2\n\"\r\n", [["1\r\n1", "2\n"]]),
        ("a,b\n\"\",\"\r\"\n", [["", "\r"]]),
        ("a,b\n\"#1\",2#\n", [["#1", "2#"]]),
        ("\"a\",\"b\"\n1,2", [["1", "2"]]),
    ] {
        assert_eq!(
            good(text),
            (vec!["a".into(), "b".into()], values.map(|row| row.map(String::from).to_vec()).to_vec())
        );
    }
}

#[test]
fn blanks_comments_and_empty_lines_are_no_values() {
    let text = "# a table\n\na , b\n# a comment, \"with a quote\n 1 ,\t2 \n   \n \"1 \" , \" 2\" \n\n# the end";
    assert_eq!(good(text).1, [["1", "2"], ["1 ", " 2"]]);
    // One column: an empty line is no row, an empty quoted value is one.
    assert_eq!(good("a\n\n\"\"\n\nx\n").1, [[""], ["x"]]);
}

#[test]
fn semicolons_and_tabs_are_told_by_the_header() {
    assert_eq!(good("a;b\n1;\"2;5\"\n3,5;4\n").1, [["1", "2;5"], ["3,5", "4"]]);
    assert_eq!(good("a\tb\n1\t2,5\n\t\n 3 \t4\n").1, [["1", "2,5"], ["", ""], ["3", "4"]]);
    // A name in quotes tells nothing.
    assert_eq!(good("# a;b\n\"a;b\",\"c\td\"\n1,2\n").0, ["a;b", "c\td"]);
    assert_eq!(good("\"a,b\";c\n1;2\n").0, ["a,b", "c"]);
}

#[test]
fn every_fault_is_told_with_its_place_and_hides_no_other() {
    let text = "a,b\n1\n1,2,3\nx\"y,2\n\"x\"y,2\n\"x\" \n\n1,\"open\n1,2\n";
    let (sheet, told) = read(text);
    assert_eq!(rows(&sheet), [["x\"y", "2"], ["x", "2"], ["1", "open\n1,2\n"]]);
    insta::assert_snapshot!(told.join("\n"), @r#"
    2:1 BS0503 this row has 1 cell, and the header 2 (write the `,` of empty cells too, the header: 1:1)
    3:1 BS0503 this row has 3 cells, and the header 2 (put a value that holds `,` in double quotes, the header: 1:1)
    4:2 BS0503 a quote inside of a value that does not begin with one (put the whole value in double quotes, and write each quote inside of it twice)
    5:4 BS0503 something stands behind the closing quote (put all of the value between the quotes; a quote inside of quotes is written twice)
    6:1 BS0503 this row has 1 cell, and the header 2 (write the `,` of empty cells too, the header: 1:1)
    8:3 BS0503 a quote that is never closed (close it; a quote inside of quotes is written twice)
    "#);
}

#[test]
fn headers_that_are_none() {
    let told = |text: &str| read(text).1.join("\n");
    insta::assert_snapshot!([
        "", "# only a comment\n\n", "a,,b,\n1,2,3,4\n", "a,b,A\n1,2,3\n", "Sep=;\na;b\n1;2\n", "a;b,c\n1,2\n", "a,b\n", "a\0,b\n1,2\n",
        "a,b\r1,2\r3,4\n", "a,b\n# c\rd\n1,2\n",
    ].map(told).join("\n"), @r#"
    1:1 BS0503 there is no header, so no column has a name (begin with the names of the columns, such as `sha256,file,comment`)
    1:1 BS0503 there is no header, so no column has a name (begin with the names of the columns, such as `sha256,file,comment`)
    1:3 BS0503 column 2 has no name (give it one, or take away the separator that makes it)
    1:6 BS0503 column 4 has no name (give it one, or take away the separator that makes it)
    1:5 BS0503 there is a column "A" already (give each column a name of its own; case makes no difference, here: 1:1)
    1:1 BS0503 this line is meant for Excel, and is no header (take it out: what separates the cells is told by the header)
    1:1 BS0503 both `,` and `;` stand in the header (separate the cells by one of them; put a name that holds the other in double quotes)
    1:1 BS0505 the table has no rows, so nothing is in it (add some with `blocksieve lookup add`, or leave it until there are some)
    1:2 BS0503 a NUL byte: this is no text (save the table as "CSV UTF-8")
    1:4 BS0503 a carriage return that ends no line (save the table with the line ends of Windows or Unix)
    1:8 BS0503 a carriage return that ends no line (save the table with the line ends of Windows or Unix)
    2:4 BS0503 a carriage return that ends no line (save the table with the line ends of Windows or Unix)
    "#);
}

#[test]
fn of_many_faults_the_first_are_told_and_the_rest_is_counted() {
    let (_, told) = read(&format!("a,b\n{}", "1\n".repeat(30)));
    assert_eq!(told.len(), FINDINGS + 1);
    assert_eq!(told[FINDINGS], "file BS0503 10 more findings in this table (mend those above, and check again)");
}

#[test]
fn an_encoding_is_told_and_kept() {
    for (bytes, encoding) in [
        (&b"a\n\xc3\xbc"[..], Encoding::Utf8),
        (b"\xef\xbb\xbfa\n\xc3\xbc", Encoding::Utf8Mark),
        (b"\xff\xfea\0\n\0\xfc\0", Encoding::Utf16Le),
        (b"\xfe\xff\0a\0\n\0\xfc", Encoding::Utf16Be),
    ] {
        let (told, text) = Encoding::decode(bytes.to_vec()).unwrap();
        assert_eq!((told, text.as_str()), (encoding, "a\nü"));
        assert_eq!(encoding.encode(&text), bytes);
        assert_eq!(good(&text).1, [["ü"]]);
    }
    let fault = Encoding::decode(b"a\nb\xfc\n".to_vec()).unwrap_err();
    assert_eq!(fault.message, "this file is not UTF-8 from byte 3 on, in line 2");
}

#[test]
fn lines_are_counted_and_cells_are_found() {
    let text = "# c\r\na,b\r\n\r\n\"1\r\n1\",2\r\n3,4";
    let (sheet, _) = read(text);
    assert_eq!(sheet.lines(text), [4, 6]);
    assert_eq!(&text[sheet.place(text, 0, 0).range()], "1\r\n1");
    assert_eq!(&text[sheet.place(text, 1, 1).range()], "4");
    assert_eq!((sheet.column("a"), sheet.column("B"), sheet.column("c")), (Some(0), Some(1), None));
}
