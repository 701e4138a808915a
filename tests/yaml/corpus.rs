//! All Sigma rules of the corpus, and what else it holds in YAML. The corpus is no part of the repository (see `corpus_evtx.rs`).

use std::path::{Path, PathBuf};

use blocksieve::yaml::{Value, read};

use crate::{all, value};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn every_sigma_rule_is_read() {
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let mut found = Vec::new();
    files(&corpus.join("sigma"), &mut found);
    if found.is_empty() {
        println!("skipped: no Sigma rules in {}", corpus.display());
        return;
    }
    let (mut rules, mut infos, mut values) = (0, 0, 0);
    for path in &found {
        let text = std::fs::read_to_string(path).unwrap();
        let documents = read(&text).unwrap_or_else(|errors| panic!("{}: {errors:#?}", path.display()));
        for document in &documents {
            let root = document.root();
            for node in all(root) {
                values += 1;
                let cut = &text[node.place().span.range()];
                if let Value::Scalar(scalar) = node.value()
                    && scalar.style == blocksieve::yaml::Style::Plain
                    && !cut.contains('\n')
                {
                    assert_eq!(scalar.text.as_ref(), cut, "{}", path.display());
                }
            }
            if path.file_name().is_some_and(|name| name == "info.yml") {
                infos += 1;
            } else {
                rules += 1;
                let detection = value(root, "detection");
                assert!(
                    value(detection, "condition").scalar().is_some()
                        || !value(detection, "condition").items().is_empty()
                );
            }
        }
    }
    println!("{} files: {rules} rules, {infos} of information, {values} values", found.len());
    assert!(rules >= 2_535, "{rules}");
}
