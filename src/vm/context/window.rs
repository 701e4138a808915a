//! What one key has: its events and windows.
//!
//! In: one event after the other. Out: how much is in its window, and whether it is enough for the first time. Never here: keys, hosts'
//! names.
//!
//! A window is half open: two events are in one window of 60 seconds if less than 60 seconds lie between them.
//!
//! | | sliding (`sliding.rs`) | from the first hit (`first_hit.rs`) |
//! | --- | --- | --- |
//! | a window is | any stretch of the length that holds the event | what follows the first event, [t0, t0 + length) |
//! | told again | for an event a whole length or more away from all that were told | in the next window |
//! | late events | stand where their time says | belong to the window that holds their time, or begin one |
//! | remembered | what is less than a length behind its host's newest event, or less than a length away from the last late one | the last windows of each host, and the last one that was behind them |
//! | at most | twice as many as are waited for, less than a length away from each event | eight windows |

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::first_hit::{self, FirstHit};
use super::hosts::Hosts;
use super::sliding::Sliding;
use super::{Counted, Occurrence, Said, VALUES, least, steps};
use crate::ir::{Asks, Context};

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

    pub fn counted(&self) -> Counted {
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
    Sliding(Sliding),
    FirstHit(Vec<FirstHit>),
}

/// What a key's windows need to know of their context.
pub(super) struct Shape<'c> {
    pub asks: &'c Asks,
    pub least: u64,
    pub length: i64,
}

impl<'c> Shape<'c> {
    pub fn of(context: &'c Context) -> Self {
        Self { asks: &context.asks, least: least(&context.asks), length: context.length }
    }

    /// How many events are remembered around each.
    pub fn most(&self) -> usize {
        match self.asks {
            Asks::Events(least) | Asks::Distinct(least, _) => 2 * *least as usize,
            Asks::Steps { count, .. } => steps::most(*count),
            Asks::Mark => 0,
        }
    }
}

impl KeyState {
    pub fn new(from_first_hit: bool) -> Self {
        let windows = match from_first_hit {
            true => Windows::FirstHit(Vec::new()),
            false => Windows::Sliding(Sliding::default()),
        };
        Self { touched: 0, windows }
    }

    /// Counts one event. Also gives how far it is behind its host's newest.
    pub fn count(&mut self, shape: &Shape<'_>, entry: Entry) -> (Said, i64) {
        match &mut self.windows {
            Windows::Sliding(sliding) => sliding.count(shape, entry),
            Windows::FirstHit(windows) => first_hit::count(shape, windows, entry),
        }
    }

    /// The time of the newest event, 0 where there is none.
    pub fn newest(&self) -> i64 {
        let newest = match &self.windows {
            Windows::Sliding(sliding) => sliding.entries.back(),
            Windows::FirstHit(windows) => windows.last().and_then(|window| window.entries.back()),
        };
        newest.map_or(0, |entry| entry.time)
    }

    /// How much is in the window that ends with, or holds, an event at this time.
    pub fn at(&self, length: i64, time: i64) -> u64 {
        match &self.windows {
            Windows::Sliding(sliding) => {
                let inside = |entry: &&Entry| entry.time <= time && within(entry.time, time, length);
                sliding.entries.iter().filter(inside).count() as u64
            }
            Windows::FirstHit(windows) => first_hit::at(windows, length, time),
        }
    }

    /// The memory that its events take, in bytes.
    pub fn weight(&self, shape: &Shape<'_>) -> usize {
        let of = |entries: &VecDeque<Entry>| {
            let values = match shape.asks {
                Asks::Distinct(..) => entries.iter().flat_map(|entry| &entry.value).map(|value| value.len()).sum(),
                Asks::Events(_) | Asks::Steps { .. } | Asks::Mark => 0,
            };
            entries.len() * size_of::<Entry>() + values
        };
        match &self.windows {
            Windows::Sliding(sliding) => of(&sliding.entries),
            Windows::FirstHit(windows) => windows.iter().map(|window| of(&window.entries)).sum(),
        }
    }

    /// Has the time of the hosts passed all that it could still be counted with?
    pub fn over(&self, length: i64, hosts: &Hosts) -> bool {
        let passed = |host: u32, time: i64| hosts.time(host).is_some_and(|now| !within(time, now, length));
        match &self.windows {
            Windows::Sliding(Sliding { entries, .. }) => entries.iter().all(|entry| passed(entry.host, entry.time)),
            Windows::FirstHit(windows) => windows.iter().all(|window| passed(window.host, window.start)),
        }
    }
}

/// Is `later` less than a length after `earlier`?
pub(super) fn within(earlier: i64, later: i64, length: i64) -> bool {
    later.saturating_sub(earlier) < length
}

/// Is less than a length between them?
pub(super) fn near(a: i64, b: i64, length: i64) -> bool {
    within(a.min(b), a.max(b), length)
}

/// Into the order of time, behind those of the same time. Gives its place.
pub(super) fn insert(entries: &mut VecDeque<Entry>, entry: Entry) -> usize {
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
    /// For people: the events, and the values that were different.
    pub fn told(self, entries: &[Entry]) -> (Vec<Counted>, Vec<Vec<u8>>) {
        let chosen: Vec<&Entry> = match self {
            Which::Range(range) => entries[range].iter().collect(),
            Which::Chosen(chosen) => chosen.into_iter().map(|at| &entries[at]).collect(),
        };
        let values = chosen.iter().filter_map(|entry| entry.value.as_deref().cloned()).take(VALUES).collect();
        (chosen.into_iter().map(Entry::counted).collect(), values)
    }
}

/// The widest window that holds the entry at `at`, or the earliest one that has enough.
pub(super) fn find(shape: &Shape<'_>, entries: &mut VecDeque<Entry>, at: usize) -> Found {
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
