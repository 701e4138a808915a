//! `blocksieve test` where not all is well: tests that are chosen, tests with several faults, lists that are too long for mutation, events
//! that lack what they are known by.
#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::expect_used)]

use crate::schemas::{junit, sarif, written};
use crate::support::folder::Folder;

const RULE: &str = "filter \"dns\" {\n    owner \"o\"\n    if event is sysmon.dns_query and QueryName ends with '.example.org' {\n        drop\n    }\n}\n";

fn test(name: &str, event: &str, expect: &str) -> String {
    format!("  - name: {name}\n    event: {event}\n    expect: {expect}\n")
}

const USUAL: &str =
    "{ winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', event_data: { QueryName: a.example.org } } }";

fn folder(name: &str, tests: &[(&str, String)]) -> Folder {
    let tests: Vec<(&str, String)> = tests.iter().map(|(file, text)| (*file, format!("tests:\n{text}"))).collect();
    let mut files: Vec<(&str, &[u8])> = vec![("a.rule", RULE.as_bytes())];
    files.extend(tests.iter().map(|(file, text)| (*file, text.as_bytes())));
    Folder::new(name, &files)
}

#[test]
fn only_the_faults_of_tests_that_are_chosen_are_told() {
    let good = test("goes", USUAL, "{ decision: dropped }");
    let folder = folder(
        "chosen",
        &[
            ("a.test.yaml", format!("{good}{}", test("half of it", USUAL, "{ decison: kept }"))),
            ("b.test.yaml", test("of the other file", USUAL, "{ decision: droped }")),
            ("c.test.yaml", "  - [\n".to_string()),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "test --filter goes .",
        // By its name, and by that of its file.
        "test --filter HALF .",
        "test --filter b.test .",
        "test --filter zzz .",
    ]));
}

#[test]
fn a_test_with_several_faults_is_one_test_in_every_format() {
    let two = test("two faults", USUAL, "{ decision: droped, tags: a }");
    let also = test("names nothing", USUAL, "{ rule: dnss, alerts: [al] }");
    let good = test("goes", USUAL, "{ decision: dropped }");
    let folder = folder("faults", &[("a.test.yaml", format!("{two}{also}{good}"))]);
    let told = folder.session(&["test ."]);
    assert!(told.contains("\n3 tests: 1 passed, 2 errors\n") && told.matches("error[BS0509]").count() == 4, "{told}");
    let json = folder.session(&["test --format json ."]);
    let summary: String = json.lines().skip_while(|line| !line.contains("\"summary\"")).take(7).collect();
    assert!(summary.contains("\"errors\": 2") && summary.contains("\"tests\": 3"), "{json}");
    let told = folder.session(&["test --format junit ."]);
    let seen = junit(written(&told));
    let count = |name: &str| seen.iter().filter(|seen| *seen == name).count();
    assert_eq!(["testcase", "error"].map(count), [3, 2], "{told}");
    assert!(told.contains("tests=\"3\"") && told.contains("name=\"two faults\""), "{told}");
    // Nothing of them is lost there.
    for message in ["this is no decision", "tags are a list", "no rule &quot;dnss&quot; runs", "no alert"] {
        assert!(told.contains(message), "{message}\n{told}");
    }
}

#[test]
fn what_mutation_does_not_try_of_a_long_list_is_said_in_every_format() {
    // One name again and again: leaving one of them out changes nothing, and costs no run of a test.
    let members = ["'n.example.org'"; 120].join(", ");
    let rule = format!(
        "filter \"dns\" {{\n    if event is sysmon.dns_query and QueryName in [{members}] {{\n        drop\n    }}\n}}\n"
    );
    let named = |name: &str, id: u32, query: &str, decision: &str| {
        let event = format!(
            "{{ winlog: {{ provider_name: Microsoft-Windows-Sysmon, event_id: '{id}', event_data: {{ QueryName: {query} }} }} }}"
        );
        test(name, &event, &format!("{{ decision: {decision} }}"))
    };
    let tests = [
        named("goes", 22, "n.example.org", "dropped"),
        named("another event", 3, "n.example.org", "kept"),
        named("another name", 22, "m.example.org", "kept"),
        named("a longer name", 22, "n.example.org.test", "kept"),
    ];
    let tests = format!("tests:\n{}", tests.concat());
    let folder = Folder::new("untried", &[("a.rule", rule.as_bytes()), ("a.test.yaml", tests.as_bytes())]);
    let told = folder.session(&["test --mutate ."]);
    let note = "of the 120 members that the rule \"dns\" lists here, 100 were left out in turn, and 20 were not: QueryName in ['n.example.org', ";
    assert!(told.contains(note) && told.contains("; 20 members of long lists were not tried\n"), "{told}");
    // It is nothing that is wrong.
    assert!(told.contains("\n[0]\n"), "{told}");
    let json = folder.session(&["test --mutate-format json ."]);
    assert!(
        json.contains("\"not_tried\": 20") && json.contains("\"tried\": 100") && json.contains("\"members\": 120"),
        "{json}"
    );
    let github = folder.session(&["test --mutate --format github ."]);
    assert!(
        github.contains("::notice file=a.rule,line=2") && github.contains("BS0519") && github.contains("\n[0]\n"),
        "{github}"
    );
    let sarif_told = folder.session(&["test --mutate --format sarif ."]);
    assert_eq!(sarif(written(&sarif_told)), [("BS0519".to_string(), "a.rule".to_string())]);
    let junit_told = folder.session(&["test --mutate --format junit ."]);
    let seen = junit(written(&junit_told));
    assert!(seen.iter().any(|seen| seen == "system-out") && junit_told.contains("and 20 were not"), "{junit_told}");
    let json = folder.session(&["test --mutate --format json ."]);
    assert!(json.contains("\"BS0519\"") && json.contains("\"errors\": 0"), "{json}");
}

#[test]
fn an_event_that_nobody_can_know_says_which_key_it_lacks() {
    let events = [
        "{ QueryName: a.example.org }",
        "{ EventID: 22, QueryName: a.example.org }",
        "{ Channel: Microsoft-Windows-Sysmon/Operational, QueryName: a.example.org }",
        "{ EventID: 22, Channel: Microsoft-Windows-Sysmon/Operational, QuerName: a.example.org }",
        "{ event: { code: '22', provider: Microsoft-Windows-Sysmon }, dns: { question: { name: a.example.org } } }",
        "{ winlogs: { event_id: '22' } }",
        "{ provider_name: Microsoft-Windows-Sysmon, event_id: '22', event_data: { QueryName: a.example.org } }",
        "{ Event: { System: { EventID: 22 }, EventData: { QueryName: a.example.org } } }",
        "{ winlog: }",
    ];
    let tests = events.iter().enumerate().map(|(at, event)| test(&format!("t{at}"), event, "{ decision: kept }"));
    let folder = folder("lacks", &[("a.test.yaml", tests.collect::<String>() + &test("t9", USUAL, "dropped"))]);
    insta::assert_snapshot!(folder.session(&["test ."]));
}
