//! The manual's chapter on blocks tells the truth: its drawings are its texts, its tables are made of `grammar/blocks.json`.
//!
//! `BLOCKSIEVE_UPDATE=1 cargo test --test language manual_blocks` rewrites the tables.
#![allow(clippy::panic, clippy::expect_used)]

use std::fmt::Write as _;
use std::path::PathBuf;

use blocksieve::ast;
use blocksieve::blockly::Registry;
use blocksieve::diagnostic::Diagnostic;
use blocksieve::origin::Sources;
use blocksieve::source::blockly::Format;
use blocksieve::source::{self, Parsed};
use blocksieve::target;
use serde_json::Value;

fn manual() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("grammar/README.md")
}

fn read() -> String {
    std::fs::read_to_string(manual()).expect("the manual is there")
}

/// What is read, and the codes of its findings.
fn parse(text: &str) -> (Parsed, String) {
    let mut sources = Sources::default();
    let id = sources.add("manual", text);
    let parsed = source::parse(&mut sources, id, text, &Registry::default());
    let codes: Vec<String> = parsed.diagnostics.iter().map(|found| found.code.to_string()).collect();
    (parsed, codes.join(" "))
}

fn definition(text: &str) -> ast::Definition {
    let (parsed, codes) = parse(text);
    assert_eq!(codes, "", "{text}\n{:#?}", parsed.diagnostics);
    parsed.definition
}

/// What stands behind the word `drawn` of each such example, and the example.
fn drawn(manual: &str) -> Vec<(&str, &str)> {
    let fences = manual.split("\n```drawn").skip(1).map(|rest| rest.split("```").next().unwrap_or(""));
    fences.map(|fence| fence.split_once('\n').expect("a fence has lines")).map(|(is, body)| (is.trim(), body)).collect()
}

#[test]
fn every_drawn_example_is_what_it_says() {
    let manual = read();
    let mut seen = [0; 4];
    for (is, example) in drawn(&manual) {
        let parts: Vec<&str> = example.split("=>\n").collect();
        match (is.split_once(' ').unwrap_or((is, "")), parts.as_slice()) {
            (("" | "warns", codes), [text, drawn]) => {
                let (parsed, found) = parse(drawn);
                assert_eq!(found, codes, "{example}\n{:#?}", parsed.diagnostics);
                assert!(!parsed.diagnostics.iter().any(Diagnostic::is_error), "{example}");
                assert!(ast::same(&definition(text), &parsed.definition), "{example}");
                seen[0] += 1;
            }
            (("bad", code), [drawn]) => {
                let (parsed, found) = parse(drawn);
                assert!(found == code && parsed.diagnostics.iter().any(Diagnostic::is_error), "{found}: {example}");
                seen[1] += 1;
            }
            (("onto", ""), [before, text, after]) => {
                let old = parse(before).0.drawn.expect("it is drawn");
                let old = target::blockly::Old { workspace: &old.workspace, aside: &old.aside };
                let written = target::blockly::write(&definition(text), Format::Json, Some(old));
                assert_eq!(written.as_deref(), Ok(*after));
                seen[2] += 1;
            }
            (("refused", what), [text]) => {
                let (format, code) = what.split_once(' ').expect("a format and a code");
                let format = match format {
                    "blockly-json" => Format::Json,
                    "blockly-xml" => Format::Xml,
                    other => panic!("{other} is no format of blocks"),
                };
                // A warning about the rules as such is no matter here.
                let found = target::blockly::write(&parse(text).0.definition, format, None).expect_err(text);
                assert!(found.iter().all(|found| found.code.to_string() == code), "{text}: {found:#?}");
                seen[3] += 1;
            }
            (other, parts) => panic!("nobody runs a drawn example of {other:?} in {} parts\n{example}", parts.len()),
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

/// What a cell of a table may hold.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn texts<'a>(block: &'a Value, key: &str) -> Vec<&'a str> {
    block[key].as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// The block as a sentence: its rows, with the names of parts in angle brackets and options spelt out. A row that is repeated
/// stands once more behind the first, and `…` behind it.
fn sentence(block: &Value) -> String {
    let parts = block["parts"].as_object().expect("parts");
    let mut rows = Vec::new();
    for row in texts(block, "rows") {
        rows.extend(block["lead"][row].as_str());
        rows.push(row);
        let repeated =
            |(name, part): (&String, &Value)| part["repeat"].is_object() && row.contains(&format!("{{{name}}}"));
        if parts.iter().any(repeated) {
            rows.push("…");
        }
    }
    let mut sentence = rows.join(" ");
    for (name, part) in parts {
        let shown = match part["options"].as_array() {
            Some(options) => {
                let labels: Vec<&str> = options.iter().filter_map(|option| option[0].as_str()).collect();
                format!("[{}]", labels.join(", "))
            }
            None => format!("⟨{}⟩", part["aria"].as_str().expect("a label")),
        };
        sentence = sentence.replace(&format!("{{{name}}}"), &shown);
    }
    sentence
}

fn tables() -> [(&'static str, String); 2] {
    let file: Value = serde_json::from_str(include_str!("../../grammar/blocks.json")).expect("JSON");
    let mut ours = String::new();
    for category in file["categories"].as_array().expect("a list") {
        let name = category["name"].as_str().expect("a name");
        let _ = writeln!(ours, "\n**{name}**\n\n| block | reads | in text | rules |\n| --- | --- | --- | --- |");
        for block in file["blocks"].as_array().expect("a list").iter().filter(|block| block["category"] == name) {
            let kinds = texts(block, "kinds");
            let kinds = if kinds.len() == 3 { String::new() } else { kinds.join(", ") };
            let kind = block["type"].as_str().expect("a type");
            let read_only = if block["written"] == false { " (read only)" } else { "" };
            let text = block["text"].as_str().expect("a text");
            let _ = writeln!(ours, "| `{kind}`{read_only} | {} | `{}` | {kinds} |", cell(&sentence(block)), cell(text));
        }
    }
    ours.push('\n');
    let mut theirs = "\n| block | becomes |\n| --- | --- |\n".to_string();
    for block in file["logmanager"].as_array().expect("a list") {
        let kind = block["type"].as_str().expect("a type");
        let _ = writeln!(theirs, "| `{kind}` | {} |", cell(block["text"].as_str().expect("a text")));
    }
    theirs.push('\n');
    [("blocks", ours), ("logmanager", theirs)]
}

#[test]
fn the_tables_are_those_of_blocks_json() {
    let mut manual_text = read();
    for (name, table) in tables() {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
        let from = manual_text.find(&begin).expect("a mark") + begin.len();
        let to = manual_text.find(&end).expect("its end");
        if std::env::var_os("BLOCKSIEVE_UPDATE").is_some() {
            manual_text.replace_range(from..to, &table);
        } else {
            assert!(manual_text[from..to] == table, "the table of {name} is old: see the top of this test");
        }
    }
    if std::env::var_os("BLOCKSIEVE_UPDATE").is_some() {
        // At once, for the other test reads it meanwhile.
        let beside = manual().with_extension("new");
        std::fs::write(&beside, manual_text).expect("the manual is written");
        std::fs::rename(beside, manual()).expect("and put in its place");
    }
}
