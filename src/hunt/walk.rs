//! The processes that are reached, round by round.
//!
//! In: links, roots, and the processes to begin with. Out: what each round found and over which link; which processes the walk stopped
//! at. Never here: events.
//!
//! A round asks for the links that touch what the round before found, and takes their other ends. It is over when a round finds nothing,
//! or after as many rounds as are allowed. At a root it stops, unless whoever hunts named it to begin with; one that only meets a
//! condition is stopped at like any other. The same links in any order give the same
//! rounds: of several links that lead to a process the first in their order is told.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Guid, Link, Links, Roots, Standing};
use crate::limits::HUNT_PROCESSES;

/// How far to walk.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where to begin, whatever it is.
    pub start: Vec<Guid>,
    /// Where to begin too, unless the walk stops there.
    pub met: Vec<Guid>,
    /// Rounds at most; `None`: until nothing new appears.
    pub max_depth: Option<u32>,
}

/// One process, and what led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The process.
    pub guid: Guid,
    /// The link.
    pub over: Link,
}

/// What one round found, in the order of their GUIDs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Processes that the next round goes on from.
    pub found: Vec<Found>,
    /// Processes that the walk stopped at.
    pub stopped: Vec<Found>,
}

/// A walk that is over.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// Where it began, each once.
    pub start: Vec<Guid>,
    /// The rounds that found something.
    pub rounds: Vec<Round>,
    /// The processes that were reached, with the number of their round; 0: the walk began there.
    pub reached: FxHashMap<Guid, u32>,
    /// The processes that the walk stopped at, and why.
    pub stopped: BTreeMap<Guid, Standing>,
    /// Of these, those that it would have begun with.
    pub not_begun: Vec<Guid>,
    /// It ended because no more rounds were allowed.
    pub cut: bool,
}

/// Why a walk did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken<E> {
    /// All that it would begin with are processes that it stops at: these.
    Nowhere(Vec<Guid>),
    /// More than [`HUNT_PROCESSES`] processes were reached or stopped at.
    TooMany {
        /// Rounds that were over.
        rounds: usize,
        /// The process over which most of the last ones came, and how many.
        most: Option<(Guid, usize)>,
    },
    /// The links could not be read.
    Links(E),
}

/// Walks.
///
/// # Errors
///
/// Links cannot be read, or too many processes are reached.
pub fn walk<L: Links>(options: &Options, roots: &Roots, links: &mut L) -> Result<Walk, Broken<L::Error>> {
    let mut walk = Walk::default();
    for guid in &options.start {
        if walk.reached.insert(*guid, 0).is_none() {
            walk.start.push(*guid);
        }
    }
    for guid in &options.met {
        if walk.reached.contains_key(guid) || walk.stopped.contains_key(guid) {
            continue;
        }
        match roots.stops(*guid) {
            Some(standing) => {
                walk.stopped.insert(*guid, standing);
                walk.not_begun.push(*guid);
            }
            None => {
                walk.reached.insert(*guid, 0);
                walk.start.push(*guid);
            }
        }
    }
    if walk.start.is_empty() && !walk.not_begun.is_empty() {
        return Err(Broken::Nowhere(walk.not_begun));
    }
    let mut front: FxHashSet<Guid> = walk.start.iter().copied().collect();
    for number in 1.. {
        if front.is_empty() {
            break;
        }
        let mut found: BTreeMap<Guid, Link> = BTreeMap::new();
        let mut too_many = false;
        let touching = links.touching(&front, &mut |link| {
            for (here, there) in [(link.from, link.to), (link.to, link.from)] {
                if front.contains(&here) && !walk.reached.contains_key(&there) && !walk.stopped.contains_key(&there) {
                    too_many |= walk.reached.len() + walk.stopped.len() + found.len() >= HUNT_PROCESSES;
                    if !too_many {
                        found.entry(there).and_modify(|first| *first = link.min(*first)).or_insert(link);
                    }
                }
            }
        });
        touching.map_err(Broken::Links)?;
        if too_many {
            return Err(Broken::TooMany { rounds: walk.rounds.len(), most: most(&found) });
        }
        if found.is_empty() {
            break;
        }
        if options.max_depth.is_some_and(|most| number > most) {
            walk.cut = true;
            break;
        }
        let mut round = Round::default();
        front.clear();
        for (guid, over) in found {
            let found = Found { guid, over };
            match roots.stops(guid) {
                Some(standing) => {
                    walk.stopped.insert(guid, standing);
                    round.stopped.push(found);
                }
                None => {
                    walk.reached.insert(guid, number);
                    front.insert(guid);
                    round.found.push(found);
                }
            }
        }
        walk.rounds.push(round);
    }
    Ok(walk)
}

/// The process over which most of these were found, and how many.
fn most(found: &BTreeMap<Guid, Link>) -> Option<(Guid, usize)> {
    let mut ends: BTreeMap<Guid, usize> = BTreeMap::new();
    for (there, link) in found {
        *ends.entry(if link.to == *there { link.from } else { link.to }).or_default() += 1;
    }
    ends.into_iter().max_by_key(|(_, count)| *count)
}
