//! `blocksieve sysmon stats`: what is in a configuration.
//!
//! In: a configuration. Out: a row a tag, and a row a technique.

use std::io::Write;

use super::args::StatsArgs;
use crate::cli::style::{self, Style};
use crate::cli::table::{columns, safe};
use crate::cli::{Exit, Failure};
use crate::origin::Sources;
use crate::sysmon::config::stats::{Counts, Stats, stats};

pub(super) fn run(args: &StatsArgs, style: Style) -> Result<Exit, Failure> {
    let mut sources = Sources::default();
    let config = super::needed(&args.config, &mut sources, style)?;
    let sums = stats(&config);
    let text = match args.json {
        true => serde_json::to_string_pretty(&sums).map_err(std::io::Error::other)? + "\n",
        false => written(&sums, true),
    };
    let mut out = style::stdout();
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(Exit::Clean)
}

/// For people.
pub(super) fn written(sums: &Stats, techniques: bool) -> String {
    let mut out = format!("schema {}, {}\n", sums.schema, sums.encoding);
    for (name, value) in &sums.options {
        out.push_str(&safe(&format!("{name}{}{value}", if value.is_empty() { "" } else { " = " })));
        out.push('\n');
    }
    let row = |name: String, counts: &Counts, techniques: String, otherwise: &str| {
        let Counts { nodes, include, exclude, rules, filters, named } = counts;
        let cells = [*include, *exclude, *rules, *filters, *named, *nodes].map(|count| count.to_string());
        std::iter::once(name).chain(cells).chain([techniques, otherwise.to_string()]).collect::<Vec<String>>()
    };
    let mut rows: Vec<Vec<String>> = sums
        .tags
        .iter()
        .map(|tag| {
            let ids = tag.events.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            let otherwise = if tag.otherwise_logged { "logged" } else { "dropped" };
            row(format!("{} ({ids})", tag.tag), &tag.counts, tag.techniques.to_string(), otherwise)
        })
        .collect();
    rows.push(row("all".to_string(), &sums.total, sums.techniques.len().to_string(), ""));
    let header = ["TAG", "INCLUDE", "EXCLUDE", "RULES", "FILTERS", "NAMED", "NODES", "TECHNIQUES", "OTHERWISE"];
    out.push('\n');
    out.push_str(&columns(&header, &rows));
    if techniques && !sums.techniques.is_empty() {
        let rows: Vec<Vec<String>> = sums
            .techniques
            .iter()
            .map(|technique| {
                let id = format!("{}{}", technique.id, if technique.retired { " (retired)" } else { "" });
                let name = technique.name.as_deref().unwrap_or_default();
                vec![id, technique.rules.to_string(), safe(name), technique.tags.join(", ")]
            })
            .collect();
        out.push('\n');
        out.push_str(&columns(&["TECHNIQUE", "RULES", "NAME", "TAGS"], &rows));
    }
    if !sums.other_names.is_empty() && techniques {
        let count = sums.other_names.len();
        let (s, verb) = if count == 1 { ("", "speaks") } else { ("s", "speak") };
        out.push_str(&format!("\n{count} name{s} {verb} of no technique:\n"));
        for name in &sums.other_names {
            out.push_str(&format!("  {}\n", safe(name)));
        }
    }
    out
}
