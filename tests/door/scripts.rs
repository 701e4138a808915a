//! What a page asks, in the order in which it would.

use std::path::{Path, PathBuf};

use blocksieve::wasm::More;
use serde_json::{Value, json};

use super::fences::{event, of_kind, text};
use super::tape::Tape;

/// One call of a door. Structures go as texts of JSON, as they cross.
#[derive(Debug)]
pub struct Call {
    pub name: &'static str,
    pub args: Vec<Value>,
    /// Where the bytes of `addEvents` are.
    pub file: Option<String>,
}

fn call(name: &'static str, args: impl IntoIterator<Item = Value>) -> Call {
    Call { name, args: args.into_iter().collect(), file: None }
}

fn as_text(value: &Value) -> Value {
    Value::String(value.to_string())
}

const COLUMNS: [&str; 6] = ["Image", "CommandLine", "TargetFilename", "QueryName", "Hashes", "nowhere.to.be.found"];
const FORMS: [&str; 4] = ["text", "blockly-json", "blockly-xml", "logmanager-xml"];
const DECISIONS: [&str; 8] = ["all", "dropped", "kept", "tagged", "alerted", "changed", "undecidable", "damaged"];

fn selection(decision: &str, words: &str, condition: &str, sort: Value) -> Call {
    let selection =
        json!({ "decision": decision, "rule": null, "event": null, "text": words, "where": condition, "sort": sort });
    call("select", [as_text(&selection)])
}

fn rows(most: usize) -> Call {
    call("rows", [json!(0), json!(most), as_text(&json!(COLUMNS))])
}

fn project(files: &[(String, String)], tables: &[Value]) -> Call {
    let files: Vec<Value> = files.iter().map(|(name, text)| json!({ "name": name, "text": text })).collect();
    let settings = json!({ "winlogbeat": "8.17", "tables": tables, "today": "2026-01-31" });
    call("setProject", [as_text(&json!(files)), as_text(&settings)])
}

/// One file as text or blocks, in every form, and what the agent gets of it.
fn documents(name: &str, text: &str) -> Vec<Call> {
    let own = || [json!(name), json!(text)];
    let mut calls = vec![
        call("setFile", own()),
        call("toBlocks", own().into_iter().chain([Value::Null])),
        call("toText", own()),
        call("format", own()),
        call("listing", [json!(name)]),
    ];
    calls.extend(FORMS.map(|form| call("convert", own().into_iter().chain([json!(form)]))));
    calls
}

/// Decisions over what is loaded, all rows, and all that is to be known of some events.
fn decisions(events: usize, each: usize, file: &str) -> Vec<Call> {
    let mut calls = vec![call("decide", []), selection("all", "", "", Value::Null), rows(events)];
    for index in (0..events).step_by(each) {
        calls.push(call("event", [json!(index)]));
        calls.push(call("explain", [json!(index), json!(file)]));
    }
    calls
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files_of(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut left = vec![repository(folder)];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                left.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push((path.display().to_string().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    let root = format!("{}/{folder}/", env!("CARGO_MANIFEST_DIR").replace('\\', "/"));
    found.into_iter().map(|(path, text)| (path.trim_start_matches(&root).to_string(), text)).collect()
}

/// The projects that ship, over the sample events: the whole tour of the editor.
pub fn examples() -> Vec<Call> {
    let all = files_of("examples/sysmon");
    let text_of = |name: &str| all.iter().find(|(path, _)| path == name).map(|(_, text)| text.clone()).expect("there");
    let table = |name: &str, key: &str, hashes: &[&str]| {
        let file = format!("tables/{name}.csv");
        json!({ "name": name, "file": file, "key": key, "hashes": hashes, "text": text_of(&file) })
    };
    let manifest: toml::Table = toml::from_str(&text_of("blocksieve.toml")).expect("TOML");
    let tables: Vec<Value> = manifest["tables"]
        .as_table()
        .expect("tables")
        .iter()
        .map(|(name, said)| {
            let hashes: Vec<&str> = said
                .get("hashes")
                .and_then(|list| list.as_array())
                .into_iter()
                .flatten()
                .filter_map(|one| one.as_str())
                .collect();
            table(name, said["key"].as_str().expect("a column"), &hashes)
        })
        .collect();
    let mut calls = vec![call("events", []), call("fields", [as_text(&json!([]))])];
    for folder in ["examples/sysmon", "examples/sysmon-blocks"] {
        let rules: Vec<(String, String)> = files_of(folder)
            .into_iter()
            .filter(|(name, _)| name.ends_with(".rule") || name.contains(".blocks."))
            .collect();
        let sample = Path::new("examples/sysmon/events/sysmon.ndjson").display().to_string();
        calls.push(project(&rules, &tables));
        calls.push(call("clearEvents", []));
        calls.push(Call { name: "addEvents", args: vec![json!("sysmon.ndjson")], file: Some(sample) });
        calls.push(call("eventCounts", []));
        let (first, _) = rules.first().expect("rules");
        calls.extend(decisions(362, 3, first));
        calls.push(call("setBaseline", []));
        for (name, text) in &rules {
            calls.extend(documents(name, text));
            calls.push(call("explain", [json!(rules.len()), json!(name)]));
            for version in ["7.0", "8.17", "9.0"] {
                let options = json!({ "version": version, "whole": true, "observe": false, "file": name });
                calls.push(call("winlogbeat", [as_text(&options)]));
            }
            calls.push(call("fields", [as_text(&json!(["sysmon.process_create", "sysmon.dns_query"]))]));
        }
        // One filter less: what is compared with the baseline changes.
        calls.push(call("removeFile", [json!(rules[2].0)]));
        calls.push(call("decide", []));
        for decision in DECISIONS {
            calls.push(selection(decision, "", "", Value::Null));
            calls.push(rows(40));
            calls.push(selection(
                decision,
                "system32 svchost",
                "event is any [sysmon.process_create]",
                json!({ "column": "Image", "descending": true }),
            ));
            calls.push(rows(40));
        }
        calls.push(selection("all", "", "Image ends with and", Value::Null));
        // 46 and 161 alert.
        let part = |name: &str| {
            std::fs::read_to_string(repository(&format!("examples/sysmon/templates/{name}"))).expect("a file")
        };
        let message = json!({ "file": "sysmon.ndjson", "record": 7, "templates": [{
            "name": "sysmon", "subject": "{{ action }} on {{ host }}", "text": part("sysmon.txt"), "html": part("sysmon.html"),
        }] });
        for index in [0, 5, 46, 50, 161, 361, 362] {
            for what in ["filter", "silence", "alert"] {
                let request = json!({ "index": index, "what": what, "fields": ["Image", "CommandLine", "QueryName"] });
                calls.push(call("draft", [as_text(&request)]));
            }
            for (table, _) in manifest["tables"].as_table().expect("tables") {
                calls.push(call("whitelist", [json!(index), json!(table), json!("seen, and known")]));
            }
            calls.push(call("positionOf", [json!(index)]));
            calls.push(call("carried", [json!(index)]));
            calls.push(call("draftTest", [json!(index), json!("")]));
            calls.push(call("alertPreview", [json!(index), as_text(&message)]));
        }
        for prefix in ["", "C:\\Windows", "\u{e9}"] {
            calls.push(call("values", [json!("Image"), json!(prefix), json!(20)]));
        }
    }
    calls
}

/// Rules, conditions and decisions of the manual.
pub fn manual() -> Vec<Call> {
    let mut calls = vec![project(&[], &[])];
    for fence in of_kind("rule") {
        calls.extend(documents("m.rule", &fence.text()));
    }
    for fence in of_kind("cases") {
        let Some(((_, condition), events)) = fence.lines.split_first() else { panic!("line {}", fence.line) };
        let rule = format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}");
        let events: Vec<String> =
            events.iter().map(|(_, line)| event(line.split_once(' ').map_or("", |(_, event)| event))).collect();
        calls.extend(documents("m.rule", &rule));
        calls.push(call("clearEvents", []));
        calls.push(call("addEvents", [json!("m.ndjson"), json!(events.join("\n"))]));
        calls.extend(decisions(events.len(), 1, "m.rule"));
    }
    for fence in of_kind("decide") {
        let first = fence.lines.iter().position(|(_, line)| line.starts_with("event ")).expect("an event");
        let (rules, asked) = fence.lines.split_at(first);
        let events: Vec<String> = asked.iter().filter_map(|(_, line)| line.strip_prefix("event ")).map(event).collect();
        calls.extend(documents("m.rule", &text(rules)));
        calls.push(call("clearEvents", []));
        calls.push(call("addEvents", [json!("m.ndjson"), json!(events.join("\n"))]));
        calls.extend(decisions(events.len(), 1, "m.rule"));
    }
    calls
}

/// Files of events in every form, under the rules of the example; whole, cut short, and with a byte that is not what it was.
pub fn forms() -> Vec<Call> {
    let rules: Vec<(String, String)> =
        files_of("examples/sysmon/filters").into_iter().filter(|(name, _)| name.ends_with(".rule")).collect();
    let mut calls = vec![project(&rules, &[])];
    let mut files: Vec<String> = std::fs::read_dir(repository("tests/forms/files"))
        .expect("a folder")
        .map(|entry| format!("tests/forms/files/{}", entry.expect("readable").file_name().to_string_lossy()))
        .collect();
    files.sort();
    for file in files {
        calls.push(call("clearEvents", []));
        calls.push(Call { name: "addEvents", args: vec![json!(file)], file: Some(file.clone()) });
        calls.push(call("eventCounts", []));
        calls.extend(decisions(8, 1, &rules[0].0));
        calls.push(call("carried", [json!(0)]));
        calls.push(call("draftTest", [json!(0), json!("")]));
        let bytes = std::fs::read(repository(&file)).expect("readable");
        if let Ok(text) = String::from_utf8(bytes) {
            let cut: String = text.chars().take(text.chars().count() * 2 / 3).collect();
            calls.push(call("addEvents", [json!("cut"), json!(cut)]));
            calls.push(call("addEvents", [json!("other"), json!(text.replacen(':', ";", 3))]));
            calls.extend(decisions(4, 1, &rules[0].0));
        }
    }
    calls
}

/// The agent's conditions as its configuration has them, read into rules, and these on the condition's own event.
pub fn winlogbeat() -> Vec<Call> {
    let mut calls = vec![project(&[], &[])];
    for (_, text) in files_of("tests/conformance/winlogbeat") {
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        for case in cases {
            let config = json!({ "processors": [{ "drop_event": { "when": case["when"] } }] });
            calls.push(call("importWinlogbeat", [json!("w.yml"), json!(config.to_string()), json!("8.17")]));
        }
    }
    for fence in of_kind("libbeat") {
        if let Some(((_, condition), _)) = fence.lines.split_first() {
            let config = format!("processors:\n  - drop_event:\n      when:\n        {condition}\n");
            calls.push(call("importWinlogbeat", [json!("w.yml"), json!(config), Value::Null]));
        }
    }
    calls
}

/// Rules of Sigma read alone and together, written again where they stood and anew, also with a change; and rules of ours as Sigma.
pub fn sigma() -> Vec<Call> {
    let texts: Vec<(String, String)> =
        files_of("examples/sigma").into_iter().filter(|(name, _)| name.ends_with(".yml")).collect();
    let all: Vec<Value> = texts.iter().map(|(name, text)| json!({ "name": name, "text": text })).collect();
    let setup = "[fields]\nHost = \"winlog.computer_name\"\n[[send]]\nby = \"mail\"\nto = [\"soc@example.org\"]\n";
    let mut calls = vec![project(&[], &[])];
    for setup in [Value::Null, json!(setup), json!("[fields")] {
        calls.push(call("importSigma", [as_text(&json!(all)), setup.clone()]));
        calls.extend(all.iter().map(|file| call("importSigma", [as_text(&json!([file])), setup.clone()])));
    }
    for (name, text) in &texts {
        for (from, to) in [("condition:", "conditon:"), ("|", "|nothing|"), ("title:", "title: ["), ("    ", "\t")] {
            let damaged = json!([{ "name": name, "text": text.replace(from, to) }]);
            calls.push(call("importSigma", [as_text(&damaged), Value::Null]));
        }
    }
    let made = More::new().import_sigma(&json!(all).to_string(), None);
    let made: Vec<Value> = serde_json::from_str(&made).unwrap_or_default();
    for ((name, text), made) in texts.iter().zip(&made) {
        let rules = made["text"].as_str().unwrap_or_default();
        let export = |rules: &str, onto: Value, beside: Value| {
            call("exportSigma", [json!(name), json!(rules), onto, Value::Null, as_text(&beside)])
        };
        let beside: Vec<&String> = texts.iter().filter(|(other, _)| other != name).map(|(_, text)| text).collect();
        for changed in [rules.to_string(), rules.replace("severity ", "severity low // "), rules.replace('5', "6")] {
            calls.push(export(&changed, Value::Null, json!([])));
            calls.push(export(&changed, json!(text), json!([])));
            calls.push(export(&changed, json!(text), json!(beside)));
        }
    }
    for (name, text) in files_of("examples/sysmon") {
        if name.ends_with(".rule") {
            calls.push(call("exportSigma", [json!(name), json!(text), Value::Null, Value::Null, json!("[]")]));
        }
    }
    calls
}

/// Random rules on random events, from a seed.
pub fn random(cases: usize) -> Vec<Call> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as u32
    };
    let mut calls = vec![project(&[], &[])];
    for _ in 0..cases {
        let numbers: Vec<u32> = (0..3000).map(|_| next()).collect();
        let rules = Tape { numbers: &numbers, at: 0, behind: false }.rules();
        let mut tape = Tape { numbers: &numbers, at: 1000, behind: false };
        let events: Vec<String> = (0..40).map(|_| tape.event()).collect();
        calls.extend(documents("r.rule", &rules));
        calls.push(call("clearEvents", []));
        calls.push(call("addEvents", [json!("r.ndjson"), json!(events.join("\n"))]));
        calls.extend(decisions(events.len(), 8, "r.rule"));
    }
    calls
}
