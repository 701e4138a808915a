//! Tests in the log manager's dialect.
//!
//! In: a test of that dialect, its matcher, a view. Out: what the log manager's program would say; where that program would
//! stop, no. A field gives one value or none: text for a plain field, a typed value behind `@int.value` and the like, and a
//! list stays a list. Never here: conversion, but by the functions that are made for it; folding of case.
//!
//! | test | holds for |
//! | --- | --- |
//! | `==`, `in` | a value of the literal's own type; a text also for the address or network that it spells; two fields without a value |
//! | `<` … | numbers with numbers, texts with texts by code points |
//! | `contains`, `starts with`, `ends with` | texts; `contains` also a list that has an equal item |
//! | `exists`, `is blank` | any value; blank is what is false in Python |

use super::frame::{Frame, Scratch, decode};
use super::matcher::{self, Literals, Matcher};
use super::scalar::{Scalar, gives_text, text_function};
use super::{Fault, Prepared};
use crate::ast::{Function, Number};
use crate::event::{EventView, Raw, RawList, RawMap};
use crate::ir::{Bound, Check, FieldOp, From, Operand, Set, Test, Through, Typed, Where};
use crate::limits;

/// What an operand gives.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Scalar(Scalar<'a>),
    List(RawList<'a>),
    Map(RawMap<'a>),
}

/// Buffers for the items of a list, beside those that hold the operand's own value.
struct Spare<'s> {
    text: &'s mut String,
    digits: &'s mut String,
}

type Ask<'a> = dyn FnMut(Option<Seen<'_>>, Spare<'_>) -> Result<bool, Fault> + 'a;

/// Does the test hold?
pub(super) fn holds(
    test: &Test,
    matcher: &Matcher,
    view: &dyn EventView,
    prepared: &Prepared,
    frame: &mut Frame,
) -> Result<bool, Fault> {
    if let (From::Slot(slot), []) = (test.subject.from, test.subject.through.as_slice()) {
        let raw = view.raw(slot);
        if let Check::Exists = test.check {
            return Ok(!matches!(raw, Raw::Absent | Raw::Null));
        }
        // The common case: one text, decoded once for all tests.
        if let (Raw::Text(_) | Raw::Json(_), Check::Text { .. } | Check::In(_) | Check::Blank) = (raw, &test.check) {
            let text = frame.text(slot, raw)?.map(|text| Seen::Scalar(Scalar::Text(text)));
            let spare = Spare { text: &mut String::new(), digits: &mut String::new() };
            return answer(&test.check, matcher, text, spare);
        }
    }
    with_value(&test.subject, view, prepared, &mut frame.scratch, &mut |seen, spare| match &test.check {
        Check::Field(op, other, _) => {
            // The other side has buffers of its own, so that neither value overwrites the other.
            let mut scratch = Scratch::default();
            let Spare { text, digits } = spare;
            with_value(other, view, prepared, &mut scratch, &mut |right, _| {
                match (seen, right) {
                    (Some(left), Some(Seen::Scalar(right))) => compare(*op, left, right, Spare { text, digits }),
                    // Python's `None` is equal to itself.
                    (None, None) => Ok(*op == FieldOp::Equals),
                    (None, Some(_)) | (Some(_), None) | (Some(_), Some(Seen::List(_) | Seen::Map(_))) => Ok(false),
                }
            })
        }
        check => answer(check, matcher, seen, spare),
    })
}

/// Hands over the one value that an operand has, or none.
fn with_value(
    operand: &Operand,
    view: &dyn EventView,
    prepared: &Prepared,
    scratch: &mut Scratch,
    ask: &mut Ask<'_>,
) -> Result<bool, Fault> {
    let Scratch { member, function, other, canonical, dashed, folded } = scratch;
    let (slot, typed) = match operand.from {
        From::Slot(slot) => (slot, None),
        From::Typed(typed, slot) => (slot, Some(typed)),
        From::AnyField | From::AnyOf(_) | From::Hash(..) | From::Event => return Ok(false),
    };
    let raw = match view.raw(slot) {
        Raw::Absent | Raw::Null => None,
        Raw::Malformed => return Err(Fault::Malformed),
        Raw::Text(text) if text.len() > limits::VALUE_BYTES => return Err(Fault::ValueTooLarge),
        Raw::Text(text) => Some(Seen::Scalar(Scalar::Text(text))),
        Raw::Json(bytes) => {
            member.clear();
            decode(bytes, member)?;
            Some(Seen::Scalar(Scalar::Text(member)))
        }
        Raw::Bool(flag) => Some(Seen::Scalar(Scalar::Bool(flag))),
        Raw::Number(number) => Some(Seen::Scalar(Scalar::Number(number))),
        Raw::List(list) => Some(Seen::List(list)),
        Raw::Map(map) => Some(Seen::Map(map)),
    };
    let seen = match (typed, raw) {
        // A plain field holds the text of its value.
        (None, Some(Seen::Scalar(scalar))) => Some(Seen::Scalar(Scalar::Text(scalar.text(canonical)))),
        (Some(Typed::Int), Some(seen)) => held(seen, false).map(|number| Seen::Scalar(Scalar::Number(number))),
        (Some(Typed::Float), Some(seen)) => held(seen, true).map(|number| Seen::Scalar(Scalar::Number(number))),
        (None | Some(Typed::Attribute), seen) => seen,
        (Some(Typed::Int | Typed::Float), None) => None,
    };
    // Two buffers in turn, so that a function can read what the one before it wrote.
    let mut written = std::mem::take(function);
    let mut spare = std::mem::take(other);
    let mut now = Now::Given;
    for step in &operand.through {
        let value = match now {
            Now::Given => seen,
            Now::Written => Some(Seen::Scalar(Scalar::Text(&written))),
            Now::Number(number) => Some(Seen::Scalar(Scalar::Number(number))),
            Now::Nothing => None,
        };
        now = match (step, value) {
            (Through::Lookup(lookup), Some(Seen::Scalar(Scalar::Text(text)))) => {
                match prepared.look_up(*lookup, text, folded) {
                    Some(value) => {
                        spare.clear();
                        spare.push_str(value);
                        std::mem::swap(&mut written, &mut spare);
                        Now::Written
                    }
                    None => Now::Nothing,
                }
            }
            (Through::Function(function), Some(Seen::Scalar(Scalar::Text(text)))) if gives_text(*function) => {
                text_function(*function, text, &mut spare);
                std::mem::swap(&mut written, &mut spare);
                Now::Written
            }
            (Through::Function(Function::NumberOf), value) => Now::Number(converted(value)),
            (Through::Function(Function::LengthOf), value) => length(value)?.map_or(Now::Nothing, Now::Number),
            // A text function of what is no text; the functions that this dialect does not have.
            (Through::Function(_) | Through::Lookup(_), _) => Now::Nothing,
        };
    }
    let value = match now {
        Now::Given => seen,
        Now::Written => Some(Seen::Scalar(Scalar::Text(&written))),
        Now::Number(number) => Some(Seen::Scalar(Scalar::Number(number))),
        Now::Nothing => None,
    };
    let result = ask(value, Spare { text: dashed, digits: folded });
    *function = written;
    *other = spare;
    result
}

/// Where the value stands between two functions.
#[derive(Clone, Copy)]
enum Now {
    /// As the field gives it.
    Given,
    /// In the buffer.
    Written,
    Number(Number),
    Nothing,
}

/// The number that a field holds beside its text; `decimals`: other than integers too.
fn held(seen: Seen<'_>, decimals: bool) -> Option<Number> {
    match seen {
        Seen::Scalar(Scalar::Text(text)) if decimals => Number::parse_float(text),
        Seen::Scalar(Scalar::Text(text)) => Number::parse_int(text),
        Seen::Scalar(Scalar::Number(number @ Number::Int(_))) => Some(number),
        Seen::Scalar(Scalar::Number(number @ Number::Float(_))) => decimals.then_some(number),
        Seen::Scalar(Scalar::Bool(_)) | Seen::List(_) | Seen::Map(_) => None,
    }
}

/// *Create number with*: what is no number is -1.
fn converted(seen: Option<Seen<'_>>) -> Number {
    let number = match seen {
        Some(Seen::Scalar(Scalar::Text(text))) => Number::parse_int(text),
        Some(Seen::Scalar(Scalar::Number(Number::Float(value)))) => Some(Number::from_f64(value.trunc())),
        Some(Seen::Scalar(Scalar::Number(number))) => Some(number),
        Some(Seen::Scalar(Scalar::Bool(flag))) => Some(Number::Int(flag.into())),
        Some(Seen::List(_) | Seen::Map(_)) | None => None,
    };
    number.unwrap_or(Number::Int(-1))
}

fn length(seen: Option<Seen<'_>>) -> Result<Option<Number>, Fault> {
    Ok(match seen {
        Some(Seen::Scalar(Scalar::Text(text))) => Some(Number::Int(text.chars().count() as i128)),
        Some(Seen::List(list)) => {
            let mut count = 0;
            items(list, &mut |_| {
                count += 1;
                Ok(false)
            })?;
            Some(Number::Int(count))
        }
        Some(Seen::Map(map)) => Some(Number::Int(map.keys().map_err(|_| Fault::Malformed)? as i128)),
        Some(Seen::Scalar(Scalar::Bool(_) | Scalar::Number(_))) | None => None,
    })
}

/// Is there an item for which `found` says yes?
fn items(list: RawList<'_>, found: &mut dyn FnMut(Raw<'_>) -> Result<bool, Fault>) -> Result<bool, Fault> {
    for (count, item) in list.members().enumerate() {
        if count >= limits::VALUE_MEMBERS {
            return Err(Fault::ListTooLong);
        }
        if matches!(item, Raw::Malformed) {
            return Err(Fault::Malformed);
        }
        if found(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Is there an item whose text is one that `wanted` takes?
fn item_text(list: RawList<'_>, spare: Spare<'_>, wanted: &dyn Fn(&str) -> bool) -> Result<bool, Fault> {
    let Spare { text, digits } = spare;
    items(list, &mut |item| {
        Ok(match item {
            Raw::Text(item) if item.len() > limits::VALUE_BYTES => return Err(Fault::ValueTooLarge),
            Raw::Text(item) => wanted(item),
            Raw::Json(bytes) => {
                text.clear();
                decode(bytes, text)?;
                wanted(text)
            }
            Raw::Bool(flag) => wanted(Scalar::Bool(flag).text(digits)),
            Raw::Number(number) => wanted(Scalar::Number(number).text(digits)),
            Raw::Absent | Raw::Null | Raw::List(_) | Raw::Map(_) | Raw::Malformed => false,
        })
    })
}

/// What a value says to a test with literals.
fn answer(check: &Check, matcher: &Matcher, seen: Option<Seen<'_>>, spare: Spare<'_>) -> Result<bool, Fault> {
    let Some(value) = seen else { return Ok(matches!(check, Check::Blank)) };
    Ok(match check {
        Check::Exists => true,
        Check::Blank => is_false(value)?,
        Check::Order(cmp, Bound::Number(bound)) => match value {
            Seen::Scalar(Scalar::Number(number)) => number.partial_cmp(bound).is_some_and(|order| cmp.holds(order)),
            Seen::Scalar(Scalar::Text(_) | Scalar::Bool(_)) | Seen::List(_) | Seen::Map(_) => false,
        },
        Check::Text { place, needles, .. } => match (value, matcher) {
            (Seen::Scalar(Scalar::Text(text)), Matcher::Texts(finder)) => finder.found(*place, false, text),
            (Seen::List(list), _) if *place == Where::Inside => {
                return item_text(list, spare, &|item| needles.iter().any(|needle| needle == item));
            }
            (Seen::Scalar(_) | Seen::List(_) | Seen::Map(_), _) => false,
        },
        Check::In(set) => match (value, matcher) {
            (Seen::Scalar(scalar), Matcher::Set(literals)) => is_member(set, literals, scalar),
            (Seen::Scalar(_) | Seen::List(_) | Seen::Map(_), _) => false,
        },
        // The checker refuses these in this dialect; fields are compared elsewhere.
        Check::Order(_, Bound::Time(_) | Bound::Address(_))
        | Check::Like { .. }
        | Check::Matches { .. }
        | Check::Class(_)
        | Check::Table(_)
        | Check::Field(..)
        | Check::EventIs(_)
        | Check::HasTag { .. }
        | Check::Acted(_)
        | Check::Remembered(..)
        | Check::Some(_) => false,
    })
}

/// Python's falseness.
fn is_false(value: Seen<'_>) -> Result<bool, Fault> {
    Ok(match value {
        Seen::Scalar(Scalar::Text(text)) => text.is_empty(),
        Seen::Scalar(Scalar::Bool(flag)) => !flag,
        Seen::Scalar(Scalar::Number(number)) => number == Number::Int(0),
        Seen::List(list) => match list.members().next() {
            Some(Raw::Malformed) => return Err(Fault::Malformed),
            first => first.is_none(),
        },
        Seen::Map(map) => map.is_empty(),
    })
}

fn is_member(set: &Set, literals: &Literals, scalar: Scalar<'_>) -> bool {
    match scalar {
        Scalar::Text(text) => {
            set.fold.is_some() && literals.has_text(set, text)
                || !set.networks.is_empty()
                    && scalar
                        .address()
                        .is_some_and(|address| set.networks.iter().any(|net| matcher::contains(net, address)))
        }
        Scalar::Number(number) => set.numbers.contains(&number),
        Scalar::Bool(flag) => set.bools.contains(&flag),
    }
}

/// Two values of the event.
fn compare(op: FieldOp, left: Seen<'_>, right: Scalar<'_>, spare: Spare<'_>) -> Result<bool, Fault> {
    Ok(match (op, left, right) {
        (FieldOp::Equals, Seen::Scalar(left), right) => left == right,
        (FieldOp::Order(cmp), Seen::Scalar(Scalar::Number(left)), Scalar::Number(right)) => {
            left.partial_cmp(&right).is_some_and(|order| cmp.holds(order))
        }
        // The bytes of UTF-8 have the order of the code points.
        (FieldOp::Order(cmp), Seen::Scalar(Scalar::Text(left)), Scalar::Text(right)) => cmp.holds(left.cmp(right)),
        (FieldOp::Text(place), Seen::Scalar(Scalar::Text(left)), Scalar::Text(right)) => match place {
            Where::Inside => left.contains(right),
            Where::Start => left.starts_with(right),
            Where::End => left.ends_with(right),
        },
        (FieldOp::Text(Where::Inside), Seen::List(list), Scalar::Text(right)) => {
            return item_text(list, spare, &|item| item == right);
        }
        _ => false,
    })
}
