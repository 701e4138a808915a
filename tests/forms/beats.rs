//! What Winlogbeat sends: version 8, 7.12, 6, and version 8 behind Elasticsearch's pipeline.

use serde_json::{Map, Value, json};

use crate::events::{EVENTS, Made};
use crate::lines;

/// As the agent cleans up a text of Windows.
fn cleaned(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end_matches('\n').to_string()
}

/// The event's data: what is empty is left out, what has no name is numbered.
fn event_data(made: &Made) -> Map<String, Value> {
    let mut data = Map::new();
    for (number, (name, value)) in (1..).zip(made.data) {
        let name = if name.is_empty() { format!("param{number}") } else { name.to_string() };
        let value = cleaned(&value.text());
        if !value.is_empty() {
            data.insert(name, value.into());
        }
    }
    data
}

/// The event as version 8 sends it.
pub fn agent(made: &Made) -> Value {
    let mut winlog = json!({
        "api": "wineventlog",
        "channel": made.channel,
        "computer_name": made.computer,
        "event_data": event_data(made),
        "event_id": made.id.to_string(),
        "provider_name": made.provider,
        "record_id": made.record,
    });
    let mut event = json!({
        "code": made.id.to_string(),
        "created": "2024-03-05T08:09:30.000Z",
        "kind": "event",
        "provider": made.provider,
    });
    if made.sid.is_some() {
        winlog["user"] = json!({
            "domain": "NT AUTHORITY", "identifier": made.sid, "name": "SYSTEM", "type": "Well Known Group",
        });
        winlog["provider_guid"] = format!("{{{}}}", made.guid.unwrap_or_default()).into();
        winlog["process"] = json!({ "pid": made.pid, "thread": { "id": made.tid } });
        winlog["opcode"] = "Info".into();
        winlog["task"] = made.task_name.into();
        winlog["version"] = made.version.into();
        event["action"] = made.task_name.into();
    } else {
        winlog["keywords"] = json!(["Classic"]);
    }
    json!({
        "@timestamp": made.time,
        "agent": { "name": "ws07", "type": "winlogbeat", "version": "8.17.0" },
        "ecs": { "version": "8.0.0" },
        "event": event,
        "host": { "name": made.computer },
        "log": { "level": "information" },
        "message": cleaned(&made.message()),
        "winlog": winlog,
    })
}

pub fn version_8() -> String {
    lines(agent)
}

/// Ids are numbers.
pub fn version_7_12() -> String {
    lines(|made| {
        let mut event = agent(made);
        event["agent"]["version"] = "7.12.1".into();
        event["event"]["code"] = made.id.into();
        event["winlog"]["event_id"] = made.id.into();
        event
    })
}

/// One hit of a search a line.
pub fn hits() -> String {
    lines(|made| json!({ "_index": "winlogbeat-8.17.0", "_id": made.record.to_string(), "_source": agent(made) }))
}

/// The answer to a search, laid out for people.
pub fn answer() -> String {
    let hits: Vec<Value> = EVENTS.iter().map(|made| json!({ "_id": "x", "_source": agent(made) })).collect();
    let answer = json!({ "took": 3, "timed_out": false, "hits": { "total": { "value": hits.len() }, "hits": hits } });
    serde_json::to_string_pretty(&answer).unwrap() + "\n"
}

pub fn version_6() -> String {
    lines(|made| {
        let mut event = json!({
            "@timestamp": made.time,
            "beat": { "hostname": "ws07", "name": "ws07", "version": "6.8.23" },
            "computer_name": made.computer,
            "event_data": event_data(made),
            "event_id": made.id,
            "host": { "name": "ws07" },
            "level": "Information",
            "log_name": made.channel,
            "message": cleaned(&made.message()),
            "record_number": made.record.to_string(),
            "source_name": made.provider,
            "type": "wineventlog",
        });
        if made.sid.is_some() {
            event["opcode"] = "Info".into();
            event["process_id"] = made.pid.into();
            event["provider_guid"] = format!("{{{}}}", made.guid.unwrap_or_default()).into();
            event["task"] = made.task_name.into();
            event["thread_id"] = made.tid.into();
            event["version"] = made.version.into();
            event["user"] = json!({
                "domain": "NT AUTHORITY", "identifier": made.sid, "name": "SYSTEM", "type": "Well Known Group",
            });
        } else {
            event["keywords"] = json!(["Classic"]);
        }
        event
    })
}

/// Behind Elasticsearch's pipeline: what Sysmon says stands in fields of the Elastic Common Schema.
pub fn pipeline() -> String {
    lines(pipeline_of)
}

fn pipeline_of(made: &Made) -> Value {
    let mut event = agent(made);
    if made.sid.is_none() {
        return event;
    }
    event["event"]["module"] = "sysmon".into();
    event["ecs"]["version"] = "8.17.0".into();
    event["winlog"]["record_id"] = made.record.to_string().into();
    let data = std::mem::take(&mut event["winlog"]["event_data"]);
    let mut left = Map::new();
    for (name, value) in data.as_object().unwrap() {
        let text = value.as_str().unwrap();
        if text == "-" {
            continue;
        }
        let number = || Value::from(text.parse::<i64>().unwrap());
        match (name.as_str(), made.id) {
            ("RuleName", _) => event["rule"]["name"] = value.clone(),
            ("UtcTime", _) => event["@timestamp"] = (text.replace(' ', "T") + "Z").into(),
            ("ProcessGuid" | "SourceProcessGuid" | "SourceProcessGUID", _) => {
                event["process"]["entity_id"] = value.clone();
            }
            ("ProcessId" | "SourceProcessId", _) => event["process"]["pid"] = number(),
            ("SourceThreadId", _) => event["process"]["thread"]["id"] = number(),
            ("Image" | "SourceImage", _) => {
                event["process"]["executable"] = value.clone();
                event["process"]["name"] = text.rsplit('\\').next().into();
            }
            ("CommandLine", _) => event["process"]["command_line"] = value.clone(),
            ("CurrentDirectory", _) => event["process"]["working_directory"] = value.clone(),
            ("ParentProcessGuid", _) => event["process"]["parent"]["entity_id"] = value.clone(),
            ("ParentProcessId", _) => event["process"]["parent"]["pid"] = number(),
            ("ParentImage", _) => event["process"]["parent"]["executable"] = value.clone(),
            ("ParentCommandLine", _) => event["process"]["parent"]["command_line"] = value.clone(),
            ("Hashes" | "Hash", id) => {
                let top = if id == 1 { "process" } else { "file" };
                for (algorithm, hash) in text.split(',').filter_map(|pair| pair.split_once('=')) {
                    event[top]["hash"][algorithm.to_lowercase()] = hash.to_lowercase().into();
                }
            }
            ("TargetFilename", _) => event["file"]["path"] = value.clone(),
            ("Protocol", _) => event["network"]["transport"] = value.clone(),
            ("Initiated", _) => {
                event["network"]["direction"] = if text == "true" { "egress" } else { "ingress" }.into();
            }
            ("SourceIp", _) => event["source"]["ip"] = value.clone(),
            ("SourcePort", _) => event["source"]["port"] = number(),
            ("DestinationIp", _) => event["destination"]["ip"] = value.clone(),
            ("DestinationPort", _) => event["destination"]["port"] = number(),
            ("DestinationHostname", _) => event["destination"]["domain"] = value.clone(),
            ("DestinationPortName", _) => event["network"]["protocol"] = value.clone(),
            ("SourceIsIpv6" | "DestinationIsIpv6", _) => {}
            ("QueryName", _) => event["dns"]["question"]["name"] = value.clone(),
            ("QueryStatus", _) => event["sysmon"]["dns"]["status"] = "SUCCESS".into(),
            ("QueryResults", _) => event["dns"]["resolved_ip"] = json!(["203.0.113.9"]),
            ("TargetObject", _) => event["registry"]["path"] = value.clone(),
            ("Details", _) => event["registry"]["data"] = json!({ "type": "DWORD", "strings": ["0x00000001"] }),
            ("User", _) => {
                let (domain, name) = text.split_once('\\').unwrap();
                event["user"] = json!({ "domain": domain, "name": name, "id": "S-1-5-18" });
            }
            ("ID", 255) => event["error"]["code"] = value.clone(),
            _ => _ = left.insert(name.clone(), value.clone()),
        }
    }
    event["winlog"]["event_data"] = left.into();
    event
}

/// Elastic Agent's, after the pipeline of its integration for Windows.
pub fn elastic_agent() -> String {
    lines(|made| {
        let mut event = pipeline_of(made);
        if event["event"]["module"].is_null() {
            return event;
        }
        event["event"]["module"] = "windows".into();
        event["event"]["dataset"] = "windows.sysmon_operational".into();
        event["event"]["category"] = json!(["process"]);
        event["data_stream"] =
            json!({ "dataset": "windows.sysmon_operational", "namespace": "default", "type": "logs" });
        // In one spelling for all events.
        let data = event["winlog"]["event_data"].as_object_mut().unwrap();
        if let Some(guid) = data.remove("TargetProcessGuid") {
            data.insert("TargetProcessGUID".to_string(), guid);
        }
        event
    })
}
