//! Boards against an independent count: Python reads the same files and counts by itself.
//!
//! Over the example's events, and over attack samples of the corpus in another form. Says "skipped" where Python or the corpus is absent.
#![allow(clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;
use std::process::Command;

use blocksieve::fold::fold;
use blocksieve::session::board::Boards;
use blocksieve::session::board::wire::{Apart, Board, BoardQuery, BoardTerm, BoardWanted, TopWanted};
use blocksieve::session::wire::{Answer, RuleFile};
use blocksieve::session::{Session, Settings};
use serde_json::{Value, json};

/// Counts what a board counts. In: the file, the fields, and what `Image` must hold (nothing: any). Out: for each field the counts by value
/// whatever its case, and how many events have none; the counts of the groups hour by hour.
const COUNT: &str = r#"
import json, sys, zipfile
from collections import Counter
path, fields, image = sys.argv[1], sys.argv[2].split(","), sys.argv[3].lower()
data = zipfile.ZipFile(path).read(zipfile.ZipFile(path).namelist()[0]) if path.endswith(".zip") else open(path, "rb").read()
def value(event, field):
    winlog = event.get("winlog")
    if winlog is None:
        return event.get({"EventID": "EventID", "@host": "Hostname"}.get(field, field))
    if field in ("EventID", "@host"):
        return winlog[{"EventID": "event_id", "@host": "computer_name"}[field]]
    return winlog.get("event_data", {}).get(field)
counts, absent, hours, of = {f: Counter() for f in fields}, Counter(), Counter(), 0
for line in data.decode("utf-8-sig").splitlines():
    if not line.strip():
        continue
    event = json.loads(line)
    if image and image not in str(value(event, "Image") or "").lower():
        continue
    of += 1
    time = event.get("@timestamp") or ""
    if event.get("winlog"):
        hours[time[:13]] += 1
    for field in fields:
        found = value(event, field)
        if found is None:
            absent[field] += 1
        else:
            counts[field][str(found).casefold()] += 1
print(json.dumps({"of": of, "hours": hours, "fields": {f: {"counts": counts[f], "absent": absent[f]} for f in fields}}))
"#;

const FIELDS: [&str; 8] =
    ["Image", "User", "EventID", "@host", "ParentImage", "TargetFilename", "TargetObject", "DestinationIp"];

fn python(file: &Path, image: &str) -> Option<Value> {
    let counted =
        Command::new("python3").args(["-c", COUNT]).arg(file).arg(FIELDS.join(",")).arg(image).output().ok()?;
    assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    Some(serde_json::from_slice(&counted.stdout).expect("JSON"))
}

fn rules() -> Vec<RuleFile> {
    let mut names: Vec<_> = std::fs::read_dir("examples/sysmon/classify")
        .expect("the example")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    names.retain(|path| path.extension().is_some_and(|ending| ending == "rule"));
    names.sort();
    let read = |path: &std::path::PathBuf| RuleFile {
        name: path.display().to_string(),
        text: std::fs::read_to_string(path).expect("a rule").replace("in table", "=="),
    };
    names.iter().map(read).collect()
}

fn board(session: &mut Session, boards: &mut Boards, query: &BoardQuery, wanted: &BoardWanted) -> Board {
    for asked in boards.needs(session, query, Some(wanted), None) {
        let column = session.column(&asked);
        boards.take(&asked, &column);
    }
    match boards.board(session, query, wanted) {
        Answer::Done(board) => board,
        Answer::Refused(why) => panic!("{why:?}"),
    }
}

fn compare(file: &Path) -> bool {
    let mut session = Session::new();
    session.set_project(rules(), Settings { winlogbeat: "8.17".to_string(), ..Settings::default() });
    let unpack =
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); sys.stdout.buffer.write(z.read(z.namelist()[0]))";
    let bytes = match file.extension().is_some_and(|ending| ending == "zip") {
        true => Command::new("python3").args(["-c", unpack]).arg(file).output().map(|done| done.stdout),
        false => std::fs::read(file),
    };
    let Ok(bytes) = bytes else {
        println!("skipped: there is no python3");
        return false;
    };
    let loaded = session.add_events("events", &bytes);
    if loaded.needs_reader {
        session.add_events("events", &blocksieve::event::carry::carry(&bytes));
    }
    session.decide();
    let mut boards = Boards::default();
    let top = |field: &&str| TopWanted { field: (*field).to_string(), most: usize::MAX, like: String::new() };
    let wanted = BoardWanted { steps: Some(10_000), series: Apart::Group, tops: FIELDS.iter().map(top).collect() };
    for image in ["", "svchost.exe", "powershell"] {
        let Some(counted) = python(file, image) else {
            println!("skipped: there is no python3");
            return false;
        };
        let condition = if image.is_empty() { String::new() } else { format!("Image contains '{image}'") };
        let query = BoardQuery { condition, ..BoardQuery::default() };
        let board = board(&mut session, &mut boards, &query, &wanted);
        assert_eq!(json!(board.count), counted["of"], "{} {image}", file.display());
        for top in &board.tops {
            let said = &counted["fields"][&top.field];
            let counts: serde_json::Map<String, Value> =
                top.values.iter().map(|value| (fold(&value.value).to_lowercase(), json!(value.count))).collect();
            assert_eq!(
                (json!(counts), json!(top.absent)),
                (said["counts"].clone(), said["absent"].clone()),
                "{} {}",
                file.display(),
                top.field
            );
            assert_eq!(top.distinct, top.values.len());
            assert!(top.values.is_sorted_by(|a, b| (b.count, &a.value) < (a.count, &b.value)), "{}", top.field);
        }
        let over_time = board.over_time.expect("asked for");
        let in_steps: usize = over_time.series.iter().flat_map(|series| &series.counts).sum();
        assert_eq!(in_steps + board.undated, board.count);
        let mut hours = serde_json::Map::new();
        for (at, step) in (0_i64..).zip(0..over_time.series[0].counts.len()) {
            let begins = (over_time.from + at * over_time.step).div_euclid(3_600_000) * 3600;
            let hour = blocksieve::ast::Timestamp::new(begins, 0).to_string()[..13].to_string();
            let all: usize = over_time.series.iter().map(|series| series.counts[step]).sum();
            let before = hours.get(&hour).and_then(Value::as_u64).unwrap_or(0);
            if all > 0 {
                hours.insert(hour, json!(before + all as u64));
            }
        }
        let told = counted["hours"].as_object().expect("hours");
        assert!(told.is_empty() || (over_time.step <= 3_600_000 && *told == hours), "{told:?} {hours:?}");
        // A click gives as many as stood beside the value.
        for value in board.tops[0].values.iter().take(3) {
            let term = BoardTerm { field: "Image".to_string(), value: Some(value.value.clone()), out: false };
            let clicked = BoardQuery { terms: vec![term], ..query.clone() };
            assert_eq!(self::board(&mut session, &mut boards, &clicked, &wanted).count, value.count);
        }
    }
    true
}

#[test]
fn a_board_of_the_example_counts_what_python_counts() {
    compare(Path::new("examples/sysmon/events/sysmon.ndjson"));
}

#[test]
fn a_board_of_attack_samples_counts_what_python_counts() {
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), std::path::PathBuf::from);
    let folder = corpus.join("json/Security-Datasets/datasets/atomic/windows/defense_evasion/host");
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: there is no corpus");
        return;
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "zip"));
    files.sort_by_key(|path| std::fs::metadata(path).map_or(0, |data| data.len()));
    files.iter().take(3).for_each(|file| {
        compare(file);
    });
}
