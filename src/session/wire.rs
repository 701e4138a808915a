//! What crosses to the page and back, as `www/src/engine/types.ts` has it.
//!
//! In and out: serde types whose names in JSON are JavaScript's. Offsets in texts are UTF-16 units. Never here: how they are made.

use serde::{Deserialize, Serialize};

use crate::ast::RuleKind;
use crate::diagnostic::Severity;

/// A file of the project that holds rules.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RuleFile {
    /// Its path in the project.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A range of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Compiled {
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The rules without errors, in the order in which they run.
    pub rules: Vec<Rule>,
}

/// A block, and what it is in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Converted {
    /// The text.
    pub text: Option<String>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// A form of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
pub enum Answer<T, R = Refused> {
    /// What was asked for.
    Done(T),
    /// Why not.
    Refused(R),
}

/// Events of one form.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FormCount {
    /// The form, for people.
    pub form: String,
    /// How many.
    pub events: usize,
}

/// A record that was skipped.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DamagedEvent {
    /// Its number, where it is known.
    pub number: Option<String>,
    /// What is wrong.
    pub reason: String,
}

/// What came of one file of events.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct EventsLoaded {
    /// The file.
    pub file: String,
    /// Its forms.
    pub forms: Vec<FormCount>,
    /// Events that were kept.
    pub events: usize,
    /// Bytes that were read, unpacked.
    pub bytes: usize,
    /// Damaged records, the first of them.
    pub damaged: Vec<DamagedEvent>,
    /// How many more.
    pub more_damaged: usize,
    /// Why it could not be read, or not to its end.
    pub error: Option<String>,
    /// These are not the agent's own lines: the other module reads them, and carries them here.
    pub needs_reader: bool,
    /// Events beyond what is kept.
    pub left: usize,
}

/// How many events of one kind there are.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct EventCount {
    /// As rules name it.
    pub event: Option<String>,
    /// What the product calls it.
    pub title: Option<String>,
    /// Who logs it.
    pub provider: String,
    /// Its id.
    pub id: String,
    /// How many.
    pub count: usize,
}

/// What the rules do to all events.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// Goes up with every decision.
    pub generation: usize,
    /// Events.
    pub events: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Those that filters drop.
    pub dropped: usize,
    /// Their bytes.
    pub bytes_dropped: u64,
    /// The others.
    pub kept: usize,
    /// Those that have tags.
    pub tagged: usize,
    /// Those of which something is sent.
    pub alerted: usize,
    /// Those of which a value that was read is malformed.
    pub damaged: usize,
    /// Those on which a rule failed.
    pub failed: usize,
    /// Those on which a test cannot be decided.
    pub undecidable: usize,
    /// Rule by rule.
    pub rules: Vec<RuleCount>,
    /// Against the baseline.
    pub since: Option<Since>,
}

/// What is otherwise than it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Since {
    /// Events that are dropped now and were not.
    pub dropped: usize,
    /// Events that were dropped and are not.
    pub kept: usize,
    /// Events that alert now and did not.
    pub alerted: usize,
    /// Events that alerted and do not.
    pub silenced: usize,
}

/// What one rule does.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RuleCount {
    /// Events on which it did something.
    pub acted: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Events that only this filter drops.
    pub alone: usize,
    /// Events that an earlier filter drops, and this one would too.
    pub also: usize,
    /// Events of the kinds that it asks for.
    pub reached: usize,
    /// Events on which it cannot be decided.
    pub undecidable: usize,
    /// Events on which it failed.
    pub failed: usize,
    /// Why it never did anything.
    pub never: Option<String>,
}

/// Which events, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum DecisionFilter {
    /// All.
    #[default]
    All,
    /// Dropped ones.
    Dropped,
    /// The others.
    Kept,
    /// With tags.
    Tagged,
    /// Of which something is sent.
    Alerted,
    /// Decided otherwise than in the baseline.
    Changed,
    /// With a test that cannot be decided.
    Undecidable,
    /// With a malformed value.
    Damaged,
}

/// An order of rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sort {
    /// `time`, `host`, `event`, `decision`, or a field.
    pub column: String,
    /// From the end.
    pub descending: bool,
}

/// Which events are shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selection {
    /// What became of them.
    pub decision: DecisionFilter,
    /// On which this rule did something.
    pub rule: Option<usize>,
    /// Of this event: its name, or its id.
    pub event: Option<String>,
    /// Words that stand somewhere in them.
    pub text: String,
    /// A condition.
    #[serde(rename = "where")]
    pub condition: String,
    /// Their order; that of the input where there is none.
    pub sort: Option<Sort>,
    /// Only these events, in rising order.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub among: Option<Vec<u32>>,
}

/// How many were selected.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Selected {
    /// How many.
    pub count: usize,
    /// What is wrong with the condition.
    pub diagnostics: Vec<Diagnostic>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// A filter dropped it.
    Dropped,
    /// None did.
    Kept,
    /// A value that was read is malformed.
    Damaged,
}

/// A row of the table of events.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The event's number.
    pub index: usize,
    /// When.
    pub time: Option<String>,
    /// Where.
    pub host: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub event: Option<String>,
    /// What became of it.
    pub decision: Decision,
    /// The filter that dropped it.
    pub rule: Option<usize>,
    /// Its tags behind the agent.
    pub tags: Vec<String>,
    /// How much is sent.
    pub alerts: usize,
    /// It is decided otherwise than in the baseline.
    pub changed: bool,
    /// The values of the columns.
    pub cells: Vec<Option<String>>,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Null.
    Null,
    /// A list.
    List,
    /// A map.
    Map,
}

/// A field and its value.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FieldValue {
    /// Its path.
    pub path: String,
    /// As rules name it.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// As text.
    pub value: String,
}

/// A tag, and why.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// The tag.
    pub tag: String,
    /// The kind of the rule that set it.
    pub kind: RuleKind,
    /// That rule.
    pub rule: String,
    /// The tests that led there.
    pub because: Vec<String>,
}

/// What a rule did to an event.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Index of the rule.
    pub rule: usize,
    /// What it did, in words.
    pub verdict: String,
    /// Did it do something?
    pub acted: bool,
    /// Is the event one that it could do something to?
    pub reached: bool,
}

/// A test that cannot be answered.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Undecidable {
    /// Index of the rule whose it is.
    pub rule: usize,
    /// The test.
    pub test: String,
    /// Why.
    pub why: String,
}

/// All that is to be known of an event.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct EventDetail {
    /// Its number.
    pub index: usize,
    /// Its file.
    pub file: String,
    /// Its number in the file.
    pub record: String,
    /// Its form, for people.
    pub form: String,
    /// When.
    pub time: Option<String>,
    /// Where.
    pub host: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub event: Option<String>,
    /// What the product calls it.
    pub title: Option<String>,
    /// What became of it.
    pub decision: Decision,
    /// The filter that dropped it.
    pub rule: Option<usize>,
    /// Its fields.
    pub fields: Vec<FieldValue>,
    /// What the log manager stores.
    pub stored: Vec<FieldValue>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// What each rule did.
    pub rules: Vec<Verdict>,
    /// Tests that cannot be answered.
    pub undecidable: Vec<Undecidable>,
}

/// A value, and how often it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How often.
    pub count: usize,
}

/// What one block, or one piece of text, said of an event.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What.
    pub state: MarkState,
    /// The values seen.
    pub seen: Vec<Seen>,
    /// Why it did not hold.
    pub reason: Option<String>,
    /// What would have.
    pub hint: Option<String>,
}

/// What a block said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum MarkState {
    /// Yes; of a statement: it ran.
    True,
    /// No.
    False,
    /// Nobody asked.
    Unreached,
}

/// A value that a test saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// The field as the rule names it.
    pub field: String,
    /// Its value; absent where there is none.
    pub value: Option<String>,
}

/// What a rule of a file said.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RuleVerdict {
    /// Its name.
    pub rule: String,
    /// Its kind.
    pub kind: RuleKind,
    /// What it did, in words.
    pub verdict: String,
    /// A filter that decided before it.
    pub decided_by: Option<String>,
}

/// Why the rules of one file did what they did to an event.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// What each piece said, outer ones first.
    pub marks: Vec<Mark>,
    /// What each rule did.
    pub verdicts: Vec<RuleVerdict>,
}

/// How much of a block, or of a piece of text, the tests made run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum CoverGrade {
    /// A condition was true and false; a statement was reached.
    Whole,
    /// A condition was one of them only.
    Partly,
    /// It was never asked or reached.
    Never,
    /// It is not counted: a word, a constant, what is disabled.
    Uncounted,
}

/// A piece of a rule, and what the tests saw of it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CoveredPiece {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// How deep it stands; 0: the rule itself.
    pub depth: usize,
    /// What stands there, on one line.
    pub text: String,
    /// How much was seen of it.
    pub grade: CoverGrade,
    /// In words: `true 3×, false 1×`.
    pub told: String,
}

/// Something that no test showed.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NotCovered {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What event it takes.
    pub hint: String,
}

/// What tests made run of the rules of one file.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Covered {
    /// Its pieces, the outer before the inner.
    pub pieces: Vec<CoveredPiece>,
    /// What no test showed.
    pub missing: Vec<NotCovered>,
    /// Its conditions.
    pub conditions: usize,
    /// Those that were true and false.
    pub both: usize,
}

/// What a new rule is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Drop events like this one.
    Filter,
    /// Keep them, and let no alert come of them.
    Silence,
    /// Send something.
    Alert,
}

/// A rule to be made of an event.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftRequest {
    /// The event.
    pub index: usize,
    /// What the rule is to do.
    pub what: What,
    /// The fields whose values it asks for, as rules name them.
    pub fields: Vec<String>,
}

/// A new rule.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// A name for its file, without an ending.
    pub file: String,
    /// The rule.
    pub text: String,
}

/// What came of a test of rules.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Did everything come as expected?
    pub passed: bool,
    /// What came otherwise, one sentence each.
    pub differences: Vec<String>,
    /// The rules that matter to it, with their conditions and what they saw, as lines.
    pub trees: Vec<String>,
    /// What could not be checked here, one sentence each: a page has no files beside the tests.
    pub unchecked: Vec<String>,
}

/// What came of a test file.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Tested {
    /// The tests that ran, in their order.
    pub results: Vec<TestResult>,
    /// Why others did not.
    pub diagnostics: Vec<Diagnostic>,
}

/// A template of the project, with the texts of its files.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateText {
    /// Its name.
    pub name: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The HTML, if it has one.
    pub html: Option<String>,
}

/// What is to be said of an event.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageRequest {
    /// The file of the event, for commands.
    pub file: String,
    /// Its number there.
    pub record: u64,
    /// The project's templates.
    pub templates: Vec<TemplateText>,
}

/// What an alert says of an event.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The alert: index into the rules.
    pub rule: usize,
    /// How it sends: `mail`.
    pub via: String,
    /// Whom it names.
    pub to: Vec<String>,
    /// The template that it names.
    pub template: Option<String>,
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The HTML, if the template has one.
    pub html: Option<String>,
    /// What is wrong with the template.
    pub problems: Vec<String>,
}

/// A table with a row more.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TableEdit {
    /// The table.
    pub table: String,
    /// Its file's path.
    pub file: String,
    /// The whole new file.
    pub text: String,
    /// What was added, for people.
    pub added: String,
}
