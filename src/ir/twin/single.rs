//! Single values: what functions make of them, and how they compare. As plain as it can be said.
//!
//! In: one value of the event, or two. Out: another, or yes or no. Never here: lists, and which value is meant.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::{Failed, Single};
use crate::ast::{AddressClass, Function, HashKind, Number, Timestamp};
use crate::dialect::{Fold, Reading};
use crate::event::Value;
use crate::fold;
use crate::ir::{Bound, Cmp, Compare, FieldOp, From, LookupId, Operand, Pattern, Piece, Program, Through, Where};
use crate::limits;

/// One scalar through hash and functions.
pub(super) fn through(
    program: &Program,
    value: &Value,
    operand: &Operand,
    reading: Reading,
) -> Result<Option<Single>, Failed> {
    let mut single = match value {
        Value::Bool(flag) => Single::Bool(*flag),
        Value::Number(number) => Single::Number(*number),
        Value::Text(text) if text.len() > limits::VALUE_BYTES => return Err(Failed),
        Value::Text(text) => match reading.absent_reads_as {
            Some(other) if text.is_empty() => Single::Text(other.to_string()),
            _ => Single::Text(text.clone()),
        },
        Value::Null | Value::List(_) | Value::Map(_) => return Ok(None),
    };
    if let From::Hash(kind, _) = operand.from {
        let Single::Text(text) = &single else { return Ok(None) };
        let Some(hash) = hash(text, kind) else { return Ok(None) };
        single = Single::Text(hash);
    }
    for step in &operand.through {
        let text = match &single {
            Single::Text(text) => Some(text.clone()),
            other => reading.converts.then(|| canonical(other)),
        };
        let part = |index: usize| {
            time(&single).and_then(Timestamp::calendar).map(|parts| Single::Number(Number::Int(parts[index].into())))
        };
        let after =
            |text: &str| text.char_indices().rev().find(|(_, c)| matches!(c, '\\' | '/')).map_or(0, |(at, _)| at + 1);
        let function = match step {
            Through::Function(function) => function,
            Through::Lookup(id) => match text.and_then(|text| look_up_row(program, *id, &text)) {
                Some(value) => {
                    single = Single::Text(value);
                    continue;
                }
                None => return Ok(None),
            },
        };
        let next = match function {
            Function::LowerCase => text.map(|text| Single::Text(text.to_lowercase_by_char())),
            Function::UpperCase => text.map(|text| Single::Text(text.chars().flat_map(char::to_uppercase).collect())),
            Function::TitleCase => text.map(|text| Single::Text(titled(&text))),
            Function::FileName => text.map(|text| Single::Text(text[after(&text)..].to_string())),
            Function::Folder => text.map(|text| Single::Text(text[..after(&text)].to_string())),
            Function::LengthOf => Some(Single::Number(Number::Int(canonical(&single).chars().count() as i128))),
            Function::NumberOf => match &single {
                Single::Number(number) => Some(Single::Number(*number)),
                Single::Text(text) => Number::parse_literal(text.trim()).map(Single::Number),
                Single::Bool(_) => None,
            },
            Function::Year => part(0),
            Function::Month => part(1),
            Function::Day => part(2),
            Function::Weekday => part(3),
            Function::Hour => part(4),
            Function::Minute => part(5),
            Function::Week => part(6),
            Function::Base64 | Function::Base64Wide => None,
        };
        match next {
            Some(next) => single = next,
            None => return Ok(None),
        }
    }
    Ok(Some(single))
}

/// The value in the first row with this key.
pub(super) fn look_up_row(program: &Program, id: LookupId, text: &str) -> Option<String> {
    let lookup = &program.lookups[id.index()];
    let key = as_compared(text, Compare { fold: lookup.fold, any_dash: false });
    let row = lookup.keys.iter().position(|have| have == key)?;
    lookup.values.get(row).map(str::to_string)
}

/// Lower case letter by letter; unlike `str::to_lowercase` it does not look at what follows (final sigma).
trait LowerByChar {
    fn to_lowercase_by_char(&self) -> String;
}

impl LowerByChar for String {
    fn to_lowercase_by_char(&self) -> String {
        self.chars().flat_map(char::to_lowercase).collect()
    }
}

/// Runs of letters one after the other, each with its first letter in upper case.
pub(super) fn titled(text: &str) -> String {
    let letter = |c: char| c.is_lowercase() || c.is_uppercase();
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let first = i == 0 || !letter(chars[i - 1]);
        let upper: Vec<char> = c.to_uppercase().collect();
        match (first, upper.as_slice()) {
            (true, [head, rest @ ..]) => {
                out.push(*head);
                out.push_str(&rest.iter().collect::<String>().to_lowercase_by_char());
            }
            _ => out.extend(c.to_lowercase()),
        }
    }
    out
}

pub(super) fn canonical(single: &Single) -> String {
    match single {
        Single::Bool(flag) => flag.to_string(),
        Single::Number(number) => number.text(),
        Single::Text(text) => text.clone(),
    }
}

pub(super) fn text_of(single: &Single, reading: Reading) -> Option<String> {
    match single {
        Single::Text(text) => Some(text.clone()),
        other => reading.converts.then(|| canonical(other)),
    }
}

pub(super) fn number_of(single: &Single, reading: Reading) -> Option<Number> {
    match single {
        Single::Number(number) => Some(*number),
        Single::Text(text) if reading.converts => Number::parse_text(text),
        Single::Text(_) | Single::Bool(_) => None,
    }
}

pub(super) fn address(single: &Single) -> Option<IpAddr> {
    match single {
        Single::Text(text) => text.parse::<IpAddr>().ok().map(|address| match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
            v4 => v4,
        }),
        Single::Bool(_) | Single::Number(_) => None,
    }
}

pub(super) fn time(single: &Single) -> Option<Timestamp> {
    match single {
        Single::Text(text) => Timestamp::parse(text),
        Single::Bool(_) | Single::Number(_) => None,
    }
}

pub(super) fn inside(net: &ipnet::IpNet, address: IpAddr) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let (prefix, own) = match net {
        ipnet::IpNet::V4(_) => (u32::from(net.prefix_len()) + 96, address.is_ipv4()),
        ipnet::IpNet::V6(_) => (u32::from(net.prefix_len()), true),
    };
    let mask = if prefix == 0 { 0 } else { u128::MAX << (128 - prefix) };
    own && bits(address) & mask == bits(net.network()) & mask
}

pub(super) fn of_class(class: AddressClass, address: IpAddr) -> bool {
    let within = |nets: &[&str]| nets.iter().filter_map(|net| net.parse().ok()).any(|net| inside(&net, address));
    match class {
        AddressClass::Private => within(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
        AddressClass::Loopback => within(&["127.0.0.0/8", "::1/128"]),
        AddressClass::LinkLocal => within(&["169.254.0.0/16", "fe80::/10"]),
        AddressClass::Multicast => within(&["224.0.0.0/4", "ff00::/8"]),
        AddressClass::Unspecified => within(&["0.0.0.0/32", "::/128"]),
        AddressClass::Public => {
            let others = [
                AddressClass::Private,
                AddressClass::Loopback,
                AddressClass::LinkLocal,
                AddressClass::Multicast,
                AddressClass::Unspecified,
            ];
            !others.iter().any(|class| of_class(*class, address))
                && !within(&[
                    "255.255.255.255/32",
                    "192.0.2.0/24",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "2001:db8::/32",
                ])
        }
    }
}

pub(super) fn hash(text: &str, kind: HashKind) -> Option<String> {
    for pair in text.split(',') {
        if let Some((name, value)) = pair.split_once('=')
            && name.trim().to_ascii_uppercase() == kind.word()
        {
            let value = value.trim();
            let none = value.is_empty() || value == "-" || value.chars().all(|c| c == '0');
            return (!none).then(|| value.to_string());
        }
    }
    None
}

pub(super) fn meets(cmp: Cmp, order: Ordering) -> bool {
    match cmp {
        Cmp::Less => order == Ordering::Less,
        Cmp::LessOrEqual => order != Ordering::Greater,
        Cmp::Greater => order == Ordering::Greater,
        Cmp::GreaterOrEqual => order != Ordering::Less,
    }
}

pub(super) fn order(value: &Single, bound: &Bound, reading: Reading) -> Option<Ordering> {
    match bound {
        Bound::Number(bound) => number_of(value, reading)?.partial_cmp(bound),
        Bound::Time(bound) => Some(time(value)?.cmp(bound)),
        Bound::Address(bound) => {
            let own = address(value)?;
            (own.is_ipv4() == bound.is_ipv4()).then(|| own.cmp(bound))
        }
    }
}

pub(super) fn as_compared(text: &str, compare: Compare) -> String {
    let mut dashed = String::new();
    if compare.any_dash {
        fold::dashes_into(text, &mut dashed);
    } else {
        dashed.push_str(text);
    }
    match compare.fold {
        Fold::Cased => dashed,
        Fold::Simple => dashed.chars().map(fold::fold_char).collect(),
        Fold::Ascii => dashed.chars().map(|c| c.to_ascii_lowercase()).collect(),
    }
}

pub(super) fn placed(text: &str, needle: &str, place: Where) -> bool {
    match place {
        Where::Inside => text.contains(needle),
        Where::Start => text.starts_with(needle),
        Where::End => text.ends_with(needle),
    }
}

/// By a table over characters and pieces: slow and obvious.
pub(super) fn fits(pattern: &Pattern, text: &str) -> bool {
    // A pattern as single steps.
    enum Step {
        Char(char),
        One,
        Dash,
        Any,
    }
    let steps: Vec<Step> = pattern
        .0
        .iter()
        .flat_map(|piece| match piece {
            Piece::Text(text) => text.chars().map(Step::Char).collect::<Vec<_>>(),
            Piece::One => vec![Step::One],
            Piece::Dash => vec![Step::Dash],
            Piece::Any => vec![Step::Any],
        })
        .collect();
    // `reach[i]`: the first i steps fit the text so far.
    let close = |reach: &mut Vec<bool>| {
        for (i, step) in steps.iter().enumerate() {
            if matches!(step, Step::Any) && reach[i] {
                reach[i + 1] = true;
            }
        }
    };
    let mut reach = vec![false; steps.len() + 1];
    reach[0] = true;
    close(&mut reach);
    for c in text.chars() {
        let mut next = vec![false; steps.len() + 1];
        for (i, step) in steps.iter().enumerate() {
            match step {
                Step::Char(wanted) => next[i + 1] |= reach[i] && *wanted == c,
                Step::One => next[i + 1] |= reach[i],
                Step::Dash => next[i + 1] |= reach[i] && matches!(c, '-' | '/'),
                Step::Any => next[i] |= reach[i],
            }
            if matches!(step, Step::Any) {
                next[i + 1] |= reach[i + 1];
            }
        }
        close(&mut next);
        reach = next;
    }
    reach[steps.len()]
}

pub(super) fn fields(op: FieldOp, fold: Fold, reading: Reading, left: &Single, right: &Single) -> bool {
    let compare = Compare { fold, any_dash: false };
    let texts =
        || Some((as_compared(&text_of(left, reading)?, compare), as_compared(&text_of(right, reading)?, compare)));
    let numbers = || Some((number_of(left, reading)?, number_of(right, reading)?));
    match op {
        FieldOp::Equals => numbers().is_some_and(|(a, b)| a == b) || texts().is_some_and(|(a, b)| a == b),
        FieldOp::Text(place) => texts().is_some_and(|(text, needle)| placed(&text, &needle, place)),
        FieldOp::Order(cmp) => {
            if let Some((a, b)) = numbers() {
                return a.partial_cmp(&b).is_some_and(|order| meets(cmp, order));
            }
            if let (Some(a), Some(b)) = (time(left), time(right)) {
                return meets(cmp, a.cmp(&b));
            }
            matches!((address(left), address(right)), (Some(a), Some(b)) if a.is_ipv4() == b.is_ipv4() && meets(cmp, a.cmp(&b)))
        }
    }
}
