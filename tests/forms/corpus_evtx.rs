//! Every EVTX file of the corpus, read as the agent would send it.
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`; where there
//! is none, these tests say so and pass.
#![cfg(feature = "evtx")]
// What is shared between tests may panic as they do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use blocksieve::dialect::AgentVersion;
use blocksieve::event::evtx::read_evtx;
use blocksieve::event::read::{Damaged, ReadStats, Record, Sink};
use blocksieve::event::{AgentPlan, Layout, Value, find};
use blocksieve::sysmon::{Carries, Catalogue};

mod damage;

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}

fn evtx_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "evtx") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no EVTX file under {}", folder.display());
    files
}

/// Number, offset, members.
type Event = (u64, u64, Vec<(String, Value)>);

/// Keeps what it is given.
#[derive(Default)]
struct Keep {
    events: Vec<Event>,
    damaged: Vec<(u64, u64, String)>,
}

impl Sink for Keep {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let members = record.view.whole().unwrap();
        self.events.push((record.place.number, record.place.offset, members.to_vec()));
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.damaged.push((damaged.number.unwrap_or(0), damaged.offset, damaged.reason));
    }
}

fn read(bytes: &[u8]) -> (Keep, ReadStats) {
    let mut keep = Keep::default();
    let stats = read_evtx(
        Cursor::new(bytes),
        &"test.evtx".into(),
        &AgentPlan::new(&Layout::new(), AgentVersion::DEFAULT),
        false,
        &mut keep,
    )
    .unwrap();
    assert_eq!(stats.events, keep.events.len() as u64);
    assert_eq!(stats.damaged + stats.too_large, keep.damaged.len() as u64);
    (keep, stats)
}

fn text<'a>(event: &'a [(String, Value)], path: &str) -> Option<&'a str> {
    match find(event, path) {
        Some(Value::Text(text)) => Some(text),
        None => None,
        other => panic!("{path}: {other:?}"),
    }
}

fn data(event: &[(String, Value)]) -> &[(String, Value)] {
    match find(event, "winlog.event_data") {
        Some(Value::Map(data)) => data,
        None => &[],
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_record_that_the_evtx_crate_can_dump_becomes_an_event() {
    let Some(corpus) = corpus() else { return };
    let (mut files, mut records, mut damage) = (0, 0, 0);
    for path in evtx_files(&corpus) {
        let mut parser = evtx::EvtxParser::from_read_seek(File::open(&path).unwrap()).unwrap();
        let dumped = parser.records().filter(Result::is_ok).count() as u64;
        let (keep, stats) = read(&std::fs::read(&path).unwrap());
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        println!("{name:<150} {:>6} {:>3}", stats.events, stats.damaged);
        for (number, offset, reason) in &keep.damaged {
            println!("    record {number}, offset {offset}: {reason}");
        }
        assert_eq!(stats.events, dumped, "{name}");
        files += 1;
        records += stats.events;
        damage += stats.damaged;
    }
    println!("{files} files, {records} records, {damage} damaged");
}

#[test]
fn the_index_of_the_corpus_counts_the_same_events() {
    let Some(corpus) = corpus() else { return };
    let index = std::fs::read_to_string(corpus.join("evtx/INDEX.tsv")).unwrap();
    let mut lines = 0;
    for line in index.lines().filter(|line| !line.starts_with(['#']) && !line.starts_with("file\t")) {
        let [file, _, records, counts] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (keep, stats) = read(&std::fs::read(corpus.join("evtx").join(file)).unwrap());
        assert_eq!(stats.events.to_string(), records, "{file}");
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for (_, _, event) in &keep.events {
            let id = text(event, "winlog.event_id").unwrap();
            let name = match text(event, "winlog.provider_name").unwrap() {
                "Microsoft-Windows-Sysmon" => id.to_string(),
                provider => format!("{provider}/{id}"),
            };
            *found.entry(name).or_default() += 1;
        }
        let told: BTreeMap<String, u64> = counts
            .split(' ')
            .map(|count| count.rsplit_once(':').unwrap())
            .map(|(name, count)| (name.to_string(), count.parse().unwrap()))
            .collect();
        assert_eq!(found, told, "{file}");
        lines += 1;
    }
    assert!(lines > 0);
}

/// What the agent makes of a value of the crate's own rendering.
fn as_agent(value: &serde_json::Value) -> String {
    let text = match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.replace("\r\n", "\n").trim_end_matches('\n').to_string()
}

/// GUIDs in one spelling: versions of the crate differ in braces and case.
fn one_spelling(text: String) -> String {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(&text);
    let is_guid = inner.len() == 36
        && inner.bytes().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_guid { format!("{{{}}}", inner.to_uppercase()) } else { text }
}

/// Older versions of the crate know no more of a time.
fn microseconds(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

/// Compares an event with the crate's own rendering of its record: the header, and named values of event data.
fn same(event: &[(String, Value)], dump: &serde_json::Value, place: &str) {
    let system = &dump["Event"]["System"];
    let mut expected: BTreeMap<String, String> = BTreeMap::new();
    let id = match &system["EventID"] {
        serde_json::Value::Object(qualified) => qualified["#text"].to_string(),
        id => id.to_string(),
    };
    expected.insert("winlog.event_id".to_string(), id.clone());
    expected.insert("event.code".to_string(), id);
    for (path, value) in [
        ("winlog.channel", &system["Channel"]),
        ("winlog.computer_name", &system["Computer"]),
        ("host.name", &system["Computer"]),
        ("winlog.provider_name", &system["Provider"]["#attributes"]["Name"]),
        ("event.provider", &system["Provider"]["#attributes"]["Name"]),
        ("winlog.provider_guid", &system["Provider"]["#attributes"]["Guid"]),
        ("winlog.record_id", &system["EventRecordID"]),
        ("winlog.version", &system["Version"]),
        ("winlog.process.pid", &system["Execution"]["#attributes"]["ProcessID"]),
        ("winlog.process.thread.id", &system["Execution"]["#attributes"]["ThreadID"]),
        ("winlog.user.identifier", &system["Security"]["#attributes"]["UserID"]),
        ("winlog.activity_id", &system["Correlation"]["#attributes"]["ActivityID"]),
    ] {
        let text = as_agent(value);
        // The agent leaves out what is empty or zero.
        if !text.is_empty() && text != "0" {
            expected.insert(path.to_string(), one_spelling(text));
        }
    }
    for (name, value) in dump["Event"]["EventData"].as_object().into_iter().flatten() {
        let text = as_agent(value);
        if !text.is_empty() && name != "#attributes" {
            expected.insert(format!("winlog.event_data.{name}"), one_spelling(text));
        }
    }
    for (element, values) in dump["Event"]["UserData"].as_object().into_iter().flatten() {
        expected.insert("winlog.user_data.xml_name".to_string(), element.clone());
        for (name, value) in values.as_object().into_iter().flatten() {
            let text = as_agent(value);
            if !text.is_empty() && name != "#attributes" {
                expected.insert(format!("winlog.user_data.{name}"), one_spelling(text));
            }
        }
    }
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    blocksieve::event::EventView::leaves(
        &blocksieve::event::MapView::new(&Layout::new(), event),
        &mut |path, value| {
            let text = match value {
                blocksieve::event::Raw::Text(text) => text.to_string(),
                blocksieve::event::Raw::Number(blocksieve::ast::Number::Int(number)) => number.to_string(),
                other => panic!("{path}: {other:?}"),
            };
            found.insert(path.to_string(), text);
            ControlFlow::Continue(())
        },
    );
    let told = &system["TimeCreated"]["#attributes"]["SystemTime"];
    let found_time = found.remove("@timestamp").unwrap();
    assert_eq!(microseconds(&found_time), microseconds(told.as_str().unwrap()), "{place}");
    assert_eq!(found.remove("event.kind").as_deref(), Some("event"), "{place}");
    let level = if system["Level"] == 4 || system["Level"] == 0 { "information" } else { "" };
    let found_level = found.remove("log.level");
    assert!(level.is_empty() || found_level.as_deref() == Some(level), "{place}: {found_level:?}");
    found.remove("event.outcome");
    assert_eq!(found, expected, "{place}");
}

#[test]
fn values_are_those_of_the_evtx_crate_as_text() {
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for path in evtx_files(&corpus) {
        let (keep, _) = read(&std::fs::read(&path).unwrap());
        let mut parser = evtx::EvtxParser::from_read_seek(File::open(&path).unwrap()).unwrap();
        let dumps = parser.records_json_value().filter_map(Result::ok);
        for ((number, offset, event), dump) in keep.events.iter().zip(dumps) {
            let place = format!("{} record {number} at {offset}", path.display());
            assert_eq!(*number, dump.event_record_id, "{place}");
            same(event, &dump.data, &place);
            compared += 1;
        }
    }
    println!("{compared} records compared");
    assert!(compared > 0);
}

#[test]
fn values_are_those_of_the_dump_that_comes_with_the_corpus() {
    let Some(corpus) = corpus() else { return };
    let dump = std::fs::read_to_string(corpus.join("derived/evtx-samples.evtx_dump.ndjson")).unwrap();
    let mut wanted: BTreeMap<(u64, String, i64), serde_json::Value> = BTreeMap::new();
    for line in dump.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let system = &record["Event"]["System"];
        let computer = as_agent(&system["Computer"]);
        let time = microseconds(system["TimeCreated"]["#attributes"]["SystemTime"].as_str().unwrap());
        wanted.insert((system["EventRecordID"].as_u64().unwrap(), computer, time), record);
    }
    let all = wanted.len();
    for path in evtx_files(&corpus.join("evtx")) {
        let (keep, _) = read(&std::fs::read(&path).unwrap());
        for (_, _, event) in &keep.events {
            let Some(Value::Number(blocksieve::ast::Number::Int(number))) = find(event, "winlog.record_id") else {
                panic!("no record_id")
            };
            let number = u64::try_from(*number).unwrap();
            let computer = text(event, "winlog.computer_name").unwrap().to_string();
            let time = microseconds(text(event, "@timestamp").unwrap());
            if let Some(dump) = wanted.remove(&(number, computer, time)) {
                same(event, &dump, &path.display().to_string());
            }
        }
    }
    println!("{} of {all} records of the dump found", all - wanted.len());
    assert!(wanted.is_empty(), "{:?}", wanted.keys());
}

#[test]
fn every_place_is_where_the_record_begins() {
    let Some(corpus) = corpus() else { return };
    for path in evtx_files(&corpus) {
        let bytes = std::fs::read(&path).unwrap();
        let (keep, stats) = read(&bytes);
        assert_eq!(stats.bytes, bytes.len() as u64);
        for (number, offset, _) in keep.events {
            let record = &bytes[offset as usize..];
            assert!(record.starts_with(b"\x2a\x2a\0\0"));
            assert_eq!(record[8..16], number.to_le_bytes());
        }
    }
}

#[test]
fn every_field_of_a_sysmon_event_is_in_the_catalogue() {
    let Some(corpus) = corpus() else { return };
    let catalogue = Catalogue::standard();
    let mut unknown: BTreeMap<(u32, String), u64> = BTreeMap::new();
    let mut events = 0;
    for path in evtx_files(&corpus) {
        let (keep, _) = read(&std::fs::read(&path).unwrap());
        for (_, _, event) in &keep.events {
            let provider = text(event, "winlog.provider_name");
            if provider != Some("Microsoft-Windows-Sysmon") {
                continue;
            }
            events += 1;
            let id = text(event, "winlog.event_id").unwrap().parse().unwrap();
            let index = catalogue.event_of(provider, id, None).unwrap_or_else(|| panic!("event {id}"));
            for (name, value) in data(event) {
                assert!(matches!(value, Value::Text(text) if !text.is_empty()), "{name}: {value:?}");
                if catalogue.carries(index, &catalogue.resolve(name)) != Carries::Always {
                    *unknown.entry((id, name.clone())).or_default() += 1;
                }
            }
        }
    }
    println!("{events} Sysmon events");
    assert!(events > 0);
    assert_eq!(unknown, BTreeMap::new());
}
