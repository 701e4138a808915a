//! `blocksieve test` as people and CI servers meet it.
#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::expect_used)]

mod support;

use support::folder::Folder;

const RULE: &str =
    "filter \"dns\" {\n    if event is sysmon.dns_query and QueryName contains 'update' {\n        drop\n    }\n}\n";
const CLASSIFY: &str = "classify \"seen\" {\n    if event is sysmon.dns_query {\n        tag \"dns\"\n    }\n}\n";
const GOOD: &str = "tests:
  - name: updates go
    event:
      winlog:
        provider_name: Microsoft-Windows-Sysmon
        event_id: '22'
        event_data: { QueryName: 'au.windowsupdate.com' }
    expect: { decision: dropped, rule: dns }
  - name: the rest is tagged
    event:
      winlog:
        provider_name: Microsoft-Windows-Sysmon
        event_id: '22'
        event_data: { QueryName: 'example.org' }
    expect: { decision: kept, tags: [dns] }
";
const BAD: &str = "tests:
  - name: a look-alike \u{202e}stays <&>
    event:
      winlog:
        provider_name: Microsoft-Windows-Sysmon
        event_id: '22'
        event_data: { QueryName: 'evilwindowsupdate.com' }
    expect: { decision: kept }
  - name: of a rule that is not there
    event: { winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22' } }
    expect: { rule: dnss }
";

fn project(name: &str) -> Folder {
    Folder::new(
        name,
        &[
            ("blocksieve.toml", b"name = \"tested\"\n"),
            ("filters/dns.rule", RULE.as_bytes()),
            ("filters/dns.test.yaml", GOOD.as_bytes()),
            ("classify/seen.rule", CLASSIFY.as_bytes()),
            ("bad/more.test.yml", BAD.as_bytes()),
            ("none/other.rule", b"classify \"other\" { if event is sysmon.image_load { tag \"x\" } }\n"),
            ("broken/no.test.yaml", b"tests: [\n"),
        ],
    )
}

#[test]
fn tests_run_on_all_rules_of_their_project_whatever_of_it_is_named() {
    insta::assert_snapshot!(project("tests-named").session(&[
        "test filters",
        "test filters/dns.test.yaml",
        "test filters/dns.rule",
        "test filters/dns.rule --filter REST",
        "test filters/dns.rule filters bad/more.test.yml",
        "test broken",
    ]));
}

#[test]
fn the_examples_of_the_page_are_tests() {
    let page = include_str!("../grammar/tests.md");
    let mut read = 0;
    for text in page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let (cases, found) = blocksieve::testing::read(blocksieve::origin::SourceId(0), text);
        assert!(found.is_empty(), "{found:#?}\n{text}");
        read += cases.len();
    }
    assert_eq!(read, 2);
}

#[test]
fn what_finds_no_test_is_told() {
    insta::assert_snapshot!(project("tests-none").session(&[
        "test none",
        "test filters --filter nothing",
        "test missing",
        "test none/other.rule",
    ]));
}

#[test]
fn each_format_says_which_test_fails_and_where() {
    let folder = project("tests-formats");
    insta::assert_snapshot!(folder.session(&[
        "test bad --format json",
        "test bad filters --format junit",
        "test bad --format github",
    ]));
}

#[test]
fn rules_that_do_not_compile_are_no_failed_tests() {
    let folder =
        Folder::new("tests-rules", &[("a.rule", b"filter \"a\" { drop }\n"), ("a.test.yaml", GOOD.as_bytes())]);
    insta::assert_snapshot!(folder.session(&["test a.rule", "test ."]));
}
