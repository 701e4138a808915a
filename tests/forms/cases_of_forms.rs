//! Cases about shapes, about Sysmon's data and about input: what users of such tools were bitten by, decided on events as they come out
//! of files. The number of each stands beside it.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::ops::ControlFlow;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::Form;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::vm::{Machine, Options, Prepared};

/// What a condition says of every event of some bytes, and what was damaged.
#[derive(Default)]
struct Answers {
    holds: Vec<bool>,
    forms: Vec<Form>,
    damaged: Vec<String>,
}

struct Ask<'p> {
    machine: Machine<'p>,
    answers: Answers,
}

impl Sink for Ask<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let outcome = self.machine.decide(record.view, Options::default());
        self.answers.holds.push(!outcome.effects.is_empty());
        self.answers.forms.push(record.form);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.answers.damaged.push(damaged.to_string());
    }
}

fn ask(condition: &str, bytes: impl AsRef<[u8]>) -> Answers {
    let compiled = support::compile(&format!("classify \"c\" {{ if {condition} {{ tag \"yes\" }} }}"));
    let prepared = Prepared::new(compiled.module).expect("a module of our own is valid");
    let mut reader = EventReader::new(&prepared.module().layout, AgentVersion::DEFAULT);
    let mut ask = Ask { machine: Machine::new(&prepared), answers: Answers::default() };
    reader.read(&"in".into(), &mut bytes.as_ref(), &mut ask).expect("a known form");
    ask.answers
}

/// The condition holds for each of `yes` and for none of `no`.
#[track_caller]
fn case(condition: &str, yes: &[&str], no: &[&str]) {
    for (events, wanted) in [(yes, true), (no, false)] {
        for event in events {
            assert_eq!(ask(condition, event).holds, [wanted], "{condition} on {event}");
        }
    }
}

/// An event of Sysmon with these data, in three forms: what evtx_dump writes, XML, one level of keys.
fn sysmon(id: u32, data: &[(&str, &str)]) -> Vec<String> {
    let provider = "Microsoft-Windows-Sysmon";
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let members: Vec<String> = data.iter().map(|(name, value)| format!("{}:{}", json(name), json(value))).collect();
    let members = members.join(",");
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let elements: String =
        data.iter().map(|(name, value)| format!("<Data Name='{name}'>{}</Data>", escaped(value))).collect();
    let comma = if members.is_empty() { "" } else { "," };
    vec![
        format!(
            r##"{{"Event":{{"System":{{"Provider":{{"#attributes":{{"Name":"{provider}"}}}},"EventID":{id}}},"EventData":{{{members}}}}}}}"##
        ),
        format!(
            "<Event><System><Provider Name='{provider}'/><EventID>{id}</EventID></System><EventData>{elements}</EventData></Event>"
        ),
        format!(r#"{{"SourceName":"{provider}","EventID":{id}{comma}{members}}}"#),
    ]
}

/// The condition holds, or does not, for the same event in each of the three.
#[track_caller]
fn data(condition: &str, data: &[(&str, &str)], wanted: bool) {
    for event in sysmon(1, data) {
        assert_eq!(ask(condition, &event).holds, [wanted], "{condition} on {event}");
    }
}

// Shapes -------------------------------------------------------------------------------------------------------------

#[test]
fn one_member_of_a_list_is_enough() {
    // D31
    case(
        "winlog.keywords contains 'Audit Success'",
        &[
            r#"{"winlog":{"keywords":["Audit Success"]}}"#,
            r#"{"EventID":1,"Channel":"Security","Keywords":["Classic","Audit Success"]}"#,
            "<Event><System/><RenderingInfo><Keywords><Keyword>Audit Success</Keyword></Keywords></RenderingInfo></Event>",
        ],
        &[r#"{"winlog":{"keywords":["Audit Failure"]}}"#],
    );
    // D32
    case(
        "message contains 'error'",
        &[r#"{"winlog":{},"message":["example","This is an error"]}"#],
        &[r#"{"winlog":{},"message":[]}"#],
    );
    // D33
    case(
        "some of users { type == 'customer' and id == 7 }",
        &[r#"{"users":[{"type":"customer","id":"7"}]}"#],
        &[r#"{"users":[{"type":"customer","id":1},{"type":"staff","id":7}]}"#],
    );
}

#[test]
fn names_of_a_form_are_those_of_the_agent() {
    // D34
    case(
        "Provider == 'X'",
        &[
            r##"{"Event":{"System":{"EventID":1,"Provider":{"#attributes":{"Name":"X"}}}}}"##,
            r#"{"EventID":1,"Provider_Name":"X"}"#,
        ],
        &[r##"{"Event":{"System":{"EventID":1,"Provider":{"#attributes":{"Guid":"X"}}}}}"##],
    );
    // D35
    data(r#"field "Severity Name" == 'Severe'"#, &[("Severity Name", "Severe")], true);
    // D37
    case(
        "winlog.event_data.param1 == 'winlogbeat'",
        &["<Event><System/><EventData><Data>winlogbeat</Data><Data>running</Data></EventData></Event>"],
        &["<Event><System/><EventData><Data></Data><Data>winlogbeat</Data></EventData></Event>"],
    );
}

#[test]
fn a_name_that_comes_again_is_there_once() {
    // D36
    let twice = "<Event><System/><EventData><Data Name='A'>1</Data><Data Name='A'>2</Data></EventData></Event>";
    case("A == '1'", &[twice], &[]);
    case("A == '2'", &[], &[twice]);
    case("some of winlog.event_data { A == '1' }", &[], &[twice]);
}

// Sysmon -------------------------------------------------------------------------------------------------------------

#[test]
fn hashes_in_any_number_and_order() {
    let md5 = "0123456789ABCDEF0123456789ABCDEF";
    // D38
    data(&format!("hash MD5 == '{}'", md5.to_lowercase()), &[("Hashes", &format!("SHA256=22,MD5={md5}"))], true);
    data(&format!("Hashes == '{md5}'"), &[("Hashes", &format!("MD5={md5}"))], false);
    // D39
    data("hash MD5 exists", &[("Hashes", "-")], false);
    // D40
    data(&format!("hash MD5 == '{md5}'"), &[("Hashes", &format!("IMPHASH=33,MD5={md5}"))], true);
    data(&format!("hash SHA256 == '{}'", "22".repeat(32)), &[("Hashes", &format!("IMPHASH=33,MD5={md5}"))], false);
}

#[test]
fn what_is_empty_is_written_in_many_ways() {
    // D41
    for nothing in [&[("RuleName", "-")][..], &[("RuleName", "")], &[]] {
        data("RuleName is blank", nothing, true);
    }
    data("RuleName is blank", &[("RuleName", "technique_id=T1059,technique_name=x")], false);
    // Winlogbeat leaves empty data out, whatever the form had.
    data("RuleName exists", &[("RuleName", "")], false);
    data("RuleName exists", &[("RuleName", "-")], true);
}

#[test]
fn times_that_are_none_are_no_times() {
    // D42
    let after = "UtcTime > 2018-09-11T08:00:00Z";
    data(after, &[("UtcTime", "2018-09-11 08:09:52.655")], true);
    data(after, &[("UtcTime", "Binary Data")], false);
    // D70
    let before = "@timestamp < 2024-01-01T00:00:00Z";
    let at = |time: &str| format!(r#"{{"EventID":1,"Channel":"C","TimeCreated":"{time}"}}"#);
    case(before, &[&at("2024-01-01T00:00:00+09:00")], &[&at("2024-01-01T00:00:00Z"), &at("nonsense")]);
}

#[test]
fn exceptions_and_groups_say_what_they_mean() {
    // D43
    let rule = r"TargetFilename ends with '.bat' and not TargetFilename starts with 'C:\Windows\'";
    data(rule, &[("TargetFilename", r"C:\Windows\x.bat")], false);
    data(rule, &[("TargetFilename", r"C:\Users\x.bat")], true);
    // D44
    assert_eq!(
        support::findings(r#"classify "c" { if Image == 'a.exe;b.exe' { tag "t" } }"#),
        ["BS0403 'a.exe;b.exe'"]
    );
    // D45
    let rule = "Image in ['a', 'b'] and DestinationPort == 443";
    data(rule, &[("Image", "b"), ("DestinationPort", "443")], true);
    data(rule, &[("Image", "b"), ("DestinationPort", "80")], false);
}

#[test]
fn data_count_and_not_what_was_rendered_of_them() {
    // D46
    let event = r#"{"EventID":1,"Channel":"Security","Message":"Security ID: %1","SubjectUserSid":"S-1-5-18"}"#;
    case("SubjectUserSid == 'S-1-5-18'", &[event], &[]);
    // D48
    data("Image == 'zabbix_agentd.exe'", &[("Image", r"C:\z\zabbix_agentd.exe")], false);
    data(r"Image ends with '\zabbix_agentd.exe'", &[("Image", r"C:\z\zabbix_agentd.exe")], true);
}

#[test]
fn a_channel_may_be_missing_and_may_be_another_than_the_files() {
    // D47
    case(
        "Channel == 'Security'",
        &[r#"{"Event":{"System":{"EventID":1,"Channel":"Security"}}}"#],
        &[r#"{"Event":{"System":{"EventID":1,"Channel":null}}}"#, r#"{"Channel":null,"EventID":1}"#],
    );
    // D49: a file of forwarded events, of which each says where it comes from.
    let forwarded = "<Events><Event><System><EventID>4624</EventID><Channel>Security</Channel></System></Event>\
                     <Event><System><EventID>1</EventID><Channel>ForwardedEvents</Channel></System></Event></Events>";
    assert_eq!(ask("Channel == 'Security'", forwarded).holds, [true, false]);
}

#[test]
fn an_id_alone_makes_no_event_sysmons() {
    let rule = "event is sysmon.process_create";
    for event in sysmon(1, &[]) {
        assert_eq!(ask(rule, &event).holds, [true], "{event}");
        assert_eq!(ask(rule, event.replace("Microsoft-Windows-Sysmon", "Other")).holds, [false], "{event}");
    }
}

// Input --------------------------------------------------------------------------------------------------------------

const LINE: &str = r#"{"winlog":{"event_id":"1"},"d":"\/Date(1)\/"}"#;

#[test]
fn files_come_as_programs_write_them() {
    let rule = "d == '/Date(1)/'";
    // D62, D64
    assert_eq!(ask(rule, format!("\u{feff}{LINE}")).holds, [true]);
    // D63
    let utf16: Vec<u8> = format!("\u{feff}{LINE}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(ask(rule, utf16).holds, [true]);
    // D69
    assert_eq!(ask(rule, format!("{LINE}\r\n\r\n\r\n")).holds, [true]);
}

#[test]
fn what_is_damaged_costs_nothing_else() {
    let rule = "d == '/Date(1)/'";
    // D65
    let answers = ask(rule, format!("{LINE}\n{{\"winlog\":\n{LINE}\n"));
    assert_eq!((answers.holds, answers.damaged.len()), (vec![true, true], 1));
    assert!(
        answers.damaged[0].starts_with("in:2: ") && answers.damaged[0].ends_with("(byte 56)"),
        "{:?}",
        answers.damaged
    );
    // D68
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(100 << 20));
    let answers = ask(rule, format!("{LINE}\n{long}\n{LINE}\n"));
    assert_eq!(answers.holds, [true, true]);
    assert!(
        answers.damaged[0].starts_with("in:2: a record of 104857609 bytes, beyond the limit of 16777216"),
        "{:?}",
        answers.damaged
    );
    // D71: a value that is not there.
    let event = "<Event><System/><EventData><Data Name='A'>%1</Data><Data Name='B'/><Data Name='C'>c</Data></EventData></Event>";
    assert_eq!(ask("C == 'c' and B is missing", event).holds, [true]);
}

// D66 and D67 are about EVTX: `tests/forms/corpus_evtx.rs` cuts real files and writes sizes of zero; here a small one is cut.
#[cfg(feature = "evtx")]
#[test]
fn a_log_that_is_cut_off_gives_what_stands_before_the_cut() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/forms/files/events.evtx")).expect("a file");
    let whole = ask("EventID exists", &file).holds.len();
    for cut in [1024, 40_000, 64_000] {
        let answers = ask("EventID exists", &file[..file.len() - cut]);
        assert!(answers.holds.len() <= whole, "{cut}");
        assert!(answers.damaged.iter().any(|damage| damage.contains("cut short")), "{cut}: {:?}", answers.damaged);
    }
    // The records end before the last kilobyte.
    assert_eq!(ask("EventID exists", &file[..file.len() - 1024]).holds.len(), whole);
    let record = file.windows(4).position(|bytes| bytes == b"\x2a\x2a\0\0").expect("a record");
    let mut zero = file.clone();
    zero[record + 4..record + 8].fill(0);
    let answers = ask("EventID exists", &zero);
    assert!(!answers.damaged.is_empty() && answers.holds.len() < whole);
}

#[test]
fn what_other_tools_write_is_known_for_what_it_is() {
    // D91
    for (form, file) in [
        (Form::EvtxDump, "evtx_dump.jsonl"),
        (Form::EvtxDump, "evtx_dump.json"),
        (Form::Winlogbeat, "winlogbeat-8.ndjson"),
        (Form::Winlogbeat6, "winlogbeat-6.ndjson"),
        (Form::Flat, "flat.ndjson"),
    ] {
        let path = format!("{}/tests/forms/files/{file}", env!("CARGO_MANIFEST_DIR"));
        let answers = ask("event is sysmon.dns_query", std::fs::read(path).expect("a file"));
        assert!(answers.forms.iter().all(|is| *is == form), "{file}");
        assert_eq!(answers.holds.iter().filter(|holds| **holds).count(), 1, "{file}");
    }
}
