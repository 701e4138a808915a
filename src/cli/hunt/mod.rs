//! `blocksieve hunt`: from some processes to all that have to do with them.
//!
//! In: files of events in any form; where to begin. Out: on standard output the hunt in the form that was asked for, on standard error
//! what it came to, and what whoever reads it should know. The same bytes on every run. Never here: which processes are linked;
//! [`crate::hunt`] says that.
//!
//! The files are read twice: for the links between processes, and, once the walk is over, for what the events of its processes say
//! (`first.rs`, `second.rs`). Memory grows with the processes that were created, about 100 bytes each, not with the events; beyond the limit
//! the links are read again for each round.

mod first;
mod second;

use std::io::Write;

use super::args::{HuntArgs, HuntForm};
use super::style::{self, Style};
use super::{Exit, Failure, events, source};
use crate::hunt::{
    Broken, EXAMPLES, Gather, Guid, Hunt, InMemory, Link, Links, Named, Options, Roots, Stops, Walk, report, walk,
};
use crate::limits::HUNT_LINKS;
use crate::sysmon::Catalogue;
use first::First;

pub(super) fn run(args: &HuntArgs, style: Style) -> Result<Exit, Failure> {
    let (hunt, mut exit) = hunt(args, style, HUNT_LINKS)?;
    exit.note(write(args, &hunt)?);
    if !args.quiet {
        style::stderr().write_all(summary(&hunt).as_bytes())?;
    }
    Ok(exit)
}

/// The hunt; with more links than that each round reads the events again.
fn hunt(args: &HuntArgs, style: Style, most_links: usize) -> Result<(Hunt, Exit), Failure> {
    if let Some(given) = args.events.iter().find(|given| is_read_once(given)) {
        let what = if given == "-" { "standard input".to_string() } else { super::table::safe(given) };
        return Err(Failure::unusable(
            format!("a hunt reads its events twice, and {what} can be read once"),
            "write it into a file first; packed files are read as they are",
        ));
    }
    let catalogue = Catalogue::standard();
    let start = args.from.iter().map(|text| process(text, "--from")).collect::<Result<Vec<_>, _>>()?;
    let stops = stops(args)?;
    let (asked, agent) = events::ask::condition(args.condition.as_deref(), args.project.as_deref(), &catalogue, style)?;
    // The same rules twice: behind them a condition that chooses where to begin, and what they call suspicious.
    let condition = asked.as_ref().filter(|_| args.condition.is_some());
    let rules = asked.as_ref().filter(|_| args.project.is_some());
    let reading = |layout| source::Reading { layout, agent, strict: false, merge: false };
    let mut first = First::new(&catalogue, args.access, condition, &start, Roots::new(stops), most_links)?;
    let layout = first.layout().clone();
    let totals = source::read_all(&args.events, reading(&layout), &mut first, style)?;
    let first::Read { links, mut roots, met, notes } = first.finish(!start.is_empty())?;
    let options = Options { start, met, max_depth: args.max_depth };
    let mut again = first::Again { args, catalogue: &catalogue, agent, style, readings: 0 };
    if !roots.is_settled() {
        again.settle(&mut roots)?;
    }
    let walked = match links {
        Some(mut links) => walk(&options, &roots, &mut links).map_err(|broken| failure(broken, |never| match never {})),
        None => walk(&options, &roots, &mut again).map_err(|broken| failure(broken, |failure| failure)),
    };
    let mut hunt = second::read(args, &catalogue, walked?, second::Rules { rules, agent }, style)?;
    hunt.notes.extend(notes);
    Ok((hunt, totals.exit))
}

/// Is it a pipe or the like? What is not there is told by whoever reads it.
fn is_read_once(given: &str) -> bool {
    given == "-" || std::fs::metadata(given).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// The process that somebody names.
fn process(text: &str, option: &str) -> Result<Guid, Failure> {
    let shown = super::table::safe(text);
    match Guid::read(text.trim()) {
        Named::Process(guid) => Ok(guid),
        Named::Nothing => Err(Failure::unusable(
            format!("{option} {shown:?} names no process: Sysmon writes that where it does not know one"),
            "take the ProcessGuid of an event",
        )),
        Named::Malformed => Err(Failure::unusable(
            format!("{option} {shown:?} is no GUID"),
            "it looks like 365abb72-7c01-5cc4-0000-00102b3e0c00, with or without braces; `--where \"ProcessId == 4242\"` begins with a process id",
        )),
    }
}

/// Where to stop, and where not.
fn stops(args: &HuntArgs) -> Result<Stops, Failure> {
    let mut stops = Stops::default();
    let is_path = |text: &str| text.contains('\\') || text.contains('/') || text.eq_ignore_ascii_case("System");
    for path in &args.stop_at {
        if !is_path(path) {
            let message =
                format!("--stop-at {:?} is no full path: any program may have that name", super::table::safe(path));
            return Err(Failure::unusable(message, r"write the whole path: --stop-at 'C:\Tools\agent.exe'"));
        }
        stops.stop_at(path);
    }
    for text in &args.through {
        match Guid::read(text.trim()) {
            Named::Process(guid) => drop(stops.guids.insert(guid)),
            Named::Nothing | Named::Malformed if is_path(text) => stops.through(text),
            Named::Nothing | Named::Malformed => {
                let message = format!("--through {:?} is neither a GUID nor a full path", super::table::safe(text));
                return Err(Failure::unusable(message, "take either from the tree of the hunt"));
            }
        }
    }
    Ok(stops)
}

/// Why a walk did not come to its end.
fn failure<E>(broken: Broken<E>, links: impl FnOnce(E) -> Failure) -> Failure {
    match broken {
        Broken::Links(error) => links(error),
        Broken::Nowhere(guids) => {
            let shown: Vec<String> = guids.iter().take(EXAMPLES).map(ToString::to_string).collect();
            let more = if guids.len() > EXAMPLES { ", …" } else { "" };
            Failure::unusable(
                format!(
                    "the events that meet the condition were caused by the system's own processes alone ({}{more}): there is nothing to begin with",
                    shown.join(", ")
                ),
                "--from GUID begins with one nevertheless, and goes through it",
            )
        }
        Broken::TooMany { rounds, most } => {
            let over = most.map_or_else(String::new, |(guid, count)| format!(", {count} of the last ones over {guid}"));
            Failure::unusable(
                format!(
                    "the hunt reached more than {} processes in {} rounds{over}",
                    crate::limits::HUNT_PROCESSES,
                    rounds + 1
                ),
                "limit the rounds with --max-depth, or name the image at which to stop with --stop-at",
            )
        }
    }
}

/// Writes the hunt; a table was written while it was read.
fn write(args: &HuntArgs, hunt: &Hunt) -> Result<Exit, Failure> {
    let text = match args.format {
        HuntForm::Tree => report::tree(hunt),
        HuntForm::Table => return Ok(Exit::Clean),
        HuntForm::Json => {
            let text = serde_json::to_string_pretty(hunt).map_err(std::io::Error::from)?;
            crate::diagnostic::render::ascii_json(text) + "\n"
        }
        HuntForm::Dot => report::dot(hunt),
        HuntForm::Mermaid => report::mermaid(hunt),
        HuntForm::Markdown => report::markdown(hunt),
        HuntForm::Filter => report::filter(hunt),
        HuntForm::Alert => report::alert(hunt),
    };
    let mut out = style::stdout();
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(Exit::Clean)
}

/// Characters of what an endpoint wrote, in a note.
const DATA: usize = 120;

/// What it came to.
fn summary(hunt: &Hunt) -> String {
    let counted = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut text = format!(
        "{} in {}, {} of {} events\n",
        counted(hunt.processes.len(), "process", "processes"),
        counted(hunt.rounds.len(), "round", "rounds"),
        hunt.events,
        hunt.events_read,
    );
    if !hunt.stopped.is_empty() {
        text.push_str(&format!("not gone through: {}\n", counted(hunt.stopped.len(), "process", "processes")));
    }
    for note in &hunt.notes {
        text.push_str(&format!(
            "note: {}\n",
            note.text(&|data| super::table::cut_end(&super::table::safe(data), DATA))
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::style::ColorChoice;

    /// Of more links than fit, none is kept and each round reads the events again: the same hunt.
    #[test]
    fn a_hunt_over_links_that_do_not_fit_is_the_same() {
        for (access, through) in [(false, None), (true, None), (true, Some(r"C:\Windows\explorer.exe"))] {
            let args = HuntArgs {
                events: vec!["examples/hunt/incident.ndjson".to_string()],
                from: vec!["0b1e5a11-4f20-6981-0024-000000001200".to_string()],
                condition: Some("RuleName contains 'Credential Dumping'".to_string()),
                project: None,
                access,
                max_depth: None,
                stop_at: Vec::new(),
                through: through.map(String::from).into_iter().collect(),
                format: HuntForm::Json,
                quiet: true,
            };
            let style = Style::detect(ColorChoice::Never);
            let hunt = |most| hunt(&args, style, most).map(|(hunt, _)| hunt);
            let (Ok(kept), Ok(again)) = (hunt(HUNT_LINKS), hunt(2)) else { panic!("a hunt was refused") };
            assert!(kept.rounds.len() > 2);
            assert_eq!(again, kept);
        }
    }
}
