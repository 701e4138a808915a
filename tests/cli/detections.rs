//! What `run` tells of alerts over logs: timeline, CSV, summary, layer; and which alerts it runs.

use std::fmt::Write as _;

use crate::support::folder::Folder;
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../grammar/detections.md");

/// The fences of the page: what stands behind their quotes, and inside.
fn fences() -> Vec<(&'static str, &'static str)> {
    PAGE.split("```").skip(1).step_by(2).filter_map(|fence| fence.split_once('\n')).collect()
}

fn rules_of_the_page() -> &'static str {
    fences().into_iter().find(|(kind, _)| *kind == "rule").expect("rules").1
}

/// An event of Sysmon, in seconds after ten o'clock.
fn event(id: u32, second: u32, host: &str, data: &Value) -> String {
    let time = format!("2026-03-01T10:{:02}:{:02}.000Z", second / 60, second % 60);
    let channel = "Microsoft-Windows-Sysmon/Operational";
    let winlog = json!({
        "provider_name": "Microsoft-Windows-Sysmon", "channel": channel, "event_id": id, "computer_name": host, "event_data": data,
    });
    json!({ "@timestamp": time, "winlog": winlog }).to_string()
}

fn whoami(second: u32, host: &str) -> String {
    let image = r"C:\Windows\System32\whoami.exe";
    event(
        1,
        second,
        host,
        &json!({ "Image": image, "CommandLine": "whoami /all", "ParentImage": "-", "User": r"EXAMPLE\anna" }),
    )
}

fn powershell(second: u32, host: &str, command: &str) -> String {
    let image = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    let parent = r"C:\Windows\explorer.exe";
    event(
        1,
        second,
        host,
        &json!({ "Image": image, "CommandLine": command, "ParentImage": parent, "User": r"EXAMPLE\anna" }),
    )
}

fn query(second: u32, host: &str, name: &str) -> String {
    event(22, second, host, &json!({ "Image": r"C:\Users\Public\u.exe", "QueryName": name }))
}

fn lines(events: &[String]) -> Vec<u8> {
    let mut text = events.join("\n");
    text.push('\n');
    text.into_bytes()
}

/// What a command wrote to standard output, and how it ended.
fn out(folder: &Folder, command: &str) -> String {
    let told = folder.session(&[command.trim()]);
    let out = told.split_once("--- out\n").map_or("", |(_, rest)| rest);
    out.split_once("\n--- err\n").map_or(out, |(out, _)| out).trim_end().to_string()
}

#[test]
fn the_page_shows_what_the_program_writes() {
    let events = [
        powershell(1, "ws01.example.org", "powershell -enc SQBFAFgA"),
        whoami(4, "ws01.example.org"),
        query(90, "srv02.example.org", "x1.bad.example"),
    ];
    let folder = Folder::new(
        "detections-page",
        &[("hits.rule", rules_of_the_page().as_bytes()), ("events.ndjson", &lines(&events))],
    );
    let sessions: Vec<&str> = fences()
        .into_iter()
        .filter_map(|(kind, text)| kind.is_empty().then(|| text.strip_prefix("$ blocksieve "))?)
        .collect();
    assert!(sessions.len() >= 4, "{sessions:?}");
    for session in sessions {
        let (command, shown) = session.split_once('\n').expect("a command and what it writes");
        let told = folder.session(&[command]);
        let told = told.split_once("---").and_then(|(_, rest)| rest.split_once('\n')).map_or("", |(_, told)| told);
        assert_eq!(told.trim_end(), shown.trim_end(), "{command}");
    }
}

#[test]
fn the_page_has_every_column_and_every_option() {
    let folder =
        Folder::new("detections-columns", &[("hits.rule", rules_of_the_page().as_bytes()), ("none.ndjson", b"")]);
    let header = out(&folder, "run hits.rule --events none.ndjson --format csv --quiet");
    let table =
        PAGE.split_once("| column | what |\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a table").0;
    let told: Vec<&str> = table
        .lines()
        .skip(1)
        .filter_map(|row| row.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert_eq!(told.join(","), header, "stable: whoever reads the CSV by program relies on it");
    let help = out(&folder, "run --help");
    for option in ["--level", "--tag", "--status", "--navigator", "timeline", "csv", "summary"] {
        assert!(help.contains(option) && PAGE.contains(option), "{option}");
    }
}

#[test]
fn what_endpoints_write_breaks_no_output() {
    let rules = r#"
alert "evil, \"quoted\"; name" { severity high labels ["x.y"] if event is sysmon.process_create { send file } }
"#;
    let events = [
        powershell(1, "=HOST()", "=cmd|' /C calc'!A0 | User: SYSTEM\u{1b}[2J\r\n2026-03-01T10:00:00.000Z  forged"),
        powershell(2, "h\u{1b}]0;title\u{7}ost", " \"+1,2\"\tx\u{202e}\u{0}"),
        event(1, 3, "", &json!({ "Unknown | Field\n": "@value", "Other": ["a", "b"] })),
        event(1, 4, "h", &json!({})),
    ];
    let folder = Folder::new("detections-hostile", &[("a.rule", rules.as_bytes()), ("e.ndjson", &lines(&events))]);
    let told = folder.session(&[
        "run a.rule --events e.ndjson --format timeline",
        "run a.rule --events e.ndjson --format csv --quiet",
        "run a.rule --events e.ndjson --format ndjson --quiet",
    ]);
    assert!(!told.contains(|c: char| c.is_control() && c != '\n'), "{told:?}");
    insta::assert_snapshot!(told);
    let csv = out(&folder, "run a.rule --events e.ndjson --format csv --quiet");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("as many cells as columns")).collect();
    assert_eq!(rows.len(), events.len(), "a hit is one line");
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])));
}

const MIXED: &str = r#"
filter "noise" { if event is sysmon.dns_query and QueryName ends with '.quiet.example' { drop } }
filter "secret" { if event is sysmon.process_create and Image ends with '\powershell.exe' { remove field CommandLine } }
classify "anna" { if User ends with '\anna' { tag "anna" } }
alert "low" { id "m-1" severity low status "test" techniques ["T1033"] labels ["attack.discovery"] if Image ends with '\whoami.exe' { send file send mail } }
alert "high" { severity high status "stable" techniques ["T1059.001", "T1086"] labels ["attack.execution", "cve.2021-44228"] if Image ends with '\powershell.exe' { send file } }
alert "critical" { severity critical techniques ["T1071.004"] labels ["attack.command_and_control"] if event is sysmon.dns_query and has tag "seen by an alert" { send file } }
alert "a mark" { severity informational if event is sysmon.dns_query { tag "seen by an alert" send file } }
alert "counts" { when 2 events within 1 minute by Computer { send file } }
"#;

fn mixed(name: &str) -> Folder {
    let first = [whoami(5, "ws01"), query(30, "ws02", "x.quiet.example"), query(31, "ws02", "x.example")];
    let second = [powershell(1, "ws02", "secret"), powershell(6, "ws01", "secret"), query(40, "ws01", "y.example")];
    let files: [(&str, &[u8]); 3] =
        [("rules/a.rule", MIXED.as_bytes()), ("a.ndjson", &lines(&first)), ("b.ndjson", &lines(&second))];
    Folder::new(name, &files)
}

#[test]
fn hits_in_each_form() {
    let folder = mixed("detections-forms");
    insta::assert_snapshot!(folder.session(&[
        "run rules --events a.ndjson b.ndjson --format timeline --merge",
        "run rules --events a.ndjson b.ndjson --format csv --quiet",
        "run rules --events a.ndjson --format summary --level low --fail-on-match",
        "run rules --events a.ndjson --format json --level critical --quiet",
    ]));
}

#[test]
fn who_chooses_alerts_sees_no_others_and_what_they_rest_on_runs_on() {
    let folder = mixed("detections-chosen");
    let alerts = |options: &str| {
        let csv = out(&folder, &format!("run rules --events a.ndjson b.ndjson --format csv --quiet {options}"));
        let mut names: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').nth(3)).collect();
        names.sort_unstable();
        names.dedup();
        names.join(",")
    };
    let table = [
        ("", "a mark,counts,critical,high,low"),
        ("--level informational", "a mark,critical,high,low"),
        ("--level medium", "critical,high"),
        // It asks for a tag that an alert sets which nobody chose.
        ("--level critical", "critical"),
        ("--tag attack.discovery", "low"),
        ("--tag ATTACK.T1059", "high"),
        ("--tag t1059.001", "high"),
        ("--tag t1059.002 --tag T1033", "low"),
        ("--tag attack.command-and-control", "critical"),
        ("--tag attack.*", "critical,high,low"),
        ("--tag cve.????-*", "high"),
        ("--status stable", "high"),
        ("--status stable,test", "high,low"),
        ("--status stable --status test --tag attack.* --level medium", "high"),
    ];
    for (options, expected) in table {
        assert_eq!(alerts(options), expected, "{options}");
    }
    let whole: Value =
        serde_json::from_str(&out(&folder, "run rules --events a.ndjson --format json --level critical --quiet"))
            .expect("JSON");
    let rules: Vec<&str> =
        whole["summary"]["rules"].as_array().expect("rules").iter().filter_map(|r| r["name"].as_str()).collect();
    assert_eq!(rules, ["noise", "secret", "anna", "critical"], "what nobody chose is not counted, and filters stay");
    assert_eq!(whole["summary"]["counts"]["alerts"], 1);
    let kept = |options: &str| {
        out(&folder, &format!("run rules --events a.ndjson b.ndjson --format msg --quiet --until classify {options}"))
    };
    assert_eq!(kept(""), kept("--level critical"), "filters and classify rules do what they did");
    insta::assert_snapshot!(folder.session(&[
        "run rules --events a.ndjson --tag attack.impact",
        "run rules --events a.ndjson --level high --status experimental",
        "run rules --events a.ndjson --format timeline --show dropped",
        "run rules --events a.ndjson --format summary --show dropped",
        "run rules --events a.ndjson --level severe",
    ]));
}

#[test]
fn a_module_and_threads_give_the_same_bytes() {
    let folder = mixed("detections-same");
    let hosts = ["ws01", "ws02", "srv\u{1b}"];
    let events: Vec<String> = (0..2500u32)
        .map(|n| match n % 4 {
            0 => whoami(n, hosts[n as usize % 3]),
            1 => query(n, hosts[n as usize % 2], "x.example"),
            2 => powershell(n, hosts[1], "powershell"),
            _ => query(n, hosts[0], "x.quiet.example"),
        })
        .collect();
    std::fs::write(folder.0.join("long.ndjson"), lines(&events)).expect("a file");
    let rules = std::fs::read_to_string(folder.0.join("rules/a.rule")).expect("rules");
    // What counts from event to event is decided by one thread.
    let (alone, _) = rules.split_once("alert \"counts\"").expect("the last alert");
    std::fs::write(folder.0.join("rules/a.rule"), alone).expect("a file");
    let compiled = folder.session(&["compile rules -o rules.bsm"]);
    assert!(compiled.contains("[0]"), "{compiled}");
    for how in [
        "timeline",
        "csv",
        "summary",
        "json",
        "ndjson --level high",
        "summary --tag T1033",
        "json --tag attack.* --status stable",
    ] {
        let run = |rules: &str, threads: u32| {
            let command =
                format!("run {rules} --events long.ndjson --format {how} --navigator layer.json --threads {threads}");
            let told = folder.session(&[&command]);
            let layer = std::fs::read_to_string(folder.0.join("layer.json")).expect("a layer");
            std::fs::remove_file(folder.0.join("layer.json")).expect("goes");
            (told.split_once('\n').map(|(_, told)| told.to_string()), layer)
        };
        let one = run("rules", 1);
        assert!(one.0.as_ref().is_some_and(|told| told.starts_with("[0]")), "{one:?}");
        for (rules, threads) in [("rules", 3), ("rules.bsm", 1), ("rules.bsm", 2)] {
            // Not shown where it differs: it is long.
            assert!(run(rules, threads) == one, "{how}: {rules}, {threads} threads");
        }
    }
}

#[test]
fn a_layer_of_what_was_hit() {
    let mut rules = String::new();
    for n in 0..25 {
        let _ = writeln!(
            rules,
            "alert \"one of {n}\" {{ techniques [\"T1059.001\"] if Image ends with '\\powershell.exe' {{ send file }} }}"
        );
    }
    // T1086 became T1059.001, and whoever names both names one.
    rules += "alert \"old \\\"id\\\"\" { techniques [\"T1086\", \"T1059.001\"] if event is sysmon.process_create { send file } }\n";
    rules += "alert \"no hit\" { techniques [\"T1055\"] if event is sysmon.image_load { send file } }\n";
    rules += "alert \"no technique\" { if event is sysmon.dns_query { send file } }\n";
    rules +=
        "alert \"of a query\" { techniques [\"T1071.004\"] if event is sysmon.dns_query { send file send mail } }\n";
    let events = [powershell(1, "a", ""), whoami(2, "a"), query(3, "a", "b"), query(4, "a", "b")];
    let folder = Folder::new(
        "detections-layer",
        &[("a.rule", rules.as_bytes()), ("e.ndjson", &lines(&events)), ("none.ndjson", b"")],
    );
    let layer = |events: &str| -> Value {
        folder.session(&[&format!("run a.rule --events {events} --show none --quiet --navigator layer.json")]);
        serde_json::from_slice(&std::fs::read(folder.0.join("layer.json")).expect("a layer")).expect("JSON")
    };
    insta::assert_json_snapshot!(layer("e.ndjson"));
    let none = layer("none.ndjson");
    assert_eq!(
        (&none["techniques"], &none["gradient"]["maxValue"]),
        (&json!([]), &json!(1)),
        "the layer of a quiet day is one too"
    );
    let told = folder.session(&["run a.rule --events e.ndjson --format json --navigator no/such/folder.json"]);
    assert!(told.contains("[4]") && told.contains("no/such/folder.json cannot be written"), "{told}");
    let whole = told.split_once("--- out\n").and_then(|(_, rest)| rest.split_once("\n--- err")).expect("both").0;
    assert!(serde_json::from_str::<Value>(whole).is_ok(), "what was found is told all the same");
}
