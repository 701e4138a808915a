//! What machines read of `check` and `test`, against the schemas that are published of it; and that these find fault where there is one.
#![cfg(feature = "cli")]
#![allow(clippy::panic, clippy::expect_used)]

use crate::schemas::{faults_of_junit, faults_of_sarif, junit, sarif, written};
use crate::support::folder::Folder;
use blocksieve::diagnostic::Code;
use blocksieve::diagnostic::page::page;

const RULE: &str = "filter \"dns\" { if event is sysmon.dns_query and QueryName contains 'update' { drop } }\n";
/// Names with what XML would take for its own, or cannot hold at all (case D79).
const TESTS: &str = r#"tests:
  - name: "a<b & \"c\" ]]> \u202e \u0007 \ufffe"
    event: { winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', event_data: { QueryName: 'x.example' } } }
    expect: { decision: kept }
  - name: "fails \e[31m with <&>"
    event: { winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22', event_data: { QueryName: "update \u0001 <&> \x7f" } } }
    expect: { decision: kept }
  - name: of a rule that is not there
    event: { winlog: { provider_name: Microsoft-Windows-Sysmon, event_id: '22' } }
    expect: { rule: 'a<b "c"' }
"#;

fn folder(name: &str) -> Folder {
    Folder::new(
        name,
        &[
            ("a.rule", RULE.as_bytes()),
            ("a b/ü%23.test.yaml", TESTS.as_bytes()),
            ("<good>.test.yaml", TESTS.split_once("  - name: \"fails").expect("there").0.as_bytes()),
        ],
    )
}

#[test]
fn junit_holds_to_its_schema() {
    let told = folder("reports-junit").session(&["test . --format junit"]);
    let xml = written(&told);
    let seen = junit(xml);
    let count = |name: &str| seen.iter().filter(|seen| *seen == name).count();
    assert_eq!(["testsuite", "testcase", "failure", "error"].map(count), [2, 4, 1, 1], "{xml}");
    assert!(xml.contains("a&lt;b &quot;c&quot;"), "{xml}");
    // The schema asks for something.
    for (from, to) in
        [("<testcase ", "<testcase id=\"1\" "), ("<testsuite name=", "<testsuite nam="), ("testcase", "test")]
    {
        assert!(xml.contains(from), "{from}");
        assert!(faults_of_junit(&xml.replace(from, to)).is_none_or(|found| !found.is_empty()), "{to}");
    }
}

#[test]
fn sarif_of_tests_holds_to_its_schema() {
    let told = folder("reports-sarif").session(&["test . --format sarif"]);
    let results = sarif(written(&told));
    assert_eq!(results.len(), 2, "{results:?}");
    assert!(results.iter().all(|(_, file)| file == "a%20b/%C3%BC%2523.test.yaml"), "{results:?}");
}

/// Every rule of every page, so that findings of all sorts are there: with fixes, with places beside theirs, without a place, drawn.
#[test]
fn sarif_of_all_findings_holds_to_its_schema() {
    let mut files = Vec::new();
    for &code in Code::ALL {
        for (at, (kind, text)) in page(code).examples().into_iter().enumerate() {
            if kind.starts_with("rule") {
                files.push((format!("pages/{code}-{at}/ä b.rule"), text.to_string().into_bytes()));
            }
        }
    }
    let drawn = include_str!("../../examples/sysmon-blocks/classify/2-whitelisted.blocks.json");
    files.push(("drawn/1.blocks.json".to_string(), drawn.as_bytes().to_vec()));
    files.push(("drawn/2.blocks.json".to_string(), drawn.as_bytes().to_vec()));
    files.push(("drawn/3.blocks.json".to_string(), b"{".to_vec()));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect();
    let folder = Folder::new("reports-all", &files);
    let told = folder.session(&["check --format sarif pages drawn"]);
    let results = sarif(written(&told));
    let mut codes: Vec<&String> = results.iter().map(|(code, _)| code).collect();
    codes.sort();
    codes.dedup();
    assert!(codes.len() > 60, "{codes:?}");
    let log: serde_json::Value = serde_json::from_str(written(&told)).expect("JSON");
    for part in ["fixes", "relatedLocations", "logicalLocations", "region"] {
        assert!(written(&told).contains(&format!("\"{part}\"")), "{part}");
    }
    // The schema asks for something, in each part.
    for (pointer, value) in [
        ("/version", "2.0".into()),
        ("/runs/0/tool/driver/name", 3.into()),
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/message", serde_json::json!({})),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0.into()),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "a b<".into()),
    ] {
        let mut wrong = log.clone();
        *wrong.pointer_mut(pointer).expect("there") = value;
        assert!(faults_of_sarif(&wrong).is_none_or(|found| !found.is_empty()), "{pointer}");
    }
}
