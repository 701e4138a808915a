//! Random rules on random events: a small evaluator of Sigma's own meaning, written here and as plainly as can be, against the compiled rule.
//!
//! What is generated keeps away from what the manual says of the language and Sigma leaves open: dashes inside of words, numbers in other
//! spellings, lists without a value.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::sigma;

/// What an item compares with, as Sigma writes it.
#[derive(Clone, Debug)]
enum Wanted {
    Text(String),
    Number(i64),
    Truth(bool),
    Null,
}

/// `Field|modifiers: values`.
#[derive(Clone, Debug)]
struct Item {
    field: Option<&'static str>,
    modifiers: Vec<&'static str>,
    wanted: Vec<Wanted>,
}

#[derive(Clone, Debug)]
enum Detection {
    Map(Vec<Item>),
    Maps(Vec<Vec<Item>>),
    Words(Vec<String>),
}

#[derive(Clone, Debug)]
enum Condition {
    Named(usize),
    OneOf(&'static str),
    AllOf(&'static str),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

#[derive(Clone, Debug)]
struct Rule {
    detections: Vec<Detection>,
    conditions: Vec<Condition>,
}

const NAMES: [&str; 4] = ["sel_a", "sel_b", "filter", "_aside"];
const FIELDS: [&str; 5] = ["CommandLine", "User", "Image", "ParentImage", "ProcessId"];

// The meaning.

/// Values of a field, without what is null or a list or mapping inside of a list.
fn scalars(value: Option<&Json>) -> Vec<Json> {
    match value {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(members)) => {
            members.iter().filter(|one| one.is_string() || one.is_number() || one.is_boolean()).cloned().collect()
        }
        Some(other) => vec![other.clone()],
    }
}

/// Every single value of an event.
fn everywhere(value: &Json, found: &mut Vec<Json>) {
    match value {
        Json::Object(members) => members.values().for_each(|inside| everywhere(inside, found)),
        Json::Array(members) => members.iter().for_each(|inside| everywhere(inside, found)),
        Json::Null => {}
        one => found.push(one.clone()),
    }
}

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), String::from)
}

fn number(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A character of a pattern: itself, any number of any, or one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    Char(char),
    Any,
    One,
}

fn marks(written: &str) -> Vec<Mark> {
    let chars: Vec<char> = written.chars().collect();
    let (mut at, mut marks) = (0, Vec::new());
    while at < chars.len() {
        let escaped = chars[at] == '\\' && chars.get(at + 1).is_some_and(|next| "*?\\".contains(*next));
        at += usize::from(escaped);
        marks.push(match chars[at] {
            '*' if !escaped => Mark::Any,
            '?' if !escaped => Mark::One,
            c => Mark::Char(c),
        });
        at += 1;
    }
    marks
}

fn same(a: char, b: char, cased: bool) -> bool {
    a == b || !cased && a.to_lowercase().eq(b.to_lowercase())
}

fn fits(marks: &[Mark], text: &[char], cased: bool) -> bool {
    match (marks.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((Mark::Any, marks)), _) => (0..=text.len()).any(|skipped| fits(marks, &text[skipped..], cased)),
        (Some((Mark::One, marks)), Some((_, text))) => fits(marks, text, cased),
        (Some((Mark::Char(c), marks)), Some((d, text))) => same(*c, *d, cased) && fits(marks, text, cased),
        (Some(_), None) => false,
    }
}

/// The spellings of a pattern with each dash that begins an option written in each way.
fn dashed(marks: &[Mark]) -> Vec<Vec<Mark>> {
    let word = |mark: Option<&Mark>| matches!(mark, Some(Mark::Char(c)) if c.is_alphanumeric() || *c == '_');
    let mut all: Vec<Vec<Mark>> = vec![Vec::new()];
    for (at, mark) in marks.iter().enumerate() {
        let option = matches!(mark, Mark::Char('-' | '/'))
            && !word(at.checked_sub(1).and_then(|before| marks.get(before)))
            && word(marks.get(at + 1));
        let ways = if option { ['-', '/', '–', '—', '―'].map(Mark::Char).to_vec() } else { vec![*mark] };
        all = all.iter().flat_map(|so_far| ways.iter().map(move |way| [so_far.clone(), vec![*way]].concat())).collect();
    }
    all
}

fn network(written: &str, address: &str) -> bool {
    let bits = |text: &str| {
        let parts: Vec<u8> = text.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        <[u8; 4]>::try_from(parts).ok().map(u32::from_be_bytes)
    };
    let (base, length) = written.split_once('/').expect("a network");
    let shift = 32 - length.parse::<u32>().expect("a length");
    match (bits(base), bits(address)) {
        (Some(base), Some(address)) => base.checked_shr(shift) == address.checked_shr(shift),
        (_, _) => false,
    }
}

fn one(item: &Item, wanted: &Wanted, event: &Json) -> bool {
    let has = |modifier: &str| item.modifiers.contains(&modifier);
    let value = item.field.and_then(|field| event["winlog"]["event_data"].get(field));
    let found = match item.field {
        Some(_) => scalars(value),
        None => {
            let mut all = Vec::new();
            everywhere(event, &mut all);
            all
        }
    };
    if has("exists") {
        return matches!(wanted, Wanted::Truth(there) if *there == value.is_some_and(|value| !value.is_null()));
    }
    if has("fieldref") {
        let Wanted::Text(other) = wanted else { panic!("{wanted:?}") };
        let others = scalars(event["winlog"]["event_data"].get(other));
        return found.iter().any(|own| {
            others.iter().any(|other| match (number(own), number(other)) {
                (Some(own), Some(other)) => own == other,
                _ => text(own).to_lowercase() == text(other).to_lowercase(),
            })
        });
    }
    let order: Option<fn(i64, i64) -> bool> = [
        ("lt", (|a, b| a < b) as fn(i64, i64) -> bool),
        ("lte", |a, b| a <= b),
        ("gt", |a, b| a > b),
        ("gte", |a, b| a >= b),
    ]
    .into_iter()
    .find_map(|(word, order)| has(word).then_some(order));
    if let Some(order) = order {
        let Wanted::Number(limit) = wanted else { panic!("{wanted:?}") };
        return found.iter().any(|value| number(value).is_some_and(|value| order(value, *limit)));
    }
    let written = match wanted {
        Wanted::Null => return value.is_none_or(Json::is_null),
        Wanted::Truth(truth) => return found.iter().any(|value| text(value).to_lowercase() == truth.to_string()),
        Wanted::Number(wanted) if !["contains", "startswith", "endswith"].iter().any(|word| has(word)) => {
            return found.iter().any(|value| number(value) == Some(*wanted));
        }
        Wanted::Number(wanted) => wanted.to_string(),
        Wanted::Text(written) => written.clone(),
    };
    if has("re") {
        let pattern = format!("(?{}){written}", if has("i") { "i" } else { "-i" });
        let pattern = regex::Regex::new(&pattern).expect("a pattern");
        return found.iter().any(|value| pattern.is_match(&text(value)));
    }
    if has("cidr") {
        return found.iter().any(|value| network(&written, &text(value)));
    }
    let mut pattern = marks(&written);
    let keyword = item.field.is_none();
    if has("contains") || has("endswith") || keyword {
        pattern.insert(0, Mark::Any);
    }
    if has("contains") || has("startswith") || keyword {
        pattern.push(Mark::Any);
    }
    let patterns = if has("windash") { dashed(&pattern) } else { vec![pattern] };
    found.iter().any(|value| {
        let chars: Vec<char> = text(value).chars().collect();
        patterns.iter().any(|pattern| fits(pattern, &chars, has("cased")))
    })
}

fn item(item: &Item, event: &Json) -> bool {
    let mut answers = item.wanted.iter().map(|wanted| one(item, wanted, event));
    let holds = if item.modifiers.contains(&"all") { answers.all(|holds| holds) } else { answers.any(|holds| holds) };
    holds != item.modifiers.contains(&"neq")
}

fn detection(detection: &Detection, event: &Json) -> bool {
    let map = |items: &Vec<Item>| items.iter().all(|one| item(one, event));
    match detection {
        Detection::Map(items) => map(items),
        Detection::Maps(maps) => maps.iter().any(map),
        Detection::Words(words) => words.iter().any(|word| {
            item(&Item { field: None, modifiers: Vec::new(), wanted: vec![Wanted::Text(word.clone())] }, event)
        }),
    }
}

fn holds(condition: &Condition, rule: &Rule, event: &Json) -> bool {
    let chosen = |pattern: &str| {
        let fits = |name: &str| match pattern {
            "them" => !name.starts_with('_'),
            "sel_*" => name.starts_with("sel_"),
            "_*" => name.starts_with('_'),
            other => panic!("{other}"),
        };
        let all = rule.detections.iter().zip(NAMES).filter(move |(_, name)| fits(name));
        all.map(|(one, _)| detection(one, event)).collect::<Vec<_>>()
    };
    match condition {
        Condition::Named(at) => detection(&rule.detections[at % rule.detections.len()], event),
        Condition::OneOf(pattern) => chosen(pattern).contains(&true),
        Condition::AllOf(pattern) => !chosen(pattern).contains(&false),
        Condition::Not(inside) => !holds(inside, rule, event),
        Condition::And(members) => members.iter().all(|member| holds(member, rule, event)),
        Condition::Or(members) => members.iter().any(|member| holds(member, rule, event)),
    }
}

// The same, written.

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn written_item(item: &Item, indent: &str) -> String {
    let value = |wanted: &Wanted| match wanted {
        Wanted::Text(text) => quoted(text),
        Wanted::Number(number) => number.to_string(),
        Wanted::Truth(truth) => truth.to_string(),
        Wanted::Null => "null".to_string(),
    };
    let key = std::iter::once(item.field.unwrap_or_default()).chain(item.modifiers.iter().copied());
    let key = quoted(&key.collect::<Vec<_>>().join("|"));
    match item.wanted.as_slice() {
        [only] if !item.modifiers.contains(&"all") => format!("{indent}{key}: {}\n", value(only)),
        all => {
            let list: String = all.iter().map(|one| format!("{indent}  - {}\n", value(one))).collect();
            format!("{indent}{key}:\n{list}")
        }
    }
}

fn written_map(items: &[Item], indent: &str) -> String {
    let mut seen = std::collections::BTreeSet::new();
    items
        .iter()
        .filter(|item| seen.insert((item.field, item.modifiers.clone())))
        .map(|item| written_item(item, indent))
        .collect()
}

fn written_condition(condition: &Condition, count: usize) -> String {
    let joined = |members: &[Condition], word: &str| {
        let all: Vec<String> = members.iter().map(|member| written_condition(member, count)).collect();
        format!("({})", all.join(word))
    };
    match condition {
        Condition::Named(at) => NAMES[at % count].to_string(),
        Condition::OneOf(pattern) => format!("1 of {pattern}"),
        Condition::AllOf(pattern) => format!("all of {pattern}"),
        Condition::Not(inside) => format!("not {}", written_condition(inside, count)),
        Condition::And(members) => joined(members, " and "),
        Condition::Or(members) => joined(members, " or "),
    }
}

fn written(rule: &Rule) -> String {
    let mut text = String::new();
    for (one, name) in rule.detections.iter().zip(NAMES) {
        text.push_str(&format!("  {name}:\n"));
        match one {
            Detection::Map(items) => text.push_str(&written_map(items, "    ")),
            Detection::Maps(maps) => {
                for items in maps {
                    let map = written_map(items, "      ");
                    text.push_str(&format!("    - {}", map.trim_start()));
                }
            }
            Detection::Words(words) => {
                words.iter().for_each(|word| text.push_str(&format!("    - {}\n", quoted(word))))
            }
        }
    }
    text.push_str("  condition:\n");
    for condition in &rule.conditions {
        text.push_str(&format!("    - {}\n", written_condition(condition, rule.detections.len())));
    }
    sigma::rule(&text)
}

// What is generated.

/// Pieces of values: letters, their other case, what is special to somebody.
fn plain() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "A", "b", "ab", "ä", "Ä", "я", " ", "\\", "\\\\", "*", "?", "\\*", "\\?", "%a%", "'", "\"", "(", ".", "-",
        "/", "7", "{x}", "#", "é", "a*b", "*a", "b\\",
    ]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// Values with options.
fn options() -> impl Strategy<Value = String> {
    let piece =
        prop::sample::select(vec!["a", " -e", " /e", " -Ef", "*", "? -e", " ", "* /e", "a/e", "(-e", "//e", "\\/e"]);
    (prop::sample::select(vec!["", "-e", "/e", "a -e"]), prop::collection::vec(piece, 0..3))
        .prop_map(|(first, pieces)| format!("{first}{}", pieces.concat()))
}

fn field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(FIELDS.to_vec())
}

fn any_item() -> impl Strategy<Value = Item> {
    let text = || plain().prop_map(Wanted::Text);
    let several = |one: BoxedStrategy<Wanted>| prop::collection::vec(one, 1..4);
    let place = || prop::sample::select(vec![vec![], vec!["contains"], vec!["startswith"], vec!["endswith"]]);
    let number = || (-2_i64..12).prop_map(Wanted::Number);
    let ends = || prop::sample::select(vec![vec![], vec!["all"], vec!["neq"], vec!["all", "neq"]]);
    let mixed = prop_oneof![
        4 => text(),
        2 => number(),
        1 => any::<bool>().prop_map(Wanted::Truth),
        1 => Just(Wanted::Null),
    ];
    let build = |(field, first, last, wanted): (&'static str, Vec<&'static str>, Vec<&'static str>, Vec<Wanted>)| {
        Item { field: Some(field), modifiers: [first, last].concat(), wanted }
    };
    let cased = prop::sample::select(vec![vec!["cased"], vec!["contains", "cased"], vec!["cased", "endswith"]]);
    let dashes = prop::sample::select(vec![
        vec!["windash"],
        vec!["windash", "contains"],
        vec!["startswith", "windash"],
        vec!["windash", "endswith"],
        vec!["windash", "contains", "cased"],
    ]);
    let patterns = prop::sample::select(vec!["a", "^a", "b$", "a.b", "[ab]{2}", "^$", "Ä|a", "\\\\", "^[^a]*$", "\\*"]);
    let order = prop::sample::select(vec![vec!["lt"], vec!["lte"], vec!["gt"], vec!["gte"]]);
    let networks =
        prop::sample::select(vec!["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "10.1.2.3/32", "192.168.0.0/24"]);
    prop_oneof![
        4 => (field(), Just(vec![]), ends(), several(mixed.boxed())).prop_map(build),
        6 => (field(), place(), ends(), several(text().boxed())).prop_map(build),
        2 => (field(), place(), ends(), several(prop_oneof![text(), number()].boxed())).prop_map(build),
        2 => (field(), cased, ends(), several(text().boxed())).prop_map(build),
        2 => (field(), dashes, ends(), several(options().prop_map(Wanted::Text).boxed())).prop_map(build),
        2 => (field(), prop::sample::select(vec![vec!["re"], vec!["re", "i"]]), ends(), several(patterns.prop_map(|text| Wanted::Text(text.to_string())).boxed())).prop_map(build),
        1 => (Just("ProcessId"), order, ends(), several(number().boxed())).prop_map(build),
        1 => (field(), Just(vec!["cidr"]), ends(), several(networks.prop_map(|text| Wanted::Text(text.to_string())).boxed())).prop_map(build),
        1 => (field(), Just(vec!["exists"]), prop::sample::select(vec![vec![], vec!["neq"]]), any::<bool>().prop_map(|there| vec![Wanted::Truth(there)])).prop_map(build),
        1 => (field(), Just(vec!["fieldref"]), ends(), several(field().prop_map(|name| Wanted::Text(name.to_string())).boxed())).prop_map(build),
    ]
}

/// Items of one mapping, each asking something that no other one asks.
fn items() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(any_item(), 1..4).prop_map(|items| {
        let mut seen = std::collections::BTreeSet::new();
        items.into_iter().filter(|item| seen.insert((item.field, item.modifiers.clone()))).collect()
    })
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let words = prop::collection::vec(plain().prop_filter("a word", |word| !word.is_empty()), 1..3);
    let one = prop_oneof![
        5 => items().prop_map(Detection::Map),
        2 => prop::collection::vec(items(), 2..4).prop_map(Detection::Maps),
        1 => words.prop_map(Detection::Words),
    ];
    let leaf = prop_oneof![
        6 => (0_usize..4).prop_map(Condition::Named),
        1 => prop::sample::select(vec!["them", "sel_*", "_*"]).prop_map(Condition::OneOf),
        1 => prop::sample::select(vec!["them", "sel_*", "_*"]).prop_map(Condition::AllOf),
    ];
    let tree = leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Condition::Not(Box::new(one))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::And),
            prop::collection::vec(inner, 2..4).prop_map(Condition::Or),
        ]
    });
    // All four, so that every pattern has something to choose.
    (prop::collection::vec(one, 4..=4), prop::collection::vec(tree, 1..3))
        .prop_map(|(detections, conditions)| Rule { detections, conditions })
}

fn any_event() -> impl Strategy<Value = Json> {
    let piece = prop::sample::select(vec![
        "a", "A", "b", "B", "ä", "Ä", "Я", " ", "\\", "*", "?", "%a%", "'", "\"", "(", ".", "7", "{x}", "a-b", "a*b",
        "\n", " -e", " /e", " –E", " —ef", "é", "(/e", "a/e", "—e",
    ]);
    let text = prop_oneof![
        6 => prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat()),
        1 => prop::sample::select(vec!["-e", "/e", "–e a", "a", "ab", "true", "7", "-1", "10.1.2.3", "10.2.0.0", "192.168.0.7", "11.0.0.1"]).prop_map(String::from),
    ];
    let one = prop_oneof![
        6 => text.prop_map(Json::from),
        2 => (-2_i64..12).prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
    ];
    let value = prop_oneof![
        8 => one.clone().prop_map(Some),
        2 => Just(None),
        1 => Just(Some(Json::Null)),
        2 => (one.clone(), prop::collection::vec(prop_oneof![4 => one, 1 => Just(Json::Null)], 0..3)).prop_map(|(first, rest)| Some(Json::Array([vec![first], rest].concat()))),
    ];
    prop::collection::vec(value, FIELDS.len()).prop_map(|values| {
        let data: serde_json::Map<String, Json> =
            FIELDS.iter().zip(values).filter_map(|(field, value)| Some((field.to_string(), value?))).collect();
        json!({ "winlog": {
            "provider_name": "Microsoft-Windows-Sysmon",
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "event_id": "1",
            "event_data": data,
        }})
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_means_what_sigma_says(rule in any_rule(), events in prop::collection::vec(any_event(), 12)) {
        let text = written(&rule);
        let compiled = sigma::rules(&text);
        for event in &events {
            let expected = rule.conditions.iter().any(|condition| holds(condition, &rule, event));
            let found = sigma::fires(&compiled, &event.to_string());
            prop_assert_eq!(found, expected, "{}\n{}", text, event);
        }
    }
}

/// Random rules that all hold, or all do not, would show nothing.
#[test]
fn both_answers_are_common() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut yes, mut all) = (0, 0);
    for _ in 0..400 {
        let rule = any_rule().new_tree(&mut runner).unwrap().current();
        let event = any_event().new_tree(&mut runner).unwrap().current();
        yes += u32::from(rule.conditions.iter().any(|condition| holds(condition, &rule, &event)));
        all += 1;
    }
    assert!(yes * 5 > all && yes * 5 < all * 4, "{yes} of {all}");
}
