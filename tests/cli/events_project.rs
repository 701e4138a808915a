//! `blocksieve events --project`: conditions and counts behind a project's classify rules; and what is said where there is no project.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support::folder::Folder;
use crate::support::sysmon;

const HASH: &str = "C1D88F0C7B8F2D2A7B5F6EE0B51DEB0C9FC53CC26D1408F1CE0426436E4B4A3B";

/// Three events of Sysmon and one of somebody else, and a project whose last classify rule is never reached by all of them.
fn folder(name: &str) -> Folder {
    let data = |image: &str, more: &str| format!(r#""Image":"C:\\{image}.exe","ProcessGuid":"{{1}}"{more}"#);
    let events = [
        sysmon(1, &data("a", &format!(r#","ParentProcessGuid":"{{2}}","Hashes":"SHA256={HASH}""#))),
        sysmon(5, &data("b", "")),
        sysmon(10, r#""SourceProcessGUID":"{1}","TargetProcessGUID":"{3}""#),
        r#"{"winlog":{"provider_name":"Other","event_id":"1","event_data":{"Group":"forged"}}}"#.to_string(),
    ];
    Folder::new(
        &format!("events-project-{name}"),
        &[
            ("e.ndjson", events.join("\n").as_bytes()),
            ("p/blocksieve.toml", b"[tables.known]\nfile = \"known.csv\"\nkey = \"sha256\"\nhashes = [\"sha256\"]\n"),
            ("p/known.csv", format!("sha256\n{HASH}\n").as_bytes()),
            ("p/filters/f.rule", b"filter \"f\" { if event is sysmon.process_create { drop } }"),
            (
                "p/classify/1.rule",
                b"classify \"1\" { if event is sysmon.process_create { tag \"start\" set msg.group = 'first' stop } set msg.group = 'other' }",
            ),
            ("p/classify/2.rule", b"classify \"2\" { tag \"late\" remove field msg.image }"),
            ("p/alerts/a.rule", b"alert \"a\" { tag \"told\" send mail }"),
            ("bad/blocksieve.toml", b""),
            ("bad/c.rule", b"classify \"c\" { if Image == { tag \"x\" } }"),
            ("none/blocksieve.toml", b"[tables.known]\nfile = \"../p/known.csv\"\nkey = \"sha256\"\n"),
        ],
    )
}

#[test]
fn with_a_project_its_classify_rules_run_and_its_tables_are_known() {
    insta::assert_snapshot!(folder("with").session(&[
        "events e.ndjson --quiet --project p --where 'has tag \"start\"' --count-by EventID,msg.group",
        "events e.ndjson --quiet --project p --where 'not has tag \"late\"' --count-by EventID",
        "events e.ndjson --quiet --project p --where 'has tag \"told\"' --count-by EventID",
        "events e.ndjson --quiet --project p --count-by msg.group,msg.image",
        "events e.ndjson --quiet --project p --where 'hash SHA256 in table \"known\"' --count-by 'hash SHA256'",
        "events e.ndjson --quiet --project none --where 'hash SHA256 in table \"known\"' --count-by 'hash SHA256'",
        "events e.ndjson --quiet --project p --where 'Image in table \"x\"'",
        "events e.ndjson --quiet --project bad --where 'Image exists'",
        "events e.ndjson --quiet --project gone",
    ]));
}

#[test]
fn without_one_it_is_said_that_no_rules_run() {
    insta::assert_snapshot!(folder("without").session(&[
        "events e.ndjson --quiet --where 'has tag \"start\"' --count-by EventID",
        "events e.ndjson --quiet --where 'EventID exists and msg.group == \"first\"' --count-by EventID",
        "events e.ndjson --quiet --count-by msg.dataset,EventID",
        "events e.ndjson --quiet --where 'hash SHA256 in table \"known\"'",
    ]));
}

#[test]
fn what_stands_in_the_place_of_a_field_is_counted_or_refused() {
    insta::assert_snapshot!(folder("special").session(&[
        "events e.ndjson --quiet --count-by 'any processguid'",
        "events e.ndjson --quiet --count-by 'any ProcessGuid,EventID' --where 'event is sysmon.process_access'",
        "events e.ndjson --quiet --count-by 'hash SHA256'",
        "events e.ndjson --quiet --count-by 'hash SHA512'",
        "events e.ndjson --quiet --count-by 'EventID,has tag x'",
        "events e.ndjson --quiet --count-by 'any field'",
        "events e.ndjson --quiet --count-by 'file name of Image'",
    ]));
}

#[test]
fn tags_hosts_and_events_are_counted_as_people_see_them() {
    insta::assert_snapshot!(folder("tags").session(&[
        "events e.ndjson --quiet --project p --count-by tags",
        "events e.ndjson --quiet --project p --count-by meta.tags --where 'has tag \"start\"'",
        "events e.ndjson --quiet --count-by tags",
        "events e.ndjson --quiet --count-by host,event",
        "events e.ndjson --quiet --count-by winlog",
        "events e.ndjson --quiet --count-by msg",
        "events e.ndjson --quiet --count-by 'ANY PROCESSGUID'",
        "events e.ndjson --quiet --count-by 'Lower Case of Image'",
        "events e.ndjson --quiet --count-by 'lookup \"known\" of Image'",
    ]));
}

#[test]
fn what_the_log_manager_stored_is_asked_without_rules() {
    let stored = br#"{"@timestamp":"2024-01-31T10:00:00.000Z","msg":{"eventid":"1","group":"g"},"meta":{"parser":"sysmon","tags":["a","b"]},"raw":"x"}
{"@timestamp":"2024-01-31T10:00:00.000Z","msg":{"eventid":"1"},"meta":{"parser":"sysmon","tags":["A"]},"raw":"x"}
"#;
    // An agent's event says nothing of its tags.
    let agents = br#"{"winlog":{"event_id":"1"},"meta":{"tags":["a"]},"tags":["a"]}"#;
    let folder = Folder::new("events-stored", &[("s.ndjson", stored), ("a.ndjson", agents)]);
    insta::assert_snapshot!(folder.session(&[
        "events s.ndjson --quiet --where 'has tag \"a\"' --count-by tags",
        "events s.ndjson --quiet --where 'not has all tags [\"a\", \"b\"]' --count-by meta.tags",
        "events s.ndjson --quiet --where 'has any tag [\"x\", \"b\"] and raw == \"x\"' --count-by meta.parser,msg.group",
        "events a.ndjson --quiet --where 'has tag \"a\" or meta.tags exists' --count-by tags",
    ]));
}
