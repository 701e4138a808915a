//! `blocksieve explain-code`: the manual's page of a diagnostic.
//!
//! In: a code, or none. Out: its page, or the table of all codes. Never here: the pages; they are in the manual.

use std::io::Write;

use super::args::CodeArgs;
use super::{Exit, Failure, style};
use crate::diagnostic::{Code, page};

pub(super) fn run(args: &CodeArgs) -> Result<Exit, Failure> {
    let text = match &args.code {
        None => page::index(),
        Some(word) => {
            let code = Code::parse(word).ok_or_else(|| {
                Failure::unusable(
                    format!("there is no code {word}"),
                    "codes look like BS0401; `blocksieve explain-code` lists them all",
                )
            })?;
            page::explain(code)
        }
    };
    let mut out = style::stdout();
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(Exit::Clean)
}
