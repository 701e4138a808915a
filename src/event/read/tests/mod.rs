//! How records come out of streams: a file for each way in which they stand there.

mod lines;
mod packed;
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
