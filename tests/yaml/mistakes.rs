//! What people get wrong, in words, at its place.

use blocksieve::yaml::{YamlErrorKind, read};

use crate::wrong;

/// Each text with what is said of it: place, kind, what stands there; message; help.
fn said(texts: &[&str]) -> String {
    let mut shown = String::new();
    for text in texts {
        shown += &format!("{}\n", text.escape_debug().take(80).collect::<String>());
        for error in wrong(text) {
            let at = error.place.at;
            let cut: String = text[error.place.span.range()].escape_debug().take(40).collect();
            shown += &format!("  {}:{} {:?} `{cut}`\n    {}\n", at.line, at.column, error.kind, error.message);
            if let Some(other) = error.other {
                shown += &format!("    also: {}:{}\n", other.at.line, other.at.column);
            }
            shown += &format!("    help: {}\n", error.help);
        }
    }
    shown
}

#[test]
fn tabs() {
    insta::assert_snapshot!(said(&[
        "a:\n\tb: 1\n",
        "a:\n  b: 1\n\tc: 2\n",
        "a: 1\n\tb: 2\n",
        "a: 1\n\t\nb: 2\n",
        "\ta: 1\n",
        "a:\n \t[b]\n",
        "a:\n  - x\n \t- y\n",
        "a:\tb\n",
        "a: |\n\tb\n",
        "a: \"x\n\ty\"\n",
        "-\t- a\n",
        "? \ta\n",
    ]));
}

#[test]
fn quotes() {
    insta::assert_snapshot!(said(&[
        "a: 'b\n",
        "a: \"b\nc: 1\n",
        "a: 'b\nc: 'd'\n",
        "- 'a\n- 'b'\n",
        "a: 'it's'\n",
        "a: \"say \"hi\"\"\n",
        "a: 'x' or 'y'\n",
        "a: 'x'#y\n",
        "a: \"x\n---\n",
        "a: \"x\ny\"\n",
        "'a'\n'b': 1\n",
    ]));
}

#[test]
fn backslashes() {
    insta::assert_snapshot!(said(&[
        "a: \"C:\\Windows\\system32\"\n",
        "a: \"C:\\\\ok\\é\"\n",
        "a: \"\\d+\\.exe\"\n",
        "a: \"x\n  \\x4\"\n",
        "a: \"\\u12G4\"\n",
        "a: \"\\uD800\"\n",
        "a: \"\\U00110000\"\n",
        "a: \"\\x\"\n",
        "a: \"b\\\n",
    ]));
}

#[test]
fn indentation() {
    insta::assert_snapshot!(said(&[
        "a:\n    b: 1\n  c: 2\n",
        "a: 1\n  b: 2\n",
        "a: 'x'\n  b: 2\n",
        "a:\n  - x\n - y\n",
        "a: 1\n- b\n",
        "- a\nb: 1\n",
        "- a\n  b: 1\n",
        "- a: 1\n   b: 2\n",
        "a: |\n  x\n y\n",
        "a: |\n    \n  x\n",
        "|\nx\n",
        "a:\n  b: [\n  c]\n",
        "a: b\n c: d\n e: f\n",
        "&a\n&b\na: 1\n",
    ]));
}

#[test]
fn colons() {
    let long = format!("{}: 1\n", "k".repeat(1100));
    insta::assert_snapshot!(said(&[
        "a: b: c\n",
        "a: text: more\nb: 1\n",
        "- when: a: b\n",
        "key:value\nother: 1\n",
        "a\nb: 1\n",
        "# c\na:\n  b: 1\n  c\nd: 1\n",
        "a:\nb\n",
        "a: 1\nb",
        "a: 1\nb\nc: 2\n",
        ": b\n",
        "a: {: b}\n",
        "a: [: b]\n",
        "a: [? : : b]\n",
        "a: - b\n",
        "a: ? b\n",
        "a: ?\n? ",
        "x: y # z\n   z\n",
        &long,
        "{a: 1}: {b: 2}: c\n",
    ]));
}

#[test]
fn first_characters() {
    insta::assert_snapshot!(said(&[
        "a: *.exe\n",
        "- *\n",
        "- *cmd*, x\n",
        "- '*.exe'\n- *.dll # c\n",
        "a: &\n",
        "a: & b\n",
        "&a: 1\n",
        "a: !x y\n",
        "a: !\n",
        "a: !!binary eA==\n",
        "a: !!set {b}\n",
        "a: !!seq {b}\n",
        "a: !e!x y\n",
        "a: !<x y\n",
        "a: !x%zz y\n",
        "a: @b\n",
        "a: `b`\n",
        "a: %b%\n",
        "%b: 1\n",
        "%b\n---\na\n",
        "%YAML x\n---\na\n",
        "%YAMLé 1.1\n---\na\n",
        "a: 1\n%b: 1\n",
        "a: |x\n  y\n",
        "a: >0\n  y\n",
        "a: || b\n",
    ]));
}

#[test]
fn brackets() {
    insta::assert_snapshot!(said(&[
        "a: [1, 2\nb: 3\n",
        "a: [1, 2",
        "a: {b: 1\n",
        "- [a, {b: c]\n",
        "[a, b\n",
        "a: ]\n",
        "a: [1]]\n",
        "a: ['1' 'b']\n",
        "a: ['x' y]\n",
        "a: {b: 'x' 'y'}\n",
        "a: {'b' c}\n",
        "a: [b, , c]\n",
        "a: [-]\n",
        "a: [- b]\n",
        "a: {b:[c]}\n",
        "a: [x?y]\n",
        "a: {b:}\n",
        "a: [:b]\n",
        "a: [%b]\n",
        "a: [*.exe, b]\n",
        "a: [b]c\n",
        "a: [b] # c\n  d\n",
        "a: {b: c}\nd: e}: f\n",
    ]));
}

#[test]
fn documents_keys_aliases_and_tags() {
    insta::assert_snapshot!(said(&[
        "a: 1\na: 2\n",
        "a: *b\n",
        "a: &b [*b]\n",
        "a: !!int x\nb: !!bool 2020-01-01\na: 1\n",
        "--- a\nb: 1\n",
        "'a'\n- b\n",
        "a: 1\n... b\n",
        "[a]\nb\n",
        "a: 1\n%YAML 1.1\n---\nb\n",
    ]));
}

#[test]
fn characters() {
    insta::assert_snapshot!(said(&[
        "a: b\u{0}c\n",
        "a: \u{1b}[31m\n",
        "é: 'x\u{7f}'\n",
        "# a\u{85}b: 1\n",
        "a: |\n  b\u{2028}c\n",
        "a: 1\n\u{feff}b: 2\n",
        "\u{feff}\u{feff}a: 1\n",
        "a: \u{ffff}\n",
    ]));
}

#[test]
fn all_that_leaves_the_structure_clear_is_told_at_once() {
    let errors = wrong("a: !x 1\na: &b: 2\nc: [d?]\ne: \"\\q\"\nf: !y 1\n");
    let kinds: Vec<_> = errors.iter().map(|error| error.kind).collect();
    assert_eq!(
        kinds,
        [YamlErrorKind::Tag, YamlErrorKind::Anchor, YamlErrorKind::Unquoted, YamlErrorKind::Escape],
        "the key that stands twice and the last tag come after what ends reading"
    );
}

#[test]
fn what_is_no_mistake() {
    for text in [
        "a: key:value http://x:80/\n",
        "a: b#c\n",
        "a: x's \"y\"\n",
        "a: C:\\Windows\\*\n",
        "a: '%b% @c `d` *e &f !g'\n",
        "a: -1\nb: -x\nc: ?x\nd: :x\n",
        "a: [http://x:80/, b:c]\n",
        "a: x [y] {z}, w\n",
        "a: [\n  1\n]\n",
        "a:   \n\n\n   b\n",
        "a: \"\\\\W\"\n",
    ] {
        assert!(read(text).is_ok(), "{text}: {:?}", read(text));
    }
}
