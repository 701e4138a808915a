//! Files that somebody changed: whatever is in them, reading ends, and every finding has a place in the text.

use std::path::Path;

use blocksieve::origin::SourceId;
use proptest::prelude::*;

use super::{sigma, support};

/// The cases of the conformance test, which are of all kinds.
fn texts() -> Vec<String> {
    let mut texts = Vec::new();
    for folder in ["", "otherwise"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/sigma/cases").join(folder);
        for entry in std::fs::read_dir(folder).expect("cases") {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "yml") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts.sort();
    assert!(texts.len() > 30);
    texts
}

/// A change of a text.
#[derive(Clone, Debug)]
enum Change {
    /// These characters put in.
    Insert(usize, String),
    /// So many characters taken out.
    Remove(usize, usize),
    /// A line taken out.
    RemoveLine(usize),
    /// A line written twice.
    Double(usize),
    /// Two lines swapped.
    Swap(usize, usize),
    /// A line indented otherwise.
    Indent(usize, usize),
    /// Cut off.
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<u16>().prop_map(usize::from);
    let piece = prop_oneof![
        "[ -~\n]{1,4}",
        Just("|".to_string()),
        Just("\t".to_string()),
        Just("'".to_string()),
        Just("---\n".to_string()),
        Just("|contains|all|base64offset|re|cidr|fieldref".to_string()),
        Just("&a *a !!int %x%".to_string()),
        Just("\u{0}\u{feff}\u{85}".to_string()),
        Just("((((not".to_string()),
        "\\PC{1,3}",
    ];
    prop_oneof![
        (at(), piece).prop_map(|(at, text)| Change::Insert(at, text)),
        (at(), 1_usize..8).prop_map(|(at, count)| Change::Remove(at, count)),
        at().prop_map(Change::RemoveLine),
        at().prop_map(Change::Double),
        (at(), at()).prop_map(|(one, other)| Change::Swap(one, other)),
        (at(), 0_usize..6).prop_map(|(at, by)| Change::Indent(at, by)),
        at().prop_map(Change::Cut),
    ]
}

fn changed(text: &str, change: &Change) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let in_chars = |at: &usize| at % (chars.len() + 1);
    let count = lines.len().max(1);
    let joined = |lines: Vec<String>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    match change {
        Change::Insert(at, piece) => {
            let at = in_chars(at);
            chars[..at].iter().chain(piece.chars().collect::<Vec<_>>().iter()).chain(&chars[at..]).collect()
        }
        Change::Remove(at, length) => {
            let at = in_chars(at);
            chars[..at].iter().chain(chars[at..].iter().skip(*length)).collect()
        }
        Change::Cut(at) => chars[..in_chars(at)].iter().collect(),
        _ if lines.is_empty() => String::new(),
        Change::RemoveLine(at) => {
            lines.remove(at % count);
            joined(lines)
        }
        Change::Double(at) => {
            lines.insert(at % count, lines[at % count].clone());
            joined(lines)
        }
        Change::Swap(one, other) => {
            lines.swap(one % count, other % count);
            joined(lines)
        }
        Change::Indent(at, by) => {
            let line = &mut lines[at % count];
            *line = format!("{}{}", " ".repeat(*by), line.trim_start());
            joined(lines)
        }
    }
}

/// Reads a text, and looks at what is said of it.
fn read(text: &str) -> Result<(), TestCaseError> {
    let (compiled, _, found) = sigma::compile(&[("changed.yml", text)], &blocksieve::source::sigma::Setup::standard());
    for one in &found {
        prop_assert_eq!(one.primary.origin.source, SourceId(0));
        let span = one.primary.origin.as_span();
        // Only what is said of a whole file, or of an alert that it became, has no bytes of its own.
        if let Some(span) = span {
            prop_assert!(text.get(span.range()).is_some(), "{:?} is cut through a character", one);
        } else {
            prop_assert!(one.message.contains("this file") || text.trim().is_empty(), "{:?} has no place", one);
        }
        prop_assert!(!one.message.is_empty() && !one.message.ends_with('.'), "{:?}", one.message);
        prop_assert!(
            !one.is_error() || one.help.as_ref().is_some_and(|help| !help.is_empty()),
            "{:?} has no way out",
            one
        );
    }
    // What is read is run.
    if let Some(compiled) = compiled {
        support::decide(&compiled, &support::sysmon(1, r#""Image":"a","CommandLine":"-enc x","User":"alice""#));
    }
    Ok(())
}

#[test]
fn the_texts_that_are_changed_are_of_both_kinds() {
    let texts = texts();
    let errors = texts.iter().filter(|text| {
        let (compiled, ..) = sigma::compile(&[("x.yml", text)], &blocksieve::source::sigma::Setup::standard());
        compiled.is_none()
    });
    assert!((5..30).contains(&errors.count()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_is_read_or_refused_at_a_place(at in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..5)) {
        let texts = texts();
        let mut text = at.get(&texts).clone();
        for change in &changes {
            text = changed(&text, change);
        }
        read(&text)?;
    }

    #[test]
    fn a_setup_is_read_or_refused_at_a_place(at in any::<u16>(), changes in prop::collection::vec(change(), 1..4)) {
        let lines: Vec<&str> = include_str!("../../src/source/sigma/sigma.toml").lines().collect();
        let start = usize::from(at) % lines.len();
        let mut text = lines[start..(start + 30).min(lines.len())].join("\n");
        for change in &changes {
            text = changed(&text, change);
        }
        if let Err(fault) = blocksieve::source::sigma::Setup::read(SourceId(0), &text) {
            let span = fault.primary.origin.as_span();
            prop_assert!(span.is_none_or(|span| text.get(span.range()).is_some()), "{fault:?}");
            prop_assert!(!fault.message.is_empty() && fault.help.is_some());
        }
    }
}
