//! What went wrong, as data.
//!
//! In: facts found by a stage. Out: [`Diagnostic`]s with a stable [`Code`], a severity, labelled places, help and perhaps a
//! fix. Never here: printing, colours, exit codes; a rendering is one file under `render/`.

mod codes;
pub mod page;
pub mod render;

pub use codes::Code;

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// How bad it is. The order is by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice; never fails anything.
    Note,
    /// Compiles, but is probably not what was meant.
    Warning,
    /// Does not compile.
    Error,
}

impl Severity {
    /// `note`, `warning`, `error`.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub origin: Origin,
    /// What, in a few words; may be empty for the primary place.
    pub text: String,
}

/// A change of text that would mend the matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub origin: Origin,
    /// By what.
    pub replacement: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of finding.
    pub code: Code,
    /// How bad; usually the code's own severity.
    pub severity: Severity,
    /// One sentence without a final stop.
    pub message: String,
    /// Where it is.
    pub primary: Label,
    /// Other places that belong to it.
    pub related: Vec<Label>,
    /// The way out.
    pub help: Option<String>,
    /// A fix that a tool may apply.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding of `code` at `origin`, with the code's severity.
    pub fn new(code: Code, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            primary: Label { origin, text: String::new() },
            related: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// Says what the primary place is.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, origin: Origin, text: impl Into<String>) -> Self {
        self.related.push(Label { origin, text: text.into() });
        self
    }

    /// Adds a fix: `origin` becomes `replacement`.
    #[must_use]
    pub fn fix(mut self, origin: Origin, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { origin, replacement: replacement.into() });
        self
    }

    /// Gives it another severity than its code has.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Does it keep the rules from compiling?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts as people read: by source, place, then code.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    crate::order::sort_by(diagnostics, |a, b| {
        (a.primary.origin, a.code, &a.message).cmp(&(b.primary.origin, b.code, &b.message))
    });
}

/// `Some(", did you mean X")`-style help: the candidate nearest to `word`, if one is near enough.
///
/// Near enough is: equal but for case, or an edit distance (Damerau, so that swapped letters count once) of at most a third
/// of the longer word.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word that long is no slip of the pen, and the distance costs its length times the candidate's.
    const LONGEST: usize = 200;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let count = word.chars().count();
    let letters = Letters::of(word);
    // The lengths and letters alone say that most are too far off.
    let near = |candidate: &&str| {
        let other = candidate.chars().count();
        let most = count.max(other) / 3;
        count.abs_diff(other) <= most && letters.apart(&Letters::of(candidate)) <= most
    };
    candidates
        .into_iter()
        .filter(near)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= count.max(candidate.chars().count()) / 3)
        .min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)))
        .map(|(_, candidate)| candidate)
}

/// How often a word has each letter of ASCII, whatever its case; all others are one.
struct Letters([u8; 128]);

impl Letters {
    fn of(word: &str) -> Self {
        let mut letters = [0_u8; 128];
        for c in word.chars() {
            // Some fold to a letter of ASCII, so they stand for any: at 0.
            let at = if c.is_ascii() { c.to_ascii_lowercase() as usize } else { 0 };
            letters[at] = letters[at].saturating_add(1);
        }
        Self(letters)
    }

    /// At most the distance of the words: each step takes out, puts in or replaces one letter.
    fn apart(&self, other: &Self) -> usize {
        let wild = usize::from(self.0[0]) + usize::from(other.0[0]);
        let more = |one: &Self, other: &Self| -> usize {
            one.0.iter().zip(&other.0).skip(1).map(|(one, other)| usize::from(one.saturating_sub(*other))).sum()
        };
        more(self, other).max(more(other, self)).saturating_sub(wild)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Letters;

    proptest! {
        #[test]
        fn letters_are_no_further_apart_than_words(one in "[a-cA-CéK\u{212A}]{0,8}", other in "[a-cA-CéK\u{212A}]{0,8}") {
            let distance = strsim::damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase());
            prop_assert!(Letters::of(&one).apart(&Letters::of(&other)) <= distance);
        }
    }
}
