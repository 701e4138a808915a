//! The reader of YAML, by example.
//!
//! | file | what it shows |
//! | --- | --- |
//! | `scalars` | what plain, quoted and tagged scalars stand for |
//! | `structure` | aliases, merges, keys, several documents |
//! | `places` | every value is cut out of the text as it was written |
//! | `comments` | which comments belong to what |
//! | `mistakes` | what people get wrong, in words, at its place |
//! | `limits` | sizes, depths, and aliases of aliases |
//! | `random` | written trees come back, and no change of a text makes a panic |
//! | `corpus` | all Sigma rules of the corpus are read |
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod comments;
mod corpus;
mod limits;
mod mistakes;
mod places;
mod random;
mod scalars;
mod structure;

use blocksieve::yaml::{Document, Node, Value, YamlError, read};

/// The only document of a text.
#[track_caller]
fn one(text: &str) -> Document {
    let mut documents = read(text).unwrap_or_else(|errors| panic!("{text:?}: {errors:#?}"));
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0)
}

/// What is wrong with a text.
#[track_caller]
fn wrong(text: &str) -> Vec<YamlError> {
    read(text).err().unwrap_or_else(|| panic!("{text:?} should be refused"))
}

/// The value of a key.
#[track_caller]
fn value<'a>(node: Node<'a>, key: &str) -> Node<'a> {
    let found = node.entries().into_iter().find(|entry| entry.key.key() == Ok(key));
    found.unwrap_or_else(|| panic!("no key {key}")).value
}

/// All values as they are written, from the outside in; what an alias stands for is not gone into again.
fn all(node: Node<'_>) -> Vec<Node<'_>> {
    let mut found = vec![node];
    if node.aliased().is_none() {
        match node.value() {
            Value::Scalar(_) => {}
            Value::Sequence(items) => found.extend(items.into_iter().flat_map(all)),
            Value::Mapping(entries) => {
                found.extend(entries.into_iter().flat_map(|entry| [entry.key, entry.value]).flat_map(all))
            }
        }
    }
    found
}

/// A value without places: `{a: [1, 'x']}`, texts in `'…'`.
fn show(node: Node<'_>) -> String {
    match node.value() {
        Value::Scalar(scalar) => format!("{:?}", scalar.resolve()),
        Value::Sequence(items) => format!("[{}]", items.into_iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Mapping(entries) => {
            let pair = |entry: blocksieve::yaml::Entry| format!("{}: {}", show(entry.key), show(entry.value));
            format!("{{{}}}", entries.into_iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}
