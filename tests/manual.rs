//! The manual, `grammar/README.md`, tells the truth: its examples run, its tables are those of the program.

mod support;

use blocksieve::diagnostic::Severity;
use blocksieve::sysmon::Catalogue;
use blocksieve::{explain, limits, operator};

const MANUAL: &str = include_str!("../grammar/README.md");

/// Fences as (line of the manual, info, text).
fn fences() -> Vec<(usize, &'static str, String)> {
    let mut fences = Vec::new();
    let mut open: Option<(usize, &str, String)> = None;
    for (number, line) in MANUAL.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((number + 1, info, String::new())),
            (Some(_), Some(_)) => fences.extend(open.take()),
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    fences
}

#[test]
fn every_example_does_what_it_says() {
    let mut cases = 0;
    for (line, info, text) in fences() {
        let found = || blocksieve::compile_text(&text, &[]).1;
        match info.split_once(' ').map_or((info, ""), |(kind, rest)| (kind, rest)) {
            ("rule", "") => assert!(found().is_empty(), "line {line}: {:#?}", found()),
            ("rule", bad) => {
                let code = bad.trim_start_matches("bad ");
                assert!(found().iter().any(|d| d.code.to_string() == code), "line {line}: {:#?}", found());
            }
            ("cases", _) => cases += case(line, &text),
            (other, _) => panic!("line {line}: nobody runs a fence of kind {other}"),
        }
    }
    assert!(cases > 60, "only {cases} cases");
}

fn case(line: usize, text: &str) -> usize {
    let (condition, events) = text.split_once('\n').unwrap_or((text, ""));
    for (offset, event) in events.lines().enumerate() {
        let (wanted, event) = event.split_once(' ').unwrap_or((event, ""));
        let event = event.trim();
        let event = match event.strip_prefix("data ") {
            Some(data) => support::sysmon(1, data.trim().trim_start_matches('{').trim_end_matches('}')),
            None => event.to_string(),
        };
        assert_eq!(
            support::holds(condition, &event),
            wanted == "yes",
            "line {}: {condition} on {event}",
            line + 2 + offset
        );
    }
    events.lines().count()
}

#[test]
fn conditions_of_the_manual_have_no_finding_worse_than_a_note() {
    for (line, info, text) in fences() {
        if info == "cases" {
            let condition = text.lines().next().unwrap_or_default();
            let (_, found) =
                blocksieve::compile_text(&format!("classify \"c\" {{ if {condition} {{ tag \"t\" }} }}"), &[]);
            // Fields of the examples that no catalogue knows (`users`, `a.b`) are told; nothing else is.
            let worse: Vec<_> =
                found.iter().filter(|d| d.severity > Severity::Note && d.code.to_string() != "BS0200").collect();
            assert!(worse.is_empty(), "line {line}: {worse:#?}");
        }
    }
}

#[test]
fn the_table_of_operators_is_the_registry() {
    for entry in operator::OPERATORS {
        let word = if entry.op == blocksieve::ast::Operator::EventIs { "event is" } else { entry.word };
        let row =
            MANUAL.lines().find(|line| line.starts_with(&format!("| `{word}` |"))).unwrap_or_else(|| panic!("{word}"));
        assert!(row.ends_with(&format!("| {} |", entry.about)), "{row}");
        if let (Some(negative), false) = (entry.negative, word == "event is") {
            assert!(row.contains(&format!("`{negative}`")), "{row}");
        }
    }
}

#[test]
fn the_table_of_events_is_the_catalogue() {
    for event in &Catalogue::standard().events {
        let row = format!("| `{}` | {} | {} | {} |", event.name, event.id, event.title, event.fields.join(" "));
        assert!(MANUAL.lines().any(|line| line == row), "{row}");
    }
}

#[test]
fn limits_reasons_and_statuses_are_the_programs_own() {
    let all = [
        limits::SOURCE_BYTES,
        limits::TEXT_CHARS,
        limits::DEPTH,
        limits::LIST_ITEMS,
        limits::RULES,
        limits::FUNCTIONS,
        limits::PATTERN_BYTES,
        limits::RECORD_BYTES,
        limits::VALUE_BYTES,
        limits::VALUE_MEMBERS,
        limits::EVENT_DEPTH,
    ];
    let table = MANUAL.split("## Limits").nth(1).and_then(|rest| rest.split("## ").next()).unwrap_or_default();
    let told: Vec<usize> =
        table.lines().filter_map(|line| line.trim_end_matches(" |").rsplit("| ").next()?.parse().ok()).collect();
    assert_eq!(told, all);
    for reason in explain::Reason::ALL {
        let name = serde_json::to_string(&reason).unwrap();
        let row = format!("| `{}` | {} |", name.trim_matches('"'), reason.text());
        assert!(MANUAL.lines().any(|line| line == row), "{row}");
    }
    #[cfg(feature = "cli")]
    for exit in blocksieve::cli::exit::Exit::ALL {
        let row = format!("| {} | {} |", exit.status(), exit.about());
        assert!(MANUAL.lines().any(|line| line == row), "{row}");
    }
}
