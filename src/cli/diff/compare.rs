//! What two versions of the rules did to one event, and in what they differ.
//!
//! In: two modules, and their outcomes for the same event. Out: a [`Difference`]. Never here: counting, printing.
//!
//! | compared | when |
//! | --- | --- |
//! | whether the event is dropped, and by which filter | always |
//! | tags, fields that are set or removed | where both versions keep the event |
//! | alerts that are sent, by rule; those that stay quiet are not sent | always; who drops an event sends none |
//!
//! A rule of one version is that rule of the other which has its kind and its id; where there is none, its kind and its name.

use std::collections::BTreeMap;

use crate::bytecode::Module;
use crate::event::Value;
use crate::vm::{Effect, Outcome};

/// A rule of both versions, or of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: Option<u32>,
    pub(super) new: Option<u32>,
}

/// Which rule is which.
#[derive(Debug)]
pub(super) struct Pairs {
    /// All rules: those of the new version in its order, then those that are gone.
    pub(super) all: Vec<Pair>,
    old: Vec<usize>,
    new: Vec<usize>,
}

impl Pairs {
    pub(super) fn new(old: &Module, new: &Module) -> Self {
        let mut of_old: Vec<Option<usize>> = vec![None; old.rules.len()];
        let mut all: Vec<Pair> = (0..new.rules.len()).map(|at| Pair { old: None, new: Some(at as u32) }).collect();
        for by_id in [true, false] {
            for (at, rule) in new.rules.iter().enumerate().filter(|(at, _)| all[*at].old.is_none()).collect::<Vec<_>>()
            {
                let same = |(found, other): &(usize, &crate::bytecode::RuleCode)| {
                    let alike = if by_id { rule.id.is_some() && rule.id == other.id } else { rule.name == other.name };
                    alike && rule.kind == other.kind && of_old[*found].is_none()
                };
                if let Some((found, _)) = old.rules.iter().enumerate().find(same) {
                    of_old[found] = Some(at);
                    all[at].old = Some(found as u32);
                }
            }
        }
        let old = of_old.into_iter().enumerate().map(|(at, known)| {
            known.unwrap_or_else(|| {
                all.push(Pair { old: Some(at as u32), new: None });
                all.len() - 1
            })
        });
        let old = old.collect();
        Self { all, old, new: (0..new.rules.len()).collect() }
    }
}

/// What kind of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    NewlyDropped,
    NewlyKept,
    ByAnother,
    AlertGained,
    AlertLost,
    AlertOtherwise,
    TagGained,
    TagLost,
    Field,
}

impl Kind {
    pub(super) const ALL: [Kind; 9] = [
        Kind::NewlyDropped,
        Kind::NewlyKept,
        Kind::ByAnother,
        Kind::AlertGained,
        Kind::AlertLost,
        Kind::AlertOtherwise,
        Kind::TagGained,
        Kind::TagLost,
        Kind::Field,
    ];

    /// As JSON says it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::NewlyDropped => "newly-dropped",
            Kind::NewlyKept => "newly-kept",
            Kind::ByAnother => "dropped-by-another",
            Kind::AlertGained => "alert-gained",
            Kind::AlertLost => "alert-lost",
            Kind::AlertOtherwise => "alert-otherwise",
            Kind::TagGained => "tag-gained",
            Kind::TagLost => "tag-lost",
            Kind::Field => "field",
        }
    }

    /// As people are told.
    pub(super) fn title(self) -> &'static str {
        match self {
            Kind::NewlyDropped => "newly dropped",
            Kind::NewlyKept => "newly kept",
            Kind::ByAnother => "dropped by another filter",
            Kind::AlertGained => "alerts gained",
            Kind::AlertLost => "alerts lost",
            Kind::AlertOtherwise => "alerts sent otherwise",
            Kind::TagGained => "tags gained",
            Kind::TagLost => "tags lost",
            Kind::Field => "fields set or removed otherwise",
        }
    }
}

/// One difference: of which kind, by which rules of [`Pairs::all`], and which tag or field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) kind: Kind,
    /// The rule that did it in the old version.
    pub(super) old: Option<usize>,
    /// That in the new one.
    pub(super) new: Option<usize>,
    pub(super) what: String,
}

/// One version's outcome for an event.
#[derive(Clone, Copy)]
pub(super) struct Decided<'a> {
    pub(super) module: &'a Module,
    pub(super) outcome: &'a Outcome,
}

/// A tag: one of the agent's, or one that rules behind it set.
type Tag = (bool, String);

impl Decided<'_> {
    /// The tags that are left, each with the rule that set it last.
    fn tags(self) -> BTreeMap<Tag, Option<u32>> {
        let Self { module, outcome } = self;
        let agents = outcome.effects.agent_tags(module).into_iter().map(|tag| (true, tag.to_string()));
        let behind = outcome.effects.tags(module).into_iter().map(|tag| (false, tag.to_string()));
        let mut tags: BTreeMap<Tag, Option<u32>> = agents.chain(behind).map(|tag| (tag, None)).collect();
        for effect in outcome.effects.iter() {
            if let Effect::Tag { rule, kind, text } = effect {
                let agents = *kind == crate::ast::RuleKind::Filter;
                let text = module.texts.get(*text as usize).cloned().unwrap_or_default();
                if let Some(by) = tags.get_mut(&(agents, text)) {
                    *by = Some(*rule);
                }
            }
        }
        tags
    }

    /// What became of fields, with the rule that touched them last; `None`: removed.
    fn fields(self) -> BTreeMap<String, (Option<Value>, u32)> {
        let Self { module, outcome } = self;
        let mut fields = BTreeMap::new();
        for effect in outcome.effects.iter() {
            match effect {
                Effect::Remove { rule, removal } => {
                    let Some(removal) = module.removals.get(*removal as usize) else { continue };
                    for field in removal.slots.iter().filter_map(|slot| module.layout.get(*slot)) {
                        fields.remove(&field.name);
                    }
                    fields.extend(removal.paths.iter().map(|path| (path.clone(), (None, *rule))));
                }
                Effect::Set { rule, slot, value } => {
                    let name = module.layout.get(*slot).map(|field| field.name.clone()).unwrap_or_default();
                    fields.insert(name, (Some(value.clone()), *rule));
                }
                Effect::Name { .. } | Effect::Tag { .. } | Effect::Untag { .. } | Effect::Send { .. } => {}
            }
        }
        fields
    }

    /// What is sent, by rule of this version, in words.
    fn alerts(self) -> BTreeMap<u32, Vec<String>> {
        let mut alerts: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for effect in self.outcome.effects.iter() {
            if let Effect::Send { rule, send, quiet: false, .. } = effect {
                let send = self.module.sends.get(*send as usize);
                alerts.entry(*rule).or_default().push(send.map(|send| format!("{send:?}")).unwrap_or_default());
            }
        }
        alerts.values_mut().for_each(|sent| sent.sort());
        alerts
    }
}

/// All differences for one event, each once; of alerts as many as there are.
pub(super) fn differences(pairs: &Pairs, old: Decided<'_>, new: Decided<'_>) -> Vec<Difference> {
    let of_old = |rule: u32| pairs.old.get(rule as usize).copied();
    let of_new = |rule: u32| pairs.new.get(rule as usize).copied();
    let mut found = Vec::new();
    let mut note = |kind, old, new, what: &str| found.push(Difference { kind, old, new, what: what.to_string() });
    let by = (old.outcome.dropped_by.and_then(of_old), new.outcome.dropped_by.and_then(of_new));
    match (old.outcome.dropped_by, new.outcome.dropped_by) {
        (None, Some(_)) => note(Kind::NewlyDropped, None, by.1, ""),
        (Some(_), None) => note(Kind::NewlyKept, by.0, None, ""),
        (Some(_), Some(_)) if by.0 != by.1 => note(Kind::ByAnother, by.0, by.1, ""),
        (Some(_), Some(_)) => {}
        (None, None) => {
            let (before, after) = (old.tags(), new.tags());
            for (tag, rule) in after.iter().filter(|(tag, _)| !before.contains_key(*tag)) {
                note(Kind::TagGained, None, rule.and_then(of_new), &told(tag));
            }
            for (tag, rule) in before.iter().filter(|(tag, _)| !after.contains_key(*tag)) {
                note(Kind::TagLost, rule.and_then(of_old), None, &told(tag));
            }
            let (before, after) = (old.fields(), new.fields());
            let value = |fields: &BTreeMap<String, (Option<Value>, u32)>, name: &String| {
                fields.get(name).map(|(value, _)| value.clone())
            };
            let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names.into_iter().filter(|name| value(&before, name) != value(&after, name)) {
                let rule = |fields: &BTreeMap<String, (Option<Value>, u32)>| fields.get(name).map(|(_, rule)| *rule);
                note(Kind::Field, rule(&before).and_then(of_old), rule(&after).and_then(of_new), name);
            }
        }
    }
    let mut sent: BTreeMap<usize, [Vec<String>; 2]> = BTreeMap::new();
    for (rule, alerts) in old.alerts() {
        sent.entry(of_old(rule).unwrap_or(usize::MAX)).or_default()[0] = alerts;
    }
    for (rule, alerts) in new.alerts() {
        sent.entry(of_new(rule).unwrap_or(usize::MAX)).or_default()[1] = alerts;
    }
    for (rule, [before, after]) in sent {
        let rule = Some(rule);
        match before.len().cmp(&after.len()) {
            std::cmp::Ordering::Less => {
                (before.len()..after.len()).for_each(|_| note(Kind::AlertGained, None, rule, ""));
            }
            std::cmp::Ordering::Greater => {
                (after.len()..before.len()).for_each(|_| note(Kind::AlertLost, rule, None, ""));
            }
            std::cmp::Ordering::Equal if before != after => note(Kind::AlertOtherwise, rule, rule, ""),
            std::cmp::Ordering::Equal => {}
        }
    }
    found
}

fn told((agents, tag): &Tag) -> String {
    if *agents { format!("{tag} (agent)") } else { tag.clone() }
}
