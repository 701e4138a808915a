//! CSV with a header.

use crate::event::Form;
use crate::event::testing::read;
use crate::limits::{HEADER_BYTES, HEADER_COLUMNS, RECORD_BYTES};

#[test]
fn cells_may_hold_commas_quotes_and_ends_of_lines() {
    let text = "\u{feff}EventId,ChunkNumber,Payload,Note\r\n\
                1,C,\"{\"\"EventData\"\":{\"\"Data\"\":[{\"\"@Name\"\":\"\"A\"\",\"\"#text\"\":\"\"1, 2\"\"}]}}\",\"two\r\nlines\"\r\n\
                3,C,,\r\n";
    let seen = read(text.as_bytes());
    assert_eq!(seen.told(), ["1 evtxecmd 1", "2 evtxecmd 3"]);
    assert_eq!(seen.events[0].data(), ["A=1, 2"]);
    assert_eq!(seen.stats.bytes, text.len() as u64);
    let second = text.find("\n3,C").unwrap() as u64 + 1;
    assert_eq!((seen.events[0].offset, seen.events[1].offset), (37, second));
    assert_eq!(seen.events[1].text, None, "a row is no record that could be shown as it stands");
}

#[test]
fn a_flat_table_is_read_as_flat_records() {
    let seen = read(b"EventID,Channel,SourceName,Image\n1,C,Microsoft-Windows-Sysmon,a.exe\n1,C,Other,\n");
    assert_eq!(seen.forms(), [Form::Flat, Form::Flat]);
    assert_eq!((seen.events[0].data(), seen.events[1].data()), (vec!["Image=a.exe".into()], vec![]));
}

#[test]
fn rows_that_do_not_fit_the_header_are_reported_and_the_others_read() {
    let text = b"EventID,Channel,Image\n1,C,a\n2,C\n3,C,a,b\n4,C,\xff\n5,C,b\n";
    assert_eq!(
        read(text).told(),
        [
            "1 flat 1",
            "5 flat 5",
            "in:2: a row of 2 cells under a header of 3 (byte 28)",
            "in:3: a row of 4 cells under a header of 3 (byte 32)",
            "in:4: not UTF-8 (byte 40)",
        ]
    );
}

#[test]
fn damage_inside_of_a_cell_is_damage_of_its_row() {
    let seen = read(b"EventId,ChunkNumber,Payload\n1,0,{\"EventData\":\n2,C,{}\n");
    assert_eq!((seen.forms(), seen.damaged.len()), (vec![Form::EvtxEcmd], 1));
}

#[test]
fn a_quote_that_never_closes_takes_no_more_than_a_record_may_have() {
    let text = format!("EventID,Channel,Image\n1,C,a\n2,C,\"{}", "x\n".repeat(RECORD_BYTES));
    let seen = read(text.as_bytes());
    assert_eq!((seen.events.len(), seen.stats.too_large), (1, 1));
    assert!(seen.damaged[0].starts_with("in:2: a row beyond the limit of 16777216 bytes: a quote may not be closed"));
}

#[test]
fn what_is_no_header_of_events_is_an_unknown_form() {
    for text in ["a,b,c\n1,2,3\n", "EventID;Channel;Image\n1;C;a\n", "EventID\n1\n"] {
        assert!(read(text.as_bytes()).error.unwrap().starts_with("events of an unknown form"), "{text}");
    }
    // Columns of no known form say nothing.
    assert_eq!(read(b"EventID,x,y\n1,2,3\n").told(), ["1 unknown -"]);
}

#[test]
fn a_header_has_a_limit() {
    let columns = format!("EventID,Channel,SourceName{}\n1,C,S\n", ",".repeat(HEADER_COLUMNS));
    let bytes = format!("EventID,Channel,SourceName,{}\n1,C,S,x\n", "x".repeat(HEADER_BYTES));
    for (text, reason) in [
        (columns, "a header of 131075 columns, beyond the limit of 131072; the rest is lost"),
        (bytes, "a header beyond the limit of 1048576 bytes; the rest is lost"),
    ] {
        let seen = read(text.as_bytes());
        assert_eq!((seen.told(), seen.stats.too_large), (vec![format!("in: {reason} (byte 0)")], 1));
    }
}

// Found by fuzzing.
#[test]
fn a_row_of_no_known_form_has_its_cells_under_the_names_of_its_columns_whatever_these_are() {
    let names =
        ["event.code", "winlog.event_id", "log.level", "@timestamp", "winlog.event_data.Image", "tags", "event.kind"];
    let text = format!("EventID,{}\n1,{}\n", names.join(","), names.join(","));
    let seen = read(text.as_bytes());
    assert_eq!(seen.forms(), [Form::Other]);
    assert_eq!(names.map(|name| seen.events[0].get(name)), names.map(String::from));
}
