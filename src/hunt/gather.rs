//! What the events of the processes say that were reached: the second reading.
//!
//! In: a walk that is over, and the events once more, in any order. Out: the [`Hunt`]. Never here: where the walk goes.
//!
//! What is kept grows with the processes and with the different things that each did, both within limits (`room.rs`); what is beyond them
//! is counted.
//! A process whose creation is not in the log is told by what other events say of it.

mod fields;
mod finish;
mod process;
mod room;

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::links::{accessed, guid, sysmon_id};
use super::{Event, Guid, How, Named, OverTime, Walk};
use crate::ast::Timestamp;
use crate::event::{EventView, Layout, Raw, Slot};
use crate::limits::HUNT_VALUES;
use crate::search;
use crate::sysmon::Catalogue;
use crate::sysmon::rule_name::RuleName;
use fields::{Fields, thing};
use process::Known;
use room::{Room, cut};

/// Gathers what events say.
pub struct Gather<'c> {
    catalogue: Cow<'c, Catalogue>,
    fields: Fields,
    walk: Walk,
    /// What is known of the processes that were reached or stopped at.
    known: FxHashMap<Guid, Known>,
    cross: BTreeMap<(Guid, Guid, How, Option<String>), Crossed>,
    room: Room,
    over_time: OverTime<4>,
    actions: Values,
    rule_names: Values,
    destinations: Values,
    ports: Values,
    read: u64,
    events: u64,
}

/// How often, and when at first; and the programs.
#[derive(Clone, Debug, Default)]
struct Crossed {
    count: u64,
    first: Option<String>,
    from_image: Option<String>,
    to_image: Option<String>,
}

/// Counts of values, so many at most.
#[derive(Clone, Debug, Default)]
struct Values {
    counts: FxHashMap<String, u64>,
}

impl Values {
    fn add(&mut self, value: Option<&str>, room: &mut Room) {
        let Some(value) = value.filter(|value| !value.is_empty() && *value != "-") else { return };
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() >= HUNT_VALUES {
            room.beyond += 1;
        } else if room.take(value.len()) {
            self.counts.insert(value.to_string(), 1);
        }
    }
}

impl<'c> Gather<'c> {
    /// Ready for the events of a walk. `None`: more fields than a layout can hold.
    pub fn new(catalogue: &'c Catalogue, walk: Walk) -> Option<Self> {
        Self::with(Cow::Borrowed(catalogue), walk)
    }

    /// The same with a catalogue of its own, for who takes events portion by portion.
    pub fn owned(catalogue: Catalogue, walk: Walk) -> Option<Gather<'static>> {
        Gather::with(Cow::Owned(catalogue), walk)
    }

    fn with(catalogue: Cow<'c, Catalogue>, walk: Walk) -> Option<Self> {
        let fields = Fields::new(&catalogue)?;
        let mut known: FxHashMap<Guid, Known> = FxHashMap::default();
        for guid in walk.reached.keys().chain(walk.stopped.keys()) {
            known.insert(*guid, Known::default());
        }
        Some(Self {
            catalogue,
            fields,
            walk,
            known,
            cross: BTreeMap::new(),
            room: Room::default(),
            over_time: OverTime::default(),
            actions: Values::default(),
            rule_names: Values::default(),
            destinations: Values::default(),
            ports: Values::default(),
            read: 0,
            events: 0,
        })
    }

    /// The fields that views must be made for.
    pub fn layout(&self) -> &Layout {
        &self.fields.layout
    }

    /// Counts an event that is known not to belong to the hunt.
    pub fn pass(&mut self, at: Option<Timestamp>, technique: bool, suspicious: bool) {
        self.read += 1;
        self.over_time.add(at, [true, technique, suspicious, false]);
    }

    /// Takes an event. `suspicious`: rules call it that. Out: a row for a table, if it belongs to the hunt.
    pub fn take(&mut self, view: &dyn EventView, suspicious: bool) -> Option<Event> {
        self.read += 1;
        let text = |slot: Slot| owned(view, slot);
        let time = text(self.fields.time).filter(|time| Timestamp::parse(time).is_some());
        let at = time.as_deref().and_then(Timestamp::parse);
        let rule_name = text(self.fields.rule_name).filter(|name| !name.is_empty() && name != "-");
        let technique = rule_name.as_deref().and_then(RuleName::parse).is_some_and(|name| !name.techniques.is_empty());
        let id = sysmon_id(view, &self.catalogue);
        let hunted = self.is_hunted(view);
        self.over_time.add(at, [true, technique, suspicious, hunted]);
        let [own, parent, source, target] = self.fields.guids.map(|slot| guid(view, slot).process());
        let actor = own.or(source);
        // A process that the walk stopped at is told too, by events that do not belong to the hunt.
        let named = [own, parent, source, target].into_iter().flatten().any(|guid| self.known.contains_key(&guid));
        if let Some(id) = id.filter(|_| named) {
            let seen = Seen { view, id, time: time.as_deref(), rule_name: rule_name.as_deref(), suspicious };
            self.says(&seen, [own, parent, source, target]);
        }
        if !hunted {
            return None;
        }
        self.events += 1;
        let event = self.name(view);
        self.actions.add(Some(&event), &mut self.room);
        self.rule_names.add(rule_name.as_deref(), &mut self.room);
        if id == Some(3) {
            self.destinations.add(text(self.fields.destination).as_deref(), &mut self.room);
            self.ports.add(text(self.fields.port).as_deref(), &mut self.room);
        }
        let image = text(if own.is_some() { self.fields.image } else { self.fields.source_image });
        Some(Event {
            time,
            host: text(self.fields.host),
            event,
            rule_name,
            image,
            guid: actor,
            other: if id == Some(1) { parent } else { target },
        })
    }

    /// Does `any processguid in [...]` hold of the event, with the GUIDs that were reached?
    fn is_hunted(&self, view: &dyn EventView) -> bool {
        let reached = |guid: Named| guid.process().is_some_and(|guid| self.walk.reached.contains_key(&guid));
        let mut buffer = String::new();
        let mut holds = |raw: Raw<'_>| search::text(raw, &mut buffer).map(Guid::read).is_some_and(reached);
        self.fields.guids.iter().any(|slot| match view.raw(*slot) {
            Raw::List(list) => list.members().any(&mut holds),
            one => holds(one),
        })
    }

    /// What an event of Sysmon says of the processes that it names: the one it is of, its parent, source and target.
    fn says(&mut self, seen: &Seen<'_>, [own, parent, source, target]: [Option<Guid>; 4]) {
        if let Some(actor) = own.or(source) {
            self.acted(actor, parent, seen, source.is_some());
        }
        if seen.id == 1
            && let Some(known) = parent.and_then(|parent| self.known.get_mut(&parent))
        {
            known.child(own, seen, &self.fields, &mut self.room);
        }
        if let (Some(from), Some(to), Some(how)) = (source, target, how(seen, &self.fields)) {
            if let Some(known) = self.known.get_mut(&to) {
                known.target(seen, &self.fields, &mut self.room);
            }
            if reached_any(&self.walk, from, to) {
                self.crossed(from, to, how, seen);
            }
        }
    }

    /// An event that a process caused.
    fn acted(&mut self, actor: Guid, parent: Option<Guid>, seen: &Seen<'_>, crosses: bool) {
        let (fields, room) = (&self.fields, &mut self.room);
        let Some(known) = self.known.get_mut(&actor) else { return };
        known.acted(seen, fields, room);
        match seen.id {
            1 => known.created(parent, seen, fields, room),
            5 => known.ended = known.ended.take().or_else(|| seen.time.map(String::from)),
            _ if crosses => {}
            id => {
                if let Some((kind, what)) = thing(id, seen.view, fields) {
                    known.did(kind, id, what, seen.time, room);
                }
            }
        }
    }

    fn crossed(&mut self, from: Guid, to: Guid, how: How, seen: &Seen<'_>) {
        let rights = (how != How::Thread).then(|| owned(seen.view, self.fields.rights)).flatten();
        let bytes = rights.as_ref().map_or(0, String::len);
        let key = (from, to, how, rights);
        if !self.cross.contains_key(&key) {
            if self.cross.len() >= HUNT_VALUES {
                self.room.beyond += 1;
                return;
            }
            if !self.room.take(bytes) {
                return;
            }
        }
        let crossed = self.cross.entry(key).or_default();
        crossed.count += 1;
        earliest(&mut crossed.first, seen.time);
        for (image, slot) in
            [(&mut crossed.from_image, self.fields.source_image), (&mut crossed.to_image, self.fields.target_image)]
        {
            if image.is_none() {
                *image = self.room.keep(owned(seen.view, slot));
            }
        }
    }

    /// The event's name in the catalogue; of another one its provider and id.
    fn name(&self, view: &dyn EventView) -> String {
        let (provider, channel) = (owned(view, Layout::PROVIDER), owned(view, Layout::CHANNEL));
        let id = owned(view, Layout::EVENT_ID);
        let number = id.as_deref().and_then(|id| id.parse().ok());
        let event = number.and_then(|id| self.catalogue.event_of(provider.as_deref(), id, channel.as_deref()));
        let event = event.and_then(|at| self.catalogue.event_at(at));
        let other = || {
            let provider = provider.as_deref().unwrap_or("unknown");
            cut(&id.map_or_else(|| provider.to_string(), |id| format!("{provider} {id}")))
        };
        event.map_or_else(other, |event| event.name.clone())
    }
}

/// One event, as it is taken.
struct Seen<'v> {
    view: &'v dyn EventView,
    id: u32,
    time: Option<&'v str>,
    rule_name: Option<&'v str>,
    suspicious: bool,
}

fn how(seen: &Seen<'_>, fields: &Fields) -> Option<How> {
    match seen.id {
        8 => Some(How::Thread),
        10 => Some(accessed(search::text(seen.view.raw(fields.rights), &mut String::new()))),
        _ => None,
    }
}

fn reached_any(walk: &Walk, from: Guid, to: Guid) -> bool {
    walk.reached.contains_key(&from) || walk.reached.contains_key(&to)
}

/// The text of a field, if there is any; a long one is cut.
fn owned(view: &dyn EventView, slot: Slot) -> Option<String> {
    search::text(view.raw(slot), &mut String::new()).map(cut)
}

/// Of two times the earlier one, as far as they can be compared.
fn earliest(first: &mut Option<String>, time: Option<&str>) {
    let Some(time) = time else { return };
    let is_earlier = first.as_deref().is_none_or(|first| Timestamp::parse(time) < Timestamp::parse(first));
    if is_earlier {
        *first = Some(time.to_string());
    }
}
