//! What the page about Sysmon's configuration shows is what happens.
//!
//! A fence `sysmon` holds nodes above `=>`, or a whole configuration, and below it events with what becomes of them. A fence `sysmon written` or
//! `sysmon refused` holds filters, a base behind `--- base`, and below `=>` what is written or said.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

use blocksieve::sysmon::Catalogue;
use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::{self, Condition, Config, Plain, Schema, twin};
use blocksieve::sysmon::tags::TAGS;
use blocksieve::target::sysmon;

const PAGE: &str = include_str!("../../grammar/sysmon.md");

fn read(text: &str) -> Config {
    let mut sources = blocksieve::origin::Sources::default();
    let (config, found) = config::read(&mut sources, "page.xml", text.as_bytes());
    assert!(found.iter().all(|found| !found.is_error()), "{text}\n{found:#?}");
    config.expect("a configuration")
}

fn decided(nodes: &str, events: &str) -> String {
    let whole = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{nodes}</EventFiltering></Sysmon>");
    let config = read(if nodes.starts_with("<Sysmon") { nodes } else { &whole });
    let mut out = String::new();
    for line in events.lines() {
        let (event, _) = line.split_once(" => ").expect("what becomes of it");
        let mut parts = event.split(" | ");
        let id = parts.next().and_then(|id| id.trim().parse().ok()).expect("an id");
        let event_of = Plain::new(id, parts.map(|part| part.split_once('=').expect("a value")));
        let decision = twin::decide(&config, &event_of);
        assert_eq!(Decider::new(&config).decide(&event_of), decision, "{line}");
        let name = config.name_of(&decision).filter(|_| decision.logged).map(|name| format!(" {name}"));
        let what = if decision.logged { "log" } else { "drop" };
        out.push_str(&format!("{event} => {what}{}\n", name.unwrap_or_default()));
    }
    out
}

fn written(given: &str) -> Result<String, String> {
    let (rules, base) = given.split_once("\n--- base\n").expect("a base");
    let (compiled, found) = blocksieve::compile_text(rules, &[]);
    let program = compiled.unwrap_or_else(|| panic!("{rules}\n{found:#?}")).program;
    match sysmon::write(&program, &Catalogue::standard(), &read(base)) {
        Ok(written) => Ok(written.xml),
        Err(refused) => Err(refused.iter().map(|found| format!("{}\n", found.message)).collect()),
    }
}

#[test]
fn every_example_is_what_happens() {
    let mut examples = 0;
    for fence in PAGE.split("\n```sysmon").skip(1) {
        let (kind, rest) = fence.split_once('\n').expect("a line");
        let (body, _) = rest.split_once("\n```\n").expect("the end of the fence");
        let (given, expected) = body.split_once("\n=>\n").expect("what happens");
        let happens = match kind.trim() {
            "" => decided(given, expected),
            "written" => written(given).unwrap_or_else(|refused| panic!("{refused}")),
            "refused" => written(given).expect_err("refused"),
            other => panic!("{other}"),
        };
        assert_eq!(happens.trim_end(), expected, "{given}");
        examples += 1;
    }
    assert!(examples >= 8, "only {examples} examples");
}

#[test]
fn the_tables_are_those_of_the_program() {
    let tags: String = TAGS
        .iter()
        .map(|tag| {
            let ids = tag.ids.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            let logged = if tag.logged { "logged" } else { "not logged" };
            format!("| `{}` | {ids} | {logged} | {} |\n", tag.name, Schema::from(tag.since))
        })
        .collect();
    assert!(PAGE.contains(&tags), "{tags}");
    let rows: Vec<&str> = PAGE.lines().skip_while(|line| !line.starts_with("| condition |")).skip(2).collect();
    for (condition, row) in Condition::ALL.iter().zip(&rows) {
        let list = if condition.takes_list() { "yes" } else { "no" };
        assert!(row.starts_with(&format!("| `{}` |", condition.word())), "{row}");
        assert!(row.ends_with(&format!("| {list} | {} |", condition.since())), "{row}");
    }
}
