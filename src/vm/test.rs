//! One test on one event.
//!
//! In: a test, its matcher, a view. Out: yes, no, or a fault. The order of work is: fetch the raw value; a list means one
//! test a member; decode; functions; compare. Never here: which rule asks.

use std::ops::ControlFlow;

use super::compare::{compare, text_of};
use super::frame::{Frame, Scratch, decode};
use super::matcher::{self, Literals, Matcher};
use super::prepared::{Prepared, direct};
use super::scalar::{Scalar, gives_text, text_function};
use super::{Effects, Fault, logmanager, strict};
use crate::ast::{Function, Number};
use crate::bytecode::Module;
use crate::dialect::{Dialect, Fold, Reading};
use crate::event::{EventView, Raw, Slot, Value};
use crate::ir::{Check, From, Operand, Test, Through};
use crate::limits;

/// Does the test hold?
pub(super) fn holds(
    test: &Test,
    matcher: &Matcher,
    view: &dyn EventView,
    prepared: &Prepared,
    frame: &mut Frame,
) -> Result<bool, Fault> {
    let reading = test.dialect.reading();
    if let Dialect::Winlogbeat(version) = test.dialect {
        let From::Slot(slot) = test.subject.from else { return Ok(false) };
        return strict::holds(version, view.raw(slot), &test.check, matcher, &mut frame.scratch);
    }
    if test.dialect == Dialect::LogManager {
        return logmanager::holds(test, matcher, view, prepared, frame);
    }
    if let (From::Slot(slot), [], false) = (test.subject.from, test.subject.through.as_slice(), test.every) {
        let raw = view.raw(slot);
        // The common case: one text, compared folded or as written, once decoded for all tests.
        if let Raw::Text(_) | Raw::Json(_) = raw
            && reading.absent_reads_as.is_none()
            && let Some(holds) = quick(test, matcher, prepared, slot, raw, frame)?
        {
            return Ok(holds);
        }
        match test.check {
            Check::Exists => return Ok(!matches!(raw, Raw::Absent | Raw::Null) || reading.absent_reads_as.is_some()),
            Check::Blank if matches!(raw, Raw::Absent | Raw::Null) => return Ok(true),
            _ => {}
        }
    }
    general(test, matcher, view, prepared, reading, frame)
}

/// Why the test cannot be decided for this event, if it cannot: its field is absent because the event's form lost it.
pub(super) fn undecidable(test: &Test, view: &dyn EventView) -> Option<&'static str> {
    let of = |operand: &Operand| match operand.from {
        From::Slot(slot) | From::Hash(_, slot) | From::Typed(_, slot) if matches!(view.raw(slot), Raw::Absent) => {
            view.undecidable(slot)
        }
        From::AnyOf(slots) => slots
            .iter()
            .find_map(|slot| matches!(view.raw(*slot), Raw::Absent).then(|| view.undecidable(*slot)).flatten()),
        From::Slot(_) | From::Hash(..) | From::Typed(..) | From::AnyField | From::Event => None,
    };
    of(&test.subject).or_else(|| match &test.check {
        Check::Field(_, other, _) => of(other),
        _ => None,
    })
}

/// The same for tags: the agent's are lost, and what rules did to tags does not decide the test alone.
pub(super) fn tags_undecidable(
    tags: &[String],
    all: bool,
    agent: Option<Slot>,
    view: &dyn EventView,
    effects: &Effects,
    module: &Module,
) -> Option<&'static str> {
    let slot = agent.filter(|slot| matches!(view.raw(*slot), Raw::Absent))?;
    let why = view.undecidable(slot)?;
    let said: Vec<Option<bool>> = tags.iter().map(|tag| effects.tag(module, tag, true)).collect();
    let decided = said.contains(&Some(!all)) || !said.contains(&None);
    (!decided).then_some(why)
}

/// A text at a slot, seen through no function.
pub(super) fn quick(
    test: &Test,
    matcher: &Matcher,
    prepared: &Prepared,
    slot: Slot,
    raw: Raw<'_>,
    frame: &mut Frame,
) -> Result<Option<bool>, Fault> {
    Ok(Some(match (&test.check, matcher) {
        (Check::Exists, _) => true,
        (Check::Text { place, all, compare, .. }, Matcher::Texts(needles)) if !compare.any_dash => {
            let text = match compare.fold {
                Fold::Cased => frame.text(slot, raw)?,
                Fold::Simple => frame.folded(slot, raw)?,
                Fold::Ascii => return Ok(None),
            };
            text.is_some_and(|text| needles.found(*place, *all, text))
        }
        (Check::In(set), Matcher::Set(literals)) => {
            let by_text = match set.fold {
                None => false,
                Some(Fold::Cased) => frame.text(slot, raw)?.is_some_and(|text| literals.has_text(set, text)),
                Some(Fold::Simple) => frame.folded(slot, raw)?.is_some_and(|text| literals.has_text(set, text)),
                Some(Fold::Ascii) => return Ok(None),
            };
            let others = set.numbers.len() + set.bools.len() + set.networks.len() + set.times.len() > 0;
            by_text
                || (others
                    && frame.text(slot, raw)?.is_some_and(|text| Literals::has_other(set, Scalar::Text(text), true)))
        }
        (Check::Like { patterns, all, compare }, _) if !compare.any_dash => {
            let text = match compare.fold {
                Fold::Cased => frame.text(slot, raw)?,
                Fold::Simple => frame.folded(slot, raw)?,
                Fold::Ascii => return Ok(None),
            };
            text.is_some_and(|text| {
                let mut fits = patterns.iter().map(|pattern| matcher::like(pattern, text));
                if *all { fits.all(|fit| fit) } else { fits.any(|fit| fit) }
            })
        }
        (Check::Matches { all, .. }, Matcher::Patterns(patterns)) => {
            let Some(text) = frame.text(slot, raw)? else { return Ok(Some(false)) };
            any_or_all(patterns.iter().map(|pattern| pattern.is_match(text)), *all)?
        }
        (Check::Table(table), _) => frame.folded(slot, raw)?.is_some_and(|text| prepared.has_key(*table, text)),
        (Check::Blank, _) => frame.text(slot, raw)?.is_some_and(|text| text.is_empty() || text == "-"),
        _ => return Ok(None),
    }))
}

pub(super) fn any_or_all(mut answers: impl Iterator<Item = Result<bool, Fault>>, all: bool) -> Result<bool, Fault> {
    // Stops at the first answer that decides, or at the first fault.
    answers.find(|answer| !matches!(answer, Ok(holds) if *holds == all)).unwrap_or(Ok(all))
}

/// Every other case.
fn general(
    test: &Test,
    matcher: &Matcher,
    view: &dyn EventView,
    prepared: &Prepared,
    reading: Reading,
    frame: &mut Frame,
) -> Result<bool, Fault> {
    let scratch = &mut frame.scratch;
    let how = How { reading, prepared };
    // `contains all` on a list: each needle may lie in another member.
    if let (Check::Text { place, needles, all: true, compare }, Matcher::Texts(prepared_needles), false) =
        (&test.check, matcher, test.every)
    {
        for index in 0..needles.len() {
            let found = members(&test.subject, test.every, view, how, scratch, &mut |scalar, extra| {
                let Some(text) = text_of(scalar, reading, extra.canonical) else { return Ok(false) };
                let text = matcher::compared(text, *compare, extra.dashed, extra.folded);
                Ok(prepared_needles.found_one(*place, index, text))
            })?;
            if !found {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if let (Check::Blank, From::Slot(_) | From::Hash(..) | From::AnyOf(_)) = (&test.check, test.subject.from) {
        // Blank also holds where there is nothing: neither a value nor a list.
        let mut any = false;
        let blank = members(&test.subject, test.every, view, how, scratch, &mut |scalar, extra| {
            any = true;
            let text = scalar.text(extra.canonical);
            Ok(text.is_empty() || text == "-")
        })?;
        // A list whose length is taken is one number, which a further function may leave without a value.
        let of = |raw| matches!(raw, Raw::Map(_)) || matches!(raw, Raw::List(_)) && !counts_members(&test.subject);
        let compound = match test.subject.from {
            From::Slot(slot) | From::Hash(_, slot) => of(view.raw(slot)),
            From::AnyOf(slots) => slots.iter().any(|slot| of(view.raw(*slot))),
            From::AnyField | From::Typed(..) | From::Event => false,
        };
        let nothing = !any && !compound;
        return Ok(blank || nothing);
    }
    members(&test.subject, test.every, view, how, scratch, &mut |scalar, extra| {
        compare(&test.check, matcher, view, prepared, reading, scalar, extra)
    })
}

/// Buffers that a comparison may use beside the ones that hold the value.
pub(super) struct Extra<'s> {
    pub(super) canonical: &'s mut String,
    pub(super) dashed: &'s mut String,
    pub(super) folded: &'s mut String,
}

/// How values are read: by which dialect, and with which tables.
#[derive(Clone, Copy)]
pub(super) struct How<'p> {
    pub(super) reading: Reading,
    pub(super) prepared: &'p Prepared,
}

type Ask<'a> = dyn FnMut(Scalar<'_>, &mut Extra<'_>) -> Result<bool, Fault> + 'a;

/// Asks about the members of an operand: a scalar is one, a list has its own; null and what has no value through the
/// functions is none. One yes is enough, or, with `every`, all must say yes and there must be one.
pub(super) fn members(
    operand: &Operand,
    every: bool,
    view: &dyn EventView,
    how: How<'_>,
    scratch: &mut Scratch,
    ask: &mut Ask<'_>,
) -> Result<bool, Fault> {
    match operand.from {
        // Typed values are the log manager's, whose tests are asked elsewhere.
        From::Event | From::Typed(..) => Ok(false),
        From::Slot(slot) => of_raw(view.raw(slot), operand, every, how, scratch, ask),
        From::Hash(_, slot) => of_raw(view.raw(slot), operand, every, how, scratch, ask),
        From::AnyOf(slots) => {
            for slot in slots {
                let raw = view.raw(slot);
                if !matches!(raw, Raw::Absent | Raw::Null) && of_raw(raw, operand, false, how, scratch, ask)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        From::AnyField => {
            let mut result = Ok(false);
            view.leaves(&mut |_, raw| match of_raw(raw, operand, false, how, scratch, ask) {
                Ok(false) => ControlFlow::Continue(()),
                decided => {
                    result = decided;
                    ControlFlow::Break(())
                }
            });
            result
        }
    }
}

fn of_raw(
    raw: Raw<'_>,
    operand: &Operand,
    every: bool,
    how: How<'_>,
    scratch: &mut Scratch,
    ask: &mut Ask<'_>,
) -> Result<bool, Fault> {
    match raw {
        Raw::Absent | Raw::Null => match how.reading.absent_reads_as {
            Some(text) => one(Raw::Text(text), operand, how, scratch, ask).map(|answer| answer == Some(true)),
            None => Ok(false),
        },
        Raw::Map(_) => Ok(false),
        Raw::Malformed => Err(Fault::Malformed),
        Raw::List(list) if counts_members(operand) => {
            let count = counted(list)?;
            let inner = Operand { from: operand.from, through: operand.through[1..].to_vec() };
            one(Raw::Number(Number::Int(count)), &inner, how, scratch, ask).map(|answer| answer == Some(true))
        }
        Raw::List(list) => {
            let (mut count, mut seen) = (0, false);
            for member in list.members() {
                count += 1;
                if count > limits::VALUE_MEMBERS {
                    return Err(Fault::ListTooLong);
                }
                let answer = match member {
                    Raw::Null | Raw::Absent => continue,
                    Raw::List(_) | Raw::Map(_) => None,
                    member => one(member, operand, how, scratch, ask)?,
                };
                seen = true;
                match (every, answer) {
                    (false, Some(true)) => return Ok(true),
                    (true, Some(false) | None) => return Ok(false),
                    (false, Some(false) | None) | (true, Some(true)) => {}
                }
            }
            Ok(every && seen)
        }
        Raw::Bool(_) | Raw::Number(_) | Raw::Text(_) | Raw::Json(_) => {
            one(raw, operand, how, scratch, ask).map(|answer| answer == Some(true))
        }
    }
}

/// `length of` a list is the number of its members. The length of a hash is that of its text, in a list too.
fn counts_members(operand: &Operand) -> bool {
    !matches!(operand.from, From::Hash(..)) && operand.through.first() == Some(&Through::Function(Function::LengthOf))
}

fn counted(list: crate::event::RawList<'_>) -> Result<i128, Fault> {
    let mut count = 0;
    for member in list.members() {
        if matches!(member, Raw::Malformed) {
            return Err(Fault::Malformed);
        }
        count += 1;
        if count as usize > limits::VALUE_MEMBERS {
            return Err(Fault::ListTooLong);
        }
    }
    Ok(count)
}

/// Asks about one scalar seen through the operand's functions; `None`: there is no value.
fn one(
    raw: Raw<'_>,
    operand: &Operand,
    how: How<'_>,
    scratch: &mut Scratch,
    ask: &mut Ask<'_>,
) -> Result<Option<bool>, Fault> {
    let Scratch { member, function, other, canonical, dashed, folded } = scratch;
    let mut scalar = match raw {
        Raw::Json(bytes) => {
            member.clear();
            decode(bytes, member)?;
            Scalar::Text(member)
        }
        Raw::Text(text) if text.len() > limits::VALUE_BYTES => return Err(Fault::ValueTooLarge),
        Raw::Malformed => return Err(Fault::Malformed),
        raw => match direct(raw) {
            Some(scalar) => scalar,
            None => return Ok(None),
        },
    };
    if let (Scalar::Text(""), Some(text)) = (scalar, how.reading.absent_reads_as) {
        scalar = Scalar::Text(text);
    }
    if let From::Hash(kind, _) = operand.from {
        let Scalar::Text(text) = scalar else { return Ok(None) };
        match crate::sysmon::hashes::hash(text, kind) {
            Some(hash) => scalar = Scalar::Text(hash),
            None => return Ok(None),
        }
    }
    // Two buffers in turn, so that a function can read what the one before it wrote.
    let mut held: String = std::mem::take(function);
    let mut spare: String = std::mem::take(other);
    let mut in_held = false;
    let mut dead = false;
    let mut number = None;
    for step in &operand.through {
        let now = match number {
            Some(number) => Scalar::Number(number),
            None if in_held => Scalar::Text(&held),
            None => scalar,
        };
        if let Through::Function(function) = step
            && !gives_text(*function)
        {
            match now.through_number(*function) {
                Some(value) => (number, in_held) = (Some(value), false),
                None => {
                    dead = true;
                    break;
                }
            }
            continue;
        }
        if !how.reading.converts && !matches!(now, Scalar::Text(_)) {
            dead = true;
            break;
        }
        let text = now.text(canonical);
        match step {
            Through::Lookup(lookup) => match how.prepared.look_up(*lookup, text, folded) {
                Some(value) => {
                    spare.clear();
                    spare.push_str(value);
                }
                None => {
                    dead = true;
                    break;
                }
            },
            Through::Function(function) => text_function(*function, text, &mut spare),
        }
        std::mem::swap(&mut held, &mut spare);
        (in_held, number) = (true, None);
    }
    let result = if dead {
        Ok(None)
    } else {
        let last = match number {
            Some(number) => Scalar::Number(number),
            None if in_held => Scalar::Text(&held),
            None => scalar,
        };
        ask(last, &mut Extra { canonical, dashed, folded }).map(Some)
    };
    *function = held;
    *other = spare;
    result
}

/// Is the tag there? Filters see the agent's tags and their own; the others only those set behind the agent.
pub(super) fn has_tag(
    tag: &str,
    agent: Option<Slot>,
    view: &dyn EventView,
    effects: &Effects,
    prepared: &Prepared,
    frame: &mut Frame,
) -> Result<bool, Fault> {
    if let Some(said) = effects.tag(prepared.module(), tag, agent.is_some()) {
        return Ok(said);
    }
    let Some(slot) = agent else { return Ok(false) };
    let operand = Operand { from: From::Slot(slot), through: Vec::new() };
    let how = How { reading: Dialect::Ours.reading(), prepared };
    members(&operand, false, view, how, &mut frame.scratch, &mut |scalar, _| {
        Ok(matches!(scalar, Scalar::Text(text) if text == tag))
    })
}

/// The value that an operand has, for `set`: the first one where there are several.
pub(super) fn value_of(
    operand: &Operand,
    view: &dyn EventView,
    prepared: &Prepared,
    frame: &mut Frame,
) -> Result<Option<Value>, Fault> {
    let mut value = None;
    let how = How { reading: Dialect::Ours.reading(), prepared };
    members(operand, false, view, how, &mut frame.scratch, &mut |scalar, _| {
        value = Some(match scalar {
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Number(number) => Value::Number(number),
            Scalar::Text(text) => Value::Text(text.to_string()),
        });
        Ok(true)
    })?;
    Ok(value)
}
