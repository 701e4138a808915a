//! `compile --to winlogbeat`, as people meet it: one project, filters for all agents and for one.
#![cfg(feature = "cli")]

use crate::support::folder::Folder;

fn project(name: &str) -> Folder {
    Folder::new(
        name,
        &[
            (
                "blocksieve.toml",
                br#"name = "fleet"
winlogbeat = "8.17"

[collect]
channels = ["Microsoft-Windows-Sysmon/Operational", "Security"]
hosts = ["logs.example.org:5044"]

[agents.dc01]
filters = ["agents/dc01"]

[agents.old]
filters = ["agents/old"]
winlogbeat = "7.12"
"#,
            ),
            (
                "filters/dns.rule",
                br#"filter "names of the own domain" {
    if event is sysmon.dns_query and QueryName ends with '.example.org' {
        drop
    }
}
"#,
            ),
            (
                "agents/dc01/logons.rule",
                br#"filter "machines that log on" {
    if Channel == 'Security' and EventID == 4624 and TargetUserName ends with '$' {
        drop
    }
}
"#,
            ),
            (
                "agents/old/logons.rule",
                br#"filter "machines that log on" {
    if Channel == 'Security' and EventID == 4624 {
        drop
    }
}
"#,
            ),
            ("system.txt", b"filter \"f\" { if Channel == 'System' and EventID == 7036 { drop } }\n"),
            (
                "refused.txt",
                br#"filter "at night" {
    if event is sysmon.process_create and hour of UtcTime == 3 and any field contains 'x' {
        untag "seen"
        drop
    }
}
"#,
            ),
        ],
    )
}

#[test]
fn filters_for_all_and_for_one_agent() {
    insta::assert_snapshot!(project("winlogbeat-agents").session(&[
        "check .",
        "compile . --to winlogbeat",
        "compile . --to winlogbeat --whole --agent dc01",
        "compile . --to winlogbeat --agent old",
        "compile agents/dc01 --to winlogbeat",
        "compile - --to winlogbeat --whole < system.txt",
        "compile . --to winlogbeat --agent dc02",
        "compile filters/dns.rule --to winlogbeat --whole --observe --winlogbeat 7.17 --module-script -o out.yml",
    ]));
}

#[test]
fn what_cannot_be_is_told_at_its_place() {
    insta::assert_snapshot!(project("winlogbeat-refused").session(&[
        "compile refused.txt --to winlogbeat",
        "compile filters --to winlogbeat --winlogbeat 6.8",
        "compile filters --to winlogbeat --winlogbeat latest",
        "compile filters --to winlogbeat --module-script",
        "compile filters --observe -o x.bsm",
        "compile filters",
    ]));
}

#[test]
fn filters_of_single_agents_are_checked_too() {
    let project = Folder::new(
        "winlogbeat-broken",
        &[
            ("agents/x/a.rule", b"filter \"a\" { if Imag == 'x' { drop } }\nfilter \"b\" { if true { drop } }\n"),
            ("agents/y/a.rule", b"filter \"a\" { if Image == 'x' { drop } }\n"),
            ("b.rule", b"filter \"b\" { if event is sysmon.dns_query { drop } }\n"),
            ("blocksieve.toml", b"[agents.x]\nfilters = [\"agents/x\"]\n[agents.y]\nfilters = [\"agents/y\"]\n"),
        ],
    );
    insta::assert_snapshot!(project.session(&["check .", "check agents/y", "fmt --check ."]));
}

#[test]
fn what_observed_filters_said_is_counted() {
    let event = |id: u32, name: &str, tags: &str| {
        format!(
            "{{\"@timestamp\":\"2025-03-04T07:00:00.000Z\",{tags}\"winlog\":{{\"provider_name\":\"Microsoft-Windows-Sysmon\",\"event_id\":\"{id}\",\"event_data\":{{\"QueryName\":\"{name}\"}}}}}}\n"
        )
    };
    let events = [
        event(22, "a.example.org", "\"tags\":[\"x\",\"would_drop:names of the own domain\"],"),
        event(22, "b.example.org", "\"tags\":[\"would_drop:names of the own domain\"],"),
        event(22, "b.example.com", "\"tags\":[\"would_drop:an older filter\"],"),
        event(22, "c.example.org", ""),
    ];
    let project = project("winlogbeat-observed");
    std::fs::write(project.0.join("day.ndjson"), events.concat()).expect("a file");
    insta::assert_snapshot!(project.session(&[
        "run filters --events day.ndjson --show none",
        "run filters --events day.ndjson --show none --format json",
        "run . --agent dc01 --events day.ndjson --show none",
    ]));
}

#[test]
fn a_configuration_becomes_rules() {
    let folder = Folder::new(
        "winlogbeat-import",
        &[
            (
                "winlogbeat.yml",
                b"winlogbeat.event_logs:\n- name: Security\n  event_id: 4624, 4625\n  processors:\n  # Machines that log on\n  - drop_event.when.regexp.winlog.event_data.TargetUserName: '[$]$'\nprocessors:\n- drop_event:\n    when:\n      equals:\n        winlog.event_id: 22\n- add_host_metadata: ~\n",
            ),
            ("broken.yml", b"processors:\n- drop_event:\n    when:\n      regexp:\n        message: '(?=x)'\n"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "import winlogbeat winlogbeat.yml",
        "import winlogbeat winlogbeat.yml -o agent.rule",
        "check agent.rule",
        "compile agent.rule --to winlogbeat",
        "import winlogbeat --winlogbeat 7.12 - < winlogbeat.yml",
        "import winlogbeat winlogbeat.yml --to blockly-xml -o agent.blocks.xml",
        "import winlogbeat broken.yml",
        "import winlogbeat missing.yml",
    ]));
}

#[test]
fn what_a_configuration_really_does() {
    let folder = Folder::new(
        "winlogbeat-trap",
        &[
            (
                "winlogbeat.yml",
                b"winlogbeat.event_logs:\n- name: ForwardedEvents\n  processors:\n  - drop_event.when.not.or:\n    - equals.winlog.event_id: 4624\n    - equals.winlog.event_id: 4625\n    - equals.winlog.event_id: 4634\n",
            ),
            (
                "day.ndjson",
                b"{\"winlog\":{\"channel\":\"Security\",\"provider_name\":\"Microsoft-Windows-Security-Auditing\",\"event_id\":\"4624\"}}\n",
            ),
            ("filebeat.yml", b"filebeat.inputs:\n- type: filestream\n"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "import winlogbeat winlogbeat.yml -o agent.rule",
        "run agent.rule --events day.ndjson --show none",
        "explain agent.rule day.ndjson:1",
        "import winlogbeat filebeat.yml",
    ]));
}
