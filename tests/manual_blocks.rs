//! The manual's chapter on blocks tells the truth: its drawings are its texts, its tables are made of `grammar/blocks.json`.
//!
//! `BLOCKSIEVE_UPDATE=1 cargo test --test manual_blocks` rewrites the tables.
#![allow(clippy::panic, clippy::expect_used)]

use std::fmt::Write as _;
use std::path::PathBuf;

use blocksieve::ast;
use blocksieve::blockly::Registry;
use blocksieve::origin::Sources;
use blocksieve::source;
use serde_json::Value;

fn manual() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("grammar/README.md")
}

fn read() -> String {
    std::fs::read_to_string(manual()).expect("the manual is there")
}

fn definition(text: &str) -> ast::Definition {
    let mut sources = Sources::default();
    let id = sources.add("manual", text);
    let parsed = source::parse(&mut sources, id, text, &Registry::default());
    assert!(parsed.diagnostics.is_empty(), "{text}\n{:#?}", parsed.diagnostics);
    parsed.definition
}

#[test]
fn the_text_and_the_blocks_of_a_drawn_example_are_one_tree() {
    let manual = read();
    let examples: Vec<&str> =
        manual.split("```drawn\n").skip(1).map(|rest| rest.split("```").next().unwrap_or("")).collect();
    assert!(examples.len() >= 2, "{}", examples.len());
    for example in examples {
        let (text, drawn) = example.split_once("=>\n").expect("a text, =>, blocks");
        assert!(ast::same(&definition(text), &definition(drawn)), "{example}");
    }
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
    let file: Value = serde_json::from_str(include_str!("../grammar/blocks.json")).expect("JSON");
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
