//! Windows' XML as JSON: evtx_dump and its relatives, Velociraptor.

use super::of;
use crate::event::Form;

const HEADER: &str = r##""System":{
    "Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"5770385F-C22A-43E0-BF4C-06F5698FFBD9"}},
    "EventID":5,"Version":3,"Level":4,"Task":5,"Opcode":0,"Keywords":"0x8000000000000000",
    "TimeCreated":{"#attributes":{"SystemTime":"2024-03-05T08:09:10.123456Z"}},"EventRecordID":4711,
    "Correlation":{"#attributes":{"ActivityID":"A1B2C3D4-0001-65E6-0100-000000002A00"}},
    "Execution":{"#attributes":{"ProcessID":2468,"ThreadID":3120}},
    "Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws07.example.org",
    "Security":{"#attributes":{"UserID":"S-1-5-18"}}}"##;

fn dumped(data: &str) -> super::Event {
    of(Form::EvtxDump, &format!(r#"{{"Event":{{{HEADER},{data}}}}}"#).replace('\n', ""))
}

#[test]
fn the_header_of_evtx_dump() {
    insta::assert_snapshot!(dumped(r#""EventData":{"ProcessId":7}"#).show(), @r#"
    @timestamp "2024-03-05T08:09:10.123456Z"
    event.code "5"
    event.kind "event"
    event.provider "Microsoft-Windows-Sysmon"
    host.name "ws07.example.org"
    log.level "information"
    winlog.activity_id "{A1B2C3D4-0001-65E6-0100-000000002A00}"
    winlog.channel "Microsoft-Windows-Sysmon/Operational"
    winlog.computer_name "ws07.example.org"
    winlog.event_data.ProcessId "7"
    winlog.event_id "5"
    winlog.process.pid 2468
    winlog.process.thread.id 3120
    winlog.provider_guid "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
    winlog.provider_name "Microsoft-Windows-Sysmon"
    winlog.record_id 4711
    winlog.user.identifier "S-1-5-18"
    winlog.version 3
    "#);
}

#[test]
fn values_of_every_type_become_the_text_that_windows_writes() {
    for (value, text) in [
        (r#""text""#, "text"),
        ("17", "17"),
        ("-1", "-1"),
        ("18446744073709551615", "18446744073709551615"),
        ("1.50", "1.50"),
        ("true", "true"),
        ("false", "false"),
        (r#""a\r\nb\r\n""#, "a\nb"),
        (r#""tab\t\u00e4\ud83d\ude00""#, "tab\tä😀"),
        (r##"{"#text":"with attributes","#attributes":{"x":"1"}}"##, "with attributes"),
    ] {
        assert_eq!(dumped(&format!(r#""EventData":{{"X":{value}}}"#)).data(), [format!("X={text}")], "{value}");
    }
}

#[test]
fn what_is_empty_is_absent() {
    for nothing in ["null", r#""""#, r#""\r\n""#, "{}", "[]", r##"{"#attributes":{"x":"1"}}"##] {
        let data = dumped(&format!(r#""EventData":{{"X":{nothing},"Y":1}}"#)).data();
        assert_eq!(data, ["Y=1"], "{nothing}");
    }
    for nothing in ["null", r#""""#, "{}", "[]"] {
        assert_eq!(dumped(&format!(r#""EventData":{nothing}"#)).data(), [""; 0], "{nothing}");
    }
}

#[test]
fn what_is_nested_in_a_value_is_there_as_its_json() {
    for nested in [
        r#"{"y":{"z":1}}"#,
        r#"{"Inner":"element"}"#,
        r#"{"Name":"x"}"#,
        r#"["a",{"b":1}]"#,
        r#"[{"b":1},"a"]"#,
        "[[1],2]",
    ] {
        let data = dumped(&format!(r#""EventData":{{"X":{nested},"Y":1}}"#)).data();
        assert_eq!(data, [format!("X={nested}"), "Y=1".to_string()], "{nested}");
    }
    // Of a list the first member that is not empty counts, and the others are repeated.
    assert_eq!(dumped(r#""EventData":{"X":["a","b"]}"#).data(), ["X=a"]);
    // Values in a list of maps, as somebody's query may have them.
    let record = r#"{"System":{"EventID":16},"EventData":[{"Configuration":"x"},{"Other":{"a":1}}]}"#;
    assert_eq!(of(Form::Velociraptor, record).data(), ["Configuration=x", r#"Other={"a":1}"#]);
    assert_eq!(dumped(r#""UserData":{"E":{"X":{"y":1}}}"#).get("winlog.user_data.X"), r#"{"y":1}"#);
}

#[test]
fn attributes_may_stand_beside_their_element() {
    let event = of(
        Form::EvtxDump,
        &r#"{"Event_attributes":{"xmlns":"x"},"Event":{"System":{"Provider_attributes":{"Name":"Other","Guid":"g"},
        "EventID_attributes":{"Qualifiers":0},"EventID":16,"Channel":"Microsoft-Windows-Sysmon/Operational",
        "TimeCreated_attributes":{"SystemTime":"2024-03-05T08:09:10Z"},"Correlation":null,"Correlation_attributes":{"ActivityID":"a"},
        "Execution_attributes":{"ProcessID":7,"ThreadID":8},"Security_attributes":{"UserID":"S-1"}},
        "EventData":{"Data_attributes":{"Name":"A"},"Data":"1","B":"2"},"UserData":{"E_attributes":{"xmlns":"y"},"E":{"C":"3"}}}}"#
            .replace('\n', ""),
    );
    for (path, value) in [
        ("winlog.provider_name", "Other"),
        ("winlog.provider_guid", "g"),
        ("winlog.event_id", "16"),
        ("@timestamp", "2024-03-05T08:09:10.000Z"),
        ("winlog.activity_id", "a"),
        ("winlog.process.pid", "7"),
        ("winlog.process.thread.id", "8"),
        ("winlog.user.identifier", "S-1"),
        ("winlog.event_data.A", "1"),
        ("winlog.event_data.B", "2"),
        ("winlog.user_data.C", "3"),
        ("winlog.user_data.xml_name", "E"),
    ] {
        assert_eq!(event.get(path), value, "{path}");
    }
    let plain = r#"{"Event":{"System":{"Provider":"P","EventID":1,"TimeCreated":"2024-03-05T08:09:10Z"}}}"#;
    let event = of(Form::EvtxDump, plain);
    assert_eq!(event.get("winlog.provider_name"), "P");
    assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.000Z");
}

#[test]
fn guids_get_their_braces_where_the_name_says_that_they_are_guids() {
    let guid = "A1B2C3D4-0001-65E6-0100-000000002A00";
    let data = |name: &str, value: &str| dumped(&format!(r#""EventData":{{"{name}":"{value}"}}"#)).data();
    for name in ["ProcessGuid", "SourceProcessGUID", "LogonGuid"] {
        assert_eq!(data(name, guid), [format!("{name}={{{guid}}}")]);
    }
    // What has them, what is no GUID, and what another name says stays as it is.
    assert_eq!(data("ProcessGuid", &format!("{{{guid}}}")), [format!("ProcessGuid={{{guid}}}")]);
    assert_eq!(data("ProcessGuid", &guid.replace('A', "X")), [format!("ProcessGuid={}", guid.replace('A', "X"))]);
    assert_eq!(data("Details", guid), [format!("Details={guid}")]);
}

#[test]
fn true_and_false_are_small_in_sysmons_own_fields() {
    let data = dumped(r#""EventData":{"Initiated":"True","Signed":"False","Details":"True"}"#).data();
    assert_eq!(data, ["Initiated=true", "Signed=false", "Details=True"]);
}

// D37
#[test]
fn values_without_a_name_are_numbered_by_their_place() {
    for data in [
        r##"{"Data":{"#text":["one","","three"]}}"##,
        r#"{"Data":["one",null,"three"]}"#,
        r#"["one","","three"]"#,
        r##"{"Data":[{"#text":"one"},{"#text":""},{"#text":"three"}]}"##,
        r##"{"Data":[{"@Name":"","#text":"one"},{},{"@Name":"Data","#text":"three"}]}"##,
    ] {
        assert_eq!(dumped(&format!(r#""EventData":{data}"#)).data(), ["param1=one", "param3=three"], "{data}");
    }
    assert_eq!(dumped(r##""EventData":{"Data":{"#text":"only"}}"##).data(), ["param1=only"]);
    assert_eq!(dumped(r#""EventData":{"Data":"only"}"#).data(), ["param1=only"]);
    assert_eq!(dumped(r#""EventData":{"Data":["a"],"Binary":"CAFE"}"#).data(), ["param1=a", "Binary=CAFE"]);
}

#[test]
fn named_elements_may_stand_in_a_list() {
    for (name, text) in [("@Name", "#text"), ("Name", "Value"), ("_Name", "_text")] {
        let data =
            format!(r#"{{"Data":[{{"{name}":"A","{text}":"1"}},{{"{name}":"B"}},{{"{name}":"C","{text}":3}}]}}"#);
        assert_eq!(dumped(&format!(r#""EventData":{data}"#)).data(), ["A=1", "C=3"], "{data}");
    }
    let attributes = r##"{"Data":[{"#attributes":{"Name":"A"},"#text":"1"},{"$":{"Name":"B"},"_":"2"}]}"##;
    assert_eq!(dumped(&format!(r#""EventData":{attributes}"#)).data(), ["A=1", "B=2"]);
}

#[test]
fn of_a_name_that_comes_again_the_first_value_counts() {
    for data in [r#"{"X":"first","X":"second"}"#, r#"{"X":["","first","second"]}"#, r#"{"X":null,"X":"first"}"#] {
        assert_eq!(dumped(&format!(r#""EventData":{data}"#)).data(), ["X=first"], "{data}");
    }
}

#[test]
fn user_data_are_what_stands_in_their_only_element() {
    let event = dumped(
        r##""UserData":{"#attributes":{"a":"b"},"LogFileCleared":{"#attributes":{"xmlns":"x"},"SubjectUserName":"bob",
        "Empty":null,"Data":{"#attributes":{"Name":"Named"},"#text":"n"}}}"##,
    );
    assert_eq!(event.data(), [""; 0]);
    assert_eq!(event.get("winlog.user_data.SubjectUserName"), "bob");
    assert_eq!(event.get("winlog.user_data.Named"), "n");
    assert_eq!(event.get("winlog.user_data.xml_name"), "LogFileCleared");
    assert_eq!(dumped(r#""UserData":{"Empty":{"X":""}}"#).get("winlog.user_data"), "");
}

#[test]
fn an_id_may_be_wrapped_up_and_a_channel_may_be_null() {
    for id in
        [r##"{"#attributes":{"Qualifiers":32768},"#text":7}"##, r#"{"Value":"7","Qualifiers":"0"}"#, "7", r#""7""#]
    {
        let record = format!(r#"{{"Event":{{"System":{{"EventID":{id},"Channel":null}}}}}}"#);
        let event = of(Form::EvtxDump, &record);
        assert_eq!((event.get("winlog.event_id"), event.get("event.code")), ("7".into(), "7".into()), "{id}");
        // D47
        assert_eq!(event.get("winlog.channel"), "");
    }
}

// D15
#[test]
fn keywords_are_bits_however_they_are_written() {
    let outcome = |keywords: &str| {
        let event = of(Form::EvtxDump, &format!(r#"{{"Event":{{"System":{{"EventID":1,"Keywords":{keywords}}}}}}}"#));
        (event.get("event.outcome"), event.lost("winlog.keywords"))
    };
    assert_eq!(outcome(r#""0x8020000000000000""#), ("success".into(), true));
    assert_eq!(outcome("-9214364837600034816"), ("success".into(), true));
    assert_eq!(outcome("9232379236109516800"), ("success".into(), true));
    assert_eq!(outcome(r#""0x8010000000000000""#), ("failure".into(), true));
    // The channel's bit has no name.
    assert_eq!(outcome("-9223372036854775808"), (String::new(), false));
    assert_eq!(outcome(r#""0x0""#), (String::new(), false));
}

#[test]
fn attributes_may_stand_where_others_have_them() {
    for system in [
        r#""Provider":{"Name":"P"},"TimeCreated":{"SystemTime":"2024-03-05T08:09:10Z"},"Security":{"UserID":"S-1"}"#,
        r#""Provider":{"@Name":"P"},"TimeCreated":{"@SystemTime":"2024-03-05T08:09:10Z"},"Security":{"@UserID":"S-1"}"#,
        r#""Provider_Name":"P","TimeCreated":{"SystemTime":"2024-03-05T09:09:10+01:00"},"Security":{"UserId":"S-1"}"#,
    ] {
        let event = of(Form::EvtxDump, &format!(r#"{{"Event":{{"System":{{"EventID":1,{system}}}}}}}"#));
        assert_eq!(event.get("winlog.provider_name"), "P", "{system}");
        assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.000Z", "{system}");
        assert_eq!(event.get("winlog.user.identifier"), "S-1", "{system}");
    }
}

#[test]
fn a_rendered_event_has_what_the_renderer_knew() {
    let event = dumped(
        r#""RenderingInfo":{"Message":"M:\r\nx","Level":"Information","Task":"T","Opcode":"Info","Keywords":{"Keyword":["A","B"]}}"#,
    );
    for (path, value) in [
        ("message", "M:\nx"),
        ("log.level", "information"),
        ("winlog.task", "T"),
        ("event.action", "T"),
        ("winlog.opcode", "Info"),
        ("winlog.keywords", "A, B"),
    ] {
        assert_eq!(event.get(path), value, "{path}");
    }
}

#[test]
fn velociraptor_counts_seconds_and_holds_the_message() {
    let event = of(
        Form::Velociraptor,
        r#"{"System":{"Provider":{"Name":"P","Guid":"5770385F-C22A-43E0-BF4C-06F5698FFBD9"},"EventID":{"Value":1},
        "TimeCreated":{"SystemTime":1709626150.123},"Computer":"c"},"EventData":{"ProcessId":7,"Initiated":true},
        "Message":"Process Create:\r\nx"}"#
            .replace('\n', "")
            .as_str(),
    );
    assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.123Z");
    assert_eq!(event.data(), ["ProcessId=7", "Initiated=true"]);
    assert_eq!((event.get("message"), event.get("winlog.event_id")), ("Process Create:\nx".into(), "1".into()));
}
