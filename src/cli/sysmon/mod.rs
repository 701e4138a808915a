//! `blocksieve sysmon`, `blocksieve import sysmon`, `blocksieve compile --to sysmon`: Sysmon's own configuration.
//!
//! In: configurations and events. Out: findings, decisions, counts, changes, one configuration of several. Never here: what a configuration means;
//! `src/sysmon/config/` knows that.

mod args;
mod check;
pub(super) mod compile;
mod diff;
mod explain;
mod merge;
mod stats;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

pub(super) use args::{ImportSysmonArgs, SysmonArgs};
use args::{SysmonCommand, Variables};

use super::compile::put;
use super::style::{self, Style};
use super::{Exit, Failure, report, table};
use crate::diagnostic::{Diagnostic, Severity, render};
use crate::event::Layout;
use crate::event::read::Record;
use crate::origin::Sources;
use crate::sysmon::config::environment::{self, Environment};
use crate::sysmon::config::{self, Config, EventFields, Slots, Viewed};
use crate::sysmon::{Catalogue, PROVIDER};

pub(super) fn run(args: &SysmonArgs, style: Style) -> Result<Exit, Failure> {
    match &args.command {
        SysmonCommand::Check(args) => check::run(args, style),
        SysmonCommand::Explain(args) => explain::run(args, style),
        SysmonCommand::Stats(args) => stats::run(args, style),
        SysmonCommand::Diff(args) => diff::run(args, style),
        SysmonCommand::Merge(args) => merge::run(args, style),
    }
}

/// `blocksieve import sysmon`: findings, sums, and the canonical text.
pub(super) fn import(args: &ImportSysmonArgs, style: Style) -> Result<Exit, Failure> {
    let mut sources = Sources::default();
    let (config, found) = read(&args.file, &mut sources)?;
    report::need(&found, &sources, style, "Sysmon would refuse this configuration, and nothing is written")?;
    let Some(config) = config else { return Ok(Exit::Rules) };
    if let Some(output) = &args.output {
        put(Some(output), config::write::canonical(&config).as_bytes())?;
    }
    let sums = config::stats::stats(&config);
    let text = match args.json {
        true => serde_json::to_string_pretty(&sums).map_err(std::io::Error::other)? + "\n",
        false => stats::written(&sums, false),
    };
    if args.output.as_deref() == Some("-") {
        style::stderr().write_all(text.as_bytes())?;
    } else {
        let mut out = style::stdout();
        out.write_all(text.as_bytes())?;
        out.finish()?;
    }
    Ok(Exit::Clean)
}

/// Reads a configuration as one of `sources`.
fn read(path: &str, sources: &mut Sources) -> Result<(Option<Config>, Vec<Diagnostic>), Failure> {
    let mut bytes = Vec::new();
    let (name, read) = match path {
        "-" => ("<stdin>", std::io::stdin().lock().read_to_end(&mut bytes)),
        path => (path, std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))),
    };
    read.map_err(|error| {
        Failure::unusable(format!("{name} cannot be read: {error}"), "look at the spelling, and whether it may be read")
    })?;
    Ok(config::read(sources, &name.replace('\\', "/"), &bytes))
}

/// A configuration that Sysmon takes. What is only doubtful is counted: `sysmon check` is the place for it.
fn needed(path: &str, sources: &mut Sources, style: Style) -> Result<Config, Failure> {
    let (config, found) = read(path, sources)?;
    let errors: Vec<Diagnostic> = found.iter().filter(|found| found.is_error()).cloned().collect();
    report::need(&errors, sources, style, "Sysmon would refuse this configuration")?;
    let warnings = found.iter().filter(|found| found.severity == Severity::Warning).count();
    if warnings > 0 {
        let s = if warnings == 1 { "" } else { "s" };
        writeln!(style::stderr(), "note: {path}: {warnings} warning{s}; `blocksieve sysmon check` shows them")?;
    }
    config.ok_or_else(|| Failure::unusable(format!("{path} is no configuration"), "name a configuration of Sysmon"))
}

/// Puts variables into the values of a configuration, and says which are not given.
fn put_in(config: &mut Config, path: &str, variables: &Variables) -> Result<(), Failure> {
    let mut given = Environment::default();
    for environment in &variables.env {
        given.extend(environment.clone());
    }
    let unknown = environment::put_in(config, &given);
    const SHOWN: usize = 8;
    if !unknown.is_empty() {
        let more = unknown.len().saturating_sub(SHOWN);
        let names: Vec<String> = unknown.iter().take(SHOWN).map(|name| format!("%{}%", table::safe(name))).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (names, stay) = (names.join(", "), if unknown.len() == 1 { "stays" } else { "stay" });
        writeln!(
            style::stderr(),
            "note: {path}: {names}{more} {stay} as written; --env NAME=VALUE gives a value, --env windows those of an ordinary Windows"
        )?;
    }
    Ok(())
}

/// The files behind arguments: of a folder all that end in `.xml`, in the order of their names.
fn files(arguments: &[String]) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    for argument in arguments {
        if !Path::new(argument).is_dir() {
            files.push(argument.clone());
            continue;
        }
        let before = files.len();
        let mut folders: Vec<PathBuf> = vec![argument.into()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            let unreadable = |error| {
                Failure::unusable(
                    format!("{} cannot be read: {error}", folder.display()),
                    "look whether it may be read",
                )
            };
            for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                // A link to a folder may lead around in a circle.
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml")) {
                    found.push(path.display().to_string());
                }
            }
        }
        found.sort();
        files.extend(found);
        if files.len() == before {
            return Err(Failure::unusable(
                format!("there is no configuration in {argument}"),
                "configurations are files that end in .xml",
            ));
        }
    }
    Ok(files)
}

/// The name of an event: `sysmon.process_create`.
fn event_name(event: &Viewed<'_>, catalogue: &Catalogue) -> String {
    let index = catalogue.event_of(Some(PROVIDER), event.id(), None);
    let name = index.and_then(|index| catalogue.event_at(index)).map(|event| event.name.clone());
    name.unwrap_or_else(|| format!("sysmon {}", event.id()))
}

/// The RuleName that an event has with it, and whether it says one at all.
fn recorded(slots: &Slots, record: &Record<'_>) -> Option<String> {
    let mut buffer = String::new();
    slots.recorded(record.view, &mut buffer).map(String::from)
}

fn layout(slots: &Slots) -> Layout {
    slots.layout().clone()
}

/// Findings for a command that shows them all.
fn closing(found: &[Diagnostic], configs: usize) -> String {
    let s = if configs == 1 { "" } else { "s" };
    match found {
        [] => format!("{configs} configuration{s} checked: clean\n"),
        found => format!("{configs} configuration{s} checked: {}\n", render::summary(found)),
    }
}
