//! Arguments of `serve`, as data.

use std::net::{IpAddr, Ipv4Addr};

use clap::Args;

/// The port where none is named: always the same one, so that a reload of the page finds its server again.
pub(super) const PORT: u16 = 7777;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  blocksieve serve examples/sysmon\n  blocksieve serve --port 0 --read-only rules/\n\nThe address holds a token in its fragment: who has it may read and write the project, so hand it to nobody. Ctrl-C ends it."
)]
pub(in super::super) struct ServeArgs {
    /// The folder of a project, or one with rules [default: the project around this folder]
    #[arg(value_name = "PROJECT")]
    pub project: Option<String>,
    /// The port to listen on; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    pub port: u16,
    /// The address to listen on: any but a loopback address can be reached by other machines, unencrypted
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub listen: IpAddr,
    /// Write nothing into the project
    #[arg(long)]
    pub read_only: bool,
}
