//! One target's messages, in order: one at a time, or as many at once as the target takes.
//!
//! In: the state file, a target, a clock and a source of chance that are handed over. Out: one step at a time: a message was sent, failed,
//! or nothing can be done until some time. Never here: threads, sleep, the system's clock.
//!
//! When a message is tried again:
//!
//! | what happened | the message | all else for the target |
//! | --- | --- | --- |
//! | refused for now | after the back-off for its number of attempts | goes on |
//! | refused for now, with a time (`Retry-After`) | after that time, at most [`Policy::longest`] | waits as long |
//! | cannot be reached | after the back-off | waits for the back-off of failures in a row |
//! | is not set up | after the back-off | waits for [`Policy::setup`] at least |
//! | refused for good | dead | goes on |
//!
//! The waits that a target asks for, and those for what is not set up, are kept in the state file: whoever sends next keeps to them, unless the
//! target is set up otherwise by then, or somebody put messages in line again.
//!
//! The back-off after attempt `n` is `first · 2^(n-1)`, at most `longest`, times 0.8 to 1.2 by chance, so that many do not come at once. A
//! message is dead once it was tried `attempts` times, or when the next attempt would be after `max_age`.

use std::collections::VecDeque;

use super::outbox::{Pause, Store, StoreError};
use super::{Channel, Fault, FaultKind, Millis, Target};

/// When messages are tried again, and given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The first back-off.
    pub first: Millis,
    /// The longest one.
    pub longest: Millis,
    /// How long nothing is tried where something is not set up.
    pub setup: Millis,
    /// How often a message is tried.
    pub attempts: u32,
    /// How long it is tried.
    pub max_age: Millis,
}

impl Default for Policy {
    fn default() -> Self {
        Self { first: 5_000, longest: 3_600_000, setup: 900_000, attempts: 100, max_age: 72 * 3_600_000 }
    }
}

impl Policy {
    /// How long is waited after attempt `n`, from 1. `chance`: from 0 to 1.
    pub fn back_off(&self, n: u32, chance: f64) -> Millis {
        let doubled = self.first.saturating_mul(1u64.checked_shl(n.saturating_sub(1).min(63)).unwrap_or(u64::MAX));
        let plain = doubled.min(self.longest);
        // Bounded above by 1.2 hours, far below what a float holds exactly.
        (plain as f64 * (0.8 + 0.4 * chance.clamp(0.0, 1.0))) as Millis
    }
}

/// So many in any minute.
#[derive(Clone, Debug)]
pub struct Rate {
    most: Option<u32>,
    /// The last ones.
    times: VecDeque<Millis>,
}

impl Rate {
    const MINUTE: Millis = 60_000;

    /// At most so many; `before`: when there were some already.
    pub fn new(most: Option<u32>, before: Vec<Millis>) -> Self {
        Self { most, times: before.into() }
    }

    /// When the next one may be.
    fn free_at(&mut self, now: Millis) -> Millis {
        let Some(most) = self.most else { return 0 };
        while self.times.front().is_some_and(|time| time + Self::MINUTE <= now) {
            self.times.pop_front();
        }
        let over = (self.times.len() + 1).saturating_sub(most as usize);
        let waited_for = over.checked_sub(1).and_then(|index| self.times.get(index));
        waited_for.map_or(0, |time| time + Self::MINUTE)
    }

    fn note(&mut self, now: Millis) {
        if self.most.is_some() {
            self.times.push_back(now);
        }
    }
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These messages were taken.
    Sent(Vec<String>),
    /// This one was not, and waits.
    Waits(String, String),
    /// This one was not, and is dead.
    Dead(String, String),
    /// Nothing can be done before then; `None`: no message waits.
    Idle(Option<Millis>),
}

/// The way to one target.
pub struct Lane {
    channel: Channel,
    target: Box<dyn Target>,
    policy: Policy,
    rate: Rate,
    chance: Box<dyn FnMut() -> f64 + Send>,
    /// Nothing is sent before then.
    closed_until: Millis,
    /// How often in a row the target could not be used.
    failures: u32,
    /// A print of how the target is set up.
    settings: String,
    /// The wait stands in the state file.
    paused: bool,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane").field("channel", &self.channel).field("closed_until", &self.closed_until).finish()
    }
}

impl Lane {
    /// A way to a target.
    pub fn new(channel: Channel, target: Box<dyn Target>, policy: Policy, rate: Option<u32>) -> Self {
        Self {
            channel,
            target,
            policy,
            rate: Rate::new(rate, Vec::new()),
            chance: Box::new(chance),
            closed_until: 0,
            failures: 0,
            settings: String::new(),
            paused: false,
        }
    }

    /// With a print of how the target is set up; without one it is always set up the same.
    #[must_use]
    pub fn with_settings(mut self, settings: String) -> Self {
        self.settings = settings;
        self
    }

    /// With another source of chance, for tests.
    #[must_use]
    pub fn with_chance(mut self, chance: impl FnMut() -> f64 + Send + 'static) -> Self {
        self.chance = Box::new(chance);
        self
    }

    /// Where it leads.
    pub fn channel(&self) -> Channel {
        self.channel
    }

    /// Takes into account what was sent shortly before, and for how long the target is left alone, by whoever had the state file then.
    pub fn remember(&mut self, store: &mut Store, now: Millis) -> Result<(), StoreError> {
        match store.pause(self.channel)? {
            Some(pause) if pause.settings == self.settings => {
                // A clock that was set back makes no pause longer than it can be.
                let longest = self.policy.longest.max(self.policy.setup).saturating_mul(2);
                self.closed_until = pause.until.min(now.saturating_add(longest));
                (self.failures, self.paused) = (pause.failures, true);
            }
            Some(_) => {
                store.set_pause(self.channel, None)?;
                store.hurry(self.channel, now)?;
            }
            None => {}
        }
        if self.rate.most.is_some() {
            self.rate.times = store.sent_since(self.channel, now.saturating_sub(Rate::MINUTE))?.into();
        }
        Ok(())
    }

    /// Does one thing, if there is one to do.
    pub fn step(&mut self, store: &mut Store, clock: &dyn Fn() -> Millis) -> Result<Step, StoreError> {
        let now = clock();
        let Some(next) = store.next(self.channel)? else { return Ok(Step::Idle(None)) };
        // Somebody may have ended the pause.
        if self.paused && store.pause(self.channel)?.is_none() {
            (self.paused, self.closed_until, self.failures) = (false, 0, 0);
        }
        let ready = next.max(self.closed_until).max(self.rate.free_at(now));
        if ready > now {
            return Ok(Step::Idle(Some(ready)));
        }
        let entries = store.due(self.channel, now, self.target.most())?;
        let Some(entry) = entries.first() else { return Ok(Step::Idle(Some(now))) };
        entries.iter().for_each(|_| self.rate.note(now));
        let result = self.target.send_all(&entries);
        let now = clock();
        let id = entry.message.id.clone();
        let Err(Fault { kind, error, left }) = result else {
            let ids: Vec<String> = entries.into_iter().map(|entry| entry.message.id).collect();
            store.sent(&ids, now)?;
            self.failures = 0;
            self.open(store)?;
            return Ok(Step::Sent(ids));
        };
        let tried = entry.attempts.saturating_add(1);
        let mut wait = self.policy.back_off(tried, (self.chance)());
        match kind {
            FaultKind::Refused => {
                self.open(store)?;
                store.dead(&id, &error, left.as_deref(), now)?;
                return Ok(Step::Dead(id, error));
            }
            FaultKind::Later(None) => {
                self.failures = 0;
                self.open(store)?;
            }
            FaultKind::Later(Some(after)) => {
                let after = after.min(self.policy.longest);
                self.failures = 0;
                self.closed_until = now + after;
                wait = wait.max(after);
                self.pause(store, &error)?;
            }
            FaultKind::Down => {
                self.failures = self.failures.saturating_add(1);
                self.closed_until = now + self.policy.back_off(self.failures, (self.chance)());
            }
            FaultKind::Setup => {
                self.failures = self.failures.saturating_add(1);
                let wait = self.policy.back_off(self.failures, (self.chance)());
                self.closed_until = now + wait.max(self.policy.setup);
                self.pause(store, &error)?;
            }
        }
        let ends = entry.queued.saturating_add(self.policy.max_age);
        if tried >= self.policy.attempts || now + wait > ends {
            let times = if tried == 1 { "1 attempt".to_string() } else { format!("{tried} attempts") };
            let error = format!("given up after {times}: {error}");
            store.dead(&id, &error, left.as_deref(), now)?;
            return Ok(Step::Dead(id, error));
        }
        store.retry_at(&id, now + wait, &error, left.as_deref(), now)?;
        Ok(Step::Waits(id, error))
    }

    /// Keeps for how long the target is left alone.
    fn pause(&mut self, store: &mut Store, error: &str) -> Result<(), StoreError> {
        // A file locks no account and asks for nothing: it is tried as soon as somebody starts anew.
        if self.channel == Channel::File {
            return Ok(());
        }
        self.paused = true;
        let (until, failures) = (self.closed_until, self.failures);
        let (error, settings) = (error.to_string(), self.settings.clone());
        store.set_pause(self.channel, Some(&Pause { until, failures, error, settings }))
    }

    /// The target can be used.
    fn open(&mut self, store: &mut Store) -> Result<(), StoreError> {
        if std::mem::take(&mut self.paused) {
            store.set_pause(self.channel, None)?;
        }
        Ok(())
    }
}

/// A number from 0 to 1 by chance.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Where there is no chance, all wait as long as the table says.
    if getrandom::fill(&mut bytes).is_err() {
        return 0.5;
    }
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests;
