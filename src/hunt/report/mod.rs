//! A hunt in the forms that people and programs read.
//!
//! In: a [`Hunt`](super::Hunt). Out: text. Never here: deciding anything; reading events.
//!
//! | form | for | file |
//! | --- | --- | --- |
//! | tree | a terminal: processes under their parents, what hangs from each | `tree.rs` |
//! | DOT, Mermaid | pictures: one node a process, one edge a link | `picture.rs` |
//! | Markdown | a report to hand on: the query, the picture, the tables, every process with its links | `markdown.rs` |
//! | filter, alert | a rule about the events of these processes | `rule.rs` |
//!
//! JSON is the document itself. What an endpoint wrote is shown with its control characters visible, and never as markup.

mod forest;
mod index;
mod markdown;
mod picture;
mod rule;
mod tree;

pub use markdown::markdown;
pub use picture::{dot, mermaid};
pub use rule::{alert, filter};
pub use tree::tree;

use index::Index;

use super::{Cross, How, Process};
use crate::diagnostic::render::{cut_end, visible};

/// A text on one line, safe to show, so many characters at most.
fn line(text: &str, most: usize) -> String {
    cut_end(&visible(text), most)
}

/// The file of a path.
fn file(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// A process in a few words: its file, or its id where nothing else is known.
fn short(process: &Process) -> String {
    match process.image.as_deref() {
        Some(image) => line(file(image), 60),
        None => process.guid.to_string(),
    }
}

/// What one process did to another, in words.
fn verb(cross: &Cross) -> String {
    match (cross.how, &cross.rights) {
        (How::Access, Some(rights)) => format!("access {}", line(rights, 20)),
        (How::Access, None) => "access".to_string(),
        (How::Thread, _) => "remote thread".to_string(),
        (How::Created, _) => "created".to_string(),
    }
}

/// `, 3 times`, or nothing for once.
fn times(count: u64) -> String {
    if count == 1 { String::new() } else { format!(", {count} times") }
}

/// A number with its word.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
