//! Why the grammar stopped, in the words of the person who wrote the rule.
use super::{Reading, Rule};
use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{Origin, Span};

/// What is wrong, and what is blanked so that the rest can be read.
pub(super) struct Fault {
    /// What is wrong.
    pub finding: Diagnostic,
    /// What is blanked.
    pub hole: Option<Span>,
}

/// x
pub(super) struct MetaWords;
impl MetaWords {
    pub fn has(word: &str) -> bool {
        word == "id"
    }
}

/// `a, b or c`.
pub(super) fn list_of(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_string(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

pub(super) fn explain(reading: &Reading<'_>, at: usize, positives: &[Rule]) -> Fault {
    let origin = Origin::span(reading.source, Span::new(at, at + 1));
    Fault { finding: Diagnostic::new(Code::Syntax, origin, format!("{positives:?}")), hole: None }
}
