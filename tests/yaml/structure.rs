//! Aliases, merges, keys and documents.

use blocksieve::yaml::{YamlErrorKind, read};

use crate::{one, show, value, wrong};

#[test]
fn lists_and_mappings_in_both_notations_are_the_same() {
    let block = "a: 1\nb:\n- x\n- c: d\n  e:\n    - f\n    - - g\n      - h\n";
    let flow = "{a: 1, b: [x, {c: d, e: [f, [g, h]]}]}";
    insta::assert_snapshot!(show(one(block).root()), @r#"{Text("a"): Int(1), Text("b"): [Text("x"), {Text("c"): Text("d"), Text("e"): [Text("f"), [Text("g"), Text("h")]]}]}"#);
    assert_eq!(show(one(block).root()), show(one(flow).root()));
}

#[test]
fn flow_has_single_pairs_trailing_commas_and_empty_values() {
    assert_eq!(show(one("[a: b, {c}, d, ]").root()), r#"[{Text("a"): Text("b")}, {Text("c"): Null}, Text("d")]"#);
    assert_eq!(show(one("{a: , 'b':c, d, }").root()), r#"{Text("a"): Null, Text("b"): Text("c"), Text("d"): Null}"#);
    assert_eq!(show(one("[]").root()), "[]");
    assert_eq!(show(one("{}").root()), "{}");
}

#[test]
fn a_missing_value_is_null() {
    assert_eq!(show(one("a:\nb:\n-\n- \n").root()), r#"{Text("a"): Null, Text("b"): [Null, Null]}"#);
    assert_eq!(show(one("? a\n? b\n: c\n").root()), r#"{Text("a"): Null, Text("b"): Text("c")}"#);
}

#[test]
fn an_alias_is_the_value_it_stands_for() {
    let document = one("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n");
    let root = document.root();
    let (a, b) = (value(root, "a"), value(root, "b"));
    assert_eq!(show(b), "[Int(1), Int(2)]");
    assert_eq!(b.aliased().map(|target| target.place()), Some(a.place()));
    assert!(a.aliased().is_none());
    assert_eq!((b.place().at.line, b.place().at.column), (2, 4));
    // The same name again is another anchor.
    assert_eq!(show(value(root, "d")), "Int(3)");
}

#[test]
fn an_alias_may_be_a_key() {
    let document = one("- &k name\n- *k : 1\n");
    assert_eq!(show(document.root()), r#"[Text("name"), {Text("name"): Int(1)}]"#);
    assert_eq!(document.root().items()[1].entries()[0].key.key().unwrap(), "name");
}

#[test]
fn an_alias_knows_only_anchors_before_it_in_its_document() {
    for text in ["a: *x\nb: &x 1\n", "a: &x 1\n---\nb: *x\n"] {
        assert_eq!(wrong(text)[0].kind, YamlErrorKind::Alias, "{text}");
    }
    assert_eq!(wrong("a: &x [1, *x]\n")[0].kind, YamlErrorKind::SelfAlias);
    assert_eq!(wrong("&x a:\n  b: &y\n    c: *y\n")[0].kind, YamlErrorKind::SelfAlias);
}

#[test]
fn documents_follow_each_other() {
    let shown = |text: &str| read(text).unwrap().iter().map(|document| show(document.root())).collect::<Vec<_>>();
    assert_eq!(shown("a\n---\nb\n...\n---\n- c\n"), [r#"Text("a")"#, r#"Text("b")"#, r#"[Text("c")]"#]);
    assert_eq!(shown("%YAML 1.2\n---\na\n"), [r#"Text("a")"#]);
    assert_eq!(shown("---\n---\n"), ["Null", "Null"]);
    assert_eq!(shown("--- a\n--- |\n  b\n"), [r#"Text("a")"#, r#"Text("b\n")"#]);
    for empty in ["", "\n\n", "# only a comment", "\u{feff}"] {
        assert!(read(empty).unwrap().is_empty(), "{empty:?}");
    }
}

#[test]
fn the_same_key_twice_is_refused_with_both_places() {
    let errors = wrong("a: 1\nb:\n  c: 1\n  'c': 2\na: 3\na: 4\n");
    let places =
        |error: &blocksieve::yaml::YamlError| (error.place.at.line, error.other.map(|other| other.at.line), error.kind);
    assert_eq!(
        errors.iter().map(places).collect::<Vec<_>>(),
        [
            (4, Some(3), YamlErrorKind::DuplicateKey),
            (5, Some(1), YamlErrorKind::DuplicateKey),
            (6, Some(1), YamlErrorKind::DuplicateKey),
        ]
    );
    for text in ["{a: 1, a: 2}", "1: a\n'1': b\n", "- &a x\n- *a : 1\n  x: 2\n", "<<: {}\n<<: {}\n", "? a\n? a\n"] {
        assert_eq!(wrong(text)[0].kind, YamlErrorKind::DuplicateKey, "{text}");
    }
    // Other mappings, other keys.
    one("- {a: 1}\n- {a: 1, A: 2, 'a ': 3}\n");
}

#[test]
fn a_key_that_is_no_text_is_refused_when_it_is_asked_for() {
    let document = one("[a, b]: 1\n? {c: d}\n: 2\n1: 3\nyes: 4\n~: 5\n");
    let keys: Vec<_> = document.root().entries().iter().map(|entry| entry.key.key()).collect();
    assert_eq!(keys[2..], [Ok("1"), Ok("yes"), Ok("~")]);
    for (key, line) in keys.iter().zip([1, 2]) {
        let error = key.as_ref().unwrap_err();
        assert_eq!((error.kind, error.place.at.line), (YamlErrorKind::KeyNotText, line));
    }
    insta::assert_snapshot!(keys[1].as_ref().unwrap_err().message, @"a mapping is the key of an entry");
}

// Merges -------------------------------------------------------------------------------------------------------------

/// The entries of the last item of a list, merges done.
#[track_caller]
fn merged(text: &str) -> Result<String, YamlErrorKind> {
    let document = one(text);
    let last = document.root().items().pop().expect("a list");
    let entries = last.merged().map_err(|error| error.kind)?;
    let pair = |entry: &blocksieve::yaml::Entry| format!("{}: {}", entry.key.key().unwrap(), show(entry.value));
    Ok(entries.iter().map(pair).collect::<Vec<_>>().join(", "))
}

#[test]
fn a_merge_is_a_key_until_it_is_asked_for() {
    let document = one("- &a {x: 1}\n- <<: *a\n  y: 2\n");
    let entries = document.root().items()[1].entries();
    assert_eq!(entries.iter().map(|entry| entry.is_merge()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(entries[0].key.key(), Ok("<<"));
}

#[test]
fn own_keys_win_over_merged_ones_and_earlier_ones_over_later_ones() {
    let rows = [
        ("- &a {x: 1, y: 2}\n- <<: *a\n  y: 3\n", "y: Int(3), x: Int(1)"),
        ("- &a {x: 1}\n- &b {x: 2, y: 2}\n- <<: [*a, *b]\n", "x: Int(1), y: Int(2)"),
        ("- &a {x: 1}\n- <<: [*a, {x: 2, z: 3}]\n  y: 4\n", "y: Int(4), x: Int(1), z: Int(3)"),
        ("- <<: {x: 1}\n", "x: Int(1)"),
        ("- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b, z: 3}\n", "z: Int(3), y: Int(2), x: Int(1)"),
        ("- &a {x: 1}\n- y: 2\n  <<: *a\n", "y: Int(2), x: Int(1)"),
        ("- {x: 1}\n", "x: Int(1)"),
        ("- text\n", ""),
    ];
    for (text, expected) in rows {
        assert_eq!(merged(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn only_a_plain_key_merges() {
    for text in ["- '<<': {x: 1}\n", "- !!str <<: {x: 1}\n", "- - &m <<\n- *m : {x: 1}\n"] {
        assert_eq!(merged(text).as_deref(), Ok("<<: {Text(\"x\"): Int(1)}"), "{text}");
    }
}

#[test]
fn a_merge_that_readers_do_differently_is_refused() {
    let text = "- &a {x: 1}\n- x: 2\n  <<: *a\n";
    assert_eq!(merged(text), Err(YamlErrorKind::MergeOrder));
    let document = one(text);
    let error = document.root().items()[1].merged().unwrap_err();
    assert_eq!((error.place.at.line, error.other.map(|own| own.at.line)), (3, Some(2)));
}

#[test]
fn only_mappings_merge() {
    for text in [
        "- <<: 1\n",
        "- <<:\n",
        "- <<: [1]\n",
        "- &a [1]\n- <<: *a\n",
        "- &a [{x: 1}]\n- <<: *a\n",
        "- <<: [[{x: 1}]]\n",
    ] {
        assert_eq!(merged(text), Err(YamlErrorKind::Merge), "{text}");
    }
    assert_eq!(merged("- <<: {[a]: 1}\n"), Err(YamlErrorKind::KeyNotText));
}
