//! What is stored under `msg` is what rules find there: every name that the normaliser gives a value of an event is asked back, of the
//! machine, of its slow twin and of a search, in every form of the sample events and of events that spell their data oddly.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::event::{Layout, Value, find};
use blocksieve::ir::twin;
use blocksieve::pipeline::stored_alone;
use blocksieve::search::{self, Search};
use blocksieve::sysmon::Catalogue;
use blocksieve::vm::{Machine, Options, Prepared};

/// Every record of these bytes, until one says that it is enough.
fn each(layout: &Layout, bytes: &[u8], take: impl FnMut(&Record<'_>) -> ControlFlow<()>) {
    struct Each<F>(F);
    impl<F: FnMut(&Record<'_>) -> ControlFlow<()>> Sink for Each<F> {
        fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
            (self.0)(&record)
        }
        fn damaged(&mut self, damaged: Damaged) {
            panic!("{damaged}");
        }
    }
    let mut reader = EventReader::new(layout, AgentVersion::DEFAULT);
    reader.read(&Arc::from("in"), &mut Cursor::new(bytes), &mut Each(take)).expect("it is read");
}

fn message(record: &Record<'_>) -> Vec<(String, Value)> {
    let stored = stored_alone(record.view, None).expect("whole");
    let Some(Value::Map(msg)) = find(&stored, "msg") else { panic!("no msg: {stored:?}") };
    // What stands beside a value for its type is no value of its own.
    msg.iter().filter(|(name, _)| !name.contains('@')).cloned().collect()
}

fn texts(value: &Value) -> Vec<String> {
    let mut texts: Vec<String> = match value {
        Value::Text(text) => vec![text.clone()],
        Value::Number(number) => vec![number.text()],
        Value::Bool(value) => vec![value.to_string()],
        Value::List(members) => members.iter().flat_map(texts).collect(),
        Value::Null | Value::Map(_) => Vec::new(),
    };
    let mut known = BTreeSet::new();
    texts.retain(|text| known.insert(text.clone()));
    texts
}

/// Asks every name that is stored of any of these events, and `also`, of each of them. Every `step`th event is asked; how many were?
fn asked_back(bytes: &[u8], also: &[&str], step: usize, with_twin: bool) -> usize {
    let mut names: BTreeSet<String> = also.iter().map(|name| name.to_string()).collect();
    let mut at = 0;
    each(&Layout::new(), bytes, |record| {
        at += 1;
        if at % step == 0 {
            names.extend(message(record).into_iter().map(|(name, _)| name));
        }
        ControlFlow::Continue(())
    });
    let mut rules = String::from("classify \"names\" {\n");
    for name in &names {
        writeln!(rules, "if field \"msg.{name}\" exists {{ tag \"{name}\" }}").expect("a String takes all");
    }
    rules.push('}');
    let compiled = support::compile(&rules);
    let prepared = Prepared::new(compiled.module.clone()).expect("valid");
    let mut machine = Machine::new(&prepared);
    let catalogue = Catalogue::standard();
    let columns: Vec<String> = names.iter().map(|name| format!("msg.{name}")).collect();
    let columns = search::fields("--count-by", &columns.join(","), &catalogue).value.expect("fields");
    let mut search = Search::new(None, &columns, &catalogue).expect("few fields");
    let layout = search.layout().clone();
    let (mut rows, mut at) = (Vec::new(), 0);
    let wanted = |record: &Record<'_>| {
        let msg = message(record);
        names.iter().map(|name| find(&msg, name).map_or(Vec::new(), texts)).collect::<Vec<_>>()
    };
    each(&layout, bytes, |record| {
        at += 1;
        if at % step == 0 {
            let mut found = Vec::new();
            assert!(search.texts(record.view, &mut found));
            for ((name, found), wanted) in names.iter().zip(&found).zip(&wanted(record)) {
                assert_eq!(found, wanted, "record {at}: msg.{name}");
            }
            rows.push(message(record).into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>());
        }
        ControlFlow::Continue(())
    });
    let (mut row, mut at) = (rows.iter(), 0);
    each(&prepared.module().layout, bytes, |record| {
        at += 1;
        if at % step == 0 {
            let wanted: Vec<&str> = row.next().expect("as many").iter().map(String::as_str).collect();
            let outcome = machine.decide(record.view, Options::default());
            assert_eq!(outcome.effects.tags(prepared.module()), wanted, "record {at}");
            if with_twin {
                let whole = record.view.whole().expect("whole");
                let slow = twin::decide(&compiled.program, &whole, record.form).did;
                let slow: BTreeSet<&str> = slow
                    .iter()
                    .map(|did| match did {
                        twin::Did::Tag(_, tag) => tag.as_str(),
                        other => panic!("{other:?}"),
                    })
                    .collect();
                assert_eq!(slow.into_iter().collect::<Vec<_>>(), wanted, "record {at}: the twin");
            }
        }
        ControlFlow::Continue(())
    });
    rows.len()
}

#[test]
fn of_the_sample_events() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon/events/sysmon.ndjson");
    let samples = std::fs::read(samples).expect("samples");
    assert!(asked_back(&samples, &["hashes", "hash", "rulename", "targetimage", "own"], 5, true) > 30);
}

#[test]
fn of_events_whose_data_are_spelled_in_another_way() {
    let events = [
        r#"{"TargetUserName":"admin","ProcessID":"0x5"}"#,
        r#"{"rulename":"Credential Dumping"}"#,
        r#"{"User":"a","UserName":"b"}"#,
        r#"{"User":"a","username":null,"UserNAME":"c"}"#,
        r#"{"Hash":"MD5=11"}"#,
        r#"{"Hash":"MD5=11","Hashes":"MD5=22"}"#,
        r#"{"SourceProcessGUID":"{1}"}"#,
        r#"{"SourceProcessGUID":"{1}","SourceProcessGuid":"{2}"}"#,
        r#"{"Im\u0061ge":"a","Image":"b"}"#,
        r#"{"Image":"a","Image":"b","Imag\u0065":"c"}"#,
        r#"{"Image":"","RuleName":null,"ProcessId":7}"#,
        r#"{"Image":true,"RuleName":["x","y"]}"#,
        r#"["Image"]"#,
        "null",
    ];
    let mut lines = String::new();
    let head = r#""provider_name":"Microsoft-Windows-Sysmon","event_id":"1""#;
    for data in events {
        for line in [
            format!(r#"{{"winlog":{{{head},"event_data":{data}}}}}"#),
            format!(r#"{{"winlog":{{{head},"user_data":{data}}}}}"#),
            format!(r#"{{"winlog":{{{head},"user_data":{data},"event_data":{{"Image":"i","IMAGE":"j"}}}}}}"#),
            format!(r#"{{"winlog.event_data.Image":"top","winlog":{{{head},"event_data":{data}}}}}"#),
            format!(r#"{{"winlog.event_data":{data},"winlog":{{{head},"event_data.Image":"in"}}}}"#),
        ] {
            lines.push_str(&line);
            lines.push('\n');
        }
    }
    assert_eq!(asked_back(lines.as_bytes(), &["image", "hashes", "sourceprocessguid"], 1, true), events.len() * 5);
}

#[test]
fn of_real_logs_where_there_are_some() {
    let Some(corpus) = std::env::var_os("BLOCKSIEVE_CORPUS") else { return };
    for file in [
        "derived/security-datasets.flat.ndjson",
        "derived/security-datasets.winlogbeat6.ndjson",
        "derived/evtx-samples.event-per-line.xml",
    ] {
        let bytes = std::fs::read(Path::new(&corpus).join(file)).expect("a file of the corpus");
        assert!(asked_back(&bytes, &["hashes", "rulename"], 1, true) > 10, "{file}");
    }
}
