//! What crosses to the page and back, as `www/src/engine/types.ts` has it.
//!
//! In and out: serde types whose names in JSON are JavaScript's. Offsets in texts are UTF-16 units. Never here: how they are made.

use serde::{Deserialize, Serialize};

use crate::ast::RuleKind;
use crate::diagnostic::Severity;

/// A file of the project that holds rules.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleFile {
    /// Its path in the project.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A range of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Range {
    /// The first unit.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Line of the start, from 1.
    pub line: usize,
    /// Column of the start in characters, from 1.
    pub column: usize,
}

/// A place in a file; the file as a whole where neither a range nor a block is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// Where in its text.
    pub range: Option<Range>,
    /// The id of a block.
    pub block: Option<String>,
    /// The field or input of that block.
    pub field: Option<String>,
}

/// A place, and what is to be said of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Related {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What.
    pub label: Option<String>,
}

/// A change of text that would mend the matter.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What is replaced.
    #[serde(flatten)]
    pub place: Place,
    /// By what.
    pub replacement: String,
}

/// A finding.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// `BS0401`.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// What the code is about.
    pub title: &'static str,
    /// One sentence.
    pub message: String,
    /// What the place is.
    pub label: Option<String>,
    /// The way out.
    pub help: Option<String>,
    /// Other places.
    pub related: Vec<Related>,
    /// A fix.
    pub fix: Option<Fix>,
}

/// A rule that compiles.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its kind.
    pub kind: RuleKind,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// The events that it names.
    pub events: Vec<String>,
}

/// What the project is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compiled {
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The rules without errors, in the order in which they run.
    pub rules: Vec<Rule>,
}

/// A block, and what it is in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The block's id.
    pub block: String,
    /// The first unit.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// A file as blocks.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drawn {
    /// What Blockly loads.
    pub blocks: Option<String>,
    /// Where its blocks stand in the text that it was made of.
    pub links: Vec<Link>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// Blocks as text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Texted {
    /// The text.
    pub text: Option<String>,
    /// Where the blocks stand in it.
    pub links: Vec<Link>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// A text in another form.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Converted {
    /// The text.
    pub text: Option<String>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// A form of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// As text.
    Text,
    /// A workspace as JSON.
    BlocklyJson,
    /// A workspace as XML.
    BlocklyXml,
    /// As the log manager exports it.
    LogmanagerXml,
}

/// How filters are written for Winlogbeat.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WinlogbeatOptions {
    /// Its version; the project's where there is none.
    pub version: Option<String>,
    /// A whole configuration.
    pub whole: bool,
    /// Tags instead of drops.
    pub observe: bool,
    /// Only this file's filters.
    pub file: Option<String>,
}

/// Filters as processors.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WinlogbeatText {
    /// The configuration.
    pub yaml: Option<String>,
    /// Filters of which nothing can be written.
    pub nothing: Vec<String>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// An event to choose.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventInfo {
    /// As rules name it.
    pub name: String,
    /// Its id.
    pub id: String,
    /// What the product calls it.
    pub title: String,
    /// Who logs it.
    pub provider: String,
}

/// Where a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldGroup {
    /// The event's own data.
    Event,
    /// Every event of the agent.
    Common,
    /// The normaliser.
    Msg,
}

/// A field to choose.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldInfo {
    /// As rules write it.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// One line about it.
    pub about: String,
    /// Is it in all the events asked about?
    pub always: bool,
    /// Where it comes from.
    pub group: FieldGroup,
}

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// What is wrong.
    pub error: String,
    /// The way out.
    pub help: Option<String>,
}

/// An answer, or a refusal.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Answer<T> {
    /// What was asked for.
    Done(T),
    /// Why not.
    Refused(Refused),
}
