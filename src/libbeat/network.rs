//! Networks: names and CIDR forms, as libbeat's `network` knows them.
//!
//! In: a name or `ADDRESS/LENGTH`, and the text of an address. Out: whether the address is inside. Never here: names of hosts, zones (`%eth0`), lists.
//!
//! | name | addresses |
//! | --- | --- |
//! | `loopback` | 127.0.0.0/8, ::1 |
//! | `global_unicast`, `unicast` | all but the unspecified ones, loopback, multicast, link-local unicast and 255.255.255.255; private ones too |
//! | `link_local_unicast` | 169.254.0.0/16, fe80::/10 |
//! | `interface_local_multicast` | ffX1::/16 |
//! | `link_local_multicast` | 224.0.0.0/24, ffX2::/16 |
//! | `multicast` | 224.0.0.0/4, ff00::/8 |
//! | `unspecified` | 0.0.0.0, :: |
//! | `private` | 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fd00::/8 |
//! | `public` | all but private, loopback, unspecified, 255.255.255.255, link-local, and multicast of the interface or the link |
//!
//! An IPv6 address that maps an IPv4 one is that one. An IPv6 network holds no IPv4 address unless it is itself mapped, so `::/0` holds none.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What `network` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NetworkName {
    /// `loopback`
    Loopback,
    /// `global_unicast`, `unicast`
    GlobalUnicast,
    /// `link_local_unicast`
    LinkLocalUnicast,
    /// `interface_local_multicast`
    InterfaceLocalMulticast,
    /// `link_local_multicast`
    LinkLocalMulticast,
    /// `multicast`
    Multicast,
    /// `unspecified`
    Unspecified,
    /// `private`
    Private,
    /// `public`
    Public,
}

/// Names as written, with what they mean; two mean the same.
const NAMES: [(&str, NetworkName); 10] = [
    ("loopback", NetworkName::Loopback),
    ("global_unicast", NetworkName::GlobalUnicast),
    ("unicast", NetworkName::GlobalUnicast),
    ("link_local_unicast", NetworkName::LinkLocalUnicast),
    ("interface_local_multicast", NetworkName::InterfaceLocalMulticast),
    ("link_local_multicast", NetworkName::LinkLocalMulticast),
    ("multicast", NetworkName::Multicast),
    ("unspecified", NetworkName::Unspecified),
    ("private", NetworkName::Private),
    ("public", NetworkName::Public),
];

impl NetworkName {
    /// All names as they are written.
    pub fn words() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(word, _)| *word)
    }

    /// The name that is written so.
    pub fn parse(word: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| *name == word).map(|(_, name)| *name)
    }

    /// Is the address in it? It is canonical: none of [`address`] maps IPv4.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Loopback, address) => address.is_loopback(),
            (Self::GlobalUnicast, address) => {
                let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
                let other = [Self::Unspecified, Self::Loopback, Self::Multicast, Self::LinkLocalUnicast];
                !broadcast && !other.iter().any(|name| name.contains(address))
            }
            (Self::LinkLocalUnicast, IpAddr::V4(v4)) => v4.is_link_local(),
            (Self::LinkLocalUnicast, IpAddr::V6(v6)) => v6.segments()[0] & 0xffc0 == 0xfe80,
            (Self::InterfaceLocalMulticast, IpAddr::V4(_)) => false,
            (Self::InterfaceLocalMulticast, IpAddr::V6(v6)) => v6.segments()[0] & 0xff0f == 0xff01,
            (Self::LinkLocalMulticast, IpAddr::V4(v4)) => v4.octets()[..3] == [224, 0, 0],
            (Self::LinkLocalMulticast, IpAddr::V6(v6)) => v6.segments()[0] & 0xff0f == 0xff02,
            (Self::Multicast, address) => address.is_multicast(),
            (Self::Unspecified, address) => address.is_unspecified(),
            (Self::Private, IpAddr::V4(v4)) => v4.is_private(),
            (Self::Private, IpAddr::V6(v6)) => v6.octets()[0] == 0xfd,
            (Self::Public, address) => {
                let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
                let local = [
                    Self::Private,
                    Self::Loopback,
                    Self::Unspecified,
                    Self::LinkLocalUnicast,
                    Self::LinkLocalMulticast,
                    Self::InterfaceLocalMulticast,
                ];
                !broadcast && !local.iter().any(|name| name.contains(address))
            }
        }
    }
}

/// A network of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// By name.
    Named(NetworkName),
    /// By address and length of the prefix.
    Cidr(IpNet),
}

impl Network {
    /// Reads a name or a CIDR form; anything else keeps libbeat from starting.
    pub fn parse(text: &str) -> Option<Network> {
        if let Some(name) = NetworkName::parse(text) {
            return Some(Network::Named(name));
        }
        let (start, length) = text.split_once('/')?;
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u8 = digits.then(|| length.parse().ok()).flatten()?;
        Some(Network::Cidr(IpNet::new(start.parse().ok()?, length).ok()?.trunc()))
    }

    /// Is the address in it?
    pub fn contains(&self, address: IpAddr) -> bool {
        match self {
            Network::Named(name) => name.contains(address),
            Network::Cidr(net) => in_cidr(net, address),
        }
    }
}

/// Is the address in the network? A network of mapped IPv4 addresses, with a prefix that says so, is one of IPv4.
pub fn in_cidr(net: &IpNet, address: IpAddr) -> bool {
    match (net, address) {
        (IpNet::V4(net), IpAddr::V4(address)) => net.contains(&address),
        (IpNet::V6(net), IpAddr::V6(address)) => mapped(net.network()).is_none() && net.contains(&address),
        (IpNet::V6(net), IpAddr::V4(address)) => {
            mapped(net.network()).is_some() && net.contains(&address.to_ipv6_mapped())
        }
        (IpNet::V4(_), IpAddr::V6(_)) => false,
    }
}

fn mapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    address.to_ipv4_mapped()
}

/// The address that a text is, as Go's `net.ParseIP` reads it: no zone, no leading zeros; IPv4 mapped into IPv6 is IPv4.
pub fn address(text: &str) -> Option<IpAddr> {
    // The first byte says enough of most texts that are none.
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_hexdigit() || first == b':') || text.len() > 45 {
        return None;
    }
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}
