//! What the rules did to one event.

use super::Effects;
use super::context::Closing;

/// Why a test could not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A value has more bytes than `limits::VALUE_BYTES`.
    ValueTooLarge,
    /// A list has more members than `limits::VALUE_MEMBERS`.
    ListTooLong,
    /// A value is nested deeper than `limits::EVENT_DEPTH`.
    TooDeep,
    /// What was read is no value: the record is damaged.
    Malformed,
    /// A pattern of the module does not compile within the limits.
    Pattern,
}

impl Fault {
    /// One sentence for people, without a final stop.
    pub fn text(self) -> &'static str {
        match self {
            Fault::ValueTooLarge => "a value is larger than 4 MiB",
            Fault::ListTooLong => "a list has more than 65,536 members",
            Fault::TooDeep => "a value is nested too deeply",
            Fault::Malformed => "a value is malformed",
            Fault::Pattern => "a pattern of the module does not compile",
        }
    }
}

/// A rule that failed, and so changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which rule.
    pub rule: u32,
    /// The site that failed; `u32::MAX`: a statement did.
    pub site: u32,
    /// Why.
    pub fault: Fault,
}

/// What one test said, in trace mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Whose test.
    pub rule: u32,
    /// Which site.
    pub site: u32,
    /// What it said.
    pub holds: bool,
}

/// An event was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// By which rule.
    pub rule: u32,
    /// In which context.
    pub context: u32,
    /// How many are in the window now: events, values, or filled steps.
    pub count: u64,
    /// It was enough.
    pub fires: bool,
}

/// A `when` whose body ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Of which rule.
    pub rule: u32,
    /// Which context.
    pub context: u32,
    /// How many are in the window: events, values, or steps.
    pub count: u64,
    /// The values of the key, as they are compared.
    pub key: Vec<String>,
    /// The events that made it up, oldest first, this one among them.
    pub related: Vec<Related>,
    /// The different values, as they are compared, where values are counted; of several fields together with a comma. Fifty at most.
    pub values: Vec<String>,
}

/// An event that was counted before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// When, in nanoseconds since 1970.
    pub time: i64,
    /// `winlog.computer_name`.
    pub host: String,
    /// Its event id, 0 where it has none.
    pub event_id: u32,
    /// Its record id, 0 where it has none.
    pub record: u64,
}

/// What the rules did to one event. Rules are indexes into the module's.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The event's kind: index into the module's events; `None`: none that a rule names.
    pub event: Option<u32>,
    /// The filter that dropped it.
    pub dropped_by: Option<u32>,
    /// In a preview: the later filters that would have dropped it.
    pub would_drop: Vec<u32>,
    /// Rules that ended their stage: no later one of their kind ran.
    pub stopped_by: Vec<u32>,
    /// What the rules changed and asked to be sent, in order.
    pub effects: Effects,
    /// Rules that failed.
    pub failures: Vec<Failure>,
    /// Tests that this form of event cannot answer: rule, site, why.
    pub undecidable: Vec<(u32, u32, &'static str)>,
    /// What was counted, in order.
    pub tallies: Vec<Tally>,
    /// What was enough.
    pub fired: Vec<Fired>,
    /// Alerts that stayed quiet, of periods that this event ended.
    pub closed: Vec<Closing>,
    /// In trace mode: what every test said, in order.
    pub trace: Vec<TraceStep>,
    /// Instructions executed.
    pub steps: u64,
    /// What says which event it is, is malformed: no rule ran.
    pub malformed: bool,
}

impl Outcome {
    /// Makes it ready for the next event; keeps its buffers.
    pub(super) fn clear(&mut self) {
        self.event = None;
        self.dropped_by = None;
        self.would_drop.clear();
        self.stopped_by.clear();
        self.effects.clear();
        self.failures.clear();
        self.undecidable.clear();
        self.tallies.clear();
        self.fired.clear();
        self.closed.clear();
        self.trace.clear();
        self.steps = 0;
        self.malformed = false;
    }

    /// Was a value that was read malformed?
    pub fn damaged(&self) -> bool {
        self.malformed || self.failures.iter().any(|failure| failure.fault == Fault::Malformed)
    }
}
