//! Conditions that the base's schema does not have.
//!
//! In: alternatives of one test, and the version of the base's schema. Out: the same in conditions of that version, or that it needs a later one. Never
//! here: what Sysmon takes; it reads newer conditions too, and `sysmon check` says of them what this avoids (BS1008).
//!
//! | newer than the schema | becomes |
//! | --- | --- |
//! | `is any`, `contains any` | an alternative with `is`, `contains` for each item |
//! | another one | a refusal |

use super::dnf::{Dnf, Filter, TooMany};
use super::{Refused, refuse};
use crate::sysmon::config::{Condition, Schema};

/// Alternatives in the conditions of a schema.
pub(super) fn said_in(schema: Schema, dnf: Dnf) -> Result<Result<Dnf, TooMany>, Refused> {
    // `sysmon check` knows no version of such a schema either.
    if schema == Schema::default() || dnf.0.iter().flatten().all(|filter| filter.condition.since() <= schema) {
        return Ok(Ok(dnf));
    }
    let mut sum = Dnf::never();
    for all in dnf.0 {
        let mut both = Dnf::always();
        for filter in all {
            let one = match older(schema, filter)? {
                Ok(one) => both.and(&one),
                Err(too_many) => Err(too_many),
            };
            both = match one {
                Ok(both) => both,
                Err(too_many) => return Ok(Err(too_many)),
            };
        }
        sum = match sum.or(both) {
            Ok(sum) => sum,
            Err(too_many) => return Ok(Err(too_many)),
        };
    }
    Ok(Ok(sum))
}

fn older(schema: Schema, filter: Filter) -> Result<Result<Dnf, TooMany>, Refused> {
    let since = filter.condition.since();
    if since <= schema {
        return Ok(Ok(Dnf::one(filter)));
    }
    let single = match filter.condition {
        Condition::IsAny => Condition::Is,
        Condition::ContainsAny => Condition::Contains,
        newer => {
            let word = newer.word();
            return refuse(
                format!("this in schema {schema}, which the base has: `{word}` came with {since}"),
                format!(
                    "write schemaversion=\"{since}\" or later in the base, if the Sysmon of the endpoints has it; or test without this `not`"
                ),
            );
        }
    };
    let items = filter.value.split(';').map(|item| vec![Filter::new(&filter.field, single, item)]);
    Ok(Dnf(items.collect()).or(Dnf::never()))
}
