//! Patterns for Winlogbeat before 7.4, which compares a pattern that is nothing but a text, at an end or not, as a text, and then forgets that case is
//! ignored (elastic/beats#13250): by `(?i)`, or by a class of both cases of a letter, which Go takes for the same.
//!
//! In: entries. Out: the same entries, with patterns that are more than a text: behind each stands a class of no character, any number of times,
//! which is always found. Never here: other patterns, which mean there what they say.

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
        // A class of both cases of a letter is such a text too.
        Condition::Regexp(path, pattern) if pattern.contains("(?i") || pattern.contains('[') => {
            let (flags, body) = match pattern.split_once(')') {
                Some((flags, body)) if flags.starts_with("(?") && !flags.contains(':') => (format!("{flags})"), body),
                Some(_) | None => (String::new(), pattern.as_str()),
            };
            Condition::Regexp(path, format!("{flags}(?:{body}){NOTHING}"))
        }
        Condition::And(members) => Condition::And(members.into_iter().map(self::condition).collect()),
        Condition::Or(members) => Condition::Or(members.into_iter().map(self::condition).collect()),
        Condition::Not(inner) => Condition::Not(Box::new(self::condition(*inner))),
        other => other,
    }
}
