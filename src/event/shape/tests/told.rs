//! How a record's form is told: by its own keys, whatever came before it.

use proptest::prelude::*;

use crate::dialect::AgentVersion;
use crate::event::Form;
use crate::event::testing::{event, event_as, read};

/// A record of each form, as short as it can be.
const SHORTEST: [(Form, &str); 26] = [
    (Form::Winlogbeat, r#"{"winlog":{"event_id":"1"}}"#),
    (Form::Winlogbeat, r#"{"winlog":{}}"#),
    (Form::Winlogbeat, r#"{"winlog.event_id":"1","winlog.channel":"Application"}"#),
    (Form::Winlogbeat, r#"{"_index":"i","_source":{"winlog":{"event_id":"1"}}}"#),
    (Form::Winlogbeat, r#"{"preview":false,"result":{"winlog":{"event_id":"1"}}}"#),
    (Form::WinlogbeatModule, r#"{"event":{"module":"sysmon"},"winlog":{"event_id":"1"}}"#),
    (Form::Winlogbeat6, r#"{"event_id":1,"event_data":{}}"#),
    (Form::Winlogbeat6, r#"{"event_id":1,"log_name":"System"}"#),
    (Form::Syslog, r#"{"SyslogMessage":"<Event><System><EventID>1</EventID></System></Event>"}"#),
    (Form::Syslog, r#"{"result":{"_raw":"<Event><System/></Event>","EventCode":"1","Channel":"x"}}"#),
    (Form::EvtxDump, r#"{"Event":{"System":{"EventID":1}}}"#),
    (Form::Velociraptor, r#"{"System":{"EventID":{"Value":1}}}"#),
    (Form::Flat, r#"{"EventID":1,"Channel":"Security"}"#),
    (Form::Flat, r#"{"Event_ID":"1","Provider_Name":"x"}"#),
    (Form::Nxlog, r#"{"EventID":1,"SourceName":"x","SourceModuleType":"im_msvistalog"}"#),
    (Form::Sentinel, r#"{"EventID":1,"Provider":"x","EventData":"{}"}"#),
    (Form::EvtxEcmd, r#"{"EventId":1,"Payload":"{}","MapDescription":"x"}"#),
    (Form::Flat, r#"{"EventID":4103,"Payload":"CommandInvocation(x)","Channel":"x"}"#),
    (Form::PowerShell, r#"{"Id":1,"ProviderName":"x","LogName":"y"}"#),
    (Form::Wazuh, r#"{"data":{"win":{"system":{"eventID":"1"}}}}"#),
    (Form::Wazuh, r#"{"win":{"system":{}}}"#),
    (Form::LogManager, r#"{"msg":{"eventid":"1"}}"#),
    (Form::LogManager, r#"{"msg":{"port":"22"},"raw":"x"}"#),
    (Form::Winlogbeat6, r#"{"event_id":1,"event_data":{},"msg":{"a":1}}"#),
    (Form::Flat, r#"{"EventID":1,"Channel":"Security","msg":{"a":1}}"#),
    (Form::PowerShell, r#"{"Id":1,"ProviderName":"x","LogName":"y","msg":{"a":1}}"#),
];

#[test]
fn the_keys_of_a_record_say_which_form_it_has() {
    for (form, record) in SHORTEST {
        assert_eq!(event(record).form, form, "{record}");
    }
}

#[test]
fn what_only_looks_like_a_form_is_none() {
    for record in [
        r#"{}"#,
        r#"{"event_id":1}"#,
        r#"{"EventID":1}"#,
        r#"{"Channel":"Security"}"#,
        r#"{"winlog":"no map"}"#,
        r#"{"winlogs.event_id":"1"}"#,
        r#"{"Event":{"EventData":{}}}"#,
        r#"{"Event":{"System":"no map"}}"#,
        r#"{"System":{"cpu":4}}"#,
        r#"{"msg":"text"}"#,
        r#"{"win":{"width":80}}"#,
        r#"{"hits":{"total":0}}"#,
        r#"{"hits":17}"#,
        r#"{"result":"ok"}"#,
        r#"{"Id":1,"ProviderName":"x"}"#,
        r#"{"message":"an <Event> that is none"}"#,
        r#"{"message":"an &lt;Event&gt;"}"#,
    ] {
        let form = read(record.as_bytes()).forms();
        assert!(form.is_empty() || form == [Form::Other], "{record}: {form:?}");
    }
}

#[test]
fn a_record_of_no_known_form_is_seen_as_it_stands() {
    let event = event(r#"{"Image":"a.exe","EventID":1,"n":{"x":[1,2]}}"#);
    assert_eq!(event.form, Form::Other);
    assert_eq!(event.show(), "Image \"a.exe\"\nEventID 1\nn.x 1\nn.x 2\n");
    assert!(event.lost.is_empty());
}

#[test]
fn keys_with_escapes_are_the_keys_that_they_say() {
    let event = event(r#"{"\u0057inlog":1,"\u0045vent":{"System":{"\u0045ventID":7,"Channel":"S\u0079s"}}}"#);
    assert_eq!(
        (event.form, event.get("event.code"), event.get("winlog.channel")),
        (Form::EvtxDump, "7".into(), "Sys".into())
    );
}

#[test]
fn wrappers_are_opened_three_deep_and_no_deeper() {
    let wrapped = |times: usize| {
        let open = r#"{"_source":"#.repeat(times);
        format!(r#"{open}{{"winlog":{{"event_id":"1"}}}}{}"#, "}".repeat(times))
    };
    assert_eq!(event(wrapped(3)).form, Form::Winlogbeat);
    assert_eq!(read(wrapped(4).as_bytes()).damaged, ["in:1: an event wrapped up too often (byte 44)"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What came before decides only what is tried first.
    #[test]
    fn the_same_records_in_any_order_have_the_same_forms(order in Just((0..SHORTEST.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let lines: String = order.iter().map(|at| format!("{}\n", SHORTEST[*at].1)).collect();
        let wanted: Vec<Form> = order.iter().map(|at| SHORTEST[*at].0).collect();
        prop_assert_eq!(read(lines.as_bytes()).forms(), wanted);
    }
}

/// A whole number is the id that it is, however a table of numbers has written it.
#[test]
fn an_id_is_a_whole_number_however_it_is_written() {
    for (text, seven) in [("8.0", AgentVersion::DEFAULT), ("7.12", AgentVersion::parse("7.12").unwrap())] {
        for id in ["16", "16.0", "1.6e1", r#""16""#, r#""16.0""#, r#"" 16 ""#, r#""16\n""#, r#""0x10""#] {
            for record in [
                format!(r#"{{"EventID":{id},"SourceName":"Microsoft-Windows-Sysmon","Channel":"C"}}"#),
                format!(r#"{{"winlog":{{"event_id":{id},"channel":"C"}}}}"#),
                format!(r#"{{"System":{{"EventID":{{"Value":{id}}},"Channel":"C"}}}}"#),
                format!(r#"{{"Event":{{"System":{{"EventID":{id},"Channel":"C"}}}}}}"#),
                format!(r#"{{"win":{{"system":{{"eventID":{id},"channel":"C"}}}}}}"#),
                format!(r#"{{"event_id":{id},"log_name":"C"}}"#),
                format!(r#"{{"Id":{id},"LogName":"C","ProviderName":"P"}}"#),
            ] {
                let event = event_as(&record, seven);
                assert_eq!(
                    (event.get("winlog.event_id").as_str(), event.get("winlog.channel").as_str()),
                    ("16", "C"),
                    "{record} {text}"
                );
            }
        }
    }
    let xml = "<Event><System><Provider Name=' P\n'/><EventID> 16\n</EventID><Channel>\n C </Channel></System></Event>";
    let event = event_as(xml, AgentVersion::DEFAULT);
    assert_eq!(
        [event.get("winlog.event_id"), event.get("winlog.channel"), event.get("winlog.provider_name")],
        ["16", "C", "P"]
    );
    // What is no whole number stays what it is, and is the id of no event.
    for (id, shown) in [("16.5", "16.5"), (r#""16x""#, "16x"), (r#""""#, ""), ("true", "true")] {
        let record = format!(r#"{{"EventID":{id},"Channel":"C"}}"#);
        assert_eq!(event_as(&record, AgentVersion::DEFAULT).get("winlog.event_id"), shown, "{id}");
    }
}
