//! libbeat's rows for the operators.
//!
//! In: the value of a field as it stands, and a check. Out: what libbeat of this version says. Never here: our own meaning.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::single::{address, inside, meets, of_class};
use super::{Failed, Single};
use crate::ast::{AddressClass, Number};
use crate::dialect::AgentVersion;
use crate::event::Value;
use crate::ir::{Bound, Check};
use crate::limits;

/// libbeat's conditions, by version.
pub(super) fn strictly(version: AgentVersion, value: Option<Value>, check: &Check) -> Result<bool, Failed> {
    let at_least = |major: u8, minor: u8| (version.major, version.minor) >= (major, minor);
    let Some(value) = value else { return Ok(false) };
    if matches!(check, Check::Exists) {
        return Ok(true);
    }
    let network = matches!(check, Check::Class(_)) || matches!(check, Check::In(set) if !set.networks.is_empty());
    let text_lists = matches!(check, Check::Text { .. } | Check::Matches { .. });
    let values: Vec<Value> = match value {
        Value::List(members) if text_lists || network && at_least(8, 17) => {
            if members.len() > limits::VALUE_MEMBERS {
                return Err(Failed);
            }
            let texts: Vec<Value> = members.iter().filter(|member| matches!(member, Value::Text(_))).cloned().collect();
            // To `network` a list with anything else in it is no list of texts.
            if network && texts.len() < members.len() {
                return Ok(false);
            }
            texts
        }
        Value::List(_) | Value::Map(_) | Value::Null => return Ok(false),
        scalar => vec![scalar],
    };
    for value in values {
        let text = match &value {
            Value::Text(text) if text.len() > limits::VALUE_BYTES => return Err(Failed),
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        let own_address = text.clone().and_then(|text| address(&Single::Text(text)));
        let holds = match check {
            Check::In(set) if network => {
                own_address.is_some_and(|address| set.networks.iter().any(|net| holds_in_go(net, address)))
            }
            Check::In(set) => {
                let equal = match (&value, &text) {
                    (Value::Bool(flag), _) => set.bools.contains(flag),
                    (Value::Number(Number::Int(own)), _) => set.numbers.iter().any(|wanted| match wanted {
                        Number::Int(wanted) => (*own - *wanted).rem_euclid(1 << 64) == 0,
                        Number::Float(_) => false,
                    }),
                    (_, Some(text)) => set.texts.contains(text),
                    _ => false,
                };
                // Older agents hold a value against nothing where the literal is of another kind.
                let (texts, numbers, bools) = (set.texts.len(), set.numbers.len(), set.bools.len());
                let against_nothing = match &value {
                    Value::Text(text) => text.is_empty() && numbers + bools > 0,
                    Value::Number(Number::Int(own)) => *own == 0 && texts + bools > 0,
                    Value::Bool(flag) => !flag && texts + numbers > 0,
                    _ => false,
                };
                equal || against_nothing && !at_least(7, 13)
            }
            Check::Text { needles, .. } => text.is_some_and(|text| {
                needles
                    .iter()
                    .any(|needle| if needle.is_empty() { text.is_empty() } else { text.contains(needle.as_str()) })
            }),
            Check::Matches { patterns, .. } => {
                let mut any = false;
                for pattern in patterns {
                    let regex = crate::check::pattern::build(pattern).map_err(|_| Failed)?;
                    any = any || text.as_deref().is_some_and(|text| regex.is_match(text));
                }
                any
            }
            Check::Order(cmp, Bound::Number(bound)) => {
                let float = |number: Number| match number {
                    Number::Int(value) => value as f64,
                    Number::Float(value) => value,
                };
                let own = match (&value, &text) {
                    (Value::Number(number), _) => Some(float(*number)),
                    (_, Some(text)) if at_least(8, 14) => go_number(text),
                    _ => None,
                };
                // What has no order breaks no bound.
                own.is_some_and(|own| own.partial_cmp(&float(*bound)).is_none_or(|order| meets(*cmp, order)))
            }
            Check::Class(class) => match (own_address, &text) {
                (Some(address), _) => class_of_libbeat(*class, address),
                (None, Some(_)) => *class == AddressClass::Public && at_least(8, 17),
                (None, None) => false,
            },
            _ => false,
        };
        if holds {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn class_of_libbeat(class: AddressClass, address: IpAddr) -> bool {
    let within = |nets: &[&str]| nets.iter().filter_map(|net| net.parse().ok()).any(|net| inside(&net, address));
    let private = within(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]);
    match class {
        AddressClass::Private => private,
        AddressClass::Public => {
            let local = within(&[
                "127.0.0.0/8",
                "::1/128",
                "0.0.0.0/32",
                "::/128",
                "255.255.255.255/32",
                "169.254.0.0/16",
                "fe80::/10",
                "224.0.0.0/24",
            ]);
            let multicast =
                matches!(address, IpAddr::V6(v6) if v6.octets()[0] == 0xff && matches!(v6.octets()[1] & 0xf, 1 | 2));
            !private && !local && !multicast
        }
        other => of_class(other, address),
    }
}

/// Go keeps IPv4 and IPv6 apart: a network of IPv6 holds an IPv4 address only if it is written as mapped IPv4.
fn holds_in_go(net: &ipnet::IpNet, address: IpAddr) -> bool {
    let of_ipv4 = match net {
        ipnet::IpNet::V4(_) => true,
        ipnet::IpNet::V6(net) => net.network().segments()[..6] == [0, 0, 0, 0, 0, 0xffff],
    };
    of_ipv4 == address.is_ipv4() && inside(net, address)
}

/// A number in a text as Go's `strconv` reads it: decimal or hexadecimal, underscores between digits, `inf`, `nan`.
fn go_number(text: &str) -> Option<f64> {
    let chars: Vec<char> = text.to_ascii_lowercase().chars().collect();
    let (sign, rest) = match chars.as_slice() {
        ['-', rest @ ..] => (-1.0, rest),
        ['+', rest @ ..] => (1.0, rest),
        rest => (1.0, rest),
    };
    let word: String = rest.iter().collect();
    match (word.as_str(), rest.len() == chars.len()) {
        ("inf" | "infinity", _) => return Some(sign * f64::INFINITY),
        ("nan", true) => return Some(f64::NAN),
        _ => {}
    }
    let (base, mark, rest) = match rest {
        ['0', 'x', rest @ ..] => (16, 'p', rest),
        rest => (10, 'e', rest),
    };
    // The digits of one part, its underscores checked. `before`: a digit, or the prefix, stands right before it.
    let digits = |part: &[char], base: u32, mut before: bool| -> Option<Vec<u32>> {
        let mut found = Vec::new();
        for (at, c) in part.iter().enumerate() {
            match c.to_digit(base) {
                Some(digit) => found.push(digit),
                None if *c == '_' && before && part.get(at + 1).is_some_and(|next| next.is_digit(base)) => {}
                None => return None,
            }
            before = c.is_digit(base);
        }
        Some(found)
    };
    let mut halves = rest.splitn(2, |c| *c == mark);
    let mantissa = halves.next()?;
    let exponent: f64 = match halves.next() {
        None if base == 16 => return None,
        None => 0.0,
        Some(written) => {
            let (sign, written) = match written {
                ['-', written @ ..] => (-1.0, written),
                ['+', written @ ..] => (1.0, written),
                written => (1.0, written),
            };
            let found = digits(written, 10, false).filter(|found| !found.is_empty())?;
            sign * found.iter().fold(0.0, |sum, digit| sum * 10.0 + f64::from(*digit))
        }
    };
    let mut parts = mantissa.splitn(2, |c| *c == '.');
    let whole = digits(parts.next()?, base, base == 16)?;
    let fraction = digits(parts.next().unwrap_or_default(), base, false)?;
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let value = if base == 10 {
        let plain: String = chars.iter().filter(|c| **c != '_' && **c != '+').skip(usize::from(sign < 0.0)).collect();
        plain.parse().ok()?
    } else {
        nearest(&whole, &fraction, exponent)
    };
    value.is_finite().then_some(sign * value)
}

/// The number of 64 bits that is nearest to hexadecimal digits times a power of two; of two that are equally near, the even one.
fn nearest(whole: &[u32], fraction: &[u32], exponent: f64) -> f64 {
    let bits: Vec<bool> =
        whole.iter().chain(fraction).flat_map(|digit| (0..4).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    let Some(first) = bits.iter().position(|bit| *bit) else { return 0.0 };
    // The first bit that is set stands for 2 to this power.
    let power = 4.0 * whole.len() as f64 - 1.0 - first as f64 + exponent;
    if power > 1023.0 {
        return f64::INFINITY;
    }
    if power < -1080.0 {
        return 0.0;
    }
    let count = (53.0 + (power + 1022.0).min(0.0)).max(0.0) as usize;
    let significant = &bits[first..];
    let mut kept = 0u64;
    for at in 0..count {
        kept = kept * 2 + u64::from(significant.get(at).copied().unwrap_or(false));
    }
    let rest = significant.get(count..).unwrap_or_default();
    let half = match rest {
        [true, more @ ..] if power >= -1075.0 => {
            if more.contains(&true) {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        }
        _ => Ordering::Less,
    };
    let up = half == Ordering::Greater || half == Ordering::Equal && kept % 2 == 1;
    let mut value = (kept + u64::from(up)) as f64;
    // One step at a time: each is exact, for what is too small was cut before.
    let mut left = power as i64 - count as i64 + 1;
    while left > 0 {
        value *= 2.0;
        left -= 1;
    }
    while left < 0 {
        value /= 2.0;
        left += 1;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::go_number;
    use crate::libbeat::parse_float;

    #[test]
    fn both_readers_of_numbers_agree() {
        use proptest::prelude::*;
        let strategy = proptest::string::string_regex(
            "[+-]?(0[xX]_?)?[0-9a-fA-F_]{0,20}\\.?[0-9a-f_]{0,5}([eEpP][+-]?[0-9_]{0,4})?|inf|NaN|[ -~]{0,6}",
        );
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(20_000));
        runner
            .run(&strategy.unwrap(), |text| {
                prop_assert_eq!(go_number(&text).map(f64::to_bits), parse_float(&text).map(f64::to_bits), "{}", text);
                Ok(())
            })
            .unwrap();
        for exponent in -1090..-1010 {
            for mantissa in ["0x1", "0x3", "0x1.8", "0x1.4000000000001", "0xfffffffffffffff", "0x1.ffffffffffffff"] {
                let text = format!("{mantissa}p{exponent}");
                assert_eq!(go_number(&text), parse_float(&text), "{text}");
            }
        }
    }
}
