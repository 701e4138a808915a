//! What the twin remembers from event to event, and how it counts: by looking at everything that came, anew each time.
//!
//! In: contexts, keys, times. Out: whether it is enough. It shares nothing with `vm/context/`: windows are sought by trying each start,
//! steps by trying each choice of events. Never here: speed; a limit of keys.

use std::collections::BTreeMap;

use crate::ir::{Asks, Context};

/// In nanoseconds.
const DAY: i128 = 24 * 3600 * 1_000_000_000;

/// When and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct When {
    pub time: i128,
    pub host: String,
    /// Its time counts as the host's.
    pub moves: bool,
}

#[derive(Clone, Debug)]
struct Event {
    when: When,
    steps: Vec<usize>,
    value: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Key {
    /// In the order in which they came.
    events: Vec<Event>,
    /// The last times that were told.
    told: Vec<i128>,
    /// The time of the last event that was a length or more behind its host.
    late: Option<i128>,
    windows: Vec<Window>,
}

/// One from the first hit.
#[derive(Clone, Debug)]
struct Window {
    start: i128,
    host: String,
    told: bool,
    events: Vec<Event>,
}

/// An alert, and the values by which it is quiet.
type QuietKey = (u32, Vec<Option<String>>);

/// Everything that is remembered.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    keys: BTreeMap<(u32, Vec<String>), Key>,
    /// By host: the time that is confirmed, and one that waits to be.
    hosts: BTreeMap<String, (Option<i128>, Option<i128>)>,
    /// By alert and key: from when to when it is quiet, and whose time ends that.
    quiet: BTreeMap<QuietKey, (i128, i128, String)>,
}

impl Memory {
    pub(super) fn moment(&mut self, time: i128, host: String) -> When {
        let known = self.hosts.entry(host.clone()).or_default();
        let near = |a: i128, b: i128| (a - b).abs() <= DAY;
        let moves = match *known {
            (Some(now), _) if time - now <= DAY => {
                *known = (Some(now.max(time)), None);
                true
            }
            (_, Some(waiting)) if near(waiting, time) => {
                *known = (Some(waiting.max(time)), None);
                true
            }
            (now, waiting) => {
                *known = (now, Some(waiting.map_or(time, |waiting| waiting.min(time))));
                false
            }
        };
        if moves {
            self.quiet.retain(|_, (_, end, of)| *of != host || *end > time);
        }
        When { time, host, moves }
    }

    pub(super) fn may_send(&mut self, rule: u32, length: i64, key: Vec<Option<String>>, when: &When) -> bool {
        let (length, time) = (i128::from(length), when.time);
        if let Some((start, end, _)) = self.quiet.get(&(rule, key.clone()))
            && time < *end
            && time > start - length
        {
            return false;
        }
        self.quiet.insert((rule, key), (time, time + length, when.host.clone()));
        true
    }

    pub(super) fn forget(&mut self, context: u32, key: Vec<String>) {
        self.keys.remove(&(context, key));
    }

    /// How many are in the window of this time.
    pub(super) fn counted(&self, index: u32, context: &Context, key: Vec<String>, time: i128) -> usize {
        let length = i128::from(context.length);
        let Some(key) = self.keys.get(&(index, key)) else { return 0 };
        if context.from_first_hit {
            let holding = key.windows.iter().filter(|window| window.start <= time && time - window.start < length);
            return holding.max_by_key(|window| window.start).map_or(0, |window| window.events.len());
        }
        key.events.iter().filter(|event| event.when.time <= time && time - event.when.time < length).count()
    }

    /// Counts an event; is it enough, for the first time in its window?
    pub(super) fn count(
        &mut self,
        index: u32,
        context: &Context,
        key: Vec<String>,
        when: &When,
        steps: Vec<usize>,
        value: Vec<String>,
    ) -> bool {
        let length = i128::from(context.length);
        let event = Event { when: when.clone(), steps, value };
        let key = self.keys.entry((index, key)).or_default();
        if context.from_first_hit {
            return first_hit(context, key, event, length);
        }
        let newest = |key: &Key, host: &str| {
            let own = key.events.iter().filter(|event| event.when.host == host && event.when.moves);
            own.map(|event| event.when.time).max()
        };
        let near = |a: i128, b: i128| (a - b).abs() < length;
        if newest(key, &when.host).is_some_and(|newest| newest - when.time >= length) {
            key.late = Some(when.time);
        }
        // What is a whole length behind its host is forgotten, unless a backlog is there.
        let now = newest(key, &when.host).into_iter().chain(when.moves.then_some(when.time)).max();
        let late = key.late;
        key.events.retain(|have| {
            have.when.host != when.host
                || now.is_none_or(|now| now - have.when.time < length)
                || late.is_some_and(|late| near(late, have.when.time))
        });
        let mut same = Vec::new();
        if let Asks::Distinct(..) = context.asks {
            let is_same = |have: &Event| have.value == event.value && near(have.when.time, event.when.time);
            same = key.events.iter().filter(|have| is_same(have)).cloned().collect();
            key.events.retain(|have| !is_same(have));
        }
        key.events.push(event.clone());
        let enough = enough(context, &key.events, key.events.len() - 1, length);
        let fires = enough && key.told.iter().all(|told| !near(*told, when.time));
        if fires {
            key.told.push(when.time);
            key.told = key.told.split_off(key.told.len().saturating_sub(8));
        }
        if same.iter().any(|same| same.when.time > event.when.time) {
            key.events.pop();
            key.events.extend(same);
        }
        // Around an event no more than twice as many as are waited for: the oldest go.
        if let Asks::Events(least) | Asks::Distinct(least, _) = context.asks {
            let around = |key: &Key| {
                let near = (0..key.events.len()).filter(|at| near(key.events[*at].when.time, when.time));
                near.collect::<Vec<_>>()
            };
            while around(key).len() > 2 * least as usize {
                let oldest = around(key).into_iter().min_by_key(|at| (key.events[*at].when.time, *at));
                let Some(at) = oldest else { break };
                key.events.remove(at);
            }
        }
        fires
    }
}

fn first_hit(context: &Context, key: &mut Key, event: Event, length: i128) -> bool {
    let time = event.when.time;
    let holding = |key: &Key| {
        let inside = |at: &usize| key.windows[*at].start <= time && time - key.windows[*at].start < length;
        (0..key.windows.len()).filter(inside).max_by_key(|at| key.windows[*at].start)
    };
    if holding(key).is_none() {
        if matches!(context.asks, Asks::Steps { ordered: true, .. }) && !event.steps.contains(&0) {
            return false;
        }
        if event.when.moves {
            let old = |window: &Window| window.host == event.when.host && time - window.start >= 2 * length;
            let last = key.windows.iter().rposition(old);
            let mut at = 0..;
            key.windows.retain(|window| at.next() == last || !old(window));
        }
        if key.windows.len() >= 8 {
            key.windows.remove(0);
        }
        key.windows.push(Window { start: time, host: event.when.host.clone(), told: false, events: Vec::new() });
    }
    let Some(at) = holding(key) else { return false };
    let Window { told, events, .. } = &mut key.windows[at];
    events.push(event);
    let last = events.len() - 1;
    let enough = match &context.asks {
        Asks::Events(least) => events.len() >= *least as usize,
        Asks::Distinct(least, _) => {
            let values: std::collections::BTreeSet<&Vec<String>> = events.iter().map(|event| &event.value).collect();
            values.len() >= *least as usize
        }
        Asks::Steps { ordered, count } => steps(events, last, *ordered, usize::from(*count), length),
        Asks::Mark => false,
    };
    let fires = enough && !*told;
    *told |= fires;
    fires
}

/// Is enough in some window that holds the event at `at`?
fn enough(context: &Context, events: &[Event], at: usize, length: i128) -> bool {
    let time = events[at].when.time;
    let least = match &context.asks {
        Asks::Events(least) | Asks::Distinct(least, _) => *least as usize,
        Asks::Steps { ordered, count } => return steps(events, at, *ordered, usize::from(*count), length),
        Asks::Mark => return false,
    };
    // Every window begins with one of the events.
    events.iter().any(|first| {
        let start = first.when.time;
        let inside = |time: i128| start <= time && time - start < length;
        inside(time) && events.iter().filter(|event| inside(event.when.time)).count() >= least
    })
}

/// Tries every choice of one event for each step.
fn steps(events: &[Event], new: usize, ordered: bool, count: usize, length: i128) -> bool {
    fn choose(
        events: &[Event],
        ordered: bool,
        count: usize,
        chosen: &mut Vec<usize>,
        good: &dyn Fn(&[usize]) -> bool,
    ) -> bool {
        if chosen.len() == count {
            return good(chosen);
        }
        for at in 0..events.len() {
            let before = chosen.last().is_none_or(|last| (events[*last].when.time, *last) < (events[at].when.time, at));
            if chosen.contains(&at) || !events[at].steps.contains(&chosen.len()) || (ordered && !before) {
                continue;
            }
            chosen.push(at);
            if choose(events, ordered, count, chosen, good) {
                return true;
            }
            chosen.pop();
        }
        false
    }
    let good = |chosen: &[usize]| {
        let times = || chosen.iter().map(|at| events[*at].when.time);
        let span = times().max().zip(times().min()).map_or(0, |(last, first)| last - first);
        chosen.contains(&new) && span < length
    };
    choose(events, ordered, count, &mut Vec::new(), &good)
}
