//! What is known of one process while events are read.
//!
//! In: the events that name it. Out: its part of the [`Hunt`](super::super::Hunt). Never here: other processes.
//!
//! What the event of its creation says counts more than what others say, whatever their order.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Fields, KINDS};
use super::{Guid, Seen, earliest, owned};
use crate::event::Slot;
use crate::limits::HUNT_THINGS;
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
    pub ended: Option<String>,
    pub first_seen: Option<String>,
    pub parent: Option<Guid>,
    pub parent_pid: Option<String>,
    pub parent_image: Option<String>,
    pub parent_command_line: Option<String>,
    pub techniques: BTreeSet<String>,
    pub events: u64,
    pub suspicious: u64,
    pub children: u64,
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
    pub(super) fn acted(&mut self, seen: &Seen<'_>, fields: &Fields) {
        self.events += 1;
        self.suspicious += u64::from(seen.suspicious);
        if let Some(name) = seen.rule_name.and_then(RuleName::parse) {
            self.techniques.extend(name.techniques);
        }
        let crosses = matches!(seen.id, 8 | 10);
        let [image, pid, user] = if crosses {
            [fields.source_image, fields.source_pid, fields.source_user]
        } else {
            [fields.image, fields.pid, fields.user]
        };
        self.named(seen, fields, image, pid, user);
    }

    /// Fills in what nothing better has said.
    fn named(&mut self, seen: &Seen<'_>, fields: &Fields, image: Slot, pid: Slot, user: Slot) {
        earliest(&mut self.first_seen, seen.time);
        or(&mut self.host, seen, fields.host);
        or(&mut self.image, seen, image);
        or(&mut self.pid, seen, pid);
        or(&mut self.user, seen, user);
    }

    /// The event of its creation.
    pub(super) fn created(&mut self, parent: Option<Guid>, seen: &Seen<'_>, fields: &Fields) {
        let text = |slot: Slot| owned(seen.view, slot).filter(|text| !text.is_empty() && text != "-");
        self.is_created = true;
        self.created = seen.time.map(String::from);
        self.parent = parent;
        self.image = text(fields.image).or(self.image.take());
        self.pid = text(fields.pid).or(self.pid.take());
        self.user = text(fields.user).or(self.user.take());
        self.command_line = text(fields.command_line);
        self.current_directory = text(fields.current_directory);
        self.integrity = text(fields.integrity);
        self.hashes = text(fields.hashes);
        self.parent_pid = text(fields.parent_pid);
        self.parent_image = text(fields.parent_image);
        self.parent_command_line = text(fields.parent_command_line);
    }

    /// The event of a child's creation.
    pub(super) fn child(&mut self, seen: &Seen<'_>, fields: &Fields) {
        self.children += 1;
        self.named(seen, fields, fields.parent_image, fields.parent_pid, fields.parent_user);
        or(&mut self.command_line, seen, fields.parent_command_line);
    }

    /// Another process acted on it.
    pub(super) fn target(&mut self, seen: &Seen<'_>, fields: &Fields) {
        self.named(seen, fields, fields.target_image, fields.target_pid, fields.target_user);
    }

    /// Something that it did.
    pub(super) fn did(&mut self, kind: usize, id: u32, what: String, time: Option<&str>) {
        let Some(kind) = self.kinds.get_mut(kind) else { return };
        let key = (id, what);
        if !kind.things.contains_key(&key) && kind.things.len() >= HUNT_THINGS {
            kind.beyond += 1;
            return;
        }
        let (count, first) = kind.things.entry(key).or_default();
        *count += 1;
        earliest(first, time);
    }
}

/// The text of a field, where nothing is known yet.
fn or(known: &mut Option<String>, seen: &Seen<'_>, slot: Slot) {
    if known.is_none() {
        *known = owned(seen.view, slot).filter(|text| !text.is_empty() && text != "-");
    }
}
