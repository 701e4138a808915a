//! Arguments of `blocksieve sysmon`, as data.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::FindingsFormat;
use crate::sysmon::config::environment::Environment;

#[derive(Debug, Args)]
pub(in crate::cli) struct SysmonArgs {
    #[command(subcommand)]
    pub command: SysmonCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SysmonCommand {
    /// Find everything that Sysmon refuses, or that can hardly be meant, in its configurations
    #[command(
        after_help = "Examples:\n  blocksieve sysmon check sysmonconfig.xml\n  blocksieve sysmon check --deny-warnings --format github sysmon/*.xml"
    )]
    Check(CheckArgs),
    /// Show which events a configuration would log, by which rule, and under which name
    #[command(
        after_help = "Examples:\n  blocksieve sysmon explain sysmonconfig.xml Sysmon.evtx\n  blocksieve sysmon explain sysmonconfig.xml Sysmon.evtx:4711\n  blocksieve sysmon explain sysmonconfig.xml logs --only dropped --limit 20\n  blocksieve sysmon explain sysmonconfig.xml logs --summary --never\n  blocksieve sysmon explain sysmonconfig.xml logs --env windows --env 'TEMP=C:\\Windows\\Temp'"
    )]
    Explain(ExplainArgs),
    /// Show how many rules a configuration has for which events, and the techniques that they speak of
    #[command(
        after_help = "Examples:\n  blocksieve sysmon stats sysmonconfig.xml\n  blocksieve sysmon stats --json sysmonconfig.xml"
    )]
    Stats(StatsArgs),
    /// Show what is different between two configurations, and on which events they differ
    #[command(
        after_help = "Examples:\n  blocksieve sysmon diff old.xml new.xml\n  blocksieve sysmon diff old.xml new.xml --events logs/*.evtx\n  blocksieve sysmon diff old.xml new.xml --exit-code"
    )]
    Diff(DiffArgs),
    /// Put pieces together to one configuration
    #[command(
        after_help = "Example:\n  blocksieve sysmon merge base.xml 1_process_creation 3_network -o sysmonconfig.xml"
    )]
    Merge(MergeArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// Configurations: files, folders with files that end in .xml, or `-` for standard input
    #[arg(required = true, value_name = "CONFIG")]
    pub configs: Vec<String>,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FindingsFormat,
    /// End with status 1 on warnings too
    #[arg(long)]
    pub deny_warnings: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    /// The configuration; `-` for standard input
    #[arg(value_name = "CONFIG")]
    pub config: String,
    /// Events of any form: files, folders, globs, `-`; or one event, FILE:N as `run` and `events` show it
    #[arg(required = true, value_name = "EVENTS")]
    pub events: Vec<String>,
    /// Only these events
    #[arg(long, value_enum, value_name = "WHICH")]
    pub only: Option<Only>,
    /// Show so many events at most; all are counted
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Show no events, only the sums
    #[arg(long, conflicts_with_all = ["only", "limit"])]
    pub summary: bool,
    /// List the rules that never decided
    #[arg(long)]
    pub never: bool,
    #[command(flatten)]
    pub variables: Variables,
    /// One JSON object an event, and one with the sums
    #[arg(long)]
    pub json: bool,
}

/// Variables in values of a configuration.
#[derive(Debug, Args)]
pub(in crate::cli) struct Variables {
    /// A variable that values of the configuration have between percent signs, as the endpoint has it; `windows` for the folders of an ordinary Windows
    #[arg(long, value_name = "NAME=VALUE|windows", value_parser = variable)]
    pub env: Vec<Environment>,
}

fn variable(text: &str) -> Result<Environment, String> {
    if text == "windows" {
        return Ok(Environment::windows());
    }
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty() && !name.contains('%'))
        .ok_or("write NAME=VALUE without percent signs, as in TEMP=C:\\Windows\\Temp, or `windows`")?;
    let mut environment = Environment::default();
    environment.set(name, value);
    Ok(environment)
}

/// Which events `explain` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Only {
    /// Those that would be logged
    Logged,
    /// Those that would not
    Dropped,
    /// Those whose recorded RuleName is another than the one that they would get
    Differing,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct StatsArgs {
    /// The configuration; `-` for standard input
    #[arg(value_name = "CONFIG")]
    pub config: String,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// The configuration as it was
    #[arg(value_name = "OLD")]
    pub old: String,
    /// The configuration as it is
    #[arg(value_name = "NEW")]
    pub new: String,
    /// Decide these events by both, and show those on which they differ
    #[arg(long, num_args = 1.., value_name = "EVENTS")]
    pub events: Vec<String>,
    /// Show so many events at most; all are counted [default: 20; with --json all]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    #[command(flatten)]
    pub variables: Variables,
    /// End with status 1 if a rule or an event is different
    #[arg(long)]
    pub exit_code: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MergeArgs {
    /// Configurations in the order in which their rules shall stand: files, or folders with files that end in .xml
    #[arg(required = true, value_name = "PIECE")]
    pub pieces: Vec<String>,
    /// The file to write; `-` for standard output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportSysmonArgs {
    /// The configuration; `-` for standard input
    #[arg(value_name = "CONFIG")]
    pub file: String,
    /// Write the configuration in its canonical layout into this file; `-` for standard output, the sums to standard error then
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Write the sums as one JSON document
    #[arg(long)]
    pub json: bool,
}
