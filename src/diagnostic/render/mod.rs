//! Renderings of diagnostics; one file each.
//!
//! In: diagnostics in the order in which they shall appear, and the sources that their places lie in. Out: one string. Never
//! here: printing, files, the terminal; whoever calls decides where the string goes. The same input gives the same bytes.
//!
//! | rendering | for | no value of a rule can |
//! | --- | --- | --- |
//! | [`human`] (feature `cli`) | people at a terminal | move the cursor, change colours or the direction of text |
//! | [`json`] | scripts: one document, or a line a finding | break the document |
//! | [`sarif`] | code scanning | break the document |
//! | [`github`] | annotations of a GitHub workflow | end the command or begin another |

pub mod github;
#[cfg(feature = "cli")]
pub mod human;
pub mod json;
pub mod sarif;

mod place;
pub(crate) use place::floor;
#[cfg(test)]
mod sample;
mod visible;

pub use place::{Places, Position, Range, Where};
pub use visible::{ascii_json, cut, cut_end, visible, visible_lines};

use std::collections::BTreeSet;

use super::{Diagnostic, Severity};

/// How many findings there are of each severity, and in how many sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Findings that keep rules from compiling.
    pub errors: usize,
    /// Findings that do not.
    pub warnings: usize,
    /// Advice.
    pub notes: usize,
    /// Sources in which the primary places lie.
    pub files: usize,
}

impl Counts {
    /// Counts.
    pub fn of(diagnostics: &[Diagnostic]) -> Counts {
        let of = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
        let files: BTreeSet<_> = diagnostics.iter().map(|d| d.primary.origin.source).collect();
        Counts {
            errors: of(Severity::Error),
            warnings: of(Severity::Warning),
            notes: of(Severity::Note),
            files: files.len(),
        }
    }
}

/// `3 errors, 1 warning in 2 files`; `nothing found` where there is nothing.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let counts = Counts::of(diagnostics);
    let several = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let parts: Vec<String> = [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| several(n, word))
        .collect();
    if parts.is_empty() {
        return "nothing found".into();
    }
    format!("{} in {}", parts.join(", "), several(counts.files, "file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::origin::{Origin, SourceId};

    #[test]
    fn the_summary_counts_each_severity_and_the_files() {
        let at = |code, source| Diagnostic::new(code, Origin::whole(SourceId(source)), "x");
        assert_eq!(summary(&[]), "nothing found");
        assert_eq!(summary(&[at(Code::Syntax, 0)]), "1 error in 1 file");
        let several = [
            at(Code::Syntax, 0),
            at(Code::Syntax, 1),
            at(Code::EmptyList, 1),
            at(Code::NeverHolds, 0),
            at(Code::MessageText, 0),
            at(Code::MessageText, 0),
        ];
        assert_eq!(summary(&several), "3 errors, 1 warning, 2 notes in 2 files");
    }
}
