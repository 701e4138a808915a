//! Drops with the same guards, put together, so that the agent asks for provider and id once.
//!
//! In: entries in the order of their rules. Out: entries that do the same. Only drops change places, and only among drops: whichever comes first, the
//! event is gone; and tags among tags, where nobody asks for tags. Never here: new conditions.

use super::flow::{Act, Entry, is_guard};
use super::truth::Truth;
use crate::libbeat::Condition;

/// Puts runs of drops together by provider, then by the rest of their guards.
pub(super) fn guards(entries: Vec<Entry>) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut run: Vec<Entry> = Vec::new();
    for entry in entries {
        let alike = run.last().is_none_or(|last| moves(last) == moves(&entry));
        if moves(&entry) == Moves::No || !alike {
            out.extend(together(std::mem::take(&mut run), 0));
        }
        match moves(&entry) {
            Moves::No => out.push(entry),
            Moves::AmongDrops | Moves::AmongTags => run.push(entry),
        }
    }
    out.extend(together(run, 0));
    out
}

/// Among what an entry may change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moves {
    No,
    AmongDrops,
    AmongTags,
}

fn moves(entry: &Entry) -> Moves {
    match entry.act {
        Act::Drop => Moves::AmongDrops,
        Act::Tag(_) if !matches!(&entry.when, Truth::If(condition) if asks_tags(condition)) => Moves::AmongTags,
        Act::Tag(_) | Act::Remove(_) | Act::Branch { .. } => Moves::No,
    }
}

fn asks_tags(condition: &Condition) -> bool {
    let tags = |path: &String| path == "tags" || path.starts_with("tags.");
    match condition {
        Condition::Equals(path, _)
        | Condition::Contains(path, _)
        | Condition::Regexp(path, _)
        | Condition::Range(path, _)
        | Condition::Network(path, _) => tags(path),
        Condition::HasFields(paths) => paths.iter().any(tags),
        Condition::And(members) | Condition::Or(members) => members.iter().any(asks_tags),
        Condition::Not(inner) => asks_tags(inner),
        Condition::True => false,
    }
}

/// Guards come one inside of the other at most so often: provider, id, channel.
const LEVELS: usize = 3;

fn together(entries: Vec<Entry>, level: usize) -> Vec<Entry> {
    if level == LEVELS {
        return entries;
    }
    let mut groups: Vec<(Option<Condition>, Vec<Entry>)> = Vec::new();
    for entry in entries {
        let guard = first_guard(&entry.when);
        match groups.iter_mut().find(|(have, _)| guard.is_some() && *have == guard) {
            Some((_, group)) => group.push(entry),
            None => groups.push((guard, vec![entry])),
        }
    }
    let mut out = Vec::new();
    for (guard, group) in groups {
        match guard {
            Some(guard) if group.len() > 1 => {
                let then = group.into_iter().map(|entry| Entry { when: without_first(entry.when), ..entry }).collect();
                let then = together(then, level + 1);
                out.push(Entry {
                    comments: Vec::new(),
                    when: Truth::If(guard),
                    act: Act::Branch { then, otherwise: Vec::new() },
                });
            }
            Some(_) | None => out.extend(group),
        }
    }
    out
}

fn first_guard(when: &Truth) -> Option<Condition> {
    match when {
        Truth::If(Condition::And(members)) => members.first().filter(|first| is_guard(first)).cloned(),
        Truth::If(condition) if is_guard(condition) => Some(condition.clone()),
        Truth::If(_) | Truth::Always | Truth::Never => None,
    }
}

fn without_first(when: Truth) -> Truth {
    match when {
        Truth::If(Condition::And(members)) => Truth::all(members.into_iter().skip(1).map(Truth::If)),
        Truth::If(_) | Truth::Always | Truth::Never => Truth::Always,
    }
}
