//! Each limit has its own diagnostic, and nothing overflows or takes long at it. The times are generous: a quadratic pass
//! would miss them by orders of magnitude.

use std::time::{Duration, Instant};

use super::faults::body;
use super::{faults, parse};
use crate::ast::{Args, Base, CondKind, Literal};
use crate::diagnostic::Code;
use crate::limits;
use crate::origin::SourceId;

/// The codes that a text is reported with, and that it did not take long.
fn codes(text: &str) -> Vec<Code> {
    let begin = Instant::now();
    let (_, diagnostics) = parse(SourceId(0), text);
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(120), "took {took:?}");
    diagnostics.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_hundred_thousand_parentheses() {
    let text = body(&format!("if {}a exists{} {{ drop }}", "(".repeat(100_000), ")".repeat(100_000)));
    assert_eq!(codes(&text), [Code::TooDeep]);
    // Never closed, too: one finding is enough.
    assert_eq!(codes(&body(&format!("if {}", "(".repeat(100_000)))), [Code::TooDeep]);
    assert_eq!(codes(&body(&"if a exists { ".repeat(100_000))), [Code::TooDeep]);
    assert_eq!(codes(&body(&format!("if {}a exists {{ drop }}", "not ".repeat(100_000)))), [Code::TooDeep]);
    assert_eq!(codes(&body(&format!("if {}a exists", "some of b { ".repeat(100_000)))), [Code::TooDeep]);
    assert_eq!(codes(&body(&format!("if a in {}", "[".repeat(100_000)))), [Code::Syntax]);
}

#[test]
fn the_deepest_nesting_is_read_and_one_more_is_not() {
    let parens = |n: usize| body(&format!("if {}a exists or b exists{} {{ drop }}", "(".repeat(n), ")".repeat(n)));
    assert_eq!(codes(&parens(limits::DEPTH)), []);
    assert_eq!(codes(&parens(limits::DEPTH + 1)), [Code::TooDeep]);
    let nots = |n: usize| body(&format!("if {}a exists {{ drop }}", "not ".repeat(n)));
    assert_eq!(codes(&nots(limits::DEPTH)), []);
    assert_eq!(codes(&nots(limits::DEPTH + 1)), [Code::TooDeep]);
    let ifs = |n: usize| body(&format!("{}drop{}", "if a exists { ".repeat(n), " }".repeat(n)));
    assert_eq!(codes(&ifs(limits::DEPTH)), []);
    assert_eq!(codes(&ifs(limits::DEPTH + 1)), [Code::TooDeep]);
    let mixed = |n: usize| body(&format!("if {}a exists{} {{ drop }}", "not (".repeat(n), ")".repeat(n)));
    assert_eq!(codes(&mixed(limits::DEPTH / 2)), []);
    assert_eq!(codes(&mixed(limits::DEPTH / 2 + 1)), [Code::TooDeep]);
}

#[test]
fn the_deepest_nesting_needs_no_large_stack() {
    // A browser gives WASM one mebibyte.
    let text = body(&format!(
        "if {}a exists{} {{ drop }}",
        "not some of x { b exists or ".repeat(limits::DEPTH / 2),
        " }".repeat(limits::DEPTH / 2)
    ));
    let read = std::thread::Builder::new().stack_size(1 << 20).spawn(move || codes(&text)).unwrap();
    assert_eq!(read.join().unwrap(), []);
}

#[test]
fn a_chain_of_else_if_is_not_deep() {
    let text = body(&format!("if a exists {{ }}{}", " else if a exists { drop }".repeat(10_000)));
    assert_eq!(codes(&text), []);
}

#[test]
fn texts_up_to_the_limit() {
    // D72: a text of 50,000 characters parses; length is no matter of the grammar.
    for quote in ["'", "\""] {
        let text = |n: usize| body(&format!("if a == {quote}{}{quote} {{ drop }}", "ü".repeat(n)));
        assert_eq!(codes(&text(50_000)), []);
        assert_eq!(codes(&text(limits::TEXT_CHARS)), []);
        assert_eq!(codes(&text(limits::TEXT_CHARS + 1)), [Code::TextTooLong]);
    }
}

#[test]
fn lists_up_to_the_limit() {
    let text = |n: usize| body(&format!("if a in [{}] {{ drop }}", vec!["'x'"; n].join(",")));
    let begin = Instant::now();
    let (def, diagnostics) = parse(SourceId(0), &text(100_000));
    let took = begin.elapsed();
    assert!(diagnostics.is_empty() && took < Duration::from_secs(10), "took {took:?}");
    let CondKind::Test(test) = &def.conds[0].kind else { panic!("no test") };
    let Args::Many { items, .. } = &test.args else { panic!("no list") };
    assert_eq!(items.len(), 100_000);
    assert_eq!(items[99_999].base, Base::Literal(Literal::Text("x".to_string())));
    assert_eq!(codes(&text(limits::LIST_ITEMS + 1)), [Code::ListTooLong]);
    assert_eq!(codes(&text(2_000_000)), [Code::ListTooLong]);
}

#[test]
fn functions_up_to_the_limit() {
    let text = |n: usize| body(&format!("if {}a == 'x' {{ drop }}", "lower case of ".repeat(n)));
    assert_eq!(codes(&text(limits::FUNCTIONS)), []);
    assert_eq!(codes(&text(limits::FUNCTIONS + 1)), [Code::TooDeep]);
    assert_eq!(codes(&text(100_000)), [Code::TooDeep]);
}

#[test]
fn rules_up_to_the_limit() {
    let text = |n: usize| "filter \"x\" { }\n".repeat(n);
    let (def, diagnostics) = parse(SourceId(0), &text(limits::RULES));
    assert!(diagnostics.is_empty());
    assert_eq!(def.rules.len(), limits::RULES);
    assert_eq!(codes(&text(limits::RULES + 1)), [Code::TooManyRules]);
}

#[test]
fn a_rule_of_millions_of_words_is_refused() {
    assert_eq!(codes(&body(&"drop ".repeat(1_100_000))), [Code::SourceTooLarge]);
}

#[test]
fn a_file_at_the_limit_on_one_line() {
    let rule = "filter \"x\" { if a == 'x' { drop } } ";
    let full = |piece: &str| piece.repeat(limits::SOURCE_BYTES / piece.len());
    assert_eq!(codes(&full("'")).len(), 1);
    assert_eq!(codes(&full(" ")), []);
    assert_eq!(codes(&full("//")), []);
    assert_eq!(codes(&full("\0")), [Code::Syntax]);
    assert!((1..=3).contains(&codes(&full("/*")).len()));
    assert_eq!(codes(&full("a")), [Code::Syntax]);
    assert_eq!(codes(&rule.repeat(50_000)), []);
    let too_large = " ".repeat(limits::SOURCE_BYTES + 1);
    assert_eq!(codes(&too_large), [Code::SourceTooLarge]);
}

#[test]
fn faults_without_number_take_no_long_time_either() {
    codes(&"} ".repeat(1_000_000));
    codes(&"( } ".repeat(500_000));
    codes(&body(&"dorp ".repeat(100_000)));
    codes(&body(&"if a = 1 { dorp } ".repeat(50_000)));
    codes(&"filter \"a {\n".repeat(100_000));
    codes(&"filter \"a\" { x\n".repeat(50_000));
}

#[test]
fn what_is_said_at_the_limits() {
    insta::assert_snapshot!(
        [
            faults(&body(&format!("if {}", "(".repeat(70)))),
            faults(&body(&format!("tag '{}'", "x".repeat(70_000)))),
            faults(&body(&format!("if a in [{}'x'] {{ drop }}", "'x',".repeat(limits::LIST_ITEMS)))),
            faults(&"filter \"x\" { }\n".repeat(limits::RULES + 1)),
            faults(&" ".repeat(limits::SOURCE_BYTES + 1)),
            faults(&body(&"drop ".repeat(1_100_000))),
        ]
        .join("\n")
    );
}
