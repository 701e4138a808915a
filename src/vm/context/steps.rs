//! Are all steps filled by events of one window, each by one of its own?
//!
//! In: the remembered events of one key, oldest first, and which of them came last. Out: whether they fill all steps together with that one,
//! how many steps are filled at most, and by which events. Never here: conditions of steps.
//!
//! In order: the times grow from step to step, and among equal times the order in which events came. The search goes from the new event
//! to both sides: the chain before it that begins as late as possible, the chain behind it that ends as early as possible.

use std::collections::VecDeque;

use super::window::{Entry, Found, Which};
use crate::ir::Asks;

/// How many events one key remembers for so many steps: enough for the best beginning of every length, and as many again.
pub(super) fn most(count: u8) -> usize {
    let count = usize::from(count);
    (count * (count + 1)).max(16)
}

/// Looks for steps that are filled with the help of the entry at `at`.
pub(super) fn find(entries: &[Entry], at: usize, ordered: bool, count: u8, length: i64) -> Found {
    let best = if ordered { in_order(entries, at, count, length) } else { in_any_order(entries, at, count, length) };
    Found { enough: best.len() == usize::from(count), count: best.len() as u64, which: Which::Chosen(best) }
}

/// May both be in one window?
fn near(a: &Entry, b: &Entry, length: i64) -> bool {
    b.time.saturating_sub(a.time) < length
}

fn fills(entry: &Entry, step: usize) -> bool {
    entry.steps >> step & 1 == 1
}

/// The longest chain from the first step on that holds the entry at `at`; all of it where it can be completed.
fn in_order(entries: &[Entry], at: usize, count: u8, length: i64) -> Vec<usize> {
    let count = usize::from(count);
    let mut best: Vec<usize> = Vec::new();
    for step in (0..count).filter(|step| fills(&entries[at], *step)) {
        let Some(before) = backward(entries, at, step, length) else { continue };
        let first = before.first().copied().unwrap_or(at);
        let behind = forward(entries, at, step + 1, count, first, length);
        let mut chain = before;
        chain.push(at);
        chain.extend(behind);
        if chain.len() > best.len() {
            best = chain;
        }
        if best.len() == count {
            break;
        }
    }
    best
}

/// Entries before `at` that fill the steps before `step` and begin as late as they can.
fn backward(entries: &[Entry], at: usize, step: usize, length: i64) -> Option<Vec<usize>> {
    let mut chain = Vec::with_capacity(step);
    let mut place = at;
    // The latest entry for each step from the last to the first leaves most room for those before it.
    for wanted in (0..step).rev() {
        place = (0..place).rev().find(|i| fills(&entries[*i], wanted))?;
        chain.push(place);
    }
    chain.reverse();
    (step == 0 || near(&entries[place], &entries[at], length)).then_some(chain)
}

/// Entries behind `at` that fill the steps from `step` on, as many as come in time.
fn forward(entries: &[Entry], at: usize, step: usize, count: usize, first: usize, length: i64) -> Vec<usize> {
    let mut chain = Vec::new();
    let mut place = at;
    for wanted in step..count {
        let next = (place + 1..entries.len()).find(|i| fills(&entries[*i], wanted));
        let Some(next) = next.filter(|next| near(&entries[first], &entries[*next], length)) else { break };
        chain.push(next);
        place = next;
    }
    chain
}

/// The most steps that entries of one window fill together with the one at `at`, each entry one step.
fn in_any_order(entries: &[Entry], at: usize, count: u8, length: i64) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::new();
    for first in (0..=at).filter(|first| near(&entries[*first], &entries[at], length)) {
        let window: Vec<usize> =
            (first..entries.len()).take_while(|i| near(&entries[first], &entries[*i], length)).collect();
        let filled = matching(entries, &window, at, usize::from(count));
        if filled.len() > best.len() {
            best = filled;
        }
        if best.len() == usize::from(count) {
            break;
        }
    }
    best.sort_unstable();
    best
}

/// Gives steps to entries, each step to one, the new entry first; later gifts may move earlier ones.
fn matching(entries: &[Entry], window: &[usize], at: usize, count: usize) -> Vec<usize> {
    let mut holder: Vec<Option<usize>> = vec![None; count];
    let order = std::iter::once(at).chain(window.iter().copied().filter(|i| *i != at).rev());
    for entry in order {
        // At most 8 steps, so this goes at most 8 deep.
        give(entries, entry, &mut holder, &mut vec![false; count]);
    }
    holder.into_iter().flatten().collect()
}

fn give(entries: &[Entry], entry: usize, holder: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for step in 0..holder.len() {
        if !fills(&entries[entry], step) || tried[step] {
            continue;
        }
        tried[step] = true;
        let free = match holder[step] {
            None => true,
            Some(other) => give(entries, other, holder, tried),
        };
        if free {
            holder[step] = Some(entry);
            return true;
        }
    }
    false
}

/// Forgets what is too much: the oldest event that no best beginning needs.
pub(super) fn trim(asks: &Asks, entries: &mut VecDeque<Entry>, most: usize, length: i64) {
    while entries.len() > most {
        let gone = match asks {
            Asks::Steps { ordered: true, count } => {
                let slice = entries.make_contiguous();
                let needed = beginnings(slice, usize::from(*count), length);
                (0..slice.len()).find(|at| !needed.contains(at)).unwrap_or(0)
            }
            // Of those that fill the same steps the newest are enough.
            Asks::Steps { ordered: false, count } => {
                let same = |at: usize| entries.iter().filter(|have| have.steps == entries[at].steps).count();
                (0..entries.len()).find(|at| same(*at) > usize::from(*count)).unwrap_or(0)
            }
            Asks::Events(_) | Asks::Distinct(..) | Asks::Mark => 0,
        };
        entries.remove(gone);
    }
}

/// The entries of the best beginning for each step that can be waited for: those that end in it and begin as late as they can.
fn beginnings(entries: &[Entry], count: usize, length: i64) -> Vec<usize> {
    let mut needed = Vec::new();
    for step in 0..count.saturating_sub(1) {
        let chains = (0..entries.len()).filter(|at| fills(&entries[*at], step)).filter_map(|at| {
            let mut chain = backward(entries, at, step, length)?;
            chain.push(at);
            Some(chain)
        });
        // Of those that begin equally late, the one that ends first.
        let best = chains.max_by_key(|chain| (chain.first().copied(), std::cmp::Reverse(chain.last().copied())));
        needed.extend(best.into_iter().flatten());
    }
    needed
}
