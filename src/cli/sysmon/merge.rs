//! `blocksieve sysmon merge`: pieces become one configuration.
//!
//! In: configurations. Out: one, on standard output or in a file, read again before it is written; conflicts on standard error.

use std::io::Write;

use super::args::MergeArgs;
use crate::cli::compile::put;
use crate::cli::style::{self, Style};
use crate::cli::{Exit, Failure, report};
use crate::diagnostic::Diagnostic;
use crate::origin::Sources;
use crate::sysmon::config::{self, Encoding};

pub(super) fn run(args: &MergeArgs, style: Style) -> Result<Exit, Failure> {
    let mut sources = Sources::default();
    let mut pieces = Vec::new();
    let mut errors = Vec::new();
    for file in super::files(&args.pieces)? {
        let (config, found) = super::read(&file, &mut sources)?;
        errors.extend(found.into_iter().filter(Diagnostic::is_error));
        pieces.extend(config);
    }
    report::need(&errors, &sources, style, "Sysmon would refuse these pieces")?;
    let (merged, found) = config::merge::merge(&pieces, &sources);
    report::need(&found, &sources, style, "the pieces cannot be put together")?;
    let Some(merged) = merged else { return Ok(Exit::Rules) };
    // What was put together has to be whole.
    let name = args.output.as_deref().filter(|output| *output != "-").unwrap_or("<merged>");
    let (again, found) = config::read_text(&mut sources, name, merged.text.as_str(), Encoding::Utf8);
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    report::need(&errors, &sources, style, "the pieces together are a configuration that Sysmon would refuse")?;
    let rules: usize = again.iter().flat_map(|config| &config.nodes).map(|node| node.items.len()).sum();
    put(args.output.as_deref(), merged.text.as_bytes())?;
    let (count, repeated) = (pieces.len(), merged.repeated);
    let s = if count == 1 { "" } else { "s" };
    write!(style::stderr(), "{count} piece{s}, {rules} rules")?;
    match repeated {
        0 => writeln!(style::stderr())?,
        _ => writeln!(style::stderr(), "; {repeated} that were there already left out")?,
    }
    Ok(Exit::Clean)
}
