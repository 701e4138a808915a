//! An event of an EVTX file as rules see it.
//!
//! In: the agent's event, and a [`SlotPlan`] made once for a layout. Out: the [`EventView`]: every slot is found with one
//! walk over the record. Never here: binary XML.

use std::ops::ControlFlow;

use rustc_hash::FxHashMap;

use super::agent::AgentEvent;
use crate::event::{EventView, Layout, Raw, Slot, Value, find, leaves};

/// Where an event's own fields stand.
const EVENT_DATA: &str = "winlog.event_data.";

/// Which field of the agent's event an EVTX file cannot give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    /// Never, unless whoever collected the event rendered it.
    Always(&'static str),
    /// Only where the event has a keyword that has a name.
    Keywords,
    /// Only where the level is the provider's own.
    Level,
}

const PROVIDER_TEXT: &str = "an EVTX file holds only its number; the name stands in the provider's messages";
const SET_BY_AGENT: &str = "the agent sets it when it reads the event; an EVTX file does not hold it";
const ACCOUNT: &str = "the agent asks Windows for the account of the SID; an EVTX file holds only the SID";

/// Is this path one of those that are lost?
fn lost(path: &str) -> Option<Lost> {
    let under = |top: &str| path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    match path {
        "message" => Some(Lost::Always("an EVTX file does not hold the rendered message")),
        "winlog.task" | "winlog.opcode" | "event.action" => Some(Lost::Always(PROVIDER_TEXT)),
        "winlog.keywords" => Some(Lost::Keywords),
        "log.level" => Some(Lost::Level),
        "winlog.user.name" | "winlog.user.domain" | "winlog.user.type" => Some(Lost::Always(ACCOUNT)),
        "host.name" => None,
        "winlog.api" | "event.created" | "event.ingested" | "event.original" | "tags" => {
            Some(Lost::Always(SET_BY_AGENT))
        }
        _ if ["agent", "ecs", "fields", "host", "cloud", "@metadata"].iter().any(|top| under(top)) => {
            Some(Lost::Always(SET_BY_AGENT))
        }
        _ => None,
    }
}

/// Where the slots of a layout stand in the agent's event.
#[derive(Debug)]
pub struct SlotPlan {
    /// By name in event data: slots, and the place of the path among the slot's paths.
    data: FxHashMap<String, Vec<(usize, u8)>>,
    /// All other paths.
    other: Vec<(usize, u8, String)>,
    /// The first path of a slot that is lost, and its place.
    lost: Vec<Option<(u8, Lost)>>,
}

impl SlotPlan {
    /// The plan of a layout.
    pub fn new(layout: &Layout) -> Self {
        let mut plan = Self { data: FxHashMap::default(), other: Vec::new(), lost: vec![None; layout.len()] };
        for (at, (_, field)) in layout.iter().enumerate() {
            for (place, path) in field.paths.iter().enumerate() {
                let place = u8::try_from(place).unwrap_or(u8::MAX - 1);
                match path.strip_prefix(EVENT_DATA) {
                    Some(name) => plan.data.entry(name.to_string()).or_default().push((at, place)),
                    None => plan.other.push((at, place, path.clone())),
                }
                if let (Some(lost), Some(first @ None)) = (lost(path), plan.lost.get_mut(at)) {
                    *first = Some((place, lost));
                }
            }
        }
        plan
    }
}

/// An event of an EVTX file, its slots found.
#[derive(Debug)]
pub struct EvtxView<'a> {
    plan: &'a SlotPlan,
    members: &'a [(String, Value)],
    /// By slot: which of its paths it was, and the value.
    found: Vec<(u8, Raw<'a>)>,
    no_keywords: bool,
    level_known: bool,
}

/// No path of the slot is there.
const NONE: u8 = u8::MAX;

impl<'a> EvtxView<'a> {
    pub(super) fn new(plan: &'a SlotPlan, event: &'a AgentEvent) -> Self {
        let mut found = vec![(NONE, Raw::Absent); plan.lost.len()];
        let mut put = |slot: usize, place: u8, value: &'a Value| {
            if let Some(best) = found.get_mut(slot).filter(|best| place < best.0) {
                *best = (place, value.raw());
            }
        };
        if let Some(Value::Map(data)) = find(&event.members, "winlog.event_data") {
            for (name, value) in data {
                for (slot, place) in plan.data.get(name).into_iter().flatten() {
                    put(*slot, *place, value);
                }
            }
        }
        for (slot, place, path) in &plan.other {
            if let Some(value) = find(&event.members, path) {
                put(*slot, *place, value);
            }
        }
        Self { plan, members: &event.members, found, no_keywords: event.no_keywords, level_known: event.level_known }
    }
}

impl EventView for EvtxView<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        self.found.get(usize::from(slot.0)).map_or(Raw::Absent, |(_, value)| *value)
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        leaves(self.members, visit);
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        let at = usize::from(slot.0);
        let (place, lost) = (*self.plan.lost.get(at)?)?;
        // A path before the lost one, or that one itself, is there.
        if self.found.get(at).is_some_and(|(found, _)| *found <= place) {
            return None;
        }
        match lost {
            Lost::Always(reason) => Some(reason),
            Lost::Keywords if self.no_keywords => None,
            Lost::Level if self.level_known => None,
            Lost::Keywords | Lost::Level => Some(PROVIDER_TEXT),
        }
    }
}
