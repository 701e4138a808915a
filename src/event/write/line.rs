//! JSON on one line.
//!
//! In: one JSON object as it stands, laid out for people perhaps. Out: the same bytes without what breaks the line. An unpaired
//! surrogate, which many programs refuse, becomes U+FFFD, as it does for rules; a key that comes again holds the list of its values,
//! for most programs see only one of them. Never here: any other change of the text.

use super::{Gathered, json};
use crate::event::Value;
use crate::event::json::{Damage, parse};

/// One JSON object on one line, or what is wrong with it.
pub fn one_line(text: &[u8]) -> Result<String, Damage> {
    let text = text.trim_ascii();
    let value = parse(text)?;
    if repeats(&value) {
        return Ok(json(&merged(value)));
    }
    let text = str::from_utf8(text).map_err(|error| Damage::new(error.valid_up_to(), "not UTF-8"))?;
    let breaks = memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some();
    if !breaks && !text.contains("\\ud") && !text.contains("\\uD") {
        return Ok(text.to_string());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // In valid JSON every second quote that no backslash escapes ends a text.
    while let Some(at) = rest.find(['"', '\n', '\r']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = if from.starts_with('"') { string(from, &mut out) } else { from.trim_ascii_start() };
    }
    out.push_str(rest);
    Ok(out)
}

/// Copies the text that begins with this quote; gives what is behind it.
fn string<'t>(from: &'t str, out: &mut String) -> &'t str {
    out.push('"');
    let mut rest = from.strip_prefix('"').unwrap_or(from);
    while let Some(at) = rest.find(['"', '\\']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(behind) = from.strip_prefix('"') {
            out.push('"');
            return behind;
        }
        let (said, length) = escape(from);
        out.push_str(said);
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    ""
}

/// What to write for the escape at the start, and how long it is.
fn escape(from: &str) -> (&str, usize) {
    let unit = |at: usize| {
        let digits = from.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let length = match (unit(0), unit(6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(0xd800..=0xdfff), _) => return ("\\ufffd", 6),
        (Some(_), _) => 6,
        (None, _) => 2,
    };
    (from.get(..length).unwrap_or(from), length)
}

/// Does any map hold a key twice? Values are nested less deep than the limit that reading has.
fn repeats(value: &Value) -> bool {
    match value {
        Value::Map(members) => {
            let mut seen = rustc_hash::FxHashSet::default();
            members.iter().any(|(key, value)| !seen.insert(key) || repeats(value))
        }
        Value::List(members) => members.iter().any(repeats),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => false,
    }
}

fn merged(value: Value) -> Value {
    match value {
        Value::Map(members) => {
            let mut whole = Gathered::default();
            members.into_iter().for_each(|(key, value)| whole.add(key, merged(value)));
            Value::Map(whole.members())
        }
        Value::List(members) => Value::List(members.into_iter().map(merged).collect()),
        other => other,
    }
}
