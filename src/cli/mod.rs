//! The command line: what is common to all commands. One file a command.
//!
//! In: arguments, the environment, terminals, files. Out: text on standard output and standard error, and one
//! [`exit::Exit`]. Results go to standard output, everything else to standard error. Never here: what rules mean.

mod alert;
mod args;
mod check;
mod codes;
mod compile;
mod completions;
mod convert;
mod diff;
mod event;
mod events;
pub mod exit;
mod explain;
mod files;
mod fmt;
mod form;
mod hunt;
mod import;
mod listing;
mod load;
mod lookup;
mod man;
mod meant;
mod new;
#[cfg(feature = "deliver")]
mod outgoing;
pub mod project;
mod report;
mod run;
#[cfg(feature = "serve")]
mod serve;
mod sigma;
mod source;
pub mod style;
mod sysmon;
mod table;
mod tables;
mod templates;
mod test;
mod unread;
#[cfg(feature = "watch")]
mod watch;

use std::io::Write;

use clap::Parser;

use args::{Cli, Command};
use exit::Exit;
use style::Style;

/// What went wrong outside of the rules: one sentence, what was at hand, and how to go on.
#[derive(Debug)]
pub struct Failure {
    /// One sentence, without a final stop.
    pub message: String,
    /// The way out.
    pub help: String,
    /// The status to end with.
    pub exit: Exit,
}

impl Failure {
    /// Wrong usage, or input that cannot be read.
    pub fn unusable(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), exit: Exit::Unusable }
    }
}

impl From<crate::table::Refusal> for Failure {
    fn from(why: crate::table::Refusal) -> Self {
        let exit = if why.usage { Exit::Unusable } else { Exit::Findings };
        Self { message: why.message, help: why.help, exit }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::unusable(
            format!("cannot write the output: {error}"),
            "look whether there is room, and whether the place may be written to",
        )
    }
}

/// Runs the program on the process's own arguments.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Whether this text is seen decides nothing more.
            let _ = error.print();
            return Exit::of_arguments(&error);
        }
    };
    let style = Style::detect(cli.color);
    let result = match cli.command {
        Command::Check(args) => check::run(&args, style),
        Command::Compile(args) => compile::run(&args, style),
        Command::Listing(args) => listing::run(&args, style),
        Command::Run(args) => run::run(&args, style),
        Command::Events(args) => events::run(&args, style),
        Command::Hunt(args) => hunt::run(&args, style),
        Command::Explain(args) => explain::run(&args, style),
        Command::Test(args) => test::run(&args, style),
        Command::Diff(args) => diff::run(&args, style),
        Command::New(args) => new::run(&args),
        Command::ExplainCode(args) => codes::run(&args),
        Command::Fmt(args) => fmt::run(&args, style),
        Command::Convert(args) => convert::run(&args, style),
        Command::Import(args) => import::run(&args, style),
        Command::Lookup(args) => lookup::run(&args, style),
        Command::Sysmon(args) => sysmon::run(&args, style),
        Command::Alert(args) => alert::run(&args, style),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "watch")]
        Command::Watch(args) => watch::run(&args, style),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match result {
        Ok(exit) => exit,
        Err(failure) => {
            let _ = writeln!(style::stderr(), "error: {}\n  help: {}", failure.message, failure.help);
            failure.exit
        }
    }
}
