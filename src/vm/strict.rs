//! Tests in the strict dialect: libbeat's own meaning, by version.
//!
//! In: a raw value and a test that libbeat can say. Out: what its condition says. Types never convert, case counts, lists
//! answer as the operator's row says. Never here: our own meaning.
//!
//! | test | libbeat's condition | lists |
//! | --- | --- | --- |
//! | `==` | `equals`: integers as 64 bits, texts byte for byte, booleans | never |
//! | `contains` | `contains`; an empty text only in an empty text | any member |
//! | `matches` | `regexp` | any member |
//! | `<` … | `range`, as floating point; numeric texts from 8.14 | never |
//! | `in` networks, `is private` | `network` | texts from 8.17 |
//! | `exists` | `has_fields` | yes |

use super::Fault;
use super::frame::{Scratch, decode};
use super::matcher::{self, Matcher};
use super::test::order_holds;
use crate::ast::{AddressClass, Number};
use crate::dialect::AgentVersion;
use crate::event::Raw;
use crate::ir::{Bound, Check};
use crate::limits;

/// From here on `range` reads numbers out of texts.
const RANGE_READS_TEXT: AgentVersion = AgentVersion { major: 8, minor: 14 };
/// From here on `network` takes lists, and a text that is no address is in `public`.
const NETWORK_TAKES_LISTS: AgentVersion = AgentVersion { major: 8, minor: 17 };

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
    let lists = match check {
        Check::Text { .. } | Check::Matches { .. } => true,
        Check::In(set) => !set.networks.is_empty() && version >= NETWORK_TAKES_LISTS,
        Check::Class(_) => version >= NETWORK_TAKES_LISTS,
        _ => false,
    };
    match raw {
        Raw::List(list) if lists => {
            // Only a list of texts: a mixed one is of another type in Go.
            let mut found = false;
            for (count, member) in list.members().enumerate() {
                if count >= limits::VALUE_MEMBERS {
                    return Err(Fault::ListTooLong);
                }
                match member {
                    Raw::Text(_) | Raw::Json(_) => found |= scalar(version, member, check, matcher, scratch)?,
                    Raw::Malformed => return Err(Fault::Malformed),
                    Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) => {
                        return Ok(false);
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

fn scalar(
    version: AgentVersion,
    raw: Raw<'_>,
    check: &Check,
    matcher: &Matcher,
    scratch: &mut Scratch,
) -> Result<bool, Fault> {
    let text: Option<&str> = match raw {
        Raw::Text(text) if text.len() > limits::VALUE_BYTES => return Err(Fault::ValueTooLarge),
        Raw::Text(text) => Some(text),
        Raw::Json(bytes) => {
            scratch.member.clear();
            decode(bytes, &mut scratch.member)?;
            Some(&scratch.member)
        }
        Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(_) | Raw::List(_) | Raw::Map(_) | Raw::Malformed => None,
    };
    Ok(match check {
        Check::In(set) if !set.networks.is_empty() => text
            .and_then(go_address)
            .is_some_and(|address| set.networks.iter().any(|net| matcher::contains(net, address))),
        Check::In(set) => match raw {
            Raw::Bool(value) => set.bools.contains(&value),
            // libbeat casts both sides to 64 unsigned bits: -1 equals 2^64-1.
            Raw::Number(Number::Int(value)) => {
                set.numbers.iter().any(|number| matches!(number, Number::Int(wanted) if *wanted as u64 == value as u64))
            }
            _ => text.is_some_and(|text| set.texts.iter().any(|wanted| wanted == text)),
        },
        Check::Text { needles, .. } => text.is_some_and(|text| {
            needles
                .iter()
                .any(|needle| if needle.is_empty() { text.is_empty() } else { text.contains(needle.as_str()) })
        }),
        Check::Matches { .. } => match (matcher, text) {
            (Matcher::Patterns(patterns), Some(text)) => {
                let mut found = false;
                for pattern in patterns {
                    found |= pattern.is_match(text)?;
                }
                found
            }
            _ => false,
        },
        Check::Order(cmp, Bound::Number(bound)) => {
            let own = match (raw, text) {
                (Raw::Number(number), _) => Some(as_float(number)),
                (_, Some(text)) if version >= RANGE_READS_TEXT => text.parse().ok(),
                _ => None,
            };
            order_holds(*cmp, own.and_then(|own: f64| own.partial_cmp(&as_float(*bound))))
        }
        Check::Class(class) => match (text, text.and_then(go_address)) {
            (_, Some(address)) => in_class(*class, address),
            (Some(_), None) => *class == AddressClass::Public && version >= NETWORK_TAKES_LISTS,
            (None, None) => false,
        },
        Check::Exists
        | Check::Blank
        | Check::Order(..)
        | Check::Like { .. }
        | Check::Table(_)
        | Check::Field(..)
        | Check::EventIs(_)
        | Check::HasTag { .. }
        | Check::Some(_) => false,
    })
}

fn as_float(number: Number) -> f64 {
    match number {
        Number::Int(value) => value as f64,
        Number::Float(value) => value,
    }
}

fn go_address(text: &str) -> Option<std::net::IpAddr> {
    super::scalar::address(text)
}

/// libbeat's named networks: `private` holds fd00::/8 and not all of fc00::/7.
fn in_class(class: AddressClass, address: std::net::IpAddr) -> bool {
    use std::net::IpAddr;
    let private = match address {
        IpAddr::V4(v4) => v4.is_private(),
        IpAddr::V6(v6) => v6.octets()[0] == 0xfd,
    };
    match (class, address) {
        (AddressClass::Private, _) => private,
        (AddressClass::Public, IpAddr::V4(v4)) => {
            !(private
                || v4.is_loopback()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_link_local()
                || v4.octets()[..3] == [224, 0, 0])
        }
        (AddressClass::Public, IpAddr::V6(v6)) => {
            let head = v6.segments()[0];
            let link_local = head & 0xffc0 == 0xfe80;
            let local_multicast = matches!(head & 0xff0f, 0xff01 | 0xff02);
            !(private || v6.is_loopback() || v6.is_unspecified() || link_local || local_multicast)
        }
        _ => super::compare::in_class(class, address),
    }
}
