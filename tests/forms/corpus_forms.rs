//! Every file of the corpus, whatever its form: how many events of which form are in it, and how much damage; and the same events in
//! different forms are the same.
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`; where there is none,
//! these tests say so and pass.
#![cfg(all(feature = "evtx", feature = "cli"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use blocksieve::dialect::AgentVersion;
use blocksieve::event::archive::Archive;
use blocksieve::event::read::{Damaged, EventReader, ReadStats, Record, Sink};
use blocksieve::event::{Form, Layout, Value, find};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}

/// All files under a folder of the corpus that may hold events, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if ["evtx", "json", "ndjson", "xml", "zip", "gz", "tgz", "log"].contains(&ending) {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no file under {}", folder.display());
    files
}

type Event = Vec<(String, Value)>;

#[derive(Default)]
struct Keep {
    forms: Vec<Form>,
    /// Only where somebody wants them.
    events: Option<Vec<Event>>,
    damaged: Vec<String>,
    /// Files inside of archives that hold no events.
    refused: Vec<String>,
}

impl Sink for Keep {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.forms.push(record.form);
        if let Some(events) = &mut self.events {
            events.push(record.view.whole().unwrap().into_owned());
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.damaged.push(damaged.reason);
    }
}

/// Everything in a file, or in the files of an archive.
fn read(path: &Path, mut keep: Keep) -> (Keep, ReadStats) {
    let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
    let mut file = File::open(path).unwrap();
    match Archive::of(&mut file).unwrap() {
        Some(archive) => archive
            .members(&mut file, &mut |name, stream| {
                if let Err(error) = reader.read(&name.into(), stream.unwrap(), &mut keep) {
                    let error = error.to_string();
                    keep.refused.push(format!("{name}: {}", error.split(';').next().unwrap_or_default()));
                }
            })
            .unwrap(),
        None => reader.read_file(&"in".into(), BufReader::new(file), &mut keep).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        }),
    }
    (keep, reader.stats)
}

fn events(path: &Path) -> Vec<Event> {
    let (keep, _) = read(path, Keep { events: Some(Vec::new()), ..Keep::default() });
    assert_eq!(keep.damaged, Vec::<String>::new(), "{}", path.display());
    keep.events.unwrap_or_default()
}

#[test]
fn every_file_has_its_forms_its_events_and_its_damage() {
    let Some(corpus) = corpus() else { return };
    let mut table = String::from("EVENTS  DAMAGED  FORM\n");
    let mut sums: BTreeMap<(String, String), [u64; 3]> = BTreeMap::new();
    for folder in ["derived", "evtx", "json", "sigma/regression_data"] {
        for path in files(&corpus.join(folder)) {
            let (keep, stats) = read(&path, Keep::default());
            assert_eq!(stats.events, keep.forms.len() as u64);
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            keep.forms.iter().for_each(|form| *counts.entry(form.word()).or_default() += 1);
            let forms: Vec<String> = counts.iter().map(|(form, count)| format!("{count} {form}")).collect();
            let damaged = stats.damaged + stats.too_large;
            let kind = counts.keys().copied().collect::<Vec<_>>().join("+");
            let sum = sums.entry((folder.to_string(), kind)).or_default();
            *sum = [sum[0] + 1, sum[1] + stats.events, sum[2] + damaged];
            // The many of one sort are only summed up, unless something is odd about them.
            if ["derived", "json"].contains(&folder) || damaged > 0 {
                let name = path.strip_prefix(&corpus).unwrap().display();
                table.push_str(&format!("{:>6}  {damaged:>7}  {}  {name}\n", stats.events, forms.join(", ")));
                keep.refused.iter().for_each(|refused| table.push_str(&format!("                {refused}\n")));
            }
        }
    }
    table.push_str("\nFILES  EVENTS  DAMAGED  FORM\n");
    for ((folder, form), [files, events, damaged]) in sums {
        table.push_str(&format!("{files:>5}  {events:>6}  {damaged:>7}  {form}  {folder}\n"));
    }
    insta::assert_snapshot!(table);
}

/// Whose times are far from Sysmon's own.
#[derive(Default)]
struct Times {
    near: u64,
    far: Vec<String>,
}

impl Sink for Times {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let event = record.view.whole().unwrap();
        let utc = text(&event, "winlog.event_data.UtcTime").replace(' ', "T") + "Z";
        let (time, utc): (_, Result<jiff::Timestamp, _>) =
            (text(&event, "@timestamp").parse::<jiff::Timestamp>(), utc.parse());
        if let Ok(utc) = utc {
            match time {
                Ok(time) if time.as_second().abs_diff(utc.as_second()) < 1800 => self.near += 1,
                other => self.far.push(format!("{}: {utc} {other:?}", record.place.file)),
            }
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

/// In most of the data sets with one level of keys `TimeCreated` is the local time of whoever made them, some by a clock of twelve hours; in
/// most of those it calls itself UTC.
#[test]
fn no_event_of_sysmon_is_hours_from_when_it_says_that_it_was() {
    let Some(corpus) = corpus() else { return };
    let mut times = Times::default();
    // Sysmon's own clock was eleven days late here; Windows' is what the agent sends.
    let late = ["empire_enable_rdp_", "empire_wdigest_downgrade_"];
    for path in files(&corpus.join("json")) {
        let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
        let mut file = File::open(&path).unwrap();
        match Archive::of(&mut file).unwrap() {
            Some(archive) => archive
                .members(&mut file, &mut |name, stream| {
                    // What holds no events is told by another test.
                    let _ = reader.read(&name.into(), stream.unwrap(), &mut times);
                })
                .unwrap(),
            None => reader.read_file(&"in".into(), BufReader::new(file), &mut times).unwrap(),
        }
    }
    times.far.retain(|far| !late.iter().any(|name| far.contains(name)));
    assert_eq!(times.far, Vec::<String>::new());
    assert!(times.near > 90_000, "{}", times.near);
}

/// The leaves of an event by their paths, without what only one of two twins can have.
fn leaves(event: &[(String, Value)]) -> BTreeMap<String, String> {
    fn add(path: &str, value: &Value, out: &mut BTreeMap<String, String>) {
        match value {
            Value::Map(members) => members.iter().for_each(|(key, value)| add(&format!("{path}.{key}"), value, out)),
            Value::Text(text) => _ = out.insert(path[1..].to_string(), text.clone()),
            Value::Number(number) => _ = out.insert(path[1..].to_string(), number.text()),
            Value::Null | Value::Bool(_) | Value::List(_) => {
                _ = out.insert(path[1..].to_string(), format!("{value:?}"))
            }
        }
    }
    let mut out = BTreeMap::new();
    add("", &Value::Map(event.to_vec()), &mut out);
    out
}

fn text(event: &[(String, Value)], path: &str) -> String {
    match find(event, path) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Number(number)) => number.text(),
        None => String::new(),
        other => panic!("{path}: {other:?}"),
    }
}

/// A time as the older version of the crate had it, with which the corpus's own dumps were made.
fn to_microseconds(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

/// What differs between two forms of one event: `PATH: ONE | OTHER`.
fn differences(one: &[(String, Value)], other: &[(String, Value)]) -> Vec<String> {
    let (one, other) = (leaves(one), leaves(other));
    let paths: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let value = |event: &BTreeMap<String, String>, path: &String| event.get(path).cloned().unwrap_or_default();
    paths
        .into_iter()
        .map(|path| (path, value(&one, path), value(&other, path)))
        .filter(|(path, one, other)| match path.as_str() {
            "@timestamp" => to_microseconds(one) != to_microseconds(other),
            _ => one != other,
        })
        .map(|(path, one, other)| format!("{path}: {one} | {other}"))
        .collect()
}

#[test]
fn a_record_and_its_dumps_are_the_same_event() {
    let Some(corpus) = corpus() else { return };
    let dumps = ["evtx_dump.ndjson", "event-per-line.xml", "events-root.xml"];
    let dumps = dumps.map(|name| events(&corpus.join(format!("derived/evtx-samples.{name}"))));
    // What names a record: the computer, its number, its id and time.
    let key = |event: &Event| {
        let time = to_microseconds(&text(event, "@timestamp"));
        (text(event, "winlog.computer_name"), text(event, "winlog.record_id"), text(event, "winlog.event_id"), time)
    };
    let mut records = BTreeMap::new();
    for path in files(&corpus.join("evtx")) {
        let (keep, _) = read(&path, Keep { events: Some(Vec::new()), ..Keep::default() });
        records.extend(keep.events.unwrap_or_default().into_iter().map(|event| (key(&event), event)));
    }
    let mut found = 0;
    for all in &dumps {
        assert_eq!(all.len(), dumps[0].len());
        for (dump, first) in all.iter().zip(&dumps[0]) {
            assert_eq!(differences(dump, first), Vec::<String>::new());
            if let Some(record) = records.get(&key(dump)) {
                assert_eq!(differences(dump, record), Vec::<String>::new());
                found += 1;
            }
        }
    }
    assert_eq!(found, 3 * dumps[0].len(), "each dump has its record");
}

#[test]
fn evtx_and_its_json_twin_are_the_same_events() {
    let Some(corpus) = corpus() else { return };
    // Values of the dumps were cut at their ends, and one was edited by hand.
    let (mut pairs, mut cut, mut edited) = (0, 0, 0);
    for path in files(&corpus.join("sigma/regression_data")) {
        if path.extension().is_some_and(|ending| ending == "evtx") {
            let (binary, json) = (events(&path), events(&path.with_extension("json")));
            assert_eq!(binary.len(), json.len(), "{}", path.display());
            for (binary, json) in binary.iter().zip(&json) {
                pairs += 1;
                for difference in differences(binary, json) {
                    let (path, values) = difference.split_once(": ").unwrap();
                    assert!(path.starts_with("winlog.event_data."), "{difference}");
                    match values.split_once(" | ").unwrap() {
                        (one, other) if one.trim_end() == other => cut += 1,
                        (one, other) if one.eq_ignore_ascii_case(other) => edited += 1,
                        _ => panic!("{difference}"),
                    }
                }
            }
        }
    }
    println!("{pairs} pairs, {cut} values cut, {edited} edited");
    assert!(pairs > 0 && edited <= 1);
}

#[test]
fn what_the_pipeline_moved_is_what_the_agent_had() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("json/elastic-beats-goldens/x-pack/winlogbeat/module/sysmon/test/testdata");
    for (name, lost) in [
        ("sysmon-12-processcreate", &["@timestamp", "ecs.version", "winlog.event_data.RuleName"][..]),
        // What it was fed with was read without the provider's messages, which the agent had.
        (
            "sysmon-13-processtampering",
            &["@timestamp", "ecs.version", "event.action", "message", "winlog.event_data.RuleName", "winlog.task"],
        ),
    ] {
        let before = events(&folder.join(format!("collection/{name}.evtx.golden.json")));
        let after = events(&folder.join(format!("ingest/{name}.golden.json")));
        for (before, after) in before.iter().zip(&after) {
            let differences = differences(before, after);
            let differ = differences.iter().filter(|difference| {
                let (_, values) = difference.split_once(": ").unwrap();
                // Letters of GUIDs.
                !values.split_once(" | ").is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
            });
            let paths: Vec<&str> = differ.map(|difference| difference.split_once(": ").unwrap().0).collect();
            assert_eq!(paths, lost, "{name}");
        }
    }
}

/// Sysmon renders a line for each field: a second opinion on every field that a flat form moved, renamed or lost.
#[test]
fn fields_are_what_the_rendered_message_says() {
    let Some(corpus) = corpus() else { return };
    let catalogue = blocksieve::sysmon::Catalogue::standard();
    let (mut compared, mut differ) = (0, BTreeMap::<String, u64>::new());
    for path in files(&corpus.join("json")) {
        let (keep, _) = read(&path, Keep { events: Some(Vec::new()), ..Keep::default() });
        for (form, event) in keep.forms.iter().zip(keep.events.unwrap_or_default()) {
            let (provider, channel) = (text(&event, "winlog.provider_name"), text(&event, "winlog.channel"));
            let sysmons = channel.starts_with("Microsoft-Windows-Sysmon/");
            assert!(
                provider.is_empty() || sysmons == (provider == "Microsoft-Windows-Sysmon"),
                "{provider} in {channel}"
            );
            if !sysmons || *form == Form::WinlogbeatModule {
                continue;
            }
            let id = text(&event, "winlog.event_id");
            let Some(layout) = catalogue.events.iter().find(|event| event.id.to_string() == id) else { continue };
            let message = text(&event, "message");
            for (name, value) in message.lines().skip(1).filter_map(|line| line.split_once(": ")) {
                if !layout.fields.iter().any(|field| field == name) {
                    continue;
                }
                let have = text(&event, &format!("winlog.event_data.{name}"));
                compared += 1;
                // Hexadecimal numbers are rendered in capitals; of a value of several lines this is the first.
                let same = have.lines().next().unwrap_or_default().trim().eq_ignore_ascii_case(value.trim());
                if !same {
                    *differ.entry(format!("{} {id} {name}", form.word())).or_default() += 1;
                }
            }
        }
    }
    println!("{compared} compared");
    // Messages in which `%5C` was taken for the place of a value, and those of goldens that were rendered without the table of
    // messages.
    insta::assert_debug_snapshot!(differ);
}
