//! Fields that the normaliser derives: computed when a rule reads them, once an event.
//!
//! In: an event as the effects so far left it. Out: the same as rules behind the agent see it: with the derived fields of the layout,
//! and without what an endpoint wrote under the log manager's names. Never here: how fields are derived; `sysmon/normalise.rs` says
//! that, and the whole of `msg` is the measure of what is found here.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::ControlFlow;

use super::Effects;
use crate::ast::RuleKind;
use crate::event::json::{self, Damage};
use crate::event::{EventView, Layout, Raw, Slot, Value, find, is_stored};
use crate::sysmon::normalise::{self, Derived};
use crate::sysmon::{self, hashes};

/// One derived slot: what it is, the slot that it is derived from, and the rest of its path behind `msg.`.
#[derive(Clone, Debug)]
struct Plan {
    derived: Derived,
    source: Option<Slot>,
    name: String,
}

/// The derived slots of a layout.
#[derive(Clone, Debug, Default)]
pub(crate) struct Derivation {
    /// Slot by slot, the derived field's number.
    slots: Vec<Option<u16>>,
    plans: Vec<Plan>,
    /// Slot by slot: is it a path of the log manager's own event?
    stored: Vec<bool>,
}

impl Derivation {
    pub(crate) fn new(layout: &Layout) -> Self {
        let mut derivation = Self::default();
        let slot_of = |name: &str| {
            let path = format!("winlog.event_data.{name}");
            layout.iter().find(|(_, field)| field.paths.first() == Some(&path)).map(|(slot, _)| slot)
        };
        for (_, field) in layout.iter() {
            // A field of the agent has no such path; one under `msg` may have the agent's behind its own, which views tell apart.
            derivation.stored.push(field.paths.iter().all(|path| is_stored(path)));
            let [path] = field.paths.as_slice() else {
                derivation.slots.push(None);
                continue;
            };
            let (plan, name) = (Derived::of(path), path.strip_prefix("msg.").unwrap_or_default());
            let plan = plan.map(|derived| Plan {
                derived,
                source: derived.source().and_then(slot_of),
                name: name.to_string(),
            });
            // A layout has at most as many fields as fit.
            derivation.slots.push(plan.is_some().then_some(derivation.plans.len() as u16));
            derivation.plans.extend(plan);
        }
        derivation
    }

    /// Is nothing seen otherwise than the agent sent it?
    pub(super) fn is_empty(&self) -> bool {
        self.plans.is_empty() && !self.hides()
    }

    /// Do filters see something that rules behind the agent do not?
    pub(super) fn hides(&self) -> bool {
        self.stored.contains(&true)
    }

    /// Is this a path of the log manager's own event?
    fn stored(&self, slot: Slot) -> bool {
        self.stored.get(usize::from(slot.0)).copied().unwrap_or_default()
    }

    fn plan(&self, slot: Slot) -> Option<(usize, &Plan)> {
        let at = usize::from(self.slots.get(usize::from(slot.0)).copied().flatten()?);
        self.plans.get(at).map(|plan| (at, plan))
    }
}

/// What was derived of one event so far.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    values: Vec<OnceCell<Option<Value>>>,
    msg: OnceCell<Option<Vec<(String, Value)>>>,
    /// Something was derived since they were cleared.
    used: OnceCell<()>,
}

impl Cells {
    pub(crate) fn new(derivation: &Derivation) -> Self {
        Self { values: derivation.plans.iter().map(|_| OnceCell::new()).collect(), ..Self::default() }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        if self.used.take().is_some() {
            self.values.iter_mut().for_each(|value| drop(value.take()));
            self.msg.take();
        }
    }
}

/// The event with its derived fields.
pub(crate) struct Normalised<'a> {
    view: &'a dyn EventView,
    derivation: &'a Derivation,
    cells: &'a Cells,
}

impl<'a> Normalised<'a> {
    pub(crate) fn new(view: &'a dyn EventView, derivation: &'a Derivation, cells: &'a Cells) -> Self {
        Self { view, derivation, cells }
    }

    fn get(&self, slot: Slot) -> Raw<'a> {
        let own = !self.derivation.stored(slot) || self.view.is_stored();
        let raw = if own { self.view.raw(slot) } else { Raw::Absent };
        match (raw, self.derivation.plan(slot)) {
            (Raw::Absent | Raw::Null, Some((at, plan))) => match self.derived(at, plan) {
                Raw::Absent => raw,
                derived => derived,
            },
            _ => raw,
        }
    }

    fn derived(&self, at: usize, plan: &'a Plan) -> Raw<'a> {
        match (plan.derived, plan.source) {
            (Derived::Action, _) => match self.title() {
                Some(title) => Raw::Text(title),
                None => self.in_msg(plan),
            },
            (Derived::Hash(kind), Some(source)) => match self.view.raw(source) {
                Raw::Text(list) => hashes::hash(list, kind).map_or(Raw::Absent, Raw::Text),
                // A list of hashes has no escapes. One that has is read with everything else.
                Raw::Json(list) if memchr::memchr(b'\\', list).is_none() => match json::plain_text(list) {
                    Ok(list) => hashes::hash(list, kind).map_or(Raw::Absent, Raw::Text),
                    Err(_) => Raw::Malformed,
                },
                Raw::Absent | Raw::Null => Raw::Absent,
                Raw::Malformed => Raw::Malformed,
                Raw::Json(_) | Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) => self.in_msg(plan),
            },
            (Derived::RuleName, Some(source)) => {
                let text = match self.view.raw(source) {
                    Raw::Text("-") | Raw::Json(b"-") | Raw::Absent | Raw::Null => return Raw::Absent,
                    raw @ (Raw::Text(_) | Raw::Json(_)) => raw.to_value(),
                    Raw::Malformed => return Raw::Malformed,
                    Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) => return self.in_msg(plan),
                };
                let Ok(text) = text else { return Raw::Malformed };
                let Some(cell) = self.cells.values.get(at) else { return Raw::Absent };
                let _ = self.cells.used.set(());
                let value = cell.get_or_init(|| {
                    let Some(Value::Text(text)) = text else { return None };
                    normalise::of_rule_name(&text)
                        .into_iter()
                        .find(|(name, _)| *name == plan.name)
                        .map(|(_, value)| value)
                });
                value.as_ref().map_or(Raw::Absent, Value::raw)
            }
            (Derived::Hash(_) | Derived::RuleName, None) | (Derived::Other, _) => self.in_msg(plan),
        }
    }

    /// What Sysmon calls the event.
    fn title(&self) -> Option<&'static str> {
        let (mut provider, mut channel, mut id) = (String::new(), String::new(), String::new());
        let provider = match self.view.raw(Layout::PROVIDER) {
            Raw::Absent | Raw::Null => None,
            raw => Some(scalar(raw, &mut provider)?),
        };
        let channel = scalar(self.view.raw(Layout::CHANNEL), &mut channel);
        if !sysmon::is_of_sysmon(provider, channel) {
            return None;
        }
        normalise::title(scalar(self.view.raw(Layout::EVENT_ID), &mut id)?.parse().ok()?)
    }

    fn in_msg(&self, plan: &'a Plan) -> Raw<'a> {
        let _ = self.cells.used.set(());
        let msg = self.cells.msg.get_or_init(|| {
            let event = self.view.whole().ok()?;
            Some(normalise::msg(&event, &self.view.also()))
        });
        match msg {
            Some(msg) => find(msg, &plan.name).map_or(Raw::Absent, Value::raw),
            None => Raw::Malformed,
        }
    }
}

/// A scalar as text.
fn scalar<'t>(raw: Raw<'t>, buffer: &'t mut String) -> Option<&'t str> {
    match raw {
        Raw::Text(text) => Some(text),
        Raw::Json(inside) => json::text(inside, buffer).ok(),
        Raw::Number(number) => {
            *buffer = number.text();
            Some(buffer)
        }
        Raw::Bool(_) | Raw::Absent | Raw::Null | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
    }
}

impl EventView for Normalised<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        self.get(slot)
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        self.view.leaves(visit);
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        self.view.whole()
    }

    fn also(&self) -> Vec<(String, Value)> {
        self.view.also()
    }

    fn is_stored(&self) -> bool {
        self.view.is_stored()
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        self.view.undecidable(slot)
    }
}

/// An event as one rule finds it: with what the normaliser derives, and what rules before it have set and removed.
pub struct Behind<'a> {
    view: &'a dyn EventView,
    prepared: &'a super::Prepared,
    cells: Cells,
    effects: Effects,
    kind: RuleKind,
}

impl<'a> Behind<'a> {
    /// The event of this view, which must have been made for the layout of these rules, as a rule of this kind finds it after these
    /// effects.
    pub fn new(view: &'a dyn EventView, prepared: &'a super::Prepared, effects: Effects, kind: RuleKind) -> Self {
        Self { view, prepared, cells: Cells::new(prepared.derivation()), effects, kind }
    }
}

impl EventView for Behind<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        match self.effects.slot(self.prepared.module(), slot) {
            Some(Some(value)) => value.raw(),
            Some(None) => Raw::Absent,
            None if self.kind == RuleKind::Filter => self.view.raw(slot),
            None => Normalised::new(self.view, self.prepared.derivation(), &self.cells).get(slot),
        }
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        self.view.leaves(visit);
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        self.view.whole()
    }

    fn also(&self) -> Vec<(String, Value)> {
        self.view.also()
    }

    fn is_stored(&self) -> bool {
        self.view.is_stored()
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        self.view.undecidable(slot)
    }
}
