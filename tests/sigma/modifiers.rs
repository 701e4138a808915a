//! Each modifier: what meets it, and what does not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{selection, sigma, support};

fn line(text: &str) -> String {
    format!(r#""CommandLine":{}"#, serde_json::Value::from(text))
}

/// Asks one item of command lines.
#[track_caller]
fn of_line(item: &str, meets: &[&str], does_not: &[&str]) {
    let rows: Vec<(String, bool)> =
        meets.iter().map(|text| (line(text), true)).chain(does_not.iter().map(|text| (line(text), false))).collect();
    let rows: Vec<(&str, bool)> = rows.iter().map(|(data, expected)| (data.as_str(), *expected)).collect();
    selection(item, &rows);
}

#[test]
fn contains_startswith_endswith() {
    of_line("CommandLine|contains: ' -ENC '", &["x -enc y", " -Enc "], &["-enc", "x -encoded"]);
    of_line("CommandLine|startswith: 'ab'", &["ABc", "ab"], &["xab", ""]);
    of_line("CommandLine|endswith: 'ab'", &["xAB", "ab"], &["abx", ""]);
    of_line(r"CommandLine|endswith: '\'", &[r"C:\x\"], &[r"C:\x"]);
    of_line(r"CommandLine|contains: 'a*b\*'", &["xa-b*x", "ab*"], &["a-b", "b*a"]);
    of_line("CommandLine|startswith: 'a*b'", &["a--bx", "ab"], &["xab", "ax"]);
    of_line("CommandLine|endswith: 'a?b'", &["xa-b"], &["ab", "a-bx"]);
    of_line("CommandLine|contains:\n  - a\n  - b", &["xbx"], &["c"]);
}

#[test]
fn all_wants_every_value() {
    of_line("CommandLine|contains|all:\n  - a\n  - b", &["ba"], &["a", "b", ""]);
    of_line("CommandLine|all:\n  - 'a*'\n  - '*b'", &["ab", "a-b"], &["a", "b"]);
    of_line("CommandLine|re|all:\n  - '^a'\n  - 'b$'", &["ab"], &["a", "ba"]);
    of_line("CommandLine|endswith|all:\n  - ab\n  - b", &["ab"], &["b"]);
}

#[test]
fn cased_compares_as_written() {
    of_line("CommandLine|cased: IEX", &["IEX"], &["iex", "IEX "]);
    of_line("CommandLine|contains|cased: IEX", &["x IEX y"], &["x iex y"]);
    of_line("CommandLine|cased|startswith: IEX", &["IEX y"], &["Iex y"]);
    of_line("CommandLine|endswith|cased:\n  - A\n  - b", &["xA", "xb"], &["xa", "xB"]);
    of_line("CommandLine|cased: 'A*b?'", &["A--bx"], &["a--bx", "A--Bx"]);
}

#[test]
fn windash_takes_any_dash_or_a_slash_where_the_value_begins_an_option() {
    of_line(
        "CommandLine|windash|contains: ' -enc '",
        &["x -enc y", "x /enc y", "x –enc y", "x —enc y", "x ―enc y", "x /ENC y"],
        &["x enc y", "x --enc y", "C:/enc y"],
    );
    of_line(
        "CommandLine|windash|contains: '-c '",
        &["cmd/c x", "cmd–c x", "cmd \"/c \""],
        &["cmd//x", "cmd c x", "cmd/cx"],
    );
    of_line("CommandLine|windash|contains: 'a/b (-c'", &["a/b (/c", "xa/b (—c"], &["a-b (/c", "a/b c"]);
    of_line("CommandLine|windash|contains|all:\n  - '-a'\n  - 'b'", &["t/a b", "t–ab"], &["t/b", "ta b"]);
    of_line("CommandLine|contains|windash: ' /f'", &["x /f", "x -f", "x –f"], &["x f"]);
    of_line("CommandLine|windash: '* /e*'", &["x -e y", "x /ey", "x –e"], &["xe", "x e"]);
    of_line("CommandLine|windash: '*\"/e\"*'", &["x \"-e\" y", "x \"/e\""], &["x \"e\""]);
    of_line("CommandLine|windash: '-a'", &["-a", "/A", "–a"], &["a", "x-a"]);
    of_line("CommandLine|windash|endswith: ' -e*x'", &["y /eax", "y -ex"], &["y ex"]);
    of_line("CommandLine|windash|contains|all:\n  - ' -a'\n  - ' -b'", &["t /a -b", "t –b /a"], &["t -a"]);
    of_line("CommandLine|windash|contains|cased: ' -E'", &["x /E"], &["x /e"]);
}

#[test]
fn re_finds_a_regular_expression_as_it_is_written() {
    of_line(
        r"CommandLine|re: '\\\\[a-z]+\\share'",
        &[r"net use \\srv\share"],
        &[r"net use \\SRV\share", r"\srv\share"],
    );
    of_line("CommandLine|re: 'e[nm]c'", &["-enc x"], &["-ENC x"]);
    of_line("CommandLine|re:\n  - '^a'\n  - 'b$'", &["ax", "xb"], &["xax"]);
    of_line("CommandLine|re|i: 'e[nm]c'", &["-ENC", "-emc"], &["-erc"]);
    of_line("CommandLine|re: '^b$'", &["b"], &["a\nb", "B"]);
    of_line("CommandLine|re|m: '^b$'", &["a\nb\nc"], &["a\nB"]);
    of_line("CommandLine|re|m|i: '^b$'", &["a\nB"], &["ab"]);
    of_line("CommandLine|re: 'a.b'", &["a-b"], &["a\nb"]);
    of_line("CommandLine|re|s: 'a.b'", &["a\nb"], &["a\nB"]);
    of_line("CommandLine|re|ignorecase|multiline|dotall: '^b.c$'", &["a\nB\nC\nd"], &["bc"]);
    of_line("CommandLine|re|startswith: 'a|b'", &["ax", "bx"], &["xa", "xb"]);
    of_line("CommandLine|re|endswith: 'a|b'", &["xa", "xb"], &["ax", "bx"]);
    of_line("CommandLine|re|contains: 'a|b'", &["xax", "xbx"], &["x"]);
    of_line("CommandLine|re: 'a*'", &["", "x"], &[]);
}

#[test]
fn neq_is_none_of_the_values() {
    selection(
        "User|neq: alice",
        &[
            (r#""User":"bob""#, true),
            (r#""User":"Alice""#, false),
            (r#""User":["bob","alice"]"#, false),
            ("", true),
            (r#""User":null"#, true),
        ],
    );
    selection(
        "User|contains|neq:\n  - a\n  - b",
        &[(r#""User":"xyz""#, true), (r#""User":"xbz""#, false), (r#""User":"""#, true)],
    );
    selection(
        "User|contains|all|neq:\n  - a\n  - b",
        &[(r#""User":"ab""#, false), (r#""User":"a""#, true), ("", true)],
    );
    selection("ProcessId|gt|neq: 4", &[(r#""ProcessId":5"#, false), (r#""ProcessId":4"#, true), ("", true)]);
    selection("User|neq: null", &[(r#""User":"x""#, true), ("", false)]);
    selection("User|re|neq: '^a'", &[(r#""User":"b""#, true), (r#""User":"ab""#, false)]);
}

#[test]
fn exists_asks_whether_a_field_is_there() {
    selection(
        "User|exists: true",
        &[(r#""User":"""#, true), (r#""User":"x""#, true), (r#""User":null"#, false), ("", false)],
    );
    selection("User|exists: false", &[("", true), (r#""User":null"#, true), (r#""User":"""#, false)]);
    selection("User|exists: [true, false]", &[("", true), (r#""User":"""#, true)]);
    selection("User|exists|neq: true", &[("", true), (r#""User":"""#, false)]);
}

#[test]
fn orders_compare_numbers() {
    for (item, meets, does_not) in [
        ("ProcessId|lt: 10", ["9", "-1"], ["10", "11"]),
        ("ProcessId|lte: 10", ["10", "9"], ["11", "100"]),
        ("ProcessId|gt: 10", ["11", "100"], ["10", "9"]),
        ("ProcessId|gte: 10", ["10", "11"], ["9", "-10"]),
    ] {
        let rows: Vec<(String, bool)> = meets
            .iter()
            .map(|number| (number, true))
            .chain(does_not.iter().map(|number| (number, false)))
            .flat_map(|(number, fires)| {
                [(format!(r#""ProcessId":{number}"#), fires), (format!(r#""ProcessId":"{number}""#), fires)]
            })
            .chain([(r#""ProcessId":"many""#.to_string(), false), (String::new(), false)])
            .collect();
        let rows: Vec<(&str, bool)> = rows.iter().map(|(data, fires)| (data.as_str(), *fires)).collect();
        selection(item, &rows);
    }
    selection("ProcessId|gt: 1.5", &[(r#""ProcessId":2"#, true), (r#""ProcessId":1"#, false)]);
    selection("ProcessId|gt:\n  - 100\n  - 4", &[(r#""ProcessId":5"#, true), (r#""ProcessId":4"#, false)]);
}

#[test]
fn cidr_is_inside_a_network() {
    selection(
        "DestinationIp|cidr: 10.0.0.0/8",
        &[
            (r#""DestinationIp":"10.255.0.1""#, true),
            (r#""DestinationIp":"::ffff:10.0.0.1""#, true),
            (r#""DestinationIp":"11.0.0.1""#, false),
            (r#""DestinationIp":"10.0.0.0/8""#, false),
            (r#""DestinationIp":"10.x""#, false),
            ("", false),
        ],
    );
    selection(
        "DestinationIp|cidr:\n  - 'fe80::/10'\n  - '2001:db8::/32'",
        &[
            (r#""DestinationIp":"FE80:0:0::1""#, true),
            (r#""DestinationIp":"2001:db8:ffff::1""#, true),
            (r#""DestinationIp":"2001:db9::1""#, false),
        ],
    );
    selection(
        "DestinationIp|cidr: 10.0.0.7/32",
        &[(r#""DestinationIp":"10.0.0.7""#, true), (r#""DestinationIp":"10.0.0.8""#, false)],
    );
    selection(
        "DestinationIp|cidr|neq: 10.0.0.0/8",
        &[(r#""DestinationIp":"10.0.0.1""#, false), (r#""DestinationIp":"1.1.1.1""#, true)],
    );
    selection(
        "DestinationIp|cidr|all:\n  - 10.0.0.0/8\n  - 10.1.0.0/16",
        &[(r#""DestinationIp":"10.1.0.1""#, true), (r#""DestinationIp":"10.2.0.1""#, false)],
    );
    selection(
        "DestinationIp|cidr: 10.0.0.7",
        &[(r#""DestinationIp":"10.0.0.7""#, true), (r#""DestinationIp":"10.0.0.70""#, false)],
    );
}

#[test]
fn fieldref_compares_with_another_field() {
    selection(
        "Image|fieldref: ParentImage",
        &[
            (r#""Image":"A","ParentImage":"a""#, true),
            (r#""Image":"a","ParentImage":"ab""#, false),
            (r#""Image":"ParentImage""#, false),
            (r#""Image":"a""#, false),
            ("", false),
        ],
    );
    selection(
        "CommandLine|fieldref|contains: User",
        &[(r#""CommandLine":"runas ANN x","User":"ann""#, true), (r#""CommandLine":"runas","User":"ann""#, false)],
    );
    selection(
        "CommandLine|fieldref|startswith: Image",
        &[(r#""CommandLine":"abc","Image":"AB""#, true), (r#""CommandLine":"abc","Image":"bc""#, false)],
    );
    selection(
        "CommandLine|endswith|fieldref: Image",
        &[(r#""CommandLine":"abc","Image":"BC""#, true), (r#""CommandLine":"abc","Image":"ab""#, false)],
    );
    selection(
        "Image|fieldref|neq: ParentImage",
        &[(r#""Image":"a","ParentImage":"b""#, true), (r#""Image":"a","ParentImage":"A""#, false)],
    );
    selection(
        "Image|fieldref|cased: ParentImage",
        &[(r#""Image":"a","ParentImage":"a""#, true), (r#""Image":"a","ParentImage":"A""#, false)],
    );
    selection(
        "ProcessId|fieldref|gt: ParentProcessId",
        &[(r#""ProcessId":5,"ParentProcessId":"4""#, true), (r#""ProcessId":4,"ParentProcessId":4"#, false)],
    );
    selection(
        "Image|fieldref:\n  - ParentImage\n  - User",
        &[(r#""Image":"a","User":"A""#, true), (r#""Image":"a","User":"b""#, false)],
    );
}

#[test]
fn parts_of_a_time() {
    let at = |time: &str| format!(r#""UtcTime":"{time}""#);
    for (item, meets, does_not) in [
        ("UtcTime|minute: 4", "2026-11-28 03:04:05.678", "2026-11-28 04:03:05.678"),
        ("UtcTime|hour: 3", "2026-11-28 03:04:05.678", "2026-11-28 15:04:05.678"),
        ("UtcTime|day: 28", "2026-11-28 03:04:05.678", "2026-10-27 03:04:05.678"),
        ("UtcTime|week: 53", "2026-12-31 03:04:05.678", "2026-12-25 03:04:05.678"),
        ("UtcTime|month: 11", "2026-11-28 03:04:05.678", "2026-12-11 03:04:05.678"),
        ("UtcTime|year: 2026", "2026-11-28 03:04:05.678", "2025-11-28 20:26:05.678"),
        ("UtcTime|hour|lt: 6", "2026-11-28 05:59:59.999", "2026-11-28 06:00:00.000"),
        ("UtcTime|hour|gte: 22", "2026-11-28 22:00:00.000", "2026-11-28 21:59:59.999"),
        ("UtcTime|month:\n  - 1\n  - 12", "2026-01-31 00:00:00.000", "2026-02-01 00:00:00.000"),
        ("UtcTime|hour|neq: 3", "2026-11-28 04:04:05.678", "2026-11-28 03:04:05.678"),
    ] {
        selection(item, &[(&at(meets), true), (&at(does_not), false)]);
    }
    selection("UtcTime|hour: 0", &[(&at("Binary Data"), false), ("", false)]);
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn base64_is_the_value_encoded() {
    let whole = STANDARD.encode("whoami");
    of_line("CommandLine|base64: whoami", &[&whole], &[&format!("x{whole}"), "whoami"]);
    let inside = format!("run {} now", STANDARD.encode("whoami /all"));
    of_line("CommandLine|base64|contains: 'whoami'", &[&inside], &["whoami", &STANDARD.encode("x whoami")]);
    of_line("CommandLine|base64|startswith: 'whoami'", &[&whole], &[&inside]);
    let escaped = STANDARD.encode("a*b");
    of_line(r"CommandLine|base64: 'a\*b'", &[&escaped], &["a*b"]);
    // What ignores case ignores it here too.
    of_line("CommandLine|base64: whoami", &[&whole.to_lowercase()], &[]);
    of_line("CommandLine|base64|cased: whoami", &[&whole], &[&whole.to_lowercase()]);
}

#[test]
fn base64offset_is_found_wherever_it_begins() {
    for text in ["whoami", "naïve", "€uro", "日本", "xyz"] {
        let item = format!("CommandLine|base64offset|contains: '{text}'");
        for before in ["", "-", "--", "---"] {
            for behind in ["", "+", "++", "+++"] {
                let encoded = STANDARD.encode(format!("{before}{text}{behind}"));
                of_line(&item, &[&format!("x {encoded} y")], &[]);
            }
        }
    }
    of_line("CommandLine|base64offset|contains: whoami", &[], &["whoami", &STANDARD.encode("who am i")]);
    of_line(
        "CommandLine|base64offset|contains|all:\n  - http\n  - exec",
        &[&STANDARD.encode("exec http://x")],
        &[&STANDARD.encode("http://x")],
    );
}

#[test]
fn base64_of_wide_text() {
    let encoded = |bytes: &[u8], before: usize| STANDARD.encode([vec![b'-'; before], bytes.to_vec()].concat());
    for text in ["IEX", "naïve", "日本"] {
        let (le, be) = (utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes));
        let marked = [vec![0xff, 0xfe], le.clone()].concat();
        for (modifier, bytes, other) in [
            ("wide", &le, &text.as_bytes().to_vec()),
            ("utf16le", &le, &text.as_bytes().to_vec()),
            ("utf16be", &be, &text.as_bytes().to_vec()),
            ("utf16", &marked, &le),
        ] {
            for before in 0..3 {
                of_line(
                    &format!("CommandLine|{modifier}|base64offset|contains: '{text}'"),
                    &[&encoded(bytes, before)],
                    &[&encoded(other, before)],
                );
            }
            of_line(&format!("CommandLine|{modifier}|base64: '{text}'"), &[&encoded(bytes, 0)], &[&encoded(other, 0)]);
        }
    }
}

#[test]
fn expand_puts_values_in_the_place_of_a_name() {
    let toml = "[placeholders]\nadmins = ['alice', 'b*b']\nhosts = ['one', 'two']\n";
    let fires = |items: &str, user: &str| {
        let rules =
            sigma::rules_with(&sigma::rule(&format!("  selection:\n    {items}\n  condition: selection")), toml);
        sigma::fires(&rules, &support::sysmon(1, &format!(r#""User":{}"#, serde_json::Value::from(user))))
    };
    for (items, user, expected) in [
        ("User|expand: '%admins%'", "ALICE", true),
        ("User|expand: '%admins%'", "beb", true),
        ("User|expand: '%admins%'", "%admins%", false),
        ("User|expand: '%admins%'", "carol", false),
        (r"User|expand: 'EXAMPLE\%admins%'", r"example\alice", true),
        (r"User|expand: 'EXAMPLE\%admins%'", "alice", false),
        ("User|expand|contains: '%admins%@%hosts%'", "x alice@two y", true),
        ("User|expand|contains: '%admins%@%hosts%'", "x alice@three y", false),
        ("User|re|expand: '^%admins%$'", "alice", true),
        // In a regular expression a value is what it is.
        ("User|re|expand: '^%admins%$'", "b*b", true),
        ("User|re|expand: '^%admins%$'", "bob", false),
        ("User|expand: '100%'", "100%", true),
        ("User: '%admins%'", "%admins%", true),
    ] {
        assert_eq!(fires(items, user), expected, "{items} {user}");
    }
}

#[test]
fn of_several_spellings_of_a_value_one_is_enough_also_where_all_are_asked() {
    let be = |text: &str| {
        use base64::Engine;
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        base64::engine::general_purpose::STANDARD.encode(bytes)
    };
    let (both, one) = (be("x foo bar"), be("x foo"));
    of_line("CommandLine|utf16be|base64offset|contains|all:\n  - foo\n  - bar", &[&both], &[&one]);
    of_line("CommandLine|base64offset|startswith|all:\n  - whoami\n  - who", &["d2hvYW1pIC9hbGw="], &["d2hvIGFyZQ=="]);
    // Dashes inside of what is encoded.
    let line = |text: &str| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let found = ["xx -enc yy", "x /enc yy", "–enc yy", "xxx ―enc"].map(line);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    of_line("CommandLine|windash|base64offset|contains: ' -enc '", &found[..2], &[&line("xx enc yy"), "x -enc y"]);
    of_line("CommandLine|windash|base64offset|contains: '-enc'", &found, &[&line("xx enc yy")]);
}
