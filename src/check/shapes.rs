//! Values that a field of some type never holds.
//!
//! In: a literal of a test, and the type of the test's field. Out: BS0309 at the literal. Never here: what a function made of a value;
//! the log manager's types. Where a text stands for nothing (`""`, `-`), every field can hold it.
//!
//! | type | texts that it holds | what a part of them is made of |
//! | --- | --- | --- |
//! | number | decimal digits, or `0x` and hexadecimal ones | hexadecimal digits, `x`, `-` |
//! | boolean | true, false, in any case | either of them |
//! | GUID | with braces or without | hexadecimal digits, `-`, braces |
//! | time | what the language reads as a time | digits, `-`, `:`, `.`, `+`, `T`, `Z`, a space |
//! | address | IPv4, IPv6 | hexadecimal digits, `:`, `.`, `%` |
//! | hashes | `NAME=digits`, separated by commas | letters, digits, `=`, `,` |
//! | a handful of words | any text, and no number | any text |
//! | path | anything but a drive with slashes behind it, and two backslashes beyond the beginning | the same |

use std::net::IpAddr;

use super::Checker;
use super::set::{is_hash, other_guid};
use crate::ast::{self, Base, HashKind, Literal, Number, Operator, Timestamp};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::origin::Origin;
use crate::sysmon::FieldType as T;
use crate::sysmon::normalise::Derived;

impl Checker<'_> {
    /// Says so where a literal is none of the values that the test's field can hold.
    pub(super) fn type_fits(&mut self, test: &ast::Test, literal: &Literal, kind: Option<T>, origin: Origin) {
        // The log manager's types are not those of the agent's fields.
        let foreign = test.dialect == Dialect::LogManager;
        if foreign || !test.subject.through.is_empty() || matches!(test.subject.base, Base::Hash(_)) {
            return;
        }
        let Some(kind) = kind else { return };
        let name = if let Base::Field(field) = &test.subject.base { field.name.as_str() } else { "" };
        let words = FEW.iter().any(|few| name.ends_with(few));
        let equal = matches!(test.op.value, Operator::Equals | Operator::In);
        let part = matches!(test.op.value, Operator::Contains | Operator::StartsWith | Operator::EndsWith);
        let fits = match literal {
            Literal::Number { value, .. } if matches!(kind, T::Number | T::Hex) => {
                !equal || matches!(value, Number::Int(value) if (0..=most(name)).contains(value))
            }
            Literal::Number { .. } => matches!(kind, T::Text | T::Texts) && !words,
            Literal::Bool(_) => matches!(kind, T::Text | T::Texts | T::Boolean),
            // That a star is no wildcard is said elsewhere.
            Literal::Text(text) if text.contains('*') => true,
            Literal::Text(text) if equal => match Derived::of(name) {
                Some(Derived::Hash(kind)) => blank(text) || is_hash(kind, text),
                Some(Derived::Action | Derived::RuleName | Derived::Other) | None => whole(kind, text),
            },
            Literal::Text(text) => !part || inside(kind, text),
            Literal::Address(_) | Literal::Network { .. } => matches!(kind, T::Address | T::Text | T::Texts),
            Literal::Time { .. } => matches!(kind, T::Time | T::Text | T::Texts),
        };
        if fits {
            return;
        }
        let number = matches!(kind, T::Number | T::Hex);
        let (what, help) = match kind {
            T::Path if matches!(literal, Literal::Text(text) if doubled(text)) => {
                ("a path", "write one `\\` for two: between `'` a backslash stands for itself")
            }
            T::Path if matches!(literal, Literal::Text(_)) => ("a path", "write `\\` in place of `/`"),
            T::Path => ("a path", OTHER),
            T::Guid => ("a GUID", OTHER),
            T::Boolean => ("true or false", OTHER),
            T::Hashes => ("hashes with their names", "ask for one of them: `hash SHA256 == '…'`"),
            T::Address => {
                ("an address", "write a network without quotes, `in 10.0.0.0/8`, or choose the field of the name")
            }
            T::Time => ("a time", OTHER),
            T::Number | T::Hex if most(name) == PORTS => ("the number of a port", OTHER),
            T::Number | T::Hex => ("a number", OTHER),
            T::Text if words => ("a word", OTHER),
            T::Text | T::Texts => ("a hash of one kind", OTHER),
        };
        // Of another type than the field, or only another value?
        let (never, help) = match literal {
            Literal::Bool(_) => (format!("a {}", literal.kind()), QUOTES),
            Literal::Number { .. } if !number => (format!("a {}", literal.kind()), QUOTES),
            Literal::Number { .. }
            | Literal::Text(_)
            | Literal::Address(_)
            | Literal::Network { .. }
            | Literal::Time { .. } => ("this".to_string(), help),
        };
        self.report(
            Diagnostic::new(Code::TypeNeverFits, origin, format!("this field holds {what}, never {never}")).help(help),
        );
    }
}

const QUOTES: &str = "put the value into quotes to compare it as text, or choose another field";
const OTHER: &str = "choose another field, or a value that it holds";
const PORTS: i128 = u16::MAX as i128;

/// Fields of events that have a handful of values.
pub(super) const FEW: [&str; 9] = [
    "EventType",
    "Protocol",
    "IntegrityLevel",
    "Signed",
    "SignatureStatus",
    "State",
    "Operation",
    "Type",
    "QueryStatus",
];

/// The largest number that a field holds.
pub(super) fn most(field: &str) -> i128 {
    let tail = field.len().saturating_sub(4);
    match field.get(tail..).is_some_and(|tail| tail.eq_ignore_ascii_case("port")) {
        true => PORTS,
        false => u64::MAX.into(),
    }
}

fn blank(text: &str) -> bool {
    matches!(text, "" | "-")
}

/// Can it be all that a field of this type holds?
fn whole(kind: T, text: &str) -> bool {
    let hash = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            HashKind::ALL.iter().any(|kind| kind.word().eq_ignore_ascii_case(name) && is_hash(*kind, value))
        })
    };
    blank(text)
        || match kind {
            T::Number | T::Hex => Number::parse_text(text).is_some(),
            T::Boolean => ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(text)),
            T::Guid => other_guid(text).is_some(),
            T::Time => Timestamp::parse(text).is_some(),
            T::Address => text.split('%').next().is_some_and(|text| text.parse::<IpAddr>().is_ok()),
            T::Hashes => text.split(',').all(hash),
            T::Path | T::Text | T::Texts => inside(kind, text),
        }
}

/// Are there two backslashes where a path has one? The name of a share begins with two.
fn doubled(text: &str) -> bool {
    text.as_bytes().windows(2).skip(1).any(|two| two == br"\\")
}

/// Can it be a part of what a field of this type holds?
fn inside(kind: T, text: &str) -> bool {
    let of = |more: &str| text.chars().all(|c| c.is_ascii_hexdigit() || more.contains(c));
    match kind {
        T::Number | T::Hex => of("xX-"),
        T::Boolean => ["true", "false", "-"].iter().any(|word| word.contains(&text.to_ascii_lowercase())),
        T::Guid => of("{}-"),
        T::Time => of("-:.+TZtz "),
        T::Address => of(":.%-"),
        T::Hashes => text.chars().all(|c| c.is_ascii_alphanumeric() || "=,-".contains(c)),
        T::Path => !matches!(text.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic()) && !doubled(text),
        T::Text | T::Texts => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_nothing_fits_every_type() {
        for kind in [T::Number, T::Hex, T::Boolean, T::Guid, T::Time, T::Address, T::Hashes, T::Path, T::Text] {
            assert!(whole(kind, "-") && whole(kind, "") && inside(kind, ""), "{kind:?}");
        }
    }

    #[test]
    fn a_text_is_held_against_the_type() {
        let sha1 = "SHA1=".to_string() + &"0a".repeat(20);
        let table = [
            (T::Number, "443", "https"),
            (T::Hex, "0x3e7", "0xsystem"),
            (T::Boolean, "True", "yes"),
            (T::Guid, "{A23EAE89-BD56-5903-0000-0010E9D95E00}", "{A23EAE89}"),
            (T::Guid, "A23EAE89-BD56-5903-0000-0010E9D95E00", "explorer"),
            (T::Time, "2018-09-11 08:09:52.655", "yesterday"),
            (T::Address, "fe80::1%12", "localhost"),
            (T::Address, "10.0.0.1", "10.0.0.0/8"),
            (T::Hashes, sha1.as_str(), "0a0a"),
            (T::Path, r"C:\a", "c:/a"),
            (T::Path, "/usr/bin/bash", "C:/a"),
        ];
        for (kind, fits, never) in table {
            assert!(whole(kind, fits), "{kind:?} {fits}");
            assert!(!whole(kind, never), "{kind:?} {never}");
        }
    }

    #[test]
    fn a_part_is_made_of_what_the_whole_is_made_of() {
        assert!(
            inside(T::Address, "10.")
                && inside(T::Guid, "{A23EAE89-")
                && inside(T::Hashes, "SHA256=ab")
                && inside(T::Boolean, "TR")
        );
        assert!(
            !inside(T::Address, "evil")
                && !inside(T::Guid, "svc")
                && !inside(T::Hashes, "a.exe")
                && !inside(T::Boolean, "x")
        );
    }
}
