//! Every value is cut out of the text as it was written.

use blocksieve::yaml::{Node, read};

use crate::{all, one};

/// The values of the document, from the outside in, as they are written in `text`.
fn cuts<'t>(text: &'t str, root: Node<'_>) -> Vec<&'t str> {
    all(root).into_iter().map(|node| &text[node.place().span.range()]).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(cuts(text, one(text).root()), expected, "{text:?}");
}

#[test]
fn what_is_indented_goes_from_its_first_key_or_dash_to_the_end_of_its_last_value() {
    check(
        "# head\na: 1 # one\nb:\n  - x # x\n  -   y: z\n      w:\n\n# tail\n",
        &[
            "a: 1 # one\nb:\n  - x # x\n  -   y: z\n      w:",
            "a",
            "1",
            "b",
            "- x # x\n  -   y: z\n      w:",
            "x",
            "y: z\n      w:",
            "y",
            "z",
            "w",
            "",
        ],
    );
    check("a:\n- b\n- c\nd: e\n", &["a:\n- b\n- c\nd: e", "a", "- b\n- c", "b", "c", "d", "e"]);
    check("- - a\n  - b\n-\n  - c\n", &["- - a\n  - b\n-\n  - c", "- a\n  - b", "a", "b", "- c", "c"]);
}

#[test]
fn brackets_and_braces_belong_to_it() {
    check(
        "a: [ b , 'c', {d: e,}, ] # x\n",
        &["a: [ b , 'c', {d: e,}, ]", "a", "[ b , 'c', {d: e,}, ]", "b", "'c'", "{d: e,}", "d", "e"],
    );
    check(
        "[a: b, ? c : d, {e: f}: g]",
        &["[a: b, ? c : d, {e: f}: g]", "a: b", "a", "b", "? c : d", "c", "d", "{e: f}: g", "{e: f}", "e", "f", "g"],
    );
    check("{a: b}: c\n[d]: e\n", &["{a: b}: c\n[d]: e", "{a: b}", "a", "b", "c", "[d]", "d", "e"]);
    check("[\n  a, # x\n  # ]\n]\n", &["[\n  a, # x\n  # ]\n]", "a"]);
}

#[test]
fn quotes_belong_to_it_and_what_follows_does_not() {
    check(
        "a: 'it''s' # 'x'\n\"b\\\"\"  : \"c\n  d\"\n'e':f\n".replace("'e':f\n", "").as_str(),
        &["a: 'it''s' # 'x'\n\"b\\\"\"  : \"c\n  d\"", "a", "'it''s'", "\"b\\\"\"", "\"c\n  d\""],
    );
    check("{'a':1, \"b\":2}", &["{'a':1, \"b\":2}", "'a'", "1", "\"b\"", "2"]);
}

#[test]
fn a_block_text_goes_from_its_sign_to_the_end_of_its_last_line() {
    check(
        "a: |  # x\n  b  \n\n    c\n\n\nd: >-\n  e",
        &["a: |  # x\n  b  \n\n    c\n\n\nd: >-\n  e", "a", "|  # x\n  b  \n\n    c", "d", ">-\n  e"],
    );
    check("- |\n\n- >2+\n\n   a\n# b\n- |", &["- |\n\n- >2+\n\n   a\n# b\n- |", "|", ">2+\n\n   a", "|"]);
    check("- !!str &a |\n  a\n- x", &["- !!str &a |\n  a\n- x", "|\n  a", "x"]);
}

#[test]
fn tags_and_anchors_stand_before_it() {
    check(
        "a: !!str &x b\nc: &y !!map\n  d: *x\n",
        &["a: !!str &x b\nc: &y !!map\n  d: *x", "a", "b", "c", "d: *x", "d", "*x"],
    );
    check(
        "&a b: &c [d]\n&e f: &g !!seq\n- h\n",
        &["&a b: &c [d]\n&e f: &g !!seq\n- h", "b", "[d]", "d", "f", "- h", "h"],
    );
    check(
        "- &a\n- !!str\n- !<tag:yaml.org,2002:int> 1\n",
        &["- &a\n- !!str\n- !<tag:yaml.org,2002:int> 1", "", "", "1"],
    );
    check(
        "[&a {b: c}, &d [e], &f g: h]",
        &["[&a {b: c}, &d [e], &f g: h]", "{b: c}", "b", "c", "[e]", "e", "&f g: h", "g", "h"],
    );
}

#[test]
fn a_text_over_several_lines_ends_with_its_last_word() {
    check("a: b\n  c\n\n  d \ne: f\n", &["a: b\n  c\n\n  d \ne: f", "a", "b\n  c\n\n  d", "e", "f"]);
}

#[test]
fn nothing_stands_behind_its_sign() {
    let document = one("a:  \nb:\n- \n? c\n\nd: {e, f: }\n");
    let empty: Vec<_> = all(document.root())
        .into_iter()
        .filter(|node| node.place().span.range().is_empty())
        .map(|node| (node.place().at.line, node.place().at.column))
        .collect();
    assert_eq!(empty, [(1, 3), (3, 2), (4, 4), (6, 6), (6, 10)]);
}

#[test]
fn lines_and_columns_begin_with_one_and_count_characters() {
    let text = "\u{feff}é: ü\r\n'ö😀': [ß,\r  ä]\n";
    let places: Vec<_> = all(one(text).root())
        .into_iter()
        .map(|node| (node.place().at.line, node.place().at.column, &text[node.place().span.range()]))
        .collect();
    assert_eq!(
        places[1..],
        [(1, 1, "é"), (1, 4, "ü"), (2, 1, "'ö😀'"), (2, 7, "[ß,\r  ä]"), (2, 8, "ß"), (3, 3, "ä"),]
    );
    assert_eq!(places[0].0, 1);
}

#[test]
fn line_ends_of_windows_change_places_and_nothing_else() {
    let text = "a: |\n  b\n  c\nd: 'e\n\n  f' # g\nh:\n  - i\n";
    let windows = text.replace('\n', "\r\n");
    let (one, other) = (one(text), read(&windows).unwrap().remove(0));
    assert_eq!(crate::show(one.root()), crate::show(other.root()));
    let lines = |root: Node<'_>| all(root).into_iter().map(|node| node.place().at).collect::<Vec<_>>();
    assert_eq!(lines(one.root()), lines(other.root()));
    let with_windows: Vec<_> = cuts(text, one.root()).into_iter().map(|cut| cut.replace('\n', "\r\n")).collect();
    assert_eq!(with_windows, cuts(&windows, other.root()));
}

#[test]
fn places_in_later_documents_count_from_the_beginning_of_the_text() {
    let text = "%YAML 1.1\n--- # x\na: 1\n...\n# y\n--- |\n  b\n---\n---\nc\n";
    let documents = read(text).unwrap();
    let roots: Vec<_> = documents.iter().map(|document| document.root().place()).collect();
    let shown: Vec<_> = roots.iter().map(|place| (place.at.line, place.at.column, &text[place.span.range()])).collect();
    assert_eq!(shown, [(3, 1, "a: 1"), (6, 5, "|\n  b"), (8, 4, ""), (10, 1, "c")]);
}
