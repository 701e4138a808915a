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
