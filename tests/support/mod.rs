//! What tests share: rules and events as text, decisions in words.
#![allow(dead_code, clippy::panic, clippy::expect_used)]

pub mod corpus;
#[cfg(feature = "cli")]
pub mod folder;
#[cfg(feature = "sigma")]
pub mod sigma;
pub mod tape;
pub mod tools;

use blocksieve::Compiled;
use blocksieve::event::json::{LinePlan, LineScanner};
use blocksieve::event::{Form, Layout, MapView, Value, json};
use blocksieve::ir::twin::{self, Did};
use blocksieve::table::TableDef;
use blocksieve::vm::{Effect, Machine, Options, Prepared};

/// Compiles rules that must compile.
pub fn compile(text: &str) -> Compiled {
    compile_with(text, &[])
}

/// Compiles rules that must compile, with lookup tables.
pub fn compile_with(text: &str, tables: &[TableDef]) -> Compiled {
    let (compiled, diagnostics) = blocksieve::compile_text(text, tables);
    compiled.unwrap_or_else(|| panic!("{text}\n{diagnostics:#?}"))
}

/// The codes of all findings, in order, with the text that each is about.
pub fn findings(text: &str) -> Vec<String> {
    let (_, diagnostics) = blocksieve::compile_text(text, &[]);
    diagnostics
        .iter()
        .map(|d| {
            format!(
                "{} {}",
                d.code,
                d.primary.origin.as_span().map_or("", |span| text.get(span.range()).unwrap_or("?"))
            )
        })
        .collect()
}

/// The members of an event's outer object.
pub fn event(json: &str) -> Vec<(String, Value)> {
    match json::parse(json.as_bytes()) {
        Ok(Value::Map(members)) => members,
        other => panic!("{json}: {other:?}"),
    }
}

/// What rules did, in words that tests compare.
#[derive(Debug, Default, PartialEq)]
pub struct Decision {
    pub dropped_by: Option<u32>,
    pub would_drop: Vec<u32>,
    pub did: Vec<Did>,
    pub failed: Vec<u32>,
}

impl From<twin::Decision> for Decision {
    fn from(d: twin::Decision) -> Self {
        Decision { dropped_by: d.dropped_by, would_drop: d.would_drop, did: d.did, failed: d.failed }
    }
}

/// The machine's outcome in the twin's words.
pub fn in_words(prepared: &Prepared, machine: &Machine<'_>) -> Decision {
    let (module, outcome) = (prepared.module(), machine.outcome());
    let text = |index: u32| module.texts[index as usize].clone();
    let did = outcome
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::Name { rule, text: name } => Did::Name(*rule, text(*name)),
            Effect::Tag { rule, text: tag, .. } => Did::Tag(*rule, text(*tag)),
            Effect::Untag { rule, text: tag, .. } => Did::Untag(*rule, text(*tag)),
            Effect::Set { rule, slot, value } => Did::Set(*rule, *slot, value.clone()),
            Effect::Remove { rule, removal } => Did::Remove(*rule, module.removals[*removal as usize].paths.clone()),
            Effect::Send { rule, send, quiet, .. } => Did::Send(*rule, module.sends[*send as usize].clone(), *quiet),
        })
        .collect();
    Decision {
        dropped_by: outcome.dropped_by,
        would_drop: outcome.would_drop.clone(),
        did,
        failed: outcome.failures.iter().map(|failure| failure.rule).collect(),
    }
}

/// The form of an event that is one of two: the agent's, or the log manager's.
pub fn form(members: &[(String, Value)]) -> Form {
    let has = |key: &str| members.iter().any(|(name, _)| name == key);
    let stored = ["msg", "meta", "raw"].into_iter().any(has);
    if stored && !has("winlog") { Form::LogManager } else { Form::Winlogbeat }
}

/// A view of an event in one of these forms.
pub fn view<'a>(layout: &'a Layout, members: &'a [(String, Value)]) -> MapView<'a> {
    match form(members) {
        Form::LogManager => MapView::as_it_stands(layout, members),
        _ => MapView::new(layout, members),
    }
}

/// Decides one event three ways: the machine over the lazy line, the machine over the map, the slow twin. They must agree. No line is
/// the log manager's.
pub fn decide(compiled: &Compiled, json: &str) -> Decision {
    let prepared = Prepared::new(compiled.module.clone()).expect("a module of our own is valid");
    let options = Options { preview: true, ..Options::default() };
    let members = event(json);
    let slow = Decision::from(twin::decide(&compiled.program, &members, form(&members)));
    let mut machine = Machine::new(&prepared);
    machine.decide(&view(&prepared.module().layout, &members), options);
    assert_eq!(in_words(&prepared, &machine), slow, "map and twin differ on {json}");
    if form(&members) == Form::LogManager {
        return slow;
    }
    let plan = LinePlan::new(&prepared.module().layout);
    let mut scanner = LineScanner::new();
    let view = scanner.scan(&plan, json.as_bytes()).expect("a whole record");
    // Another machine: the first one remembers the event.
    let mut machine = Machine::new(&prepared);
    machine.decide(&view, options);
    assert_eq!(in_words(&prepared, &machine), slow, "line and twin differ on {json}");
    slow
}

/// Decides events one after the other, each by the machine and by the slow twin, which must agree: what alerts remember goes on.
pub fn decide_all(compiled: &Compiled, events: &[String]) -> Vec<Decision> {
    let prepared = Prepared::new(compiled.module.clone()).expect("a module of our own is valid");
    let options = Options { preview: true, ..Options::default() };
    let mut machine = Machine::new(&prepared);
    let mut memory = twin::Memory::default();
    let mut decisions = Vec::new();
    for json in events {
        let members = event(json);
        let slow = Decision::from(twin::decide_next(&compiled.program, &members, form(&members), &mut memory));
        machine.decide(&view(&prepared.module().layout, &members), options);
        assert_eq!(in_words(&prepared, &machine), slow, "machine and twin differ on {json}");
        decisions.push(slow);
    }
    decisions
}

/// Does the condition hold for the event? Asked through a classify rule, where nothing is unsafe.
pub fn holds(condition: &str, json: &str) -> bool {
    holds_with(condition, json, &[])
}

/// The same, with lookup tables.
pub fn holds_with(condition: &str, json: &str, tables: &[TableDef]) -> bool {
    let compiled = compile_with(&format!("classify \"c\" {{ if {condition} {{ tag \"yes\" }} }}"), tables);
    !decide(&compiled, json).did.is_empty()
}

/// The same, at a time on a host.
pub fn sysmon_at(id: u32, data: &str, time: &str, host: &str) -> String {
    let event = sysmon(id, data);
    let rest = event.strip_prefix("{\"winlog\":{").unwrap_or(&event);
    format!(r#"{{"@timestamp":"{time}","winlog":{{"computer_name":"{host}",{rest}"#)
}

/// A Winlogbeat 8 event of Sysmon with this id and these event data (JSON members).
pub fn sysmon(id: u32, data: &str) -> String {
    format!(
        r#"{{"winlog":{{"provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational","event_id":"{id}","event_data":{{{data}}}}}}}"#
    )
}
