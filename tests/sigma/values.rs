//! Values, and what they equal.

use super::{detections, selection};

#[test]
fn a_text_is_the_whole_value_whatever_its_case() {
    selection(
        r"Image: 'C:\Windows\System32\whoami.exe'",
        &[
            (r#""Image":"C:\\Windows\\System32\\whoami.exe""#, true),
            (r#""Image":"c:\\WINDOWS\\system32\\WHOAMI.EXE""#, true),
            (r#""Image":"C:\\Windows\\System32\\whoami.exe ""#, false),
            (r#""Image":"whoami.exe""#, false),
            (r#""Image":null"#, false),
            ("", false),
        ],
    );
    selection("User: 'Ärger'", &[(r#""User":"äRGER""#, true), (r#""User":"arger""#, false)]);
}

#[test]
fn one_of_several_values_is_enough() {
    selection(
        "User:\n  - alice\n  - 'EXAMPLE\\bob'\n  - 7",
        &[
            (r#""User":"Alice""#, true),
            (r#""User":"example\\bob""#, true),
            (r#""User":7"#, true),
            (r#""User":"7""#, true),
            (r#""User":"bob""#, false),
        ],
    );
}

#[test]
fn a_star_is_anything_and_a_question_mark_one_character() {
    selection(
        r"Image: 'C:\\*\a?.exe'",
        &[
            (r#""Image":"C:\\x\\y\\ab.exe""#, true),
            (r#""Image":"C:\\\\a€.exe""#, true),
            (r#""Image":"C:\\x\\a.exe""#, false),
            (r#""Image":"C:\\x\\abc.exe""#, false),
            (r#""Image":"xC:\\x\\ab.exe""#, false),
        ],
    );
    selection("CommandLine: '*a*'", &[(r#""CommandLine":"xAx""#, true), (r#""CommandLine":"x""#, false)]);
    selection("CommandLine: 'a*'", &[(r#""CommandLine":"A""#, true), (r#""CommandLine":"xa""#, false)]);
    selection("CommandLine: '*a'", &[(r#""CommandLine":"xa\n""#, false), (r#""CommandLine":"x\na""#, true)]);
    selection(
        "CommandLine: 'a*b*c'",
        &[(r#""CommandLine":"abc""#, true), (r#""CommandLine":"a\nb--b c""#, true), (r#""CommandLine":"acb""#, false)],
    );
    selection("CommandLine: '?'", &[(r#""CommandLine":"ä""#, true), (r#""CommandLine":"""#, false)]);
}

#[test]
fn a_star_alone_is_whatever_is_there() {
    for items in ["CommandLine: '*'", "CommandLine: '**'"] {
        selection(
            items,
            &[
                (r#""CommandLine":"x""#, true),
                (r#""CommandLine":"""#, true),
                (r#""CommandLine":7"#, true),
                (r#""CommandLine":null"#, false),
                ("", false),
            ],
        );
    }
}

#[test]
fn a_backslash_escapes_wildcards_and_itself() {
    for (value, text, other) in [
        (r"a\*b", "a*b", "axb"),
        (r"a\?b", "a?b", "axb"),
        (r"a\\b", r"a\b", r"a\\b"),
        (r"a\b", r"a\b", r"a\\b"),
        (r"a\\\*b", r"a\*b", r"a\xb"),
        (r"\\\\server\\share", r"\\server\share", r"\server\share"),
        (r"\\server\share", r"\server\share", r"\\server\share"),
        (r"ends\", r"ends\", "ends"),
        (r"a\\*b", r"a\xyb", "axyb"),
        (r"a\\\\*b", r"a\\xb", r"a\xb"),
        (r"a\\?b", r"a\xb", r"a\b"),
    ] {
        let data = |text: &str| format!(r#""CommandLine":{}"#, serde_json::Value::from(text));
        selection(&format!("CommandLine: '{value}'"), &[(&data(text), true), (&data(other), false)]);
    }
}

#[test]
fn in_double_quotes_yaml_escapes_first() {
    selection(
        r#"CommandLine: "a\\*b\u00e9""#,
        &[(r#""CommandLine":"a*bÉ""#, true), (r#""CommandLine":"axbé""#, false)],
    );
}

#[test]
fn a_number_is_equal_by_value_and_its_characters_as_a_text() {
    selection(
        "ProcessId: 4688",
        &[
            (r#""ProcessId":4688"#, true),
            (r#""ProcessId":"4688""#, true),
            (r#""ProcessId":"0x1250""#, true),
            (r#""ProcessId":46880"#, false),
            (r#""ProcessId":"many""#, false),
        ],
    );
    selection("ProcessId: '007'", &[(r#""ProcessId":"007""#, true), (r#""ProcessId":7"#, false)]);
    selection("ProcessId: -1", &[(r#""ProcessId":"-1""#, true), (r#""ProcessId":1"#, false)]);
    selection("ProcessId: 1.5", &[(r#""ProcessId":1.5"#, true), (r#""ProcessId":1"#, false)]);
    // Event data are texts.
    selection("FileVersion: 10.0", &[(r#""FileVersion":"10.0""#, true), (r#""FileVersion":"10.1""#, false)]);
    selection("FileVersion|gte: 1.5", &[(r#""FileVersion":"1.6""#, true), (r#""FileVersion":"1.4""#, false)]);
    selection("FileVersion|neq: 10.0", &[(r#""FileVersion":"10.0""#, false), (r#""FileVersion":"10.1""#, true)]);
    selection("ProcessId|contains: 68", &[(r#""ProcessId":4688"#, true), (r#""ProcessId":86"#, false)]);
    // Eight digits that begin with zeros are no number in YAML 1.1.
    selection("Description: 00000429", &[(r#""Description":"00000429""#, true), (r#""Description":"429""#, false)]);
}

#[test]
fn a_number_in_hexadecimal_is_that_number() {
    selection(
        "LogonId: 0x3e7",
        &[(r#""LogonId":"0x3e7""#, true), (r#""LogonId":999"#, true), (r#""LogonId":"3e7""#, false)],
    );
    selection("LogonId: '0x3e7'", &[(r#""LogonId":"0x3E7""#, true), (r#""LogonId":999"#, false)]);
}

#[test]
fn a_truth_value_is_equal_to_itself_and_to_its_word() {
    selection(
        "Initiated: true",
        &[
            (r#""Initiated":true"#, true),
            (r#""Initiated":"True""#, true),
            (r#""Initiated":false"#, false),
            (r#""Initiated":1"#, false),
        ],
    );
    selection("Initiated: 'false'", &[(r#""Initiated":false"#, true), (r#""Initiated":"False""#, true)]);
}

#[test]
fn null_is_a_field_that_is_not_there() {
    for items in ["User: null", "User:", "User: ~"] {
        selection(
            items,
            &[
                ("", true),
                (r#""User":null"#, true),
                (r#""User":"""#, false),
                (r#""User":"null""#, false),
                (r#""User":"-""#, false),
            ],
        );
    }
    selection(
        "User:\n  - null\n  - '-'\n  - ''",
        &[("", true), (r#""User":"-""#, true), (r#""User":"""#, true), (r#""User":"x""#, false)],
    );
}

#[test]
fn an_empty_text_is_an_empty_text() {
    selection("User: ''", &[(r#""User":"""#, true), ("", false), (r#""User":" ""#, false)]);
    // Everything contains nothing.
    selection("User|contains: ''", &[(r#""User":"x""#, true), (r#""User":"""#, true), ("", false)]);
}

#[test]
fn of_a_list_in_the_event_one_member_is_enough() {
    selection(
        "User: alice",
        &[(r#""User":["bob","Alice"]"#, true), (r#""User":["bob"]"#, false), (r#""User":[]"#, false)],
    );
    selection(
        "User|contains|all:\n  - ali\n  - bo",
        &[(r#""User":["bob","alice"]"#, true), (r#""User":["alice"]"#, false)],
    );
}

#[test]
fn a_keyword_is_a_part_of_any_value() {
    detections(
        "  words:\n    - mimikatz\n    - 'seku*lsa'\n    - 42\n  condition: words",
        &[
            (r#""CommandLine":"x MimiKatz y""#, true),
            (r#""User":"sekurlsa""#, true),
            (r#""ProcessId":"1422""#, true),
            (r#""CommandLine":"katz""#, false),
            ("", false),
        ],
    );
    detections("  words: 'a\\b'\n  condition: words", &[(r#""Image":"xa\\bx""#, true), (r#""Image":"ab""#, false)]);
}

#[test]
fn several_keywords_may_be_wanted_all() {
    detections(
        "  words:\n    '|all':\n      - one\n      - two\n  condition: words",
        &[
            (r#""CommandLine":"one","User":"two""#, true),
            (r#""CommandLine":"two one""#, true),
            (r#""CommandLine":"one""#, false),
        ],
    );
    detections(
        "  words:\n    '|contains': lsass\n  condition: words",
        &[(r#""TargetImage":"C:\\lsass.exe""#, true), (r#""Image":"x""#, false)],
    );
    detections(
        "  words:\n    '|re': 'l.ass'\n  condition: words",
        &[(r#""TargetImage":"C:\\lsass.exe""#, true), (r#""Image":"LSASS""#, false)],
    );
}

#[test]
fn everything_in_a_mapping_and_one_of_a_list_of_mappings() {
    detections(
        "  selection:\n    - Image|endswith: '\\a.exe'\n      User: alice\n    - Image|endswith: '\\b.exe'\n    - secret\n  condition: selection",
        &[
            (r#""Image":"C:\\a.exe","User":"alice""#, true),
            (r#""Image":"C:\\a.exe","User":"bob""#, false),
            (r#""Image":"C:\\b.exe""#, true),
            (r#""CommandLine":"a secret""#, true),
        ],
    );
}

#[test]
fn fields_have_spaces_and_dots_as_they_are() {
    selection("Severity Name: Severe", &[(r#""Severity Name":"severe""#, true), (r#""Severity":"severe""#, false)]);
    selection("winlog.event_data.Image: a", &[(r#""Image":"A""#, true)]);
}
