//! The canonical layout by example, and what holds of it for every tree.

use proptest::prelude::*;

use super::write;
use crate::ast::{arbitrary, same};
use crate::limits;
use crate::origin::SourceId;
use crate::source::text::parse;

/// What `fmt` makes of a text without faults.
fn fmt(text: &str) -> String {
    let (def, diagnostics) = parse(SourceId(0), text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    write(&def)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn every_tree_reads_back_as_itself(def in arbitrary::definition()) {
        let text = write(&def);
        let (back, diagnostics) = parse(SourceId(0), &text);
        let errors: Vec<_> = diagnostics.iter().filter(|finding| finding.is_error()).collect();
        prop_assert!(errors.is_empty(), "{}\n{:?}", text, errors);
        prop_assert!(same(&def, &back), "{}\n--- read as\n{}", text, crate::ast::show::show(&back));
        prop_assert_eq!(write(&back), text, "writing twice gives other text");
    }

    #[test]
    fn no_line_ends_in_a_blank(def in arbitrary::definition()) {
        for line in write(&def).lines() {
            prop_assert!(!line.ends_with(' '), "{:?}", line);
        }
    }
}

#[test]
fn what_is_as_deep_as_it_may_be_gets_no_parentheses_for_the_eye() {
    let deepest = limits::DEPTH;
    let rule = |n| {
        format!("classify \"n\" {{ if {}Image exists{} {{ stop }} }}", "true and (true or ".repeat(n), ")".repeat(n))
    };
    for n in [deepest / 2, deepest / 2 + 1, deepest] {
        let (def, _) = parse(SourceId(0), &rule(n));
        let (back, diagnostics) = parse(SourceId(0), &write(&def));
        assert!(diagnostics.is_empty(), "{n}: {diagnostics:?}\n{}", write(&def));
        assert!(same(&def, &back), "{n}");
    }
}

#[test]
fn the_rules_of_the_design_keep_their_layout() {
    let text = r#"// Names that the operating system itself resolves all day
filter "Sysmon: routine DNS of Windows" {
    reason "Update and telemetry names, resolved all day by every host"
    if event is sysmon.dns_query
       and Image == 'C:\Windows\System32\svchost.exe'
       and QueryName ends with any ['.windowsupdate.com', '.events.data.microsoft.com'] {
        drop
    }
}

alert "Sysmon: significant security event" {
    if not has tag "whitelisted"
       and (has tag "suspicious" and msg.eventid in [4, 15, 16, 255]
            or msg.rulename contains any ['Credential Dumping', 'Process Injection', 'Sysmon Bypass']) {
        send mail using template "sysmon"
    }
}
"#;
    assert_eq!(fmt(text), text);
}

#[test]
fn the_layout_by_example() {
    insta::assert_snapshot!(fmt(include_str!("example.rules")));
}

#[test]
fn a_condition_of_120_columns_stays_on_one_line() {
    // `    if a == '…' {` around it.
    let rule = |n: usize| format!("filter \"x\" {{\n    if a == '{}' and b exists {{\n    }}\n}}\n", "x".repeat(n));
    let line = rule(91);
    assert_eq!(line.lines().nth(1).unwrap().len(), 120);
    assert_eq!(fmt(&line), line);
    assert_eq!(fmt(&rule(92)).lines().nth(2), Some("       and b exists {"));
}

#[test]
fn quotes_are_chosen_by_what_stands_in_them() {
    let written = |text: &str| fmt(&format!("filter 'x' {{ if a == {text} {{ tag {text} }} }}"));
    for (text, value, name) in [
        ("'plain'", "'plain'", "\"plain\""),
        ("'C:\\x'", "'C:\\x'", "'C:\\x'"),
        ("\"it's\"", "\"it's\"", "\"it's\""),
        ("'say \"x\"'", "'say \"x\"'", "'say \"x\"'"),
        ("\"it's \\\"x\\\" \\\\\"", "\"it's \\\"x\\\" \\\\\"", "\"it's \\\"x\\\" \\\\\""),
        ("'two\nlines'", "\"two\\nlines\"", "\"two\\nlines\""),
        ("\"\u{202e}\"", "\"\\u{202E}\"", "\"\\u{202E}\""),
    ] {
        assert_eq!(written(text), format!("filter \"x\" {{\n    if a == {value} {{\n        tag {name}\n    }}\n}}\n"));
    }
}

#[test]
fn a_word_whose_hyphen_joins_nothing_is_quoted() {
    let written = |word: &str| fmt(&format!("alert 'x' {{ send \"{word}\" }}")).lines().nth(1).unwrap().to_string();
    assert_eq!(written("web-hook"), "    send web-hook");
    for word in ["ei-", "a--b", "a-_b"] {
        assert_eq!(written(word), format!("    send \"{word}\""));
    }
}

#[test]
fn one_condition_on_one_line_for_messages() {
    let text = "not (a == 1 or b not in ['x']) and // why\n (c exists and some of d { e is missing } and not true)";
    let (def, id, _) = crate::source::text::parse_condition(SourceId(0), text);
    assert_eq!(
        super::condition(&def, id.unwrap()),
        "not (a == 1 or b not in ['x']) and (c exists and some of d { e is missing } and not true)"
    );
}

#[test]
fn a_deep_tree_needs_no_stack() {
    use crate::ast::{Cond, CondKind};
    let (mut def, id, _) = crate::source::text::parse_condition(SourceId(0), "a exists and b exists");
    let mut id = id.unwrap();
    for _ in 0..100_000 {
        let origin = def.cond(id).origin;
        id = def.add_cond(Cond { kind: CondKind::Not(id), comments: Vec::new(), origin });
    }
    assert_eq!(super::condition(&def, id).len(), 4 * 100_000 + "(a exists and b exists)".len());
}
