//! Thousands of blocks in one chain, and the limits. Nothing here is timed: each takes a blink if no step walks the chain for
//! every member of it, and minutes else.

use blocksieve::source::blockly::Format;

use crate::drawings::{Both, asks, check, does, read, text};

const MANY: usize = 6000;

/// A test that differs from all others.
fn test(n: usize) -> Both {
    let json = format!(
        r#"{{"type":"logic_compare","id":"is{n}","fields":{{"OP":"EQ"}},"inputs":{{"A":{{"block":{{"type":"event_field","id":"f{n}","fields":{{"NAME":"ProcessId"}}}}}},"B":{{"block":{{"type":"number","id":"n{n}","fields":{{"NUM":"{n}"}}}}}}}}}}"#
    );
    let xml = format!(
        r#"<block type="logic_compare" id="is{n}"><field name="OP">EQ</field><value name="A"><block type="event_field" id="f{n}"><field name="NAME">ProcessId</field></block></value><value name="B"><block type="number" id="n{n}"><field name="NUM">{n}</field></block></value></block>"#
    );
    Both { json, xml }
}

const HOLE: &str = r#"{"type":"hole"}"#;

/// The drawing with `blocks` in its hole: they are too deep for helpers that recurse.
fn fill(drawing: Both, blocks: &Both) -> Both {
    let xml = r#"<block type="hole"></block>"#;
    assert!(drawing.json.contains(HOLE) && drawing.xml.contains(xml));
    Both { json: drawing.json.replace(HOLE, &blocks.json), xml: drawing.xml.replace(xml, &blocks.xml) }
}

/// One rule that asks this.
fn asked(condition: &Both) -> Both {
    fill(asks(HOLE), condition)
}

fn operation(n: usize, a: &Both, b: &Both) -> Both {
    Both {
        json: format!(
            r#"{{"type":"logic_operation","id":"or{n}","fields":{{"OP":"OR"}},"inputs":{{"A":{{"block":{}}},"B":{{"block":{}}}}}}}"#,
            a.json, b.json
        ),
        xml: format!(
            r#"<block type="logic_operation" id="or{n}"><field name="OP">OR</field><value name="A">{}</value><value name="B">{}</value></block>"#,
            a.xml, b.xml
        ),
    }
}

/// The rule with `ProcessId == 0 or ProcessId == 1 or …`, as text.
fn expected() -> String {
    let tests: Vec<String> = (0..MANY).map(|n| format!("ProcessId == {n}")).collect();
    let rule = format!("classify \"n\" {{ if {} {{ tag \"t\" }} }}", tests.join(" or "));
    text(&read(&rule).definition)
}

#[track_caller]
fn is_the_chain(both: &Both) {
    let expected = expected();
    for drawing in [&both.json, &both.xml] {
        let (told, compiled) = check(drawing);
        assert!(told.is_empty(), "{:?}", &told[..told.len().min(3)]);
        assert!(compiled.is_some());
        assert!(text(&read(drawing).definition) == expected, "not the chain");
    }
}

#[test]
fn a_chain_that_nests_to_the_left_is_one_condition() {
    let mut chain = test(0);
    // Built inside out: the head is what comes before the innermost.
    let (mut json, mut xml) = (Vec::new(), Vec::new());
    for n in (1..MANY).rev() {
        let hole = Both { json: "\u{0}".to_string(), xml: "\u{0}".to_string() };
        let whole = operation(n, &hole, &test(n));
        let (before, after) = whole.json.split_once('\u{0}').unwrap();
        json.push((before.to_string(), after.to_string()));
        let (before, after) = whole.xml.split_once('\u{0}').unwrap();
        xml.push((before.to_string(), after.to_string()));
    }
    let around = |parts: &[(String, String)], inner: &str| {
        let heads: String = parts.iter().map(|(before, _)| before.as_str()).collect();
        let tails: String = parts.iter().rev().map(|(_, after)| after.as_str()).collect();
        format!("{heads}{inner}{tails}")
    };
    chain = Both { json: around(&json, &chain.json), xml: around(&xml, &chain.xml) };
    is_the_chain(&asked(&chain));
}

#[test]
fn a_chain_that_nests_to_the_right_is_one_condition() {
    let (mut heads, mut tails) = ((String::new(), String::new()), (String::new(), String::new()));
    for n in 0..MANY - 1 {
        let hole = Both { json: "\u{0}".to_string(), xml: "\u{0}".to_string() };
        let whole = operation(n, &test(n), &hole);
        let (before, after) = whole.json.split_once('\u{0}').unwrap();
        heads.0.push_str(before);
        tails.0.push_str(after);
        let (before, after) = whole.xml.split_once('\u{0}').unwrap();
        heads.1.push_str(before);
        tails.1.push_str(after);
    }
    let last = test(MANY - 1);
    let chain = Both {
        json: format!("{}{}{}", heads.0, last.json, tails.0),
        xml: format!("{}{}{}", heads.1, last.xml, tails.1),
    };
    is_the_chain(&asked(&chain));
}

#[test]
fn one_operation_of_thousands_is_the_same_condition() {
    let name = |n: usize| match n {
        0 => "A".to_string(),
        1 => "B".to_string(),
        n => format!("MEMBER{n}"),
    };
    let json: Vec<String> = (0..MANY).map(|n| format!(r#""{}":{{"block":{}}}"#, name(n), test(n).json)).collect();
    let xml: String = (0..MANY).map(|n| format!(r#"<value name="{}">{}</value>"#, name(n), test(n).xml)).collect();
    let chain = Both {
        json: format!(
            r#"{{"type":"logic_operation","id":"or","extraState":{{"itemCount":{MANY}}},"fields":{{"OP":"OR"}},"inputs":{{{}}}}}"#,
            json.join(",")
        ),
        xml: format!(
            r#"<block type="logic_operation" id="or"><mutation items="{MANY}"></mutation><field name="OP">OR</field>{xml}</block>"#
        ),
    };
    is_the_chain(&asked(&chain));
}

#[test]
fn thousands_of_statements_stand_below_each_other() {
    let mut json = String::new();
    let mut xml = String::new();
    for n in 0..MANY {
        json.push_str(&format!(
            r#"{{"type":"message_add_tag","id":"t{n}","fields":{{"TAG":"t{n}"}},"next":{{"block":"#
        ));
        xml.push_str(&format!(r#"<block type="message_add_tag" id="t{n}"><field name="TAG">t{n}</field><next>"#));
    }
    json.push_str(&format!(r#"{{"type":"rule_stop","id":"s"}}{}"#, "}}".repeat(MANY)));
    xml.push_str(&format!(r#"<block type="rule_stop" id="s"></block>{}"#, "</next></block>".repeat(MANY)));
    let tags: String = (0..MANY).map(|n| format!("tag \"t{n}\"\n")).collect();
    let expected = text(&read(&format!("classify \"n\" {{ {tags} stop }}")).definition);
    let both = fill(does(HOLE), &Both { json, xml });
    for drawing in [both.json, both.xml] {
        let (told, compiled) = check(&drawing);
        assert!(told.is_empty() && compiled.is_some(), "{:?}", &told[..told.len().min(3)]);
        assert!(text(&read(&drawing).definition) == expected);
    }
}

// Limits -------------------------------------------------------------------------------------------------------------

/// As many as there may be are read, and one more is one finding.
#[track_caller]
fn deepest(made: impl Fn(usize) -> Both, limit: usize, too_many: &str) {
    for drawing in [made(limit).json, made(limit).xml] {
        let read = read(&drawing);
        assert!(read.told.is_empty(), "{:?}", read.told);
        // Text can hold it too.
        let again = crate::drawings::read(&text(&read.definition));
        assert!(again.told.is_empty(), "{:?}", again.told);
    }
    for drawing in [made(limit + 1).json, made(limit + 1).xml, made(limit * 40).json, made(limit * 40).xml] {
        let told = check(&drawing).0;
        assert!(told.len() == 1 && told[0].starts_with(too_many), "{:?}", &told[..told.len().min(3)]);
    }
}

fn nested(n: usize, json: (&str, &str), xml: (&str, &str), inner: &Both) -> Both {
    Both {
        json: format!("{}{}{}", json.0.repeat(n), inner.json, json.1.repeat(n)),
        xml: format!("{}{}{}", xml.0.repeat(n), inner.xml, xml.1.repeat(n)),
    }
}

#[test]
fn nots_and_ifs_nest_as_deep_as_in_text() {
    use blocksieve::limits::DEPTH;
    let not = |n| {
        let json = (r#"{"type":"logic_negate","inputs":{"BOOL":{"block":"#, "}}}");
        let xml = (r#"<block type="logic_negate"><value name="BOOL">"#, "</value></block>");
        asked(&nested(n, json, xml, &test(1)))
    };
    deepest(not, DEPTH, "BS0104 #logic_negate ");
    let ifs = |n| {
        let json = (
            r#"{"type":"controls_if","inputs":{"IF0":{"block":{"type":"event_is","fields":{"OP":"IS","EVENT":"sysmon.dns_query"}}},"DO0":{"block":"#,
            "}}}",
        );
        let xml = (
            r#"<block type="controls_if"><value name="IF0"><block type="event_is"><field name="OP">IS</field><field name="EVENT">sysmon.dns_query</field></block></value><statement name="DO0">"#,
            "</statement></block>",
        );
        let inner = Both { json: r#"{"type":"rule_stop"}"#.into(), xml: r#"<block type="rule_stop"></block>"#.into() };
        fill(does(HOLE), &nested(n, json, xml, &inner))
    };
    deepest(ifs, DEPTH, "BS0104 #controls_if ");
}

#[test]
fn operations_nest_as_deep_as_in_text_where_text_needs_parentheses() {
    use blocksieve::limits::DEPTH;
    let alternating = |n: usize| {
        // Each step is an `or` in an `and`; an `and` in an `or` needs no parentheses.
        let (json, xml) = (
            (
                r#"{"type":"logic_operation","fields":{"OP":"AND"},"inputs":{"A":{"block":{"type":"logic_boolean","fields":{"BOOL":"TRUE"}}},"B":{"block":
                   {"type":"logic_operation","fields":{"OP":"OR"},"inputs":{"A":{"block":{"type":"logic_boolean","fields":{"BOOL":"TRUE"}}},"B":{"block":"#,
                "}}}}}}",
            ),
            (
                r#"<block type="logic_operation"><field name="OP">AND</field><value name="A"><block type="logic_boolean"><field name="BOOL">TRUE</field></block></value><value name="B">
                   <block type="logic_operation"><field name="OP">OR</field><value name="A"><block type="logic_boolean"><field name="BOOL">TRUE</field></block></value><value name="B">"#,
                "</value></block></value></block>",
            ),
        );
        asked(&nested(n, json, xml, &test(1)))
    };
    deepest(alternating, DEPTH, "BS0104 #logic_operation ");
}

#[test]
fn what_text_may_nest_can_be_drawn() {
    use blocksieve::limits::DEPTH;
    let rule = |condition: String| format!("classify \"n\" {{ if {condition} {{ stop }} }}");
    for text in [
        rule(format!("{}Image exists", "not ".repeat(DEPTH))),
        rule(format!("{}Image exists{}", "not (".repeat(DEPTH / 2), ")".repeat(DEPTH / 2))),
        rule(format!("{}Image exists{}", "true and (true or ".repeat(DEPTH), ")".repeat(DEPTH))),
        format!("classify \"n\" {{ {} stop {} }}", "if Image exists {".repeat(DEPTH), "}".repeat(DEPTH)),
    ] {
        let deep = read(&text);
        assert!(deep.told.is_empty(), "{:?}", deep.told);
        let drawing = blocksieve::target::blockly::write(&deep.definition, Format::Json, None).unwrap();
        let again = read(&drawing);
        assert!(again.told.is_empty(), "{:?}", again.told);
        assert!(blocksieve::ast::same(&again.definition, &deep.definition));
    }
}

#[test]
fn functions_apply_to_one_value_as_often_as_in_text() {
    use blocksieve::limits::FUNCTIONS;
    let lower = |n| {
        let json = (r#"{"type":"text_change_case","fields":{"CASE":"LOWERCASE"},"inputs":{"TEXT":{"block":"#, "}}}");
        let xml = (
            r#"<block type="text_change_case"><field name="CASE">LOWERCASE</field><value name="TEXT">"#,
            "</value></block>",
        );
        let field = Both {
            json: r#"{"type":"event_field","fields":{"NAME":"Image"}}"#.into(),
            xml: r#"<block type="event_field"><field name="NAME">Image</field></block>"#.into(),
        };
        let value = nested(n, json, xml, &field);
        asked(&Both {
            json: format!(
                r#"{{"type":"field_test","fields":{{"TYPE":"EXISTS"}},"inputs":{{"VALUE":{{"block":{}}}}}}}"#,
                value.json
            ),
            xml: format!(
                r#"<block type="field_test"><field name="TYPE">EXISTS</field><value name="VALUE">{}</value></block>"#,
                value.xml
            ),
        })
    };
    deepest(lower, FUNCTIONS, "BS0104 #text_change_case ");
}

#[test]
fn a_text_is_as_long_as_it_may_be_in_text() {
    use blocksieve::limits::TEXT_CHARS;
    let value = |n| {
        crate::drawings::equals(
            "Image",
            &format!(r#"{{"type":"text","id":"v","fields":{{"TEXT":"{}"}}}}"#, "ž".repeat(n)),
        )
    };
    for drawing in [value(TEXT_CHARS).json, value(TEXT_CHARS).xml] {
        assert!(read(&drawing).told.is_empty());
    }
    for drawing in [value(TEXT_CHARS + 1).json, value(TEXT_CHARS + 1).xml] {
        let told = check(&drawing).0;
        assert!(told.len() == 1 && told[0].starts_with("BS0105 #v.TEXT "), "{told:?}");
    }
}

#[test]
fn a_file_beyond_the_limit_is_not_read_at_all() {
    let blank = " ".repeat(blocksieve::limits::SOURCE_BYTES);
    for drawing in [format!("{{{blank}}}"), format!("<xml>{blank}</xml>")] {
        let told = read(&drawing).told;
        assert!(told.len() == 1 && told[0].starts_with("BS0107 "), "{told:?}");
    }
}

#[test]
fn counts_cost_no_memory() {
    // Each says that it has two hundred thousand items; all together, several gigabytes of them.
    let blocks = 3000;
    let head = r#"{"type":"message_add_tag","extraState":{"itemCount":200000},"fields":{"TAG":"a"},"next":{"block":"#;
    let chain = format!("{}{{\"type\":\"rule_stop\"}}{}", head.repeat(blocks), "}}".repeat(blocks));
    let told = read(&does(HOLE).json.replace(HOLE, &chain)).told;
    assert_eq!(told.len(), blocks);
    assert!(told.iter().all(|told| told.starts_with("BS0805 #message_add_tag ")), "{}", told[0]);
}

#[test]
fn nothing_nests_so_deep_that_reading_it_costs_the_stack() {
    for (open, close) in
        [("[", "]"), ("{\"blocks\":", "}"), ("<xml>", "</xml>"), ("<block type=\"text\"><next>", "</next></block>")]
    {
        let deep =
            format!("{}{}{}", open.repeat(50_000), if open.starts_with('<') { "" } else { "0" }, close.repeat(50_000));
        assert!(!read(&deep).told.is_empty());
    }
    let nots = 50_000;
    let deep = asked(&nested(
        nots,
        (r#"{"type":"logic_negate","inputs":{"BOOL":{"block":"#, "}}}"),
        (r#"<block type="logic_negate"><value name="BOOL">"#, "</value></block>"),
        &test(1),
    ));
    for drawing in [&deep.json, &deep.xml] {
        assert_eq!(read(drawing).told.len(), 1);
    }
}
