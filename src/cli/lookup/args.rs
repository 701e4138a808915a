//! Arguments of `blocksieve lookup`, as data.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::FindingsFormat;

#[derive(Debug, Args)]
pub(in crate::cli) struct LookupArgs {
    #[command(subcommand)]
    pub command: LookupCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum LookupCommand {
    /// Show the lookup tables of a project, or the rows of one
    #[command(
        after_help = "Examples:\n  blocksieve lookup list examples/sysmon\n  blocksieve lookup list examples/sysmon sysmon-hash-whitelist --where backup\n  blocksieve lookup list sysmon-hash-whitelist --format json"
    )]
    List(ListArgs),
    /// Find everything that is wrong in the lookup tables of a project
    #[command(
        after_help = "Examples:\n  blocksieve lookup check examples/sysmon\n  blocksieve lookup check --format github sysmon-hash-whitelist"
    )]
    Check(LookupCheckArgs),
    /// Add a row to a lookup table: the hash and file of an event, or values
    #[command(
        after_help = "Examples:\n  blocksieve lookup add sysmon-hash-whitelist --event Sysmon.evtx:4711 --note 'backup agent 4.2'\n  blocksieve lookup add sysmon-hash-whitelist SHA256=E1A8BC8B20B82A9FFDC010823A6DAC56C7CCDE8DC3670EE0779A2AFDFC8B95E1 file=backupagent.exe\n  blocksieve lookup add admins host=admin03.example.org owner=Eve"
    )]
    Add(AddArgs),
    /// Take rows out of a lookup table
    #[command(
        after_help = "Examples:\n  blocksieve lookup remove sysmon-hash-whitelist --event Sysmon.evtx:4711\n  blocksieve lookup remove sysmon-hash-whitelist E1A8BC8B20B82A9FFDC010823A6DAC56C7CCDE8DC3670EE0779A2AFDFC8B95E1"
    )]
    Remove(RemoveArgs),
}

/// Whose project.
#[derive(Debug, Args)]
pub(in crate::cli) struct ProjectArgs {
    /// The project [default: the one around this folder]
    #[arg(long, value_name = "FOLDER")]
    pub project: Option<String>,
}

/// Which project, and which of its tables.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhichArgs {
    /// A project [default: the one around this folder]; or the table, if only that is named
    #[arg(value_name = "PROJECT")]
    pub first: Option<String>,
    /// A table of it [default: all]
    #[arg(value_name = "TABLE")]
    pub second: Option<String>,
    #[command(flatten)]
    pub project: ProjectArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    pub which: WhichArgs,
    /// Only rows with this text in a cell, ignoring case
    #[arg(long = "where", value_name = "TEXT")]
    pub filter: Option<String>,
    /// How to write them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ListFormat,
}

/// Forms of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// CSV, whatever separates the cells in the file
    Csv,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct LookupCheckArgs {
    #[command(flatten)]
    pub which: WhichArgs,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FindingsFormat,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AddArgs {
    /// The table, as the project names it
    #[arg(value_name = "TABLE")]
    pub table: String,
    /// COLUMN=VALUE; a SHA256 or SHA1 may stand alone, and so may what stands in the event's `Hashes`
    #[arg(value_name = "VALUE")]
    pub values: Vec<String>,
    /// Take hash and file from this event: FILE:N as `run` and `events` show it; for EVTX the event record id too
    #[arg(long, value_name = "EVENT", allow_hyphen_values = true)]
    pub event: Option<String>,
    /// A remark, for the column `note` or `comment`
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Add a component of Windows too
    #[arg(long)]
    pub force: bool,
    /// Say what would be done, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub project: ProjectArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArgs {
    /// The table, as the project names it
    #[arg(value_name = "TABLE")]
    pub table: String,
    /// The key or the hash of a row
    #[arg(required_unless_present = "event", value_name = "KEY")]
    pub keys: Vec<String>,
    /// Take out the row with the hash of this event: FILE:N as `run` and `events` show it; for EVTX the event record id too
    #[arg(long, value_name = "EVENT", allow_hyphen_values = true)]
    pub event: Option<String>,
    /// Say what would be done, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub project: ProjectArgs,
}
