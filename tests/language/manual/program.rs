//! What needs the command line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{chapter, first_cells, of_kind};
use blocksieve::cli::{exit::Exit, project};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("blocksieve-manual-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.0.join(name);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
        command.args(arguments).current_dir(&self.0).output().expect("starts")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn statuses_are_the_programs_own() {
    for exit in Exit::ALL {
        let row = format!("| {} | {} |", exit.status(), exit.about());
        assert!(chapter("Exit status").lines().any(|line| line == row), "{row}");
    }
}

#[test]
fn the_project_of_the_manual_is_clean_and_its_table_is_asked_as_it_says() {
    let folder = Folder::new("project");
    let files = of_kind("file");
    assert!(files.iter().any(|fence| fence.kind().1 == project::FILE));
    for fence in &files {
        folder.write(fence.kind().1, &fence.text());
    }
    let output = folder.run(&["check", ".", "--deny-warnings"]);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let (mut sources, mut found) = (blocksieve::origin::Sources::default(), Vec::new());
    let project = project::load(&folder.0, &mut sources, &mut found);
    assert!(found.is_empty(), "{found:#?}");
    let table = project.tables.iter().find(|table| table.name == "admins").expect("it has the table");
    let column = |name: &str| format!("Computer in table \"{}\"{name}", table.name);
    let on = |host: &str| format!(r#"{{"winlog":{{"computer_name":"{host}"}}}}"#);
    let tables = &project.tables;
    for (condition, host, wanted) in [
        (column(""), "ADMIN01.example.org", true),
        (column(""), "ws17.example.org", false),
        // A comment line is no row, an empty cell no key.
        (column(""), "retired.example.org", false),
        (column(""), "", false),
        (column(" column \"owner\""), "Alice", true),
        (column(" column \"owner\""), "admin01.example.org", false),
        ("lookup \"admins\" column \"owner\" of Computer == 'alice'".to_string(), "ADMIN01.example.org", true),
        // A cell of a row that has no key is found by none.
        ("lookup \"admins\" column \"owner\" of Computer exists".to_string(), "", false),
        ("lookup \"admins\" column \"host\" of Computer exists".to_string(), "Carol", false),
    ] {
        assert_eq!(crate::support::holds_with(&condition, &on(host), tables), wanted, "{condition} on {host}");
    }
}

/// Keys of objects, those inside others behind the names of these.
fn keys(value: &serde_json::Value, under: &str, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                let path = if under.is_empty() { key.clone() } else { format!("{under}.{key}") };
                into.insert(path.clone());
                // The names of fields and tags that rules set are the rules' own.
                if path != "set" && path != "tagged_by" {
                    keys(member, &path, into);
                }
            }
        }
        serde_json::Value::Array(members) => members.iter().for_each(|member| keys(member, under, into)),
        _ => {}
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_key_of_a_decision_is_told() {
    let folder = Folder::new("decisions");
    folder.write(
        "all.rule",
        r#"filter "marks" { tag "edge" remove field CallTrace }
           filter "drops" { id "d-1" severity low status "test" techniques ["T1055"] labels ["x.y"] if event is sysmon.dns_query { drop } }
           classify "names" { tag "seen" set msg.group = 'forensic' }
           classify "fails" { if CommandLine contains 'x' { tag "t" } }
           alert "sends" { id "a-1" severity high techniques ["T1059"] send mail using template "t" to ["soc@example.org"] }
           alert "counts" { when 1 events within 1 hour { send file } }
           alert "stays quiet" { suppress for 1 hour send file }"#,
    );
    let line = |id: u32, data: &str| {
        crate::support::sysmon(id, data).replacen('{', r#"{"@timestamp":"2024-01-31T10:00:00.000Z","#, 1).replacen(
            r#""winlog":{"#,
            r#""winlog":{"computer_name":"ws01","#,
            1,
        )
    };
    let long = format!(r#""CommandLine":"{}""#, "a".repeat(blocksieve::limits::VALUE_BYTES + 1));
    folder.write("events.ndjson", &format!("{}\n{}\n{}\n", line(22, ""), line(1, &long), line(5, "")));
    let run = |format| {
        text(&folder.run(&["run", ".", "-q", "--show", "all", "--format", format, "-e", "events.ndjson"]).stdout)
    };
    let mut written = BTreeSet::new();
    for decision in run("ndjson").lines() {
        keys(&serde_json::from_str(decision).expect("a decision"), "", &mut written);
    }
    // No NDJSON loses a field; an entry of `undecidable` has the keys of one of `failed`, without the rule's own.
    let undecidable: Vec<String> = written
        .iter()
        .filter(|key| *key == "failed" || key.starts_with("failed."))
        .map(|key| key.replacen("failed", "undecidable", 1))
        .collect();
    written.extend(undecidable);
    let whose = ["rule", "alerts.rule", "failed.rule", "undecidable.rule"];
    let own = |key: &String| whose.iter().any(|whose| key.strip_prefix(whose).is_some_and(|k| k.starts_with('.')));
    // What a rule is called is told once.
    let named: BTreeSet<String> =
        written.iter().filter_map(|key| key.strip_prefix("rule.")).map(String::from).collect();
    let row = chapter("Decisions").lines().find(|line| line.starts_with("| `rule` |")).expect("a row for the rule");
    for name in &named {
        assert!(row.contains(&format!("`{name}`")), "{name}");
    }
    written.retain(|key| !own(key));
    let (summarised, told): (BTreeSet<String>, BTreeSet<String>) =
        first_cells("Decisions").into_iter().partition(|cell| cell.starts_with("summary"));
    assert_eq!(told, written);

    let whole: serde_json::Value = serde_json::from_str(&run("json")).expect("a document");
    let mut summary = BTreeSet::new();
    keys(&whole["summary"], "summary", &mut summary);
    let own =
        ["summary.rules.events", "summary.hits.rules.hits", "summary.hits.rules.first", "summary.hits.rules.last"];
    let of_a_rule = |key: &str| key.starts_with("summary.rules.") || key.starts_with("summary.hits.rules.");
    summary.retain(|key| !of_a_rule(key) || own.contains(&key.as_str()));
    assert_eq!(summarised, summary);
}

#[test]
fn links_lead_somewhere() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar");
    for link in super::MANUAL.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let file = link.split('#').next().unwrap_or_default();
        assert!(file.is_empty() || here.join(file).exists(), "{link}");
    }
}
