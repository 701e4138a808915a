//! A test file as tests.
//!
//! In: its text. Out: tests with the places of all that can be wrong in them, and findings. A test with an error is left out, the others
//! run. Never here: rules; whether a name is that of one is asked where the test runs. `given.rs` reads the events, `expected.rs` what is
//! expected of them.

mod expected;
mod given;

pub(super) use given::shifted;

use super::case::{Case, Decision, Given, Named};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::{Origin, SourceId};
use crate::yaml::{self, Entry, Node, Resolved, YamlError};

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
        let cases: Vec<Case> = items.into_iter().filter_map(|item| self.case(item)).collect();
        let mut stored: Vec<&Case> = Vec::new();
        for case in cases.iter().filter(|case| case.snapshot) {
            match stored.iter().find(|other| other.name == case.name) {
                Some(other) => {
                    let message = "two tests whose decisions are stored have the same name";
                    let found = Diagnostic::new(Code::BadTest, case.origin, message).related(other.origin, "the other");
                    self.found.push(found.help("give each its own: the stored decisions stand below it"));
                }
                None => stored.push(case),
            }
        }
        cases
    }

    fn case(&mut self, node: Node<'_>) -> Option<Case> {
        let known = ["name", "event", "events", "must_keep", "expect", "snapshot"];
        let entries = self.entries(node, "a test", &known)?;
        let of = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, entry)| entry.value);
        let given: Vec<&(&str, Entry<'_>)> =
            entries.iter().filter(|(key, _)| matches!(*key, "event" | "events" | "must_keep")).collect();
        let mut fit = true;
        let mut missing = |reader: &mut Self, key: &str, help: &str| {
            fit = false;
            reader.fault(node, format!("this test has no `{key}`"), help);
        };
        let help = "a test has a name, an event, and what is expected";
        if of("name").is_none() {
            missing(self, "name", help);
        }
        if given.is_empty() {
            missing(self, "event", help);
        }
        if of("expect").is_none() && of("must_keep").is_none() && of("snapshot").is_none() {
            missing(self, "expect", help);
        }
        if let [_, (_, second), ..] = given.as_slice() {
            fit = false;
            let help = "leave one of `event`, `events` and `must_keep` out, or make it another test";
            self.fault(second.key, "a test has its events in one place", help);
        }
        let snapshot = of("snapshot").map(|value| self.switch(value, "`snapshot`"));
        if let (Some(Some(false)), None, None, Some(value)) = (snapshot, of("expect"), of("must_keep"), of("snapshot"))
        {
            fit = false;
            self.fault(value, "this test expects nothing", "write `snapshot: true`, or say below `expect` what comes");
        }
        let name = of("name").and_then(|name| self.name(name, "the name of a test"));
        let (key, entry) = given.first().copied()?;
        let events = match *key {
            "event" => self.event(entry.value).map(|event| vec![Given::Event(event)]),
            "events" => self.events(entry.value),
            _must_keep => self.must_keep(entry.value),
        };
        let mut expect = match of("expect") {
            Some(expect) => self.expected(expect)?,
            None => super::case::Expected::default(),
        };
        if *key == "must_keep" {
            if expect.decision.is_some_and(|(decision, _)| decision == Decision::Dropped) {
                fit = false;
                self.fault(
                    entry.key,
                    "what must be kept is not expected to be dropped",
                    "write `events` instead of `must_keep`",
                );
            }
            expect.decision = Some((Decision::Kept, self.origin(entry.key)));
        }
        let (named, given) = (name?, events?);
        let given_origin = self.origin(entry.value);
        let snapshot = snapshot.map_or(Some(false), |snapshot| snapshot)?;
        fit.then_some(Case { name: named.name, origin: named.origin, given, given_origin, expect, snapshot })
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

    /// `true` or `false`.
    fn switch(&mut self, node: Node<'_>, what: &str) -> Option<bool> {
        match node.scalar().map(|scalar| scalar.resolve()) {
            Some(Resolved::Bool(value)) => Some(value),
            Some(_) | None => {
                self.fault(node, format!("{what} is `true` or `false`"), "write one of them");
                None
            }
        }
    }

    /// A whole number.
    fn count(&mut self, node: Node<'_>, what: &str, least: u64) -> Option<u64> {
        let number = match node.scalar().map(|scalar| scalar.resolve()) {
            Some(Resolved::Int(number)) => u64::try_from(number).ok().filter(|number| *number >= least),
            Some(_) | None => None,
        };
        if number.is_none() {
            self.fault(
                node,
                format!("{what} is a whole number, {least} or more"),
                "write it in digits, without quotes",
            );
        }
        number
    }

    /// One text, or a list of them.
    fn texts(&mut self, node: Node<'_>, what: &str) -> Option<Vec<String>> {
        match node.value() {
            yaml::Value::Sequence(items) if !items.is_empty() => {
                items.into_iter().map(|item| self.name(item, what).map(|named| named.name)).collect()
            }
            yaml::Value::Sequence(_) | yaml::Value::Mapping(_) | yaml::Value::Scalar(_) => {
                self.name(node, what).map(|named| vec![named.name])
            }
        }
    }
}
