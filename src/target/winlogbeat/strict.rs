//! Tests in libbeat's own meaning, said back to libbeat.
//!
//! In: a test of the strict dialect, and the version that it is of. Out: the condition that it came from; or a refusal, where the version that is
//! written for would read it otherwise. Never here: our own meaning.

use super::pattern;
use super::test::{Around, writable};
use super::truth::Truth;
use super::{Refused, refuse};
use crate::ast::{AddressClass, Number};
use crate::dialect::AgentVersion;
use crate::ir::{Bound as IrBound, Check, Cmp, From, Test};
use crate::libbeat::{Bound, Condition, Constant};

/// The condition that the test was.
pub(super) fn condition(around: Around<'_>, of: AgentVersion, test: &Test) -> Result<Truth, Refused> {
    let From::Slot(slot) = test.subject.from else {
        return refuse("this operand in a strict test", "name one field");
    };
    let path = around.program.layout.get(slot).and_then(|field| field.paths.first()).cloned().unwrap_or_default();
    writable(&path)?;
    let same = |reads: fn(AgentVersion) -> bool, what: &str| {
        if reads(of) == reads(around.version()) {
            return Ok(());
        }
        refuse(
            format!("`{what}` of Winlogbeat {of}, which {} reads otherwise,", around.version()),
            "write the test in this language's own meaning, or for the version that it is meant for",
        )
    };
    let stands = |text: &str| match pattern::can_stand(text) {
        true => Ok(()),
        false => refuse(
            "a text with line ends, control characters, `${` or `$$` in a strict test",
            "write it as a pattern: strictly FIELD matches '…'",
        ),
    };
    Ok(match &test.check {
        Check::Exists => Condition::HasFields(vec![path]).into(),
        Check::In(set) if !set.networks.is_empty() => {
            same(AgentVersion::network_takes_lists, "network")?;
            Condition::Network(path, set.networks.iter().map(ToString::to_string).collect()).into()
        }
        Check::In(set) => {
            // Before 7.13 a value of another type is compared with 0, `''` and false.
            same(AgentVersion::has_text_ids, "equals")?;
            let mut any = Vec::new();
            for text in &set.texts {
                stands(text)?;
                any.push(Constant::Text(text.clone()));
            }
            any.extend(set.numbers.iter().filter_map(|number| match number {
                Number::Int(value) => Some(Constant::Int(*value)),
                // No integer of an event is equal to it.
                Number::Float(_) => None,
            }));
            any.extend(set.bools.iter().map(|truth| Constant::Bool(*truth)));
            Truth::any(any.into_iter().map(|value| Condition::Equals(path.clone(), value).into()))
        }
        Check::Text { needles, .. } => {
            let mut any = Vec::new();
            for needle in needles {
                stands(needle)?;
                any.push(Condition::Contains(path.clone(), needle.clone()).into());
            }
            Truth::any(any)
        }
        Check::Matches { patterns, .. } => {
            let mut any = Vec::new();
            for pattern in patterns {
                let go =
                    pattern::to_go(pattern, around.version()).map_err(|not| Refused::new("this pattern", not.0))?;
                stands(&go)?;
                any.push(Condition::Regexp(path.clone(), go).into());
            }
            Truth::any(any)
        }
        Check::Order(cmp, IrBound::Number(bound)) => {
            same(AgentVersion::range_reads_text, "range")?;
            let side = match cmp {
                Cmp::Less => Bound::Below,
                Cmp::LessOrEqual => Bound::AtMost,
                Cmp::Greater => Bound::Above,
                Cmp::GreaterOrEqual => Bound::AtLeast,
            };
            let bound = match bound {
                Number::Int(value) => *value as f64,
                Number::Float(value) => *value,
            };
            Condition::Range(path, vec![(side, bound)]).into()
        }
        Check::Class(class) => {
            same(AgentVersion::network_takes_lists, "network")?;
            let name = match class {
                AddressClass::Private => "private",
                AddressClass::Public => "public",
                AddressClass::Loopback => "loopback",
                AddressClass::LinkLocal => "link_local_unicast",
                AddressClass::Multicast => "multicast",
                AddressClass::Unspecified => "unspecified",
            };
            Condition::Network(path, vec![name.to_string()]).into()
        }
        Check::Order(..)
        | Check::Blank
        | Check::Like { .. }
        | Check::Table(_)
        | Check::Field(..)
        | Check::EventIs(_)
        | Check::HasTag { .. }
        | Check::Acted(_)
        | Check::Remembered(..)
        | Check::Some(_) => return refuse("this strict test", "libbeat has no condition for it"),
    })
}
