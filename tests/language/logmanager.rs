//! The log manager's dialect beside what the manual's examples hold: findings, reasons, what rules do to typed fields, and
//! modules that misuse it.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support::{compile, decide, event, findings, holds};
use blocksieve::bytecode::{self, Invalid};
use blocksieve::dialect::Dialect;
use blocksieve::event::MapView;
use blocksieve::explain::{self, Explained, Reason, Step};
use blocksieve::ir::RuleId;
use blocksieve::vm::Prepared;

/// `~` before a test stands for `strictly(logmanager)`.
fn manager(text: &str) -> String {
    text.replace('~', "strictly(logmanager) ")
}

fn codes(rule: &str) -> Vec<String> {
    findings(&manager(rule)).iter().map(|finding| finding[..6].to_string()).collect()
}

#[test]
fn what_the_log_manager_has_no_blocks_for_is_refused() {
    for condition in [
        "~msg.a like 'x'",
        "~msg.a matches 'x'",
        "~msg.a is private",
        "~msg.a in table \"t\"",
        "~msg.a contains any ['x', 'y']",
        "~msg.a cased == 'x'",
        "~all of msg.a == 'x'",
        "~any field == 'x'",
        "~hash MD5 exists",
        "~file name of msg.a == 'x'",
        "~msg.a == hour of msg.b",
        "~msg.a == 2024-01-31",
        "~msg.a in ['x', 2024-01-31]",
        "~msg.a == 10.0.0.0/8",
        "~msg.a < 10.0.0.1",
        "~event is sysmon.dns_query",
        "~has tag \"x\"",
    ] {
        assert_eq!(codes(&format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}")), ["BS0307"], "{condition}");
    }
}

#[test]
fn types_that_never_meet_are_told() {
    for (condition, times) in [
        ("~msg.a == 5", 1),
        ("~msg.a == true", 1),
        ("~msg.a in [5, 'x', false, 10.0.0.1]", 2),
        ("~lower case of msg.a == 5", 1),
        ("~number of msg.a == '5'", 1),
        ("~msg.a@int.value in ['5', 10.0.0.0/8, 5]", 2),
        ("~length of msg.a contains '5'", 1),
        ("~msg.a == msg.b@int.value", 1),
        ("~msg.a contains number of msg.b", 1),
        ("~msg.a == '5' or ~msg.a@int.value == 5 or ~msg.a == msg.b or ~number of msg.a == length of msg.b", 0),
        ("~msg.a contains msg.b", 0),
    ] {
        let found = codes(&format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}"));
        assert_eq!(found, vec!["BS0413"; times], "{condition}");
    }
    // What an attribute holds is not known before.
    assert_eq!(codes("classify \"c\" { if ~msg.a@ip.version == 4 { tag \"t\" } }"), ["BS0414"]);
}

#[test]
fn an_ordering_is_noted_where_nothing_has_asked_for_its_field() {
    let order = "~msg.a@int.value < 5";
    for (rule, times) in [
        (format!("if {order} {{ tag \"t\" }}"), 1),
        (format!("if not {order} {{ tag \"t\" }}"), 1),
        (format!("if {order} and ~msg.a exists {{ tag \"t\" }}"), 1),
        (format!("if ~msg.a exists or {order} {{ tag \"t\" }}"), 1),
        (format!("if ~msg.a == msg.b and {order} {{ tag \"t\" }}"), 1),
        ("if ~msg.a exists and ~msg.a@int.value < msg.b@int.value { tag \"t\" }".to_string(), 1),
        (format!("if ~msg.a exists {{ remove field msg.a if {order} {{ tag \"t\" }} }}"), 1),
        (format!("if ~msg.a exists {{ }} if {order} {{ tag \"t\" }}"), 1),
        (format!("if ~msg.a exists and {order} {{ tag \"t\" }}"), 0),
        (format!("if ~msg.a is missing or {order} {{ tag \"t\" }}"), 0),
        (format!("if ~msg.a is not blank {{ if {order} {{ tag \"t\" }} }}"), 0),
        (format!("if ~msg.a is missing {{ }} else if {order} {{ tag \"t\" }} else {{ tag \"u\" }}"), 0),
        ("if ~number of msg.a < 5 and ~number of msg.a > number of msg.b { tag \"t\" }".to_string(), 0),
    ] {
        assert_eq!(codes(&format!("classify \"c\" {{ {rule} }}")), vec!["BS0415"; times], "{rule}");
    }
}

#[test]
fn fields_that_only_the_log_manager_has_are_known_to_its_tests() {
    let all = "~meta.src.ip == '10.0.0.1' and ~raw contains 'x' and ~meta.parser exists";
    assert_eq!(codes(&format!("classify \"c\" {{ if {all} {{ tag \"t\" }} }}")), [""; 0]);
    // Events that the log manager has stored have them for other tests too.
    assert_eq!(codes("classify \"c\" { if meta.parser exists { tag \"t\" } }"), [""; 0]);
    assert_eq!(codes("classify \"c\" { if metta.parser exists { tag \"t\" } }"), ["BS0200"]);
    assert_eq!(codes("filter \"f\" { if event is sysmon.dns_query and ~msg.a == 'x' { drop } }"), ["BS0209"]);
}

#[test]
fn a_drop_that_create_number_makes_possible_on_a_missing_field_needs_a_guard() {
    let codes = |condition: &str| codes(&format!("filter \"f\" {{ allow tamper events if {condition} {{ drop }} }}"));
    for unguarded in [
        "~number of ProcessId < 5",
        "~number of ProcessId == number of User",
        "not ~number of ProcessId == 5",
        // Both missing: equal.
        "~ProcessId == User",
        "not ~ProcessId == User",
    ] {
        assert_eq!(codes(unguarded), ["BS0401"], "{unguarded}");
    }
    for guarded in ["~number of ProcessId == 5", "not ~number of ProcessId < 5", "~number of ProcessId is blank"] {
        assert_eq!(codes(guarded), [""; 0], "{guarded}");
    }
}

#[test]
fn what_a_rule_sets_and_removes_is_seen_with_its_typed_forms() {
    let rules = manager(
        "classify \"sets\" { set msg.n = 22 if ~msg.n == '22' and ~msg.n@int.value == 22 { tag \"both\" } }\n\
         classify \"removes\" { remove field msg.src, msg.n }\n\
         classify \"sees\" { if ~msg.src@ip.version == 4 or ~msg.n@int.value exists or any field == 'Nowhere' { tag \"wrong\" } }",
    );
    let stored = r#"{"msg":{"src":"10.0.0.1","src@ip":{"version":4,"city":"Nowhere"},"n@int":{"value":7}}}"#;
    assert_eq!(decide(&compile(&rules), stored).did.len(), 3);
}

#[test]
fn an_element_of_a_list_is_tested_in_the_dialect_too() {
    let condition = manager("some of users { ~name == 'Eva' and ~age@int.value > 30 }");
    assert!(holds(&condition, r#"{"users":[{"name":"Eva","age":"31"}]}"#));
    assert!(!holds(&condition, r#"{"users":[{"name":"eva","age":31},{"name":"Eva","age":30}]}"#));
}

#[test]
fn a_list_or_value_beyond_the_limits_fails_the_rule_that_reads_it() {
    let many = vec!["1"; 65_537].join(",");
    for (condition, fails) in [
        ("~msg.x contains 'a'", true),
        ("~length of msg.x == 1", true),
        ("~msg.x == 'a'", false),
        ("~msg.x is blank", false),
    ] {
        let compiled = compile(&manager(&format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}")));
        let decision = decide(&compiled, &format!(r#"{{"msg":{{"x":[{many}]}}}}"#));
        assert_eq!(decision.failed.len(), usize::from(fails), "{condition}");
    }
    let compiled = compile(&manager("classify \"c\" { if ~lower case of msg.x == 'a' { tag \"t\" } }"));
    let large = format!(r#"{{"msg":{{"x":"{}"}}}}"#, "a".repeat(4_194_305));
    assert_eq!(decide(&compiled, &large).failed, [0]);
}

#[test]
fn explain_says_why_a_test_of_the_dialect_did_not_hold() {
    let reason = |condition: &str, json: &str| {
        let compiled = compile(&manager(&format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}")));
        let prepared = Prepared::new(compiled.module.clone()).expect("valid");
        let members = event(json);
        let view = MapView::as_it_stands(&prepared.module().layout, &members);
        let said = explain::explain(&compiled.program, &prepared, RuleId(0), &view, None).expect("a rule");
        match &said.steps[..] {
            [Step::Arm { condition: Some(condition), .. }] => {
                let Explained { holds, reason, .. } = &**condition;
                assert_eq!(*holds, Some(false));
                *reason
            }
            other => panic!("{other:?}"),
        }
    };
    for (condition, value, wanted) in [
        ("~msg.x == 'a'", r#""A""#, Reason::CaseDiffers),
        ("~msg.x == 'a'", r#"["a"]"#, Reason::NotSingle),
        ("~msg.x contains 'a'", r#"["ab"]"#, Reason::NoMember),
        ("~msg.x == 5", "5", Reason::OtherType),
        ("~msg.x@int.value == 5", r#""x""#, Reason::OtherType),
        ("~msg.x@int.value == 5", r#""6""#, Reason::ValueDiffers),
        ("~msg.x@int.value == 5", "null", Reason::FieldNull),
        ("~msg.x is blank", "0", Reason::FieldThere),
    ] {
        assert_eq!(reason(condition, &format!(r#"{{"msg":{{"x":{value}}}}}"#)), Some(wanted), "{condition} {value}");
    }
    assert_eq!(reason("~msg.x@int.value < 5", "{}"), Some(Reason::FieldMissing));
}

#[test]
fn a_module_with_a_typed_field_in_another_dialect_is_refused() {
    let mut module = compile(&manager("classify \"c\" { if ~msg.a@int.value == 5 { tag \"t\" } }")).module;
    assert_eq!(bytecode::verify(&module), Ok(()));
    module.tests[0].dialect = Dialect::Ours;
    assert!(matches!(bytecode::verify(&module), Err(Invalid::Test { test: 0, .. })));
}

#[test]
fn a_slip_in_a_field_behind_the_agent_is_told_and_other_products_fields_are_not() {
    let found = |condition: &str| codes(&format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}"));
    assert_eq!(found("msg.imgae contains 'x'"), ["BS0200"]);
    assert_eq!(found("msg.procesguid exists"), ["BS0200"]);
    assert_eq!(found("msg.action == 'deny' and msg.src_ip exists and msg.a exists"), [""; 0]);
    assert_eq!(codes("classify \"c\" { set msg.imaged = 'x' if msg.imaged == 'x' { tag \"t\" } }"), [""; 0]);
}
