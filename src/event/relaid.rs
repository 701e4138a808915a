//! An event's view for another layout.
//!
//! In: a view, and which of its slots each slot of the other layout is ([`Layout::join`](super::Layout::join) says that). Out: the same event,
//! asked by the other layout's numbers, so that two sets of rules see one event that was read once. Never here: reading.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::json::Damage;
use super::{EventView, Parts, Raw, Slot, Value};

/// A view of the same event for another layout.
pub struct Relaid<'a> {
    below: &'a dyn EventView,
    slots: &'a [Slot],
}

impl<'a> Relaid<'a> {
    /// `slots`: for each slot of the other layout, the one of `below`.
    pub fn new(below: &'a dyn EventView, slots: &'a [Slot]) -> Self {
        Self { below, slots }
    }
}

impl EventView for Relaid<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        self.slots.get(usize::from(slot.0)).map_or(Raw::Absent, |slot| self.below.raw(*slot))
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        self.below.leaves(visit);
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        self.below.whole()
    }

    fn also(&self) -> Vec<(String, Value)> {
        self.below.also()
    }

    fn data_names(&self, visit: &mut dyn FnMut(&[u8])) -> bool {
        self.below.data_names(visit)
    }

    fn windows(&self) -> Result<Option<Vec<(String, Value)>>, Damage> {
        self.below.windows()
    }

    fn parts(&self) -> Option<(&[u8], &Parts)> {
        self.below.parts()
    }

    fn is_stored(&self) -> bool {
        self.below.is_stored()
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        self.slots.get(usize::from(slot.0)).and_then(|slot| self.below.undecidable(*slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{FieldPath, Layout, MapView, json};

    fn field(path: &str) -> FieldPath {
        FieldPath { name: path.to_string(), paths: vec![path.to_string()] }
    }

    #[test]
    fn another_layout_finds_its_fields_in_the_same_event() {
        let (mut one, mut two) = (Layout::new(), Layout::new());
        one.slot(field("a")).unwrap();
        let (b, a) = (two.slot(field("b")).unwrap(), two.slot(field("a")).unwrap());
        let slots = one.join(&two).unwrap();
        let Ok(Value::Map(event)) = json::parse(br#"{"a":"of a","b":"of b","winlog":{"event_id":"1"}}"#) else {
            panic!()
        };
        let view = MapView::new(&one, &event);
        let relaid = Relaid::new(&view, &slots);
        let text = |slot| crate::explain::show(relaid.raw(slot));
        assert_eq!([text(a), text(b), text(Layout::EVENT_ID)].map(Option::unwrap), ["of a", "of b", "1"]);
        assert!(matches!(relaid.raw(Slot(99)), Raw::Absent), "what the other layout does not have is not there");
        assert_eq!(one.len(), 5, "common fields are there once");
    }
}
