//! What becomes of small EVTX files.

use std::io::Cursor;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::made::{Chunk, Element, NULL, Piece, SYSMON, Sub, TIME, Text, Typed, header, record, string, strings, u32_};
use super::{RECORD_MAGIC, Run, read_evtx, read_evtx_stream};
use crate::dialect::AgentVersion;
use crate::event::agent::AgentPlan;
use crate::event::read::{Damaged, ReadStats, Record, Sink};
use crate::event::{EventView, FieldPath, Layout, MapView, Raw, Slot, Value, find};

#[derive(Default)]
struct Keep {
    events: Vec<Vec<(String, Value)>>,
    undecidable: Vec<Vec<(String, Option<&'static str>)>>,
    slots: Vec<(String, Slot)>,
    numbers: Vec<u64>,
    damaged: Vec<String>,
    stop_after: Option<usize>,
}

impl Sink for Keep {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.numbers.push(record.place.number);
        self.events.push(record.view.whole().unwrap().into_owned());
        let reasons = self.slots.iter().map(|(path, slot)| (path.clone(), record.view.undecidable(*slot)));
        self.undecidable.push(reasons.collect());
        if self.stop_after == Some(self.events.len()) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        let number = damaged.number.unwrap_or(0);
        self.damaged.push(format!("{}:{}:{}: {}", damaged.file, number, damaged.offset, damaged.reason));
    }
}

fn read(file: &[u8]) -> (Keep, ReadStats) {
    let mut keep = Keep::default();
    let stats = read_evtx(
        Cursor::new(file),
        &"a.evtx".into(),
        &AgentPlan::new(&Layout::new(), AgentVersion::DEFAULT),
        false,
        &mut keep,
    )
    .unwrap();
    (keep, stats)
}

/// Numbers of records and places of damage, as a file and as a stream.
fn both(file: &[u8]) -> [(Vec<u64>, Vec<String>, ReadStats); 2] {
    let plan = AgentPlan::new(&Layout::new(), AgentVersion::DEFAULT);
    let (mut keep, mut other) = (Keep::default(), Keep::default());
    let stats = read_evtx(Cursor::new(file), &"a.evtx".into(), &plan, false, &mut keep).unwrap();
    let (streamed, result) = read_evtx_stream(&mut { file }, &"a.evtx".into(), &plan, false, &mut other);
    result.unwrap();
    [(keep.numbers, keep.damaged, stats), (other.numbers, other.damaged, streamed)]
}

#[test]
fn a_stream_gives_what_the_file_gives_and_of_a_log_that_began_again_the_newer_part_first() {
    let chunk = |first: u64| {
        let mut chunk = Chunk::new();
        (0..2).for_each(|_| record(&mut chunk, &Element("EventData", &[], &[]), &header(1, 4, 0)));
        let mut file = chunk.file();
        // Its records begin with another number.
        for at in [4096 + 8, 4096 + 24] {
            file[at..at + 8].copy_from_slice(&first.to_le_bytes());
            file[at + 8..at + 16].copy_from_slice(&(first + 1).to_le_bytes());
        }
        for (nth, at) in memchr::memmem::find_iter(&file.clone(), RECORD_MAGIC).enumerate().collect::<Vec<_>>() {
            file[at + 8..at + 16].copy_from_slice(&(first + nth as u64).to_le_bytes());
        }
        file
    };
    let log = |firsts: &[u64]| {
        let chunks: Vec<u8> = firsts.iter().flat_map(|first| chunk(*first)[4096..].to_vec()).collect();
        [chunk(1)[..4096].to_vec(), chunks].concat()
    };
    let [file, stream] = both(&log(&[1, 3, 5]));
    assert_eq!((&file.0, &file), (&vec![1, 2, 3, 4, 5, 6], &stream));
    let [file, stream] = both(&log(&[5, 1, 3]));
    assert_eq!((file.0, stream.0), (vec![1, 2, 3, 4, 5, 6], vec![5, 6, 1, 2, 3, 4]));
    // Cut anywhere, and with a promise that is not kept.
    let mut whole = log(&[1, 3]);
    whole[42] = 3;
    for length in [10, 4095, 4096, 4097, 5000, 4096 + 65_536, 5000 + 65_536, whole.len()] {
        let [file, stream] = both(&whole[..length]);
        assert_eq!(file, stream, "{length}");
        assert_eq!(file.1.len(), 1, "{length}: {:?}", file.1);
    }
}

#[test]
fn behind_what_is_no_chunk_the_next_one_is_found_wherever_it_stands() {
    let log = |count: usize| {
        let mut chunk = Chunk::new();
        (0..2).for_each(|_| record(&mut chunk, &Element("EventData", &[], &[]), &header(1, 4, 0)));
        let file = chunk.file();
        [file[..4096].to_vec(), file[4096..].repeat(count)].concat()
    };
    let (one, two) = (log(1), log(2));
    let mut broken = log(3);
    broken[4096 + 65_536] = b'X';
    let junk = |length: usize| vec![b'x'; length];
    for (file, records, damaged) in [
        // Two files, one behind the other.
        ([one.clone(), two.clone()].concat(), 6, vec![]),
        ([two.clone(), one[..4096].to_vec()].concat(), 4, vec![]),
        // Something between them, or between chunks, or behind the last.
        (
            [one.clone(), junk(1000), one.clone()].concat(),
            4,
            vec![(4096 + 65_536, "1000 bytes", "the next chunk is read")],
        ),
        ([one.clone(), junk(1), two[4096..].to_vec()].concat(), 6, vec![(4096 + 65_536, "1 bytes", "the next chunk")]),
        (
            [one.clone(), junk(200_000), one.clone()].concat(),
            4,
            vec![(4096 + 65_536, "200000 bytes", "the next chunk")],
        ),
        ([one.clone(), junk(200_000)].concat(), 2, vec![(4096 + 65_536, "200000 bytes", "nothing")]),
        ([one.clone(), junk(10)].concat(), 2, vec![(4096 + 65_536 + 10, "cut short", "lost")]),
        (broken, 4, vec![(4096 + 65_536, "65536 bytes where a chunk should be are none", "the next chunk is read")]),
        // What lacks a part of its front.
        (
            [one[..4096].to_vec(), two[4097..].to_vec()].concat(),
            2,
            vec![(4096, "65535 bytes", "the next chunk is read")],
        ),
    ] {
        let [read, stream] = both(&file);
        assert_eq!(read, stream);
        assert_eq!((read.0.len(), read.1.len()), (records, damaged.len()), "{:?}", read.1);
        assert_eq!(read.2.bytes, file.len() as u64);
        for (told, (at, what, behind)) in read.1.iter().zip(damaged) {
            assert!(told.contains(what) && told.contains(behind), "{told}");
            assert!(told.contains(&at.to_string()), "{told}");
        }
    }
}

/// The one event of a file with this rest and these values behind those of the header.
fn event(rest: &Piece<'_>, values: &[Typed]) -> Vec<(String, Value)> {
    let mut chunk = Chunk::new();
    let all: Vec<Typed> = header(1, 4, 1 << 63).into_iter().chain(values.iter().cloned()).collect();
    record(&mut chunk, rest, &all);
    let (mut keep, _) = read(&chunk.file());
    assert_eq!(keep.damaged, Vec::<String>::new());
    keep.events.swap_remove(0)
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Number(number) => format!("{number:?}"),
        Value::Map(members) => {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{key}: {}", show(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn event_data(rest: &Piece<'_>, values: &[Typed]) -> String {
    find(&event(rest, values), "winlog.event_data").map_or("absent".to_string(), show)
}

/// `<Data Name='NAME'>` with the value of this number.
macro_rules! data {
    ($name:literal, $number:expr) => {
        Element("Data", &[("Name", Text($name))], &[Sub($number, 1)])
    };
}

#[test]
fn a_record_becomes_the_event_of_the_agent() {
    let rest = Element("EventData", &[], &[data!("Image", 7), data!("ProcessGuid", 8)]);
    let members = event(&rest, &[string("C:\\a.exe"), (0x0f, SYSMON.to_vec())]);
    insta::assert_snapshot!(show(&Value::Map(members)).replace("}, ", "},\n"), @r#"
    {@timestamp: "2024-01-31T10:00:00.1234567Z", event: {code: "1", kind: "event", provider: "Microsoft-Windows-Sysmon"},
    host: {name: "PC1"},
    log: {level: "information"},
    winlog: {channel: "Microsoft-Windows-Sysmon/Operational", computer_name: "PC1", event_data: {Image: "C:\\a.exe", ProcessGuid: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"},
    event_id: "1", process: {pid: Int(1912)},
    provider_guid: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", provider_name: "Microsoft-Windows-Sysmon", record_id: Int(4711), user: {identifier: "S-1-5-18"},
    version: Int(5)}}
    "#);
}

#[test]
fn every_value_is_text_as_windows_writes_it() {
    let values: [(Typed, &str); 17] = [
        (string("a\r\nb\r\n\r\n"), "a\nb"),
        (string("\u{7}\u{1f600}\u{fffe}ä\t"), "_\u{1f600}_ä\t"),
        ((0x01, vec![0x00, 0xd8, b'x', 0]), "\u{fffd}x"),
        ((0x02, b"ansi\xe4".to_vec()), "ansiä"),
        ((0x03, vec![0xff]), "-1"),
        (u32_(4_000_000_000), "4000000000"),
        ((0x09, (-5i64).to_le_bytes().to_vec()), "-5"),
        ((0x0c, 1.5f64.to_le_bytes().to_vec()), "1.5"),
        ((0x0d, vec![1, 0, 0, 0]), "true"),
        ((0x0d, vec![0, 0, 0, 0]), "false"),
        ((0x0e, vec![0xca, 0xfe, 0x01]), "CAFE01"),
        ((0x0f, SYSMON.to_vec()), "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
        ((0x11, TIME.to_le_bytes().to_vec()), "2024-01-31T10:00:00.1234567Z"),
        ((0x13, vec![1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0]), "S-1-5-32-544"),
        ((0x14, 0x3e7u32.to_le_bytes().to_vec()), "0x3e7"),
        ((0x15, u64::MAX.to_le_bytes().to_vec()), "0xffffffffffffffff"),
        (
            (0x12, [2024u16, 1, 3, 31, 10, 0, 0, 5].iter().flat_map(|n| n.to_le_bytes()).collect()),
            "2024-01-31T10:00:00.0050000Z",
        ),
    ];
    for (value, text) in values {
        let rest = Element("EventData", &[], &[data!("X", 7)]);
        assert_eq!(event_data(&rest, &[value]), format!("{{X: {text:?}}}"));
    }
}

#[test]
fn empty_data_are_absent_and_those_without_a_name_are_numbered() {
    let rest = Element(
        "EventData",
        &[],
        &[
            Element("Data", &[], &[Sub(7, 1)]),
            Element("Data", &[], &[Sub(8, 1)]),
            Element("Data", &[], &[Sub(9, 1)]),
            data!("Named", 10),
            Element("Binary", &[], &[Sub(11, 0x0e)]),
        ],
    );
    let values = [string("one"), string(""), string("three"), NULL, (0x0e, vec![0xab])];
    assert_eq!(event_data(&rest, &values), r#"{param1: "one", param3: "three", Binary: "AB"}"#);
    assert_eq!(event_data(&rest, &[NULL, NULL, NULL, NULL, NULL]), "absent");
}

#[test]
fn of_equal_names_the_first_that_is_not_empty_wins() {
    let rest = Element("EventData", &[], &[data!("X", 7), data!("X", 8), data!("X", 9)]);
    assert_eq!(event_data(&rest, &[NULL, string("first"), string("second")]), r#"{X: "first"}"#);
    let mut chunk = Chunk::new();
    let values: Vec<_> = header(1, 4, 0).into_iter().chain([string("a"), string("b"), string("c")]).collect();
    record(&mut chunk, &rest, &values);
    assert_eq!(read(&chunk.file()).1.duplicate_keys, 2);
}

#[test]
fn a_list_is_one_element_a_member() {
    let rest = Element("EventData", &[], &[Element("Data", &[], &[Sub(7, 0x81)])]);
    assert_eq!(event_data(&rest, &[strings(&["a", "", "c"])]), r#"{param1: "a", param3: "c"}"#);
    assert_eq!(event_data(&rest, &[strings(&["a"])]), r#"{param1: "a"}"#);
}

#[test]
fn user_data_are_the_elements_inside_of_its_only_element() {
    let rest = Element(
        "UserData",
        &[],
        &[Element(
            "LogFileCleared",
            &[],
            &[
                Element("SubjectUserName", &[], &[Sub(7, 1)]),
                Element("Empty", &[], &[]),
                Element("Channel", &[], &[Text("Security")]),
            ],
        )],
    );
    let members = event(&rest, &[string("bob")]);
    assert_eq!(find(&members, "winlog.event_data"), None);
    let user_data = find(&members, "winlog.user_data").map(show);
    assert_eq!(
        user_data.as_deref(),
        Some(r#"{SubjectUserName: "bob", Channel: "Security", xml_name: "LogFileCleared"}"#)
    );
}

#[test]
fn what_the_collector_rendered_is_there() {
    let rest = Element(
        "RenderingInfo",
        &[("Culture", Text("en-US"))],
        &[
            Element("Message", &[], &[Text("Process Create:\r\n")]),
            Element("Level", &[], &[Text("Information")]),
            Element("Task", &[], &[Text("Process Create (rule: ProcessCreate)")]),
            Element("Opcode", &[], &[Text("Info")]),
            Element("Keywords", &[], &[Element("Keyword", &[], &[Text("A")]), Element("Keyword", &[], &[Text("B")])]),
        ],
    );
    let members = event(&rest, &[]);
    let shown: Vec<_> = ["message", "log.level", "winlog.task", "event.action", "winlog.opcode", "winlog.keywords"]
        .map(|path| find(&members, path).map(show).unwrap_or_default())
        .to_vec();
    insta::assert_debug_snapshot!(shown, @r#"
    [
        "\"Process Create:\"",
        "\"information\"",
        "\"Process Create (rule: ProcessCreate)\"",
        "\"Process Create (rule: ProcessCreate)\"",
        "\"Info\"",
        "List([Text(\"A\"), Text(\"B\")])",
    ]
    "#);
}

// D71
#[test]
fn a_value_that_the_record_does_not_have_is_absent_and_the_rest_is_there() {
    let rest = Element("EventData", &[], &[data!("X", 7), data!("Y", 99)]);
    assert_eq!(event_data(&rest, &[string("there")]), r#"{X: "there"}"#);
}

#[test]
fn a_damaged_record_in_the_middle_is_reported_and_the_others_are_read() {
    let mut chunk = Chunk::new();
    let rest = Element("EventData", &[], &[data!("X", 7)]);
    let values: Vec<_> = header(1, 4, 0).into_iter().chain([string("x")]).collect();
    for _ in 0..3 {
        record(&mut chunk, &rest, &values);
    }
    let mut file = chunk.file();
    let at = memchr::memmem::find_iter(&file, RECORD_MAGIC).nth(1).unwrap();
    file[at + 24] = 0x7f;
    let (keep, stats) = read(&file);
    assert_eq!((stats.events, stats.damaged, keep.events.len()), (2, 1, 2));
    assert!(keep.damaged[0].starts_with(&format!("a.evtx:2:{at}: ")), "{:?}", keep.damaged);
}

/// What is read, with records found by the crate alone or not.
fn found(file: &[u8], by_crate: bool) -> Keep {
    let (mut keep, file_name) = (Keep::default(), "a.evtx".into());
    let plan = AgentPlan::new(&Layout::new(), AgentVersion::DEFAULT);
    let mut run = Run::new(&file_name, &plan, false, &mut keep);
    run.by_crate = by_crate;
    run.stream(&mut { file }).unwrap();
    keep
}

proptest! {
    /// The crate holds every tree to more than is read of it, so it may give up a record of which the event can be read.
    #[test]
    fn whatever_is_damaged_the_records_are_those_that_the_crate_finds(
        damage in proptest::collection::vec((0usize..8192, any::<u8>()), 0..4),
        events in 1usize..6,
    ) {
        let mut chunk = Chunk::new();
        for number in 0..events {
            let text = string(&format!("C:\\{number}.exe"));
            record(&mut chunk, &Element("EventData", &[], &[Element("Data", &[("Name", Text("Image"))], &[Sub(7, 0x01)])]),
                &[header(1, 4, 0), vec![text]].concat());
        }
        let mut file = chunk.file();
        for (at, byte) in damage {
            if let Some(there) = file.get_mut(4096 + at) {
                *there = byte;
            }
        }
        let (ours, theirs) = (found(&file, false), found(&file, true));
        let mut rest = ours.numbers.iter().zip(&ours.events);
        for event in theirs.numbers.iter().zip(&theirs.events) {
            prop_assert!(rest.any(|ours| ours == event), "{event:?} of {:?}", ours.damaged);
        }
        prop_assert!(ours.damaged.iter().all(|told| theirs.damaged.contains(told)), "{:?} {:?}", ours.damaged, theirs.damaged);
        // Nothing comes twice, and nothing is passed over in silence.
        let all = |keep: &Keep| keep.events.len() + keep.damaged.len();
        prop_assert_eq!(all(&ours), all(&theirs), "{:?} {:?}", ours.damaged, theirs.damaged);
    }
}

#[test]
fn a_record_that_multiplies_itself_is_too_large() {
    // A list of 300 members in each of 300 elements; and each of those has 300 members of another.
    let lists = [strings(&["x"; 300]), strings(&["y"; 300])];
    let one = || Element("Data", &[("Name", Sub(8, 0x81))], &[Sub(7, 0x81)]);
    let many: Vec<_> = (0..300).map(|_| one()).collect();
    let mut chunk = Chunk::new();
    let values: Vec<_> = header(1, 4, 0).into_iter().chain(lists).collect();
    record(&mut chunk, &Element("EventData", &[], &many), &values);
    let (keep, stats) = read(&chunk.file());
    assert_eq!((stats.events, stats.too_large), (0, 1), "{:?}", keep.damaged);
}

#[test]
fn the_sink_can_end_the_reading() {
    let mut chunk = Chunk::new();
    for _ in 0..3 {
        record(&mut chunk, &Element("EventData", &[], &[]), &header(1, 4, 0));
    }
    let mut keep = Keep { stop_after: Some(2), ..Keep::default() };
    let stats = read_evtx(
        Cursor::new(chunk.file()),
        &"a.evtx".into(),
        &AgentPlan::new(&Layout::new(), AgentVersion::DEFAULT),
        false,
        &mut keep,
    )
    .unwrap();
    assert_eq!(stats.events, 2);
}

/// Reasons for these paths, of an event with these values of its header.
fn undecidable(paths: &[&[&str]], header: &[Typed]) -> Vec<bool> {
    let mut layout = Layout::new();
    let mut keep = Keep::default();
    for paths in paths {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_string()).collect();
        let slot = layout.slot(FieldPath { name: paths[0].clone(), paths: paths.clone() }).unwrap();
        keep.slots.push((paths[0].clone(), slot));
    }
    let mut chunk = Chunk::new();
    record(&mut chunk, &Element("EventData", &[], &[data!("message", 5)]), header);
    read_evtx(
        Cursor::new(chunk.file()),
        &"a.evtx".into(),
        &AgentPlan::new(&layout, AgentVersion::DEFAULT),
        false,
        &mut keep,
    )
    .unwrap();
    keep.undecidable.swap_remove(0).into_iter().map(|(_, reason)| reason.is_some()).collect()
}

#[test]
fn what_an_evtx_file_lost_cannot_be_decided() {
    let lost: [&[&str]; 9] = [
        &["message"],
        &["winlog.task"],
        &["event.action"],
        &["winlog.opcode"],
        &["tags"],
        &["agent.name"],
        &["winlog.user.name"],
        &["winlog.event_data.Nope", "message"],
        &["message", "winlog.event_data.message"],
    ];
    assert_eq!(undecidable(&lost, &header(1, 4, 0)), [true; 9]);
    let known: [&[&str]; 7] = [
        &["winlog.event_id"],
        &["winlog.event_data.Nope"],
        &["winlog.event_data.message", "message"],
        &["host.name"],
        &["log.level"],
        &["winlog.user.identifier"],
        &["messages"],
    ];
    assert_eq!(undecidable(&known, &header(1, 4, 0)), [false; 7]);
}

#[test]
fn keywords_and_levels_are_known_where_they_have_no_names_of_the_provider() {
    let paths: [&[&str]; 2] = [&["winlog.keywords"], &["log.level"]];
    assert_eq!(undecidable(&paths, &header(1, 4, 1 << 63)), [false, false], "the channel's bit has no name");
    assert_eq!(undecidable(&paths, &header(1, 4, 0x8020_0000_0000_0000)), [true, false], "audit success");
    assert_eq!(undecidable(&paths, &header(1, 17, 1)), [true, true]);
}

#[test]
fn the_view_finds_what_the_walk_over_the_map_finds() {
    struct Compare<'a>(&'a Layout, u64);
    impl Sink for Compare<'_> {
        fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
            let members = record.view.whole().unwrap();
            let slow = MapView::new(self.0, &members);
            for (slot, field) in self.0.iter() {
                let (one, other) = (record.view.raw(slot), slow.raw(slot));
                assert_eq!(format!("{one:?}"), format!("{other:?}"), "{}", field.name);
                self.1 += u64::from(!matches!(one, Raw::Absent));
            }
            ControlFlow::Continue(())
        }
        fn damaged(&mut self, damaged: Damaged) {
            panic!("{}", damaged.reason);
        }
    }
    let mut layout = Layout::new();
    for paths in [
        &["winlog.event_data.X"][..],
        &["winlog.event_data.Y", "winlog.event_data.X"],
        &["winlog.event_data.a.b"],
        &["winlog.event_data"],
        &["winlog.record_id"],
        &["event"],
        &["nowhere"],
    ] {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_string()).collect();
        layout.slot(FieldPath { name: paths.join(" "), paths }).unwrap();
    }
    let mut chunk = Chunk::new();
    let values: Vec<_> = header(1, 4, 0).into_iter().chain([string("x"), string("y"), string("dotted")]).collect();
    record(&mut chunk, &Element("EventData", &[], &[data!("X", 7), data!("Y", 8), data!("a.b", 9)]), &values);
    let mut compare = Compare(&layout, 0);
    read_evtx(
        Cursor::new(chunk.file()),
        &"a.evtx".into(),
        &AgentPlan::new(&layout, AgentVersion::DEFAULT),
        false,
        &mut compare,
    )
    .unwrap();
    assert_eq!(compare.1, layout.len() as u64 - 1);
}
