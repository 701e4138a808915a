//! What libbeat's operators say of one value.
//!
//! In: a value, borrowed, and what the condition compares it with. Out: whether it holds. Never here: fields, lists' members one by one (who walks a
//! list asks [`Lists`] first), conversions: a value of another kind is simply not equal, not inside, not in range.

use super::network::{Network, NetworkName, address};
use super::{Bound, Constant, parse_float};
use crate::dialect::AgentVersion;

/// One value as libbeat tells kinds apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaf<'a> {
    /// A text.
    Text(&'a str),
    /// An integer of any width.
    Int(i128),
    /// A number with a fraction.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A time, a list, a map, or null: no operator but `has_fields` takes it as it stands.
    Other,
}

/// Which operator is asked, where only that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `equals`
    Equals,
    /// `contains`
    Contains,
    /// `regexp`
    Regexp,
    /// `range`
    Range,
    /// `network`
    Network,
}

/// What a list in the event means to an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// It never holds.
    Never,
    /// One text in it is enough; members that are no texts are passed over.
    AnyText,
    /// One text in it is enough, if all its members are texts.
    OnlyTexts,
}

impl Operator {
    /// What lists mean to it.
    pub fn lists(self, version: AgentVersion) -> Lists {
        match self {
            Operator::Equals | Operator::Range => Lists::Never,
            Operator::Contains | Operator::Regexp => Lists::AnyText,
            Operator::Network if version.network_takes_lists() => Lists::OnlyTexts,
            Operator::Network => Lists::Never,
        }
    }
}

/// Is the value what older agents have in the place of a value of another kind?
fn is_zero(version: AgentVersion, value: Leaf<'_>) -> bool {
    !version.equals_knows_kinds() && matches!(value, Leaf::Text("") | Leaf::Int(0) | Leaf::Bool(false))
}

/// `equals` with an integer: both are cast to 64 unsigned bits, so -1 equals 18446744073709551615.
pub fn equals_int(version: AgentVersion, value: Leaf<'_>, wanted: i128) -> bool {
    match value {
        Leaf::Int(own) => own as u64 == wanted as u64,
        other => is_zero(version, other),
    }
}

/// `equals` with a text: byte for byte.
pub fn equals_text(version: AgentVersion, value: Leaf<'_>, wanted: &str) -> bool {
    match value {
        Leaf::Text(own) => own == wanted,
        other => is_zero(version, other),
    }
}

/// `equals` with a boolean.
pub fn equals_bool(version: AgentVersion, value: Leaf<'_>, wanted: bool) -> bool {
    match value {
        Leaf::Bool(own) => own == wanted,
        other => is_zero(version, other),
    }
}

/// `equals` with whatever a configuration holds; libbeat refuses to start with anything but integers, texts and booleans.
pub fn equals(version: AgentVersion, value: Leaf<'_>, wanted: &Constant) -> bool {
    match wanted {
        Constant::Int(wanted) => equals_int(version, value, *wanted),
        Constant::Text(wanted) => equals_text(version, value, wanted),
        Constant::Bool(wanted) => equals_bool(version, value, *wanted),
        Constant::Float(_) | Constant::List(_) | Constant::Map(_) => false,
    }
}

/// `contains`: an empty text is only in the empty text.
pub fn contains(value: Leaf<'_>, needle: &str) -> bool {
    match value {
        Leaf::Text(text) if needle.is_empty() => text.is_empty(),
        Leaf::Text(text) => text.contains(needle),
        Leaf::Int(_) | Leaf::Float(_) | Leaf::Bool(_) | Leaf::Other => false,
    }
}

/// The number that `range` compares, if the value is one: texts are read from 8.14 on.
pub fn number(version: AgentVersion, value: Leaf<'_>) -> Option<f64> {
    match value {
        Leaf::Int(number) => Some(number as f64),
        Leaf::Float(number) => Some(number),
        Leaf::Text(text) if version.range_reads_text() => parse_float(text),
        Leaf::Text(_) | Leaf::Bool(_) | Leaf::Other => None,
    }
}

/// Does the number keep within one bound? libbeat asks whether it breaks it, so what is not a number keeps within all.
pub fn keeps(number: f64, bound: Bound, limit: f64) -> bool {
    let broken = match bound {
        Bound::AtLeast => number < limit,
        Bound::Above => number <= limit,
        Bound::AtMost => number > limit,
        Bound::Below => number >= limit,
    };
    !broken
}

/// `range`.
pub fn in_range(version: AgentVersion, value: Leaf<'_>, bounds: &[(Bound, f64)]) -> bool {
    number(version, value).is_some_and(|number| bounds.iter().all(|(bound, limit)| keeps(number, *bound, *limit)))
}

/// `network`. From 8.17 on a text that is no address is in `public`, and in nothing else.
pub fn in_networks(version: AgentVersion, value: Leaf<'_>, networks: &[Network]) -> bool {
    match value {
        Leaf::Text(text) => networks.iter().any(|network| match network {
            Network::Named(name) => in_named(version, text, *name),
            Network::Cidr(_) => address(text).is_some_and(|address| network.contains(address)),
        }),
        Leaf::Int(_) | Leaf::Float(_) | Leaf::Bool(_) | Leaf::Other => false,
    }
}

/// `network` with one name.
pub fn in_named(version: AgentVersion, text: &str, name: NetworkName) -> bool {
    match address(text) {
        Some(address) => name.contains(address),
        None => name == NetworkName::Public && version.network_takes_lists(),
    }
}
