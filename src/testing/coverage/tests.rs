//! Tests of coverage: small rules whose coverage is known by hand.

use super::*;
use crate::ast::Definition;
use crate::blockly::Registry;
use crate::dialect::AgentVersion;
use crate::origin::{SourceId, Sources};
use crate::source;
use crate::testing::{Bench, Nothing, Rules, read};
use crate::vm::Prepared;

const RULES: &str = r#"filter "dns" {
    if event is sysmon.dns_query and (QueryName ends with '.example.org' or QueryName == 'a') and Image not contains 'x' {
        drop
    } else if User == 'never' {
        keep
    }
    disabled drop
}
alert "many" {
    if event is sysmon.network_connect {
        when 3 events within 1 minute by Image {
            send mail
        }
    }
}
alert "silent" {
    if event is sysmon.image_load {
        send mail
    }
}
"#;

fn definition(name: &str, text: &str) -> (Definition, Sources) {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let parsed = source::parse(&mut sources, source, text, &Registry::default());
    (parsed.definition, sources)
}

fn event(id: u32, data: &str) -> String {
    format!(
        "{{ '@timestamp': '2025-03-04T09:00:00Z', winlog: {{ provider_name: Microsoft-Windows-Sysmon, event_id: '{id}', event_data: {{ {data} }} }} }}"
    )
}

fn covered(cases: &[String]) -> Coverage {
    let (compiled, found) = crate::compile_text(RULES, &[]);
    let compiled = compiled.unwrap_or_else(|| panic!("{found:?}"));
    let prepared = Prepared::new(compiled.module).unwrap();
    let rules = Rules { program: &compiled.program, prepared: &prepared, agent: AgentVersion::DEFAULT };
    let named = cases.iter().enumerate().map(|(at, case)| case.replacen("name: ", &format!("name: {at} "), 1));
    let text: String = named.fold("tests:\n".to_string(), |text, case| text + &case);
    let (cases, found) = read(SourceId(0), &text);
    assert!(found.is_empty(), "{found:?}");
    let (definition, _) = definition("a.rule", RULES);
    let definitions = [definition];
    let counter = Counter::new(&compiled.program, &definitions);
    // One after the other, and added up: as threads do.
    let mut counts = Counts::default();
    for case in &cases {
        let mut counting = counter.begin();
        let came = Bench::new(rules, &Nothing).case(case, &mut counting);
        assert!(came.is_ok_and(|outcome| outcome.passed()));
        counts.add(counting.end());
    }
    counter.coverage(&counts, |_| true)
}

fn one(id: u32, data: &str, expect: &str) -> String {
    format!("  - {{ name: one, event: {}, expect: {{ {expect} }} }}\n", event(id, data))
}

fn seen<'c>(coverage: &'c Coverage, text: &str) -> &'c Piece {
    let mut pieces = coverage.rules.iter().flat_map(|rule| &rule.pieces);
    pieces.find(|piece| piece.text.starts_with(text)).unwrap_or_else(|| panic!("no {text}"))
}

#[test]
fn what_was_not_asked_was_not_seen() {
    let coverage = covered(&[
        one(22, "QueryName: b.example.org, Image: a", "decision: dropped"),
        one(22, "QueryName: b.example.org, Image: x", "decision: kept"),
        one(1, "Image: x", "decision: kept"),
    ]);
    assert_eq!(seen(&coverage, "event is sysmon.dns_query").seen, Seen::Condition(Ways { yes: 2, no: 1 }));
    assert_eq!(seen(&coverage, "QueryName ends with").seen, Seen::Condition(Ways { yes: 2, no: 0 }));
    assert_eq!(seen(&coverage, "QueryName == 'a'").seen, Seen::Condition(Ways::default()));
    // The negative spelling is one piece, and says what its author reads.
    assert_eq!(seen(&coverage, "Image not contains").seen, Seen::Condition(Ways { yes: 1, no: 1 }));
    assert_eq!(seen(&coverage, "drop").seen, Seen::Statement(1));
    assert_eq!(seen(&coverage, "keep").seen, Seen::Statement(0));
}

#[test]
fn what_is_dropped_reaches_no_alert_and_a_rule_that_never_acted_is_told() {
    let coverage = covered(&[one(22, "QueryName: a, Image: a", "decision: dropped")]);
    let of = |name: &str| coverage.rules.iter().find(|rule| rule.name == name).unwrap();
    assert_eq!((of("dns").ran, of("dns").acted, of("silent").ran), (1, 1, 0));
    assert_eq!(of("silent").missing().iter().map(|missing| missing.what).collect::<Vec<_>>(), [What::NeverRan]);
    let missing = of("dns").missing();
    assert!(missing.iter().all(|missing| !missing.text.contains("disabled")), "{missing:?}");
}

#[test]
fn a_window_counts_over_the_events_of_a_test_and_not_over_tests() {
    let times = |times: u32, expect: &str| {
        let event = event(3, "Image: a");
        format!(
            "  - {{ name: several, events: [{{ times: {times}, every: 1 second, event: {event} }}], expect: {{ {expect} }} }}\n"
        )
    };
    let few = covered(&[times(2, "alerts: []"), times(2, "alerts: []")]);
    assert_eq!(seen(&few, "when 3 events").seen, Seen::When { counted: 4, fired: 0 });
    let enough = covered(&[times(3, "alerts: [many]")]);
    assert_eq!(seen(&enough, "when 3 events").seen, Seen::When { counted: 3, fired: 1 });
    assert_eq!(seen(&enough, "send mail").seen, Seen::Statement(1));
}

#[test]
fn every_piece_has_its_place_and_the_shares_add_up() {
    let coverage = covered(&[one(22, "QueryName: a, Image: a", "decision: dropped")]);
    for piece in coverage.rules.iter().flat_map(|rule| &rule.pieces) {
        let span = piece.origin.as_span().unwrap();
        let written = &RULES[span.range()];
        let is_word = matches!(piece.seen, Seen::Word | Seen::Joined(_) | Seen::Disabled)
            || piece.text == "if"
            || piece.text.starts_with("when");
        assert!(is_word || written.split_whitespace().eq(piece.text.split_whitespace()), "{written} {}", piece.text);
    }
    let totals = Totals::of(&coverage.rules);
    let each = coverage.rules.iter().map(|rule| Totals::of([rule]).conditions);
    let sum = each.fold(Share::default(), |sum, share| Share { all: sum.all + share.all, seen: sum.seen + share.seen });
    assert_eq!(totals.conditions, sum);
    assert_eq!(totals.conditions, Share { all: 7, seen: 0 });
}

#[test]
fn a_hundred_is_said_of_all_only() {
    assert!((rounded(Share { all: 100_000, seen: 99_999 }) - 99.99).abs() < f64::EPSILON);
    assert!((rounded(Share { all: 3, seen: 3 }) - 100.0).abs() < f64::EPSILON);
    assert!((rounded(Share::default()) - 100.0).abs() < f64::EPSILON);
}

#[test]
fn texts_of_rules_stay_text_in_the_page() {
    let text = "filter \"<script>&\\u{202e}\" { if QueryName == '</pre><img src=x>' { drop } }\n";
    let (compiled, found) = crate::compile_text(text, &[]);
    let compiled = compiled.unwrap_or_else(|| panic!("{found:?}"));
    let (definition, sources) = definition("<b>.rule", text);
    let definitions = [definition];
    let counter = Counter::new(&compiled.program, &definitions);
    let page = html(&counter.coverage(&counter.begin().end(), |_| true), &sources);
    for tag in ["<script", "<img", "<b>", "\u{202e}"] {
        assert!(!page.contains(tag), "{tag}");
    }
    // It asks nobody for anything.
    assert!(!page.contains("http") && !page.contains("url("), "{page}");
}
