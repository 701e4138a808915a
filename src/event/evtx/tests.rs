//! The reader against the corpus of real files (where it is there), and against damaged copies of them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::*;
use crate::event::read::EventReader;
use crate::event::{FieldPath, find};
use crate::sysmon::Catalogue;

/// The EVTX files of the corpus in order; none, with a word about it, where there is no corpus.
fn corpus(under: &str) -> Vec<PathBuf> {
    let fallback = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("BLOCKSIEVE_CORPUS").map_or_else(fallback, PathBuf::from);
    let (mut folders, mut files) = (vec![root.join(under)], Vec::new());
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("no corpus at {}: nothing is tested", folder.display());
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "evtx") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Keeps every event and damage.
#[derive(Default)]
struct Kept {
    events: Vec<(u64, u64, Value)>,
    damaged: Vec<Damaged>,
}

impl Sink for Kept {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        if let RecordSource::Value(event) = record.source {
            self.events.push((record.place.number, record.place.offset, event.clone()));
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.damaged.push(damaged);
    }
}

fn kept(bytes: &[u8]) -> (Kept, Result<(), ReadError>) {
    let layout = Layout::new();
    let mut reader = EventReader::new(&layout);
    let mut kept = Kept::default();
    let result = reader.read_file(&"file".into(), Cursor::new(bytes), &mut kept);
    assert_eq!(reader.stats.events, kept.events.len() as u64);
    assert_eq!(reader.stats.damaged, kept.damaged.len() as u64);
    (kept, result)
}

fn text<'a>(event: &'a Value, path: &str) -> Option<&'a str> {
    let Value::Map(members) = event else { return None };
    match find(members, path)? {
        Value::Text(text) => Some(text),
        _other => None,
    }
}

#[test]
fn every_file_of_the_corpus_gives_as_many_records_as_the_crate_counts() {
    let mut table: BTreeMap<(String, u32), usize> = BTreeMap::new();
    let (mut files, mut records) = (0, 0);
    for path in corpus("evtx").into_iter().chain(corpus("sigma")) {
        let bytes = std::fs::read(&path).unwrap();
        let (ours, result) = kept(&bytes);
        result.unwrap();
        let mut parser = EvtxParser::from_buffer(bytes.clone()).unwrap();
        let theirs: Vec<_> = parser.records().map(|record| record.ok().map(|record| record.event_record_id)).collect();
        let numbers: Vec<_> = ours.events.iter().map(|(number, _, _)| Some(*number)).collect();
        assert_eq!(numbers, theirs.iter().filter(|id| id.is_some()).copied().collect::<Vec<_>>(), "{}", path.display());
        assert_eq!(ours.damaged.len(), theirs.iter().filter(|id| id.is_none()).count(), "{}", path.display());
        for (number, offset, event) in &ours.events {
            // The offset leads to the record: its mark, and its own number.
            let head = &bytes[*offset as usize..][..16];
            assert_eq!((&head[..4], &head[8..]), (b"\x2a\x2a\0\0".as_slice(), number.to_le_bytes().as_slice()));
            let provider = text(event, "winlog.provider_name").unwrap_or("-").to_string();
            let id = text(event, "winlog.event_id").unwrap().parse().unwrap();
            assert_eq!(text(event, "@timestamp").map(str::len), Some("2021-02-25T15:04:48.607Z".len()));
            *table.entry((provider, id)).or_default() += 1;
        }
        (files, records) = (files + 1, records + ours.events.len());
    }
    println!("{files} files, {records} records");
    for ((provider, id), count) in &table {
        println!("{provider:60} {id:6} {count:6}");
        assert!(!provider.contains("Sysmon") || Catalogue::standard().event_of(Some(provider), *id, None).is_some());
    }
}

#[test]
fn no_sysmon_event_of_the_corpus_has_a_field_outside_the_catalogue() {
    let catalogue = Catalogue::standard();
    let mut events = 0;
    for path in corpus("evtx").into_iter().chain(corpus("sigma")) {
        for (_, _, event) in kept(&std::fs::read(&path).unwrap()).0.events {
            let id = text(&event, "winlog.event_id").unwrap().parse().unwrap();
            let Some(at) = catalogue.event_of(text(&event, "winlog.provider_name"), id, None) else { continue };
            let known = &catalogue.event_at(at).unwrap().fields;
            let Value::Map(members) = &event else { panic!("no map") };
            let Some(Value::Map(data)) = find(members, "winlog.event_data") else { panic!("no data: {event:?}") };
            for (name, _) in data {
                assert!(known.contains(name), "{}: {id} {name}", path.display());
            }
            events += 1;
        }
    }
    println!("{events} Sysmon events");
}

/// Without braces and outer white space, in capitals: the JSON beside the files was made by an older rendering.
fn plain(text: &str) -> String {
    text.trim_start_matches('{').trim_end_matches('}').replace("\r\n", "\n").trim().to_uppercase()
}

#[test]
fn the_data_of_each_event_is_what_the_json_beside_it_says() {
    let mut compared = 0;
    for path in corpus("sigma") {
        let Ok(json) = std::fs::read_to_string(path.with_extension("json")) else { continue };
        let (ours, _) = kept(&std::fs::read(&path).unwrap());
        let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&json) else { continue };
        let [(_, _, event)] = ours.events.as_slice() else { continue };
        let Some(data) = theirs["Event"]["EventData"].as_object() else { continue };
        for (name, value) in data {
            let value = match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Bool(truth) => truth.to_string(),
                _other => continue,
            };
            let own = text(event, &format!("winlog.event_data.{name}"));
            assert_eq!(plain(own.unwrap_or_default()), plain(&value), "{} {name}", path.display());
            compared += 1;
        }
    }
    println!("{compared} values compared");
}

/// A step of a generator that gives the same numbers on every run.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

#[test]
fn damaged_copies_never_make_it_panic_and_the_other_records_stay() {
    let mut state = 1;
    for path in corpus("evtx").iter().step_by(5) {
        let whole = std::fs::read(path).unwrap();
        let records = kept(&whole).0.events.len();
        for _ in 0..6 {
            let _ = kept(&whole[..next(&mut state) % whole.len()]);
            let mut flipped = whole.clone();
            for _ in 0..1 + next(&mut state) % 20 {
                let at = next(&mut state) % flipped.len();
                flipped[at] ^= 1 << (next(&mut state) % 8);
            }
            let _ = kept(&flipped);
        }
        // The magic of the last record of the first chunk: all others stay.
        let (all, _) = kept(&whole);
        let in_first_chunk = all.events.iter().filter(|(_, offset, _)| *offset < FILE_HEAD + CHUNK);
        let last = in_first_chunk.map(|(_, offset, _)| *offset).max().unwrap();
        let mut cut = whole.clone();
        cut[last as usize] ^= 0xff;
        let (rest, _) = kept(&cut);
        assert_eq!(rest.events.len(), records - 1, "{}", path.display());
        assert!(rest.damaged.iter().any(|damaged| damaged.offset == last), "{:?}", rest.damaged);
    }
}

#[test]
fn a_record_of_size_zero_ends_nothing_but_itself() {
    let Some(path) = corpus("evtx").into_iter().next() else { return };
    let mut bytes = std::fs::read(&path).unwrap();
    let (whole, _) = kept(&bytes);
    let (_, offset, _) = whole.events[0];
    bytes[offset as usize + 4..][..4].fill(0);
    let (rest, _) = kept(&bytes);
    assert_eq!((rest.events.len(), rest.damaged.len()), (whole.events.len() - 1, 1));
    assert_eq!(rest.damaged[0].offset, offset);
}

#[test]
fn of_a_file_that_is_cut_the_whole_records_are_read() {
    let Some(path) = corpus("evtx").into_iter().next() else { return };
    let bytes = std::fs::read(&path).unwrap();
    let (whole, _) = kept(&bytes);
    assert!(whole.events.len() > 3);
    let (_, third, _) = whole.events[2];
    // In the middle of the third record, in the only chunk.
    let (rest, result) = kept(&bytes[..third as usize + 40]);
    assert!(result.is_ok());
    assert_eq!(rest.events, whole.events[..2]);
    let last = rest.damaged.last().unwrap();
    assert_eq!((last.kind, last.offset), (DamageKind::Chunk, FILE_HEAD));
}

#[test]
fn what_is_no_evtx_behind_its_magic_is_an_error() {
    let (kept, result) = kept(b"ElfFile\0 and no more than that");
    assert!(matches!(result, Err(ReadError::Evtx(_))) && kept.events.is_empty());
}

#[test]
fn a_test_on_what_evtx_does_not_hold_is_undecidable() {
    let mut layout = Layout::new();
    let mut slot = |path: &str| layout.slot(FieldPath { name: path.into(), paths: vec![path.into()] }).unwrap();
    let (message, image, agent) = (slot("message"), slot("winlog.event_data.Image"), slot("agent.version"));
    let opcode = slot("winlog.opcode");
    let lost = lost_slots(&layout);
    let event = agent::view(b"<Event><System><Opcode>0</Opcode></System></Event>").unwrap();
    let Value::Map(members) = &event else { panic!("no map") };
    let view = RecordView { map: MapView::new(&layout, members), lost: &lost };
    assert_eq!(view.undecidable(message), Some("EVTX does not hold the message text"));
    assert_eq!(view.undecidable(agent), Some("EVTX knows of no agent"));
    assert_eq!(view.undecidable(image), None);
    // Windows' own opcodes are known by their numbers.
    assert_eq!(view.undecidable(opcode), None);
    assert!(matches!(view.raw(opcode), Raw::Text("Info")));
}
