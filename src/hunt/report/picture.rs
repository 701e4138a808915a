//! A hunt as a picture, for Graphviz and Mermaid.
//!
//! In: a [`Hunt`]. Out: one node a process, one edge a link; solid from parent to child, dashed for threads and accesses; processes that
//! the walk stopped at are round. Never here: layout.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{line, short, verb};
use crate::hunt::{Guid, How, Hunt, Process};

/// Processes that one picture shows; more are a picture of nothing.
const NODES: usize = 400;
/// Characters of a command line.
const COMMAND: usize = 60;

/// A node: its number, the process if it is known, its words.
struct Node<'h> {
    process: Option<&'h Process>,
    words: Vec<String>,
}

/// What stands in a picture.
struct Picture<'h> {
    nodes: Vec<Node<'h>>,
    /// From node, to node, what is written on it: nothing for a creation.
    edges: Vec<(usize, usize, Option<String>)>,
    left_out: usize,
}

fn picture(hunt: &Hunt) -> Picture<'_> {
    let all: Vec<&Process> = hunt.stopped.iter().chain(&hunt.processes).collect();
    let mut nodes = Vec::new();
    let mut numbers: BTreeMap<Guid, usize> = BTreeMap::new();
    for process in all.iter().take(NODES) {
        numbers.insert(process.guid, nodes.len());
        nodes.push(Node { process: Some(process), words: words(process) });
    }
    let mut edges = Vec::new();
    for process in all.iter().take(NODES) {
        let parent = process.parent.and_then(|parent| numbers.get(&parent));
        if let (Some(from), Some(to)) = (parent, numbers.get(&process.guid)) {
            edges.push((*from, *to, None));
        }
    }
    let mut drawn: BTreeMap<(usize, usize, How), String> = BTreeMap::new();
    for cross in &hunt.cross {
        // The other end may be a process that was not reached.
        for (guid, image) in [(cross.from, &cross.from_image), (cross.to, &cross.to_image)] {
            if !numbers.contains_key(&guid) && nodes.len() < NODES {
                numbers.insert(guid, nodes.len());
                let name = image.as_deref().map_or_else(|| guid.to_string(), |image| line(super::file(image), 60));
                nodes.push(Node { process: None, words: vec![name] });
            }
        }
        if let (Some(from), Some(to)) = (numbers.get(&cross.from), numbers.get(&cross.to)) {
            drawn.entry((*from, *to, cross.how)).or_insert_with(|| verb(cross));
        }
    }
    edges.extend(drawn.into_iter().map(|((from, to, _), verb)| (from, to, Some(verb))));
    Picture { nodes, edges, left_out: all.len().saturating_sub(NODES) }
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
    words
}

/// For Graphviz.
pub fn dot(hunt: &Hunt) -> String {
    let Picture { nodes, edges, left_out } = picture(hunt);
    let mut out = String::from("digraph hunt {\n    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];\n");
    // Writing to a text cannot fail.
    for (number, node) in nodes.iter().enumerate() {
        let label: Vec<String> = node.words.iter().map(|words| quoted(words)).collect();
        let look = match node.process {
            Some(process) if process.round == 0 => ", style=bold, color=red",
            Some(process) if process.stop.is_some() => ", shape=ellipse, style=dashed",
            Some(_) => "",
            None => ", style=dotted",
        };
        let _ = writeln!(out, "    p{number} [label=\"{}\"{look}];", label.join("\\n"));
    }
    for (from, to, verb) in &edges {
        let _ = match verb {
            None => writeln!(out, "    p{from} -> p{to};"),
            Some(verb) => writeln!(out, "    p{from} -> p{to} [style=dashed, label=\"{}\"];", quoted(verb)),
        };
    }
    if left_out > 0 {
        let _ = writeln!(out, "    // {left_out} processes more are not drawn");
    }
    out.push_str("}\n");
    out
}

/// A text in the quotes of DOT.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// For Mermaid.
pub fn mermaid(hunt: &Hunt) -> String {
    let Picture { nodes, edges, left_out } = picture(hunt);
    let mut out = String::from("flowchart LR\n");
    let mut started = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        let label: Vec<String> = node.words.iter().map(|words| entity(words)).collect();
        let (open, close) = match node.process {
            Some(process) if process.stop.is_some() => ("([", "])"),
            Some(_) | None => ("[", "]"),
        };
        if node.process.is_some_and(|process| process.round == 0) {
            started.push(format!("p{number}"));
        }
        let _ = writeln!(out, "    p{number}{open}\"{}\"{close}", label.join("<br>"));
    }
    for (from, to, verb) in &edges {
        let _ = match verb {
            None => writeln!(out, "    p{from} --> p{to}"),
            Some(verb) => writeln!(out, "    p{from} -. \"{}\" .-> p{to}", entity(verb)),
        };
    }
    if !started.is_empty() {
        let _ = writeln!(out, "    classDef start stroke:#c00,stroke-width:3px\n    class {} start", started.join(","));
    }
    if left_out > 0 {
        let _ = writeln!(out, "    %% {left_out} processes more are not drawn");
    }
    out
}

/// A text in the quotes of Mermaid, which reads HTML and Markdown there: all but letters, digits and a few signs as entities.
fn entity(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " .,:/-_\\=+()".contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
