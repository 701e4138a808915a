//! libbeat's rows for the operators.
//!
//! In: the value of a field as it stands, and a check. Out: what libbeat of this version says. Never here: our own meaning.

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
    let takes_lists = matches!(check, Check::Text { .. } | Check::Matches { .. }) || network && at_least(8, 17);
    let texts = |values: &[Value]| {
        values
            .iter()
            .map(|value| match value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect::<Option<Vec<String>>>()
    };
    let values: Vec<Value> = match value {
        Value::List(members) if takes_lists => {
            if members.len() > limits::VALUE_MEMBERS {
                return Err(Failed);
            }
            match texts(&members) {
                Some(_) => members,
                None => return Ok(false),
            }
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
                own_address.is_some_and(|address| set.networks.iter().any(|net| inside(net, address)))
            }
            Check::In(set) => match (&value, &text) {
                (Value::Bool(flag), _) => set.bools.contains(flag),
                (Value::Number(Number::Int(own)), _) => set.numbers.iter().any(|wanted| match wanted {
                    Number::Int(wanted) => (*own - *wanted).rem_euclid(1 << 64) == 0,
                    Number::Float(_) => false,
                }),
                (_, Some(text)) => set.texts.contains(text),
                _ => false,
            },
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
                    (_, Some(text)) if at_least(8, 14) => text.parse::<f64>().ok(),
                    _ => None,
                };
                own.and_then(|own| own.partial_cmp(&float(*bound))).is_some_and(|order| meets(*cmp, order))
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
