//! A test file as tests.
//!
//! In: its text. Out: tests with the places of all that can be wrong in them, and findings. A test with an error is left out, the others
//! run. Never here: rules; whether a name is that of one is asked where the test runs.

use crate::ast::Number;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::event::{Value, write};
use crate::origin::{Origin, SourceId};
use crate::yaml::{self, Entry, Node, Resolved, YamlError};

/// One test.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// Where that stands.
    pub origin: Origin,
    /// The event: JSON, or whatever text was written for it.
    pub event: String,
    /// Where that stands.
    pub event_origin: Origin,
    /// What is expected; something always is.
    pub expect: Expected,
}

/// What is expected of the rules.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// What becomes of the event.
    pub decision: Option<(Decision, Origin)>,
    /// The rule that does something.
    pub rule: Option<Named>,
    /// All tags.
    pub tags: Option<Vec<Named>>,
    /// All alerts.
    pub alerts: Option<Vec<Named>>,
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

/// Reads a test file.
pub fn read(source: SourceId, text: &str) -> (Vec<Case>, Vec<Diagnostic>) {
    let mut reader = Reader { source, found: Vec::new() };
    let cases = match yaml::read(text) {
        Ok(documents) => match documents.as_slice() {
            [] => {
                reader.whole("this file holds no tests", "write `tests:` and below it a `- name:` for each of them");
                Vec::new()
            }
            [one] => reader.file(one.root()),
            [one, other, ..] => {
                let message = "a test file is one document";
                reader.fault(other.root(), message, "leave the line `---` out and put all tests below one `tests:`");
                reader.file(one.root())
            }
        },
        Err(errors) => {
            errors.into_iter().for_each(|error| reader.yaml(error));
            Vec::new()
        }
    };
    (cases, reader.found)
}

struct Reader {
    source: SourceId,
    found: Vec<Diagnostic>,
}

impl Reader {
    fn origin(&self, node: Node<'_>) -> Origin {
        Origin::span(self.source, node.place().span)
    }

    fn fault(&mut self, node: Node<'_>, message: impl Into<String>, help: impl Into<String>) {
        let origin = self.origin(node);
        self.found.push(Diagnostic::new(Code::BadTest, origin, message).help(help));
    }

    fn whole(&mut self, message: &str, help: &str) {
        self.found.push(Diagnostic::new(Code::BadTest, Origin::whole(self.source), message).help(help));
    }

    fn yaml(&mut self, error: YamlError) {
        let place = |place: yaml::Place| Origin::span(self.source, place.span);
        let mut found = Diagnostic::new(Code::BadTest, place(error.place), error.message).help(error.help);
        if let Some(other) = error.other {
            found = found.related(place(other), "the other");
        }
        self.found.push(found);
    }

    /// The entries of a mapping; an unknown key is told with the known ones.
    fn entries<'a>(&mut self, node: Node<'a>, what: &str, known: &[&str]) -> Option<Vec<(&'a str, Entry<'a>)>> {
        let yaml::Value::Mapping(entries) = node.value() else {
            self.fault(node, format!("{what} is written as a mapping"), format!("its keys are {}", known.join(", ")));
            return None;
        };
        let mut named = Vec::with_capacity(entries.len());
        let mut fit = true;
        for entry in entries {
            match entry.key.key() {
                Ok(key) if known.contains(&key) => named.push((key, entry)),
                Ok(key) => {
                    fit = false;
                    let help = match nearest(key, known.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("its keys are {}", known.join(", ")),
                    };
                    self.fault(entry.key, format!("{what} has no key `{key}`"), help);
                }
                Err(error) => {
                    fit = false;
                    self.yaml(error);
                }
            }
        }
        fit.then_some(named)
    }

    fn file(&mut self, root: Node<'_>) -> Vec<Case> {
        let Some(entries) = self.entries(root, "a test file", &["tests"]) else { return Vec::new() };
        let Some((_, tests)) = entries.first() else {
            self.fault(root, "this file holds no tests", "write `tests:` and below it a `- name:` for each of them");
            return Vec::new();
        };
        let items = match tests.value.value() {
            yaml::Value::Sequence(items) if !items.is_empty() => items,
            yaml::Value::Sequence(_) | yaml::Value::Mapping(_) | yaml::Value::Scalar(_) => {
                self.fault(tests.key, "`tests` is a list with at least one test", "begin each with `- name:`");
                return Vec::new();
            }
        };
        items.into_iter().filter_map(|item| self.case(item)).collect()
    }

    fn case(&mut self, node: Node<'_>) -> Option<Case> {
        let entries = self.entries(node, "a test", &["name", "event", "expect"])?;
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry.value);
        let mut missing = false;
        for key in ["name", "event", "expect"] {
            if of(key).is_none() {
                missing = true;
                self.fault(
                    node,
                    format!("this test has no `{key}`"),
                    "a test has a name, an event, and what is expected",
                );
            }
        }
        let (name, event, expect) = (of("name")?, of("event")?, of("expect")?);
        let told = self.name(name, "the name of a test");
        let text = self.event(event);
        let expect = self.expected(expect);
        let (told, text, expect) = (told?, text?, expect?);
        let event_origin = self.origin(event);
        (!missing).then_some(Case { name: told.name, origin: told.origin, event: text, event_origin, expect })
    }

    /// A text; whatever stands there without quotes is one.
    fn name(&mut self, node: Node<'_>, what: &str) -> Option<Named> {
        let text = node.scalar().map(|scalar| scalar.text.trim()).filter(|text| !text.is_empty());
        if text.is_none() {
            self.fault(node, format!("{what} is a text"), "write it behind the colon, in quotes if it has signs in it");
        }
        Some(Named { name: text?.to_string(), origin: self.origin(node) })
    }

    fn names(&mut self, node: Node<'_>, what: &str) -> Option<Vec<Named>> {
        let yaml::Value::Sequence(items) = node.value() else {
            self.fault(node, format!("{what} are a list"), "write each behind a dash, or `[]` for none");
            return None;
        };
        let count = items.len();
        let names: Vec<Named> = items.into_iter().filter_map(|item| self.name(item, "each of them")).collect();
        (names.len() == count).then_some(names)
    }

    fn event(&mut self, node: Node<'_>) -> Option<String> {
        match node.value() {
            yaml::Value::Mapping(_) => Some(write::json(&self.value(node)?)),
            yaml::Value::Scalar(scalar) if matches!(scalar.resolve(), Resolved::Text(text) if !text.trim().is_empty()) => {
                Some(scalar.text.to_string())
            }
            yaml::Value::Scalar(_) | yaml::Value::Sequence(_) => {
                let help = "write its fields below `event:`, or the record itself as a text behind `event: |`";
                self.fault(node, "a test has one event", help);
                None
            }
        }
    }

    /// A value of an event. Nesting is bounded by `limits::YAML_DEPTH`, aliases followed.
    fn value(&mut self, node: Node<'_>) -> Option<Value> {
        Some(match node.value() {
            yaml::Value::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => Value::Null,
                Resolved::Bool(value) => Value::Bool(value),
                Resolved::Int(value) => Value::Number(Number::Int(value)),
                Resolved::Float(value) if value.is_finite() => Value::Number(Number::Float(value)),
                Resolved::Float(_) => {
                    self.fault(node, "an event holds no such number", "put it in quotes if it is a text");
                    return None;
                }
                Resolved::Timestamp(text) | Resolved::Text(text) => Value::Text(text.to_string()),
            },
            yaml::Value::Sequence(items) => {
                Value::List(items.into_iter().map(|item| self.value(item)).collect::<Option<_>>()?)
            }
            yaml::Value::Mapping(entries) => {
                let mut members = Vec::with_capacity(entries.len());
                for entry in entries {
                    match entry.key.key() {
                        Ok(key) => members.push((key.to_string(), self.value(entry.value)?)),
                        Err(error) => {
                            self.yaml(error);
                            return None;
                        }
                    }
                }
                Value::Map(members)
            }
        })
    }

    fn expected(&mut self, node: Node<'_>) -> Option<Expected> {
        let known = ["decision", "rule", "tags", "alerts"];
        let entries = self.entries(node, "`expect`", &known)?;
        if entries.is_empty() {
            self.fault(node, "this test expects nothing", format!("say what comes: {}", known.join(", ")));
            return None;
        }
        let mut expect = Expected::default();
        for (key, entry) in entries {
            match key {
                "decision" => expect.decision = Some((self.decision(entry.value)?, self.origin(entry.value))),
                "rule" => expect.rule = Some(self.name(entry.value, "the name of a rule")?),
                "tags" => expect.tags = Some(self.names(entry.value, "tags")?),
                _alerts => expect.alerts = Some(self.names(entry.value, "alerts")?),
            }
        }
        if let Some((Decision::Dropped, _)) = expect.decision
            && (expect.tags.is_some() || expect.alerts.is_some())
        {
            self.fault(node, "what is dropped has neither tags nor alerts", "leave `tags` and `alerts` out");
            return None;
        }
        Some(expect)
    }

    fn decision(&mut self, node: Node<'_>) -> Option<Decision> {
        match node.scalar().map(|scalar| &*scalar.text) {
            Some("dropped") => Some(Decision::Dropped),
            Some("kept") => Some(Decision::Kept),
            Some(_) | None => {
                self.fault(node, "this is no decision", "write `dropped` or `kept`");
                None
            }
        }
    }
}
