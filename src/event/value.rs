//! An event as a tree of values: simple, slow, and the measure of every faster view.
//!
//! In: a tree that a reader built. Out: look-ups by path as libbeat does them. Never here: bytes of a file.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::ControlFlow;

use serde::{Serialize, Serializer};

use super::json::Damage;
use super::{EventView, Layout, Raw, RawList, RawMap, Slot, is_message};
use crate::ast::Number;

/// A value with everything in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number; integers beyond 64 bits are [`Value::Text`].
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map in the order of the input; of equal keys the first counts.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Borrowed, as a view gives it.
    pub fn raw(&self) -> Raw<'_> {
        match self {
            Value::Null => Raw::Null,
            Value::Bool(value) => Raw::Bool(*value),
            Value::Number(value) => Raw::Number(*value),
            Value::Text(value) => Raw::Text(value),
            Value::List(members) => Raw::List(RawList::Values(members)),
            Value::Map(members) => Raw::Map(RawMap::Values(members)),
        }
    }
}

/// As JSON: integers exact, of equal keys the first.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(Number::Int(value)) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => serializer.serialize_u64(value),
                (_, Ok(value)) => serializer.serialize_i64(value),
                (Err(_), Err(_)) => serializer.serialize_str(&value.to_string()),
            },
            Value::Number(Number::Float(value)) => serializer.serialize_f64(*value),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(members) => serializer.collect_seq(members),
            Value::Map(members) => {
                let mut seen = HashSet::with_capacity(members.len());
                serializer.collect_map(
                    members.iter().filter(|(key, _)| seen.insert(key.as_str())).map(|(key, value)| (key, value)),
                )
            }
        }
    }
}

/// The whole number that stands where an event's id is: blanks around it do not count, nor does how it is written (`16.0`, `1.6e1`,
/// `0x10`): what goes through a table of floating-point numbers comes out so.
pub(crate) fn whole_number(text: &str) -> Option<i128> {
    let text = text.trim();
    match Number::parse_text(text).or_else(|| Number::parse_float(text)) {
        Some(Number::Int(value)) => Some(value),
        Some(Number::Float(_)) | None => None,
    }
}

/// Is it written as the agent writes an id? Then it stays as it stands.
pub(crate) fn is_plain_id(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// The first member of this name.
fn member<'a>(map: &'a [(String, Value)], key: &str) -> Option<&'a Value> {
    map.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// Looks a path up as libbeat does: at each level the whole remaining path as one key first, else split at the first dot;
/// case-sensitive; never into lists.
pub fn find<'a>(map: &'a [(String, Value)], path: &str) -> Option<&'a Value> {
    let (mut map, mut path) = (map, path);
    loop {
        if let Some(value) = member(map, path) {
            return Some(value);
        }
        let (head, rest) = path.split_once('.')?;
        match member(map, head)? {
            Value::Map(inner) => (map, path) = (inner, rest),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => return None,
        }
    }
}

/// An event without what stands at these paths, below them, or in their typed forms (`x@ip`).
pub(crate) fn without(event: &[(String, Value)], removed: &[&str]) -> Vec<(String, Value)> {
    fn gone(path: &str, removed: &[&str]) -> bool {
        removed.iter().any(|removed| {
            path.strip_prefix(removed).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '@']))
        })
    }
    // As deep as an event may be nested.
    fn rest(above: &str, members: &[(String, Value)], removed: &[&str]) -> Vec<(String, Value)> {
        let mut left = Vec::with_capacity(members.len());
        for (key, value) in members {
            let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            if gone(&path, removed) {
                continue;
            }
            let value = match value {
                Value::Map(inner) => Value::Map(rest(&path, inner, removed)),
                other => other.clone(),
            };
            left.push((key.clone(), value));
        }
        left
    }
    rest("", event, removed)
}

/// A view of a [`Value`]. Every look-up walks the tree.
#[derive(Clone, Copy, Debug)]
pub struct MapView<'a> {
    layout: &'a Layout,
    event: &'a [(String, Value)],
    stored: bool,
}

impl<'a> MapView<'a> {
    /// The members of an agent's event, seen through a layout.
    pub fn new(layout: &'a Layout, event: &'a [(String, Value)]) -> Self {
        Self { layout, event, stored: false }
    }

    /// The members of the log manager's own event, or of an element of a list: `msg.*` stands in it as it is.
    pub fn as_it_stands(layout: &'a Layout, event: &'a [(String, Value)]) -> Self {
        Self { layout, event, stored: true }
    }
}

impl EventView for MapView<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        let Some(field) = self.layout.get(slot) else { return Raw::Absent };
        let mut null = false;
        for path in field.paths.iter().filter(|path| self.stored || !is_message(path)) {
            match find(self.event, path) {
                Some(Value::Null) => null = true,
                Some(value) => return value.raw(),
                None => {}
            }
        }
        if null { Raw::Null } else { Raw::Absent }
    }

    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        leaves(self.event, visit);
    }

    fn is_stored(&self) -> bool {
        self.stored
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        Ok(Cow::Borrowed(self.event))
    }
}

/// Visits the leaves of a map; see [`EventView::leaves`].
pub(crate) fn leaves(event: &[(String, Value)], visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
    // A worklist of (path, value), last first; keys that were there already are skipped.
    let mut work: Vec<(String, &Value)> = Vec::new();
    push_members("", event, &mut work);
    while let Some((path, value)) = work.pop() {
        match value {
            Value::Map(members) => push_members(&path, members, &mut work),
            Value::List(members) => work.extend(members.iter().rev().map(|member| (path.clone(), member))),
            leaf => {
                if visit(&path, leaf.raw()).is_break() {
                    return;
                }
            }
        }
    }
}

fn push_members<'a>(path: &str, members: &'a [(String, Value)], work: &mut Vec<(String, &'a Value)>) {
    let start = work.len();
    let mut seen = HashSet::with_capacity(members.len());
    for (key, value) in members {
        if seen.insert(key.as_str()) {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            work.push((path, value));
        }
    }
    work[start..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(members: &[(&str, Value)]) -> Vec<(String, Value)> {
        members.iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
    }

    #[test]
    fn the_whole_remaining_path_as_one_key_wins_over_descending() {
        let one = Value::Number(Number::Int(1));
        let two = Value::Number(Number::Int(2));
        let event = map(&[("a", Value::Map(map(&[("b", two), ("b.c", one.clone())]))), ("a.b", one.clone())]);
        assert_eq!(find(&event, "a.b"), Some(&one));
        assert_eq!(find(&event, "a.b.c"), Some(&one));
        assert_eq!(find(&event, "a.x"), None);
    }
}
