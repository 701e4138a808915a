//! Sample events: what the columns say is what the records say; decisions, selections and drafts over the example.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::store::Samples;
use crate::ast::{Definition, StmtId, StmtKind};
use crate::dialect::AgentVersion;
use crate::event::carry::{self, Carrier};
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::event::{EventView, FieldPath, Layout, Raw};
use crate::explain::{self, Step};
use crate::ir::RuleId;
use crate::origin::Origin;
use crate::pipeline::Pipeline;
use crate::session::wire::{
    Answer, DecisionFilter, DraftRequest, EventsLoaded, MarkState, RuleFile, Selection, Sort, What,
};
use crate::session::{Session, Settings, project};
use crate::sysmon::Catalogue;
use crate::vm::{Options, Outcome};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(here(path)).unwrap()
}

const EVENTS: &str = "examples/sysmon/events/sysmon.ndjson";

/// What a page does with a file: the agent's own lines go to the engine as they are, all else as the other module carries it.
fn add(samples: &mut Samples, file: &str, bytes: &[u8], catalogue: &Catalogue) -> EventsLoaded {
    let loaded = samples.add(file, bytes, 0, catalogue);
    if loaded.needs_reader { samples.add(file, &carry::carry(bytes), 0, catalogue) } else { loaded }
}

fn add_events(session: &mut Session, file: &str, bytes: &[u8]) -> EventsLoaded {
    let loaded = session.add_events(file, bytes);
    if loaded.needs_reader { session.add_events(file, &carry::carry(bytes)) } else { loaded }
}

/// The Sysmon example, without events.
fn example() -> Session {
    let mut files = Vec::new();
    for folder in ["filters", "classify", "alerts"] {
        for entry in std::fs::read_dir(here("examples/sysmon").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            if !name.ends_with(".rule") {
                continue;
            }
            files.push(RuleFile { name, text: std::fs::read_to_string(path).unwrap() });
        }
    }
    let table = |name: &str, key: &str, hashes: &[&str]| project::Table {
        name: name.to_string(),
        file: format!("tables/{name}.csv"),
        key: key.to_string(),
        hashes: hashes.iter().map(ToString::to_string).collect(),
        text: std::fs::read_to_string(here("examples/sysmon/tables").join(format!("{name}.csv"))).unwrap(),
    };
    let settings = Settings {
        winlogbeat: "8.17".to_string(),
        tables: vec![
            table("sysmon-hash-whitelist", "sha256", &["sha256", "sha1", "md5"]),
            table("sysmon-suspicious-techniques", "technique", &[]),
            table("sysmon-suspicious-names", "name", &[]),
        ],
        ..Settings::default()
    };
    let mut session = Session::new();
    let told = session.set_project(files, settings);
    assert!(told.diagnostics.is_empty(), "{:?}", told.diagnostics);
    session
}

/// The same with its events, decided.
fn tried() -> Session {
    let mut session = example();
    let loaded = session.add_events("sysmon.ndjson", &bytes(EVENTS));
    assert_eq!((loaded.error.as_deref(), loaded.left), (None, 0));
    decide(&mut session);
    session
}

fn decide(session: &mut Session) -> crate::session::wire::Decided {
    match session.decide() {
        Answer::Done(decided) => decided,
        Answer::Refused(refused) => panic!("{refused:?}"),
    }
}

fn done<T>(answer: Answer<T>) -> T {
    match answer {
        Answer::Done(value) => value,
        Answer::Refused(refused) => panic!("{refused:?}"),
    }
}

fn forms() -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_dir(here("tests/forms/files"))
        .unwrap()
        .map(|entry| format!("tests/forms/files/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    files.sort();
    files.push(EVENTS.to_string());
    files
}

/// All that reading gives, for a pipeline's layout.
struct Each<F>(F);

impl<F: FnMut(&Record<'_>)> Sink for Each<F> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        (self.0)(&record);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, _: Damaged) {}
}

fn outcome(outcome: &Outcome) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {}",
        outcome.dropped_by,
        outcome.would_drop,
        outcome.effects,
        outcome.failures,
        outcome.undecidable,
        outcome.malformed
    )
}

#[test]
fn rules_say_of_columns_what_they_say_of_records_in_every_form() {
    let session = example();
    let catalogue = Catalogue::standard();
    let prepared = session.project().prepared().unwrap();
    for file in forms() {
        let bytes = bytes(&file);
        let mut samples = Samples::new(AgentVersion::DEFAULT, &catalogue);
        add(&mut samples, &file, &bytes, &catalogue);
        let options = Options { preview: true, ..Options::default() };
        let mut pipeline = Pipeline::new(prepared, &catalogue, options).unwrap();
        let layout = pipeline.layout().clone();
        let map = samples.columns_of(&layout);
        let mut wanted = Vec::new();
        let mut direct = Pipeline::new(prepared, &catalogue, options).unwrap();
        let mut reader = EventReader::new(&layout, AgentVersion::DEFAULT);
        let mut each = Each(|record: &Record<'_>| {
            wanted.push((outcome(direct.decide(record.view)), record.place.number));
        });
        reader.read_file(&file.as_str().into(), std::io::Cursor::new(&bytes), &mut each).unwrap();
        assert_eq!(wanted.len(), samples.len(), "{file}");
        for (row, (wanted, number)) in wanted.iter().enumerate() {
            let said = outcome(pipeline.decide(&samples.view(row, &map)));
            assert_eq!(&said, wanted, "{file}:{number}");
            assert_eq!(samples.kept[row].number, *number);
        }
    }
}

#[test]
fn columns_hold_what_records_hold_in_every_field() {
    let catalogue = Catalogue::standard();
    let mut layout = Layout::new();
    for field in &catalogue.fields {
        layout.slot(FieldPath { name: field.name.clone(), paths: field.paths.clone() }).unwrap();
    }
    let text = |raw: Raw<'_>| format!("{:?}", raw.to_value());
    for file in forms() {
        let bytes = bytes(&file);
        let mut samples = Samples::new(AgentVersion::DEFAULT, &catalogue);
        add(&mut samples, &file, &bytes, &catalogue);
        // One after the other, so that each is filled in the cheapest way there is.
        let mut map = Vec::new();
        for (_, field) in layout.iter() {
            let mut alone = Layout::new();
            let slot = alone.slot(field.clone()).unwrap();
            map.push(samples.columns_of(&alone)[usize::from(slot.0)]);
        }
        let mut row = 0;
        let mut each = Each(|record: &Record<'_>| {
            let view = samples.view(row, &map);
            for (slot, field) in layout.iter() {
                let (raw, name) = (record.view.raw(slot), &field.name);
                assert_eq!(text(view.raw(slot)), text(raw), "{file}:{row} {name}");
                assert_eq!(view.undecidable(slot), record.view.undecidable(slot), "{file}:{row} {name}");
            }
            assert_eq!(view.is_stored(), record.view.is_stored());
            assert_eq!(view.whole().unwrap(), record.view.whole().unwrap());
            assert_eq!(view.also(), record.view.also());
            assert_eq!(view.windows().unwrap(), record.view.windows().unwrap());
            let leaves = |view: &dyn EventView| {
                let mut all = Vec::new();
                view.leaves(&mut |path, raw| {
                    all.push((path.to_string(), text(raw)));
                    ControlFlow::Continue(())
                });
                all
            };
            assert_eq!(leaves(&view), leaves(record.view));
            row += 1;
        });
        let mut reader = EventReader::new(&layout, AgentVersion::DEFAULT);
        reader.read_file(&file.as_str().into(), std::io::Cursor::new(&bytes), &mut each).unwrap();
        assert!(row > 0, "{file}");
    }
}

/// What one module reads and hands over, another reads as if it had read it itself.
#[test]
fn what_is_carried_is_what_was_read() {
    let catalogue = Catalogue::standard();
    for file in forms().iter().filter(|file| file.ends_with(".evtx") || file.ends_with(".csv")) {
        let bytes = bytes(file);
        let mut carrier = Carrier::default();
        let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
        reader.read_file(&file.as_str().into(), std::io::Cursor::new(&bytes), &mut carrier).unwrap();
        let carried = carrier.finish();
        let (mut direct, mut other) =
            (Samples::new(AgentVersion::DEFAULT, &catalogue), Samples::new(AgentVersion::DEFAULT, &catalogue));
        let one = add(&mut direct, file, &bytes, &catalogue);
        let two = other.add(file, &carried, 0, &catalogue);
        assert_eq!((one.events, two.error), (two.events, None));
        assert_eq!(format!("{:?}", one.forms), format!("{:?}", two.forms));
        for row in 0..direct.len() {
            let all = |samples: &Samples| {
                let leaves = samples.leaves(row);
                let kept = &samples.kept[row];
                let leaves: Vec<_> =
                    leaves.map(|(path, value)| (samples.paths[path as usize].clone(), samples.text(value))).collect();
                (leaves, kept.number, kept.bytes, kept.form, kept.event)
            };
            assert_eq!(all(&direct), all(&other), "{file}:{row}");
        }
        // Cut anywhere, it is read as far as it goes.
        for cut in [0, 7, 8, 9, 13, carried.len() / 2, carried.len() - 1] {
            let mut samples = Samples::new(AgentVersion::DEFAULT, &catalogue);
            samples.add(file, &carried[..cut], 0, &catalogue);
            assert!(samples.len() < direct.len());
        }
        // Whatever byte is another, nothing panics.
        for at in (8..carried.len().min(6000)).step_by(7) {
            let mut broken = carried.clone();
            broken[at] ^= 0x55;
            Samples::new(AgentVersion::DEFAULT, &catalogue).add(file, &broken, 0, &catalogue);
        }
    }
}

#[test]
fn the_example_on_its_events() {
    let mut session = tried();
    let decided = decide(&mut session);
    let expected = std::fs::read_to_string(here("examples/sysmon/events/expected.tsv")).unwrap();
    let dropped = expected.lines().filter(|line| line.split('\t').nth(1) == Some("drop")).count();
    assert!(dropped > 0);
    assert_eq!(decided.dropped, dropped);
    assert_eq!(decided.dropped + decided.kept, decided.events);
    let filters: usize = decided.rules.iter().take(20).map(|rule| rule.acted).sum();
    assert_eq!(filters, decided.dropped, "each dropped event is dropped by one filter");
    assert!(decided.rules.iter().all(|rule| rule.alone <= rule.acted && rule.acted <= rule.reached));
}

#[test]
fn what_changed_since_the_baseline_is_counted_and_can_be_chosen() {
    let mut session = tried();
    session.set_baseline();
    let name = "filters/dns-windows-services.rule";
    let before = decide(&mut session);
    assert_eq!(before.since, Some(crate::session::wire::Since::default()));
    session.set_file(name, "");
    let after = decide(&mut session);
    let since = after.since.unwrap();
    assert_eq!(since.kept, before.dropped - after.dropped);
    assert!(since.kept > 0 && since.dropped == 0);
    let changed = session.select(&Selection { decision: DecisionFilter::Changed, ..Selection::default() });
    assert_eq!(changed.count, since.kept);
}

#[test]
fn a_rule_without_events_says_why_it_did_nothing() {
    let mut session = tried();
    let count = |session: &mut Session, text: &str| {
        let told = session.set_file("filters/new.rule", text);
        let at = told.rules.iter().position(|rule| rule.name == "new").unwrap();
        decide(session).rules[at].never.clone()
    };
    let none = count(&mut session, "filter \"new\" { if event is sysmon.ebpf { drop } }").unwrap();
    assert!(none.starts_with("0 of ") && none.ends_with("of the kind that it asks for"), "{none}");
    let unmet =
        count(&mut session, "filter \"new\" { if event is sysmon.dns_query and QueryName == 'nowhere' { drop } }");
    let unmet = unmet.unwrap();
    assert!(unmet.starts_with("none of the ") && unmet.ends_with("meets its condition"), "{unmet}");
}

#[test]
fn words_are_found_in_values_whatever_their_case_and_escapes() {
    let mut session = tried();
    let mut count = |text: &str| session.select(&Selection { text: text.to_string(), ..Selection::default() }).count;
    let all = count("");
    assert!(count("c:\\windows\\SYSTEM32\\svchost.exe") > 0);
    assert!(count("svchost.exe windowsupdate") > 0);
    assert!(count("svchost.exe windowsupdate") < count("svchost.exe"));
    assert!(count("svchost.exe") < all);
    assert_eq!(count("event_data"), 0, "names of fields are no values");
    assert_eq!(count("(.*"), 0, "what is typed is no pattern");
}

#[test]
fn conditions_and_orders() {
    let mut session = tried();
    let condition = |text: &str| Selection { condition: text.to_string(), ..Selection::default() };
    let tagged = session.select(&condition("has tag \"suspicious\""));
    assert!(tagged.count > 0 && tagged.diagnostics.is_empty());
    let wrong = session.select(&condition("Imgae == "));
    assert_eq!(wrong.count, tagged.count, "the events stay that were chosen before");
    assert!(!wrong.diagnostics.is_empty());
    let sort = Some(Sort { column: "EventID".to_string(), descending: true });
    session.select(&Selection { among: Some(vec![1, 3]), ..Selection::default() });
    assert_eq!([session.position_of(0), session.position_of(3)], [None, Some(1)]);
    session.select(&Selection { sort, ..Selection::default() });
    let rows = session.rows(0, usize::MAX, &["EventID".to_string(), "Image".to_string()]);
    let ids: Vec<u32> = rows.iter().filter_map(|row| row.cells[0].as_deref()?.parse().ok()).collect();
    assert!(ids.is_sorted_by(|a, b| a >= b) && ids.len() > 100, "{ids:?}");
    assert_eq!(session.position_of(rows[3].index), Some(3));
}

#[test]
fn the_values_of_a_field() {
    let mut session = tried();
    let all = session.values("Image", "", 5);
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|a, b| a.count >= b.count));
    let some = session.values("Image", "SVCHOST", 50);
    assert!(!some.is_empty() && some.iter().all(|value| value.value.to_lowercase().contains("svchost")));
    assert!(!session.values("msg.username", "", 5).is_empty(), "also of what the normaliser makes");
}

#[test]
fn everything_about_an_event() {
    let mut session = tried();
    session.select(&Selection { decision: DecisionFilter::Dropped, ..Selection::default() });
    let row = session.rows(0, 1, &[]).remove(0);
    let detail = done(session.event(row.index));
    assert_eq!(detail.rule, row.rule);
    assert_eq!(detail.rules[detail.rule.unwrap()].verdict, "drops the event");
    assert!(detail.fields.iter().any(|field| field.path == "winlog.event_data.Image" && field.name == "Image"));
    assert!(detail.stored.is_empty(), "what is dropped is not stored");
    session.select(&Selection { decision: DecisionFilter::Tagged, ..Selection::default() });
    let row = session.rows(0, 1, &[]).remove(0);
    let detail = done(session.event(row.index));
    let tags: Vec<&str> = detail.tags.iter().map(|tag| tag.tag.as_str()).collect();
    assert_eq!(tags, row.tags);
    assert!(detail.stored.iter().any(|field| field.path.starts_with("msg.")));
    assert!(matches!(session.event(usize::MAX), Answer::Refused(_)));
}

/// Marks agree with what happened, on every event, for every rule.
#[test]
fn marks_agree_with_decisions() {
    let session = tried();
    let told = session.project().told();
    let mut seen = (0, 0, 0);
    for index in (0..session.state.samples.len()).step_by(3) {
        let detail = done(session.event(index));
        for (rule, verdict) in told.rules.iter().zip(&detail.rules) {
            let explained = done(session.explain(index, &rule.place.file));
            let marks = &explained.marks;
            let whole = marks.iter().find(|mark| mark.place == rule.place).unwrap();
            assert_eq!(whole.state == MarkState::True, verdict.acted, "{index} {} {}", rule.name, verdict.verdict);
            for mark in marks {
                match mark.state {
                    MarkState::True => seen.0 += 1,
                    MarkState::False => seen.1 += 1,
                    MarkState::Unreached => seen.2 += 1,
                }
            }
        }
    }
    assert!(seen.0 > 100 && seen.1 > 100 && seen.2 > 100, "{seen:?}");
}

/// Whether each statement was reached, in the order of the text.
fn reached(steps: &[Step], found: &mut Vec<bool>) {
    for step in steps {
        match step {
            Step::Arm { body, .. } => reached(body, found),
            Step::Plain { reached, .. } | Step::When { reached, .. } => found.push(*reached),
        }
    }
}

/// Where each statement stands, in the same order.
fn statements(definition: &Definition, body: &[StmtId], found: &mut Vec<Origin>) {
    for id in body {
        let stmt = definition.stmt(*id);
        match &stmt.kind {
            StmtKind::If { arms, otherwise } => {
                arms.iter().for_each(|arm| statements(definition, &arm.body, found));
                otherwise.iter().for_each(|body| statements(definition, body, found));
            }
            _ => found.push(stmt.origin),
        }
    }
}

/// Every statement that the explanation has reached is marked so, and no other; on every event, for every rule.
#[test]
fn marks_agree_with_explanations() {
    let session = tried();
    let (project, samples) = (&session.project, &session.state.samples);
    let (program, prepared) = (project.program().unwrap(), project.prepared().unwrap());
    let mut counts = [0, 0];
    for index in (0..samples.len()).step_by(5) {
        let each = |record: &Record<'_>| {
            let rules = project.definitions().iter().flat_map(|file| file.rules.iter().map(move |rule| (file, rule)));
            for (file, rule) in rules {
                let at = program.rules.iter().position(|compiled| compiled.origin == rule.origin).unwrap();
                let told = explain::explain(program, prepared, RuleId(at as u32), record.view, None).unwrap();
                let (mut wanted, mut origins, mut said) = (Vec::new(), Vec::new(), explain::Said::default());
                reached(&told.steps, &mut wanted);
                statements(file, &rule.body, &mut origins);
                explain::said(&told, program, &mut said);
                let marks = explain::marks(file, rule, &said, &told.fired, told.ran, told.acted);
                let holds = |origin: &Origin| marks.iter().find(|mark| mark.origin == Some(*origin)).unwrap().holds;
                let found: Vec<bool> = origins.iter().map(|origin| holds(origin) == Some(true)).collect();
                assert_eq!(found, wanted, "{index} {}", told.rule);
                wanted.iter().for_each(|reached| counts[usize::from(*reached)] += 1);
            }
        };
        samples.record(index, &prepared.module().layout, each).unwrap();
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

/// A draft of any event and any of its fields compiles and acts on that event.
#[test]
fn drafts_act_on_their_own_event() {
    let session = tried();
    let mut tried = 0;
    for index in (0..session.state.samples.len()).step_by(17) {
        let detail = done(session.event(index));
        if detail.id.as_deref().is_some_and(|id| ["4", "16", "255"].contains(&id)) {
            continue;
        }
        for field in detail.fields.iter().filter(|field| field.path.starts_with("winlog.event_data.")) {
            let request = DraftRequest { index, what: What::Filter, fields: vec![field.name.clone()] };
            let draft = done(session.draft(&request));
            let alone = crate::compile_text(&draft.text, &[]);
            assert!(alone.0.is_some(), "{} {:?}", draft.text, alone.1);
            let mut other = Session::new();
            other.set_file("new.rule", &draft.text);
            let record = session.state.samples.record(index, &Layout::new(), |record| record.text.unwrap().to_vec());
            other.add_events("one", &record.unwrap());
            assert_eq!(decide(&mut other).dropped, 1, "{}", draft.text);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
    let image = (0..99).find(|index| done(session.event(*index)).fields.iter().any(|field| field.name == "Image"));
    let silence = DraftRequest { index: image.unwrap(), what: What::Silence, fields: vec!["Image".to_string()] };
    let text = done(session.draft(&silence)).text;
    assert!(text.starts_with("classify") && text.contains("tag \"whitelisted\""), "{text}");
    let tamper = (0..session.state.samples.len()).find(|index| done(session.event(*index)).id.as_deref() == Some("16"));
    let tamper = DraftRequest { index: tamper.unwrap(), what: What::Filter, fields: vec!["UtcTime".to_string()] };
    let Answer::Refused(refused) = session.draft(&tamper) else { panic!() };
    assert!(refused.error.contains("tamper"), "{refused:?}");
    let none = DraftRequest { index: 0, what: What::Filter, fields: Vec::new() };
    assert!(matches!(session.draft(&none), Answer::Refused(_)));
    let unknown = DraftRequest { index: 0, what: What::Filter, fields: vec!["Nope".to_string()] };
    assert!(matches!(session.draft(&unknown), Answer::Refused(_)));
}

/// A test drafted of any event of any form passes, and others put behind it too; with other rules it says what is otherwise.
#[test]
fn drafted_tests_pass_until_rules_change() {
    let mut session = tried();
    for file in forms() {
        add_events(&mut session, &file, &bytes(&file));
    }
    decide(&mut session);
    let (mut text, mut count, mut refused) = (String::new(), 0, Vec::new());
    for index in (0..session.state.samples.len()).step_by(23) {
        let drafted = session.draft_test(index, &text);
        match drafted.text {
            Some(longer) => {
                assert!(longer.starts_with(&text));
                (text, count) = (longer, count + 1);
            }
            None => refused.push(format!("{} {}", done(session.event(index)).form, drafted.diagnostics[0].message)),
        }
    }
    assert!(count > 20 && refused.len() * 4 < count, "{count} {refused:?}");
    let tested = session.test("all.test.yml", &text);
    assert_eq!((tested.results.len(), tested.diagnostics.len()), (count, 0));
    assert!(tested.results.iter().all(|result| result.passed), "{:?}", tested.results);
    let dropped = (0..session.state.samples.len()).find(|index| done(session.event(*index)).rule.is_some()).unwrap();
    let one = session.draft_test(dropped, "").text.unwrap();
    for name in ["filters", "classify", "alerts"].iter().flat_map(|folder| {
        let files = std::fs::read_dir(here("examples/sysmon").join(folder)).unwrap();
        files.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
    }) {
        if !name.ends_with(".rule") {
            continue;
        }
        session.set_file(&name, "");
    }
    let failed = session.test("one.test.yml", &one);
    assert!(failed.results.is_empty() && failed.diagnostics[0].message.contains("runs"), "{:?}", failed.diagnostics);
    let unknown = session.draft_test(usize::MAX, "");
    assert!(unknown.text.is_none() && unknown.diagnostics[0].message.contains("no such event"));
    // What Sysmon does not write is no event of Sysmon, and the reason is told.
    let odd = br#"{"winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"22","event_data":{"Imgae":"x"}}}"#;
    add_events(&mut session, "odd.json", odd);
    let odd = session.draft_test(session.state.samples.len() - 1, "");
    assert!(odd.text.is_none() && odd.diagnostics[0].message.contains("has no field `Imgae`"), "{odd:?}");
    let broken = session.draft_test(0, "tests: [\n");
    assert!(broken.text.is_none() && !broken.diagnostics.is_empty());
}

#[test]
fn a_hash_is_whitelisted_and_the_tag_comes() {
    let session = tried();
    let mut done = 0;
    for index in 0..session.state.samples.len() {
        if let Answer::Done(edit) = session.whitelist(index, "sysmon-hash-whitelist", "looked at") {
            assert!(edit.added.contains("looked at") && edit.text.contains("looked at"), "{edit:?}");
            done += 1;
        }
    }
    assert!(done > 0);
    let Answer::Refused(refused) = session.whitelist(0, "nope", "") else { panic!() };
    assert!(refused.error.contains("nope"));
}

#[test]
fn another_version_of_the_agent_sees_the_same_events_otherwise() {
    let mut session = Session::new();
    let settings = |version: &str| Settings { winlogbeat: version.to_string(), ..Settings::default() };
    session.set_project(Vec::new(), settings("7.0"));
    let loaded = add_events(&mut session, "x", &bytes("tests/forms/files/events.xml"));
    assert!(loaded.events > 0, "{loaded:?}");
    decide(&mut session);
    let id = |session: &Session| {
        let detail = done(session.event(0));
        detail.fields.iter().find(|field| field.path == "winlog.event_id").map(|field| format!("{:?}", field.kind))
    };
    assert_eq!(id(&session).as_deref(), Some("Number"));
    session.set_project(Vec::new(), settings("8.17"));
    decide(&mut session);
    assert_eq!(id(&session).as_deref(), Some("Text"));
}

#[test]
fn what_is_no_log_is_told_and_loses_nothing() {
    let mut session = tried();
    let before = session.state.samples.len();
    let loaded =
        add_events(&mut session, "x.pdf", b"%PDF-1.7 \0\0\0 nothing of the kind, but long enough to tell what it is");
    assert!(loaded.error.unwrap().contains("known forms"));
    let damaged = add_events(&mut session, "y.json", b"{\"a\":1}\n{broken\n{\"winlog\":{}}\n");
    assert_eq!(damaged.damaged.len(), 1);
    assert!(session.state.samples.len() >= before);
}

#[cfg(feature = "templates")]
#[test]
fn an_alert_is_said_as_the_command_says_it() {
    use crate::session::wire::{MessageRequest, TemplateText};
    let session = tried();
    let part = |name: &str| String::from_utf8(bytes(&format!("examples/sysmon/templates/{name}"))).unwrap();
    let template = |text: String| TemplateText {
        name: "sysmon".to_string(),
        subject: "{{ action }} on {{ host }}".to_string(),
        text,
        html: Some(part("sysmon.html")),
    };
    let ask = |index, templates| {
        let request = MessageRequest { file: "sysmon.ndjson".to_string(), record: 162, templates };
        session.alert_preview(index, &request)
    };
    let said = ask(161, vec![template(part("sysmon.txt"))]);
    let [message] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(message.subject, "Process accessed on ws01.example.org");
    assert_eq!(session.project().program().unwrap().rules[message.rule].name, "Sysmon: significant security event");
    assert!(message.text.contains("for msg.dataset == 'sysmon' and msg.rulename contains any"), "{}", message.text);
    assert!(message.text.contains("Record         sysmon.ndjson:162") && message.html.is_some());
    assert_eq!((message.problems.len(), message.to.as_slice()), (0, ["soc@example.org".to_string()].as_slice()));
    // No alert; no event; no template; one with a fault.
    assert!(ask(0, Vec::new()).is_empty() && ask(usize::MAX, Vec::new()).is_empty());
    let none = ask(161, Vec::new());
    assert!(none[0].problems[0].contains("has no template \"sysmon\"") && none[0].html.is_none());
    let bad = ask(161, vec![template("{{ msg.imagee }}".to_string())]);
    assert_eq!(bad[0].problems, ["text: no event has a field `msg.imagee`; did you mean `msg.image`?"]);
    assert!(bad[0].text.contains("sourceimage = "), "{}", bad[0].text);
}

/// A file in pieces is the file as a whole.
#[test]
fn a_file_in_pieces_is_the_whole_file() {
    let catalogue = Catalogue::standard();
    let bytes = bytes("examples/sysmon/events/sysmon.ndjson");
    let all = |samples: &Samples| -> Vec<_> {
        let leaves = |row| samples.leaves(row).map(|(path, value)| (path, samples.text(value))).collect::<Vec<_>>();
        samples.kept.iter().enumerate().map(|(row, kept)| (kept.number, kept.bytes, kept.file, leaves(row))).collect()
    };
    let mut whole = Samples::new(AgentVersion::DEFAULT, &catalogue);
    add(&mut whole, "a", &bytes, &catalogue);
    for lines in [1, 7, 100] {
        let mut pieces = Samples::new(AgentVersion::DEFAULT, &catalogue);
        let mut after = 0;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>().chunks(lines) {
            assert!(!pieces.add("a", &piece.concat(), after, &catalogue).needs_reader);
            after += piece.len() as u64;
        }
        assert_eq!((all(&pieces), pieces.files.len()), (all(&whole), 1));
        // What was damaged in a piece stands where it stands in the file; so does what another module had to read.
        let odd = pieces.add(
            "a",
            b"{\"@timestamp\":\"2025-03-04T07:00:11.841Z\",\"winlog\":{\"event_id\":4}}\n",
            after,
            &catalogue,
        );
        assert_eq!((odd.events, pieces.kept.last().map(|kept| kept.number)), (1, Some(after + 1)));
        let carried = carry::carry(b"\n{\"a\n");
        let damaged = pieces.add("a", &carried, after + 1, &catalogue).damaged;
        assert_eq!(damaged.first().and_then(|damaged| damaged.number.clone()), Some((after + 3).to_string()));
        // The same name again, from its beginning, is another file.
        pieces.add("a", &bytes, 0, &catalogue);
        assert_eq!(pieces.files.len(), 2);
    }
}
