//! Filters and what they become.

use super::{Winlogbeat, write};
use crate::ast::Definition;
use crate::check::{Context, check};
use crate::dialect::AgentVersion;
use crate::origin::Sources;
use crate::sysmon::Catalogue;
use crate::table::TableDef;

fn compiled(text: &str, version: &str, options: &Winlogbeat) -> Result<String, Vec<String>> {
    let mut sources = Sources::default();
    let source = sources.add("t.rule", text);
    let (definition, mut found): (Definition, _) = crate::source::text::parse(source, text);
    let catalogue = Catalogue::standard();
    let agent = AgentVersion::parse(version).expect("a version");
    let tables = [TableDef::new("t", &[("key", &["a", "B"])])];
    let context = Context { catalogue: &catalogue, agent, tables: &tables, templates: None, today: None };
    let checked = check(&[definition], &context);
    found.extend(checked.diagnostics);
    let errors: Vec<String> =
        found.iter().filter(|found| found.is_error()).map(|found| found.message.clone()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{text}");
    write(&checked.program, &catalogue, options).map(|written| written.yaml).map_err(|found| {
        found
            .iter()
            .map(|found| {
                let place = found.primary.origin.as_span().map_or("", |span| &text[span.range()]);
                format!("{place} -- {} / {}", found.message, found.help.as_deref().unwrap_or_default())
            })
            .collect()
    })
}

/// What stands below `when:` of one drop, of a filter for this version.
fn when_of(condition: &str, version: &str) -> String {
    let text = format!("filter \"f\" {{ allow tamper events if {condition} {{ drop }} }}");
    let yaml = compiled(&text, version, &Winlogbeat::default()).unwrap_or_else(|refused| panic!("{refused:#?}"));
    let when = yaml.split_once("when:\n").map_or(yaml.as_str(), |(_, when)| when);
    let indent = when.len() - when.trim_start().len();
    when.lines().map(|line| line.get(indent..).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn when(condition: &str) -> String {
    when_of(condition, "8.17")
}

fn refused(condition: &str, version: &str) -> Vec<String> {
    let text = format!("filter \"f\" {{ allow tamper events if {condition} {{ drop }} }}");
    compiled(&text, version, &Winlogbeat::default()).expect_err(condition)
}

fn table(rows: &[&str], one: impl Fn(&str) -> String) -> String {
    rows.iter().map(|row| format!("{row}\n    {}\n", one(row).replace('\n', "\n    "))).collect()
}

#[test]
fn texts() {
    insta::assert_snapshot!(table(
        &[
            "Image == 'C:\\A.exe'",
            "Image cased == 'C:\\A.exe'",
            "Image == '443'",
            "User in ['A\\x', 'B\\y']",
            "User cased in ['A', 'B', 'C']",
            "User cased in ['A', 'B', 'C', 'D']",
            "Image contains 'temp'",
            "Image cased contains 'temp'",
            "Image cased contains any ['a$', '${b}']",
            "Image contains all ['a', 'b']",
            "Image starts with any ['C:\\', 'D:\\']",
            "Image ends with any ['.exe', '.dll']",
            "Image cased ends with '$$'",
            "Image like 'C:\\*\\?.exe'",
            "Image like '*.exe'",
            "Image like '*temp*'",
            "Image like '*'",
            "Image matches '^C:\\\\[a-z]+\\b'",
            "Image cased matches '^.*foo'",
            "Image in table \"t\"",
            "Image == 'RÉSEAU'",
        ],
        when
    ));
}

#[test]
fn parts_of_paths() {
    insta::assert_snapshot!(table(
        &[
            "file name of Image == 'cmd.exe'",
            "file name of Image in ['cmd.exe', 'a\\b']",
            "file name of Image starts with 'a'",
            "file name of Image contains 'a'",
            "file name of Image like 'a*.exe'",
            "folder of Image == 'C:\\Windows\\'",
            "folder of Image starts with 'C:\\Windows\\'",
            "folder of Image starts with 'C:\\Win'",
            "folder of Image contains any ['\\temp\\', 'x']",
            "folder of Image ends with '\\temp\\'",
        ],
        when
    ));
}

#[test]
fn numbers_and_truths() {
    insta::assert_snapshot!(table(
        &[
            "event is sysmon.network_connect and DestinationPort == 443",
            "event is sysmon.network_connect and DestinationPort in [80, 443, 8080, 8443]",
            "event is sysmon.network_connect and DestinationPort > 1024",
            "event is sysmon.network_connect and Initiated == true",
            "event is sysmon.process_access and GrantedAccess in [0x1410, 0x40]",
            "event is sysmon.process_access and GrantedAccess >= 0x1000",
            "Odd == 80",
            "Odd < 3",
            "Odd == true",
            "winlog.record_id > 100",
            "winlog.process.pid == 4",
            "length of CommandLine > 2000",
            "length of CommandLine == 3",
        ],
        when
    ));
}

#[test]
fn what_is_there_and_where_it_stands() {
    insta::assert_snapshot!(table(
        &[
            "Image exists",
            "SourceProcessGuid exists",
            "RuleName exists and RuleName is blank",
            "Image exists and SourceProcessGuid == '{A1B2C3D4-0001-65E6-0100-000000002A00}'",
            "hash SHA256 in ['0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef']",
            "hash MD5 exists",
            "has tag \"a.b\"",
            "has all tags [\"a\", \"b\"]",
            "winlog.keywords contains 'Audit Failure'",
            "fields.env == 'lab'",
            "EventID in [4624, 4634]",
            "Channel == 'Security'",
        ],
        when
    ));
}

#[test]
fn addresses() {
    insta::assert_snapshot!(table(
        &[
            "DestinationIp in 10.0.0.0/8",
            "DestinationIp == 10.0.0.1",
            "DestinationIp in [10.0.0.0/9, 10.128.0.0/9, ::1]",
            "DestinationIp is private",
            "DestinationIp is public",
            "DestinationIp > 10.0.0.250",
            "DestinationIp in ::/0",
        ],
        when
    ));
}

#[test]
fn older_agents() {
    let rows = [
        "event is any [sysmon.dns_query, sysmon.file_create]",
        "event is sysmon.network_connect and DestinationPort > 1024",
        "EventID in [4624, 4634]",
        "EventID > 4000",
        "Image == 'a'",
    ];
    let all: Vec<String> = ["7.0", "7.13", "8.13"]
        .iter()
        .map(|version| format!("# {version}\n{}", table(&rows, |row| when_of(row, version))))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn what_cannot_be_said_is_refused_with_a_way_out() {
    let rows = [
        "any field contains 'x'",
        "Image == CommandLine",
        "CommandLine any-dash contains ' -enc '",
        "lower case of Image == 'a'",
        "UtcTime > 2024-01-01",
        "@timestamp == '2024-01-01T00:00:00Z'",
        "hour of UtcTime == 3",
        "winlog.record_id contains '1'",
        "all of winlog.keywords == 'a'",
        "fields.port == 443",
        "fields.port > 443",
        "file name of Image matches 'a'",
        "Image matches '\\p{greek}'",
        "hash MD5 starts with 'abc'",
        "length of CommandLine > 200000",
        "field \"odd..name\" == 'a'",
    ];
    let all: Vec<String> =
        rows.iter().map(|row| format!("{row}\n    {}\n", refused(row, "8.17").join("\n    "))).collect();
    insta::assert_snapshot!(all.join(""));
    assert_eq!(refused("host.ip in 10.0.0.0/8", "8.16").len(), 1);
}

#[test]
fn statements() {
    let whole = |body: &str| {
        compiled(
            &format!("filter \"f\" {{ {body} }} filter \"g\" {{ if Image == '2' {{ drop }} }}"),
            "8.17",
            &Winlogbeat::default(),
        )
        .unwrap_or_else(|refused| panic!("{refused:#?}"))
    };
    let rows = [
        "if Image == '1' { tag \"a\" tag \"b\" }",
        "if Image == '1' { remove field CommandLine }",
        "if event is sysmon.dns_query { if Image == '1' { tag \"a\" } else if Image == '3' { drop } else { tag \"c\" } }",
        "if Image == '1' { keep } if event is sysmon.dns_query { drop }",
        "if Image == '1' { stop } if Image == '3' { tag \"b\" }",
        "if event is sysmon.dns_query { if Image == '1' { keep } tag \"t\" } if User == '3' { tag \"u\" }",
        "if event is sysmon.dns_query { tag \"t\" drop }",
    ];
    insta::assert_snapshot!(table(&rows, whole));
}

#[test]
fn what_ends_a_rule_early_keeps_what_follows_in_it() {
    // A `stop` behind a `keep` of the same rule ends the rules behind it too; each drop has the name of its rule.
    let text = "
filter \"a\" { if event is sysmon.dns_query { if Image == '1' { keep } if QueryName == '2' { stop } } }
filter \"b\" { allow tamper events if event is sysmon.dns_query { drop } if event is sysmon.process_create and Image == '3' { drop } }
filter \"never\" { allow tamper events if winlog.process.pid == '0x10' { drop } }
";
    let yaml = |observe| compiled(text, "8.17", &Winlogbeat { observe, ..Winlogbeat::default() }).unwrap();
    insta::assert_snapshot!(format!("{}\n{}", yaml(false), yaml(true)));
}

#[test]
fn removals_that_older_agents_can_do() {
    let text = "filter \"f\" { if Image == '1' { remove fields CommandLine, User tag \"t\" } }";
    insta::assert_snapshot!(compiled(text, "7.3", &Winlogbeat::default()).unwrap());
    for path in ["winlog.event_data.Image.x", "/win.*/"] {
        let text = format!("filter \"f\" {{ if Image == '1' {{ remove field field \"{path}\" }} }}");
        assert_eq!(compiled(&text, "8.17", &Winlogbeat::default()).unwrap_err().len(), 1, "{path}");
    }
}

#[test]
fn patterns_of_older_agents_are_more_than_a_text() {
    let rows = ["Image cased matches '^(?i)foo'", "Image cased matches '(?i:(a)|b)x'", "Odd == true", "Image == 'a'"];
    insta::assert_snapshot!(table(&rows, |row| when_of(row, "7.0")));
}

#[test]
fn before_the_module_fields_that_come_later_are_refused() {
    let options = Winlogbeat { module: true, ..Winlogbeat::default() };
    let text = "filter \"f\" { allow tamper events if agent.name == 'x' { drop } }";
    assert_eq!(compiled(text, "7.17", &options).unwrap_err().len(), 1);
    let channels = vec!["ForwardedEvents".to_string(), "Setup".to_string()];
    let options = Winlogbeat { module: true, channels, ..Winlogbeat::default() };
    insta::assert_snapshot!(compiled(TWO, "7.17", &options).unwrap());
}

#[test]
fn nothing_of_a_name_is_taken_for_yaml() {
    let options = Winlogbeat { name: "evil\nprocessors:\n  - drop_event: {}".into(), ..Winlogbeat::default() };
    let text =
        "filter \"a\u{feff}b\" { if Image cased == 'x' and field \"winlog.event_data.Image.y\" cased == 'z' { drop } }";
    insta::assert_snapshot!(compiled(text, "8.17", &options).unwrap());
}

/// A filter for every kind of noise that a fleet has: what is written grows by the filter, the guards by the kind of event.
#[test]
fn a_hundred_filters_ask_for_each_kind_of_event_once() {
    let kinds = ["process_create", "network_connect", "dns_query", "file_create", "image_load"];
    let text: String = (0..100)
        .map(|n| {
            format!(
                "filter \"f{n}\" {{ if event is sysmon.{} and Image == 'C:\\f{n}.exe' {{ drop }} }}\n",
                kinds[n % 5]
            )
        })
        .collect();
    let yaml = compiled(&text, "8.17", &Winlogbeat::default()).unwrap();
    let count = |what: &str| yaml.matches(what).count();
    assert_eq!((count("provider_name"), count("event_id"), count("drop_event"), count("# f")), (1, 5, 100, 100));
    assert_eq!(yaml.lines().count(), 526);
}

#[test]
fn statements_that_winlogbeat_does_not_have() {
    let text =
        "filter \"f\" { if Image == '1' { untag \"a\" } }\nfilter \"a${b}\" { if Image == '1' { tag \"a$$\" drop } }";
    insta::assert_debug_snapshot!(compiled(text, "8.17", &Winlogbeat { observe: true, ..Winlogbeat::default() }));
}

const TWO: &str = "
filter \"names of the own domain\" {
    reason \"asked for all day\"
    if event is sysmon.dns_query and QueryName ends with '.example.org' { drop }
}
filter \"prefetch\" { if event is sysmon.file_create and TargetFilename ends with '.pf' { drop } }
filter \"logons of machines\" { if EventID == 4624 and Channel == 'Security' and TargetUserName ends with '$' { drop } }
filter \"more names\" { if event is sysmon.dns_query and QueryName == 'wpad' { drop } }
";

#[test]
fn guards_are_asked_once() {
    insta::assert_snapshot!(compiled(TWO, "8.17", &Winlogbeat::default()).unwrap());
}

#[test]
fn observed_filters_tag_instead() {
    let options = Winlogbeat { observe: true, ..Winlogbeat::default() };
    insta::assert_snapshot!(compiled(TWO, "8.17", &options).unwrap());
}

#[test]
fn a_whole_file() {
    let channels = vec![super::SYSMON.to_string(), "Security".to_string()];
    let options = Winlogbeat { channels, name: "example".into(), ..Winlogbeat::default() };
    insta::assert_snapshot!("whole", compiled(TWO, "8.17", &options).unwrap());
    let module = Winlogbeat { module: true, hosts: vec!["logs.example.org:5044".into()], ..options };
    insta::assert_snapshot!("before_the_module", compiled(TWO, "7.17", &module).unwrap());
}

#[test]
fn without_filters_there_is_nothing_to_do() {
    assert_eq!(
        compiled("alert \"a\" { if msg.eventid == 1 { send mail } }", "8.17", &Winlogbeat::default()).unwrap(),
        "# 0 filters for Winlogbeat 8.17, by blocksieve compile: change the rules, not this\nprocessors: []\n"
    );
}

#[test]
fn a_strict_test_is_what_it_was() {
    insta::assert_snapshot!(table(
        &[
            "strictly(8.17) winlog.event_id == '1'",
            "strictly(8.17) winlog.event_id == 1",
            "strictly(8.17) tags contains 'a'",
            "strictly(8.17) Image matches '^.*a'",
            "strictly(8.17) winlog.event_data.X > 1.5",
            "strictly(8.17) winlog.event_data.X is public",
        ],
        when
    ));
    assert_eq!(refused("strictly(8.0) winlog.event_data.X > 1", "8.17").len(), 1);
    assert_eq!(refused("strictly(8.17) winlog.event_data.X is public", "8.0").len(), 1);
}
