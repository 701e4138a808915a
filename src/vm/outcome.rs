//! What the rules did to one event.

use super::Effects;

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
        self.trace.clear();
        self.steps = 0;
        self.malformed = false;
    }

    /// Was a value that was read malformed?
    pub fn damaged(&self) -> bool {
        self.malformed || self.failures.iter().any(|failure| failure.fault == Fault::Malformed)
    }
}
