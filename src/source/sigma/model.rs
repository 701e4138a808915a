//! Sigma's own form of rules: what a document says, with places, before any meaning is given to it.
//!
//! In: nothing; `read/` makes it. Out: plain data, which the conformance test compares with pySigma's. Never here: log sources of Windows,
//! fields of events, the language of rules.

use std::sync::Arc;

use super::condition::Condition;
use super::modifier::{Modifier, Plan};
use super::value::Value;
use crate::ast::{At, Length, RuleSeverity};
use crate::origin::{Origin, SourceId};

/// What one document of a file is.
#[derive(Clone, Debug)]
pub struct Document {
    /// What is said about it.
    pub meta: Meta,
    /// What it does.
    pub body: Body,
    /// The text of the document in its file.
    pub origin: Origin,
}

/// What a document does.
#[derive(Clone, Debug)]
pub enum Body {
    /// `detection`: a rule.
    Rule(Rule),
    /// `correlation`: counts what other rules found.
    Correlation(Correlation),
    /// `filter`: takes events away from other rules.
    Filter(Filter),
}

/// Metadata, which every kind of document may have.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// `title`.
    pub title: Option<At<String>>,
    /// `id`.
    pub id: Option<At<String>>,
    /// `name`, by which correlations and filters call it.
    pub name: Option<At<String>>,
    /// `status`.
    pub status: Option<At<String>>,
    /// `level`.
    pub level: Option<At<RuleSeverity>>,
    /// `description`.
    pub description: Option<At<String>>,
    /// `author`.
    pub author: Option<At<String>>,
    /// `references`.
    pub references: Vec<At<String>>,
    /// `tags`.
    pub tags: Vec<At<String>>,
    /// `falsepositives`.
    pub falsepositives: Vec<At<String>>,
}

/// `logsource`.
#[derive(Clone, Debug)]
pub struct LogSource {
    /// `product`.
    pub product: Option<At<String>>,
    /// `category`.
    pub category: Option<At<String>>,
    /// `service`.
    pub service: Option<At<String>>,
    /// The whole.
    pub origin: Origin,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which events it is about.
    pub logsource: LogSource,
    /// What it looks for.
    pub detections: Arc<Detections>,
}

/// Detections and the conditions that join them.
#[derive(Clone, Debug)]
pub struct Detections {
    /// By name, in the order of the file.
    pub named: Vec<(At<String>, Detection)>,
    /// One is enough.
    pub conditions: Vec<At<Condition>>,
    /// The whole.
    pub origin: Origin,
}

/// A detection.
#[derive(Clone, Debug)]
pub enum Detection {
    /// Everything holds: a mapping.
    All(Vec<Detection>),
    /// One of them holds: a list.
    Any(Vec<Detection>),
    /// One item.
    Item(Item),
}

/// One field with its modifiers and values; or values alone, which are looked for everywhere.
#[derive(Clone, Debug)]
pub struct Item {
    /// The field; none for values alone.
    pub field: Option<At<String>>,
    /// Modifiers, in their order.
    pub modifiers: Vec<At<Modifier>>,
    /// What they ask together.
    pub plan: Plan,
    /// What it is compared with; one is enough unless the plan says `all`.
    pub values: Vec<At<Value>>,
    /// From the field to the last value.
    pub origin: Origin,
}

/// How a correlation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    /// `event_count`
    EventCount,
    /// `value_count`
    ValueCount,
    /// `temporal`
    Temporal,
    /// `temporal_ordered`
    TemporalOrdered,
}

impl CorrelationKind {
    /// As written.
    pub fn word(self) -> &'static str {
        match self {
            Self::EventCount => "event_count",
            Self::ValueCount => "value_count",
            Self::Temporal => "temporal",
            Self::TemporalOrdered => "temporal_ordered",
        }
    }
}

/// A correlation.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// How it counts.
    pub kind: At<CorrelationKind>,
    /// Whose findings it counts, by name or id.
    pub rules: Vec<At<String>>,
    /// `group-by`: counted apart for each value of these.
    pub group_by: Vec<At<String>>,
    /// `aliases`: names for fields that are called otherwise in the events of each rule.
    pub aliases: Vec<Alias>,
    /// `timespan`.
    pub timespan: At<Length>,
    /// `condition`: how many are enough.
    pub enough: At<u64>,
    /// Fields whose values are counted.
    pub fields: Vec<At<String>>,
    /// `generate`: the rules go on to alert by themselves.
    pub generate: bool,
}

/// One alias.
#[derive(Clone, Debug)]
pub struct Alias {
    /// Its name.
    pub name: At<String>,
    /// Which field it is in the events of which rule.
    pub fields: Vec<(At<String>, At<String>)>,
}

/// A filter: its condition is joined by `and` to that of rules.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Which events it is about.
    pub logsource: LogSource,
    /// Which rules, by name or id; none: all of its log source.
    pub rules: Option<Vec<At<String>>>,
    /// What it lets through.
    pub detections: Arc<Detections>,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub struct File {
    /// Its text's source.
    pub source: SourceId,
    /// Its documents, those without faults.
    pub documents: Vec<Document>,
    /// How many documents it has, those with faults too.
    pub count: usize,
    /// The log sources of those with faults: whether they are known is said all the same.
    pub faulty: Vec<LogSource>,
    /// The names and ids of those with faults: what names them is not wrong.
    pub faulty_names: Vec<String>,
}
