//! What a test asks of numbers: equality, order and lengths, of texts and of integers.
//!
//! In: a path, what stands there, and numbers of a rule. Out: a condition. Never here: texts as such.
//!
//! A text counts as a number where it is wholly one, within 64 bits. What Sysmon writes in digits is compared as digits; of any other text the pattern
//! has every form that counts.

use super::digits::{Base, between};
use super::pattern::one_of;
use super::shape::Shape;
use super::test::has;
use super::truth::Truth;
use super::value::{Seen, one_of_texts, plain, regexp};
use super::{Refused, refuse};
use crate::ast::Number;
use crate::dialect::AgentVersion;
use crate::ir::{Bound as IrBound, Check, Cmp};
use crate::libbeat::{Bound, Condition, Constant};

/// Repetitions that one count may have in Go.
const COUNT: u128 = 1000;

pub(super) fn unknown_type(what: &str) -> Result<Truth, Refused> {
    refuse(
        format!("a comparison with a {what} of a field whose type is not known"),
        "put the value into quotes: it is compared with texts",
    )
}

pub(super) fn numbers(path: &str, shape: Shape, wanted: &[Number]) -> Result<Truth, Refused> {
    let integers = wanted.iter().filter_map(|number| match number {
        Number::Int(value) => Some(*value),
        // No text that counts as a number has a fraction.
        Number::Float(_) => None,
    });
    match shape {
        Shape::Decimal => {
            let texts: Vec<String> = integers.filter(|value| *value >= 0).map(|value| value.to_string()).collect();
            Ok(if texts.is_empty() { Truth::Never } else { one_of_texts(path, shape, Seen::Plain, false, &texts) })
        }
        Shape::Hex | Shape::Text => Ok(Truth::any(integers.map(|value| number_text(path, shape, value, Some(value))))),
        Shape::Truth | Shape::Time | Shape::Integer => Ok(Truth::Never),
        Shape::Texts => unknown_type("number"),
    }
}

/// A text that counts as an integer between two: decimal digits with a sign perhaps, or `0x` and hexadecimal ones; within 64 bits.
fn number_text(path: &str, shape: Shape, low: i128, high: Option<i128>) -> Truth {
    let most = i128::from(u64::MAX);
    let high = high.unwrap_or(most).min(most);
    let low = low.max(i128::from(i64::MIN));
    if low > high {
        return Truth::Never;
    }
    let mut forms = Vec::new();
    if high >= 0 {
        let (from, to) = (low.max(0).unsigned_abs(), high.unsigned_abs());
        let sign = if low <= 0 && shape == Shape::Text { "-?" } else { "" };
        if shape == Shape::Text {
            // `-0` is zero too; any other number with a sign is below.
            match (sign, to) {
                ("", _) => forms.push(format!("0*{}", one_of(between(from, Some(to), Base::Ten)))),
                (_, 0) => forms.push("-?0+".to_string()),
                (_, _) => {
                    forms.push("-?0+".to_string());
                    forms.push(format!("0*{}", one_of(between(1, Some(to), Base::Ten))));
                }
            }
        }
        forms.push(format!("0[xX]0*{}", one_of(between(from, Some(to), Base::Sixteen))));
    }
    if low < 0 && shape == Shape::Text {
        let (from, to) = ((-high.min(-1)).unsigned_abs(), (-low).unsigned_abs());
        forms.push(format!("-0*{}", one_of(between(from, Some(to), Base::Ten))));
    }
    if forms.is_empty() {
        return Truth::Never;
    }
    regexp(path, "", &format!("^{}$", one_of(forms))).into()
}

/// The integers that an ordering means: from the first to the second, if there is one.
fn interval(cmp: Cmp, bound: Number) -> (Option<i128>, Option<i128>) {
    let (floor, whole) = match bound {
        Number::Int(value) => (value, true),
        // Beyond 127 bits the nearest integer does as well: none of 64 bits is there.
        Number::Float(value) => (value.floor() as i128, false),
    };
    match (cmp, whole) {
        (Cmp::Less, true) => (None, floor.checked_sub(1)),
        (Cmp::Less, false) | (Cmp::LessOrEqual, _) => (None, Some(floor)),
        (Cmp::GreaterOrEqual, true) => (Some(floor), None),
        (Cmp::Greater, _) | (Cmp::GreaterOrEqual, false) => (floor.checked_add(1), None),
    }
}

pub(super) fn order(
    version: AgentVersion,
    path: &str,
    shape: Shape,
    seen: Seen,
    cmp: Cmp,
    bound: Number,
) -> Result<Truth, Refused> {
    plain(seen)?;
    match shape {
        Shape::Decimal if version.range_reads_text() => range(path, cmp, bound),
        Shape::Decimal => {
            let (low, high) = interval(cmp, bound);
            if high.is_some_and(|high| high < 0) {
                return Ok(Truth::Never);
            }
            let low = low.unwrap_or(0).max(0).unsigned_abs();
            let digits = between(low, high.map(i128::unsigned_abs), Base::Ten);
            Ok(if digits.is_empty() { Truth::Never } else { regexp(path, "", &format!("^{}$", one_of(digits))).into() })
        }
        Shape::Hex | Shape::Text => {
            let (low, high) = interval(cmp, bound);
            Ok(number_text(path, shape, low.unwrap_or(i128::from(i64::MIN)), high))
        }
        Shape::Truth | Shape::Time | Shape::Integer => Ok(Truth::Never),
        Shape::Texts => unknown_type("number"),
    }
}

fn range(path: &str, cmp: Cmp, bound: Number) -> Result<Truth, Refused> {
    /// Up to here floating point has every integer.
    const EXACT: i128 = 1 << 53;
    let side = match cmp {
        Cmp::Less => Bound::Below,
        Cmp::LessOrEqual => Bound::AtMost,
        Cmp::Greater => Bound::Above,
        Cmp::GreaterOrEqual => Bound::AtLeast,
    };
    let bound = match bound {
        Number::Int(value) if value.abs() < EXACT => value as f64,
        Number::Float(value) => value,
        Number::Int(_) => {
            return refuse("a bound beyond 2^53", "libbeat compares as floating point, which is not exact there");
        }
    };
    Ok(Condition::Range(path.to_string(), vec![(side, bound)]).into())
}

/// A field that the agent sends as an integer.
pub(super) fn integer(path: &str, seen: Seen, check: &Check) -> Result<Truth, Refused> {
    plain(seen)?;
    let equals = |value: i128| -> Truth {
        // libbeat compares 64 bits of both sides: a negative number would be a large one.
        match (0..=i128::from(u64::MAX)).contains(&value) {
            true => Condition::Equals(path.into(), Constant::Int(value)).into(),
            false => Truth::Never,
        }
    };
    match check {
        Check::Exists => Ok(has(path).into()),
        Check::In(set) => {
            let numbers = set.numbers.iter().filter_map(|number| match number {
                Number::Int(value) => Some(*value),
                Number::Float(_) => None,
            });
            // A text is equal to the digits of a number.
            let texts =
                set.texts.iter().filter_map(|text| text.parse::<u64>().ok().filter(|value| value.to_string() == *text));
            Ok(Truth::any(numbers.chain(texts.map(i128::from)).map(equals)))
        }
        Check::Order(cmp, IrBound::Number(bound)) => range(path, *cmp, *bound),
        Check::Order(..) | Check::Class(_) => Ok(Truth::Never),
        Check::Blank => Ok(Truth::Never),
        Check::Text { .. } | Check::Like { .. } | Check::Matches { .. } | Check::Table(_) => refuse(
            format!("a test on the text of `{path}`, which the agent sends as a number"),
            "compare it as a number: ==, in, or an ordering",
        ),
        Check::Field(..)
        | Check::EventIs(_)
        | Check::HasTag { .. }
        | Check::Acted(_)
        | Check::Remembered(..)
        | Check::Some(_) => refuse("this test", "libbeat has no condition for it"),
    }
}

/// How many characters a text has.
pub(super) fn length(path: &str, shape: Shape, check: &Check) -> Result<Truth, Refused> {
    if shape == Shape::Texts {
        return refuse("the length of what may be a list", "test what it holds");
    }
    let at_least = |count: u128| -> Truth {
        match count {
            0 => has(path).into(),
            _ => regexp(path, "s", &format!("^{}", characters(count))).into(),
        }
    };
    let between = |low: i128, high: Option<i128>| -> Truth {
        let low = low.max(0).unsigned_abs();
        match high {
            None => at_least(low),
            Some(high) if high < 0 => Truth::Never,
            Some(high) => {
                let more = at_least(high.unsigned_abs().saturating_add(1));
                Truth::all([at_least(low), more.not()])
            }
        }
    };
    let fits = |count: i128| count <= 100_000;
    let too_long = || refuse("a length beyond 100,000 characters", "the pattern for it would be too large for Go");
    match check {
        Check::Exists => Ok(has(path).into()),
        Check::Order(cmp, IrBound::Number(bound)) => {
            let (low, high) = interval(*cmp, *bound);
            if !low.is_none_or(fits) || !high.is_none_or(fits) {
                return too_long();
            }
            Ok(between(low.unwrap_or(0), high))
        }
        Check::In(set) if set.texts.is_empty() && set.networks.is_empty() && set.times.is_empty() => {
            let mut any = Vec::new();
            for number in &set.numbers {
                if let Number::Int(value) = number {
                    if !fits(*value) {
                        return too_long();
                    }
                    if *value >= 0 {
                        any.push(between(*value, Some(*value)));
                    }
                }
            }
            Ok(Truth::any(any))
        }
        _ => refuse("this test on a length", "compare it with a number"),
    }
}

/// So many characters of any kind.
fn characters(count: u128) -> String {
    let mut out = String::new();
    for _ in 0..count / COUNT {
        out.push_str(&format!(".{{{COUNT}}}"));
    }
    match count % COUNT {
        0 => {}
        1 => out.push('.'),
        rest => out.push_str(&format!(".{{{rest}}}")),
    }
    out
}
