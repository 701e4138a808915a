//! What crosses to the page of boards and back, as `www/src/engine/board.ts` has it.
//!
//! In and out: serde types whose names in JSON are JavaScript's. Never here: how they are made.

use serde::{Deserialize, Serialize};

use crate::session::wire::{DecisionFilter, Diagnostic, Draft, Refused};

/// The events that are counted: those that meet all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoardQuery {
    /// Names of the catalogue; none: all events.
    pub events: Vec<String>,
    /// From this time on, in milliseconds.
    pub from: Option<i64>,
    /// Before this time.
    pub to: Option<i64>,
    /// What fields hold.
    pub terms: Vec<BoardTerm>,
    /// A condition.
    #[serde(rename = "where")]
    pub condition: String,
    /// What became of them.
    pub decision: DecisionFilter,
    /// Of the hunt that was made last.
    pub hunted: bool,
    /// Of these events, those that do not meet all of the others.
    pub rest: bool,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoardTerm {
    /// Its name, or one with an `@`.
    pub field: String,
    /// The value; none: the field has none.
    pub value: Option<String>,
    /// Without it.
    pub out: bool,
}

/// What the counts over time tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Apart {
    /// The group of the event.
    Group,
    /// How the event stands to a hunt.
    Hunt,
}

/// The most frequent values of a field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TopWanted {
    /// The field.
    pub field: String,
    /// So many at most.
    pub most: usize,
    /// Only those that hold this text.
    pub like: String,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoardWanted {
    /// Counts over time in at most so many steps.
    pub steps: Option<usize>,
    /// What they tell apart.
    pub series: Apart,
    /// Values of fields.
    pub tops: Vec<TopWanted>,
}

/// The counts.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// What is wrong with the condition.
    pub diagnostics: Vec<Diagnostic>,
    /// Events of the board.
    pub of: usize,
    /// Events that meet the query.
    pub count: usize,
    /// Those of them without a time.
    pub undated: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Counts over time.
    pub over_time: Option<OverTime>,
    /// In the order asked for.
    pub tops: Vec<Top>,
}

/// Counts over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OverTime {
    /// Where the first step begins.
    pub from: i64,
    /// Milliseconds of a step.
    pub step: i64,
    /// The series.
    pub series: Vec<Series>,
}

/// One of the series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// What it counts.
    pub name: &'static str,
    /// All of it, the undated ones too.
    pub count: usize,
    /// Step by step.
    pub counts: Vec<usize>,
}

/// Values of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Top {
    /// The field.
    pub field: String,
    /// The most frequent first.
    pub values: Vec<TopValue>,
    /// Different values.
    pub distinct: usize,
    /// Events that have none.
    pub absent: usize,
}

/// A value, and how many events have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TopValue {
    /// As it is written most often.
    pub value: String,
    /// Events.
    pub count: usize,
    /// In how many ways it is written, over all events.
    pub spellings: usize,
}

/// A host, and how its Sysmon is: times are those of its events of Sysmon, for a machine may live on without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HostHealth {
    /// Its name.
    pub host: String,
    /// Its events of Sysmon.
    pub events: usize,
    /// Its other events.
    pub others: usize,
    /// The time of the first of Sysmon.
    pub first: Option<i64>,
    /// Of the last.
    pub last: Option<i64>,
    /// Events 4.
    pub states: usize,
    /// Events 16.
    pub configurations: usize,
    /// Events 255.
    pub errors: usize,
    /// What the last event 4 said.
    pub state: Option<String>,
    /// The longest time between two of them.
    pub gap: i64,
    /// Where it began.
    pub gap_from: Option<i64>,
    /// From the last of them to the last event of all, whoever wrote it; none: there is none of Sysmon, or without a time.
    pub silent: Option<i64>,
}

/// A selection as text, and as rules.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct BoardRule {
    /// One condition that means all of it.
    pub condition: Option<String>,
    /// A rule that drops such events.
    pub filter: Option<Drafted>,
    /// A rule that tells of them.
    pub alert: Option<Drafted>,
}

/// A rule, or why there is none.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Drafted {
    /// The rule.
    Draft(Draft),
    /// Why not.
    Refused(Refused),
}

/// An order of rows.
pub use crate::session::wire::Sort as BoardSort;
