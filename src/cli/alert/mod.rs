//! `blocksieve alert`: what alerts say, and what becomes of them. One file a subcommand.

#[cfg(feature = "deliver")]
pub(super) mod outbox;
mod preview;

use clap::{Args, Subcommand};

use super::style::Style;
use super::{Exit, Failure};

#[derive(Debug, Args)]
pub(super) struct AlertArgs {
    #[command(subcommand)]
    command: AlertCommand,
}

#[derive(Debug, Subcommand)]
enum AlertCommand {
    /// Show what an alert says of an event: subject and text, or its HTML
    #[command(
        after_help = "Examples:\n  blocksieve alert preview examples/sysmon --events Sysmon.evtx\n  blocksieve alert preview examples/sysmon --events Sysmon.evtx:4711 --format html -o mail.html\n  blocksieve alert preview examples/sysmon --template sysmon"
    )]
    Preview(preview::PreviewArgs),
    /// Show the messages that wait or could not be delivered; send them again, or drop them
    #[cfg(feature = "deliver")]
    Outbox(outbox::OutboxArgs),
}

pub(super) fn run(args: &AlertArgs, style: Style) -> Result<Exit, Failure> {
    match &args.command {
        AlertCommand::Preview(args) => preview::run(args, style),
        #[cfg(feature = "deliver")]
        AlertCommand::Outbox(args) => outbox::run(args, style),
    }
}
