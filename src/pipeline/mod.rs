//! The pipeline: filters, the normaliser and classify rules, alerts; and what becomes of an event on the way.
//!
//! In: a prepared module, and events as the agent would send them. Out: the [`Outcome`] of each, and the event as the log manager stores
//! it. Never here: reading events, writing them, sending alerts.
//!
//! | stage | sees |
//! | --- | --- |
//! | filter | the agent's event; what it drops goes no further |
//! | classify | that, and `msg.*`: what the normaliser makes of it, and what rules before have set |
//! | alert | the same, and the tags of classify rules |
//!
//! [`Machine::decide`] runs the stages in this order, for no rule may see what is decided behind it; the normaliser works when a rule first reads
//! one of its fields. This module puts it together with what people want to know of an event besides.

mod store;
#[cfg(test)]
mod tests;

pub use store::{agents_text, stored, stored_alone};

use crate::ast::Timestamp;
use crate::bytecode::Module;
use crate::event::json::Damage;
use crate::event::{EventView, FieldPath, Layout, Slot, Value};
use crate::explain;
use crate::sysmon::Catalogue;
use crate::vm::{Contexts, Machine, Options, Outcome, Prepared, Profile};

/// More fields than a layout can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyFields;

impl std::fmt::Display for TooManyFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the rules read more fields than there are slots")
    }
}

impl std::error::Error for TooManyFields {}

/// The rules of a module, run over one event after the other.
pub struct Pipeline<'p> {
    prepared: &'p Prepared,
    catalogue: &'p Catalogue,
    machine: Machine<'p>,
    options: Options,
    layout: Layout,
    time: Slot,
    host: Slot,
}

impl<'p> Pipeline<'p> {
    /// A pipeline for these rules.
    pub fn new(prepared: &'p Prepared, catalogue: &'p Catalogue, options: Options) -> Result<Self, TooManyFields> {
        let mut layout = prepared.module().layout.clone();
        let mut slot = |path: &str| {
            layout.slot(FieldPath { name: path.to_string(), paths: vec![path.to_string()] }).ok_or(TooManyFields)
        };
        let (time, host) = (slot("@timestamp")?, slot("winlog.computer_name")?);
        Ok(Self { prepared, catalogue, machine: Machine::new(prepared), options, layout, time, host })
    }

    /// Another pipeline for the same rules, that remembers nothing.
    pub fn another(&self) -> Self {
        Self { machine: Machine::new(self.prepared), layout: self.layout.clone(), ..*self }
    }

    /// The fields that views must be made for: those of the rules, and those that [`Pipeline::who`] tells.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The rules.
    pub fn module(&self) -> &'p Module {
        self.prepared.module()
    }

    /// Runs the rules over one event.
    pub fn decide(&mut self, view: &dyn EventView) -> &Outcome {
        self.machine.decide(view, self.options)
    }

    /// Measures from here on what rules and tests cost.
    pub fn measure(&mut self) {
        self.machine.measure();
    }

    /// What was measured.
    pub fn profile(&self) -> Option<&Profile> {
        self.machine.profile()
    }

    /// What is remembered from event to event.
    pub fn contexts(&self) -> &Contexts {
        self.machine.contexts()
    }

    /// The same, to end what is quiet.
    pub fn contexts_mut(&mut self) -> &mut Contexts {
        self.machine.contexts_mut()
    }

    /// Goes on with what was remembered before.
    pub fn resume(&mut self, contexts: Contexts) {
        self.machine.resume(contexts);
    }

    /// What was decided last.
    pub fn outcome(&self) -> &Outcome {
        self.machine.outcome()
    }

    /// When the event happened, where, and which one it is.
    pub fn who(&self, view: &dyn EventView) -> Who<'p> {
        let text = |slot: Slot| explain::show(view.raw(slot));
        let (provider, event_id) = (text(Layout::PROVIDER), text(Layout::EVENT_ID));
        let number = event_id.as_deref().and_then(|id| id.parse().ok());
        let event =
            number.and_then(|id| self.catalogue.event_of(provider.as_deref(), id, text(Layout::CHANNEL).as_deref()));
        let event = event.and_then(|index| self.catalogue.event_at(index)).map(|event| event.name.as_str());
        // What is no time is none.
        let time = text(self.time).filter(|time| Timestamp::parse(time).is_some());
        Who { time, host: text(self.host), event_id, event }
    }

    /// The event as the log manager stores it, once [`Pipeline::decide`] has decided it. `text`: the record as the agent wrote it, if
    /// the agent did.
    pub fn stored(&self, view: &dyn EventView, text: Option<&str>) -> Result<Vec<(String, Value)>, Damage> {
        stored(view, self.prepared.module(), self.outcome(), text)
    }
}

/// Which event it is, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who<'c> {
    /// `@timestamp`, where it is a time.
    pub time: Option<String>,
    /// `winlog.computer_name`.
    pub host: Option<String>,
    /// The event id as it stands.
    pub event_id: Option<String>,
    /// The event's name, where the catalogue has one: `sysmon.dns_query`.
    pub event: Option<&'c str>,
}
