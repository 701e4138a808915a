//! What all events say of pairs of processes, kept so that one reading serves every hunt.
//!
//! In: events. Out: links and roots for any options. Never here: where the walk goes.
//!
//! Where a walk stops depends on options, so what events say is kept as it is, 44 bytes an event and each image once.

use rustc_hash::FxHashMap;

use crate::event::EventView;
use crate::hunt::{Guid, How, InMemory, LinkReader, Roots, Said};
use crate::limits::{HUNT_LINKS, HUNT_VALUE_BYTES};
use crate::texts::Texts;

/// What was read.
#[derive(Default)]
pub(super) struct Reading {
    said: Vec<Kept>,
    images: Texts,
    by_image: FxHashMap<Box<str>, u32>,
    /// GUIDs that are none: of accesses, and of other events.
    malformed: [u64; 2],
    /// There were more than are kept.
    over: bool,
}

/// What one event said.
#[derive(Clone, Copy)]
struct Kept {
    how: How,
    from: Option<Guid>,
    to: Option<Guid>,
    /// Numbers of the images.
    images: [u32; 2],
}

impl Reading {
    pub(super) fn take(&mut self, reader: &mut LinkReader<'_>, view: &dyn EventView) {
        let mut buffers = [String::new(), String::new()];
        let before = reader.malformed;
        let Some(said) = reader.said(view, &mut buffers) else { return };
        let [accesses, others] = &mut self.malformed;
        *if said.how == How::Access { accesses } else { others } += reader.malformed - before;
        if self.said.len() >= HUNT_LINKS {
            self.over = true;
            return;
        }
        let images = [said.from_image, said.to_image].map(|image| self.image(image));
        self.said.push(Kept { how: said.how, from: said.from, to: said.to, images });
    }

    /// The number of an image. No path where a walk stops is longer than what is kept of one.
    fn image(&mut self, image: &str) -> u32 {
        let most = HUNT_VALUE_BYTES.min(image.len());
        let end = (0..=most).rev().find(|at| image.is_char_boundary(*at)).unwrap_or(0);
        let image = image.get(..end).unwrap_or_default();
        if let Some(at) = self.by_image.get(image) {
            return *at;
        }
        let at = self.images.len() as u32;
        self.images.push(image);
        self.by_image.insert(image.into(), at);
        at
    }

    /// How many GUIDs are none.
    pub(super) fn malformed(&self, access: bool) -> u64 {
        let [accesses, others] = self.malformed;
        others + if access { accesses } else { 0 }
    }

    /// The links, and what is known of roots. `None`: there are more than fit.
    pub(super) fn links(&self, access: bool, roots: &mut Roots) -> Option<InMemory> {
        if self.over {
            return None;
        }
        let mut links = InMemory::default();
        for kept in self.said.iter().filter(|kept| access || kept.how != How::Access) {
            let [from_image, to_image] = kept.images.map(|at| self.images.get(at as usize).unwrap_or_default());
            let said = Said { how: kept.how, from: kept.from, to: kept.to, from_image, to_image };
            said.tell(roots);
            if let Some(link) = said.link() {
                links.push(link);
            }
        }
        // No more processes than that were created, so nothing of roots was forgotten.
        debug_assert!(roots.is_settled());
        links.sorted()
    }
}
