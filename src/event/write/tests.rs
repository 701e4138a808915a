//! What is written, and what it gives when it is read again.

use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::event::read::{Damaged, EventReader, Sink};

/// How an event is written, and in which form it then is.
type Writer = fn(&Record<'_>) -> Result<String, Damage>;

/// Reads events and writes each again.
struct Again {
    writer: Writer,
    lines: Vec<String>,
    forms: Vec<Form>,
}

impl Sink for Again {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.forms.push(record.form);
        self.lines.push((self.writer)(&record).unwrap());
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        panic!("{damaged}");
    }
}

fn again(input: &str, writer: Writer) -> (Vec<String>, Vec<Form>) {
    let mut sink = Again { writer, lines: Vec::new(), forms: Vec::new() };
    let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
    reader.read(&"test".into(), &mut input.as_bytes(), &mut sink).unwrap();
    (sink.lines, sink.forms)
}

/// The one event of an input, written.
fn written(input: &str, writer: Writer) -> String {
    let (lines, _) = again(input, writer);
    assert_eq!(lines.len(), 1, "{input}");
    assert!(!lines[0].contains(['\n', '\r']), "{lines:?}");
    assert!(serde_json::from_str::<serde_json::Value>(&lines[0]).is_ok(), "{lines:?}");
    lines[0].clone()
}

#[test]
fn json_as_it_stands_on_one_line() {
    let table = [
        // Line breaks and what indents the next line go; other blanks stay, and so does every text.
        ("{\r\n  \"a\": \"x  \\n\",\r\n\t\"b\" : [1,\n 2]\n}", r#"{"a": "x  \n","b" : [1,2]}"#),
        // Numbers stay as they are written.
        (r#"{"n":18446744073709551616,"f":1.10}"#, r#"{"n":18446744073709551616,"f":1.10}"#),
        // Unpaired surrogates are no characters; pairs are.
        (r#"{"s":"\ud800x\uDFFF\\ud800\ud83d\ude00\u0007"}"#, r#"{"s":"\ufffdx\ufffd\\ud800\ud83d\ude00\u0007"}"#),
        // A key that comes again, at any depth.
        (r#"{"a":1,"b":{"c":"x","c":"y"},"a":[2,3]}"#, r#"{"a":[1,2,3],"b":{"c":["x","y"]}}"#),
        // An escaped quote ends nothing.
        ("{\"a\":\"\\\"\\\\\",\n\"b\":2}", r#"{"a":"\"\\","b":2}"#),
    ];
    for (text, line) in table {
        assert_eq!(one_line(text.as_bytes()).unwrap(), line);
        assert_eq!(written(text, as_it_stands), line);
    }
}

#[test]
fn what_is_no_json_inside_is_damage() {
    for text in [r#"{"a":tru}"#, r#"{"a":"\q"}"#, "{\"a\":\"\u{7}\"}", r#"{"a":1"#] {
        assert!(one_line(text.as_bytes()).is_err(), "{text}");
    }
    assert!(one_line(b"{\"a\":\"\xff\"}").is_err());
}

const XML: &str = r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Sysmon" Guid="{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"/><EventID>1</EventID><Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime="2024-01-31T10:00:00.1234567Z"/><EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID="12" ThreadID="34"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws01.example.org</Computer><Security UserID="S-1-5-18"/></System><EventData><Data Name="Image">C:\a.exe</Data><Data Name="A">1</Data><Data Name="A">2</Data><Data Name="Empty"></Data><Data Name="Data">d</Data><Data Name="@x">e</Data><Data>f&#7;</Data></EventData></Event>"#;

#[test]
fn event_xml_as_evtx_dump_writes_it() {
    insta::assert_snapshot!(written(XML, as_it_stands));
    insta::assert_snapshot!(written(XML, flattened));
    insta::assert_snapshot!(written(XML, agents));
}

#[test]
fn user_data_and_rendered_texts_have_their_places() {
    let event = XML.split("<EventData>").next().unwrap();
    let event = format!(
        "{event}<UserData><LogFileCleared xmlns='x'><SubjectUserName>eva</SubjectUserName></LogFileCleared></UserData>\
         <RenderingInfo><Message>cleared</Message><Level>Information</Level><Task>Log clear</Task><Opcode>Info</Opcode>\
         <Keywords><Keyword>Audit Success</Keyword></Keywords></RenderingInfo></Event>"
    );
    insta::assert_snapshot!(written(&event, as_it_stands));
    insta::assert_snapshot!(written(&event, flattened));
    assert_eq!(written(&written(&event, as_it_stands), agents), written(&event, agents));
    assert_eq!(written(&written(&event, flattened), agents), written(&event, agents));
}

#[test]
fn a_row_of_csv_is_written_in_one_level_of_keys() {
    let csv = "EventID,Channel,Image\n1,Sysmon,C:\\a.exe\n";
    assert_eq!(written(csv, as_it_stands), r#"{"EventID":1,"Channel":"Sysmon","Image":"C:\\a.exe"}"#);
    // Nothing says whose events these are: the cells stay what they are.
    let unknown = "EventID,event,Image\n1,x,C:\\a.exe\n";
    let line = r#"{"EventID":"1","event":"x","Image":"C:\\a.exe"}"#;
    for writer in [as_it_stands as Writer, flattened, agents] {
        assert_eq!(written(unknown, writer), line);
    }
}

#[test]
fn json_of_an_unknown_form_stays_as_it_stands_in_every_form() {
    let unknown = r#"{"a": {"b":1}}"#;
    assert_eq!((written(unknown, flattened), written(unknown, as_it_stands)), (unknown.into(), unknown.into()));
    assert_eq!(written(unknown, agents), r#"{"a":{"b":1}}"#);
}

/// Names that are the header's, the collector's, or a mark of another form; all of them can be names of data.
const NAMES: &[&str] = &[
    "Image",
    "UtcTime",
    "EventType",
    "Version",
    "Payload",
    "msg",
    "winlog",
    "Event",
    "System",
    "EventData",
    "Channel",
    "EventID",
    "Level",
    "Task",
    "Message",
    "message",
    "UserID",
    "ProcessID",
    "host",
    "SeverityValue",
    "Domain",
    "hits",
    "_source",
    "result",
    "data",
    "param1",
    "a.b",
    "EventData.x",
    "UserData.x",
    "UserData.xml_name",
    "ä \"\\",
];

/// Texts as the agent sends them: neither empty nor ending in a line feed.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("INFO".to_string()),
        Just("-".to_string()),
        Just("12".to_string()),
        Just("2024-01-31 10:00:00.000".to_string()),
        "[ -~]{1,12}",
        "(\\PC|[\u{1}-\u{9}\u{b}\u{1f}]){1,6}",
    ]
}

/// Paths that a flat record can hold, with values as the agent sends them.
fn header() -> impl Strategy<Value = Vec<(&'static str, serde_json::Value)>> {
    let text = |path: &'static str| value().prop_map(move |text| (path, text.into()));
    let fixed = |path: &'static str, values: &'static [&'static str]| {
        prop::sample::select(values).prop_map(move |value| (path, value.into()))
    };
    let number = |path: &'static str| (1..99_u32).prop_map(move |number| (path, number.into()));
    let words = |path: &'static str| fixed(path, &["Info", "Process Create (rule: ProcessCreate)", "<&>"]);
    let some = (
        prop::option::of(fixed("provider_name", &["Microsoft-Windows-Sysmon", "Other"])),
        prop::option::of(fixed("provider_guid", &["{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"])),
        prop::option::of(fixed("event_id", &["1", "4", "13", "007", "x"])),
        prop::option::of(text("channel")),
        prop::option::of(text("computer_name")),
        prop::option::of(prop_oneof![number("record_id"), number("version")]),
        prop::option::of(prop_oneof![words("task"), words("opcode")]),
        prop::option::of(fixed("activity_id", &["{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"])),
    );
    some.prop_map(|(a, b, c, d, e, f, g, h)| [a, b, c, d, e, f, g, h].into_iter().flatten().collect())
}

fn event() -> impl Strategy<Value = serde_json::Value> {
    let data = || prop::collection::vec((prop::sample::select(NAMES), value()), 0..6);
    let user = prop::option::of(data());
    let rest = (
        any::<bool>(),
        prop::option::of(prop::collection::vec("[ -~]{1,9}", 0..3)),
        prop::option::of(prop::sample::select(&["information", "warning", "sonstiges"][..])),
        prop::option::of(value()),
    );
    (header(), data(), user, rest).prop_map(|(header, data, user, (timed, keywords, level, message))| {
        let map = |members: Vec<(&str, String)>| -> serde_json::Value {
            members.into_iter().map(|(name, value)| (name.to_string(), serde_json::Value::from(value))).collect()
        };
        let mut winlog: serde_json::Map<String, serde_json::Value> =
            header.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        if !data.is_empty() {
            winlog.insert("event_data".to_string(), map(data));
        }
        if let Some(mut user) = user.filter(|user| user.iter().any(|(name, _)| *name != "xml_name")) {
            user.push(("xml_name", "Element".to_string()));
            winlog.insert("user_data".to_string(), map(user));
        }
        if let Some(keywords) = keywords {
            winlog.insert("keywords".to_string(), keywords.into());
        }
        winlog.insert("process".to_string(), serde_json::json!({"pid": 1, "thread": {"id": 2}}));
        winlog.insert("user".to_string(), serde_json::json!({"identifier": "S-1-5-18"}));
        let mut event = serde_json::json!({ "winlog": winlog });
        if timed {
            event["@timestamp"] = "2024-01-31T10:00:00.123Z".into();
        }
        if let Some(level) = level {
            event["log"] = serde_json::json!({ "level": level });
        }
        if let Some(message) = message {
            event["message"] = message.into();
        }
        event
    })
}

#[test]
fn a_time_in_one_level_of_keys_is_a_time_and_sysmons_own_does_not_take_its_place() {
    for (time, read) in [
        ("2024-01-31T10:00:00.123Z", Some("2024-01-31T10:00:00.123Z")),
        // The agent would not write these, but they are read as rules read them.
        ("2024-01-31T10:00:00", Some("2024-01-31T10:00:00.000Z")),
        ("yesterday", None),
    ] {
        let event = format!(
            r#"{{"@timestamp":"{time}","winlog":{{"event_id":"1","channel":"C","event_data":{{"UtcTime":"2020-01-01 00:00:00.000"}}}}}}"#
        );
        let flat = written(&event, flattened);
        assert_eq!(flat.contains("TimeCreated"), read.is_some(), "{flat}");
        let (back, _) = again(&flat, agents);
        let back: serde_json::Value = serde_json::from_str(&back[0]).unwrap();
        assert_eq!(back["@timestamp"].as_str(), read, "{flat}");
        assert_eq!(back["winlog"]["event_data"]["UtcTime"], "2020-01-01 00:00:00.000", "{flat}");
    }
}

/// What a flat record holds of an event: all but what it says again and what the reader makes of that.
fn held(mut event: serde_json::Value) -> serde_json::Value {
    if let Some(event) = event.as_object_mut() {
        event.retain(|key, _| key != "event" && key != "host");
    }
    event
}

proptest! {
    #[test]
    fn an_event_of_the_agent_comes_back_from_one_level_of_keys(event in event()) {
        let flat = written(&event.to_string(), flattened);
        let (back, forms) = again(&flat, agents);
        prop_assert_eq!(&forms, &[Form::Flat], "{}", flat);
        let back: serde_json::Value = serde_json::from_str(&back[0]).unwrap();
        prop_assert_eq!(held(back), held(event), "{}", flat);
    }

    #[test]
    fn and_unchanged_from_its_own_form(event in event()) {
        let (back, forms) = again(&written(&event.to_string(), agents), agents);
        prop_assert_eq!(&forms, &[Form::Winlogbeat]);
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&back[0]).unwrap(), event);
    }

    #[test]
    fn json_laid_out_for_people_says_the_same_on_one_line(event in event()) {
        let laid_out = serde_json::to_string_pretty(&event).unwrap();
        let line = one_line(laid_out.as_bytes()).unwrap();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), event);
    }
}
