//! Tests in the strict dialect: libbeat's own meaning, by version.
//!
//! In: a raw value and a test that libbeat can say. Out: what its condition says; the operators themselves are `libbeat::leaf`. Here is only the
//! way from raw values to them. Never here: our own meaning.
//!
//! | test | libbeat's condition | lists |
//! | --- | --- | --- |
//! | `==` | `equals`: integers as 64 bits, texts byte for byte, booleans | never |
//! | `contains` | `contains`; an empty text only in an empty text | any member that is a text |
//! | `matches` | `regexp` | any member that is a text |
//! | `<` … | `range`, as floating point; numeric texts from 8.14 | never |
//! | `in` networks, `is private` | `network` | from 8.17, if all members are texts |
//! | `exists` | `has_fields` | yes |

use super::Fault;
use super::frame::{Scratch, decode};
use super::matcher::Matcher;
use crate::ast::{AddressClass, Number};
use crate::dialect::AgentVersion;
use crate::event::Raw;
use crate::ir::{Bound, Check, Cmp};
use crate::libbeat;
use crate::libbeat::leaf::{self, Leaf, Lists, Operator};
use crate::libbeat::network::{self, NetworkName};
use crate::limits;

/// Does the condition hold?
pub(super) fn holds(
    version: AgentVersion,
    raw: Raw<'_>,
    check: &Check,
    matcher: &Matcher,
    scratch: &mut Scratch,
) -> Result<bool, Fault> {
    if let Check::Exists = check {
        return Ok(!matches!(raw, Raw::Absent | Raw::Null));
    }
    let Some(operator) = operator(check) else { return Ok(false) };
    let lists = operator.lists(version);
    match raw {
        Raw::List(list) if lists != Lists::Never => {
            let mut found = false;
            for (count, member) in list.members().enumerate() {
                if count >= limits::VALUE_MEMBERS {
                    return Err(Fault::ListTooLong);
                }
                match member {
                    Raw::Text(_) | Raw::Json(_) => found |= scalar(version, member, check, matcher, scratch)?,
                    Raw::Malformed => return Err(Fault::Malformed),
                    Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) => {
                        // Such a list is of another type in Go.
                        if lists == Lists::OnlyTexts {
                            return Ok(false);
                        }
                    }
                }
            }
            Ok(found)
        }
        Raw::Absent | Raw::Null | Raw::List(_) | Raw::Map(_) => Ok(false),
        Raw::Bool(_) | Raw::Number(_) | Raw::Text(_) | Raw::Json(_) => scalar(version, raw, check, matcher, scratch),
        Raw::Malformed => Err(Fault::Malformed),
    }
}

/// The condition that a test is; `None` where libbeat has none.
fn operator(check: &Check) -> Option<Operator> {
    match check {
        Check::In(set) if !set.networks.is_empty() => Some(Operator::Network),
        Check::In(_) => Some(Operator::Equals),
        Check::Text { .. } => Some(Operator::Contains),
        Check::Matches { .. } => Some(Operator::Regexp),
        Check::Order(..) => Some(Operator::Range),
        Check::Class(_) => Some(Operator::Network),
        Check::Exists
        | Check::Blank
        | Check::Like { .. }
        | Check::Table(_)
        | Check::Field(..)
        | Check::EventIs(_)
        | Check::HasTag { .. }
        | Check::Acted(_)
        | Check::Remembered(..)
        | Check::Some(_) => None,
    }
}

fn scalar(
    version: AgentVersion,
    raw: Raw<'_>,
    check: &Check,
    matcher: &Matcher,
    scratch: &mut Scratch,
) -> Result<bool, Fault> {
    let value = match raw {
        Raw::Text(text) if text.len() > limits::VALUE_BYTES => return Err(Fault::ValueTooLarge),
        Raw::Text(text) => Leaf::Text(text),
        Raw::Json(bytes) => {
            scratch.member.clear();
            decode(bytes, &mut scratch.member)?;
            Leaf::Text(&scratch.member)
        }
        Raw::Number(Number::Int(number)) => Leaf::Int(number),
        Raw::Number(Number::Float(number)) => Leaf::Float(number),
        Raw::Bool(flag) => Leaf::Bool(flag),
        Raw::Absent | Raw::Null | Raw::List(_) | Raw::Map(_) | Raw::Malformed => Leaf::Other,
    };
    Ok(match check {
        Check::In(set) if !set.networks.is_empty() => match value {
            Leaf::Text(text) => network::address(text)
                .is_some_and(|address| set.networks.iter().any(|net| network::in_cidr(net, address))),
            Leaf::Int(_) | Leaf::Float(_) | Leaf::Bool(_) | Leaf::Other => false,
        },
        Check::In(set) => {
            let int = |number: &Number| match number {
                Number::Int(wanted) => leaf::equals_int(version, value, *wanted),
                Number::Float(_) => false,
            };
            set.texts.iter().any(|wanted| leaf::equals_text(version, value, wanted))
                || set.numbers.iter().any(int)
                || set.bools.iter().any(|wanted| leaf::equals_bool(version, value, *wanted))
        }
        Check::Text { needles, .. } => needles.iter().any(|needle| leaf::contains(value, needle)),
        Check::Matches { .. } => match (matcher, value) {
            (Matcher::Patterns(patterns), Leaf::Text(text)) => {
                let mut found = false;
                for pattern in patterns {
                    found |= pattern.is_match(text)?;
                }
                found
            }
            _ => false,
        },
        Check::Order(cmp, Bound::Number(limit)) => {
            let limit = match limit {
                Number::Int(limit) => *limit as f64,
                Number::Float(limit) => *limit,
            };
            leaf::in_range(version, value, &[(side(*cmp), limit)])
        }
        Check::Class(class) => match value {
            Leaf::Text(text) => leaf::in_named(version, text, name(*class)),
            Leaf::Int(_) | Leaf::Float(_) | Leaf::Bool(_) | Leaf::Other => false,
        },
        Check::Exists
        | Check::Blank
        | Check::Order(..)
        | Check::Like { .. }
        | Check::Table(_)
        | Check::Field(..)
        | Check::EventIs(_)
        | Check::HasTag { .. }
        | Check::Acted(_)
        | Check::Remembered(..)
        | Check::Some(_) => false,
    })
}

fn side(cmp: Cmp) -> libbeat::Bound {
    match cmp {
        Cmp::Less => libbeat::Bound::Below,
        Cmp::LessOrEqual => libbeat::Bound::AtMost,
        Cmp::Greater => libbeat::Bound::Above,
        Cmp::GreaterOrEqual => libbeat::Bound::AtLeast,
    }
}

fn name(class: AddressClass) -> NetworkName {
    match class {
        AddressClass::Private => NetworkName::Private,
        AddressClass::Public => NetworkName::Public,
        AddressClass::Loopback => NetworkName::Loopback,
        AddressClass::LinkLocal => NetworkName::LinkLocalUnicast,
        AddressClass::Multicast => NetworkName::Multicast,
        AddressClass::Unspecified => NetworkName::Unspecified,
    }
}
