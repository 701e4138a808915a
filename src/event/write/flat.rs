//! One level of keys.
//!
//! In: the agent's event. Out: its header and its data side by side, as `event/shape/flat.rs` reads them again. Never here: which
//! names could be taken for something else; the reader says that.
//!
//! | key | path of the agent |
//! | --- | --- |
//! | those of [`HEADER`] | theirs |
//! | the name | `winlog.event_data.NAME`; a name that comes again holds the list of its values |
//! | `EventData.NAME` | the same, where the name alone is the header's or a mark of another form |
//! | `UserData.NAME` | `winlog.user_data.NAME` |
//!
//! What has no place: whatever the agent says of itself and of the host but for its name (`agent.*`, `ecs.*`, `host.*`, `tags`,
//! `event.created`, `winlog.api`, ...), the account behind the SID, `event.outcome`, `log.*` but the level. `event.code`,
//! `event.provider`, `event.action`, `event.kind` and `host.name` say again what others say, and come back from those. Values of the
//! event's data that are no text come back as their text, and a list that is one value as its members.

use rustc_hash::FxHashSet;

use super::Gathered;
use crate::ast::{Number, Timestamp};
use crate::event::agent::{are_far_apart, is_zoned};
use crate::event::shape::{data_key, user_data_key};
use crate::event::{Value, find};

/// Keys of the header, with the paths of the agent.
pub const HEADER: &[(&str, &str)] = &[
    ("EventID", "winlog.event_id"),
    ("Provider", "winlog.provider_name"),
    ("ProviderGuid", "winlog.provider_guid"),
    ("Channel", "winlog.channel"),
    ("Computer", "winlog.computer_name"),
    ("TimeCreated", "@timestamp"),
    ("RecordNumber", "winlog.record_id"),
    ("ProcessID", "winlog.process.pid"),
    ("ThreadID", "winlog.process.thread.id"),
    ("UserID", "winlog.user.identifier"),
    ("ActivityID", "winlog.activity_id"),
    ("RelatedActivityID", "winlog.related_activity_id"),
    ("Level", "log.level"),
    ("Version", "winlog.version"),
    ("Task", "winlog.task"),
    ("Opcode", "winlog.opcode"),
    ("Keywords", "winlog.keywords"),
    ("Message", "message"),
];

/// By these a flat record is known as one: they are there in any case.
const ALWAYS: [&str; 2] = ["EventID", "Channel"];

/// The event in one level of keys. `also` holds values of its data whose names came before.
pub fn flat(event: &[(String, Value)], also: &[(String, Value)]) -> Vec<(String, Value)> {
    let mut flat = Gathered::default();
    for (key, path) in HEADER {
        match find(event, path) {
            // What is no time is none.
            Some(Value::Text(time)) if *key == "TimeCreated" && Timestamp::parse(time).is_none() => {}
            Some(Value::Text(id)) if *key == "EventID" => flat.add((*key).to_string(), number(id)),
            Some(value) => flat.add((*key).to_string(), value.clone()),
            None if ALWAYS.contains(key) => flat.add((*key).to_string(), Value::Null),
            None => {}
        }
    }
    let mut data = Gathered::default();
    // Of equal keys of a map the first counts.
    let mut seen = FxHashSet::default();
    let own = members(event, "winlog.event_data").iter().filter(|(name, _)| seen.insert(name));
    for (name, value) in own.chain(also) {
        data.add(name.clone(), value.clone());
    }
    // Only a time that says its zone, and is not by another clock, comes before Sysmon's own.
    let timed = match (find(event, "@timestamp"), find(event, "winlog.event_data.UtcTime")) {
        (Some(Value::Text(time)), Some(Value::Text(own))) => is_zoned(time) && !are_far_apart(time, own),
        _ => false,
    };
    for (name, value) in data.members() {
        flat.add(data_key(&name, &value, timed), value);
    }
    for (name, value) in members(event, "winlog.user_data") {
        flat.add(user_data_key(name), value.clone());
    }
    flat.members()
}

fn members<'e>(event: &'e [(String, Value)], path: &str) -> &'e [(String, Value)] {
    match find(event, path) {
        Some(Value::Map(members)) => members,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_)) | None => &[],
    }
}

/// An event id as the number that it is.
fn number(id: &str) -> Value {
    match Number::parse_text(id) {
        Some(number) if number.text() == id => Value::Number(number),
        Some(_) | None => Value::Text(id.to_string()),
    }
}
