//! `blocksieve completions`: what a shell needs to complete this program's arguments.

use std::io::Write;

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs};
use super::{Exit, Failure, style};

pub(super) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "blocksieve", &mut text);
    let mut out = style::stdout();
    out.write_all(&text)?;
    out.finish()?;
    Ok(Exit::Clean)
}
