//! Which kind of event it is: seldom one that was not seen before.
//!
//! In: the id and the provider as they stand in the event. Out: the answer of [`Prepared::event_of`], remembered for the very same bytes.
//! Never here: another form of either, which is asked anew; how a kind is found.

use super::Fault;
use super::frame::Frame;
use super::prepared::Prepared;
use crate::event::{EventView, Layout, Raw};

/// A page's module has no room for this.
const HERE: bool = !cfg!(target_arch = "wasm32");
/// Answers that are remembered, the later of those that meet at one place.
const PLACES: usize = 64;
/// Longer ids and names are asked anew.
const LENGTH: usize = 64;

/// What was answered before.
#[derive(Default)]
pub(super) struct Kinds {
    known: Vec<Known>,
}

#[derive(Clone, Default)]
struct Known {
    id: Box<[u8]>,
    provider: Box<[u8]>,
    kind: Option<u32>,
}

impl Kinds {
    /// Which of the module's events this is.
    pub(super) fn of(
        &mut self,
        view: &dyn EventView,
        prepared: &Prepared,
        frame: &mut Frame,
    ) -> Result<Option<u32>, Fault> {
        if !HERE {
            return prepared.event_of(view, frame);
        }
        let (Raw::Json(id), Raw::Json(provider)) = (view.raw(Layout::EVENT_ID), view.raw(Layout::PROVIDER)) else {
            return prepared.event_of(view, frame);
        };
        // Where there is no provider, the channel counts.
        if provider.is_empty() || id.len() > LENGTH || provider.len() > LENGTH {
            return prepared.event_of(view, frame);
        }
        self.known.resize(PLACES, Known::default());
        let place = id.iter().fold(provider.len(), |place, byte| place.wrapping_mul(31) + usize::from(*byte)) % PLACES;
        let Some(known) = self.known.get_mut(place) else { return prepared.event_of(view, frame) };
        if *known.id != *id || *known.provider != *provider {
            let kind = prepared.event_of(view, frame)?;
            *known = Known { id: id.into(), provider: provider.into(), kind };
        }
        Ok(known.kind)
    }
}
