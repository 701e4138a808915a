//! The gist of an event: what people look for first, in one line.
//!
//! In: the agent's event. Out: a text, the telling part first, for it may be cut. One table for Sysmon's events; of others the first
//! values of their data. Never here: what a terminal can show.

use super::normalise;
use crate::event::{Raw, Value, find, leaves};

/// Values of one event: what stands before each, and its name. What is not there is left out with what stands before it.
type Row = (u32, &'static [(&'static str, &'static str)]);

const TABLE: &[Row] = &[
    (1, &[("", "CommandLine")]),
    (2, &[("", "TargetFilename"), (" created ", "CreationUtcTime")]),
    (
        3,
        &[
            ("", "DestinationIp"),
            (":", "DestinationPort"),
            (" ", "Protocol"),
            (" ", "DestinationHostname"),
            (" by ", "Image"),
        ],
    ),
    (4, &[("", "State"), (" version ", "Version")]),
    (5, &[("", "Image")]),
    (6, &[("", "ImageLoaded"), (" ", "Signature"), (" ", "SignatureStatus")]),
    (7, &[("", "ImageLoaded"), (" by ", "Image")]),
    (8, &[("", "SourceImage"), (" -> ", "TargetImage"), (" at ", "StartFunction")]),
    (9, &[("", "Device"), (" by ", "Image")]),
    (10, &[("", "SourceImage"), (" -> ", "TargetImage"), (" ", "GrantedAccess")]),
    (11, &[("", "TargetFilename"), (" by ", "Image")]),
    (12, &[("", "EventType"), (" ", "TargetObject")]),
    (13, &[("", "TargetObject"), (" = ", "Details")]),
    (14, &[("", "TargetObject"), (" -> ", "NewName")]),
    (15, &[("", "TargetFilename"), (" ", "Contents")]),
    (16, &[("", "Configuration")]),
    (17, &[("", "PipeName"), (" by ", "Image")]),
    (18, &[("", "PipeName"), (" by ", "Image")]),
    (19, &[("", "Operation"), (" ", "Name"), (" ", "Query")]),
    (20, &[("", "Operation"), (" ", "Name"), (" ", "Destination")]),
    (21, &[("", "Operation"), (" ", "Consumer"), (" -> ", "Filter")]),
    (22, &[("", "QueryName"), (" -> ", "QueryResults")]),
    (23, &[("", "TargetFilename"), (" by ", "Image")]),
    (24, &[("", "Image"), (" ", "ClientInfo")]),
    (25, &[("", "Type"), (" ", "Image")]),
    (26, &[("", "TargetFilename"), (" by ", "Image")]),
    (27, &[("", "TargetFilename"), (" by ", "Image")]),
    (28, &[("", "TargetFilename"), (" by ", "Image")]),
    (29, &[("", "TargetFilename"), (" by ", "Image")]),
    (100, &[("", "BpfCommand"), (" ", "BpfProgramName"), (" by ", "Image")]),
    (255, &[("", "ID"), (": ", "Description")]),
];

/// Values of an event that the table does not have.
const FIRST: usize = 3;

/// The gist of an event; empty where there is nothing in it.
pub fn gist(event: &[(String, Value)]) -> String {
    let text = |path: &str| find(event, path).and_then(text);
    let sysmon = normalise::is_of_sysmon(event);
    let id = text("winlog.event_id").and_then(|id| id.parse().ok());
    let row = TABLE.iter().find(|(row, _)| sysmon && Some(*row) == id);
    let mut gist = String::new();
    for (before, name) in row.map_or(&[][..], |(_, values)| values) {
        if let Some(value) = text(&format!("winlog.event_data.{name}")) {
            if !gist.is_empty() {
                gist.push_str(before);
            }
            gist.push_str(&value);
        }
    }
    if gist.is_empty() { first(event) } else { gist }
}

/// The first values of the event's data; of what has none, of the whole.
fn first(event: &[(String, Value)]) -> String {
    let data = ["winlog.event_data", "winlog.user_data"].iter().find_map(|path| match find(event, path) {
        Some(Value::Map(data)) if !data.is_empty() => Some(data.as_slice()),
        Some(_) | None => None,
    });
    if data.is_none()
        && let Some(message) = find(event, "message").and_then(text)
    {
        return message;
    }
    let mut values = Vec::new();
    leaves(data.unwrap_or(event), &mut |path, raw| {
        if let Some(value) = scalar(raw) {
            values.push(format!("{path}={value}"));
        }
        if values.len() < FIRST { std::ops::ControlFlow::Continue(()) } else { std::ops::ControlFlow::Break(()) }
    });
    values.join(" ")
}

fn text(value: &Value) -> Option<String> {
    scalar(value.raw())
}

fn scalar(raw: Raw<'_>) -> Option<String> {
    match raw {
        Raw::Text(text) => Some(text.to_string()),
        Raw::Number(number) => Some(number.text()),
        Raw::Bool(value) => Some(value.to_string()),
        Raw::Absent | Raw::Null | Raw::Json(_) | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::events;
    use super::*;
    use crate::event::json;

    fn of(event: &str) -> String {
        let Ok(Value::Map(event)) = json::parse(event.as_bytes()) else { panic!("no map: {event}") };
        gist(&event)
    }

    fn sysmon(id: u32, data: &str) -> String {
        let provider = r#""provider_name":"Microsoft-Windows-Sysmon""#;
        of(&format!(r#"{{"winlog":{{{provider},"event_id":"{id}","event_data":{{{data}}}}}}}"#))
    }

    #[test]
    fn every_event_of_sysmon_has_a_row_of_its_own_fields() {
        let rows: Vec<u32> = TABLE.iter().map(|(id, _)| *id).collect();
        let mut ids: Vec<u32> = events::all().iter().map(|event| event.id).collect();
        ids.sort_unstable();
        assert_eq!(rows, ids);
        for (id, values) in TABLE {
            for (_, name) in *values {
                assert!(events::has_field(*id, name), "{id} {name}");
            }
        }
    }

    #[test]
    fn the_telling_part_first() {
        let connect = r#""Image":"C:\\a.exe","DestinationIp":"10.0.0.1","DestinationPort":"443""#;
        assert_eq!(sysmon(3, connect), r"10.0.0.1:443 by C:\a.exe");
        assert_eq!(sysmon(22, r#""QueryName":"a.example.org","Image":"x""#), "a.example.org");
        assert_eq!(sysmon(8, r#""TargetImage":"b""#), "b");
    }

    #[test]
    fn of_other_events_the_first_values() {
        assert_eq!(sysmon(1, r#""Image":"a","User":"b","Product":"c","Company":"d""#), "Image=a User=b Product=c");
        assert_eq!(sysmon(77, r#""param1":"x""#), "param1=x");
        let other = r#"{"message":"A logon","winlog":{"provider_name":"Other","event_id":"1"#;
        assert_eq!(of(&format!("{other}\",\"event_data\":{{\"CommandLine\":\"x\"}}}}}}")), "CommandLine=x");
        assert_eq!(of(&format!("{other}\"}}}}")), "A logon");
        assert_eq!(of(r#"{"a":{"b":[1,null,"x"]},"c":true}"#), "a.b=1 a.b=x c=true");
        assert_eq!(of("{}"), "");
    }
}
