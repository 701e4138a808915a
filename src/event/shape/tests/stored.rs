//! Events as systems store them: Wazuh, the log manager, Elasticsearch behind its pipeline.

use super::of;
use crate::event::Form;

fn wazuh(provider: &str, id: u32, data: &str) -> super::Event {
    let record = format!(
        r#"{{"timestamp":"2024-03-05T08:09:31.000+0000","agent":{{"name":"a"}},"data":{{"win":{{"system":{{
        "providerName":"{provider}","eventID":"{id}","level":"4","systemTime":"2024-03-05T08:09:10.1234567Z","eventRecordID":"12",
        "processID":"2","message":"\"M:\r\nx\""}},"eventdata":{data}}}}}}}"#
    );
    of(Form::Wazuh, &record.replace('\n', ""))
}

const SYSMON: &str = "Microsoft-Windows-Sysmon";

#[test]
fn names_of_wazuh_begin_with_a_capital_again_and_its_message_has_no_quotes() {
    let event = wazuh(SYSMON, 1, r#"{"image":"i","utcTime":"t","parentProcessId":"7"}"#);
    assert_eq!(event.data(), ["Image=i", "UtcTime=t", "ParentProcessId=7"]);
    assert_eq!(
        (event.get("message"), event.get("@timestamp")),
        ("M:\nx".into(), "2024-03-05T08:09:10.1234567Z".into())
    );
    assert_eq!((event.get("winlog.record_id"), event.get("winlog.process.pid")), ("12".into(), "2".into()));
}

#[test]
fn escapes_that_wazuh_left_in_are_read() {
    let event = wazuh(SYSMON, 1, r#"{"image":"C:\\\\temp\\\\a.exe","commandLine":"\\\"a\\\" &amp; &lt;b&gt;\\r\\nc"}"#);
    assert_eq!(event.data(), [r"Image=C:\temp\a.exe", "CommandLine=\"a\" & <b>\nc"]);
}

#[test]
fn values_of_which_one_has_no_such_escapes_stay_as_they_are() {
    let event = wazuh(SYSMON, 1, r#"{"image":"C:\\temp\\a.exe","currentDirectory":"C:\\Windows\\"}"#);
    assert_eq!(event.data(), [r"Image=C:\temp\a.exe", r"CurrentDirectory=C:\Windows\"]);
    let event = wazuh(SYSMON, 1, r#"{"image":"C:\\temp\\a.exe","commandLine":"\"quoted\""}"#);
    assert_eq!(event.data(), [r"Image=C:\temp\a.exe", "CommandLine=\"quoted\""]);
}

#[test]
fn what_wazuh_leaves_out_may_have_been_a_dash() {
    let event = wazuh(SYSMON, 1, r#"{"image":"i"}"#);
    assert!(event.lost("winlog.event_data.RuleName"));
    // Event 1 has no such field, whatever was left out.
    assert!(!event.lost("winlog.event_data.QueryName"));
    assert!(wazuh("Other", 1, r#"{"image":"i"}"#).lost("winlog.event_data.QueryName"));
    assert!(event.lost("winlog.user.identifier"));
}

fn log_manager(members: &str) -> super::Event {
    of(Form::LogManager, &format!("{{{members}}}"))
}

#[test]
fn names_of_the_log_manager_become_sysmons_own() {
    let event = log_manager(
        r#""msg":{"eventid":"10","eventid@int":{"value":10},"sourceprocessguid":"g","sourceusername":"u","grantedaccess":"0x10",
        "utctime":"2024-03-05 08:09:10.123","parsers.own":"x"},"meta":{"parser":"sysmon","src":{"host":"c"}},
        "@timestamp":"2024-03-05T08:09:30.000+00:00","raw":"line""#
            .replace('\n', "")
            .as_str(),
    );
    assert_eq!(
        event.data(),
        ["SourceProcessGUID=g", "SourceUser=u", "GrantedAccess=0x10", "UtcTime=2024-03-05 08:09:10.123"]
    );
    assert_eq!(event.get("winlog.provider_name"), SYSMON);
    // The time at which it happened, not that at which it came.
    assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.123Z");
    // Its own rules ask for these.
    assert_eq!((event.get("msg.grantedaccess"), event.get("raw")), ("0x10".into(), "line".into()));
    assert_eq!((event.get("meta.src.host"), event.get("host.name")), ("c".into(), "c".into()));
}

#[test]
fn an_id_does_not_make_an_event_sysmons() {
    let other = log_manager(r#""msg":{"eventid":"1","image":"i","provider_name":"Other"},"meta":{"parser":"windows"}"#);
    assert_eq!(other.data(), [""; 0]);
    assert!(other.lost("winlog.event_data.Image"));
    for sysmons in [
        r#""msg":{"eventid":"1","image":"i"},"meta":{"parser":"vendor-sysmon"}"#,
        r#""msg":{"eventid":"1","image":"i","channel":"Microsoft-Windows-Sysmon/Operational"}"#,
        r#""msg":{"eventid":"1","image":"i","provider_name":"Linux-Sysmon"}"#,
    ] {
        let event = log_manager(sysmons);
        assert_eq!(event.data(), ["Image=i"], "{sysmons}");
        assert!(!event.lost("winlog.event_data.CommandLine"));
    }
}

/// An event behind the pipeline.
fn pipeline(id: u32, members: &str, data: &str) -> super::Event {
    let record = format!(
        r#"{{"@timestamp":"2024-03-05T08:09:10.123Z","event":{{"module":"sysmon"}},"fields":{{"env":"test"}},{members},
        "winlog":{{"provider_name":"Microsoft-Windows-Sysmon","event_id":"{id}","record_id":"12","event_data":{{{data}}}}}}}"#
    );
    of(Form::WinlogbeatModule, &record.replace('\n', ""))
}

#[test]
fn what_the_pipeline_moved_comes_back_under_its_own_name() {
    for (id, moved, data) in [
        (
            1,
            r#""process":{"entity_id":"g","pid":7,"executable":"i","parent":{"pid":8,"executable":"p","command_line":"c"}}"#,
            "ProcessGuid=g ProcessId=7 Image=i ParentProcessId=8 ParentImage=p ParentCommandLine=c",
        ),
        (
            1,
            r#""process":{"pe":{"original_file_name":"o","company":"c","imphash":"AB"},"hash":{"sha256":"cd","md5":"ef"}}"#,
            "OriginalFileName=o Company=c Hashes=MD5=EF,SHA256=CD,IMPHASH=AB",
        ),
        (
            3,
            r#""network":{"transport":"tcp","direction":"ingress"},"source":{"ip":"1.2.3.4","port":80},"user":{"name":"n","domain":"d"}"#,
            r"Protocol=tcp Initiated=false SourceIp=1.2.3.4 SourcePort=80 User=d\n",
        ),
        (
            7,
            r#""file":{"path":"l","code_signature":{"signed":true,"status":"Valid","subject_name":"s"},"pe":{"product":"p"}}"#,
            "ImageLoaded=l Signed=true SignatureStatus=Valid Signature=s Product=p",
        ),
        (
            8,
            r#""process":{"entity_id":"g","pid":7,"executable":"i"}"#,
            "SourceProcessGuid=g SourceProcessId=7 SourceImage=i",
        ),
        (10, r#""process":{"entity_id":"g","thread":{"id":9}}"#, "SourceProcessGUID=g SourceThreadId=9"),
        (13, r#""registry":{"path":"t","hive":"HKU"}"#, "TargetObject=t"),
        (15, r#""file":{"path":"t","hash":{"sha1":"ab"}}"#, "TargetFilename=t Hash=SHA1=AB"),
        (17, r#""file":{"name":"\\pipe"}"#, r"PipeName=\pipe"),
        (22, r#""dns":{"question":{"name":"q"}}"#, "QueryName=q"),
        (25, r#""message":"Image is replaced""#, "Type=Image is replaced"),
        (255, r#""error":{"code":"QUEUE"}"#, "ID=QUEUE"),
    ] {
        let event = pipeline(id, moved, r#""Left":"x""#);
        let wanted = format!("Left=x {data} UtcTime=2024-03-05 08:09:10.123");
        assert_eq!(event.data().join(" "), wanted, "{moved}");
    }
}

#[test]
fn who_opened_a_connection_is_said_in_the_words_of_either_version_or_not_at_all() {
    for (direction, initiated) in [("egress", "true"), ("outbound", "true"), ("ingress", "false"), ("inbound", "false")]
    {
        let event = pipeline(3, &format!(r#""network":{{"direction":"{direction}"}}"#), "");
        assert_eq!(event.get("winlog.event_data.Initiated"), initiated, "{direction}");
    }
    for other in [r#""direction":"unknown""#, r#""direction":null"#, r#""direction":["egress"]"#, r#""type":"ipv4""#] {
        assert!(pipeline(3, &format!(r#""network":{{{other}}}"#), "").lost("winlog.event_data.Initiated"), "{other}");
    }
}

#[test]
fn what_the_pipeline_only_copied_is_there_once_and_what_the_event_does_not_have_is_not_made() {
    let event = pipeline(7, r#""file":{"pe":{"company":"c"},"code_signature":{"signed":true}}"#, r#""Company":"c""#);
    assert_eq!(event.data(), ["Company=c", "Signed=true", "UtcTime=2024-03-05 08:09:10.123"]);
    // A tool of the administrator's may have added these.
    let event = pipeline(4, r#""process":{"executable":"i"},"file":{"path":"f"},"user":{"domain":"d","name":"n"}"#, "");
    assert_eq!(event.data(), ["UtcTime=2024-03-05 08:09:10.123"]);
    // The account was not taken apart, nobody knows what it was.
    assert!(pipeline(1, r#""user":{"name":"n"}"#, "").lost("winlog.event_data.User"));
    // The message is one where the pipeline had no place for the type.
    let event = pipeline(25, r#""message":"Process Tampering:""#, r#""Type":"Image is replaced""#);
    assert_eq!(event.get("message"), "Process Tampering:");
    assert_eq!(event.get("winlog.event_data.Type"), "Image is replaced");
    // One spelling for all events.
    let event = pipeline(8, r#""process":{"pid":7}"#, r#""TargetProcessGUID":"g""#);
    assert_eq!(event.data(), ["TargetProcessGuid=g", "SourceProcessId=7", "UtcTime=2024-03-05 08:09:10.123"]);
}

/// An event of Elastic Agent's.
fn elastic(signs: &str, provider: &str, data: &str) -> super::Event {
    let record = format!(
        r#"{{"@timestamp":"2024-03-05T08:09:10.123Z",{signs},"process":{{"executable":"i"}},
        "winlog":{{"provider_name":"{provider}","event_id":"1","event_data":{{{data}}},"user_data":{{"xml_name":"x","A":"1"}}}}}}"#
    );
    crate::event::testing::event(record.replace('\n', ""))
}

#[test]
fn elastic_agents_events_pass_through_the_same_pipelines() {
    for signs in [
        r#""event":{"module":"sysmon"}"#,
        r#""event":{"module":"windows","category":["process"]}"#,
        r#""event":{"dataset":"windows.sysmon_operational","type":["start"]}"#,
        r#""data_stream":{"dataset":"windows.sysmon_operational"}"#,
        r#""data_stream":{"dataset":"windows.forwarded"}"#,
        r#""data_stream.dataset":"windows.sysmon_operational""#,
        r#""event.dataset":"windows.sysmon_operational""#,
        r#""event.module":"windows","event.category":"process""#,
    ] {
        let event = elastic(signs, SYSMON, r#""IntegrityLevel":"High""#);
        assert_eq!(event.form, Form::WinlogbeatModule, "{signs}");
        assert_eq!(event.data(), ["IntegrityLevel=High", "Image=i", "UtcTime=2024-03-05 08:09:10.123"], "{signs}");
        assert!(event.lost("winlog.event_data.RuleName"), "{signs}");
    }
}

#[test]
fn what_elastic_agent_sends_to_others_is_whole() {
    for signs in [
        r#""data_stream":{"dataset":"windows.sysmon_operational"}"#,
        r#""event":{"module":"windows","ingested":"2024-03-05T08:09:11Z"}"#,
    ] {
        let event = elastic(signs, SYSMON, r#""UtcTime":"2024-03-05 08:09:10.123","RuleName":"-""#);
        assert_eq!(event.form, Form::Winlogbeat, "{signs}");
    }
    // Somebody's own module, or none.
    for signs in [r#""event":{"module":"mine","category":["process"]}"#, r#""event":{"category":["process"]}"#] {
        assert_eq!(elastic(signs, SYSMON, "").form, Form::Winlogbeat, "{signs}");
    }
}

#[test]
fn of_other_providers_events_what_was_moved_is_lost_and_what_is_left_is_there() {
    for signs in [
        r#""event":{"module":"powershell","category":["process"]}"#,
        r#""event":{"module":"security","type":["start"]}"#,
        r#""data_stream":{"dataset":"system.security"},"event":{"category":["process"]}"#,
    ] {
        let event = elastic(signs, "Other", r#""Left":"x""#);
        assert_eq!((event.form, event.data()), (Form::WinlogbeatModule, vec!["Left=x".into()]), "{signs}");
        assert!(event.lost("winlog.event_data.Image"), "{signs}");
        assert_eq!(event.get("winlog.user_data.A"), "1");
    }
    // No pipeline has added anything.
    let event = elastic(r#""data_stream":{"dataset":"system.application"}"#, "Other", "");
    assert_eq!(event.form, Form::Winlogbeat);
}

#[test]
fn paths_with_dots_are_read_as_maps_are() {
    let event = of(
        Form::WinlogbeatModule,
        r#"{"event.module":"sysmon","winlog.provider_name":"Microsoft-Windows-Sysmon","winlog.event_id":"1",
        "winlog.event_data.LogonId":"0x3e7","process.executable":"i","process":{"parent.pid":8},"fields.env":"test"}"#
            .replace('\n', "")
            .as_str(),
    );
    assert_eq!(event.data(), ["LogonId=0x3e7", "Image=i", "ParentProcessId=8"]);
    assert_eq!((event.get("winlog.event_id"), event.get("fields.env")), ("1".into(), "test".into()));
}

#[test]
fn what_the_pipeline_threw_away_is_lost_and_what_the_agent_said_is_there() {
    let event = pipeline(22, r#""dns":{"question":{"name":"q"}},"tags":["t"]"#, "");
    for path in ["winlog.event_data.RuleName", "winlog.event_data.QueryResults", "winlog.event_data.QueryStatus"] {
        assert!(event.lost(path), "{path}");
    }
    assert!(!event.lost("winlog.event_data.CommandLine"), "event 22 has none");
    assert_eq!(
        (event.get("fields.env"), event.get("tags"), event.get("winlog.record_id")),
        ("test".into(), "t".into(), "12".into())
    );
}

#[test]
fn wazuhs_numbers_are_written_as_sysmon_writes_them() {
    for (value, text) in [("5136", "0x1410"), (r#""0x1410""#, "0x1410")] {
        let event = of(
            Form::Wazuh,
            &format!(
                r#"{{"win":{{"system":{{"providerName":"Microsoft-Windows-Sysmon","eventID":10}},"eventdata":{{"grantedAccess":{value},"sourceProcessId":7}}}}}}"#
            ),
        );
        assert_eq!(event.data(), [format!("GrantedAccess={text}"), "SourceProcessId=7".to_string()], "{value}");
    }
}
