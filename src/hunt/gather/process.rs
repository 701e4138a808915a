//! What is known of one process while events are read.
//!
//! In: the events that name it. Out: its part of the [`Hunt`](super::super::Hunt). Never here: other processes.
//!
//! What the event of its creation says counts more than what others say, whatever their order. Of several such events the first counts.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::fields::{Fields, KINDS};
use super::{Guid, Room, Seen, earliest, owned};
use crate::event::Slot;
use crate::limits::{HUNT_THINGS, HUNT_VALUES};
use crate::sysmon::rule_name::RuleName;

/// What is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub host: Option<String>,
    pub pid: Option<String>,
    pub image: Option<String>,
    pub command_line: Option<String>,
    pub current_directory: Option<String>,
    pub user: Option<String>,
    pub integrity: Option<String>,
    pub hashes: Option<String>,
    /// Its creation was read; perhaps at no known time.
    pub is_created: bool,
    pub created: Option<String>,
    /// Another event creates it otherwise.
    pub is_contradicted: bool,
    pub ended: Option<String>,
    pub first_seen: Option<String>,
    pub parent: Option<Guid>,
    pub parent_pid: Option<String>,
    pub parent_image: Option<String>,
    pub parent_command_line: Option<String>,
    pub techniques: BTreeSet<String>,
    pub events: u64,
    pub suspicious: u64,
    /// Processes that it created, as far as they are told apart.
    pub children: FxHashSet<Guid>,
    /// Events that create others.
    pub children_beyond: u64,
    pub kinds: [Kind; KINDS.len()],
}

/// Things of one kind: event id and thing, how often, when at first.
#[derive(Clone, Debug, Default)]
pub(super) struct Kind {
    pub things: BTreeMap<(u32, String), (u64, Option<String>)>,
    pub beyond: u64,
}

impl Known {
    /// An event that it caused.
    pub(super) fn acted(&mut self, seen: &Seen<'_>, fields: &Fields, room: &mut Room) {
        self.events += 1;
        self.suspicious += u64::from(seen.suspicious);
        for technique in seen.rule_name.and_then(RuleName::parse).into_iter().flat_map(|name| name.techniques) {
            if !self.techniques.contains(&technique) && room.take(technique.len()) {
                self.techniques.insert(technique);
            }
        }
        let crosses = matches!(seen.id, 8 | 10);
        let [image, pid, user] = if crosses {
            [fields.source_image, fields.source_pid, fields.source_user]
        } else {
            [fields.image, fields.pid, fields.user]
        };
        self.named(seen, fields, [image, pid, user], room);
    }

    /// Fills in what nothing better has said: image, id and user from these slots.
    fn named(&mut self, seen: &Seen<'_>, fields: &Fields, [image, pid, user]: [Slot; 3], room: &mut Room) {
        earliest(&mut self.first_seen, seen.time);
        or(&mut self.host, seen, fields.host, room);
        or(&mut self.image, seen, image, room);
        or(&mut self.pid, seen, pid, room);
        or(&mut self.user, seen, user, room);
    }

    /// The event of its creation.
    pub(super) fn created(&mut self, parent: Option<Guid>, seen: &Seen<'_>, fields: &Fields, room: &mut Room) {
        let text = |slot: Slot| said(seen, slot);
        if self.is_created {
            let differs =
                |known: &Option<String>, slot: Slot| text(slot).is_some_and(|text| known.as_ref() != Some(&text));
            self.is_contradicted |= self.parent != parent
                || differs(&self.image, fields.image)
                || differs(&self.command_line, fields.command_line);
            return;
        }
        self.is_created = true;
        self.created = seen.time.map(String::from);
        self.parent = parent;
        for (known, slot) in
            [(&mut self.image, fields.image), (&mut self.pid, fields.pid), (&mut self.user, fields.user)]
        {
            *known = room.keep(text(slot)).or(known.take());
        }
        for (known, slot) in [
            (&mut self.command_line, fields.command_line),
            (&mut self.current_directory, fields.current_directory),
            (&mut self.integrity, fields.integrity),
            (&mut self.hashes, fields.hashes),
            (&mut self.parent_pid, fields.parent_pid),
            (&mut self.parent_image, fields.parent_image),
            (&mut self.parent_command_line, fields.parent_command_line),
        ] {
            *known = room.keep(text(slot));
        }
    }

    /// The event of a child's creation.
    pub(super) fn child(&mut self, child: Option<Guid>, seen: &Seen<'_>, fields: &Fields, room: &mut Room) {
        match child {
            Some(child) if self.children.contains(&child) => {}
            Some(child) if self.children.len() < HUNT_VALUES && room.take(0) => drop(self.children.insert(child)),
            Some(_) | None => self.children_beyond += 1,
        }
        self.named(seen, fields, [fields.parent_image, fields.parent_pid, fields.parent_user], room);
        or(&mut self.command_line, seen, fields.parent_command_line, room);
    }

    /// Another process acted on it.
    pub(super) fn target(&mut self, seen: &Seen<'_>, fields: &Fields, room: &mut Room) {
        self.named(seen, fields, [fields.target_image, fields.target_pid, fields.target_user], room);
    }

    /// Something that it did.
    pub(super) fn did(&mut self, kind: usize, id: u32, what: String, time: Option<&str>, room: &mut Room) {
        let Some(kind) = self.kinds.get_mut(kind) else { return };
        let key = (id, what);
        if !kind.things.contains_key(&key) && (kind.things.len() >= HUNT_THINGS || !room.take(key.1.len())) {
            kind.beyond += 1;
            return;
        }
        let (count, first) = kind.things.entry(key).or_default();
        *count += 1;
        earliest(first, time);
    }
}

/// The text of a field that says something.
fn said(seen: &Seen<'_>, slot: Slot) -> Option<String> {
    owned(seen.view, slot).filter(|text| !text.is_empty() && text != "-")
}

/// The text of a field, where nothing is known yet.
fn or(known: &mut Option<String>, seen: &Seen<'_>, slot: Slot, room: &mut Room) {
    if known.is_none() {
        *known = room.keep(said(seen, slot));
    }
}
