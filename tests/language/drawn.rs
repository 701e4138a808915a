//! The Sysmon example drawn: `examples/sysmon-blocks` is `examples/sysmon` in blocks, and means the same.
//!
//! After a change of the text: `blocksieve convert --to blockly-json examples/sysmon/filters -o examples/sysmon-blocks/filters`,
//! and the same for `classify` and `alerts`.

#![allow(clippy::panic, clippy::expect_used)]

use std::path::{Path, PathBuf};

use blocksieve::ast;
use blocksieve::blockly::Registry;
use blocksieve::bytecode::Module;
use blocksieve::origin::Sources;
use blocksieve::source::{self, blockly::Format};
use blocksieve::table::TableDef;
use blocksieve::target;

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The example's files as text, each with its drawn twin.
fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let mut pairs = Vec::new();
    for folder in ["filters", "classify", "alerts"] {
        let text = examples().join("sysmon").join(folder);
        for entry in std::fs::read_dir(&text).expect("the folder is there") {
            let file = entry.expect("an entry").path();
            if file.extension().is_none_or(|ending| ending != "rule") {
                continue;
            }
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let drawn = examples().join("sysmon-blocks").join(folder).join(format!("{name}.blocks.json"));
            pairs.push((file, drawn));
        }
    }
    assert!(pairs.len() >= 22, "{} files", pairs.len());
    pairs.sort();
    pairs
}

fn definition(text: &str) -> ast::Definition {
    let mut sources = Sources::default();
    let id = sources.add("rules", text);
    let parsed = source::parse(&mut sources, id, text, &Registry::default());
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    parsed.definition
}

/// Compiled, without the places, which differ.
fn bytecode(text: &str) -> Module {
    let value = |bytes| "ab".repeat(bytes);
    let (sha256, sha1, md5) = (value(32), value(20), value(16));
    let columns: [(&str, &[&str]); 3] = [("sha256", &[&sha256]), ("sha1", &[&sha1]), ("md5", &[&md5])];
    let table = TableDef::new("sysmon-hash-whitelist", &columns);
    let techniques = TableDef::new("sysmon-suspicious-techniques", &[("technique", &["T1055"])]);
    let names = TableDef::new("sysmon-suspicious-names", &[("name", &["Mimikatz"])]);
    let (compiled, found) = blocksieve::compile_text(text, &[table, techniques, names]);
    let mut module = compiled.unwrap_or_else(|| panic!("{text}\n{found:#?}")).module;
    module.places.clear();
    module.at.clear();
    for rule in &mut module.rules {
        rule.place.clear();
    }
    for site in &mut module.sites {
        site.place.clear();
    }
    module
}

#[test]
fn each_drawn_example_is_what_its_text_converts_to() {
    for (text, drawn) in pairs() {
        let written = target::blockly::write(&definition(&read(&text)), Format::Json, None);
        assert!(
            written == Ok(read(&drawn)),
            "{} differs from {}; see the top of this test",
            drawn.display(),
            text.display()
        );
    }
}

#[test]
fn text_json_and_xml_are_one_tree_and_one_bytecode() {
    for (file, drawn) in pairs() {
        let text = read(&file);
        let tree = definition(&text);
        let json = read(&drawn);
        let xml = target::blockly::write(&tree, Format::Xml, None).expect("XML can carry the examples");
        for other in [&json, &xml] {
            let again = definition(other);
            assert!(ast::same(&tree, &again), "{}", file.display());
            assert_eq!(target::text::write(&again), target::text::write(&tree));
            assert_eq!(bytecode(other), bytecode(&text), "{}", file.display());
        }
    }
}

#[test]
fn a_tree_that_was_drawn_elsewhere_goes_back_there() {
    for (_, drawn) in pairs() {
        // The ids, places and stray blocks of a person, not those of a tidy layout.
        let moved = read(&drawn).replace("\"x\":20", "\"x\":417").replace("\"id\":\"", "\"id\":\"k9!{");
        let stray = "{\"type\":\"text\",\"id\":\"stray\",\"x\":900,\"y\":7,\"fields\":{\"TEXT\":\"later\"}}";
        let moved = moved.replacen("\n]}", &format!(",\n{stray}\n]}}"), 1);
        let mut sources = Sources::default();
        let id = sources.add("moved", moved.as_str());
        let parsed = source::parse(&mut sources, id, &moved, &Registry::default());
        let workspace = parsed.drawn.expect("it is drawn");
        let old = target::blockly::Old { workspace: &workspace.workspace, aside: &workspace.aside };
        let text = target::text::write(&parsed.definition);
        let back = target::blockly::write(&definition(&text), Format::Json, Some(old));
        assert_eq!(back.as_deref(), Ok(moved.as_str()));
    }
}
