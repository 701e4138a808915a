//! Differences as a comment on a pull request: Markdown as GitHub and GitLab read it.
//!
//! In: what there is to tell. Out: a table at first, and the rest folded. Never here: text of an event or a rule outside of a code span.
//!
//! | what an endpoint could write | why it does nothing |
//! | --- | --- |
//! | `@everybody`, `#1`, `www.example.org`, `<b>` | all of it stands in code spans, in which nobody looks for mentions, links, tags |
//! | a backtick, a pipe | shown as `\u{60}`, `\u{7c}`: neither code span nor cell ends |
//! | an end of line, marks that turn text around | shown as `\n`, `\u{202e}`: no row ends |
//! | a text without end | cut |

use std::fmt::Write as _;

use super::compare::Kind;
use super::told::{COLUMNS, ROWS, Told, cells, largest, signed, two, used};
use crate::cli::source::plural;
use crate::cli::table;

/// Characters of a code span at most.
const MOST: usize = 120;
/// Groups of one kind, and rules, that are told one by one.
const GROUPS: usize = 20;
/// Lines of one event's conditions.
const LINES: usize = 40;

/// What comes from events or rules, so that it is nothing but text.
pub(super) fn code(text: &str) -> String {
    let text = table::cut_end(&table::safe(text), MOST).replace('`', "\\u{60}").replace('|', "\\u{7c}");
    if text.trim().is_empty() { "-".to_string() } else { format!("`{text}`") }
}

/// The comment. `events`: as the command line names them; `shut`: gates that are, and why.
pub(super) fn written(told: &Told<'_>, events: &[String], shut: &[String]) -> String {
    let mut out = String::new();
    write(told, events, shut, &mut out).unwrap_or_default();
    out
}

fn write(told: &Told<'_>, events: &[String], shut: &[String], out: &mut String) -> std::fmt::Result {
    let [old, new] = told.labels();
    writeln!(out, "### Blocksieve: {}\n", told.verdict())?;
    for gate in shut {
        writeln!(out, "**Not allowed:** {gate}.\n")?;
    }
    writeln!(out, "| | old | new | change |\n| --- | ---: | ---: | ---: |")?;
    for (what, old, new) in told.totals() {
        writeln!(out, "| {what} | {old} | {new} | {} |", signed(old, new))?;
    }
    let of: Vec<String> = events.iter().take(GROUPS).map(|path| code(path)).collect();
    let (inputs, of) = (plural(told.inputs, "input"), of.join(", "));
    let count = plural(told.compared(), "event");
    writeln!(out, "\nOld: {}, new: {}; {count} from {inputs}: {of}.", code(old), code(new))?;
    for kind in Kind::ALL {
        let groups = told.tally().of(kind);
        if groups.is_empty() {
            continue;
        }
        let count: u64 = groups.iter().map(|(_, group)| group.count).sum();
        writeln!(out, "\n<details><summary>{}: {count}</summary>\n", kind.title())?;
        for (difference, group) in groups.iter().take(GROUPS) {
            let words = told.who(difference).into_iter();
            let words: Vec<String> =
                words.map(|(word, name)| format!("{word} {}", code(&name)).trim().to_string()).collect();
            writeln!(out, "- **{}** {}", group.count, words.join(", "))?;
        }
        more(out, groups.len(), GROUPS)?;
        let examples: Vec<_> = groups.iter().take(GROUPS).flat_map(|(_, group)| &group.examples).take(ROWS).collect();
        if !examples.is_empty() {
            writeln!(out, "\n| record | time | host | event |\n| --- | --- | --- | --- |")?;
        }
        for example in &examples {
            let text = |text: &Option<String>| code(text.as_deref().unwrap_or_default());
            let (place, event) = (code(&example.place), code(&example.event));
            writeln!(out, "| {place} | {} | {} | {event} |", text(&example.time), text(&example.host))?;
        }
        for why in examples.iter().filter_map(|example| example.why.as_deref()) {
            writeln!(out)?;
            for line in why.lines().take(LINES) {
                let depth = (line.len() - line.trim_start().len()) / 2;
                writeln!(out, "{}- {}", "  ".repeat(depth), code(line.trim()))?;
            }
        }
        writeln!(out, "\n</details>")?;
    }
    for (what, counts) in [("event", &told.tally().events), ("host", &told.tally().hosts)] {
        if counts.is_empty() {
            continue;
        }
        let rows = largest(counts);
        let used = used(&rows);
        writeln!(out, "\n<details><summary>By {what}</summary>\n")?;
        let header: Vec<String> = used.iter().map(|column| COLUMNS[*column].to_lowercase()).collect();
        writeln!(out, "| {what} | {} | bytes kept |", header.join(" | "))?;
        writeln!(out, "| --- |{} ---: |", " ---: |".repeat(used.len()))?;
        for (name, changes) in rows.iter().take(ROWS) {
            let numbers = cells(changes);
            let row: Vec<String> = used.iter().map(|column| numbers[*column].to_string()).collect();
            let bytes = signed(changes.bytes_saved, changes.bytes_added);
            writeln!(out, "| {} | {} | {bytes} |", code(name), row.join(" | "))?;
        }
        more(out, rows.len(), ROWS)?;
        writeln!(out, "\n</details>")?;
    }
    let rules = told.changed_rules();
    if !rules.is_empty() {
        writeln!(out, "\n<details><summary>By rule</summary>\n")?;
        writeln!(out, "| rule | events | alerts | |\n| --- | --- | --- | --- |")?;
        for row in rules.iter().take(GROUPS) {
            let (events, alerts) = two(row);
            let name = code(&format!("{} \"{}\"", row.rule.kind.word(), row.rule.name));
            writeln!(out, "| {name} | {events} | {alerts} | {} |", row.only().unwrap_or_default())?;
        }
        more(out, rules.len(), GROUPS)?;
        writeln!(out, "\n</details>")?;
    }
    let gaps = told.gaps();
    if !gaps.is_empty() {
        writeln!(out, "\nTo be known:\n")?;
        for line in gaps.iter().take(GROUPS) {
            writeln!(out, "- {}", code(line))?;
        }
        more(out, gaps.len(), GROUPS)?;
    }
    Ok(())
}

/// What is not told one by one.
fn more(out: &mut String, all: usize, shown: usize) -> std::fmt::Result {
    if all > shown {
        writeln!(out, "\n… and {} more", all - shown)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn text_of_endpoints_stays_text() {
        assert_eq!(code("ws01.example.org"), "`ws01.example.org`");
        assert_eq!(
            code("@all | </details> `x` #1\r\n\u{202e}"),
            r"`@all \u{7c} </details> \u{60}x\u{60} #1\r\n\u{202e}`"
        );
        assert_eq!(code(r"C:\x\|"), r"`C:\x\\u{7c}`");
        assert_eq!([code(""), code("  ")], ["-", "-"]);
        let long = code(&"a".repeat(1000));
        assert!(long.chars().count() <= 122 && long.ends_with("…`"), "{long}");
    }
}
