//! Events as people and other programs read them.
//!
//! In: a [`Record`] that was read. Out: JSON, one object a record, valid whatever the record holds. Never here: files; what the log
//! manager stores, which is the pipeline's.
//!
//! | form | what | read again, it gives |
//! | --- | --- | --- |
//! | [`agents`] | the event as the agent would send it | the same event |
//! | [`flat()`] | one level of keys: the header's, and the event's own data under their own names | the same event but for what one level of keys cannot hold |
//! | [`as_it_stands`] | the record: JSON on one line; XML and EVTX as evtx_dump writes them; a row of CSV in one level of keys | the same event |

mod flat;
mod line;
#[cfg(test)]
mod tests;

pub use flat::{HEADER, flat};
pub use line::one_line;

use rustc_hash::FxHashMap;

use super::json::Damage;
use super::read::Record;
use super::{Form, Value};

/// A value as JSON on one line.
pub fn json(value: &Value) -> String {
    // A tree of texts and numbers always has a form in JSON.
    serde_json::to_string(value).unwrap_or_default()
}

/// The event as the agent would send it. What the form that it came in cannot give back is absent.
pub fn agents(record: &Record<'_>) -> Result<String, Damage> {
    Ok(json(&Value::Map(record.view.whole()?.into_owned())))
}

/// The event in one level of keys; of an unknown form the record as it stands, for nobody knows what is what in it.
pub fn flattened(record: &Record<'_>) -> Result<String, Damage> {
    match record.text {
        Some(text) if record.form == Form::Other => return one_line(text),
        None if record.form == Form::Other => return agents(record),
        Some(_) | None => {}
    }
    Ok(json(&Value::Map(flat(&record.view.whole()?, &record.view.also()))))
}

/// The record as it stands.
pub fn as_it_stands(record: &Record<'_>) -> Result<String, Damage> {
    match record.text {
        Some(text) if text.trim_ascii_start().starts_with(b"{") => one_line(text),
        Some(_) | None => match record.view.windows()? {
            Some(event) if matches!(record.form, Form::Evtx | Form::Xml | Form::Syslog) => Ok(json(&Value::Map(event))),
            Some(_) | None => flattened(record),
        },
    }
}

/// Members of a map, in the order in which their keys came first; the values of a key that comes again are one list.
#[derive(Default)]
pub(crate) struct Gathered {
    members: Vec<(String, Value)>,
    places: FxHashMap<String, usize>,
}

impl Gathered {
    pub(crate) fn add(&mut self, key: String, value: Value) {
        let Some((_, there)) = self.places.get(&key).and_then(|at| self.members.get_mut(*at)) else {
            self.places.insert(key.clone(), self.members.len());
            self.members.push((key, value));
            return;
        };
        let mut all = match std::mem::replace(there, Value::Null) {
            Value::List(all) => all,
            one => vec![one],
        };
        match value {
            Value::List(more) => all.extend(more),
            one => all.push(one),
        }
        *there = Value::List(all);
    }

    pub(crate) fn members(self) -> Vec<(String, Value)> {
        self.members
    }
}
