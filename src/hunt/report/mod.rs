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

use super::{Cross, How, Process, Reached};
use crate::diagnostic::render::{cut_end, visible};

/// A text on one line, safe to show, so many characters at most.
fn line(text: &str, most: usize) -> String {
    cut_end(&visible(text), most)
}

/// The file of a path; all of it where it has none.
fn file(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().filter(|file| !file.is_empty()).unwrap_or(path)
}

/// A process in a few words: its file, or its id where nothing else is known.
fn short(process: &Process) -> String {
    match process.image.as_deref().map(file) {
        Some(file) => line(file, 60),
        None => process.guid.to_string(),
    }
}

/// What one process did to another, in words. `data` shows what an endpoint wrote.
fn verb(cross: &Cross, data: &dyn Fn(&str) -> String) -> String {
    match (cross.how, &cross.rights) {
        (How::Access | How::Read, Some(rights)) => format!("access {}", data(rights)),
        (How::Access | How::Read, None) => "access".to_string(),
        (How::Thread, _) => "remote thread".to_string(),
        (How::Created, _) => "created".to_string(),
    }
}

/// What a process is to the one that led to it.
fn relation(reached: &Reached) -> &'static str {
    match (reached.how, reached.up) {
        (How::Created, true) => "parent of",
        (How::Created, false) => "child of",
        (How::Thread, true) => "created a thread in",
        (How::Thread, false) => "got a thread from",
        (How::Access | How::Read, true) => "opened",
        (How::Access | How::Read, false) => "was opened by",
    }
}

/// Why the walk stopped at a process, if it did, and what is therefore not shown. `data` shows its id.
fn stopped(process: &Process, data: &dyn Fn(&str) -> String) -> Option<String> {
    let mut text = format!("not gone through: {}", process.stop?);
    if process.code_put_in {
        text.push_str("; code of the hunt may run there");
    }
    match process.children_not_shown {
        0 if !process.code_put_in => return Some(text),
        0 => {}
        1 => text.push_str("; 1 of its children is not shown"),
        others => text.push_str(&format!("; {others} of its children are not shown")),
    }
    Some(format!("{text}: --through {}", data(&process.guid.to_string())))
}

/// `, 3 times`, or nothing for once.
fn times(count: u64) -> String {
    if count == 1 { String::new() } else { format!(", {count} times") }
}

/// A number with its word.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
