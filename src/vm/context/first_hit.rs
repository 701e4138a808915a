//! Windows from the first hit of one key.
//!
//! In: one event after the other. Out: how much is in the window that holds it, and whether that is told. Never here: other keys.
//!
//! A window belongs to the host whose event began it, as far as forgetting goes: two lengths behind a new window of that host it is over, but
//! for the last such one, in which a backlog may go on.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::window::{Entry, Found, Shape, Which, insert, within};
use super::{Said, steps};
use crate::ir::Asks;

/// Windows that one key has at once.
const WINDOWS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FirstHit {
    pub start: i64,
    /// Whose event began it.
    pub host: u32,
    fired: bool,
    count: u64,
    pub entries: VecDeque<Entry>,
}

/// How much is in the window that holds this time.
pub(super) fn at(windows: &[FirstHit], length: i64, time: i64) -> u64 {
    holding(windows, length, time).map_or(0, |at| windows[at].count)
}

/// The youngest of the windows that hold this time.
fn holding(windows: &[FirstHit], length: i64, time: i64) -> Option<usize> {
    let inside = |window: &FirstHit| window.start <= time && within(window.start, time, length);
    (0..windows.len()).filter(|at| inside(&windows[*at])).max_by_key(|at| windows[*at].start)
}

/// Counts one event. Also gives how far it is behind its host's newest.
pub(super) fn count(shape: &Shape<'_>, windows: &mut Vec<FirstHit>, entry: Entry) -> (Said, i64) {
    let time = entry.time;
    let newest = windows.iter().flat_map(|window| &window.entries);
    let newest = newest.filter(|have| have.host == entry.host && have.moves).map(|have| have.time);
    let late = newest.max().map_or(0, |newest| newest.saturating_sub(time).max(0));
    let at = match holding(windows, shape.length, time) {
        Some(at) => at,
        None => {
            // In order, the first step opens the window.
            if matches!(shape.asks, Asks::Steps { ordered: true, .. }) && entry.steps & 1 == 0 {
                return (Said { count: 0, fires: false, related: Vec::new(), values: Vec::new() }, late);
            }
            if entry.moves {
                forget_old(windows, entry.host, time, shape.length);
            }
            if windows.len() >= WINDOWS {
                windows.remove(0);
            }
            windows.push(FirstHit { start: time, host: entry.host, fired: false, count: 0, entries: VecDeque::new() });
            windows.len() - 1
        }
    };
    let window = &mut windows[at];
    let mut found = Found { enough: false, count: 0, which: Which::Range(0..0) };
    match shape.asks {
        Asks::Mark => {
            window.count += 1;
            // Only for the time of its host.
            window.entries.clear();
            window.entries.push_back(entry);
        }
        Asks::Events(_) => {
            window.count += 1;
            remember(&mut window.entries, entry, shape.most());
            found.enough = window.count >= shape.least;
        }
        Asks::Distinct(..) => {
            if window.entries.iter().all(|have| have.value != entry.value) {
                window.count += 1;
                remember(&mut window.entries, entry, shape.most());
            }
            found.enough = window.count >= shape.least;
        }
        Asks::Steps { ordered, count } => {
            let at = insert(&mut window.entries, entry);
            found = steps::find(window.entries.make_contiguous(), at, *ordered, *count, shape.length);
            window.count = window.count.max(found.count);
        }
    }
    let fires = found.enough && !window.fired;
    window.fired |= fires;
    let (mut related, mut values) = Default::default();
    if fires {
        let which = match shape.asks {
            Asks::Steps { .. } => found.which,
            Asks::Events(_) | Asks::Distinct(..) | Asks::Mark => Which::Range(0..window.entries.len()),
        };
        (related, values) = which.told(window.entries.make_contiguous());
    }
    if let Asks::Steps { .. } = shape.asks {
        let all = 0..window.entries.len();
        steps::trim(shape.asks, &mut window.entries, all, shape.most(), shape.length);
    }
    (Said { count: window.count, fires, related, values }, late)
}

/// Forgets what is two lengths behind a new window of the same host, but the last of it.
fn forget_old(windows: &mut Vec<FirstHit>, host: u32, time: i64, length: i64) {
    let old = |window: &FirstHit| window.host == host && !within(window.start, time, length.saturating_mul(2));
    let mut left = windows.iter().filter(|window| old(window)).count();
    windows.retain(|window| {
        left -= usize::from(old(window));
        !old(window) || left == 0
    });
}

/// In the order of time, while there is room.
fn remember(entries: &mut VecDeque<Entry>, entry: Entry, most: usize) {
    if entries.len() < most {
        insert(entries, entry);
    }
}
