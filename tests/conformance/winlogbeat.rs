//! libbeat's conditions, row by row: `tests/conformance/winlogbeat/*.json`.
//!
//! A row has a condition as it stands below `when`, an event (by name, of `events.json`, or itself), and what libbeat says: `true`, `false`, or
//! `"refused"` where the agent does not start. `from` is the version since which it says so; `below` what it said before (without it the row says
//! nothing of earlier versions). Every row goes through the reader and the evaluator, and, where the language can say the condition strictly, through
//! the machine and its slow twin, for each version in which conditions changed.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

use crate::support;
use blocksieve::ast::Number;
use blocksieve::dialect::AgentVersion;
use blocksieve::event::Value;
use blocksieve::libbeat::{Bound, Condition, Constant, Outcome, Processor, config, run};
use blocksieve::origin::SourceId;
use proptest::prelude::*;
use serde_json::Value as Json;

const VERSIONS: [&str; 6] = ["7.0", "7.13", "8.0", "8.14", "8.17", "9.0"];

fn version(text: &str) -> AgentVersion {
    AgentVersion::parse(text).expect("a version")
}

/// The same condition as strict tests of the language; `None` where it cannot be said.
fn as_rule(condition: &Condition, version: AgentVersion) -> Option<String> {
    let test = |field: &str, rest: String| format!("strictly({version}) field {} {rest}", quoted(field));
    let joined = |parts: Vec<String>, word: &str| format!("({})", parts.join(&format!(" {word} ")));
    let all = |members: &[Condition]| members.iter().map(|member| as_rule(member, version)).collect::<Option<Vec<_>>>();
    Some(match condition {
        Condition::True => return None,
        Condition::Equals(field, Constant::Text(text)) => test(field, format!("== {}", quoted(text))),
        Condition::Equals(field, Constant::Int(number)) => test(field, format!("== {number}")),
        Condition::Equals(field, Constant::Bool(flag)) => test(field, format!("== {flag}")),
        Condition::Equals(..) => return None,
        Condition::Contains(field, needle) => test(field, format!("contains {}", quoted(needle))),
        Condition::Regexp(field, pattern) => test(field, format!("matches {}", quoted(pattern))),
        Condition::Range(field, bounds) => {
            let mut parts = Vec::new();
            for (bound, limit) in bounds {
                let word = match bound {
                    Bound::AtLeast => ">=",
                    Bound::Above => ">",
                    Bound::AtMost => "<=",
                    Bound::Below => "<",
                };
                if !limit.is_finite() || limit.abs() >= 9e18 {
                    return None;
                }
                parts.push(test(field, format!("{word} {limit}")));
            }
            joined(parts, "and")
        }
        Condition::Network(field, networks) => {
            let mut parts = Vec::new();
            for network in networks {
                let class = match network.as_str() {
                    "private" => "private",
                    "public" => "public",
                    "loopback" => "loopback",
                    "link_local_unicast" => "link-local",
                    "multicast" => "multicast",
                    "unspecified" => "unspecified",
                    cidr if cidr.contains('/') => {
                        parts.push(test(field, format!("in [{cidr}]")));
                        continue;
                    }
                    _ => return None,
                };
                parts.push(test(field, format!("is {class}")));
            }
            joined(parts, "or")
        }
        Condition::HasFields(fields) => {
            joined(fields.iter().map(|field| test(field, "exists".to_string())).collect(), "and")
        }
        Condition::Or(members) => joined(all(members)?, "or"),
        Condition::And(members) => joined(all(members)?, "and"),
        Condition::Not(inner) => format!("not ({})", as_rule(inner, version)?),
    })
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn evaluated(condition: Condition, version: AgentVersion, event: &[(String, Value)]) -> bool {
    let processors = [Processor::DropEvent { when: Some(condition) }];
    run(&processors, version, &mut event.to_vec()) == Outcome::Dropped
}

#[test]
fn every_row_says_what_libbeat_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/winlogbeat");
    let read = |name: &str| -> Json {
        serde_json::from_str(&std::fs::read_to_string(format!("{folder}/{name}.json")).expect("read")).expect(name)
    };
    let events = read("events");
    let (mut rows, mut answers, mut strict) = (0, 0, 0);
    let mut failed = Vec::new();
    for name in ["equals", "contains", "regexp", "range", "network", "has_fields", "joined"] {
        for row in read(name).as_array().expect("rows") {
            rows += 1;
            let when = row["when"].to_string();
            let event = match row["event"].as_str() {
                Some(name) => &events[name],
                None => &row["event"],
            };
            let fields = support::event(&event.to_string());
            for name in VERSIONS {
                let version = version(name);
                let since = row["from"].as_str().is_none_or(|from| version >= self::version(from));
                let Some(expected) = (if since { Some(&row["is"]) } else { row.get("below") }) else { continue };
                answers += 1;
                let (condition, findings) = config::read_condition(SourceId(0), &when, version);
                let refused = findings.iter().any(|finding| finding.is_error());
                assert_eq!(condition.is_none(), refused, "{when}: {findings:?}");
                let found = match &condition {
                    None => Json::from("refused"),
                    Some(condition) => Json::from(evaluated(condition.clone(), version, &fields)),
                };
                if found != *expected {
                    failed
                        .push(format!("{name}: {when} on {event}: {found}, and libbeat says {expected}; {findings:?}"));
                    continue;
                }
                let rule = condition.as_ref().filter(|_| row["own"] != false).and_then(|c| as_rule(c, version));
                if let Some(rule) = rule {
                    strict += 1;
                    if support::holds(&rule, &event.to_string()) != *expected {
                        failed.push(format!("{name}: {rule} on {event}: not {expected}"));
                    }
                }
            }
        }
    }
    eprintln!("{rows} rows, {answers} answers, {strict} of them by machine and twin too");
    assert!(failed.is_empty(), "{} differ:\n{}", failed.len(), failed.join("\n"));
    assert!(rows > 400 && strict > 1500);
}

#[test]
fn the_manual_says_what_libbeat_does() {
    let manual = include_str!("../../grammar/README.md");
    let mut cases = 0;
    for fence in manual.split("\n```libbeat").skip(1) {
        let (info, rest) = fence.split_once('\n').expect("a line");
        let (inside, _) = rest.split_once("\n```").expect("the end of the fence");
        let version = if info.is_empty() { AgentVersion::DEFAULT } else { version(info.trim()) };
        let mut lines = inside.lines();
        let when = lines.next().expect("a condition");
        let (condition, findings) = config::read_condition(SourceId(0), when, version);
        for line in lines {
            cases += 1;
            match line.split_once(' ') {
                Some((word @ ("yes" | "no"), event)) => {
                    let condition = condition.clone().unwrap_or_else(|| panic!("{when}: {findings:?}"));
                    let found = evaluated(condition, version, &support::event(event.trim()));
                    assert_eq!(found, word == "yes", "{when} on {event}");
                }
                _ => {
                    assert_eq!(line, "refused", "{when}");
                    assert!(condition.is_none(), "{when}");
                }
            }
        }
    }
    assert!(cases >= 50, "{cases}");
}

const CONFIGURATION: &str = r#"
winlogbeat.event_logs:
  - name: Microsoft-Windows-Sysmon/Operational   # all of it
    event_id: 1, 3-5, -4
    processors:
      # Updater
      - drop_event.when.and:
          - equals: {winlog.event_id: '5', a.b: -1}
          - not.regexp: &p {x: '(?i)^.*foo[a-z]{2,3}\d$'}
          - range: {num: {gte: 1, lt: 1e3}, m.gt: "0x1p4"}
          - network: {ip: [private, 10.0.0.0/8], other: public}
processors:
  - if: {or: [{contains: {a: '$$x'}}, {has_fields: [a, b.c]}, {regexp: *p}]}
    then:
      - add_tags: {tags: [t, u], target: a.b}
      - drop_fields: {fields: [a, '@metadata.x'], ignore_missing: true}
    else: {add_fields: {target: '', fields: {a.b: 1, c: {d: [1, x]}}}}
  - script: {lang: javascript, source: "function process(e) {}"}
"#;

/// Pieces that are put into the text, or whose first byte is.
const PIECES: [&str; 24] = [
    "'", "\"", "${", "$", ": ", "- ", "[", "]", "{", "}", "\n", "  ", "\t", ".", "..", "*p", "&p", "<<: ", "~", "1",
    "(", "\\", "\u{e9}", "!!int ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_text_makes_the_reader_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..12, any::<prop::sample::Index>()), 1..6),
        version in proptest::sample::select(VERSIONS.to_vec()),
    ) {
        let mut text: Vec<char> = CONFIGURATION.chars().collect();
        for (place, take, piece) in edits {
            let at = place.index(text.len());
            let end = (at + take).min(text.len());
            text.splice(at..end, PIECES[piece.index(PIECES.len())].chars());
        }
        let text: String = text.into_iter().collect();
        let version = self::version(version);
        let (read, _) = config::read(SourceId(0), &text, version);
        let logs = read.event_logs.iter().flat_map(|log| &log.processors);
        for entry in logs.chain(&read.processors) {
            if let Some(processors) = entry.processors() {
                let mut event = support::event(r#"{"a":{"b":["x"]},"n":5,"x":"foo","ip":"10.0.0.1"}"#);
                run(&processors, version, &mut event);
            }
        }
    }
}

/// Texts of which values, needles, patterns and names are made.
fn text() -> impl Strategy<Value = String> {
    let texts = [
        "",
        "a",
        "A",
        "ab",
        "foo",
        "xfoo",
        "foo\nbar",
        "1",
        "5",
        "05",
        "5.0",
        "0x5p0",
        "1e1",
        "nan",
        "inf",
        "-1",
        "true",
        "10.0.0.1",
        "::ffff:10.0.0.1",
        "fd00::1",
        "9.9.9.9",
        "fe80::1%eth0",
        "224.0.0.1",
        "é",
        "ſ",
        "\u{212a}",
        "a.b",
        " 5",
    ];
    proptest::sample::select(texts.to_vec()).prop_map(str::to_string)
}

fn leaf() -> impl Strategy<Value = Condition> {
    let field = || proptest::sample::select(vec!["f", "g.h", "k", "g"]).prop_map(str::to_string);
    let patterns = [
        "foo",
        "^.*foo",
        "^foo.*$",
        "(?i)A",
        r"^\w$",
        r"\d+",
        "^$",
        "",
        "[a-f]",
        r"^\S+\.\d",
        ".*",
        "(^.*)bar",
        r"(?s)^.*bar",
        "^(?:a|5)",
        r"\bfoo\b",
        "é|ſ",
    ];
    let networks = [
        "private",
        "public",
        "loopback",
        "multicast",
        "unspecified",
        "link_local_unicast",
        "10.0.0.0/8",
        "::/0",
        "::ffff:0.0.0.0/96",
        "fd00::/8",
    ];
    let number = prop_oneof![Just(5i128), Just(-1), Just(1), Just(0), Just(i128::from(u64::MAX)), Just(1 << 53)];
    let constant = prop_oneof![
        text().prop_map(Constant::Text),
        number.prop_map(Constant::Int),
        any::<bool>().prop_map(Constant::Bool)
    ];
    let bound =
        (proptest::sample::select(Bound::ALL.to_vec()), proptest::sample::select(vec![5.0, -1.0, 0.5, 10.0, 1e15]));
    prop_oneof![
        (field(), constant).prop_map(|(field, constant)| Condition::Equals(field, constant)),
        (field(), text()).prop_map(|(field, needle)| Condition::Contains(field, needle)),
        (field(), proptest::sample::select(patterns.to_vec()))
            .prop_map(|(field, pattern)| Condition::Regexp(field, pattern.to_string())),
        (field(), proptest::collection::vec(bound, 1..3)).prop_map(|(field, bounds)| Condition::Range(field, bounds)),
        (field(), proptest::collection::vec(proptest::sample::select(networks.to_vec()), 1..3)).prop_map(
            |(field, networks)| Condition::Network(field, networks.into_iter().map(str::to_string).collect())
        ),
        proptest::collection::vec(field(), 1..3).prop_map(Condition::HasFields),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        6 => text().prop_map(Json::from),
        1 => prop_oneof![Just(5i64), Just(-1), Just(1), Just(0), Just(1 << 53)].prop_map(Json::from),
        1 => Just(Json::from(u64::MAX)),
        1 => prop_oneof![Just(5.0), Just(0.5), Just(-1.5)].prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
    ];
    prop_oneof![
        6 => scalar.clone(),
        2 => proptest::collection::vec(text().prop_map(Json::from), 0..4).prop_map(Json::from),
        1 => proptest::collection::vec(scalar.clone(), 0..4).prop_map(Json::from),
        1 => scalar.prop_map(|value| serde_json::json!({ "h": value })),
    ]
}

/// A condition as it is written in a configuration.
fn as_json(condition: &Condition) -> Json {
    let leaf = |operator: &str, field: &str, value: Json| serde_json::json!({ operator: { field: value } });
    match condition {
        Condition::Equals(field, Constant::Text(text)) => leaf("equals", field, text.replace('$', "$$").into()),
        Condition::Equals(field, Constant::Int(number)) => match u64::try_from(*number) {
            Ok(number) => leaf("equals", field, number.into()),
            Err(_) => leaf("equals", field, (*number as i64).into()),
        },
        Condition::Equals(field, Constant::Bool(flag)) => leaf("equals", field, (*flag).into()),
        Condition::Contains(field, needle) => leaf("contains", field, needle.replace('$', "$$").into()),
        Condition::Regexp(field, pattern) => leaf("regexp", field, pattern.replace('$', "$$").into()),
        Condition::Range(field, bounds) => {
            let bounds = bounds.iter().map(|(bound, limit)| (bound.word().to_string(), Json::from(*limit)));
            leaf("range", field, Json::Object(bounds.collect()))
        }
        Condition::Network(field, networks) => leaf("network", field, networks.clone().into()),
        Condition::HasFields(fields) => serde_json::json!({ "has_fields": fields }),
        other => panic!("{other:?} is no leaf"),
    }
}

/// Random filters of the agent, read as rules, drop what the agent drops.
#[test]
fn imported_filters_drop_what_the_agent_drops() {
    let conditions = proptest::collection::vec(leaf(), 1..4);
    let events = proptest::collection::vec((value(), value(), value()), 8);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let pairs = std::cell::Cell::new([0usize; 2]);
    let result = runner.run(&(conditions, events), |(conditions, events)| {
        for name in VERSIONS {
            let version = version(name);
            let drop = |condition: &Condition| serde_json::json!({ "drop_event": { "when": as_json(condition) } });
            let list: Vec<Json> = conditions.iter().map(drop).collect();
            let text = Json::from(list).to_string();
            let (config, findings) = config::read(SourceId(0), &text, version);
            prop_assert!(!findings.iter().any(|finding| finding.is_error()), "{}: {:?}", text, findings);
            let processors = config::processors(&config.processors).expect("all are understood");
            let (definition, _) = blocksieve::source::winlogbeat::read(SourceId(0), &text, version);
            prop_assert_eq!(definition.rules.len(), conditions.len());
            let compiled = support::compile(&blocksieve::target::text::write(&definition));
            for (f, g, k) in &events {
                let json = serde_json::json!({ "f": f, "g": g, "k": k }).to_string();
                let dropped = run(&processors, version, &mut support::event(&json)) == Outcome::Dropped;
                let found = support::decide(&compiled, &json).dropped_by.is_some();
                let mut counts = pairs.get();
                counts[usize::from(dropped)] += 1;
                pairs.set(counts);
                prop_assert_eq!(found, dropped, "{} on {}", text, json);
            }
        }
        Ok(())
    });
    let [kept, dropped] = pairs.get();
    eprintln!("{} pairs, {dropped} dropped", kept + dropped);
    result.unwrap();
    assert!(dropped > 100 && kept > 100);
}

/// `BLOCKSIEVE_LEAVES` says how many leaves; each is asked of 8 events, in every version.
#[test]
fn evaluator_machine_and_twin_agree_on_random_leaves() {
    let count = std::env::var("BLOCKSIEVE_LEAVES").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
    let events = proptest::collection::vec((value(), value(), value()), 8);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(count));
    let pairs = std::cell::Cell::new([0usize; 2]);
    let result = runner.run(&(leaf(), events), |(condition, events)| {
        for name in VERSIONS {
            let version = version(name);
            let Some(rule) = as_rule(&condition, version) else { continue };
            let compiled = support::compile(&format!("classify \"c\" {{ if {rule} {{ tag \"t\" }} }}"));
            for (f, g, k) in &events {
                let json = serde_json::json!({ "f": f, "g": g, "k": k }).to_string();
                let expected = evaluated(condition.clone(), version, &support::event(&json));
                let found = !support::decide(&compiled, &json).did.is_empty();
                let mut counts = pairs.get();
                counts[usize::from(expected)] += 1;
                pairs.set(counts);
                prop_assert_eq!(found, expected, "{} on {}", rule, json);
            }
        }
        Ok(())
    });
    let [no, yes] = pairs.get();
    eprintln!("{} pairs, {yes} hold", no + yes);
    result.unwrap();
    assert!(yes > 100 && no > 100);
}

#[test]
fn numbers_are_those_of_the_event() {
    let event = support::event(r#"{"f":18446744073709551615}"#);
    assert_eq!(event[0].1, Value::Number(Number::Int(i128::from(u64::MAX))));
}
