//! Every configuration of the corpus: counted anew, written back, put together.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use blocksieve::bytecode;
use blocksieve::dialect::AgentVersion;
use blocksieve::event::read::{Damaged, EventReader, Record, Sink};
use blocksieve::origin::Sources;
use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::stats::stats;
use blocksieve::sysmon::config::{self, Config, EventFields, OnMatch, Plain, Slots, merge, twin, write};
use blocksieve::sysmon::tags::TAGS;
use blocksieve::target::sysmon;
use blocksieve::vm::{Machine, Options, Prepared};

use super::compiled::words;
use super::{clean, files, folder, kept};

/// All of the corpus but the description of Sysmon's own events.
pub(super) fn configurations() -> Vec<(String, PathBuf)> {
    let Some(folder) = folder("sysmon-config") else { return Vec::new() };
    let all = files(&folder, ".xml").into_iter().filter(|path| !path.ends_with("manifest.xml"));
    all.map(|path| (path.strip_prefix(&folder).unwrap().display().to_string(), path)).collect()
}

/// Filters and Rules in a text, counted with nothing but angle brackets.
fn counted(text: &str) -> (usize, usize) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        plain.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
    }
    plain.push_str(rest);
    let (mut open, mut filters, mut rules): (Vec<String>, usize, usize) = (Vec::new(), 0, 0);
    for tag in plain.split('<').skip(1).map(|piece| piece.split('>').next().unwrap()) {
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if tag.starts_with('/') {
            open.pop();
            continue;
        }
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap().to_string();
        let is_tag = |name: &str| TAGS.iter().any(|tag| tag.name == name);
        let rule = name.eq_ignore_ascii_case("rule");
        let around = open.last().is_some_and(|around| is_tag(around) || around.eq_ignore_ascii_case("rule"));
        rules += usize::from(around && rule);
        filters += usize::from(around && !rule);
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    (filters, rules)
}

#[test]
fn every_configuration_has_as_many_rules_as_its_text_and_is_written_back_as_the_same() {
    let mut sum = (0, 0, 0);
    for (name, path) in configurations() {
        let config = clean(&name, &std::fs::read(&path).unwrap());
        let total = stats(&config).total;
        let (filters, rules) = counted(&config.text);
        assert_eq!((total.filters, total.rules), (filters, rules), "{name}");
        let canonical = write::canonical(&config);
        let again = clean(&name, canonical.as_bytes());
        // The same compiled form decides the same on every event there can be.
        assert_eq!(words(&config), words(&again), "{name}");
        assert_eq!(write::canonical(&again), canonical, "{name}");
        let comments = |config: &Config| -> Vec<String> {
            let text = |comment: &config::Comment| config.text[comment.span.range()].replace("\r\n", "\n");
            config.document.comments.iter().map(text).collect()
        };
        assert_eq!(comments(&config), comments(&again), "{name}");
        let unchanged = write::unchanged(&config);
        assert_eq!(words(&clean(&name, unchanged.as_bytes())), words(&config), "{name}");
        sum = (sum.0 + 1, sum.1 + filters, sum.2 + rules);
    }
    println!("{} configurations, {} filters, {} Rules", sum.0, sum.1, sum.2);
}

/// The events of the corpus, as texts.
struct Keep<'s> {
    slots: &'s Slots,
    /// Records so far, those of others too.
    records: usize,
    /// Each with the number of its record.
    events: Vec<(usize, Plain)>,
}

impl Sink for Keep<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.records += 1;
        if let Some(event) = self.slots.event(record.view) {
            let catalogue = blocksieve::sysmon::Catalogue::standard();
            let fields = catalogue.events.iter().find(|def| def.id == event.id()).map(|def| def.fields.clone());
            let mut buffer = String::new();
            let values: Vec<(String, String)> = fields
                .unwrap_or_default()
                .into_iter()
                .zip(0u16..)
                .map(|(name, at)| (name, event.text(at, &mut buffer).to_string()))
                .collect();
            let plain = Plain::new(event.id(), values.iter().map(|(n, v)| (n.as_str(), v.as_str())));
            self.events.push((self.records - 1, plain));
        }
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        println!("{damaged}");
    }
}

/// What the machine says of each record: does a filter drop it?
struct Drops<'p> {
    machine: Machine<'p>,
    drops: Vec<bool>,
}

impl Sink for Drops<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        self.machine.decide(record.view, Options::default());
        self.drops.push(self.machine.outcome().dropped_by.is_some());
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        println!("{damaged}");
    }
}

/// By the number of the record.
fn drops(prepared: &Prepared) -> Vec<bool> {
    let Some(folder) = folder("evtx") else { return Vec::new() };
    let mut reader = EventReader::new(&prepared.module().layout, AgentVersion::DEFAULT);
    let mut sink = Drops { machine: Machine::new(prepared), drops: Vec::new() };
    for path in files(&folder, ".evtx") {
        let file = std::fs::File::open(&path).unwrap();
        reader.read_file(&"corpus".into(), file, &mut sink).unwrap();
    }
    sink.drops
}

pub(super) fn events() -> Vec<Plain> {
    numbered().into_iter().map(|(_, event)| event).collect()
}

/// The events with the numbers of their records.
fn numbered() -> Vec<(usize, Plain)> {
    let Some(folder) = folder("evtx") else { return Vec::new() };
    let slots = Slots::new();
    let mut reader = EventReader::new(slots.layout(), AgentVersion::DEFAULT);
    let mut keep = Keep { slots: &slots, records: 0, events: Vec::new() };
    for path in files(&folder, ".evtx") {
        let file = std::fs::File::open(&path).unwrap();
        reader.read_file(&"corpus".into(), file, &mut keep).unwrap();
    }
    keep.events
}

/// Values out of a configuration, and what is near them.
pub(super) fn random_events(config: &Config, count: usize, mut seed: u64) -> Vec<Plain> {
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below.max(1)
    };
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for filter in config.nodes.iter().flat_map(|node| node.filters()) {
        values.entry(&filter.field.value).or_default().push(&filter.value.value);
    }
    let tags: Vec<_> = config.nodes.iter().map(|node| node.tag).collect();
    if tags.is_empty() {
        return Vec::new();
    }
    let catalogue = blocksieve::sysmon::Catalogue::standard();
    (0..count)
        .map(|_| {
            let tag = tags[next(tags.len())];
            let id = tag.ids[next(tag.ids.len())];
            let fields = catalogue.events.iter().find(|def| def.id == id).map(|def| def.fields.clone()).unwrap();
            let given: Vec<(String, String)> = fields
                .into_iter()
                .filter_map(|field| {
                    let known = values.get(field.as_str())?;
                    let text = known[next(known.len())];
                    let items: Vec<&str> = text.split(';').collect();
                    let item = items[next(items.len())];
                    let text = match next(6) {
                        0 => item.to_ascii_uppercase(),
                        1 => format!("C:\\Windows\\{item}"),
                        2 => format!("{item} x"),
                        3 => text.replace(';', " "),
                        4 => return None,
                        _ => item.to_string(),
                    };
                    Some((field, text))
                })
                .collect();
            Plain::new(id, given.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        })
        .collect()
}

const LARGE: [&str; 6] = [
    "sysmon-modular/sysmonconfig.xml",
    "sysmon-modular/sysmonconfig-research.xml",
    "SwiftOnSecurity/sysmonconfig-export.xml",
    "Neo23x0/sysmonconfig-export.xml",
    "ion-storm/sysmonconfig-export.xml",
    "SysmonCommon/UnitTests/data/sysmonconfig-export-omega.xml",
];

fn large() -> Vec<Config> {
    let Some(folder) = folder("sysmon-config") else { return Vec::new() };
    LARGE.iter().map(|name| clean(name, &std::fs::read(folder.join(name)).unwrap())).collect()
}

/// `BLOCKSIEVE_SYSMON_EVENTS` says how many random events a configuration; 500 by default.
pub(super) fn random_count() -> usize {
    std::env::var("BLOCKSIEVE_SYSMON_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(500)
}

#[test]
fn large_configurations_decide_fast_as_they_decide_slowly_and_as_they_are_written_back() {
    let real = events();
    for config in large() {
        let again = clean("again", write::canonical(&config).as_bytes());
        let (mut fast, mut written) = (Decider::new(&config), Decider::new(&again));
        let random = random_events(&config, random_count(), 7);
        let (mut logged, mut named) = (0, 0);
        for event in real.iter().chain(&random) {
            let plain = twin::decide(&config, event);
            assert_eq!(fast.decide(event), plain);
            assert_eq!(written.decide(event), plain);
            assert_eq!(again.name_of(&plain), config.name_of(&plain));
            logged += usize::from(plain.logged);
            named += usize::from(plain.logged && plain.named.is_some());
        }
        println!("{logged} logged, {named} of them named, of {} events", real.len() + random.len());
    }
}

#[test]
fn pieces_together_log_what_one_of_them_includes_and_none_excludes() {
    let Some(folder) = folder("sysmon-config/sysmon-modular") else { return };
    let mut sources = Sources::default();
    let mut pieces = Vec::new();
    for path in files(&folder, ".xml") {
        // The modules: folders that begin with a number.
        let within = path.strip_prefix(&folder).unwrap().display().to_string();
        if within.starts_with(|c: char| c.is_ascii_digit()) {
            let (config, found) = config::read(&mut sources, &within, &std::fs::read(&path).unwrap());
            assert!(found.iter().all(|found| !found.is_error()), "{within}: {found:#?}");
            pieces.extend(config);
        }
    }
    let (merged, found) = merge::merge(&pieces, &sources);
    let merged = merged.unwrap_or_else(|| panic!("{found:#?}"));
    let whole = clean("merged.xml", merged.text.as_bytes());
    let mut decider = Decider::new(&whole);
    // Each node of each piece alone.
    let alone = |on_match: OnMatch| -> Vec<(Config, Decider)> {
        let of = |piece: &Config| {
            let mut piece = piece.clone();
            piece.nodes.retain(|node| node.on_match == on_match);
            (!piece.nodes.is_empty()).then(|| {
                let decider = Decider::new(&piece);
                (piece, decider)
            })
        };
        pieces.iter().filter_map(of).collect()
    };
    let (mut includes, mut excludes) = (alone(OnMatch::Include), alone(OnMatch::Exclude));
    let matched = |list: &mut Vec<(Config, Decider)>, event: &Plain| {
        list.iter_mut().any(|(_, decider)| matches!(decider.decide(event).why, config::Why::Matches { .. }))
    };
    let mut count = 0;
    for event in events().iter().chain(&random_events(&whole, 5_000, 11)) {
        let Some(tag) = blocksieve::sysmon::tags::of_event(event.id()) else { continue };
        let nodes: Vec<OnMatch> = whole.nodes_of(tag).map(|(_, node)| node.on_match).collect();
        let otherwise = match nodes.as_slice() {
            [] => tag.logged,
            [one] => *one == OnMatch::Exclude,
            _ => false,
        };
        let expected = match (matched(&mut excludes, event), matched(&mut includes, event)) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => otherwise,
        };
        assert_eq!(decider.decide(event).logged, expected);
        count += usize::from(expected);
    }
    assert!(count > 100, "{count}");
    // Comments come along.
    let comments = pieces.iter().map(|piece| piece.document.comments.len()).sum::<usize>();
    assert!(whole.document.comments.len() >= comments, "{} of {comments}", whole.document.comments.len());
}

#[test]
fn filters_written_into_real_bases_take_away_what_they_drop_and_nothing_else() {
    let rules = r#"
        filter "routine names" { if event is sysmon.dns_query and QueryName ends with any ['.microsoft.com', '.windows.com'] { drop } }
        filter "loads of system libraries" {
            if event is sysmon.image_load and Image starts with 'C:\Windows\System32\' and not ImageLoaded contains 'dbg' { drop }
        }
        filter "shells" { if event is sysmon.process_create and file name of ParentImage in ['explorer.exe', 'cmd.exe'] { drop } }
        filter "services" {
            if (event is sysmon.registry_add_delete or event is sysmon.registry_value_set or event is sysmon.registry_rename)
               and TargetObject contains '\Services\' { drop }
        }
        filter "everything of pipes" { if event is sysmon.pipe_created or event is sysmon.pipe_connected { drop } }
    "#;
    let mut sources = Sources::default();
    let (compiled, found) = blocksieve::compile_text(rules, &[]);
    sources.add("rules", rules);
    let program = match &compiled {
        Some(compiled) => compiled.program.clone(),
        None => panic!("{found:#?}"),
    };
    let prepared = Prepared::new(bytecode::compile(&program, &sources)).unwrap();
    let (real, dropped_by_machine, bases) = (numbered(), drops(&prepared), large());
    for base in &bases {
        let catalogue = blocksieve::sysmon::Catalogue::standard();
        let written = sysmon::write(&program, &catalogue, base).unwrap_or_else(|found| panic!("{found:#?}"));
        let after = clean("written.xml", written.xml.as_bytes());
        kept(&write::unchanged(base), &written.xml);
        let again = sysmon::write(&program, &catalogue, &after).unwrap_or_else(|found| panic!("{found:#?}"));
        assert_eq!((again.rules, again.xml == written.xml), (0, true));
        let [mut before, mut now] = [Decider::new(base), Decider::new(&after)];
        let mut dropped = 0;
        for (record, event) in &real {
            let (before, now) = (before.decide(event), now.decide(event));
            assert_eq!(now.logged, before.logged && !dropped_by_machine[*record], "record {record}");
            if now.logged {
                assert_eq!(after.name_of(&now), base.name_of(&before));
            }
            dropped += usize::from(before.logged && !now.logged);
        }
        println!("{dropped} dropped");
        assert!(real.is_empty() || dropped > 0);
    }
}
