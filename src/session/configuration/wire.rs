//! What crosses to the page of a configuration of Sysmon, as `www/src/engine/types.ts` has it.
//!
//! In and out: serde types whose names in JSON are JavaScript's. Never here: how they are made.
//!
//! A part of a configuration is named by numbers: `3` is a node, `3.14` an item of it, `3.14.2` a filter of that item where it is a Rule. Blocks have
//! these names as their ids.

use serde::Serialize;

use crate::session::wire::{Diagnostic, Range, Seen};

/// Bytes of a file as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigText {
    /// The text.
    pub text: String,
    /// How it was encoded.
    pub encoding: &'static str,
    /// Did a mark stand before it?
    pub mark: bool,
}

/// A configuration that was taken in.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Configured {
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// Would Sysmon take it? Else no event is decided.
    pub taken: bool,
    /// Its schema version.
    pub schema: String,
    /// Its nodes in the order of the text. Nothing: it cannot be read, and the parts of the last one that could be are still there.
    pub nodes: Option<Vec<ConfigNode>>,
}

/// A node.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigNode {
    /// Its tag.
    pub tag: &'static str,
    /// The ids of the tag's events.
    pub events: Vec<u32>,
    /// `include`, `exclude`.
    pub on_match: &'static str,
    /// `or`, `and`.
    pub relation: &'static str,
    /// The name of its group.
    pub group: Option<String>,
    /// Its rules: filters outside of Rules, and Rules.
    pub rules: usize,
    /// All its filters.
    pub filters: usize,
    /// Where it stands.
    pub range: Range,
}

/// A rule of a node: a Rule, or a filter alone.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigItem {
    /// Of a Rule, how its filters belong together. Nothing: it is a filter alone.
    pub relation: Option<&'static str>,
    /// Of a Rule, its own name.
    pub name: Option<String>,
    /// Its filters.
    pub filters: Vec<ConfigFilter>,
    /// Where it stands.
    pub range: Range,
}

/// A filter.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigFilter {
    /// Its field.
    pub field: String,
    /// How it compares.
    pub condition: &'static str,
    /// With what.
    pub value: String,
    /// Its own name.
    pub name: Option<String>,
    /// Where it stands.
    pub range: Range,
}

/// Parts that have some words in them.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigFound {
    /// How many.
    pub count: usize,
    /// The first of them.
    pub parts: Vec<ConfigPart>,
}

/// A part, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigPart {
    /// Its name by numbers.
    pub block: String,
    /// The tag of its node.
    pub tag: &'static str,
    /// What it is, in one line.
    pub text: String,
    /// Where it stands.
    pub range: Range,
}

/// What becomes of an event of Sysmon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigRow {
    /// Is it logged?
    pub logged: bool,
    /// The RuleName that it gets.
    pub name: Option<String>,
    /// Is that the one that it has with it? Nothing where it is not logged.
    pub agrees: Option<bool>,
    /// The filter that decided.
    pub block: Option<String>,
    /// Did its form lose a field that is asked for?
    pub lost: bool,
}

/// What became of all events.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigSums {
    /// Events of Sysmon.
    pub events: usize,
    /// Those that are logged.
    pub logged: usize,
    /// Events of others.
    pub other: usize,
    /// Logged events that have the RuleName with them.
    pub agree: usize,
    /// Logged events that have another one.
    pub differ: usize,
    /// Events whose form lost a field that is asked for.
    pub lost: usize,
    /// By the event's id.
    pub by_event: Vec<ConfigEventSum>,
    /// How often each name is given, the most frequent first.
    pub names: Vec<ConfigNameSum>,
    /// All rules.
    pub rules: usize,
    /// Those that never decided.
    pub never: usize,
    /// The first of these.
    pub never_fired: Vec<ConfigPart>,
}

/// Events of one id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigEventSum {
    /// The id.
    pub id: u32,
    /// The tag that filters such events.
    pub tag: Option<&'static str>,
    /// All.
    pub events: usize,
    /// Those that are logged.
    pub logged: usize,
}

/// Events of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigNameSum {
    /// The name; nothing: they get none.
    pub name: Option<String>,
    /// How many.
    pub events: usize,
}

/// A part that something is said of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigSpot {
    /// Its name by numbers; nothing: it is no part of a node.
    pub block: Option<String>,
    /// What it is, in one line.
    pub text: String,
    /// What the event has there; of a filter.
    pub seen: Option<String>,
    /// Where it stands.
    pub range: Range,
}

/// Why an event is logged or not.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigExplained {
    /// What becomes of it.
    pub row: ConfigRow,
    /// Why, in one sentence.
    pub why: String,
    /// The node that matches.
    pub node: Option<ConfigSpot>,
    /// The Rule in it.
    pub rule: Option<ConfigSpot>,
    /// The filter that decided; where several had to match, the last of them.
    pub filter: Option<ConfigSpot>,
    /// Where its name is written.
    pub name_at: Option<ConfigSpot>,
    /// The RuleName that it has with it.
    pub recorded: Option<String>,
    /// A Rule that it meets in part.
    pub nearest: Option<ConfigSpot>,
    /// The filters of that Rule that it does not meet.
    pub missing: Vec<ConfigSpot>,
}

/// What the parts of one node say of an event, each asked alone.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigMet {
    /// Does the node match?
    pub node: bool,
    /// Its items in order.
    pub items: Vec<ConfigMetItem>,
    /// The fields that it asks for, with their values.
    pub seen: Vec<Seen>,
}

/// What an item says of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ConfigMetItem {
    /// Does it match?
    pub met: bool,
    /// Of each of its filters, whether it does.
    pub filters: Vec<bool>,
}
