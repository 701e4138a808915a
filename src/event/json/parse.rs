//! JSON read whole, with everything checked.
//!
//! In: bytes of one value. Out: a [`Value`] with integers exact and repeated keys kept in order, or the first damage. Never
//! here: recursion; open lists and maps lie on a stack of at most [`EVENT_DEPTH`] entries.

use super::{Damage, classify, decode_string, skip_space, string_end, value_end};
use crate::event::{Raw, Value};
use crate::limits::EVENT_DEPTH;

/// A list or map that is not closed yet.
enum Open {
    List(Vec<Value>),
    Map(Vec<(String, Value)>, String),
}

/// Reads one JSON value and nothing behind it but white space.
pub fn parse(bytes: &[u8]) -> Result<Value, Damage> {
    let mut open: Vec<Open> = Vec::new();
    let mut at = skip_space(bytes, 0);
    loop {
        // Here a value begins.
        let mut done = match bytes.get(at) {
            Some(b'{' | b'[') if open.len() >= EVENT_DEPTH => return Err(Damage::new(at, "nested too deeply")),
            Some(b'{') => {
                at = skip_space(bytes, at + 1);
                if bytes.get(at) != Some(&b'}') {
                    let (key, value_at) = read_key(bytes, at)?;
                    open.push(Open::Map(Vec::new(), key));
                    at = value_at;
                    continue;
                }
                at += 1;
                Value::Map(Vec::new())
            }
            Some(b'[') => {
                at = skip_space(bytes, at + 1);
                if bytes.get(at) != Some(&b']') {
                    open.push(Open::List(Vec::new()));
                    continue;
                }
                at += 1;
                Value::List(Vec::new())
            }
            Some(_) | None => {
                let (leaf, end) = read_leaf(bytes, at)?;
                at = end;
                leaf
            }
        };
        // Here a value has ended: it goes into what is open, which may end with it.
        loop {
            at = skip_space(bytes, at);
            let next = bytes.get(at);
            match (open.pop(), next) {
                (None, None) => return Ok(done),
                (None, Some(_)) => return Err(Damage::new(at, "something behind the end")),
                (Some(Open::List(mut members)), Some(b',')) => {
                    members.push(done);
                    open.push(Open::List(members));
                    at = skip_space(bytes, at + 1);
                    break;
                }
                (Some(Open::List(mut members)), Some(b']')) => {
                    members.push(done);
                    done = Value::List(members);
                }
                (Some(Open::Map(mut members, key)), Some(b',')) => {
                    members.push((key, done));
                    let (key, value_at) = read_key(bytes, skip_space(bytes, at + 1))?;
                    open.push(Open::Map(members, key));
                    at = value_at;
                    break;
                }
                (Some(Open::Map(mut members, key)), Some(b'}')) => {
                    members.push((key, done));
                    done = Value::Map(members);
                }
                (Some(_), Some(_)) => return Err(Damage::new(at, "neither a comma nor the end")),
                (Some(_), None) => return Err(Damage::new(at, "a list or map that does not close")),
            }
            at += 1;
        }
    }
}

/// A key at `at`, and the offset of its value.
fn read_key(bytes: &[u8], at: usize) -> Result<(String, usize), Damage> {
    if bytes.get(at) != Some(&b'"') {
        return Err(Damage::new(at, "a key is missing"));
    }
    let end = string_end(bytes, at + 1).ok_or(Damage::new(at, "a text that does not end"))?;
    let mut key = String::new();
    decode_at(bytes, at + 1, end, &mut key)?;
    let colon = skip_space(bytes, end + 1);
    if bytes.get(colon) != Some(&b':') {
        return Err(Damage::new(colon, "a colon is missing"));
    }
    Ok((key, skip_space(bytes, colon + 1)))
}

fn decode_at(bytes: &[u8], from: usize, to: usize, out: &mut String) -> Result<(), Damage> {
    let inside = bytes.get(from..to).unwrap_or_default();
    decode_string(inside, out).map_err(|damage| Damage::new(from + damage.at, damage.reason))
}

/// A value that is neither list nor map, and the offset behind it.
fn read_leaf(bytes: &[u8], at: usize) -> Result<(Value, usize), Damage> {
    let end = value_end(bytes, at, 0)?;
    let value = match classify(bytes.get(at..end).unwrap_or_default()) {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Number(value) => Value::Number(value),
        Raw::Text(lexeme) => Value::Text(lexeme.to_string()),
        Raw::Json(inside) => {
            let mut out = String::with_capacity(inside.len());
            decode_at(bytes, at + 1, end - 1, &mut out)?;
            Value::Text(out)
        }
        Raw::Absent | Raw::Malformed | Raw::List(_) | Raw::Map(_) => return Err(Damage::new(at, "no value of JSON")),
    };
    Ok((value, end))
}
