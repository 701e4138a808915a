//! The machine against its slow twin, on random rules and random events.
//!
//! A case is a set of random rules, compiled from text through every stage, and a batch of random events drawn from the
//! same small vocabulary, so that tests hold about as often as not. A pair is one rule on one event; each is decided by the
//! machine over the lazy line, by the machine over a map, and by the twin, and all that the rules did must be equal. The machine looks at
//! the event before it runs a rule, wherever a rule allows it; one that runs them all must say the same, also of lines with a damaged byte.
//! Forms that lose fields are `tests/language/undecidable.rs`'s.
//!
//! `BLOCKSIEVE_PAIRS` says how many pairs at least; 20,000 by default.

mod damaged;
#[path = "../support/mod.rs"]
mod support;
mod sysmon_config;
mod tape;
mod winlogbeat_equal;

use blocksieve::bytecode::{self, Verified};
use blocksieve::event::json::{LinePlan, LineScanner};
use blocksieve::event::{EventView, Form, MapView, Value, json};
use blocksieve::ir::twin;
use blocksieve::ruleset::Indexing;
use blocksieve::table::TableDef;
use blocksieve::vm::{Machine, Options, Outcome, Prepared};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use tape::{TEXTS, Tape};

/// A table whose keys are the texts, some of them twice when case is ignored.
fn table() -> TableDef {
    let turned: Vec<&str> = TEXTS.iter().rev().copied().collect();
    TableDef::new("t", &[("k", &TEXTS[..30]), ("v", &TEXTS[10..40]), ("w", &turned[..30])])
}

#[test]
fn machine_and_twin_agree_on_random_rules_and_events() {
    let wanted: u64 = std::env::var("BLOCKSIEVE_PAIRS")
        .ok()
        .map_or(20_000, |pairs| pairs.parse().expect("BLOCKSIEVE_PAIRS is a number"));
    let (mut pairs, mut acted, mut cases) = (0u64, 0u64, 0u64);
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let tables = [table()];
    while pairs < wanted {
        let counts = std::cell::Cell::new((0, 0));
        // A runner of its own for each case, as one counts its successes over all its runs; and so a seed of its own.
        let rng_seed = match config.rng_seed {
            RngSeed::Fixed(seed) => RngSeed::Fixed(seed.wrapping_add(cases)),
            RngSeed::Random => RngSeed::Random,
        };
        TestRunner::new(Config { rng_seed, ..config.clone() })
            .run(&proptest::collection::vec(any::<u32>(), 3000), |numbers| {
                let rules = Tape { numbers: &numbers, at: 0, behind: false }.rules();
                // Rules take what they need; events get a share of their own, so that shrinking one leaves the other.
                let mut tape = Tape { numbers: &numbers, at: 1000, behind: false };
                let events: Vec<String> = (0..40).map(|_| tape.event()).collect();
                let (compiled, diagnostics) = blocksieve::compile_text(&rules, &tables);
                // Some random filters drop through an unguarded negation; those are refused, and none is left to compare.
                let Some(compiled) = compiled else {
                    let only_safety = diagnostics
                        .iter()
                        .filter(|d| d.is_error())
                        .all(|d| d.code == blocksieve::diagnostic::Code::UnguardedNegation);
                    prop_assert!(only_safety, "{rules}\n{diagnostics:#?}");
                    return Ok(());
                };
                let prepared = Prepared::with(compiled.module.clone(), Indexing::Always).expect("valid");
                let plain = Prepared::with(compiled.module.clone(), Indexing::Never).expect("valid");
                let again = bytecode::read(&bytecode::write(&compiled.module)).map(Verified::into_module);
                prop_assert_eq!(again.as_ref(), Ok(&compiled.module));
                let plan = LinePlan::new(&prepared.module().layout);
                let (mut machine, mut scanner) = (Machine::new(&prepared), LineScanner::new());
                let (mut looks, mut all) = (Machine::new(&prepared), Machine::new(&plain));
                // What is measured is run whole: no rule is left out, by its first test neither.
                all.measure();
                let options = Options { preview: true, ..Options::default() };
                let (mut pairs, mut acted) = (0, 0);
                for event in &events {
                    let Ok(Value::Map(members)) = json::parse(event.as_bytes()) else { panic!("{event}") };
                    // The same as the log manager's own event: `msg` is not the endpoint's then.
                    let stored = twin::decide(&compiled.program, &members, Form::LogManager);
                    machine.decide(&MapView::as_it_stands(&prepared.module().layout, &members), options);
                    prop_assert_eq!(
                        &support::in_words(&prepared, &machine),
                        &support::Decision::from(stored),
                        "stored\n{}\n{}",
                        &rules,
                        event
                    );
                    let slow = support::Decision::from(twin::decide(&compiled.program, &members, Form::Winlogbeat));
                    machine.decide(&MapView::new(&prepared.module().layout, &members), options);
                    prop_assert_eq!(&support::in_words(&prepared, &machine), &slow, "map\n{}\n{}", &rules, event);
                    let view = scanner.scan(&plan, event.as_bytes()).expect("whole");
                    machine.decide(&view, options);
                    prop_assert_eq!(&support::in_words(&prepared, &machine), &slow, "line\n{}\n{}", &rules, event);
                    machine.decide(&view, Options { trace: true, ..options });
                    prop_assert_eq!(&support::in_words(&prepared, &machine), &slow, "trace\n{}\n{}", &rules, event);
                    // Whatever is damaged: the same failures, of the same rules.
                    let mut damaged = event.clone().into_bytes();
                    let (at, byte) =
                        (tape.below(damaged.len()), tape.pick(&["\\", "x", "\u{1}", "\"", "[", "1", "\u{e9}"]));
                    damaged[at] = byte.as_bytes()[0];
                    if let Ok(view) = scanner.scan(&plan, &damaged) {
                        let (one, other) = (looks.decide(&view, options), all.decide(&view, options));
                        prop_assert_eq!(
                            told(one),
                            told(other),
                            "damaged\n{}\n{}",
                            &rules,
                            String::from_utf8_lossy(&damaged)
                        );
                    }
                    let view = scanner.scan(&plan, event.as_bytes()).expect("whole");
                    let (one, other) = (looks.decide(&view, options), all.decide(&view, options));
                    prop_assert_eq!(told(one), told(other), "looked at\n{}\n{}", &rules, event);
                    pairs += compiled.program.rules.len() as u64;
                    acted += slow.did.len() as u64 + u64::from(slow.dropped_by.is_some());
                }
                counts.set((pairs, acted));
                Ok(())
            })
            .unwrap_or_else(|failure| match failure {
                // The reason holds the rules and the event; the numbers behind them say nothing to a reader.
                TestError::Fail(reason, _) | TestError::Abort(reason) => panic!("{reason}"),
            });
        pairs += counts.get().0;
        acted += counts.get().1;
        cases += 1;
    }
    eprintln!(
        "{pairs} pairs of rule and event in {cases} cases, {acted} effects and drops: machine (map, line, trace) and twin agree"
    );
    assert!(acted * 50 > pairs, "random rules must do something: {acted} of {pairs}");
}

#[test]
fn of_many_rules_those_that_are_left_out_could_have_done_nothing() {
    let wanted: u64 = std::env::var("BLOCKSIEVE_PAIRS")
        .ok()
        .map_or(20_000, |pairs| pairs.parse().expect("BLOCKSIEVE_PAIRS is a number"));
    let tally = std::cell::Cell::new([0u64; 3]);
    let config = Config { cases: (wanted / 1200 + 1) as u32, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&proptest::collection::vec(any::<u32>(), 4000), |numbers| {
            let mut tape = Tape { numbers: &numbers, at: 0, behind: false };
            let rules: String = (0..30)
                .map(|n| {
                    // Filters see the event as it is, rules behind the agent what is made of it.
                    let kind = if n % 2 == 0 { "filter" } else { "classify" };
                    format!("{kind} \"r{n}\" {{ if {} {{ tag \"t{n}\" }} }}\n", tape.guarded())
                })
                .collect();
            let mut tape = Tape { numbers: &numbers, at: 2000, behind: false };
            let events: Vec<String> =
                (0..40).map(|n| if n % 4 == 0 { tape.event() } else { tape.event_of_texts() }).collect();
            let (compiled, diagnostics) = blocksieve::compile_text(&rules, &[table()]);
            let compiled = compiled.unwrap_or_else(|| panic!("{rules}\n{diagnostics:#?}"));
            let looks = Prepared::with(compiled.module.clone(), Indexing::Always).expect("valid");
            let all = Prepared::with(compiled.module.clone(), Indexing::Never).expect("valid");
            let plan = LinePlan::new(&looks.module().layout);
            let (mut one, mut other, mut scanner) = (Machine::new(&looks), Machine::new(&all), LineScanner::new());
            // What is measured is run whole: no rule is left out by its first test.
            let mut whole = Machine::new(&all);
            whole.measure();
            let [mut pairs, mut looking, mut running] = tally.get();
            for event in &events {
                let Ok(Value::Map(members)) = json::parse(event.as_bytes()) else { panic!("{event}") };
                let slow = support::Decision::from(twin::decide(&compiled.program, &members, Form::Winlogbeat));
                let line = scanner.scan(&plan, event.as_bytes()).expect("whole");
                let map = MapView::new(&looks.module().layout, &members);
                for view in [&line as &dyn EventView, &map] {
                    let (one, other) = (one.decide(view, Options::default()), other.decide(view, Options::default()));
                    prop_assert_eq!(told(one), told(other), "{}\n{}", &rules, event);
                    let whole = whole.decide(view, Options::default());
                    prop_assert_eq!((told(other), other.steps), (told(whole), whole.steps), "{}\n{}", &rules, event);
                    (looking, running) = (looking + one.steps, running + other.steps);
                }
                prop_assert_eq!(&support::in_words(&looks, &one), &slow, "{}\n{}", &rules, event);
                pairs += 30;
            }
            tally.set([pairs, looking, running]);
            Ok(())
        })
        .unwrap_or_else(|failure| match failure {
            TestError::Fail(reason, _) | TestError::Abort(reason) => panic!("{reason}"),
        });
    let [pairs, looking, running] = tally.get();
    eprintln!("{pairs} pairs: {looking} instructions of {running} are left");
    assert!(looking * 2 < running, "rules must be left out: {looking} of {running} instructions are left");
}

/// What a machine that runs every rule says of an event, but for the steps that it takes.
fn told(outcome: &Outcome) -> impl PartialEq + std::fmt::Debug + use<> {
    let Outcome { event, dropped_by, would_drop, stopped_by, effects, failures, undecidable, .. } = outcome.clone();
    (event, dropped_by, would_drop, stopped_by, effects.iter().cloned().collect::<Vec<_>>(), failures, undecidable)
}
