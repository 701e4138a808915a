//! A hunt for a terminal.
//!
//! In: a [`Hunt`]. Out: the processes under their parents, each with what hangs from it, and before them where the hunt began and how it
//! went; lines end in LF. Never here: colours.

use super::forest::{Placed, forest};
use super::{Index, counted, file, line, relation, short, stopped, times, verb};
use crate::hunt::{Guid, How, Hunt, Process, Reached};

/// Characters of a command line, and of a thing.
const COMMAND: usize = 160;
const THING: usize = 100;
/// Things of one kind that are shown.
const THINGS: usize = 3;

/// Processes of one kind that the line of a round names.
const NAMES: usize = 3;

/// The tree.
pub fn tree(hunt: &Hunt) -> String {
    let index = Index::new(hunt);
    let mut out = String::new();
    for (round, number) in hunt.rounds.iter().zip(1..) {
        out.push_str(&format!("round {number}: {}\n", found(round, &index)));
    }
    if !hunt.rounds.is_empty() {
        out.push('\n');
    }
    for placed in forest(hunt) {
        process(&mut out, &index, &placed);
    }
    out
}

/// What one round found.
fn found(round: &[Reached], index: &Index<'_>) -> String {
    let name = |reached: &&Reached| {
        let process = index.process(reached.guid);
        process.map_or_else(|| reached.guid.to_string(), short)
    };
    let named = |of: &[&Reached]| {
        let names: Vec<String> = of.iter().take(NAMES).map(name).collect();
        let more = if of.len() > NAMES { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    };
    let of = |kind: &dyn Fn(&Reached) -> bool| -> Vec<&Reached> {
        round.iter().filter(|reached| !reached.stopped && kind(reached)).collect()
    };
    let mut parts = Vec::new();
    for (kind, one, many) in [
        (&(|reached: &Reached| relation(reached) == "parent of") as &dyn Fn(&Reached) -> bool, "parent", "parents"),
        (&|reached| relation(reached) == "child of", "child", "children"),
        (&|reached| reached.how != How::Created, "over a thread or an access", "over threads or accesses"),
    ] {
        let found = of(kind);
        if !found.is_empty() {
            parts.push(format!("{} ({})", counted(found.len(), one, many), named(&found)));
        }
    }
    let stopped: Vec<&Reached> = round.iter().filter(|reached| reached.stopped).collect();
    if !stopped.is_empty() {
        let is_asked = |reached: &&Reached| index.process(reached.guid).is_some_and(|process| process.is_asked());
        let why = match stopped.iter().filter(|reached| is_asked(reached)).count() {
            0 => "the system's own",
            count if count == stopped.len() => "as asked",
            _ => "the system's own, or as asked",
        };
        let count = if stopped.len() > 1 { format!("{} (", stopped.len()) } else { String::new() };
        let close = if stopped.len() > 1 { ")" } else { "" };
        parts.push(format!("stopped at {count}{}{close} ({why})", named(&stopped)));
    }
    parts.join(", ")
}

fn process(out: &mut String, index: &Index<'_>, placed: &Placed<'_>) {
    let process = placed.process;
    let (head, rest) = lead(placed);
    let mut first = Vec::new();
    first.extend(when(process));
    first.push(process.image.as_deref().map_or_else(|| "(image not known)".to_string(), |image| line(image, 200)));
    first.extend(process.pid.as_deref().map(|pid| format!("pid {}", line(pid, 20))));
    first.push(process.guid.to_string());
    let mut head = format!("{head}{}", first.join("  "));
    if process.is_start() {
        head.push_str("  <- the hunt began here");
    }
    out.push_str(&head);
    out.push('\n');
    for text in about(index, process) {
        out.push_str(&rest);
        out.push_str(&text);
        out.push('\n');
    }
}

/// When it was created; of one whose creation was not read, since when there are events of it.
fn when(process: &Process) -> Option<String> {
    let created = process.created.as_deref().map(|time| line(time, 40));
    created.or_else(|| process.first_seen.as_deref().map(|time| format!("seen since {}", line(time, 40))))
}

/// What stands before the first line of a process, and before the others.
fn lead(placed: &Placed<'_>) -> (String, String) {
    let Some((own, above)) = placed.last.split_last() else {
        return (String::new(), if placed.has_children { "│  ".to_string() } else { "   ".to_string() });
    };
    let mut before = String::new();
    for last in above {
        before.push_str(if *last { "   " } else { "│  " });
    }
    let head = format!("{before}{}", if *own { "└─ " } else { "├─ " });
    let rest =
        format!("{before}{}{}", if *own { "   " } else { "│  " }, if placed.has_children { "│  " } else { "   " });
    (head, rest)
}

/// The lines below the first one.
fn about(index: &Index<'_>, process: &Process) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(stopped) = stopped(process, &str::to_string) {
        lines.push(stopped);
        lines.extend(crosses(index, process.guid));
        return lines;
    }
    lines.extend(process.command_line.as_deref().map(|command| line(command, COMMAND)));
    let mut who = Vec::new();
    who.extend(process.user.as_deref().map(|user| line(user, 80)));
    who.extend(process.host.as_deref().map(|host| format!("on {}", line(host, 80))));
    who.extend(process.integrity.as_deref().map(|integrity| format!("integrity {}", line(integrity, 20))));
    who.extend(process.ended.as_deref().map(|ended| format!("ended {}", line(ended, 40))));
    if !who.is_empty() {
        lines.push(who.join(", "));
    }
    if process.created.is_none() && process.parent.is_none() {
        lines.push("its creation is not in these files".to_string());
    } else if let Some(parent) = missing_parent(index, process) {
        lines.push(parent);
    }
    if !process.techniques.is_empty() {
        let ids: Vec<&str> = process.techniques.iter().map(|technique| technique.id.as_str()).collect();
        lines.push(format!("techniques: {}", ids.join(", ")));
    }
    for things in &process.things {
        let shown = things.things.iter().take(THINGS);
        let shown: Vec<String> = shown.map(|thing| format!("{}{}", what(&thing.what), times(thing.count))).collect();
        let others = things.things.len().saturating_sub(THINGS);
        let others = if others > 0 { format!("; and {others} more") } else { String::new() };
        lines.push(format!("{}: {}{others}", things.kind, shown.join("; ")));
    }
    lines.extend(crosses(index, process.guid));
    lines
}

fn what(what: &str) -> String {
    if what.is_empty() { "(empty)".to_string() } else { line(what, THING) }
}

/// A parent that is not shown.
fn missing_parent(index: &Index<'_>, process: &Process) -> Option<String> {
    let image = process.parent_image.as_deref().map_or_else(String::new, |image| format!(" {}", line(image, 120)));
    let pid = process.parent_pid.as_deref().map_or_else(String::new, |pid| format!(", pid {}", line(pid, 20)));
    match process.parent {
        None => Some(format!("parent without a GUID:{image}{pid}, not followed")),
        Some(parent) if index.process(parent).is_none() => {
            Some(format!("parent beyond the last round:{image}{pid} {parent}"))
        }
        Some(_) => None,
    }
}

/// What it did to other processes, and they to it.
fn crosses(index: &Index<'_>, guid: Guid) -> Vec<String> {
    let name = |guid: Guid, image: Option<&String>| {
        let known = index.process(guid);
        // What its creation says is better than what the other process knew.
        let name = known.filter(|known| known.created.is_some()).map(short);
        let name = name.or_else(|| image.map(|image| line(file(image), 60))).or_else(|| known.map(short));
        name.map_or_else(|| guid.to_string(), |name| format!("{name} {guid}"))
    };
    let about = |cross: &crate::hunt::Cross| {
        let verb = verb(cross, &|rights| line(rights, 20));
        if cross.from == guid {
            Some(format!("{verb} -> {}{}", name(cross.to, cross.to_image.as_ref()), times(cross.count)))
        } else if cross.to == guid {
            Some(format!("{verb} <- {}{}", name(cross.from, cross.from_image.as_ref()), times(cross.count)))
        } else {
            None
        }
    };
    let mut lines: Vec<String> = index.crosses(guid).iter().filter_map(|cross| about(cross)).collect();
    let others = lines.len().saturating_sub(CROSSES);
    lines.truncate(CROSSES);
    if others > 0 {
        lines.push(format!("and {others} more threads or accesses"));
    }
    lines
}

/// Threads and accesses that are shown of one process.
const CROSSES: usize = 8;
