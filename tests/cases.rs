//! Cases: what users of such tools were bitten by, each with the events that show it.
//!
//! Every case is decided three ways (machine over the line, machine over the map, slow twin), which must agree.

mod support;

use blocksieve::table::TableDef;
use support::{compile, decide, findings, holds, sysmon};

/// The condition holds for each of `yes` and for none of `no`; both are JSON objects.
#[track_caller]
fn case(condition: &str, yes: &[&str], no: &[&str]) {
    for event in yes {
        assert!(holds(condition, event), "{condition} should hold for {event}");
    }
    for event in no {
        assert!(!holds(condition, event), "{condition} should not hold for {event}");
    }
}

/// The same over event data: members without braces.
#[track_caller]
fn data(condition: &str, yes: &[&str], no: &[&str]) {
    for event in yes {
        assert!(holds(condition, &sysmon(1, event)), "{condition} should hold for {event}");
    }
    for event in no {
        assert!(!holds(condition, &sysmon(1, event)), "{condition} should not hold for {event}");
    }
}

// Wildcards ----------------------------------------------------------------------------------------------------------

#[test]
fn a_needle_that_ends_in_a_backslash_keeps_it() {
    let rule = r"CommandLine contains '\Desktop\'";
    data(
        rule,
        &[r#""CommandLine":"type C:\\Users\\a\\Desktop\\x.txt""#],
        &[r#""CommandLine":"type C:\\Users\\a\\Desktop""#],
    );
    let listing = blocksieve::bytecode::listing(
        &compile(&format!("classify \"c\" {{ if {rule} {{ tag \"t\" }} }}")).module,
        None,
    );
    assert!(listing.contains(r"'\Desktop\'"), "{listing}");
    data(r"Image ends with '\'", &[r#""Image":"C:\\a\\""#], &[r#""Image":"C:\\a""#]);
}

#[test]
fn a_star_is_an_ordinary_character_in_plain_operators() {
    data("CommandLine contains '*'", &[r#""CommandLine":"del *.tmp""#], &[r#""CommandLine":"del a.tmp""#]);
    data(
        "CommandLine contains all [' /delete ', '/tn *', ' /f']",
        &[r#""CommandLine":"schtasks /delete /tn * /f""#],
        &[r#""CommandLine":"schtasks /delete /tn Foo /f""#],
    );
    assert_eq!(findings("classify \"c\" { if CommandLine contains '*' { tag \"t\" } }"), ["BS0402 '*'"]);
}

#[test]
fn a_backslash_before_a_star_is_an_escape_in_like() {
    data(
        r"TargetObject like '*\Desktop\hello\*word'",
        &[r#""TargetObject":"HKU\\Desktop\\hello*word""#],
        &[r#""TargetObject":"HKU\\Desktop\\hello\\Xword""#],
    );
    // Two backslashes are one, and then the star is a wildcard.
    data(
        r"TargetObject like '*\hello\\*word'",
        &[r#""TargetObject":"HKU\\hello\\Xword""#, r#""TargetObject":"x\\hello\\word""#],
        &[r#""TargetObject":"HKU\\helloword""#],
    );
    assert_eq!(findings(r#"classify "c" { if Image like '*\hello\*word' { tag "t" } }"#), [r"BS0404 \*"]);
}

#[test]
fn nothing_is_unescaped_in_plain_operators() {
    data(r"CommandLine contains '\\\\srv'", &[r#""CommandLine":"x \\\\\\\\srv""#], &[r#""CommandLine":"x \\\\srv""#]);
}

#[test]
fn a_question_mark_is_exactly_one_character() {
    data(
        r"Image like '*\\prog?.exe'",
        &[r#""Image":"C:\\x\\progA.exe""#, r#""Image":"C:\\x\\prog😀.exe""#],
        &[r#""Image":"C:\\x\\prog.exe""#, r#""Image":"C:\\x\\progAB.exe""#],
    );
}

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
fn a_regular_expression_is_seen_as_typed() {
    data(
        r"CommandLine matches '\\\\[a-z]+\\share'",
        &[r#""CommandLine":"net use \\\\srv\\share""#],
        &[r#""CommandLine":"net use \\srv\\share""#],
    );
}

// Missing ------------------------------------------------------------------------------------------------------------

#[test]
fn missing_empty_and_null_are_three_things() {
    let (absent, empty, null) = ("", r#""RuleName":"""#, r#""RuleName":null"#);
    data("RuleName is missing", &[absent, null], &[empty]);
    data("RuleName == ''", &[empty], &[absent, null]);
    data("RuleName exists", &[empty], &[absent, null]);
    data("RuleName is missing", &[], &[r#""RuleName":"null""#]);
}

#[test]
fn blank_is_missing_empty_or_a_dash() {
    data(
        "RuleName is blank",
        &["", r#""RuleName":"-""#, r#""RuleName":"""#, r#""RuleName":null"#],
        &[r#""RuleName":"technique_id=T1059""#, r#""RuleName":" ""#],
    );
    data("RuleName == ''", &[], &[r#""RuleName":"-""#]);
}

#[test]
fn a_test_of_existence_is_never_lost() {
    let rule = r"Image ends with '\svchost.exe' and ParentImage exists";
    data(rule, &[r#""Image":"a\\svchost.exe","ParentImage":"p""#], &[r#""Image":"a\\svchost.exe""#]);
    let listing = blocksieve::bytecode::listing(
        &compile(&format!("classify \"c\" {{ if {rule} {{ tag \"t\" }} }}")).module,
        None,
    );
    assert!(listing.contains("ParentImage exists"), "{listing}");
    let listing = blocksieve::bytecode::listing(
        &compile("classify \"c\" { if CommandLine is missing { tag \"t\" } }").module,
        None,
    );
    assert!(listing.contains("CommandLine exists") && !listing.contains("Null"), "{listing}");
}

#[test]
fn the_negation_of_a_test_on_a_missing_field_holds() {
    for negative in [
        "Image != 'a'",
        "Image not in ['a']",
        "Image not contains 'a'",
        "not Image > 5",
        "Image not matches 'a'",
        "DestinationIp is not private",
    ] {
        data(negative, &[""], &[]);
    }
}

// Types --------------------------------------------------------------------------------------------------------------

#[test]
fn hexadecimal_numbers_and_texts() {
    data("GrantedAccess == '0x100'", &[r#""GrantedAccess":"0x100""#], &[r#""GrantedAccess":"256""#]);
    data(
        "GrantedAccess == 0x100",
        &[
            r#""GrantedAccess":"0x100""#,
            r#""GrantedAccess":"256""#,
            r#""GrantedAccess":256"#,
            r#""GrantedAccess":"0X00100""#,
        ],
        &[r#""GrantedAccess":"100""#],
    );
}

#[test]
fn integers_are_exact_over_64_bits_and_text_beyond() {
    case(
        "Keywords < 0",
        &[r#"{"winlog":{"keywords":-9223372036854775776}}"#],
        &[r#"{"winlog":{"keywords":"0x8000000000000000"}}"#],
    );
    data(
        "ProcessId == 9007199254740993",
        &[r#""ProcessId":9007199254740993"#, r#""ProcessId":"9007199254740993""#],
        &[r#""ProcessId":9007199254740992"#],
    );
    data(
        "ProcessId == 18446744073709551615",
        &[r#""ProcessId":18446744073709551615"#],
        &[r#""ProcessId":18446744073709551616"#, r#""ProcessId":-1"#],
    );
    data(
        "ProcessId == '18446744073709551616'",
        &[r#""ProcessId":18446744073709551616"#, r#""ProcessId":"18446744073709551616""#],
        &[],
    );
    data(
        "ProcessId == 0",
        &[r#""ProcessId":-0"#, r#""ProcessId":"-0""#, r#""ProcessId":0.0"#],
        &[r#""ProcessId":"0.0""#, r#""ProcessId":"""#],
    );
    data("ProcessId == 1000", &[r#""ProcessId":1e3"#], &[r#""ProcessId":"1e3""#]);
    data(
        "ProcessId == 1.0",
        &[r#""ProcessId":1"#, r#""ProcessId":"1""#, r#""ProcessId":1.0"#],
        &[r#""ProcessId":"1.0""#],
    );
}

#[test]
fn numbers_and_booleans_have_a_text() {
    case("Odd == '1'", &[r#"{"winlog":{"event_data":{"Odd":1}}}"#], &[r#"{"winlog":{"event_data":{"Odd":1.5}}}"#]);
    data(
        "Initiated == true",
        &[r#""Initiated":true"#, r#""Initiated":"true""#, r#""Initiated":"True""#],
        &[r#""Initiated":"1""#, r#""Initiated":false"#],
    );
    data("Initiated contains 'ru'", &[r#""Initiated":true"#], &[r#""Initiated":false"#]);
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

// Case ---------------------------------------------------------------------------------------------------------------

#[test]
fn case_is_ignored_for_all_letters_in_all_operators() {
    data("Image contains 'ПУТЬ'", &[r#""Image":"C:\\путь\\a.exe""#], &[]);
    data("Image matches 'ПУТЬ'", &[r#""Image":"C:\\путь\\a.exe""#], &[]);
    data("TargetFilename like '*ФАЙЛ?.txt'", &[r#""TargetFilename":"C:\\файл1.TXT""#], &[]);
    data("User in ['ΣΊΣΥΦΟΣ']", &[r#""User":"σίσυφος""#], &[]);
    data("User == 'straße'", &[r#""User":"STRAẞE""#], &[r#""User":"STRASSE""#]);
}

#[test]
fn look_alikes_fold_to_ascii_in_short_and_long_lists() {
    data("User in ['kelvin']", &["\"User\":\"\u{212a}elvin\""], &[]);
    let long: Vec<String> = (0..40).map(|n| format!("'user{n}'")).collect();
    data(&format!("User in [{}, 'kelvin']", long.join(", ")), &["\"User\":\"\u{212a}ELVIN\""], &["\"User\":\"kelvi\""]);
    data(
        &format!("Image ends with any [{}, '\\kelvin.exe']", long.join(", ")),
        &["\"Image\":\"C:\\\\\u{212a}elvin.exe\""],
        &[],
    );
}

#[test]
fn cased_compares_as_written_in_every_text_operator() {
    data("CommandLine cased contains 'IEX'", &[r#""CommandLine":"x IEX y""#], &[r#""CommandLine":"iex""#]);
    data("CommandLine cased == 'IEX'", &[r#""CommandLine":"IEX""#], &[r#""CommandLine":"iex""#]);
    data("CommandLine cased in ['IEX', 'a']", &[r#""CommandLine":"IEX""#], &[r#""CommandLine":"iex""#]);
    data("CommandLine cased starts with 'I'", &[r#""CommandLine":"IEX""#], &[r#""CommandLine":"iex""#]);
    data("CommandLine cased like '*E?'", &[r#""CommandLine":"IEX""#], &[r#""CommandLine":"iex""#]);
    data("CommandLine cased matches 'E'", &[r#""CommandLine":"IEX""#], &[r#""CommandLine":"iex""#]);
}

#[test]
fn a_cased_needle_is_found_among_fifty_rules() {
    let mut rules: String = (0..50)
        .map(|n| format!("classify \"r{n}\" {{ if CommandLine contains 'word{n}' {{ tag \"n\" }} }}\n"))
        .collect();
    rules += "classify \"cased\" { if CommandLine cased contains 'Invoke-X' { tag \"yes\" } }";
    let compiled = compile(&rules);
    assert_eq!(decide(&compiled, &sysmon(1, r#""CommandLine":"Invoke-X""#)).did.len(), 1);
    assert_eq!(decide(&compiled, &sysmon(1, r#""CommandLine":"invoke-x""#)).did.len(), 0);
}

// Conditions ---------------------------------------------------------------------------------------------------------

#[test]
fn not_binds_before_and_and_and_before_or() {
    data("Image == 'a' or Image == 'b' and User == 'c'", &[r#""Image":"a""#], &[r#""Image":"b""#]);
    data("not Image == 'a' and User == 'c'", &[r#""User":"c""#], &[r#""Image":"a","User":"c""#, ""]);
    data("(Image == 'a' and User in ['x']) or Details == 'c'", &[r#""Details":"c""#], &[r#""Image":"a""#]);
}

#[test]
fn a_partly_negated_condition_is_not_lost_among_a_hundred_rules() {
    let mut rules: String =
        (0..100).map(|n| format!("classify \"r{n}\" {{ if Image == 'x{n}' {{ tag \"n\" }} }}\n")).collect();
    rules += "classify \"neg\" { if Image == 'sel' or not User == 'filter' { tag \"yes\" } }";
    assert_eq!(decide(&compile(&rules), &sysmon(1, r#""Image":"other""#)).did.len(), 1);
}

#[test]
fn contains_all_with_any_dash() {
    data(
        "CommandLine any-dash contains all ['-a', '-b']",
        &[r#""CommandLine":"tool /a -b""#, r#""CommandLine":"tool –a —b""#],
        &[r#""CommandLine":"tool /a b""#],
    );
}

// Shapes -------------------------------------------------------------------------------------------------------------

#[test]
fn one_member_of_a_list_is_enough() {
    case(
        "winlog.keywords contains 'Audit Success'",
        &[r#"{"winlog":{"keywords":["Audit Success"]}}"#, r#"{"winlog":{"keywords":[null,1,"x audit success"]}}"#],
        &[r#"{"winlog":{"keywords":[]}}"#],
    );
    case("tags contains all ['a', 'b']", &[r#"{"tags":["xa","bx"]}"#], &[r#"{"tags":["xa"]}"#, r#"{"tags":[]}"#]);
    case(
        "all of tags contains 'a'",
        &[r#"{"tags":["xa","a",null]}"#, r#"{"tags":"a"}"#],
        &[r#"{"tags":["xa","b"]}"#, r#"{"tags":[]}"#, r#"{"tags":[null]}"#, "{}", r#"{"tags":["a",["a"]]}"#],
    );
    case("tags != 'a'", &[r#"{"tags":["b"]}"#, r#"{"tags":[]}"#], &[r#"{"tags":["b","a"]}"#]);
    case("tags exists", &[r#"{"tags":[]}"#, r#"{"tags":{}}"#], &[r#"{"tags":null}"#]);
    case("length of tags == 2", &[r#"{"tags":[1,null]}"#, r#"{"tags":"ab"}"#], &[r#"{"tags":[]}"#]);
}

#[test]
fn two_tests_of_one_element() {
    let users = r#"{"users":[{"type":"customer","id":1},{"type":"staff","id":7}]}"#;
    case(
        "some of users { type == 'customer' and id == 7 }",
        &[r#"{"users":[5,{"type":"customer","id":"7"}]}"#],
        &[users, r#"{"users":[]}"#, r#"{"users":{"type":"customer","id":7}}"#],
    );
}

#[test]
fn paths_are_looked_up_as_libbeat_does() {
    case("field \"Severity Name\" == 'Severe'", &[r#"{"Severity Name":"Severe"}"#], &[]);
    case(
        "a.b == 1",
        &[r#"{"a.b":1,"a":{"b":2}}"#, r#"{"a":{"b":2},"a.b":1}"#, r#"{"a":{"b":1}}"#, r#"{"\u0061":{"b":1}}"#],
        &[r#"{"a":{"b":2},"a":{"b":1}}"#, r#"{"a":[{"b":1}]}"#, r#"{"a":5,"a":{"b":1}}"#],
    );
    case("a.b.c == 1", &[r#"{"a":{"b.c":1}}"#], &[r#"{"a.b":{"c":1}}"#]);
}

// Sysmon -------------------------------------------------------------------------------------------------------------

#[test]
fn hashes_in_any_order_and_number() {
    let md5 = "0123456789ABCDEF0123456789abcdef";
    let yes = [
        format!(r#""Hashes":"SHA256=22,MD5={md5}""#),
        format!(r#""Hashes":"md5={}""#, md5.to_lowercase()),
        format!(r#""Hash":"MD5={md5}""#),
    ];
    let yes: Vec<&str> = yes.iter().map(String::as_str).collect();
    data(&format!("hash MD5 == '{md5}'"), &yes, &[r#""Hashes":"-""#, r#""Hashes":"SHA256=22""#, ""]);
    data("hash MD5 exists", &yes, &[r#""Hashes":"-""#, r#""Hashes":"MD5=00000000000000000000000000000000""#]);
    data(&format!("Hashes == '{md5}'"), &[], &yes);
}

#[test]
fn times_of_both_forms() {
    data(
        "UtcTime > 2018-09-11T08:00:00Z",
        &[r#""UtcTime":"2018-09-11 08:09:52.655""#, r#""UtcTime":"2018-09-11T03:00:01-05:00""#],
        &[r#""UtcTime":"Binary Data""#, r#""UtcTime":"2018-09-11 08:00:00.000""#],
    );
    data(
        "hour of UtcTime == 15",
        &[r#""UtcTime":"2024-01-01T00:30:00+09:00""#],
        &[r#""UtcTime":"2024-01-01 00:30:00""#],
    );
}

#[test]
fn one_value_with_semicolons_looks_like_a_list() {
    assert_eq!(findings("classify \"c\" { if Image == 'a.exe;b.exe' { tag \"t\" } }"), ["BS0403 'a.exe;b.exe'"]);
}

#[test]
fn an_event_is_its_provider_and_id_and_the_channel_only_without_a_provider() {
    let condition = "event is sysmon.process_create";
    case(
        condition,
        &[
            r#"{"winlog":{"provider_name":"microsoft-windows-sysmon","event_id":1}}"#,
            r#"{"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1"}}"#,
            r#"{"winlog":{"provider_name":"Linux-Sysmon","event_id":"1"}}"#,
        ],
        &[
            r#"{"winlog":{"provider_name":"Other","channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1"}}"#,
            r#"{"winlog":{"channel":null,"event_id":1}}"#,
            r#"{"winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"11"}}"#,
        ],
    );
}

// Values -------------------------------------------------------------------------------------------------------------

#[test]
fn networks_and_classes_of_addresses() {
    data(
        "DestinationIp in 2a03:2880::/32",
        &[r#""DestinationIp":"2a03:2880:f132:83::1""#],
        &[r#""DestinationIp":"2a04::1""#],
    );
    data(
        "DestinationIp in 10.0.0.0/8",
        &[r#""DestinationIp":"::ffff:10.1.2.3""#],
        &[
            r#""DestinationIp":"11.0.0.1""#,
            r#""DestinationIp":"10.1.2.3.4""#,
            r#""DestinationIp":"010.0.0.1""#,
            r#""DestinationIp":"""#,
        ],
    );
    data("DestinationIp in ::ffff:0:0/96", &[r#""DestinationIp":"1.2.3.4""#], &[r#""DestinationIp":"::1""#]);
    data(
        "DestinationIp in 0.0.0.0/0",
        &[r#""DestinationIp":"1.2.3.4""#],
        &[r#""DestinationIp":"::1""#, r#""DestinationIp":"x""#],
    );
    data(
        "DestinationIp is private",
        &[r#""DestinationIp":"172.31.0.1""#, r#""DestinationIp":"fc00::1""#],
        &[r#""DestinationIp":"172.32.0.1""#, r#""DestinationIp":"x""#],
    );
    data(
        "DestinationIp is public",
        &[r#""DestinationIp":"9.9.9.9""#],
        &[r#""DestinationIp":"127.0.0.1""#, r#""DestinationIp":"x""#, r#""DestinationIp":"169.254.1.1""#],
    );
    data("SourceIp == 10.0.0.1", &[r#""SourceIp":"::ffff:a00:1""#], &[r#""SourceIp":"10.0.0.2""#]);
}

#[test]
fn text_inside_base64_at_any_offset() {
    data(
        "CommandLine contains base64 of 'whoami'",
        &[
            r#""CommandLine":"eHdob2FtaSAvYWxs""#,
            r#""CommandLine":"eHh3aG9hbWkgL2FsbA==""#,
            r#""CommandLine":"d2hvYW1pIC9hbGw=""#,
        ],
        &[r#""CommandLine":"D2HVYW1PIC9HBGW=""#],
    );
    data("CommandLine contains base64 of 'naïve'", &[r#""CommandLine":"eG5hw692ZSB5eQ==""#], &[]);
    data("CommandLine contains base64 of wide 'IEX'", &[r#""CommandLine":"SQBFAFgAIAAoAA==""#], &[]);
}

#[test]
fn dashes_of_all_kinds() {
    data(
        "CommandLine any-dash contains ' -enc '",
        &[r#""CommandLine":"powershell –enc AAA""#, r#""CommandLine":"powershell /enc AAA""#],
        &[r#""CommandLine":"C:/enc AAA""#],
    );
    data("CommandLine any-dash like '* -e* *'", &[r#""CommandLine":"x /enc y""#], &[]);
}

#[test]
fn not_in_is_the_negation_of_in() {
    data("User not in ['a', 'b']", &[r#""User":"c""#, ""], &[r#""User":"A""#]);
}

#[test]
fn one_field_against_another() {
    data(
        "Image == ParentImage",
        &[r#""Image":"A","ParentImage":"a""#, r#""Image":1,"ParentImage":"0x1""#],
        &[r#""Image":"A""#, "", r#""Image":"a","ParentImage":"b""#],
    );
    data(
        "CommandLine contains Image",
        &[r#""CommandLine":"run C:\\A.exe","Image":"c:\\a.EXE""#],
        &[r#""CommandLine":"run""#],
    );
    data("any field == 'needle'", &[r#""X":{"y":["Needle"]}"#], &[r#""X":"needles""#]);
}

// Safety -------------------------------------------------------------------------------------------------------------

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

/// Ports and the services behind them.
fn ports() -> Vec<TableDef> {
    vec![TableDef::new(
        "ports",
        &[
            ("port", &["22", "80", "ssh", "22", "", "none"]),
            ("service", &["SSH", "http", "the name", "another", "never", ""]),
        ],
    )]
}

#[test]
fn a_look_up_gives_what_another_column_holds_in_the_row() {
    let tables = ports();
    let service = |rest: &str| format!("lookup \"ports\" column \"service\" of {rest}");
    for (condition, data, wanted) in [
        (service("DestinationPort == 'ssh'"), r#""DestinationPort":"22""#, true),
        (service("DestinationPort cased == 'SSH'"), r#""DestinationPort":22"#, true),
        (service("DestinationPort cased == 'ssh'"), r#""DestinationPort":22"#, false),
        // The first row of a key counts, keys ignoring case; an empty cell is no key, but a value.
        (service("User == 'another'"), r#""User":"22""#, false),
        (service("User == 'the name'"), r#""User":"Ssh""#, true),
        (service("User exists"), r#""User":"""#, false),
        (service("User exists"), r#""User":"none""#, true),
        (service("User is blank"), r#""User":"NONE""#, true),
        (service("User is blank"), r#""User":"80""#, false),
        (service("User is missing"), r#""User":"443""#, true),
        (service("User is missing"), "", true),
        // Functions on both sides of it, and members of lists one by one.
        (service("file name of Image == 'http'"), r#""Image":"a/80""#, true),
        (format!("length of {} == 4", service("User")), r#""User":"80""#, true),
        (format!("upper case of {} cased == 'HTTP'", service("User")), r#""User":["x",80]"#, true),
        (format!("{} == {}", service("User"), service("RuleName")), r#""User":"22","RuleName":22"#, true),
        (service("any field == 'http'"), r#""RuleName":"80""#, true),
        // The log manager looks up cased, and only texts.
        (format!("strictly(logmanager) {}", service("User == 'the name'")), r#""User":"ssh""#, true),
        (format!("strictly(logmanager) {}", service("User exists")), r#""User":"SSH""#, false),
        (format!("strictly(logmanager) {}", service("User == 'http'")), r#""User":80"#, true),
        (format!("strictly(logmanager) {}", service("User exists")), r#""User":["80"]"#, false),
        (format!("strictly(logmanager) {}", service("number of User exists")), r#""User":80"#, false),
    ] {
        let holds = support::holds_with(&condition, &sysmon(3, data), &tables);
        assert_eq!(holds, wanted, "{condition} on {data}");
    }
    let rule = "classify \"c\" { set msg.service = lookup \"ports\" column \"service\" of User if msg.service == 'ssh' { tag \"t\" } }";
    let compiled = support::compile_with(rule, &tables);
    assert_eq!(decide(&compiled, &sysmon(3, r#""User":"22""#)).did.len(), 2);
    assert_eq!(decide(&compiled, &sysmon(3, r#""User":"23""#)).did.len(), 0);
}

#[test]
fn what_cannot_be_looked_up_is_told_at_its_place() {
    let tables = ports();
    let found = |operand: &str| {
        let (_, found) =
            blocksieve::compile_text(&format!("classify \"c\" {{ if {operand} exists {{ tag \"t\" }} }}"), &tables);
        found.iter().map(|d| format!("{} {}", d.code, d.message)).collect::<Vec<_>>()
    };
    for (operand, wanted) in [
        ("lookup \"port\" column \"service\" of User", "BS0203 the project has no lookup table \"port\""),
        ("lookup \"ports\" column \"servic\" of User", "BS0212 the table \"ports\" has no column \"servic\""),
        ("lookup \"ports\" column \"service\" of 'x'", "BS0300 a test begins with a field, not with a text"),
        (
            "lower case of upper case of lookup \"ports\" column \"service\" of lower case of upper case of User",
            "BS0306 more than 4 functions on one operand, the look-up counted",
        ),
        ("lookup \"ports\" of User", "BS0100 expected `column`, found `of`"),
        ("lookup \"ports\" column \"service\" User", "BS0100 expected `of`, found `User`"),
    ] {
        assert_eq!(found(operand), [wanted], "{operand}");
    }
    // No lint of the field is one of what is looked up.
    assert_eq!(found("lookup \"ports\" column \"service\" of Image"), [""; 0]);
    let number = "classify \"c\" { if lookup \"ports\" column \"service\" of Image == 5 { tag \"t\" } }";
    assert!(blocksieve::compile_text(number, &tables).1.is_empty());
}

#[test]
fn a_look_up_in_a_look_up_is_refused_whoever_made_the_tree() {
    use blocksieve::ast::{Base, CondKind};
    use blocksieve::check::{Context, check};
    let text = "classify \"c\" { if lookup \"ports\" column \"service\" of User exists { tag \"t\" } }";
    let mut sources = blocksieve::origin::Sources::default();
    let (mut definition, _) = blocksieve::source::text::parse(sources.add("rules", text), text);
    let CondKind::Test(test) = &mut definition.conds[0].kind else { panic!("a test") };
    let inner = test.subject.clone();
    let Base::Lookup(lookup) = &mut test.subject.base else { panic!("a look-up") };
    lookup.of = inner;
    let catalogue = blocksieve::sysmon::Catalogue::standard();
    let agent = blocksieve::dialect::AgentVersion::DEFAULT;
    let tables = ports();
    let checked = check(&[definition], &Context { catalogue: &catalogue, agent, tables: &tables, today: None });
    let codes: Vec<String> = checked.diagnostics.iter().map(|d| d.code.to_string()).collect();
    assert_eq!(codes, ["BS0306"]);
}

#[test]
fn explain_tells_a_value_without_a_row_from_another_value() {
    use blocksieve::explain::{Reason, Step, explain};
    let rule = "classify \"c\" { if lookup \"ports\" column \"service\" of User == 'http' { tag \"t\" } }";
    let compiled = support::compile_with(rule, &ports());
    let prepared = blocksieve::vm::Prepared::new(compiled.module.clone()).expect("valid");
    let reason = |user: &str| {
        let members = support::event(&sysmon(3, &format!(r#""User":"{user}""#)));
        let view = blocksieve::event::MapView::new(&prepared.module().layout, &members);
        let said = explain(&compiled.program, &prepared, blocksieve::ir::RuleId(0), &view).expect("a rule");
        match &said.steps[..] {
            [Step::Arm { condition: Some(condition), .. }] => condition.reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reason("443"), Some(Reason::NotInTable));
    assert_eq!(reason("SSH"), Some(Reason::ValueDiffers));
    assert_eq!(reason("80"), None);
}

#[test]
fn a_module_that_looks_up_in_no_table_is_refused() {
    use blocksieve::bytecode::{Invalid, verify};
    let rule = "classify \"c\" { if lookup \"ports\" column \"service\" of User exists { tag \"t\" } }";
    let mut module = support::compile_with(rule, &ports()).module;
    assert_eq!(verify(&module), Ok(()));
    module.lookups.clear();
    assert!(matches!(verify(&module), Err(Invalid::Test { test: 0, .. })));
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
fn a_strict_pattern_is_rewritten_as_libbeat_does() {
    data("strictly CommandLine matches '^.*foo'", &[r#""CommandLine":"a\nfoo""#], &[r#""CommandLine":"a\nFOO""#]);
    data("CommandLine matches '^.*foo'", &[r#""CommandLine":"a foo""#], &[r#""CommandLine":"a\nfoo""#]);
}

#[test]
fn a_function_without_a_value_is_blank_also_on_a_list() {
    // The length of a list is one number; its hour is nothing. The machine once took the list itself for a value.
    data(
        "hour of length of ProcessId is blank",
        &[r#""ProcessId":[1]"#, r#""ProcessId":[]"#, r#""ProcessId":"1""#, ""],
        &[r#""ProcessId":{"a":1}"#],
    );
    data("length of ProcessId is blank", &[""], &[r#""ProcessId":[]"#, r#""ProcessId":[1]"#]);
}

#[test]
fn the_length_of_a_hash_is_that_of_its_text() {
    let list = r#""Hashes":["SHA256=22","MD5=0123456789abcdef0123456789abcdef"]"#;
    data(
        "length of hash MD5 == 32",
        &[r#""Hashes":"MD5=0123456789abcdef0123456789abcdef""#, list],
        &[r#""Hashes":"SHA256=22""#, r#""Hashes":["a","b"]"#],
    );
    data("length of hash MD5 == 2", &[], &[list]);
}

#[test]
fn a_column_of_hashes_is_asked_for_the_hash_that_it_holds() {
    use blocksieve::ast::HashKind;
    let hash = "ab".repeat(32);
    let mut table = TableDef::new("t", &[("sha256", &[&hash]), ("sha1", &[""]), ("note", &["x"])]);
    table.columns[0].hash = Some(HashKind::Sha256);
    table.columns[1].hash = Some(HashKind::Sha1);
    let found = |condition: &str| -> Vec<String> {
        let rule = format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}");
        let (_, diagnostics) = blocksieve::compile_text(&rule, std::slice::from_ref(&table));
        diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
    };
    assert_eq!(found("hash SHA256 in table \"t\" or hash SHA1 in table \"t\" column \"sha1\""), [""; 0]);
    assert_eq!(found("Image in table \"t\""), [""; 0]);
    assert_eq!(
        found("hash MD5 in table \"t\" or hash SHA256 in table \"t\" column \"sha1\""),
        [
            "BS0309 the column \"sha256\" of \"t\" holds SHA256 hashes, and is asked for an MD5",
            "BS0309 the column \"sha1\" of \"t\" holds SHA1 hashes, and is asked for a SHA256",
        ]
    );
}

#[test]
fn a_column_that_is_asked_for_hashes_is_one_whoever_declared_it() {
    let (good, zeros) = ("ab".repeat(32), "0".repeat(64));
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let found = |kind: &str, condition: &str, values: &[&str]| -> Vec<String> {
        let tables = [TableDef::new("t", &[("sum", values)])];
        let rule = format!("{kind} \"r\" {{ {condition} }}");
        let (_, diagnostics) = blocksieve::compile_text(&rule, &tables);
        diagnostics.iter().map(|found| format!("{} {}", found.code, found.message)).collect()
    };
    let asked =
        |condition: &str, values: &[&str]| found("classify", &format!("if {condition} {{ tag \"t\" }}"), values);
    assert_eq!(asked("hash SHA256 in table \"t\"", &[&good, "", "whatever"][..2]), [""; 0]);
    for condition in [
        "hash SHA256 in table \"t\"",
        "lower case of hash SHA256 in table \"t\" column \"sum\"",
        "msg.hash_sha256 in table \"t\"",
        "hash SHA256 not in table \"t\"",
        "lookup \"t\" column \"sum\" of upper case of hash SHA256 exists",
    ] {
        for (value, told) in [
            (
                zeros.as_str(),
                "BS0506 row 2 of the column \"sum\" of \"t\": this SHA256 is all zeros, which Sysmon writes where there is no hash",
            ),
            (
                empty,
                "BS0506 row 2 of the column \"sum\" of \"t\": this is the SHA256 of an empty file, and every empty file has it",
            ),
            ("x", "BS0310 row 2 of the column \"sum\" of \"t\": this is not a SHA256: `x` is no hexadecimal digit"),
            (good.as_str(), "BS0507 row 2 of the column \"sum\" of \"t\" is the SHA256 of row 1 again"),
        ] {
            assert_eq!(asked(condition, &[&good, value]), [told], "{condition}");
        }
    }
    let twice = "hash SHA256 in table \"t\" or hash SHA256 in table \"t\"";
    let codes = |found: Vec<String>| found.iter().map(|found| found[..6].to_string()).collect::<Vec<_>>();
    assert_eq!(codes(asked(twice, &[&zeros, &zeros, "y"])).iter().filter(|code| *code == "BS0506").count(), 1, "once");
    // Whoever asks for something else of a hash, or for no hash, may.
    assert_eq!(
        asked("length of hash SHA256 in table \"t\" or Image in table \"t\"", &["64", &zeros, "x", "x"]),
        [""; 0]
    );
    // An IMPHASH vouches for nothing, and may give an alert.
    let imphash = "ab".repeat(16);
    let (drops, tags) = (
        "if event is sysmon.image_load and hash IMPHASH in table \"t\" { drop }",
        "if msg.hash_imphash in table \"t\" { tag \"t\" }",
    );
    for (kind, condition) in [
        ("filter", drops),
        ("classify", tags),
        ("classify", "if hash IMPHASH not in table \"t\" { tag \"t\" }"),
        ("alert", "if not (hash IMPHASH in table \"t\" or Image == 'x') { send mail }"),
        ("alert", "if hash IMPHASH not in table \"t\" { send mail }"),
    ] {
        assert_eq!(
            found(kind, condition, &[&imphash]),
            ["BS0508 an IMPHASH is asked for in a lookup table"],
            "{condition}"
        );
    }
    assert_eq!(found("alert", "if hash IMPHASH in table \"t\" { send mail }", &[&imphash]), [""; 0]);
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
