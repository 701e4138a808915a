//! Alerts that were sent and stay quiet for a while.
//!
//! In: an alert that would be sent, its key, and when. Out: whether it is; and, once a period is over, what was kept quiet in it. Never
//! here: what makes two alerts the same.
//!
//! A period begins with the alert that was sent and ends after its length: [t0, t0 + length), as the events' own time says. It is over when
//! its host's time has passed its end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::Moment;

/// What was kept quiet in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The alert.
    pub rule: u32,
    /// The host of the alert that was sent.
    pub host: u32,
    /// The values that made the alerts the same, one behind the other as the key has them.
    pub key: Box<[u8]>,
    /// When the alert was sent, in nanoseconds since 1970.
    pub sent: i64,
    /// How many were kept quiet, 1 or more.
    pub count: u64,
    /// The time of the first of them.
    pub first: i64,
    /// The time of the last.
    pub last: i64,
    /// What would have been sent, a bit for each `send` of the alert.
    pub sends: u64,
}

/// Of what no summary told yet, as the periods are not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// Periods in which something was kept quiet.
    pub periods: u64,
    /// The alerts that were kept quiet in them.
    pub alerts: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Period {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) host: u32,
    pub(super) count: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) sends: u64,
}

/// The periods that end at one time of one host: alert and key.
type Ending = BTreeSet<(u32, Box<[u8]>)>;

/// The periods of all alerts.
#[derive(Clone, Debug, Default)]
pub(super) struct Quieted {
    pub(super) rules: Vec<HashMap<Box<[u8]>, Period>>,
    /// Periods by host and end, so that those that are over are found at once.
    ends: BTreeMap<(u32, i64), Ending>,
    closed: Vec<Closing>,
}

impl Quieted {
    pub(super) fn new(rules: usize) -> Self {
        Self { rules: (0..rules).map(|_| HashMap::new()).collect(), ..Self::default() }
    }

    /// With periods that were saved.
    pub(super) fn restore(&mut self, rule: u32, key: Box<[u8]>, period: Period) {
        if let Some(periods) = self.rules.get_mut(rule as usize) {
            self.ends.entry((period.host, period.end)).or_default().insert((rule, key.clone()));
            periods.insert(key, period);
        }
    }

    pub(super) fn may_send(
        &mut self,
        rule: u32,
        length: i64,
        key: &[u8],
        moment: Moment,
        sends: u64,
        limit: usize,
    ) -> bool {
        let time = moment.time;
        let Some(periods) = self.rules.get_mut(rule as usize) else { return true };
        if let Some(period) = periods.get_mut(key) {
            // A late one belongs to the period too, as it tells nothing new.
            if time < period.end && time > period.start.saturating_sub(length) {
                period.count += 1;
                period.first = if period.count == 1 { time } else { period.first.min(time) };
                period.last = period.last.max(time);
                period.sends |= sends;
                return false;
            }
            self.end(rule, key);
        } else if periods.len() >= limit {
            self.end_first(limit);
        }
        let (start, end) = (time, time.saturating_add(length));
        let period = Period { start, end, host: moment.host, count: 0, first: time, last: time, sends: 0 };
        self.restore(rule, key.into(), period);
        true
    }

    /// A host's time has come to this.
    pub(super) fn pass(&mut self, moment: Moment) {
        while let Some(((host, end), _)) = self.ends.range((moment.host, i64::MIN)..).next().map(|(k, v)| (*k, v))
            && host == moment.host
            && end <= moment.time
        {
            self.end_at((host, end));
        }
    }

    fn end_at(&mut self, at: (u32, i64)) {
        for (rule, key) in self.ends.remove(&at).unwrap_or_default() {
            self.close(rule, &key);
        }
    }

    /// Too many to remember: those that end first end now, a sixteenth at once, so that nothing that was kept quiet is lost.
    fn end_first(&mut self, limit: usize) {
        let mut ends: Vec<(i64, u32)> = self.ends.keys().map(|(host, end)| (*end, *host)).collect();
        let gone = (limit / 16).clamp(1, ends.len().max(1));
        if gone < ends.len() {
            ends.select_nth_unstable(gone - 1);
            ends.truncate(gone);
        }
        ends.sort_unstable();
        ends.into_iter().for_each(|(end, host)| self.end_at((host, end)));
    }

    /// Ends one period.
    fn end(&mut self, rule: u32, key: &[u8]) {
        let at = self.rules.get(rule as usize).and_then(|periods| periods.get(key)).map(|p| (p.host, p.end));
        if let Some(at) = at {
            if let Some(ending) = self.ends.get_mut(&at) {
                ending.remove(&(rule, key.into()));
                if ending.is_empty() {
                    self.ends.remove(&at);
                }
            }
            self.close(rule, key);
        }
    }

    fn close(&mut self, rule: u32, key: &[u8]) {
        let period = self.rules.get_mut(rule as usize).and_then(|periods| periods.remove_entry(key));
        if let Some((key, period)) = period
            && period.count > 0
        {
            let Period { start: sent, host, count, first, last, sends, .. } = period;
            self.closed.push(Closing { rule, host, key, sent, count, first, last, sends });
        }
    }

    /// Periods that are not over and in which something was kept quiet, and how much that is.
    pub(super) fn owed(&self) -> Owed {
        let all = self.rules.iter().flat_map(HashMap::values).filter(|period| period.count > 0);
        all.fold(Owed::default(), |owed, period| Owed { periods: owed.periods + 1, alerts: owed.alerts + period.count })
    }

    pub(super) fn nothing_closed(&self) -> bool {
        self.closed.is_empty()
    }

    pub(super) fn closed(&mut self) -> Vec<Closing> {
        std::mem::take(&mut self.closed)
    }

    pub(super) fn close_all(&mut self) -> Vec<Closing> {
        self.close_until(i64::MAX)
    }

    pub(super) fn close_until(&mut self, time: i64) -> Vec<Closing> {
        let mut over: Vec<(u32, i64)> = self.ends.keys().filter(|(_, end)| *end <= time).copied().collect();
        crate::order::sort_by_key(&mut over, |(host, end)| (*end, *host));
        over.into_iter().for_each(|at| self.end_at(at));
        self.closed()
    }
}
