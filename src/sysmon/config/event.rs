//! An event as the filters of a configuration see it: an id, and texts by the position of their field.
//!
//! In: the project's views of events, or plain texts. Out: [`EventFields`]. Never here: how they are compared.
//!
//! A field that is absent, null or empty is `-`. So is `RuleName`: it is what the configuration decides, whatever an event that was logged before says.

use rustc_hash::FxHashMap;

use crate::event::{EventView, FieldPath, Layout, Raw, Slot};
use crate::search::text;
use crate::sysmon::tags::TAGS;
use crate::sysmon::{fields_of, is_of_sysmon};

/// What stands where there is nothing.
pub const NOTHING: &str = "-";

/// The fields of one event.
pub trait EventFields {
    /// Which event it is.
    fn id(&self) -> u32;

    /// The text of the field at a position; `-` where there is none.
    fn text<'t>(&'t self, position: u16, buffer: &'t mut String) -> &'t str;
}

/// An event out of texts.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    id: u32,
    values: Vec<String>,
}

impl Plain {
    /// An event with these fields. What it has no place for is left out.
    pub fn new<'v>(id: u32, given: impl IntoIterator<Item = (&'v str, &'v str)>) -> Plain {
        let mut values = vec![String::new(); fields_of(id).count()];
        for (name, value) in given {
            if let Some(place) = super::bind::position(id, name).and_then(|at| values.get_mut(usize::from(at))) {
                *place = value.to_string();
            }
        }
        Plain { id, values }
    }
}

impl EventFields for Plain {
    fn id(&self) -> u32 {
        self.id
    }

    fn text<'t>(&'t self, position: u16, _: &'t mut String) -> &'t str {
        self.values.get(usize::from(position)).map(String::as_str).filter(|text| !text.is_empty()).unwrap_or(NOTHING)
    }
}

/// Where views have the fields of Sysmon's events.
#[derive(Clone, Debug)]
pub struct Slots {
    layout: Layout,
    by_event: FxHashMap<u32, Vec<Option<Slot>>>,
    rule_name: Option<Slot>,
}

impl Default for Slots {
    fn default() -> Self {
        Self::new()
    }
}

impl Slots {
    /// All fields of all events that a configuration can filter.
    pub fn new() -> Slots {
        let mut layout = Layout::new();
        let mut slot = |name: &str| {
            layout.slot(FieldPath { name: name.to_string(), paths: vec![format!("winlog.event_data.{name}")] })
        };
        let rule_name = slot("RuleName");
        let mut by_event = FxHashMap::default();
        for id in TAGS.iter().flat_map(|tag| tag.ids) {
            by_event.insert(*id, fields_of(*id).map(|name| slot(name).filter(|_| name != "RuleName")).collect());
        }
        Slots { layout, by_event, rule_name }
    }

    /// The layout that views have to be made for; more slots may follow.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The same, to ask for more.
    pub fn layout_mut(&mut self) -> &mut Layout {
        &mut self.layout
    }

    /// An event, if it is one of Sysmon's.
    pub fn event<'e>(&'e self, view: &'e dyn EventView) -> Option<Viewed<'e>> {
        let (mut first, mut second, mut third) = (String::new(), String::new(), String::new());
        let provider = text(view.raw(Layout::PROVIDER), &mut first);
        let channel = text(view.raw(Layout::CHANNEL), &mut second);
        if !is_of_sysmon(provider, channel) {
            return None;
        }
        let id = text(view.raw(Layout::EVENT_ID), &mut third)?.parse().ok()?;
        Some(Viewed { slots: self.by_event.get(&id).map_or(&[], Vec::as_slice), id, view })
    }

    /// The name of the rule that logged the event, as it says; none where it says nothing.
    pub fn recorded<'t>(&self, view: &'t dyn EventView, buffer: &'t mut String) -> Option<&'t str> {
        let name = text(view.raw(self.rule_name?), buffer)?;
        Some(name).filter(|name| !name.is_empty() && *name != NOTHING)
    }
}

/// An event in one of the forms that are read.
pub struct Viewed<'e> {
    slots: &'e [Option<Slot>],
    id: u32,
    view: &'e dyn EventView,
}

impl Viewed<'_> {
    /// Why a field cannot be seen in this event's form, if one of those asked for cannot.
    pub fn undecidable(&self, position: u16) -> Option<&'static str> {
        let slot = (*self.slots.get(usize::from(position))?)?;
        self.view.undecidable(slot)
    }

    /// Is there such a field at all?
    #[cfg(not(target_arch = "wasm32"))]
    pub fn lost_any(&self) -> bool {
        self.slots.iter().flatten().any(|slot| self.view.undecidable(*slot).is_some())
    }
}

impl EventFields for Viewed<'_> {
    fn id(&self) -> u32 {
        self.id
    }

    fn text<'t>(&'t self, position: u16, buffer: &'t mut String) -> &'t str {
        let raw = match self.slots.get(usize::from(position)) {
            Some(Some(slot)) => self.view.raw(*slot),
            Some(None) | None => Raw::Absent,
        };
        text(raw, buffer).filter(|text| !text.is_empty()).unwrap_or(NOTHING)
    }
}
