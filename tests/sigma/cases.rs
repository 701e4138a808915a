//! What people were bitten by in tools like this one, tried on rules of Sigma: the rows of the table of cases that are about wildcards, missing
//! fields, types, case, conditions, shapes of events and values.

use super::{detections, selection, sigma, support};

fn line(text: &str) -> String {
    format!(r#""CommandLine":{}"#, serde_json::Value::from(text))
}

/// Asks an item of two command lines: one that meets it, and one that does not.
#[track_caller]
fn pair(item: &str, meets: &str, does_not: &str) {
    selection(item, &[(&line(meets), true), (&line(does_not), false)]);
}

// wildcard

#[test]
fn d1_a_backslash_at_the_end_swallows_no_wildcard() {
    pair(r"CommandLine|contains: '\Desktop\'", r"type C:\Users\a\Desktop\x.txt", r"type C:\Users\a\Desktop");
}

#[test]
fn d2_a_star_that_is_meant_as_one_keeps_what_contains_adds() {
    pair(r"CommandLine|contains: '\*'", "del *.tmp", "del a.tmp");
}

#[test]
fn d3_a_star_that_is_meant_as_one_among_several() {
    pair(
        "CommandLine|contains|all:\n  - ' /delete '\n  - '/tn \\*'\n  - ' /f'",
        "schtasks /delete /tn * /f",
        "schtasks /delete /tn Foo /f",
    );
}

#[test]
fn d4_a_backslash_before_a_star_is_an_escape_in_the_middle_too() {
    pair(r"CommandLine: '*\Desktop\hello\*word'", r"HKU\Desktop\hello*word", r"HKU\Desktop\hello\Xword");
    // And somebody says so.
    let text = sigma::rule("  selection:\n    CommandLine: '*\\Desktop\\hello\\*word'\n  condition: selection");
    let (_, _, found) = sigma::compile(&[("rules.yml", &text)], &blocksieve::source::sigma::Setup::standard());
    assert!(found.iter().any(|one| one.code == blocksieve::diagnostic::Code::SigmaEscaped), "{found:?}");
    for meant in [r"\*virus\*", r"a\\\*b", r"C:\\*", r"-Filter \*"] {
        let text = sigma::rule(&format!("  selection:\n    CommandLine: '{meant}'\n  condition: selection"));
        let (_, _, found) = sigma::compile(&[("rules.yml", &text)], &blocksieve::source::sigma::Setup::standard());
        assert!(!found.iter().any(|one| one.code == blocksieve::diagnostic::Code::SigmaEscaped), "{meant}: {found:?}");
    }
}

#[test]
fn d5_four_backslashes_are_two() {
    pair(r"CommandLine|contains: '\\\\srv'", r"net use \\srv\x", r"net use \srv\x");
}

#[test]
fn d6_a_question_mark_is_one_character() {
    pair(r"CommandLine: '*\prog?.exe'", r"C:\x\progA.exe", r"C:\x\prog.exe");
}

#[test]
fn d7_a_backslash_in_double_quotes_is_yaml_s() {
    selection("CommandLine|contains: \"\\temp\"", &[(&line("x\temp"), true), (&line(r"C:\temp"), false)]);
}

#[test]
fn d8_a_regular_expression_is_seen_as_it_is_typed() {
    pair(r"CommandLine|re: '\\\\[a-z]+\\share'", r"net use \\srv\share", r"net use \srv\share");
}

// missing

#[test]
fn d9_null_and_an_empty_text_are_two_things() {
    selection("User: null", &[("", true), (r#""User":"""#, false), (r#""User":null"#, true)]);
    selection("User: ''", &[("", false), (r#""User":"""#, true), (r#""User":null"#, false)]);
}

#[test]
fn d10_null_is_not_the_word() {
    selection("LogonId: null", &[(r#""LogonId":"null""#, false)]);
}

#[test]
fn d11_a_field_that_must_be_there_is_asked_for() {
    detections(
        "  selection:\n    Image|endswith: '\\svchost.exe'\n  filter:\n    ParentImage: null\n  condition: selection and not filter",
        &[(r#""Image":"C:\\svchost.exe""#, false), (r#""Image":"C:\\svchost.exe","ParentImage":"x""#, true)],
    );
}

#[test]
fn d13_a_dash_is_a_dash() {
    selection(
        "RuleName:\n  - null\n  - ''\n  - '-'",
        &[(r#""RuleName":"-""#, true), ("", true), (r#""RuleName":"x""#, false)],
    );
    selection("RuleName: ''", &[(r#""RuleName":"-""#, false)]);
}

// types

#[test]
fn d14_hexadecimal_with_and_without_quotes() {
    for item in ["AccessMask: '0x100'", "AccessMask: 0x100"] {
        selection(item, &[(r#""AccessMask":"0x100""#, true), (r#""AccessMask":"0x101""#, false)]);
    }
}

#[test]
fn d15_a_negative_number_of_64_bits_keeps_its_value() {
    selection(
        "ProcessId|lt: 0",
        &[(r#""ProcessId":-9223372036854775776"#, true), (r#""ProcessId":"0x8000000000000000""#, false)],
    );
    selection(
        "ProcessId: -9223372036854775776",
        &[(r#""ProcessId":-9223372036854775776"#, true), (r#""ProcessId":-9223372036854775808"#, false)],
    );
}

#[test]
fn d18_an_id_that_is_a_number_is_a_warning() {
    let text = format!("id: 200088\n{}", sigma::rule("  selection:\n    Image: a\n  condition: selection"));
    let (compiled, _, found) = sigma::compile(&[("rules.yml", &text)], &blocksieve::source::sigma::Setup::standard());
    assert!(compiled.is_some() && found.len() == 1 && found[0].message == "`200088` is no UUID", "{found:?}");
}

// case

#[test]
fn d20_d21_letters_of_all_alphabets_have_a_case() {
    pair("CommandLine|contains: 'ПУТЬ'", r"C:\путь\a.exe", r"C:\пут\a.exe");
    pair("CommandLine: '*ФАЙЛ?.txt'", r"C:\файл1.TXT", r"C:\файл.TXT");
    pair("CommandLine|re|i: 'ПУТЬ'", r"C:\путь\a.exe", r"C:\пут\a.exe");
}

#[test]
fn d22_cased_holds_for_every_operator() {
    for item in ["contains|cased: IEX", "cased: '*IEX*'", "re: 'IEX'"] {
        pair(&format!("CommandLine|{item}"), "x IEX y", "x iex y");
    }
    pair("CommandLine|cased|startswith: IEX", "IEX y", "iex y");
    pair("CommandLine|cased|endswith: IEX", "x IEX", "x iex");
}

#[test]
fn d23_a_cased_text_among_many_rules_is_found() {
    let mut rules: Vec<String> =
        (0..50).map(|n| sigma::rule(&format!("  s:\n    CommandLine|contains: other{n}\n  condition: s"))).collect();
    rules.insert(25, sigma::rule("  s:\n    CommandLine|contains|cased: Invoke-X\n  condition: s"));
    let compiled = sigma::rules(&rules.join("---\n"));
    assert!(sigma::fires(&compiled, &support::sysmon(1, &line("Invoke-X"))));
    assert!(!sigma::fires(&compiled, &support::sysmon(1, &line("invoke-x"))));
}

// condition

#[test]
fn d24_a_pattern_may_have_a_digit_before_its_star() {
    detections(
        "  selection1:\n    User: a\n  selection2a:\n    Image: b\n  selection2b:\n    Company: c\n  condition: selection1 or all of selection2*",
        &[(r#""User":"a""#, true), (r#""Image":"b""#, false), (r#""Image":"b","Company":"c""#, true)],
    );
}

#[test]
fn d25_and_binds_closer_than_or() {
    detections(
        "  a:\n    User: a\n  b:\n    Image: b\n  c:\n    Company: c\n  condition: a or b and c",
        &[(r#""User":"a""#, true)],
    );
}

#[test]
fn d26_a_condition_that_stands_too_far_left_is_one_finding() {
    let text = "title: t\nlogsource: {category: process_creation}\ndetection:\n  selection:\n    Image: a\ncondition: selection\n";
    let (_, _, found) = sigma::compile(&[("rules.yml", text)], &blocksieve::source::sigma::Setup::standard());
    let said: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(said, ["the condition stands beside the detection, not in it"]);
}

#[test]
fn d27_what_a_log_source_asks_is_not_among_them() {
    detections("  selection:\n    Image: a\n  condition: 1 of them", &[(r#""Image":"b""#, false)]);
}

#[test]
fn d28_any_dash_and_all() {
    pair("CommandLine|contains|windash|all:\n  - '-a'\n  - '-b'", "tool /a -b", "tool /a");
}

#[test]
fn d29_a_compound_condition_stays_one() {
    detections(
        "  a:\n    User: a\n  b_1:\n    Image: b\n  c_1:\n    Company: c\n  condition: (a and 1 of b_*) or 1 of c_*",
        &[(r#""Company":"c""#, true), (r#""User":"a""#, false), (r#""User":"a","Image":"b""#, true)],
    );
}

#[test]
fn d30_a_condition_that_is_partly_negated_holds_for_what_meets_neither() {
    let mut rules: Vec<String> =
        (0..100).map(|n| sigma::rule(&format!("  s:\n    CommandLine|contains: other{n}\n  condition: s"))).collect();
    rules.insert(50, sigma::rule("  sel:\n    Image: a\n  filter:\n    User: b\n  condition: sel or not filter"));
    let compiled = sigma::rules(&rules.join("---\n"));
    assert!(sigma::fires(&compiled, &support::sysmon(1, r#""Image":"x""#)));
    assert!(!sigma::fires(&compiled, &support::sysmon(1, r#""Image":"x","User":"b""#)));
}

// shape

#[test]
fn d31_d32_lists_of_texts_are_searched() {
    let rule = sigma::rule("  selection:\n    winlog.keywords|contains: 'Audit Success'\n  condition: selection");
    let event = support::sysmon(1, "").replacen("{\"winlog\":{", "{\"winlog\":{\"keywords\":[\"Audit Success\"],", 1);
    assert!(sigma::fires(&sigma::rules(&rule), &event));
    selection(
        "User|contains: error",
        &[(r#""User":["example","This is an error"]"#, true), (r#""User":["example"]"#, false)],
    );
}

#[test]
fn d35_names_of_fields_may_have_blanks() {
    selection("Severity Name: Severe", &[(r#""Severity Name":"Severe""#, true)]);
}

#[test]
fn d37_data_without_names_have_numbers() {
    let rule = sigma::rule_of(
        "product: windows\n  service: system",
        "  selection:\n    param1: winlogbeat\n  condition: selection",
    );
    let event =
        r#"{"winlog":{"channel":"System","event_id":"7036","event_data":{"param1":"winlogbeat","param2":"running"}}}"#;
    assert!(sigma::fires(&sigma::rules(&rule), event));
}

// values

#[test]
fn d98_networks_of_the_sixth_version() {
    selection(
        "SourceIp|cidr: '2a03:2880::/32'",
        &[(r#""SourceIp":"2a03:2880:f132:83::1""#, true), (r#""SourceIp":"2a03:2881::1""#, false)],
    );
}

#[test]
fn d99_d100_base64_at_any_offset() {
    for encoded in ["eHdob2FtaSAvYWxs", "eHh3aG9hbWkgL2FsbA==", "d2hvYW1pIC9hbGw="] {
        selection("CommandLine|base64offset|contains: whoami", &[(&line(encoded), true)]);
    }
    selection("CommandLine|base64offset|contains: 'naïve'", &[(&line("eG5hw692ZSB5eQ=="), true)]);
}

#[test]
fn d101_d102_dashes_of_other_kinds() {
    for text in ["powershell –enc AAA", "powershell /enc AAA"] {
        selection("CommandLine|windash|contains: ' -enc '", &[(&line(text), true)]);
    }
    pair("CommandLine|windash: '* -e* *'", "x /enc y", "x enc y");
}

#[test]
fn d103_not_equal_of_a_list() {
    selection("User|neq:\n  - a\n  - b", &[(r#""User":"a""#, false), (r#""User":"c""#, true)]);
}
