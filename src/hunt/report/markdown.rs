//! A hunt as a report to hand on.
//!
//! In: a [`Hunt`]. Out: Markdown, with the picture as Mermaid, which most places that show Markdown draw. Never here: HTML. What an endpoint
//! wrote stands in code spans only.

use std::fmt::Write;

use super::forest::forest;
use super::{Index, counted, line, mermaid, relation, short, stopped, times, verb};
use crate::hunt::{Counted, Guid, Hunt, Process};

/// Rows of a table of counts, processes that are told in full, things of one kind.
const ROWS: usize = 20;
const PROCESSES: usize = 200;
const THINGS: usize = 20;
/// Characters of a value.
const VALUE: usize = 300;

/// The report.
pub fn markdown(hunt: &Hunt) -> String {
    let mut out = String::from("# Hunt\n\n");
    // Writing to a text cannot fail.
    let start: Vec<String> = hunt.start.iter().map(|guid| code(&guid.to_string())).collect();
    let _ = writeln!(
        out,
        "Began with {}. {} in {}, {} of {} events.\n",
        start.join(", "),
        counted(hunt.processes.len(), "process", "processes"),
        counted(hunt.rounds.len(), "round", "rounds"),
        hunt.events,
        hunt.events_read,
    );
    for note in &hunt.notes {
        let _ = writeln!(out, "- {}", note.text(&code));
    }
    if !hunt.notes.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "## Query\n\n```\n{}\n```\n", hunt.query);
    let index = Index::new(hunt);
    rounds(&mut out, hunt, &index);
    let _ = writeln!(out, "## Processes\n\n```mermaid\n{}```\n", mermaid(hunt));
    over_time(&mut out, hunt);
    for (title, counts) in [
        ("Actions", &hunt.actions),
        ("Rule names", &hunt.rule_names),
        ("Destinations", &hunt.destinations),
        ("Ports", &hunt.ports),
    ] {
        table(&mut out, title, counts);
    }
    out.push_str("## Each process\n\n");
    let placed = forest(hunt);
    for placed in placed.iter().take(PROCESSES) {
        process(&mut out, &index, placed.process);
    }
    if placed.len() > PROCESSES {
        let _ = writeln!(out, "{} processes more are not told here.", placed.len() - PROCESSES);
    }
    out
}

fn rounds(out: &mut String, hunt: &Hunt, index: &Index<'_>) {
    out.push_str("## Rounds\n\n");
    let name = |guid: Guid| index.process(guid).map_or_else(|| guid.to_string(), short);
    for (round, number) in hunt.rounds.iter().zip(1..) {
        let shown = round.iter().take(ROWS).map(|reached| {
            let how = relation(reached);
            let stopped = if reached.stopped { ", not gone through" } else { "" };
            format!("{} ({how} {}{stopped})", code(&name(reached.guid)), code(&name(reached.from)))
        });
        let shown: Vec<String> = shown.collect();
        let more = round.len().saturating_sub(ROWS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(out, "{number}. {}{more}", shown.join(", "));
    }
    if hunt.rounds.is_empty() {
        out.push_str("Nothing else was found.\n");
    }
    out.push('\n');
}

fn over_time(out: &mut String, hunt: &Hunt) {
    let _ = writeln!(
        out,
        "## Events over time\n\nSteps of {} that have any.\n\n| begins | all | technique known | suspicious | hunted |\n| --- | --: | --: | --: | --: |",
        counted(usize::try_from(hunt.step_seconds).unwrap_or(0), "second", "seconds"),
    );
    for step in &hunt.over_time {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            step.begins, step.all, step.technique, step.suspicious, step.hunted
        );
    }
    out.push('\n');
}

fn table(out: &mut String, title: &str, counts: &[Counted]) {
    if counts.is_empty() {
        return;
    }
    let _ = writeln!(out, "## {title}\n\n| value | events |\n| --- | --: |");
    for counted in counts.iter().take(ROWS) {
        let _ = writeln!(out, "| {} | {} |", cell(&counted.value), counted.count);
    }
    if counts.len() > ROWS {
        let rest: u64 = counts.iter().skip(ROWS).map(|counted| counted.count).sum();
        let _ = writeln!(out, "| {} others | {rest} |", counts.len() - ROWS);
    }
    out.push('\n');
}

fn process(out: &mut String, index: &Index<'_>, process: &Process) {
    let began = if process.is_start() { ", where the hunt began" } else { "" };
    let _ = writeln!(out, "### {}{began}\n", code(&short(process)));
    let mut row = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(out, "- {name}: {}", code(value));
        }
    };
    row("ProcessGUID", Some(&process.guid.to_string()));
    row("Image", process.image.as_deref());
    row("Command line", process.command_line.as_deref());
    row("Directory", process.current_directory.as_deref());
    row("User", process.user.as_deref());
    row("Computer", process.host.as_deref());
    row("Process id", process.pid.as_deref());
    row("Created", process.created.as_deref());
    row("Ended", process.ended.as_deref());
    row("ParentProcessGUID", process.parent.map(|parent| parent.to_string()).as_deref());
    row("Parent", process.parent_image.as_deref());
    row("Parent's command line", process.parent_command_line.as_deref());
    if let Some((reached, number)) = index.led_by(process.guid) {
        let _ = writeln!(out, "- Found in round {number}, from {}", code(&reached.from.to_string()));
    }
    if let Some(stopped) = stopped(process, &code) {
        let _ = writeln!(out, "- {stopped}");
    }
    if let Some(page) = &process.virustotal {
        let _ = writeln!(out, "- [VirusTotal]({page})");
    }
    for technique in &process.techniques {
        let _ = writeln!(out, "- [{}]({})", technique.id, technique.url);
    }
    for things in &process.things {
        let _ = writeln!(out, "- {}:", things.kind);
        for thing in things.things.iter().take(THINGS) {
            let _ = writeln!(out, "  - {} {}{}", thing.event.replace('_', " "), code(&thing.what), times(thing.count));
        }
        let more = things.things.len().saturating_sub(THINGS) as u64 + things.beyond;
        if more > 0 {
            let _ = writeln!(out, "  - and {more} more");
        }
    }
    for cross in index.crosses(process.guid).iter().take(THINGS) {
        let (arrow, other, image) = if cross.from == process.guid {
            ("to", cross.to, &cross.to_image)
        } else {
            ("from", cross.from, &cross.from_image)
        };
        let image = image.as_deref().map_or_else(String::new, |image| format!("{} ", code(image)));
        let _ =
            writeln!(out, "- {} {arrow} {image}{}{}", verb(cross, &code), code(&other.to_string()), times(cross.count));
    }
    out.push('\n');
}

/// A text as a code span of one line: nothing in it is Markdown.
fn code(text: &str) -> String {
    let text = line(text, VALUE);
    if text.is_empty() {
        return "(empty)".to_string();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Readers take one space off at both ends. A backslash before the fence is none of an escape, but not all know that.
    let is_apart = text.starts_with(['`', ' ', '\\']) || text.ends_with(['`', ' ', '\\']);
    let space = if is_apart { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// The same in a table, whose cells end at `|` even there, and behind a backslash too.
fn cell(text: &str) -> String {
    code(&line(text, VALUE).replace('|', "\\u{7c}"))
}
