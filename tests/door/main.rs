//! The browser's doors on the host: what a page asks is answered, the same each time.
//!
//! The calls are all examples, all cases of the manual, all forms of events, Winlogbeat's conditions, rules of Sigma and random rules on random
//! events, as a page would ask them. With `BLOCKSIEVE_DOOR=FOLDER` they are written there, with the answers;
//! `tests/browser/parity.mjs` asks the built modules the same and compares the bytes.
#![allow(clippy::panic, clippy::expect_used)]

mod answers;
#[path = "../support/fences.rs"]
mod fences;
mod scripts;
#[path = "../support/mod.rs"]
mod support;
#[path = "../differential/tape.rs"]
#[allow(dead_code)]
mod tape;

use answers::Doors;
use scripts::Call;

fn answers(calls: &[Call]) -> Vec<String> {
    let mut doors = Doors::default();
    calls.iter().map(|call| doors.answer(call)).collect()
}

fn check(name: &str, calls: &[Call], least: usize) {
    let first = answers(calls);
    assert!(first.len() >= least, "{name}: only {} calls", first.len());
    for (call, answer) in calls.iter().zip(&first) {
        let is_text = matches!(call.name, "listing" | "carried" | "setBaseline" | "clearEvents");
        assert!(is_text || serde_json::from_str::<serde_json::Value>(answer).is_ok(), "{name}: {call:?}\n{answer}");
    }
    if let Some(folder) = std::env::var_os("BLOCKSIEVE_DOOR") {
        let folder = std::path::Path::new(&folder);
        std::fs::create_dir_all(folder).expect("a folder");
        let lines: String = calls
            .iter()
            .zip(&first)
            .map(|(call, answer)| {
                let line =
                    serde_json::json!({ "call": call.name, "args": call.args, "file": call.file, "answer": answer });
                format!("{line}\n")
            })
            .collect();
        std::fs::write(folder.join(format!("{name}.ndjson")), lines).expect("a writable folder");
        return;
    }
    assert_eq!(answers(calls), first, "{name}: asked again, a door answers otherwise");
}

#[test]
fn examples() {
    check("examples", &scripts::examples(), 1_000);
}

#[test]
fn manual() {
    check("manual", &scripts::manual(), 400);
}

#[test]
fn forms() {
    check("forms", &scripts::forms(), 300);
}

#[test]
fn winlogbeat() {
    check("winlogbeat", &scripts::winlogbeat(), 400);
}

#[test]
fn sigma() {
    check("sigma", &scripts::sigma(), 80);
}

#[test]
fn random() {
    check("random", &scripts::random(60), 800);
}
