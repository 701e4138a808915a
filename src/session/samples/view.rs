//! An event as its columns say.
//!
//! In: the store, an event's number, the columns of a layout. Out: an [`EventView`] that says what the record's own view says. What no
//! column holds is read again from the record; rules seldom ask for it. Never here: another answer than the record's.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::ControlFlow;

use super::store::Samples;
use crate::event::json::Damage;
use crate::event::{EventView, Layout, Raw, Slot, Value, find};

/// A view of one sample event.
pub(super) struct CachedView<'s> {
    samples: &'s Samples,
    row: usize,
    /// Slot by slot, the column.
    map: &'s [usize],
    whole: OnceCell<Result<Vec<(String, Value)>, Damage>>,
}

impl<'s> CachedView<'s> {
    pub(super) fn new(samples: &'s Samples, row: usize, map: &'s [usize]) -> Self {
        Self { samples, row, map, whole: OnceCell::new() }
    }

    fn read(&self) -> Result<&[(String, Value)], Damage> {
        let read = || self.record(|view| view.whole().map(Cow::into_owned));
        let whole = self.whole.get_or_init(|| read().unwrap_or(Err(Damage::new(0, "the record is gone"))));
        whole.as_deref().map_err(|damage| *damage)
    }

    /// Did something have to be read again?
    pub(super) fn was_read(&self) -> bool {
        self.whole.get().is_some()
    }

    fn cell(&self, slot: Slot) -> Option<super::pool::ValueId> {
        self.map.get(usize::from(slot.0)).map(|column| self.samples.cell(*column, self.row))
    }

    fn record<T>(&self, take: impl FnOnce(&dyn EventView) -> T) -> Option<T> {
        self.samples.record(self.row, &Layout::new(), |record| take(record.view))
    }
}

impl EventView for CachedView<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        let Some(cell) = self.cell(slot) else { return Raw::Absent };
        if !self.samples.pool.is_whole(cell) {
            return self.samples.value(cell);
        }
        let column = self.map.get(usize::from(slot.0)).copied();
        match (self.read(), column.and_then(|column| self.samples.path_of(column))) {
            (Ok(whole), Some(path)) => find(whole, path).map_or(Raw::Absent, Value::raw),
            _ => Raw::Malformed,
        }
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        for (path, value) in self.samples.leaves(self.row) {
            let path = self.samples.paths.get(path as usize).map_or("", String::as_str);
            if visit(path, self.samples.value(value)).is_break() {
                return;
            }
        }
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        self.read().map(Cow::Borrowed)
    }

    fn also(&self) -> Vec<(String, Value)> {
        self.record(|view| view.also()).unwrap_or_default()
    }

    fn data_names(&self, visit: &mut dyn FnMut(&[u8])) -> bool {
        let names = self.samples.kept.get(self.row).and_then(|kept| kept.names);
        let Some(names) = names.and_then(|names| self.samples.names.get(names as usize)) else { return false };
        names.iter().for_each(|name| visit(name));
        true
    }

    fn windows(&self) -> Result<Option<Vec<(String, Value)>>, Damage> {
        self.record(|view| view.windows()).unwrap_or(Ok(None))
    }

    fn is_stored(&self) -> bool {
        self.samples.kept.get(self.row).is_some_and(|kept| kept.stored)
    }

    fn undecidable(&self, slot: Slot) -> Option<&'static str> {
        self.cell(slot).and_then(|cell| self.samples.pool.why(cell))
    }
}
