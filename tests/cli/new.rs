//! `blocksieve new`, and the manual pages.
#![cfg(all(feature = "cli", feature = "evtx", feature = "serve"))]
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::folder::Folder;

fn blocksieve(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_blocksieve")).args(words).current_dir(folder).output().expect("starts")
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

/// All files below a folder, with what stands in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

// new ------------------------------------------------------------------------------------------------------------------

#[test]
fn a_new_project_is_clean_and_its_tests_pass() {
    let folder = Folder::new("new", &[]);
    insta::assert_snapshot!(folder.session(&[
        "new rules",
        "check --deny-warnings rules",
        "fmt --check rules",
        "test rules",
        "test --coverage-threshold 100 rules",
        "test --mutate rules",
        "run rules --events rules/events --format table",
        "compile rules --to winlogbeat -o processors.yml",
        "lookup check --project rules",
        "alert preview rules --events rules/events/sample.ndjson:4",
        "diff rules rules --events rules/events --exit-code",
        "diff rules rules --events rules/attacks --max-newly-dropped 0 --max-alerts-lost 0",
        // What is there is never written over, and a project stands in no other.
        "new rules",
        "new rules/more",
        "new --ci gitlab 'rules of ours'",
        "test 'rules of ours'",
    ]));
}

/// Editors find the schema by the first line of a file of tests.
#[test]
fn the_tests_of_a_new_project_name_their_schema() {
    let folder = Folder::new("new-schema", &[]);
    assert_eq!(status(&blocksieve(&folder.0, &["new", "rules"])), Some(0));
    let rules = folder.0.join("rules");
    let mut named = 0;
    for (name, text) in files(&rules).iter().filter(|(name, _)| name.ends_with(".test.yaml")) {
        let text = String::from_utf8_lossy(text);
        let path = text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let schema = rules.join(name).with_file_name(path.expect("a schema"));
        assert_eq!(std::fs::read_to_string(schema).expect("there"), include_str!("../../grammar/tests.schema.json"));
        named += 1;
    }
    assert_eq!(named, 4);
}

#[test]
fn a_folder_with_something_in_it_keeps_it() {
    let folder = Folder::new("new-there", &[("a/README.md", b"ours\n"), ("b/events/sample.ndjson", b"ours\n")]);
    let made = blocksieve(&folder.0, &["new", "a"]);
    assert_eq!(status(&made), Some(0), "{made:?}");
    assert_eq!(files(&folder.0.join("a"))["README.md"], b"ours\n");
    let refused = blocksieve(&folder.0, &["new", "b"]);
    assert_eq!(status(&refused), Some(4), "{refused:?}");
    assert_eq!(files(&folder.0.join("b")).len(), 1, "of a project that is refused no file is written");
}

#[test]
fn any_name_of_a_folder_is_a_name_of_a_project() {
    let folder = Folder::new("new-names", &[]);
    for name in ["it's \"ours\"", "a\\b", "Überwachung", "-dash", "new\nline", "NAME"] {
        let made = blocksieve(&folder.0, &["new", "--", name]);
        assert_eq!(status(&made), Some(0), "{name:?}: {made:?}");
        let path = folder.0.join(name).display().to_string();
        for command in ["check", "test"] {
            let output = blocksieve(&folder.0, &[command, &path]);
            assert_eq!(status(&output), Some(0), "{command} {name:?}: {output:?}");
        }
        let manifest = std::fs::read_to_string(folder.0.join(name).join("blocksieve.toml")).expect("a file");
        let said: toml::Table = manifest.parse().expect("TOML");
        assert_eq!(said["name"].as_str(), Some(name));
    }
    // The folder itself, which has a name of its own.
    let here = folder.0.join("here");
    std::fs::create_dir(&here).expect("a folder");
    assert_eq!(status(&blocksieve(&here, &["new", "."])), Some(0));
    assert!(files(&here)["blocksieve.toml"].starts_with(b"name = \"here\"\n"));
}

// man ------------------------------------------------------------------------------------------------------------------

/// Every page, as groff sets it.
#[test]
fn manual_pages_of_all_commands() {
    let folder = Folder::new("man", &[]);
    let made = blocksieve(&folder.0, &["man", "pages"]);
    assert_eq!(status(&made), Some(0), "{made:?}");
    let pages = files(&folder.0.join("pages"));
    assert_eq!(String::from_utf8_lossy(&made.stdout).lines().count(), pages.len());
    for page in ["blocksieve.1", "blocksieve-diff.1", "blocksieve-lookup-add.1", "blocksieve-import-winlogbeat.1"] {
        assert!(pages.contains_key(page), "{page}: {:?}", pages.keys());
    }
    assert_eq!(blocksieve(&folder.0, &["man"]).stdout, pages["blocksieve.1"]);
    for (name, page) in &pages {
        let text = String::from_utf8(page.clone()).expect("text");
        // What has commands below it has its examples there.
        let is_group = text.contains(".SH SUBCOMMANDS");
        assert!(is_group || text.contains(".SH \"EXAMPLE"), "{name} has no example");
        assert!(text.contains(".SH \"EXIT STATUS\""), "{name}");
    }
    let groff = Command::new("groff")
        .args(["-man", "-Tutf8", "-ww"])
        .args(pages.keys().map(|name| folder.0.join("pages").join(name)))
        .stdin(Stdio::null())
        .output();
    let Ok(set) = groff else {
        support::tools::skipped::<()>("manual pages as groff sets them: there is no groff here");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&set.stderr), "", "groff finds fault");
    let text = String::from_utf8_lossy(&set.stdout);
    assert!(text.contains("blocksieve diff rules.old rules"), "examples stand on lines of their own");
}
