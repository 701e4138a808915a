//! Windows' own XML, and the JSON that programs make of it.

use serde_json::{Map, Value, json};

use crate::events::{EVENTS, Made, V};
use crate::lines;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn attribute(text: &str) -> String {
    escaped(text).replace('\'', "&apos;")
}

/// The time as Windows writes it: seven digits of a second.
fn windows_time(made: &Made) -> String {
    made.time.replace('Z', "0000Z")
}

/// An event as Windows writes it, on one line but for the ends of lines that its values have.
pub fn xml_of(made: &Made, rendered: bool) -> String {
    xml_with(made, rendered, V::text)
}

/// The same, with another way to write values.
fn xml_with(made: &Made, rendered: bool, text: fn(V) -> String) -> String {
    let guid = made.guid.map(|guid| format!(" Guid='{}'", text(V::Guid(guid)))).unwrap_or_default();
    let sid = made.sid.map(|sid| format!(" UserID='{sid}'")).unwrap_or_default();
    let data: String = made
        .data
        .iter()
        .map(|(name, value)| {
            let name = if name.is_empty() { String::new() } else { format!(" Name='{}'", attribute(name)) };
            format!("<Data{name}>{}</Data>", escaped(&text(*value)))
        })
        .collect();
    let mut xml = format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{}'{guid}/>\
         <EventID>{}</EventID><Version>{}</Version><Level>4</Level><Task>{}</Task><Opcode>0</Opcode>\
         <Keywords>{:#x}</Keywords><TimeCreated SystemTime='{}'/><EventRecordID>{}</EventRecordID><Correlation/>\
         <Execution ProcessID='{}' ThreadID='{}'/><Channel>{}</Channel><Computer>{}</Computer><Security{sid}/></System>\
         <EventData>{data}</EventData>",
        made.provider,
        made.id,
        made.version,
        made.task,
        made.keywords,
        windows_time(made),
        made.record,
        made.pid,
        made.tid,
        made.channel,
        made.computer,
    );
    if rendered {
        let keywords = if made.sid.is_none() { "<Keyword>Classic</Keyword>" } else { "" };
        xml.push_str(&format!(
            "<RenderingInfo Culture='en-US'><Message>{}</Message><Level>Information</Level><Task>{}</Task>\
             <Opcode>{}</Opcode><Channel>{}</Channel><Provider>{}</Provider><Keywords>{keywords}</Keywords>\
             </RenderingInfo>",
            escaped(&made.message()),
            made.task_name,
            if made.sid.is_some() { "Info" } else { "" },
            made.channel,
            made.provider,
        ));
    }
    xml + "</Event>"
}

/// `wevtutil qe /f:xml`: one event after the other.
pub fn xml() -> String {
    EVENTS.iter().map(|made| xml_of(made, false) + "\r\n").collect()
}

/// `wevtutil qe /f:RenderedXml /e:Events`.
pub fn rendered_xml() -> String {
    let events: String = EVENTS.iter().map(|made| xml_of(made, true)).collect();
    format!("<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n<Events>{events}</Events>\r\n")
}

/// Elements with the prefix of their namespace.
pub fn prefixed_xml() -> String {
    let prefixed = xml().replace("</", "</ev:").replace('<', "<ev:").replace("<ev:/ev:", "</ev:");
    prefixed.replace(" xmlns=", " xmlns:ev=")
}

/// `evtx_dump`: laid out for people, with a line before each record.
pub fn evtx_dump_xml() -> String {
    let record = |(number, made): (usize, &Made)| {
        let bare = |value| if let V::Guid(guid) = value { guid.to_string() } else { value.text() };
        let xml = xml_with(made, false, bare).replace("><", ">\n  <").replace(">\n  </Data>", "></Data>");
        format!("Record {number}\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{xml}\n")
    };
    (1..).zip(&EVENTS).map(record).collect()
}

/// Sysmon's way into syslog: one line, its own ends of lines written as references.
pub fn syslog() -> String {
    let line = |made: &Made| {
        let xml = xml_of(made, false).replace("\r\n", "&#13;&#10;");
        format!("<14>Mar  5 08:09:10 ws07 sysmon: {xml}\n")
    };
    EVENTS.iter().map(line).collect()
}

/// Events of Linux that a forwarder put into JSON.
pub fn syslog_json() -> String {
    lines(
        |made| json!({ "TimeGenerated": "2024-03-05T08:10:00Z", "SyslogMessage": xml_of(made, false), "HostName": "ws07" }),
    )
}

fn typed(value: V) -> Value {
    match value {
        V::Text("") => Value::Null,
        V::Text(text) => text.into(),
        V::Number(number) => number.into(),
        V::Truth(truth) => truth.into(),
        V::Guid(guid) => guid.into(),
        V::Hex(number) => format!("{number:#x}").into(),
    }
}

/// `evtx_dump`: attributes under `#attributes`, values with their types.
pub fn evtx_dump_of(made: &Made) -> Value {
    let mut data = Map::new();
    for (name, value) in made.data.iter().filter(|(name, _)| !name.is_empty()) {
        data.insert(name.to_string(), typed(*value));
    }
    let unnamed: Vec<Value> =
        made.data.iter().filter(|(name, _)| name.is_empty()).map(|(_, v)| v.text().into()).collect();
    if !unnamed.is_empty() {
        data.insert("Data".to_string(), json!({ "#text": unnamed }));
    }
    let mut provider = json!({ "Name": made.provider });
    if let Some(guid) = made.guid {
        provider["Guid"] = guid.into();
    }
    let security = made.sid.map(|sid| json!({ "#attributes": { "UserID": sid } }));
    let id = if made.sid.is_some() {
        json!(made.id)
    } else {
        json!({ "#attributes": { "Qualifiers": 0 }, "#text": made.id })
    };
    json!({ "Event": {
        "#attributes": { "xmlns": "http://schemas.microsoft.com/win/2004/08/events/event" },
        "System": {
            "Provider": { "#attributes": provider },
            "EventID": id,
            "Version": made.version,
            "Level": 4,
            "Task": made.task,
            "Opcode": 0,
            "Keywords": format!("{:#x}", made.keywords),
            "TimeCreated": { "#attributes": { "SystemTime": made.time.replace('Z', "000Z") } },
            "EventRecordID": made.record,
            "Correlation": null,
            "Execution": { "#attributes": { "ProcessID": made.pid, "ThreadID": made.tid } },
            "Channel": made.channel,
            "Computer": made.computer,
            "Security": security,
        },
        "EventData": data,
    } })
}

/// `evtx_dump -o jsonl`.
pub fn evtx_dump() -> String {
    lines(evtx_dump_of)
}

/// `evtx_dump -o json`: laid out for people, with a line before each record.
pub fn evtx_dump_pretty() -> String {
    let record = |(number, made): (usize, &Made)| {
        format!("Record {number}\n{}\n", serde_json::to_string_pretty(&evtx_dump_of(made)).unwrap())
    };
    (1..).zip(&EVENTS).map(record).collect()
}

/// The same nesting, all of it texts and without `#attributes`.
pub fn all_texts() -> String {
    lines(|made| {
        let mut data = Map::new();
        for (number, (name, value)) in (1..).zip(made.data) {
            let name = if name.is_empty() { format!("param{number}") } else { name.to_string() };
            data.insert(name, value.text().into());
        }
        json!({ "Event": {
            "EventData": data,
            "System": {
                "Channel": made.channel, "Computer": made.computer, "Correlation": {},
                "EventID": made.id.to_string(), "EventRecordID": made.record.to_string(),
                "Execution": { "ProcessID": made.pid.to_string(), "ThreadID": made.tid.to_string() },
                "Keywords": format!("{:#x}", made.keywords), "Level": "4", "Opcode": "0",
                "Provider": { "Guid": made.guid.map(|guid| format!("{{{guid}}}")), "Name": made.provider },
                "Security": { "UserID": made.sid }, "Task": made.task.to_string(),
                "TimeCreated": { "SystemTime": windows_time(made) }, "Version": made.version.to_string(),
            },
        } })
    })
}

/// Velociraptor's `parse_evtx`: times are seconds, ids are wrapped up.
pub fn velociraptor() -> String {
    lines(|made| {
        let time: jiff::Timestamp = made.time.parse().unwrap();
        let seconds = time.as_millisecond() as f64 / 1000.0;
        let mut data = Map::new();
        for (name, value) in made.data.iter().filter(|(name, _)| !name.is_empty()) {
            // It has numbers for what Windows writes in hexadecimal.
            let value = if let V::Hex(number) = value { (*number).into() } else { typed(*value) };
            data.insert(name.to_string(), value);
        }
        let unnamed: Vec<Value> =
            made.data.iter().filter(|(name, _)| name.is_empty()).map(|(_, v)| v.text().into()).collect();
        if !unnamed.is_empty() {
            data.insert("Data".to_string(), unnamed.into());
        }
        json!({
            "System": {
                "Provider": { "Name": made.provider, "Guid": made.guid },
                "EventID": { "Value": made.id },
                "Version": made.version, "Level": 4, "Task": made.task, "Opcode": 0,
                "Keywords": made.keywords,
                "TimeCreated": { "SystemTime": seconds },
                "EventRecordID": made.record,
                "Correlation": {},
                "Execution": { "ProcessID": made.pid, "ThreadID": made.tid },
                "Channel": made.channel, "Computer": made.computer,
                "Security": { "UserID": made.sid },
            },
            "EventData": data,
            "Message": made.message(),
        })
    })
}
