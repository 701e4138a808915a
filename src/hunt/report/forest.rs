//! Processes under their parents.
//!
//! In: the processes of a hunt. Out: each once, in the order in which a tree shows them, with its depth. Never here: text.
//!
//! Parents that are not among them leave their children at the top. Where events say that processes are each other's parents, the one that
//! was there first is at the top. No walk recurses: a chain may be as long as there are processes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Guid, Hunt, Process};

/// Levels that are drawn; what is deeper stands under what is as deep.
const DRAWN: usize = 40;

/// One process in a tree.
#[derive(Clone, Debug)]
pub(super) struct Placed<'h> {
    /// The process.
    pub process: &'h Process,
    /// From the top: is the process at that level the last of its parent? One entry a level, its own too; of deep ones the
    /// last [`DRAWN`].
    pub last: Vec<bool>,
    /// It has children here.
    pub has_children: bool,
}

/// The processes in their order.
pub(super) fn forest(hunt: &Hunt) -> Vec<Placed<'_>> {
    let all: Vec<&Process> = hunt.stopped.iter().chain(&hunt.processes).collect();
    let numbers: BTreeMap<Guid, usize> = all.iter().enumerate().map(|(at, process)| (process.guid, at)).collect();
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (at, process) in all.iter().enumerate() {
        match process.parent.and_then(|parent| numbers.get(&parent)) {
            Some(parent) if *parent != at => children.entry(*parent).or_default().push(at),
            _ => tops.push(at),
        }
    }
    let mut placed = Vec::with_capacity(all.len());
    let mut seen = BTreeSet::new();
    let mut next_top = tops.into_iter().chain(0..all.len());
    let mut stack: Vec<(usize, Vec<bool>)> = Vec::new();
    loop {
        let (at, last) = match stack.pop() {
            Some(next) => next,
            None => match next_top.next() {
                Some(top) => (top, Vec::new()),
                None => return placed,
            },
        };
        let Some(process) = all.get(at).filter(|_| seen.insert(at)) else { continue };
        let mut below: Vec<usize> = children.get(&at).into_iter().flatten().copied().collect();
        below.retain(|child| !seen.contains(child));
        placed.push(Placed { process, last: last.clone(), has_children: !below.is_empty() });
        let count = below.len();
        for (number, child) in below.into_iter().enumerate().rev() {
            let mut path = last.get(last.len().saturating_sub(DRAWN - 1)..).unwrap_or_default().to_vec();
            path.push(number + 1 == count);
            stack.push((child, path));
        }
    }
}
