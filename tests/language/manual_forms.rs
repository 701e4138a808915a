//! What the manual says of events that are read is what the readers do.
//!
//! A fence `forms` holds records, each behind the word of its form, and below each what is true of its event: `is PATH VALUE`; `no PATH`,
//! the agent would have nothing there; `lost PATH`, nobody can say.
#![allow(clippy::panic, clippy::expect_used)]

use std::ops::ControlFlow;

use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::event::{FieldPath, Form, Layout, Value};

const MANUAL: &str = include_str!("../../grammar/README.md");

/// Paths and what they hold: text, or nothing, or nothing that could be known.
struct Check<'l> {
    layout: &'l Layout,
    seen: Vec<(Form, Vec<String>)>,
}

impl Sink for Check<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let facts = self.layout.iter().map(|(slot, field)| {
            let path = &field.paths[0];
            match record.view.raw(slot).to_value().expect("a value") {
                Some(Value::Text(text)) => format!("is {path} {text}"),
                Some(Value::Number(number)) => format!("is {path} {}", number.text()),
                Some(other) => format!("is {path} {other:?}"),
                None if record.view.undecidable(slot).is_some() => format!("lost {path}"),
                None => format!("no {path}"),
            }
        });
        self.seen.push((record.form, facts.collect()));
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        panic!("{damaged}");
    }
}

#[test]
fn records_are_seen_as_the_manual_says() {
    let mut lines = MANUAL.lines().skip_while(|line| *line != "```forms").skip(1).peekable();
    let mut records = 0;
    while let Some(line) = lines.next_if(|line| *line != "```") {
        let (word, record) = line.split_once(' ').expect("a form and a record");
        let is_fact = |line: &&str| ["is ", "no ", "lost "].iter().any(|word| line.starts_with(word));
        let mut facts = Vec::new();
        while let Some(fact) = lines.next_if(is_fact) {
            facts.push(fact.to_string());
        }
        let mut layout = Layout::new();
        let first = layout.len();
        let path = |fact: &String| fact.split(' ').nth(1).expect("a path").to_string();
        let slots: Vec<_> = facts.iter().map(|fact| FieldPath { name: path(fact), paths: vec![path(fact)] }).collect();
        let slots: Vec<usize> =
            slots.into_iter().map(|field| usize::from(layout.slot(field).expect("a slot").0)).collect();
        assert!(!facts.is_empty() && first > 0, "{line}");
        let mut check = Check { layout: &layout, seen: Vec::new() };
        let mut reader = EventReader::new(&layout, AgentVersion::DEFAULT);
        reader.read(&"manual".into(), &mut record.as_bytes(), &mut check).expect("a form");
        let [(form, seen)] = check.seen.as_slice() else { panic!("{line}: {} events", check.seen.len()) };
        assert_eq!(form.word(), word, "{line}");
        let told: Vec<String> = slots.iter().map(|slot| seen[*slot].clone()).collect();
        assert_eq!(told, facts, "{line}");
        records += 1;
    }
    assert!(records >= 8, "only {records} records");
}

#[test]
fn the_table_of_forms_has_them_all_in_their_order() {
    let chapter = MANUAL.split("\n## Events that are read\n").nth(1).expect("the chapter");
    let rows = chapter
        .lines()
        .skip_while(|line| !line.starts_with("| form "))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let words: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(words, Form::ALL.map(Form::word));
}

#[test]
fn the_table_of_paths_has_all_that_the_agent_has() {
    let chapter = MANUAL.split("\n### The agent's event\n").nth(1).expect("the section");
    let table: String = chapter.lines().filter(|line| line.starts_with("| `")).collect();
    for path in
        ["winlog.event_data.*", "winlog.user_data.*", "event.outcome", "log.level", "message", "tags", "@timestamp"]
    {
        assert!(table.contains(&format!("`{path}`")), "{path}");
    }
    // Every row has every column.
    let columns = |line: &str| line.matches(" | ").count();
    let rows: Vec<&str> = chapter
        .lines()
        .skip_while(|line| !line.starts_with("| path "))
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 15 && rows.iter().all(|row| columns(row) == columns(rows[0])), "{rows:#?}");
}
