//! What alerts say, from the command line: `blocksieve alert preview`, and what `check` says of templates.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use std::collections::BTreeMap;
use std::process::Command;

use crate::support::folder::Folder;
use serde_json::Value as Json;

const EVENTS: &str = "examples/sysmon/events/sysmon.ndjson";

/// A command in the package's folder: its standard output.
fn told(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Of each kind of sample event that alerts, the number of the first.
fn alerting() -> BTreeMap<u32, u64> {
    let lines = told(&["run", "examples/sysmon", "--events", EVENTS, "--show", "alerts", "--format", "ndjson", "-q"]);
    let mut first = BTreeMap::new();
    for line in lines.lines() {
        let decision: Json = serde_json::from_str(line).expect("JSON");
        let id = decision["event_id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        first.entry(id).or_insert_with(|| decision["record"].as_u64().expect("a number"));
    }
    first
}

/// The rules that stand in a message as ways out.
fn offered(text: &str) -> Vec<String> {
    let mut rules: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.starts_with("  classify ") || line.starts_with("  filter ") {
            rules.push(String::new());
            open = true;
        }
        if let Some(rule) = rules.last_mut().filter(|_| open) {
            rule.push_str(line);
            rule.push('\n');
        }
        open &= line != "  }";
    }
    rules
}

/// A mail of each kind of event that alerts; what it offers is the language, and its page is the same.
#[test]
fn a_mail_an_event_type() {
    let all = alerting();
    assert!(all.len() >= 15, "{all:?}");
    let mut mails = String::new();
    for (id, record) in all {
        let place = format!("{EVENTS}:{record}");
        let json: Json =
            serde_json::from_str(&told(&["alert", "preview", "examples/sysmon", "-e", &place, "--format", "json"]))
                .expect("JSON");
        let text = json["text"].as_str().expect("a text");
        for rule in offered(text) {
            let (compiled, found) = blocksieve::compile_text(&rule, &[]);
            assert!(compiled.is_some(), "event {id}: {rule}\n{found:?}");
        }
        assert_eq!(offered(text).is_empty(), [4, 16, 255].contains(&id), "event {id}: {text}");
        let html = json["html"].as_str().expect("a page");
        assert!(!text.contains("[no ") && !html.contains("[no "), "event {id}: {text}");
        assert!(!html.contains("src=") && !html.contains("url(") && !html.contains("<link"), "event {id}");
        assert_eq!(json["failed"], Json::Array(Vec::new()));
        let subject = json["subject"].as_str().expect("a subject");
        mails.push_str(&format!("=== event {id}\nSubject: {subject}\n\n{text}\n"));
    }
    insta::assert_snapshot!(mails);
}

/// The way on that a mail names can be gone: through a shell it hunts from the process, and the event itself belongs to that hunt.
#[cfg(unix)]
#[test]
fn what_a_mail_says_to_go_on_with_runs() {
    let program = env!("CARGO_BIN_EXE_blocksieve");
    for (id, record) in alerting() {
        let place = format!("{EVENTS}:{record}");
        let preview = told(&["alert", "preview", "examples/sysmon", "-e", &place, "--format", "json"]);
        let json: Json = serde_json::from_str(&preview).expect("JSON");
        let Some(hunt) = json["data"]["hunt"].as_str() else { continue };
        assert!(json["text"].as_str().expect("a text").contains(hunt), "event {id}");
        let command = hunt.replacen("blocksieve", &format!("'{program}'"), 1) + " --format json";
        let output = Command::new("sh").args(["-c", &command]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.expect("starts");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "event {id}: {hunt}\n{err}");
        let hunted: Json = serde_json::from_slice(&output.stdout).expect("JSON");
        let query = hunted["query"].as_str().expect("a query");
        let out = told(&["events", EVENTS, "--where", query, "--as", "ndjson", "--quiet"]);
        let raw: Json = serde_json::from_str(json["data"]["raw"].as_str().expect("its text")).expect("JSON");
        let shown: Vec<Json> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert!(shown.contains(&raw), "event {id}: {hunt}\n{out}");
    }
}

#[test]
fn a_mail_as_html() {
    let place = format!("{EVENTS}:194");
    insta::assert_snapshot!(told(&["alert", "preview", "examples/sysmon", "-e", &place, "--format", "html"]));
}

const LOGONS: &str = r#"{"@timestamp":"2024-01-31T10:00:00.000Z","winlog":{"provider_name":"Microsoft-Windows-Security-Auditing","channel":"Security","event_id":"4624","computer_name":"dc01.example.org","record_id":1,"event_data":{"LogonType":"2"}}}
{"@timestamp":"2024-01-31T10:00:01.000Z","winlog":{"provider_name":"Microsoft-Windows-Security-Auditing","channel":"Security","event_id":"4624","computer_name":"dc01.example.org","record_id":2,"event_data":{"LogonType":"3","TargetUserName":"eva"}}}
"#;
const RULES: &str = r#"
classify "owner" { if msg.logontype == '3' { set msg.owner = 'network team' tag "seen" } }
alert "logon over the network" {
    severity low
    if msg.logontype == '3' { send mail using template "logon" to ["soc@example.org"] }
}
alert "never" { if msg.logontype == '99' { send mail } }
"#;
const PROJECT: &str = "[templates.logon]\nsubject = \"Logon on {{ host }}\"\ntext = \"templates/logon.txt\"\n";
const LOGON: &str =
    "LogonType {{ msg.logontype }}\nUser {{ msg['targetusername'] }} ({{ msg.owner }})\nFrom {{ msg.ipaddress }}\n";

fn project(name: &str, toml: &str, text: &str) -> Folder {
    let damaged = format!("{{\"winlog\": nothing}}\n{LOGONS}");
    let files: [(&str, &[u8]); 6] = [
        ("blocksieve.toml", toml.as_bytes()),
        ("rules/a.rule", RULES.as_bytes()),
        ("templates/logon.txt", text.as_bytes()),
        ("templates/logon.html", b"<p>{{ msg.logontype }}"),
        ("logons.ndjson", LOGONS.as_bytes()),
        ("damaged.ndjson", damaged.as_bytes()),
    ];
    Folder::new(name, &files)
}

/// `LogonType 3`; what is not there is visible, and no error.
#[test]
fn a_preview_of_the_first_event_of_one_record_and_of_none() {
    let folder = project("alert-preview", PROJECT, LOGON);
    insta::assert_snapshot!(folder.session(&[
        "check .",
        "alert preview . --events logons.ndjson",
        "alert preview . --events logons.ndjson:1",
        "alert preview . --events logons.ndjson:9",
        "alert preview . --events nowhere.ndjson",
        "alert preview . --events logons.ndjson --rule never",
        "alert preview . --events logons.ndjson:2 --rule never",
        "alert preview . --events logons.ndjson --rule owner",
        "alert preview . --events logons.ndjson --rule nevr",
        "alert preview . --events logons.ndjson --template lgon",
        "alert preview . --events logons.ndjson --format html",
        "alert preview . --template logon",
        "alert preview . --events - < logons.ndjson",
        "alert preview . --events - < damaged.ndjson",
        "alert preview . --events logons.ndjson -o mail.txt",
    ]));
    let mail = std::fs::read_to_string(folder.0.join("mail.txt")).expect("it was written");
    assert!(mail.starts_with("Subject: Logon on dc01.example.org\n\nLogonType 3\n"), "{mail}");
}

/// Without events, nothing is said of a rule that it does not say; and who asks for an alert that is not there hears which are.
#[test]
fn a_made_up_event_claims_nothing_of_the_rule() {
    let rules = r#"
alert "plain" { send file }
alert "counts" { reason "too many" severity low techniques ["T1110"] when 3 distinct User within 1 hour by Computer { send mail } }
"#;
    let folder = Folder::new("alert-made-up", &[("a.rule", rules.as_bytes())]);
    let told = folder.session(&[
        "alert preview a.rule",
        "alert preview a.rule --rule plain",
        "alert preview a.rule --rule count",
        "alert preview a.rule --rule nobody",
    ]);
    insta::assert_snapshot!(told);
}

/// Of an event that is counted, how far it is; of one that would not be sent, that it is not.
#[test]
fn a_preview_says_what_is_counted_and_what_stays_quiet() {
    let rules = r#"
alert "often" { when 3 events within 1 hour by Computer { send mail } }
alert "hushed" { suppress for 1 hour by Computer if msg.logontype == '3' { send mail } }
"#;
    let events: String = (0..5)
        .map(|n| LOGONS.lines().last().expect("two").replace(":01.000Z", &format!(":0{n}.000Z")) + "\n")
        .collect();
    let folder = Folder::new("alert-counted", &[("a.rule", rules.as_bytes()), ("e.ndjson", events.as_bytes())]);
    let told = folder.session(&[
        "alert preview a.rule --rule often --events e.ndjson:2 -o 2.txt",
        "alert preview a.rule --rule often --events e.ndjson:3 -o 3.txt",
        "alert preview a.rule --rule often --events e.ndjson:4 -o 4.txt",
        "alert preview a.rule --rule hushed --events e.ndjson:1 -o 1.txt",
        "alert preview a.rule --rule hushed --events e.ndjson:2 -o 2.txt",
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn the_data_of_an_alert() {
    let folder = project("alert-data", PROJECT, LOGON);
    insta::assert_snapshot!(folder.session(&["alert preview . --events logons.ndjson --format json"]));
}

#[test]
fn without_a_project_any_template_may_be_named() {
    let folder = Folder::new("alert-alone", &[("a.rule", RULES.as_bytes()), ("logons.ndjson", LOGONS.as_bytes())]);
    insta::assert_snapshot!(folder.session(&["check a.rule", "alert preview a.rule --events logons.ndjson"]));
}

/// Each mistake is told at its place, in the project file or in the template.
#[test]
fn mistakes_in_templates_are_told_at_their_places() {
    let cases = [
        ("no-such", "[templates.login]\nsubject = \"s\"\ntext = \"templates/logon.txt\"\n", LOGON),
        ("none", "name = \"x\"\n", LOGON),
        ("missing-file", "[templates.logon]\nsubject = \"s\"\ntext = \"templates/logn.txt\"\n", LOGON),
        ("subject", "[templates.logon]\nsubject = \"on {{ hots }}\"\ntext = \"templates/logon.txt\"\n", LOGON),
        ("escaped", "[templates.logon]\nsubject = \"\\\"{{ hots }}\"\ntext = \"templates/logon.txt\"\n", LOGON),
        ("key", "[templates.logon]\nsubjct = \"s\"\ntext = \"templates/logon.txt\"\n", LOGON),
        ("names", PROJECT, "one {{ msg.logontyp }}\ntwo {{ msg.ownr }} {{ rule.nme }}\n{{ host|safe }}\n"),
        ("syntax", PROJECT, "one\n{% if msg.logontype %}\n"),
        ("fails", PROJECT, "{{ msg.logontype + 1 }}\n"),
        ("utf8", PROJECT, "\u{feff}LogonType {{ msg.logontype }}"),
    ];
    let mut all = String::new();
    for (name, toml, text) in cases {
        let folder = project(&format!("alert-{name}"), toml, text);
        all.push_str(&format!("=== {name}\n{}", folder.session(&["check ."])));
    }
    // What stands in a part of the project does not say what its other rules do.
    let folder = project("alert-part", PROJECT, "{{ msg.whatever }}");
    all.push_str(&format!("=== part\n{}", folder.session(&["check rules/a.rule", "check ."])));
    insta::assert_snapshot!(all);
}
