//! Tests that the form of an event cannot answer are reported for every rule that asks them, and for no other.
#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use std::borrow::Cow;
use std::ops::ControlFlow;

use blocksieve::event::json::Damage;
use blocksieve::event::{EventView, MapView, Raw, Slot, Value};
use blocksieve::vm::{Machine, Options, Prepared};

/// An event in a form that lost some fields.
struct Lossy<'a> {
    event: MapView<'a>,
    lost: Vec<Slot>,
}

impl EventView for Lossy<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        self.event.raw(slot)
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        self.event.leaves(visit);
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        self.event.whole()
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        self.lost.contains(&slot).then_some("lost")
    }
}

/// The rules that are reported for an event without these fields, in order.
fn reported(rules: &str, lost: &[&str]) -> Vec<String> {
    let compiled = support::compile(rules);
    let prepared = Prepared::new(compiled.module).expect("valid");
    let module = prepared.module();
    let lost = module.layout.iter().filter(|(_, field)| lost.contains(&field.name.as_str())).map(|(slot, _)| slot);
    let event = support::event(&support::sysmon(22, r#""Image":"a""#));
    let view = Lossy { event: MapView::new(&module.layout, &event), lost: lost.collect() };
    let mut machine = Machine::new(&prepared);
    let outcome = machine.decide(&view, Options::default());
    outcome.undecidable.iter().map(|(rule, ..)| module.rules[*rule as usize].name.clone()).collect()
}

#[test]
fn a_test_that_two_rules_share_is_reported_for_both() {
    let rules = r#"
        filter "one" { if event is sysmon.dns_query and message contains 'x' { drop } }
        filter "other field" { if event is sysmon.dns_query and Image == 'x' { drop } }
        filter "two" { if event is sysmon.dns_query and message contains 'x' { drop } }
        filter "not asked" { if event is sysmon.process_create and message contains 'x' { drop } }"#;
    assert_eq!(reported(rules, &["message"]), ["one", "two"]);
    assert!(reported(rules, &[]).is_empty());
}

#[test]
fn a_rule_that_ends_at_its_first_test_is_reported_all_the_same() {
    let rules = r#"
        filter "one" { if message contains 'x' { tag "t" } }
        filter "two" { if message contains 'x' { tag "t" } }
        filter "not" { if message exists and not message contains 'x' { tag "t" } }
        filter "three" { if message contains any ['x', 'y'] and Image == 'b' { tag "t" } }"#;
    assert_eq!(reported(rules, &["message"]), ["one", "two", "not", "three"]);
    assert!(reported(rules, &[]).is_empty());
}

#[test]
fn a_field_that_a_rule_removed_is_known_to_be_gone() {
    let rules = r#"
        filter "before" { if event is sysmon.dns_query and message contains 'x' { drop } }
        filter "removes" { remove field message }
        filter "after" { if event is sysmon.dns_query and message contains 'x' { drop } }"#;
    assert_eq!(reported(rules, &["message"]), ["before"]);
}

#[test]
fn tags_of_the_agent_are_lost_and_tags_of_filters_are_not() {
    let rules = r#"
        filter "agent's" { if has tag "x" { tag "seen" } }
        filter "own" { tag "y" if has tag "y" { tag "z" } }
        filter "any, decided" { if has any tag ["x", "y"] { tag "seen" } }
        filter "any, open" { if has any tag ["x", "w"] { tag "seen" } }
        filter "all, open" { if has all tags ["x", "y"] { tag "seen" } }
        filter "all, decided" { untag "y" if has all tags ["x", "y"] { tag "seen" } }
        classify "behind the agent" { if has tag "x" { tag "seen" } }"#;
    assert_eq!(reported(rules, &["tags"]), ["agent's", "any, open", "all, open"]);
}

#[test]
fn a_list_that_is_lost_cannot_be_searched() {
    let rules = r#"classify "some" { if some of agent.list { a == 1 } { tag "t" } }"#;
    assert_eq!(reported(rules, &["agent.list"]), ["some"]);
}

/// A real file: a rule with two such tests is undecidable for an event once.
#[cfg(all(feature = "cli", feature = "evtx"))]
#[test]
fn the_summary_counts_events_and_not_tests() {
    let corpus = std::env::var_os("BLOCKSIEVE_CORPUS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        std::path::PathBuf::from,
    );
    let mut folders = vec![corpus];
    let mut file = None;
    while let (Some(folder), None) = (folders.pop(), &file) {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "PanacheSysmon_vs_AtomicRedTeam01.evtx") {
                file = Some(path);
            }
        }
    }
    let Some(file) = file else {
        eprintln!("the corpus is not there: nothing was tested");
        return;
    };
    let rules = std::env::temp_dir().join(format!("blocksieve-undecidable-{}.rule", std::process::id()));
    let text = r#"classify "two tests" { if message contains 'x' or agent.name == 'x' { tag "t" } }"#;
    std::fs::write(&rules, text).expect("a file");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_blocksieve"))
        .arg("run")
        .arg(&rules)
        .args(["--show", "none", "--events"])
        .arg(&file)
        .output()
        .expect("starts");
    let _ = std::fs::remove_file(&rules);
    let told = String::from_utf8_lossy(&output.stderr);
    let events = told.split_once(" events from").map_or("", |(events, _)| events);
    assert!(told.contains(&format!("\"two tests\" cannot be decided for {events} events")), "{told}");
}
