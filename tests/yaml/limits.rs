//! Sizes, depths, and aliases of aliases.

use blocksieve::limits::{YAML_BYTES, YAML_DEPTH, YAML_NODES};
use blocksieve::yaml::{YamlErrorKind, read};

use crate::{one, wrong};

#[track_caller]
fn refused(text: &str, kind: YamlErrorKind) {
    let errors = wrong(text);
    assert_eq!(errors.iter().map(|error| error.kind).collect::<Vec<_>>(), [kind]);
}

#[test]
fn bytes() {
    let text = format!("a: {}\n", "x".repeat(YAML_BYTES - 4));
    one(&text);
    refused(&format!("{text}\n"), YamlErrorKind::TooLarge);
}

/// Writes so many collections in each other.
type Nest = fn(usize) -> String;

#[test]
fn depth_in_every_notation() {
    let nested: [(&str, Nest); 6] = [
        ("brackets", |n| format!("{}{}", "[".repeat(n), "]".repeat(n))),
        ("braces", |n| format!("{}{}", "{a: ".repeat(n), "}".repeat(n))),
        ("dashes", |n| "- ".repeat(n)),
        ("questions", |n| format!("{}a", "? ".repeat(n))),
        ("lines", |n| (0..n).map(|level| format!("{}a:\n", " ".repeat(level))).collect()),
        ("aliases", |n| {
            let level = |at: usize| format!("- &a{at} [*a{}]\n", at - 1);
            // The list that holds them is a level too.
            "- &a1 [x]\n".to_string() + &(2..n).map(level).collect::<String>()
        }),
    ];
    for (name, text) in nested {
        assert!(read(&text(YAML_DEPTH)).is_ok(), "{name}");
        assert_eq!(wrong(&text(YAML_DEPTH + 1))[0].kind, YamlErrorKind::TooDeep, "{name}");
        // Far beyond: the parser keeps count of brackets in a byte.
        for depth in [255, 256, 100_000] {
            assert!(read(&text(depth)).is_err(), "{name} {depth}");
        }
    }
    refused(&"[".repeat(YAML_BYTES), YamlErrorKind::TooDeep);
}

#[test]
fn values() {
    let list = |n: usize| "-\n".repeat(n);
    one(&list(YAML_NODES - 1));
    refused(&list(YAML_NODES), YamlErrorKind::TooManyNodes);
    refused(&"---\n".repeat(YAML_NODES + 1), YamlErrorKind::TooManyNodes);
}

#[test]
fn aliases_of_aliases_count_as_what_they_stand_for() {
    // Nine to the ninth, in 400 bytes.
    let mut text = "a0: &a0 x\n".to_string();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    refused(&text, YamlErrorKind::TooManyNodes);
    // Many aliases of one small value are nothing.
    one(&format!("a: &a [x]\nb:\n{}", "- *a\n".repeat(10_000)));
}

#[test]
fn a_chain_of_merges_is_as_deep_as_it_is_written() {
    let mut text = "- &a0 {k0: 0}\n".to_string();
    for level in 1..60 {
        text += &format!("- &a{level} {{<<: *a{}, k{level}: {level}}}\n", level - 1);
    }
    let document = one(&text);
    let last = document.root().items().pop().unwrap();
    assert_eq!(last.merged().unwrap().len(), 60);
}
