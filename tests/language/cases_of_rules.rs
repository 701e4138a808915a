//! Cases of whole rules: what they do one behind the other, which event they are about, what is refused in them.
//!
//! Every case is decided three ways (machine over the line, machine over the map, slow twin), which must agree.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support::{compile, decide, findings, sysmon};

#[test]
fn escapes_that_make_control_characters_of_a_path_are_told() {
    assert_eq!(
        findings(r#"classify "c" { if Image == "C:\temp\new" { tag "t" } }"#)
            .iter()
            .filter(|f| f.starts_with("BS0110"))
            .count(),
        1
    );
}

#[test]
fn unknown_fields_are_told_with_the_nearest_known_one() {
    let (_, found) = blocksieve::compile_text("classify \"c\" { if winlog.event_idd == 4624 { tag \"t\" } }", &[]);
    assert_eq!(found[0].code.to_string(), "BS0200");
    assert!(found[0].help.as_deref().is_some_and(|help| help.contains("winlog.event_id")), "{found:?}");
    assert_eq!(
        findings("classify \"c\" { if field \"CommandLine:contains:\" == 'x' { tag \"t\" } }"),
        ["BS0200 field \"CommandLine:contains:\""]
    );
}

#[test]
fn patterns_without_a_linear_engine_are_refused_at_their_column() {
    assert_eq!(findings(r#"classify "c" { if Image matches 'ab(?=.*evil)x' { tag "t" } }"#), ["BS0303 ("]);
    assert_eq!(findings(r#"classify "c" { if Image matches '(a)\1' { tag "t" } }"#), [r"BS0303 \"]);
    assert_eq!(findings(r#"classify "c" { if Image matches '^(?s:.){0,10000}$' { tag "t" } }"#).len(), 1);
}

#[test]
fn large_sets_compile_in_bounded_time() {
    let values: Vec<String> = (0..100_000).map(|n| format!("'C:\\p{n}\\a.exe'")).collect();
    let compiled = compile(&format!("classify \"c\" {{ if Image in [{}] {{ tag \"t\" }} }}", values.join(",")));
    assert!(blocksieve::bytecode::write(&compiled.module).len() < 4_000_000);
    assert_eq!(decide(&compiled, &sysmon(1, r#""Image":"c:\\P99999\\A.exe""#)).did.len(), 1);
    let needles: Vec<String> = (0..20_000).map(|n| format!("'needle{n}x'")).collect();
    let compiled =
        compile(&format!("classify \"c\" {{ if CommandLine contains any [{}] {{ tag \"t\" }} }}", needles.join(",")));
    assert_eq!(decide(&compiled, &sysmon(1, r#""CommandLine":"a NEEDLE19999X""#)).did.len(), 1);
    let words: String = (0..500)
        .map(|n| format!("classify \"r{n}\" {{ if CommandLine matches 'x{n}\\w{{31}}' {{ tag \"t\" }} }}\n"))
        .collect();
    compile(&words);
}

#[test]
fn a_value_beyond_the_limit_fails_open_and_no_other_rule_notices() {
    let rules = "filter \"big\" { if event is sysmon.process_create and CommandLine contains 'a' { drop } }\n\
                 filter \"tags\" { if event is sysmon.process_create { tag \"x\" if CommandLine contains 'b' { drop } } }\n\
                 filter \"small\" { if event is sysmon.process_create and Image == 'i' { drop } }";
    let compiled = compile(rules);
    let large = format!(r#""CommandLine":"{}","Image":"i""#, "ab".repeat(3 << 20));
    let decision = decide(&compiled, &sysmon(1, &large));
    assert_eq!((decision.dropped_by, decision.failed, decision.did.len()), (Some(2), vec![0, 1], 0));
}

#[test]
fn rules_see_what_rules_before_them_did() {
    let rules = "classify \"a\" { if has tag \"x\" { tag \"late\" } tag \"x\" if has tag \"x\" { tag \"y\" } untag \"x\" }\n\
                 classify \"b\" { if has tag \"y\" and not has tag \"x\" { set msg.group = 'g' } if msg.group == 'G' { tag \"z\" stop } }\n\
                 classify \"c\" { tag \"never\" }\n\
                 alert \"s\" { if has all tags [\"y\", \"z\"] and not has any tag [\"never\", \"late\", \"agent\"] { send mail } }";
    let decision = decide(&compile(rules), r#"{"tags":["agent"],"winlog":{"event_data":{}}}"#);
    assert_eq!(decision.did.len(), 6, "{decision:?}");
    let filter = "filter \"f\" { if event is sysmon.process_create { remove field Image if Image is missing and has tag \"agent\" { drop } } }";
    assert_eq!(
        decide(&compile(filter), &sysmon(1, r#""Image":"a""#).replacen('{', r#"{"tags":["agent"],"#, 1)).dropped_by,
        Some(0)
    );
}

#[test]
fn what_a_classify_rule_removes_is_gone_for_all_behind_it() {
    let rules = "classify \"renames\" { set msg.b = msg.a remove field msg.a if msg.a is missing { tag \"gone\" } }\n\
                 classify \"sees\" { if msg.b == 'x' and not any field == 'never' { tag \"moved\" } if any field == 'y' { tag \"left\" } }\n\
                 classify \"sets anew\" { if msg.a is missing { set msg.a = 'z' } }\n\
                 alert \"last\" { if msg.a == 'z' and msg.a.c is missing { send mail } }";
    let decision = decide(&compile(rules), r#"{"msg":{"a":"x","never":1,"d":"y"}}"#);
    assert_eq!(decision.did.len(), 7, "{decision:?}");
    // What the agent sent stays when the field that reads it is removed.
    let rules = "classify \"c\" { remove field msg.image if msg.image is missing and Image == 'i' { tag \"t\" } }";
    assert_eq!(decide(&compile(rules), &sysmon(1, r#""Image":"i""#)).did.len(), 2);
    let found = findings("classify \"c\" { remove field Image }");
    assert_eq!(found, ["BS0213 Image"]);
}

#[test]
fn a_tamper_event_is_recognised_however_its_id_is_written() {
    let codes = |condition: &str| findings(&format!("filter \"f\" {{ if {condition} {{ drop }} }}"));
    for condition in [
        "EventID == 16",
        "EventID == 0x10",
        "EventID in [1, 16.0]",
        "number of EventID == 0x10",
        "length of EventID == 2",
        "file name of Channel == 'Operational'",
        "strictly(logmanager) EventID == '16'",
        "strictly(logmanager) EventID@int.value == 16",
        "strictly(logmanager) number of EventID == 16",
        "strictly(logmanager) length of EventID == 2",
        "strictly(logmanager) number of Image == -1",
    ] {
        let found = codes(condition);
        assert!(found.iter().any(|finding| finding.starts_with("BS0400")), "{condition}: {found:?}");
    }
    for condition in ["EventID == 0x11", "strictly(logmanager) number of EventID == 17"] {
        assert_eq!(codes(condition), [""; 0], "{condition}");
    }
}

#[test]
fn constants_meet_the_checks_of_safety() {
    let found = |rule: &str| findings(rule).iter().map(|finding| finding[..6].to_string()).collect::<Vec<_>>();
    assert_eq!(found("filter \"f\" { if true { drop } }"), ["BS0400"]);
    assert_eq!(found("filter \"f\" { if not false { drop } }"), ["BS0400"]);
    assert_eq!(found("filter \"f\" { if true or event is sysmon.dns_query { drop } }"), ["BS0400"]);
    assert_eq!(found("filter \"f\" { if event is sysmon.dns_query and true { drop } }"), [""; 0]);
    assert_eq!(found("filter \"f\" { if false { drop } else { keep } }"), [""; 0]);
    let other_channels =
        "filter \"f\" { allow tamper events if (true or event is sysmon.dns_query) and Image != 'a' { drop } }";
    assert_eq!(found(other_channels), ["BS0401"]);
    let guarded = "filter \"f\" { if (false or event is sysmon.dns_query) and Image != 'a' { drop } }";
    assert_eq!(found(guarded), [""; 0]);
}

#[test]
fn the_first_filter_that_drops_decides_and_later_ones_are_named() {
    let filter =
        |name: &str, body: &str| format!("filter \"{name}\" {{ if event is sysmon.process_create {{ {body} }} }}\n");
    let rules = [filter("keeps", "keep"), filter("first", "drop"), filter("second", "drop")].concat();
    let decision = decide(&compile(&rules), &sysmon(1, ""));
    assert_eq!((decision.dropped_by, decision.would_drop), (Some(1), vec![2]));
}

#[test]
fn what_the_machine_cannot_keep_is_refused_not_guessed() {
    for condition in [
        "strictly(sysmon) Image == 'x'",
        "strictly(sigma) Image == 'x'",
        "strictly Image starts with 'x'",
        "strictly Image == User",
    ] {
        let found = findings(&format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}"));
        assert!(found.iter().any(|finding| finding.starts_with("BS0307")), "{condition}: {found:?}");
    }
    assert_eq!(findings("classify \"c\" { if all of any field == 'x' { tag \"t\" } }"), ["BS0305 any field"]);
    assert_eq!(findings("classify \"c\" { if Image in 'x' { tag \"t\" } }"), ["BS0300 'x'"]);
    assert_eq!(findings("classify \"c\" { if 'x' == Image { tag \"t\" } }"), ["BS0300 'x'"]);
}

#[test]
fn any_processguid_in_other_letters_is_told_the_right_ones() {
    for kind in ["filter", "classify"] {
        let rule =
            format!("{kind} \"r\" {{ if event is sysmon.process_create and any ProcessGuid == '{{1}}' {{ stop }} }}");
        let (_, found) = blocksieve::compile_text(&rule, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].help.as_deref().is_some_and(|help| help.contains("write `any processguid`")), "{found:?}");
    }
}
