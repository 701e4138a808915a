//! Arguments of `watch`, as data.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::args::{RuleArgs, RunFormat, Show, Stage};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  blocksieve watch examples/sysmon --events '/var/log/sysmon/*.log*' --state /var/lib/blocksieve/state\n  winlogbeat -e 2>/dev/null | blocksieve watch examples/sysmon --events -\n  blocksieve watch examples/sysmon --events logs --state state --once --show all\n\nSIGHUP reads rules and lookup tables anew at once; SIGTERM and Ctrl-C end it well, a second Ctrl-C at once."
)]
pub(in crate::cli) struct WatchArgs {
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Add the filters of this agent of the project
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Where events come from: files, folders, globs (quoted, with the names of rotated files), or `-` for standard input
    #[arg(long, short, required = true, num_args = 1.., value_name = "FILE")]
    pub events: Vec<String>,
    /// Which events to show
    #[arg(long, value_enum, value_name = "WHICH", value_delimiter = ',', default_value = "alerts")]
    pub show: Vec<Show>,
    /// How to write them [default: table on a terminal, ndjson otherwise]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<WatchFormat>,
    /// The last stage to run
    #[arg(long, value_enum, value_name = "STAGE")]
    pub until: Option<Stage>,
    /// Check every byte of every record, also those that no rule reads
    #[arg(long)]
    pub strict: bool,
    /// Keep in this file what was read, and go on there after a restart
    #[arg(long, value_name = "FILE")]
    pub state: Option<String>,
    /// Read what is there, and end
    #[arg(long)]
    pub once: bool,
    /// Pass over what stands already in files that are not known yet
    #[arg(long, conflicts_with = "once")]
    pub only_new: bool,
    /// How often to look for changes, in milliseconds
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 250, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub poll: u64,
    /// Seconds without a change after which a file counts as finished
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub still: Duration,
    /// Seconds between two lines of state on standard error; 0 for none
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub status: u64,
    /// Serve metrics for Prometheus under http://ADDRESS/metrics, as in 127.0.0.1:9464; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
    /// Let --metrics listen on an address that other machines reach; names of rules and files can be read there by anybody
    #[arg(long, requires = "metrics")]
    pub metrics_any: bool,
    /// No lines of state and no summary on standard error
    #[arg(long, short)]
    pub quiet: bool,
    #[cfg(feature = "deliver")]
    #[command(flatten)]
    pub delivery: crate::cli::outgoing::DeliverArgs,
}

/// Forms of decisions that have no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum WatchFormat {
    /// For people
    Table,
    /// One JSON object a decision
    Ndjson,
    /// Kept events as the log manager stores them, one JSON object a line
    Msg,
}

impl WatchFormat {
    pub(super) fn as_run(self) -> RunFormat {
        match self {
            WatchFormat::Table => RunFormat::Table,
            WatchFormat::Ndjson => RunFormat::Ndjson,
            WatchFormat::Msg => RunFormat::Msg,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds, as in 5 or 0.5".to_string())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|still| *still <= Duration::from_secs(86_400))
        .ok_or_else(|| "give seconds from 0 to 86400".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_tells_of_every_option() {
        let page = include_str!("../../../grammar/watch.md");
        let command = WatchArgs::augment_args(clap::Command::new("watch"));
        for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
            assert!(
                page.lines().any(|line| line.starts_with("| `--") && line.contains(&format!("`--{option}"))),
                "{option}"
            );
        }
    }

    #[test]
    fn seconds_are_numbers_within_a_day() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for wrong in ["", "x", "-1", "NaN", "inf", "86401"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
