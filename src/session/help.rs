//! What there is to choose from while somebody draws or writes.
//!
//! In: the catalogue. Out: its events, and the fields of some of them, each with one line about it. Never here: values; those are the
//! samples'.

use super::Session;
use super::wire::{EventInfo, FieldGroup, FieldInfo};
use crate::sysmon::{Carries, EventIndex, FieldDef, FieldType};

impl Session {
    /// All events, in the catalogue's order.
    pub fn events(&self) -> Vec<EventInfo> {
        let events = self.project.catalogue.events.iter();
        events
            .map(|event| EventInfo {
                name: event.name.clone(),
                id: event.id.to_string(),
                title: event.title.clone(),
                provider: event.providers.first().cloned().unwrap_or_default(),
            })
            .collect()
    }

    /// The fields that these events have; of none named, all fields. Those of the event come first, in its own order.
    pub fn fields(&self, events: &[String]) -> Vec<FieldInfo> {
        let catalogue = &self.project.catalogue;
        let wanted: Vec<EventIndex> =
            events.iter().filter_map(|name| catalogue.event(name)).map(|(at, _)| at).collect();
        let mut found = Vec::new();
        let own = wanted.first().and_then(|event| catalogue.event_at(*event));
        for field in &catalogue.fields {
            let group = group(field);
            let carries = wanted.iter().map(|event| catalogue.carries(*event, &catalogue.resolve(&field.name)));
            let carried = carries.filter(|carries| *carries == Carries::Always).count();
            if group == FieldGroup::Event && !wanted.is_empty() && carried == 0 {
                continue;
            }
            let place = own.and_then(|event| event.fields.iter().position(|name| is(field, name)));
            let info = FieldInfo {
                name: field.name.clone(),
                kind: kind(field.kind),
                about: field.about.clone(),
                always: field.common || (!wanted.is_empty() && carried == wanted.len()),
                group,
            };
            found.push((group, place.unwrap_or(usize::MAX), info));
        }
        crate::order::sort_by_key(&mut found, |(group, place, _)| (*group, *place));
        found.into_iter().map(|(.., info)| info).collect()
    }
}

fn is(field: &FieldDef, name: &str) -> bool {
    field.name == name || field.aliases.iter().any(|alias| alias == name)
}

fn group(field: &FieldDef) -> FieldGroup {
    if field.normalised {
        FieldGroup::Msg
    } else if field.common {
        FieldGroup::Common
    } else {
        FieldGroup::Event
    }
}

fn kind(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "text",
        FieldType::Path => "path",
        FieldType::Number => "number",
        FieldType::Hex => "hexadecimal number",
        FieldType::Boolean => "true or false",
        FieldType::Guid => "GUID",
        FieldType::Time => "time",
        FieldType::Address => "address",
        FieldType::Hashes => "hashes",
        FieldType::Texts => "list",
    }
}
