//! A made-up alert in which everything is there: for previews without an event, and for trying templates.
//!
//! In: nothing, or a rule that it is to be of. Out: an [`Alert`] of an event of process access. Never here: anything that is somebody's.

use serde_json::{Map, Value as Json, json};

use super::data::{
    Alert, Decision, Event, Hash, Place, Related, Rule, Send, Suppressed, Tagged, Technique, Threshold, hunt_for,
    techniques,
};
use crate::bytecode::{Instr, Module};

impl Alert {
    /// The made-up event under a rule. All that is the rule's is as the rule says it, what it does not say is not there, and numbers are only
    /// where it counts.
    pub fn sample_of(module: &Module, rule: u32) -> Option<Alert> {
        let code = module.rules.get(rule as usize)?;
        let sample = Alert::sample();
        let send = module.sends_of(rule).first().and_then(|send| module.sends.get(*send as usize).cloned());
        let instructions = module.code.get(code.start as usize..code.end as usize).unwrap_or_default();
        let context = instructions.iter().find_map(|instruction| match instruction {
            Instr::When { context, .. } => module.contexts.get(*context as usize),
            _ => None,
        });
        let own = techniques(&Map::new(), &code.techniques);
        let own = own.into_iter().filter(|own| sample.techniques.iter().all(|of_event| of_event.id != own.id));
        Some(Alert {
            rule: Rule::of(code),
            send: send.map_or_else(Send::default, |send| Send::of(&send)),
            techniques: sample.techniques.iter().cloned().chain(own).collect(),
            threshold: context.zip(sample.threshold).map(|(context, times)| times.under(context)),
            related: if context.is_some() { sample.related } else { Vec::new() },
            // What was kept quiet is told of in a message of its own.
            suppressed: None,
            ..sample
        })
    }

    /// A made-up alert in which everything is there.
    pub fn sample() -> Alert {
        let some = |text: &str| Some(text.to_string());
        let object = |value: Json| match value {
            Json::Object(members) => members,
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => Map::new(),
        };
        let (time, host, guid) =
            ("2024-01-31T10:00:00.123Z", "ws01.example.org", "{747F3D96-68DB-5E76-0000-0010B6A50000}");
        let (image, hash) =
            (r"C:\Users\Public\tool.exe", "E1A8BC8B20B82A9FFDC010823A6DAC56C7CCDE8DC3670EE0779A2AFDFC8B95E1");
        Alert {
            timestamp: some(time),
            host: some(host),
            action: some("Process accessed"),
            event: Event { name: some("sysmon.process_access"), id: some("10"), timestamp: some(time) },
            rule: Rule {
                name: "Sample: credential access".to_string(),
                id: some("a-0001"),
                severity: some("high"),
                reason: some("Somebody reads the memory of a process that holds credentials"),
                techniques: vec!["T1003".to_string()],
                place: "alerts/sample.rule:1:1".to_string(),
            },
            send: Send { via: "mail".to_string(), template: some("sample"), to: vec!["soc@example.org".to_string()] },
            decision: Decision {
                tags: vec!["suspicious".to_string()],
                agent_tags: Vec::new(),
                group: some("suspicious"),
                tagged: vec![Tagged {
                    tag: "suspicious".to_string(),
                    rule: "Sample: suspicious".to_string(),
                    kind: "classify".to_string(),
                    reason: some("What an intruder does"),
                    because: vec!["msg.rulename contains 'Credential Dumping'".to_string()],
                }],
            },
            techniques: vec![Technique {
                id: "T1003.001".to_string(),
                name: some("LSASS Memory"),
                url: "https://attack.mitre.org/techniques/T1003/001/".to_string(),
                from: "event".to_string(),
            }],
            hashes: vec![Hash {
                kind: "SHA256".to_string(),
                value: hash.to_string(),
                url: Some(format!("https://www.virustotal.com/gui/file/{}", hash.to_ascii_lowercase())),
            }],
            file: some(image),
            threshold: Some(Threshold {
                count: 12,
                distinct: Some(3),
                values: ["eva", "igor", "jana"].map(String::from).to_vec(),
                first: some("2024-01-31T09:58:00.000Z"),
                last: some(time),
                window: some("10 minutes"),
                key: object(json!({ "winlog.computer_name": host })),
            }),
            related: vec![Related {
                time: some("2024-01-31T09:59:58.000Z"),
                host: some(host),
                event_id: some("1"),
                record_id: some("4710"),
            }],
            suppressed: Some(Suppressed {
                count: 7,
                first: some("2024-01-31T09:30:00.000Z"),
                last: some(time),
                key: object(json!({ "Computer": host })),
            }),
            hunt: Some(hunt_for(guid, "Sysmon.evtx")),
            place: Place { file: "Sysmon.evtx".to_string(), record: 4711 },
            msg: object(json!({
                "eventid": "10", "action": "Process accessed",
                "rulename": "technique_id=T1003.001,technique_name=LSASS Memory",
                "technique": "T1003.001", "technique_name": "LSASS Memory",
                "sourceprocessguid": guid, "sourceprocessid": "4242", "sourceimage": image,
                "targetimage": r"C:\Windows\System32\lsass.exe", "sourceusername": r"EXAMPLE\eva",
                "grantedaccess": "0x1410", "calltrace": r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4",
                "commandline": r"tool.exe -dump", "image": image, "group": "suspicious", "dataset": "sysmon",
            })),
            meta: object(json!({
                "timestamp": time, "tags": ["suspicious"], "parser": "sysmon", "plugin": "beats", "src": { "host": host },
            })),
            raw: some("{}"),
        }
    }
}
