//! Fields that the normaliser derives: computed when a rule reads them, once an event.
//!
//! In: an event as the effects so far left it. Out: the same as rules behind the agent see it: with the derived fields of the layout,
//! and without what an endpoint wrote under the log manager's names. Never here: how fields are derived; `sysmon/normalise.rs` says
//! that, and the whole of `msg` is the measure of what is found here.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;

use super::Effects;
use crate::ast::RuleKind;
use crate::event::json::{self, Damage};
use crate::event::{EventView, FieldPath, Layout, Raw, RawMap, Slot, Value, find, is_stored};
use crate::sysmon::normalise::{self, Derived};
use crate::sysmon::{self, hashes};

/// One derived slot: what it is, the slot that it is derived from, and the rest of its path behind `msg.`.
#[derive(Clone, Debug)]
struct Plan {
    derived: Derived,
    source: Option<Slot>,
    name: String,
    from: Whence,
}

/// Where the value of a derived field stands in the agent's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whence {
    /// Nowhere as such: it is made of others.
    Made,
    /// It is the event id.
    EventId,
    /// Among the event's own data; the bit that stands for it.
    Data(u128),
}

/// Where the event's own data are, in the order in which they are stored.
const DATA: [&str; 2] = ["winlog.event_data", "winlog.user_data"];

/// The slots that find the fields fast of which the field at these paths is derived; a layout that has them not is only slower.
pub(crate) fn sources(paths: &[String], catalogue: &sysmon::Catalogue) -> Vec<FieldPath> {
    let Some(derived) = paths.first().and_then(|path| Derived::of(path)) else { return Vec::new() };
    match derived.source() {
        Some(source) => vec![catalogue.resolve(source).path],
        None if paths.len() > 1 => {
            DATA.iter().map(|path| FieldPath { name: path.to_string(), paths: vec![path.to_string()] }).collect()
        }
        None => Vec::new(),
    }
}

/// Which names of the event's data are stored under the name of a derived field.
#[derive(Clone, Debug, Default)]
struct Names {
    /// Those that Windows writes, with the bit of their field; and the same as they are stored, with none.
    bits: FxHashMap<Box<[u8]>, u128>,
    /// The lengths that they have.
    lengths: u128,
}

impl Names {
    fn add(&mut self, name: &str, bit: u128) {
        self.bits.entry(name.as_bytes().into()).or_insert(bit);
        self.lengths |= 1_u128.checked_shl(name.len() as u32).unwrap_or(0);
    }

    /// Takes note of a name of the event's data. `false`: it is, or may be, another spelling of a name, or the same once more.
    fn note(&self, name: &[u8], seen: &mut u128) -> bool {
        // Escapes could stand for any letters.
        if memchr::memchr(b'\\', name).is_some() {
            return false;
        }
        if self.lengths & 1_u128.checked_shl(name.len() as u32).unwrap_or(0) == 0 {
            return true;
        }
        if let Some(bit) = self.bits.get(name) {
            let first = *bit != 0 && *seen & bit == 0;
            *seen |= bit;
            return first;
        }
        let mut lower = [0; u128::BITS as usize];
        let Some(lower) = lower.get_mut(..name.len()) else { return true };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        !self.bits.contains_key(&*lower)
    }
}

/// What the names of an event's data say.
#[derive(Clone, Copy, Debug)]
struct Plain {
    /// The fields that are there.
    seen: u128,
    /// They were found in the line itself, where a key beside the data may pass for one of them.
    line: bool,
}

/// The derived slots of a layout.
#[derive(Clone, Debug, Default)]
pub(crate) struct Derivation {
    /// Slot by slot, the derived field's number.
    slots: Vec<Option<u16>>,
    plans: Vec<Plan>,
    /// Slot by slot: is it a path of the log manager's own event?
    stored: Vec<bool>,
    /// Is any?
    hides: bool,
    names: Names,
    data: [Option<Slot>; 2],
}

impl Derivation {
    pub(crate) fn new(layout: &Layout) -> Self {
        let mut derivation = Self::default();
        let slot_of = |name: &str| {
            let path = format!("winlog.event_data.{name}");
            layout.iter().find(|(_, field)| field.paths.first() == Some(&path)).map(|(slot, _)| slot)
        };
        derivation.data = DATA.map(|path| {
            let alone = |field: &FieldPath| matches!(field.paths.as_slice(), [one] if one == path);
            layout.iter().find(|(_, field)| alone(field)).map(|(slot, _)| slot)
        });
        for (_, field) in layout.iter() {
            // A field of the agent has no such path; one under `msg` may have the agent's behind its own, which views tell apart.
            derivation.stored.push(field.paths.iter().all(|path| is_stored(path)));
            let first = field.paths.first().map_or("", String::as_str);
            let plan = Derived::of(first).map(|derived| Plan {
                derived,
                source: derived.source().and_then(slot_of),
                name: first.strip_prefix("msg.").unwrap_or_default().to_string(),
                from: derivation.whence(field),
            });
            // A layout has at most as many fields as fit.
            derivation.slots.push(plan.is_some().then_some(derivation.plans.len() as u16));
            derivation.plans.extend(plan);
        }
        derivation.hides = derivation.stored.contains(&true);
        derivation
    }

    /// Where the value of a field under `msg` stands in the agent's event.
    fn whence(&mut self, field: &FieldPath) -> Whence {
        let sources = || field.paths.iter().filter(|path| !is_stored(path)).map(String::as_str);
        if sources().eq(["winlog.event_id"]) {
            return Whence::EventId;
        }
        let data = || sources().filter_map(|path| path.strip_prefix("winlog.event_data."));
        let before = self.plans.iter().filter(|plan| matches!(plan.from, Whence::Data(_))).count();
        let bit = 1_u128.checked_shl(before as u32).unwrap_or(0);
        let long = data().any(|name| name.len() >= u128::BITS as usize);
        if bit == 0 || long || data().next().is_none() || data().count() != sources().count() {
            return Whence::Made;
        }
        for name in data() {
            self.names.add(name, bit);
            self.names.add(&normalise::stored_name(name), 0);
        }
        Whence::Data(bit)
    }

    /// Which of the fields among the event's data are there; `None`: some name may be another spelling of one, or nobody can say cheaply.
    fn plain(&self, view: &dyn EventView) -> Option<Plain> {
        let (mut seen, mut well) = (0, true);
        if view.data_names(&mut |name| well = well && self.names.note(name, &mut seen)) {
            return well.then_some(Plain { seen, line: false });
        }
        (seen, well) = (0, true);
        for slot in self.data {
            match view.raw(slot?) {
                Raw::Map(RawMap::Json(map)) => {
                    json::keys(map, &mut |name| well = well && self.names.note(name, &mut seen)).ok()?;
                }
                Raw::Map(RawMap::Values(_)) | Raw::Malformed => return None,
                // What is no map holds no data.
                Raw::Absent
                | Raw::Null
                | Raw::Bool(_)
                | Raw::Number(_)
                | Raw::Text(_)
                | Raw::Json(_)
                | Raw::List(_) => {}
            }
        }
        well.then_some(Plain { seen, line: true })
    }

    /// Is nothing seen otherwise than the agent sent it?
    pub(super) fn is_empty(&self) -> bool {
        self.plans.is_empty() && !self.hides()
    }

    /// Do filters see something that rules behind the agent do not?
    pub(super) fn hides(&self) -> bool {
        self.hides
    }

    /// Does this slot hold behind the agent what does not stand in the event?
    pub(super) fn derives(&self, slot: Slot) -> bool {
        self.stored(slot) || self.slots.get(usize::from(slot.0)).is_some_and(Option::is_some)
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
    plain: OnceCell<Option<Plain>>,
    /// Something was derived since they were cleared.
    used: OnceCell<()>,
}

impl Cells {
    pub(crate) fn new(derivation: &Derivation) -> Self {
        Self { values: derivation.plans.iter().map(|_| OnceCell::new()).collect(), ..Self::default() }
    }

    /// Forgets everything, for another event.
    pub(crate) fn next_event(&mut self) {
        self.clear();
        self.plain.take();
    }

    /// Forgets what was derived. The names of the event's data stay: no rule behind the agent changes them.
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
        let stored = self.view.is_stored();
        match self.derivation.plan(slot) {
            None if self.derivation.stored(slot) && !stored => Raw::Absent,
            None => self.view.raw(slot),
            Some((at, plan)) if stored => match self.view.raw(slot) {
                // The log manager's own counts before what would be made of the event.
                raw @ (Raw::Absent | Raw::Null) => match self.derived(at, plan) {
                    Raw::Absent => raw,
                    derived => derived,
                },
                raw => raw,
            },
            Some((at, plan)) => match plan.from {
                Whence::Made => self.derived(at, plan),
                Whence::EventId => match self.view.raw(slot) {
                    Raw::List(_) | Raw::Map(_) | Raw::Null => Raw::Absent,
                    raw => raw,
                },
                Whence::Data(bit) => self.data(slot, bit).unwrap_or_else(|| self.in_msg(plan)),
            },
        }
    }

    /// A value of the event's data as it stands, where it alone is stored under its name; `None`: that is not known.
    fn data(&self, slot: Slot, bit: u128) -> Option<Raw<'a>> {
        let plain = (*self.cells.plain.get_or_init(|| self.derivation.plain(self.view)))?;
        let raw = self.view.raw(slot);
        let there = !matches!(raw, Raw::Absent);
        if there != (plain.seen & bit != 0) {
            return None;
        }
        // A key `winlog.event_data.Image` at the top is found before the data, but is none of them.
        let inside = match (raw, self.derivation.data) {
            (Raw::Json(value), [Some(data), _]) => match self.view.raw(data) {
                Raw::Map(RawMap::Json(map)) => map.as_ptr_range().contains(&value.as_ptr()),
                _ => false,
            },
            _ => false,
        };
        (!there || !plain.line || inside).then_some(raw)
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

    fn data_names(&self, visit: &mut dyn FnMut(&[u8])) -> bool {
        self.view.data_names(visit)
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

    fn data_names(&self, visit: &mut dyn FnMut(&[u8])) -> bool {
        self.view.data_names(visit)
    }

    fn is_stored(&self) -> bool {
        self.view.is_stored()
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        self.view.undecidable(slot)
    }
}
