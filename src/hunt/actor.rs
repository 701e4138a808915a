//! Which process caused an event.
//!
//! In: an event. Out: the process to begin a hunt with. Never here: which events those are.

use super::Guid;
use super::links::guid;
use crate::event::{EventView, Layout, Slot};
use crate::sysmon::Catalogue;

/// The fields that say it, best first.
const ACTORS: [&str; 2] = ["ProcessGuid", "SourceProcessGuid"];

/// Reads who caused events.
#[derive(Clone, Copy, Debug)]
pub struct Actors([Slot; 2]);

impl Actors {
    /// Asks views of this layout. `None`: more fields than it can hold.
    pub fn new(layout: &mut Layout, catalogue: &Catalogue) -> Option<Self> {
        let [first, second] = ACTORS.map(|name| layout.slot(catalogue.resolve(name).path));
        Some(Self([first?, second?]))
    }

    /// The process that caused an event; `None`: none that is known.
    pub fn of(self, view: &dyn EventView) -> Option<Guid> {
        self.0.into_iter().find_map(|slot| guid(view, slot).process())
    }
}
