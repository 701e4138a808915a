//! `blocksieve test` as people and CI servers meet it.
#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::expect_used)]

use crate::schemas::{junit, sarif, written};
use crate::support::folder::Folder;

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
    let page = include_str!("../../grammar/tests.md");
    let mut read = 0;
    for text in page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        let (cases, found) = blocksieve::testing::read(blocksieve::origin::SourceId(0), text);
        assert!(found.is_empty(), "{found:#?}\n{text}");
        read += cases.len();
    }
    assert_eq!(read, 5);
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
    // A program that reads a document gets one.
    for format in ["json", "junit", "sarif", "github"] {
        let told = folder.session(&[&format!("test . --format {format}")]);
        let (out, _) = told.split_once("--- err").expect("both");
        assert!(told.contains("[2]") && out.contains("BS0"), "{told}");
    }
}

const SAMPLE: &str = r#"{"@timestamp":"2025-03-04T07:00:00Z","winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"22","event_data":{"QueryName":"au.windowsupdate.com"}}}
{"@timestamp":"2025-03-04T07:00:01Z","winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"22","event_data":{"QueryName":"example.org"}}}
{"@timestamp":"2025-03-04T07:00:02Z","winlog":{"provider_name":"Microsoft-Windows-Sysmon","event_id":"10","event_data":{"TargetImage":"C:\\Windows\\System32\\lsass.exe"}}}
"#;
const SAMPLED: &str = "tests:
  - name: attacks stay
    must_keep: { from: ../samples/day.ndjson, where: event is sysmon.process_access }
  - name: half of it goes
    events: { from: ../samples/day.ndjson }
    expect: { budget: { dropped: at least 50 % } }
    snapshot: true
  - name: a file that is not there
    must_keep: ../samples/none.ndjson
  - name: a mail says what was asked
    events: { from: ../samples/day.ndjson, records: 2 }
    expect: { alerts: [{ rule: mail, subject_contains: example.com, body_contains: example.org }] }
";

fn sampled(name: &str) -> Folder {
    let template =
        "name = \"sampled\"\n[templates.mail]\nsubject = \"asked for {{ msg.queryname }}\"\ntext = \"mail.txt\"\n";
    Folder::new(
        name,
        &[
            ("blocksieve.toml", template.as_bytes()),
            ("mail.txt", b"name: {{ msg.queryname }}\n"),
            ("rules/dns.rule", RULE.as_bytes()),
            (
                "rules/mail.rule",
                b"alert \"mail\" { if QueryName == 'example.org' { send mail using template \"mail\" to [\"a@example.org\"] } }\n",
            ),
            ("rules/day.test.yaml", SAMPLED.as_bytes()),
            ("samples/day.ndjson", SAMPLE.as_bytes()),
        ],
    )
}

#[test]
fn samples_beside_the_rules_are_read_and_what_came_of_them_is_told() {
    insta::assert_snapshot!(sampled("tests-sampled").session(&["test"]));
}

#[test]
fn decisions_are_stored_only_where_somebody_asks() {
    let folder = sampled("tests-stored");
    let told = folder.session(&["test --filter half"]);
    assert!(told.contains("not stored yet") && !folder.0.join("rules/day.test.snap").exists(), "{told}");
    folder.session(&["test --filter half --update"]);
    insta::assert_snapshot!("stored", std::fs::read_to_string(folder.0.join("rules/day.test.snap")).expect("stored"));
    assert!(!folder.session(&["test --filter half"]).contains("decisions are"));
    // Other rules, other decisions: told line by line, and stored again only with --update.
    std::fs::write(folder.0.join("rules/dns.rule"), RULE.replace("update", "example")).expect("written");
    let before = std::fs::read(folder.0.join("rules/day.test.snap")).expect("stored");
    insta::assert_snapshot!("changed", folder.session(&["test --filter half"]));
    assert_eq!(std::fs::read(folder.0.join("rules/day.test.snap")).expect("stored"), before);
    // A test that is gone.
    let renamed = SAMPLED.replace("half of it goes", "a third of it goes").replace("50 %", "30 %");
    std::fs::write(folder.0.join("rules/day.test.yaml"), renamed).expect("written");
    let told = folder.session(&["test", "test --update", "test"]);
    assert!(told.contains("there are stored decisions of \"half of it goes\""), "{told}");
    let last = told.rsplit("$ blocksieve").next().unwrap_or_default();
    assert!(!last.contains("stored decisions") && !last.contains("not stored"), "{last}");
    // A file that nobody can read is told beside the tests, which run all the same.
    std::fs::write(folder.0.join("rules/day.test.snap"), b"\xff").expect("written");
    let told = folder.session(&["test rules"]);
    assert!(told.contains("its stored decisions, rules/day.test.snap, cannot be read"), "{told}");
    assert!(told.starts_with("$ blocksieve test rules\n[1]"), "{told}");
}

/// Tests under a name by which none are found, a link to nothing, and decisions of tests that are gone: nobody would miss them.
#[test]
fn what_would_go_unnoticed_is_told() {
    let stored = "# Decisions of the tests with `snapshot: true` in the file beside. `blocksieve test --update` writes them.\n\n== a\n";
    let folder = Folder::new(
        "tests-unnoticed",
        &[
            ("blocksieve.toml", b"name = \"unnoticed\"\n"),
            ("rules/dns.rule", RULE.as_bytes()),
            ("rules/dns.test.yaml", GOOD.as_bytes().split_at(GOOD.find("  - name: the rest").expect("there")).0),
            ("rules/dns.tests.yaml", GOOD.as_bytes()),
            ("ci.yml", b"tests:\n  script:\n    - make test\n"),
            ("rules/gone.test.snap", stored.as_bytes()),
            ("other/theirs.test.snap", b"of another program\n"),
        ],
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("../elsewhere.test.yaml", folder.0.join("rules/linked.test.yaml")).expect("linked");
    #[cfg(unix)]
    insta::assert_snapshot!(folder.session(&[
        "test",
        "test --filter update",
        "test --update",
        "test rules/dns.tests.yaml",
        "test other",
    ]));
    assert!(!folder.0.join("rules/gone.test.snap").exists() && folder.0.join("other/theirs.test.snap").exists());
    // What a link leads to is read under its name.
    #[cfg(unix)]
    {
        std::fs::write(folder.0.join("elsewhere.test.yaml"), GOOD).expect("written");
        assert!(folder.session(&["test rules"]).contains("rules/linked.test.yaml: 1 passed, 1 failed"));
    }
}

#[test]
fn the_output_is_the_same_however_many_run_at_a_time() {
    let folder = sampled("tests-jobs");
    let of = |jobs: &str| {
        let told = folder.session(&[&format!("test --jobs {jobs} --format json")]);
        told.split_once('\n').map(|(_, rest)| rest.to_string()).expect("a line")
    };
    let one = of("1");
    assert!(one.contains("\"tests\": 4") && one.contains("\"errors\": 1"), "{one}");
    for jobs in ["2", "3", "16"] {
        assert_eq!(of(jobs), one, "{jobs}");
    }
    assert!(folder.session(&["test --jobs 0"]).contains("[4]"));
}

#[test]
fn an_event_that_varies_comes_once_for_each_value_and_what_cannot_vary_is_told() {
    let read = |item: &str| {
        let text = format!("tests:\n  - name: t\n    events: [{item}]\n    expect: {{ decision: kept }}\n");
        let (cases, found) = blocksieve::testing::read(blocksieve::origin::SourceId(0), &text);
        let given = cases.iter().flat_map(|case| &case.given).map(|given| match given {
            blocksieve::testing::Given::Event(event) => event.text.clone(),
            blocksieve::testing::Given::Sample(sample) => sample.from.name.clone(),
        });
        (given.collect::<Vec<_>>(), found.into_iter().map(|found| found.message).collect::<Vec<_>>())
    };
    let event = "event: { '@timestamp': '2025-01-01T00:00:00Z', w: { a: 1, b.c: 2 } }";
    assert_eq!(
        read(&format!("{{ vary: {{ w.a: [x, z], w.b.c: [3, null] }}, every: 90 seconds, {event} }}")).0,
        [
            r#"{"@timestamp":"2025-01-01T00:00:00Z","w":{"a":"x","b.c":3}}"#,
            r#"{"@timestamp":"2025-01-01T00:01:30Z","w":{"a":"z","b.c":null}}"#,
        ]
    );
    for (item, message) in [
        (format!("{{ vary: {{}}, {event} }}"), "`vary` names at least one field"),
        (format!("{{ vary: {{ w.a: [] }}, {event} }}"), "`w.a` has no values"),
        (format!("{{ vary: {{ w.a: x }}, {event} }}"), "`w.a` has no values"),
        (
            format!("{{ vary: {{ w.a: [1, 2], w.b.c: [1, 2, 3] }}, {event} }}"),
            "`w.b.c` and the field before it differ in the number of values: 3 and 2",
        ),
        (format!("{{ vary: {{ w.d: [1] }}, {event} }}"), "the event has no field `w.d`"),
        (format!("{{ vary: {{ w.a.b: [1] }}, {event} }}"), "the event has no field `w.a.b`"),
        ("{ vary: { a: [1] } }".to_string(), "what varies is not said"),
        ("{ vary: { a: [1] }, event: text }".to_string(), "only an event that is written as fields varies"),
        (
            "{ vary: { a: [1] }, every: 1 hour, event: { a: 1 } }".to_string(),
            "only an event with a time can come later",
        ),
        ("{ vary: { a: [1] }, times: 3, event: { a: 1 } }".to_string(), "an event that varies has no key `times`"),
    ] {
        assert_eq!(read(&item).1, [message], "{item}");
    }
}

/// Every example of the page and every test file of the examples, as the schema sees them; and what the reader refuses.
#[test]
fn the_schema_takes_what_is_read_and_refuses_what_is_not() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../grammar/tests.schema.json")).expect("JSON");
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("tests.schema.json", schema).expect("a schema");
    let schema = compiler.compile("tests.schema.json", &mut schemas).expect("a schema of its own schema");
    let mut good: Vec<String> = include_str!("../../grammar/tests.md")
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(String::from)
        .collect();
    good.extend([GOOD.to_string(), BAD.to_string(), SAMPLED.to_string()]);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".test.yaml") {
                good.push(std::fs::read_to_string(path).expect("text"));
            }
        }
    }
    assert!(good.len() >= 6, "{}", good.len());
    for text in &good {
        let (_, found) = blocksieve::testing::read(blocksieve::origin::SourceId(0), text);
        assert!(found.is_empty(), "{found:#?}\n{text}");
        if let Err(error) = schemas.validate(&json_of(text), schema) {
            panic!("{error:#}\n{text}");
        }
    }
    let test = |rest: &str| format!("tests:\n  - name: t\n{rest}");
    let expect = |expect: &str| test(&format!("    event: {{ a: 1 }}\n    expect: {expect}\n"));
    for text in [
        "tests: []\n".to_string(),
        "test: []\n".to_string(),
        test("    event: { a: 1 }\n"),
        test("    expect: { decision: kept }\n"),
        test("    event: { a: 1 }\n    must_keep: a\n"),
        test("    event: { a: 1 }\n    snapshot: false\n"),
        test("    event: 3\n    expect: { decision: kept }\n"),
        test("    events: []\n    expect: { decision: kept }\n"),
        test("    events: { from: a, limit: 0 }\n    expect: { decision: kept }\n"),
        test("    events: [{ from: a, wher: x }]\n    expect: { decision: kept }\n"),
        test("    events: [{ times: 0, event: { a: 1 } }]\n    expect: { decision: kept }\n"),
        test("    events: [{ vary: {}, event: { a: 1 } }]\n    expect: { decision: kept }\n"),
        test("    events: [{ vary: { a: [] }, event: { a: 1 } }]\n    expect: { decision: kept }\n"),
        test("    events: [{ vary: { a: 2 }, event: { a: 1 } }]\n    expect: { decision: kept }\n"),
        test("    events: [{ vary: { a: [2] }, times: 2, event: { a: 1 } }]\n    expect: { decision: kept }\n"),
        test("    events: [{ vary: { a: [2] }, event: text }]\n    expect: { decision: kept }\n"),
        test("    events: [{ vary: { a: [2] } }]\n    expect: { decision: kept }\n"),
        test(
            "    events: [{ times: 2, every: 3 fortnights, event: { '@timestamp': '2025-01-01T00:00:00Z' } }]\n    expect: { decision: kept }\n",
        ),
        test("    must_keep: []\n"),
        expect("{}"),
        expect("{ decision: keep }"),
        expect("{ decison: kept }"),
        expect("{ decision: dropped, alerts: [] }"),
        expect("{ tags: a }"),
        expect("{ fields: {} }"),
        expect("{ alerts: [{ count: 1 }] }"),
        expect("{ alerts: [{ rule: a, count: -1 }] }"),
        expect("{ alerts: [{ rule: a, via: pigeon }] }"),
        expect("{ budget: [] }"),
        expect("{ budget: { dropped: 60 % } }"),
        expect("{ budget: { dropped: at least 1, alerts: at most 1 } }"),
        expect("{ budget: { alerts: at most 1, of: bytes } }"),
    ] {
        let (_, found) = blocksieve::testing::read(blocksieve::origin::SourceId(0), &text);
        assert!(!found.is_empty(), "{text}");
        assert!(schemas.validate(&json_of(&text), schema).is_err(), "{text}");
    }
}

/// YAML as JSON.
fn json_of(text: &str) -> serde_json::Value {
    use blocksieve::yaml::{Node, Resolved, Value, read};
    fn value(node: Node<'_>) -> serde_json::Value {
        match node.value() {
            Value::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => serde_json::Value::Null,
                Resolved::Bool(value) => value.into(),
                Resolved::Int(value) => i64::try_from(value).expect("a small number").into(),
                Resolved::Float(value) => value.into(),
                Resolved::Timestamp(text) | Resolved::Text(text) => text.into(),
            },
            Value::Sequence(items) => items.into_iter().map(value).collect(),
            Value::Mapping(entries) => {
                entries.iter().map(|entry| (entry.key.key().expect("a key").to_string(), value(entry.value))).collect()
            }
        }
    }
    value(read(text).expect("YAML")[0].root())
}

#[test]
fn watch_runs_the_tests_again_when_rules_change() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let folder = project("tests-watch");
    let mut child = Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .args(["test", "filters", "--watch"])
        .current_dir(&folder.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut waiting = stderr.lines().map_while(Result::ok).filter(|line| line.starts_with("waiting"));
    let stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut sums = stdout.lines().map_while(Result::ok).filter(|line| line.starts_with("2 tests"));
    assert_eq!(sums.next().as_deref(), Some("2 tests: 2 passed"));
    assert!(waiting.next().is_some());
    std::fs::write(folder.0.join("filters/dns.rule"), RULE.replace("update", "nothing")).expect("written");
    assert_eq!(sums.next().as_deref(), Some("2 tests: 1 passed, 1 failed"));
    assert!(waiting.next().is_some());
    // Rules that do not compile are told, and it goes on.
    std::fs::write(folder.0.join("filters/dns.rule"), "filter \"dns\" { drp }\n").expect("written");
    assert!(waiting.next().is_some());
    std::fs::write(folder.0.join("filters/dns.rule"), RULE).expect("written");
    assert_eq!(sums.next().as_deref(), Some("2 tests: 2 passed"));
    child.kill().expect("ends");
    child.wait().expect("ended");
    assert!(folder.session(&["test --watch --format json"]).contains("--watch is for people"));
}

#[test]
fn the_tests_of_the_examples_pass() {
    let root = env!("CARGO_MANIFEST_DIR");
    for example in ["examples/sysmon", "examples/sysmon-source", "examples/thresholds"] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_blocksieve"))
            .args(["test", example])
            .current_dir(root)
            .output()
            .expect("starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

// Coverage and mutation ------------------------------------------------------------------------------------------------

/// A rule with a condition that no test shows, a window, and a drawn rule's worth of odd characters.
const ODD: &str = "alert \"many <names> & \\\"more\\\"\" {
    if event is sysmon.dns_query and QueryName != 'never.example.org' {
        when 3 events within 1 minute by Computer {
            send mail
        }
    }
}
";
const MANY: &str = "tests:
  - name: three of them
    events:
      - times: 3
        every: 1 second
        event: { '@timestamp': '2025-03-04T07:00:00Z', winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', computer_name: ws01, event_data: { QueryName: a } } }
    expect: { alerts: ['many <names> & \"more\"'] }
  - name: of a file
    events: { from: ../samples/day.ndjson, where: event is sysmon.process_access }
    expect: { alerts: [] }
";

fn counted(name: &str) -> Folder {
    Folder::new(
        name,
        &[
            ("blocksieve.toml", b"name = \"counted\"\n"),
            ("filters/dns.rule", RULE.as_bytes()),
            ("filters/dns.test.yaml", GOOD.replace(", tags: [dns]", "").as_bytes()),
            ("alerts/many.rule", ODD.as_bytes()),
            ("alerts/many.test.yaml", MANY.as_bytes()),
            ("samples/day.ndjson", SAMPLE.as_bytes()),
        ],
    )
}

#[test]
fn coverage_is_told_in_every_format_and_counts_events_of_files() {
    insta::assert_snapshot!(counted("coverage-formats").session(&[
        "test --coverage",
        // What is named is told; all rules run.
        "test --coverage filters",
        "check --format github .",
        "test --coverage alerts/many.test.yaml",
        "test --coverage-threshold 60 .",
        "test --coverage-threshold 100 --coverage-format json --coverage-out coverage.json .",
        "test --coverage-format json alerts",
        "test --coverage-format lcov",
        // Two documents never go into one stream.
        "test --format json --coverage",
        "test --mutate --coverage-format json",
        "test --coverage-threshold 101",
    ]));
}

#[test]
fn the_page_of_coverage_is_well_formed_and_says_all_in_words() {
    let folder = counted("coverage-page");
    folder.session(&["test --coverage-format html --coverage-out page.html"]);
    let page = std::fs::read_to_string(folder.0.join("page.html")).expect("written");
    let (mut open, mut ids) = (Vec::new(), Vec::new());
    let void = ["meta"];
    for tag in page.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.split_whitespace().next().unwrap_or_default();
        ids.extend(tag.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()));
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !name.starts_with('!') && !void.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before);
    for words in
        ["✓ reached 1×", "◐ only true, 4×", "✓ counted 3×, enough 1×", "many &lt;names&gt; &amp;", "class=\"blocks\""]
    {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn changes_that_no_test_notices_come_with_a_test_that_would_and_lists_are_held_to_what_they_say() {
    let folder = counted("mutate");
    insta::assert_snapshot!("mutants", folder.session(&["test --mutate", "test --mutate filters"]));
    // A reason, one that is no longer needed, one of nothing.
    let listed = "mutants:
  - rule: dns
    mutant: 'leave-out: event is sysmon.dns_query'
    reason: the field is in no other event
  - rule: dns
    mutant: 'drop: drop'
    reason: nobody remembers
  - rule: dsn
    mutant: 'drop: drop'
    reason: of another rule
";
    std::fs::write(folder.0.join("filters/dns.mutants.yaml"), listed).expect("written");
    insta::assert_snapshot!(
        "listed",
        folder.session(&["test --mutate filters", "test --mutate-format json filters/dns.rule"])
    );
    // Where a test fails on the rules as they are, none can notice anything.
    std::fs::write(folder.0.join("filters/dns.rule"), RULE.replace("update", "example")).expect("written");
    let told = folder.session(&["test --mutate filters"]);
    assert!(told.contains("no mutants: a test that fails on the rules as they are"), "{told}");
}

#[test]
fn mutants_a_threshold_and_lists_are_findings_in_the_formats_of_machines() {
    let folder = counted("mutate-formats");
    let listed = "mutants:\n  - { rule: dsn, mutant: 'drop: drop', reason: of another rule }\n";
    std::fs::write(folder.0.join("filters/dns.mutants.yaml"), listed).expect("written");
    insta::assert_snapshot!(
        "findings",
        folder.session(&[
            // What can be said of a list without mutants is said without.
            "test filters",
            "test --mutate --format github filters",
            "test --coverage-threshold 100 --format github filters",
            "test --coverage-threshold 50 --format github alerts",
            "test --mutate-format json --format junit filters",
        ])
    );
    let all = "--mutate --coverage-threshold 100";
    let told = folder.session(&[&format!("test filters {all} --format junit")]);
    let seen = junit(written(&told));
    let count = |name: &str| seen.iter().filter(|seen| *seen == name).count();
    assert_eq!(["testsuite", "testcase", "failure", "error"].map(count), [3, 5, 0, 3], "{told}");
    let told = folder.session(&[&format!("test filters {all} --format sarif")]);
    let results = sarif(written(&told));
    let is = |id: &str, file: &str| results.contains(&(id.to_string(), file.to_string()));
    assert!(is("BS0517", "filters/dns.rule") && is("BS0518", "filters/dns.rule"), "{results:?}");
    assert!(is("BS0509", "filters/dns.mutants.yaml"), "{results:?}");
}

#[test]
fn a_filter_that_selects_nothing_ends_a_watch_too() {
    let folder = counted("watch-filter");
    let told = folder.session(&["test --watch --filter nope", "test --watch --filter nope filters/dns.rule"]);
    assert_eq!(told.matches("[4]").count(), 2, "{told}");
    assert!(told.contains("no test has \"nope\" in its name"), "{told}");
}

#[test]
fn coverage_and_mutants_are_the_same_however_many_run_at_a_time() {
    let folder = counted("coverage-jobs");
    let of = |jobs: &str| {
        let told = folder.session(&[
            &format!("test --jobs {jobs} --coverage-format json"),
            &format!("test --jobs {jobs} --mutate-format json"),
        ]);
        told.lines().filter(|line| !line.starts_with("$ ")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let one = of("1");
    assert!(one.contains("\"fired\": 1") && one.contains("\"noticed\":"), "{one}");
    for jobs in ["2", "7"] {
        assert_eq!(of(jobs), one, "{jobs}");
    }
}

#[test]
fn the_examples_leave_no_condition_unseen_and_no_change_unnoticed_but_those_with_a_reason() {
    let folder = Folder::new("coverage-examples", &[]);
    for (example, accepted) in [("sysmon", 33), ("sysmon-source", 0), ("thresholds", 0)] {
        let path = format!("{}/examples/{example}", env!("CARGO_MANIFEST_DIR"));
        let told = folder.session(&[&format!("test --coverage-threshold 100 --mutate '{path}'")]);
        assert!(told.contains("conditions seen both ways (100 %)") && told.contains("\n[0]\n"), "{told}");
        assert!(told.contains(" noticed, 0 not"), "{told}");
        let listed = if accepted == 0 {
            " noticed, 0 not\n".to_string()
        } else {
            format!("0 not, {accepted} accepted with a reason")
        };
        assert!(told.contains(&listed), "{told}");
    }
}
