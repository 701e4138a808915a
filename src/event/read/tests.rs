//! How records come out of streams.

use std::io::Cursor;
use std::ops::ControlFlow;

use super::*;
use crate::event::Raw;

/// Keeps what it is told, as text.
#[derive(Default)]
struct Notes(Vec<String>, usize);

impl Sink for Notes {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let id = match record.view.raw(Layout::EVENT_ID) {
            Raw::Json(text) => String::from_utf8_lossy(text).into_owned(),
            other => format!("{other:?}"),
        };
        self.0.push(format!("{}@{}:{id}", record.place.number, record.place.offset));
        if self.0.len() == self.1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.0.push(damaged.to_string());
    }
}

fn read(bytes: &[u8], stop: usize) -> (Result<(), ReadError>, Vec<String>, ReadStats) {
    let layout = Layout::new();
    let mut reader = EventReader::new(&layout, AgentVersion::DEFAULT);
    let mut notes = Notes(Vec::new(), stop);
    let result = reader.read(&"in".into(), &mut { bytes }, &mut notes);
    let mut again = Notes(Vec::new(), stop);
    let mut seeking = EventReader::new(&layout, AgentVersion::DEFAULT);
    let _ = seeking.read_file(&"in".into(), Cursor::new(bytes), &mut again);
    assert_eq!((&notes.0, reader.stats), (&again.0, seeking.stats));
    (result, notes.0, reader.stats)
}

#[test]
fn lines_are_numbered_and_blank_ones_passed_over() {
    let text = "\u{feff}{\"winlog\":{\"event_id\":\"1\"}}\r\n\r\n{\"EventID\":1}\n{\"winlog\":{\"event_id\":\"3\"}}";
    let (result, notes, stats) = read(text.as_bytes(), 0);
    assert!(result.is_ok());
    assert_eq!(notes, ["1@3:1", "3@34:Absent", "4@48:3"]);
    assert_eq!((stats.events, stats.of(Form::Other), stats.bytes), (3, 1, text.len() as u64));
}

#[test]
fn a_line_is_given_without_either_kind_of_end() {
    struct Lines(Vec<String>);

    impl Sink for Lines {
        fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
            if let Some(line) = record.text {
                self.0.push(String::from_utf8_lossy(line).into_owned());
            }
            ControlFlow::Continue(())
        }

        fn damaged(&mut self, _: Damaged) {}
    }

    let (layout, mut lines) = (Layout::new(), Lines(Vec::new()));
    let bytes = b"{\"a\":1}\r\n{\"a\":2}\n{\"a\":3}\r";
    EventReader::new(&layout, AgentVersion::DEFAULT).read(&"in".into(), &mut bytes.as_slice(), &mut lines).unwrap();
    assert_eq!(lines.0, [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
}

#[test]
fn a_damaged_line_is_reported_with_its_place_and_the_rest_goes_on() {
    let (_, notes, stats) = read(b"{\"a\":1}\n{\"a\":\n{\"winlog\":{\"event_id\":\"3\"}}\n", 0);
    assert_eq!(notes, ["1@0:Absent", "in:2: a value is missing (byte 13)", "3@14:3"]);
    assert_eq!((stats.events, stats.damaged), (2, 1));
}

#[test]
fn whoever_takes_the_events_can_stop() {
    let (result, notes, _) = read(b"{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n", 2);
    assert!(result.is_ok());
    assert_eq!(notes.len(), 2);
}

#[test]
fn a_record_beyond_the_limit_is_refused_and_the_rest_goes_on() {
    let mut bytes = b"{\"a\":\"".to_vec();
    bytes.resize(RECORD_BYTES + 100, b'x');
    bytes.extend(b"\"}\n{\"winlog\":{\"event_id\":\"3\"}}\n");
    let (_, notes, stats) = read(&bytes, 0);
    assert_eq!(notes[0], "in:1: a record of 16777319 bytes, beyond the limit of 16777216 (byte 0)");
    assert_eq!(notes.len(), 2);
    assert_eq!((stats.events, stats.too_large, stats.damaged), (1, 1, 0));
}

#[test]
fn nothing_is_no_events_and_no_error() {
    for nothing in ["", "\n\n", "\u{feff}"] {
        let (result, notes, _) = read(nothing.as_bytes(), 0);
        assert!(result.is_ok() && notes.is_empty());
    }
    let (result, _, _) = read(b"\x1f\x8b\x08\0", 0);
    assert!(result.is_err(), "gzip that ends in its header");
}
