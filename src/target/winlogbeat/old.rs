//! What Winlogbeat before 7.4 has to be told otherwise.
//!
//! It compares a pattern that is nothing but a text, at an end or not, as a text, and then forgets that case is ignored (elastic/beats#13250): by
//! `(?i)`, or by a class of both cases of a letter, which Go takes for the same. And `drop_fields` fails where a field is missing.
//!
//! In: entries. Out: entries that do the same there: patterns that are more than a text, as behind each stands a class of no character, any number of
//! times, which is always found; removals only of what is there. Never here: patterns that are told alike everywhere.

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

/// Removals one by one, each where its field is there: `drop_fields` does not yet know `ignore_missing`, and what is missing would end a branch.
fn removals(paths: Vec<String>) -> Vec<Entry> {
    let one = |path: String| Entry {
        comments: Vec::new(),
        when: Truth::If(Condition::HasFields(vec![path.clone()])),
        act: Act::Remove(vec![path]),
    };
    paths.into_iter().map(one).collect()
}

fn entry(entry: Entry) -> Entry {
    let when = match entry.when {
        Truth::If(condition) => Truth::If(self::condition(condition)),
        constant => constant,
    };
    let act = match entry.act {
        Act::Branch { then, otherwise } => Act::Branch { then: entries(then), otherwise: entries(otherwise) },
        Act::Remove(paths) => Act::Branch { then: removals(paths), otherwise: Vec::new() },
        act @ (Act::Drop | Act::Tag(_)) => act,
    };
    Entry { when, act, ..entry }
}

fn condition(condition: Condition) -> Condition {
    match condition {
        // A class of both cases of a letter is such a text too.
        Condition::Regexp(path, pattern) if pattern.contains("(?") || pattern.contains('[') => {
            Condition::Regexp(path, format!("(?:{pattern}){NOTHING}"))
        }
        Condition::And(members) => Condition::And(members.into_iter().map(self::condition).collect()),
        Condition::Or(members) => Condition::Or(members.into_iter().map(self::condition).collect()),
        Condition::Not(inner) => Condition::Not(Box::new(self::condition(*inner))),
        other => other,
    }
}
