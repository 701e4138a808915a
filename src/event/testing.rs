//! Reading in tests: all that a reader gives, in words that tests compare.
//!
//! In: bytes. Out: the events and the damage, after they were read whole, one byte at a time and out of a file, which must be the
//! same; and after every slot of every view was found to hold what [`find`] finds in the whole event.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use super::read::{Damaged, EventReader, ReadError, ReadStats, Record, Sink};
use super::{FieldPath, Form, Layout, Value, find, leaves};
use crate::dialect::AgentVersion;
use crate::sysmon::Catalogue;

/// All that was read.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Event>,
    pub(crate) damaged: Vec<String>,
    pub(crate) stats: ReadStats,
    pub(crate) error: Option<String>,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) form: Form,
    pub(crate) number: u64,
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    /// The record as it stands.
    pub(crate) text: Option<String>,
    /// The agent's event, if it can be read whole.
    pub(crate) members: Vec<(String, Value)>,
    /// Paths that cannot be decided.
    pub(crate) lost: Vec<String>,
}

/// Paths of the agent's event that a form may lose.
pub(crate) const PATHS: [&str; 27] = [
    "@timestamp",
    "event.action",
    "event.code",
    "event.kind",
    "event.outcome",
    "event.provider",
    "host.name",
    "log.level",
    "message",
    "tags",
    "winlog.activity_id",
    "winlog.api",
    "winlog.channel",
    "winlog.computer_name",
    "winlog.event_id",
    "winlog.keywords",
    "winlog.opcode",
    "winlog.process.pid",
    "winlog.process.thread.id",
    "winlog.provider_guid",
    "winlog.provider_name",
    "winlog.record_id",
    "winlog.related_activity_id",
    "winlog.task",
    "winlog.user.identifier",
    "winlog.user.name",
    "winlog.version",
];

/// Reads bytes as the default version of the agent would send their events.
pub(crate) fn read(bytes: &[u8]) -> Seen {
    read_as(bytes, AgentVersion::DEFAULT)
}

/// The same for another version.
pub(crate) fn read_as(bytes: &[u8], agent: AgentVersion) -> Seen {
    let bare = pass(&Layout::new(), agent, |reader, sink| reader.read(&"in".into(), &mut { bytes }, sink));
    let layout = layout(&bare);
    let seen = pass(&layout, agent, |reader, sink| reader.read(&"in".into(), &mut { bytes }, sink));
    let same = |other: &Seen, how: &str| {
        let strip = |seen: &Seen| seen.events.iter().map(|event| Event { lost: Vec::new(), ..event.clone() }).collect();
        let (one, two): (Vec<Event>, Vec<Event>) = (strip(&seen), strip(other));
        assert_eq!((one, &seen.damaged, &seen.error), (two, &other.damaged, &other.error), "{how}");
        // Keys that come again are counted where somebody looks.
        let counts = |seen: &Seen| ReadStats { duplicate_keys: 0, ..seen.stats };
        assert_eq!(counts(&seen), counts(other), "{how}");
    };
    same(&bare, "with other slots");
    same(&pass(&layout, agent, |reader, sink| reader.read_file(&"in".into(), Cursor::new(bytes), sink)), "as a file");
    if bytes.len() < 1 << 20 {
        for step in [1, 7] {
            let slowly =
                |reader: &mut EventReader, sink: &mut Keep<'_>| reader.read(&"in".into(), &mut Slow(bytes, step), sink);
            same(&pass(&layout, agent, slowly), "in small pieces");
        }
    }
    seen
}

/// Reads bytes once, without a comparison of ways: for very many events, or very long ones.
pub(crate) fn read_once(bytes: &[u8]) -> Seen {
    pass(&Layout::new(), AgentVersion::DEFAULT, |reader, sink| reader.read(&"in".into(), &mut { bytes }, sink))
}

/// Reads bytes with every byte looked at.
pub(crate) fn read_strictly(bytes: &[u8]) -> Seen {
    let mut reader = EventReader::new(&Layout::new(), AgentVersion::DEFAULT).strict(true);
    let mut keep = Keep { layout: &Layout::new(), seen: Seen::default() };
    let result = reader.read(&"in".into(), &mut { bytes }, &mut keep);
    Seen { error: result.err().map(|error| error.to_string()), ..keep.seen }
}

/// The one event of these bytes.
pub(crate) fn event(bytes: impl AsRef<[u8]>) -> Event {
    event_as(bytes, AgentVersion::DEFAULT)
}

/// The same for another version of the agent.
pub(crate) fn event_as(bytes: impl AsRef<[u8]>, agent: AgentVersion) -> Event {
    let mut seen = read_as(bytes.as_ref(), agent);
    assert!(seen.events.len() == 1 && seen.damaged.is_empty() && seen.error.is_none(), "{seen:#?}");
    seen.events.remove(0)
}

impl Seen {
    /// `NUMBER:FORM:ID` of each event, then what was damaged, as it came.
    pub(crate) fn told(&self) -> Vec<String> {
        let event = |event: &Event| {
            let id = event.get("winlog.event_id");
            format!("{} {} {}", event.number, event.form.word(), if id.is_empty() { "-" } else { &id })
        };
        self.events.iter().map(event).chain(self.damaged.iter().cloned()).chain(self.error.clone()).collect()
    }

    /// The forms of the events.
    pub(crate) fn forms(&self) -> Vec<Form> {
        self.events.iter().map(|event| event.form).collect()
    }
}

impl Event {
    /// What stands at a path: text as it is, anything else as it is written in code; nothing, if nothing is there.
    pub(crate) fn get(&self, path: &str) -> String {
        find(&self.members, path).map(plain).unwrap_or_default()
    }

    /// A line for each leaf: its path and its value, text in quotes.
    pub(crate) fn show(&self) -> String {
        let mut out = String::new();
        leaves(&self.members, &mut |path, raw| {
            let value = raw.to_value().unwrap().map(|value| match value {
                Value::Text(text) => format!("{text:?}"),
                other => plain(&other),
            });
            out.push_str(&format!("{path} {}\n", value.unwrap_or_default()));
            ControlFlow::Continue(())
        });
        out
    }

    /// The event's data: `name=value`, in their order.
    pub(crate) fn data(&self) -> Vec<String> {
        match find(&self.members, "winlog.event_data") {
            Some(Value::Map(members)) => {
                members.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Is a path one of those that cannot be decided?
    pub(crate) fn lost(&self, path: &str) -> bool {
        assert!(find(&self.members, path).is_none(), "{path} is there");
        self.lost.iter().any(|lost| lost == path)
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.text(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "null".to_string(),
        Value::List(members) => members.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Map(members) => members.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect(),
    }
}

/// A slot for each path that an event has, or may have.
fn layout(seen: &Seen) -> Layout {
    let mut paths: BTreeSet<String> = PATHS.iter().map(|path| path.to_string()).collect();
    paths.extend(["winlog.event_data", "winlog.user_data", "nowhere"].map(String::from));
    paths.extend(["param1", "param2", "param3"].map(|name| format!("winlog.event_data.{name}")));
    for field in &Catalogue::standard().fields {
        paths.extend(field.paths.iter().cloned());
    }
    for event in &seen.events {
        leaves(&event.members, &mut |path, _| {
            paths.insert(path.to_string());
            ControlFlow::Continue(())
        });
    }
    let mut layout = Layout::new();
    for path in paths {
        let twice = vec!["winlog.event_data.Nope".to_string(), path.clone()];
        layout.slot(FieldPath { name: path.clone(), paths: vec![path.clone()] }).unwrap();
        layout.slot(FieldPath { name: path, paths: twice }).unwrap();
    }
    layout
}

fn pass(
    layout: &Layout,
    agent: AgentVersion,
    read: impl FnOnce(&mut EventReader, &mut Keep<'_>) -> Result<(), ReadError>,
) -> Seen {
    let mut reader = EventReader::new(layout, agent);
    let mut keep = Keep { layout, seen: Seen::default() };
    let result = read(&mut reader, &mut keep);
    let mut seen = keep.seen;
    seen.stats = reader.stats;
    seen.error = result.err().map(|error| error.to_string());
    assert_eq!(seen.stats.events, seen.events.len() as u64);
    assert_eq!(seen.stats.damaged + seen.stats.too_large, seen.damaged.len() as u64);
    seen
}

struct Keep<'l> {
    layout: &'l Layout,
    seen: Seen,
}

impl Sink for Keep<'_> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let members = record.view.whole().map(|members| members.into_owned()).unwrap_or_default();
        let mut lost = Vec::new();
        for (slot, field) in self.layout.iter() {
            let raw = record.view.raw(slot);
            if !members.is_empty() {
                let found = field.paths.iter().find_map(|path| find(&members, path).filter(|v| **v != Value::Null));
                let null = field.paths.iter().any(|path| find(&members, path).is_some());
                let wanted = found.cloned().or(null.then_some(Value::Null));
                assert_eq!(raw.to_value().unwrap(), wanted, "{} {:?}", field.name, field.paths);
            }
            if record.view.undecidable(slot).is_some() && field.paths.len() == 1 {
                lost.push(field.paths[0].clone());
            }
        }
        self.seen.events.push(Event {
            form: record.form,
            number: record.place.number,
            offset: record.place.offset,
            bytes: record.bytes,
            text: record.text.map(|text| String::from_utf8_lossy(text).into_owned()),
            members,
            lost,
        });
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.seen.damaged.push(damaged.to_string());
    }
}

/// A stream that gives few bytes at a time.
pub(crate) struct Slow<'a>(pub(crate) &'a [u8], pub(crate) usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(buffer.len()).min(self.0.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}
