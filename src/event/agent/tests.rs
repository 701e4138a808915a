//! What the agent makes of a record, whatever its form; and that every slot of a view is what stands in the whole event.

use proptest::prelude::*;
use proptest::sample::select;

use crate::dialect::AgentVersion;
use crate::event::Form;
use crate::event::testing::{event, event_as, read};

/// A flat record with these members.
fn flat(members: &str) -> String {
    format!(r#"{{"EventID":1,"Channel":"C",{members}}}"#)
}

#[test]
fn times_are_utc_with_the_digits_that_they_have_and_three_at_least() {
    for (written, time) in [
        (r#""2024-03-05T08:09:10.123Z""#, "2024-03-05T08:09:10.123Z"),
        (r#""2024-03-05T08:09:10.1234567Z""#, "2024-03-05T08:09:10.1234567Z"),
        (r#""2024-03-05T08:09:10.1230000Z""#, "2024-03-05T08:09:10.123Z"),
        (r#""2024-03-05T08:09:10.1200000Z""#, "2024-03-05T08:09:10.120Z"),
        (r#""2024-03-05T08:09:10.0000000Z""#, "2024-03-05T08:09:10.000Z"),
        (r#""2024-03-05T08:09:10.5Z""#, "2024-03-05T08:09:10.500Z"),
        (r#""2024-03-05T08:09:10Z""#, "2024-03-05T08:09:10.000Z"),
        // D70
        (r#""2024-01-01T00:00:00+09:00""#, "2023-12-31T15:00:00.000Z"),
        (r#""2024-03-05T08:09:10.1234567+00:00""#, "2024-03-05T08:09:10.1234567Z"),
        (r#""2024-03-05 08:09:10.123""#, "2024-03-05T08:09:10.123Z"),
        (r#""2024-03-05T08:09:10.120""#, "2024-03-05T08:09:10.120Z"),
        ("1709626150", "2024-03-05T08:09:10.000Z"),
        ("1709626150.123456", "2024-03-05T08:09:10.123456Z"),
        ("1709626150123", "2024-03-05T08:09:10.123Z"),
        (r#""1709626150""#, "2024-03-05T08:09:10.000Z"),
        (r#""\/Date(1709626150123)\/""#, "2024-03-05T08:09:10.123Z"),
        (r#""/Date(1709626150123)/""#, "2024-03-05T08:09:10.123Z"),
        (r#""2024-03-05 08:09:10.123456 UTC""#, "2024-03-05T08:09:10.123456Z"),
        (r#""2024-03-05T08:09:10.12345678901Z""#, "2024-03-05T08:09:10.123456789Z"),
        (r#""2024-02-29T08:09:60Z""#, "2024-02-29T08:09:59.000Z"),
    ] {
        assert_eq!(event(flat(&format!(r#""TimeCreated":{written}"#))).get("@timestamp"), time, "{written}");
    }
}

#[test]
fn numbers_that_sysmon_writes_in_hexadecimal_are_written_so_in_every_form() {
    let sysmon = r#""Name":"Microsoft-Windows-Sysmon""#;
    let dump = |provider: &str, data: &str| {
        event(format!(r#"{{"Event":{{"System":{{"Provider":{{{provider}}},"EventID":8}},"EventData":{{{data}}}}}}}"#))
            .data()
    };
    for (written, value) in [
        (r#""GrantedAccess":5136"#, "GrantedAccess=0x1410"),
        (r#""GrantedAccess":"0x1410""#, "GrantedAccess=0x1410"),
        (r#""LogonId":999"#, "LogonId=0x3e7"),
        (r#""LogonId":0"#, "LogonId=0x0"),
        (r#""LogonId":18446744073709551615"#, "LogonId=0xffffffffffffffff"),
        (r#""StartAddress":140722000000000"#, "StartAddress=0x00007FFC64D27400"),
        // These are in decimal digits, or no numbers of Windows'.
        (r#""ProcessId":5136"#, "ProcessId=5136"),
        (r#""QueryStatus":9003"#, "QueryStatus=9003"),
        (r#""LogonId":-1"#, "LogonId=-1"),
        (r#""LogonId":1.5"#, "LogonId=1.5"),
        (r#""LogonId":true"#, "LogonId=true"),
    ] {
        assert_eq!(dump(sysmon, written), [value]);
        assert_eq!(event(flat(&format!(r#""SourceName":"Microsoft-Windows-Sysmon",{written}"#))).data(), [value]);
        let velociraptor =
            format!(r#"{{"System":{{"EventID":{{"Value":1}},"Provider":{{{sysmon}}}}},"EventData":{{{written}}}}}"#);
        assert_eq!(event(velociraptor).data(), [value]);
    }
    // What another provider means by the name nobody knows here.
    assert_eq!(dump(r#""Name":"Other""#, r#""LogonId":999"#), ["LogonId=999"]);
}

#[test]
fn what_is_no_time_is_none_and_nobody_knows_when_it_was() {
    for written in [
        r#""Binary Data""#,
        r#""3/5/2024, 8:09:10 AM""#,
        r#""2024-03-05T08:09:10.12a4Z""#,
        r#""abcd-03-05T08:09:10Z""#,
        r#""2024-13-45T99:09:10.120""#,
        r#""2024-13-45T99:09:10.120Z""#,
        r#""2023-02-29T08:09:10Z""#,
        "12",
        "170962615012345678901",
        r#""""#,
        "null",
    ] {
        let found = event(flat(&format!(r#""TimeCreated":{written}"#)));
        assert!(found.lost("@timestamp"), "{written}");
        // Another one of the record takes its place.
        let other = flat(&format!(r#""TimeCreated":{written},"UtcTime":"2024-03-05 08:09:10.123""#));
        assert_eq!(event(other).get("@timestamp"), "2024-03-05T08:09:10.123Z", "{written}");
    }
}

#[test]
fn an_id_is_text_from_version_7_13_on_and_a_number_before() {
    let own = |id: &str| format!(r#"{{"winlog":{{"event_id":{id}}}}}"#);
    let other = |id: &str| format!(r#"{{"Event":{{"System":{{"EventID":{id}}}}}}}"#);
    for (agent, shown) in [("8.17", "\"5\""), ("7.13", "\"5\""), ("7.12", "5"), ("6.8", "5")] {
        let agent = AgentVersion::parse(agent).unwrap();
        for record in [own("5"), own("\"5\""), other("5"), other("\"5\"")] {
            let event = event_as(&record, agent);
            let line = event.show().lines().find(|line| line.starts_with("winlog.event_id")).map(String::from);
            assert_eq!(line, Some(format!("winlog.event_id {shown}")), "{record} {agent:?}");
        }
    }
    // What is no number is what it is.
    assert_eq!(event_as(other("\"five\""), AgentVersion::parse("7.12").unwrap()).get("winlog.event_id"), "five");
}

#[test]
fn levels_have_the_names_that_every_provider_has() {
    let level = |members: &str| {
        let event = event(format!(r#"{{"Event":{{"System":{{"EventID":1,{members}}}}}}}"#));
        (event.get("log.level"), event.lost.iter().any(|lost| lost == "log.level"))
    };
    for (number, name) in
        [(0, "information"), (1, "critical"), (2, "error"), (3, "warning"), (4, "information"), (5, "verbose")]
    {
        assert_eq!(level(&format!(r#""Level":{number}"#)), (name.to_string(), false));
        assert_eq!(level(&format!(r#""Level":"{number}""#)), (name.to_string(), false));
    }
    // The provider's own.
    assert_eq!(level(r#""Level":17"#), (String::new(), true));
    assert_eq!(level(r#""Version":1"#), (String::new(), true));
    // Rendered, in small letters.
    assert_eq!(event(flat(r#""Level":"Warning""#)).get("log.level"), "warning");
    assert_eq!(event(flat(r#""Level":"Häufig""#)).get("log.level"), "häufig");
}

#[test]
fn the_outcome_stands_in_the_keywords() {
    let outcome = |keywords: &str| event(flat(&format!(r#""Keywords":{keywords}"#))).get("event.outcome");
    assert_eq!(outcome(r#""0x8010000000000000""#), "failure");
    assert_eq!(outcome(r#""0x8020000000000000""#), "success");
    assert_eq!(outcome("-9218868437227405312"), "failure");
    assert_eq!(outcome(r#""0x8000000000000000""#), "");
}

#[test]
fn zero_is_no_number_of_a_process_a_record_or_a_layout() {
    let event =
        event(r#"{"System":{"EventID":0,"Version":0,"EventRecordID":0,"Execution":{"ProcessID":0,"ThreadID":0}}}"#);
    assert_eq!(event.show(), "event.code \"0\"\nevent.kind \"event\"\nwinlog.event_id \"0\"\n");
    assert!(!event.lost("winlog.record_id"));
}

// D36
#[test]
fn a_name_that_comes_again_is_there_once_and_counted() {
    let seen = read(flat(r#""A":"","A":"1","A":"2","B":"3""#).as_bytes());
    assert_eq!((seen.events[0].data(), seen.stats.duplicate_keys), (vec!["A=1".into(), "B=3".into()], 1));
}

// D31, D32
#[test]
fn lists_stay_lists_where_the_agent_has_lists() {
    let event = event(flat(r#""Keywords":["Audit Success","Classic"],"X":["","first","second"]"#));
    assert_eq!(event.get("winlog.keywords"), "Audit Success, Classic");
    assert_eq!(event.data(), ["X=first"]);
    // One keyword is a list of one.
    assert!(event_of_keyword().show().contains("winlog.keywords \"Classic\"\n"));
}

fn event_of_keyword() -> crate::event::testing::Event {
    event(flat(r#""Keywords":"Classic""#))
}

// D35
#[test]
fn names_of_data_may_hold_anything() {
    let event = event(flat(r#""Severity Name":"Severe","a.b":"dotted","ü":"ä","":"nothing""#));
    assert_eq!(event.data(), ["Severity Name=Severe", "a.b=dotted", "ü=ä", "=nothing"]);
}

/// A JSON value of any sort, text mostly.
fn value() -> impl Strategy<Value = String> {
    let text = select(vec![
        r#""""#,
        r#""-""#,
        r#""a""#,
        r#""7""#,
        r#""0x7""#,
        r#""True""#,
        r#""a\r\nb\r\n""#,
        r#""\u00e4\ud83d\ude00\ud800""#,
        r#""a\"b\\c""#,
        r#""A1B2C3D4-0001-65E6-0100-000000002A00""#,
        r#""&lt;x&gt;""#,
        r#""2024-03-05T08:09:10.1230Z""#,
        r#""2024-03-05 08:09:10""#,
        r#""Microsoft-Windows-Sysmon""#,
        r#""0x8020000000000000""#,
        r#""Information""#,
        r#""a, b""#,
        r#""\\\\a\\\"""#,
        r##""{\"EventData\":{\"Data\":[{\"@Name\":\"A\",\"#text\":\"1\"},\"x\"]}}""##,
        r#""{\"A\":\"1\",\"A\":null}""#,
        r#""<EventData><Data Name='A'>1</Data><Data>2</Data></EventData>""#,
        r#""<Event><System><EventID>5</EventID></System></Event>""#,
    ]);
    let other = select(vec![
        "null",
        "0",
        "1",
        "4",
        "10",
        "13",
        "255",
        "-9223372036854775776",
        "1.5",
        "1709626150.5",
        "true",
        "false",
        "[]",
        "{}",
        r#"["a","","b"]"#,
        r#"[null,1]"#,
        r##"{"#text":"t"}"##,
        r##"{"#text":["t","u"],"#attributes":{"Name":"N"}}"##,
        r#"{"Value":5}"#,
        r#"[{"Value":"v"}]"#,
        r##"[{"@Name":"A","#text":"1"},{"@Name":"B"}]"##,
        r#"{"A":1,"B":"2","A":"3"}"#,
        r##"{"#attributes":{"Name":"N","ProcessID":1}}"##,
    ]);
    prop_oneof![3 => text, 2 => other].prop_map(String::from)
}

/// An object of some of these keys, with any values.
fn object(keys: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::collection::vec((select(keys), value()), 0..12).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

const HEADER: &[&str] = &[
    "Provider",
    "EventID",
    "Version",
    "Level",
    "Keywords",
    "EventRecordID",
    "Channel",
    "Computer",
    "TimeCreated",
    "Correlation",
    "Execution",
    "Security",
    "ProviderName",
    "Task",
];
const DATA: &[&str] = &[
    "Image",
    "ProcessGuid",
    "Initiated",
    "EventType",
    "Data",
    "#text",
    "#attributes",
    "a.b",
    "\\u0041",
    "UtcTime",
    "param1",
];
const TOP: &[&str] = &[
    "EventID",
    "SourceName",
    "Channel",
    "SourceModuleType",
    "Keywords",
    "Level",
    "EventType",
    "Version",
    "Opcode",
    "Message",
    "UtcTime",
    "@timestamp",
    "ProcessId",
    "User",
    "EventData",
    "Payload",
    "EventRecordId",
    "Provider",
    "event_id",
    "event_data",
    "log_name",
    "user",
    "tags",
    "keywords",
    "Id",
    "LogName",
    "ProviderName",
    "Properties",
    "_raw",
    "message",
    "beat",
    "user_data",
    "EventTime",
];
const ECS: &[&str] = &["process", "file", "user", "dns", "@timestamp", "tags", "agent", "error", "rule"];
const MSG: &[&str] = &["eventid", "image", "utctime", "provider", "channel", "username", "processguid"];
const WIN: &[&str] = &["providerName", "eventID", "message", "systemTime", "level", "image", "utcTime", "data"];

/// A record of any form, with anything in it.
fn record() -> impl Strategy<Value = String> {
    prop_oneof![
        object(TOP),
        (object(HEADER), object(DATA))
            .prop_map(|(system, data)| format!(r#"{{"Event":{{"System":{system},"EventData":{data}}}}}"#)),
        (object(HEADER), object(DATA))
            .prop_map(|(system, data)| format!(r#"{{"System":{system},"UserData":{{"X":{data}}}}}"#)),
        (object(TOP), object(DATA))
            .prop_map(|(top, data)| format!(r#"{{"event_id":1,"event_data":{data},"x":{top}}}"#)),
        (object(DATA), value())
            .prop_map(|(data, id)| format!(r#"{{"EventID":{id},"Channel":"C","EventData":{data}}}"#)),
        (object(ECS), object(DATA)).prop_map(|(ecs, data)| {
            let ecs = ecs[1..ecs.len() - 1].to_string();
            let comma = if ecs.is_empty() { "" } else { "," };
            format!(r#"{{"event":{{"module":"sysmon"}},"winlog":{{"event_id":"1","event_data":{data}}}{comma}{ecs}}}"#)
        }),
        (object(MSG), object(MSG)).prop_map(|(msg, meta)| format!(r#"{{"msg":{msg},"meta":{meta}}}"#)),
        (object(WIN), object(WIN))
            .prop_map(|(system, data)| format!(r#"{{"win":{{"system":{system},"eventdata":{data}}}}}"#)),
        (object(DATA), value())
            .prop_map(|(data, id)| format!(r#"{{"winlog":{{"event_id":{id},"event_data":{data}}}}}"#)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// [`read`] compares: every slot of the view with what the walk over the whole event finds, and all ways to read.
    #[test]
    fn a_view_is_its_whole_event_slot_by_slot(record in record()) {
        let seen = read(record.as_bytes());
        prop_assert!(seen.events.len() + seen.damaged.len() <= 1, "{:?}", seen.told());
        for event in seen.events {
            // What is lost is not there, and what is there is not lost.
            for path in &event.lost {
                prop_assert!(event.get(path).is_empty(), "{path} of {record}");
            }
            prop_assert!(event.form == Form::Winlogbeat || event.form == Form::Other || event.members.iter().any(|(key, _)| key == "event"));
        }
    }
}
