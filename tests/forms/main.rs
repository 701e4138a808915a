//! The same events in every form, read: each is what Winlogbeat sends, but for what its form cannot carry.
//!
//! The events are in `events.rs`, what writes them in `beats.rs`, `windows.rs` and `others.rs`, and the files that come out in
//! `tests/forms/files`, for people, for the fuzz targets and for other tests; `BLOCKSIEVE_UPDATE=1` writes them again.
#![allow(clippy::unwrap_used, clippy::panic)]

mod beats;
mod cases_of_forms;
mod corpus_evtx;
mod corpus_forms;
mod events;
#[cfg(feature = "evtx")]
mod evtx;
mod others;
#[path = "../support/mod.rs"]
mod support;
mod windows;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::event::{FieldPath, Form, Layout, Value, json};

use events::{EVENTS, Made};

/// A form: its file, what it is found to be, how it is written, and what it cannot carry.
struct Case {
    file: &'static str,
    form: Form,
    write: fn() -> Vec<u8>,
    /// What is not there.
    lost: Lost,
    /// What is there and differs.
    differs: Lost,
    /// What is there beside the agent's event.
    beside: Lost,
}

impl Case {
    const fn new(file: &'static str, form: Form, write: fn() -> Vec<u8>, lost: Lost) -> Case {
        Case { file, form, write, lost, differs: &[], beside: &[] }
    }
}

/// Paths of the agent's event that a form lost, or the start of them behind which it lost all, with a `*`.
type Lost = &'static [&'static [&'static str]];

/// What the agent says of itself, of its own doing and of where it stands.
const AGENT: &[&str] = &["agent.*", "ecs.*", "event.created", "winlog.api"];
/// What only Windows' tables of messages hold.
const NAMES: &[&str] = &["winlog.task", "winlog.opcode", "event.action", "winlog.keywords"];
const MESSAGE: &[&str] = &["message"];
const ACCOUNT: &[&str] = &["winlog.user.name", "winlog.user.domain", "winlog.user.type"];
const SID: &[&str] = &["winlog.user.identifier"];
const PROCESS: &[&str] = &["winlog.process.*"];
const RECORD: &[&str] = &["winlog.record_id"];
const VERSION: &[&str] = &["winlog.version"];
const GUID: &[&str] = &["winlog.provider_guid"];
const LEVEL: &[&str] = &["log.level"];
const KEYWORDS: &[&str] = &["winlog.keywords"];
/// Values without a name, joined to one.
const UNNAMED: &[&str] = &["winlog.event_data.param1", "winlog.event_data.param3"];

/// What Elasticsearch's pipeline moved so that it does not come back.
const MOVED: Lost = &[
    &["agent.type", "event.created", "winlog.api"],
    // `-` is thrown away; these are thrown away or taken apart.
    &["winlog.event_data.RuleName", "winlog.event_data.OriginalFileName", "winlog.event_data.StartModule"],
    &["winlog.event_data.SourceIsIpv6", "winlog.event_data.DestinationIsIpv6"],
    &["winlog.event_data.DestinationPortName", "winlog.event_data.Details"],
    &["winlog.event_data.QueryStatus", "winlog.event_data.QueryResults"],
];

const GUIDS: &[&str] = &[
    "winlog.event_data.ProcessGuid",
    "winlog.event_data.LogonGuid",
    "winlog.event_data.ParentProcessGuid",
    "winlog.event_data.SourceProcessGuid",
    "winlog.event_data.TargetProcessGuid",
    "winlog.event_data.SourceProcessGUID",
    "winlog.event_data.TargetProcessGUID",
];

const CASES: &[Case] = &[
    Case::new("winlogbeat-8.ndjson", Form::Winlogbeat, || beats::version_8().into(), &[]),
    Case {
        // The number of the event becomes a text where rules look for it.
        differs: &[&["agent.version", "event.code"]],
        ..Case::new("winlogbeat-7.12.ndjson", Form::Winlogbeat, || beats::version_7_12().into(), &[])
    },
    Case::new("elasticsearch-hits.ndjson", Form::Winlogbeat, || beats::hits().into(), &[]),
    Case::new("elasticsearch-answer.json", Form::Winlogbeat, || beats::answer().into(), &[]),
    Case {
        // The pipeline writes its own.
        differs: &[&["ecs.version"]],
        ..Case::new("elasticsearch-pipeline.ndjson", Form::WinlogbeatModule, || beats::pipeline().into(), MOVED)
    },
    Case {
        differs: &[&["ecs.version"]],
        ..Case::new("elastic-agent.ndjson", Form::WinlogbeatModule, || beats::elastic_agent().into(), MOVED)
    },
    Case {
        differs: &[&["agent.version"]],
        beside: &[&["agent.hostname"]],
        ..Case::new(
            "winlogbeat-6.ndjson",
            Form::Winlogbeat6,
            || beats::version_6().into(),
            &[&["agent.type", "ecs.*", "event.created", "winlog.api"]],
        )
    },
    #[cfg(feature = "evtx")]
    Case::new("events.evtx", Form::Evtx, evtx::evtx, &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new("events.xml", Form::Xml, || windows::xml().into(), &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new("rendered.xml", Form::Xml, || windows::rendered_xml().into(), &[AGENT, ACCOUNT]),
    Case::new("prefixed.xml", Form::Xml, || windows::prefixed_xml().into(), &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new("evtx_dump.xml", Form::Xml, || windows::evtx_dump_xml().into(), &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new("sysmon.syslog", Form::Syslog, || windows::syslog().into(), &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new("syslog.ndjson", Form::Syslog, || windows::syslog_json().into(), &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new("evtx_dump.jsonl", Form::EvtxDump, || windows::evtx_dump().into(), &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new(
        "evtx_dump.json",
        Form::EvtxDump,
        || windows::evtx_dump_pretty().into(),
        &[AGENT, NAMES, MESSAGE, ACCOUNT],
    ),
    Case::new("all-texts.ndjson", Form::EvtxDump, || windows::all_texts().into(), &[AGENT, NAMES, MESSAGE, ACCOUNT]),
    Case::new("velociraptor.ndjson", Form::Velociraptor, || windows::velociraptor().into(), &[AGENT, NAMES, ACCOUNT]),
    Case::new(
        "flat.ndjson",
        Form::Flat,
        || others::flat().into(),
        &[AGENT, NAMES, ACCOUNT, SID, PROCESS, RECORD, VERSION],
    ),
    Case::new("nxlog.ndjson", Form::Nxlog, || others::nxlog().into(), &[AGENT, KEYWORDS]),
    Case::new(
        "sentinel-windowsevent.ndjson",
        Form::Sentinel,
        || others::sentinel().into(),
        &[AGENT, NAMES, MESSAGE, ACCOUNT, SID, PROCESS, RECORD, VERSION, GUID],
    ),
    Case::new(
        "sentinel-event.ndjson",
        Form::Sentinel,
        || others::sentinel_event().into(),
        &[AGENT, NAMES, ACCOUNT, SID, PROCESS, RECORD, VERSION, GUID],
    ),
    Case::new(
        "evtxecmd.json",
        Form::EvtxEcmd,
        || others::evtx_ecmd().into(),
        &[AGENT, &["winlog.task", "winlog.opcode", "event.action"], MESSAGE, ACCOUNT, VERSION, GUID, UNNAMED],
    ),
    Case::new(
        "evtxecmd.csv",
        Form::EvtxEcmd,
        || others::evtx_ecmd_csv().into(),
        &[AGENT, &["winlog.task", "winlog.opcode", "event.action"], MESSAGE, ACCOUNT, VERSION, GUID, UNNAMED],
    ),
    Case {
        // The letters of GUIDs are small.
        differs: &[&["winlog.provider_guid"], GUIDS],
        ..Case::new("get-winevent.json", Form::PowerShell, || others::powershell().into(), &[AGENT, ACCOUNT, UNNAMED])
    },
    Case {
        // Blanks at the end of values are cut off.
        differs: &[&["winlog.event_data.ParentCommandLine"]],
        ..Case::new(
            "wazuh.json",
            Form::Wazuh,
            || others::wazuh().into(),
            &[
                AGENT,
                NAMES,
                ACCOUNT,
                SID,
                UNNAMED,
                &["winlog.event_data.RuleName", "winlog.event_data.OriginalFileName", "winlog.event_data.StartModule"],
            ],
        )
    },
    Case {
        // What its own rules ask for.
        beside: &[&["msg.*", "meta.*", "raw"]],
        ..Case::new(
            "log-manager.json",
            Form::LogManager,
            || others::log_manager().into(),
            &[AGENT, NAMES, MESSAGE, ACCOUNT, SID, PROCESS, RECORD, VERSION, GUID, LEVEL, UNNAMED],
        )
    },
];

/// A line for each event.
fn lines(of: impl Fn(&Made) -> serde_json::Value) -> String {
    EVENTS.iter().map(|made| of(made).to_string() + "\n").collect()
}

/// The leaves of an event by their paths; lists are leaves.
fn leaves(members: &[(String, Value)]) -> BTreeMap<String, Value> {
    fn add(path: &str, value: &Value, out: &mut BTreeMap<String, Value>) {
        match value {
            Value::Map(members) => members.iter().for_each(|(key, value)| add(&format!("{path}.{key}"), value, out)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                out.insert(path[1..].to_string(), value.clone());
            }
        }
    }
    let mut out = BTreeMap::new();
    add("", &Value::Map(members.to_vec()), &mut out);
    out
}

/// The agent's own events.
fn agents() -> Vec<BTreeMap<String, Value>> {
    let parsed = |made: &Made| match json::parse(beats::agent(made).to_string().as_bytes()) {
        Ok(Value::Map(members)) => leaves(&members),
        other => panic!("{other:?}"),
    };
    EVENTS.iter().map(parsed).collect()
}

struct Read {
    form: Form,
    event: BTreeMap<String, Value>,
    undecidable: BTreeSet<String>,
}

struct Keep {
    layout: Layout,
    read: Vec<Read>,
}

impl Sink for Keep {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let marked = self.layout.iter().filter(|(slot, _)| record.view.undecidable(*slot).is_some());
        let undecidable = marked.map(|(_, field)| field.name.clone()).collect();
        self.read.push(Read { form: record.form, event: leaves(&record.view.whole().unwrap()), undecidable });
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        panic!("{damaged}");
    }
}

/// All events of a file, and the paths of the agent's events that cannot be decided for them.
fn read(bytes: &[u8], paths: &BTreeSet<String>) -> Vec<Read> {
    let mut layout = Layout::new();
    for path in paths {
        layout.slot(FieldPath { name: path.clone(), paths: vec![path.clone()] }).unwrap();
    }
    let mut reader = EventReader::new(&layout, AgentVersion::DEFAULT);
    let mut keep = Keep { layout, read: Vec::new() };
    reader.read(&"in".into(), &mut { bytes }, &mut keep).unwrap();
    keep.read
}

/// The paths that fit none of the patterns, and the patterns that fit none of the paths.
fn unexpected(paths: &BTreeSet<String>, patterns: Lost) -> Vec<String> {
    let fits = |path: &str, pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == pattern,
    };
    let all: Vec<&str> = patterns.iter().copied().flatten().copied().collect();
    let left = paths.iter().filter(|path| !all.iter().any(|pattern| fits(path, pattern))).cloned();
    let idle = all.iter().filter(|pattern| !paths.iter().any(|path| fits(path, pattern)));
    left.chain(idle.map(|pattern| format!("idle: {pattern}"))).collect()
}

#[test]
fn every_form_is_the_agents_event_but_for_what_it_cannot_carry() {
    let agents = agents();
    let paths: BTreeSet<String> = agents.iter().flat_map(|agent| agent.keys().cloned()).collect();
    let mut wrong = Vec::new();
    for case in CASES {
        let file = case.file;
        let all = read(&(case.write)(), &paths);
        assert_eq!(all.len(), agents.len(), "{file}");
        let (mut lost, mut differs, mut beside) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (read, agent) in all.iter().zip(&agents) {
            let sysmons = agent["winlog.provider_name"] == Value::Text("Microsoft-Windows-Sysmon".to_string());
            let form = if case.form == Form::WinlogbeatModule && !sysmons { Form::Winlogbeat } else { case.form };
            assert_eq!(read.form, form, "{file}");
            for (path, wanted) in agent {
                match read.event.get(path) {
                    Some(value) if value == wanted => {}
                    Some(_) => _ = differs.insert(path.clone()),
                    None => {
                        if !read.undecidable.contains(path) {
                            wrong.push(format!("{file}: {path} is lost and nobody says so"));
                        }
                        lost.insert(path.clone());
                    }
                }
                assert!(!read.event.contains_key(path) || !read.undecidable.contains(path), "{file}: {path} is there");
            }
            beside.extend(read.event.keys().filter(|path| !agent.contains_key(*path)).cloned());
        }
        for (what, paths, patterns) in
            [("lost", lost, case.lost), ("differs", differs, case.differs), ("beside", beside, case.beside)]
        {
            wrong.extend(unexpected(&paths, patterns).iter().map(|path| format!("{file}: {what}: {path}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[cfg(feature = "evtx")]
/// The rows of the manual's table of what forms cannot give back: files of a form that lose the same are one row.
fn rows() -> Vec<String> {
    let cell = |paths: Lost| {
        let of_each = paths.iter().copied().filter(|paths| *paths != AGENT).flatten();
        of_each.map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
    };
    let mut rows: Vec<(String, Vec<String>, String)> = Vec::new();
    for case in CASES.iter().filter(|case| case.form != Form::Winlogbeat) {
        let (form, file) = (format!("`{}`", case.form.word()), format!("`{}`", case.file));
        let lost = format!("{} | {}", cell(case.lost), cell(case.differs));
        match rows.iter_mut().find(|row| row.0 == form && row.2 == lost) {
            Some(row) => row.1.push(file),
            None => rows.push((form, vec![file], lost)),
        }
    }
    rows.iter().map(|(form, files, lost)| format!("| {form} | {} | {} |", files.join(", "), lost.trim_end())).collect()
}

#[cfg(feature = "evtx")]
#[test]
fn the_manual_has_what_every_form_cannot_give_back() {
    let chapter = include_str!("../../grammar/README.md").split("### What a form cannot give back").nth(1).unwrap();
    let table: Vec<&str> = chapter.lines().skip_while(|line| !line.starts_with("| ---")).skip(1).collect();
    let told: Vec<&str> = table.into_iter().take_while(|line| line.starts_with('|')).collect();
    let rows = rows();
    assert_eq!(told, rows, "the table is to be\n{}", rows.join("\n"));
}

#[test]
fn the_files_of_the_forms_are_those_that_are_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms/files");
    for case in CASES {
        let (path, bytes) = (folder.join(case.file), (case.write)());
        if std::env::var_os("BLOCKSIEVE_UPDATE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).ok() == Some(bytes), "{}: BLOCKSIEVE_UPDATE=1 writes it", path.display());
    }
}
