//! Whole processes: `blocksieve run` against a program that only parses each line with serde_json into a `Value`.
//!
//! ```text
//! whole events COUNT > FILE       lines from the benches' seed
//! whole rules COUNT > FILE        rules from the benches' seed
//! whole table ROWS > FILE         a lookup table of hashes
//! whole convert RULES.json        rules of a neutral form (and / or / not over eq, contains, startswith, endswith, in, re) as text
//! whole parse FILE                reads and parses every line; the baseline
//! whole keyed EVENTS KEYS > FILE   process starts of as many processes, a tenth of a second apart, on 20 hosts
//! whole alerts > FILE             ten alerts that count by process
//! whole added RULES MORE FILE [N] N interleaved pairs of `blocksieve run` with MORE rules and without: median ratio and range
//! whole memory RULES FILE         bytes that a counted key takes
//! whole evtx FOLDER               reads the EVTX in a folder and makes JSON text of each record, by the crate evtx; the baseline
//! whole compare RULES FILE [N]    N interleaved pairs (11) of `blocksieve run` and `parse`: median ratio and range
//! ```
#![allow(clippy::expect_used, clippy::panic)]

#[path = "made.rs"]
#[allow(dead_code)]
mod made;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let out = std::io::stdout();
    match words.as_slice() {
        ["events", count] => {
            let mut out = out.lock();
            for line in made::lines(count.parse().expect("a number")) {
                writeln!(out, "{line}").expect("standard output");
            }
        }
        ["rules", count] => print!("{}", made::rules(count.parse().expect("a number"), true)),
        ["table", rows] => print!("{}", made::table(rows.parse().expect("a number"))),
        ["convert", file] => print!("{}", convert(file)),
        ["parse", file] => println!("{} lines", parse(file)),
        ["keyed", events, keys] => {
            keyed(events.parse().expect("a number"), keys.parse().expect("a number"), &mut out.lock());
        }
        ["alerts"] => print!("{}", alerts()),
        ["added", rules, more, file] => added(rules, more, file, 11),
        ["added", rules, more, file, pairs] => added(rules, more, file, pairs.parse().expect("a number")),
        ["memory", rules, file] => memory(rules, file),
        ["evtx", folder] => println!("{} bytes", evtx(std::path::Path::new(folder))),
        ["compare", rules, file] => compare(rules, file, 11),
        ["compare", rules, file, pairs] => compare(rules, file, pairs.parse().expect("a number")),
        _ => eprintln!("whole events|rules|table COUNT, convert RULES.json, parse FILE, compare RULES FILE [PAIRS]"),
    }
}

fn parse(file: &str) -> usize {
    let mut reader = BufReader::with_capacity(256 << 10, std::fs::File::open(file).expect("a file"));
    let (mut line, mut count) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line).expect("readable") > 0 {
        count += usize::from(serde_json::from_slice::<serde_json::Value>(&line).is_ok());
        line.clear();
    }
    count
}

/// Bytes of the JSON text of all records that can be read.
fn evtx(folder: &std::path::Path) -> usize {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            bytes += evtx(&path);
        } else if let Ok(parser) = evtx::EvtxParser::from_path(&path) {
            let settings = evtx::ParserSettings::default().num_threads(1).indent(false);
            let mut parser = parser.with_configuration(settings);
            bytes += parser.records_json().flatten().map(|record| record.data.len()).sum::<usize>();
        }
    }
    bytes
}

/// Each process comes about as often as any other, in an order that nothing tells beforehand.
fn keyed(events: u64, keys: u64, out: &mut impl Write) {
    let mut random = 7u64;
    for number in 0..events {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (process, user) = ((random >> 33) % keys, (random >> 20) % 7);
        let time =
            blocksieve::ast::Timestamp::from_nanoseconds(1_800_000_000_000_000_000 + number as i64 * 100_000_000);
        let host = process % 20;
        writeln!(
            out,
            r#"{{"@timestamp":"{time}","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","record_id":{number},"computer_name":"ws{host:02}.example.org","event_data":{{"UtcTime":"{time}","ProcessGuid":"{{5D6D8C55-0000-0000-0000-{process:012}}}","ProcessId":"{process}","Image":"C:\\Program Files\\Tool {}\\tool.exe","CommandLine":"\"C:\\Program Files\\Tool\\tool.exe\" --run {number} --verbose","User":"EXAMPLE\\user{user}","ParentImage":"C:\\Windows\\explorer.exe","Hashes":"SHA256={process:064X}"}}}}}}"#,
            process % 50
        )
        .expect("standard output");
    }
}

fn alerts() -> String {
    let counts = [
        "3 events within 10 minutes",
        "4 events within 1 hour",
        "5 events within 5 hours",
        "5 events within 600 seconds from first hit",
        "3 distinct User within 1 hour",
        "4 distinct User within 5 hours",
        "3 distinct User, CommandLine within 900 seconds from first hit",
    ];
    let count = |(number, count): (usize, &&str)| {
        format!("alert \"count {number}\" {{ when {count} by ProcessGuid {{ send file }} }}\n")
    };
    let steps = |(number, order): (usize, &&str)| {
        format!(
            "alert \"steps {number}\" {{ when {order} {{ step User ends with '1' step User ends with '2' step User ends with '3' }} within 5 hours by ProcessGuid {{ send file }} }}\n"
        )
    };
    let mut alerts: String = counts.iter().enumerate().map(count).collect();
    alerts.extend(["in order", "in any order"].iter().enumerate().map(steps));
    alerts + "alert \"quiet\" { suppress for 1 hour by ProcessGuid if User ends with '5' { send file } }\n"
}

/// Bytes of memory that a counted key takes, as the system tells (Linux).
fn memory(rules: &str, file: &str) {
    use blocksieve::event::json::{LinePlan, LineScanner};
    use blocksieve::vm::{Machine, Options, Prepared};
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("a number") * 1024
    };
    let (compiled, found) = blocksieve::compile_text(&std::fs::read_to_string(rules).expect("rules"), &[]);
    let prepared = Prepared::new(compiled.unwrap_or_else(|| panic!("{found:?}")).module).expect("valid");
    let plan = LinePlan::new(&prepared.module().layout);
    let (mut scanner, mut machine) = (LineScanner::new(), Machine::new(&prepared));
    let before = resident();
    for line in BufReader::new(std::fs::File::open(file).expect("a file")).lines() {
        if let Ok(view) = scanner.scan(&plan, line.expect("a line").as_bytes()) {
            machine.decide(&view, Options::default());
        }
    }
    let keys: usize = machine.contexts().sizes().sum();
    let bytes = resident() - before;
    println!("{keys} keys, {bytes} bytes: {} each", bytes / keys.max(1) as u64);
}

/// The same events, with more rules and without.
fn added(rules: &str, more: &str, file: &str, pairs: usize) {
    let own = std::env::current_exe().expect("a program");
    let blocksieve =
        own.parent().and_then(|folder| folder.parent()).expect("target/release/examples").join("blocksieve");
    let time = |rules: &[&str]| {
        let mut command = Command::new(&blocksieve);
        command.arg("run").args(rules).args(["--events", file, "--show", "none", "--quiet"]);
        let start = Instant::now();
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("starts");
        assert!(status.success(), "{status}");
        start.elapsed().as_secs_f64()
    };
    let (with, without) = (|| time(&[rules, more]), || time(&[rules]));
    with();
    without();
    let mut times: Vec<(f64, f64)> = (0..pairs).map(|_| (with(), without())).collect();
    let mut ratios: Vec<f64> = times.iter().map(|(a, b)| b / a).collect();
    ratios.sort_by(f64::total_cmp);
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!(
        "{pairs} pairs: with them {:.2} of the speed (range {:.2} to {:.2})",
        ratios[pairs / 2],
        ratios[0],
        ratios[pairs - 1]
    );
    println!("with: median {:.3} s (range {:.3} to {:.3})", times[pairs / 2].0, times[0].0, times[pairs - 1].0);
}

fn compare(rules: &str, file: &str, pairs: usize) {
    let own = std::env::current_exe().expect("a program");
    let blocksieve =
        own.parent().and_then(|folder| folder.parent()).expect("target/release/examples").join("blocksieve");
    let time = |command: &mut Command| {
        let start = Instant::now();
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("starts");
        assert!(status.success(), "{status}");
        start.elapsed().as_secs_f64()
    };
    let ours = || time(Command::new(&blocksieve).args(["run", rules, "--events", file, "--show", "none", "--quiet"]));
    let theirs = || time(Command::new(&own).args(["parse", file]));
    ours();
    theirs();
    let mut times: Vec<(f64, f64)> = (0..pairs).map(|_| (ours(), theirs())).collect();
    let mut ratios: Vec<f64> = times.iter().map(|(a, b)| b / a).collect();
    ratios.sort_by(f64::total_cmp);
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!(
        "{pairs} pairs: {:.2} times as fast as parsing (range {:.2} to {:.2})",
        ratios[pairs / 2],
        ratios[0],
        ratios[pairs - 1]
    );
    println!("run: median {:.3} s (range {:.3} to {:.3})", times[pairs / 2].0, times[0].0, times[pairs - 1].0);
}

fn convert(file: &str) -> String {
    let text = std::fs::read_to_string(file).expect("a file");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let rule = |rule: &serde_json::Value| {
        format!(
            "classify {0} {{ if {1} {{ tag {0} }} }}\n",
            rule["id"].to_string().replace('\'', ""),
            condition(&rule["logic"])
        )
    };
    json["rules"].as_array().into_iter().flatten().map(rule).collect()
}

fn condition(node: &serde_json::Value) -> String {
    let all = |members: &serde_json::Value, word: &str| {
        let members: Vec<String> = members.as_array().into_iter().flatten().map(condition).collect();
        format!("({})", members.join(word))
    };
    if node.get("and").is_some() {
        return all(&node["and"], " and ");
    }
    if node.get("or").is_some() {
        return all(&node["or"], " or ");
    }
    if let Some(inner) = node.get("not") {
        return format!("not ({})", condition(inner));
    }
    let (field, op, value) = (node["f"].as_str().unwrap_or(""), node["op"].as_str().unwrap_or(""), &node["v"]);
    let texts: Vec<&str> = value
        .as_array()
        .map_or_else(|| value.as_str().into_iter().collect(), |list| list.iter().filter_map(|v| v.as_str()).collect());
    if field == "event_id" {
        let catalogue = blocksieve::sysmon::Catalogue::standard();
        let names: Vec<&str> = texts
            .iter()
            .filter_map(|id| catalogue.events.iter().find(|e| e.id.to_string() == **id))
            .map(|e| e.name.as_str())
            .collect();
        return format!("event is any [{}]", names.join(", "));
    }
    let quoted: Vec<String> =
        texts.iter().map(|text| if text.contains('\'') { format!("{text:?}") } else { format!("'{text}'") }).collect();
    match op {
        "eq" => format!("{field} == {}", quoted[0]),
        "contains" => format!("{field} contains {}", quoted[0]),
        "startswith" => format!("{field} starts with {}", quoted[0]),
        "endswith" => format!("{field} ends with {}", quoted[0]),
        "in" => format!("{field} in [{}]", quoted.join(", ")),
        "re" => format!("{field} matches {}", quoted[0]),
        other => panic!("unknown operator {other}"),
    }
}
