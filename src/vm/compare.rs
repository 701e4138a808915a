//! One scalar, compared.
//!
//! In: a check, its matcher, a scalar. Out: yes, no, or a fault. Never here: where the scalar comes from.

use super::Fault;
use super::frame::Scratch;
use super::matcher::{self, Literals, Matcher};
use super::prepared::Prepared;
use super::scalar::Scalar;
use super::test::{Extra, How, any_or_all, members};
use crate::ast::{AddressClass, Number};
use crate::dialect::{Fold, Reading};
use crate::event::EventView;
use crate::ir::{Bound, Check, FieldOp, Where};

/// A scalar's text, where the dialect lets it have one.
pub(super) fn text_of<'t>(scalar: Scalar<'t>, reading: Reading, canonical: &'t mut String) -> Option<&'t str> {
    match scalar {
        Scalar::Text(text) => Some(text),
        Scalar::Bool(_) | Scalar::Number(_) if reading.converts => Some(scalar.text(canonical)),
        Scalar::Bool(_) | Scalar::Number(_) => None,
    }
}

/// A scalar's number, where the dialect lets it have one.
pub(super) fn number_of(scalar: Scalar<'_>, reading: Reading) -> Option<Number> {
    match scalar {
        Scalar::Text(_) if !reading.converts => None,
        Scalar::Text(_) | Scalar::Number(_) | Scalar::Bool(_) => scalar.number(),
    }
}

/// Compares one scalar.
pub(super) fn compare(
    check: &Check,
    matcher: &Matcher,
    view: &dyn EventView,
    prepared: &Prepared,
    reading: Reading,
    scalar: Scalar<'_>,
    extra: &mut Extra<'_>,
) -> Result<bool, Fault> {
    match check {
        Check::Exists => Ok(true),
        Check::Blank => Ok(matches!(scalar, Scalar::Text("" | "-"))),
        Check::Order(cmp, bound) => Ok(ordered(scalar, *bound, reading).is_some_and(|order| cmp.holds(order))),
        Check::Text { place, all, compare, .. } => {
            let Matcher::Texts(needles) = matcher else { return Ok(false) };
            let Some(text) = text_of(scalar, reading, extra.canonical) else { return Ok(false) };
            Ok(needles.found(*place, *all, matcher::compared(text, *compare, extra.dashed, extra.folded)))
        }
        Check::Like { patterns, all, compare } => {
            let Some(text) = text_of(scalar, reading, extra.canonical) else { return Ok(false) };
            let text = matcher::compared(text, *compare, extra.dashed, extra.folded);
            any_or_all(patterns.iter().map(|pattern| Ok(matcher::like(pattern, text))), *all)
        }
        Check::Matches { all, .. } => {
            let Matcher::Patterns(patterns) = matcher else { return Ok(false) };
            let Some(text) = text_of(scalar, reading, extra.canonical) else { return Ok(false) };
            any_or_all(patterns.iter().map(|pattern| pattern.is_match(text)), *all)
        }
        Check::In(set) => {
            if Literals::has_other(set, scalar, reading.converts) {
                return Ok(true);
            }
            let (Some(fold), Matcher::Set(literals)) = (set.fold, matcher) else { return Ok(false) };
            let Some(text) = text_of(scalar, reading, extra.canonical) else { return Ok(false) };
            let compare = crate::ir::Compare { fold, any_dash: false };
            Ok(literals.has_text(set, matcher::compared(text, compare, extra.dashed, extra.folded)))
        }
        Check::Class(class) => Ok(scalar.address().is_some_and(|address| in_class(*class, address))),
        Check::Table(table) => {
            let Some(text) = text_of(scalar, reading, extra.canonical) else { return Ok(false) };
            extra.folded.clear();
            crate::fold::fold_into(text, extra.folded);
            Ok(prepared.has_key(*table, extra.folded))
        }
        Check::Field(op, other, fold) => {
            // The other side has buffers of its own, made for this one comparison: a value may not be overwritten by the
            // one it is compared with.
            let mut scratch = Scratch::default();
            let how = How { reading, prepared };
            members(other, false, view, how, &mut scratch, &mut |right, _| {
                Ok(fields_compare(*op, *fold, reading, scalar, right))
            })
        }
        Check::EventIs(_) | Check::HasTag { .. } | Check::Acted(_) | Check::Remembered(..) | Check::Some(_) => {
            Ok(false)
        }
    }
}

pub(super) fn fields_compare(op: FieldOp, fold: Fold, reading: Reading, left: Scalar<'_>, right: Scalar<'_>) -> bool {
    let folded = |scalar: Scalar<'_>| {
        let mut canonical = String::new();
        let text = text_of(scalar, reading, &mut canonical)?;
        Some(match fold {
            Fold::Cased => text.to_string(),
            Fold::Simple => crate::fold::fold(text),
            Fold::Ascii => text.to_ascii_lowercase(),
        })
    };
    let numbers = || Some((number_of(left, reading)?, number_of(right, reading)?));
    match op {
        FieldOp::Equals => {
            let by_number = numbers().is_some_and(|(a, b)| a == b);
            by_number || matches!((folded(left), folded(right)), (Some(a), Some(b)) if a == b)
        }
        FieldOp::Order(cmp) => {
            let order = match numbers() {
                Some((a, b)) => a.partial_cmp(&b),
                None => match (left.time(), right.time(), left.address(), right.address()) {
                    (Some(a), Some(b), _, _) => Some(a.cmp(&b)),
                    (_, _, Some(a), Some(b)) if a.is_ipv4() == b.is_ipv4() => Some(a.cmp(&b)),
                    _ => None,
                },
            };
            order.is_some_and(|order| cmp.holds(order))
        }
        FieldOp::Text(place) => match (folded(left), folded(right)) {
            (Some(text), Some(needle)) => match place {
                Where::Inside => text.contains(&needle),
                Where::Start => text.starts_with(&needle),
                Where::End => text.ends_with(&needle),
            },
            _ => false,
        },
    }
}

pub(super) fn ordered(scalar: Scalar<'_>, bound: Bound, reading: Reading) -> Option<std::cmp::Ordering> {
    match bound {
        Bound::Number(number) => number_of(scalar, reading)?.partial_cmp(&number),
        Bound::Time(time) => Some(scalar.time()?.cmp(&time)),
        Bound::Address(address) => {
            let own = scalar.address()?;
            (own.is_ipv4() == address.is_ipv4()).then(|| own.cmp(&address))
        }
    }
}

/// Is the address of this class?
pub(super) fn in_class(class: AddressClass, address: std::net::IpAddr) -> bool {
    use std::net::IpAddr;
    let link_local = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.segments()[0] & 0xffc0 == 0xfe80,
    };
    let private = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.is_private(),
        IpAddr::V6(v6) => v6.segments()[0] & 0xfe00 == 0xfc00,
    };
    match class {
        AddressClass::Private => private(address),
        AddressClass::Loopback => address.is_loopback(),
        AddressClass::LinkLocal => link_local(address),
        AddressClass::Multicast => address.is_multicast(),
        AddressClass::Unspecified => address.is_unspecified(),
        AddressClass::Public => {
            let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
            let documentation = match address {
                IpAddr::V4(v4) => v4.is_documentation(),
                IpAddr::V6(v6) => v6.segments()[..2] == [0x2001, 0xdb8],
            };
            !(private(address)
                || address.is_loopback()
                || link_local(address)
                || address.is_multicast()
                || address.is_unspecified()
                || broadcast
                || documentation)
        }
    }
}
