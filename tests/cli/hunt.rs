//! `blocksieve hunt` as people meet it, on the incident of the example and on long logs with a hidden chain.
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`; where there is none, its
//! test says so and passes.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../../examples/hunt/generate/chain.rs"]
mod chain;
#[path = "../../examples/hunt/generate/event.rs"]
mod event;
#[path = "../../examples/hunt/generate/incident.rs"]
mod incident;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::folder::Folder;
use serde_json::Value;

const INCIDENT: &str = "examples/hunt/incident.ndjson";
const DUMPING: &str = "RuleName contains 'Credential Dumping'";
const NOTEPAD: &str = "0b1e5a11-4f20-6981-0024-000000001200";

fn blocksieve(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").output().expect("it starts")
}

/// Standard output of a hunt that succeeds.
fn hunt(args: &[&str]) -> String {
    let mut all = vec!["hunt"];
    all.extend(args);
    let output = blocksieve(&all);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).expect("text")
}

fn document(args: &[&str]) -> Value {
    let mut all = vec!["--format", "json"];
    all.extend(args);
    serde_json::from_str(&hunt(&all)).expect("JSON")
}

fn guids(document: &Value) -> BTreeSet<String> {
    let guid = |process: &Value| process["guid"].as_str().expect("a GUID").to_string();
    document["processes"].as_array().expect("processes").iter().map(guid).collect()
}

/// Standard error of a hunt that is refused, and its status.
fn refused(args: &[&str]) -> String {
    let mut all = vec!["hunt"];
    all.extend(args);
    let output = blocksieve(&all);
    assert!(output.stdout.is_empty());
    format!("{}status {}\n", String::from_utf8_lossy(&output.stderr), output.status.code().expect("a status"))
}

#[test]
fn the_incident_is_what_its_generator_writes() {
    let file = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(INCIDENT)).expect("the example");
    assert!(file == incident::lines(), "run `cargo run --example hunt-events`");
}

#[test]
fn from_dumped_credentials_to_the_mail_it_began_with() {
    insta::assert_snapshot!(hunt(&["--where", DUMPING, INCIDENT]));
}

#[test]
fn the_pictures() {
    insta::assert_snapshot!("dot", hunt(&["--from", NOTEPAD, INCIDENT, "--format", "dot"]));
    insta::assert_snapshot!("mermaid", hunt(&["--from", NOTEPAD, INCIDENT, "--format", "mermaid"]));
}

#[test]
fn the_report() {
    let args = ["--where", DUMPING, INCIDENT, "--project", "examples/sysmon", "--format", "markdown"];
    insta::assert_snapshot!(hunt(&args));
}

#[test]
fn the_table_has_the_events_that_the_query_chooses() {
    let hunted = document(&["--from", NOTEPAD, INCIDENT]);
    let query = hunted["query"].as_str().expect("a query");
    let chosen = blocksieve(&["events", INCIDENT, "--where", query, "--as", "ndjson", "-q"]);
    let chosen = String::from_utf8(chosen.stdout).expect("text").lines().count() as u64;
    assert_eq!(hunted["events"].as_u64(), Some(chosen));
    let table = hunt(&["--from", NOTEPAD, INCIDENT, "--format", "table"]);
    assert_eq!(table.lines().count() as u64, chosen + 1);
    let all = |name: &str| -> u64 {
        let steps = hunted["over_time"].as_array().expect("steps");
        steps.iter().filter_map(|step| step[name].as_u64()).sum()
    };
    assert_eq!((all("hunted"), all("all")), (chosen, 24));
}

/// One event as Winlogbeat sends it.
fn line(provider: &str, channel: &str, id: &str, data: &str) -> String {
    format!(
        r#"{{"@timestamp":"2026-02-03T08:00:00Z","winlog":{{"provider_name":"{provider}","channel":"{channel}","event_id":"{id}","computer_name":"h","event_data":{{{data}}}}}}}"#
    ) + "\n"
}

#[test]
fn the_query_chooses_the_events_of_the_hunt_of_forged_ones_too() {
    const GUID: &str = "0b1e5a11-4f20-6981-0000-000000000002";
    let (sysmon, channel) = ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational");
    let child = |guid: &str, parent: &str| format!(r#""ProcessGuid":"{guid}","ParentProcessGuid":"{parent}""#);
    let other = "{0b1e5a11-4f20-6981-0000-000000000003}";
    let written = format!("{{{}}}", GUID.to_uppercase());
    let mut lines = String::new();
    for (provider, channel, id) in [
        (sysmon, channel, "1"),
        ("Evil", "Application", "1"),
        ("Evil", channel, "1"),
        ("", channel, "1"),
        ("", "", "1"),
        (sysmon, "Application", "1"),
        ("Microsoft-Windows-Security-Auditing", "Security", "4688"),
        (sysmon, channel, "9999"),
        (sysmon, channel, "none"),
    ] {
        lines += &line(provider, channel, id, &child(other, &written));
    }
    for guid in
        [GUID.replace('-', ""), format!(" {written} "), format!("{{{GUID}"), format!("({GUID})"), GUID.to_string()]
    {
        lines += &line(sysmon, channel, "5", &child(&guid, "-"));
        lines += &line(sysmon, channel, "1", &child(other, &guid));
    }
    for data in [
        format!(r#""ProcessGuid":["x","{written}"]"#),
        format!(r#""ProcessGuid":[["{written}"]]"#),
        format!(r#""ProcessGuid":{{"a":"{written}"}}"#),
        format!(r#""ProcessGuid":7,"TargetProcessGUID":"{GUID}""#),
        format!(r#""ProcessGuid":null,"processguid":"{GUID}""#),
        format!(r#""processguid":"{GUID}""#),
        format!(r#""ProcessGuid":"{}""#, written.replace('E', r"\u0045")),
        format!(r#""ProcessGuid":"\ud800","ParentProcessGuid":"{written}""#),
        format!(r#""ProcessGuid":1e999999,"ParentProcessGuid":"{written}""#),
        format!(r#""ProcessGuid":"x","ProcessGuid":"{written}""#),
    ] {
        lines += &line(sysmon, channel, "5", &data);
    }
    let folder = Folder::new("hunt-forged", &[("forged.ndjson", lines.as_bytes())]);
    let file = folder.0.join("forged.ndjson");
    let file = file.to_str().expect("text");
    let hunted = document(&["--from", GUID, file]);
    let query = hunted["query"].as_str().expect("a query");
    let chosen = blocksieve(&["events", file, "--where", query, "--as", "ndjson", "-q"]);
    let chosen = String::from_utf8(chosen.stdout).expect("text").lines().count() as u64;
    assert_eq!(hunted["events"].as_u64(), Some(chosen));
    assert!(chosen > 10, "{chosen}");
}

#[test]
fn what_an_endpoint_wrote_is_harmless_in_notes() {
    let data = |guid: u32| {
        format!(
            r#""ProcessGuid":"{{0b1e5a11-4f20-6981-0000-00000000000{guid}}}","ParentProcessGuid":"{{0b1e5a11-4f20-6981-0000-000000000001}}","ProcessId":"7`<b>""#
        )
    };
    let lines: String = [2, 3].map(|guid| line("Microsoft-Windows-Sysmon", "c", "1", &data(guid))).concat();
    let lines = lines.replace(r#":"h""#, r#":"evil\u001b[31m<img src=x>\u202e`""#);
    let folder = Folder::new("hunt-hostile", &[("events.ndjson", lines.as_bytes())]);
    let file = folder.0.join("events.ndjson");
    let from = ["hunt", "--from", "0b1e5a11-4f20-6981-0000-000000000001", file.to_str().expect("text")];
    for form in ["tree", "table", "json", "dot", "mermaid", "markdown", "filter", "alert"] {
        let output = blocksieve(&[&from[..], &["--format", form]].concat());
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{form}: {text}");
        }
        assert!(String::from_utf8_lossy(&output.stderr).contains("a process id was used again"));
    }
    let report = hunt(&[&from[1..], &["--format", "markdown"]].concat());
    assert!(report.contains("``7`<b>`` of `` evil\\u{1b}[31m<img src=x>\\u{202e}` `` by 2 processes"), "{report}");
}

#[test]
fn what_was_asked_for_in_vain_is_said() {
    let args = [
        "hunt",
        "--from",
        NOTEPAD,
        "--where",
        "Image == 'x'",
        "--stop-at",
        r"C:\no.exe",
        "--through",
        r"D:\no",
        "--through",
        NOTEPAD,
    ];
    let output = blocksieve(&[&args[..], &[INCIDENT]].concat());
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_condition_that_only_windows_own_processes_meet_begins_nowhere() {
    let explorer = "event is sysmon.process_create and Image == 'C:\\Windows\\explorer.exe'";
    insta::assert_snapshot!(refused(&["--where", explorer, INCIDENT]));
    let both = document(&["--where", &format!("{explorer} or Image ends with '\\nltest.exe'"), INCIDENT]);
    assert_eq!((both["start"].as_array().map(Vec::len), &both["notes"][0]["note"]), (Some(1), &"not_begun".into()));
}

#[test]
fn a_table_has_one_header_and_inputs_that_cannot_be_read_are_told_once() {
    let mut lines = Vec::new();
    chain::write(20_000, &mut lines).expect("memory");
    let folder = Folder::new("hunt-table", &[("long.ndjson", &lines), ("empty.ndjson", b"")]);
    let (long, empty) = (folder.0.join("long.ndjson"), folder.0.join("empty.ndjson"));
    let files = [long.to_str().expect("text"), empty.to_str().expect("text")];
    let start = ["hunt", "--where", "Image starts with 'C:\\Program Files'", "--format", "table"];
    let output = blocksieve(&[&start[..], &files].concat());
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.lines().count() > 1001);
    assert_eq!(table.lines().filter(|line| line.starts_with("TIME ")).count(), 1);
    assert_eq!(String::from_utf8_lossy(&output.stderr).matches("there is no event in it").count(), 1);
}

#[test]
fn the_rules_of_a_project_are_asked_once_what_they_say() {
    let rule = b"classify \"c\" { if Imag == 'x' or Image ends with '\\nltest.exe' { tag \"suspicious\" } }\n";
    let folder = Folder::new("hunt-rules", &[("a.rule", rule), ("blocksieve.toml", b"name = \"p\"\n")]);
    let project = folder.0.to_str().expect("text");
    for begin in [["--where", DUMPING], ["--where", "has tag 'suspicious'"], ["--from", NOTEPAD]] {
        let output = blocksieve(&[&["hunt", INCIDENT, "--project", project, "--format", "json"][..], &begin].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.matches("warning[").count() <= 1, "{told}");
        let hunted: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let suspicious = |process: &Value| process["suspicious"].as_u64();
        let all = hunted["processes"].as_array().expect("processes").iter().filter_map(suspicious);
        assert_eq!(all.sum::<u64>(), 2, "{begin:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_can_be_read_once_is_refused() {
    insta::assert_snapshot!(refused(&["--from", NOTEPAD, "/dev/null"]));
}

#[test]
fn a_rule_about_the_hunt_is_a_rule_of_any_project() {
    for form in ["filter", "alert"] {
        let rule =
            hunt(&["--where", "event is sysmon.process_create and Image ends with '.exe'", INCIDENT, "--format", form]);
        assert!(
            rule.lines().next().is_some_and(|name| name.matches("{0B1E").count() == 3 && name.contains(" more")),
            "{rule}"
        );
        let folder =
            Folder::new("hunt-rule", &[("hunt.rule", rule.as_bytes()), ("blocksieve.toml", b"name = \"p\"\n")]);
        let checked = blocksieve(&["check", folder.0.to_str().expect("text")]);
        let told = String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success() && told.contains(": clean"), "{form}: {told}");
    }
}

#[test]
fn a_hidden_chain_is_found_exactly_whatever_it_begins_with() {
    let mut lines = Vec::new();
    let expected = chain::write(20_000, &mut lines).expect("memory");
    assert_eq!(expected.len(), 50);
    assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 20_000);
    let folder = Folder::new("hunt-chain", &[("long.ndjson", &lines)]);
    let file = folder.0.join("long.ndjson");
    let file = file.to_str().expect("text");
    for start in [0, 13, 49] {
        let found = document(&["--from", &expected[start], file]);
        assert_eq!(guids(&found), expected.iter().cloned().collect(), "from {start}");
        let stopped: Vec<&Value> =
            found["stopped"].as_array().expect("a list").iter().map(|one| &one["image"]).collect();
        assert_eq!(stopped, [r"C:\Windows\explorer.exe"]);
    }
}

#[test]
fn what_cannot_be_hunted_is_said() {
    let none = "{00000000-0000-0000-0000-000000000000}";
    insta::assert_snapshot!(
        [
            refused(&["--from", "4242", INCIDENT]),
            refused(&["--from", none, INCIDENT]),
            refused(&["--from", NOTEPAD, "-"]),
            refused(&["--where", "Image == 'nothing'", INCIDENT]),
            refused(&["--where", "true", "examples/sysmon/attacks"]),
            refused(&["--where", "Imag == ", INCIDENT]),
            refused(&["--from", NOTEPAD, "--stop-at", "explorer.exe", INCIDENT]),
            refused(&["--from", NOTEPAD, "--through", "explorer.exe", INCIDENT]),
        ]
        .join("\n")
    );
}

#[test]
fn rounds_roots_and_accesses_are_whoever_hunts_choice() {
    let count = |args: &[&str]| guids(&document(args)).len();
    assert_eq!(count(&["--from", NOTEPAD, INCIDENT]), 7);
    assert_eq!(count(&["--from", NOTEPAD, INCIDENT, "--max-depth", "2"]), 3);
    // The credentials of lsass.exe were read, nothing was written: reading does not link.
    assert_eq!(count(&["--from", NOTEPAD, INCIDENT, "--access"]), 7);
    // With the shell come its parent, and what else it started.
    assert_eq!(count(&["--from", NOTEPAD, INCIDENT, "--through", r"C:\Windows\explorer.exe"]), 11);
    let mail = r"C:\Program Files\Mail\mail.exe";
    assert_eq!(count(&["--from", NOTEPAD, INCIDENT, "--stop-at", mail]), 6);
}

#[test]
fn every_hunt_of_the_corpus_has_the_events_of_its_query() {
    let given = std::env::var_os("BLOCKSIEVE_CORPUS").map(PathBuf::from);
    let corpus = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"));
    let folder = corpus.join("evtx/EVTX-ATTACK-SAMPLES");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not here", folder.display());
        return;
    }
    let mut hunts = 0;
    let below = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    for file in below(&folder).iter().flat_map(|tactic| below(tactic)) {
        let file = file.to_str().expect("text");
        let condition = "event is sysmon.process_access and TargetImage ends with '\\lsass.exe'";
        let output = blocksieve(&["hunt", "--where", condition, file, "--format", "json", "-q"]);
        if !output.status.success() {
            continue;
        }
        hunts += 1;
        let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let query = found["query"].as_str().expect("a query");
        let chosen = blocksieve(&["events", file, "--where", query, "--as", "ndjson", "-q"]);
        let chosen = String::from_utf8_lossy(&chosen.stdout).lines().count() as u64;
        assert_eq!(found["events"].as_u64(), Some(chosen), "{file}");
        assert!(found["processes"].as_array().is_some_and(|all| !all.is_empty()));
    }
    assert!(hunts > 5, "{hunts} hunts");
}
