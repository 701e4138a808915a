//! Coverage as lcov's tracefile, which genhtml, CI services and editors read.
//!
//! In: coverage, the texts of the rules. Out: a record a file; rules are its functions, statements and conditions its lines, and each
//! condition has two branches: true, then false. A drawn rule has the lines of its file at which its blocks begin. Never here: lines
//! that hold nothing of a rule.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Coverage, Seen, Ways};
use crate::diagnostic::render::Places;
use crate::origin::{Origin, Sources};

#[derive(Default)]
struct File {
    /// Line, name, runs.
    rules: Vec<(usize, String, u32)>,
    /// Runs of each line: of its piece that ran most often.
    lines: BTreeMap<usize, u32>,
    branches: Vec<(usize, Ways)>,
}

/// Writes coverage as a tracefile.
pub fn lcov(coverage: &Coverage, sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    let mut place = |origin: Origin| {
        let found = places.find(origin);
        let line = found.range.map(|range| range.start).or(found.at).map_or(1, |at| at.line);
        (found.file.to_string(), line)
    };
    for rule in &coverage.rules {
        let (name, line) = place(rule.origin);
        let file = files.entry(name).or_default();
        file.rules.push((line, rule.title(), rule.ran));
        file.line(line, rule.ran);
        for piece in &rule.pieces {
            let (_, line) = place(piece.origin);
            match piece.seen {
                Seen::Statement(reached) => file.line(line, reached),
                Seen::When { counted, .. } => file.line(line, counted),
                Seen::Condition(ways) => {
                    file.line(line, ways.yes.saturating_add(ways.no));
                    file.branches.push((line, ways));
                }
                Seen::Word | Seen::Disabled | Seen::Joined(_) | Seen::Constant(_) => {}
            }
        }
    }
    let mut out = String::new();
    for (name, file) in &files {
        file.write(name, &mut out);
    }
    out
}

impl File {
    fn line(&mut self, line: usize, ran: u32) {
        let most = self.lines.entry(line).or_default();
        *most = ran.max(*most);
    }

    fn write(&self, name: &str, out: &mut String) {
        let mut line = |text: std::fmt::Arguments<'_>| {
            // Writing to a text cannot fail.
            let _ = out.write_fmt(text);
            out.push('\n');
        };
        line(format_args!("TN:"));
        line(format_args!("SF:{}", one_line(name)));
        let seen = |all: &mut dyn Iterator<Item = u32>| all.filter(|ran| *ran > 0).count();
        for (at, name, _) in &self.rules {
            line(format_args!("FN:{at},{}", one_line(name)));
        }
        for (_, name, ran) in &self.rules {
            line(format_args!("FNDA:{ran},{}", one_line(name)));
        }
        line(format_args!("FNF:{}", self.rules.len()));
        line(format_args!("FNH:{}", seen(&mut self.rules.iter().map(|(.., ran)| *ran))));
        for (block, (at, ways)) in self.branches.iter().enumerate() {
            let asked = ways.yes > 0 || ways.no > 0;
            for (branch, taken) in [ways.yes, ways.no].into_iter().enumerate() {
                let taken = if asked { taken.to_string() } else { "-".to_string() };
                line(format_args!("BRDA:{at},{block},{branch},{taken}"));
            }
        }
        line(format_args!("BRF:{}", self.branches.len() * 2));
        let mut ways = self.branches.iter().flat_map(|(_, ways)| [ways.yes, ways.no]);
        line(format_args!("BRH:{}", seen(&mut ways)));
        for (at, ran) in &self.lines {
            line(format_args!("DA:{at},{ran}"));
        }
        line(format_args!("LF:{}", self.lines.len()));
        line(format_args!("LH:{}", seen(&mut self.lines.values().copied())));
        line(format_args!("end_of_record"));
    }
}

/// A name cannot end its line.
fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}
