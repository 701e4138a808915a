//! The alert's data as values of Jinja that know where they stand.
//!
//! In: JSON. Out: maps, lists and texts. What is not there is an [`Absent`] with its path: false, empty, undefined to `is defined` and `default`, and
//! visible where it is written. Texts are cut at a limit and hold no character that nobody sees. Never here: an error for what is missing.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, from_args};
use minijinja::{Error, ErrorKind, State, Value};
use serde_json::Value as Json;

use crate::diagnostic::render::visible_lines;
use crate::limits::ALERT_VALUE_CHARS;

/// What is not there.
#[derive(Debug)]
pub(super) struct Absent {
    path: String,
}

impl Absent {
    /// What is not there under this path.
    pub(super) fn value(path: String) -> Value {
        Value::from_object(Absent { path })
    }

    /// Is it nothing: not there, undefined or null?
    pub(super) fn is(value: &Value) -> bool {
        value.is_undefined() || value.is_none() || value.downcast_object_ref::<Absent>().is_some()
    }
}

impl Object for Absent {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Absent::value(below(&self.path, &key.to_string())))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    /// `msg.user.lower()` of what is not there is not there.
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        // Python's dict.get has a default.
        match (method, args) {
            ("get", [_, default]) => Ok(default.clone()),
            (_, _) => Ok(Value::from_dyn_object(self.clone())),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[no {}]", self.path)
    }
}

/// A map.
#[derive(Debug)]
struct Fields {
    path: String,
    members: Vec<(String, Value)>,
    /// What is not a member is nothing at all: at the top, where other names are functions.
    closed: bool,
}

impl Fields {
    fn find(&self, key: &str) -> Option<Value> {
        self.members.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }
}

impl Object for Fields {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match self.find(&key.to_string()) {
            None if self.closed => None,
            None => Some(Absent::value(below(&self.path, &key.to_string()))),
            found => found,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names: Vec<Value> = self.members.iter().map(|(name, _)| Value::from(name.as_str())).collect();
        Enumerator::Iter(Box::new(names.into_iter()))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.members.len())
    }

    /// Python's `get`; the other methods of its dict come from `minijinja-contrib`.
    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        if method != "get" {
            return Err(Error::from(ErrorKind::UnknownMethod));
        }
        let (key, default): (&Value, Option<Value>) = from_args(args)?;
        let key = key.to_string();
        let found = self.find(&key).filter(|value| !Absent::is(value)).or(default);
        Ok(found.unwrap_or_else(|| Absent::value(below(&self.path, &key))))
    }
}

/// A list. It is written with commas.
#[derive(Debug)]
struct Items {
    path: String,
    items: Vec<Value>,
}

impl Object for Items {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = key.as_i64();
        let length = i64::try_from(self.items.len()).unwrap_or(i64::MAX);
        // As in Python, -1 is the last.
        let index = index.map(|index| if index < 0 { index + length } else { index });
        let found = index.and_then(|index| self.items.get(usize::try_from(index).ok()?).cloned());
        Some(found.unwrap_or_else(|| Absent::value(format!("{}[{key}]", self.path))))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.items.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{item}")?;
        }
        Ok(())
    }
}

/// The path of a member.
fn below(path: &str, key: &str) -> String {
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match (path, plain) {
        ("", _) => key.to_string(),
        (path, true) => format!("{path}.{key}"),
        (path, false) => format!("{path}['{key}']"),
    }
}

/// All variables of a template.
pub(super) fn variables(json: &Json) -> Value {
    match json {
        Json::Object(members) => Value::from_object(Fields {
            path: String::new(),
            members: members.iter().map(|(name, value)| (name.clone(), of(value, name))).collect(),
            closed: true,
        }),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => Value::UNDEFINED,
    }
}

/// Nesting is bounded by `limits::EVENT_DEPTH`.
fn of(json: &Json, path: &str) -> Value {
    match json {
        Json::Null => Absent::value(path.to_string()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(int), _, _) => Value::from(int),
            (None, Some(int), _) => Value::from(int),
            (None, None, float) => Value::from(float.unwrap_or_default()),
        },
        Json::String(text) => Value::from(shown(text)),
        Json::Array(items) => Value::from_object(Items {
            path: path.to_string(),
            items: items.iter().map(|item| of(item, path)).collect(),
        }),
        Json::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.iter().map(|(name, value)| (name.clone(), of(value, &below(path, name)))).collect();
            // Other crates decide in which order serde_json keeps them; what is said depends on no other crate.
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::from_object(Fields { path: path.to_string(), members, closed: false })
        }
    }
}

/// A text as people may see it: cut with a note, hidden characters as escapes, lines as they are.
fn shown(text: &str) -> String {
    match text.char_indices().nth(ALERT_VALUE_CHARS) {
        None => visible_lines(text),
        Some((end, _)) => {
            let kept = visible_lines(text.get(..end).unwrap_or_default());
            format!("{kept} [… cut: {} characters in all]", text.chars().count())
        }
    }
}
