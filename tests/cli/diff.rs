//! `blocksieve diff`: what another version of the rules changes, compared with what two runs say.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::folder::Folder;
use proptest::prelude::*;
use serde_json::Value;

const DROP: &str = "filter \"updates\" {\n    id \"f-1\"\n    if event is sysmon.dns_query and QueryName ends with '.update.example.org' {\n        drop\n    }\n}\n";
const TAG: &str = "classify \"pipes\" {\n    if event is sysmon.pipe_created {\n        tag \"pipe\"\n        set msg.checked = 'no'\n    }\n}\n";
const ALERT: &str =
    "alert \"drivers\" {\n    if event is sysmon.driver_load {\n        send mail to [\"soc@example.org\"]\n    }\n}\n";

/// A name that an endpoint chose, to get out of the comment.
const HOSTILE: &str = r#"ws|`@all` </details><img src=x> www.evil.example.org\n#1 [x](y)\u202e"#;

fn events() -> String {
    let event = |id: u32, host: &str, data: &str| {
        format!(
            r#"{{"@timestamp":"2025-03-04T07:00:00.000Z","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","computer_name":"{host}","event_id":"{id}","event_data":{{{data}}}}}}}"#
        )
    };
    let lines = [
        event(22, "ws01", r#""QueryName":"a.update.example.org""#),
        event(22, "ws01", r#""QueryName":"b.other.example.org""#),
        event(22, HOSTILE, r#""QueryName":"c.other.example.org""#),
        event(17, "ws02", r#""PipeName":"\\x""#),
        event(6, "ws02", r#""ImageLoaded":"C:\\x.sys""#),
        r#"{"winlog":{"event_id":"22","#.to_string(),
        event(6, "ws01", r#""ImageLoaded":"C:\\y.sys""#),
    ];
    lines.join("\n") + "\n"
}

/// Two versions: the filter has another name and drops more, a tag is another, a field too, and the alert asks for more.
fn folder(name: &str) -> Folder {
    let drop = DROP
        .replace("updates", "updates and others")
        .replace("'.update.", "any ['.update.', '.other.")
        .replace("example.org' {", "example.org'] {");
    let drop = drop.replace("'.update.', '.other.example.org'", "'.update.example.org', '.other.example.org'");
    let tag = TAG.replace("\"pipe\"", "\"a pipe\"").replace("'no'", "'yes'");
    let alert = ALERT.replace("sysmon.driver_load", "sysmon.driver_load and ImageLoaded ends with 'x.sys'");
    let more = "alert \"pipes too\" { if has tag \"a pipe\" { send mail to [\"soc@example.org\"] } }\n";
    Folder::new(
        name,
        &[
            ("old/a.rule", DROP.as_bytes()),
            ("old/b.rule", TAG.as_bytes()),
            ("old/c.rule", ALERT.as_bytes()),
            ("new/a.rule", drop.as_bytes()),
            ("new/b.rule", tag.as_bytes()),
            ("new/c.rule", alert.as_bytes()),
            ("new/d.rule", more.as_bytes()),
            ("renamed/a.rule", DROP.replace("\"updates\"", "\"other name\"").as_bytes()),
            ("one/a.rule", DROP.as_bytes()),
            ("other/a.rule", DROP.replace("f-1", "f-2").replace("\"updates\"", "\"other name\"").as_bytes()),
            ("bad/a.rule", b"filter \"bad\" { if Imagee == 5 { dropp } }\n"),
            ("events.ndjson", events().as_bytes()),
            ("text.ndjson", b"\n"),
        ],
    )
}

#[test]
fn what_changes_is_told_in_every_format() {
    let folder = folder("diff");
    insta::assert_snapshot!(folder.session(&[
        "diff old new --events events.ndjson",
        "diff old new --events events.ndjson --format markdown --examples 1",
        "diff old new --events events.ndjson --format json --examples 1",
        "diff old new --events events.ndjson --examples 1 --verbose",
    ]));
}

#[test]
fn statuses_gates_and_what_cannot_be_compared() {
    let folder = folder("diff-status");
    insta::assert_snapshot!(folder.session(&[
        // A record is damaged: partly done, whatever else.
        "diff old old --events events.ndjson --exit-code",
        "diff one renamed --events - --exit-code < events.ndjson",
        "diff one other --events events.ndjson --examples 0 --exit-code",
        "diff old new --events events.ndjson --max-newly-dropped 1 --max-alerts-lost 1 --max-alerts-gained 0 --examples 0 --format json --exit-code",
        "diff old bad --events events.ndjson",
        "diff - new --events - < old/a.rule",
        "diff old new --events text.ndjson --exit-code",
        "diff old nowhere --events events.ndjson",
        "diff old new",
    ]));
}

#[test]
fn differences_alone_end_with_status_1_and_only_when_asked() {
    let folder = folder("diff-clean");
    let lines: Vec<String> = events().lines().filter(|line| line.ends_with("}}}")).map(String::from).collect();
    std::fs::write(folder.0.join("whole.ndjson"), lines.join("\n")).expect("a file");
    let status = |command: &str| {
        let told = folder.session(&[command]);
        told.lines().nth(1).map(str::to_string).unwrap_or_default()
    };
    assert_eq!(status("diff old new --events whole.ndjson"), "[0]");
    assert_eq!(status("diff old new --events whole.ndjson --exit-code"), "[1]");
    assert_eq!(status("diff old old --events whole.ndjson --exit-code"), "[0]");
    assert_eq!(status("diff old new --events whole.ndjson --max-newly-dropped 1"), "[1]");
    assert_eq!(status("diff old new --events whole.ndjson --max-newly-dropped 2"), "[0]");
}

/// What an endpoint wrote stands in code spans and nowhere else: neither mention nor link nor tag comes of it.
#[test]
fn nothing_of_an_event_gets_out_of_the_comment() {
    let folder = folder("diff-hostile");
    let told = folder.session(&["diff old new --events events.ndjson --format markdown --verbose"]);
    let comment = told.split("--- out\n").nth(1).and_then(|rest| rest.split("--- err").next()).expect("a comment");
    assert!(
        comment.contains(r"ws\u{7c}\u{60}@all\u{60} </details><img src=x> www.evil.example.org\n#1 [x](y)\u{202e}"),
        "{comment}"
    );
    for line in comment.lines() {
        let parts: Vec<&str> = line.split('`').collect();
        assert!(parts.len() % 2 == 1, "a code span that is open: {line}");
        let outside: String = parts.iter().step_by(2).copied().collect();
        for part in ["@", "evil", "img", "](", "\u{202e}"] {
            assert!(!outside.contains(part), "{part}: {line}");
        }
        let tags = ["<details>", "</details>", "<summary>", "</summary>"];
        let rest = tags.iter().fold(outside, |rest, tag| rest.replace(tag, ""));
        assert!(!rest.contains('<'), "{line}");
        // The cells of a row are as many as those of its header.
        assert!(!line.starts_with("| `") || [3, 4, 5, 6, 7].contains(&(line.matches('|').count() - 1)), "{line}");
    }
}

#[test]
fn agents_of_two_versions_are_asked_for_their_own_event() {
    let rule = "filter \"ids\" {\n    if strictly winlog.event_id == 22 { drop }\n}\n";
    let folder = Folder::new(
        "diff-agents",
        &[
            ("old/blocksieve.toml", b"winlogbeat = \"7.12\"\n"),
            ("old/a.rule", rule.as_bytes()),
            ("new/blocksieve.toml", b"winlogbeat = \"8.17\"\n"),
            ("new/a.rule", rule.as_bytes()),
            ("event.xml", br#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>22</EventID><Computer>ws01</Computer></System><EventData><Data Name="QueryName">a</Data></EventData></Event>"#),
        ],
    );
    let told = folder.session(&[
        "run old --events event.xml --show none",
        "run new --events event.xml --show none",
        "diff old new --events event.xml",
    ]);
    insta::assert_snapshot!(told);
}

/// What alerts remember goes on from event to event, for each version on its own.
#[test]
fn alerts_that_count_are_compared_event_by_event() {
    let rule = |least: u32, quiet: &str| {
        format!(
            "alert \"many\" {{\n    {quiet}\n    if event is sysmon.dns_query {{\n        when {least} events within 10 minutes by Computer {{\n            send mail to [\"soc@example.org\"]\n        }}\n    }}\n}}\nalert \"each\" {{\n    {quiet}\n    if event is sysmon.driver_load {{ send mail to [\"soc@example.org\"] }}\n}}\n"
        )
    };
    let event = |at: u32| {
        let (minute, id) = (at / 2, if at.is_multiple_of(3) { 6 } else { 22 });
        format!(
            r#"{{"@timestamp":"2025-03-04T07:{minute:02}:00.000Z","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","computer_name":"ws{}","event_id":"{id}","event_data":{{"QueryName":"a"}}}}}}"#,
            at % 2
        )
    };
    let events: Vec<String> = (0..100).map(event).collect();
    let folder = Folder::new(
        "diff-count",
        &[
            ("old/a.rule", rule(2, "").as_bytes()),
            ("new/a.rule", rule(3, "suppress for 5 minutes by Computer").as_bytes()),
            ("e.ndjson", events.join("\n").as_bytes()),
        ],
    );
    let with = |words: &[&str]| json(&folder.0, &[words, &["--format", "json", "--events", "e.ndjson"]].concat());
    let diff = with(&["diff", "old", "new"]);
    let runs = [with(&["run", "old", "--show", "all"]), with(&["run", "new", "--show", "all"])];
    for (what, count) in slow(&runs[0], &runs[1]) {
        assert_eq!(diff["changes"][what], count, "{what}");
    }
    assert!(diff["changes"]["alerts_lost"].as_u64() > Some(10), "{:#}", diff["changes"]);
    assert_eq!(with(&["diff", "new", "new"])["changed"], false);
}

/// What one version, or both, could not read or say: counted and told, for each.
#[test]
fn what_cannot_be_said_is_told_by_version() {
    let old = "filter \"image\" { if event is sysmon.dns_query and Image == 'x' { drop } }\n";
    let new = "filter \"line\" { if event is sysmon.dns_query and CommandLine contains 'x' { drop } }\nfilter \"text\" { if event is sysmon.dns_query and message contains 'x' { drop } }\nfilter \"marks\" { if event is sysmon.dns_query { tag \"seen\" } }\n";
    let long = "a".repeat(blocksieve::limits::VALUE_BYTES + 1);
    let events = [
        support::sysmon(22, r#""Image":"\q""#),
        support::sysmon(22, r#""CommandLine":"\q""#),
        support::sysmon(22, &format!(r#""CommandLine":"{long}""#)),
        r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>22</EventID></System></Event>"#.to_string(),
    ];
    let folder = Folder::new(
        "diff-gaps",
        &[
            ("old/a.rule", old.as_bytes()),
            ("new/a.rule", new.as_bytes()),
            ("a.ndjson", events[..3].join("\n").as_bytes()),
            ("b.xml", events[3].as_bytes()),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "diff old new --events a.ndjson b.xml --examples 1",
        "diff new new --events a.ndjson b.xml --exit-code",
    ]));
}

/// The page names every key, word and option that there is.
#[test]
fn the_page_has_every_key_word_and_option() {
    let page = include_str!("../../grammar/diff.md");
    let folder = folder("diff-page");
    let given = json(&folder.0, &["diff", "old", "new", "--events", "events.ndjson", "--format", "json", "--verbose"]);
    let mut keys = BTreeSet::new();
    let mut open = vec![&given];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                // What `run` counts has its own table.
                keys.extend(members.keys().cloned());
                open.extend(members.iter().filter(|(key, _)| *key != "counts").map(|(_, value)| value));
            }
            Value::Array(members) => open.extend(members),
            _ => {}
        }
    }
    let kinds = [
        "newly-dropped",
        "newly-kept",
        "dropped-by-another",
        "alert-gained",
        "alert-lost",
        "alert-otherwise",
        "tag-gained",
        "tag-lost",
        "field",
    ];
    let help = Command::new(env!("CARGO_BIN_EXE_blocksieve")).args(["diff", "--help"]).output().expect("starts").stdout;
    let help = String::from_utf8(help).expect("text");
    let options = [
        "--exit-code",
        "--max-newly-dropped",
        "--max-alerts-gained",
        "--max-alerts-lost",
        "--examples",
        "--verbose",
        "--merge",
    ];
    for option in options {
        assert!(help.contains(option), "{option}");
    }
    assert!(keys.len() > 25, "{keys:?}");
    for word in keys.iter().map(String::as_str).chain(kinds) {
        assert!(page.contains(&format!("`{word}`")), "{word} is not on the page");
    }
    for option in options {
        assert!(page.contains(&format!("`{option}")), "{option} is not on the page");
    }
}

#[test]
fn a_revision_of_git_is_a_version() {
    let folder = folder("diff-git");
    let git = |words: &[&str]| {
        let fixed = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
        Command::new("git").args(fixed).args(words).current_dir(&folder.0).output()
    };
    if git(&["--version"]).is_err() {
        eprintln!("skipped: there is no git here");
        return;
    }
    let done = |words: &[&str]| assert!(git(words).expect("git").status.success(), "{words:?}");
    // The old rules are a project in the first commit; in the working tree they are the new ones.
    std::fs::write(folder.0.join("old/blocksieve.toml"), "name = \"x\"\n").expect("a file");
    std::fs::write(folder.0.join(".gitattributes"), "old export-ignore\n").expect("a file");
    done(&["init", "--quiet"]);
    done(&["add", "--all"]);
    done(&["commit", "--quiet", "--message", "first"]);
    for file in ["a.rule", "b.rule", "c.rule", "d.rule"] {
        std::fs::copy(folder.0.join("new").join(file), folder.0.join("old").join(file)).expect("copied");
    }
    let told = |command: &str| {
        let told = folder.session(&[command]);
        told.lines()
            .find(|line| line.contains("events decided") || line.contains("Nothing") || line.starts_with("error:"))
            .map(str::to_string)
            .expect("a line")
    };
    let all = told("diff git:main old --events events.ndjson");
    assert!(all.starts_with("4 of 6 events decided differently"), "{all}");
    assert_eq!(told("diff old git:HEAD --events events.ndjson").split(':').next(), all.split(':').next());
    assert_eq!(
        told("diff git:main:old git:main:old --events events.ndjson"),
        "Nothing changes: both versions decide 6 events alike."
    );
    // One file of the project.
    assert!(told("diff git:main old/a.rule --events events.ndjson").contains("2 newly dropped"));
    assert!(told("diff git:main:old/a.rule old/a.rule --events events.ndjson").contains("2 newly dropped"));
    assert_eq!(
        told("diff git:nothing old --events events.ndjson"),
        "error: there is no revision `nothing` in the repository"
    );
    assert_eq!(
        told("diff git:--help old --events events.ndjson"),
        "error: there is no revision `--help` in the repository"
    );
    assert_eq!(told("diff git:main:nowhere old --events events.ndjson"), "error: `main` has no nowhere");
    // Also where one stands in the project.
    let inside = Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .args(["diff", "git:main:gone.rule", ".", "--events", "../events.ndjson"])
        .current_dir(folder.0.join("old"))
        .output()
        .expect("runs");
    assert_eq!(inside.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&inside.stderr).starts_with("error: `main` has no gone.rule"), "{inside:?}");
    // Faults of a revision are told where they are in the repository.
    std::fs::write(folder.0.join("old/a.rule"), "filter \"bad\" { dropp }\n").expect("a file");
    done(&["add", "--all"]);
    done(&["commit", "--quiet", "--message", "second"]);
    let bad = folder.session(&["diff git:HEAD new --events events.ndjson", "diff git:HEAD old --events events.ndjson"]);
    assert!(bad.contains("--> git:HEAD:new/") || bad.contains("--> git:HEAD:old/a.rule:1:"), "{bad}");
    assert!(bad.contains("error: the old rules, git:HEAD, do not compile: 1 error"), "{bad}");
    // Nothing of it is left, in the repository or beside it.
    let status = git(&["status", "--porcelain"]).expect("git").stdout;
    assert_eq!(String::from_utf8_lossy(&status), "");
}

#[test]
fn without_git_a_revision_is_refused_in_words() {
    let folder = folder("diff-no-git");
    let output = Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .args(["diff", "git:main", "old", "--events", "events.ndjson"])
        .current_dir(&folder.0)
        .env("PATH", folder.0.join("nowhere"))
        .output()
        .expect("starts");
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: git:REV needs git, and there is none on the path\n  help: install git, or name a folder with the other version of the rules\n"
    );
}

// Against two runs -----------------------------------------------------------------------------------------------------

/// The files of the Sysmon example, rules apart.
fn example() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut all: Vec<PathBuf> = Vec::new();
    let mut open = vec![PathBuf::from("examples/sysmon")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { open.push(path) } else { all.push(path) }
        }
    }
    all.sort();
    all.into_iter()
        .filter(|path| !path.to_string_lossy().contains("events/"))
        .partition(|path| path.extension().is_some_and(|ending| ending == "rule"))
}

/// What may be another in a version: a rule is gone, or some words in all of them.
#[derive(Clone, Debug)]
struct Version {
    without: Vec<bool>,
    words: Vec<bool>,
}

const WORDS: [(&str, &str); 8] = [
    ("tag \"suspicious\"", "tag \"odd\""),
    (" and QueryStatus == 0", ""),
    ("'soc@example.org'", "'other@example.org'"),
    ("to [\"soc@example.org\"]", "to [\"other@example.org\"]"),
    ("'Credential Dumping', ", ""),
    ("set msg.group = 'security'", "set msg.group = 'safety'"),
    ("msg.eventid in [4, 15, 16, 255]", "msg.eventid in [4, 16]"),
    (
        "send mail using",
        "set msg.told = true send mail using template \"sysmon\" to [\"b@example.org\"] send mail using",
    ),
];

fn version() -> impl Strategy<Value = Version> {
    let without = prop::collection::vec(prop::bool::weighted(0.15), 32);
    (without, prop::collection::vec(prop::bool::weighted(0.3), WORDS.len()))
        .prop_map(|(without, words)| Version { without, words })
}

/// Writes a version; nothing where no rule is left.
fn write(version: &Version, to: &Path) {
    let (rules, others) = example();
    let kept = rules.iter().enumerate().filter(|(at, _)| !version.without[at % 32]).map(|(_, path)| path);
    for path in kept.chain(&others) {
        let file = to.join(path.strip_prefix("examples/sysmon").expect("below"));
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        let mut bytes = std::fs::read(path).expect("a file");
        if path.extension().is_some_and(|ending| ending == "rule") {
            let mut text = String::from_utf8(bytes).expect("text");
            for ((from, to), on) in WORDS.iter().zip(&version.words) {
                if *on {
                    text = text.replace(from, to);
                }
            }
            bytes = text.into_bytes();
        }
        std::fs::write(file, bytes).expect("written");
    }
}

/// One JSON document that a command writes.
fn json(folder: &Path, words: &[&str]) -> Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_blocksieve")).args(words).current_dir(folder).output().expect("starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{words:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}\n{told}"))
}

/// The numbers of a difference, the slow way: both runs' decisions, event by event.
fn slow(old: &Value, new: &Value) -> BTreeMap<&'static str, u64> {
    let keyed = |run: &Value| -> BTreeMap<(String, u64), Value> {
        let decisions = run["decisions"].as_array().expect("decisions");
        decisions
            .iter()
            .map(|d| ((d["file"].to_string(), d["record"].as_u64().expect("a number")), d.clone()))
            .collect()
    };
    let (old, new) = (keyed(old), keyed(new));
    assert_eq!(old.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
    let mut sums = BTreeMap::new();
    for (key, before) in &old {
        let after = &new[key];
        let mut is_other = false;
        let mut note = |what, count: u64| {
            is_other |= count > 0;
            *sums.entry(what).or_insert(0) += count;
        };
        let dropped = |decision: &Value| decision["decision"] == "dropped";
        note("newly_dropped", u64::from(!dropped(before) && dropped(after)));
        note("newly_kept", u64::from(dropped(before) && !dropped(after)));
        let both = dropped(before) && dropped(after);
        note("dropped_by_another", u64::from(both && before["rule"]["id"] != after["rule"]["id"]));
        let kept = !dropped(before) && !dropped(after);
        let tags = |decision: &Value| (decision["tags"].clone(), decision["agent_tags"].clone());
        note("tags_changed", u64::from(kept && tags(before) != tags(after)));
        let fields = |decision: &Value| (decision["set"].clone(), decision["removed"].clone());
        note("fields_changed", u64::from(kept && fields(before) != fields(after)));
        let sent = |decision: &Value| -> BTreeMap<String, Vec<String>> {
            let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let alerts = decision["alerts"].as_array().into_iter().flatten();
            for alert in alerts.filter(|alert| alert["quiet"] != true) {
                let how = format!("{} {} {}", alert["via"], alert["template"], alert["to"]);
                sent.entry(alert["rule"]["name"].to_string()).or_default().push(how);
            }
            sent.values_mut().for_each(|how| how.sort());
            sent
        };
        let (before, after) = (sent(before), sent(after));
        for rule in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (before, after) =
                (before.get(rule).cloned().unwrap_or_default(), after.get(rule).cloned().unwrap_or_default());
            note("alerts_gained", (after.len() as u64).saturating_sub(before.len() as u64));
            note("alerts_lost", (before.len() as u64).saturating_sub(after.len() as u64));
            note("alerts_otherwise", u64::from(before.len() == after.len() && before != after));
        }
        *sums.entry("events").or_insert(0) += u64::from(is_other);
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_is_what_two_runs_differ_in(old in version(), new in version()) {
        let folder = Folder::new("diff-random", &[]);
        write(&old, &folder.0.join("old"));
        write(&new, &folder.0.join("new"));
        let here = std::env::current_dir().expect("a folder");
        let events = [here.join("examples/sysmon/events/sysmon.ndjson"), here.join("tests/forms/files")].map(|path| path.display().to_string());
        let with = |words: &[&str]| {
            let words: Vec<&str> = words.iter().copied().chain(["--format", "json", "--events"]).chain(events.iter().map(String::as_str)).collect();
            json(&folder.0, &words)
        };
        let (diff, back) = (with(&["diff", "old", "new"]), with(&["diff", "new", "old"]));
        let runs = [with(&["run", "old", "--show", "all"]), with(&["run", "new", "--show", "all"])];
        for (what, count) in slow(&runs[0], &runs[1]) {
            prop_assert_eq!(&diff["changes"][what], count, "{}", what);
        }
        for (side, run) in ["old", "new"].into_iter().zip(&runs) {
            prop_assert_eq!(&diff[side]["counts"], &run["summary"]["counts"]);
        }
        let number = |diff: &Value, key: &str| diff["changes"][key].as_i64().unwrap_or_default();
        let bytes = |run: &Value| run["summary"]["counts"]["bytes_dropped"].as_i64().unwrap_or_default();
        prop_assert_eq!(number(&diff, "bytes_saved") - number(&diff, "bytes_added"), bytes(&runs[1]) - bytes(&runs[0]));
        // By rule, by host and by event it is as much as in all.
        let sum = |rows: &Value, key: &str| rows.as_array().into_iter().flatten().map(|row| row[key].as_i64().unwrap_or_default()).sum::<i64>();
        for key in ["events", "newly_dropped", "newly_kept", "alerts_gained", "alerts_lost", "bytes_saved"] {
            prop_assert_eq!(sum(&diff["hosts"], key), number(&diff, key));
            prop_assert_eq!(sum(&diff["events"], key), number(&diff, key));
        }
        let of = |diff: &Value, change: &str| -> i64 {
            let groups = diff["groups"].as_array().into_iter().flatten().filter(|group| group["change"] == change);
            groups.map(|group| group["count"].as_i64().unwrap_or_default()).sum()
        };
        prop_assert_eq!(of(&diff, "newly-dropped"), number(&diff, "newly_dropped"));
        // Back again it is the same, the other way round.
        for (one, two) in [("newly_dropped", "newly_kept"), ("alerts_gained", "alerts_lost"), ("bytes_saved", "bytes_added")] {
            prop_assert_eq!((number(&diff, one), number(&diff, two)), (number(&back, two), number(&back, one)));
        }
        for same in ["events", "dropped_by_another", "tags_changed", "fields_changed", "alerts_otherwise"] {
            prop_assert_eq!(number(&diff, same), number(&back, same));
        }
        prop_assert_eq!(of(&diff, "tag-gained"), of(&back, "tag-lost"));
        // And with itself there is none.
        let same = with(&["diff", "new", "new"]);
        prop_assert_eq!(&same["changed"], &Value::Bool(false));
        prop_assert_eq!(same["groups"].as_array().map(Vec::len), Some(0));
    }
}
