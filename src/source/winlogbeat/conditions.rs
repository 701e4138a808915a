//! Conditions of the agent as strict tests.
//!
//! In: a condition and its places. Out: the tree of the same condition, or why no rule can say it. As deep as the condition.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Importer, Unsaid, unsaid};
use crate::ast::{AddressClass, Args, At, Base, CondId, CondKind, Literal, Number, Operand, Operator, Test};
use crate::dialect::Dialect;
use crate::libbeat::config::Places;
use crate::libbeat::network::{Network, NetworkName};
use crate::libbeat::{Bound, Condition, Constant};
use crate::origin::Origin;

fn literal(value: Literal, origin: Origin) -> Operand {
    Operand { base: Base::Literal(value), through: Vec::new(), origin }
}

/// The texts of which a pattern is one, as a whole and in their case; `None` where it is anything else.
fn whole_texts(pattern: &str) -> Option<Vec<String>> {
    let unwrapped = pattern.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(r")[^\s\S]*")).unwrap_or(pattern);
    let inner = unwrapped.strip_prefix('^')?.strip_suffix('$')?;
    let group = inner.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(')'));
    let inner = group.unwrap_or(inner).replace("[$]", r"\$");
    let mut texts = vec![String::new()];
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            // Without a group the anchors are parts of single members.
            '|' if group.is_some() => texts.push(String::new()),
            '|' => return None,
            '\\' => texts.last_mut()?.push(chars.next().filter(char::is_ascii_punctuation)?),
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            c => texts.last_mut()?.push(c),
        }
    }
    texts.iter().all(|text| !text.is_empty()).then_some(texts)
}

fn number(value: Number, origin: Origin) -> Operand {
    literal(Literal::Number { value, written: value.text() }, origin)
}

impl Importer<'_> {
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        places: Option<&Places>,
        origin: Origin,
    ) -> Result<CondId, Unsaid> {
        let origin = places.map_or(origin, |places| places.origin);
        Ok(match condition {
            Condition::True => self.add(CondKind::Const(true), origin),
            Condition::Equals(field, wanted) => {
                let operand = match wanted {
                    Constant::Text(text) => literal(Literal::Text(text.clone()), origin),
                    Constant::Int(value) => number(Number::Int(*value), origin),
                    Constant::Bool(flag) => literal(Literal::Bool(*flag), origin),
                    Constant::Float(_) | Constant::List(_) | Constant::Map(_) => {
                        return unsaid("this comparison", origin);
                    }
                };
                self.test(field, Operator::Equals, Args::One(operand), origin)?
            }
            Condition::Contains(field, needle) => {
                let needle = literal(Literal::Text(needle.clone()), origin);
                self.test(field, Operator::Contains, Args::One(needle), origin)?
            }
            // Tags that an earlier filter sets are seen by `has tag` alone.
            Condition::Regexp(field, pattern) if field == "tags" && whole_texts(pattern).is_some() => {
                let tags = whole_texts(pattern).unwrap_or_default();
                let test = Test {
                    dialect: Dialect::Ours,
                    every: false,
                    subject: Operand { base: Base::Event, through: Vec::new(), origin },
                    cased: false,
                    any_dash: false,
                    op: At::new(Operator::HasTag, origin),
                    args: Args::Tags { all: false, tags: tags.into_iter().map(|tag| At::new(tag, origin)).collect() },
                };
                self.add(CondKind::Test(Box::new(test)), origin)
            }
            Condition::Regexp(field, pattern) => {
                let pattern = literal(Literal::Text(pattern.clone()), origin);
                self.test(field, Operator::Matches, Args::One(pattern), origin)?
            }
            Condition::Range(field, bounds) => {
                let mut tests = Vec::with_capacity(bounds.len());
                for (bound, limit) in bounds {
                    // Beyond this a whole number is no longer the one that was written.
                    if !limit.is_finite() || limit.abs() > 9e15 {
                        return unsaid(format!("the bound {limit}"), origin);
                    }
                    let operator = match bound {
                        Bound::AtLeast => Operator::GreaterOrEqual,
                        Bound::Above => Operator::Greater,
                        Bound::AtMost => Operator::LessOrEqual,
                        Bound::Below => Operator::Less,
                    };
                    let limit = number(Number::from_f64(*limit), origin);
                    tests.push(self.test(field, operator, Args::One(limit), origin)?);
                }
                self.joined(tests, CondKind::And, origin)
            }
            Condition::Network(field, networks) => self.network(field, networks, origin)?,
            Condition::HasFields(fields) => {
                let tests = fields.iter().map(|field| self.test(field, Operator::Exists, Args::None, origin));
                let tests = tests.collect::<Result<_, _>>()?;
                self.joined(tests, CondKind::And, origin)
            }
            Condition::Or(members) => {
                let members = self.members(members, places, origin)?;
                self.joined(members, CondKind::Or, origin)
            }
            Condition::And(members) => {
                // An operator with several fields is an `and` inside of one.
                let members = self.members(members, places, origin)?;
                let members = members.into_iter().flat_map(|member| self.joined_by_and(member)).collect();
                self.joined(members, CondKind::And, origin)
            }
            Condition::Not(inner) => {
                let inner = self.condition(inner, places.and_then(|places| places.parts.first()), origin)?;
                self.add(CondKind::Not(inner), origin)
            }
        })
    }

    fn members(
        &mut self,
        members: &[Condition],
        places: Option<&Places>,
        origin: Origin,
    ) -> Result<Vec<CondId>, Unsaid> {
        let part = |at: usize| places.and_then(|places| places.parts.get(at));
        members.iter().enumerate().map(|(at, member)| self.condition(member, part(at), origin)).collect()
    }

    /// The members of an `and`, or what is none.
    pub(super) fn joined_by_and(&self, cond: CondId) -> Vec<CondId> {
        match &self.definition.cond(cond).kind {
            CondKind::And(members) => members.clone(),
            CondKind::Or(_) | CondKind::Not(_) | CondKind::SomeOf { .. } | CondKind::Test(_) | CondKind::Const(_) => {
                vec![cond]
            }
        }
    }

    /// One alone stays alone.
    fn joined(&mut self, mut members: Vec<CondId>, join: fn(Vec<CondId>) -> CondKind, origin: Origin) -> CondId {
        match members.len() {
            1 => members.swap_remove(0),
            0 => self.add(CondKind::Const(true), origin),
            _ => self.add(join(members), origin),
        }
    }

    fn test(&mut self, field: &str, operator: Operator, args: Args, origin: Origin) -> Result<CondId, Unsaid> {
        let base = Base::Field(self.field(field, origin)?);
        let test = Test {
            dialect: Dialect::Winlogbeat(self.version),
            every: false,
            subject: Operand { base, through: Vec::new(), origin },
            cased: false,
            any_dash: false,
            op: At::new(operator, origin),
            args,
        };
        Ok(self.add(CondKind::Test(Box::new(test)), origin))
    }

    /// Names that are classes here, and all others as networks.
    fn network(&mut self, field: &str, networks: &[String], origin: Origin) -> Result<CondId, Unsaid> {
        let mut tests = Vec::new();
        let mut nets = Vec::new();
        for network in networks {
            match Network::parse(network) {
                None => return unsaid(format!("the network `{network}`"), origin),
                Some(Network::Cidr(net)) => nets.push(net),
                Some(Network::Named(name)) => match class(name) {
                    Some(class) => tests.push(self.test(field, Operator::IsClass, Args::Class(class), origin)?),
                    None => nets.extend(written_out(name)),
                },
            }
        }
        if !nets.is_empty() {
            let items = nets
                .into_iter()
                .map(|net| literal(Literal::Network { value: net, written: net.to_string() }, origin))
                .collect();
            tests.push(self.test(field, Operator::In, Args::Many { all: false, items, origin }, origin)?);
        }
        Ok(self.joined(tests, CondKind::Or, origin))
    }
}

fn class(name: NetworkName) -> Option<AddressClass> {
    match name {
        NetworkName::Loopback => Some(AddressClass::Loopback),
        NetworkName::LinkLocalUnicast => Some(AddressClass::LinkLocal),
        NetworkName::Multicast => Some(AddressClass::Multicast),
        NetworkName::Unspecified => Some(AddressClass::Unspecified),
        NetworkName::Private => Some(AddressClass::Private),
        NetworkName::Public => Some(AddressClass::Public),
        NetworkName::GlobalUnicast | NetworkName::InterfaceLocalMulticast | NetworkName::LinkLocalMulticast => None,
    }
}

/// The networks that a name without a class of ours stands for.
fn written_out(name: NetworkName) -> Vec<IpNet> {
    let nets = |texts: &[&str]| -> Vec<IpNet> { texts.iter().filter_map(|text| text.parse().ok()).collect() };
    // ff01::/16, ff11::/16, ...: the third digit is free.
    let scope = |scope: u16| (0..16u16).map(move |flags| [0xff00 | flags << 4 | scope, 0, 0, 0, 0, 0, 0, 0]);
    let scoped = |of: u16| scope(of).filter_map(|head| IpNet::new(IpAddr::from(head), 16).ok());
    match name {
        NetworkName::InterfaceLocalMulticast => scoped(1).collect(),
        NetworkName::LinkLocalMulticast => nets(&["224.0.0.0/24"]).into_iter().chain(scoped(2)).collect(),
        NetworkName::GlobalUnicast => {
            let v4 = ["0.0.0.0/32", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"];
            let v6 = ["::/127", "fe80::/10", "ff00::/8"];
            let mut left = without(nets(&["0.0.0.0/0"]), &nets(&v4));
            left.extend(without(nets(&["::/0"]), &nets(&v6)));
            left
        }
        NetworkName::Loopback
        | NetworkName::LinkLocalUnicast
        | NetworkName::Multicast
        | NetworkName::Unspecified
        | NetworkName::Private
        | NetworkName::Public => Vec::new(),
    }
}

/// What is left of networks without these holes: halves, and halves of those in which a hole is.
fn without(mut open: Vec<IpNet>, holes: &[IpNet]) -> Vec<IpNet> {
    let mut left = Vec::new();
    while let Some(net) = open.pop() {
        if holes.iter().any(|hole| hole.contains(&net)) {
            continue;
        }
        if holes.iter().any(|hole| net.contains(hole)) {
            open.extend(net.subnets(net.prefix_len() + 1).into_iter().flatten());
        } else {
            left.push(net);
        }
    }
    left.sort();
    left
}
