//! Which fields a set of rules reads, as dense numbers.
//!
//! In: the fields that the checker resolved. Out: a [`Layout`]: slot `n` has these paths, in this order of preference.
//! Readers turn it into whatever finds the paths fastest in their form. Never here: names of the catalogue.

use serde::{Deserialize, Serialize};

/// Index of a field in a [`Layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot(pub u16);

/// One field: the paths in the agent's event (Winlogbeat 8 spelling) under which it may stand. The first that is present
/// and not null counts. Looked up as [`find`](super::find) does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldPath {
    /// The name that people see: what the rule wrote, or the catalogue's short name.
    pub name: String,
    /// Paths, best first; at least one.
    pub paths: Vec<String>,
}

/// The fields that a set of rules reads. Slots 0 to 2 are always provider, event id and channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    fields: Vec<FieldPath>,
}

impl Layout {
    /// `winlog.provider_name`
    pub const PROVIDER: Slot = Slot(0);
    /// `winlog.event_id`
    pub const EVENT_ID: Slot = Slot(1);
    /// `winlog.channel`
    pub const CHANNEL: Slot = Slot(2);

    /// Provider, event id and channel.
    pub fn new() -> Self {
        let field = |name: &str, path: &str| FieldPath { name: name.into(), paths: vec![path.into()] };
        Self {
            fields: vec![
                field("Provider", "winlog.provider_name"),
                field("EventID", "winlog.event_id"),
                field("Channel", "winlog.channel"),
            ],
        }
    }

    /// The slot of a field: the one it has already (same paths), or a new one. `None` when there are 65,536.
    pub fn slot(&mut self, field: FieldPath) -> Option<Slot> {
        if let Some(at) = self.fields.iter().position(|f| f.paths == field.paths) {
            return Some(Slot(at as u16));
        }
        let slot = u16::try_from(self.fields.len()).ok()?;
        self.fields.push(field);
        Some(Slot(slot))
    }

    /// Takes in the fields of another layout, and says for each of its slots which one it is here. `None` when there are 65,536.
    pub fn join(&mut self, other: &Layout) -> Option<Vec<Slot>> {
        other.fields.iter().map(|field| self.slot(field.clone())).collect()
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Never: there are always three.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The field at a slot.
    pub fn get(&self, slot: Slot) -> Option<&FieldPath> {
        self.fields.get(slot.0 as usize)
    }

    /// All slots and fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &FieldPath)> {
        self.fields.iter().enumerate().map(|(i, field)| (Slot(i as u16), field))
    }
}

/// What only the log manager puts on an event. A rule behind the agent that names one of them never means what an agent sent
/// under that name.
const STORED: [&str; 4] = ["msg", "meta", "raw", "raw_offset"];

/// Is this a path below `msg`? The agent has none: no filter can name one.
pub(crate) fn is_message(path: &str) -> bool {
    path.starts_with("msg.")
}

/// Is this a path of the log manager's own event: `msg`, `meta`, `raw`, and what stands below?
pub(crate) fn is_stored(path: &str) -> bool {
    STORED.contains(&path.split_once('.').map_or(path, |(first, _)| first))
}

impl Default for Layout {
    fn default() -> Self {
        Self::new()
    }
}
