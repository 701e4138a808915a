//! Which event of its tag a node is about, and where its fields stand in it.
//!
//! In: a tag and the names that the filters of a node use. Out: the first event of the tag that has them all, or the name that no event has. Never here:
//! values.

use super::model::Filter;
use crate::sysmon::fields_of;
use crate::sysmon::tags::Tag;

/// The first event of the tag that has all these fields. `Err`: the index of the first field that keeps the nearest event from it.
pub(super) fn event<'f>(tag: &'static Tag, fields: impl Iterator<Item = &'f str> + Clone) -> Result<u32, usize> {
    let lacks = |id: u32| fields.clone().position(|field| position(id, field).is_none());
    let mut furthest = 0;
    for id in tag.ids {
        match lacks(*id) {
            None => return Ok(*id),
            Some(at) => furthest = furthest.max(at),
        }
    }
    Err(furthest)
}

/// Where a field stands in an event.
pub(super) fn position(id: u32, field: &str) -> Option<u16> {
    fields_of(id).position(|name| name == field).and_then(|at| u16::try_from(at).ok())
}

/// Can a filter of a node that is bound to `bound` see its field in the event `id`? In another event of the series the field has to have the same name at
/// the same position.
pub(super) fn applies(bound: u32, id: u32, filter: &Filter) -> bool {
    bound == id || fields_of(id).nth(usize::from(filter.position)) == Some(filter.field.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysmon::tags::named;

    fn bound(tag: &str, fields: &[&str]) -> Result<u32, usize> {
        event(named(tag).unwrap(), fields.iter().copied())
    }

    #[test]
    fn the_first_event_of_a_series_that_has_all_fields() {
        assert_eq!(bound("RegistryEvent", &["User"]), Ok(12));
        assert_eq!(bound("RegistryEvent", &["User", "Details"]), Ok(13));
        assert_eq!(bound("RegistryEvent", &["NewName"]), Ok(14));
        assert_eq!(bound("RegistryEvent", &["Details", "NewName"]), Err(1));
        assert_eq!(bound("WmiEvent", &["Name"]), Ok(19));
        assert_eq!(bound("WmiEvent", &["Destination"]), Ok(20));
        assert_eq!(bound("ProcessCreate", &["Image", "image"]), Err(1));
        assert_eq!(bound("ProcessCreate", &[]), Ok(1));
    }
}
