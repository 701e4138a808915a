//! A record a line: JSON, and syslog.

use super::own;
use crate::event::Form;
use crate::event::testing::read;
use crate::limits::RECORD_BYTES;

// D62
#[test]
fn lines_are_numbered_and_blank_ones_passed_over() {
    let text = format!("\u{feff}{}\r\n\r\n{{\"EventID\":1}}\n \t\n{}", own(1), own(3));
    let seen = read(text.as_bytes());
    assert_eq!(seen.told(), ["1 winlogbeat 1", "3 unknown -", "5 winlogbeat 3"]);
    assert_eq!(seen.events.iter().map(|event| event.offset).collect::<Vec<_>>(), [3, 34, 51]);
    assert_eq!((seen.stats.events, seen.stats.of(Form::Other), seen.stats.bytes), (3, 1, text.len() as u64));
}

#[test]
fn a_line_is_given_without_either_kind_of_end() {
    let seen = read(b"{\"a\":1}\r\n{\"a\":2}\n{\"a\":3}\r");
    let lines: Vec<_> = seen.events.iter().map(|event| event.text.clone().unwrap()).collect();
    assert_eq!(lines, [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
    assert_eq!(seen.events.iter().map(|event| event.bytes).collect::<Vec<_>>(), [9, 8, 8]);
}

// D64
#[test]
fn escaped_slashes_say_slashes() {
    let event = crate::event::testing::event("\u{feff}{\"winlog\":{\"event_id\":\"1\"},\"d\":\"\\/Date(1)\\/\"}\n");
    assert_eq!(event.get("d"), "/Date(1)/");
}

// D65
#[test]
fn a_damaged_line_is_reported_with_its_place_and_the_rest_goes_on() {
    let text = format!(
        "{}\n{{\"a\":\n{{\"Event\":{{\"System\":{{\"EventID\":1,}}}}}}\nnonsense\n[1]\n\"x\"\n{}\n",
        own(1),
        own(3)
    );
    let seen = read(text.as_bytes());
    assert_eq!(
        seen.told(),
        [
            "1 winlogbeat 1",
            "7 winlogbeat 3",
            "in:2: a value is missing (byte 33)",
            "in:3: a key is missing (byte 66)",
            "in:4: neither JSON nor the XML of an event (byte 70)",
            "in:5: neither JSON nor the XML of an event (byte 79)",
            "in:6: neither JSON nor the XML of an event (byte 83)",
        ]
    );
    assert_eq!((seen.stats.events, seen.stats.damaged), (2, 5));
}

// D68
#[test]
fn a_line_beyond_the_limit_is_refused_and_the_rest_goes_on() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_BYTES));
    let seen = read(format!("{}\n{long}\n{}\n", own(1), own(3)).as_bytes());
    let told = format!("in:2: a record of {} bytes, beyond the limit of {RECORD_BYTES} (byte 28)", long.len() + 1);
    assert_eq!(seen.told(), ["1 winlogbeat 1", "3 winlogbeat 3", &told]);
    assert_eq!((seen.stats.events, seen.stats.too_large, seen.stats.damaged), (2, 1, 0));
    // As the first line, too.
    assert_eq!(read(format!("{long}\n{}\n", own(3)).as_bytes()).told().len(), 2);
}

const EVENT: &str = "<Event><System><EventID>1</EventID></System></Event>";

#[test]
fn syslog_puts_its_words_before_the_event() {
    for before in [
        "",
        "<14>",
        "<14>1 2024-03-05T08:09:10.123Z host sysmon 7 - - ",
        "Mar  5 08:09:10 host sysmon[7]: ",
        "Mar 15 08:09:10 host sysmon: ",
        "2024-03-05T08:09:10.123+01:00 host sysmon: ",
        "anything at all ",
    ] {
        let text = format!("{before}{EVENT}\n{before}{EVENT} and behind it\n");
        let form = if before.is_empty() { "xml" } else { "syslog" };
        let seen = read(text.as_bytes());
        assert_eq!(seen.told(), [format!("1 {form} 1"), format!("2 {form} 1")], "{before}");
        assert_eq!(seen.events[0].offset, before.len() as u64);
        assert_eq!(seen.stats.bytes, text.len() as u64);
    }
}

#[test]
fn lines_of_syslog_without_an_event_are_passed_over_and_counted() {
    let other = "Mar  5 08:09:10 host sshd[1]: Accepted publickey for <Eve>\n";
    let text = format!("{}Mar  5 08:09:11 host sysmon: {EVENT}\n{other}", other.repeat(200));
    let seen = read(text.as_bytes());
    assert_eq!((seen.told(), seen.stats.passed), (vec!["201 syslog 1".to_string()], 201));
    let seen = read(other.as_bytes());
    assert_eq!((seen.told().len(), seen.stats.passed), (0, 1));
}

#[test]
fn several_events_in_one_line_are_all_read() {
    let line = format!("<14>a {EVENT}, b {EVENT}c {EVENT} d");
    let seen = read(format!("{line}\n{}\n", own(3)).as_bytes());
    assert_eq!(seen.told(), ["1 syslog 1", "1 syslog 1", "1 syslog 1", "2 winlogbeat 3"]);
    assert_eq!(seen.events.iter().map(|event| event.bytes).sum::<u64>(), line.len() as u64 + 1 + 28);
    assert_eq!(seen.events[1].offset, (6 + EVENT.len() + 4) as u64);
}

#[test]
fn an_event_that_syslog_cut_off_is_damage_and_the_rest_of_its_line_is_not() {
    let cut = &EVENT[..30];
    let seen = read(format!("<14>{cut}\n<14>{EVENT}\n<14>{cut} {EVENT}\n<14>{EVENT} {cut}\n").as_bytes());
    assert_eq!(
        seen.told(),
        [
            "2 syslog 1",
            "3 syslog 1",
            "4 syslog 1",
            "in:1: an event that does not close (byte 4)",
            "in:3: an event that is cut short by the next one (byte 96)",
            "in:4: an event that does not close (byte 237)",
        ]
    );
}

#[test]
fn json_may_stand_behind_the_words_of_syslog() {
    let text =
        format!("<14>Mar  5 08:09:10 host nxlog: {}\n<14>x {{y}}\n{}\n", r#"{"EventID":1,"Channel":"C"}"#, own(3));
    let seen = read(text.as_bytes());
    assert_eq!((seen.told(), seen.stats.passed), (vec!["1 flat 1".to_string(), "3 winlogbeat 3".to_string()], 1));
    assert_eq!(seen.events[0].offset, 32);
}

#[test]
fn behind_lines_there_may_be_records_laid_out_for_people_and_arrays() {
    let pretty = |id: u32| format!("{{\n  \"winlog\": {{\n    \"event_id\": \"{id}\"\n  }}\n}}");
    for rest in [
        format!("{}\n{}\n", pretty(2), pretty(3)),
        format!("{}\r\n{}", pretty(2).replace('\n', "\r\n"), own(3)),
        format!("[{},{}]\n", own(2), own(3)),
        format!("[\n{},\n{}\n]", pretty(2), pretty(3)),
        format!("[ {}\n,{}]", own(2), own(3)),
        format!("{{ \"winlog\": {{ \"event_id\":\n\"2\" }}\n}}\n{}\n", own(3)),
    ] {
        let text = format!("{}\n{rest}", own(1));
        let seen = read(text.as_bytes());
        assert_eq!(seen.told(), ["1 winlogbeat 1", "2 winlogbeat 2", "3 winlogbeat 3"], "{text}");
        assert_eq!(seen.stats.bytes, text.len() as u64, "{text}");
    }
    // A line that is cut short is one, whatever it ends with.
    for cut in [r#"{"winlog":"#, r#"{"winlog":{"event_id":"1"},"x":["#, r#"{"winlog":{"event_id":"1"},"#, "{"] {
        let text = format!("{}\n{cut}\n{}\n\n{}\n", own(1), own(3), own(5));
        let seen = read(text.as_bytes());
        assert_eq!(seen.told()[..3], ["1 winlogbeat 1", "3 winlogbeat 3", "5 winlogbeat 5"], "{cut}");
        assert_eq!(seen.damaged.len(), 1);
    }
}
