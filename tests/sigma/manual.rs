//! What the page about Sigma shows is so.
//!
//! A fence `sigma` has detections, perhaps a condition, and lines `yes` and `no` with event data. `sigma becomes` has a rule above `=>` and what becomes of
//! it; `sigma refused` an item and a part of what is said of it; `sigma toml` a `sigma.toml`, a rule and events, with `---` between them;
//! `sigma stream` rules and events with their times and who tells something. The tables of log sources and fields are made of
//! `src/source/sigma/sigma.toml`: `BLOCKSIEVE_UPDATE=1` writes them.

use std::fmt::Write as _;

use blocksieve::diagnostic::Diagnostic;
use blocksieve::origin::SourceId;
use blocksieve::source::sigma::modifier::Modifier;
use blocksieve::source::sigma::setup::{Setup, Source};

use super::support;
use super::support::sigma;

const PAGE: &str = include_str!("../../grammar/sigma.md");

/// The fences of a kind: what stands in them.
fn fences(kind: &str) -> Vec<&'static str> {
    let start = format!("\n```{kind}\n");
    let found: Vec<&str> =
        PAGE.split(&start).skip(1).map(|rest| rest.split_once("\n```").expect("the end of a fence").0).collect();
    assert!(!found.is_empty(), "no fence `{kind}`");
    found
}

/// `yes` and `no` at the end, and what stands before them.
fn answers(body: &'static str) -> (String, Vec<(bool, &'static str)>) {
    let (mut text, mut rows) = (String::new(), Vec::new());
    for line in body.lines() {
        match line.split_once(' ') {
            Some(("yes", data)) => rows.push((true, data.trim())),
            Some(("no", data)) => rows.push((false, data.trim())),
            Some(_) | None => text.push_str(&format!("{line}\n")),
        }
    }
    assert!(rows.iter().any(|(expected, _)| *expected) && rows.iter().any(|(expected, _)| !expected), "{body}");
    (text, rows)
}

/// An event of process creation with these data, in braces.
fn started(data: &str) -> String {
    support::sysmon(1, data.strip_prefix('{').and_then(|data| data.strip_suffix('}')).expect("{…}"))
}

#[test]
fn detections_hold_where_the_page_says_so() {
    let fences = fences("sigma");
    assert!(fences.len() >= 14, "only {}", fences.len());
    for body in fences {
        let (text, rows) = answers(body);
        let mut detections: String = text.lines().map(|line| format!("  {line}\n")).collect();
        if !text.contains("\ncondition:") {
            detections.push_str("  condition: selection\n");
        }
        let compiled = sigma::rules(&sigma::rule(&detections));
        for (expected, data) in rows {
            assert_eq!(sigma::fires(&compiled, &started(data)), expected, "{text}{data}");
        }
    }
}

#[test]
fn rules_become_what_the_page_shows() {
    for body in fences("sigma becomes") {
        let (rule, expected) = body.split_once("\n=>\n").expect("what it becomes");
        let (definitions, found) =
            blocksieve::source::sigma::parse([(SourceId(0), &*format!("{rule}\n"))], &Setup::standard());
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(blocksieve::target::text::write(&definitions[0]).trim_end(), expected);
    }
}

#[test]
fn what_is_refused_is_said_so() {
    for body in fences("sigma refused") {
        let (item, expected) = body.split_once("\n=>\n").expect("what is said");
        let detections: String = item.lines().map(|line| format!("  {line}\n")).collect();
        let text = sigma::rule(&format!("{detections}  condition: selection"));
        let (compiled, _, found) = sigma::compile(&[("rule.yml", &text)], &Setup::standard());
        let said: Vec<String> = found.into_iter().filter(Diagnostic::is_error).map(|error| error.message).collect();
        assert!(compiled.is_none() && said.iter().any(|message| message.contains(expected)), "{item}\n{said:?}");
    }
}

#[test]
fn a_sigma_toml_does_what_the_page_says() {
    for body in fences("sigma toml") {
        let [toml, rule, events] = body.split("\n---\n").collect::<Vec<_>>()[..] else { panic!("{body}") };
        let compiled = sigma::rules_with(&format!("{rule}\n"), toml);
        for (expected, event) in answers(events).1 {
            assert_eq!(sigma::fires(&compiled, event), expected, "{rule}\n{event}");
        }
    }
}

#[test]
fn streams_are_told_as_the_page_says() {
    for body in fences("sigma stream") {
        let (rules, lines) = body.split_once("\n=>\n").expect("events");
        let compiled = sigma::rules(&format!("{rules}\n"));
        let (mut events, mut expected) = (Vec::new(), Vec::new());
        for line in lines.lines() {
            let (time, rest) = line.split_once(' ').expect("a time");
            let (data, told) = rest.split_at(rest.find('}').expect("data") + 1);
            let data = &data[1..data.len() - 1];
            events.push(support::sysmon_at(1, data, &format!("2026-11-28T{time}Z"), "h"));
            expected.push(told.split_whitespace().map(String::from).collect::<Vec<_>>());
        }
        let told: Vec<Vec<String>> =
            support::decide_all(&compiled, &events).iter().map(|decision| sigma::sent(&compiled, decision)).collect();
        assert_eq!(told, expected, "{body}");
        assert!(expected.iter().any(|names| !names.is_empty()) && expected.iter().any(Vec::is_empty));
    }
}

#[test]
fn every_modifier_and_every_key_has_its_row() {
    let rows: Vec<&str> = PAGE.lines().filter(|line| line.starts_with('|')).collect();
    for modifier in Modifier::ALL {
        let word = format!("`{}`", modifier.word());
        assert!(rows.iter().any(|row| row.contains(&word)), "{word}");
    }
    // The keys that the reader of a sigma.toml knows are those that it tells where it finds another one.
    for (text, least) in [("[[logsource]]\nx = 1", 12), ("[[send]]\nx = 1", 4), ("x = 1", 5)] {
        let fault = Setup::read(SourceId(0), text).expect_err("no such key");
        let (_, keys) = fault.message.split_once("expected one of").expect("the keys");
        let keys: Vec<&str> = keys.split(',').map(|key| key.trim().trim_matches('`')).collect();
        assert_eq!(keys.len(), least, "{keys:?}");
        for key in keys {
            let (alone, table) = (format!("`{key}`"), format!("[{key}"));
            assert!(rows.iter().any(|row| row.contains(&alone) || row.contains(&table)), "{key}");
        }
    }
}

fn quoted(all: &[String]) -> String {
    all.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
}

/// The events of a log source in words.
fn events(source: &Source) -> String {
    let mut parts = Vec::new();
    let mut list = |word: &str, all: &[String]| {
        if !all.is_empty() {
            parts.push(format!("{word}{}", quoted(all)));
        }
    };
    list("", &source.events);
    list("channel ", &source.channels);
    list("provider ", &source.providers);
    list("id ", &source.ids.iter().map(u32::to_string).collect::<Vec<_>>());
    for (field, values) in &source.wheres {
        list(&format!("`{field}` "), values);
    }
    let fields: Vec<String> = source
        .fields
        .iter()
        .filter(|(name, own)| name != own)
        .map(|(name, own)| format!("`{name}` is `{own}`"))
        .collect();
    if !fields.is_empty() {
        parts.push(fields.join(", "));
    }
    if parts.is_empty() { "all".to_string() } else { parts.join("; ") }
}

#[test]
fn the_tables_of_log_sources_and_fields_are_those_of_the_program() {
    let setup = Setup::standard();
    let mut sources = String::from("| log source | its events |\n| --- | --- |\n");
    for source in &setup.sources {
        assert_eq!(source.product.as_deref(), Some("windows"));
        let names = [("category", &source.category), ("service", &source.service)];
        let named: Vec<String> =
            names.iter().filter_map(|(key, name)| Some(format!("{key} `{}`", name.as_ref()?))).collect();
        let named = if named.is_empty() { "product `windows`".to_string() } else { named.join(", ") };
        writeln!(sources, "| {named} | {} |", events(source)).unwrap();
    }
    let mut fields = String::from("| field | here |\n| --- | --- |\n");
    for (name, own) in &setup.fields {
        writeln!(fields, "| `{name}` | `{own}` |").unwrap();
    }
    let mut page = PAGE.to_string();
    for (mark, table) in [("sources", sources), ("fields", fields)] {
        let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
        let (before, rest) = page.split_once(&start).expect("the beginning of a table");
        let (_, behind) = rest.split_once(&end).expect("the end of a table");
        page = format!("{before}{start}{table}{end}{behind}");
    }
    if std::env::var_os("BLOCKSIEVE_UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/grammar/sigma.md"), &page).unwrap();
    } else {
        assert!(page == PAGE, "BLOCKSIEVE_UPDATE=1 cargo test --test sigma writes the tables anew");
    }
}
