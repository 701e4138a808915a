//! Documents inside of texts: Sentinel, EvtxECmd, syslog and others that hold event XML.

use super::of;
use crate::event::Form;
use crate::event::testing::read;

fn sentinel(members: &str) -> super::Event {
    of(Form::Sentinel, &format!(r#"{{"EventID":1,"Provider":"Microsoft-Windows-Sysmon","Channel":"C",{members}}}"#))
}

#[test]
fn the_data_of_sentinel_are_json_or_xml_in_a_text_or_json_as_it_is() {
    for data in [
        r#""{\"Image\":\"C:\\\\a \\\"b\\\".exe\",\"Initiated\":\"true\",\"Empty\":\"\"}""#,
        r#"{"Image":"C:\\a \"b\".exe","Initiated":true,"Empty":null}"#,
        r#""<EventData><Data Name=\"Image\">C:\\a \"b\".exe</Data><Data Name=\"Initiated\">true</Data></EventData>""#,
        r#""<DataItem type=\"System.XmlData\"><EventData xmlns=\"x\"><Data Name=\"Image\">C:\\a &quot;b&quot;.exe</Data><Data Name=\"Initiated\">true</Data></EventData></DataItem>""#,
    ] {
        assert_eq!(
            sentinel(&format!(r#""EventData":{data}"#)).data(),
            [r#"Image=C:\a "b".exe"#, "Initiated=true"],
            "{data}"
        );
    }
    for nothing in [r#""""#, "null", r#"" ""#, r#""{}""#] {
        assert_eq!(sentinel(&format!(r#""EventData":{nothing}"#)).data(), [""; 0], "{nothing}");
    }
}

#[test]
fn what_sentinel_tells_of_the_header() {
    let event = sentinel(
        r#""EventData":"{}","Computer":"c","EventLevel":4,"TimeGenerated":"2024-03-05T08:10:00Z","TimeCreated":"2024-03-05T08:09:10.1234567Z""#,
    );
    assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.1234567Z");
    assert_eq!((event.get("host.name"), event.get("log.level")), ("c".into(), "information".into()));
    assert!(event.lost("winlog.record_id") && event.lost("message"));
}

#[test]
fn damage_inside_of_a_text_is_damage_of_the_record() {
    for record in [
        r#"{"EventID":1,"Provider":"P","EventData":"{\"Image\":"}"#,
        r#"{"EventID":1,"Provider":"P","EventData":"<EventData><Data Name='x'>"}"#,
        r#"{"EventId":1,"ChunkNumber":1,"Payload":"{\"EventData\":{"}"#,
        r#"{"EventId":1,"ChunkNumber":1,"Payload":"{\"EventData\":{}} x"}"#,
        r#"{"EventId":1,"ChunkNumber":1,"Payload":"[{\"EventData\":{}}]"}"#,
        r#"{"EventId":1,"ChunkNumber":1,"Payload":"RuleName: -, Image: a"}"#,
        r#"{"EventId":1,"ChunkNumber":1,"Payload":"null"}"#,
        r#"{"EventId":1,"ChunkNumber":1,"Payload":["x"]}"#,
        r#"{"EventId":1,"ChunkNumber":1,"Payload":7}"#,
        r#"{"EventID":1,"Provider":"P","EventData":"{\"Image\":\"a\"} x"}"#,
        r#"{"SyslogMessage":"<Event><System></System>"}"#,
        r#"{"SyslogMessage":"<Event><System></EventData></Event>"}"#,
        r#"{"SyslogMessage":"<Event><System/></Event><Event><System/></Event>"}"#,
    ] {
        let seen = read(format!("{record}\n{{\"winlog\":{{}}}}").as_bytes());
        assert_eq!((seen.damaged.len(), seen.forms()), (1, vec![Form::Winlogbeat]), "{record}");
    }
}

fn ecmd(payload: &str, members: &str) -> super::Event {
    let payload = serde_json::Value::from(payload);
    of(
        Form::EvtxEcmd,
        &format!(r#"{{"EventId":1,"Provider":"P","Channel":"C","ChunkNumber":0,"Payload":{payload}{members}}}"#),
    )
}

#[test]
fn the_payload_of_evtxecmd_is_the_event() {
    let event = ecmd(
        r##"{"EventData":{"Data":[{"@Name":"RuleName"},{"@Name":"Image","#text":"C:\\a.exe"},{"@Name":"ProcessId","#text":"7"}]}}"##,
        r#","EventRecordId":"12","Level":"Info","Keywords":"0x8000000000000000","TimeCreated":"2024-03-05T08:09:10.1234567+00:00",
        "ProcessId":2,"ThreadId":3,"UserId":"S-1-5-18","MapDescription":"made for people","PayloadData1":"x""#
            .replace('\n', "")
            .as_str(),
    );
    assert_eq!(event.data(), [r"Image=C:\a.exe", "ProcessId=7"]);
    assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.1234567Z");
    assert_eq!((event.get("log.level"), event.get("winlog.record_id")), ("information".into(), "12".into()));
    assert_eq!((event.get("winlog.process.pid"), event.get("winlog.user.identifier")), ("2".into(), "S-1-5-18".into()));
    assert!(event.lost("winlog.provider_guid") && event.lost("winlog.version"));
}

#[test]
fn an_empty_payload_is_an_event_without_data_unless_something_was_taken_out_of_it() {
    for payload in [r#""""#, "null", r#"" ""#] {
        let record = |members: &str| {
            format!(r#"{{"EventId":1,"Provider":"P","Channel":"C","Payload":{payload},"PayloadData1":{members}}}"#)
        };
        let without = of(Form::EvtxEcmd, &record(r#""""#));
        assert!(without.data().is_empty() && !without.lost("winlog.event_data.Image"), "{payload}");
        let taken = of(Form::EvtxEcmd, &record(r#""ProcessID: 7""#));
        assert!(taken.data().is_empty() && taken.lost("winlog.event_data.Image"), "{payload}");
    }
}

#[test]
fn a_text_in_the_place_of_sentinels_data_has_lost_their_names() {
    let event = sentinel(r#""EventData":"RuleName: - Image: a""#);
    assert_eq!(event.data(), ["param1=RuleName: - Image: a"]);
    assert!(event.lost("winlog.event_data.Image"));
}

#[test]
fn values_that_were_joined_cannot_be_taken_apart() {
    let event = ecmd(r#"{"EventData":{"Data":"a, b","Binary":"CAFE"}}"#, "");
    assert_eq!(event.data(), ["Binary=CAFE"]);
    assert!(event.lost("winlog.event_data.param1") && event.lost("winlog.event_data.param2"));
    assert!(!event.lost("winlog.event_data.Image"));
    // One that holds no comma is the only one.
    let event = ecmd(r#"{"EventData":{"Data":"only"}}"#, "");
    assert_eq!(event.data(), ["param1=only"]);
    assert!(!event.lost("winlog.event_data.param2"));
}

#[test]
fn user_data_stand_in_the_payload_too() {
    let event = ecmd(r#"{"UserData":{"LogFileCleared":{"SubjectUserName":"bob"}}}"#, "");
    assert_eq!(event.get("winlog.user_data.SubjectUserName"), "bob");
}

const LINUX: &str = "<Event><System><Provider Name='Linux-Sysmon' Guid='{ff032593-a8d3-4f13-b0d6-01fc615a0f97}'/>\
    <EventID>1</EventID><Security UserId='0'/></System><EventData><Data Name='Image'>/bin/a &amp; b</Data></EventData></Event>";

#[test]
fn event_xml_is_found_in_the_texts_of_forwarders() {
    for key in ["SyslogMessage", "message", "Message", "MESSAGE", "msg", "_raw", "log", "event_original"] {
        for before in ["", "Mar  5 08:09:10 host sysmon[7]: "] {
            let text = serde_json::Value::from(format!("{before}{LINUX}"));
            for text in
                [text.to_string(), text.to_string().replace('<', "\\u003c"), text.to_string().replace('/', "\\/")]
            {
                let event = of(Form::Syslog, &format!(r#"{{"host":"h","{key}":{text}}}"#));
                assert_eq!(event.data(), ["Image=/bin/a & b"], "{key}: {text}");
                assert_eq!(event.get("winlog.user.identifier"), "0");
            }
        }
    }
}

#[test]
fn the_raw_event_of_splunk_is_taken_before_what_splunk_made_of_it() {
    let raw = serde_json::Value::from(LINUX);
    let record = format!(
        r#"{{"preview":false,"result":{{"_raw":{raw},"EventCode":"1","Channel":"x","Image":"y","linecount":"1","splunk_server":"s"}}}}"#
    );
    assert_eq!(of(Form::Syslog, &record).data(), ["Image=/bin/a & b"]);
    let flat = of(Form::Flat, r#"{"result":{"_raw":"text","EventCode":"1","Channel":"x","Image":"y"}}"#);
    assert_eq!(flat.get("winlog.event_data.Image"), "y");
}
