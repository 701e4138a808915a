//! A verified module with all that is built from it at load: matchers, tables, and which rules an event can concern.
//!
//! In: a module. Out: something that any number of machines share. Never here: an event's state.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::derived::Derivation;
#[cfg(not(target_arch = "wasm32"))]
use super::first::Firsts;
use super::frame::Frame;
use super::index::Index;
use super::scalar::Scalar;
use super::{Fault, Matcher};
use crate::ast::{Number, RuleKind};
use crate::bytecode::{Instr, Invalid, Module, Verified};
use crate::event::{EventView, Layout, Raw};
use crate::ir::{Asks, Check, Compare, Lookup, LookupId, TableId};
use crate::ruleset::{Indexing, Plan, Ruleset};

/// A module, ready to run.
pub struct Prepared {
    module: Module,
    /// By test; built when it is first asked.
    matchers: Vec<OnceLock<Matcher>>,
    /// Where the keys of the module's tables stand, and those of its look-ups.
    tables: Vec<Index>,
    lookups: Vec<Index>,
    /// Event keys by id.
    by_id: FxHashMap<u32, Vec<u32>>,
    /// Providers and channels of the event keys, folded.
    providers: Vec<(Vec<String>, Vec<String>)>,
    /// Per kind of rule: for each event key, and last for all other events, the rules that could do something.
    routes: [Vec<Vec<u32>>; 3],
    all: [Vec<u32>; 3],
    /// Per kind of rule: what rules of it need to see.
    rulesets: [Ruleset; 3],
    widest_element: usize,
    derivation: Derivation,
    /// What rules ask first.
    #[cfg(not(target_arch = "wasm32"))]
    firsts: Firsts,
    /// The first alert that may stay quiet.
    first_quiet: Option<u32>,
}

impl Prepared {
    /// Verifies a module and builds its search structures.
    pub fn new(module: Module) -> Result<Self, Invalid> {
        Self::with(module, Indexing::default())
    }

    /// Builds the search structures of a module that is verified.
    pub fn of(module: Verified) -> Self {
        Self::build(module.into_module(), Indexing::default())
    }

    /// Like [`Prepared::new`], and when events are looked at before rules are run.
    pub fn with(module: Module, indexing: Indexing) -> Result<Self, Invalid> {
        Verified::new(module).map(|module| Self::build(module.into_module(), indexing))
    }

    fn build(module: Module, indexing: Indexing) -> Self {
        let matchers = module.tests.iter().map(|_| OnceLock::new()).collect();
        let tables = module.tables.iter().map(|table| Index::new(&table.keys)).collect();
        let lookups = module.lookups.iter().map(|lookup| Index::new(&lookup.keys)).collect();
        let mut by_id: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (index, event) in module.events.iter().enumerate() {
            by_id.entry(event.id).or_default().push(index as u32);
        }
        let fold_all = |texts: &[String]| texts.iter().map(|text| crate::fold::fold(text)).collect::<Vec<_>>();
        let providers =
            module.events.iter().map(|event| (fold_all(&event.providers), fold_all(&event.channels))).collect();
        let mut routes: [Vec<Vec<u32>>; 3] = Default::default();
        let mut all: [Vec<u32>; 3] = Default::default();
        for (index, rule) in module.rules.iter().enumerate() {
            all[rule.kind as usize].push(index as u32);
        }
        let mut reached = Vec::new();
        for kind in 0..=module.events.len() {
            let event = (kind < module.events.len()).then_some(kind as u32);
            for (rules, route) in all.iter().zip(&mut routes) {
                route.push(rules.iter().copied().filter(|rule| can_act(&module, *rule, event, &mut reached)).collect());
            }
        }
        let element_slots = |test: &crate::ir::Test| match &test.check {
            Check::Some(element) => element.layout.len(),
            _ => 0,
        };
        let widest_element = module.tests.iter().map(element_slots).max().unwrap_or(0).max(Layout::new().len());
        let derivation = Derivation::new(&module.layout);
        let stored = |slot: crate::event::Slot| derivation.derives(slot);
        let set: rustc_hash::FxHashSet<_> = module.sets.iter().map(|(slot, _)| *slot).collect();
        // Neither what rules set nor what the normaliser makes stands in the event itself.
        let elsewhere = |slot| stored(slot) || set.contains(&slot);
        let rulesets = [0, 1, 2].map(|kind: usize| {
            let rules = all.get(kind).map(Vec::as_slice).unwrap_or_default();
            Ruleset::new(&module, (rules.first().copied().unwrap_or(0), rules.len()), &elsewhere, indexing)
        });
        let first_quiet = module.rules.iter().position(|rule| rule.quiet.is_some()).map(|at| at as u32);
        Self {
            first_quiet,
            #[cfg(not(target_arch = "wasm32"))]
            firsts: Firsts::new(&module, &derivation),
            derivation,
            module,
            matchers,
            tables,
            lookups,
            by_id,
            providers,
            routes,
            all,
            rulesets,
            widest_element,
        }
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    pub(super) fn matcher(&self, test: u32) -> &Matcher {
        self.matchers[test as usize].get_or_init(|| Matcher::new(&self.module.tests[test as usize]))
    }

    /// Is this text, folded, a key of the table?
    pub(super) fn has_key(&self, table: TableId, folded: &str) -> bool {
        self.tables[table.index()].find(&self.module.tables[table.index()].keys, folded).is_some()
    }

    /// The column's value in the row of a text. `key` is a buffer.
    pub(super) fn look_up(&self, lookup: LookupId, text: &str, key: &mut String) -> Option<&str> {
        let Lookup { fold, keys, values, .. } = &self.module.lookups[lookup.index()];
        let compare = Compare { fold: *fold, any_dash: false };
        let mut dashed = String::new();
        let text = super::matcher::compared(text, compare, &mut dashed, key);
        values.get(self.lookups[lookup.index()].find(keys, text)?)
    }

    /// What rules ask first.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn firsts(&self) -> &Firsts {
        &self.firsts
    }

    /// The fields that the normaliser derives.
    pub(super) fn derivation(&self) -> &Derivation {
        &self.derivation
    }

    /// The first alert that may stay quiet, if there is any.
    pub(super) fn first_quiet(&self) -> Option<u32> {
        self.first_quiet
    }

    pub(super) fn widest_element(&self) -> usize {
        self.widest_element
    }

    pub(super) fn all_rules(&self, kind: RuleKind) -> &[u32] {
        &self.all[kind as usize]
    }

    /// The rules of a kind that could do something to an event of this kind, in order.
    pub(super) fn route(&self, kind: RuleKind, event: Option<u32>) -> &[u32] {
        let routes = &self.routes[kind as usize];
        let index = event.map_or(routes.len() - 1, |event| event as usize);
        &routes[index]
    }

    /// What to look at in an event of this kind to leave out rules of a stage, and the first rule's number; `None`: run all of its route.
    pub(super) fn plan(&self, kind: RuleKind, event: Option<u32>) -> Option<(&Plan, u32)> {
        let ruleset = &self.rulesets[kind as usize];
        let index = event.map_or(self.module.events.len(), |event| event as usize);
        Some((ruleset.plan(&self.module, index, self.route(kind, event))?, ruleset.first()))
    }

    /// Could this rule do anything to an event of this kind: an index into the module's events, or none of them?
    pub fn may_act(&self, rule: u32, event: Option<u32>) -> bool {
        let code = self.module.rules.get(rule as usize);
        code.is_some_and(|code| self.route(code.kind, event).contains(&rule))
    }

    /// Could this rule do anything to this event?
    pub fn concerns(&self, rule: crate::ir::RuleId, view: &dyn EventView) -> bool {
        let mut frame = Frame::new(self.module.layout.len());
        frame.next_event();
        let Ok(event) = self.event_of(view, &mut frame) else { return false };
        self.module.rules.get(rule.index()).is_some_and(|code| self.route(code.kind, event).contains(&rule.0))
    }

    /// Which of the module's events this is: by provider and id together; by channel only where there is no provider.
    pub(super) fn event_of(&self, view: &dyn EventView, frame: &mut Frame) -> Result<Option<u32>, Fault> {
        if self.by_id.is_empty() {
            return Ok(None);
        }
        let id = match view.raw(Layout::EVENT_ID) {
            Raw::Number(number) => Some(number),
            raw @ (Raw::Text(_) | Raw::Json(_)) => frame.text(Layout::EVENT_ID, raw)?.and_then(Number::parse_text),
            Raw::Malformed => return Err(Fault::Malformed),
            Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::List(_) | Raw::Map(_) => None,
        };
        let Some(Number::Int(id)) = id else { return Ok(None) };
        let Some(candidates) = u32::try_from(id).ok().and_then(|id| self.by_id.get(&id)) else { return Ok(None) };
        let provider = view.raw(Layout::PROVIDER);
        // An empty name is none.
        let absent = matches!(provider, Raw::Absent | Raw::Null | Raw::Text("") | Raw::Json(b""));
        let (slot, raw) =
            if absent { (Layout::CHANNEL, view.raw(Layout::CHANNEL)) } else { (Layout::PROVIDER, provider) };
        let Some(text) = frame.folded(slot, raw)? else { return Ok(None) };
        Ok(candidates.iter().copied().find(|candidate| {
            let (providers, channels) = &self.providers[*candidate as usize];
            let names = if absent { channels } else { providers };
            names.iter().any(|name| name == text)
        }))
    }
}

/// Could the rule do anything to an event of this kind? Walks its code with what `event is` would say; every other test may
/// go either way. Jumps go forward, so one pass does it. Only over-approximates.
fn can_act(module: &Module, rule: u32, event: Option<u32>, reached: &mut Vec<bool>) -> bool {
    let code = &module.rules[rule as usize];
    let (start, end) = (code.start as usize, code.end as usize);
    reached.clear();
    reached.resize(end - start + 1, false);
    reached[0] = true;
    let mut stepped = false;
    let known = |site: u32| match &module.tests[module.sites[site as usize].test as usize].check {
        Check::EventIs(events) => Some(event.is_some_and(|event| events.binary_search(&event).is_ok())),
        _ => None,
    };
    for pc in start..end {
        if !reached[pc - start] {
            continue;
        }
        let mut go = |to: usize| reached[to - start] = true;
        match module.code[pc] {
            Instr::JumpIfFalse { site, to } => {
                let says = known(site);
                if says != Some(true) {
                    go(to as usize);
                }
                if says != Some(false) {
                    go(pc + 1);
                }
            }
            Instr::JumpIfTrue { site, to } => {
                let says = known(site);
                if says != Some(false) {
                    go(to as usize);
                }
                if says != Some(true) {
                    go(pc + 1);
                }
            }
            Instr::Jump { to } => go(to as usize),
            Instr::Keep => {}
            Instr::Step(_) => {
                stepped = true;
                go(pc + 1);
            }
            // Counting is doing; without a step there is nothing to count.
            Instr::When { context, to } => match &module.contexts[context as usize].asks {
                Asks::Steps { .. } if !std::mem::take(&mut stepped) => go(to as usize),
                Asks::Steps { .. } | Asks::Events(_) | Asks::Distinct(..) | Asks::Mark => return true,
            },
            Instr::Name(_)
            | Instr::Tag(_)
            | Instr::Untag(_)
            | Instr::Set(_)
            | Instr::Remove(_)
            | Instr::Send(_)
            | Instr::Remember(_)
            | Instr::Forget(_)
            | Instr::Drop
            | Instr::Stop => return true,
        }
    }
    false
}

/// A raw value as one scalar, if it is one and needs no decoding.
pub(super) fn direct(raw: Raw<'_>) -> Option<Scalar<'_>> {
    match raw {
        Raw::Bool(value) => Some(Scalar::Bool(value)),
        Raw::Number(number) => Some(Scalar::Number(number)),
        Raw::Text(text) => Some(Scalar::Text(text)),
        Raw::Absent | Raw::Null | Raw::Json(_) | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
    }
}
