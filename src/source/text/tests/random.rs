//! Whatever is fed in, reading ends, does not panic, and its findings have places inside the text.

use proptest::prelude::*;

use super::{parse, parse_condition};
use crate::ast::arbitrary;
use crate::origin::SourceId;
use crate::target::text::write;

/// Reads a text and looks at what comes out.
fn read(text: &str) -> Result<(), TestCaseError> {
    let (def, diagnostics) = parse(SourceId(0), text);
    for finding in &diagnostics {
        if let Some(span) = finding.primary.origin.as_span() {
            prop_assert!(text.get(span.range()).is_some(), "{:?} in {:?}", finding, text);
        }
        prop_assert!(!finding.message.ends_with('.'), "{}", finding.message);
        prop_assert!(finding.help.is_some(), "no help: {}", finding.message);
    }
    // What was understood can be written.
    let (back, faults) = parse(SourceId(0), &write(&def));
    prop_assert!(faults.iter().all(|finding| !finding.is_error()), "{:?}", faults);
    prop_assert!(crate::ast::same(&def, &back));
    let _ = parse_condition(SourceId(0), text);
    Ok(())
}

/// Pieces of rules, to be put together at random.
fn pieces() -> impl Strategy<Value = String> {
    let words = "filter \"x\" { | } | ( | ) | [ | ] | { | , | 'a | 'a' | \"b\" | // c\n | if | else | not | and | or | drop | tag | set x \
                 | == | = | != | in | contains | any | all | of | some of | event is | has tag | exists | is missing | 10.0.0.0/8 | 5 \
                 | lower case of | field | hash MD5 | strictly | disabled | reason | id | a.b | \n | \u{0} | é | \\ | table | send mail";
    let words: Vec<String> = words.split(" | ").map(|word| format!("{word} ")).collect();
    proptest::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn random_characters(text in any::<String>()) {
        read(&text)?;
    }

    #[test]
    fn random_words_of_the_language(text in pieces()) {
        read(&text)?;
        read(&format!("filter \"x\" {{ {text} }}"))?;
        read(&format!("filter \"x\" {{ if {text} {{ drop }} }}"))?;
    }

    #[test]
    fn rules_with_something_cut_out_or_doubled(
        def in arbitrary::definition(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..6usize, "[ -~]{0,2}"), 1..4),
    ) {
        let mut chars: Vec<char> = write(&def).chars().collect();
        for (at, len, with) in cuts {
            let at = at.index(chars.len() + 1);
            let end = (at + len).min(chars.len());
            chars.splice(at..end, with.chars());
        }
        read(&chars.into_iter().collect::<String>())?;
    }
}
