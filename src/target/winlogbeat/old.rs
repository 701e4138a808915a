//! Patterns for Winlogbeat before 7.4, which compares a pattern that is nothing but a text, at an end or not, as a text, and then `(?i)` is forgotten
//! (elastic/beats#13250).
//!
//! In: entries. Out: the same entries, with patterns that are more than a text: behind each stands a class of no character, any number of times,
//! which is always found. Never here: patterns without `(?i)`, of which that is no fault.

use super::flow::{Act, Entry};
use super::truth::Truth;
use crate::dialect::AgentVersion;
use crate::libbeat::Condition;

/// From here on `(?i)` counts in every pattern.
pub(super) const CASE_COUNTS: AgentVersion = AgentVersion { major: 7, minor: 4 };

/// Found everywhere, and no text.
const NOTHING: &str = r"[^\s\S]*";

pub(super) fn entries(entries: Vec<Entry>) -> Vec<Entry> {
    entries.into_iter().map(entry).collect()
}

fn entry(entry: Entry) -> Entry {
    let when = match entry.when {
        Truth::If(condition) => Truth::If(self::condition(condition)),
        constant => constant,
    };
    let act = match entry.act {
        Act::Branch { then, otherwise } => Act::Branch { then: entries(then), otherwise: entries(otherwise) },
        act => act,
    };
    Entry { when, act, ..entry }
}

fn condition(condition: Condition) -> Condition {
    match condition {
        Condition::Regexp(path, pattern) if pattern.starts_with("(?i") => {
            let (flags, body) = pattern.split_once(')').unwrap_or(("(?i", &pattern));
            Condition::Regexp(path, format!("{flags})(?:{body}){NOTHING}"))
        }
        Condition::And(members) => Condition::And(members.into_iter().map(self::condition).collect()),
        Condition::Or(members) => Condition::Or(members.into_iter().map(self::condition).collect()),
        Condition::Not(inner) => Condition::Not(Box::new(self::condition(*inner))),
        other => other,
    }
}
