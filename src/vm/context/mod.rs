//! What alerts remember from event to event.
//!
//! In: for each event that reaches a `when`, `remember`, `forget`, `remembered` or a `send` that may be kept quiet: the key, and when and
//! where it happened. Out: whether it is enough now, how much there is, which events made it up. All of it can be saved and restored.
//! Never here: fields, tests, clocks. Time is the events' own; what the clock says never moves anything.
//!
//! | file | what |
//! | --- | --- |
//! | `window.rs` | what one key has, and what is in a window |
//! | `sliding.rs` | sliding windows |
//! | `first_hit.rs` | windows from the first hit |
//! | `steps.rs` | whether steps are filled by events of one window |
//! | `keys.rs` | keys, and the states that contexts have of them |
//! | `hosts.rs` | stamps in the far future |
//! | `quiet.rs` | alerts that were sent and stay quiet for a while |
//! | `save.rs` | the state as bytes |
//!
//! Memory is bounded: a context counts for at most [`limits::CONTEXT_KEYS`] keys, whose events take at most [`limits::CONTEXT_BYTES`], and
//! remembers around each event at most twice as many as it waits for. When there is more, keys whose windows are over go first, as nothing is
//! lost with them; then those that had no event for longest, a sixteenth of all at once, and that is counted.

mod first_hit;
mod hosts;
mod keys;
mod quiet;
mod save;
mod sliding;
mod steps;
#[cfg(test)]
mod tests;
mod window;

use serde::{Deserialize, Serialize};

pub use hosts::Moment;
pub use quiet::{Closing, Owed};
pub use save::{Gone, RestoreError};

use crate::ir::{Asks, Context};
use crate::limits;
use hosts::Hosts;
use keys::Keys;
use quiet::Quieted;
use window::{Entry, KeyState, Shape};

/// An event as a context takes it.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    pub moment: Moment,
    /// Its event id, 0 where it has none.
    pub event_id: u16,
    /// Its record id, 0 where it has none.
    pub record: u64,
    /// What is distinct; empty where events are counted.
    pub value: &'a [u8],
    /// The steps that it can fill, a bit each.
    pub steps: u8,
}

impl Occurrence<'_> {
    /// Of an event of which only the time matters.
    pub fn at(moment: Moment) -> Self {
        Self { moment, event_id: 0, record: 0, value: &[], steps: 0 }
    }
}

/// An event that was counted, for people: enough to find it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// When, in nanoseconds since 1970.
    pub time: i64,
    /// Where, as an index that [`Contexts::host`] knows.
    pub host: u32,
    /// Its event id, 0 where it has none.
    pub event_id: u16,
    /// Its record id, 0 where it has none.
    pub record: u64,
}

/// What became of counting one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// How many are in the window now: events, values, or filled steps.
    pub count: u64,
    /// It is enough, and the alert was not told in this window before.
    pub fires: bool,
    /// The events that made it up, oldest first, where it fires.
    pub related: Vec<Counted>,
    /// The different values of them, where it fires and values are counted: as [`Occurrence::value`] gave them, [`VALUES`] at most.
    pub values: Vec<Vec<u8>>,
}

/// Values that are told of an alert.
pub(super) const VALUES: usize = 50;

/// What could not be counted, or only in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Troubles {
    /// Events without a usable time.
    pub untimed: u64,
    /// Events without a field of the key, or of what is distinct.
    pub keyless: u64,
    /// Events that came after younger ones of their host and key. They were counted.
    pub late: u64,
    /// How late the latest was, in nanoseconds.
    pub latest: i64,
    /// Keys that were forgotten because there were too many.
    pub forgotten: u64,
}

/// The state of all contexts of a module.
#[derive(Clone, Debug)]
pub struct Contexts {
    /// By context.
    troubles: Vec<Troubles>,
    keys: Keys,
    hosts: Hosts,
    quiet: Quieted,
    /// Counts what is touched, so that the oldest can be told.
    clock: u64,
    /// Keys that a context counts for at most.
    limit: usize,
    /// The memory that their events take at most, in bytes.
    room: usize,
}

/// A key is not looked at for being over before so many others were counted: a backlog of old events may be at it.
const RESTS: u64 = 65_536;

impl Contexts {
    /// No event has come yet.
    pub fn new(contexts: &[Context], rules: usize) -> Self {
        Self {
            troubles: vec![Troubles::default(); contexts.len()],
            keys: Keys::new(contexts),
            hosts: Hosts::default(),
            quiet: Quieted::new(rules),
            clock: 0,
            limit: limits::CONTEXT_KEYS,
            room: limits::CONTEXT_BYTES,
        }
    }

    /// The same with another limit of keys.
    pub fn limited(mut self, keys: usize) -> Self {
        self.limit = keys.max(1);
        self
    }

    /// The same with another limit of memory for the events of a context, in bytes.
    pub fn limited_to_bytes(mut self, bytes: usize) -> Self {
        self.room = bytes;
        self
    }

    /// When and where an event happened; to be asked once an event. Closes what was quiet long enough.
    pub fn moment(&mut self, time: i64, host: &str) -> Moment {
        let moment = self.hosts.moment(time, host);
        if moment.moves {
            self.quiet.pass(moment);
        }
        moment
    }

    /// A host by its index.
    pub fn host(&self, index: u32) -> &str {
        self.hosts.name(index)
    }

    /// Stamps that were found to lie in the far future.
    pub fn far_future(&self) -> u64 {
        self.hosts.far_future()
    }

    /// The first of them that was met since the state was restored: its host, as it is compared, and the stamp in nanoseconds since 1970.
    pub fn first_far(&self) -> Option<(&str, i64)> {
        self.hosts.first_far()
    }

    /// What could not be counted, by context.
    pub fn troubles(&self) -> impl Iterator<Item = Troubles> + '_ {
        self.troubles.iter().copied()
    }

    /// Keys that are counted for now, by context.
    pub fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.troubles.len()).map(|context| self.keys.count(context as u32))
    }

    /// Notes an event that a context cannot count.
    pub fn uncounted(&mut self, context: u32, timed: bool) {
        if let Some(troubles) = self.troubles.get_mut(context as usize) {
            let trouble = if timed { &mut troubles.keyless } else { &mut troubles.untimed };
            *trouble += 1;
        }
    }

    /// Counts an event.
    pub fn count(&mut self, index: u32, context: &Context, key: &[u8], of: Occurrence<'_>) -> Said {
        let nothing = Said { count: 0, fires: false, related: Vec::new(), values: Vec::new() };
        let shape = Shape::of(context);
        if self.keys.is_full(index, self.limit) && self.keys.get(index, key).is_none() {
            self.make_room(index, &shape);
        }
        let Some(troubles) = self.troubles.get_mut(index as usize) else { return nothing };
        let new = || KeyState::new(context.from_first_hit);
        let Some(state) = self.keys.state(index, key, new) else { return nothing };
        self.clock += 1;
        state.touched = self.clock;
        let before = state.weight(&shape);
        let (said, late) = state.count(&shape, Entry::new(of));
        let after = state.weight(&shape);
        if late > 0 {
            troubles.late += 1;
            troubles.latest = troubles.latest.max(late);
        }
        self.keys.weigh(index, before, after);
        while self.keys.weight(index) > self.room && self.keys.count(index) > 1 {
            self.troubles[index as usize].forgotten += self.keys.evict(index, |state| state.weight(&shape));
        }
        said
    }

    /// Forgets keys so that there is room for another one.
    fn make_room(&mut self, index: u32, shape: &Shape<'_>) {
        let Self { clock, hosts, .. } = self;
        let over = |state: &KeyState| state.touched + RESTS < *clock && state.over(shape.length, hosts);
        self.keys.sweep(index, self.limit, over, |state| state.weight(shape));
        if self.keys.count(index) >= self.limit
            && let Some(troubles) = self.troubles.get_mut(index as usize)
        {
            troubles.forgotten += self.keys.evict(index, |state| state.weight(shape));
        }
    }

    /// How many a context has in the window that an event at this moment is in.
    pub fn counted(&self, index: u32, context: &Context, key: &[u8], moment: Moment) -> u64 {
        self.keys.get(index, key).map_or(0, |state| state.at(context.length, moment.time))
    }

    /// Forgets what was counted for a key.
    pub fn forget(&mut self, index: u32, context: &Context, key: &[u8]) {
        let shape = Shape::of(context);
        self.keys.remove(index, key, |state| state.weight(&shape));
    }

    /// May an alert be sent, or was the same sent so short a time ago that it stays quiet? `sends`: what it would send, a bit each.
    pub fn may_send(&mut self, rule: u32, length: i64, key: &[u8], moment: Moment, sends: u64) -> bool {
        self.quiet.may_send(rule, length, key, moment, sends, self.limit)
    }

    /// What was kept quiet in periods that are over since this was last asked.
    pub fn closed(&mut self) -> Vec<Closing> {
        self.quiet.closed()
    }

    /// Ends all periods, at the end of a run or when the clock says that nothing comes any more.
    pub fn close_all(&mut self) -> Vec<Closing> {
        self.quiet.close_all()
    }

    /// Ends the periods that are over at this time, whatever their hosts' time is: the clock says so where nothing comes any more.
    pub fn close_until(&mut self, time: i64) -> Vec<Closing> {
        self.quiet.close_until(time)
    }

    /// What was kept quiet in periods that are not over.
    pub fn owed(&self) -> Owed {
        self.quiet.owed()
    }

    /// Is there nothing that [`Contexts::closed`] would give?
    pub fn nothing_closed(&self) -> bool {
        self.quiet.nothing_closed()
    }
}

/// How much a context waits for.
fn least(asks: &Asks) -> u64 {
    match asks {
        Asks::Events(least) | Asks::Distinct(least, _) => u64::from(*least),
        Asks::Steps { count, .. } => u64::from(*count),
        Asks::Mark => u64::MAX,
    }
}
