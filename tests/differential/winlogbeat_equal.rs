//! Filters decide as their processors do: random filters, on random events as agents send them, in every version.
//!
//! Filters become YAML; the YAML is read and evaluated as libbeat would, by code that knows nothing of how it was written; and the machine decides on the
//! same event. Then the YAML is read as rules again, in libbeat's own meaning, and the machine decides by those. Dropped or not, tags and removed fields must
//! be the same each time, with drops and observed.
//!
//! `BLOCKSIEVE_EQUAL` says how many pairs of filter and event at least; 10,000 by default, 100,000 in `make test`.
#![allow(clippy::panic, clippy::expect_used)]

mod random;

use std::collections::BTreeSet;

use crate::support::tape::Tape;
use blocksieve::bytecode;
use blocksieve::check::{Context, check};
use blocksieve::diagnostic::{Code, Diagnostic};
use blocksieve::dialect::AgentVersion;
use blocksieve::event::{MapView, Value, find, json};
use blocksieve::ir::Program;
use blocksieve::libbeat::config;
use blocksieve::libbeat::{Agent, Outcome, Processor};
use blocksieve::origin::{SourceId, Sources};
use blocksieve::sysmon::Catalogue;
use blocksieve::target::winlogbeat::{WOULD_DROP, Winlogbeat, write};
use blocksieve::vm::{Effect, Machine, Options, Prepared};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

const VERSIONS: [&str; 7] = ["7.0", "7.4", "7.13", "8.0", "8.14", "8.17", "9.0"];

/// What a set of filters does to an event.
#[derive(Debug, PartialEq)]
enum Did {
    Dropped,
    Kept { tags: BTreeSet<String>, there: Vec<String> },
}

/// The paths that random filters may remove.
const REMOVED: [&str; 3] = ["winlog.event_data.Image", "winlog.event_data.Odd", "winlog.event_data.RuleName"];

fn tags_of(event: &[(String, Value)]) -> BTreeSet<String> {
    match find(event, "tags") {
        Some(Value::List(members)) => {
            members.iter().filter_map(|tag| if let Value::Text(tag) = tag { Some(tag.clone()) } else { None }).collect()
        }
        _ => BTreeSet::new(),
    }
}

fn there(event: &[(String, Value)]) -> Vec<String> {
    REMOVED.iter().filter(|path| find(event, path).is_some()).map(|path| path.to_string()).collect()
}

/// The machine's filters, or which would drop.
fn ours(prepared: &Prepared, machine: &mut Machine<'_>, event: &[(String, Value)], observe: bool) -> Did {
    let module = prepared.module();
    machine.decide(&MapView::new(&module.layout, event), Options { preview: true, ..Options::default() });
    let outcome = machine.outcome();
    assert!(outcome.failures.is_empty());
    if outcome.dropped_by.is_some() && !observe {
        return Did::Dropped;
    }
    let (mut tags, mut there) = (tags_of(event), there(event));
    let text = |index: u32| module.texts[index as usize].clone();
    for effect in outcome.effects.iter() {
        match effect {
            Effect::Tag { text: tag, .. } => _ = tags.insert(text(*tag)),
            Effect::Remove { removal, .. } => {
                let paths = &module.removals[*removal as usize].paths;
                there.retain(|path| !paths.contains(path));
            }
            other => panic!("{other:?}"),
        }
    }
    let drops = outcome.dropped_by.into_iter().chain(outcome.would_drop.iter().copied());
    tags.extend(drops.map(|rule| format!("{WOULD_DROP}{}", module.rules[rule as usize].name)));
    Did::Kept { tags, there }
}

fn theirs(agent: &Agent<'_>, event: &[(String, Value)]) -> Did {
    let mut event = event.to_vec();
    match agent.run(&mut event) {
        Outcome::Dropped => Did::Dropped,
        Outcome::Kept => Did::Kept { tags: tags_of(&event), there: there(&event) },
    }
}

fn program(rules: &str, version: AgentVersion) -> Option<(Sources, Program)> {
    let mut sources = Sources::default();
    let source = sources.add("random.rule", rules);
    let (definition, found) = blocksieve::source::text::parse(source, rules);
    assert!(found.iter().all(|found| !found.is_error()), "{rules}\n{found:#?}");
    let catalogue = Catalogue::standard();
    let checked = check(
        &[definition],
        &Context { catalogue: &catalogue, agent: version, tables: &[], templates: None, today: None },
    );
    for found in checked.diagnostics.iter().filter(|found| found.is_error()) {
        // Some random filters drop through an unguarded negation.
        assert_eq!(found.code, Code::UnguardedNegation, "{rules}\n{found:#?}");
    }
    (!checked.program.rules.is_empty()).then_some((sources, checked.program))
}

/// The processors of the YAML, which must be read without a finding.
fn read(yaml: &str, version: AgentVersion) -> Vec<Processor> {
    let (config, found) = config::read(SourceId(0), yaml, version);
    assert!(found.iter().all(|found| !found.is_error()), "{yaml}\n{found:#?}");
    config::processors(&config.processors).unwrap_or_else(|| panic!("{yaml}"))
}

/// The YAML as rules again, which say all that it says.
fn imported(yaml: &str, version: AgentVersion) -> Prepared {
    let mut sources = Sources::default();
    let source = sources.add("processors.yml", yaml);
    let (definition, found) = blocksieve::source::winlogbeat::read(source, yaml, version);
    let unsaid = |found: &&Diagnostic| found.is_error() || found.code == Code::AgentNotRead;
    assert_eq!(found.iter().find(unsaid), None, "{yaml}");
    let catalogue = Catalogue::standard();
    let checked = check(
        &[definition],
        &Context { catalogue: &catalogue, agent: version, tables: &[], templates: None, today: None },
    );
    assert_eq!(checked.diagnostics.iter().find(|found| found.is_error()), None, "{yaml}");
    Prepared::new(bytecode::compile(&checked.program, &sources)).expect("valid")
}

#[test]
fn random_filters_decide_as_their_processors_do() {
    let wanted: u64 = std::env::var("BLOCKSIEVE_EQUAL")
        .ok()
        .map_or(10_000, |pairs| pairs.parse().expect("BLOCKSIEVE_EQUAL is a number"));
    let (mut pairs, mut acted, mut refused, mut cases) = (0u64, 0u64, 0u64, 0u64);
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let catalogue = Catalogue::standard();
    while pairs < wanted {
        let counts = std::cell::Cell::new((0, 0, 0));
        let rng_seed = match config.rng_seed {
            RngSeed::Fixed(seed) => RngSeed::Fixed(seed.wrapping_add(cases)),
            RngSeed::Random => RngSeed::Random,
        };
        TestRunner::new(Config { rng_seed, ..config.clone() })
            .run(&proptest::collection::vec(any::<u32>(), 3000), |numbers| {
                let mut tape = Tape::new(&numbers);
                let version = tape.pick(&VERSIONS);
                let rules = random::filters(&mut tape, version);
                let version = AgentVersion::parse(version).expect("a version");
                let mut tape = Tape::new(numbers.get(1000..).unwrap_or_default());
                let events: Vec<String> = (0..200).map(|_| random::event(&mut tape, version.has_text_ids())).collect();
                let Some((sources, program)) = program(&rules, version) else { return Ok(()) };
                let mut written = Vec::new();
                for observe in [false, true] {
                    match write(&program, &catalogue, &Winlogbeat { observe, ..Winlogbeat::default() }) {
                        Ok(text) => written.push((observe, read(&text.yaml, version), text.yaml)),
                        Err(_) => {
                            counts.set((0, 0, 1));
                            return Ok(());
                        }
                    }
                }
                let prepared = Prepared::new(bytecode::compile(&program, &sources)).expect("valid");
                let mut machine = Machine::new(&prepared);
                let (mut pairs, mut acted) = (0, 0);
                for (observe, processors, yaml) in &written {
                    let agent = Agent::new(processors, version);
                    let again = imported(yaml, version);
                    let mut reader = Machine::new(&again);
                    for event in &events {
                        let Ok(Value::Map(members)) = json::parse(event.as_bytes()) else { panic!("{event}") };
                        let (ours, theirs) =
                            (ours(&prepared, &mut machine, &members, *observe), theirs(&agent, &members));
                        prop_assert_eq!(&ours, &theirs, "{}\n{}\n{}\n{}", version, &rules, yaml, event);
                        // Read again, an observed filter is a filter that tags.
                        let third = self::ours(&again, &mut reader, &members, false);
                        prop_assert_eq!(&third, &theirs, "read again: {}\n{}\n{}\n{}", version, &rules, yaml, event);
                        pairs += program.rules.len() as u64;
                        acted += u64::from(ours != Did::Kept { tags: tags_of(&members), there: there(&members) });
                    }
                }
                counts.set((pairs, acted, 0));
                Ok(())
            })
            .unwrap_or_else(|failure| match failure {
                TestError::Fail(reason, _) | TestError::Abort(reason) => panic!("{reason}"),
            });
        let (more, did, no) = counts.get();
        (pairs, acted, refused, cases) = (pairs + more, acted + did, refused + no, cases + 1);
    }
    eprintln!(
        "{pairs} pairs of filter and event in {cases} cases, {refused} of them refused, {acted} events changed or dropped: equal"
    );
    assert!(
        acted * 40 > pairs && refused * 4 < cases,
        "{acted} of {pairs} pairs did something, {refused} of {cases} cases were refused"
    );
}
