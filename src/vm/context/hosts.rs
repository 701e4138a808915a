//! Stamps in the far future: a clock that is wrong must not end other windows.
//!
//! In: time and host of each event that is counted. Out: whether its time moves anything. Never here: windows.
//!
//! A host's time is the newest stamp that another event confirmed. One that is more than a [`DAY`] ahead of it is waited on: if the next
//! event of the host lies there too, or further, time has passed (the host was off); if it lies where the others were, the stamp was
//! wrong, and is counted as one of the far future. While it is waited on, it is counted and moves nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::limits;

/// What is more ahead than this, in nanoseconds, has to be confirmed.
pub(super) const DAY: i64 = 86_400 * 1_000_000_000;

/// When and where an event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// In nanoseconds since 1970.
    pub time: i64,
    /// The host's index.
    pub host: u32,
    /// Does its time move anything?
    pub moves: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Host {
    /// The newest stamp that was confirmed.
    time: Option<i64>,
    /// A stamp that waits for one.
    ahead: Option<i64>,
}

/// All hosts.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    pub(super) names: Vec<Box<str>>,
    pub(super) hosts: Vec<Host>,
    pub(super) far_future: u64,
    /// The first of them that this process met: whose it was, and what it said.
    first_far: Option<(u32, i64)>,
    index: HashMap<Box<str>, u32>,
    /// The one that came last, which most often comes again.
    last: u32,
}

impl Hosts {
    pub(super) fn new(names: Vec<Box<str>>, hosts: Vec<Host>, far_future: u64) -> Self {
        let index = names.iter().zip(0u32..).map(|(name, index)| (name.clone(), index)).collect();
        Self { names, hosts, far_future, first_far: None, index, last: 0 }
    }

    pub(super) fn name(&self, index: u32) -> &str {
        self.names.get(index as usize).map_or("", |name| name)
    }

    pub(super) fn far_future(&self) -> u64 {
        self.far_future
    }

    pub(super) fn first_far(&self) -> Option<(&str, i64)> {
        self.first_far.map(|(host, time)| (self.name(host), time))
    }

    fn index(&mut self, name: &str) -> u32 {
        if self.names.get(self.last as usize).is_some_and(|last| **last == *name) {
            return self.last;
        }
        self.last = match self.index.get(name) {
            Some(index) => *index,
            // More hosts than anybody has: the rest are one.
            None if self.names.len() >= limits::HOSTS => limits::HOSTS as u32 - 1,
            None => {
                let index = self.names.len() as u32;
                self.names.push(name.into());
                self.hosts.push(Host::default());
                self.index.insert(name.into(), index);
                index
            }
        };
        self.last
    }

    /// The newest stamp of a host that was confirmed.
    pub(super) fn time(&self, index: u32) -> Option<i64> {
        self.hosts.get(index as usize)?.time
    }

    pub(super) fn moment(&mut self, time: i64, name: &str) -> Moment {
        let index = self.index(name);
        let mut moment = Moment { time, host: index, moves: false };
        let Some(host) = self.hosts.get_mut(index as usize) else { return moment };
        let mut far = None;
        moment.moves = match (host.time, host.ahead) {
            (Some(now), ahead) if time <= now.saturating_add(DAY) => {
                // Where the others are: what was waited on was wrong.
                far = ahead;
                host.ahead = None;
                host.time = Some(now.max(time));
                true
            }
            (_, None) => {
                host.ahead = Some(time);
                false
            }
            (_, Some(ahead)) if time >= ahead.saturating_sub(DAY) && time <= ahead.saturating_add(DAY) => {
                host.time = Some(time.max(ahead));
                host.ahead = None;
                true
            }
            (now, Some(ahead)) => {
                // Two that do not fit each other: the later one is the less likely.
                far = (now.is_some() || ahead > time).then_some(ahead.max(time));
                host.ahead = Some(ahead.min(time));
                false
            }
        };
        if let Some(time) = far {
            self.far_future += 1;
            self.first_far.get_or_insert((index, time));
        }
        moment
    }
}
