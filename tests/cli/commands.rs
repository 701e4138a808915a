//! The program as people meet it: command, status, standard output, standard error, in full.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::folder::Folder;

const DNS: &str = "filter \"dns\" {\n    id \"f-1\"\n    severity low\n    if event is sysmon.dns_query and QueryName ends with '.example.org' {\n        drop\n    }\n}\n";
const ALERT: &str = "alert \"new driver\" {\n    id \"a-1\"\n    severity high\n    techniques [\"T1014\"]\n    if event is sysmon.driver_load {\n        send mail using template \"sysmon\" to [\"soc@example.org\"]\n    }\n}\n";

fn events() -> Vec<u8> {
    let mut lines = [
        support::sysmon(22, r#""QueryName":"a.example.org""#),
        support::sysmon(22, r#""QueryName":"a.example.com""#),
        r#"{"winlog":{"event_id":"22","#.to_string(),
        support::sysmon(6, r#""ImageLoaded":"C:\\x.sys\u0007""#),
        r#"{"winlog":{"provider_name":"Other","event_id":"22","event_data":{"QueryName":"b.example.org"}}}"#
            .to_string(),
    ]
    .join("\r\n")
    .into_bytes();
    lines.extend(b"\n\n");
    lines
}

#[test]
fn check_in_every_format_and_status() {
    let bad = "filter \"bad\" { if Imagee == 5 { dropp } }\n";
    let lint = "classify \"lint\" { if Image == 'a*' { tag \"t\" } }\n";
    let folder = Folder::new(
        "check",
        &[
            ("good.rule", DNS.as_bytes()),
            ("bad/one.rule", bad.as_bytes()),
            ("bad/two.rule", b"alert \"x\" { drop }"),
            ("bad/three.rule", b"filter \"y\" {"),
            ("lint.rule", lint.as_bytes()),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "check good.rule",
        "check bad",
        "check bad --format ndjson",
        "check bad --format github",
        "check lint.rule --deny-warnings",
        "check good.rule --deny-warnings --deny BS0446",
        "check good.rule --deny 446,BS0408 --format github",
        "check good.rule --deny BS9999",
        "check lint.rule",
        "check - < good.rule",
        "check nothing.rule",
        "check bad/none",
    ]));
}

#[test]
fn run_shows_what_is_asked_for_and_ends_with_the_documented_status() {
    let folder = Folder::new(
        "run",
        &[
            ("rules/dns.rule", DNS.as_bytes()),
            ("rules/alert.rule", ALERT.as_bytes()),
            ("logs/a.ndjson", &events()),
            ("empty.json", b""),
            ("flat.json", b"{\"EventID\":1}\n"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "run rules --events logs --format ndjson",
        "run rules --events logs --format table --show all",
        "run rules --events logs/*.ndjson --show kept --format ndjson --quiet",
        "run rules --events logs --show none --format json",
        "run rules --events - --show alerts --format ndjson --quiet < logs/a.ndjson",
        "run rules --events logs --show none --until filter --fail-on-match",
        "run rules --events empty.json --fail-on-match",
        "run rules --events flat.json",
        "compile rules -o m.bsm",
        "run m.bsm --events logs --format ndjson --quiet",
    ]));
}

#[test]
fn events_of_unknown_forms_and_missing_files_are_told_by_name() {
    let folder = Folder::new(
        "forms",
        &[
            ("dns.rule", DNS.as_bytes()),
            ("a.gz", b"\x1f\x8b\x08\0\0"),
            ("b.json", b"\xff\xfe{\0}\0"),
            ("c.xml", b"<Event xmlns='x'>"),
            ("d.json", b"[{}]"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "run dns.rule --events a.gz b.json c.xml d.json --quiet",
        "run dns.rule --events nowhere.evtx",
        "run dns.rule",
        "run nowhere --events a.gz",
        "frobnicate"
    ]));
}

#[test]
fn explain_says_yes_no_and_not_reached() {
    let folder = Folder::new(
        "explain",
        &[
            ("dns.rule", DNS.as_bytes()),
            ("name.rule", b"classify \"bare\" { if Image == 'cmd.exe' and User cased == 'ROOT' { tag \"t\" } }"),
            ("a.ndjson", &events()),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "explain dns.rule a.ndjson:1",
        "explain dns.rule a.ndjson:2",
        "explain dns.rule a.ndjson:5",
        "explain name.rule a.ndjson:1",
        "explain dns.rule a.ndjson:3",
        "explain dns.rule a.ndjson:99",
        "explain dns.rule a.ndjson",
        "explain dns.rule a.ndjson:1 --rule dnss",
        "listing dns.rule",
        "listing dns.rule --rule f-1",
    ]));
}

#[test]
fn fmt_changes_what_differs_and_nothing_else() {
    let loose = "filter   'x'{ // why\n if event is sysmon.dns_query{drop}}\r\n";
    let folder = Folder::new(
        "fmt",
        &[
            ("a.rule", loose.as_bytes()),
            ("b.rule", b"filter \"open\" {"),
            ("c.rule", DNS.as_bytes()),
            ("d.rule", b"\xff\xfef\0o\0"),
        ],
    );
    let told = folder.session(&[
        "fmt --check a.rule c.rule",
        "fmt a.rule b.rule c.rule",
        "fmt --check a.rule",
        "fmt - < a.rule",
        "fmt d.rule",
    ]);
    insta::assert_snapshot!(told);
    assert_eq!(std::fs::read(folder.0.join("b.rule")).expect("left"), b"filter \"open\" {");
}

#[test]
fn projects_modules_and_codes_with_faults_are_told() {
    let folder = Folder::new(
        "faults",
        &[
            ("p/blocksieve.toml", b"name = \"p\"\nwinlogbeat = \"5\"\n[tables.t]\nfile = \"t.csv\"\nkey = \"sha\"\n"),
            ("p/t.csv", b"md5\nx\n"),
            ("p/a.rule", DNS.as_bytes()),
            ("q/blocksieve.toml", b"nam = \"q\"\n"),
            ("q/a.rule", DNS.as_bytes()),
            ("old.bsm", b"BLKSIEVE\x63\0"),
            ("foreign.bsm", b"MZ"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "check p",
        "check q",
        "check p q",
        "listing old.bsm",
        "listing foreign.bsm",
        "explain-code BS9999",
        "explain-code 403"
    ]));
}

/// A folder may be a project, lie in one, hold one, or hold several; and rules and events may be named the wrong way round.
#[test]
fn the_project_that_is_meant_is_found_or_asked_for() {
    let folder = Folder::new(
        "meant",
        &[
            ("one/rules/blocksieve.toml", b"name = \"one\"\n"),
            ("one/rules/filters/dns.rule", DNS.as_bytes()),
            ("one/logs/a.ndjson", &events()),
            ("two/p/blocksieve.toml", b"name = \"p\"\n"),
            ("two/p/a.rule", DNS.as_bytes()),
            ("two/q/blocksieve.toml", b"name = \"q\"\n"),
            ("two/q/a.rule", DNS.as_bytes()),
            ("beside/p/blocksieve.toml", b"name = \"p\"\n"),
            ("beside/p/a.rule", DNS.as_bytes()),
            ("beside/b.rule", DNS.as_bytes()),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "check",
        "check one",
        "check two",
        "check beside",
        "fmt --check two",
        "run one/logs --events one/rules",
        "run one/logs/a.ndjson --events one/rules/filters/dns.rule",
    ]));
    let mut inside = std::process::Command::new(env!("CARGO_BIN_EXE_blocksieve"));
    let checked = inside.arg("check").current_dir(folder.0.join("one/rules/filters")).output().expect("starts");
    assert!(String::from_utf8_lossy(&checked.stdout).contains("1 rule checked"), "{checked:?}");
}

#[test]
fn completions_for_every_shell() {
    let folder = Folder::new("completions", &[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(folder.session(&[&format!("completions {shell}")]).contains("explain-code"), "{shell}");
    }
}

#[test]
fn the_corpus_runs_through_the_example_where_it_is() {
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let evtx = corpus.join("evtx");
    if !evtx.is_dir() {
        eprintln!("skipped: there is no corpus of EVTX files here");
        return;
    }
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon");
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_blocksieve"))
            .arg("run")
            .arg(&example)
            .arg("--events")
            .arg(&evtx)
            .args(["--format", "ndjson"])
            .output()
            .expect("runs")
    };
    let (first, second) = (run(), run());
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(first.stdout, second.stdout);
    let lines: Vec<serde_json::Value> = first
        .stdout
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    // Attack samples: nothing of them may be dropped, and the predefined alert must find some.
    assert!(lines.iter().all(|line| line["decision"] == "kept"), "an attack sample is dropped");
    assert!(lines.len() > 5, "{} alerts", lines.len());
}

/// A rule as a person draws it: an id of Blockly's, a place, a note, a stray block.
const DRAWN: &str = r#"{"blocks":{"languageVersion":0,"blocks":[
{"type":"text","id":"later","x":400,"y":10,"fields":{"TEXT":"for later"}},
{"type":"rule_filter","id":"k(1","x":37,"y":51,"collapsed":true,"fields":{"NAME":"dns"},"inputs":{"DO":{"block":
{"type":"controls_if","id":"k(2","inputs":{"IF0":{"block":
{"type":"event_is","id":"k(3","icons":{"comment":{"text":"it's all\nDNS"}},"fields":{"OP":"IS","EVENT":"sysmon.dns_query"}}},"DO0":{"block":
{"type":"filter_drop","id":"k(4"}}}}}}}
]},"workspaceComments":[{"id":"n1","text":"ask Eva","x":5,"y":5,"width":100,"height":50}]}"#;

#[test]
fn convert_goes_each_way_and_loses_nothing() {
    let broken = DRAWN.replace("\"IS\"", "\"WAS\"").replace("filter_drop", "filter_drip");
    let folder = Folder::new(
        "convert",
        &[
            ("drawn.blocks.json", DRAWN.as_bytes()),
            ("broken.json", broken.as_bytes()),
            ("rules/alert.rule", ALERT.as_bytes()),
            ("rules/dns.rule", DNS.as_bytes()),
            (
                "bell.rule",
                "filter \"bell\" { if event is sysmon.dns_query and QueryName == \"\\u{7}\" { drop } }".as_bytes(),
            ),
            ("e.ndjson", include_bytes!("../../examples/sysmon/events/sysmon.ndjson")),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "check drawn.blocks.json",
        "convert --to text drawn.blocks.json",
        "convert --to text drawn.blocks.json -o dns.rule",
        "convert --to blockly-json dns.rule",
        "convert --to blockly-xml dns.rule --onto drawn.blocks.json",
        "convert --to blockly-json - < dns.rule",
        "convert --to blockly-json rules -o drawn",
        "check drawn rules/alert.rule",
        "convert --to text drawn/alert.blocks.json",
        "fmt --check drawn drawn.blocks.json",
        "listing drawn.blocks.json",
        "check broken.json",
        "convert --to text broken.json",
        "convert --to blockly-xml bell.rule",
        "convert --to blockly-json rules",
        "convert --to blockly-json dns.rule --onto rules/dns.rule",
        "convert --to yaml dns.rule",
    ]));
}

#[test]
fn sigma_is_written_onto_the_text_that_it_was_read_from() {
    let yaml = "# ours\ntitle: T\ndate: 2024-01-31 # a day\nlogsource:\n    product: windows\n    category: dns_query\ndetection:\n    \
                selection:\n        QueryName: a.example # why\n    condition: selection\nlevel: low\n";
    let rule = |name: &str, level: &str| {
        format!(
            "alert \"T\" {{\n    severity {level}\n    if event is sysmon.dns_query and QueryName == '{name}' {{\n        send file\n    }}\n}}\n"
        )
    };
    let folder = Folder::new(
        "onto-sigma",
        &[
            ("old.yml", yaml.as_bytes()),
            ("same.rule", rule("a.example", "low").as_bytes()),
            ("level.rule", rule("a.example", "high").as_bytes()),
            ("name.rule", rule("b.example", "low").as_bytes()),
            ("broken.yml", b"title: T\ndetection: [\n"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "convert --to sigma old.yml",
        "convert --to sigma same.rule --onto old.yml",
        "convert --to sigma level.rule --onto old.yml",
        "convert --to sigma name.rule --onto old.yml",
        "convert --to sigma name.rule",
        "convert --to sigma name.rule --onto same.rule",
        "convert --to sigma name.rule --onto broken.yml",
        "convert --to sigma name.rule --onto none.yml",
        "convert --to text name.rule --onto old.yml",
    ]));
}

/// The project and the exports of `tests/exports` that are named, under `p/`, and more.
fn exports(name: &str, more: &[(&str, &[u8])]) -> Folder {
    let folder = Folder::new(name, more);
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports");
    for file in ["blocksieve.toml", "ports.csv", "lookup-value.xml", "send.xml", "variable.xml"] {
        std::fs::create_dir_all(folder.0.join("p")).expect("a folder");
        std::fs::copy(from.join(file), folder.0.join("p").join(file)).expect("it is there");
    }
    folder
}

#[test]
fn exports_of_the_log_manager_go_through_every_command() {
    let stray = include_str!("../exports/add-tag.xml")
        .replace("</xml>", "<block type=\"text\"><field name=\"TEXT\">later</field></block></xml>");
    let own = "// why\nclassify \"own\" { reason \"r\" if Image == 'x' { tag \"vip\" } }";
    let back =
        "classify \"back\" { if strictly(logmanager) msg.port == '22' and not has tag \"quiet\" { tag \"vip\" } }";
    let folder = exports(
        "exports",
        &[
            ("p/stray.xml", stray.as_bytes()),
            ("p/own.rule", own.as_bytes()),
            ("p/back.rule", back.as_bytes()),
            ("lonely.xml", include_bytes!("../exports/add-tag.xml")),
            ("rename-key.xml", include_bytes!("../exports/rename-key.xml")),
            ("e.ndjson", b"{\"msg\":{\"port\":\"88\"}}\n{\"msg\":{\"port\":\"22\"}}\n"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "check p/lookup-value.xml p/send.xml",
        "check lonely.xml",
        "run p/lookup-value.xml --events e.ndjson --format ndjson --show all --quiet",
        "explain p/lookup-value.xml e.ndjson:2",
        "convert --to text p/lookup-value.xml -o lookup-value.rule",
        "convert --to blockly-json lookup-value.rule",
        "convert --to blockly-xml p/stray.xml",
        "convert --to logmanager-xml p/stray.xml -o p/stray2.xml",
        "convert --to logmanager-xml p/back.rule",
        "convert --to logmanager-xml p/back.rule -o p/back.xml",
        "convert --to text p/back.xml",
        "convert --to logmanager-xml p/own.rule",
        "convert --to blockly-json p/back.rule --onto p/send.xml",
        "convert --to logmanager-xml p/back.rule --onto p/send.xml",
        "fmt --check p/variable.xml p/send.xml",
    ]));
    // What only the log manager's blocks say is no layout of a text.
    assert!(!folder.0.join("lookup-value.layout.json").exists());
    // Standard input belongs to no project, so this one names nothing by uuid.
    let untouched = folder.session(&["fmt - < rename-key.xml"]);
    assert!(untouched.contains(include_str!("../exports/rename-key.xml").trim_end()), "{untouched}");
}

#[test]
fn faults_under_logmanager_in_a_project_are_told_at_their_place() {
    let rule = include_bytes!("../exports/add-tag.xml");
    let tag = "[logmanager.tags]\n\"0a000000-0000-4000-8000-000000000004\" = \"night\"\n";
    let key = format!("{tag}[logmanager.taggs]\n\"u\" = \"x\"\n");
    let column = format!("{tag}[logmanager.tables]\n\"u\" = {{ table = \"ports\" }}\n");
    let network = format!("{tag}[logmanager.prefix-lists]\n\"u\" = [\"10.0.0.0/8\", \"10.0.0.0/33\", \"office\"]\n");
    // Which of the two would be meant by the name?
    let twice = format!("{tag}\"0a000000-0000-4000-8000-000000000005\" = \"night\"\n");
    let folder = Folder::new(
        "registry",
        &[
            ("key/blocksieve.toml", key.as_bytes()),
            ("key/a.xml", rule),
            ("column/blocksieve.toml", column.as_bytes()),
            ("column/a.xml", rule),
            ("network/blocksieve.toml", network.as_bytes()),
            ("network/a.xml", rule),
            ("twice/blocksieve.toml", twice.as_bytes()),
            ("twice/a.xml", rule),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "check key/a.xml",
        "check column/a.xml",
        "check network/a.xml",
        "check twice/a.xml"
    ]));
}

#[test]
fn fmt_moves_no_disabled_block_out_of_its_rule() {
    let condition = r#"{"type":"event_is","id":"k(3","icons":{"comment":{"text":"it's all\nDNS"}},"fields":{"OP":"IS","EVENT":"sysmon.dns_query"}}"#;
    let off = condition.replace("k(3", "k(5").replace("\"id\"", "\"disabledReasons\":[\"MANUALLY_DISABLED\"],\"id\"");
    let and = format!(
        r#"{{"type":"logic_operation","id":"k(6","fields":{{"OP":"AND"}},"inputs":{{"A":{{"block":{condition}}},"B":{{"block":{off}}}}}}}"#
    );
    let drawn = DRAWN.replace(condition, &and);
    assert_ne!(drawn, DRAWN);
    let folder = Folder::new("left-out", &[("off.blocks.json", drawn.as_bytes())]);
    let told = folder.session(&["fmt off.blocks.json"]);
    assert!(told.contains("0 changed, 1 as they should be"), "{told}");
    assert_eq!(std::fs::read_to_string(folder.0.join("off.blocks.json")).expect("it is there"), drawn);
}

/// A log of a few megabytes: events that rules drop, tag and alert on, damaged ones, and at the end records of several lines.
fn long_log() -> Vec<u8> {
    let pad = "x".repeat(2000);
    let mut log = String::from("\u{feff}");
    for number in 0..3000 {
        let name = ["a.example.org", "b.example.com", "c.\\u0065xample.org"][number % 3];
        log += &match number % 7 {
            5 => support::sysmon(6, &format!(r#""ImageLoaded":"C:\\{number}.sys","Pad":"{pad}""#)),
            6 if number % 300 == 6 => format!(r#"{{"winlog":{{"event_id":"22","pad":"{pad}"#),
            _ => support::sysmon(22, &format!(r#""QueryName":"{name}","Pad":"{pad}""#)),
        };
        log += if number % 5 == 0 { "\r\n" } else { "\n" };
    }
    let several: serde_json::Value =
        serde_json::from_str(&support::sysmon(22, r#""QueryName":"last.example.org""#)).expect("JSON");
    log += &serde_json::to_string_pretty(&several).expect("JSON");
    log.into_bytes()
}

#[test]
fn several_threads_say_what_one_says() {
    let tag = "classify \"com\" { if QueryName ends with '.com' { tag \"com\" } }\n";
    let count =
        "alert \"many\" { when 3 events within 1 minute { send mail using template \"t\" to [\"a@example.org\"] } }\n";
    let folder = Folder::new(
        "threads",
        &[
            ("rules/dns.rule", DNS.as_bytes()),
            ("rules/driver.rule", ALERT.as_bytes()),
            ("rules/tag.rule", tag.as_bytes()),
            ("many.rule", count.as_bytes()),
            ("log.ndjson", &long_log()),
        ],
    );
    for how in [
        "--format ndjson",
        "--format table --show all",
        "--format json --show alerts,tagged",
        "--format msg",
        "--show none",
    ] {
        let run = |threads: usize| {
            let command = format!("run rules --events log.ndjson log.ndjson {how} --threads {threads}");
            folder.session(&[&command]).replace(&format!("--threads {threads}"), "")
        };
        let one = run(1);
        assert!(one.contains("classify \"com\"") && one.contains("damaged and skipped"), "{one}");
        for threads in [2, 3] {
            // Not shown where it differs: it is long.
            assert!(run(threads) == one, "{how}, {threads} threads");
        }
    }
    let told = folder.session(&["run many.rule --events log.ndjson --show none --threads 2"]);
    assert!(told.contains("note: one thread decides: these rules remember something from event to event"), "{told}");
    assert!(folder.session(&["run rules --events log.ndjson --threads 0"]).contains("[4]"));
}
