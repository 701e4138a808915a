//! Sysmon's own configuration, held to what Sysmon itself makes of it.
//!
//! | file | held to |
//! | --- | --- |
//! | `cases.rs` | the cases of the engine's own tests, written down in `cases.txt` |
//! | `compiled.rs` | the compiled forms of 256 configurations, and 23 dumps of Sysmon for Linux |
//! | `random.rs` | the plain twin: random configurations and events |
//! | `findings.rs` | what is doubtful, beside what is not |
//! | `strange.rs` | what each mistake is told as |
//! | `damaged.rs` | itself: bytes that are damaged, hostile or too many make nothing panic, and what is read is written back as the same |
//! | `target.rs` | the base and the machine: filters written into a configuration |
//! | `corpus.rs` | what five public configurations log of real events |
//! | `every.rs` | every configuration of the corpus, counted anew, written back, put together, with filters in it |
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`; where there is none, its tests say so and
//! pass.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

#[cfg(feature = "evtx")]
mod again;
mod cases;
mod compiled;
#[path = "../../fuzz/src/configs.rs"]
mod configs;
#[cfg(feature = "evtx")]
mod corpus;
mod damaged;
#[cfg(feature = "evtx")]
mod every;
mod findings;
mod random;
mod strange;
mod target;

use std::path::{Path, PathBuf};

use blocksieve::diagnostic::Diagnostic;
use blocksieve::origin::Sources;
use blocksieve::sysmon::config::{self, Config};

/// A folder of the corpus.
fn folder(name: &str) -> Option<PathBuf> {
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let folder = corpus.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}

/// All files with an ending below a folder, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {ending} under {}", folder.display());
    found
}

/// Reads a configuration.
fn read(name: &str, bytes: &[u8]) -> (Config, Vec<Diagnostic>) {
    let (config, found) = config::read(&mut Sources::default(), name, bytes);
    (config.unwrap_or_else(|| panic!("{name}: {found:#?}")), found)
}

/// Reads a configuration in which there is no error.
fn clean(name: &str, bytes: &[u8]) -> Config {
    let (config, found) = read(name, bytes);
    let errors: Vec<&Diagnostic> = found.iter().filter(|found| found.is_error()).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    config
}

/// Every line of a base is in what was written into it, byte for byte and in order. Of an exclude node without rules, which may be open now, what stands
/// before its `/>`.
fn kept(base: &str, written: &str) {
    let mut lines = written.split_inclusive('\n');
    for line in base.split_inclusive('\n') {
        let opened = line.trim_end().strip_suffix("/>").filter(|_| line.contains("\"exclude\""));
        let opened = opened.map(|start| format!("{}>{}", start.trim_end(), &line[line.trim_end().len()..]));
        assert!(lines.any(|written| written == line || opened.as_deref() == Some(written)), "{line:?} is gone");
    }
}
