//! What other programs make of events.

use serde_json::{Map, Value, json};

use crate::events::{EVENTS, Made, V};
use crate::lines;
use crate::windows::xml_of;

fn braced(guid: &str) -> String {
    format!("{{{guid}}}")
}

/// One level of keys, all of them texts but the id.
pub fn flat() -> String {
    lines(|made| {
        let mut record = Map::new();
        for (number, (name, value)) in (1..).zip(made.data) {
            let name = if name.is_empty() { format!("param{number}") } else { name.to_string() };
            record.insert(name, value.text().into());
        }
        for (name, value) in [
            ("@timestamp", json!(made.time)),
            ("Channel", json!(made.channel)),
            ("EventID", json!(made.id)),
            ("Hostname", json!(made.computer)),
            ("Keywords", json!(format!("{:#x}", made.keywords))),
            ("Level", json!("4")),
            ("Message", json!(made.message())),
            ("SourceName", json!(made.provider)),
            ("Task", json!(made.task.to_string())),
            ("TimeCreated", json!(made.time)),
        ] {
            record.insert(name.to_string(), value);
        }
        if let Some(guid) = made.guid {
            record.insert("ProviderGuid".to_string(), braced(guid).into());
        }
        record.into()
    })
}

/// NXLog: its own names beside the event's, and before them where they are the same.
pub fn nxlog() -> String {
    lines(|made| {
        let mut record = Map::new();
        for (number, (name, value)) in (1..).zip(made.data) {
            let name = if name.is_empty() { format!("param{number}") } else { name.to_string() };
            if !value.text().is_empty() {
                record.insert(name, value.text().into());
            }
        }
        if made.id == 13 {
            record.insert("EventTypeOrignal".to_string(), "INFO".into());
            record.remove("EventType");
        }
        for (name, value) in [
            ("@timestamp", json!(made.time)),
            ("@version", json!("1")),
            ("Channel", json!(made.channel)),
            ("EventID", json!(made.id)),
            ("EventReceivedTime", json!("2024-03-05 09:09:30")),
            ("EventTime", json!("2024-03-05 09:09:10")),
            ("ExecutionProcessID", json!(made.pid)),
            ("Hostname", json!(made.computer)),
            ("Keywords", json!(made.keywords as i64)),
            ("Message", json!(made.message())),
            ("OpcodeValue", json!(0)),
            ("RecordNumber", json!(made.record)),
            ("Severity", json!("INFO")),
            ("SeverityValue", json!(2)),
            ("SourceModuleName", json!("eventlog")),
            ("SourceModuleType", json!("im_msvistalog")),
            ("SourceName", json!(made.provider)),
            ("Task", json!(made.task)),
            ("ThreadID", json!(made.tid)),
            ("Version", json!(made.version)),
        ] {
            record.insert(name.to_string(), value);
        }
        if made.sid.is_some() {
            for (name, value) in [
                ("AccountName", "SYSTEM"),
                ("AccountType", "Well Known Group"),
                ("Category", made.task_name),
                ("Domain", "NT AUTHORITY"),
                ("Opcode", "Info"),
                ("ProviderGuid", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
                ("UserID", made.sid.unwrap_or_default()),
            ] {
                record.insert(name.to_string(), value.into());
            }
        }
        record.into()
    })
}

fn named(made: &Made) -> Map<String, Value> {
    let mut data = Map::new();
    for (number, (name, value)) in (1..).zip(made.data) {
        let name = if name.is_empty() { format!("param{number}") } else { name.to_string() };
        data.insert(name, value.text().into());
    }
    data
}

/// Sentinel's table `WindowsEvent`: the data are JSON inside of a text.
pub fn sentinel() -> String {
    lines(|made| {
        json!({
            "TenantId": "t", "SourceSystem": "OpsManager", "TimeGenerated": made.time, "Provider": made.provider,
            "Channel": made.channel, "Computer": made.computer, "Task": made.task, "EventLevel": 4,
            "EventLevelName": "Information", "EventData": Value::Object(named(made)).to_string(), "EventID": made.id,
            "EventOriginId": "o", "ManagementGroupName": "m", "Type": "WindowsEvent", "_ResourceId": "/r",
        })
    })
}

/// Sentinel's table `Event`: the data are XML inside of a text.
pub fn sentinel_event() -> String {
    lines(|made| {
        let xml = xml_of(made, false);
        let (_, data) = xml.split_once("<EventData>").unwrap();
        let (data, _) = data.split_once("</EventData>").unwrap();
        let data = format!(
            "<DataItem type=\"System.XmlData\" time=\"2024-03-05T08:09:30.0Z\" sourceHealthServiceId=\"h\">\
             <EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">{data}</EventData></DataItem>"
        );
        json!({
            "TenantId": "t", "SourceSystem": "OpsManager", "TimeGenerated": made.time, "Source": made.provider,
            "EventLog": made.channel, "Computer": made.computer, "EventLevel": 4, "EventLevelName": "Information",
            "ParameterXml": "<Param>x</Param>", "EventData": data, "EventID": made.id,
            "RenderedDescription": made.message(), "UserName": "NT AUTHORITY\\SYSTEM", "Type": "Event",
        })
    })
}

/// The cells of EvtxECmd, by their headers.
fn evtx_ecmd_of(made: &Made) -> Vec<(&'static str, Value)> {
    let mut data = Vec::new();
    for (name, value) in made.data {
        let mut element = Map::new();
        if !name.is_empty() {
            element.insert("@Name".to_string(), (*name).into());
        }
        // An empty value has no text.
        if !value.text().is_empty() {
            element.insert("#text".to_string(), value.text().into());
        }
        data.push(if name.is_empty() { value.text().into() } else { Value::Object(element) });
    }
    let data = if made.sid.is_some() { Value::Array(data) } else { json!("winlogbeat, , running") };
    let payload = json!({ "EventData": { "Data": data } }).to_string();
    vec![
        ("RecordNumber", json!(made.record)),
        ("EventRecordId", json!(made.record.to_string())),
        ("TimeCreated", json!(format!("{}0000+00:00", made.time.trim_end_matches('Z')))),
        ("EventId", json!(made.id)),
        ("Level", json!("Info")),
        ("Provider", json!(made.provider)),
        ("Channel", json!(made.channel)),
        ("ProcessId", json!(made.pid)),
        ("ThreadId", json!(made.tid)),
        ("Computer", json!(made.computer)),
        ("ChunkNumber", json!(0)),
        ("UserId", json!(made.sid.unwrap_or_default())),
        ("MapDescription", json!(made.title)),
        ("UserName", json!("")),
        ("RemoteHost", json!("")),
        ("PayloadData1", json!("ProcessID: 1, made for people")),
        ("Keywords", json!(if made.sid.is_some() { "0x8000000000000000" } else { "Classic" })),
        ("SourceFile", json!("C:\\logs\\Sysmon.evtx")),
        ("Payload", json!(payload)),
    ]
}

pub fn evtx_ecmd() -> String {
    lines(|made| {
        let record: Map<String, Value> =
            evtx_ecmd_of(made).into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        record.into()
    })
}

pub fn evtx_ecmd_csv() -> String {
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_string()
        }
    };
    let row = |cells: Vec<String>| cells.join(",") + "\r\n";
    let header = row(evtx_ecmd_of(&EVENTS[0]).iter().map(|(name, _)| name.to_string()).collect());
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let rows: String = EVENTS
        .iter()
        .map(|made| row(evtx_ecmd_of(made).iter().map(|(_, value)| quoted(&plain(value))).collect()))
        .collect();
    format!("\u{feff}{header}{rows}")
}

/// Wazuh: names begin with a small letter, the escapes of JSON and XML are left in, `-` is left out, blanks at the end are gone.
pub fn wazuh() -> String {
    lines(|made| {
        let mut data = Map::new();
        let mut unnamed = Vec::new();
        for (name, value) in made.data {
            let value = value.text();
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let quoted = Value::from(escaped).to_string();
            let value = quoted[1..quoted.len() - 1].trim_end();
            if value.is_empty() || value == "-" {
                continue;
            }
            if name.is_empty() {
                unnamed.push(value.to_string());
                continue;
            }
            let mut letters = name.chars();
            let first = letters.next().unwrap().to_ascii_lowercase();
            data.insert(format!("{first}{}", letters.as_str()), value.into());
        }
        if !unnamed.is_empty() {
            data.insert("data".to_string(), unnamed.join(", ").into());
        }
        let mut system = json!({
            "providerName": made.provider, "eventID": made.id.to_string(), "version": made.version.to_string(),
            "level": "4", "task": made.task.to_string(), "opcode": "0", "keywords": format!("{:#x}", made.keywords),
            "systemTime": made.time.replace('Z', "0000Z"), "eventRecordID": made.record.to_string(),
            "processID": made.pid.to_string(), "threadID": made.tid.to_string(), "channel": made.channel,
            "computer": made.computer, "severityValue": "INFORMATION", "message": format!("\"{}\"", made.message()),
        });
        if let Some(guid) = made.guid {
            system["providerGuid"] = braced(guid).into();
        }
        json!({
            "timestamp": "2024-03-05T08:09:31.000+0000", "rule": { "level": 3, "id": "61603" },
            "agent": { "id": "007", "name": "ws07" }, "decoder": { "name": "windows_eventchannel" },
            "data": { "win": { "system": system, "eventdata": data } }, "location": "EventChannel",
        })
    })
}

/// `Get-WinEvent | ConvertTo-Json -Depth 3`, in the array that PowerShell makes of several.
pub fn powershell() -> String {
    let value = |value: V| match value {
        V::Text(text) => json!(text),
        V::Number(number) => json!(number),
        V::Truth(truth) => json!(truth),
        V::Guid(guid) => json!(guid.to_lowercase()),
        V::Hex(number) => json!(number),
    };
    let record = |made: &Made| {
        let time: jiff::Timestamp = made.time.parse().unwrap();
        let properties: Vec<Value> = made.data.iter().map(|(_, v)| json!({ "Value": value(*v) })).collect();
        json!({
            "Id": made.id, "Version": made.version, "Qualifiers": null, "Level": 4, "Task": made.task, "Opcode": 0,
            "Keywords": made.keywords as i64, "RecordId": made.record, "ProviderName": made.provider,
            "ProviderId": made.guid.map(str::to_lowercase), "LogName": made.channel, "ProcessId": made.pid,
            "ThreadId": made.tid, "MachineName": made.computer,
            "UserId": made.sid.map(|sid| json!({ "BinaryLength": 12, "AccountDomainSid": null, "Value": sid })),
            "TimeCreated": format!("/Date({})/", time.as_millisecond()), "ActivityId": null,
            "RelatedActivityId": null, "MatchedQueryIds": [], "Bookmark": {}, "LevelDisplayName": "Information",
            "OpcodeDisplayName": made.sid.map(|_| "Info"), "TaskDisplayName": made.task_name,
            "KeywordsDisplayNames": if made.sid.is_none() { vec!["Classic"] } else { vec![] },
            "Properties": properties, "Message": made.message(),
        })
    };
    let all: Vec<Value> = EVENTS.iter().map(record).collect();
    serde_json::to_string_pretty(&all).unwrap() + "\r\n"
}

/// As the log manager stores them: names behind `msg`, in small letters; numbers once more, as such.
pub fn log_manager() -> String {
    lines(|made| {
        let mut msg = json!({
            "eventid": made.id.to_string(), "eventid@int": { "value": made.id }, "channel": made.channel,
        });
        if made.sid.is_none() {
            msg["provider_name"] = made.provider.into();
        }
        for (name, value) in named(made) {
            let name = match name.as_str() {
                "User" => "username".to_string(),
                "SourceUser" => "sourceusername".to_string(),
                "TargetUser" => "targetusername".to_string(),
                _ => name.to_lowercase(),
            };
            if !value.as_str().unwrap_or_default().is_empty() {
                msg[name] = value;
            }
        }
        json!({
            "@timestamp": made.time.replace('Z', "+00:00"),
            "meta": { "src": { "host": made.computer }, "parser": if made.sid.is_some() { "sysmon" } else { "windows" } },
            "msg": msg,
            "raw": made.title,
        })
    })
}
