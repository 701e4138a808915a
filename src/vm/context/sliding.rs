//! Sliding windows of one key.
//!
//! In: one event after the other. Out: how much is in a window with it, and whether that is told. Never here: other keys.
//!
//! Events come in the order of time, or nearly so, but for two things: hosts whose clocks differ, and a backlog, read behind events that are
//! much younger. Neither may push out what the other one waits for. So an event is forgotten only by what comes from its own host, and what
//! is near the last late event stays while the backlog goes on; the limit of events counts only those that an event can be in a window with.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::window::{Entry, Shape, find, insert, near, within};
use super::{Said, steps};
use crate::ir::Asks;

/// Events that are remembered of how many were told, the last ones: hosts with other clocks and a backlog have each their own.
const TOLD: usize = 8;
/// One key has at most so many times the events of one window, from hosts with other clocks.
const CLOCKS: usize = 8;

/// The events of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sliding {
    /// Oldest first, ties in the order in which they came.
    pub entries: VecDeque<Entry>,
    aside: Option<Box<Aside>>,
}

/// What most keys do without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Aside {
    /// The times of events that were told, in the order in which they came.
    told: VecDeque<i64>,
    /// The time of the last event that was a length or more behind its host's newest.
    late: Option<i64>,
}

impl Sliding {
    /// Counts one event. Also gives how far it is behind its host's newest.
    pub fn count(&mut self, shape: &Shape<'_>, entry: Entry) -> (Said, i64) {
        let (time, host, length) = (entry.time, entry.host, shape.length);
        let newest = newest(&self.entries, host);
        let late = newest.map_or(0, |newest| newest.saturating_sub(time).max(0));
        if late >= length {
            self.aside.get_or_insert_default().late = Some(time);
        }
        let now = if entry.moves { Some(newest.map_or(time, |newest| newest.max(time))) } else { newest };
        if let Some(now) = now {
            self.forget_old(host, now, length);
        }
        // Of each value the newest event in a length is remembered, so that a window has it once.
        let mut same: Vec<Entry> = Vec::new();
        if let Asks::Distinct(..) = shape.asks {
            let is_same = |have: &Entry| have.value == entry.value && near(have.time, time, length);
            while let Some(at) = self.entries.iter().position(is_same) {
                same.extend(self.entries.remove(at));
            }
        }
        let at = insert(&mut self.entries, entry);
        let found = find(shape, &mut self.entries, at);
        let again = |aside: &Aside| aside.told.iter().any(|told| near(*told, time, length));
        let fires = found.enough && !self.aside.as_deref().is_some_and(again);
        if fires {
            let told = &mut self.aside.get_or_insert_default().told;
            if told.len() >= TOLD {
                told.pop_front();
            }
            told.push_back(time);
        }
        let (related, values) = match fires {
            true => found.which.told(self.entries.make_contiguous()),
            false => Default::default(),
        };
        if same.iter().any(|same| same.time > time) {
            self.entries.remove(at);
            for same in same {
                insert(&mut self.entries, same);
            }
        }
        self.trim(shape, time);
        (Said { count: found.count, fires, related, values }, late)
    }

    /// Forgets what is a length or more behind the newest of its host, and not near the last late event.
    fn forget_old(&mut self, host: u32, newest: i64, length: i64) {
        let late = self.aside.as_ref().and_then(|aside| aside.late);
        let needed = |time: i64| late.is_some_and(|late| near(late, time, length));
        let old = |have: &Entry| have.host == host && !within(have.time, newest, length) && !needed(have.time);
        while self.entries.front().is_some_and(old) {
            self.entries.pop_front();
        }
        // Behind what another host, or the backlog, left there may be more.
        if late.is_some() || self.entries.iter().find(|have| have.host == host).is_some_and(old) {
            self.entries.retain(|have| !old(have));
        }
    }

    /// Forgets what is too much around an event at this time, and then what is too much in all: first what is far from it.
    fn trim(&mut self, shape: &Shape<'_>, time: i64) {
        let (entries, most) = (&mut self.entries, shape.most());
        if entries.len() <= most {
            return;
        }
        let from = entries.partition_point(|have| !within(have.time, time, shape.length));
        let to = entries.partition_point(|have| within(time, have.time, shape.length));
        let mut around = steps::trim(shape.asks, entries, from..to, most, shape.length);
        while entries.len() > CLOCKS * most {
            if around.start > 0 {
                entries.remove(0);
                around = around.start - 1..around.end - 1;
            } else if entries.remove(around.end).is_none() {
                break;
            }
        }
    }
}

/// The newest time of a host that moves anything.
fn newest(entries: &VecDeque<Entry>, host: u32) -> Option<i64> {
    entries.iter().rev().find(|have| have.host == host && have.moves).map(|have| have.time)
}
