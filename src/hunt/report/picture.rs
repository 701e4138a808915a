//! A hunt as a picture, for Graphviz and Mermaid.
//!
//! In: a [`Hunt`]. Out: one node a process, one edge a pair of processes that something links; solid from parent to child, dashed where
//! there are only threads and accesses; processes that the walk stopped at are round. Never here: layout.
//!
//! Mermaid draws no more than 500 edges and no text beyond 50,000 characters. So a picture has bounds, and first come the processes that
//! the hunt began with, then round by round; of what crosses first threads, then accesses that let in, then those that only read. Of
//! the processes outside of the hunt only some are drawn. What is left out is counted in a node of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{line, short, stopped, verb};
use crate::hunt::{Cross, Guid, Hunt, Process};

/// Processes that one picture shows; more are a picture of nothing.
const NODES: usize = 400;
/// Beside so many processes of the hunt one outside of it.
const OUTSIDE: usize = 10;
/// Pairs that are linked.
const EDGES: usize = 450;
/// What is written on one edge.
const VERBS: usize = 3;
/// Characters of a command line.
const COMMAND: usize = 60;
/// Bytes of a text for Mermaid.
const MERMAID: usize = 45_000;

/// A node: the process if it is known, its words.
struct Node<'h> {
    process: Option<&'h Process>,
    words: Vec<String>,
}

/// What links two nodes.
#[derive(Default)]
struct Edge {
    /// The one created the other.
    created: bool,
    /// What else it did to the other.
    verbs: BTreeSet<String>,
}

impl Edge {
    fn words(&self) -> String {
        let shown: Vec<&str> = self.verbs.iter().take(VERBS).map(String::as_str).collect();
        let more = self.verbs.len().saturating_sub(VERBS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        shown.join(", ") + &more
    }
}

/// What stands in a picture.
struct Picture<'h> {
    nodes: Vec<Node<'h>>,
    edges: BTreeMap<(usize, usize), Edge>,
    /// Processes and pairs that are not drawn.
    left_out: (usize, usize),
}

impl Picture<'_> {
    /// What is left out, in words.
    fn left_out(&self) -> Option<String> {
        match self.left_out {
            (0, 0) => None,
            (0, pairs) => Some(format!("+{} more", super::counted(pairs, "link", "links"))),
            (processes, _) => Some(format!("+{} more", super::counted(processes, "process", "processes"))),
        }
    }
}

fn picture(hunt: &Hunt, most: usize) -> Picture<'_> {
    let mut all: Vec<&Process> = hunt.processes.iter().chain(&hunt.stopped).collect();
    // Stable: those of a round stay in the order of their time.
    all.sort_by_key(|process| (!process.is_start(), process.round));
    let mut nodes = Vec::new();
    let mut numbers: BTreeMap<Guid, usize> = BTreeMap::new();
    for process in all.iter().take(most) {
        numbers.insert(process.guid, nodes.len());
        nodes.push(Node { process: Some(process), words: words(process) });
    }
    let mut edges: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
    let mut pairs_left_out = BTreeSet::new();
    for process in all.iter().take(most) {
        let parent = process.parent.and_then(|parent| numbers.get(&parent));
        if let (Some(from), Some(to)) = (parent, numbers.get(&process.guid)) {
            if edges.len() < EDGES {
                edges.entry((*from, *to)).or_default().created = true;
            } else {
                pairs_left_out.insert((process.parent, Some(process.guid)));
            }
        }
    }
    let mut cross: Vec<&Cross> = hunt.cross.iter().collect();
    cross.sort_by_key(|cross| cross.how);
    let rest: BTreeSet<Guid> = all.iter().skip(most).map(|process| process.guid).collect();
    let mut outside_left_out = BTreeSet::new();
    let mut outside = 0;
    for cross in cross {
        let ends = [(cross.from, &cross.from_image), (cross.to, &cross.to_image)];
        let unknown: Vec<_> = ends.into_iter().filter(|(guid, _)| !numbers.contains_key(guid)).collect();
        for (guid, image) in &unknown {
            // The other end may be a process that was not reached; a process of the hunt that is not drawn is counted already.
            let of_hunt = rest.contains(guid);
            if of_hunt || outside >= most.div_ceil(OUTSIDE) || edges.len() >= EDGES {
                if !of_hunt {
                    outside_left_out.insert(*guid);
                }
                continue;
            }
            outside += 1;
            numbers.insert(*guid, nodes.len());
            let name = image.as_deref().map_or_else(|| guid.to_string(), |image| line(super::file(image), 60));
            nodes.push(Node { process: None, words: vec![name] });
        }
        let pair = numbers.get(&cross.from).zip(numbers.get(&cross.to)).map(|(from, to)| (*from, *to));
        match pair {
            Some(pair) if edges.len() < EDGES || edges.contains_key(&pair) => {
                edges.entry(pair).or_default().verbs.insert(verb(cross, &|rights| line(rights, 20)));
            }
            Some(_) | None => drop(pairs_left_out.insert((Some(cross.from), Some(cross.to)))),
        }
    }
    let left_out = (all.len().saturating_sub(most) + outside_left_out.len(), pairs_left_out.len());
    Picture { nodes, edges, left_out }
}

fn words(process: &Process) -> Vec<String> {
    let mut words = vec![short(process)];
    words.extend(process.command_line.as_deref().map(|command| line(command, COMMAND)));
    let mut who = Vec::new();
    who.extend(process.user.as_deref().map(|user| line(user, 40)));
    who.extend(process.created.as_deref().map(|time| line(time, 40)));
    if !who.is_empty() {
        words.push(who.join(", "));
    }
    words.extend(stopped(process, &str::to_string));
    words
}

/// For Graphviz.
pub fn dot(hunt: &Hunt) -> String {
    let picture = picture(hunt, NODES);
    let mut out = String::from("digraph hunt {\n    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];\n");
    // Writing to a text cannot fail.
    for (number, node) in picture.nodes.iter().enumerate() {
        let label: Vec<String> = node.words.iter().map(|words| quoted(words)).collect();
        let look = match node.process {
            Some(process) if process.is_start() => ", style=bold, color=red",
            Some(process) if process.stop.is_some() => ", shape=ellipse, style=dashed",
            Some(_) => "",
            None => ", style=dotted",
        };
        let _ = writeln!(out, "    p{number} [label=\"{}\"{look}];", label.join("\\n"));
    }
    for ((from, to), edge) in &picture.edges {
        let mut looks = Vec::new();
        if !edge.created {
            looks.push("style=dashed".to_string());
        }
        if !edge.verbs.is_empty() {
            looks.push(format!("label=\"{}\"", quoted(&edge.words())));
        }
        let looks = if looks.is_empty() { String::new() } else { format!(" [{}]", looks.join(", ")) };
        let _ = writeln!(out, "    p{from} -> p{to}{looks};");
    }
    if let Some(more) = picture.left_out() {
        let _ = writeln!(out, "    more [label=\"{more}\", shape=plaintext];");
    }
    out.push_str("}\n");
    out
}

/// A text in the quotes of DOT.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// For Mermaid, with fewer processes the longer their names are.
pub fn mermaid(hunt: &Hunt) -> String {
    let mut most = NODES;
    loop {
        let text = drawn(&picture(hunt, most));
        if text.len() <= MERMAID || most <= 1 {
            return text;
        }
        most /= 2;
    }
}

fn drawn(picture: &Picture<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    let mut started = Vec::new();
    for (number, node) in picture.nodes.iter().enumerate() {
        let label: Vec<String> = node.words.iter().map(|words| entity(words)).collect();
        let (open, close) = match node.process {
            Some(process) if process.stop.is_some() => ("([", "])"),
            Some(_) | None => ("[", "]"),
        };
        if node.process.is_some_and(Process::is_start) {
            started.push(format!("p{number}"));
        }
        let _ = writeln!(out, "    p{number}{open}\"{}\"{close}", label.join("<br>"));
    }
    for ((from, to), edge) in &picture.edges {
        let words = entity(&edge.words());
        let _ = match (edge.created, words.is_empty()) {
            (true, true) => writeln!(out, "    p{from} --> p{to}"),
            (true, false) => writeln!(out, "    p{from} -- \"{words}\" --> p{to}"),
            (false, _) => writeln!(out, "    p{from} -. \"{words}\" .-> p{to}"),
        };
    }
    if !started.is_empty() {
        let _ = writeln!(out, "    classDef start stroke:#c00,stroke-width:3px\n    class {} start", started.join(","));
    }
    if let Some(more) = picture.left_out() {
        let _ = writeln!(out, "    more[\"{}\"]", entity(&more));
    }
    out
}

/// A text in the quotes of Mermaid, which reads HTML and Markdown there, and `\n` as the end of a line: all but letters, digits and a few
/// signs as entities.
fn entity(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " .,:/-=+()".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
