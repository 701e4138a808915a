//! `blocksieve alert outbox`: the messages of a state file.
//!
//! In: a state file. Out: a list on standard output; messages that are put in line again, or dropped. Never here: sending, which `run
//! --deliver` does. All of it may be done while another process sends.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::project;
use crate::cli::source::plural;
use crate::cli::style::{self, Style};
use crate::cli::table::{columns_of, safe};
use crate::cli::{Exit, Failure};
use crate::deliver::outbox::{State, Store, StoreError, Which};
use crate::deliver::{now, shown};
use crate::diagnostic::Code;

/// Where the state file is, in the folder of the project.
const DEFAULT: &str = ".blocksieve/state.db";

/// Digits of an id that people see; `retry` and `drop` take them.
const DIGITS: usize = 12;

#[derive(Debug, Args)]
pub(super) struct OutboxArgs {
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    /// Show the messages that wait and those that are dead
    #[command(
        after_help = "Examples:\n  blocksieve alert outbox list\n  blocksieve alert outbox list --all --format json"
    )]
    List(ListArgs),
    /// Put messages in line again: the next `run --deliver` sends them
    #[command(
        after_help = "Examples:\n  blocksieve alert outbox retry --dead\n  blocksieve alert outbox retry 2515f0a1e8ac"
    )]
    Retry(ChangeArgs),
    /// Throw messages away; they do not come again
    #[command(
        after_help = "Examples:\n  blocksieve alert outbox drop 2515f0a1e8ac\n  blocksieve alert outbox drop --dead"
    )]
    Drop(ChangeArgs),
}

#[derive(Debug, Args)]
struct StateArgs {
    /// The state file [default: .blocksieve/state.db of the project around this folder]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    state: StateArgs,
    /// Only messages of these ids; their first digits will do
    #[arg(value_name = "ID", conflicts_with_all = ["dead", "all"])]
    ids: Vec<String>,
    /// Only the dead
    #[arg(long, conflicts_with = "all")]
    dead: bool,
    /// Those that were sent or dropped too
    #[arg(long)]
    all: bool,
    /// How to write them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: OutboxFormat,
}

#[derive(Debug, Args)]
#[group(id = "which", required = true, multiple = false, args = ["ids", "dead", "all"])]
struct ChangeArgs {
    #[command(flatten)]
    state: StateArgs,
    /// Messages of these ids; their first digits will do
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// All that are dead
    #[arg(long)]
    dead: bool,
    /// All that wait or are dead
    #[arg(long)]
    all: bool,
    /// How to say what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: OutboxFormat,
}

/// Forms of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OutboxFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// A state file that cannot be used, as people are told.
pub(in crate::cli) fn unusable(error: StoreError) -> Failure {
    Failure::unusable(format!("[{}] {}", Code::StateUnusable, error.message), error.help)
}

/// The state file: the one that is named, or that of a project.
pub(in crate::cli) fn state_file(named: Option<&Path>, project: Option<&Path>) -> Result<PathBuf, Failure> {
    match (named, project) {
        (Some(path), _) => Ok(path.to_path_buf()),
        (None, Some(folder)) => Ok(folder.join(DEFAULT)),
        (None, None) => Err(Failure::unusable(
            format!("there is no project here: no {} in this folder or above it", project::FILE),
            "name the state file with --state FILE, or go into the project's folder",
        )),
    }
}

pub(super) fn run(args: &OutboxArgs, _: Style) -> Result<Exit, Failure> {
    let open = |state: &StateArgs| {
        let path = state_file(state.state.as_deref(), project::find(Path::new(".")).as_deref())?;
        Store::beside(&path).map_err(unusable)
    };
    match &args.command {
        OutboxCommand::List(args) => {
            let store = open(&args.state)?;
            let which = which(&store, &args.ids, args.dead, args.all, Which::All)?;
            list(&store, &which, args.format)?;
        }
        OutboxCommand::Retry(args) => {
            let mut store = open(&args.state)?;
            let which = which(&store, &args.ids, args.dead, args.all, Which::Open)?;
            let count = store.requeue(&which, now()).map_err(unusable)?;
            done(args, count, "in line again; `blocksieve run … --deliver` sends them", "requeued")?;
        }
        OutboxCommand::Drop(args) => {
            let mut store = open(&args.state)?;
            let which = which(&store, &args.ids, args.dead, args.all, Which::Open)?;
            let count = store.discard(&which, now()).map_err(unusable)?;
            done(args, count, "dropped", "dropped")?;
        }
    }
    Ok(Exit::Clean)
}

/// Which messages are meant; `all`: what `--all` stands for.
fn which(store: &Store, ids: &[String], dead: bool, every: bool, all: Which) -> Result<Which, Failure> {
    Ok(match (ids, dead, every) {
        ([], true, _) => Which::In(State::Dead),
        ([], false, true) => all,
        ([], false, false) => Which::Open,
        (ids, _, _) => Which::Ids(store.resolve(ids).map_err(unusable)?),
    })
}

fn done(args: &ChangeArgs, count: usize, human: &str, json: &str) -> Result<(), Failure> {
    let mut out = style::stdout();
    match args.format {
        OutboxFormat::Table => writeln!(out, "{} {human}", plural(count as u64, "message"))?,
        OutboxFormat::Json => writeln!(out, "{}", serde_json::json!({ json: count }))?,
    }
    Ok(out.finish()?)
}

fn list(store: &Store, which: &Which, format: OutboxFormat) -> Result<(), Failure> {
    let all = store.list(which).map_err(unusable)?;
    let mut out = style::stdout();
    match format {
        OutboxFormat::Json => {
            let rows: Vec<serde_json::Value> = all
                .iter()
                .map(|listed| {
                    let mut row = serde_json::to_value(listed).map_err(std::io::Error::other)?;
                    row["created"] = shown(listed.created).into();
                    row["next"] = listed.next.map(shown).into();
                    Ok(row)
                })
                .collect::<std::io::Result<_>>()?;
            writeln!(out, "{}", serde_json::to_string_pretty(&rows).map_err(std::io::Error::other)?)?;
        }
        OutboxFormat::Table => {
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|listed| {
                    vec![
                        listed.id.chars().take(DIGITS).collect(),
                        listed.state.word().to_string(),
                        listed.via.word().to_string(),
                        shown(listed.created),
                        listed.next.map_or_else(|| "-".to_string(), shown),
                        listed.attempts.to_string(),
                        safe(&listed.rule),
                        safe(&listed.to.join(", ")),
                        safe(listed.error.as_deref().unwrap_or("-")),
                    ]
                })
                .collect();
            let header = ["ID", "STATE", "VIA", "CREATED", "NEXT", "TRIED", "RULE", "TO", "ERROR"];
            out.write_all(columns_of(&header, &rows, 40).as_bytes())?;
        }
    }
    Ok(out.finish()?)
}
