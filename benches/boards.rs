//! Boards at the doors on the host, for `benches/boards.mjs`, which asks the built modules the same: a long log in pieces, decisions, boards.
//!
//! ```text
//! boards EVENTS.ndjson     one line of JSON: milliseconds of each step, and what was counted
//! boards project           the example's rules, as the doors take them
//! ```
#![allow(clippy::expect_used, clippy::panic)]

use std::io::Read;
use std::time::Instant;

use blocksieve::wasm::{Engine, More};
use serde_json::{Value, json};

/// Bytes of a piece, as the page cuts files.
const PIECE: usize = 8 << 20;

fn project() -> (Value, Value) {
    let mut files = Vec::new();
    for folder in ["filters", "classify", "alerts"] {
        let entries = std::fs::read_dir(format!("examples/sysmon/{folder}")).expect("the example");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "rule"));
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).expect("text");
            files.push(json!({ "name": format!("{folder}/{}", path.file_name().expect("a name").to_string_lossy()), "text": text }));
        }
    }
    let manifest = std::fs::read_to_string("examples/sysmon/blocksieve.toml").expect("the example");
    let manifest: toml::Table = toml::from_str(&manifest).expect("TOML");
    let mut tables = Vec::new();
    for (name, said) in manifest["tables"].as_table().expect("tables") {
        let file = said["file"].as_str().expect("a file");
        let text = std::fs::read_to_string(format!("examples/sysmon/{file}")).expect("a table");
        let hashes = said.get("hashes").cloned().map_or(json!([]), |list| json!(list));
        tables.push(json!({ "name": name, "file": file, "key": said["key"].as_str(), "hashes": hashes, "text": text }));
    }
    (json!(files), json!({ "winlogbeat": "8.17", "tables": tables, "today": "2026-01-31" }))
}

struct Page {
    engine: Engine,
    more: More,
}

impl Page {
    fn board(&mut self, query: &Value, wanted: &Value) -> Value {
        let (query, wanted) = (query.to_string(), wanted.to_string());
        let needs: Vec<String> = serde_json::from_str(&self.more.board_needs(&query, &wanted, "null")).expect("names");
        for asked in needs {
            let start = Instant::now();
            let bytes = self.engine.column(&asked);
            let made = start.elapsed();
            self.more.board_column(&asked, &bytes);
            let (made, took) = (made.as_millis(), (start.elapsed() - made).as_millis());
            eprintln!("  {asked}: {} bytes, {made} ms, taken over in {took} ms", bytes.len());
        }
        serde_json::from_str(&self.more.board(&query, &wanted)).expect("JSON")
    }

    fn rows(&mut self, query: &Value, column: &str, columns: &[&str]) -> Value {
        let (query, sort) = (query.to_string(), json!({ "column": column, "descending": true }).to_string());
        let needs: Vec<String> = serde_json::from_str(&self.more.board_needs(&query, "null", &sort)).expect("names");
        for asked in needs {
            self.more.board_column(&asked, &self.engine.column(&asked));
        }
        let rows = self.more.board_order(&query, 0, 50, &sort);
        serde_json::from_str(&self.engine.rows_of(&rows, &json!(columns).to_string())).expect("JSON")
    }
}

fn main() {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let (files, settings) = project();
    if argument == "project" {
        println!("{}", json!({ "files": files, "settings": settings }));
        return;
    }
    let mut page = Page { engine: Engine::new(), more: More::new() };
    page.engine.set_project(&files.to_string(), &settings.to_string());
    page.more.set_project(&files.to_string(), &settings.to_string());
    let mut told = serde_json::Map::new();
    let mut step = |name: &str, start: Instant| {
        let took = start.elapsed().as_millis() as u64;
        eprintln!("{name}: {took} ms");
        told.insert(name.to_string(), json!(took));
    };

    let start = Instant::now();
    let mut file = std::fs::File::open(&argument).expect("a file of events");
    let (mut piece, mut after, mut events, mut left) = (Vec::new(), 0_u32, 0, 0);
    loop {
        let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece).expect("readable");
        let end =
            if read == 0 { piece.len() } else { piece.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) };
        let rest = piece.split_off(end);
        if !piece.is_empty() {
            let loaded: Value = serde_json::from_str(&page.engine.add_events("log", &piece, after)).expect("JSON");
            assert!(loaded["needsReader"] == false, "{loaded}");
            left += loaded["left"].as_u64().expect("a number");
            events += loaded["events"].as_u64().expect("a number");
            after += piece.iter().filter(|byte| **byte == b'\n').count() as u32;
        }
        piece = rest;
        if read == 0 {
            break;
        }
    }
    step("load", start);
    let start = Instant::now();
    page.engine.decide();
    step("decide", start);

    let tops =
        ["msg.username", "msg.action", "RuleName", "Image", "@host", "CommandLine", "DestinationIp", "DestinationPort"];
    let tops: Vec<Value> = tops.iter().map(|field| json!({ "field": field, "most": 10, "like": "" })).collect();
    let wanted = json!({ "steps": 120, "series": "group", "tops": tops });
    let query = json!({ "events": [], "from": null, "to": null, "terms": [], "where": "", "decision": "all", "hunted": false, "rest": false });
    let start = Instant::now();
    let first = page.board(&query, &wanted);
    step("first board", start);
    let start = Instant::now();
    let again = page.board(&query, &wanted);
    step("the same again", start);
    assert_eq!(first, again);
    let mut clicked = query.clone();
    clicked["terms"] = json!([{ "field": "Image", "value": first["tops"][3]["values"][0]["value"], "out": false }]);
    let start = Instant::now();
    let click = page.board(&clicked, &wanted);
    step("a click", start);
    clicked["terms"][0]["out"] = json!(true);
    clicked["from"] = json!(
        first["overTime"]["from"].as_i64().expect("a time") + first["overTime"]["step"].as_i64().expect("a step") * 20
    );
    let start = Instant::now();
    let brush = page.board(&clicked, &wanted);
    step("a click out, and a brush", start);
    clicked["where"] = json!("CommandLine contains 'a' or User ends with 'e'");
    let start = Instant::now();
    let typed = page.board(&clicked, &wanted);
    step("a condition", start);
    let start = Instant::now();
    page.more.board_forget(false);
    page.board(&clicked, &wanted);
    step("after the rules changed", start);
    let start = Instant::now();
    page.rows(&query, "time", &["Image", "User", "msg.action"]);
    step("rows by time", start);
    let start = Instant::now();
    page.rows(&clicked, "CommandLine", &["Image", "User", "msg.action"]);
    step("rows by a field", start);
    let start = Instant::now();
    let health = page.more.board_needs(&query.to_string(), "null", "null");
    for asked in serde_json::from_str::<Vec<String>>(&health).expect("names") {
        page.more.board_column(&asked, &page.engine.column(&asked));
    }
    page.more.board_health(&query.to_string());
    step("health", start);
    let counts: Vec<Value> = [&first, &click, &brush, &typed].iter().map(|board| board["count"].clone()).collect();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("").to_string();
    println!("{}", json!({ "events": events, "left": left, "counts": counts, "milliseconds": told, "memory": peak }));
}
