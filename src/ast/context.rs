//! What alerts remember from event to event: thresholds, correlations, and marks that other rules ask for.
//!
//! In: nothing. Out: the part of the tree that counts. Never here: how; that is `vm/context/`.

use super::{At, CondId, FieldRef};
use crate::origin::Origin;

/// `when WHAT within LENGTH [from first hit] [by FIELDS] [as "NAME"] { … }`: each event that reaches it is counted; the body runs
/// for the one with which enough have come.
#[derive(Clone, Debug)]
pub struct When {
    /// What has to come.
    pub asks: Asks,
    /// How long the window is.
    pub within: At<Length>,
    /// The window begins with the first event and ends after its length; otherwise it slides.
    pub from_first_hit: bool,
    /// Events are counted apart for each value of these fields.
    pub by: Vec<FieldRef>,
    /// What `forget` and `remembered` call it.
    pub name: Option<At<String>>,
}

/// What a [`When`] waits for.
#[derive(Clone, Debug)]
pub enum Asks {
    /// `5 events`
    Events(At<u64>),
    /// `3 distinct User, SourceIp`: so many different values of these fields taken together.
    Distinct(At<u64>, Vec<FieldRef>),
    /// `in order { step … }`, `in any order { step … }`: each step by an event of its own.
    Steps {
        /// One after the other.
        ordered: bool,
        /// The steps.
        steps: Vec<Step>,
    },
}

/// `step C [by FIELDS]`
#[derive(Clone, Debug)]
pub struct Step {
    /// What an event must meet.
    pub cond: CondId,
    /// The fields that hold the key in this step's events, where they are others than those of the whole.
    pub by: Vec<FieldRef>,
    /// Comments that belong to it, a line each.
    pub comments: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// A length of time, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Length {
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: Unit,
}

/// Units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days of 24 hours.
    Days,
}

impl Unit {
    /// All, shortest first.
    pub const ALL: [Unit; 4] = [Unit::Seconds, Unit::Minutes, Unit::Hours, Unit::Days];

    /// As written behind a number other than 1.
    pub fn word(self) -> &'static str {
        match self {
            Unit::Seconds => "seconds",
            Unit::Minutes => "minutes",
            Unit::Hours => "hours",
            Unit::Days => "days",
        }
    }

    /// How many seconds one has.
    pub fn seconds(self) -> u64 {
        match self {
            Unit::Seconds => 1,
            Unit::Minutes => 60,
            Unit::Hours => 3600,
            Unit::Days => 86_400,
        }
    }

    /// Reads `s`, `sec`, `second`, `seconds`, and so on.
    pub fn parse(word: &str) -> Option<Unit> {
        Some(match word {
            "s" | "sec" | "secs" | "second" | "seconds" => Unit::Seconds,
            "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minutes,
            "h" | "hour" | "hours" => Unit::Hours,
            "d" | "day" | "days" => Unit::Days,
            _other => return None,
        })
    }
}

impl Length {
    /// In seconds; as long as there is where it is longer.
    pub fn seconds(self) -> u64 {
        self.count.saturating_mul(self.unit.seconds())
    }
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = self.unit.word();
        write!(f, "{} {}", self.count, if self.count == 1 { word.trim_end_matches('s') } else { word })
    }
}
