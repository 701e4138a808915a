//! A test as data.
//!
//! In: nothing. Out: the types that the reader of test files fills and the runner takes, each with the place of whatever may turn out to be
//! wrong in it. Never here: text, rules.

use crate::event::Value;
use crate::origin::Origin;

/// One test.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// Where that stands.
    pub origin: Origin,
    /// Its events, in order; there is at least one, or a sample.
    pub given: Vec<Given>,
    /// Where they stand.
    pub given_origin: Origin,
    /// What is expected; unless the decisions are compared with stored ones, something always is.
    pub expect: Expected,
    /// Are the decisions compared with stored ones?
    pub snapshot: bool,
}

impl Case {
    /// Is it about one event that stands in the file?
    pub fn is_single(&self) -> bool {
        matches!(self.given.as_slice(), [Given::Event(Written { times: 1, .. })])
    }
}

/// Events of a test.
#[derive(Clone, Debug)]
pub enum Given {
    /// One that stands in the test file.
    Event(Written),
    /// Some of another file.
    Sample(Sample),
}

/// An event in the test file.
#[derive(Clone, Debug)]
pub struct Written {
    /// JSON, or whatever text was written for it.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
    /// The paths of its fields, where it was written as fields.
    pub names: Vec<Named>,
    /// How often it comes.
    pub times: u64,
    /// How much later each time, in nanoseconds.
    pub every: i64,
}

/// Events of a file.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The file, from the folder of the test file.
    pub from: Named,
    /// Only those that meet this condition.
    pub condition: Option<Named>,
    /// Only those with these numbers.
    pub records: Option<Vec<(u64, Origin)>>,
    /// Only so many of what is left.
    pub limit: Option<u64>,
    /// Where all that stands.
    pub origin: Origin,
}

/// What is expected of the rules.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// What becomes of each event.
    pub decision: Option<(Decision, Origin)>,
    /// The rule that does something.
    pub rule: Option<Named>,
    /// All tags of each event.
    pub tags: Option<Vec<Named>>,
    /// Fields of each event as it is stored.
    pub fields: Vec<(Named, Value)>,
    /// All alerts.
    pub alerts: Option<Vec<AlertExpected>>,
    /// What all events together may come to.
    pub budget: Vec<Budget>,
}

impl Expected {
    /// Is nothing expected?
    pub fn is_empty(&self) -> bool {
        self.decision.is_none()
            && self.rule.is_none()
            && self.tags.is_none()
            && self.fields.is_empty()
            && self.alerts.is_none()
            && self.budget.is_empty()
    }
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A filter drops it.
    Dropped,
    /// None does.
    Kept,
}

/// A name, and where it stands.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Its place.
    pub origin: Origin,
}

/// Messages of an alert: those that meet all that stands here.
#[derive(Clone, Debug)]
pub struct AlertExpected {
    /// The alert.
    pub rule: Named,
    /// How many; at least one, where it is not said.
    pub count: Option<u64>,
    /// How many such messages were kept quiet.
    pub quiet: Option<u64>,
    /// How it is sent.
    pub via: Option<String>,
    /// What was counted by which values.
    pub key: Vec<(String, String)>,
    /// What stands in the subject.
    pub subject: Vec<String>,
    /// What stands in the text.
    pub body: Vec<String>,
}

impl AlertExpected {
    /// Only the alert is named.
    pub fn named(rule: Named) -> Self {
        let (key, subject, body) = (Vec::new(), Vec::new(), Vec::new());
        Self { rule, count: None, quiet: None, via: None, key, subject, body }
    }

    /// Must the message be there, not only be counted?
    pub fn is_of_words(&self) -> bool {
        !(self.subject.is_empty() && self.body.is_empty())
    }
}

/// A bound on what all events of a test come to.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Of what.
    pub of: Measure,
    /// Of one rule alone.
    pub rule: Option<Named>,
    /// The bound.
    pub bound: Bound,
    /// Its number.
    pub number: u64,
    /// Is that in percent of all events, or of all their bytes?
    pub percent: bool,
    /// As it was written.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

/// What is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Events that are dropped.
    Dropped,
    /// Bytes of events that are dropped.
    DroppedBytes,
    /// Messages of alerts.
    Alerts,
}

/// A bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Not less.
    AtLeast,
    /// Not more.
    AtMost,
    /// Neither.
    Exactly,
}
