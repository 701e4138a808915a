//! JSON in arrays, laid out for people, one after the other.

use super::own;
use crate::event::Form;
use crate::event::testing::{read, read_once};
use crate::limits::{RECORD_BYTES, RECORD_MEMBERS};

fn pretty(json: &str) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(json).unwrap()).unwrap()
}

#[test]
fn records_may_stand_in_any_layout() {
    let [one, two] = [own(1), own(3)];
    let both = format!("[{one},{two}]");
    for text in [
        both.clone(),
        pretty(&both),
        format!("\u{feff}{both}"),
        format!("\r\n [ {one} ,\r\n{two} ] \r\n"),
        format!("[[{one}],[{two}]]"),
        format!("{}\n{}", pretty(&one), pretty(&two)),
        format!("{}\r\n\r\n{}\r\n", pretty(&one).replace('\n', "\r\n"), pretty(&two)),
        format!("{one}{two}"),
        format!("{one} {two}\n"),
        format!("{one},{two}"),
        format!("{one},\n{two},\n"),
        format!("Record 1\n{}\nRecord 2\n{}\n", pretty(&one), pretty(&two)),
        format!("Record 1\r\n{one}\r\nRecord 12\r\n{two}\r\n"),
    ] {
        let seen = read(text.as_bytes());
        assert_eq!(seen.told(), ["1 winlogbeat 1", "2 winlogbeat 3"], "{text}");
        assert_eq!(seen.stats.bytes, text.len() as u64, "{text}");
        let event = &seen.events[1];
        assert!(text[event.offset as usize..].starts_with(event.text.as_deref().unwrap()), "{text}");
    }
}

#[test]
fn members_that_are_no_objects_are_reported_once_each_and_the_others_are_read() {
    let seen = read(format!("[{}, 17, \"x\", {}, null, {}]", own(1), own(2), own(3)).as_bytes());
    assert_eq!(
        seen.told(),
        [
            "1 winlogbeat 1",
            "3 winlogbeat 2",
            "5 winlogbeat 3",
            "in:2: no object (byte 30)",
            "in:4: no object (byte 68)"
        ]
    );
}

#[test]
fn objects_of_no_known_form_are_seen_as_they_stand_in_arrays_too() {
    let seen = read(format!(r#"[{{"a":1}},{},{{"b":[{{"winlog":1}}]}}]"#, own(1)).as_bytes());
    assert_eq!(seen.forms(), [Form::Other, Form::Winlogbeat, Form::Other]);
}

// D65
#[test]
fn behind_a_damaged_member_the_next_one_is_read() {
    let [one, two, three] = [own(1), own(2), own(3)];
    let broken = [
        r#"{"winlog":{"event_id":"9"}"#,
        r#"{"winlog":{"event_id":"9}}"#,
        r#"{"winlog":{"event_id":}}"#,
        r#"{"winlog":{"event_id"]}"#,
        r#"{"winlog":{"event_id":"9"}}}"#,
        r#"{"winlog" {"event_id":"9"}}"#,
        r#"{"winlog"#,
        r#"{"#,
    ];
    for damage in broken {
        for text in [
            format!("[{one},{damage},{two},{three}]"),
            format!("[\n  {one},\n  {damage},\n  {two},\n  {three}\n]\n"),
            format!("[\n{},\n{damage},\n{},\n{}]", pretty(&one), pretty(&two), pretty(&three)),
        ] {
            let seen = read(text.as_bytes());
            let ids: Vec<String> = seen.events.iter().map(|event| event.get("winlog.event_id")).collect();
            assert!(ids.starts_with(&["1".into()]) && ids.ends_with(&["3".into()]), "{text}: {ids:?}");
            assert!(!seen.damaged.is_empty(), "{text}");
            // At most the next one is lost with it.
            assert!(ids.len() >= 2, "{text}: {ids:?}");
        }
    }
}

#[test]
fn an_array_may_be_cut_off_anywhere() {
    let text = pretty(&format!("[{},{},{}]", own(1), own(2), own(3)));
    for cut in 1..text.len() {
        let seen = read(&text.as_bytes()[..cut]);
        let whole = text[..cut].matches("    }\n  }").count();
        assert_eq!(seen.events.len(), whole, "{}", &text[..cut]);
        assert!(seen.error.is_none() && seen.damaged.len() <= 1);
    }
}

#[test]
fn a_member_beyond_the_limit_is_refused_and_the_rest_goes_on() {
    let long = format!(r#"{{"winlog":{{"event_id":"9"}},"x":"{}"}}"#, "y".repeat(RECORD_BYTES));
    for text in [format!("[{},{long},{}]", own(1), own(3)), format!("[\n{},\n{long},\n{}\n]", own(1), own(3))] {
        let seen = read(text.as_bytes());
        let ids: Vec<String> = seen.events.iter().map(|event| event.get("winlog.event_id")).collect();
        assert_eq!((ids, seen.stats.too_large), (vec!["1".into(), "3".into()], 1), "{:?}", seen.damaged);
        assert!(seen.damaged[0].contains("beyond the limit of"), "{:?}", seen.damaged);
    }
}

/// The answer of Elasticsearch to a search.
fn answer(hits: &[String]) -> String {
    let hits: Vec<String> = hits.iter().map(|hit| format!(r#"{{"_id":"x","_source":{hit}}}"#)).collect();
    format!(r#"{{"took":3,"hits":{{"total":{{"value":3}},"max_score":null,"hits":[{}]}}}}"#, hits.join(","))
}

#[test]
fn each_hit_of_an_answer_is_a_record() {
    let text = answer(&[own(1), r#"{"a":1}"#.into(), own(3)]);
    for text in [text.clone(), format!("{text}\n"), pretty(&text)] {
        let seen = read(text.as_bytes());
        assert_eq!(seen.told(), ["1 winlogbeat 1", "2 unknown -", "3 winlogbeat 3"], "{text}");
    }
    // Several answers, a line each: the number is the line's.
    let lines = format!("{}\n{text}\n{}\n", own(7), own(8));
    assert_eq!(
        read(lines.as_bytes()).told(),
        ["1 winlogbeat 7", "2 winlogbeat 1", "2 unknown -", "2 winlogbeat 3", "3 winlogbeat 8"]
    );
    assert_eq!(read(answer(&[]).as_bytes()).told(), [""; 0]);
}

#[test]
fn a_damaged_hit_costs_no_other() {
    let text = answer(&[own(1), r#"{"winlog":{"event_id":"2",}}"#.into(), own(3)]);
    let seen = read(text.as_bytes());
    assert_eq!(seen.told()[..2], ["1 winlogbeat 1", "3 winlogbeat 3"]);
    let place = text.find(",}").unwrap() + 1;
    assert_eq!(seen.damaged, [format!("in:2: a key is missing (byte {place})")]);
}

#[test]
fn an_answer_may_be_longer_than_any_record() {
    let filler = "x".repeat(1 << 20);
    let hits: Vec<String> =
        (1..=20).map(|id| format!(r#"{{"winlog":{{"event_id":"{id}"}},"message":"{filler}"}}"#)).collect();
    let seen = read(answer(&hits).as_bytes());
    assert_eq!(seen.damaged, [""; 0]);
    assert_eq!(seen.told(), (1..=20).map(|id| format!("{id} winlogbeat {id}")).collect::<Vec<_>>());
}

#[test]
fn many_damaged_members_are_each_reported_and_cost_no_more_than_their_bytes() {
    let many = 20_000;
    let object = |id: usize, end: &str| format!(r#"{{"winlog":{{"event_id":"{id}"}}{end}"#);
    // Each lacks its end.
    for between in [",\n", ","] {
        let members: Vec<String> = (0..many).map(|id| object(id, "")).collect();
        let seen = read_once(format!("[\n{}]", members.join(between)).as_bytes());
        assert_eq!((seen.events.len(), seen.damaged.len()), (0, many), "{between:?}");
        assert_eq!(
            seen.damaged[1],
            format!("in:2: an object that does not close (byte {})", 2 + members[0].len() + between.len())
        );
    }
    // Every second one does; and the text of every second one has no end.
    for cut in [r#"{"winlog":{"event_id":"1"}"#, r#"{"winlog":{"event_id":"1"},"x":"y}"#] {
        let members: Vec<String> =
            (0..many).map(|id| if id % 2 == 0 { cut.to_string() } else { object(id, "}") }).collect();
        let seen = read_once(format!("[\n{}\n]", members.join(",\n")).as_bytes());
        assert_eq!((seen.events.len(), seen.damaged.len()), (many / 2, many / 2), "{cut}");
    }
}

#[test]
fn lines_that_open_and_never_close_are_each_reported_and_cost_no_more_than_their_bytes() {
    // The last one is a record; and some open lists, texts, or hold what looks like the start of another.
    for line in [r#"{"a":"#, r#"{"a":["#, r#"{"a":[{},"#, r#"{"a":""#, r#"{"a":{"b":"#, r#"{"a":1,"#, r#"{"a":"\"#, "{"]
    {
        let lines = format!("[\n{}", format!("{line}\n").repeat(15_000));
        let seen = read_once(format!("{lines}{}\n]", own(3)).as_bytes());
        assert!(seen.damaged.len() >= 14_990, "{line}: {}", seen.damaged.len());
        assert_eq!(seen.events.len(), 1, "{line}: {:?}", seen.damaged.last());
    }
}

#[test]
fn whatever_the_brackets_and_quotes_are_the_work_stays_in_proportion() {
    // Bytes that are out of step with each other, from a seed.
    let mut seed = 0x5eed_u64;
    let parts =
        ["{", "}", "[", "]", "\"", ",", ":", "\\", "\n", "},{", "{\"a\":", "\"b\":1,", "\n{", "1", "{\"winlog\":{}}"];
    for _ in 0..4 {
        let mut text = String::from("[{");
        while text.len() < 400_000 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text += parts[(seed % parts.len() as u64) as usize];
        }
        let seen = read_once(text.as_bytes());
        assert!(seen.error.is_none());
        assert_eq!(seen.stats.bytes, text.len() as u64);
    }
}

#[test]
fn a_record_with_too_much_in_it_is_refused_and_the_rest_goes_on() {
    let keys: String = (0..RECORD_MEMBERS).map(|key| format!(r#","k{key}":1"#)).collect();
    let list = format!(r#","list":[{}1]"#, "1,".repeat(RECORD_MEMBERS));
    for much in [keys, list] {
        let much = format!(r#"{{"winlog":{{"event_id":"2"}}{much}}}"#);
        for text in [format!("[{},{much},{}]", own(1), own(3)), format!("{}\n{much}\n{}\n", own(1), own(3))] {
            let seen = read_once(text.as_bytes());
            assert_eq!(seen.told()[..2], ["1 winlogbeat 1", "3 winlogbeat 3"]);
            let place = own(1).len() + 1 + usize::from(text.starts_with('['));
            let reason = "more than 131072 keys, elements or members of lists";
            assert_eq!(seen.damaged, [format!("in:2: {reason} (byte {place})")]);
            assert_eq!((seen.stats.too_large, seen.stats.damaged), (1, 0));
        }
    }
}

#[test]
fn the_hits_of_an_answer_are_records_however_many_they_are() {
    let hits: Vec<String> =
        (0..RECORD_MEMBERS / 4).map(|id| format!(r#"{{"winlog":{{"event_id":"{id}"}}}}"#)).collect();
    let seen = read_once(answer(&hits).as_bytes());
    assert_eq!((seen.events.len(), seen.damaged.len()), (hits.len(), 0));
    // On a line of its own, too.
    let seen = read_once(format!("{}\n{}\n", own(1), answer(&hits)).as_bytes());
    assert_eq!((seen.events.len(), seen.damaged.len()), (hits.len() + 1, 0));
}
