//! Addresses: networks, classes of them, and their order.
//!
//! In: networks of a rule. Out: a condition `network` that holds for the same addresses. Never here: libbeat's own names of networks, which mean
//! something else (`private` has not all of fc00::/7, `public` takes what is no address).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

use super::shape::Shape;
use super::truth::Truth;
use super::{Refused, refuse};
use crate::ast::AddressClass;
use crate::dialect::AgentVersion;
use crate::ir::Cmp;
use crate::libbeat::Condition;

/// The address at the path is in one of these networks.
pub(super) fn condition(
    version: AgentVersion,
    path: &str,
    shape: Shape,
    networks: Vec<IpNet>,
) -> Result<Truth, Refused> {
    match shape {
        Shape::Text => {}
        Shape::Texts if version.network_takes_lists() => {}
        Shape::Texts => {
            return refuse(
                format!("a test on the addresses of `{path}`, which may be a list"),
                "Winlogbeat looks into lists of addresses from 8.17 on",
            );
        }
        Shape::Decimal | Shape::Hex | Shape::Truth | Shape::Integer | Shape::Time => return Ok(Truth::Never),
    }
    if networks.is_empty() {
        return Ok(Truth::Never);
    }
    let networks = networks.into_iter().flat_map(for_go).collect();
    let networks = IpNet::aggregate(&networks).iter().map(ToString::to_string).collect();
    Ok(Condition::Network(path.to_string(), networks).into())
}

/// A network as Go compares it: an IPv4 address is in no network of IPv6, also where it is written as one.
fn for_go(network: IpNet) -> Vec<IpNet> {
    const MAPPED: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
    let IpNet::V6(v6) = network else { return vec![network] };
    if v6.prefix_len() <= 96 {
        let both = v6.contains(&MAPPED).then(|| IpNet::V4(ipnet::Ipv4Net::default()));
        return both.into_iter().chain([network]).collect();
    }
    let v4 = v6.network().to_ipv4_mapped().and_then(|v4| ipnet::Ipv4Net::new(v4, v6.prefix_len() - 96).ok());
    vec![v4.map_or(network, IpNet::V4)]
}

/// The address at the path is of a class.
pub(super) fn class(version: AgentVersion, path: &str, shape: Shape, class: AddressClass) -> Result<Truth, Refused> {
    let in_these = |networks: &[&str]| {
        condition(version, path, shape, networks.iter().filter_map(|net| net.parse().ok()).collect())
    };
    match class {
        AddressClass::Private => in_these(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
        AddressClass::Loopback => in_these(&["127.0.0.0/8", "::1/128"]),
        AddressClass::LinkLocal => in_these(&["169.254.0.0/16", "fe80::/10"]),
        AddressClass::Multicast => in_these(&["224.0.0.0/4", "ff00::/8"]),
        AddressClass::Unspecified => in_these(&["0.0.0.0/32", "::/128"]),
        AddressClass::Public if shape == Shape::Texts => {
            refuse(format!("`is public` of `{path}`, which may be a list"), "name the networks that are meant")
        }
        AddressClass::Public => {
            let others = [
                AddressClass::Private,
                AddressClass::Loopback,
                AddressClass::LinkLocal,
                AddressClass::Multicast,
                AddressClass::Unspecified,
            ];
            let mut none = vec![in_these(&[
                "255.255.255.255/32",
                "192.0.2.0/24",
                "198.51.100.0/24",
                "203.0.113.0/24",
                "2001:db8::/32",
            ])?];
            for other in others {
                none.push(self::class(version, path, shape, other)?);
            }
            let networks = none.into_iter().filter_map(|truth| match truth {
                Truth::If(Condition::Network(_, networks)) => Some(networks),
                _ => None,
            });
            let none = Condition::Network(path.to_string(), networks.flatten().collect());
            let address = in_these(&["0.0.0.0/0", "::/0"])?;
            Ok(Truth::all([address, Truth::from(none).not()]))
        }
    }
}

/// The networks of all addresses that stand in this order to a bound; only those of its family do.
pub(super) fn ordered(cmp: Cmp, bound: IpAddr) -> Vec<IpNet> {
    match bound {
        IpAddr::V4(bound) => {
            let bits = bound.to_bits();
            let (from, to) = match cmp {
                Cmp::Less => (Some(0), bits.checked_sub(1)),
                Cmp::LessOrEqual => (Some(0), Some(bits)),
                Cmp::Greater => (bits.checked_add(1), Some(u32::MAX)),
                Cmp::GreaterOrEqual => (Some(bits), Some(u32::MAX)),
            };
            let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
            IpSubnets::V4(Ipv4Subnets::new(Ipv4Addr::from_bits(from), Ipv4Addr::from_bits(to), 0)).collect()
        }
        IpAddr::V6(bound) => {
            let bits = bound.to_bits();
            let (from, to) = match cmp {
                Cmp::Less => (Some(0), bits.checked_sub(1)),
                Cmp::LessOrEqual => (Some(0), Some(bits)),
                Cmp::Greater => (bits.checked_add(1), Some(u128::MAX)),
                Cmp::GreaterOrEqual => (Some(bits), Some(u128::MAX)),
            };
            let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
            IpSubnets::V6(Ipv6Subnets::new(Ipv6Addr::from_bits(from), Ipv6Addr::from_bits(to), 0)).collect()
        }
    }
}
