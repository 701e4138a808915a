//! What alerts remember goes on from run to run, is kept with what was read, and outlives a program that is killed.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::folder::Folder;
use super::{RUN, project};

const RULES: &str = r#"
alert "many" { when 3 events within 60 seconds by Image { send file } }
alert "in order" {
    when in order { step User == 'a' step User == 'b' step User == 'c' } within 5 minutes by Computer { send file }
}
alert "first hit" { when 3 distinct User within 120 seconds from first hit by Computer { send file } }
alert "quiet" { suppress for 5 minutes by Image if User == 'c' { send file } }
"#;

/// Events of some users, programs and hosts, a few seconds apart, one in ten late.
fn events(count: u64) -> Vec<String> {
    let mut random = 20_261_126u64;
    let mut below = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % bound
    };
    let mut now = 1_800_000_000;
    (0..count)
        .map(|n| {
            now += below(14);
            let late = if below(10) == 0 { below(40) } else { 0 };
            let time = blocksieve::ast::Timestamp::new(i64::try_from(now - late).expect("small"), 0);
            let (image, user, host) = (below(4), ["a", "b", "c"][below(3) as usize], below(2));
            format!(
                r#"{{"@timestamp":"{time}","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","record_id":{n},"computer_name":"pc{host}","event_data":{{"Image":"C:\\{image}.exe","User":"{user}"}}}}}}"#
            ) + "\n"
        })
        .collect()
}

fn ready(name: &str, lines: &[String]) -> Folder {
    let folder = project(name, "send file", "[deliver.file]\npath = \"alerts.ndjson\"\n", 0);
    std::fs::write(folder.0.join("tool.rule"), RULES).expect("a file");
    std::fs::write(folder.0.join("events.ndjson"), lines.concat()).expect("a file");
    folder
}

/// The messages of a project, by their ids, without what says where the record stands.
fn alerts(folder: &Folder) -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(folder.0.join("alerts.ndjson")).unwrap_or_default();
    let mut alerts: Vec<(String, Value)> = text
        .lines()
        .map(|line| {
            let mut alert: Value = serde_json::from_str(line).expect("a whole line");
            for name in ["place", "hunt"] {
                alert[name] = Value::Null;
            }
            (alert["id"].as_str().expect("an id").to_string(), alert)
        })
        .collect();
    alerts.sort_by(|a, b| a.0.cmp(&b.0));
    alerts
}

/// All in one run, the sums of quiet alerts too.
fn whole(lines: &[String]) -> Vec<(String, Value)> {
    let folder = ready("remembered-whole", lines);
    let last = folder.session(&[&format!("{RUN} --last")]);
    assert!(last.contains("[0]"), "{last}");
    let whole = alerts(&folder);
    let of = |name: &str| whole.iter().filter(|(_, alert)| alert["rule"]["name"] == name).count();
    for name in ["many", "in order", "first hit", "quiet"] {
        assert!(of(name) > 3, "{name}: {}", of(name));
    }
    assert!(whole.iter().any(|(_, alert)| alert["suppressed"]["count"].as_u64().is_some_and(|count| count > 0)));
    assert!(whole.iter().any(|(_, alert)| alert["threshold"]["count"] == 3 && alert["related"][2]["host"] == "pc1"));
    whole
}

#[test]
fn a_stream_that_comes_in_pieces_gives_the_alerts_of_the_whole() {
    let lines = events(400);
    let whole = whole(&lines);
    for cuts in [vec![200], vec![1, 2, 3, 399], vec![50, 120, 121, 300]] {
        let folder = ready("remembered-cut", &[]);
        for cut in cuts.iter().copied().chain([lines.len()]) {
            std::fs::write(folder.0.join("events.ndjson"), lines[..cut].concat()).expect("a file");
            let last = if cut == lines.len() { " --last" } else { "" };
            let said = folder.session(&[&format!("{RUN}{last}")]);
            assert!(said.contains("[0]"), "{said}");
        }
        assert!(alerts(&folder) == whole, "cut at {cuts:?}");
    }
}

#[test]
fn a_run_that_is_killed_remembers_as_if_it_was_not() {
    let lines = events(3000);
    let folder = ready("remembered-whole-kill", &lines);
    folder.session(&[RUN]);
    let whole = alerts(&folder);
    let folder = ready("remembered-kill", &lines);
    let mut killed = 0;
    for wait in (0..).map(|n: u64| 5 + n * 7 % 160) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
        command.args(RUN.split(' ')).current_dir(&folder.0).stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().expect("it is a child").is_some() || killed == 40 {
            child.wait().expect("ends");
            break;
        }
        child.kill().expect("it may be killed");
        child.wait().expect("ends");
        killed += 1;
    }
    folder.session(&[RUN]);
    eprintln!("{killed} kills, {} messages", whole.len());
    assert!(killed > 0, "nothing was killed");
    let found = alerts(&folder);
    let ids: BTreeSet<&String> = found.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), found.len(), "a message came twice");
    assert!(found == whole, "{} messages, {} expected", found.len(), whole.len());
}

/// What was kept quiet is no message before its period is over: that a summary is still owed is said, and how to have it now.
#[test]
fn a_summary_that_is_still_owed_is_told_until_it_is_sent() {
    let lines = events(40);
    let folder = ready("remembered-owed", &lines);
    let run = RUN.replace(" --quiet", "");
    let owed = "not over, with ";
    let first = folder.session(&[&run]);
    assert!(first.contains(owed) && first.contains(" with a later event of the host, or now with --last\n"), "{first}");
    let again = folder.session(&[&run]);
    assert!(
        again.contains("0 new messages") && again.contains(owed),
        "nothing new came, and it is owed as before: {again}"
    );
    let last = folder.session(&[&format!("{run} --last")]);
    assert!(!last.contains("0 new messages") && !last.contains(owed), "{last}");
    let after = folder.session(&[&run]);
    assert!(after.contains("0 new messages") && !after.contains(owed), "{after}");
}

#[cfg(feature = "watch")]
#[test]
fn watch_delivers_what_run_delivers_and_goes_on_where_it_was() {
    let lines = events(400);
    let folder = ready("remembered-watch-whole", &lines);
    folder.session(&[RUN]);
    let whole = alerts(&folder);
    let folder = ready("remembered-watch", &[]);
    let watch = "watch . --events events.ndjson --deliver --once --show none --quiet";
    for cut in [30, 31, 250, 400] {
        std::fs::write(folder.0.join("events.ndjson"), lines[..cut].concat()).expect("a file");
        let said = folder.session(&[watch]);
        assert!(said.contains("[0]"), "{said}");
    }
    assert!(alerts(&folder) == whole, "{} and {}", alerts(&folder).len(), whole.len());
}

/// A log that is rotated between runs, as logrotate does it; what was read under another name is not read again.
#[test]
fn a_log_that_is_rotated_between_runs_gives_the_alerts_of_the_whole() {
    let lines = events(400);
    let whole = whole(&lines);
    let folder = ready("remembered-rotated", &[]);
    let file = |name: &str| folder.0.join(name);
    std::fs::remove_file(file("events.ndjson")).expect("ours");
    let run = |more: &str| {
        let said = folder.session(&[&format!("run . --events x.log* --deliver --show none{more}")]);
        assert!(said.contains("[0]"), "{said}");
        said
    };
    let append = |from: usize, to: usize| {
        let mut text = std::fs::read(file("x.log")).unwrap_or_default();
        text.extend(lines[from..to].concat().as_bytes());
        // In place, so that it stays the file that it is.
        std::fs::write(file("x.log"), text).expect("a file");
    };
    append(0, 130);
    run("");
    append(130, 150);
    std::fs::rename(file("x.log"), file("x.log.1")).expect("ours");
    append(150, 200);
    assert!(run("").contains("130 records read before"));
    // Packed, and the next one.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &std::fs::read(file("x.log.1")).expect("ours")).expect("memory");
    std::fs::write(file("x.log.2.gz"), gzip.finish().expect("memory")).expect("a file");
    std::fs::remove_file(file("x.log.1")).expect("ours");
    std::fs::rename(file("x.log"), file("x.log.1")).expect("ours");
    append(200, 320);
    run("");
    // Copied and emptied.
    std::fs::copy(file("x.log"), file("x.log.0")).expect("ours");
    std::fs::write(file("x.log"), "").expect("ours");
    append(320, 400);
    // Half a line waits for its end.
    let half = std::fs::read_to_string(file("x.log")).expect("ours");
    std::fs::write(file("x.log"), &half[..half.len() - 30]).expect("ours");
    assert!(run("").contains("note: x.log: its last "));
    std::fs::write(file("x.log"), &half).expect("ours");
    let last = run(" --last");
    assert!(last.contains("(399 records read before)"), "{last}");
    // A record's number in its file is a part of the id; all else is the same.
    let without_ids = |alerts: Vec<(String, Value)>| {
        let mut all: Vec<String> = alerts
            .into_iter()
            .map(|(_, mut alert)| {
                alert["id"] = Value::Null;
                alert.to_string()
            })
            .collect();
        all.sort();
        all
    };
    assert!(without_ids(alerts(&folder)) == without_ids(whole), "other alerts");
}

/// `run` and `watch` go on from the same state, whoever read last.
#[cfg(feature = "watch")]
#[test]
fn run_and_watch_go_on_where_the_other_was() {
    let lines = events(400);
    let whole = whole(&lines);
    let folder = ready("remembered-both", &[]);
    let watch = "watch . --events events.ndjson --deliver --once --show none --quiet";
    let steps = [
        (30, RUN, "0 records"),
        (31, watch, "30 records"),
        (140, RUN, "31 records"),
        (250, watch, "140 records"),
        (260, watch, "250 records"),
        (300, RUN, "260 records"),
    ];
    for (cut, command, before) in steps {
        std::fs::write(folder.0.join("events.ndjson"), lines[..cut].concat()).expect("a file");
        let said = folder.session(&[&command.replace(" --quiet", "")]);
        assert!(said.contains("[0]"), "{said}");
        let before = format!("({before} read before)");
        assert!(said.contains(&before), "{before}, said {command}: {said}");
    }
    // From another folder, by another name of the same file.
    std::fs::write(folder.0.join("events.ndjson"), lines.concat()).expect("a file");
    let events = folder.0.join("./events.ndjson").display().to_string();
    let said = folder.session(&[&format!("run . --events {events} --deliver --show none --quiet --last")]);
    assert!(said.contains("[0]"), "{said}");
    assert!(alerts(&folder) == whole, "{} and {}", alerts(&folder).len(), whole.len());
    // The state of one that does not deliver is another kind of file, which is said.
    let told = folder.session(&[
        "watch . --events events.ndjson --once --show none --quiet --state positions",
        "run . --events events.ndjson --deliver --show none --quiet --state positions",
        "watch . --events events.ndjson --once --show none --quiet --state .blocksieve/state.db",
    ]);
    assert!(told.contains("positions is of a `watch` that does not deliver"), "{told}");
    assert!(told.contains("it is that of a program that delivers: say --deliver"), "{told}");
}
