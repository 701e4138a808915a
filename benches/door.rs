//! The engine's door on the host, for `benches/door.mjs`, which asks the built module the same: events in memory, an edit, its decisions.
//!
//! ```text
//! door COUNT ROUNDS     one line of JSON: milliseconds of each round
//! door events COUNT     the events
//! ```
#![allow(clippy::expect_used, clippy::panic)]

#[path = "made.rs"]
#[allow(dead_code)]
mod made;

use std::time::Instant;

use blocksieve::wasm::Engine;
use serde_json::{Value, json};

/// An edit of the first filter of the example.
const EDITED: &str = "filters/dns-windows-services.rule";

fn files() -> (Vec<Value>, String) {
    let mut files = Vec::new();
    let mut edited = String::new();
    for folder in ["filters", "classify", "alerts"] {
        let mut paths: Vec<_> = std::fs::read_dir(format!("examples/sysmon/{folder}"))
            .expect("the example")
            .map(|entry| entry.expect("readable").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "rule"))
            .collect();
        paths.sort();
        for path in paths {
            let name = format!("{folder}/{}", path.file_name().expect("a name").to_string_lossy());
            let text = std::fs::read_to_string(&path).expect("text");
            if name == EDITED {
                edited.clone_from(&text);
            }
            files.push(json!({ "name": name, "text": text }));
        }
    }
    (files, edited)
}

fn settings() -> Value {
    let manifest: toml::Table =
        toml::from_str(&std::fs::read_to_string("examples/sysmon/blocksieve.toml").expect("the example"))
            .expect("TOML");
    let tables: Vec<Value> = manifest["tables"]
        .as_table()
        .expect("tables")
        .iter()
        .map(|(name, said)| {
            let file = said["file"].as_str().expect("a file");
            let text = std::fs::read_to_string(format!("examples/sysmon/{file}")).expect("a table");
            let hashes = said.get("hashes").cloned().map_or(json!([]), |list| json!(list));
            json!({ "name": name, "file": file, "key": said["key"].as_str(), "hashes": hashes, "text": text })
        })
        .collect();
    json!({ "winlogbeat": "8.17", "tables": tables, "today": "2026-01-31" })
}

/// Half of them are random, half the example's, which its rules were made for.
fn events(count: usize) -> String {
    let own = std::fs::read_to_string("examples/sysmon/events/sysmon.ndjson").expect("the example");
    let own: Vec<&str> = own.lines().collect();
    let mut lines = made::lines(count / 2);
    lines.extend(own.iter().cycle().take(count - lines.len()).map(|line| line.to_string()));
    lines.join("\n")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["events", count] => print!("{}", events(count.parse().expect("a number"))),
        ["project"] => {
            let (files, edited) = files();
            println!("{}", json!({ "files": files, "settings": settings(), "edited": EDITED, "text": edited }));
        }
        [count, rounds] => measure(count.parse().expect("a number"), rounds.parse().expect("a number")),
        _ => eprintln!("door COUNT ROUNDS | door events COUNT | door project; benches/door.mjs compares"),
    }
}

fn measure(count: usize, rounds: usize) {
    let (files, text) = files();
    let mut engine = Engine::new();
    engine.set_project(&json!(files).to_string(), &settings().to_string());
    let lines = events(count);
    let begin = Instant::now();
    engine.add_events("made.ndjson", lines.as_bytes(), 0);
    let read = begin.elapsed();
    engine.decide();
    let (mut edit, mut decide) = (Vec::new(), Vec::new());
    let mut told = String::new();
    let selection = json!({ "decision": "all", "rule": null, "event": null, "text": "", "where": "", "sort": null });
    for round in 0..rounds {
        let begin = Instant::now();
        engine.set_file(EDITED, &format!("// {round}\n{text}"));
        edit.push(begin.elapsed().as_secs_f64() * 1e3);
        let begin = Instant::now();
        told = engine.decide();
        engine.select(&selection.to_string());
        decide.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    println!("{}", json!({ "read": read.as_secs_f64() * 1e3, "edit": edit, "decide": decide, "told": told }));
}
