//! `run --merge`: several logs are decided as the one that they are parts of.
#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support::folder::Folder;
use serde_json::Value;

const RULES: &str = r#"
alert "spread" { when 3 distinct Computer within 60 seconds by Image { send file } }
alert "in order" { when in order { step User == 'a' step User == 'b' } within 30 seconds by Image { send file } }
"#;

/// Events a few seconds apart, each with the file that it goes to.
fn events(count: u64, files: u64) -> Vec<(usize, String)> {
    let mut random = 42u64;
    let mut below = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % bound
    };
    let mut now = 1_800_000_000i64;
    (0..count)
        .map(|n| {
            now += below(12) as i64;
            let file = below(files);
            let time = blocksieve::ast::Timestamp::new(now, 0);
            let (image, user) = (below(3), ["a", "b", "c"][below(3) as usize]);
            // Of equal times the file that is named first comes first; its events are told apart by their record.
            let line = format!(
                r#"{{"@timestamp":"{time}","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","record_id":{n},"computer_name":"pc{file}","event_data":{{"Image":"{image}","User":"{user}"}}}}}}"#
            );
            (file as usize, line)
        })
        .collect()
}

/// What was decided, without the places where the events stand.
fn decided(folder: &Folder, command: &str) -> Vec<Value> {
    let told = folder.session(&[command]);
    assert!(told.contains("\n[0]\n"), "{told}");
    told.lines()
        .filter(|line| line.starts_with("{\"file\""))
        .map(|line| {
            let mut decision: Value = serde_json::from_str(line).expect("a decision");
            (decision["file"], decision["record"]) = (Value::Null, Value::Null);
            decision
        })
        .collect()
}

#[test]
fn logs_of_several_hosts_are_decided_as_one() {
    let all = events(600, 4);
    let folder = Folder::new("merge", &[("a.rule", RULES.as_bytes())]);
    let write = |name: String, lines: Vec<&str>| {
        std::fs::write(folder.0.join(name), lines.join("\n") + "\n").expect("a file");
    };
    for file in 0..4 {
        write(
            format!("{file}.ndjson"),
            all.iter().filter(|(of, _)| *of == file).map(|(_, line)| line.as_str()).collect(),
        );
    }
    let mut one: Vec<(&str, usize, &str)> =
        all.iter().map(|(file, line)| (&line[..35], *file, line.as_str())).collect();
    one.sort_by_key(|(time, file, _)| (*time, *file));
    write("all.ndjson".to_string(), one.iter().map(|(.., line)| *line).collect());
    let rest = "--show all --format ndjson --quiet";
    let files = "0.ndjson 1.ndjson 2.ndjson 3.ndjson";
    let merged = decided(&folder, &format!("run a.rule --merge --events {files} {rest}"));
    let whole = decided(&folder, &format!("run a.rule --events all.ndjson {rest}"));
    assert_eq!(merged.len(), 600);
    assert!(merged == whole, "not the same");
    let alerts = |decisions: &[Value]| decisions.iter().filter(|decision| decision["alerts"].is_array()).count();
    assert!(alerts(&merged) > 20, "{}", alerts(&merged));
    let apart = decided(&folder, &format!("run a.rule --events {files} {rest}"));
    assert!(alerts(&apart) < alerts(&merged), "one behind the other they do not meet");
}

#[test]
fn what_cannot_be_merged_is_told_and_a_file_with_damage_ends_nothing() {
    let line = &events(1, 1)[0].1;
    let folder = Folder::new(
        "merge-not",
        &[
            ("a.rule", RULES.as_bytes()),
            ("good.ndjson", format!("{line}\n").as_bytes()),
            ("bad.ndjson", format!("{{\"winlog\":\n{line}\n").as_bytes()),
        ],
    );
    let told = folder.session(&["run a.rule --merge --events -"]);
    assert!(told.contains("[4]") && told.contains("cannot be merged") && told.contains("name files"), "{told}");
    let told = folder.session(&["run a.rule --merge --events good.ndjson bad.ndjson --show all --format ndjson"]);
    assert!(told.contains("2 events from 2 inputs") && told.contains("bad.ndjson:1: "), "{told}");
    assert!(told.contains("[3]"), "{told}");
}
