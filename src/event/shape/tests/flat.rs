//! One level of keys: flat JSON, NXLog; Winlogbeat 6; PowerShell.

use super::of;
use crate::dialect::AgentVersion;
use crate::event::Form;
use crate::event::testing::{event_as, read_once};

#[test]
fn the_header_has_many_names_and_the_rest_is_data() {
    for (key, path) in [
        ("EventID", "winlog.event_id"),
        ("EventId", "winlog.event_id"),
        ("Event_ID", "winlog.event_id"),
        ("EventCode", "winlog.event_id"),
        ("SourceName", "winlog.provider_name"),
        ("ProviderName", "winlog.provider_name"),
        ("Provider_Name", "winlog.provider_name"),
        ("Hostname", "winlog.computer_name"),
        ("Computer", "winlog.computer_name"),
        ("ComputerName", "winlog.computer_name"),
        ("RecordNumber", "winlog.record_id"),
        ("EventRecordID", "winlog.record_id"),
        ("ExecutionProcessID", "winlog.process.pid"),
        ("ThreadID", "winlog.process.thread.id"),
        ("UserID", "winlog.user.identifier"),
        ("Message", "message"),
    ] {
        let record = format!(r#"{{"{key}":"7","EventID":"7","Channel":"C","Image":"i"}}"#);
        let event = of(Form::Flat, &record);
        assert_eq!((event.get(path), event.data()), ("7".into(), vec!["Image=i".into()]), "{key}");
    }
}

#[test]
fn the_best_of_several_times_counts() {
    let times = [
        (r#""TimeCreated":"2024-03-05T08:00:00.001Z""#, "2024-03-05T08:00:00.001Z"),
        (r#""SystemTime":"2024-03-05T10:00:00.002+02:00""#, "2024-03-05T08:00:00.002Z"),
        (r#""UtcTime":"2024-03-05 08:00:00.003""#, "2024-03-05T08:00:00.003Z"),
        (r#""EventTime":"2024-03-05T10:00:00+02:00""#, "2024-03-05T08:00:00.000Z"),
        (r#""@timestamp":"2024-03-05T08:00:00.004Z""#, "2024-03-05T08:00:00.004Z"),
        (r#""TimeGenerated":"2024-03-05 08:00:00.005""#, "2024-03-05T08:00:00.005Z"),
        (r#""_time":"2024-03-05T10:00:00.006+02:00""#, "2024-03-05T08:00:00.006Z"),
        // Local time without a zone.
        (r#""TimeCreated_SystemTime":"2024-03-05 10:00:00.007""#, "2024-03-05T10:00:00.007Z"),
    ];
    for best in 0..times.len() {
        // Whatever the order of the keys.
        let all: Vec<&str> = times[best..].iter().rev().map(|(time, _)| *time).collect();
        let event = of(Form::Flat, &format!(r#"{{"EventID":1,"Channel":"C",{}}}"#, all.join(",")));
        assert_eq!(event.get("@timestamp"), times[best].1);
    }
}

#[test]
fn a_time_of_which_nobody_knows_the_zone_gives_way_to_every_other() {
    for local in ["TimeCreated", "SystemTime", "TimeCreated_SystemTime", "EventTime", "_time"] {
        let local = format!(r#""{local}":"2020-09-21 14:43:13.123""#);
        for (other, time) in [
            (r#""UtcTime":"2020-09-21 18:43:13.120""#, "2020-09-21T18:43:13.120Z"),
            (r#""@timestamp":"2020-09-21T18:43:15.000Z""#, "2020-09-21T18:43:15.000Z"),
            (r#""TimeGenerated":"2020-09-21T18:43:16.000Z""#, "2020-09-21T18:43:16.000Z"),
            // There is no better one.
            (r#""UtcTime":"-""#, "2020-09-21T14:43:13.123Z"),
        ] {
            let event = of(Form::Flat, &format!(r#"{{"EventID":1,"Channel":"C",{local},{other}}}"#));
            assert_eq!(event.get("@timestamp"), time, "{local} {other}");
        }
    }
}

#[test]
fn a_local_time_that_calls_itself_utc_gives_way_to_sysmons_own() {
    for (members, time) in [
        // Four hours west, and by a clock of twelve hours.
        (r#""TimeCreated":"2020-10-22T01:54:20.166Z","UtcTime":"2020-10-22 05:54:20.150""#, "2020-10-22T05:54:20.150Z"),
        (r#""TimeCreated":"2020-10-28T07:19:03.262Z","UtcTime":"2020-10-28 23:19:03.261""#, "2020-10-28T23:19:03.261Z"),
        // Logged late.
        (r#""TimeCreated":"2020-10-22T06:04:20.166Z","UtcTime":"2020-10-22 05:54:20.150""#, "2020-10-22T06:04:20.166Z"),
        // A text that is no time says nothing of another.
        (r#""TimeCreated":"2020-10-22T01:54:20.166Z","UtcTime":"-""#, "2020-10-22T01:54:20.166Z"),
    ] {
        assert_eq!(of(Form::Flat, &format!(r#"{{"EventID":1,"Channel":"C",{members}}}"#)).get("@timestamp"), time);
    }
}

#[test]
fn without_a_provider_the_channel_says_whose_event_it_is() {
    for provider in ["", r#""SourceName":"","#, r#""SourceName":null,"#] {
        let record = format!(
            r#"{{{provider}"EventID":13,"Channel":"Microsoft-Windows-Sysmon/Operational","EventType":"INFO",
            "Message":"Registry value set:\r\nEventType: SetValue"}}"#
        );
        assert_eq!(of(Form::Flat, &record.replace('\n', "")).data(), ["EventType=SetValue"], "{provider}");
    }
}

#[test]
fn the_user_and_the_process_of_the_event_are_not_those_that_logged_it() {
    let event = of(
        Form::Nxlog,
        r#"{"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","SourceModuleType":"im_msvistalog","ProcessId":"7","ProcessID":99,
        "User":"A\\b","AccountName":"SYSTEM","Domain":"NT AUTHORITY","AccountType":"User","UserID":"S-1-5-18"}"#
            .replace('\n', "")
            .as_str(),
    );
    assert_eq!(event.data(), ["ProcessId=7", r"User=A\b"]);
    assert_eq!(event.get("winlog.process.pid"), "99");
    assert_eq!(event.get("winlog.user.name"), "SYSTEM");
    assert_eq!(event.get("winlog.user.domain"), "NT AUTHORITY");
    assert_eq!(event.get("winlog.user.identifier"), "S-1-5-18");
}

fn nxlog(id: u32, members: &str) -> super::Event {
    of(
        Form::Nxlog,
        &format!(
            r#"{{"EventID":{id},"SourceName":"Microsoft-Windows-Sysmon","SourceModuleType":"im_msvistalog",{members}}}"#
        ),
    )
}

#[test]
fn an_event_type_that_nxlog_overwrote_comes_back_out_of_the_message() {
    let message = r#""Message":"Registry value set:\r\nRuleName: -\r\nEventType: SetValue\r\nUtcTime: x""#;
    let data = |members: &str| nxlog(13, members).data();
    assert_eq!(data(&format!(r#""EventType":"INFO",{message}"#)), ["EventType=SetValue"]);
    assert_eq!(data(&format!(r#""EventTypeOrignal":"INFO",{message}"#)), ["EventType=SetValue"]);
    assert_eq!(data(r#""EventType":"SetValue","Message":"EventType: Other""#), ["EventType=SetValue"]);
    // Nobody knows what it was.
    let event = nxlog(13, r#""EventType":"INFO","Message":"?""#);
    assert!(event.lost("winlog.event_data.EventType"));
    assert!(!event.lost("winlog.event_data.Details"));
    // Event 22 has none.
    assert!(!nxlog(22, r#""EventType":"INFO""#).lost("winlog.event_data.EventType"));
}

#[test]
fn the_version_of_event_4_is_sysmons_and_not_that_of_its_layout() {
    let event = nxlog(4, r#""Version":3,"Message":"Sysmon service state changed:\r\nVersion: 15.14\r\n""#);
    assert_eq!((event.data(), event.get("winlog.version")), (vec!["Version=15.14".into()], "3".into()));
    assert!(nxlog(4, r#""Version":3"#).lost("winlog.event_data.Version"));
    let event = of(Form::Flat, r#"{"EventID":4,"SourceName":"Microsoft-Windows-Sysmon","Version":"15.14"}"#);
    assert_eq!((event.data(), event.get("winlog.version")), (vec!["Version=15.14".into()], String::new()));
}

#[test]
fn a_process_id_whose_place_was_taken_comes_back_out_of_the_message() {
    let message =
        |number: &str| format!(r#""ProcessID":99,"Message":"File created:\r\nProcessId: {number}\r\nImage: x""#);
    assert_eq!(nxlog(11, &message("2096")).data(), ["ProcessId=2096"]);
    assert_eq!(nxlog(11, &format!(r#""ProcessId":"7",{}"#, message("2096"))).data(), ["ProcessId=7"]);
    assert!(nxlog(11, &message("0")).lost("winlog.event_data.ProcessId"), "rendered without the table of messages");
    // Event 10 has two others, and this one is somebody's addition.
    assert_eq!(nxlog(10, r#""SourceProcessId":"7","ProcessId":"7""#).data(), ["SourceProcessId=7"]);
    assert!(!nxlog(8, &message("0")).lost("winlog.event_data.ProcessId"));
}

#[test]
fn escapes_of_xml_that_the_message_does_not_have_are_none_of_the_value() {
    let pipe = r#""PipeName":"&lt;Anonymous Pipe&gt;""#;
    let data = |message: &str| nxlog(17, &format!(r#"{pipe},"Message":"PipeName: {message}""#)).data();
    assert_eq!(data("<Anonymous Pipe>"), ["PipeName=<Anonymous Pipe>"]);
    assert_eq!(data("&lt;Anonymous Pipe&gt;"), ["PipeName=&lt;Anonymous Pipe&gt;"]);
    assert_eq!(nxlog(17, pipe).data(), ["PipeName=&lt;Anonymous Pipe&gt;"]);
}

#[test]
fn a_long_message_is_searched_for_escapes_once() {
    // Once for each value would take minutes.
    let values: String = (0..20_000).map(|at| format!(r#""v{at}":"&lt;","#)).collect();
    let message = "a & b ".repeat(500_000);
    let record = format!(r#"{{"EventID":1,"SourceName":"S","SourceModuleType":"m",{values}"Message":"{message}"}}"#);
    let data = read_once(record.as_bytes()).events[0].data();
    assert_eq!((data.len(), data[7].as_str()), (20_000, "v7=<"));
}

#[test]
fn names_of_levels_and_keywords_are_told_from_their_numbers() {
    let event = of(Form::Flat, r#"{"EventID":1,"Channel":"C","Level":"3","Opcode":0,"Keywords":["A","B"]}"#);
    assert_eq!((event.get("log.level"), event.get("winlog.keywords")), ("warning".into(), "A, B".into()));
    assert_eq!(event.get("winlog.opcode"), "");
    let event = of(Form::Nxlog, r#"{"EventID":1,"Channel":"C","SeverityValue":2,"Severity":"INFO","Opcode":"Info"}"#);
    assert_eq!((event.get("log.level"), event.get("winlog.opcode")), ("information".into(), "Info".into()));
}

#[test]
fn what_a_flat_record_does_not_have_is_lost_and_its_data_are_not() {
    let event = of(Form::Flat, r#"{"EventID":1,"Channel":"C","Image":"i"}"#);
    for path in [
        "message",
        "log.level",
        "@timestamp",
        "host.name",
        "winlog.provider_name",
        "winlog.record_id",
        "winlog.user.identifier",
        "winlog.process.pid",
        "winlog.version",
    ] {
        assert!(event.lost(path), "{path}");
    }
    assert!(!event.lost("winlog.event_data.CommandLine"));
}

#[test]
fn winlogbeat_6_has_everything_in_other_places() {
    let record = r#"{"@timestamp":"2019-05-18T20:20:32.811Z","beat":{"name":"b","hostname":"h","version":"6.7.0"},"event_id":1,
        "computer_name":"c","source_name":"Microsoft-Windows-Sysmon","log_name":"L","record_number":"12","process_id":2,"thread_id":3,
        "level":"Information","task":"T","opcode":"Info","message":"m","version":5,"tags":["t"],"fields":{"env":"test"},
        "user":{"identifier":"S-1-5-18","name":"SYSTEM","domain":"NT AUTHORITY","type":"User"},"keywords":["Audit Success"],
        "provider_guid":"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}","event_data":{"Image":"i","Empty":""},"user_data":{"xml_name":"X","A":"1"}}"#
        .replace('\n', "");
    insta::assert_snapshot!(of(Form::Winlogbeat6, &record).show(), @r#"
    @timestamp "2019-05-18T20:20:32.811Z"
    agent.hostname "h"
    agent.name "b"
    agent.version "6.7.0"
    event.action "T"
    event.code "1"
    event.kind "event"
    event.provider "Microsoft-Windows-Sysmon"
    host.name "c"
    log.level "information"
    message "m"
    tags "t"
    winlog.channel "L"
    winlog.computer_name "c"
    winlog.event_data.Image "i"
    winlog.event_id "1"
    winlog.keywords "Audit Success"
    winlog.opcode "Info"
    winlog.process.pid 2
    winlog.process.thread.id 3
    winlog.provider_guid "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"
    winlog.provider_name "Microsoft-Windows-Sysmon"
    winlog.record_id 12
    winlog.task "T"
    winlog.user.domain "NT AUTHORITY"
    winlog.user.identifier "S-1-5-18"
    winlog.user.name "SYSTEM"
    winlog.user.type "User"
    winlog.user_data.A "1"
    winlog.user_data.xml_name "X"
    winlog.version 5
    fields.env "test"
    "#);
    let seven = AgentVersion::parse("7.12").unwrap();
    let event = event_as(&record, seven);
    assert_eq!(event.show().lines().find(|line| line.starts_with("winlog.event_id")), Some("winlog.event_id 1"));
}

fn powershell(id: u32, provider: &str, properties: &str, message: &str) -> super::Event {
    let record = format!(
        r#"{{"Id":{id},"ProviderName":"{provider}","LogName":"L","TimeCreated":"\/Date(1709626150123)\/","RecordId":5,
        "UserId":{{"BinaryLength":12,"Value":"S-1-5-18"}},"Properties":[{properties}],"Message":"{message}"}}"#
    );
    of(Form::PowerShell, &record.replace('\n', ""))
}

#[test]
fn values_of_powershell_get_their_names_by_the_layout_of_the_event_or_its_message() {
    let sysmon = "Microsoft-Windows-Sysmon";
    let all = r#"{"Value":"2024-03-05 08:09:10.123"},{"Value":"Started"},{"Value":"15.14"},{"Value":"4.90"}"#;
    let event = powershell(4, sysmon, all, "x");
    assert_eq!(
        event.data(),
        ["UtcTime=2024-03-05 08:09:10.123", "State=Started", "Version=15.14", "SchemaVersion=4.90"]
    );
    assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.123Z");
    assert_eq!(event.get("winlog.user.identifier"), "S-1-5-18");
    // An older Sysmon had fewer.
    let old = powershell(
        4,
        sysmon,
        r#"{"Value":"t"},{"Value":"Started"}"#,
        r"Sysmon service state changed:\r\nUtcTime: t\r\nState: Started",
    );
    assert_eq!(old.data(), ["UtcTime=t", "State=Started"]);
}

#[test]
fn a_time_that_powershell_rendered_for_its_own_clock_gives_way_to_sysmons() {
    let time = |created: &str| {
        let record = format!(
            r#"{{"Id":4,"ProviderName":"Microsoft-Windows-Sysmon","LogName":"L","TimeCreated":{created},"Properties":
            [{{"Value":"2024-03-05 08:09:10.123"}},{{"Value":"Started"}},{{"Value":"15.14"}},{{"Value":"4.90"}}]}}"#
        );
        of(Form::PowerShell, &record.replace('\n', "")).get("@timestamp")
    };
    assert_eq!(time(r#""2024-03-05T09:09:10.1299999+01:00""#), "2024-03-05T08:09:10.1299999Z");
    assert_eq!(time(r#"{"value":"/Date(1709626150129)/","DateTime":"Tuesday"}"#), "2024-03-05T08:09:10.129Z");
    for local in [r#""2024-03-05T09:09:10.1299999""#, r#""3/5/2024 9:09:10 AM""#, "null"] {
        assert_eq!(time(local), "2024-03-05T08:09:10.123Z", "{local}");
    }
}

#[test]
fn values_whose_names_nobody_knows_are_lost() {
    for event in [
        powershell(4, "Microsoft-Windows-Sysmon", r#"{"Value":"t"}"#, "x"),
        powershell(4, "Other", r#"{"Value":"1"},{"Value":"2"},{"Value":"3"},{"Value":"4"}"#, "x"),
        powershell(4, "Microsoft-Windows-Sysmon", r#""System.Diagnostics.Eventing.Reader.EventProperty""#, "x"),
    ] {
        assert_eq!(event.data(), [""; 0]);
        assert!(event.lost("winlog.event_data.State"));
    }
}

#[test]
fn numbers_that_windows_writes_in_hexadecimal_are_written_so() {
    let values = (0..13).map(|at| if at == 9 { "5136" } else { "7" }).map(|value| format!(r#"{{"Value":{value}}}"#));
    let values: Vec<String> = values.collect();
    let event = powershell(10, "Microsoft-Windows-Sysmon", &values.join(","), "x");
    assert_eq!(event.get("winlog.event_data.GrantedAccess"), "0x1410");
    assert_eq!(event.get("winlog.event_data.SourceProcessId"), "7");
}

#[test]
fn a_layout_of_powershell_that_lacks_what_was_put_behind_it_later_is_read() {
    let guid = "{A1B2C3D4-0001-65E6-0100-000000002A00}";
    let list = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| format!(r#"{{"Value":"{value}"}}"#)).collect();
        powershell(5, "Microsoft-Windows-Sysmon", &values.join(","), "")
    };
    // Event 5 without `User`, as Sysmon before 13.30 has it.
    let event = list(&["-", "2024-03-05 08:09:10.123", guid, "7", "a.exe"]);
    assert_eq!(event.get("winlog.event_data.Image"), "a.exe");
    assert!(!event.lost("winlog.event_data.User"));
    // Without its first field nothing stands where the layout has it, and too few may be of anything.
    for values in [&["2024-03-05 08:09:10.123", guid, "7", "a.exe", "u"][..], &["-", "2024-03-05 08:09:10.123"]] {
        let event = list(values);
        assert_eq!(event.data(), [""; 0], "{values:?}");
        assert!(event.lost("winlog.event_data.Image"));
    }
}
