//! Random filters, and random events as an agent sends them.
//!
//! Values come from one small vocabulary for rules and events, so that tests hold about as often as not: case, look-alikes, separators, what patterns
//! and YAML could take for something else, numbers in many spellings.

use crate::support::tape::Tape;

/// Texts of events and of rules.
const TEXTS: [&str; 42] = [
    "$}a",
    "x\nab",
    "a",
    "A",
    "ab",
    "aB",
    "abc",
    "-",
    "k",
    "\u{212a}",
    "s",
    "\u{17f}",
    "é",
    "É",
    "ß",
    "ΣΑΣ",
    "ςας",
    r"C:\a\b.exe",
    r"c:\A\B.EXE",
    "b.exe",
    r"\b.exe",
    r"a\b/",
    "a/b",
    "it's",
    "a.b",
    "a*b",
    "?",
    "$a",
    "a$",
    "[a]",
    "(a|b)",
    "^a",
    "{1}",
    "a b",
    " a",
    "true",
    "FALSE",
    "yes",
    "1",
    "80",
    "0x50",
    "a\nb",
];
const NUMBERS: [&str; 12] = ["0", "1", "3", "80", "443", "1024", "65535", "-1", "0x50", "0x1410", "2.5", "4294967296"];
/// Texts that count as numbers, or nearly.
const NUMERIC: [&str; 20] = [
    "0",
    "00",
    "-0",
    "1",
    "01",
    "-1",
    "3",
    "80",
    "080",
    "443",
    "1024",
    "1025",
    "65535",
    "0x50",
    "0X050",
    "0x1410",
    "0xffffffffffffffff",
    "18446744073709551616",
    "1.0",
    "1e3",
];
const DECIMAL: [&str; 9] = ["0", "1", "3", "80", "443", "1024", "1025", "65535", "-"];
const HEX: [&str; 7] = ["0x0", "0x50", "0x1410", "0x1fffff", "0xffffffffffffffff", "0x1000", "-"];
const ADDRESSES: [&str; 12] = [
    "10.0.0.1",
    "10.255.0.1",
    "192.168.1.1",
    "8.8.8.8",
    "127.0.0.1",
    "255.255.255.255",
    "224.0.0.251",
    "fd00::1",
    "fc00::1",
    "::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
];
const GUIDS: [&str; 3] = [
    "{A1B2C3D4-0001-65E6-0100-000000002A00}",
    "{a1b2c3d4-0001-65e6-0100-000000002a00}",
    "{00000000-0000-0000-0000-000000000000}",
];
const HASHES: [&str; 4] = [
    "MD5=0123456789ABCDEF0123456789ABCDEF,SHA256=-",
    "SHA1=00,MD5=0123456789abcdef0123456789abcdef",
    "MD5=00000000000000000000000000000000",
    "SHA256=0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
];
/// Fields that hold any text.
const TEXT_FIELDS: [&str; 6] = ["Image", "CommandLine", "QueryName", "RuleName", "Odd", "SourceProcessGuid"];
const PATTERNS: [&str; 26] = [
    "^(.*)b",
    "(^.*b)",
    r"\A.*b",
    "^.*(?:b|c)",
    r"^.*\bb",
    "a(.*)$",
    "^(?i)a",
    "(?:(?i)AB)",
    "(?i:(a)|b)c",
    "[${a]",
    "^a",
    "b$",
    r"\d+",
    r"\w",
    r"\s",
    "a.b",
    "(a|é)",
    "[^a]",
    "",
    r"^\\",
    r"\bb",
    "^.*b",
    "a.*$",
    "^.*$",
    r"a\$|\{1\}",
    "(?i)S",
];
const WILDCARDS: [&str; 13] = ["*", "?", "*b*", "a?c", r"*\\b.exe", "a**", "*?*", "", r"\*", "*a*b*", "??", "*k", "s*"];
const EVENTS: [&str; 4] =
    ["sysmon.process_create", "sysmon.network_connect", "sysmon.process_access", "sysmon.dns_query"];
const TAGS: [&str; 3] = ["x", "a.b", "$y"];

fn quoted(text: &str) -> String {
    if text.contains(['\'', '\n']) {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
    }
    format!("'{text}'")
}

fn list(tape: &mut Tape<'_>, one: impl FnMut(&mut Tape<'_>) -> String) -> String {
    format!("[{}]", tape.some(1, 6, one).join(", "))
}

fn text(tape: &mut Tape<'_>) -> String {
    quoted(tape.pick(&TEXTS))
}

/// A test that can be said to Winlogbeat, mostly. `version` is the one that it is for.
fn test(tape: &mut Tape<'_>, version: &str) -> String {
    let part = |tape: &mut Tape<'_>| match tape.below(6) {
        0 => "file name of ",
        1 => "folder of ",
        _ => "",
    };
    let cased = |tape: &mut Tape<'_>| if tape.rare(3) { " cased" } else { "" };
    let field = |tape: &mut Tape<'_>| tape.pick(&TEXT_FIELDS);
    match tape.below(22) {
        0 => format!("{}{}{} {} {}", part(tape), field(tape), cased(tape), tape.pick(&["==", "!="]), text(tape)),
        1 => format!("{}{}{} in {}", part(tape), field(tape), cased(tape), list(tape, text)),
        2 | 3 => {
            let place = tape.pick(&["contains", "starts with", "ends with", "not contains"]);
            format!("{}{}{} {place} {}", part(tape), field(tape), cased(tape), text(tape))
        }
        4 => {
            let place = tape.pick(&["contains", "starts with", "ends with"]);
            let many = tape.pick(&["any", "all"]);
            format!("{}{}{} {place} {many} {}", part(tape), field(tape), cased(tape), list(tape, text))
        }
        5 => {
            let part = tape.pick(&["", "file name of "]);
            format!("{part}{}{} like {}", field(tape), cased(tape), quoted(tape.pick(&WILDCARDS)))
        }
        6 => format!("{}{} matches {}", field(tape), cased(tape), quoted(tape.pick(&PATTERNS))),
        7 => format!("{} {}", field(tape), tape.pick(&["exists", "is missing", "is blank", "is not blank"])),
        8 => {
            let field = tape.pick(&["Odd", "DestinationPort", "GrantedAccess", "ProcessId"]);
            format!("{field} {} {}", tape.pick(&["==", "!="]), tape.pick(&NUMBERS))
        }
        9 => {
            let field = tape.pick(&["Odd", "DestinationPort", "GrantedAccess", "ProcessId"]);
            format!("{field} {} {}", tape.pick(&["<", "<=", ">", ">="]), tape.pick(&NUMBERS))
        }
        10 => format!("{} == {}", tape.pick(&["Initiated", "Odd"]), tape.pick(&["true", "false"])),
        11 => {
            let ask = tape.pick(&[
                "is private",
                "is public",
                "is loopback",
                "is multicast",
                "in 10.0.0.0/8",
                "in [::/0, 192.168.0.0/16]",
                "> 10.0.0.9",
                "<= 127.0.0.1",
                "== 10.0.0.1",
                "in ::ffff:0:0/96",
            ]);
            format!("DestinationIp {ask}")
        }
        12 => format!(
            "length of {} {} {}",
            field(tape),
            tape.pick(&["<", ">=", "=="]),
            tape.pick(&["0", "1", "3", "1001"])
        ),
        13 => format!("hash MD5 {}", tape.pick(&["exists", "in ['0123456789abcdef0123456789abcdef']"])),
        14 => format!("event is {}", tape.pick(&EVENTS)),
        15 => format!("event is any [{}]", tape.some(2, 4, |tape| tape.pick(&EVENTS)).join(", ")),
        16 => {
            let tag = quoted(tape.pick(&TAGS)).replace('\'', "\"");
            format!("has tag {tag}")
        }
        17 => format!(
            "EventID {}",
            tape.pick(&["== 4624", "in [1, 3, 4624]", "> 20", "!= 22", "in [1, 3, 10, 22, 4624]"])
        ),
        18 => format!("Channel == {}", tape.pick(&["'security'", "'Microsoft-Windows-Sysmon/Operational'"])),
        19 => format!("winlog.record_id {}", tape.pick(&["== 7", "> 7", "in [1, 7]", "== '7'", "!= 8", "exists"])),
        20 => {
            let field = tape.pick(&["winlog.keywords", "fields.env"]);
            format!("{field}{} {} {}", cased(tape), tape.pick(&["==", "contains", "starts with"]), text(tape))
        }
        _ => {
            let own = tape.pick(&[
                "Image == 'a'",
                "winlog.event_id == '1'",
                "winlog.event_id == 1",
                "Odd contains 'a'",
                "Odd contains ''",
                "Odd matches '^a'",
                "winlog.record_id > 6",
                "DestinationIp is public",
                "DestinationIp in [10.0.0.0/8]",
                "Odd exists",
                "winlog.keywords contains 'a'",
            ]);
            format!("strictly({version}) {own}")
        }
    }
}

fn condition(tape: &mut Tape<'_>, version: &str, depth: usize) -> String {
    if depth == 0 {
        return test(tape, version);
    }
    match tape.below(6) {
        0..3 => test(tape, version),
        3 => format!("({})", tape.some(2, 4, |tape| condition(tape, version, depth - 1)).join(" and ")),
        4 => format!("({})", tape.some(2, 4, |tape| condition(tape, version, depth - 1)).join(" or ")),
        _ => format!("not ({})", condition(tape, version, depth - 1)),
    }
}

fn statement(tape: &mut Tape<'_>, version: &str, depth: usize) -> String {
    if depth == 0 || tape.below(2) == 0 {
        let plain = tape.pick(&[
            "drop",
            "drop",
            "keep",
            "tag \"x\"",
            "tag \"a.b\", \"t\"",
            "remove field Image",
            "remove fields winlog.event_data.Odd, winlog.event_data.RuleName",
            "stop",
        ]);
        return plain.to_string();
    }
    let body = tape.some(0, 3, |tape| statement(tape, version, depth - 1)).join("\n");
    let mut out = format!("if {} {{ {body} }}", condition(tape, version, 2));
    if tape.rare(3) {
        out += &format!(" else if {} {{ {} }}", condition(tape, version, 1), statement(tape, version, depth - 1));
    }
    if tape.rare(3) {
        out += &format!(" else {{ {} }}", statement(tape, version, depth - 1));
    }
    out
}

/// Filters. Most are guarded by an event of Sysmon, as a filter that drops through a negation has to be.
pub fn filters(tape: &mut Tape<'_>, version: &str) -> String {
    let mut out = String::new();
    for n in 0..1 + tape.below(6) {
        let guard = match tape.below(6) {
            0 | 1 => "EventID exists and ",
            2 => "event is sysmon.network_connect and ",
            _ => {
                "event is any [sysmon.process_create, sysmon.network_connect, sysmon.dns_query, sysmon.process_access] and "
            }
        };
        let body = tape.some(1, 2, |tape| statement(tape, version, 2)).join("\n");
        let depth = tape.below(3);
        let condition = condition(tape, version, depth);
        out += &format!("filter \"r{n}\" {{ allow tamper events if {guard}({condition}) {{ {body} }} }}\n");
    }
    out
}

/// An event as an agent of this version sends it, as JSON.
pub fn event(tape: &mut Tape<'_>, text_ids: bool) -> String {
    let (provider, channel, id) = match tape.below(8) {
        0 => ("Microsoft-Windows-Security-Auditing", "Security", 4624),
        1 => ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational", 22),
        n => ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational", [1, 3, 10, 22, 4, 3][n - 2]),
    };
    let sysmon = provider == "Microsoft-Windows-Sysmon";
    let mut data = Vec::new();
    for field in TEXT_FIELDS {
        if tape.below(3) < 2 {
            let any = if tape.rare(3) { tape.pick(&NUMERIC) } else { tape.pick(&TEXTS) };
            data.push((field.to_string(), any));
        }
    }
    if tape.rare(3) {
        data.push(("SourceProcessGUID".to_string(), tape.pick(&GUIDS)));
    }
    let typed: [(&str, &[&str]); 6] = [
        ("DestinationPort", &DECIMAL),
        ("ProcessId", &DECIMAL),
        ("GrantedAccess", &HEX),
        ("Initiated", &["true", "false", "-"]),
        ("DestinationIp", &ADDRESSES),
        (if tape.below(2) == 0 { "Hashes" } else { "Hash" }, &HASHES),
    ];
    for (field, values) in typed {
        if tape.below(2) == 0 {
            // Other providers write what they want.
            let value = match (sysmon || field.starts_with("Hash"), tape.below(3)) {
                (true, _) => tape.pick(values),
                (false, 0) => tape.pick(&TEXTS),
                (false, 1) => tape.pick(&ADDRESSES),
                (false, _) => tape.pick(&NUMERIC),
            };
            data.push((field.to_string(), value));
        }
    }
    let data: serde_json::Map<String, serde_json::Value> =
        data.into_iter().map(|(name, value)| (name, value.into())).collect();
    let mut winlog = serde_json::json!({ "provider_name": provider, "channel": channel, "event_data": data });
    winlog["event_id"] = if text_ids { id.to_string().into() } else { id.into() };
    winlog["record_id"] = [1, 6, 7, 8, 4_294_967_296u64][tape.below(5)].into();
    if tape.below(2) == 0 {
        winlog["keywords"] = tape.some(1, 3, |tape| tape.pick(&TEXTS)).into();
    }
    let mut event = serde_json::json!({ "@timestamp": "2024-03-05T08:09:10.123Z", "winlog": winlog });
    if tape.below(3) == 0 {
        event["tags"] = tape.some(1, 2, |tape| tape.pick(&TAGS)).into();
    }
    match tape.below(4) {
        0 => event["fields"]["env"] = tape.pick(&TEXTS).into(),
        1 => event["fields"]["env"] = tape.some(1, 3, |tape| tape.pick(&TEXTS)).into(),
        _ => {}
    }
    event.to_string()
}
