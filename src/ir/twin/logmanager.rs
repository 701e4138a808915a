//! The slow twin's reading of the log manager's dialect.
//!
//! In: a test of that dialect and the event as the rules before left it. Out: what the log manager's program would say.
//! A value is one value of the event, or none: Python's `None`. Never here: code of `vm/`.

use super::single::{address, canonical, inside, look_up_row, meets, placed, titled};
use super::{Failed, Run, Single};
use crate::ast::{Function, Number};
use crate::event::Value;
use crate::ir::{Bound, Check, FieldOp, From, Operand, Test, Through, Typed, Where};
use crate::limits;

pub(super) fn holds(run: &Run<'_>, test: &Test) -> Result<bool, Failed> {
    // Whether a field is there can be said without reading it.
    if let (Check::Exists, From::Slot(slot), []) = (&test.check, test.subject.from, test.subject.through.as_slice()) {
        return Ok(run.slot(slot).is_some());
    }
    let value = value(run, &test.subject)?;
    Ok(match (&test.check, value) {
        (Check::Blank, value) => value.is_none_or(|value| is_false(&value)),
        // Python's `None` is equal to itself.
        (Check::Field(FieldOp::Equals, other, _), None) => self::value(run, other)?.is_none(),
        (_, None) => false,
        (Check::Exists, Some(_)) => true,
        (Check::Order(cmp, Bound::Number(bound)), Some(Value::Number(number))) => {
            number.partial_cmp(bound).is_some_and(|order| meets(*cmp, order))
        }
        (Check::Text { place, needles, .. }, Some(value)) => {
            let mut any = false;
            for needle in needles {
                any |= text_test(*place, &value, needle)?;
            }
            any
        }
        (Check::In(set), Some(Value::Text(text))) => {
            let own = address(&Single::Text(text.clone()));
            set.texts.contains(&text) || own.is_some_and(|own| set.networks.iter().any(|net| inside(net, own)))
        }
        (Check::In(set), Some(Value::Number(number))) => set.numbers.contains(&number),
        (Check::In(set), Some(Value::Bool(flag))) => set.bools.contains(&flag),
        (Check::Field(op, other, _), Some(left)) => match (op, left, self::value(run, other)?) {
            (FieldOp::Equals, Value::Text(left), Some(Value::Text(right))) => left == right,
            (FieldOp::Equals, Value::Number(left), Some(Value::Number(right))) => left == right,
            (FieldOp::Equals, Value::Bool(left), Some(Value::Bool(right))) => left == right,
            (FieldOp::Order(cmp), Value::Number(left), Some(Value::Number(right))) => {
                left.partial_cmp(&right).is_some_and(|order| meets(*cmp, order))
            }
            (FieldOp::Order(cmp), Value::Text(left), Some(Value::Text(right))) => {
                meets(*cmp, left.chars().cmp(right.chars()))
            }
            (FieldOp::Text(place), left, Some(Value::Text(right))) => text_test(*place, &left, &right)?,
            _ => false,
        },
        _ => false,
    })
}

/// A text test: on a text; on a list, `contains` asks for an equal item.
fn text_test(place: Where, value: &Value, needle: &str) -> Result<bool, Failed> {
    match (place, value) {
        (_, Value::Text(text)) => Ok(placed(text, needle, place)),
        (Where::Inside, Value::List(items)) => {
            for (count, item) in items.iter().enumerate() {
                if count >= limits::VALUE_MEMBERS {
                    return Err(Failed);
                }
                if let Value::Text(text) = item
                    && text.len() > limits::VALUE_BYTES
                {
                    return Err(Failed);
                }
                if single(item).is_some_and(|item| canonical(&item) == needle) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

fn single(value: &Value) -> Option<Single> {
    match value {
        Value::Bool(flag) => Some(Single::Bool(*flag)),
        Value::Number(number) => Some(Single::Number(*number)),
        Value::Text(text) => Some(Single::Text(text.clone())),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// Python's falseness.
fn is_false(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => *number == Number::Int(0),
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
    }
}

fn value(run: &Run<'_>, operand: &Operand) -> Result<Option<Value>, Failed> {
    let (slot, typed) = match operand.from {
        From::Slot(slot) => (slot, None),
        From::Typed(typed, slot) => (slot, Some(typed)),
        From::AnyField | From::AnyOf(_) | From::Hash(..) | From::Event => return Ok(None),
    };
    let raw = run.slot(slot);
    if let Some(Value::Text(text)) = &raw
        && text.len() > limits::VALUE_BYTES
    {
        return Err(Failed);
    }
    let as_number = |number: Option<Number>| number.map(Value::Number);
    let mut now = match (typed, raw) {
        (_, None) => None,
        (None, Some(value)) => match single(&value) {
            Some(single) => Some(Value::Text(canonical(&single))),
            None => Some(value),
        },
        (Some(Typed::Attribute), Some(value)) => Some(value),
        (Some(Typed::Int), Some(Value::Text(text))) => as_number(Number::parse_int(&text)),
        (Some(Typed::Int), Some(Value::Number(Number::Int(value)))) => as_number(Some(Number::Int(value))),
        (Some(Typed::Float), Some(Value::Text(text))) => as_number(Number::parse_float(&text)),
        (Some(Typed::Float), Some(Value::Number(number))) => as_number(Some(number)),
        (Some(Typed::Int | Typed::Float), Some(_)) => None,
    };
    for step in &operand.through {
        let function = match (step, &now) {
            (Through::Function(function), _) => function,
            (Through::Lookup(id), Some(Value::Text(text))) => {
                now = look_up_row(run.program, *id, text).map(Value::Text);
                continue;
            }
            (Through::Lookup(_), _) => {
                now = None;
                continue;
            }
        };
        now = match (function, now) {
            (Function::NumberOf, value) => {
                let number = match value {
                    Some(Value::Text(text)) => Number::parse_int(&text),
                    Some(Value::Number(Number::Int(value))) => Some(Number::Int(value)),
                    Some(Value::Number(Number::Float(value))) => Some(Number::from_f64(value.trunc())),
                    Some(Value::Bool(flag)) => Some(Number::Int(if flag { 1 } else { 0 })),
                    Some(Value::Null | Value::List(_) | Value::Map(_)) | None => None,
                };
                as_number(number.or(Some(Number::Int(-1))))
            }
            (Function::LengthOf, Some(Value::List(items))) if items.len() > limits::VALUE_MEMBERS => {
                return Err(Failed);
            }
            (Function::LengthOf, Some(value)) => {
                let length = match value {
                    Value::Text(text) => Some(text.chars().count()),
                    Value::List(items) => Some(items.len()),
                    Value::Map(members) => {
                        let mut keys: Vec<String> = members.into_iter().map(|(key, _)| key).collect();
                        keys.sort();
                        keys.dedup();
                        Some(keys.len())
                    }
                    Value::Null | Value::Bool(_) | Value::Number(_) => None,
                };
                as_number(length.map(|length| Number::Int(length as i128)))
            }
            (Function::LowerCase, Some(Value::Text(text))) => {
                Some(Value::Text(text.chars().flat_map(char::to_lowercase).collect()))
            }
            (Function::UpperCase, Some(Value::Text(text))) => {
                Some(Value::Text(text.chars().flat_map(char::to_uppercase).collect()))
            }
            (Function::TitleCase, Some(Value::Text(text))) => Some(Value::Text(titled(&text))),
            _ => None,
        };
    }
    Ok(now)
}
