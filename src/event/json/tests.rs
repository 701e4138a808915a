//! The lazy view against the plain one, and both against serde_json.

use proptest::prelude::*;

use super::*;
use crate::ast::Number;
use crate::event::{EventView, FieldPath, Layout, MapView, Slot, find};

fn layout(fields: &[Vec<String>]) -> Layout {
    let mut layout = Layout::new();
    for paths in fields {
        layout.slot(FieldPath { name: paths[0].clone(), paths: paths.clone() });
    }
    layout
}

/// The value of one path in one line.
fn get(line: &str, path: &str) -> Option<Value> {
    let layout = layout(&[vec![path.to_string()]]);
    let plan = LinePlan::new(&layout);
    let mut scanner = LineScanner::new();
    let view = scanner.scan(&plan, line.as_bytes()).unwrap();
    let lazy = view.raw(Slot(3)).to_value().unwrap();
    let Value::Map(members) = parse(line.as_bytes()).unwrap() else { panic!("no map") };
    assert_eq!(lazy, find(&members, path).cloned(), "{line} {path}");
    lazy
}

fn int(value: i128) -> Option<Value> {
    Some(Value::Number(Number::Int(value)))
}

#[test]
fn the_whole_rest_of_a_path_is_tried_first_even_where_it_stands_later() {
    assert_eq!(get(r#"{"a":{"b":2},"a.b":1}"#, "a.b"), int(1));
    assert_eq!(get(r#"{"a":{"b":{"c":3},"b.c":2}}"#, "a.b.c"), int(2));
    assert_eq!(get(r#"{"a":{"b":{"c":3},"b.c":2},"a.b.c":1}"#, "a.b.c"), int(1));
    // There is no way back: `a.b` is there, but is not split off.
    assert_eq!(get(r#"{"a.b":{"c":1}}"#, "a.b.c"), None);
    assert_eq!(get(r#"{"a":7}"#, "a.b"), None);
}

#[test]
fn of_equal_keys_the_first_counts() {
    assert_eq!(get(r#"{"a":1,"a":2}"#, "a"), int(1));
    assert_eq!(get(r#"{"a":1,"a":{"b":2}}"#, "a.b"), None);
    assert_eq!(get(r#"{"a":{"x":1},"a":{"b":2}}"#, "a.b"), None);
    let layout = layout(&[vec!["a".into()]]);
    let (plan, mut scanner) = (LinePlan::new(&layout), LineScanner::new());
    assert_eq!(scanner.scan(&plan, br#"{"a":1,"a":2,"a":3,"x":1,"x":1}"#).unwrap().duplicate_keys(), 2);
    assert_eq!(scanner.scan(&plan, br#"{"a":1}"#).unwrap().duplicate_keys(), 0);
}

#[test]
fn keys_and_texts_may_be_escaped() {
    assert_eq!(get(r#"{"\u0061.b":"x\ty"}"#, "a.b"), Some(Value::Text("x\ty".into())));
    assert_eq!(get(r#"{"a":"C:\\Windows\\"}"#, "a"), Some(Value::Text(r"C:\Windows\".into())));
    assert_eq!(get(r#"{"a":"\ud83d\ude00\ud83d."}"#, "a"), Some(Value::Text("\u{1f600}\u{fffd}.".into())));
    assert_eq!(get(r#"{"a":"\ude00\ud83d\u0041"}"#, "a"), Some(Value::Text("\u{fffd}\u{fffd}A".into())));
}

#[test]
fn a_text_that_cannot_be_decoded_adds_nothing() {
    for damaged in [r"ab\n\q", "ab\\n\u{1}", r"ab\u12", "ab\\"] {
        let mut out = "before".to_string();
        assert!(decode_string(damaged.as_bytes(), &mut out).is_err(), "{damaged}");
        assert_eq!(out, "before", "{damaged}");
    }
}

#[test]
fn the_first_path_that_is_not_null_counts() {
    let layout = layout(&[vec!["x".into(), "y".into(), "z".into()]]);
    let (plan, mut scanner) = (LinePlan::new(&layout), LineScanner::new());
    let mut text = |line: &str| format!("{:?}", scanner.scan(&plan, line.as_bytes()).unwrap().raw(Slot(3)).to_value());
    assert_eq!(text(r#"{"z":1,"x":null}"#), "Ok(Some(Number(Int(1))))");
    assert_eq!(text(r#"{"y":2,"z":1}"#), "Ok(Some(Number(Int(2))))");
    assert_eq!(text(r#"{"y":null}"#), "Ok(Some(Null))");
    assert_eq!(text("{}"), "Ok(None)");
}

#[test]
fn numbers_are_exact_or_stay_text() {
    assert_eq!(get(r#"{"a":18446744073709551615}"#, "a"), int(u64::MAX.into()));
    assert_eq!(get(r#"{"a":18446744073709551616}"#, "a"), Some(Value::Text("18446744073709551616".into())));
    assert_eq!(get(r#"{"a":-0}"#, "a"), int(0));
    assert_eq!(get(r#"{"a":1.0}"#, "a"), int(1));
    assert_eq!(get(r#"{"a":1e999}"#, "a"), Some(Value::Text("1e999".into())));
    for no_number in ["01", "1.", ".5", "+1", "1e", "0x10", "-", "nul", "True", "1_0"] {
        let line = format!("{{\"a\":{no_number}}}");
        let layout = layout(&[vec!["a".into()]]);
        let (plan, mut scanner) = (LinePlan::new(&layout), LineScanner::new());
        assert!(matches!(scanner.scan(&plan, line.as_bytes()).unwrap().raw(Slot(3)), Raw::Malformed), "{line}");
        assert!(parse(line.as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn a_line_is_damaged_where_its_object_is_and_nowhere_else() {
    let layout = layout(&[vec!["a.b".into()]]);
    let (plan, mut scanner) = (LinePlan::new(&layout), LineScanner::new());
    let mut scan = |line: &[u8]| match scanner.scan(&plan, line) {
        Ok(_) => "fine".to_string(),
        Err(damage) => damage.to_string(),
    };
    let cases: &[(&[u8], &str)] = &[
        (b" { } \r\n", "fine"),
        (b"", "no object at byte 0"),
        (b"[1]", "no object at byte 0"),
        (br#"{"a":{"b":1}"#, "an object that does not close at byte 12"),
        (br#"{"a":{"b":1}} x"#, "something behind the end of the object at byte 14"),
        (br#"{"a":{"b":1}}{"#, "something behind the end of the object at byte 13"),
        (br#"{"x":"abc"#, "a text that does not end at byte 5"),
        (br#"{"x":"abc\"}"#, "a text that does not end at byte 5"),
        (br#"{"x":[1,{]}"#, "a bracket of the wrong kind at byte 9"),
        (br#"{"x":[[]"#, "a list or map that does not close at byte 8"),
        (br#"{"x":1,}"#, "a key is missing at byte 7"),
        (br#"{,"x":1}"#, "a key is missing at byte 1"),
        (br#"{"x" 1}"#, "a colon is missing at byte 5"),
        (br#"{"x":}"#, "a value is missing at byte 5"),
        (br#"{"x":1 2}"#, "neither a comma nor the end of the object at byte 7"),
        // Nobody reads these.
        (br#"{"x":tru,"y":{a:01},"z":["\q",,]}"#, "fine"),
        (b"{\"x\":\"\xff\"}", "fine"),
    ];
    for (line, expected) in cases {
        assert_eq!(scan(line), *expected, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn both_ways_meet_the_limit_of_nesting_alike() {
    let layout = layout(&[vec![format!("a{}", ".a".repeat(200))]]);
    let (plan, mut scanner) = (LinePlan::new(&layout), LineScanner::new());
    for (open, close) in [("{\"a\":", "}"), ("{\"x\":", "}")] {
        for depth in [127, 128, 129] {
            let line = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(scanner.scan(&plan, line.as_bytes()).is_ok(), depth <= 128, "{depth}");
            assert_eq!(parse(line.as_bytes()).is_ok(), depth <= 128, "{depth}");
        }
        let lists = format!("{{\"a\":{}{}}}", "[".repeat(128), "]".repeat(128));
        assert!(scanner.scan(&plan, lists.as_bytes()).is_err() && parse(lists.as_bytes()).is_err());
    }
    // A hundred thousand levels are refused as well, not recursed into.
    assert!(parse("[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn members_of_both_forms_of_lists() {
    let read =
        |bytes: &[u8]| crate::event::RawList::Json(bytes).members().map(|raw| raw.to_value()).collect::<Vec<_>>();
    let Value::List(values) = parse(br#"[1,"a\n",null,[2],{"k":"]"}]"#).unwrap() else { panic!("no list") };
    let expected: Vec<_> = values.iter().cloned().map(|value| Ok(Some(value))).collect();
    assert_eq!(read(br#" [ 1 , "a\n" ,null,[2],{"k":"]"}]"#), expected);
    assert_eq!(crate::event::RawList::Values(&values).members().count(), 5);
    assert_eq!(read(b"[ ]"), []);
    assert_eq!(read(b"[1,,2]").len(), 2);
    assert!(read(b"[1 2]")[1].is_err());
    assert!(read(b"[,]")[0].is_err());
}

#[test]
fn a_record_of_winlogbeat_is_known_by_its_object() {
    let (plan, mut scanner) = (LinePlan::new(&Layout::new()), LineScanner::new());
    let mut has = |line: &str| scanner.scan(&plan, line.as_bytes()).unwrap().is_agents();
    assert!(has(r#"{"winlog":{"event_id":1}}"#));
    assert!(!has(r#"{"x":{"winlog":{}},"EventID":1}"#));
    assert!(!has(r#"{"winlog":1}"#));
}

#[test]
fn members_that_stay_are_compared_at_once_and_read_where_they_change() {
    let layout = layout(&[vec!["e".into()]]);
    let (plan, mut scanner) = (LinePlan::new(&layout), LineScanner::new());
    let line = |os: &str, id: &str| {
        format!(
            r#"{{"t":"{id}","agent":{{"name":"A","os":{{"kind":"{os}","ip":["1","2"]}},"n":7}},"x":{{}},"v":"1","e":"{id}"}}"#
        )
    };
    let read = |scanner: &mut LineScanner, line: &str| match scanner.scan(&plan, line.as_bytes()) {
        Ok(view) => format!("{:?}", view.raw(Slot(3)).to_value()),
        Err(damage) => damage.to_string(),
    };
    let mut scan = |line: &str| {
        let before = scanner.keys_compared_at_once();
        let said = read(&mut scanner, line);
        assert_eq!(said, read(&mut LineScanner::new(), line));
        (said, scanner.keys_compared_at_once() - before)
    };
    for id in 0..20 {
        scan(&line("windows", &id.to_string()));
    }
    let text = |text: &str| format!("Ok(Some(Text({text:?})))");
    assert_eq!(scan(&line("windows", "other")), (text("other"), 8));
    // Another value stands in no run; what follows it does.
    assert_eq!(scan(&line("linux", "other")), (text("other"), 4));
    assert_eq!(scan(&line(r#"win\"dows"#, "other")), (text("other"), 4));
    // What follows the last of them is read.
    let whole = line("windows", "other");
    let mut changed = |from: &str, to: &str| scan(&whole.replace(from, to)).0;
    assert!(changed(r#""v":"1""#, r#""v":"1"x"#).starts_with("neither a comma nor the end of the object"));
    assert_eq!(changed(r#""n":7"#, r#""n":78"#), text("other"));
    assert!(changed(r#""n":7}"#, r#""n":7]"#).starts_with("a bracket of the wrong kind"));
    assert!(changed(r#""n":7}"#, r#""n":7}}"#).starts_with("something behind the end of the object"));
    assert!(scan(&whole[..40]).0.starts_with("a text that does not end"));
}

/// Keys from a small alphabet, so that paths meet them: dotted, equal, empty, escaped ones.
fn key() -> impl Strategy<Value = String> {
    "[ab.]{0,4}".prop_map(|key| key)
}

fn json_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(r#""""#.to_string()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\ud800\u0061\/\b""#.to_string()),
    ]
}

fn json_key() -> impl Strategy<Value = String> {
    (key(), any::<bool>()).prop_map(|(key, escape)| {
        let written: String =
            key.chars().map(|c| if escape { format!("\\u{:04x}", c as u32) } else { c.to_string() }).collect();
        format!("\"{written}\"")
    })
}

/// JSON as text: a tree with white space in all places, repeated keys, and numbers of every kind.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_string()),
        Just("true".to_string()),
        Just("false".to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
        Just("123456789012345678901234567890".to_string()),
        json_text(),
    ];
    let tree = leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,\t"))),
            map(inner),
        ]
    });
    map(tree)
}

fn map(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    proptest::collection::vec((json_key(), inner), 0..6).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!("{key} :{value}")).collect();
        format!("{{{}}}", members.join(" , "))
    })
}

/// Equal, or one step of floating point apart: serde_json's own reading of decimals is off by that much.
fn near(ours: f64, theirs: Option<f64>) -> bool {
    theirs.is_some_and(|theirs| (theirs - ours).abs() <= ours.abs() * 1e-15 + 1e-320)
}

/// As serde_json has it, but for repeated keys: the last in place of the first.
fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
        (Value::Text(ours), serde_json::Value::String(theirs)) => ours == theirs,
        (Value::Text(lexeme), serde_json::Value::Number(theirs)) => {
            lexeme.parse().is_ok_and(|ours| near(ours, theirs.as_f64()))
        }
        (Value::Number(Number::Int(ours)), serde_json::Value::Number(theirs)) => match theirs.as_i128() {
            Some(theirs) => *ours == theirs,
            None => near(*ours as f64, theirs.as_f64()),
        },
        (Value::Number(Number::Float(ours)), serde_json::Value::Number(theirs)) => near(*ours, theirs.as_f64()),
        (Value::List(ours), serde_json::Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Map(ours), serde_json::Value::Object(theirs)) => theirs.iter().all(|(key, theirs)| {
            ours.iter().rev().find(|(own, _)| own == key).is_some_and(|(_, ours)| same(ours, theirs))
        }),
        (_, _) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_lazy_view_finds_what_the_plain_one_finds(
        line in json(),
        fields in proptest::collection::vec(proptest::collection::vec(key(), 1..3), 1..6),
    ) {
        let layout = layout(&fields);
        let plan = LinePlan::new(&layout);
        let mut scanner = LineScanner::new();
        // A line before this one must leave nothing behind.
        let _ = scanner.scan(&plan, br#"{"a":{"b":1,"a":1},"b":"x","a":2}"#);
        let view = scanner.scan(&plan, line.as_bytes()).unwrap();
        let Value::Map(members) = parse(line.as_bytes()).unwrap() else { panic!("no map") };
        let plain = MapView::new(&layout, &members);
        for (slot, field) in layout.iter() {
            let (lazy, plain) = (view.raw(slot).to_value(), plain.raw(slot).to_value());
            prop_assert_eq!(lazy, plain, "{:?}", field);
        }
        let collect = |view: &dyn EventView| {
            let mut all = Vec::new();
            view.leaves(&mut |path, raw| {
                all.push((path.to_string(), raw.to_value()));
                std::ops::ControlFlow::Continue(())
            });
            all
        };
        prop_assert_eq!(collect(&view), collect(&plain));
    }

    /// Keys that come as they came before are not read again; what is said of a line is the same.
    #[test]
    fn lines_that_were_read_before_change_nothing(
        lines in proptest::collection::vec((json(), any::<(prop::sample::Index, u8, bool)>()), 1..6),
        fields in proptest::collection::vec(proptest::collection::vec(key(), 1..3), 1..6),
    ) {
        let layout = layout(&fields);
        let (plan, other) = (LinePlan::new(&layout), LinePlan::new(&Layout::new()));
        let (mut scanner, mut steady) = (LineScanner::new(), LineScanner::new());
        let rounds = (0..9).flat_map(|round| lines.iter().map(move |line| (round, line)));
        for (round, (line, (at, byte, damage))) in rounds {
            let mut line = line.clone().into_bytes();
            if *damage && round % 4 == 3 {
                let at = at.index(line.len());
                line[at] = *byte;
            }
            let mut fresh = LineScanner::new();
            let values = |view: &LineView<'_>| layout.iter().map(|(slot, _)| view.raw(slot).to_value()).collect::<Vec<_>>();
            let seen = |view: Result<LineView<'_>, Damage>| {
                view.map(|view| (values(&view), view.duplicate_keys(), view.is_agents()))
            };
            let fresh = seen(fresh.scan(&plan, &line));
            prop_assert_eq!(&seen(scanner.scan(&plan, &line)), &fresh, "{}", String::from_utf8_lossy(&line));
            prop_assert_eq!(&seen(steady.scan(&plan, &line)), &fresh, "{}", String::from_utf8_lossy(&line));
            // Another plan's keys are not this one's.
            let _ = scanner.scan(&other, &line).map(|view| view.duplicate_keys());
            let _ = scanner.scan(&plan, &line).map(|view| view.duplicate_keys());
        }
    }

    #[test]
    fn a_line_that_is_cut_anywhere_is_damaged(line in json()) {
        let layout = layout(&[vec!["a".into()], vec!["a.b".into(), "b".into()]]);
        let plan = LinePlan::new(&layout);
        let mut scanner = LineScanner::new();
        prop_assert!(scanner.scan(&plan, line.as_bytes()).is_ok() && parse(line.as_bytes()).is_ok());
        for cut in 0..line.len() {
            let cut = &line.as_bytes()[..cut];
            prop_assert!(scanner.scan(&plan, cut).is_err() && parse(cut).is_err(), "{}", String::from_utf8_lossy(cut));
        }
    }

    #[test]
    fn parsing_agrees_with_serde_json(line in json()) {
        let ours = parse(line.as_bytes()).unwrap();
        // Unpaired surrogates and numbers beyond floating point are refused there.
        if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&line) {
            prop_assert!(same(&ours, &theirs), "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn what_serde_json_takes_we_take(line in r#"[\[\]{}:,"\\ a0-9.eE+tru-]{0,12}"#) {
        let theirs = serde_json::from_str::<serde_json::Value>(&line);
        match (parse(line.as_bytes()), theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert!(same(&ours, &theirs)),
            (Ok(ours), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{ours:?} {error}"),
            (Err(damage), Ok(theirs)) => prop_assert!(false, "{damage} {theirs:?}"),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), line in json(), cut in any::<prop::sample::Index>(), flip in any::<(prop::sample::Index, u8)>()) {
        let layout = layout(&[vec!["a".into()], vec!["a.b".into(), "b".into()]]);
        let plan = LinePlan::new(&layout);
        let mut scanner = LineScanner::new();
        let mut flipped = line.clone().into_bytes();
        let at = flip.0.index(flipped.len());
        flipped[at] ^= flip.1;
        let cut = &line.as_bytes()[..cut.index(line.len())];
        for bytes in [bytes.as_slice(), cut, &flipped] {
            let whole = parse(bytes);
            match scanner.scan(&plan, bytes) {
                Ok(view) => {
                    for (slot, _) in layout.iter() {
                        let _ = view.raw(slot).to_value();
                    }
                    view.leaves(&mut |_, _| std::ops::ControlFlow::Continue(()));
                }
                Err(damage) => {
                    prop_assert!(damage.at <= bytes.len());
                    // What the lazy way refuses, the thorough way refuses, too, unless it is no object.
                    prop_assert!(!matches!(whole, Ok(Value::Map(_))), "{damage}");
                }
            }
        }
    }
}
