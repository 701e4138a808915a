//! The fast decision against the plain one: random configurations on random events. Few names, few values, so that things meet.
//!
//! `BLOCKSIEVE_SYSMON` says how many pairs at least; 20,000 by default.

use std::cell::Cell;

use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::environment::{Environment, put_in};
use blocksieve::sysmon::config::{Condition, Plain, twin};
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, TestRunner};

use super::clean;

const TAGS: [(&str, &[u32], &[&str]); 4] = [
    ("ProcessCreate", &[1], &["Image", "CommandLine", "ParentImage"]),
    ("RegistryEvent", &[12, 13, 14], &["TargetObject", "Details", "User", "EventType"]),
    ("RegistryEvent", &[12, 13, 14], &["TargetObject", "NewName", "User"]),
    ("WmiEvent", &[19, 20, 21], &["Operation", "Name", "User"]),
];

const TEXTS: [&str; 17] =
    ["%A%", "%a%;%C%", "%C%", "a", "B", "ab", r"c:\a", r"C:\b\A", "a;b", ";a", "b;", "a;;b", "", "-", "aab", "10", "9"];

/// A configuration as text.
pub fn config() -> impl Strategy<Value = String> {
    let name = prop_oneof![2 => Just(String::new()), 1 => "[n-p]".prop_map(|name| format!(" name=\"{name}\""))];
    let filter = move |fields: &'static [&'static str]| {
        let condition = prop::sample::select(Condition::ALL);
        (prop::sample::select(fields), condition, prop::sample::select(&TEXTS[..]), name.clone()).prop_map(
            |(field, condition, value, name)| {
                format!("<{field}{name} condition=\"{}\">{value}</{field}>", condition.word())
            },
        )
    };
    let relation = prop::sample::select(&["or", "and"][..]);
    let node = prop::sample::select(&TAGS[..]).prop_flat_map(move |(tag, _, fields)| {
        let rule = (prop::collection::vec(filter(fields), 0..4), relation.clone(), "[r-s]?").prop_map(
            |(filters, relation, name)| {
                format!("<Rule name=\"{name}\" groupRelation=\"{relation}\">{}</Rule>", filters.concat())
            },
        );
        let item = prop_oneof![3 => filter(fields).boxed(), 1 => rule.boxed()];
        let on_match = prop::sample::select(&["include", "exclude"][..]);
        let group = prop::option::of((relation.clone(), "[g]?"));
        (prop::collection::vec(item, 0..9), on_match, group).prop_map(move |(items, on_match, group)| {
            let node = format!("<{tag} onmatch=\"{on_match}\">{}</{tag}>", items.concat());
            match group {
                Some((relation, name)) => {
                    format!("<RuleGroup name=\"{name}\" groupRelation=\"{relation}\">{node}</RuleGroup>")
                }
                None => node,
            }
        })
    });
    (prop::collection::vec(node, 0..5), prop::sample::select(&["4.10", "4.90"][..])).prop_map(|(nodes, schema)| {
        format!("<Sysmon schemaversion=\"{schema}\"><EventFiltering>{}</EventFiltering></Sysmon>", nodes.concat())
    })
}

/// An event: its id, fields and values.
pub fn event() -> impl Strategy<Value = (u32, Vec<(&'static str, &'static str)>)> {
    prop::sample::select(&TAGS[..]).prop_flat_map(|(_, ids, fields)| {
        let value = (prop::sample::select(fields), prop::sample::select(&TEXTS[..]));
        (prop::sample::select(ids), prop::collection::vec(value, 0..4))
    })
}

/// How many pairs, at twenty events a configuration.
pub fn runs() -> Runs {
    let pairs = std::env::var("BLOCKSIEVE_SYSMON").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    Runs { failure_persistence: None, ..Runs::with_cases(pairs / 20) }
}

#[test]
fn the_fast_decision_is_the_plain_one() {
    let mut runner = TestRunner::new(runs());
    let [logged, named, all] = [(); 3].map(|()| Cell::new(0));
    let count = |cell: &Cell<usize>, one: bool| cell.set(cell.get() + usize::from(one));
    let given = (config(), prop::collection::vec(event(), 19..21));
    let result = runner.run(&given, |(text, events)| {
        let mut config = clean("random.xml", text.as_bytes());
        // Every second one with a variable, and one with a variable that gets too long.
        if events.len() % 2 == 0 {
            let mut environment = Environment::default();
            environment.set("A", "a;b");
            environment.set("C", &"b".repeat(260));
            put_in(&mut config, &environment);
        }
        let mut fast = Decider::new(&config);
        for (id, values) in events {
            let event = Plain::new(id, values.iter().copied());
            let plain = twin::decide(&config, &event);
            prop_assert_eq!(fast.decide(&event), plain, "{} {:?}", id, values);
            count(&all, true);
            count(&logged, plain.logged);
            count(&named, plain.named.is_some());
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let [logged, named, all] = [logged, named, all].map(Cell::into_inner);
    // The events are no one-sided ones.
    assert!(
        logged * 5 > all && logged * 5 < all * 4 && named * 20 > all,
        "{logged} logged, {named} named, {all} in all"
    );
}
