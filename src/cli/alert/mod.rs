//! `blocksieve alert`: what alerts send, looked after. One file a command of its own.

pub(super) mod outbox;

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
    /// Show the messages that wait or could not be delivered; send them again, or drop them
    Outbox(outbox::OutboxArgs),
}

pub(super) fn run(args: &AlertArgs, style: Style) -> Result<Exit, Failure> {
    match &args.command {
        AlertCommand::Outbox(args) => outbox::run(args, style),
    }
}
