//! The windows of one key.
//!
//! In: one event after the other. Out: how much is in its window, and whether it is enough for the first time. Never here: keys, hosts'
//! names.
//!
//! A window is half open: two events are in one window of 60 seconds if less than 60 seconds lie between them.
//!
//! | | sliding | from the first hit |
//! | --- | --- | --- |
//! | a window is | any stretch of the length that holds the event | what follows the first event, [t0, t0 + length) |
//! | told again | for an event a whole length or more away from the one that was told | in the next window |
//! | late events | stand where their time says; those that are a length behind what is remembered are counted alone | belong to the window that holds their time, or begin one |
//! | remembered | what is less than a length behind its host's newest, twice as many as are waited for | the last four windows |

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Counted, Occurrence, Said, least, steps};
use crate::ir::{Asks, Context};

/// Windows from the first hit that one key has at once: late events may belong to one that is over.
const WINDOWS: usize = 4;

/// One event that is remembered. There are many, so it is kept in half a line of cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub time: i64,
    pub record: u64,
    pub host: u32,
    pub event_id: u16,
    /// Does its time move anything?
    pub moves: bool,
    /// The steps that it can fill, a bit each.
    pub steps: u8,
    /// What is distinct, where values are counted.
    #[expect(clippy::box_collection, reason = "a thin pointer, as most entries have none")]
    pub value: Option<Box<Vec<u8>>>,
}

impl Entry {
    pub fn new(of: Occurrence<'_>) -> Self {
        let Occurrence { moment, event_id, record, value, steps } = of;
        let value = (!value.is_empty()).then(|| Box::new(value.to_vec()));
        Self { time: moment.time, record, host: moment.host, event_id, moves: moment.moves, steps, value }
    }

    fn counted(&self) -> Counted {
        Counted { time: self.time, host: self.host, event_id: self.event_id, record: self.record }
    }
}

/// What one key has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyState {
    /// When it was last touched, for eviction.
    pub touched: u64,
    windows: Windows,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Windows {
    Sliding {
        /// The time of the event that was last told.
        fired: Option<i64>,
        /// Oldest first, ties in the order in which they came.
        entries: VecDeque<Entry>,
    },
    FirstHit(Vec<FirstHit>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FirstHit {
    start: i64,
    fired: bool,
    count: u64,
    entries: VecDeque<Entry>,
}

/// What a key's windows need to know of their context.
pub(super) struct Shape<'c> {
    asks: &'c Asks,
    least: u64,
    length: i64,
}

impl<'c> Shape<'c> {
    pub fn of(context: &'c Context) -> Self {
        Self { asks: &context.asks, least: least(&context.asks), length: context.length }
    }

    /// How many events are remembered.
    fn most(&self) -> usize {
        match self.asks {
            Asks::Events(least) | Asks::Distinct(least, _) => 2 * *least as usize,
            Asks::Steps { count, .. } => steps::most(*count),
            Asks::Mark => 0,
        }
    }
}

impl KeyState {
    pub fn new(from_first_hit: bool) -> Self {
        let windows = if from_first_hit {
            Windows::FirstHit(Vec::new())
        } else {
            Windows::Sliding { fired: None, entries: VecDeque::new() }
        };
        Self { touched: 0, windows }
    }

    /// Counts one event. Also gives how far it is behind its host's newest.
    pub fn count(&mut self, shape: &Shape<'_>, entry: Entry) -> (Said, i64) {
        match &mut self.windows {
            Windows::Sliding { fired, entries } => sliding(shape, fired, entries, entry),
            Windows::FirstHit(windows) => first_hit(shape, windows, entry),
        }
    }

    /// The time of the newest event, 0 where there is none.
    pub fn newest(&self) -> i64 {
        let newest = match &self.windows {
            Windows::Sliding { entries, .. } => entries.back(),
            Windows::FirstHit(windows) => windows.last().and_then(|window| window.entries.back()),
        };
        newest.map_or(0, |entry| entry.time)
    }

    /// How much is in the window that ends with, or holds, an event at this time.
    pub fn at(&self, length: i64, time: i64) -> u64 {
        match &self.windows {
            Windows::Sliding { entries, .. } => {
                let inside = |entry: &&Entry| entry.time <= time && within(entry.time, time, length);
                entries.iter().filter(inside).count() as u64
            }
            Windows::FirstHit(windows) => holding(windows, length, time).map_or(0, |at| windows[at].count),
        }
    }
}

/// Is `later` less than a length after `earlier`?
fn within(earlier: i64, later: i64, length: i64) -> bool {
    later.saturating_sub(earlier) < length
}

fn sliding(shape: &Shape<'_>, fired: &mut Option<i64>, entries: &mut VecDeque<Entry>, entry: Entry) -> (Said, i64) {
    let (time, host) = (entry.time, entry.host);
    let newest = newest(entries, host);
    let late = newest.map_or(0, |newest| newest.saturating_sub(time).max(0));
    let now = if entry.moves { Some(newest.map_or(time, |newest| newest.max(time))) } else { newest };
    if let Some(now) = now {
        forget_old(entries, host, now, shape.length);
    }
    // Of each value the newest event is remembered.
    let mut younger = None;
    if let Asks::Distinct(..) = shape.asks
        && let Some(same) = entries.iter().position(|have| have.value == entry.value)
    {
        younger = entries.remove(same).filter(|same| same.time > time);
    }
    let at = insert(entries, entry);
    let found = find(shape, entries, at);
    let fires = found.enough && fired.is_none_or(|told| !within(told.min(time), told.max(time), shape.length));
    if fires {
        *fired = Some(time);
    }
    let related = if fires { found.which.events(entries.make_contiguous()) } else { Vec::new() };
    if let Some(younger) = younger {
        entries.remove(at);
        insert(entries, younger);
    }
    steps::trim(shape.asks, entries, shape.most(), shape.length);
    (Said { count: found.count, fires, related }, late)
}

/// The newest time of a host that moves anything.
fn newest(entries: &VecDeque<Entry>, host: u32) -> Option<i64> {
    entries.iter().rev().find(|have| have.host == host && have.moves).map(|have| have.time)
}

/// Forgets what is a length or more behind the newest of its host.
fn forget_old(entries: &mut VecDeque<Entry>, host: u32, newest: i64, length: i64) {
    let old = |have: &Entry| have.host == host && !within(have.time, newest, length);
    while entries.front().is_some_and(old) {
        entries.pop_front();
    }
    // Behind what another host left there may be more.
    if entries.iter().find(|have| have.host == host).is_some_and(old) {
        entries.retain(|have| !old(have));
    }
}

/// Into the order of time, behind those of the same time. Gives its place.
fn insert(entries: &mut VecDeque<Entry>, entry: Entry) -> usize {
    if entries.back().is_none_or(|newest| newest.time <= entry.time) {
        entries.push_back(entry);
        return entries.len() - 1;
    }
    let at = entries.partition_point(|have| have.time <= entry.time);
    entries.insert(at, entry);
    at
}

/// What is in a window.
pub(super) struct Found {
    pub enough: bool,
    pub count: u64,
    pub which: Which,
}

/// Which entries make up what was found.
pub(super) enum Which {
    Range(std::ops::Range<usize>),
    Chosen(Vec<usize>),
}

impl Which {
    fn events(self, entries: &[Entry]) -> Vec<Counted> {
        match self {
            Which::Range(range) => entries[range].iter().map(Entry::counted).collect(),
            Which::Chosen(chosen) => chosen.into_iter().map(|at| entries[at].counted()).collect(),
        }
    }
}

/// The widest window that holds the entry at `at`, or the earliest one that has enough.
fn find(shape: &Shape<'_>, entries: &mut VecDeque<Entry>, at: usize) -> Found {
    let time = entries[at].time;
    match shape.asks {
        Asks::Steps { ordered, count } => {
            return steps::find(entries.make_contiguous(), at, *ordered, *count, shape.length);
        }
        // Behind the newest entry the earliest start sees all that a later one would.
        Asks::Events(_) | Asks::Distinct(..) | Asks::Mark if entries.len() == at + 1 => {
            let first = entries.partition_point(|have| !within(have.time, time, shape.length));
            let count = (at + 1 - first) as u64;
            return Found { enough: count >= shape.least, count, which: Which::Range(first..at + 1) };
        }
        Asks::Events(_) | Asks::Distinct(..) | Asks::Mark => {}
    }
    let entries: &[Entry] = entries.make_contiguous();
    let earliest = entries[..at].partition_point(|have| !within(have.time, time, shape.length));
    let mut found = Found { enough: false, count: 0, which: Which::Range(0..0) };
    for first in earliest..=at {
        let start = entries[first].time;
        let end = at + entries[at..].partition_point(|have| within(start, have.time, shape.length));
        let count = (end - first) as u64;
        if count > found.count {
            found.count = count;
            found.which = Which::Range(first..end);
        }
        found.enough = found.count >= shape.least;
        if found.enough {
            break;
        }
    }
    found
}

/// The youngest of the windows that hold this time.
fn holding(windows: &[FirstHit], length: i64, time: i64) -> Option<usize> {
    let inside = |window: &FirstHit| window.start <= time && within(window.start, time, length);
    (0..windows.len()).filter(|at| inside(&windows[*at])).max_by_key(|at| windows[*at].start)
}

fn first_hit(shape: &Shape<'_>, windows: &mut Vec<FirstHit>, entry: Entry) -> (Said, i64) {
    let time = entry.time;
    let newest = windows.iter().flat_map(|window| &window.entries);
    let newest = newest.filter(|have| have.host == entry.host && have.moves).map(|have| have.time);
    let late = newest.max().map_or(0, |newest| newest.saturating_sub(time).max(0));
    let at = match holding(windows, shape.length, time) {
        Some(at) => at,
        None => {
            // In order, the first step opens the window.
            if matches!(shape.asks, Asks::Steps { ordered: true, .. }) && entry.steps & 1 == 0 {
                return (Said { count: 0, fires: false, related: Vec::new() }, late);
            }
            if entry.moves {
                windows.retain(|window| within(window.start, time, shape.length.saturating_mul(2)));
            }
            if windows.len() >= WINDOWS {
                windows.remove(0);
            }
            windows.push(FirstHit { start: time, fired: false, count: 0, entries: VecDeque::new() });
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
    let mut related = Vec::new();
    if fires {
        let which = match shape.asks {
            Asks::Steps { .. } => found.which,
            Asks::Events(_) | Asks::Distinct(..) | Asks::Mark => Which::Range(0..window.entries.len()),
        };
        related = which.events(window.entries.make_contiguous());
    }
    if let Asks::Steps { .. } = shape.asks {
        steps::trim(shape.asks, &mut window.entries, shape.most(), shape.length);
    }
    (Said { count: window.count, fires, related }, late)
}

/// In the order of time, while there is room.
fn remember(entries: &mut VecDeque<Entry>, entry: Entry, most: usize) {
    if entries.len() < most {
        insert(entries, entry);
    }
}
