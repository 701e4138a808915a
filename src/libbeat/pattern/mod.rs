//! Patterns of `regexp`: Go's syntax, and what libbeat makes of a pattern before it compiles it.
//!
//! In: a pattern in the syntax of Go's `regexp` with Perl's extensions. Out: a pattern for the `regex` crate that is found in the same texts, or the
//! fault for which libbeat would not start. Never here: captures, and which match is found: a condition asks only whether there is one.
//!
//! The pattern becomes a tree (`parse`, `class`, `escape`), libbeat's rewriting is done on the tree (`rewrite`), and the tree is written in the
//! other syntax (`write`). Nothing is replaced in the text of a pattern.

mod class;
mod escape;
mod fold;
mod parse;
mod rewrite;
mod tree;
mod write;

use crate::check::pattern::build;
use crate::dialect::AgentVersion;

/// How deep Go lets expressions nest.
const GO_DEPTH: u64 = 1000;

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whose fault it is.
    pub kind: FaultKind,
    /// Byte offset in the pattern.
    pub at: usize,
    /// What, without a final stop.
    pub message: String,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Go refuses the pattern, so libbeat does not start.
    Bad,
    /// Go takes it; here it is too deep or too large.
    TooLarge,
}

impl Fault {
    fn bad(at: usize, message: impl Into<String>) -> Fault {
        Fault { kind: FaultKind::Bad, at, message: message.into() }
    }

    fn too_large(at: usize, message: impl Into<String>) -> Fault {
        Fault { kind: FaultKind::TooLarge, at, message: message.into() }
    }
}

impl From<Fault> for crate::check::pattern::Fault {
    fn from(fault: Fault) -> Self {
        let kind = match fault.kind {
            FaultKind::Bad => crate::check::pattern::FaultKind::Bad,
            FaultKind::TooLarge => crate::check::pattern::FaultKind::TooLarge,
        };
        Self { kind, at: fault.at, message: fault.message }
    }
}

/// The pattern that libbeat's `regexp` looks for, for the `regex` crate.
///
/// ```
/// use blocksieve::dialect::AgentVersion;
/// use blocksieve::libbeat::pattern::regexp;
/// let pattern = regexp(r"^.*f\d{2}", AgentVersion::DEFAULT).unwrap();
/// assert_eq!(pattern, "f[0-9]{2}");
/// assert_eq!(regexp("ab**", AgentVersion::DEFAULT).unwrap_err().at, 3);
/// ```
///
/// # Errors
/// The first fault.
pub fn regexp(pattern: &str, version: AgentVersion) -> Result<String, Fault> {
    let mut tree = parse::parse(pattern, version)?;
    rewrite::rewrite(&mut tree);
    if tree.node(tree.root).written_out > GO_DEPTH {
        return Err(Fault::bad(
            0,
            "libbeat writes repetitions out before Go reads the pattern again, and Go refuses what is nested deeper than 1,000: \
             about 500 copies that may be missing",
        ));
    }
    if !version.folds_plain_texts() {
        rewrite::take_texts_as_written(&mut tree);
    }
    written(&tree)
}

/// Does libbeat's rewriting let the pattern be found in more than it says, behind the ends of lines?
///
/// # Errors
/// The first fault.
pub fn loses_anchor(pattern: &str, version: AgentVersion) -> Result<bool, Fault> {
    let mut tree = parse::parse(pattern, version)?;
    Ok(rewrite::rewrite(&mut tree))
}

/// The same pattern as Go alone reads it, without libbeat's rewriting.
///
/// # Errors
/// The first fault.
pub fn go(pattern: &str, version: AgentVersion) -> Result<String, Fault> {
    written(&parse::parse(pattern, version)?)
}

fn written(tree: &tree::Tree) -> Result<String, Fault> {
    let text = write::write(tree);
    match build(&text) {
        Ok(_) => Ok(text),
        Err(regex::Error::CompiledTooBig(limit)) => {
            Err(Fault::too_large(0, format!("this regular expression compiles to more than {} KiB", limit >> 10)))
        }
        // What is written here is known to the crate, but for limits of its own.
        Err(error) => Err(Fault::too_large(0, error.to_string())),
    }
}

#[cfg(test)]
mod tests;
