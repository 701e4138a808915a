//! The machine against its slow twin, on random rules and random events.
//!
//! A case is a set of random rules, compiled from text through every stage, and a batch of random events drawn from the
//! same small vocabulary, so that tests hold about as often as not. A pair is one rule on one event; each is decided by the
//! machine over the lazy line, by the machine over a map, and by the twin, and all that the rules did must be equal.
//!
//! `BLOCKSIEVE_PAIRS` says how many pairs at least; 20,000 by default.

mod support;

use blocksieve::event::json::{LinePlan, LineScanner};
use blocksieve::event::{MapView, Value, json};
use blocksieve::ir::twin;
use blocksieve::vm::{Machine, Options, Prepared};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const FIELDS: [&str; 9] =
    ["Image", "CommandLine", "QueryName", "ProcessId", "DestinationIp", "UtcTime", "Hashes", "Odd", "User"];
/// Values of events and of rules: case, look-alikes, dashes, wildcards, escapes, numbers in many spellings, nothing.
const TEXTS: [&str; 40] = [
    "",
    "-",
    "a",
    "A",
    "ab",
    "aB",
    "abc",
    "b",
    "k",
    "K",
    "\u{212a}",
    "s",
    "\u{17f}",
    "ß",
    "é",
    "É",
    "ΣΑΣ",
    "ςας",
    "*",
    "?",
    "a*b",
    r"C:\a\b.exe",
    r"c:\A\B.EXE",
    r"\b.exe",
    "b.exe",
    r"\\",
    " -enc ",
    "x /enc y",
    "x –enc y",
    "1",
    "01",
    "0x1",
    "-1",
    "18446744073709551615",
    "true",
    "TRUE",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "2024-01-31 10:00:00.000",
    "MD5=0123456789abcdef0123456789ABCDEF,SHA256=-",
];

fn text() -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(&TEXTS[..]).prop_map(str::to_string)
}

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

fn field() -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(&FIELDS[..]).prop_map(str::to_string)
}

fn list(item: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = String> + Clone {
    proptest::collection::vec(item, 1..12).prop_map(|items| format!("[{}]", items.join(", ")))
}

fn operand() -> impl Strategy<Value = String> + Clone {
    let function = proptest::sample::select(
        &[
            "lower case of ",
            "upper case of ",
            "number of ",
            "length of ",
            "file name of ",
            "folder of ",
            "hour of ",
            "weekday of ",
        ][..],
    );
    prop_oneof![
        8 => field(),
        2 => (function.clone(), field()).prop_map(|(f, field)| format!("{f}{field}")),
        1 => (function.clone(), function, field()).prop_map(|(f, g, field)| format!("{f}{g}{field}")),
        1 => Just("any field".to_string()),
        1 => Just("hash MD5".to_string()),
    ]
}

fn literal() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        6 => text().prop_map(|t| quoted(&t)),
        2 => proptest::sample::select(&["1", "-1", "0x1", "1.0", "1.5", "18446744073709551615", "true", "false", "10.0.0.1", "::1", "2024-01-31"][..]).prop_map(str::to_string),
    ]
}

fn pattern() -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(
        &[r"^a", r"b$", r"\d+", r"\w", r"\s-", "a.b", "(a|é)", "[^a]", "", r"^\\", r"\bb", "k", "(?i)S"][..],
    )
    .prop_map(quoted)
}

fn wildcard() -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(
        &["*", "?", "*b*", "a?c", r"*\\b.exe", "a**", "*?*", "", r"\*", "*a*b*c*", "??", "*k", "s*"][..],
    )
    .prop_map(quoted)
}

fn test() -> impl Strategy<Value = String> + Clone {
    let cased = proptest::sample::select(&["", "", "cased "][..]);
    let dash = proptest::sample::select(&["", "", "", "any-dash "][..]);
    let every = proptest::sample::select(&["", "", "", "all of "][..]);
    let word = proptest::sample::select(&["contains", "starts with", "ends with", "not contains", "not ends with"][..]);
    let amount = proptest::sample::select(&["any", "all"][..]);
    prop_oneof![
        3 => (every.clone(), operand(), cased.clone(), proptest::sample::select(&["==", "!="][..]), literal()).prop_map(|(e, o, c, op, l)| format!("{}{o} {c}{op} {l}", all_of(e, &o))),
        3 => (every.clone(), operand(), cased.clone(), dash.clone(), word.clone(), text()).prop_map(|(e, o, c, d, w, t)| format!("{}{o} {c}{d}{w} {}", all_of(e, &o), quoted(&t))),
        2 => (every.clone(), operand(), cased.clone(), dash.clone(), word, amount.clone(), list(text().prop_map(|t| quoted(&t)))).prop_map(|(e, o, c, d, w, a, l)| format!("{}{o} {c}{d}{w} {a} {l}", all_of(e, &o))),
        2 => (every.clone(), operand(), cased.clone(), list(literal())).prop_map(|(e, o, c, l)| format!("{}{o} {c}in {l}", all_of(e, &o))),
        2 => (every.clone(), operand(), cased.clone(), dash, proptest::sample::select(&["like", "not like"][..]), wildcard()).prop_map(|(e, o, c, d, w, p)| format!("{}{o} {c}{d}{w} {p}", all_of(e, &o))),
        2 => (operand(), cased.clone(), amount, list(pattern())).prop_map(|(o, c, a, l)| format!("{o} {c}matches {a} {l}")),
        2 => (operand(), proptest::sample::select(&["<", "<=", ">", ">="][..]), proptest::sample::select(&["1", "2.5", "10.0.0.5", "2024-01-01", "9"][..])).prop_map(|(o, c, l)| format!("{o} {c} {l}")),
        2 => (operand(), proptest::sample::select(&["exists", "is missing", "is blank", "is not blank", "is private", "is not public", "is loopback", "in 10.0.0.0/8", "in [10.0.0.0/8, '1']"][..])).prop_map(|(o, p)| format!("{o} {p}")),
        2 => (field(), cased, proptest::sample::select(&["==", "!=", "<", "contains", "ends with"][..]), field()).prop_map(|(a, c, op, b)| if op == "<" { format!("{a} {op} {b}") } else { format!("{a} {c}{op} {b}") }),
        2 => proptest::sample::select(&["event is sysmon.process_create", "event is not sysmon.dns_query", "event is any [sysmon.process_create, sysmon.state_change]", "has tag \"x\"", "not has tag \"y\"", "has any tag [\"x\", \"z\"]", "has all tags [\"x\", \"y\"]"][..]).prop_map(str::to_string),
        1 => proptest::sample::select(&[
            "strictly Image == 'a'", "strictly winlog.event_id == 1", "strictly(7.0) winlog.event_id == '1'", "strictly Odd contains 'a'", "strictly Odd matches '^a'", "strictly ProcessId > 0",
            "strictly(8.0) ProcessId > 0", "strictly(8.0) DestinationIp is public", "strictly DestinationIp is public", "strictly Odd in [10.0.0.0/8]", "strictly Odd exists", "strictly Odd contains ''", "strictly Odd == -1", "strictly Odd == true",
        ][..]).prop_map(str::to_string),
        1 => (text(), text()).prop_map(|(a, b)| format!("some of list {{ name == {} and not (value contains {}) }}", quoted(&a), quoted(&b))),
    ]
}

/// `all of` means nothing before `any field`.
fn all_of<'e>(every: &'e str, operand: &str) -> &'e str {
    if operand.contains("any field") { "" } else { every }
}

fn condition() -> impl Strategy<Value = String> + Clone {
    test().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" and "))),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|any| format!("({})", any.join(" or "))),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

fn statements(kind: &'static str) -> impl Strategy<Value = String> + Clone {
    let plain: &'static [&'static str] = match kind {
        "filter" => &[
            "drop",
            "keep",
            "tag \"x\"",
            "untag \"y\"",
            "remove field Image",
            "remove field winlog.event_data.QueryName, Odd",
            "stop",
        ],
        "classify" => &[
            "tag \"x\"",
            "tag \"y\", \"z\"",
            "untag \"x\"",
            "set msg.group = 'g'",
            "set msg.image = file name of Image",
            "set msg.n = 5",
            "stop",
        ],
        _ => &["send mail", "send file to [\"a\"]", "stop"],
    };
    let leaf = proptest::sample::select(plain).prop_map(str::to_string);
    leaf.prop_recursive(2, 6, 3, |inner| {
        (
            condition(),
            proptest::collection::vec(inner.clone(), 0..3),
            proptest::option::of((condition(), inner.clone())),
            proptest::option::of(inner),
        )
            .prop_map(|(cond, body, elif, other)| {
                let mut out = format!("if {cond} {{ {} }}", body.join("\n"));
                if let Some((cond, body)) = elif {
                    out += &format!(" else if {cond} {{ {body} }}");
                }
                if let Some(body) = other {
                    out += &format!(" else {{ {body} }}");
                }
                out
            })
    })
}

fn rules() -> impl Strategy<Value = String> {
    let rule = |kind: &'static str| {
        (condition(), proptest::collection::vec(statements(kind), 1..3))
            .prop_map(move |(cond, body)| (kind, format!("if {cond} {{ {} }}", body.join("\n"))))
    };
    proptest::collection::vec(prop_oneof![3 => rule("filter"), 2 => rule("classify"), 1 => rule("alert")], 3..9)
        .prop_map(|rules| {
            rules
                .iter()
                .enumerate()
                .map(|(n, (kind, body))| {
                    format!(
                        "{kind} \"r{n}\" {{ {}{body} }}\n",
                        if *kind == "filter" { "allow tamper events " } else { "" }
                    )
                })
                .collect()
        })
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let scalar = prop_oneof![
        8 => text().prop_map(serde_json::Value::from),
        1 => any::<bool>().prop_map(serde_json::Value::from),
        2 => proptest::sample::select(&[0i64, 1, -1, 2, 10][..]).prop_map(serde_json::Value::from),
        1 => Just(serde_json::Value::from(1.5)),
        1 => Just(serde_json::Value::from(u64::MAX)),
        1 => Just(serde_json::Value::Null),
    ];
    prop_oneof![
        6 => scalar.clone(),
        1 => proptest::collection::vec(scalar.clone(), 0..4).prop_map(serde_json::Value::from),
        1 => scalar.prop_map(|v| serde_json::json!({ "inner": v })),
    ]
}

fn events() -> impl Strategy<Value = Vec<String>> {
    let data = proptest::collection::btree_map(field(), value(), 0..7);
    let element = proptest::collection::btree_map(
        proptest::sample::select(&["name", "value", "x"][..]).prop_map(str::to_string),
        value(),
        0..3,
    );
    let list = proptest::collection::vec(
        prop_oneof![4 => element.prop_map(|m| serde_json::to_value(m).unwrap()), 1 => value()],
        0..4,
    );
    let id = prop_oneof![
        Just(serde_json::json!("1")),
        Just(serde_json::json!(1)),
        Just(serde_json::json!("22")),
        Just(serde_json::json!(4)),
        Just(serde_json::Value::Null)
    ];
    let provider = proptest::option::weighted(
        0.8,
        proptest::sample::select(&["Microsoft-Windows-Sysmon", "microsoft-windows-SYSMON", "Other"][..]),
    );
    let tags = proptest::option::of(proptest::collection::vec(proptest::sample::select(&["x", "y", "z"][..]), 0..3));
    let event = (data, list, id, provider, tags).prop_map(|(data, list, id, provider, tags)| {
        let mut winlog = serde_json::json!({ "event_id": id, "channel": "Microsoft-Windows-Sysmon/Operational", "event_data": data });
        if let Some(provider) = provider {
            winlog["provider_name"] = provider.into();
        }
        let mut event = serde_json::json!({ "winlog": winlog, "list": list });
        if let Some(tags) = tags {
            event["tags"] = tags.into();
        }
        event.to_string()
    });
    proptest::collection::vec(event, 40)
}

#[test]
fn machine_and_twin_agree_on_random_rules_and_events() {
    let wanted: u64 = std::env::var("BLOCKSIEVE_PAIRS")
        .ok()
        .map_or(20_000, |pairs| pairs.parse().expect("BLOCKSIEVE_PAIRS is a number"));
    let (mut pairs, mut acted, mut cases) = (0u64, 0u64, 0u64);
    let mut runner =
        TestRunner::new(Config { cases: 1, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() });
    while pairs < wanted {
        let counts = std::cell::Cell::new((0, 0));
        runner
            .run(&(rules(), events()), |(rules, events)| {
                let (compiled, diagnostics) = blocksieve::compile_text(&rules, &[]);
                // Some random filters drop through an unguarded negation; those are refused, and none is left to compare.
                let Some(compiled) = compiled else {
                    let only_safety = diagnostics
                        .iter()
                        .filter(|d| d.is_error())
                        .all(|d| d.code == blocksieve::diagnostic::Code::UnguardedNegation);
                    prop_assert!(only_safety, "{rules}\n{diagnostics:#?}");
                    return Ok(());
                };
                let prepared = Prepared::new(compiled.module.clone()).expect("valid");
                let again = blocksieve::bytecode::read(&blocksieve::bytecode::write(&compiled.module));
                prop_assert_eq!(again.as_ref(), Ok(&compiled.module));
                let plan = LinePlan::new(&prepared.module().layout);
                let (mut machine, mut scanner) = (Machine::new(&prepared), LineScanner::new());
                let options = Options { preview: true, ..Options::default() };
                let (mut pairs, mut acted) = (0, 0);
                for event in &events {
                    let Ok(Value::Map(members)) = json::parse(event.as_bytes()) else { panic!("{event}") };
                    let slow = support::Decision::from(twin::decide(&compiled.program, &members));
                    machine.decide(&MapView::new(&prepared.module().layout, &members), options);
                    prop_assert_eq!(&support::in_words(&prepared, &machine), &slow, "map\n{}\n{}", &rules, event);
                    let view = scanner.scan(&plan, event.as_bytes()).expect("whole");
                    machine.decide(&view, options);
                    prop_assert_eq!(&support::in_words(&prepared, &machine), &slow, "line\n{}\n{}", &rules, event);
                    machine.decide(&view, Options { trace: true, ..options });
                    prop_assert_eq!(&support::in_words(&prepared, &machine), &slow, "trace\n{}\n{}", &rules, event);
                    pairs += compiled.program.rules.len() as u64;
                    acted += slow.did.len() as u64 + u64::from(slow.dropped_by.is_some());
                }
                counts.set((pairs, acted));
                Ok(())
            })
            .unwrap_or_else(|failure| panic!("{failure}"));
        pairs += counts.get().0;
        acted += counts.get().1;
        cases += 1;
    }
    eprintln!(
        "{pairs} pairs of rule and event in {cases} cases, {acted} effects and drops: machine (map, line, trace) and twin agree"
    );
    assert!(acted * 50 > pairs, "random rules must do something: {acted} of {pairs}");
}
