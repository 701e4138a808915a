//! Cases of the command line: what users of such tools were bitten by, on ours.
//!
//! | case | test |
//! | --- | --- |
//! | D78, pipes | `what_a_machine_reads_is_whole_and_alone`, `a_reader_that_goes_away_ends_every_command_quietly` |
//! | D79, JUnit | `junit_holds_any_name` |
//! | D80, the first error only | `faults_of_three_files_come_at_once` |
//! | D81, one at a time | `what_is_missing_comes_at_once`; `all_faults_of_one_rule_in_one_run` in `src/source/text/tests/faults.rs` |
//! | D82, a misspelt key | `a_misspelt_key_is_told_in_every_file` |
//! | D83, two of one name | `two_of_one_id_are_told_at_both_places` |
//! | D84, a filter that selects nothing | `what_finds_no_test_is_told` in `tests/cli/rules_tests.rs`; `nothing_selected_is_no_success` |
//! | D86, a test that names nothing | `a_test_that_expects_nothing_is_an_error` |
//! | D87, denied warnings | `every_warning_that_is_denied_ends_with_status_1` |
//! | D88, another order | `the_same_bytes_on_every_run` |
//! | D89, the path in messages | `a_missing_file_is_told_as_it_was_named` |
//! | D90, one status for all | `each_status_has_one_meaning` |
//! | D91, other tools' JSON | `what_other_tools_write_is_known_for_what_it_is` in `tests/forms/cases_of_forms.rs`; `json_of_nobody_is_told_with_what_is_known` |
//! | D92, no rule id | `a_decision_can_be_joined` |
//!
//! D85, thresholds of coverage, is a case of `blocksieve test --coverage-threshold`.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::folder::Folder;
use blocksieve::diagnostic::page::page;
use blocksieve::diagnostic::{Code, Severity};
use serde_json::Value;

const RULES: &str = "filter \"dns\" {\n    id \"f-1\"\n    severity low\n    if event is sysmon.dns_query and QueryName ends with '.example.org' {\n        drop\n    }\n}\n";
const TESTS: &str = "tests:\n  - name: goes\n    event: { winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', event_data: { QueryName: a.example.org } } }\n    expect: { decision: dropped }\n";

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
    command.args(words).current_dir(folder).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

fn ask(folder: &Folder, words: &str) -> Output {
    command(&folder.0, &words.split(' ').collect::<Vec<_>>()).stdin(Stdio::null()).output().expect("starts")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("no signal")
}

fn dns(name: &str) -> String {
    support::sysmon(22, &format!(r#""QueryName":"{name}""#))
}

fn project(name: &str) -> Folder {
    let events = [dns("a.example.org"), dns("b.example.com")].join("\n");
    Folder::new(
        name,
        &[
            ("rules/blocksieve.toml", b"name = \"rules\"\n"),
            ("rules/dns.rule", RULES.as_bytes()),
            ("rules/dns.test.yaml", TESTS.as_bytes()),
            ("lint.rule", b"classify \"lint\" { if Image == 'a*' { tag \"t\" } }\n"),
            ("bad.rule", b"filter \"bad\" { dropp }\n"),
            ("e.ndjson", events.as_bytes()),
        ],
    )
}

/// What writes one JSON document, and what writes an object a line.
const DOCUMENTS: [&str; 5] = [
    "check --format json rules lint.rule",
    "check --format sarif rules lint.rule",
    "test --format json rules",
    "run rules --events e.ndjson --format json",
    "diff rules lint.rule --events e.ndjson --format json",
];
const LINES: [&str; 3] = [
    "check --format ndjson lint.rule",
    "run rules --events e.ndjson --format ndjson --show all",
    "events e.ndjson --as winlogbeat",
];

#[test]
fn what_a_machine_reads_is_whole_and_alone() {
    let folder = project("cli-machine");
    for words in DOCUMENTS {
        let output = ask(&folder, words);
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{words}: {error}\n{output:?}"));
    }
    for words in LINES {
        let output = ask(&folder, words);
        assert!(!output.stdout.is_empty(), "{words}");
        for line in out(&output).lines() {
            serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{words}: {error}\n{line}"));
        }
    }
    for words in DOCUMENTS.iter().chain(&LINES) {
        // Neither a bar nor a colour where nobody asked for one.
        let output = ask(&folder, words);
        assert!(!output.stderr.contains(&0x1b) && !output.stdout.contains(&0x1b), "{words}: {output:?}");
        let forced = command(&folder.0, &words.split(' ').collect::<Vec<_>>()).env("CLICOLOR_FORCE", "1").output();
        assert_eq!(forced.expect("starts").stdout, output.stdout, "{words}: no colour gets into what a machine reads");
    }
}

#[test]
fn colours_are_as_they_are_asked_for() {
    let folder = project("cli-colour");
    let is_coloured = |words: &str, name: &str, value: &str| {
        let output = command(&folder.0, &words.split(' ').collect::<Vec<_>>()).env(name, value).output();
        output.expect("starts").stdout.contains(&0x1b)
    };
    assert!(!is_coloured("check lint.rule", "TERM", "xterm"), "a pipe is no terminal");
    assert!(is_coloured("check lint.rule --color always", "NO_COLOR", "1"), "the option is above all");
    assert!(is_coloured("check lint.rule", "CLICOLOR_FORCE", "1"));
    assert!(!is_coloured("check lint.rule --color never", "CLICOLOR_FORCE", "1"));
    assert!(!is_coloured("check lint.rule --color auto", "NO_COLOR", "1"));
}

/// Standard output that is closed before the first byte, and after some.
#[test]
fn a_reader_that_goes_away_ends_every_command_quietly() {
    let folder = project("cli-pipe");
    let many: String = (0..20_000).map(|at| dns(&format!("{at}.example.com")) + "\n").collect();
    std::fs::write(folder.0.join("many.ndjson"), many).expect("a file");
    for words in [
        "run rules --events many.ndjson --show all --format ndjson --quiet",
        "run rules --events many.ndjson --show all --format table --quiet",
        "diff rules lint.rule --events many.ndjson --format json --examples 100000",
        "check --format json rules lint.rule",
        "test rules",
        "explain-code BS0401",
        "listing rules",
        "completions bash",
        "man",
        "--help",
    ] {
        let child = || {
            command(&folder.0, &words.split(' ').collect::<Vec<_>>())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("starts")
        };
        let mut some = child();
        let mut first = [0; 20];
        some.stdout.take().expect("piped").read_exact(&mut first).expect("some bytes");
        let mut none = child();
        drop(none.stdout.take());
        for output in [some.wait_with_output(), none.wait_with_output()] {
            let output = output.expect("ends");
            assert_eq!((status(&output), err(&output).as_str()), (0, ""), "{words}");
        }
    }
}

#[test]
fn much_is_written_whole() {
    let folder = project("cli-much");
    let many: String = (0..50_000).map(|at| dns(&format!("{at}.example.com")) + "\n").collect();
    std::fs::write(folder.0.join("many.ndjson"), many).expect("a file");
    let output = ask(&folder, "run rules --events many.ndjson --show all --format ndjson --quiet");
    let told = out(&output);
    assert_eq!((status(&output), told.lines().count()), (0, 50_000));
    assert!(told.ends_with("}\n"), "the last line is whole");
}

#[test]
fn junit_holds_any_name() {
    let rule = RULES.replace("\"dns\"", r#""a<b \"c\" & ]]>""#);
    let tests = "tests:\n  - name: 'a<b \"c\" & ]]>'\n    event: { winlog: { event_id: '22' } }\n    expect: { decision: dropped, rule: 'a<b \"c\" & ]]>' }\n";
    let folder = Folder::new("cli-junit", &[("a.rule", rule.as_bytes()), ("a.test.yaml", tests.as_bytes())]);
    let output = ask(&folder, "test --format junit a.rule");
    assert_eq!(status(&output), 1, "{output:?}");
    let text = out(&output);
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut failures, mut name) = (0, String::new());
    loop {
        use quick_xml::events::Event;
        match reader.read_event().expect("well-formed") {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == "failure" => failures += 1,
            Event::Start(tag) if tag.name().as_ref() == "testcase" => {
                let found =
                    tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == "name").expect("a name");
                name = found.normalized_value(quick_xml::XmlVersion::Implicit1_0).expect("a text").into_owned();
            }
            _ => {}
        }
    }
    assert_eq!((failures, name.as_str()), (1, "a<b \"c\" & ]]>"), "{text}");
}

#[test]
fn faults_of_three_files_come_at_once() {
    let bad = |name: &str| format!("filter \"{name}\" {{ dropp }}\n");
    let files = ["a", "b", "c"].map(bad);
    let folder = Folder::new(
        "cli-three",
        &[("x/a.rule", files[0].as_bytes()), ("x/b.rule", files[1].as_bytes()), ("x/c.rule", files[2].as_bytes())],
    );
    let output = ask(&folder, "check x");
    let told = out(&output);
    assert_eq!((status(&output), told.matches("error[BS0100]").count()), (1, 3), "{told}");
    assert!(told.ends_with("3 errors in 3 files\n"), "{told}");
}

#[test]
fn a_file_that_looks_like_rules_is_not_passed_over_in_silence() {
    let (good, bad) = (RULES.as_bytes(), b"filter \"b\" { dropp }\n".as_slice());
    let drawn = b"{\"blocks\": {\"languageVersion\": 0, \"blocks\": []}}".as_slice();
    let folder = Folder::new(
        "cli-unread",
        &[
            ("x/a.rule", good),
            ("x/b.rules", bad),
            ("x/c.RULE", bad),
            ("x/d.rule.txt", bad),
            ("x/e.json", drawn),
            ("x/events.json", b"{\"winlog\": {}}"),
            ("x/notes.txt", b"rules"),
        ],
    );
    let output = ask(&folder, "check x");
    let told = out(&output);
    assert_eq!((status(&output), told.matches("warning[BS0526]").count()), (0, 4), "{told}");
    for right in ["call it b.rule,", "call it c.rule,", "call it d.rule,", "call it e.blocks.json,"] {
        assert!(told.contains(right), "{right}: {told}");
    }
    assert_eq!(status(&ask(&folder, "check --deny-warnings x")), 1);
    assert_eq!(status(&ask(&folder, "check x/b.rules")), 1, "what is named is read");
}

#[test]
fn what_is_missing_comes_at_once() {
    let rule = "filter \"x\" {\n    severity hihg\n    expires soon\n    if Image == {\n        drop\n    }\n}\n";
    let folder = Folder::new("cli-missing", &[("a.rule", rule.as_bytes())]);
    let told = out(&ask(&folder, "check a.rule"));
    for line in [":2:", ":3:", ":4:"] {
        assert!(told.contains(&format!("--> a.rule{line}")), "line {line}: {told}");
    }
}

#[test]
fn a_misspelt_key_is_told_in_every_file() {
    let tests = TESTS.replace("expect:", "expct:");
    let folder = Folder::new(
        "cli-keys",
        &[
            ("t/a.rule", RULES.as_bytes()),
            ("t/a.test.yaml", tests.as_bytes()),
            ("p/blocksieve.toml", b"nmae = \"x\"\n"),
            ("p/a.rule", RULES.as_bytes()),
            ("r/a.rule", RULES.replace("severity", "severty").as_bytes()),
        ],
    );
    for (words, found) in [("test t", "expct"), ("check p", "nmae"), ("check r", "severty")] {
        let output = ask(&folder, words);
        assert_eq!(status(&output), 1, "{words}: {output:?}");
        assert!(out(&output).contains(&format!("`{found}`")), "{words}: {}", out(&output));
    }
    assert!(out(&ask(&folder, "test t")).contains("expect"), "the right one is named");
    assert!(out(&ask(&folder, "check r")).contains("did you mean `severity`?"));
}

#[test]
fn two_of_one_id_are_told_at_both_places() {
    let alert =
        |name: &str| format!("alert \"{name}\" {{\n    id \"a-1\"\n    send mail to [\"soc@example.org\"]\n}}\n");
    let (one, two) = (alert("one"), alert("two"));
    let folder = Folder::new(
        "cli-ids",
        &[("one.rule", format!("{one}{two}").as_bytes()), ("x/a.rule", one.as_bytes()), ("x/b.rule", two.as_bytes())],
    );
    let one = out(&ask(&folder, "check one.rule"));
    assert!(one.contains("--> one.rule:6:5"), "{one}");
    assert!(one.contains("\n2 |     id \"a-1\"\n  |     -------- by this rule\n"), "{one}");
    let two = out(&ask(&folder, "check x"));
    assert!(two.contains("--> x/b.rule:2:5") && two.contains("x/a.rule:2:5"), "{two}");
    assert_eq!(status(&ask(&folder, "check x")), 1);
}

#[test]
fn nothing_selected_is_no_success() {
    let folder = project("cli-nothing");
    for words in [
        "test rules --filter zzz",
        "listing rules --rule zzz",
        "explain rules e.ndjson:1 --rule zzz",
        "run rules --events nothing-*.ndjson",
        "diff rules rules --events nothing-*.ndjson",
    ] {
        assert_eq!(status(&ask(&folder, words)), 4, "{words}");
    }
}

#[test]
fn a_test_that_expects_nothing_is_an_error() {
    for expect in ["", "    expect: {}\n", "    expect: { rule: dnss }\n", "    expect: { alerts: [dns] }\n"] {
        let tests = TESTS.replace("    expect: { decision: dropped }\n", expect);
        let folder = Folder::new("cli-expects", &[("a.rule", RULES.as_bytes()), ("a.test.yaml", tests.as_bytes())]);
        let output = ask(&folder, "test a.rule");
        assert_eq!(status(&output), 1, "{expect:?}: {output:?}");
        assert!(out(&output).contains("BS0509"), "{expect:?}: {}", out(&output));
    }
}

#[test]
fn every_warning_that_is_denied_ends_with_status_1() {
    let mut warnings = 0;
    for &code in Code::ALL {
        for (kind, text) in page(code).examples() {
            let (_, found) = blocksieve::compile_text(text, &[]);
            let is_warned = found.iter().all(|found| !found.is_error())
                && found.iter().any(|found| found.code == code && found.severity == Severity::Warning);
            if kind != "rule bad" || !is_warned {
                continue;
            }
            let folder = Folder::new("cli-denied", &[("a.rule", text.as_bytes())]);
            let (open, denied) = (ask(&folder, "check a.rule"), ask(&folder, "check a.rule --deny-warnings"));
            assert_eq!((status(&open), status(&denied)), (0, 1), "{code}\n{text}");
            warnings += 1;
        }
    }
    assert!(warnings >= 15, "only {warnings} warnings were seen");
}

#[test]
fn the_same_bytes_on_every_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for words in [
        "check examples/sysmon --format json",
        "test examples/sysmon --format junit",
        "run examples/sysmon --events examples/sysmon/events tests/forms/files --show all --format json",
        "run examples/sysmon --events examples/sysmon/events tests/forms/files/flat.ndjson --show all --format table --merge",
        "events examples/sysmon/events --count-by Image,User",
        "diff examples/sysmon examples/sysmon/filters --events examples/sysmon/events --format markdown",
        "compile examples/sysmon --to winlogbeat -o -",
        "listing examples/sysmon",
    ] {
        let run = || command(root, &words.split(' ').collect::<Vec<_>>()).output().expect("starts");
        let first = run();
        assert!(!first.stdout.is_empty(), "{words}: {first:?}");
        for _ in 0..3 {
            let next = run();
            assert_eq!((&first.stdout, &first.stderr), (&next.stdout, &next.stderr), "{words}");
        }
    }
}

#[test]
fn a_missing_file_is_told_as_it_was_named() {
    let folder = project("cli-missing-file");
    for name in ["nowhere/{path}.ndjson", "no where.evtx", "%s"] {
        let with = |words: &[&str]| command(&folder.0, words).output().expect("starts");
        for output in [
            with(&["run", "rules", "--events", name]),
            with(&["check", name]),
            with(&["test", name]),
            with(&["diff", "rules", name, "--events", "e.ndjson"]),
            with(&["events", name]),
        ] {
            assert_eq!(status(&output), 4, "{output:?}");
            assert!(err(&output).contains(name), "{name}: {}", err(&output));
        }
    }
}

#[test]
fn each_status_has_one_meaning() {
    let folder = project("cli-status");
    std::fs::write(folder.0.join("cut.ndjson"), format!("{}\n{{\"winlog\":\n", dns("a.example.com"))).expect("a file");
    for (words, expected) in [
        ("check rules", 0),
        ("run rules --events e.ndjson", 0),
        ("--help", 0),
        ("run rules --events e.ndjson --fail-on-match", 1),
        ("check bad.rule", 1),
        ("diff rules lint.rule --events e.ndjson --exit-code", 1),
        ("run bad.rule --events e.ndjson", 2),
        ("diff rules bad.rule --events e.ndjson", 2),
        ("run rules --events cut.ndjson", 3),
        ("run rules --events cut.ndjson --fail-on-match", 3),
        ("run rules --events nowhere.ndjson", 4),
        ("run rules --nonsense", 4),
        ("frobnicate", 4),
    ] {
        let output = ask(&folder, words);
        assert_eq!(status(&output), expected, "{words}: {output:?}");
    }
}

#[test]
fn json_of_nobody_is_told_with_what_is_known() {
    let folder = project("cli-nobody");
    std::fs::write(folder.0.join("own.json"), "{\"severity\":1,\"text\":\"x\"}\n").expect("a file");
    let output = ask(&folder, "run rules --events own.json");
    assert_eq!(status(&output), 4, "{output:?}");
    for known in ["winlogbeat", "evtx-dump", "flat", "nxlog"] {
        assert!(err(&output).contains(known), "{known}: {}", err(&output));
    }
}

#[test]
fn a_decision_can_be_joined() {
    let folder = project("cli-joined");
    let output = ask(&folder, "run rules --events e.ndjson --format ndjson --quiet");
    let decision: Value = serde_json::from_str(out(&output).trim()).expect("one line");
    let text = |pointer: &str| decision.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string();
    assert_eq!(
        [text("/rule/id"), text("/rule/name"), text("/rule/severity"), text("/file")],
        ["f-1", "dns", "low", "e.ndjson"]
    );
    assert_eq!((&decision["record"], &decision["event_id"]), (&Value::from(1), &Value::from("22")), "{decision}");
}

/// A name with blanks, with an accent, with what a shell or a pattern would read.
#[test]
fn any_path_that_is_text_is_a_path() {
    let events = dns("a.example.org") + "\n";
    for name in ["rules of ours", "Regeln für Ärzte", "a'b\"c", "[x]", "x*", "-x", "a:1"] {
        let (rules, log) = (format!("{name}/a.rule"), format!("{name}.ndjson"));
        let folder = Folder::new("cli-paths", &[(&rules, RULES.as_bytes()), (&log, events.as_bytes())]);
        let with = |words: &[&str]| command(&folder.0, words).output().expect("starts");
        let (rules, log) = (format!("./{name}"), format!("./{name}.ndjson"));
        assert_eq!(status(&with(&["check", &rules])), 0, "{name}");
        let ran = with(&["run", &rules, "--events", &log, "--format", "ndjson", "--quiet"]);
        assert_eq!((status(&ran), out(&ran).lines().count()), (0, 1), "{name}: {ran:?}");
        let same = with(&["diff", &rules, &rules, "--events", &log]);
        assert_eq!(status(&same), 0, "{name}: {same:?}");
        let why = with(&["explain", &rules, &format!("{log}:1")]);
        assert_eq!(status(&why), 0, "{name}: {why:?}");
    }
}

/// A name that is no text: named, and found in a folder.
#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_read_or_refused_in_words() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new(
        "cli-bytes",
        &[("logs/a.ndjson", dns("a.example.org").as_bytes()), ("rules/a.rule", RULES.as_bytes())],
    );
    let odd = OsStr::from_bytes(b"b\xff.ndjson");
    if std::fs::write(folder.0.join("logs").join(odd), dns("b.example.org")).is_err() {
        eprintln!("skipped: this file system has only names that are text");
        return;
    }
    std::fs::write(
        folder.0.join("rules").join(OsStr::from_bytes(b"c\xff.rule")),
        RULES.replace("\"dns\"", "\"dns too\"").replace("f-1", "f-2"),
    )
    .expect("a file");
    let ran = ask(&folder, "run rules --events logs --format ndjson --quiet");
    let (code, lines) = (status(&ran), out(&ran).lines().count());
    // Both are read, or what is not is told.
    assert!((code, lines) == (0, 2) || (code >= 3 && err(&ran).contains("b\u{fffd}.ndjson")), "{ran:?}");
    let checked = ask(&folder, "check rules");
    assert!(status(&checked) == 0 && out(&checked).contains("2 rules checked: "), "{checked:?}");
    let named = Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .args(["run", "rules", "--events"])
        .arg(odd)
        .current_dir(&folder.0)
        .output()
        .expect("starts");
    assert_eq!(status(&named), 4, "{named:?}");
    assert!(!err(&named).contains("panicked") && !named.stderr.is_empty(), "{named:?}");
}

/// Files as a Windows editor saves them mean the same.
#[test]
fn line_ends_of_windows_mean_the_same() {
    let crlf = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let table = "key,note\na.example.org,ours\n";
    let manifest = "name = \"x\"\n\n[tables.names]\nfile = \"names.csv\"\nkey = \"key\"\n";
    let rule = RULES.replace("QueryName ends with '.example.org'", "QueryName in table \"names\"");
    let events = [dns("a.example.org"), dns("b.example.org")].join("\n") + "\n";
    let files = [
        ("blocksieve.toml", manifest),
        ("names.csv", table),
        ("a.rule", &rule),
        ("a.test.yaml", TESTS),
        ("e.ndjson", &events),
    ];
    let unix = Folder::new("cli-lf", &files.map(|(name, text)| (name, text.as_bytes())));
    let texts = files
        .map(|(name, text)| (name, if name == "blocksieve.toml" { text.replace('\n', "\r\n") } else { crlf(text) }));
    let windows = Folder::new("cli-crlf", &texts.each_ref().map(|(name, text)| (*name, text.as_bytes())));
    for words in ["check .", "test .", "run . --events e.ndjson --format ndjson"] {
        let (one, two) = (ask(&unix, words), ask(&windows, words));
        assert_eq!((status(&one), out(&one)), (status(&two), out(&two)), "{words}: {}", err(&two));
    }
    assert_eq!(status(&ask(&windows, "test .")), 0);
}

#[test]
fn standard_input_is_rules_or_events() {
    let folder = project("cli-stdin");
    let given = |words: &[&str], input: &[u8]| {
        let mut child = command(&folder.0, words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let _ = child.stdin.take().expect("piped").write_all(input);
        child.wait_with_output().expect("ends")
    };
    let events = std::fs::read(folder.0.join("e.ndjson")).expect("a file");
    let checked = given(&["check", "-"], RULES.as_bytes());
    assert!(status(&checked) == 0 && out(&checked).ends_with("1 rule checked: 2 notes in 1 file\n"), "{checked:?}");
    let by_rules = given(&["run", "-", "--events", "e.ndjson", "--format", "ndjson", "--quiet"], RULES.as_bytes());
    let by_events = given(&["run", "rules", "--events", "-", "--format", "ndjson", "--quiet"], &events);
    assert_eq!((out(&by_rules).lines().count(), out(&by_events).lines().count()), (1, 1), "{by_events:?}");
    let differs = given(&["diff", "-", "rules", "--events", "e.ndjson", "--exit-code"], RULES.as_bytes());
    assert_eq!(status(&differs), 0, "{differs:?}");
    let nothing = given(&["check", "-"], b"");
    assert_eq!(status(&nothing), 4, "{nothing:?}");
}

/// What weighs more is told in the table of statuses: an input that is not there before rules that do not compile.
#[test]
fn where_two_things_are_wrong_both_are_told_and_the_table_says_which_status_counts() {
    let folder = Folder::new(
        "cases-two",
        &[
            ("broken.rule", b"filter \"a\" { if event is { drop } }\n"),
            ("odd.rule", b"filter \"a\" { owner \"o\" if event is sysmon.dns_query and Imagee == 'a' { drop } }\n"),
            ("a.ndjson", b"{}\n"),
        ],
    );
    for (words, expected) in [
        ("run broken.rule --events missing", 4),
        ("run broken.rule --events a.ndjson missing.ndjson", 4),
        ("run broken.rule --events a.ndjson", 2),
        ("explain broken.rule missing:1", 4),
        ("explain broken.rule a.ndjson:1", 2),
    ] {
        let output = ask(&folder, words);
        assert_eq!(status(&output), expected, "{words}: {}", err(&output));
        assert!(err(&output).contains("error[BS0100]"), "{words}: {}", err(&output));
        assert_eq!(err(&output).contains("; and missing"), expected == 4, "{words}: {}", err(&output));
    }
    // What is not there hides nothing of what is.
    let output = ask(&folder, "check odd.rule nofile.rule --format json");
    assert_eq!(status(&output), 4);
    assert!(out(&output).contains("Imagee") && err(&output).contains("nofile.rule does not exist"), "{output:?}");
    let output = ask(&folder, "check no.rule odd.rule none.rule");
    assert!(err(&output).contains("no.rule, none.rule do not exist"), "{output:?}");
    let output = ask(&folder, "check nofile.rule");
    assert_eq!((status(&output), out(&output).as_str()), (4, ""));
}
