//! What the rules of `examples/sysmon` do to its sample events is what `events/expected.tsv` says, for the machine and for
//! its slow twin; and no condition of any rule could be left out without a sample showing it.

// What is not as expected here is a failed test.
#![allow(clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use blocksieve::ast::{CondId, CondKind, Definition};
use blocksieve::check::{Checked, Context, check};
use blocksieve::dialect::AgentVersion;
use blocksieve::event::{Form, MapView, Value, json};
use blocksieve::ir::{Program, twin};
use blocksieve::origin::{Origin, Sources};
use blocksieve::sysmon::Catalogue;
use blocksieve::table::{Findings, TableDef, sheet};
use blocksieve::testing::{Bench, Case, Nothing, Observer, Rules};
use blocksieve::vm::{Machine, Options, Outcome, Prepared};

fn example(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon").join(path)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A sample and what is meant to become of it.
struct Sample {
    event: Vec<(String, Value)>,
    /// Record id, and what the sample shows.
    title: String,
    /// The rule that it was made for.
    about: String,
    meant: Became,
}

/// What became of an event.
#[derive(Debug, Default, PartialEq, Eq)]
struct Became {
    dropped_by: Option<String>,
    /// `msg.group`.
    group: Option<String>,
    tags: Vec<String>,
    alerts: Vec<String>,
}

struct Project {
    catalogue: Catalogue,
    tables: Vec<TableDef>,
    sources: Sources,
    definitions: Vec<Definition>,
    samples: Vec<Sample>,
}

impl Project {
    fn load() -> Self {
        let mut sources = Sources::default();
        let mut definitions = Vec::new();
        for folder in ["filters", "classify", "alerts"] {
            let entries = std::fs::read_dir(example(folder)).expect("the folder is there");
            let mut files: Vec<PathBuf> = entries
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.extension().is_some_and(|ending| ending == "rule"))
                .collect();
            files.sort();
            for file in files {
                let text = read(&file);
                let id = sources.add(file.display().to_string(), text.clone());
                let (definition, findings) = blocksieve::source::text::parse(id, &text);
                assert!(findings.is_empty(), "{}: {findings:?}", file.display());
                definitions.push(definition);
            }
        }
        let table = |name: &str, key: &str, sources: &Sources| {
            let table = read(&example(&format!("tables/{name}.csv")));
            let mut findings = Findings::default();
            let columns = sheet::read(sources.next(), &table, &mut findings).columns;
            assert!(!findings.has_error(), "{name}");
            TableDef { name: name.into(), key: key.into(), columns }
        };
        let tables = vec![
            table("sysmon-hash-whitelist", "sha256", &sources),
            table("sysmon-suspicious-techniques", "technique", &sources),
            table("sysmon-suspicious-names", "name", &sources),
        ];
        Self { catalogue: Catalogue::standard(), tables, sources, definitions, samples: samples() }
    }

    fn check(&self, definitions: &[Definition]) -> Checked {
        let agent = AgentVersion::DEFAULT;
        check(
            definitions,
            &Context { catalogue: &self.catalogue, agent, tables: &self.tables, templates: None, today: None },
        )
    }
}

fn samples() -> Vec<Sample> {
    let (events, expected) = (read(&example("events/sysmon.ndjson")), read(&example("events/expected.tsv")));
    assert_eq!(events.lines().count() + 1, expected.lines().count());
    events
        .lines()
        .zip(expected.lines().skip(1))
        .map(|(line, row)| {
            let Ok(Value::Map(event)) = json::parse(line.as_bytes()) else { panic!("no JSON object: {line}") };
            let [record, decision, filter, group, tags, alert, about, shows] = row.split('\t').collect::<Vec<_>>()[..]
            else {
                panic!("eight columns: {row}")
            };
            assert_eq!(decision == "drop", filter != "-", "{row}");
            let list = |text: &str| text.split(',').filter(|part| *part != "-").map(str::to_string).collect();
            Sample {
                event,
                title: format!("record {record}, {about}: {shows}"),
                about: about.to_string(),
                meant: Became {
                    dropped_by: (filter != "-").then(|| filter.to_string()),
                    group: (group != "-").then(|| group.to_string()),
                    tags: list(tags),
                    alerts: list(alert),
                },
            }
        })
        .collect()
}

/// By the slow twin.
fn became(program: &Program, event: &[(String, Value)]) -> Became {
    let decision = twin::decide(program, event, Form::Winlogbeat);
    assert_eq!(decision.failed, Vec::<u32>::new());
    let name = |rule: u32| program.rules[rule as usize].name.clone();
    let mut became = Became { dropped_by: decision.dropped_by.map(name), ..Became::default() };
    for did in decision.did {
        match did {
            twin::Did::Tag(_, tag) => became.tags.push(tag),
            twin::Did::Send(rule, ..) => became.alerts.push(name(rule)),
            twin::Did::Set(_, slot, Value::Text(text)) => {
                let field = program.layout.get(slot).map_or("", |field| field.name.as_str());
                match field {
                    "msg.group" => became.group = Some(text),
                    other => assert_eq!(other, "msg.dataset"),
                }
            }
            other => panic!("no rule of the example does this: {other:?}"),
        }
    }
    became.tags.sort();
    became.tags.dedup();
    became
}

#[test]
fn every_sample_becomes_what_it_was_made_for() {
    let project = Project::load();
    let Checked { program, diagnostics, .. } = project.check(&project.definitions);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(program.rules.len(), project.definitions.len());
    let prepared =
        Prepared::new(blocksieve::bytecode::compile(&program, &project.sources)).expect("what compiles is valid");
    let mut machine = Machine::new(&prepared);
    for sample in &project.samples {
        assert_eq!(became(&program, &sample.event), sample.meant, "{}", sample.title);
        let view = MapView::new(&program.layout, &sample.event);
        let outcome = machine.decide(&view, Options { preview: true, ..Options::default() });
        let dropped_by = outcome.dropped_by.map(|rule| program.rules[rule as usize].name.clone());
        assert_eq!(dropped_by, sample.meant.dropped_by, "{}", sample.title);
        assert_eq!(outcome.would_drop, Vec::<u32>::new(), "no second filter drops it: {}", sample.title);
        assert!(outcome.failures.is_empty(), "{}", sample.title);
    }
}

/// The definition with one member of one `and` or `or` left out, or one test no longer cased; and what was done.
fn weakened(definition: &Definition) -> Vec<(&'static str, Origin, Definition)> {
    let mut all = Vec::new();
    for (at, cond) in definition.conds.iter().enumerate() {
        match &cond.kind {
            CondKind::And(members) | CondKind::Or(members) => {
                for left_out in 0..members.len() {
                    let mut rest: Vec<CondId> = members.clone();
                    let gone = rest.remove(left_out);
                    let kind = match (rest.as_slice(), &cond.kind) {
                        ([only], _) => definition.cond(*only).kind.clone(),
                        (_, CondKind::And(_)) => CondKind::And(rest),
                        (_, _) => CondKind::Or(rest),
                    };
                    let mut weaker = definition.clone();
                    weaker.conds[at].kind = kind;
                    all.push(("left out", definition.cond(gone).origin, weaker));
                }
            }
            CondKind::Test(test) if test.cased => {
                let mut weaker = definition.clone();
                if let CondKind::Test(test) = &mut weaker.conds[at].kind {
                    test.cased = false;
                }
                all.push(("no longer cased", cond.origin, weaker));
            }
            CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Test(_) | CondKind::Const(_) => {}
        }
    }
    all
}

#[test]
fn no_condition_could_be_left_out() {
    let project = Project::load();
    let mut needless = Vec::new();
    let mut tried = 0;
    for (at, definition) in project.definitions.iter().enumerate() {
        let name = definition.rules[0].name.value.as_str();
        let filter = definition.rules[0].kind == blocksieve::ast::RuleKind::Filter;
        for (how, origin, weaker) in weakened(definition) {
            tried += 1;
            // A filter is measured by its own samples, the rest all together, without filters.
            let definitions: Vec<Definition> = if filter {
                vec![weaker]
            } else {
                let mut definitions = project.definitions.clone();
                definitions[at] = weaker;
                definitions.retain(|definition| definition.rules[0].kind != blocksieve::ast::RuleKind::Filter);
                definitions
            };
            let checked = project.check(&definitions);
            let refused = checked.diagnostics.iter().any(|finding| finding.is_error());
            let seen = |sample: &&Sample| match filter {
                true => {
                    sample.about == name
                        && became(&checked.program, &sample.event).dropped_by != sample.meant.dropped_by
                }
                false => sample.meant.dropped_by.is_none() && became(&checked.program, &sample.event) != sample.meant,
            };
            if !refused && !project.samples.iter().any(|sample| seen(&sample)) {
                let text = project.sources.get(origin.source).map_or("", |source| &source.text);
                let test = origin.as_span().and_then(|span| text.get(span.range())).unwrap_or("?");
                needless.push(format!("{name}: {how}: {test}"));
            }
        }
    }
    assert!(tried > 150, "{tried}");
    assert!(needless.is_empty(), "no sample shows what these are for:\n{}", needless.join("\n"));
}

#[test]
fn a_list_of_hashes_whitelists_nothing_and_a_list_of_rule_names_is_taken_member_by_member() {
    const LISTED: &str = "SHA256=E1A8BC8B20B82A9FFDC010823A6DAC56C7CCDE8DC3670EE0779A2AFDFC8B95E1";
    let project = Project::load();
    let program = project.check(&project.definitions).program;
    let head =
        r#""provider_name":"Microsoft-Windows-Sysmon","event_id":"1","channel":"Microsoft-Windows-Sysmon/Operational""#;
    for (data, tags) in [
        (format!(r#"{{"Hashes":"{LISTED}"}}"#), &["whitelisted"][..]),
        (format!(r#"{{"Hashes":["{LISTED}","SHA256=00112233"]}}"#), &[]),
        (format!(r#"{{"Hashes":["{LISTED}"]}}"#), &[]),
        (format!(r#"{{"Hashes":["SHA256=00112233"],"Hash":"{LISTED}"}}"#), &[]),
        (r#"{"RuleName":["technique_id=T1055.012","x"]}"#.to_string(), &["suspicious"]),
        (r#"{"RuleName":["x","technique_name=Mimikatz"]}"#.to_string(), &["suspicious"]),
        (r#"{"RuleName":["x","Alert"]}"#.to_string(), &["suspicious"]),
    ] {
        let event = format!(r#"{{"winlog":{{{head},"event_data":{data}}}}}"#);
        let Ok(Value::Map(event)) = json::parse(event.as_bytes()) else { panic!("no object: {event}") };
        assert_eq!(became(&program, &event).tags, tags, "{data}");
    }
}

/// Notes what each test of the rules said.
#[derive(Default)]
struct Seen(std::collections::BTreeSet<(u32, bool)>);

impl Observer for Seen {
    fn options(&self) -> Options {
        Options { trace: true, ..Options::default() }
    }

    fn decided(&mut self, _: &Case, outcome: &Outcome) {
        self.0.extend(outcome.trace.iter().map(|step| (step.site, step.holds)));
    }
}

#[test]
fn the_tests_beside_the_rules_see_every_condition_hold_and_fail() {
    let project = Project::load();
    let checked = project.check(&project.definitions);
    let prepared = Prepared::new(blocksieve::bytecode::compile(&checked.program, &project.sources)).expect("sound");
    let rules = Rules { program: &checked.program, prepared: &prepared, agent: AgentVersion::DEFAULT };
    let bench = Bench::new(rules, &Nothing);
    let mut seen = Seen::default();
    let mut files = 0;
    for folder in ["filters", "classify", "alerts"] {
        for entry in std::fs::read_dir(example(folder)).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.to_string_lossy().ends_with(".test.yaml") {
                let (cases, found) = blocksieve::testing::read(project.sources.next(), &read(&path));
                assert!(found.is_empty(), "{}: {found:?}", path.display());
                let (outcomes, found) = bench.run(&cases, &mut seen);
                assert!(found.is_empty() && outcomes.iter().all(blocksieve::testing::Outcome::passed), "{found:?}");
                files += 1;
            }
        }
    }
    // One beside each rule.
    assert_eq!(files, checked.program.rules.len());
    let sites = prepared.module().sites.iter().enumerate();
    let missing: Vec<String> = sites
        .flat_map(|(at, site)| [true, false].map(|holds| (at as u32, site, holds)))
        .filter(|(at, _, holds)| !seen.0.contains(&(*at, *holds)))
        .map(|(_, site, holds)| format!("`{}` is never {holds}", site.text))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
