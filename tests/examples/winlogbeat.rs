//! The example's filters as Winlogbeat of each version has them: what is written, and that it decides as the machine does on the example's events and
//! on all of the corpus, in whatever form they came.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use blocksieve::ast::Number;
use blocksieve::bytecode;
use blocksieve::check::{Context, check};
use blocksieve::dialect::AgentVersion;
use blocksieve::event::archive::Archive;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::event::{MapView, Value, find};
use blocksieve::ir::Program;
use blocksieve::libbeat::{Agent, Outcome, config};
use blocksieve::origin::{SourceId, Sources};
use blocksieve::sysmon::Catalogue;
use blocksieve::target::winlogbeat::{Winlogbeat, write};
use blocksieve::vm::{Machine, Options, Prepared};

const VERSIONS: [&str; 6] = ["7.0", "7.13", "8.0", "8.14", "8.17", "9.0"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn filters(version: AgentVersion) -> (Sources, Program) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("examples/sysmon/filters"))
        .expect("the example")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rule"))
        .collect();
    files.sort();
    let mut sources = Sources::default();
    let mut definitions = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a rule");
        let source = sources.add(file.file_name().unwrap_or_default().to_string_lossy(), text.as_str());
        definitions.push(blocksieve::source::text::parse(source, &text).0);
    }
    let catalogue = Catalogue::standard();
    let checked = check(
        &definitions,
        &Context { catalogue: &catalogue, agent: version, tables: &[], templates: None, today: None },
    );
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    (sources, checked.program)
}

fn written(program: &Program) -> String {
    let options = Winlogbeat { name: "sysmon".to_string(), ..Winlogbeat::default() };
    write(program, &Catalogue::standard(), &options).unwrap_or_else(|refused| panic!("{refused:#?}")).yaml
}

#[test]
fn what_is_written_for_each_version() {
    for version in VERSIONS {
        let yaml = written(&filters(AgentVersion::parse(version).expect("a version")).1);
        insta::assert_snapshot!(format!("sysmon-{version}"), yaml);
    }
}

/// The event id as an agent of this version sends it.
fn as_sent(event: &mut [(String, Value)], version: AgentVersion) {
    let winlog = event.iter_mut().find(|(name, _)| name == "winlog");
    let Some((_, Value::Map(winlog))) = winlog else { return };
    let Some((_, id)) = winlog.iter_mut().find(|(name, _)| name == "event_id") else { return };
    match (&*id, version.has_text_ids()) {
        (Value::Text(text), false) => {
            if let Some(number) = Number::parse_text(text) {
                *id = Value::Number(number);
            }
        }
        (Value::Number(number), true) => *id = Value::Text(number.text()),
        _ => {}
    }
}

/// Compares, event by event.
struct Compare<'p> {
    machine: Machine<'p>,
    prepared: &'p Prepared,
    agent: &'p Agent<'p>,
    version: AgentVersion,
    events: u64,
    skipped: u64,
    dropped: u64,
    differ: Vec<String>,
}

impl Sink for Compare<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let Ok(members) = record.view.whole() else { return ControlFlow::Continue(()) };
        let mut event: Vec<(String, Value)> = members.into_owned();
        // Some forms have lost the provider, which every agent sends.
        if find(&event, "winlog.provider_name").is_none() {
            self.skipped += 1;
            return ControlFlow::Continue(());
        }
        // A line of a newer agent is seen as it stands, but for the id; so it is given to both.
        as_sent(&mut event, self.version);
        self.machine.decide(&MapView::new(&self.prepared.module().layout, &event), Options::default());
        let ours = self.machine.outcome().dropped_by.is_some();
        let shown = if self.differ.len() < 3 { format!("{event:?}") } else { String::new() };
        let theirs = self.agent.run(&mut event) == Outcome::Dropped;
        self.events += 1;
        self.dropped += u64::from(ours);
        if ours != theirs {
            self.differ.push(format!("{}:{}: {ours} {theirs} {shown}", record.place.file, record.place.number));
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

/// Reads files, and says how many events there were and how many were dropped.
fn compare(version: &str, files: &[PathBuf]) -> (u64, u64) {
    let version = AgentVersion::parse(version).expect("a version");
    let (sources, program) = filters(version);
    let yaml = written(&program);
    let (config, found) = config::read(SourceId(0), &yaml, version);
    assert!(found.is_empty(), "{found:#?}");
    let processors = config::processors(&config.processors).expect("all understood");
    let agent = Agent::new(&processors, version);
    let prepared = Prepared::new(bytecode::compile(&program, &sources)).expect("valid");
    let machine = Machine::new(&prepared);
    let mut compare = Compare {
        machine,
        prepared: &prepared,
        agent: &agent,
        version,
        events: 0,
        skipped: 0,
        dropped: 0,
        differ: Vec::new(),
    };
    let mut reader = EventReader::new(&prepared.module().layout, version);
    for path in files {
        let mut file = File::open(path).expect("a file");
        let name = path.display().to_string();
        match Archive::of(&mut file).expect("readable") {
            Some(archive) => archive
                .members(&mut file, &mut |member, stream| {
                    // Members that are no events are told by another test.
                    let _ = reader.read(&member.into(), stream.expect("readable"), &mut compare);
                })
                .expect("an archive"),
            None => reader
                .read_file(&name.as_str().into(), BufReader::new(file), &mut compare)
                .unwrap_or_else(|error| panic!("{name}: {error}")),
        }
    }
    assert!(compare.differ.is_empty(), "{} of {} differ:\n{:#?}", compare.differ.len(), compare.events, compare.differ);
    (compare.events, compare.dropped)
}

#[test]
fn the_examples_events_are_decided_alike_in_each_version() {
    let files = [root().join("examples/sysmon/events/sysmon.ndjson")];
    for version in VERSIONS {
        let (events, dropped) = compare(version, &files);
        assert!(events > 300 && dropped > 40, "{version}: {events} events, {dropped} dropped");
    }
}

#[test]
fn the_corpus_is_decided_alike() {
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    if !corpus.is_dir() {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return;
    }
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["derived", "evtx", "json", "sigma/regression_data"].map(|name| corpus.join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if ["evtx", "json", "ndjson", "xml", "zip", "gz", "tgz", "log"].contains(&ending) {
                files.push(path);
            }
        }
    }
    files.sort();
    for version in ["8.17", "7.0"] {
        let (events, dropped) = compare(version, &files);
        eprintln!("{version}: {events} events of the corpus, {dropped} dropped, none differs");
        assert!(events > 100_000 && dropped > 100, "{events} events, {dropped} dropped");
    }
}
