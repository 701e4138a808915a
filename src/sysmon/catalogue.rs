//! The field catalogue: which events there are, which fields each carries, and under which paths the agent sends them.
//!
//! In: tables of names. Out: look-ups of short names, paths and event names. Never here: a global; a test makes a catalogue
//! of two fields if that is all it needs.

use rustc_hash::FxHashMap;

use super::events::{CHANNELS, EVENTS, LINUX, PROVIDERS, Row, TAMPER};
use super::fields::{COMMON, NORMALISED, TYPES};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// It is one of its fields, or of every event's.
    Always,
    /// It is a field of event data, and not one of this event's.
    Never,
    /// The catalogue cannot say.
    Unknown,
}

/// All that is known of events and fields.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The events.
    pub events: Vec<EventDef>,
    /// The fields.
    pub fields: Vec<FieldDef>,
    event_names: FxHashMap<String, EventIndex>,
    field_names: FxHashMap<String, usize>,
}

/// Where Winlogbeat puts an event's own fields.
const EVENT_DATA: &str = "winlog.event_data.";

impl Catalogue {
    /// A catalogue of these events and fields. Of equal names the first counts.
    pub fn new(events: Vec<EventDef>, fields: Vec<FieldDef>) -> Self {
        let mut catalogue = Self { events, fields, ..Self::default() };
        for (index, event) in catalogue.events.iter().enumerate() {
            catalogue.event_names.entry(event.name.clone()).or_insert(EventIndex(index as u16));
        }
        for (index, field) in catalogue.fields.iter().enumerate() {
            let paths = field.paths.iter().filter(|_| !field.normalised);
            for name in std::iter::once(&field.name).chain(&field.aliases) {
                catalogue.field_names.entry(name.clone()).or_insert(index);
            }
            for path in paths.take(1) {
                catalogue.field_names.entry(path.clone()).or_insert(index);
            }
        }
        catalogue
    }

    /// Sysmon's events and fields as Winlogbeat sends them, and the `msg.*` names.
    pub fn standard() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_string()).collect::<Vec<_>>();
        let names = |row: &Row| row.fields.split(' ').map(own_name).collect::<Vec<String>>();
        let shared = EVENTS.iter().map(|row| (row, texts(&PROVIDERS), texts(&CHANNELS)));
        let linux = std::iter::once((&LINUX, texts(&PROVIDERS[1..]), texts(&CHANNELS[1..])));
        let events: Vec<EventDef> = shared
            .chain(linux)
            .map(|(row, providers, channels)| EventDef {
                name: format!("sysmon.{}", row.name),
                providers,
                channels,
                id: row.id,
                title: row.title.to_string(),
                fields: names(row),
                tamper: TAMPER.contains(&row.id),
            })
            .collect();
        let mut fields = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for name in events.iter().flat_map(|event| &event.fields) {
            if !seen.contains(&name.as_str()) {
                seen.push(name);
                fields.push(own_field(name));
            }
        }
        let own: Vec<String> = seen.iter().map(|name| (*name).to_string()).collect();
        fields.extend(COMMON.iter().map(|row| FieldDef {
            name: row.name.to_string(),
            aliases: Vec::new(),
            paths: vec![row.path.to_string()],
            kind: row.kind,
            common: true,
            normalised: false,
            about: row.about.to_string(),
        }));
        fields.extend(NORMALISED.iter().map(|(name, aliases, paths)| FieldDef {
            name: (*name).to_string(),
            aliases: texts(aliases),
            paths: texts(paths),
            kind: kind_of(paths[0].strip_prefix(EVENT_DATA).unwrap_or_default()),
            common: false,
            normalised: true,
            about: "a field of the normalised event".to_string(),
        }));
        // Every other field under one rule of naming: lower case behind `msg.`.
        fields.extend(own.iter().map(|name| FieldDef {
            name: format!("msg.{}", name.to_lowercase()),
            aliases: Vec::new(),
            kind: kind_of(name),
            normalised: true,
            about: format!("`{name}` of the normalised event"),
            ..own_field(name)
        }));
        Self::new(events, fields)
    }

    /// The event of this name.
    pub fn event(&self, name: &str) -> Option<(EventIndex, &EventDef)> {
        let index = *self.event_names.get(name)?;
        Some((index, self.event_at(index)?))
    }

    /// The event at this index.
    pub fn event_at(&self, index: EventIndex) -> Option<&EventDef> {
        self.events.get(index.0 as usize)
    }

    /// The event that provider and id name together; the channel counts only where there is no provider.
    pub fn event_of(&self, provider: Option<&str>, id: u32, channel: Option<&str>) -> Option<EventIndex> {
        let same =
            |names: &[String], own: &str| names.iter().any(|name| crate::fold::fold(name) == crate::fold::fold(own));
        let at = self.events.iter().position(|event| {
            event.id == id
                && match (provider, channel) {
                    (Some(provider), _) => same(&event.providers, provider),
                    (None, Some(channel)) => same(&event.channels, channel),
                    (None, None) => false,
                }
        })?;
        Some(EventIndex(at as u16))
    }

    /// What a name stands for: a short name, an alias, or a path. A name without a dot that begins with a capital is taken
    /// for a field of event data, also where the catalogue does not know it: other channels have many.
    pub fn resolve(&self, name: &str) -> Resolved<'_> {
        if let Some(def) = self.field_names.get(name).and_then(|index| self.fields.get(*index)) {
            return Resolved { path: FieldPath { name: name.to_string(), paths: def.paths.clone() }, def: Some(def) };
        }
        let of_data = !name.contains('.') && name.chars().next().is_some_and(char::is_uppercase);
        let path = if of_data { format!("{EVENT_DATA}{name}") } else { name.to_string() };
        Resolved { path: FieldPath { name: name.to_string(), paths: vec![path] }, def: None }
    }

    /// Does the event carry the field?
    pub fn carries(&self, event: EventIndex, field: &Resolved<'_>) -> Carries {
        let Some(event) = self.event_at(event) else { return Carries::Unknown };
        if field.def.is_some_and(|def| def.common) {
            return Carries::Always;
        }
        let mut own = field.path.paths.iter().filter_map(|path| path.strip_prefix(EVENT_DATA)).peekable();
        if own.peek().is_none() {
            return Carries::Unknown;
        }
        if own.any(|name| event.fields.iter().any(|have| have == name || own_spellings(have).contains(&name))) {
            Carries::Always
        } else {
            Carries::Never
        }
    }

    /// Names for "did you mean": short names, aliases and `msg.*`.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().flat_map(|field| std::iter::once(&field.name).chain(&field.aliases)).map(String::as_str)
    }
}

/// Event 10 spells two of its fields unlike event 8; here they have one name.
fn own_name(name: &str) -> String {
    match name {
        "SourceProcessGUID" => "SourceProcessGuid".to_string(),
        "TargetProcessGUID" => "TargetProcessGuid".to_string(),
        other => other.to_string(),
    }
}

/// All spellings of a field of event data.
fn own_spellings(name: &str) -> &'static [&'static str] {
    match name {
        "SourceProcessGuid" => &["SourceProcessGuid", "SourceProcessGUID"],
        "TargetProcessGuid" => &["TargetProcessGuid", "TargetProcessGUID"],
        "Hashes" => &["Hashes", "Hash"],
        _ => &[],
    }
}

fn kind_of(name: &str) -> FieldType {
    TYPES
        .iter()
        .find(|(_, names)| names.split_whitespace().any(|have| have == name))
        .map_or(FieldType::Text, |(kind, _)| *kind)
}

fn own_field(name: &str) -> FieldDef {
    let spellings = own_spellings(name);
    let paths: Vec<String> = if spellings.is_empty() {
        vec![format!("{EVENT_DATA}{name}")]
    } else {
        spellings.iter().map(|s| format!("{EVENT_DATA}{s}")).collect()
    };
    let aliases =
        spellings.iter().skip(1).filter(|alias| **alias != "Hash").map(|alias| (*alias).to_string()).collect();
    FieldDef {
        name: name.to_string(),
        aliases,
        paths,
        kind: kind_of(name),
        common: false,
        normalised: false,
        about: format!("Sysmon's `{name}`"),
    }
}
