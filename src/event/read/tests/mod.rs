//! How records come out of streams: a file for each way in which they stand there.

mod lines;
mod packed;
mod pieces;
mod rows;
mod values;

use std::ops::ControlFlow;

use super::*;
use crate::event::Form;
use crate::event::testing::read;

/// The agent's own, with this id.
fn own(id: u32) -> String {
    format!(r#"{{"winlog":{{"event_id":"{id}"}}}}"#)
}

#[test]
fn whoever_takes_the_events_can_stop() {
    struct Two(u32);

    impl Sink for Two {
        fn event(&mut self, _: Record<'_>) -> ControlFlow<()> {
            self.0 += 1;
            if self.0 == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }

        fn damaged(&mut self, damaged: Damaged) {
            panic!("{damaged}");
        }
    }

    let xml = "<Event><System/></Event>";
    let hit = format!(r#"{{"_source":{}}}"#, own(1));
    let answer = format!(r#"{{"hits":{{"hits":[{hit},{hit},{hit}]}}}}"#);
    for text in [
        format!("{0}\n{0}\n{0}\n", own(1)),
        format!("[{0},{0},{0}]", own(1)),
        format!("{xml}{xml}{xml}"),
        format!("<14>{xml}{xml}{xml}\n"),
        answer.clone(),
        format!("x\n{answer}").replace("x\n", &format!("{}\n", own(1))),
        "EventId,ChunkNumber,Payload\n1,C,\n1,C,\n1,C,\n".to_string(),
    ] {
        let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
        let mut two = Two(0);
        reader.read(&"in".into(), &mut text.as_bytes(), &mut two).unwrap();
        assert_eq!((two.0, reader.stats.events), (2, 2), "{text}");
    }
}

#[test]
fn nothing_is_no_events_and_no_error() {
    for nothing in ["", "\n\n", "\u{feff}", " ", "[]", "[\n]\n", "<Events></Events>"] {
        let seen = read(nothing.as_bytes());
        let told = seen.told();
        if nothing == "<Events></Events>" {
            // There is no event in it to tell it by.
            assert!(told[0].starts_with("this looks like XML without events"), "{told:?}");
        } else {
            assert_eq!(told, [""; 0], "{nothing:?}");
        }
    }
}

#[test]
fn what_is_not_read_is_told_by_what_it_looks_like() {
    for (bytes, what) in [
        (&b"PK\x03\x04 and so on, and on"[..], "a zip archive inside of a stream"),
        (b"BZh91AY&SY and so on, and", "bzip2"),
        (b"\xfd7zXZ\0 and so on, and on", "xz"),
        (b"7z\xbc\xaf\x27\x1c and so on, and", "a 7z archive"),
        (b"0\0\0\0LfLe and so on, and on", "an event log of Windows XP (.evt)"),
        (b"PAR1 and so on, and on and", "Parquet"),
        (b"SQLite format 3\0 and so on", "an SQLite database"),
        (b"<html><body>no event</body></html>", "XML without events"),
        (b"abc\0\0\0\x01\x02 and so on, and on", "a binary file"),
        (b"LogName=Security\r\nEventCode=1\r\nMessage=x", "text that Splunk exports"),
    ] {
        let error = read(bytes).error.unwrap_or_default();
        assert!(error.starts_with(&format!("this looks like {what}, which is not read; known forms: ")), "{error}");
    }
    let error = read(b"a text that says nothing").error.unwrap_or_default();
    assert!(error.starts_with("events of an unknown form; known forms: winlogbeat, winlogbeat-module, "), "{error}");
}

// D49
#[test]
fn events_of_many_channels_and_forms_in_one_file_are_each_what_they_are() {
    let text = format!(
        "{}\n{}\n{}\n{}\n{}\n",
        own(1),
        r##"{"Event":{"System":{"EventID":1,"Channel":"Security","Provider":{"#attributes":{"Name":"Other"}}}}}"##,
        r#"{"EventID":1,"Channel":"ForwardedEvents","SourceName":"Other"}"#,
        r#"{"unknown":1}"#,
        own(3),
    );
    let seen = read(text.as_bytes());
    assert_eq!(seen.told(), ["1 winlogbeat 1", "2 evtx-dump 1", "3 flat 1", "4 unknown -", "5 winlogbeat 3"]);
    assert_eq!(seen.events[1].get("winlog.provider_name"), "Other");
    assert_eq!((seen.stats.of(Form::Other), seen.stats.of(Form::Winlogbeat)), (1, 2));
}

#[test]
fn a_long_first_line_is_not_looked_at_again_for_every_few_bytes_that_come() {
    /// A pipe that gives little at a time.
    struct Pipe<'a>(&'a [u8]);

    impl Read for Pipe<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = buffer.len().min(512);
            self.0.read(buffer.get_mut(..count).unwrap())
        }
    }

    struct Count(u64);

    impl Sink for Count {
        fn event(&mut self, _: Record<'_>) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }

        fn damaged(&mut self, damaged: Damaged) {
            panic!("{damaged}");
        }
    }

    let long = format!(r#"{{"winlog":{{"event_id":"1"}},"x":[{}1]}}"#, "\"y\",".repeat(100_000));
    let text = format!("{long}{}\n{}\n", " ".repeat(4 << 20), own(3));
    let mut count = Count(0);
    let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT);
    reader.read(&"in".into(), &mut Pipe(text.as_bytes()), &mut count).unwrap();
    assert_eq!(count.0, 2);
}

const EVENT: &str = "<Event><System><EventID>2</EventID></System></Event>";
const WIDE: &str = "<Event>\n <System>\n  <EventID>2</EventID>\n </System>\n</Event>";

#[test]
fn json_on_lines_of_its_own_is_read_between_xml_and_xml_behind_json() {
    for xml in [EVENT, WIDE] {
        for text in [
            format!("{xml}\n{}\n{xml}\n", own(3)),
            format!("<?xml version='1.0'?>\n<Events>\n{xml}\n\u{feff}{}\r\n\r\n{xml}\n</Events>", own(3)),
            format!("<Events>{xml}\n  {}\n</Events>\n<Events>\n{xml}</Events>", own(3)),
        ] {
            let seen = read(text.as_bytes());
            assert_eq!(seen.told(), ["1 xml 2", "2 winlogbeat 3", "3 xml 2"], "{text}");
            assert_eq!(seen.stats.bytes, text.len() as u64, "{text}");
            assert!(text[seen.events[1].offset as usize..].starts_with(&own(3)), "{text}");
        }
        // As the last line, without an end.
        assert_eq!(read(format!("{xml}\n{}", own(3)).as_bytes()).told(), ["1 xml 2", "2 winlogbeat 3"]);
    }
    for before in ["", "<?xml version='1.0'?>\n", "<Events>\n"] {
        let text = format!("{}\n{before}{WIDE}\n{}\n", own(1), own(3));
        assert_eq!(read(text.as_bytes()).told(), ["1 winlogbeat 1", "2 xml 2", "3 winlogbeat 3"], "{text}");
    }
}

#[test]
fn what_stands_behind_another_form_and_is_not_read_is_told_and_costs_nothing_behind_it() {
    let csv = "EventId,Channel,Payload\n1,C,\n2,C,\n";
    for (text, events, damaged) in [
        (format!("{EVENT}\n{csv}{EVENT}\n"), 2, 1),
        (format!("{EVENT}\n[{}]\n{EVENT}\n", own(1)), 2, 1),
        (format!("{EVENT}\n{{\n\"winlog\":{{}}\n}}\n{}\n{EVENT}\n", own(3)), 3, 1),
        (format!("{}\n{csv}{}\n", own(1), own(3)), 2, 3),
        (format!("{csv}{}\n3,C,\n", own(3)), 3, 1),
        (format!("{csv}{{\"EventID\":4,\"Channel\":\"C\",\"x\":1}}\n3,C,\n"), 3, 1),
        (format!("[{}]\n{WIDE}\n{}\n", own(1), own(3)), 2, 1),
    ] {
        let seen = read(text.as_bytes());
        assert_eq!((seen.events.len(), seen.damaged.len()), (events, damaged), "{text}: {:?}", seen.told());
    }
    let seen = read(format!("{EVENT}\n{csv}").as_bytes());
    assert_eq!(
        seen.told(),
        ["1 xml 2", &format!("in:2: CSV behind XML, which is not read (byte {})", EVENT.len() + 1)]
    );
}

#[test]
fn xml_in_another_encoding_is_told_with_the_way_out() {
    let event = |letter: &[u8]| {
        [b"<Event><System/><EventData><Data Name='A'>", letter, b"</Data></EventData></Event>\n"].concat()
    };
    let declared = |name: &str| format!("<?xml version='1.0' encoding='{name}'?>\n").into_bytes();
    let seen = read(&[declared("ISO-8859-1"), event(b"a"), event(b"\xe4")].concat());
    assert_eq!(seen.events.len(), 1);
    assert_eq!(
        seen.damaged,
        ["in:2: not UTF-8: the file says that it is ISO-8859-1; convert it to UTF-8 first (byte 157)"]
    );
    for read_as_it_is in ["utf-8", "UTF-16", "us-ascii"] {
        assert_eq!(read(&[declared(read_as_it_is), event(b"a")].concat()).damaged, [""; 0]);
    }
}

// `type a.json b.json > all.json`
#[test]
fn a_mark_in_the_middle_of_a_file_costs_nothing() {
    let wide = |id: u32| format!("{{\n  \"winlog\": {{\n    \"event_id\": \"{id}\"\n  }}\n}}");
    for text in [
        format!("{}\r\n\u{feff}{}\r\n\u{feff}{}\r\n", own(1), own(2), own(3)),
        format!("\u{feff}{}\u{feff}{}\n{}\n", own(1), own(2), own(3)),
        format!("{}\n{}\u{feff}{}\n", own(1), own(2), own(3)),
        format!("[{}]\n\u{feff}[{},{}]", own(1), own(2), own(3)),
        format!("\u{feff}[{}]\u{feff}[\n{},\n{}]\n", own(1), own(2), own(3)),
        format!("{}\n\u{feff}{}\n\u{feff}{}", wide(1), wide(2), own(3)),
        format!("{}\n\u{feff}[{},{}]", own(1), own(2), own(3)),
        format!("{}\n\u{feff}{}\n{}", own(1), wide(2), own(3)),
    ] {
        let seen = read(text.as_bytes());
        assert_eq!(seen.damaged, [""; 0], "{text}");
        let ids: Vec<String> = seen.events.iter().map(|event| event.get("winlog.event_id")).collect();
        assert_eq!(ids, ["1", "2", "3"], "{text}");
        assert_eq!(seen.stats.bytes, text.len() as u64, "{text}");
        for event in &seen.events {
            assert!(text[event.offset as usize..].starts_with(event.text.as_deref().unwrap()), "{text}");
        }
    }
}

#[test]
fn an_array_without_its_end_is_told_and_its_records_are_read() {
    let lost = "an array that does not close: what stood behind this place is lost";
    for text in [
        format!("[{},\n{}", own(1), own(3)),
        format!("[{},\n{},\n", own(1), own(3)),
        format!("[[{},{}]", own(1), own(3)),
        format!("{{\"took\":1,\"x\":[],\"hits\":{{\"hits\":[{},{}", own(1), own(3)),
    ] {
        let seen = read(text.as_bytes());
        let place = format!("in:3: {lost} (byte {})", text.len());
        assert_eq!(seen.told(), ["1 winlogbeat 1", "2 winlogbeat 3", &place], "{text}");
    }
    assert_eq!(read(b"[").damaged, [format!("in:1: {lost} (byte 1)")]);
}
