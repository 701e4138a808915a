//! What becomes of an event.

use crate::event::{MapView, Value, json};
use crate::sysmon::Catalogue;
use crate::vm::{Options, Prepared};

use super::Pipeline;

/// The stored event, with its `raw` left out, as JSON for people.
fn stored(rules: &str, event: &str) -> String {
    let (compiled, diagnostics) = crate::compile_text(rules, &[]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let prepared = Prepared::new(compiled.unwrap().module).unwrap();
    let catalogue = Catalogue::standard();
    let mut pipeline = Pipeline::new(&prepared, &catalogue, Options::default()).unwrap();
    let Value::Map(event) = json::parse(event.as_bytes()).unwrap() else { panic!("no map") };
    let layout = pipeline.layout().clone();
    let view = MapView::new(&layout, &event);
    pipeline.decide(&view);
    let mut stored = pipeline.stored(&view, None).unwrap();
    stored.retain(|(key, _)| key != "raw");
    serde_json::to_string_pretty(&Value::Map(stored)).unwrap()
}

#[test]
fn a_sysmon_event_as_the_log_manager_stores_it() {
    let rules = r#"
        classify "1" { if msg.technique == 'T1055' { tag "suspicious" set msg.group = 'suspicious' } }
        classify "2" { set msg.score = 7 remove field msg.product }"#;
    let event = r#"{"@timestamp":"2024-01-31T10:00:00.123Z","tags":["edge"],"winlog":{
        "provider_name":"Microsoft-Windows-Sysmon","event_id":"10","channel":"Microsoft-Windows-Sysmon/Operational",
        "computer_name":"ws01.example.org","record_id":7,"event_data":{
            "RuleName":"technique_id=T1055,technique_name=Process Injection","SourceProcessGUID":"{1}",
            "TargetProcessGUID":"{2}","SourceProcessId":"12","SourceUser":"A\\a","TargetUser":"B\\b","Product":"p"}}}"#;
    insta::assert_snapshot!(stored(rules, event));
}

#[test]
fn what_filters_removed_is_not_derived_from() {
    let event = r#"{"winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"1","event_data":{
        "Hashes":"MD5=00112233445566778899AABBCCDDEEFF","Image":"C:\\a.exe","DestinationIp":"fe80::1","Odd Name":"x"}}}"#;
    insta::assert_snapshot!(stored("classify \"none\" { if Image == 'x' { tag \"x\" } }", event));
    insta::assert_snapshot!(stored("filter \"1\" { remove fields Hashes, winlog.event_data.DestinationIp }", event),);
}

#[test]
fn an_event_of_another_channel_keeps_its_fields_and_gets_no_name_of_sysmon() {
    let event = r#"{"event":{"action":"Logon"},"winlog":{"provider_name":"Microsoft-Windows-Security-Auditing",
        "event_id":"1","event_data":{"SubjectUserName":"eva","User":"a","UserName":"b"}}}"#;
    insta::assert_snapshot!(stored("classify \"c\" { if msg.subjectusername == 'eva' { tag \"eva\" } }", event));
}

#[test]
fn what_is_no_time_is_not_told_or_stored_as_one() {
    let (compiled, _) = crate::compile_text("filter \"none\" { if Image == 'x' { drop } }", &[]);
    let prepared = Prepared::new(compiled.unwrap().module).unwrap();
    let catalogue = Catalogue::standard();
    let pipeline = Pipeline::new(&prepared, &catalogue, Options::default()).unwrap();
    for (time, told) in [("2024-01-31T10:00:00.123Z", true), ("yesterday", false), ("", false)] {
        let event = format!(
            r#"{{"@timestamp":"{time}","winlog":{{"provider_name":"","channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1"}}}}"#
        );
        let Value::Map(members) = json::parse(event.as_bytes()).unwrap() else { panic!("no map") };
        let who = pipeline.who(&MapView::new(pipeline.layout(), &members));
        assert_eq!((who.time.is_some(), who.event), (told, Some("sysmon.process_create")), "{time}");
        let stored = stored("classify \"none\" { if Image == 'x' { tag \"x\" } }", &event);
        assert_eq!(stored.matches("timestamp\"").count(), if told { 2 } else { 0 }, "{stored}");
        assert!(stored.contains("Process Create") && stored.contains(r#""parser": "sysmon""#), "{stored}");
    }
}

#[test]
fn an_address_of_ipv4_in_the_dress_of_ipv6_is_one_of_ipv4() {
    let event = r#"{"winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"3","event_data":{"DestinationIp":"::ffff:10.0.0.1"}}}"#;
    let stored = stored("classify \"none\" { if Image == 'x' { tag \"x\" } }", event);
    assert!(stored.contains(r#""value": "10.0.0.1""#) && stored.contains(r#""version": 4"#), "{stored}");
}
