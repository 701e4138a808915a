//! The sample events of `examples/sysmon` are what their generator writes, and cover what they should.

// What is not as expected here is a failed test.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "../../examples/sysmon/generate.rs"]
#[allow(dead_code)]
mod generate;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn example(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon").join(path)
}

fn read(path: &str) -> String {
    let path = example(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The columns of `expected.tsv`, a row an event.
fn expected() -> Vec<Vec<String>> {
    read("events/expected.tsv").lines().skip(1).map(|line| line.split('\t').map(str::to_string).collect()).collect()
}

#[test]
fn the_files_are_what_the_generator_writes() {
    let files = generate::files().expect("the samples are plain text");
    // Compared without printing them: they are long.
    assert!(files.events == read("events/sysmon.ndjson"), "run `cargo run --example sysmon-events`");
    assert!(files.expected == read("events/expected.tsv"), "run `cargo run --example sysmon-events`");
    assert!(files.events.len() < 700_000, "the sample log is to stay small");
}

#[test]
fn every_event_id_of_sysmon_is_there() {
    let ids: BTreeSet<u64> = read("events/sysmon.ndjson")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON"))
        .filter(|event| event["winlog"]["provider_name"] == "Microsoft-Windows-Sysmon")
        .map(|event| {
            event["winlog"]["event_id"].as_str().and_then(|id| id.parse().ok()).expect("ids are numbers in text")
        })
        .collect();
    assert_eq!(ids, (1..=29).chain([255]).collect());
}

#[test]
fn every_filter_has_events_that_it_drops_and_near_misses() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for file in std::fs::read_dir(example("filters")).expect("the folder is there") {
        let path = file.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "rule") {
            continue;
        }
        let text = std::fs::read_to_string(path).expect("text");
        let name = text.lines().find_map(|line| line.strip_prefix("filter \"")?.strip_suffix("\" {")).expect("a name");
        counts.insert(name.to_string(), (0, 0));
    }
    assert!(counts.len() >= 14, "{} filters", counts.len());
    for row in expected() {
        if let Some((dropped, kept)) = counts.get_mut(&row[6]) {
            *dropped += usize::from(row[1] == "drop");
            *kept += usize::from(row[1] == "keep");
        }
        assert!(row[2] == "-" || row[2] == row[6], "{} is dropped by the filter it was made for", row[0]);
    }
    for (name, (dropped, kept)) in counts {
        assert!(dropped >= 2 && kept >= 6, "{name}: {dropped} dropped, {kept} near misses");
    }
}

#[test]
fn the_white_list_is_asked_for_the_events_whose_hash_lookup_takes() {
    let rule = read("classify/2-whitelisted.rule");
    let catalogue = blocksieve::sysmon::Catalogue::standard();
    let named: BTreeSet<u32> = catalogue
        .events
        .iter()
        .filter(|event| rule.contains(&format!(" {},", event.name)))
        .map(|event| event.id)
        .collect();
    assert_eq!(named, blocksieve::sysmon::hashes::FILES.iter().map(|(id, _)| *id).collect());
}

#[test]
fn whatever_the_alert_waits_for_stays() {
    for row in expected() {
        assert!(row[5] == "-" || row[1] == "keep", "{row:?}");
    }
    assert!(expected().iter().any(|row| row[4] == "suspicious,whitelisted" && row[5] == "-"));
}
