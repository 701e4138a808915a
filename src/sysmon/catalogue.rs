//! The field catalogue: which events there are, which fields each carries, and under which paths the agent sends them.
//!
//! In: tables of names. Out: look-ups of short names, paths and event names. Never here: a global; a test makes a catalogue
//! of two fields if that is all it needs.

use rustc_hash::{FxHashMap, FxHashSet};

use super::fields::EVENT_DATA;
use crate::event::FieldPath;

/// Index of an event in [`Catalogue::events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventIndex(pub u16);

/// What a field holds, as Winlogbeat sends it all text inside `winlog.event_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Any text.
    Text,
    /// The full path of a file.
    Path,
    /// An unsigned number as decimal digits.
    Number,
    /// A number as `0x` and hexadecimal digits.
    Hex,
    /// `true` or `false`.
    Boolean,
    /// A GUID in braces.
    Guid,
    /// `YYYY-MM-DD hh:mm:ss.mmm`, or ISO 8601.
    Time,
    /// An address.
    Address,
    /// `NAME=value,NAME=value`.
    Hashes,
    /// A list of texts.
    Texts,
}

/// One event.
#[derive(Clone, Debug)]
pub struct EventDef {
    /// As a rule names it: `sysmon.process_create`.
    pub name: String,
    /// Windows' providers that log it; compared ignoring case.
    pub providers: Vec<String>,
    /// Channels in which it stands; they count only where an event names no provider.
    pub channels: Vec<String>,
    /// The event id.
    pub id: u32,
    /// What the product calls it: `Process Create`.
    pub title: String,
    /// Short names of the event's own fields, in the product's order.
    pub fields: Vec<String>,
    /// Sysmon 4, 16, 255: their loss would hide tampering.
    pub tamper: bool,
}

/// One field.
#[derive(Clone, Debug)]
pub struct FieldDef {
    /// The short name: `Image`; or a path that is known (`winlog.computer_name`).
    pub name: String,
    /// Other names for it (`SourceProcessGUID` for `SourceProcessGuid`).
    pub aliases: Vec<String>,
    /// Paths in the agent's event, best first.
    pub paths: Vec<String>,
    /// What it holds.
    pub kind: FieldType,
    /// Part of every event of the agent, whatever its channel (`winlog.channel`), not of some.
    pub common: bool,
    /// There only after the normaliser: `msg.*`.
    pub normalised: bool,
    /// One sentence for people.
    pub about: String,
}

/// What a name of a rule stands for.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    /// Where the value stands.
    pub path: FieldPath,
    /// The catalogue's entry; `None` for a path that it does not know.
    pub def: Option<&'a FieldDef>,
}

/// Does an event carry a field?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carries {
    /// It has the field by its layout (older versions of the product and empty values apart).
    Always,
    /// Its layout has no such field, though other events' layouts do.
    Never,
    /// The catalogue cannot tell: the path is not known, or only some events of the agent have it.
    Unknown,
}

/// All that is known of events and fields. Made by [`Catalogue::new`], which builds the look-ups; the lists are to be read.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The events.
    pub events: Vec<EventDef>,
    /// The fields.
    pub fields: Vec<FieldDef>,
    index: Index,
}

/// Look-ups into the lists. Of equal names the first counts.
#[derive(Clone, Debug, Default)]
struct Index {
    /// Short names and aliases.
    names: FxHashMap<String, usize>,
    /// Paths; those of fields before normalisation come first.
    paths: FxHashMap<String, usize>,
    events: FxHashMap<String, EventIndex>,
    ids: FxHashMap<u32, Vec<EventIndex>>,
    /// Event by event, the paths of its own fields.
    carried: Vec<FxHashSet<String>>,
    /// Paths that every event has.
    common: FxHashSet<String>,
}

impl Catalogue {
    /// Events and fields of Sysmon and of Winlogbeat.
    pub fn standard() -> Catalogue {
        Catalogue::new(super::events::all(), super::fields::all())
    }

    /// A catalogue of these events and fields. Events beyond 65,536 have no index and are left out.
    pub fn new(mut events: Vec<EventDef>, fields: Vec<FieldDef>) -> Catalogue {
        events.truncate(usize::from(u16::MAX) + 1);
        let mut index = Index::default();
        let by_stage = |normalised| move |(_, field): &(usize, &FieldDef)| field.normalised == normalised;
        let in_order = fields.iter().enumerate().filter(by_stage(false));
        let in_order = in_order.chain(fields.iter().enumerate().filter(by_stage(true)));
        for (at, field) in in_order {
            for name in std::iter::once(&field.name).chain(&field.aliases) {
                index.names.entry(name.clone()).or_insert(at);
            }
            for path in &field.paths {
                index.paths.entry(path.clone()).or_insert(at);
                if field.common {
                    index.common.insert(path.clone());
                }
            }
        }
        for (at, event) in (0..=u16::MAX).map(EventIndex).zip(&events) {
            index.events.entry(event.name.clone()).or_insert(at);
            index.ids.entry(event.id).or_default().push(at);
            index.carried.push(event.fields.iter().map(|name| format!("{EVENT_DATA}{name}")).collect());
        }
        Catalogue { events, fields, index }
    }

    /// The event of this name: `sysmon.process_create`.
    pub fn event(&self, name: &str) -> Option<(EventIndex, &EventDef)> {
        let at = *self.index.events.get(name)?;
        self.event_at(at).map(|event| (at, event))
    }

    /// The event at an index.
    pub fn event_at(&self, at: EventIndex) -> Option<&EventDef> {
        self.events.get(usize::from(at.0))
    }

    /// Which event a record is, by its provider and id together; the channel counts only where the provider is absent or empty.
    /// Providers and channels are compared ignoring the case of ASCII letters, as Windows does.
    pub fn event_of(&self, provider: Option<&str>, id: u32, channel: Option<&str>) -> Option<EventIndex> {
        let among = |names: &[String], name: &str| names.iter().any(|own| own.eq_ignore_ascii_case(name));
        let provider = provider.filter(|name| !name.is_empty());
        self.index.ids.get(&id)?.iter().copied().find(|at| {
            self.event_at(*at).is_some_and(|event| match (provider, channel) {
                (Some(provider), _) => among(&event.providers, provider),
                (None, Some(channel)) => among(&event.channels, channel),
                (None, None) => false,
            })
        })
    }

    /// What a name in a rule stands for.
    ///
    /// A short name or an alias stands for all paths of its field; a path for itself alone. An unknown name without a dot
    /// that begins with a capital is taken for a field of the event's own data (other channels have thousands), and if there is
    /// none for a field at the top of a flat event; anything
    /// else for a path as written.
    pub fn resolve(&self, name: &str) -> Resolved<'_> {
        if let Some(def) = self.index.names.get(name).and_then(|at| self.fields.get(*at)) {
            return Resolved { path: FieldPath { name: name.into(), paths: def.paths.clone() }, def: Some(def) };
        }
        let of_event_data = !name.contains('.') && name.starts_with(char::is_uppercase);
        let path = if of_event_data { format!("{EVENT_DATA}{name}") } else { name.to_string() };
        let def = self.index.paths.get(&path).and_then(|at| self.fields.get(*at));
        let mut paths = vec![path];
        // A name that nobody knows may also stand at the top of a flat event.
        if def.is_none() && of_event_data {
            paths.push(name.to_string());
        }
        Resolved { path: FieldPath { name: name.into(), paths }, def }
    }

    /// Does this event carry this field? Spelling counts: by its full path, `winlog.event_data.SourceProcessGuid` is never
    /// in Sysmon 10, which writes `SourceProcessGUID`; the short name covers both.
    ///
    /// [`Carries::Never`] is said of the agent's event; a `msg.*` field may still have been set by a rule.
    pub fn carries(&self, event: EventIndex, field: &Resolved<'_>) -> Carries {
        let Some(own) = self.index.carried.get(usize::from(event.0)) else { return Carries::Unknown };
        let mut paths = field.path.paths.iter();
        if paths.any(|path| own.contains(path) || self.index.common.contains(path)) {
            return Carries::Always;
        }
        let Some(def) = field.def else { return Carries::Unknown };
        // What is left of a normalised field's paths without its own names is where the agent has it.
        let own_name = |path: &String| def.normalised && (*path == def.name || def.aliases.contains(path));
        let mut sources = field.path.paths.iter().filter(|path| !own_name(path)).peekable();
        if sources.peek().is_some() && sources.all(|path| path.starts_with(EVENT_DATA)) {
            Carries::Never
        } else {
            Carries::Unknown
        }
    }

    /// Every name under which a field is known, for *did you mean*. Misspellings that are only tolerated are not among them.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().flat_map(|field| {
            let aliases = field.aliases.iter().filter(|_| !field.normalised);
            std::iter::once(field.name.as_str()).chain(aliases.map(String::as_str))
        })
    }
}
