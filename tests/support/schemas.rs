//! Reports for machines against the schemas that are published of them: SARIF 2.1.0 of OASIS, `junit-10.xsd` of Jenkins' xUnit plugin.
//!
//! Where the schemas or their programs cannot be had, what no schema says is asked all the same, and the rest is skipped, said aloud.

use std::process::Command;

use super::support::tools::tools;

/// What a session with one command wrote.
pub fn written(told: &str) -> &str {
    told.split_once("--- out\n").expect("output").1.split("\n--- err").next().expect("output").trim()
}

/// A report of JUnit that is valid. Out: its elements.
pub fn junit(xml: &str) -> Vec<String> {
    if let Some(found) = faults_of_junit(xml) {
        assert_eq!(found, Vec::<String>::new(), "{xml}");
    }
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut seen = Vec::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Eof => return seen,
            Event::Start(start) | Event::Empty(start) => seen.push(start.name().as_ref().to_string()),
            _ => {}
        }
    }
}

/// What `junit-10.xsd` has against a report.
pub fn faults_of_junit(xml: &str) -> Option<Vec<String>> {
    let tools = tools("reports of JUnit against junit-10.xsd")?;
    let file = std::env::temp_dir().join(format!(
        "blocksieve-junit-{}-{:?}.xml",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::write(&file, xml).expect("written");
    let output = Command::new(tools.join("bin/xmlschema-validate"))
        .args(["-v", "--schema"])
        .arg(tools.join("schemas/junit-10.xsd"))
        .arg(&file)
        .output()
        .expect("starts");
    let _ = std::fs::remove_file(&file);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let valid = output.status.success() && said.contains("is valid");
    Some(if valid { Vec::new() } else { vec![said] })
}

/// A log of SARIF that is valid, and of which each result names one of its rules. Out: the rule and file of each result.
pub fn sarif(text: &str) -> Vec<(String, String)> {
    let log: serde_json::Value = serde_json::from_str(text).expect("JSON");
    if let Some(found) = faults_of_sarif(&log) {
        assert_eq!(found, Vec::<String>::new(), "{log:#}");
    }
    let run = &log["runs"][0];
    let rules: Vec<&str> = run["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    let of = |result: &serde_json::Value| {
        let id = result["ruleId"].as_str().expect("a rule");
        assert_eq!(result["ruleIndex"].as_u64().and_then(|at| rules.get(at as usize)), Some(&id), "{result:#}");
        let place = &result["locations"][0]["physicalLocation"];
        (id.to_string(), place["artifactLocation"]["uri"].as_str().expect("a file").to_string())
    };
    run["results"].as_array().expect("results").iter().map(of).collect()
}

/// What the schema of SARIF, with its formats, has against a log.
pub fn faults_of_sarif(log: &serde_json::Value) -> Option<Vec<String>> {
    let tools = tools("logs of SARIF against their schema")?;
    let text = std::fs::read_to_string(tools.join("schemas/sarif-2.1.0.json")).expect("a schema");
    let schema: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource("sarif.json", schema).expect("a schema");
    let schema = compiler.compile("sarif.json", &mut schemas).expect("a schema of its own schema");
    Some(schemas.validate(log, schema).err().map(|error| format!("{error:#}")).into_iter().collect())
}
