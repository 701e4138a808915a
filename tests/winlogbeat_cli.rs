//! `compile --to winlogbeat`, as people meet it: one project, filters for all agents and for one.
#![cfg(feature = "cli")]

mod support;

use support::folder::Folder;

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
